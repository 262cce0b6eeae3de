//! OME-TIFF plates, each written by its test with pixels that say what they are.

mod damage;
mod places;
mod recognised;

use std::fs;
use std::path::Path;

use stepwell::plate::{Component, Format, PixelSize, Plate};

use super::support::tiff::{Entry, Layout, long, short};
use super::{check, issues, opened, shown, temporary_folder};

const NAMESPACE: &str = "http://www.openmicroscopy.org/Schemas/OME/2016-06";

/// A document with an identity of its own.
fn ome(uuid: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OME xmlns=\"{NAMESPACE}\" UUID=\"urn:uuid:{uuid}\">{body}</OME>"
    )
}

fn plate(wells: &str) -> String {
    format!("<Plate ID=\"Plate:0\" Name=\"Screen 7\" Rows=\"4\" Columns=\"6\">{wells}</Plate>")
}

/// A well with the index and the image of each of its fields.
fn well(row: u32, column: u32, samples: &[(u32, &str)]) -> String {
    let samples = samples.iter().map(|(index, image)| {
        let image = match *image {
            "" => String::new(),
            image => format!("<ImageRef ID=\"{image}\"/>"),
        };
        format!("<WellSample ID=\"WellSample:{row}:{column}:{index}\" Index=\"{index}\">{image}</WellSample>")
    });
    format!(
        "<Well ID=\"Well:{row}:{column}\" Row=\"{row}\" Column=\"{column}\">{}</Well>",
        samples.collect::<String>()
    )
}

/// An image with the sizes in z, c and t and what is in its pixels.
fn image(id: &str, order: &str, [z, c, t]: [u32; 3], inside: &str) -> String {
    format!(
        "<Image ID=\"{id}\"><AcquisitionDate>2024-03-05T10:20:30.5</AcquisitionDate><Pixels ID=\"Pixels:{id}\" \
         DimensionOrder=\"{order}\" Type=\"uint16\" SizeX=\"4\" SizeY=\"2\" SizeZ=\"{z}\" SizeC=\"{c}\" \
         SizeT=\"{t}\" \
         PhysicalSizeX=\"0.65\" PhysicalSizeY=\"0.65\">{inside}</Pixels></Image>"
    )
}

/// Pages of a file that hold planes.
fn data(attributes: &str, file: &str) -> String {
    match file {
        "" => format!("<TiffData {attributes}/>"),
        _ => format!("<TiffData {attributes}><UUID FileName=\"{file}\">urn:uuid:{file}</UUID></TiffData>"),
    }
}

/// A TIFF whose pages have one value each, 4 by 2 pixels of 16 bits, with a description.
fn tiff(values: &[u16], description: &str) -> Vec<u8> {
    let planes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes().repeat(8)).collect();
    let pages = values.iter().enumerate().map(|(at, _)| {
        let mut tags = vec![long(256, 4), long(257, 2), short(258, 16), short(259, 1), short(262, 1)];
        if at == 0 && !description.is_empty() {
            tags.push(Entry::Text(270, [description.as_bytes(), &[0]].concat()));
        }
        tags.extend([long(273, 8 + 16 * at as u64), short(277, 1), long(278, 2), long(279, 16)]);
        tags
    });
    Layout::default().file(&planes, &pages.collect::<Vec<_>>())
}

/// What a TIFF says that only refers to a companion.
fn only(uuid: &str) -> String {
    ome(uuid, "<BinaryOnly MetadataFile=\"set.companion.ome\" UUID=\"urn:uuid:set\"/>")
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, bytes).expect("a file");
}

/// The keys with the values of their pixels.
fn values(plate: &Plate) -> Vec<(String, u16)> {
    let value = |image: &stepwell::plate::PlateImage| {
        let (_, pixels) =
            image.source.decode_owned().unwrap_or_else(|error| panic!("{}: {error}", image.key()));
        assert!(pixels.chunks(2).all(|pixel| pixel == &pixels[..2]), "{} has one value", image.key());
        (image.key().to_string(), u16::from_ne_bytes([pixels[0], pixels[1]]))
    };
    plate.images.iter().map(value).collect()
}

fn expected(pairs: &[(&str, u16)]) -> Vec<(String, u16)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect()
}

fn missing(plate: &Plate) -> Vec<String> {
    plate.missing.iter().map(|missing| format!("{} {missing}", missing.key)).collect()
}

