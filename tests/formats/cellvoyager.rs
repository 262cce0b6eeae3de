//! CellVoyager measurements: each image by its key, with its own pixels, and what no real set shows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::plate::{Format, OpenError, Plate, PlateImage};

use super::support::{cases_dir, place, plates_dir};
use super::{check, choices, empty_files, issues, opened, refused, shown, temporary_folder, tree};

/// Well, row, column, timepoint, field, timeline, action, plane and channel.
type Shot<'a> = (&'a str, [u32; 8]);

const fn shot(
    well: &str,
    row: u32,
    column: u32,
    field: u32,
    action: u32,
    plane: u32,
    channel: u32,
) -> Shot<'_> {
    (well, [row, column, 1, field, 1, action, plane, channel])
}

fn name(prefix: &str, (well, [_, _, time, field, line, action, plane, channel]): Shot<'_>) -> String {
    format!("{prefix}_{well}_T{time:04}F{field:03}L{line:02}A{action:02}Z{plane:02}C{channel:02}")
}

/// The record of an image, with further attributes.
fn record(
    (_, [row, column, time, field, line, action, plane, channel]): Shot<'_>,
    file: &str,
    more: &str,
) -> String {
    format!(
        "<bts:MeasurementRecord bts:Type=\"IMG\" bts:Time=\"2023-09-18T13:58:44+02:00\" bts:Column=\"{column}\" \
         bts:Row=\"{row}\" bts:TimePoint=\"{time}\" bts:FieldIndex=\"{field}\" bts:ZIndex=\"{plane}\" \
         bts:TimelineIndex=\"{line}\" bts:ActionIndex=\"{action}\" bts:Action=\"3D\" bts:X=\"{x}\" bts:Y=\"25.0\" \
         bts:Z=\"0.0\" bts:Ch=\"{channel}\" {more}>{file}</bts:MeasurementRecord>\n",
        x = field.saturating_mul(100),
    )
}

fn error(row: u32, column: u32, more: &str, words: &str) -> String {
    format!(
        "<bts:MeasurementRecord bts:Type=\"ERR\" bts:Time=\"2023-09-18T14:00:00+02:00\" bts:Column=\"{column}\" \
         bts:Row=\"{row}\" bts:TimePoint=\"1\" bts:PartialTileIndex=\"1\" bts:TimelineIndex=\"1\" {more}>{words}\
         </bts:MeasurementRecord>\n"
    )
}

fn mlf(records: &[String]) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<bts:MeasurementData bts:Version=\"1.0\" \
         xmlns:bts=\"http://www.yokogawa.co.jp/BTS/BTSSchema/1.0\">\n{}</bts:MeasurementData>\n",
        records.concat()
    )
}

const MRF: &str = "<bts:MeasurementDetail xmlns:bts=\"x\" bts:Title=\"T\" \
                   bts:BeginTime=\"2023-09-18T13:58:39.4+02:00\" \
    bts:ColumnCount=\"24\" bts:RowCount=\"16\" bts:TargetSystem=\"CV8000\" bts:MeasurementSettingFileName=\"S.mes\">\
    <bts:MeasurementSamplePlate bts:Name=\"Plate 7\" bts:WellPlateFileName=\"P.wpi\"/>\
    <bts:MeasurementChannel bts:Ch=\"1\" bts:HorizontalPixelDimension=\"0.325\" bts:VerticalPixelDimension=\"0.325\" \
     bts:CameraNumber=\"3\" bts:ShadingCorrectionSource=\"SC_1 #1.tif\"/>\
    <bts:MeasurementChannel bts:Ch=\"9\" bts:HorizontalPixelDimension=\"0.65\" bts:VerticalPixelDimension=\"0.65\" \
     bts:CameraNumber=\"4\" bts:ShadingCorrectionSource=\"\"/></bts:MeasurementDetail>";
const MES: &str = "<bts:MeasurementSetting xmlns:bts=\"x\"><bts:ChannelList>\
    <bts:Channel bts:Ch=\"1\" bts:Target=\"405\" bts:Acquisition=\"BP445/45\" bts:Objective=\"20x v2\" \
    bts:Fluorophore=\"\"/>\
    <bts:Channel bts:Ch=\"9\" bts:Target=\"Actin\" bts:Acquisition=\"BP600/37\" bts:Objective=\"20x v2\"/>\
    </bts:ChannelList></bts:MeasurementSetting>";

/// What a file's pixels are: different for each of its name's numbers.
fn value((_, numbers): Shot<'_>) -> u16 {
    let value = numbers.iter().fold(7_u32, |value, number| value.wrapping_mul(31).wrapping_add(*number));
    u16::try_from(value % 60_000).expect("two bytes") + 1
}

fn write_image(path: &Path, value: u16) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    let format = ImageFormat::grey(4, 3, PixelType::U16);
    let pixels = [value; 12];
    let image = ImageRef { format, bytes: bytemuck::cast_slice(&pixels) };
    write_tiff(&place(path), image, Compression::None, None).expect("writable");
}

