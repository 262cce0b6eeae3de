//! Files of several pages: which there are, what each of them is, and its pixels.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use stepwell::image::{
    DecodeError, ImageFormat, ImageSource, PagePlace, Pages, PagesToldBy, PixelType, pages,
};

use crate::support;
use crate::support::tiff::{Entry, Layout, long, short};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Places of pages in order, as `image z channel timepoint`; `?` where nothing says it.
fn places(pages: &Pages) -> String {
    let text = |place: Option<PagePlace>| {
        place.map_or_else(
            || "?".to_owned(),
            |at| format!("{}{}{}{}", at.image, at.z, at.channel, at.timepoint),
        )
    };
    let places: Vec<String> = pages.pages.iter().map(|page| text(page.place)).collect();
    places.join(" ")
}

fn first_value(path: &Path, page: u32) -> u16 {
    let (_, pixels) = ImageSource::file(path)
        .with_page(page)
        .decode_owned()
        .unwrap_or_else(|error| panic!("page {page}: {error}"));
    assert!(pixels.chunks(2).all(|pixel| pixel == &pixels[..2]), "page {page} has one value");
    u16::from_ne_bytes([pixels[0], pixels[1]])
}

/// Whether another page follows is told of every page but the last.
fn expect_more_pages_but_of_the_last(path: &Path, pages: &Pages) {
    let last = pages.pages.last().expect("one at least");
    for page in &pages.pages {
        let measured =
            ImageSource::file(path).with_page(page.page).measure().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(measured.more_pages, page.page < last.page, "{}: page {}", path.display(), page.page);
    }
    let beyond = ImageSource::file(path).with_page(last.page + 1).measure();
    assert!(matches!(beyond, Err(DecodeError::NoPage { .. })), "{}: {beyond:?}", path.display());
}

