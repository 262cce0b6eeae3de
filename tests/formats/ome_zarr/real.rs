//! A real plate of two wells, recorded in three cycles, each with labels and tables.

use stepwell::plate::{Component, Format};

use super::{issues, names, opened, pixel_size, pixels};
use crate::support::plates_dir;

/// CRC-32 of the images as zarr-python 3.1.6 reads them, by field; each has two channels.
const SUMS: [(&str, [u32; 2]); 6] = [
    ("A/02/0", [0xc0de4ba1, 0x5f9275bb]),
    ("A/02/1", [0xe0d288c1, 0x51280007]),
    ("A/02/2", [0x142d683f, 0x7158d4e0]),
    ("B/03/0", [0xa86ace26, 0x8e714ace]),
    ("B/03/1", [0x4368d1e5, 0x2a2fb25f]),
    ("B/03/2", [0x552701e4, 0x536ab2d3]),
];

#[test]
fn a_real_plate_has_its_images_in_their_places() {
    let Some(plates) = plates_dir() else { return };
    let root = plates.join("omezarr04/hcs_ngff_2D.zarr");
    let plate = opened(&root);
    let mut found = Vec::new();
    for fields in plate.images.chunks(2) {
        let of_field = |at: usize| (fields[at].key().to_string(), pixels(&fields[at]));
        found.push((fields[0].source.relative(), [of_field(0), of_field(1)]));
    }
    let expected: Vec<_> = SUMS
        .iter()
        .zip(1..)
        .map(|((path, sums), nth)| {
            let (well, site) = (if path.starts_with("A/02") { "A02" } else { "B03" }, (nth - 1) % 3 + 1);
            let image = |channel: usize| {
                let key = format!("{well}_s{site}_w{}_z1_t1", channel + 1);
                (key, ("uint8".to_owned(), 128, 128, sums[channel]))
            };
            (format!("{path}/0"), [image(0), image(1)])
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!((plate.format, plate.name.as_str()), (Format::OmeZarr, "hcs_ngff_2D"));
    assert_eq!((plate.shape.rows, plate.shape.columns), (2, 3));
    assert_eq!(names(&plate), ["0_DAPI", "0_GFP"]);
    assert_eq!(plate.colours().into_values().collect::<Vec<_>>(), [[0, 255, 255], [0, 128, 0]]);
    // The scale is 1 and has no unit.
    assert_eq!(pixel_size(&plate), None);
    assert!(plate.site_positions.is_empty());
    assert_eq!((plate.missing_count(), plate.ignored), (0, 10));
    let named = |n: u32, stain: &str| {
        format!(
            ".: channel {n} is called “0_{stain}” in some images and “1_{stain}” in others; the first is shown"
        )
    };
    assert_eq!(issues(&plate), [named(1, "DAPI"), named(2, "GFP")]);
    assert_eq!(plate.values(Component::Site).len(), 3);
    for inside in ["A", "A/02", "B/03/1", "B/03/2/0", "B/03/2/0/0/0/0", "A/02/0/labels", "A/02/0/tables"] {
        let same = opened(&root.join(inside));
        assert_eq!((same.images, same.root), (plate.images.clone(), plate.root.clone()), "{inside}");
    }
    assert_eq!(opened(&plates.join("omezarr04")).images, plate.images);
}