/// The first pixel of an image.
fn pixel(image: &PlateImage) -> u16 {
    let (_, pixels) = image.source.decode_owned().expect("an image");
    u16::from_ne_bytes([pixels[0], pixels[1]])
}

/// Each image with its file.
fn files(images: &[PlateImage]) -> Vec<String> {
    images.iter().map(|image| format!("{} {}", image.key(), image.source.relative())).collect()
}

fn missing(plate: &Plate) -> Vec<String> {
    plate.missing.iter().map(|missing| format!("{}: {missing}", missing.key)).collect()
}

/// A folder of empty files, some with text.
fn written(files: &[(String, &str)]) -> tempfile::TempDir {
    tree(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>())
}

/// An empty file.
fn at<'a>(folder: &str, name: &str) -> (String, &'a str) {
    (format!("{folder}{name}"), "")
}

/// An empty file in the plate folder.
fn file<'a>(name: &str) -> (String, &'a str) {
    at("", name)
}

/// The record in the plate folder.
fn recorded(text: &str) -> (String, &str) {
    ("MeasurementData.mlf".to_owned(), text)
}

#[test]
fn every_image_has_its_own_pixels() {
    let wells = [("D08", 4, 8), ("E03", 5, 3), ("F08", 6, 8)];
    let mut shots = Vec::new();
    for (well, row, column) in wells {
        for field in 1..=4 {
            for (action, channel) in [(1, 1), (2, 9)] {
                shots.extend((1..=4).map(|plane| shot(well, row, column, field, action, plane, channel)));
            }
        }
    }
    let folder = temporary_folder();
    let root = folder.path().canonicalize().expect("a path").join("P_20230918_135839/P");
    let records: Vec<_> = shots.iter().map(|shot| record(*shot, &(name("P", *shot) + ".tif"), "")).collect();
    // Two were not recorded after all.
    let lost = [shots[5], shots[40]];
    for shot in shots.iter().filter(|shot| !lost.contains(shot)) {
        write_image(&root.join(name("P", *shot) + ".tif"), value(*shot));
    }
    fs::write(root.join("MeasurementData.mlf"), mlf(&records)).expect("a file");
    fs::write(root.join("MeasurementDetail.mrf"), MRF).expect("a file");
    fs::write(root.join("S.mes"), MES).expect("a file");
    for file in ["SC_1 #1.tif", "DC_DCAM#1_CAM3.tif", "DC_DCAM#2_CAM4.tif"] {
        write_image(&root.join(file), 60_003);
    }
    let first = root.join(name("P", shots[0]) + ".tif");
    let above = root.parent().expect("a parent");
    let paths = [folder.path(), above, &root, &root.join("MeasurementData.mlf"), &root.join("S.mes"), &first];
    for path in paths {
        let plate = opened(path);
        check(&plate);
        assert_eq!((plate.root.as_path(), plate.opened_by.as_path()), (root.as_path(), root.as_path()));
        assert_eq!((plate.format, plate.images.len(), plate.ignored), (Format::CellVoyager, 94, 3));
        for shot @ (well, [_, _, time, field, _, _, plane, channel]) in &shots {
            let key = format!("{well}_s{field}_w{channel}_z{plane}_t{time}");
            let image = plate.images.iter().find(|image| image.key().to_string() == key);
            assert_eq!(image.map(pixel), (!lost.contains(shot)).then(|| value(*shot)), "{key}");
        }
        let names = lost.map(|shot| name("P", shot) + ".tif");
        let why =
            |key: &str, file: &str| format!("{key}: the record names a file that is not there: “{file}”");
        let expected = [why("D08_s1_w9_z2_t1", &names[0]), why("E03_s2_w1_z1_t1", &names[1])];
        assert_eq!(missing(&plate), expected);
        assert_eq!(issues(&plate), [""; 0]);
        assert_eq!((plate.name.as_str(), plate.shape.rows, plate.shape.columns), ("Plate 7", 16, 24));
        assert_eq!(plate.microscope.as_deref(), Some("CellVoyager CV8000"));
        assert_eq!(plate.objective.as_deref(), Some("20x v2"));
        assert_eq!(plate.acquired.as_deref(), Some("2023-09-18 13:58:39"));
        let channels: Vec<_> = plate.channel_names.iter().map(|(of, name)| (*of, name.as_str())).collect();
        assert_eq!(channels, [(1, "405 BP445/45"), (9, "Actin")]);
        let sizes: Vec<_> = plate.pixel_sizes.iter().map(|(of, size)| (of, size.x_um)).collect();
        assert_eq!(sizes, [(1, 0.325), (9, 0.65)]);
        let well = "E03".parse().expect("a well");
        let sites: Vec<_> =
            plate.site_positions.sites_of(well).map(|(s, at)| (s, at.x_um, at.y_um)).collect();
        assert_eq!(sites, [(1, 100.0, -25.0), (2, 200.0, -25.0), (3, 300.0, -25.0), (4, 400.0, -25.0)]);
        assert_eq!(plate.shading.flats, BTreeMap::from([(1, root.join("SC_1 #1.tif"))]));
        assert_eq!(plate.shading.darks, BTreeMap::from([(1, root.join("DC_DCAM#1_CAM3.tif"))]));
    }
}