#[test]
fn a_file_of_several_series_is_read_in_the_order_of_its_dimensions() {
    // The page that holds each plane, with z and channel from 0.
    let page_of = |order: &str, z: u16, channel: u16| match order {
        "XYCZT" => z * 2 + channel,
        "XYZTC" | "XYZCT" => channel * 3 + z,
        _ => panic!("{order}"),
    };
    for order in ["XYCZT", "XYZTC", "XYZCT"] {
        for is_listed in [true, false] {
            let images: String = (0..3)
                .map(|series| {
                    let first = series * 6;
                    let pages = if is_listed {
                        data(
                            &format!(
                                "IFD=\"{first}\" PlaneCount=\"6\" FirstZ=\"0\" FirstC=\"0\" FirstT=\"0\""
                            ),
                            "",
                        )
                    } else {
                        String::new()
                    };
                    let channels = "<Channel ID=\"C:0\" Name=\"DAPI\"/><Channel ID=\"C:1\" Name=\"FITC\"/>";
                    image(&format!("Image:{series}"), order, [3, 2, 1], &format!("{channels}{pages}"))
                })
                .collect();
            let wells = plate(
                &[well(0, 0, &[(0, "Image:0"), (1, "Image:1")]), well(2, 5, &[(2, "Image:2")])].concat(),
            );
            let folder = temporary_folder();
            let pages: Vec<u16> = (0..18).collect();
            put(folder.path(), "all.ome.tif", tiff(&pages, &ome("x", &format!("{wells}{images}"))));
            let found = opened(folder.path());
            check(&found);
            assert_eq!((found.format, found.name.as_str()), (Format::OmeTiff, "Screen 7"));
            assert_eq!((found.shape.rows, found.shape.columns), (4, 6));
            let mut right = Vec::new();
            for (series, site) in ["A01_s1", "A01_s2", "C06_s1"].into_iter().enumerate() {
                for channel in 0..2_u16 {
                    for z in 0..3_u16 {
                        let value = series as u16 * 6 + page_of(order, z, channel);
                        right.push((format!("{site}_w{}_z{}_t1", channel + 1, z + 1), value));
                    }
                }
            }
            assert_eq!(values(&found), right, "{order} {is_listed}");
            let names: Vec<_> =
                found.channel_names.iter().map(|(number, name)| (*number, name.as_str())).collect();
            assert_eq!(names, [(1, "DAPI"), (2, "FITC")]);
            assert_eq!(found.pixel_sizes.common().and_then(PixelSize::side_um), Some(0.65));
            assert_eq!(found.acquired.as_deref(), Some("2024-03-05 10:20:30"));
            assert_eq!(found.missing_count(), 0);
            let said = issues(&found);
            if is_listed {
                assert!(said.is_empty(), "{said:?}");
            } else {
                assert!(said.len() == 1 && said[0].contains("used in their order"), "{said:?}");
            }
        }
    }
}

/// A companion with two wells, of which one file is absent, one field is empty and one image has no data.
fn set(folder: &Path) {
    let planes = |well: &str| {
        let of_channel = |channel: u32| {
            data(
                &format!("IFD=\"0\" FirstC=\"{channel}\" FirstZ=\"0\" PlaneCount=\"2\""),
                &format!("{well}_c{channel}.ome.tif"),
            )
        };
        [of_channel(0), of_channel(1)].concat()
    };
    let wells = [
        well(0, 1, &[(0, "Image:0"), (1, ""), (2, "Image:9")]),
        well(3, 2, &[(3, "Image:1"), (4, "Image:2")]),
    ];
    let images = [
        image("Image:0", "XYZCT", [2, 2, 1], &planes("A2")),
        image("Image:1", "XYZCT", [2, 2, 1], &planes("D3")),
        image("Image:2", "XYZCT", [1, 1, 1], "<MetadataOnly/>"),
    ];
    put(folder, "set.companion.ome", ome("set", &[plate(&wells.concat()), images.concat()].concat()));
    for (name, values) in [("A2_c0", [1, 2]), ("A2_c1", [3, 4]), ("D3_c1", [7, 8])] {
        let name = format!("{name}.ome.tif");
        put(folder, &name, tiff(&values, &only(&name)));
    }
}

