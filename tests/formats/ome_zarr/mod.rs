//! OME-Zarr plates: of all kinds as zarr-python writes and reads them (`data/make_ome_zarr_references.py`), and a real
//! one.

mod damage;
mod real;

use std::collections::BTreeMap;
use std::path::PathBuf;

use stepwell::image::PixelType;
use stepwell::plate::{Component, Format, ImageKey, PixelSize, Plate, PlateImage};

use super::{choices, issues, opened, temporary_folder, zarr::packed_files};

const PACKED: &[u8] = include_bytes!("../../data/ome_zarr.bin");
const LINES: &str = include_str!("../../data/ome_zarr.csv");

/// A folder with the plate of a name, and its path.
fn reference(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = temporary_folder();
    let path = folder.path().join(format!("{name}.zarr"));
    for (file, data) in packed_files(PACKED) {
        let Some(below) = file.strip_prefix(&format!("{name}.zarr/")) else { continue };
        let file = path.join(below);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
        std::fs::write(file, data).expect("a file");
    }
    (folder, path)
}

/// What zarr-python reads at a place: path of the field, timepoint, channel, plane; type, size, CRC-32.
struct Line {
    field: String,
    place: [u32; 3],
    pixels: (String, u32, u32, u32),
}

fn lines(name: &str) -> Vec<Line> {
    let of_plate = LINES.lines().skip(1).filter_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    let line = |line: &str| {
        let [well, field, t, c, z, kind, width, height, crc] =
            line.split(',').collect::<Vec<_>>().try_into().expect("nine more columns");
        let number = |text: &str| text.parse::<u32>().expect("a number");
        Line {
            field: format!("{well}/{field}"),
            place: [t, c, z].map(number),
            pixels: (
                kind.to_owned(),
                number(width),
                number(height),
                u32::from_str_radix(crc, 16).expect("a sum"),
            ),
        }
    };
    of_plate.map(line).collect()
}

/// What is read of an image, as a line has it.
fn pixels(image: &PlateImage) -> (String, u32, u32, u32) {
    let (format, bytes) = image.source.decode_owned().unwrap_or_else(|error| panic!("{error}"));
    // Half floats have no type of their own here, and none of these plates has any.
    (format.pixel.name().to_owned(), format.width, format.height, libdeflater::crc32(&bytes))
}

/// Verifies the images of a plate against those lines whose field is `of` it: each is there, once, in its place.
fn verify(name: &str, plate: &Plate, well_and_site: &[(&str, &str, u32)]) {
    let lines = lines(name);
    let mut expected = BTreeMap::new();
    for (field, well, site) in well_and_site {
        for line in lines.iter().filter(|line| line.field == *field) {
            let [t, c, z] = line.place.map(|index| index + 1);
            let key = ImageKey::new(well.parse().expect("a well"), *site, c, z, t);
            expected.insert(key, (line.field.clone(), line.pixels.clone()));
        }
    }
    assert!(!expected.is_empty(), "{name}");
    let found: BTreeMap<_, _> = plate
        .images
        .iter()
        .map(|image| (image.key(), (image.source.folder().within().to_owned(), pixels(image))))
        .collect();
    assert_eq!(found, expected, "{name}");
    assert_eq!((plate.format, plate.missing_count(), plate.projections.len()), (Format::OmeZarr, 0, 0));
}

fn names(plate: &Plate) -> Vec<String> {
    let channels = plate.values(Component::Channel);
    channels.iter().map(|channel| plate.value_name(Component::Channel, *channel)).collect()
}

fn pixel_size(plate: &Plate) -> Option<f64> {
    plate.pixel_sizes.common().and_then(PixelSize::side_um)
}