#[test]
fn wells_without_files_shift_nothing() {
    let Some(cases) = cases_dir() else { return };
    let plate = opened(&cases.join("F1-cv7000-wells-absent"));
    check(&plate);
    let keys = ["C10", "C15", "C16", "C17", "C18", "C19"].map(|well| format!("{well}_s1_w1_z1_t1"));
    assert_eq!(shown(&plate.images), keys);
    assert_eq!(plate.images.iter().map(pixel).collect::<Vec<_>>(), [1000, 1500, 1600, 1700, 1800, 1900]);
    let absent: Vec<_> = plate.missing.iter().map(|missing| missing.key.well.to_string()).collect();
    assert_eq!(absent, ["C11", "C12", "C13", "C14"]);
    assert_eq!(issues(&plate), [""; 0]);
}

#[test]
fn a_plate_of_names_alone() {
    let Some(plates) = plates_dir() else { return };
    let plate = opened(&plates.join("cellvoyager-png"));
    check(&plate);
    assert_eq!(
        shown(&plate.images),
        ["B03_s1_w1_z1_t1", "B03_s1_w1_z2_t1", "B03_s2_w1_z1_t1", "B03_s2_w1_z2_t1"]
    );
    assert_eq!((plate.missing_count(), plate.ignored), (0, 0));
    assert_eq!(
        issues(&plate),
        [".: there is no MeasurementData.mlf, so the plate was read from its file names"]
    );
}

/// Files with text, the images that they are with their files, what is missing, and starts of the issues.
struct Case<'a> {
    what: &'a str,
    files: Vec<(String, &'a str)>,
    images: &'a [&'a str],
    missing: &'a [&'a str],
    issues: &'a [&'a str],
}

impl Case<'_> {
    /// Opened as a whole, and by its first file.
    fn verify(&self) {
        let Self { what, files: on_disk, images, missing: absent, issues: told } = self;
        let folder = written(on_disk);
        let first = folder.path().join(&on_disk[0].0);
        for path in [folder.path(), first.as_path()] {
            let plate = opened(path);
            check(&plate);
            let mut found = files(&plate.images);
            found.extend(files(&plate.projections));
            let issues = issues(&plate);
            assert_eq!(found, *images, "{what}: {issues:?}");
            assert_eq!(missing(&plate), *absent, "{what}: {issues:?}");
            assert_eq!(issues.len(), told.len(), "{what}: {issues:?}");
            for (issue, start) in issues.iter().zip(*told) {
                assert!(issue.starts_with(start), "{what}: {issue} does not start with {start}");
            }
        }
    }
}

const A: Shot<'_> = shot("A01", 1, 1, 1, 1, 1, 1);
const B: Shot<'_> = shot("A02", 1, 2, 1, 1, 1, 1);
const A_FILE: &str = "P_A01_T0001F001L01A01Z01C01.tif";
const B_FILE: &str = "P_A02_T0001F001L01A01Z01C01.tif";
const A_OF_Q: &str = "Q_A01_T0001F001L01A01Z01C01.tif";
const B_OF_Q: &str = "Q_A02_T0001F001L01A01Z01C01.tif";
const NOT_THERE: &str = "the record names a file that is not there";

