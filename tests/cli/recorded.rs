//! What `scan` and `compare` say of every real plate of a format that opens, and of the small plates after bug reports.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{cases_dir, plates_dir};
use crate::{json, stepwell, text};

/// Folder, what is there, and what a comparison comes to, of all wells with the channel one at a time.
type Row = (&'static str, &'static str, &'static str);

const PLATES: [Row; 7] = [
    (
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "ImageXpress, 1 well, 2 s 3 w 1 z 2 t, 12 + 0 images, 0 missing, 13.5504 µm, 2 places",
        "exit 0, 12 or 4 at once, 12 of 12 identical, 0 failed",
    ),
    (
        "imagexpress-database/Projection-Mix",
        "ImageXpress, 2 wells, 2 s 4 w 10 z 1 t, 84 + 12 images, 0 missing, 1.3668 µm, 4 places",
        "exit 0, 42 or 20 at once, 12 of 12 identical, 0 failed",
    ),
    (
        "imagexpress-database/SingleChannel",
        "ImageXpress, 2 wells, 2 s 1 w 2 z 1 t, 8 + 4 images, 0 missing, 1.3668 µm, 4 places",
        "exit 0, 4 or 4 at once, 4 of 4 identical, 0 failed",
    ),
    (
        "imagexpress-export/9987_Plate_3420",
        "ImageXpress, 1 well, 1 s 1 w 1 z 1 t, 1 + 0 images, 0 missing, 1.3672 µm, 1 place",
        "exit 0, 1 or 1 at once, 1 of 1 identical, 0 failed",
    ),
    (
        "imagexpress-export/9987_Plate_3434",
        "ImageXpress, 2 wells, 2 s 3 w 2 z 1 t, 24 + 12 images, 0 missing, 1.3672 µm, 4 places",
        "exit 0, 12 or 4 at once, 12 of 12 identical, 0 failed",
    ),
    (
        "operetta-harmony5",
        "Harmony, 1 well, 2 s 1 w 1 z 1 t, 2 + 0 images, 0 missing, 1.1960 µm, 2 places",
        "exit 0, 2 or 2 at once, 2 of 2 identical, 0 failed",
    ),
    (
        "phenix-harmony-v1",
        "Harmony, 1 well, 1 s 6 w 1 z 1 t, 6 + 0 images, 0 missing, 0.5980 µm, 1 place",
        "exit 0, 6 or 1 at once, 6 of 6 identical, 0 failed",
    ),
];

const CASES: [Row; 11] = [
    (
        "05-ix-folder-per-channel",
        "ImageXpress, 2 wells, 1 s 3 w 1 z 1 t, 6 + 0 images, 0 missing, no µm, 0 places",
        "exit 0, 3 or 1 at once, 6 of 6 identical, 0 failed",
    ),
    (
        "06-ix-pages-are-planes",
        "ImageXpress, 1 well, 1 s 2 w 5 z 1 t, 10 + 0 images, 0 missing, no µm, 0 places",
        "exit 0, 10 or 5 at once, 2 of 2 identical, 0 failed",
    ),
    ("07-ix-description-bytes/cp1252", DESCRIBED, TWO_ALIKE),
    ("07-ix-description-bytes/nul-reference", DESCRIBED, TWO_ALIKE),
    ("07-ix-description-bytes/utf8", DESCRIBED, TWO_ALIKE),
    (
        "11-ix-stage-positions-only",
        "ImageXpress, 2 wells, 4 s 1 w 1 z 1 t, 8 + 0 images, 0 missing, 0.6500 µm, 8 places",
        "exit 0, 4 or 4 at once, 8 of 8 identical, 0 failed",
    ),
    (
        "14-harmony-odd-files",
        "Harmony, 3 wells, 1 s 1 w 2 z 1 t, 6 + 0 images, 0 missing, 0.5000 µm, 3 places",
        "exit 1, 2 or 2 at once, 1 of 1 identical, 2 failed",
    ),
    (
        "16-harmony-fields-vary",
        "Harmony, 3 wells, 4 s 1 w 1 z 1 t, 7 + 0 images, 0 missing, 0.5000 µm, 7 places",
        "exit 0, 4 or 4 at once, 7 of 7 identical, 0 failed",
    ),
    (
        "17-harmony-positions-per-well",
        "Harmony, 2 wells, 2 s 1 w 1 z 1 t, 4 + 0 images, 0 missing, 0.5000 µm, 4 places",
        "exit 0, 2 or 2 at once, 4 of 4 identical, 0 failed",
    ),
    (
        "18-cut-site-of-another-size",
        "ImageXpress, 2 wells, 9 s 1 w 1 z 1 t, 18 + 0 images, 0 missing, no µm, 0 places",
        "exit 1, 9 or 9 at once, 17 of 17 identical, 1 failed",
    ),
    (
        "22-tiff-tags-absent",
        "ImageXpress, 10 wells, 1 s 1 w 1 z 1 t, 10 + 0 images, 0 missing, no µm, 0 places",
        "exit 0, 1 or 1 at once, 10 of 10 identical, 0 failed",
    ),
];

const DESCRIBED: &str = "ImageXpress, 1 well, 2 s 1 w 1 z 1 t, 2 + 0 images, 0 missing, 0.6500 µm, 2 places";
const TWO_ALIKE: &str = "exit 0, 2 or 2 at once, 2 of 2 identical, 0 failed";

#[test]
fn plates_are_what_was_recorded_and_both_ways_come_to_the_same() {
    let check = |folder: PathBuf, rows: &[Row]| {
        for (plate, there, compared) in rows {
            let plate = folder.join(plate);
            assert_eq!(what_is_there(&plate), *there, "{}", plate.display());
            assert_eq!(what_it_comes_to(&plate), *compared, "{}", plate.display());
        }
    };
    if let Some(plates) = plates_dir() {
        check(plates, &PLATES);
    }
    if let Some(cases) = cases_dir() {
        check(cases, &CASES);
    }
}

fn what_is_there(plate: &Path) -> String {
    let scan = json(&stepwell(&["scan", text(plate), "--json"]));
    let count = |list: &Value| list.as_array().expect("a list").len();
    let of = |component: &str| count(&scan["components"][component]);
    let several =
        |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let size = scan["pixel_size_um"].as_f64().map_or("no".to_owned(), |um| format!("{um:.4}"));
    format!(
        "{}, {}, {} s {} w {} z {} t, {} + {} images, {} missing, {size} µm, {}",
        scan["format"].as_str().expect("a name"),
        several(count(&scan["wells"]), "well"),
        of("site"),
        of("channel"),
        of("z"),
        of("timepoint"),
        scan["images"],
        scan["projections"],
        scan["missing"],
        several(count(&scan["site_positions_um"]), "place"),
    )
}

fn what_it_comes_to(plate: &Path) -> String {
    let results = tempfile::tempdir().expect("a folder");
    let out = text(results.path());
    let options = ["--sequential", "channel", "--wells", "all", "--out", out, "--json"];
    let output = stepwell(&[&["compare", text(plate)], &options[..]].concat());
    let compared = json(&output);
    let (bulk, sequential, outputs) = (&compared["bulk"], &compared["sequential"], &compared["outputs"]);
    format!(
        "exit {}, {} or {} at once, {} of {} identical, {} failed",
        output.status.code().expect("an exit code"),
        bulk["images_at_once"],
        sequential["images_at_once"],
        outputs["identical"],
        outputs["compared"],
        bulk["failed"].as_array().expect("a list").len(),
    )
}
