//! What is meant where a folder holds more than one thing: plates in parts, stray files, real alternatives.

use super::{check, choices, empty_files, issues, opened, shown};

const GUIDS: [&str; 3] = [
    "9A35A04C-20E3-47AD-A1F9-8065B2840EFD",
    "1AAE7104-3DAA-5096-853C-AB17DD0456FF",
    "DF16F9B5-61E5-53D6-8689-1A743C253847",
];

#[test]
fn folders_that_hold_parts_of_one_plate_are_one_plate() {
    struct Case<'a> {
        files: &'a [&'a str],
        images: &'a [&'a str],
        /// Names of the channels, where folders give them.
        channels: &'a [&'a str],
        notes: &'a [&'a str],
    }
    let with_guids = [
        format!("20999-er/IX_A01_s1_w2{}.tif", GUIDS[0]),
        format!("20999-hoechst/IX_A01_s1_w1{}.tif", GUIDS[1]),
        format!("20999-hoechst/IX_A01_s1_w1_thumb{}.tif", GUIDS[2]),
    ];
    let with_guids: Vec<_> = with_guids.iter().map(String::as_str).collect();
    let go_together = ".: the images lie in 2 folders";
    let cases = [
        Case {
            files: &with_guids,
            images: &["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"],
            channels: &[],
            notes: &[go_together],
        },
        // A folder for each timepoint, plane, well or site, of any name.
        Case {
            files: &["first day/P_A01_w1_t1.tif", "then/P_A01_w1_t2.tif"],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2"],
            channels: &[],
            notes: &[go_together],
        },
        Case {
            files: &["10/P_A01_w1_z10.tif", "9/P_A01_w1_z9.tif"],
            images: &["A01_s1_w1_z9_t1", "A01_s1_w1_z10_t1"],
            channels: &[],
            notes: &[go_together],
        },
        Case {
            files: &[
                "A01/P_A01_s1_w1.tif",
                "A01/P_A01_s2_w1.tif",
                "A02/P_A02_s1_w1.tif",
                "A02/P_A02_s2_w1.tif",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s2_w1_z1_t1", "A02_s1_w1_z1_t1", "A02_s2_w1_z1_t1"],
            channels: &[],
            notes: &[go_together],
        },
        // With what MetaXpress makes within, what lies beside, and a plan above.
        Case {
            files: &[
                "P.HTD",
                "blue/TimePoint_1/P_A01_w1.tif",
                "blue/TimePoint_2/P_A01_w1.tif",
                "red/TimePoint_1/P_A01_w2.tif",
                "red/TimePoint_2/P_A01_w2.tif",
                "tables/cells.csv",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1", "A01_s1_w1_z1_t2", "A01_s1_w2_z1_t2"],
            channels: &[],
            notes: &[go_together, "P.HTD: its text is not that of an HTD"],
        },
        // Channels by their folders alone, in natural order; one image is missing.
        Case {
            files: &[
                "Cy5/P_A01_s1.tif",
                "DAPI/P_A01_s1.tif",
                "Cy5/P_A01_s2.tif",
                "DAPI/P_A01_s2.tif",
                "DAPI/P_A02_s1.tif",
                "Cy5/P_A02_s1.tif",
            ],
            images: &[
                "A01_s1_w1_z1_t1",
                "A01_s1_w2_z1_t1",
                "A01_s2_w1_z1_t1",
                "A01_s2_w2_z1_t1",
                "A02_s1_w1_z1_t1",
                "A02_s1_w2_z1_t1",
            ],
            channels: &["Cy5", "DAPI"],
            notes: &[
                ".: the images lie in 2 folders (Cy5, DAPI) with the same image names, and named like channels",
            ],
        },
        Case {
            files: &["ch10/P_A01.tif", "ch2/P_A01.tif", "ch1/P_A01.tif"],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1", "A01_s1_w3_z1_t1"],
            channels: &["ch1", "ch2", "ch10"],
            notes: &[".: the images lie in 3 folders (ch1, ch2, ch10)"],
        },
    ];
    for case in &cases {
        let folder = empty_files(case.files);
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(shown(&plate.images), case.images, "{:?}", case.files);
        let names: Vec<_> = plate.channel_names.values().map(String::as_str).collect();
        assert_eq!(names, case.channels, "{:?}", case.files);
        let found = issues(&plate);
        assert_eq!(found.len(), case.notes.len(), "{found:?}");
        for note in case.notes {
            assert!(found.iter().any(|found| found.starts_with(note)), "{note} in {found:?}");
        }
        assert_eq!(plate.root, folder.path().canonicalize().expect("a path"));
        // A part opens alone.
        let first = plate.images[0].source.path();
        let part = opened(first.parent().expect("a folder"));
        assert!(part.images.len() < plate.images.len());
    }
}

#[test]
fn folders_that_repeat_each_other_are_plates_of_their_own() {
    let table: &[(&[&str], &[&str])] = &[
        (&["rep1/P_A01_s1.tif", "rep2/P_A01_s1.tif"], &["rep1", "rep2"]),
        (&["left/P_A01_s1_w1.tif", "right/P_A01_s1_w1.tif"], &["left", "right"]),
        // Called as channels, but the names tell the channel.
        (&["DAPI/P_A01_w1.tif", "FITC/P_A01_w1.tif"], &["DAPI", "FITC"]),
        (&["Plate 1 DAPI/P_A01.tif", "Plate 2 DAPI/P_A01.tif"], &["Plate 1 DAPI", "Plate 2 DAPI"]),
        // Other images.
        (&["DAPI/P_A01.tif", "FITC/P_B07.tif", "FITC/P_B08.tif", "FITC/P_A01.tif"], &["DAPI", "FITC"]),
        (&["a/P_A01_w1.tif", "b/Q_A01_w2.tif"], &["a", "b"]),
        // A plan stands for a plate.
        (&["a/P_A01_w1.tif", "a/P.HTD", "b/P_A01_w2.tif"], &["a", "b"]),
    ];
    for (files, expected) in table {
        let folder = empty_files(files);
        let found: Vec<_> = choices(folder.path()).into_iter().map(|choice| choice.name).collect();
        assert_eq!(found, *expected, "{files:?}");
    }
}

#[test]
fn a_stray_file_costs_itself() {
    let plate: Vec<String> =
        (1..=35).map(|n| format!("P_{}{:02}_s1_w1.tif", char::from(b'A' + n / 12), n % 12 + 1)).collect();
    let long = format!("{}_A01_s1_w1.tif", "L".repeat(236));
    // Stray files, their paths as they are shown, and what is said of them.
    type Case<'a> = (&'a [&'a str], &'a str, &'a str);
    let table: &[Case<'_>] = &[
        (
            &["Copy_A01_s1_w1.tif"],
            "Copy_A01_s1_w1.tif",
            "1 image named differently from the images of the plate",
        ),
        (&[&long], &long, "1 image named differently"),
        (&["P\n_A01_s1_w1.tif"], "P\\n_A01_s1_w1.tif", "1 image named differently"),
        (
            &["r01c01f01p01-ch1sk1fk1fl1.tiff"],
            "r01c01f01p01-ch1sk1fk1fl1.tiff",
            "1 image named as those of Harmony",
        ),
        (
            &["x_A01_s1_w1.tif", "x_A01_s2_w1.tif", "x_A01_s3_w1.tif"],
            "x_A01_s1_w1.tif",
            "3 images (x_A01_s1_w1.tif, x_A01_s2_w1.tif, x_A01_s3_w1.tif) named differently",
        ),
    ];
    for (strays, path, said) in table {
        let files: Vec<_> = plate.iter().map(String::as_str).chain(strays.iter().copied()).collect();
        let folder = empty_files(&files);
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(
            (plate.images.len(), plate.missing_count(), plate.ignored),
            (35, 0, strays.len()),
            "{strays:?}"
        );
        let top = folder.path().canonicalize().expect("a path");
        assert_eq!((plate.opened_by.as_path(), plate.root.as_path()), (top.as_path(), top.as_path()));
        assert_eq!(plate.name, top.file_name().expect("a name").to_string_lossy());
        let found = issues(&plate);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{path}: {said}")), "{found:?}");
        assert!(!found[0].contains('\n'));
        // Both open by their own files.
        let stray = opened(&top.join(strays[0]));
        assert_eq!(stray.images.len(), strays.len(), "{strays:?}");
        assert_eq!(opened(&stray.opened_by).images, stray.images);
        assert_eq!(opened(&top.join("P_A02_s1_w1.tif")).images, plate.images);
    }
    // A few images above the folders of a plate.
    let files: Vec<_> = plate.iter().map(|name| format!("in/{name}")).collect();
    let files: Vec<_> = files.iter().map(String::as_str).chain(["overview_A01_s1_w1.tif"]).collect();
    let folder = empty_files(&files);
    let found = opened(folder.path());
    assert_eq!(found.images.len(), 35);
    assert!(issues(&found)[0].contains("overview_A01_s1_w1.tif"), "{:?}", issues(&found));
}

#[test]
fn real_alternatives_are_shown_with_their_files() {
    let files: Vec<String> =
        (1..=5).flat_map(|n| [format!("P_A0{n}_w1.tif"), format!("Q_B0{n}_w1.tif")]).collect();
    let folder = empty_files(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let top = folder.path().canonicalize().expect("a path");
    let name = top.file_name().expect("a name").to_string_lossy().into_owned();
    let choices = choices(folder.path());
    let found: Vec<_> = choices.iter().map(|choice| (choice.name.clone(), choice.files.clone())).collect();
    let of =
        |prefix: &str, row: &str| (1..=3).map(|n| format!("{prefix}_{row}0{n}_w1.tif")).collect::<Vec<_>>();
    assert_eq!(found, [(format!("{name} P"), of("P", "A")), (format!("{name} Q"), of("Q", "B"))]);
    for choice in choices {
        let first = choice.first_image.expect("an image");
        assert_eq!(first.path(), top.join(&choice.files[0]));
        assert_eq!(opened(&choice.path).images[0].source.path(), first.path());
    }
}
