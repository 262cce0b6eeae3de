//! Folders of any names, opened by a pattern: which image is where, with its own pixels, and what is said where a
//! pattern makes up no plate.

use std::fs;
use std::path::Path;

use stepwell::cancel::Cancel;
use stepwell::plate::{
    Format, ImageNames, Likeness, NamePattern, OpenError, Plate, ReadingFault, Suggestion, open_by_pattern,
    suggestions,
};

use super::support::{cases_dir, plates_dir};
use super::{check, empty_files, issues, opened, shown, temporary_folder, values, write};

fn by(folder: &Path, pattern: &str) -> Result<Plate, OpenError> {
    open_by_pattern(folder, &NamePattern::new(pattern).expect("a pattern"), &Cancel::new())
}

fn suggested(folder: &Path) -> Vec<Suggestion> {
    let names = ImageNames::list(folder, &Cancel::new()).expect("a folder");
    suggestions(&names, &Cancel::new()).expect("not cancelled")
}

#[test]
fn each_image_is_in_its_own_place() {
    /// Files, of which the nth has the value n; a pattern; each image with its value.
    type Case<'a> = (&'a [&'a str], &'a str, &'a [&'a str]);
    let table: &[Case<'_>] = &[
        (
            &["01A_red.png", "01A_green.png", "12H_red.png", "notes.txt"],
            r"(?P<Well>\d\d[A-H])_(?P<channel>\w+)\.png",
            &["A01_s1_w1_z1_t1 1", "A01_s1_w2_z1_t1 0", "H12_s1_w2_z1_t1 2"],
        ),
        (
            &["W0018/t10.TIF", "W0018/t9.TIF", "W0001/t9.TIF"],
            r"W(?P<well96>\d+)/t(?P<Timepoint>\d+)",
            &["A01_s1_w1_z1_t9 2", "B06_s1_w1_z1_t9 1", "B06_s1_w1_z1_t10 0"],
        ),
        (
            &["x/r01c01 f2.tiff", "x/R16C24 f2.tiff", "x/r01c01 f10.tiff"],
            r"(?i)(?P<well>r\d+c\d+) f(?P<Site>\d+)",
            &["A01_s2_w1_z1_t1 0", "A01_s10_w1_z1_t1 2", "P24_s2_w1_z1_t1 1"],
        ),
        (
            &["A - 1 z-1.png", "A - 1 z0.png", "AA - 12 z2.png"],
            r"^(?P<row>[A-Z]+) - (?P<col>\d+) z(?P<plane>-?\d+)",
            &["A01_s1_w1_z1_t1 0", "A01_s1_w1_z2_t1 1", "AA12_s1_w1_z3_t1 2"],
        ),
        (
            &["GFP/AA01.jpg", "DAPI/AA01.jpg", "DAPI/AF48.jpg"],
            r"(?P<ChannelName>\w+)/(?P<WellRow>[A-Z]+)(?P<WellColumn>\d+)",
            &["AA01_s1_w1_z1_t1 1", "AA01_s1_w2_z1_t1 0", "AF48_s1_w1_z1_t1 2"],
        ),
        (
            &["P_A2_1_10d00h00m.png", "P_A2_1_00d12h40m.png", "P_A2_1_03d06h40m.png"],
            r"_(?P<well>[A-H]\d+)_(?P<field>\d+)_(?P<time>\d+d\d+h\d+m)",
            &["A02_s1_w1_z1_t1 1", "A02_s1_w1_z1_t2 2", "A02_s1_w1_z1_t3 0"],
        ),
        (&["b.png", "a.png"], r"(?P<site>[ab])", &["A01_s1_w1_z1_t1 1", "A01_s2_w1_z1_t1 0"]),
    ];
    for (files, pattern, expected) in table {
        let folder = temporary_folder();
        for (value, file) in (0..).zip(*files) {
            match file.ends_with("txt") {
                true => fs::write(folder.path().join(file), "x").expect("writable"),
                false => write(&folder.path().join(file), value),
            }
        }
        let plate = by(folder.path(), pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        check_values(&plate, expected, pattern);
        assert_eq!(
            (plate.format, plate.pattern.as_ref().map(NamePattern::text)),
            (Format::Pattern, Some(*pattern))
        );
        // The same by any file in it, and known again.
        let again = by(&plate.root, pattern).expect("the same plate");
        assert_eq!(
            (&again.images, again.identity().likeness(&plate.identity())),
            (&plate.images, Some(Likeness::Same))
        );
    }
}