#[test]
fn the_files_of_a_record_are_found_and_no_others_are_taken_for_them() {
    let two = mlf(&[record(A, A_FILE, ""), record(B, B_FILE, "")]);
    let below = mlf(&[record(A, &format!("x\\{A_FILE}"), ""), record(B, &format!("y/{B_FILE}"), "")]);
    let same = mlf(&[record(A, A_FILE, ""), record(B, A_FILE, "")]);
    let free = mlf(&[record(A, "image_1.tif", ""), record(B, "image_2.tif", "")]);
    let png = A_FILE.replace(".tif", ".PNG");
    let in_place = [&*format!("A01_s1_w1_z1_t1 {A_FILE}"), &*format!("A02_s1_w1_z1_t1 {B_FILE}")];
    let b_missing = [&*format!("A02_s1_w1_z1_t1: {NOT_THERE}: “{B_FILE}”")];
    let table = [
        Case {
            what: "in place, one of another kind and twice",
            files: vec![
                recorded(&two),
                at("", &png),
                at("", B_FILE),
                at("", &B_FILE.replace(".tif", ".png")),
            ],
            images: &[&format!("A01_s1_w1_z1_t1 {png}"), in_place[1]],
            missing: &[],
            issues: &["P_A02_T0001F001L01A01Z01C01.png: skipped: there is another file"],
        },
        Case {
            what: "in folders that the record names",
            files: vec![recorded(&below), at("x/", A_FILE), at("Y/", B_FILE)],
            images: &[&format!("A01_s1_w1_z1_t1 x/{A_FILE}"), &format!("A02_s1_w1_z1_t1 Y/{B_FILE}")],
            missing: &[],
            issues: &[],
        },
        Case {
            what: "moved into a folder",
            files: vec![at("images/", A_FILE), at("images/", B_FILE), recorded(&two)],
            images: &[
                &format!("A01_s1_w1_z1_t1 images/{A_FILE}"),
                &format!("A02_s1_w1_z1_t1 images/{B_FILE}"),
            ],
            missing: &[],
            issues: &[],
        },
        Case {
            what: "results below with the same names, of an image that is not there, too",
            files: vec![recorded(&two), at("", A_FILE), at("results/", A_FILE), at("results/", B_FILE)],
            images: &in_place[..1],
            missing: &b_missing,
            issues: &["results: 2 images in this folder that the record does not name; skipped"],
        },
        Case {
            what: "renamed as a whole",
            files: vec![recorded(&two), at("", A_OF_Q), at("", B_OF_Q)],
            images: &[&format!("A01_s1_w1_z1_t1 {A_OF_Q}"), &format!("A02_s1_w1_z1_t1 {B_OF_Q}")],
            missing: &[],
            issues: &["MeasurementData.mlf: the file names differ from the record (“Q_A01"],
        },
        Case {
            what: "renamed and not whole",
            files: vec![recorded(&two), at("", A_OF_Q)],
            images: &[&format!("A01_s1_w1_z1_t1 {A_OF_Q}")],
            missing: &b_missing,
            issues: &["MeasurementData.mlf: the file names differ from the record (“Q_A01"],
        },
        Case {
            what: "a file that two images are said to be in",
            files: vec![recorded(&same), at("", A_FILE)],
            images: &in_place[..1],
            missing: &[&format!(
                "A02_s1_w1_z1_t1: the record names the file of another image for it: “{A_FILE}”"
            )],
            issues: &[],
        },
        Case {
            what: "names that say nothing",
            files: vec![recorded(&free), at("", "image_1.tif"), at("", "image_3.tif")],
            images: &["A01_s1_w1_z1_t1 image_1.tif"],
            missing: &[&format!("A02_s1_w1_z1_t1: {NOT_THERE}: “image_2.tif”")],
            issues: &[],
        },
    ];
    table.iter().for_each(Case::verify);
}

#[test]
fn what_the_record_does_not_say_the_names_do() {
    let one = mlf(&[record(A, A_FILE, "")]);
    let cut = one.replace("</bts:MeasurementData>", "<bts:MeasurementRecord bts:Type=\"IMG\" bts:Ti");
    let junk = one.clone() + "></x> <";
    let nothing = mlf(&[]);
    let silent = "<MeasurementData><MeasurementRecord \
                  Type=\"IMG\">P_B03_T0002F003L01A01Z05C07.tif</MeasurementRecord>\
                  <MeasurementRecord Type=\"IMG\" Row=\"99\" \
                  Column=\"1\">x.tif</MeasurementRecord></MeasurementData>";
    let c = "P_A03_T0001F001L01A01Z02C01.tif";
    let both = [&*format!("A01_s1_w1_z1_t1 {A_FILE}"), &*format!("A03_s1_w1_z2_t1 {c}")];
    let by_names = [
        "A01_s1_w1_z2_t1: no file, though channel 1 has this site, plane and timepoint elsewhere on the plate",
        "A03_s1_w1_z1_t1: no file, though channel 1 has this site, plane and timepoint elsewhere on the plate",
    ];
    let table = [
        Case {
            what: "a file more",
            files: vec![recorded(&one), file(A_FILE), file(c)],
            images: &both,
            missing: &[],
            issues: &["P_A03_T0001F001L01A01Z02C01.tif: the record does not name this image"],
        },
        Case {
            what: "something behind the end",
            files: vec![recorded(&junk), file(A_FILE)],
            images: &both[..1],
            missing: &[],
            issues: &[],
        },
        Case {
            what: "a record that ends in the middle",
            files: vec![recorded(&cut), file(A_FILE), file(c)],
            images: &both,
            missing: &by_names,
            issues: &[
                "MeasurementData.mlf: the record can only be read in part",
                "P_A03_T0001F001L01A01Z02C01.tif: the record does not name this image",
            ],
        },
        Case {
            what: "a record of nothing",
            files: vec![recorded(&nothing), file(A_FILE), file(c)],
            images: &both,
            missing: &by_names,
            issues: &[
                "MeasurementData.mlf: the record names no image",
                "P_A01_T0001F001L01A01Z01C01.tif: the record does not name this image",
                "P_A03_T0001F001L01A01Z02C01.tif: the record does not name this image",
            ],
        },
        Case {
            what: "no record",
            files: vec![("MeasurementDetail.mrf".to_owned(), MRF), file(A_FILE), file(c)],
            images: &both,
            missing: &[
                "A01_s1_w1_z2_t1: no file, though channel 1 has this site, plane and timepoint elsewhere on the plate",
                by_names[1],
            ],
            issues: &[".: there is no MeasurementData.mlf"],
        },
        Case {
            what: "a record that says only the file",
            files: vec![recorded(silent), file("P_B03_T0002F003L01A01Z05C07.tif")],
            images: &["B03_s3_w7_z5_t2 P_B03_T0002F003L01A01Z05C07.tif"],
            missing: &[],
            issues: &["MeasurementData.mlf: 1 image of a row and column that no plate has"],
        },
    ];
    table.iter().for_each(Case::verify);
    // Without a record its shape and the sizes of pixels are known all the same.
    let folder = written(&table[4].files);
    let plate = opened(folder.path());
    assert_eq!((plate.shape.rows, plate.shape.columns, plate.name.as_str()), (16, 24, "Plate 7"));
    assert_eq!(plate.pixel_sizes.common().map(|size| size.x_um), Some(0.325));
}

