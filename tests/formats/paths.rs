//! Which plate a path opens, and what is said where there is none.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;
use stepwell::cancel::Cancel;
use stepwell::plate::{Format, OpenError, Opened, open};

use super::harmony::{index, record};
use super::{check, choices, empty_files, issues, opened, refused, shown, temporary_folder, tree};

const GUID: &str = "9A35A04C-20E3-47AD-A1F9-8065B2840EFD";

#[test]
fn several_plates_side_by_side_are_a_choice() {
    let guid_name = format!("P_A01_s1_w1{GUID}.tif");
    let dated = |date: &str, id: &str| format!("plate/{date}/{id}/{guid_name}");
    let database = [dated("2023-02-21", "9"), dated("2023-02-21", "10"), dated("2024-01-01", "11")];
    /// Files, and the names and paths of the choices.
    type Case<'a> = (Vec<&'a str>, Vec<(&'a str, &'a str)>);
    let table: Vec<Case<'_>> = vec![
        // Dates and numbers of one plate.
        (
            database.iter().map(String::as_str).collect(),
            vec![
                ("plate 2023-02-21/9", "plate/2023-02-21/9"),
                ("plate 2023-02-21/10", "plate/2023-02-21/10"),
                ("plate 2024-01-01/11", "plate/2024-01-01/11"),
            ],
        ),
        // A flat plate around a database, and another microscope's images in the same folder.
        (
            vec![
                "plate/2023-02-21/9/P_A01_s1_w1.tif",
                "plate/P_A01_s1_w1.tif",
                "plate/r01c01f01p01-ch1sk1fk1fl1.tiff",
            ],
            vec![
                ("plate", "plate/P_A01_s1_w1.tif"),
                ("plate", "plate/r01c01f01p01-ch1sk1fk1fl1.tiff"),
                ("plate 2023-02-21/9", "plate/2023-02-21/9"),
            ],
        ),
        // Two plates in one folder: one with an HTD, one without.
        (
            vec!["in/A.HTD", "in/A_B01_s1_w1.tif", "in/A_B02_s1_w1.tif", "in/Bb_A01_s1_w1.tif"],
            vec![("in A", "in/A.HTD"), ("in Bb", "in/Bb_A01_s1_w1.tif")],
        ),
        // Two measurements of one plate.
        (
            vec![
                "BR1__2021-03-29T16_51_44-Measurement 1/Images/r01c01f01p01-ch1sk1fk1fl1.tiff",
                "BR1__2021-03-30T16_51_44-Measurement 2/Images/r01c01f01p01-ch1sk1fk1fl1.tiff",
            ],
            vec![
                ("BR1__2021-03-29T16_51_44-Measurement 1", "BR1__2021-03-29T16_51_44-Measurement 1"),
                ("BR1__2021-03-30T16_51_44-Measurement 2", "BR1__2021-03-30T16_51_44-Measurement 2"),
            ],
        ),
        // Two image folders in one measurement.
        (
            vec![
                "h-Measurement 1/Images/r01c01f01p01-ch1sk1fk1fl1.tiff",
                "h-Measurement 1/Images copy/r01c01f01p01-ch1sk1fk1fl1.tiff",
            ],
            vec![
                ("h-Measurement 1 Images", "h-Measurement 1/Images"),
                ("h-Measurement 1 Images copy", "h-Measurement 1/Images copy"),
            ],
        ),
    ];
    for (files, expected) in table {
        let folder = empty_files(&files);
        let top = folder.path().canonicalize().expect("a path");
        let choices = choices(&top);
        let found: Vec<_> = choices.iter().map(|choice| (choice.name.clone(), choice.path.clone())).collect();
        let expected: Vec<_> =
            expected.iter().map(|(name, path)| (name.to_string(), top.join(path))).collect();
        assert_eq!(found, expected);
        let mut all = BTreeSet::new();
        for choice in &choices {
            let plate = opened(&choice.path);
            check(&plate);
            assert!(choice.about.starts_with(&plate.images.len().to_string()), "{choice:?}");
            for image in &plate.images {
                let path = image.source.path();
                assert_eq!(opened(&path).images, plate.images, "opened by {}", path.display());
                assert!(all.insert(path), "no image is in two plates");
            }
            assert_eq!(opened(&plate.opened_by).images, plate.images);
        }
        assert_eq!(all.len(), files.iter().filter(|file| !file.ends_with("HTD")).count());
    }
}