fn check_values(plate: &Plate, expected: &[&str], what: &str) {
    check(plate);
    let found = values(plate);
    assert_eq!(found, expected, "{what}");
}

#[test]
fn pages_are_planes_where_the_pattern_tells_none() {
    let folder = temporary_folder();
    let stack = cases_dir().map(|cases| cases.join("06-ix-pages-are-planes"));
    let Some(stack) = stack else { return };
    for (from, to) in
        [("Stacks_B02_s1_w1.tif", "cells B2 DAPI.tif"), ("Stacks_B02_s2_w1.tif", "cells B3 DAPI.tif")]
    {
        if let Ok(bytes) = fs::read(stack.join(from)) {
            fs::write(folder.path().join(to), bytes).expect("writable");
        }
    }
    let plate = by(folder.path(), r"cells (?P<well>\w\d) (?P<channel>\w+)").expect("a plate");
    let planes: Vec<_> = plate.images.iter().filter_map(|image| image.key().z).collect();
    assert_eq!(planes, [1, 2, 3, 4, 5]);
    assert_eq!(plate.channel_names.values().collect::<Vec<_>>(), ["DAPI"]);
}

#[test]
fn a_pattern_that_makes_up_no_plate_is_explained() {
    let names = ["p1/A01_1.png", "p1/A01_2.png", "p2/A01_1.png", "p2/B02_1.png", "Z99.png"];
    let folder = empty_files(&names);
    let table = [
        (
            r"(?P<well>X\d\d)",
            "the pattern reads none of the 5 images here. “Z99.png”: the pattern is not found in it",
        ),
        (r"(?P<well>Z99)", "“Z99.png”: “Z99” is not a well of a plate with up to 1536 wells"),
        (
            r"(?P<well>[AB]\d\d)",
            "“p1/A01_1.png” and “p1/A01_2.png” would both be image A01_s1_w1_z1_t1, and the same with 1 more \
             file: the pattern \
             leaves out what tells them apart",
        ),
        (
            r"(?P<plate>p\d)/(?P<well>\w+)_(?P<site>\d)",
            "the names are of 2 plates (“p1”, “p2”): open the folder of one of them",
        ),
    ];
    for (pattern, expected) in table {
        let error = by(folder.path(), pattern).expect_err(pattern).to_string();
        assert!(error.contains(expected), "{pattern}: {error}");
    }
    let nothing = empty_files(&["notes.txt", ".A01.tif"]);
    let error = by(nothing.path(), "(?P<well>.)").expect_err("no image");
    assert!(
        matches!(&error, OpenError::NoPlateByPattern { fault, .. } if **fault == ReadingFault::NoImages),
        "{error}"
    );
    assert!(by(&folder.path().join("none"), "(?P<well>.)").is_err());

    // One plate by its name, and what is not read is told.
    let plate = by(folder.path(), r"(?P<plate>p1)/(?P<well>\w+)_(?P<site>\d)").expect("a plate");
    assert_eq!(
        (plate.name.as_str(), shown(&plate.images).as_slice()),
        ("p1", &["A01_s1_w1_z1_t1", "A01_s2_w1_z1_t1"].map(str::to_owned)[..])
    );
    let told: Vec<_> = issues(&plate).into_iter().filter(|issue| issue.contains("not found")).collect();
    assert_eq!((told.len(), plate.ignored), (3, 3), "{told:?}");
}