#[test]
fn a_companion_tells_what_is_there_and_what_is_missing() {
    let folder = temporary_folder();
    let root = folder.path().join("plate");
    set(&root);
    put(&root, "notes.tif", tiff(&[99], ""));
    for path in
        [folder.path().to_owned(), root.clone(), root.join("set.companion.ome"), root.join("A2_c1.ome.tif")]
    {
        let found = opened(&path);
        check(&found);
        assert_eq!(found.opened_by, root.canonicalize().expect("a path"));
        let right = [
            ("A02_s1_w1_z1_t1", 1),
            ("A02_s1_w1_z2_t1", 2),
            ("A02_s1_w2_z1_t1", 3),
            ("A02_s1_w2_z2_t1", 4),
            ("D03_s1_w2_z1_t1", 7),
            ("D03_s1_w2_z2_t1", 8),
        ];
        assert_eq!(values(&found), expected(&right));
        assert_eq!(
            missing(&found),
            [
                "A02_s2_w1_z1_t1 an empty field: the OME-XML has no image for it",
                "A02_s3_w1_z1_t1 the OME-XML names an image for it but does not describe it",
                "D03_s1_w1_z1_t1 the OME-XML names a file that is not there: “D3_c0.ome.tif”",
                "D03_s1_w1_z2_t1 the OME-XML names a file that is not there: “D3_c0.ome.tif”",
                "D03_s2_w1_z1_t1 not recorded: the OME-XML has no file for it",
            ]
        );
        assert_eq!(found.ignored, 1);
        assert_eq!(issues(&found), ["notes.tif: skipped: the OME-XML of the plate does not name it"]);
    }
}

#[test]
fn namespaces_years_and_encodings_make_no_difference() {
    let text = |prefix: &str, namespace: &str, encoding: &str| {
        let body = format!(
            "{}{}",
            plate(&well(1, 1, &[(0, "I")])),
            image(
                "I",
                "XYCZT",
                [1, 1, 1],
                &format!("<Channel ID=\"C\" Name=\"Größe µ &amp; 測定\"/>{}", data("IFD=\"0\"", "a.tif"))
            )
        );
        let text = format!("<OME>{body}</OME>");
        let text = text
            .replace("</", "\u{0}")
            .replace('<', &format!("<{prefix}"))
            .replace('\u{0}', &format!("</{prefix}"));
        let named = match prefix.strip_suffix(':') {
            Some(prefix) => format!("xmlns:{prefix}=\"{namespace}\""),
            None => format!("xmlns=\"{namespace}\""),
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{}",
            text.replacen("OME>", &format!("OME {named}>"), 1)
        )
    };
    let utf16 = |text: String, is_big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16().collect::<Vec<_>>());
        units.flat_map(|unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let old = "http://www.openmicroscopy.org/Schemas/OME/2013-06";
    let documents = [
        text("", NAMESPACE, "UTF-8").into_bytes(),
        text("", old, "UTF-8").into_bytes(),
        text("OME:", old, "UTF-8").into_bytes(),
        utf16(text("ome:", NAMESPACE, "UTF-16"), false),
        utf16(text("", NAMESPACE, "UTF-16"), true),
        [b"\xEF\xBB\xBF".to_vec(), text("", NAMESPACE, "UTF-8").into_bytes()].concat(),
    ];
    for (at, document) in documents.into_iter().enumerate() {
        for name in ["p.companion.ome", "metadata.ome.xml"] {
            let folder = temporary_folder();
            put(folder.path(), name, &document);
            put(folder.path(), "a.tif", tiff(&[5], ""));
            let found = opened(folder.path());
            check(&found);
            assert_eq!(values(&found), expected(&[("B02_s1_w1_z1_t1", 5)]), "{at}");
            assert_eq!(found.channel_names[&1], "Größe µ & 測定", "{at}");
            assert_eq!((found.missing_count(), issues(&found).len()), (0, 0), "{at}");
        }
    }
}