#[test]
fn what_is_no_plate_is_refused_in_one_sentence() {
    // Files, nearest format, part of the sentence.
    let table: &[(&[&str], Option<&str>, &str)] = &[
        (&[], None, "found no file at all; no format is close"),
        (&["a.txt", "b.txt", "c.txt", "d.txt"], None, "found “a.txt”, “b.txt”, “c.txt” and 1 more"),
        (&["IMG_1.tif", "IMG_2.tif"], Some("ImageXpress"), "have no well in their names"),
        // One name that happens to end like a well makes no plate.
        (&["IMG_1.tif", "IMG_2.tif", "scan_B2.tif"], Some("ImageXpress"), "“scan_B2.tif”"),
        (&["IMG_1.tif", "IMG_2.tif", "MAX_A01.tif"], Some("ImageXpress"), "have something like a well"),
        (&["a.png"], Some("ImageXpress"), "no well in their names"),
        (&["a.bmp"], Some("ImageXpress"), "are TIFF, PNG or JPEG files and these are not"),
        (&["e/a.jdce"], Some("MetaXpress Acquire or IN Carta (.jdce)"), "but none of its images is here"),
    ];
    for (files, nearest, part) in table {
        let folder = empty_files(files);
        let OpenError::NotAPlate(refusal) = refused(folder.path()) else { panic!("{files:?}") };
        assert_eq!(refusal.nearest, *nearest, "{files:?}");
        assert_eq!(refusal.found.len(), files.len().min(3));
        let sentence = refusal.to_string();
        assert!(sentence.contains(part), "{part} in {sentence}");
        assert!(
            sentence.starts_with(&format!("“{}” is not a plate of ImageXpress, ", folder.path().display()))
        );
        assert!(!sentence.contains('\n'));
    }
    // A record without its images.
    let folder = empty_files(&["x/plate.xdce"]);
    assert!(matches!(refused(folder.path()), OpenError::NoImages { .. }));
    let folder = temporary_folder();
    let absent = folder.path().join("absent");
    let error = refused(&absent);
    assert!(matches!(&error, OpenError::Io { path, .. } if *path == absent), "{error:?}");
    assert!(error.to_string().contains("absent"));
}

#[test]
fn an_index_without_images_says_so() {
    let htd = "\"HTSInfoFile\", Version 1.0\n\"XWells\", 12\n";
    let records = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    for files in [[("P.HTD", htd)], [("Images/Index.idx.xml", records.as_str())]] {
        let folder = tree(&files);
        let error = refused(folder.path());
        let OpenError::NoImages { index, .. } = &error else { panic!("{error}") };
        assert!(index.ends_with(files[0].0), "{error}");
    }
}