#[test]
fn pages_are_what_the_file_says() {
    for (name, count, told_by) in [
        ("imagej.tif", 12, PagesToldBy::ImageJ),
        ("imagej-one-directory.tif", 12, PagesToldBy::ImageJ),
        ("imagej-z.tif", 3, PagesToldBy::ImageJ),
        ("ome-tzc.ome.tif", 12, PagesToldBy::OmeXml),
        ("ome-tcz.ome.tif", 12, PagesToldBy::OmeXml),
        ("ome-ztc.ome.tif", 12, PagesToldBy::OmeXml),
        ("ome-ctz.ome.tif", 12, PagesToldBy::OmeXml),
        ("ome-two-images.ome.tif", 8, PagesToldBy::OmeXml),
        ("plain.tif", 3, PagesToldBy::Nothing),
    ] {
        let path = data("pages").join(name);
        let found = pages(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((found.pages.len(), found.told_by), (count, told_by), "{name}");
        assert_eq!(found.format, Some(ImageFormat::grey(4, 3, PixelType::U16)), "{name}");
        for page in &found.pages {
            let value = u32::from(first_value(&path, page.page));
            match page.place {
                Some(PagePlace { image, z, channel, timepoint }) => {
                    assert_eq!(value, 1000 * image + 100 * timepoint + 10 * z + channel, "{name}");
                }
                None => assert_eq!((told_by, value), (PagesToldBy::Nothing, 10 * page.page), "{name}"),
            }
        }
        expect_more_pages_but_of_the_last(&path, &found);
    }
}

/// Of files that are not committed: what nothing tells of is told by nothing, and of one size and type or not.
#[test]
fn pages_of_real_files_are_all_there() {
    let Some(plates) = support::plates_dir() else { return };
    for (name, count, is_of_one_format) in [
        ("tiff-variety/imagecodecs/gray.series.u1.tif", 9, false),
        ("tiff-variety/imagecodecs/gray.stack.u1.tif", 13, true),
        ("tiff-variety/image-tiff/seq/seq-1c-8b-multipage-adeefdcc.tiff", 3, true),
        ("../cases/06-ix-pages-are-planes/Stacks_B02_s1_w1.tif", 5, true),
    ] {
        let found = pages(&plates.join(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((found.pages.len(), found.format.is_some()), (count, is_of_one_format), "{name}");
        assert_eq!(found.told_by, PagesToldBy::Nothing, "{name}");
    }
    // The brightest plane of the stack is the fourth.
    let path = plates.join("../cases/06-ix-pages-are-planes/Stacks_B02_s1_w1.tif");
    let brightest = (0..5).max_by_key(|page| {
        let (_, pixels) = ImageSource::file(&path).with_page(*page).decode_owned().expect("read");
        pixels.as_chunks::<2>().0.iter().map(|pixel| u16::from_ne_bytes(*pixel)).max()
    });
    assert_eq!(brightest, Some(3));
}

#[test]
fn pictures_and_single_pages_have_one() {
    for name in ["pictures/grey-16.png", "pictures/grey.jpg"] {
        let found = pages(&data(name)).expect("read");
        assert_eq!((places(&found).as_str(), found.told_by), ("?", PagesToldBy::Nothing), "{name}");
        let measured = ImageSource::file(data(name)).measure().expect("measured");
        assert_eq!((found.format, measured.more_pages), (Some(measured.format), false), "{name}");
    }
}

const PLANE: u64 = 4 * 3 * 2;

/// Planes of 4 x 3 pixels whose values are their numbers.
fn planes(count: u16) -> Vec<u8> {
    (0..count).flat_map(|value| value.to_le_bytes().repeat(12)).collect()
}

/// The tags of a plane in so many strips; the first plane begins where the data begin.
fn plane(strips: u64, with: &[Entry]) -> Vec<Entry> {
    let offsets = (0..strips).map(|strip| 8 + strip * PLANE / strips).collect();
    let mut tags = vec![
        long(256, 4),
        long(257, 3),
        short(258, 16),
        Entry::Numbers(273, 4, offsets),
        long(278, 3 / strips),
        Entry::Numbers(279, 4, vec![PLANE / strips; usize::try_from(strips).expect("small")]),
    ];
    tags.extend(with.iter().cloned());
    tags
}

/// MetaMorph's tag of planes: distance in z, and milliseconds of the day when it was taken.
fn uic2(planes: &[(u64, u64)]) -> Entry {
    let entries = planes.iter().flat_map(|(z, taken)| [*z, 1000, 2_459_000, *taken, 0, 0]);
    let bytes: Vec<u8> =
        entries.flat_map(|number| u32::try_from(number).expect("small").to_le_bytes()).collect();
    Entry::Claimed { tag: 33_629, kind: 5, count: planes.len() as u64, bytes }
}

#[test]
fn a_metamorph_stack_has_its_planes_one_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stack.stk");
    for (entries, expected) in [
        (&[(0, 5), (500, 6), (1000, 7)][..], "0000 0100 0200"),
        (&[(0, 5), (0, 6), (0, 7)], "0000 0001 0002"),
        (&[(0, 5), (0, 5), (0, 5)], "? ? ?"),
    ] {
        for strips in [1, 3] {
            let tags = plane(strips, &[uic2(entries)]);
            fs::write(&path, Layout::default().file(&planes(3), &[tags])).expect("written");
            let found = pages(&path).expect("read");
            assert_eq!((places(&found).as_str(), found.told_by), (expected, PagesToldBy::MetaMorph));
            for page in 0..3 {
                assert_eq!(u32::from(first_value(&path, page)), page);
            }
            expect_more_pages_but_of_the_last(&path, &found);
        }
    }
    // One plane is an image as any other, and several directories are pages as any others.
    let one = |z| plane(1, &[uic2(&[(z, 1)])]);
    let two = plane(1, &[uic2(&[(0, 1), (1, 2)])]);
    for (pages_of_file, count) in [(vec![one(0)], 1), (vec![two.clone(), two], 2)] {
        fs::write(&path, Layout::default().file(&planes(3), &pages_of_file)).expect("written");
        let found = pages(&path).expect("read");
        assert_eq!((found.pages.len(), found.told_by), (count, PagesToldBy::Nothing));
        expect_more_pages_but_of_the_last(&path, &found);
    }
    // A stack that is cut off still has its pages, and those that lack are told when they are read.
    let file = Layout::default().file(&planes(1), &[plane(1, &[uic2(&[(0, 1), (1, 2), (2, 3)])])]);
    fs::write(&path, file).expect("written");
    assert_eq!(pages(&path).expect("read").pages.len(), 3);
    assert_eq!(first_value(&path, 0), 0);
    let claim = Entry::Claim { tag: 33_629, kind: 5, count: 1000, value: 8 };
    fs::write(&path, Layout::default().file(&planes(2), &[plane(1, &[claim])])).expect("written");
    assert_eq!(pages(&path).expect("read").pages.len(), 1000);
    assert!(matches!(
        ImageSource::file(&path).with_page(999).decode_owned(),
        Err(DecodeError::Truncated { .. })
    ));
    // What is compressed cannot be found without a directory.
    let packed = plane(1, &[short(259, 5), uic2(&[(0, 1), (1, 2)])]);
    fs::write(&path, Layout::default().file(&planes(2), &[packed])).expect("written");
    assert!(matches!(
        ImageSource::file(&path).with_page(1).decode_owned(),
        Err(DecodeError::Unsupported { .. })
    ));
}

#[test]
fn an_imagej_header_is_believed_as_far_as_it_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let header = |text: &str| Entry::Text(270, format!("ImageJ=1.53t\n{text}\0").into_bytes());
    for (text, directories, stored, expected) in [
        ("images=6\nchannels=2\nslices=3\nhyperstack=true\n", 1, 6, "0000 0010 0100 0110 0200 0210"),
        ("images=6\nchannels=2\nframes=3\nhyperstack=true\n", 6, 6, "0000 0010 0001 0011 0002 0012"),
        ("images=3\nslices=3\nunit=\\u00B5m\n", 3, 3, "0000 0100 0200"),
        ("images=3\nframes=3\n", 3, 3, "0000 0001 0002"),
        // Where it tells of no dimension, planes are slices to ImageJ.
        ("images=2\nmin=0.0\n", 2, 2, "0000 0100"),
        // It contradicts itself, or the file.
        ("images=5\nchannels=2\nslices=2\n", 5, 5, "? ? ? ? ?"),
        ("images=4\nslices=4\n", 3, 3, "? ? ?"),
        // A page that was taken out of a stack kept its header.
        ("images=9\nslices=9\n", 1, 1, "?"),
        ("slices=9\n", 1, 9, "?"),
    ] {
        let tags = vec![plane(1, &[header(text)]); directories];
        fs::write(&path, Layout::default().file(&planes(stored), &tags)).expect("written");
        let found = pages(&path).expect("read");
        assert_eq!(places(&found), expected, "{text}");
        expect_more_pages_but_of_the_last(&path, &found);
    }
}

/// OME-XML of images, each with the attributes of its pixels and what is in them.
fn ome(uuid: &str, images: &[(&str, &str)]) -> Entry {
    let images = images.iter().enumerate().map(|(at, (pixels, data))| {
        format!("<Image ID=\"Image:{at}\"><Pixels {pixels}>{data}</Pixels></Image>")
    });
    let text = format!("<?xml version=\"1.0\"?><OME UUID=\"{uuid}\">{}</OME>\0", images.collect::<String>());
    Entry::Text(270, text.into_bytes())
}

#[test]
fn ome_xml_tells_of_this_file_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.ome.tif");
    let sizes = |order: &str, z: u32, c: u32, t: u32| {
        format!("DimensionOrder=\"{order}\" SizeZ=\"{z}\" SizeC=\"{c}\" SizeT=\"{t}\"")
    };
    let of_file = |name: &str, uuid: &str, page: u32, z: u32| {
        format!("<TiffData IFD=\"{page}\" FirstZ=\"{z}\"><UUID FileName=\"{name}\">{uuid}</UUID></TiffData>")
    };
    let set = [
        of_file("a.ome.tif", "urn:uuid:a", 0, 0),
        of_file("b.ome.tif", "urn:uuid:b", 0, 1),
        of_file("B.ome.tif", "urn:uuid:b", 1, 2),
    ]
    .concat();
    let renamed = [of_file("old.tif", "urn:uuid:o", 1, 0), of_file("old.tif", "urn:uuid:o", 0, 1)].concat();
    let (zct, tcz) = (sizes("XYZCT", 2, 2, 1), sizes("XYTCZ", 2, 1, 2));
    let three = sizes("XYZCT", 3, 1, 1);
    let colour = sizes("XYCZT", 2, 6, 1);
    for (text, count, expected) in [
        (ome("", &[(&zct, "<TiffData/>")]), 4, "0000 0100 0010 0110"),
        (ome("", &[(&zct, "")]), 4, "0000 0100 0010 0110"),
        (ome("", &[(&tcz, "<TiffData IFD=\"0\" PlaneCount=\"4\"/>")]), 4, "0000 0001 0100 0101"),
        (ome("", &[(&zct, "<TiffData IFD=\"1\" FirstC=\"1\" PlaneCount=\"2\"/>")]), 4, "? 0010 0110 ?"),
        // Page by page, in any order.
        (
            ome("", &[(&zct, "<TiffData IFD=\"1\" FirstZ=\"1\"/><TiffData IFD=\"0\" FirstC=\"1\"/>")]),
            2,
            "0010 0100",
        ),
        // Several files.
        (ome("urn:uuid:b", &[(&three, &set)]), 2, "0100 0200"),
        (ome("", &[(&three, &set)]), 2, "0100 0200"),
        (ome("urn:uuid:a", &[(&three, &renamed)]), 2, "0100 0000"),
        (ome("urn:uuid:o", &[(&three, &renamed)]), 2, "0100 0000"),
        // Two channels of three colours each.
        (
            ome("", &[(&colour, "<Channel/><Channel/><TiffData IFD=\"0\" PlaneCount=\"4\"/>")]),
            4,
            "0000 0010 0100 0110",
        ),
        // Two images: the second begins where the first ends.
        (
            ome("", &[(&three, "<TiffData IFD=\"0\" PlaneCount=\"1\"/>"), (&three, "<TiffData IFD=\"1\"/>")]),
            2,
            "0000 1000",
        ),
        // More planes than the dimensions have room for, and nonsense.
        (ome("", &[(&three, "<TiffData FirstZ=\"2\" PlaneCount=\"9\"/>")]), 2, "0200 ?"),
        (ome("", &[(&three, "<TiffData FirstZ=\"7\" PlaneCount=\"4294967295\"/>")]), 2, "? ?"),
        (ome("", &[("SizeZ=\"x\" DimensionOrder=\"XYZZZ\"", "<TiffData IFD=\"-1\"/>")]), 2, "0000 ?"),
        (Entry::Text(270, b"<?xml?><OME><BinaryOnly MetadataFile=\"c.ome\"/></OME>".to_vec()), 2, "? ?"),
        (Entry::Text(270, b"<OME><Image><Pix".to_vec()), 2, "? ?"),
    ] {
        let mut tags = vec![plane(1, &[]); count];
        tags[0].push(text.clone());
        fs::write(&path, Layout::default().file(&planes(1), &tags)).expect("written");
        let found = pages(&path).expect("read");
        assert_eq!(places(&found), expected, "{text:?}");
        let is_told = found.pages.iter().any(|page| page.place.is_some());
        assert_eq!(found.told_by, if is_told { PagesToldBy::OmeXml } else { PagesToldBy::Nothing });
    }
}