#[test]
fn errors_of_the_microscope_are_told_with_what_they_left_out() {
    // Two actions in two fields of one well; of the other well one field was not in focus.
    let mut records = Vec::new();
    let mut on_disk = Vec::new();
    for (well, column, fields) in [("A01", 1, 1..=2), ("A02", 2, 1..=1)] {
        for field in fields {
            for (action, plane, channel) in [(1, 1, 1), (1, 2, 1), (2, 1, 3)] {
                let shot = shot(well, 1, column, field, action, plane, channel);
                let file = name("P", shot) + ".tif";
                records.push(record(shot, &file, ""));
                on_disk.push((file, ""));
            }
        }
    }
    let at = |x: u32| format!("bts:X=\"{x}.2\" bts:Y=\"25.0\"");
    let says = "not recorded: the microscope says “AF Error at A02 No. 2 (P)”";
    let told = "MeasurementData.mlf: well A02, 2023-09-18T14:00:00+02:00: the microscope says “AF Error at A02 No. 2 (P)”";
    let of_field =
        ["A02_s2_w1_z1_t1", "A02_s2_w1_z2_t1", "A02_s2_w3_z1_t1"].map(|key| format!("{key}: {says}"));
    let all: Vec<&str> = of_field.iter().map(String::as_str).collect();
    let unclear = format!("{told}; it is not clear what it left out");
    // What the error says, what is missing, and what is told.
    let table: [(String, &[&str], &str); 6] = [
        (at(200), &all, told),
        (at(200) + " bts:ActionIndex=\"2\"", &all[2..], told),
        ("bts:FieldIndex=\"2\"".to_owned(), &all, told),
        (at(300), &[], &unclear),
        (String::new(), &[], &unclear),
        // Tried again, and with success.
        (at(100), &[], told),
    ];
    for (says, missing, told) in table {
        let mut records = records.clone();
        records.push(error(1, 2, &says, "AF Error at A02 No. 2 (P)"));
        let text = mlf(&records);
        let folder =
            written(&[on_disk.clone(), vec![("MeasurementData.mlf".into(), text.as_str())]].concat());
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(self::missing(&plate), missing, "{says}");
        assert_eq!(plate.images.len(), 9, "{says}");
        assert_eq!(issues(&plate), [told], "{says}");
    }
    // Very many, in a well that no plate has, and with words that do something.
    records.extend((0..50).map(|_| error(99, 1, "", "a\u{202e}b")));
    let text = mlf(&records);
    let folder = written(&[on_disk, vec![("MeasurementData.mlf".into(), text.as_str())]].concat());
    let told = issues(&opened(folder.path()));
    assert_eq!(told.len(), 21, "{told:?}");
    assert!(told[0].contains("an unknown well") && told[0].contains("“a\\u{202e}b”"), "{}", told[0]);
    assert!(told[20].ends_with("30 more errors of the microscope"), "{}", told[20]);
}