#[test]
fn a_name_that_lacks_what_others_have_is_told_and_not_put_among_them() {
    /// Files, a pattern with a group that need not be there, images, and the file that is told with a part of the reason.
    type Case<'a> = (&'a [&'a str], &'a str, &'a [&'a str], (&'a str, &'a str));
    let table: &[Case<'_>] = &[
        (
            &["A01_DAPI.tif", "A01_GFP.tif", "B01.tif"],
            r"(?P<well>[A-Z]\d\d)(?:_(?P<channel>\w+))?\.",
            &["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"],
            ("B01.tif", "the pattern finds no channel in this name"),
        ),
        (
            &["A01_t5.tif", "A01_t6.tif", "B01.tif"],
            r"(?P<well>[A-Z]\d\d)(?:_t(?P<timepoint>\d+))?\.",
            &["A01_s1_w1_z1_t5", "A01_s1_w1_z1_t6"],
            ("B01.tif", "the pattern finds no timepoint in this name"),
        ),
        (
            &["A01_s1.tif", "A02_s1.tif", "blank_s2.tif"],
            r"(?:(?P<row>[A-Z])(?P<column>\d\d)_)?s(?P<site>\d)",
            &["A01_s1_w1_z1_t1", "A02_s1_w1_z1_t1"],
            ("blank_s2.tif", "the pattern finds no well in this name"),
        ),
    ];
    for (files, pattern, expected, (file, why)) in table {
        let folder = empty_files(files);
        let plate = by(folder.path(), pattern).expect("a plate");
        assert_eq!(shown(&plate.images), *expected, "{pattern}");
        let told = plate.issues.iter().any(|issue| issue.path == *file && issue.why.contains(why));
        assert!(told && plate.ignored == 1, "{:?}", issues(&plate));
    }
}

#[test]
fn numbers_that_no_plate_has_are_told() {
    let folder = empty_files(&["A01_s1.png", "A01_s4000000000.png", "A02_s99999.png"]);
    let plate = by(folder.path(), r"(?P<well>\w+)_s(?P<site>\d+)").expect("a plate");
    // A number beyond all others is no number of a site: then all are in order.
    assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1", "A01_s3_w1_z1_t1", "A02_s2_w1_z1_t1"]);
    assert!(issues(&plate).iter().any(|issue| issue.contains("site: 3 values were numbered in their order")));
}

#[test]
fn folders_open_by_a_suggestion_as_by_their_format() {
    let (Some(cases), Some(plates)) = (cases_dir(), plates_dir()) else { return };
    /// Folder, what the first suggestion makes of it, its images.
    type Case<'a> = (std::path::PathBuf, &'a str, &'a [&'a str]);
    let table: &[Case<'_>] = &[
        (
            cases.join("F8-incucyte-incarta/incucyte"),
            "1 well, 3 timepoints",
            &["A02_s1_w1_z1_t1", "A02_s1_w1_z1_t2", "A02_s1_w1_z1_t3"],
        ),
        (
            cases.join("F8-incucyte-incarta/incarta"),
            "1 well, 3 planes, 2 timepoints",
            &[
                "D04_s1_w1_z1_t1",
                "D04_s1_w1_z2_t1",
                "D04_s1_w1_z3_t1",
                "D04_s1_w1_z1_t2",
                "D04_s1_w1_z2_t2",
                "D04_s1_w1_z3_t2",
            ],
        ),
        (
            cases.join("F3-incell-names/new"),
            "1 well, 2 channels, 2 sites, 2 planes",
            &[
                "A01_s1_w1_z1_t1",
                "A01_s1_w1_z2_t1",
                "A01_s1_w2_z1_t1",
                "A01_s2_w1_z1_t1",
                "A01_s2_w1_z2_t1",
                "A01_s2_w2_z1_t1",
            ],
        ),
        (
            plates.join("scanr"),
            "4 wells, 2 channels",
            &[
                "A01_s1_w1_z0_t0",
                "A01_s1_w2_z0_t0",
                "A02_s1_w1_z0_t0",
                "A02_s1_w2_z0_t0",
                "B01_s1_w1_z0_t0",
                "B01_s1_w2_z0_t0",
                "B02_s1_w1_z0_t0",
                "B02_s1_w2_z0_t0",
            ],
        ),
    ];
    for (folder, expected, images) in table {
        let suggested = suggested(folder);
        let first = suggested.first().expect("a suggestion");
        assert_eq!(
            (first.counts.to_string().as_str(), first.counts.unread),
            (*expected, 0),
            "{}",
            first.pattern
        );
        let plate = open_by_pattern(folder, &first.pattern, &Cancel::new()).expect("a plate");
        check(&plate);
        assert_eq!(shown(&plate.images), *images, "{}", first.pattern);
        assert_eq!(plate.missing_count(), 0);
        // The format's own reader comes to the same.
        assert_eq!(shown(&opened(folder).images), *images, "{}", folder.display());
    }
}