#[test]
fn smaller_forms_and_masks_are_no_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let of = |kind| plane(1, &[long(254, kind)]);
    for (kinds, expected) in [
        (&[0, 1, 1][..], &[0][..]),
        (&[0, 1, 0, 1], &[0, 2]),
        (&[1, 0], &[1]),
        (&[0, 4, 5], &[0]),
        // Pages of a document, as MetaXpress marks its planes.
        (&[2, 2, 2], &[0, 1, 2]),
        (&[1, 1], &[0]),
    ] {
        let tags: Vec<_> = kinds.iter().map(|kind| of(*kind)).collect();
        fs::write(&path, Layout::default().file(&planes(1), &tags)).expect("written");
        let found = pages(&path).expect("read");
        let numbers: Vec<u32> = found.pages.iter().map(|page| page.page).collect();
        assert_eq!(numbers, expected, "{kinds:?}");
        let last = expected.last().expect("one");
        let measured = ImageSource::file(&path).with_page(*last).measure().expect("measured");
        assert!(!measured.more_pages, "{kinds:?}");
    }
    let old = |kind| plane(1, &[short(255, kind)]);
    fs::write(&path, Layout::default().file(&planes(1), &[old(1), old(2)])).expect("written");
    assert_eq!(pages(&path).expect("read").pages.len(), 1);
}