#[test]
fn actions_and_timelines_that_use_the_same_numbers_are_kept_apart() {
    let of = |line, action, time, plane, channel| ("A01", [1, 1, time, 1, line, action, plane, channel]);
    let maximum = "bts:ZImageProcessing=\"Maximum\" bts:ZTop=\"4\" bts:ZBottom=\"-4\"";
    let focus = "bts:ZImageProcessing=\"focus\"";
    /// Shots with what more is said, the keys, and starts of the issues.
    type Case<'a> = (&'a str, &'a [(Shot<'a>, &'a str)], &'a [&'a str], &'a [&'a str]);
    let table: &[Case<'_>] = &[
        (
            "a stack beside a single plane",
            &[(of(1, 1, 1, 1, 1), ""), (of(1, 1, 1, 2, 1), ""), (of(1, 2, 1, 1, 6), "")],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1", "A01_s1_w6_z1_t1"],
            &[],
        ),
        (
            "one channel by two actions",
            &[(of(1, 1, 1, 1, 1), ""), (of(1, 1, 1, 2, 1), ""), (of(1, 2, 1, 1, 1), "")],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1", "A01_s1_w201_z1_t1"],
            &[
                "MeasurementData.mlf: channel 1 was taken by several actions: what action 2 took is channel 201 here",
            ],
        ),
        (
            "a stack and its projections",
            &[
                (of(1, 1, 1, 1, 1), ""),
                (of(1, 1, 1, 2, 1), ""),
                (of(1, 2, 1, 1, 1), maximum),
                (of(1, 3, 1, 1, 2), maximum),
            ],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1", "A01_s1_w1_t1", "A01_s1_w2_t1"],
            &[],
        ),
        (
            "projections alone",
            &[(of(1, 1, 1, 1, 1), maximum), (of(1, 2, 1, 1, 2), maximum)],
            &["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"],
            &["MeasurementData.mlf: ready-made projections (Maximum) without their stacks"],
        ),
        (
            "projections of two kinds",
            &[(of(1, 1, 1, 2, 1), ""), (of(1, 2, 1, 1, 1), maximum), (of(1, 2, 1, 3, 1), focus)],
            &["A01_s1_w1_z2_t1", "A01_s1_w1_t1"],
            &["MeasurementData.mlf: 1 ready-made projection of another kind"],
        ),
        (
            "timelines that start again",
            &[
                (of(1, 1, 1, 1, 1), ""),
                (of(1, 1, 2, 1, 1), ""),
                (of(2, 1, 1, 1, 1), ""),
                (of(2, 1, 2, 1, 1), ""),
            ],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2", "A01_s1_w1_z1_t3", "A01_s1_w1_z1_t4"],
            &["MeasurementData.mlf: the timepoints of timeline 2 start again: here they follow timepoint 2"],
        ),
        (
            "timelines that go on",
            &[(of(1, 1, 1, 1, 1), ""), (of(2, 1, 2, 1, 1), "")],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2"],
            &[],
        ),
    ];
    for (what, shots, keys, told) in table {
        let records: Vec<_> =
            shots.iter().map(|(shot, more)| record(*shot, &(name("P", *shot) + ".tif"), more)).collect();
        let folder = temporary_folder();
        for (shot, _) in *shots {
            write_image(&folder.path().join(name("P", *shot) + ".tif"), value(*shot));
        }
        fs::write(folder.path().join("MeasurementData.mlf"), mlf(&records)).expect("a file");
        let plate = opened(folder.path());
        check(&plate);
        let images: Vec<_> = plate.images.iter().chain(&plate.projections).collect();
        let found: Vec<_> = images.iter().map(|image| image.key().to_string()).collect();
        let issues = issues(&plate);
        assert_eq!(found, *keys, "{what}: {issues:?}");
        // In the order of keys here, whatever the microscope calls them.
        let values: Vec<_> = shots.iter().take(keys.len()).map(|(shot, _)| value(*shot)).collect();
        assert_eq!(images.into_iter().map(pixel).collect::<Vec<_>>(), values, "{what}");
        assert_eq!(plate.missing_count(), 0, "{what}");
        assert_eq!(issues.len(), told.len(), "{what}: {issues:?}");
        assert!(
            issues.iter().zip(*told).all(|(issue, start)| issue.starts_with(start)),
            "{what}: {issues:?}"
        );
    }
}

#[test]
fn channels_that_would_be_called_the_same_have_their_numbers_too() {
    let mes = "<S><ChannelList><Channel Ch=\"1\" Fluorophore=\"GFP\"/><Channel Ch=\"2\" Target=\"GFP\"/>\
               <Channel Ch=\"3\" Fluorophore=\"DAPI\"/></ChannelList></S>";
    let shots = [1, 2, 3].map(|channel| shot("A01", 1, 1, 1, channel, 1, channel));
    let twice = shot("A01", 1, 1, 1, 4, 1, 3);
    let mut files: Vec<_> = shots.iter().map(|shot| (name("P", *shot) + ".tif", "")).collect();
    files.extend([(name("P", twice) + ".tif", ""), ("any.mes".to_owned(), mes)]);
    let plate = opened(written(&files).path());
    let names: Vec<_> = plate.channel_names.iter().map(|(of, name)| (*of, name.as_str())).collect();
    assert_eq!(names, [(1, "GFP 1"), (2, "GFP 2"), (3, "DAPI"), (403, "DAPI, action 4")]);
}

#[test]
fn plates_of_1536_wells() {
    let files = ["P_B03.a1_T0001F001L01A01Z01C01.png", "P_H12.d4_T0001F001L01A01Z01C01.png"];
    let folder = empty_files(&files);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(shown(&plate.images), ["E09_s1_w1_z1_t1", "AF48_s1_w1_z1_t1"]);
    assert_eq!((plate.shape.rows, plate.shape.columns), (32, 48));
    // The record's row and column are the true ones, whatever a name says.
    let text = mlf(&[record(shot("", 5, 9, 1, 1, 1, 1), files[0], "")]);
    let folder = tree(&[("MeasurementData.mlf", &text), (files[0], "")]);
    assert_eq!(shown(&opened(folder.path()).images), ["E09_s1_w1_z1_t1"]);
}

#[test]
fn wells_that_are_counted_need_the_columns_of_the_plate() {
    let result =
        "<MeasurementResult><X><RowCount>8</RowCount><ColumnCount>12</ColumnCount></X></MeasurementResult>";
    let ome = "<OME><Plate Name=\"CQ\" Rows=\"16\" Columns=\"24\"/><Image><Pixels PhysicalSizeX=\"0.5\" \
               PhysicalSizeY=\"0.5\"/>\
               </Image></OME>";
    let w = |well: u32| (format!("W{well}F1T1Z1C1.tif"), "");
    let assumed = ".: the wells have numbers (up to 13)";
    /// Files, wells, and whether the columns were assumed.
    type Case<'a> = (Vec<(String, &'a str)>, &'a [&'a str], bool);
    let table: [Case<'_>; 4] = [
        (vec![w(1), w(13), ("MeasurementResult.xml".into(), result)], &["A01", "B01"], false),
        (vec![w(1), w(13), ("MeasurementResult.ome.xml".into(), ome)], &["A01", "A13"], false),
        (vec![w(1), w(13), ("MeasurementDetail.mrf".into(), MRF)], &["A01", "A13"], false),
        // The smallest plate of thirteen wells has six columns.
        (vec![w(1), w(13)], &["A01", "C01"], true),
    ];
    for (files, wells, is_assumed) in table {
        let folder = written(&files);
        let plate = opened(folder.path());
        check(&plate);
        let found: Vec<_> = plate.wells().iter().map(ToString::to_string).collect();
        assert_eq!(found, wells, "{files:?}");
        let issues = issues(&plate);
        assert_eq!(issues.iter().any(|issue| issue.starts_with(assumed)), is_assumed, "{issues:?}");
    }
    // The microscope's own folders, from anywhere.
    let stack = ["W0025F0001T0001Z001C1.tif", "W0025F0001T0001Z002C1.tif"];
    let files = [
        (format!("20200102T030405_CQ/Image/{}", stack[0]), ""),
        (format!("20200102T030405_CQ/Image/{}", stack[1]), ""),
        ("20200102T030405_CQ/Projection/W0025F0001T0001Z000C1.tif".to_owned(), ""),
        ("20200102T030405_CQ/MeasurementResult.ome.xml".to_owned(), ome),
    ];
    let folder = written(&files);
    for path in
        ["", "20200102T030405_CQ", "20200102T030405_CQ/Image", "20200102T030405_CQ/Projection", &files[2].0]
    {
        let plate = opened(&folder.path().join(path));
        check(&plate);
        let name = |name: &str| format!("B01_s1_w1_{name}");
        let images = [name("z1_t1 Image/") + stack[0], name("z2_t1 Image/") + stack[1]];
        assert_eq!(self::files(&plate.images), images, "{path}");
        assert_eq!(
            self::files(&plate.projections),
            [name("t1 Projection/") + "W0025F0001T0001Z000C1.tif"],
            "{path}"
        );
        assert_eq!((plate.name.as_str(), plate.missing_count(), plate.ignored), ("CQ", 0, 0));
        assert_eq!(plate.pixel_sizes.common().map(|size| size.x_um), Some(0.5));
    }
}