#[test]
fn opening_can_be_cancelled() {
    let folder = empty_files(&["P_A01_s1_w1.tif"]);
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(open(folder.path(), &cancel), Err(OpenError::Cancelled(_))));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    use std::os::unix::fs::symlink;

    let store = empty_files(&["a.tif", "ZStep_1/P_A01_s1_w1.tif", "ZStep_1/P_A01_s1_w2.tif"]);
    let folder = temporary_folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("group/plate")).expect("folders");
    symlink(store.path().join("ZStep_1"), at("group/plate/ZStep_1")).expect("a link");
    symlink(store.path().join("a.tif"), at("group/plate/P_A01_s1_w3.tif")).expect("a link");
    symlink(store.path().join("gone.tif"), at("group/plate/P_A01_s1_w4.tif")).expect("a link");
    for name in ["group/loop", "group/plate/ZStep_2", "group/plate/TimePoint_7", "group/plate/other"] {
        symlink(folder.path().join("group"), at(name)).expect("a link");
    }
    for path in [folder.path().to_owned(), at("group"), at("group/plate"), at("group/loop/plate")] {
        let plate = opened(&path);
        check(&plate);
        assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"]);
        assert_eq!(shown(&plate.projections), ["A01_s1_w3_t1"]);
        let found = issues(&plate);
        assert!(found[0].starts_with("P_A01_s1_w4.tif: a link whose target cannot be read"), "{found:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_an_issue() {
    use std::os::unix::fs::PermissionsExt;

    let folder = empty_files(&["ZStep_1/P_A01_s1_w1.tif", "ZStep_2/P_A01_s1_w1.tif"]);
    let locked = folder.path().join("ZStep_2");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("permissions");
    let is_locked = fs::read_dir(&locked).is_err();
    let plate = opened(folder.path());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("permissions");
    if !is_locked {
        eprintln!("skipped: this user reads every folder");
        return;
    }
    assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1"]);
    assert!(issues(&plate)[0].starts_with("ZStep_2: the folder cannot be read"), "{:?}", issues(&plate));
}

#[test]
fn opening_reads_a_wide_folder_only_so_far() {
    let folder = temporary_folder();
    for n in 0..2100 {
        fs::create_dir(folder.path().join(format!("d{n}"))).expect("a folder");
    }
    let OpenError::NotAPlate(refusal) = refused(folder.path()) else { panic!() };
    assert_eq!(refusal.stopped_after_folders, Some(2000), "{refusal}");
}

#[test]
fn folders_within_plates_do_not_count_in_the_search() {
    let folder = temporary_folder();
    for plate in ["a", "b"] {
        for z in 1..=1050 {
            let path = folder.path().join(format!("{plate}/ZStep_{z}"));
            fs::create_dir_all(&path).expect("a folder");
            fs::write(path.join("P_A01_s1_w1.tif"), "").expect("a file");
        }
    }
    // An HTD without its plate hides no plate under it.
    fs::write(folder.path().join("P.HTD"), "\"XWells\", 12").expect("a file");
    let found: Vec<_> =
        choices(folder.path()).into_iter().map(|choice| (choice.name, choice.about)).collect();
    assert_eq!(
        found,
        [("a", "1050 images"), ("b", "1050 images")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}

#[test]
fn a_file_below_a_part_of_another_format_opens_its_own_plate() {
    let harmony = "TimePoint_1/r01c01f01p01-ch1sk1fk1fl1.tiff";
    let folder = tree(&[(harmony, ""), ("Assaylayout/notes.txt", ""), ("P_A01_w1.tif", "")]);
    assert_eq!(choices(folder.path()).len(), 2);
    assert_eq!(opened(&folder.path().join(harmony)).format, Format::Harmony);

    let stray = "TimePoint_1/TimePoint_1/P_A01_w1.tif";
    let folder = tree(&[
        ("p/r01c01f01p01-ch1sk1fk1fl1.tiff", ""),
        ("Assaylayout/notes.txt", ""),
        ("r01c01f02p01-ch1sk1fk1fl1.tiff", ""),
        (stray, ""),
    ]);
    assert_eq!(opened(&folder.path().join(stray)).format, Format::ImageXpress);
}

#[test]
fn opening_writes_nothing() {
    let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let folder = tree(&[
        ("a/P.HTD", "\"XWells\", 12"),
        ("a/TimePoint_1/P_A01_s1_w1.tif", ""),
        ("b/Images/Index.idx.xml", &text),
        ("b/Images/r01c01f01p01-ch1sk1fk1fl1.tiff", ""),
    ]);
    let state = || {
        let mut all = Vec::new();
        let mut folders = vec![folder.path().to_owned()];
        while let Some(path) = folders.pop() {
            for entry in fs::read_dir(path).expect("a folder") {
                let entry = entry.expect("an entry");
                let metadata = entry.metadata().expect("metadata");
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
                all.push((entry.path(), metadata.len(), metadata.modified().expect("a time")));
            }
        }
        all.sort();
        all
    };
    let before = state();
    for choice in choices(folder.path()) {
        check(&opened(&choice.path));
    }
    assert_eq!(state(), before);
}

/// Folders and files as they occur in plates, in any combination.
fn any_tree() -> impl Strategy<Value = Vec<String>> {
    let folder = "(p|q|Images|images|2023-02-21|2023-02-22|7|8|TimePoint_1|TimePoint_2|ZStep_0|ZStep_1|ZStep_2|\
        Evaluation1|Assaylayout|x-Measurement 1|results)";
    let file = "((P|p|Q|EXP_B2|)_(A01|b2|AA03)(_s[12])?(_w[12])?(_z[12])?(_t[12])?(_thumb)?\\.tif\
        |r0[12]c01f0[12]p01-ch1sk1fk1fl1\\.tiff|[PQ]\\.HTD|Index\\.(idx\\.)?xml|notes\\.txt|IMG_1\\.tif|x\\.jdce)";
    let path = (proptest::collection::vec(folder, 0..4), file)
        .prop_map(|(folders, file)| folders.into_iter().chain([file]).collect::<Vec<_>>().join("/"));
    proptest::collection::vec(path, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_opens_one_plate_or_says_why(paths in any_tree()) {
        let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
        let files: Vec<_> = paths
            .iter()
            .map(|path| (path.as_str(), if path.ends_with(".xml") { text.as_str() } else { "" }))
            .collect();
        let folder = tree(&files);
        match open(folder.path(), &Cancel::new()) {
            Ok(Opened::Plate(plate)) => {
                check(&plate);
                prop_assert_eq!(opened(&plate.opened_by).images, plate.images);
            }
            Ok(Opened::Choose(choices)) => {
                let mut seen = BTreeSet::new();
                for choice in choices {
                    prop_assert!(seen.insert(choice.path.clone()), "{choice:?} is there twice");
                    match open(&choice.path, &Cancel::new()) {
                        Ok(Opened::Plate(plate)) => {
                            check(&plate);
                            prop_assert_eq!(&opened(&plate.opened_by).images, &plate.images);
                            prop_assert_eq!(choice.format, plate.format);
                        }
                        Err(OpenError::NoImages { .. }) => {}
                        other => prop_assert!(false, "{choice:?} opens {other:?}"),
                    }
                }
            }
            Err(OpenError::NotAPlate(refusal)) => prop_assert!(!refusal.to_string().contains('\n')),
            Err(OpenError::NoImages { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