#[test]
fn pages_of_several_formats_have_none_in_common() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let mut lower = plane(1, &[]);
    lower[1] = long(257, 2);
    let mut complex = plane(1, &[short(339, 6)]);
    complex[2] = short(258, 64);
    for other in [lower, complex] {
        fs::write(&path, Layout::default().file(&planes(1), &[plane(1, &[]), other])).expect("written");
        let found = pages(&path).expect("read");
        assert_eq!((found.pages.len(), found.format), (2, None));
    }
}

#[test]
fn a_chain_in_a_circle_ends_and_a_damaged_one_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image.tif");
    let whole = Layout::default().file(&planes(1), &vec![plane(1, &[]); 3]);
    let number = |at: usize| u32::from_le_bytes(whole[at..at + 4].try_into().expect("4 bytes"));
    let end = |directory: u32| {
        let at = usize::try_from(directory).expect("small");
        at + 2 + usize::from(u16::from_le_bytes([whole[at], whole[at + 1]])) * 12
    };
    let mut directories = vec![number(4)];
    while number(end(directories[directories.len() - 1])) != 0 {
        directories.push(number(end(directories[directories.len() - 1])));
    }
    assert_eq!(directories.len(), 3);
    let last = end(directories[2]);
    for (back_to, is_error) in [(directories[0], false), (directories[1], false), (directories[2], false)]
        .into_iter()
        .chain([(u32::MAX, true), (3, true)])
    {
        let mut changed = whole.clone();
        changed[last..last + 4].copy_from_slice(&back_to.to_le_bytes());
        fs::write(&path, changed).expect("written");
        match pages(&path) {
            Ok(found) => assert!(!is_error && found.pages.len() == 3, "{back_to}"),
            Err(DecodeError::Truncated { .. } | DecodeError::Corrupt { .. }) => {
                assert!(is_error, "{back_to}");
            }
            Err(error) => panic!("{back_to}: {error}"),
        }
        assert_eq!(first_value(&path, 2), 0);
    }
    // Where a file ends with its last directory, that is the last.
    fs::write(&path, &whole[..whole.len() - 4]).expect("written");
    assert_eq!(pages(&path).expect("read").pages.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a file: its pages or an error, and no panic; and what is measured is read within
    /// the memory that was announced.
    #[test]
    fn no_bytes_make_it_panic(
        which in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let names = ["imagej.tif", "imagej-one-directory.tif", "ome-tzc.ome.tif", "ome-two-images.ome.tif", "plain.tif"];
        let mut bytes = fs::read(data("pages").join(names[which])).expect("read");
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image.tif");
        fs::write(&path, bytes).expect("written");
        for page in pages(&path).iter().flat_map(|found| &found.pages).take(3) {
            let Ok(measured) = ImageSource::file(&path).with_page(page.page).measure() else { continue };
            if measured.format.bytes() > 1 << 20 {
                continue;
            }
            let mut scratch = stepwell::image::DecodeScratch::new();
            let mut out = vec![0; usize::try_from(measured.format.bytes()).expect("small")];
            let _ = ImageSource::file(&path).with_page(page.page).decode_into(measured.format, &mut out, &mut scratch);
            prop_assert!(scratch.bytes() <= measured.scratch_bytes);
        }
    }
}