#[test]
fn plates_beside_each_other_are_a_choice() {
    let of_p = mlf(&[record(A, A_FILE, ""), record(B, B_FILE, "")]);
    let of_r = of_p.replace("P_A0", "R_A0");
    let names = |path: &Path| choices(path).iter().map(|choice| choice.name.clone()).collect::<Vec<_>>();

    // In one folder, with the record of one: what is missing of one is not taken from the other.
    let folder = written(&[recorded(&of_p), file(A_FILE), file(A_OF_Q), file(B_OF_Q)]);
    let root = folder.path().canonicalize().expect("a path");
    let own = root.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    assert_eq!(names(&root), [format!("{own} P"), format!("{own} Q")]);
    for choice in choices(&root) {
        let plate = opened(&choice.path);
        check(&plate);
        assert_eq!(opened(&plate.opened_by).images, plate.images);
        let images = files(&plate.images);
        if choice.name.ends_with('P') {
            assert_eq!(images, [format!("A01_s1_w1_z1_t1 {A_FILE}")]);
            assert_eq!(plate.missing_count(), 1);
        } else {
            assert_eq!(images, [format!("A01_s1_w1_z1_t1 {A_OF_Q}"), format!("A02_s1_w1_z1_t1 {B_OF_Q}")]);
            assert_eq!(plate.missing_count(), 0);
            assert!(issues(&plate)[0].contains("the record in this folder is of other images"));
        }
    }

    // The record is of neither.
    let folder = written(&[recorded(&of_r), file(A_FILE), file(B_FILE), file(A_OF_Q), file(B_OF_Q)]);
    for choice in choices(folder.path()) {
        let plate = opened(&choice.path);
        assert_eq!((plate.images.len(), plate.missing_count()), (2, 0), "{}", choice.name);
    }

    // In folders of their own, with results of other programs beside and below.
    let files = [
        (format!("one/{A_FILE}"), ""),
        (format!("one/{B_FILE}"), ""),
        ("one/MeasurementData.mlf".to_owned(), of_p.as_str()),
        ("one/results/P_A01_s1_w1.tif".to_owned(), ""),
        ("one/results/P_A02_s1_w1.tif".to_owned(), ""),
        ("one/more/P_A01_s1_w2.tif".to_owned(), ""),
        ("one/more/P_A02_s1_w2.tif".to_owned(), ""),
        (format!("two/{A_OF_Q}"), ""),
        (format!("two/{B_OF_Q}"), ""),
    ];
    let folder = written(&files);
    assert_eq!(names(folder.path()), ["one", "two"]);
    assert_eq!(opened(&folder.path().join("one")).format, Format::CellVoyager);
    assert_eq!(opened(&folder.path().join("one/results")).format, Format::ImageXpress);

    // Results of the same names open by themselves.
    let of_p = [
        (format!("one/{A_FILE}"), ""),
        (format!("one/{B_FILE}"), ""),
        ("one/MeasurementData.mlf".to_owned(), of_p.as_str()),
        (format!("one/corrected/{A_FILE}"), ""),
        (format!("one/corrected/{B_FILE}"), ""),
    ];
    let folder = written(&of_p);
    let raw = opened(&folder.path().join("one"));
    let corrected = opened(&folder.path().join("one/corrected"));
    assert!(raw.root.ends_with("one") && corrected.root.ends_with("one/corrected"));
    assert_eq!(self::files(&raw.images), self::files(&corrected.images));
}