#[test]
fn every_image_of_every_kind_of_plate_is_that_which_zarr_python_reads_there() {
    /// Folder, name, wells of the plate, size of a pixel; path of each field with its well and site.
    type Case<'a> = (&'a str, &'a str, (u16, u16), Option<f64>, &'a [(&'a str, &'a str, u32)]);
    let four: &[_] =
        &[("B/03/0", "B03", 1), ("B/03/1", "B03", 2), ("B/05/0", "B05", 1), ("B/05/1", "B05", 2)];
    let table: [Case<'_>; 9] = [
        ("gap", "Gap", (4, 6), Some(0.5), four),
        ("shards", "Shards", (4, 6), Some(0.5), four),
        ("big-endian", "big-endian", (3, 4), Some(2.0), &[("C/04/0", "C04", 1)]),
        ("columns-first", "columns-first", (2, 3), Some(0.5), &[("A/1/0", "A01", 1)]),
        ("channels-last", "channels-last", (2, 3), Some(0.5), &[("A/1/0", "A01", 1)]),
        ("turned", "turned", (2, 3), Some(0.5), &[("A/1/0", "A01", 1)]),
        ("oldest", "oldest", (2, 3), None, &[("A/1/0", "A01", 1), ("A/3/0", "A03", 1)]),
        (
            "named",
            "named",
            (2, 3),
            None,
            &[("A/1/f2", "A01", 1), ("A/1/f10", "A01", 2), ("A/3/f10", "A03", 2)],
        ),
        ("newest", "newest", (2, 3), Some(0.5), &[("A/1/0", "A01", 1)]),
    ];
    for (folder, name, (rows, columns), size, fields) in table {
        let (_folder, path) = reference(folder);
        let plate = opened(&path);
        verify(folder, &plate, fields);
        assert_eq!((plate.name.as_str(), pixel_size(&plate)), (name, size));
        assert_eq!((plate.shape.rows, plate.shape.columns), (rows, columns), "{folder}");
        assert_eq!(issues(&plate), [""; 0], "{folder}");
    }
}

#[test]
fn names_colours_and_places_are_those_of_the_attributes() {
    let (_folder, path) = reference("gap");
    let plate = opened(&path);
    assert_eq!(names(&plate), ["DAPI", "GFP"]);
    let colours: Vec<_> = plate.colours().into_values().collect();
    assert_eq!(colours, [[0, 255, 255], [255, 128, 0]]);
    assert_eq!(plate.ignored, 8, "labels and tables of four fields");
    for well in plate.wells() {
        let places: Vec<_> =
            plate.site_positions.sites_of(well).map(|(site, at)| (site, at.x_um, at.y_um)).collect();
        assert_eq!(places, [(1, -5.0, 0.0), (2, 5.0, 0.0)], "{well}");
    }
    assert_eq!(plate.images[0].source.measure().expect("an image").format.pixel, PixelType::U16);
}

#[test]
fn any_path_in_a_plate_opens_it() {
    let table: [(&str, &[&str]); 2] = [
        ("gap", &["", "B", "B/03", "B/03/0", "B/03/0/0", "B/03/0/0/1.1.1.1.0", "B/05/1/labels", ".zattrs"]),
        ("shards", &["", "B/05/1", "B/05/1/0/c/0/0/0/0", "B/05/1/0/c/0/0/0/0/0", "B/zarr.json"]),
    ];
    for (name, inside) in table {
        let (folder, path) = reference(name);
        let plate = opened(&path);
        for inside in inside {
            let same = opened(&path.join(inside));
            assert_eq!((&same.images, &same.root), (&plate.images, &plate.root), "{inside}");
        }
        assert_eq!(opened(folder.path()).images, plate.images, "from around");
        assert_eq!(opened(&plate.opened_by).images, plate.images);
    }
}

#[test]
fn several_acquisitions_are_a_choice() {
    let (_folder, path) = reference("acquisitions");
    /// Name; what there is of it; its fields with wells and sites; paths that lead to it alone.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str, u32)], &'a [&'a str]);
    let table: [Case<'_>; 2] = [
        (
            "acquisitions Before",
            "4 fields",
            &[("A/1/0", "A01", 1), ("A/1/1", "A01", 2), ("A/2/0", "A02", 1), ("A/2/1", "A02", 2)],
            &["A/1/0", "A/2/1/0", "A/1/1/.zattrs"],
        ),
        (
            "acquisitions acquisition 2",
            "2 fields",
            &[("A/1/2", "A01", 3), ("A/2/2", "A02", 3)],
            &["A/1/2", "A/2/2/0/0.0.0"],
        ),
    ];
    for whole in ["", "A", "A/1", ".zattrs", "A/2/.zattrs"] {
        let found = choices(&path.join(whole));
        let found: Vec<_> =
            found.iter().map(|choice| (choice.name.as_str(), choice.about.as_str())).collect();
        let expected: Vec<_> = table.iter().map(|(name, about, ..)| (*name, *about)).collect();
        assert_eq!(found, expected, "{whole}");
    }
    for choice in choices(&path) {
        let (name, _, fields, inside) =
            table.iter().find(|(name, ..)| *name == choice.name).expect("one of the two");
        let plate = opened(&choice.path);
        verify("acquisitions", &plate, fields);
        assert_eq!((plate.name.as_str(), &plate.opened_by), (*name, &choice.path));
        let first = choice.first_image.expect("a first image");
        assert_eq!(first, plate.images[0].source);
        for inside in *inside {
            let same = opened(&path.join(inside));
            assert_eq!(same.images, plate.images, "{inside}");
            assert_eq!(opened(&same.opened_by).images, plate.images, "{inside}");
        }
    }
}