#[test]
fn pages_are_told_in_many_ways() {
    let two = [1, 2, 1];
    /// The sizes, what is in the pixels, and the right values.
    type Case<'a> = ([u32; 3], String, &'a [(&'a str, u16)], &'a [&'a str]);
    let whole: &[(&str, u16)] = &[("w1_z1_t1", 0), ("w2_z1_t1", 1)];
    let table: &[Case<'_>] = &[
        (two, String::new(), whole, &[]),
        (two, data("", ""), whole, &[]),
        (two, data("IFD=\"0\" PlaneCount=\"2\"", ""), whole, &[]),
        (two, data("PlaneCount=\"2\"", ""), whole, &[]),
        (
            two,
            [data("IFD=\"1\"", ""), data("IFD=\"0\" FirstC=\"1\"", "")].concat(),
            &[("w1_z1_t1", 1), ("w2_z1_t1", 0)],
            &[],
        ),
        // Each file up to where the next begins.
        (
            [2, 2, 1],
            [data("FirstC=\"0\"", "a.tif"), data("FirstC=\"1\"", "b.tif")].concat(),
            &[("w1_z1_t1", 0), ("w1_z2_t1", 1), ("w2_z1_t1", 10), ("w2_z2_t1", 11)],
            &[],
        ),
        // As far as there are pages.
        ([3, 1, 1], String::new(), &[("w1_z1_t1", 0), ("w1_z2_t1", 1)], &["w1_z3_t1"]),
        ([4_000_000_000, 1, 1], data("", ""), &[("w1_z1_t1", 0), ("w1_z2_t1", 1)], &["w1_z3_t1", "w1_z4_t1"]),
        // By identity, whatever the name.
        (
            two,
            "<TiffData PlaneCount=\"2\"><UUID FileName=\"before.tif\">urn:uuid:OWN</UUID></TiffData>".into(),
            whole,
            &[],
        ),
        (two, "<TiffData PlaneCount=\"2\"><UUID FileName=\"A.TIFF\"/></TiffData>".into(), whole, &[]),
        (two, "<TiffData PlaneCount=\"2\"><UUID FileName=\"C:\\x\\a.tif\"/></TiffData>".into(), whole, &[]),
        // A page is one plane, and a plane that the image does not have is none.
        (
            two,
            [data("IFD=\"0\"", ""), data("IFD=\"0\" FirstC=\"1\"", "")].concat(),
            &[("w1_z1_t1", 0)],
            &["w2_z1_t1"],
        ),
        (
            two,
            [data("IFD=\"0\"", ""), data("IFD=\"1\" FirstC=\"7\"", "")].concat(),
            &[("w1_z1_t1", 0)],
            &["w2_z1_t1"],
        ),
    ];
    for (sizes, inside, right, absent) in table {
        let folder = temporary_folder();
        let document = format!("{}{}", plate(&well(0, 0, &[(0, "I")])), image("I", "XYZCT", *sizes, inside));
        put(folder.path(), "a.tif", tiff(&[0, 1], &ome("own", &document)));
        put(folder.path(), "b.tif", tiff(&[10, 11], &ome("other", "<BinaryOnly MetadataFile=\"a.tif\"/>")));
        let found = opened(&folder.path().join("a.tif"));
        check(&found);
        let right: Vec<_> = right.iter().map(|(key, value)| (format!("A01_s1_{key}"), *value)).collect();
        assert_eq!(values(&found), right, "{sizes:?} {inside}");
        let lacking: Vec<_> = found.missing.iter().take(2).map(|missing| missing.key.to_string()).collect();
        let absent: Vec<_> = absent.iter().map(|key| format!("A01_s1_{key}")).collect();
        assert_eq!(lacking, absent, "{sizes:?} {inside}");
    }
}

#[test]
fn files_lie_in_folders_have_other_case_and_new_names() {
    let folder = temporary_folder();
    let images: String = (0..5)
        .map(|at| {
            let name =
                ["w/A 1.ome.tif", "w\\b.ome.tiff", "gone/c.ome.tif", "./x/../d.ome.tif", "renamed.ome.tif"]
                    [at];
            image(&format!("I{at}"), "XYCZT", [1, 1, 1], &data("IFD=\"0\"", name))
        })
        .collect();
    let wells: String =
        (0..5).map(|at| well(0, at, &[(at, ["I0", "I1", "I2", "I3", "I4"][at as usize])])).collect();
    put(folder.path(), "p.companion.ome", ome("set", &[plate(&wells), images].concat()));
    for (name, value, uuid) in [
        ("w/a 1.OME.TIF", 0, "0"),
        ("w/b.ome.tif", 1, "1"),
        ("elsewhere/c.ome.tif", 2, "2"),
        ("d.ome.tif", 3, "3"),
        ("new name.ome.tif", 4, "renamed.ome.tif"),
        ("another.ome.tif", 9, "9"),
    ] {
        put(folder.path(), name, tiff(&[value], &only(uuid)));
    }
    let found = opened(folder.path());
    check(&found);
    let right: Vec<_> = (0..5_u16).map(|at| (format!("A0{}_s1_w1_z1_t1", at + 1), at)).collect();
    assert_eq!(values(&found), right);
    assert_eq!((found.missing_count(), found.ignored), (0, 1));
    // Two of one name: which is meant cannot be told.
    put(folder.path(), "more/c.ome.tif", tiff(&[8], &only("8")));
    let found = opened(folder.path());
    assert_eq!(found.images.len(), 4);
    assert!(
        missing(&found)[0].starts_with("A03_s1_w1_z1_t1 its file is not where the OME-XML says"),
        "{:?}",
        missing(&found)
    );
}

#[test]
fn colours_lie_in_one_page() {
    let folder = temporary_folder();
    let inside = "<Channel ID=\"C:0\" Name=\"Brightfield\" SamplesPerPixel=\"3\"/><Channel ID=\"C:1\" Name=\"DAPI\"/>\
        <TiffData IFD=\"0\"/><TiffData IFD=\"1\" FirstC=\"3\"/>";
    let document =
        ome("x", &[plate(&well(0, 0, &[(0, "I")])), image("I", "XYCZT", [1, 4, 1], inside)].concat());
    let page = |samples: u64, at: u64| {
        let mut tags = vec![
            long(256, 2),
            long(257, 1),
            short(258, 8),
            short(259, 1),
            short(262, if samples == 3 { 2 } else { 1 }),
        ];
        if samples == 3 {
            tags[2] = Entry::Numbers(258, 3, vec![8; 3]);
            tags.push(Entry::Text(270, document.clone().into_bytes()));
        }
        tags.extend([long(273, at), short(277, samples), long(278, 1), long(279, 2 * samples)]);
        tags
    };
    let bytes = Layout::default().file(&[1, 2, 3, 4, 5, 6, 7, 8], &[page(3, 8), page(1, 14)]);
    put(folder.path(), "colour.ome.tif", bytes);
    let found = opened(folder.path());
    check(&found);
    assert_eq!(shown(&found.images), ["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"]);
    let decoded: Vec<_> = found
        .images
        .iter()
        .map(|image| {
            image.source.decode_owned().map(|(format, pixels)| (format.samples, pixels)).expect("an image")
        })
        .collect();
    assert_eq!(decoded, [(3, vec![1, 2, 3, 4, 5, 6]), (1, vec![7, 8])]);
    assert_eq!(found.values(Component::Channel).len(), 2);
    assert_eq!((found.channel_names[&1].as_str(), found.channel_names[&2].as_str()), ("Brightfield", "DAPI"));
    assert_eq!(found.missing_count(), 0);
}

#[test]
fn smaller_forms_in_other_directories_are_no_pages() {
    let folder = temporary_folder();
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ome/pyramid.ome.tif");
    put(folder.path(), "pyramid.ome.tif", fs::read(made).expect("a file"));
    let found = opened(folder.path());
    check(&found);
    assert_eq!(shown(&found.images), ["B03_s1_w1_z1_t1", "B03_s1_w2_z1_t1"]);
    for (channel, image) in (0..).zip(&found.images) {
        let (format, pixels) = image.source.decode_owned().expect("an image");
        assert_eq!((format.width, format.height), (80, 48));
        let right: Vec<u8> = (0..48_u16)
            .flat_map(|y| (0..80_u16).flat_map(move |x| (1000 + 10 * channel + x + y).to_ne_bytes()))
            .collect();
        assert_eq!(pixels, right);
    }
    assert_eq!((found.missing_count(), issues(&found).len()), (0, 0));
}

#[test]
fn a_compression_that_cannot_be_read_is_named() {
    let folder = temporary_folder();
    let document = ome(
        "x",
        &[plate(&well(0, 0, &[(0, "I")])), image("I", "XYCZT", [1, 1, 1], &data("IFD=\"0\"", ""))].concat(),
    );
    let mut bytes = tiff(&[1], &document);
    // JPEG 2000, as Leica and Aperio write it, in the place of no compression.
    let at =
        bytes.windows(12).position(|entry| entry == [3, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0]).expect("the entry");
    bytes[at + 8..at + 12].copy_from_slice(&34_712_u32.to_le_bytes());
    put(folder.path(), "a.ome.tif", bytes);
    let found = opened(folder.path());
    let error = found.images[0].source.decode_owned().expect_err("no image").to_string();
    assert!(error.contains("JPEG 2000") || error.contains("34712"), "{error}");
}