#[test]
fn a_record_without_images_says_so() {
    let text = mlf(&[record(A, A_FILE, "")]);
    let folder = tree(&[("MeasurementData.mlf", &text), ("SC_1.tif", "")]);
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::NoImages { format: Format::CellVoyager, .. }), "{error}");
}

#[test]
fn numbers_that_no_microscope_reaches_are_refused() {
    let far: Shot<'_> = ("A02", [1, 2, 1, 4_000_000_000, 1, 1, 1, 1]);
    let text = mlf(&[record(A, A_FILE, ""), record(far, B_FILE, ""), record(far, "absent.tif", "")]);
    let folder = tree(&[("MeasurementData.mlf", &text), (A_FILE, ""), (B_FILE, "")]);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1"]);
    let issues = issues(&plate);
    assert_eq!(issues.len(), 2, "{issues:?}");
    assert!(
        issues[0].contains("its site is number 4 000 000 000") || issues[0].contains("4,000,000,000"),
        "{issues:?}"
    );
    assert!(
        issues[1].contains("the record names 1 image with numbers that no microscope reaches"),
        "{issues:?}"
    );
}

#[test]
fn a_record_that_is_cut_anywhere_opens_with_the_same_images() {
    let shots = [A, B, shot("B01", 2, 1, 1, 1, 1, 1), shot("B02", 2, 2, 1, 1, 1, 1)];
    let names = shots.map(|shot| name("P", shot) + ".tif");
    let records: Vec<_> = shots.iter().zip(&names).map(|(shot, file)| record(*shot, file, "")).collect();
    let text = mlf(&records);
    let folder = empty_files(&names.each_ref().map(String::as_str));
    let path = folder.path().join("MeasurementData.mlf");
    for cut in (0..text.len()).step_by(97) {
        fs::write(&path, &text.as_bytes()[..cut]).expect("a file");
        let plate = opened(folder.path());
        check(&plate);
        let keys = ["A01", "A02", "B01", "B02"].map(|well| format!("{well}_s1_w1_z1_t1"));
        assert_eq!(shown(&plate.images), keys, "{cut}");
        assert_eq!(plate.missing_count(), 0, "{cut}");
        assert!(issues(&plate)[0].contains("the record can only be read in part"), "{cut}");
    }
}
