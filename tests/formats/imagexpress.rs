//! ImageXpress folders that no real set shows.

use std::fs;
use std::time::{Duration, Instant};

use stepwell::app::PlateState;
use stepwell::plate::Component;

use super::{check, empty_files, issues, opened, shown, temporary_folder, tree};

#[test]
fn imagexpress_folders_of_every_layout() {
    struct Case<'a> {
        files: &'a [&'a str],
        images: &'a [&'a str],
        projections: &'a [&'a str],
        ignored: usize,
        /// Starts of the issues.
        issues: &'a [&'a str],
    }
    let cases = [
        // Flat, without an HTD, time in the name; whatever is no plane is skipped.
        Case {
            files: &[
                "P_A01_s1_w1_t1.tif",
                "P_A01_s1_w1_t2.TIF",
                "P_A01_s1_w1_t10.tiff",
                "P_A01_s1_w1_t10_thumb.tif",
                "._P_A01_s1_w1_t1.tif",
                "Thumbs.db",
                "SC_A01_s1_w1.tif",
                "P_ILLUM_A01_s1_w1.tif",
                "notes.txt",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2", "A01_s1_w1_z1_t10"],
            projections: &[],
            ignored: 6,
            issues: &[],
        },
        // Planes in numeric order, wells past Z, both nestings of folders.
        Case {
            files: &[
                "TimePoint_1/ZStep_10/P_AA01_s1_w1.TIF",
                "TimePoint_1/ZStep_9/P_AA01_s1_w1.TIF",
                "ZStep_9/TimePoint_2/P_AA01_s1_w1.TIF",
                "ZStep_10/TimePoint_2/P_AA01_s1_w1.TIF",
            ],
            images: &["AA01_s1_w1_z9_t1", "AA01_s1_w1_z10_t1", "AA01_s1_w1_z9_t2", "AA01_s1_w1_z10_t2"],
            projections: &[],
            ignored: 0,
            issues: &[],
        },
        // Projections: in ZStep_0, and beside ZStep folders; a name's own plane is no projection.
        Case {
            files: &["ZStep_0/P_A01_w1.tif", "ZStep_1/P_A01_w1.tif", "P_A01_w2.tif", "P_A01_w1_z2.tif"],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1"],
            projections: &["A01_s1_w1_t1", "A01_s1_w2_t1"],
            ignored: 0,
            issues: &[],
        },
        // Only ZStep_0 beside the planes: these are the stack.
        Case {
            files: &["TimePoint_1/ZStep_0/P_A01.tif", "TimePoint_1/P_A01.tif"],
            images: &["A01_s1_w1_z1_t1"],
            projections: &["A01_s1_w1_t1"],
            ignored: 0,
            issues: &[],
        },
        // A timepoint without ZStep folders is one plane and no projection, in either nesting.
        Case {
            files: &[
                "TimePoint_1/ZStep_1/P_A01_w1.tif",
                "TimePoint_1/P_A01_w1.tif",
                "TimePoint_2/P_A01_w1.tif",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2"],
            projections: &["A01_s1_w1_t1"],
            ignored: 0,
            issues: &[],
        },
        Case {
            files: &[
                "ZStep_1/TimePoint_2/P_A01_w1.tif",
                "TimePoint_1/P_A01_w1.tif",
                "TimePoint_2/P_A01_w1.tif",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t2"],
            projections: &["A01_s1_w1_t2"],
            ignored: 0,
            issues: &[],
        },
        // The same image twice: the first by path is kept.
        Case {
            files: &[
                "P_A01_s1_w1_9A35A04C-20E3-47AD-A1F9-8065B2840EFD.tif",
                "P_A01_s1_w1_0A35A04C-20E3-47AD-A1F9-8065B2840EFD.tif",
            ],
            images: &["A01_s1_w1_z1_t1"],
            projections: &[],
            ignored: 1,
            issues: &[
                "P_A01_s1_w1_9A35A04C-20E3-47AD-A1F9-8065B2840EFD.tif: the same image (A01_s1_w1_z1_t1) as \
                 P_A01_s1_w1_0A",
            ],
        },
        // Tokens in capitals are no wells: one plate.
        Case {
            files: &["P_A01_S1_W1.TIF", "P_B02_S1_W1.TIF"],
            images: &["A01_s1_w1_z1_t1", "B02_s1_w1_z1_t1"],
            projections: &[],
            ignored: 0,
            issues: &[],
        },
        // Plates that are kept as PNG or JPEG; beside a TIFF that is a picture of it.
        Case {
            files: &["D19_s1_w1.png", "D19_s2_w1.JPG", "overview.png"],
            images: &["D19_s1_w1_z1_t1", "D19_s2_w1_z1_t1"],
            projections: &[],
            ignored: 1,
            issues: &[],
        },
        Case {
            files: &["P_A01_s1_w1.jpg", "P_A01_s1_w1.tif"],
            images: &["A01_s1_w1_z1_t1"],
            projections: &[],
            ignored: 1,
            issues: &["P_A01_s1_w1.jpg: the same image (A01_s1_w1_z1_t1) as P_A01_s1_w1.tif"],
        },
        // TIFFs whose names cannot be read are said; those that are known to be no planes are not.
        Case {
            files: &[
                "P_A01_s1_w1.tif",
                "P_A01_s1_w2 (1).tif",
                "ZStep_0/P_A01_s1_w1 copy.TIF",
                "P_ZZ99_s1_w1.tif",
                "P_A01_s1_w1_thumb (1).tif",
                "P_A01_s1_w1_mask.tif",
                "SC_BP525-50.tif",
                "table.csv",
            ],
            images: &["A01_s1_w1_z1_t1"],
            projections: &[],
            ignored: 7,
            issues: &[
                "P_A01_s1_w2 (1).tif: the name of this TIFF",
                "P_ZZ99_s1_w1.tif: the name of this TIFF",
                "ZStep_0/P_A01_s1_w1 copy.TIF: the name of this TIFF",
            ],
        },
        // Where every name has such a word, it is the plate's.
        Case {
            files: &["mask_test_A01_s1_w1.tif", "mask_test_A01_s2_w1.tif"],
            images: &["A01_s1_w1_z1_t1", "A01_s2_w1_z1_t1"],
            projections: &[],
            ignored: 0,
            issues: &[],
        },
        // Folders of other names hold no planes; contradicting names are said.
        Case {
            files: &[
                "P_A01_s1_w1.tif",
                "results/P_A01_s1_w1.tif",
                "results/table.csv",
                "TimePoint_2/P_A01_s1_w1_t3.tif",
            ],
            images: &["A01_s1_w1_z1_t1", "A01_s1_w1_z1_t3"],
            projections: &[],
            ignored: 2,
            issues: &[
                "TimePoint_2: 1 file name with another",
                "results: 1 image in this folder, which is not",
            ],
        },
    ];
    for case in &cases {
        let folder = empty_files(case.files);
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(shown(&plate.images), case.images, "{:?}", case.files);
        assert_eq!(shown(&plate.projections), case.projections, "{:?}", case.files);
        assert_eq!(plate.ignored, case.ignored, "{:?}", case.files);
        let found = issues(&plate);
        assert_eq!(found.len(), case.issues.len(), "{found:?}");
        for (found, start) in found.iter().zip(case.issues) {
            assert!(found.starts_with(start), "{found} starts with {start}");
        }
        assert_eq!(plate.missing, [], "{:?}", case.files);
    }
}

#[test]
fn many_names_that_cannot_be_read_are_counted() {
    let mut files: Vec<_> = (1..=21).map(|n| format!("P_A01_s{n}_w1 (1).tif")).collect();
    files.push("P_A01_s1_w1.tif".to_owned());
    let folder = empty_files(&files.iter().map(String::as_str).collect::<Vec<_>>());
    let plate = opened(folder.path());
    assert_eq!((plate.images.len(), plate.ignored, plate.issues.len()), (1, 21, 21));
    assert_eq!(issues(&plate)[20], ".: 1 more TIFF whose name is not that of a plane; skipped");
}

#[test]
fn imagexpress_plan_and_disk_differ() {
    let htd = "\"HTSInfoFile\", Version 1.0\r\n\"TimePoints\", 3\r\n\"ZSeries\", FALSE\r\n\"ZSteps\", 0\r\n\
        \"XWells\", 24\r\n\"YWells\", 16\r\n\"WellsSelection1\", TRUE, TRUE, TRUE\r\n\
        \"Sites\", TRUE\r\n\"XSites\", 2\r\n\"YSites\", 1\r\n\"Waves\", TRUE\r\n\"NWavelengths\", 2\r\n\
        \"WaveName1\", \"DAPI\"\r\n\"WaveName2\", \"GFP, long\"\r\n\"EndFile\"\r\n";
    let folder = tree(&[
        ("P.HTD", htd),
        ("P_A01_s1_w1.tif", ""),
        ("P_A01_s1_w2.tif", ""),
        ("P_A01_s2_w1.tif", ""),
        ("P_A01_s2_w2.tif", ""),
        ("P_B02_s1_w1.tif", ""),
        ("P_B02_s2_w1.tif", ""),
        ("P_B02_s1_w3.tif", ""),
    ]);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!((plate.shape.rows, plate.shape.columns), (16, 24));
    assert_eq!(plate.value_name(Component::Channel, 2), "GFP, long");
    assert_eq!(
        issues(&plate),
        [
            "P.HTD: there are images of w3, which the HTD does not list",
            "P.HTD: the HTD plans 3 timepoints and the disk has 1",
            "P.HTD: no image of 2 wells, of 3 selected in the HTD: A02, A03",
            "P.HTD: images of 1 well not selected in the HTD: B02",
        ]
    );
    let missing: Vec<_> = plate.missing.iter().map(|m| format!("{}: {}", m.key, m.why)).collect();
    assert_eq!(
        missing,
        [
            "A01_s1_w3_z1_t1: no file, though channel 3 has this site, plane and timepoint elsewhere on the plate",
            "B02_s1_w2_z1_t1: no file, though channel 2 (GFP, long) has this site, plane and timepoint elsewhere on the plate",
            "B02_s2_w2_z1_t1: no file, though channel 2 (GFP, long) has this site, plane and timepoint elsewhere on the plate",
        ]
    );
}

#[test]
fn a_useless_htd_is_an_issue_and_no_obstacle() {
    for text in ["", "\u{1}\u{2}", "\"XWells\", 1000000\n\"YWells\", -3\n\"NWavelengths\", 99999999999"] {
        let folder = tree(&[("P.HTD", text), ("P_C05_s1_w1.tif", "")]);
        let plate = opened(folder.path());
        assert_eq!(shown(&plate.images), ["C05_s1_w1_z1_t1"]);
        assert_eq!((plate.shape.rows, plate.shape.columns), (4, 6));
    }
    // A plan too small for its images.
    let folder = tree(&[("P.HTD", "\"XWells\", 3\n\"YWells\", 2\n"), ("P_H12_s1_w1.tif", "")]);
    let plate = opened(folder.path());
    assert_eq!((plate.shape.rows, plate.shape.columns), (8, 12));
    assert!(issues(&plate)[0].contains("2 rows by 3 columns"), "{:?}", issues(&plate));
}

#[test]
fn wells_past_the_end_of_a_long_missing_list_are_incomplete() {
    // 400 sites and 400 timepoints, of which only the cross exists: each well misses some 160,000.
    let mut names: Vec<_> = (1..=400).map(|n| format!("P_A01_s{n}_w1_t1.tif")).collect();
    names.extend((2..=400).map(|n| format!("P_A01_s1_w1_t{n}.tif")));
    names.push("P_B01_s1_w1_t1.tif".to_owned());
    let folder = empty_files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let plate = opened(folder.path());
    assert_eq!(plate.missing_count(), 2 * 400 * 400 - names.len());
    assert!(plate.missing.len() < plate.missing_count());
    let missing: Vec<_> = PlateState::new(plate, 1).wells.values().map(|facts| facts.missing).collect();
    assert_eq!(missing, [400 * 400 - 799, 400 * 400 - 1]);
}

#[test]
fn a_large_plate_opens_at_once() {
    // 300 wells x 9 sites x 10 channels, of which a run of wells lacks half: 27,000 images planned.
    let folder = temporary_folder();
    let mut files = 0;
    for well in 0..300_u32 {
        for site in 1..=9 {
            for channel in 1..=10 {
                if well < 250 || channel <= 5 {
                    let row = char::from(b'A' + u8::try_from(well / 24).expect("16 rows"));
                    let name = format!("P_{row}{:02}_s{site}_w{channel}.tif", well % 24 + 1);
                    fs::File::create(folder.path().join(name)).expect("a file");
                    files += 1;
                }
            }
        }
    }
    let started = Instant::now();
    let plate = opened(folder.path());
    let took = started.elapsed();
    assert_eq!(plate.images.len(), files);
    assert_eq!(plate.missing_count(), 50 * 9 * 5);
    assert_eq!(plate.missing.len(), plate.missing_count());
    assert_eq!(plate.images_of(plate.images[0].key().well).len(), 90);
    // Some 0.1 s on an idle machine; far more would mean a question per file.
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn thumbnails_are_known_by_their_image_and_are_none() {
    let folder = empty_files(&[
        "P_A01_s1_w1.tif",
        "P_A01_s1_w1_thumb.tif",
        "ZStep_2/P_A01_s1_w1.TIF",
        "ZStep_2/P_A01_s1_w1_Thumb.TIF",
        "ZStep_1/P_A01_s1_w1.TIF",
        // Of an image that is not there.
        "ZStep_2/P_A01_s2_w1_thumb.TIF",
        "ZStep_1/P_A01_s1_w2.TIF",
    ]);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1", "A01_s1_w2_z1_t1"]);
    assert_eq!(shown(&plate.projections), ["A01_s1_w1_t1"]);
    let thumbs: Vec<_> = plate
        .images
        .iter()
        .chain(&plate.projections)
        .map(|image| plate.thumbs.of(image).map(|source| source.relative()))
        .collect();
    let expected = [None, Some("ZStep_2/P_A01_s1_w1_Thumb.TIF"), None, Some("P_A01_s1_w1_thumb.tif")];
    assert_eq!(thumbs.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    assert_eq!(plate.ignored, 3);
}
