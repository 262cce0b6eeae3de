//! Plates as opened from disk: the real sets, each with its images written out, and made-up folders
//! for what no real set shows.
#![allow(clippy::print_stderr)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use stepwell::cancel::Cancel;
use stepwell::plate::{Candidate, Component, Format, ImageKey, OpenError, Opened, Plate, PlateImage, open};
use support::plates_dir;

fn opened(path: &Path) -> Plate {
    match open(path, &Cancel::new()) {
        Ok(Opened::Plate(plate)) => *plate,
        Ok(Opened::Choose(choices)) => panic!("{} is a choice: {choices:?}", path.display()),
        Err(error) => panic!("{} does not open: {error}", path.display()),
    }
}

fn choices(path: &Path) -> Vec<Candidate> {
    match open(path, &Cancel::new()) {
        Ok(Opened::Choose(choices)) => choices,
        other => panic!("{} is no choice: {other:?}", path.display()),
    }
}

fn refused(path: &Path) -> OpenError {
    match open(path, &Cancel::new()) {
        Err(error) => error,
        Ok(other) => panic!("{} opens: {other:?}", path.display()),
    }
}

fn shown(images: &[PlateImage]) -> Vec<String> {
    images.iter().map(|image| image.key.to_string()).collect()
}

fn issues(plate: &Plate) -> Vec<String> {
    plate.issues.iter().map(|issue| format!("{}: {}", issue.path, issue.why)).collect()
}

/// What is at stake in every plate: each key and each file once, sorted, there, and a TIFF.
fn check(plate: &Plate) {
    let all: Vec<_> = plate.images.iter().chain(&plate.projections).collect();
    for images in [&plate.images, &plate.projections] {
        assert!(images.windows(2).all(|pair| pair[0].key < pair[1].key), "sorted, each key once");
    }
    let paths: BTreeSet<_> = all.iter().map(|image| (&image.path, image.page)).collect();
    assert_eq!(paths.len(), all.len(), "each file once");
    for image in &all {
        assert!(plate.path_of(image).is_file(), "{} is there", image.path);
        assert!(!image.path.to_lowercase().contains("thumb"), "{}", image.path);
        assert!(image.path.to_lowercase().rsplit('.').next().is_some_and(|e| e.starts_with("tif")));
        assert!(plate.shape.contains(image.key.well));
    }
    assert!(plate.projections.iter().all(|image| image.key.z.is_none()));
    assert!(plate.images.iter().all(|image| Component::ALL.iter().all(|c| image.key.get(*c).is_some())));
    assert!(plate.root.is_absolute() && plate.opened_by.is_absolute());
    assert!(plate.missing.windows(2).all(|pair| pair[0].key < pair[1].key));
}

/// Expected values of wells, timepoint, site, channel, z in a block; the images are their product.
type Block<'a> = (&'a [&'a str], &'a [u32], &'a [u32], &'a [u32], &'a [u32]);

fn product(blocks: &[Block<'_>]) -> Vec<ImageKey> {
    let mut keys = Vec::new();
    for (wells, timepoints, sites, channels, planes) in blocks {
        for well in *wells {
            let well = well.parse().expect("a well");
            for &timepoint in *timepoints {
                for &site in *sites {
                    for &channel in *channels {
                        keys.extend(planes.iter().map(|&z| ImageKey::new(well, site, channel, z, timepoint)));
                        if planes.is_empty() {
                            let key = ImageKey::new(well, site, channel, 1, timepoint);
                            keys.push(key.with(Component::Z, None));
                        }
                    }
                }
            }
        }
    }
    keys.sort_unstable();
    keys
}

struct Expected<'a> {
    /// Folder of the plate under the folder of plates.
    folder: &'a str,
    /// Other paths inside it that open the same plate.
    inside: &'a [&'a str],
    name: &'a str,
    format: Format,
    rows_columns: (u16, u16),
    images: &'a [Block<'a>],
    projections: &'a [Block<'a>],
    /// Path of one image, to see that keys go with files.
    one: (&'a str, &'a str),
    channels: &'a [&'a str],
    pixel_size_um: f64,
    microscope: &'a str,
    objective: &'a str,
    acquired: &'a str,
    /// Site, x, y.
    positions: &'a [(u32, f64, f64)],
    ignored: usize,
    issues: &'a [&'a str],
}

impl Expected<'_> {
    fn verify(&self) {
        let Some(plates) = plates_dir() else { return };
        let folder = plates.join(self.folder);
        let plate = opened(&folder);
        check(&plate);
        let keys = |images: &[PlateImage]| images.iter().map(|image| image.key).collect::<Vec<_>>();
        assert_eq!(keys(&plate.images), product(self.images));
        assert_eq!(keys(&plate.projections), product(self.projections));
        let (key, path) = self.one;
        let image = plate.images.iter().find(|image| image.key.to_string() == key).expect("the image");
        assert_eq!(image.path, path);
        assert_eq!(plate.name, self.name);
        assert_eq!(plate.format, self.format);
        assert_eq!((plate.shape.rows, plate.shape.columns), self.rows_columns);
        let names: Vec<_> = plate
            .values(Component::Channel)
            .iter()
            .map(|c| plate.value_name(Component::Channel, *c))
            .collect();
        assert_eq!(names, self.channels);
        let pixel_size = plate.pixel_size_um.expect("a pixel size");
        assert!((pixel_size - self.pixel_size_um).abs() < 1e-6, "{pixel_size}");
        assert_eq!(plate.microscope.as_deref(), Some(self.microscope));
        assert_eq!(plate.objective.as_deref(), Some(self.objective));
        assert_eq!(plate.acquired.as_deref(), Some(self.acquired));
        assert_eq!(plate.site_positions.len(), self.positions.len());
        for (site, x, y) in self.positions {
            let position = plate.site_positions[site];
            let off = (position.x_um - x).abs().max((position.y_um - y).abs());
            assert!(off < 1e-6, "site {site} at {position:?}");
        }
        assert_eq!(plate.ignored, self.ignored);
        assert_eq!(plate.missing, []);
        assert_eq!(plate.missing_count, 0);
        assert_eq!(issues(&plate), self.issues);

        for inside in self.inside {
            let same = opened(&folder.join(inside));
            assert_eq!(same.images, plate.images, "opened by {inside}");
            assert_eq!(same.projections, plate.projections, "opened by {inside}");
            assert_eq!((&same.root, &same.name), (&plate.root, &plate.name), "opened by {inside}");
        }
        assert_eq!(opened(&plate.opened_by).images, plate.images, "opened by itself");
    }
}

const ONE_TO_TEN: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

#[test]
fn imagexpress_database_projection_mix() {
    let wells: &[&str] = &["E07", "E08"];
    Expected {
        folder: "imagexpress-database/Projection-Mix",
        inside: &[
            "2023-02-21",
            "2023-02-21/1334",
            "2023-02-21/1334/ZStep_10",
            "2023-02-21/1334/Projection-Mix_E07_s1_w1E94C24BD-45E4-450A-9919-257C714278F7.tif",
            "2023-02-21/1334/ZStep_2/Projection-Mix_E07_s1_w1_thumb4D84758D-8ADA-45CE-A039-8A55AD05BFF9.tif",
        ],
        name: "Projection-Mix",
        format: Format::ImageXpress,
        rows_columns: (6, 8),
        // Channel 4 has one plane, channel 3 none but its projection: 84 images and 12 projections.
        images: &[(wells, &[1], &[1, 2], &[1, 2], ONE_TO_TEN), (wells, &[1], &[1, 2], &[4], &[1])],
        projections: &[(wells, &[1], &[1, 2], &[1, 2, 3], &[])],
        one: (
            "E07_s1_w1_z2_t1",
            "2023-02-21/1334/ZStep_2/Projection-Mix_E07_s1_w189A35A04-20E3-47AD-A1F9-8065B2840EFD.tif",
        ),
        channels: &["FITC_05", "FITC_05-2", "FITC_05-3", "FITC_05-4"],
        pixel_size_um: 1.3668,
        microscope: "ImageXpress Micro Confocal",
        objective: "20X Plan Apo Lambda",
        acquired: "2023-02-21 10:41:56",
        positions: &[(1, -349.92, 0.04), (2, 349.92, 0.02)],
        ignored: 96,
        issues: &[],
    }
    .verify();
}

#[test]
fn imagexpress_database_single_channel() {
    Expected {
        folder: "imagexpress-database/SingleChannel",
        inside: &["2023-02-21/1334/ZStep_1", "2023-02-21/1334"],
        name: "SingleChannel",
        format: Format::ImageXpress,
        rows_columns: (6, 8),
        images: &[(&["E07", "E08"], &[1], &[1, 2], &[1], &[1, 2])],
        projections: &[(&["E07", "E08"], &[1], &[1, 2], &[1], &[])],
        one: (
            "E07_s1_w1_z2_t1",
            "2023-02-21/1334/ZStep_2/Projection-Mix_E07_s189A35A04-20E3-47AD-A1F9-8065B2840EFD.tif",
        ),
        channels: &["FITC_05"],
        pixel_size_um: 1.3668,
        microscope: "ImageXpress Micro Confocal",
        objective: "20X Plan Apo Lambda",
        acquired: "2023-02-21 10:41:56",
        positions: &[(1, -349.92, 0.04), (2, 349.92, 0.02)],
        ignored: 12,
        issues: &[],
    }
    .verify();
}

#[test]
fn imagexpress_database_timepoints() {
    Expected {
        folder: "imagexpress-database/1well-3C-2S-Zmix-T",
        inside: &["2024-04-22", "2024-04-22/1697", "2024-04-22/1697/TimePoint_2"],
        name: "1well-3C-2S-Zmix-T",
        format: Format::ImageXpress,
        rows_columns: (6, 8),
        images: &[(&["C07"], &[1, 2], &[1, 2], &[1, 2, 3], &[1])],
        projections: &[],
        one: (
            "C07_s2_w3_z1_t2",
            "2024-04-22/1697/TimePoint_2/1well-3C-2S-Zmix-T_C07_s2_w3612E2F5A-EDA4-45D6-AEBE-8BB16710CDD5.tif",
        ),
        channels: &["FITC", "Cy3", "Texas Red"],
        pixel_size_um: 13.5504,
        microscope: "ImageXpress Micro Confocal",
        objective: "4X Plan Apo",
        acquired: "2024-04-22 09:57:37",
        positions: &[(1, 0.0, -1734.34), (2, 0.0, 1734.52)],
        ignored: 0,
        issues: &[],
    }
    .verify();
}

#[test]
fn imagexpress_export_3434() {
    Expected {
        folder: "imagexpress-export/9987_Plate_3434",
        inside: &[
            "9987.HTD",
            "TimePoint_1",
            "TimePoint_1/9987.HTD",
            "TimePoint_1/ZStep_0",
            "TimePoint_1/ZStep_0/9987.HTD",
            "TimePoint_1/ZStep_2/9987_B03_s2_w3.TIF",
        ],
        name: "9987_Plate_3434",
        format: Format::ImageXpress,
        rows_columns: (8, 12),
        images: &[(&["B02", "B03"], &[1], &[1, 2], &[1, 2, 3], &[1, 2])],
        projections: &[(&["B02", "B03"], &[1], &[1, 2], &[1, 2, 3], &[])],
        one: ("B03_s2_w3_z2_t1", "TimePoint_1/ZStep_2/9987_B03_s2_w3.TIF"),
        channels: &["DAPI", "FITC", "Texas Red"],
        pixel_size_um: 1.3672,
        microscope: "ImageXpress Micro Confocal",
        objective: "40X Plan Apo Lambda",
        acquired: "2024-07-09 13:13:03",
        positions: &[(1, -315.02, -314.98), (2, 0.04, -314.98)],
        ignored: 0,
        issues: &[
            "9987.HTD: the HTD lists 4 channels and 3 exist: no image of w4 (Cy5)",
            "9987.HTD: the HTD plans 3 planes and 2 exist",
        ],
    }
    .verify();
}

#[test]
fn imagexpress_export_3420() {
    Expected {
        folder: "imagexpress-export/9987_Plate_3420",
        inside: &["9987.HTD", "TimePoint_1", "TimePoint_1/9987.HTD", "TimePoint_1/9987_B02.TIF"],
        name: "9987_Plate_3420",
        format: Format::ImageXpress,
        rows_columns: (8, 12),
        images: &[(&["B02"], &[1], &[1], &[1], &[1])],
        projections: &[],
        one: ("B02_s1_w1_z1_t1", "TimePoint_1/9987_B02.TIF"),
        channels: &["DAPI"],
        pixel_size_um: 1.3672,
        microscope: "ImageXpress Micro Confocal",
        objective: "40X Plan Apo Lambda",
        acquired: "2024-07-08 14:44:46",
        positions: &[(1, -314.98, -315.02)],
        ignored: 0,
        issues: &[],
    }
    .verify();
}

#[test]
fn harmony_operetta() {
    Expected {
        folder: "operetta-harmony5",
        inside: &[
            "Images",
            "Images/Index.idx.xml",
            "Images/r03c03f02p01-ch1sk1fk1fl1.tiff",
            "Assaylayout",
            "Assaylayout/Unnamed.xml",
        ],
        name: "Test_Sample_BALL",
        format: Format::Harmony,
        rows_columns: (16, 24),
        images: &[(&["C03"], &[1], &[1, 2], &[1], &[1])],
        projections: &[],
        one: ("C03_s2_w1_z1_t1", "Images/r03c03f02p01-ch1sk1fk1fl1.tiff"),
        channels: &["Fluorescein (FITC)"],
        pixel_size_um: 1.195_952_161_913_523_4,
        microscope: "Operetta CLS",
        objective: "10×, NA 0.3",
        acquired: "2022-12-19 10:18:52",
        positions: &[(1, -645.814, -645.814), (2, 645.814, -645.814)],
        ignored: 0,
        issues: &[],
    }
    .verify();
}

#[test]
fn harmony_phenix() {
    Expected {
        folder: "phenix-harmony-v1",
        inside: &["images", "images/Index.idx.xml", "images/r01c01f01p01-ch6sk1fk1fl1.tiff"],
        name: "BR00121482",
        format: Format::Harmony,
        rows_columns: (16, 24),
        images: &[(&["A01"], &[1], &[1], &[1, 2, 3, 4, 5, 6], &[1])],
        projections: &[],
        one: ("A01_s1_w6_z1_t1", "images/r01c01f01p01-ch6sk1fk1fl1.tiff"),
        channels: &["Alexa 647", "Alexa 568", "488 long", "Alexa 488", "HOECHST 33342", "Brightfield"],
        pixel_size_um: 0.597_976_080_956_761_7,
        microscope: "Opera Phenix",
        objective: "20×, NA 1",
        acquired: "2021-03-29 16:51:44",
        positions: &[(1, 0.0, 0.0)],
        ignored: 0,
        issues: &[],
    }
    .verify();
}

#[test]
fn a_folder_of_plates_is_a_choice() {
    let Some(plates) = plates_dir() else { return };
    let table: &[(&str, &[(&str, &str)])] = &[
        (
            "imagexpress-database",
            &[
                ("1well-3C-2S-Zmix-T 2024-04-22/1697", "12 images, 2024-04-22"),
                ("Projection-Mix 2023-02-21/1334", "96 images, 2023-02-21"),
                ("SingleChannel 2023-02-21/1334", "12 images, 2023-02-21"),
            ],
        ),
        ("imagexpress-export", &[("9987_Plate_3420", "1 image"), ("9987_Plate_3434", "36 images")]),
    ];
    for (folder, expected) in table {
        let choices = choices(&plates.join(folder));
        let found: Vec<_> = choices.iter().map(|c| (c.name.as_str(), c.about.as_str())).collect();
        assert_eq!(found, *expected);
        for choice in choices {
            let plate = opened(&choice.path);
            check(&plate);
            assert!(choice.name.starts_with(&plate.name), "{} opens {}", choice.name, plate.name);
        }
    }
    // All plates that can be opened, and none of the folders of other formats.
    let all = choices(&plates);
    let names: Vec<_> = all.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "1well-3C-2S-Zmix-T 2024-04-22/1697",
            "9987_Plate_3420",
            "9987_Plate_3434",
            "Projection-Mix 2023-02-21/1334",
            "SingleChannel 2023-02-21/1334",
            "operetta-harmony5",
            "phenix-harmony-v1"
        ]
    );
}

#[test]
fn other_formats_are_refused_with_their_name() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        ("cellvoyager-cv8000", "Yokogawa CellVoyager (MeasurementData.mlf)"),
        ("cellvoyager-png", "Yokogawa CellVoyager (names ending in _T0001F001L01A01Z01C01)"),
        ("scanr", "ScanR (names with --W00001--P00001--Z00000)"),
        ("omezarr04", "OME-Zarr (.zattrs, zarr.json)"),
    ];
    for (folder, nearest) in table {
        let OpenError::NotAPlate(refusal) = refused(&plates.join(folder)) else { panic!("{folder}") };
        assert_eq!(refusal.nearest, Some(nearest), "{folder}");
        let sentence = refusal.to_string();
        assert_eq!(refusal.found.len(), 3, "{sentence}");
        for part in refusal.found.iter().map(String::as_str).chain([nearest, ".HTD", "Index.idx.xml"]) {
            assert!(sentence.contains(part), "{part} in {sentence}");
        }
    }
    let OpenError::NotAPlate(refusal) = refused(&plates.join("tiff-variety")) else { panic!("tiff-variety") };
    assert_eq!(refusal.nearest, Some("ImageXpress"), "{refusal}");
}

/// A folder tree of empty files; those with text are written with it.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn empty_files(paths: &[&str]) -> tempfile::TempDir {
    tree(&paths.iter().map(|path| (*path, "")).collect::<Vec<_>>())
}

const GUID: &str = "9A35A04C-20E3-47AD-A1F9-8065B2840EFD";

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
        // Flat, without an HTD, time in the name; whatever is no plane is passed over.
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
                "P_A01_s1_w1_9A35A04C-20E3-47AD-A1F9-8065B2840EFD.tif: the same image (A01_s1_w1_z1_t1) as P_A01_s1_w1_0A",
            ],
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
            issues: &["TimePoint_2: 1 file names give another", "results: 1 images lie in this folder"],
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
            "P.HTD: the HTD plans 3 timepoints and 1 exist",
            "P.HTD: 2 of the 3 wells selected in the HTD have no image: A02, A03",
            "P.HTD: 1 wells have images and are not selected in the HTD: B02",
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
fn several_plates_side_by_side_are_a_choice() {
    let guid_name = format!("P_A01_s1_w1{GUID}.tif");
    let dated = |date: &str, id: &str| format!("plate/{date}/{id}/{guid_name}");
    let database = [dated("2023-02-21", "9"), dated("2023-02-21", "10"), dated("2024-01-01", "11")];
    let table: Vec<(Vec<&str>, Vec<(&str, &str)>)> = vec![
        // Dates and numbers of one plate.
        (
            database.iter().map(String::as_str).collect(),
            vec![
                ("plate 2023-02-21/9", "plate/2023-02-21/9"),
                ("plate 2023-02-21/10", "plate/2023-02-21/10"),
                ("plate 2024-01-01/11", "plate/2024-01-01/11"),
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
                let path = plate.path_of(image);
                assert_eq!(opened(&path).images, plate.images, "opened by {}", path.display());
                assert!(all.insert(path), "no image is in two plates");
            }
            assert_eq!(opened(&plate.opened_by).images, plate.images);
        }
        assert_eq!(all.len(), files.iter().filter(|file| !file.ends_with("HTD")).count());
    }
}

const HARMONY_HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><EvaluationInputData Version=\"1\" \
    xmlns=\"http://www.perkinelmer.com/PEHH/HarmonyV5\"><InstrumentType>Phenix</InstrumentType><Plates><Plate>\
    <Name>BR1</Name><PlateRows>2</PlateRows><PlateColumns>3</PlateColumns></Plate></Plates><Images>";

fn record(url: &str, column: u32, timepoint: u32, more: &str) -> String {
    format!(
        "<Image><State>Ok</State><URL>{url}</URL><Row>1</Row><Col>{column}</Col><FieldID>1</FieldID>\
         <PlaneID>1</PlaneID><TimepointID>{timepoint}</TimepointID><ChannelID>1</ChannelID>{more}</Image>"
    )
}

fn index(records: &[String]) -> String {
    format!("{HARMONY_HEAD}{}</Images></EvaluationInputData>", records.concat())
}

#[test]
fn harmony_index_and_disk() {
    let name = |column: u32, time: u32| format!("r01c0{column}f01p01-ch1sk{time}fk1fl1.tiff");
    let text = index(&[
        record(&name(1, 1), 1, 0, ""),
        record(&name(1, 2), 1, 1, ""),
        // Not recorded; named and absent; marked; named by something else than its key.
        record("", 2, 1, ""),
        record(&name(2, 1), 2, 0, ""),
        record(&name(3, 1), 3, 0, "").replace(">Ok<", ">Saturated<"),
        record("folder\\GUID-1.tif", 3, 1, ""),
        // Nowhere on a plate.
        record(&name(1, 1), 99, 0, ""),
    ]);
    let files = [
        ("Index.idx.xml".to_owned(), text.as_str()),
        (name(1, 1), ""),
        (name(1, 2), ""),
        (name(3, 1), ""),
        ("guid-1.TIF".to_owned(), ""),
        // Not in the index: read by its name. Of three digits: written by another program.
        ("r02c01f01p01-ch1sk1fk1fl1.tiff".to_owned(), ""),
        ("r02c02f001p001-ch1sk1fk1fl1.tiff".to_owned(), ""),
        ("overview.tif".to_owned(), ""),
    ];
    for images_folder in ["Images", "images", "pictures", "."] {
        let paths: Vec<_> = files
            .iter()
            .map(|(name, text)| (format!("x-Measurement 1/{images_folder}/{name}"), *text))
            .collect();
        let folder = tree(&paths.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let root = folder.path().canonicalize().expect("a path").join("x-Measurement 1");
        for path in [root.clone(), root.join(images_folder), root.join(images_folder).join("Index.idx.xml")] {
            let plate = opened(&path);
            check(&plate);
            assert_eq!(plate.root, root);
            assert_eq!(plate.name, "BR1");
            assert_eq!((plate.shape.rows, plate.shape.columns), (2, 3));
            assert_eq!(
                shown(&plate.images),
                [
                    "A01_s1_w1_z1_t1",
                    "A01_s1_w1_z1_t2",
                    "A03_s1_w1_z1_t1",
                    "A03_s1_w1_z1_t2",
                    "B01_s1_w1_z1_t1"
                ]
            );
            let missing: Vec<_> = plate.missing.iter().map(|m| (m.key.to_string(), m.why.as_str())).collect();
            let expected = [
                ("A02_s1_w1_z1_t1", "the index names “r01c02f01p01-ch1sk1fk1fl1.tiff”, which is not there"),
                ("A02_s1_w1_z1_t2", "not recorded: the index has no file for it"),
                (
                    "B01_s1_w1_z1_t2",
                    "no file, though channel 1 has this site, plane and timepoint elsewhere on the plate",
                ),
            ];
            assert_eq!(missing, expected.map(|(key, why)| (key.to_owned(), why)));
            assert_eq!(plate.ignored, 2);
            let found = issues(&plate).join("\n");
            for part in [
                "the microscope marked this image “Saturated”",
                "r02c01f01p01-ch1sk1fk1fl1.tiff: the index does not name this image",
                "r02c02f001p001-ch1sk1fk1fl1.tiff: passed over",
                "1 records name a row and column that no plate has",
            ] {
                assert!(found.contains(part), "{part} in {found}");
            }
            assert_eq!(plate.issues.len(), 4, "{found}");
        }
    }
}

#[test]
fn harmony_time_is_the_number_in_the_file_names() {
    // TimepointID, file name, expected timepoint, by the generations of the index.
    let table: &[&[(u32, &str, u32)]] = &[
        &[(0, "r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (1, "r01c01f01p01-ch1sk2fk1fl1.tiff", 2)],
        &[(1, "r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (2, "r01c01f01p01-ch1sk2fk1fl1.tiff", 2)],
        // A part of a series keeps its numbers.
        &[(4, "r01c01f01p01-ch1sk5fk1fl1.tiff", 5), (9, "r01c01f01p01-ch1sk10fk1fl1.tiff", 10)],
        // The same number in all names: by rank.
        &[(0, "x/r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (1, "y/r01c01f01p01-ch1sk1fk1fl1.tiff", 2)],
        // Names without a number: by rank.
        &[(0, "a.tif", 1), (7, "b.tif", 2)],
    ];
    for images in table {
        let records: Vec<_> = images.iter().map(|(id, url, _)| record(url, 1, *id, "")).collect();
        let text = index(&records);
        let mut files = vec![("Images/Index.idx.xml", text.as_str())];
        files.extend(images.iter().map(|(_, url, _)| (*url, "")));
        let moved: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                let path =
                    if path.starts_with("Images/") { (*path).to_owned() } else { format!("Images/{path}") };
                (path, *text)
            })
            .collect();
        let folder = tree(&moved.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let plate = opened(folder.path());
        let found: Vec<_> = plate.images.iter().filter_map(|image| image.key.timepoint).collect();
        assert_eq!(found, images.iter().map(|(.., t)| *t).collect::<Vec<_>>());
        assert_eq!(plate.issues, []);
    }
}

#[test]
fn harmony_without_a_whole_index_is_read_by_names() {
    let names = ["Images/r01c01f01p01-ch1sk1fk1fl1.tiff", "Images/r01c01f01p02-ch1sk1fk1fl1.tiff"];
    let whole = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let half = whole.strip_suffix("</EvaluationInputData>").expect("the end");
    let table = [
        (None, "there is no index"),
        (Some(""), "it is empty"),
        (Some("\u{0}\u{0}"), "the index cannot be read to its end"),
        (Some(half), "it ends in the middle"),
    ];
    for (text, expected) in table {
        let mut files: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        files.extend(text.map(|text| ("Images/Index.idx.xml", text)));
        let folder = tree(&files);
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1"]);
        assert!(plate.issues[0].why.contains(expected), "{:?}", issues(&plate));
    }
}

#[test]
fn what_is_no_plate_is_refused_in_one_sentence() {
    // Files, nearest format, part of the sentence.
    let table: &[(&[&str], Option<&str>, &str)] = &[
        (&[], None, "found no file at all; no format is near"),
        (&["a.txt", "b.txt", "c.txt", "d.txt"], None, "found “a.txt”, “b.txt”, “c.txt” and 1 more"),
        (&["IMG_1.tif", "IMG_2.tif"], Some("ImageXpress"), "have no well in their names"),
        // One name that happens to end like a well makes no plate.
        (&["IMG_1.tif", "IMG_2.tif", "scan_B2.tif"], Some("ImageXpress"), "“scan_B2.tif”"),
        (&["a.png"], Some("ImageXpress"), "are TIFF files and these are not"),
        (&["x/plate.xdce"], Some("IN Cell Analyzer (.xdce)"), "cannot be opened yet"),
        (
            &["e/a.jdce", "e/timepoint0/P_t0_A01_s0_w0_z0.tif"],
            Some("MetaXpress Acquire or IN Carta (.jdce)"),
            "cannot be opened yet",
        ),
    ];
    for (files, nearest, part) in table {
        let folder = empty_files(files);
        let OpenError::NotAPlate(refusal) = refused(folder.path()) else { panic!("{files:?}") };
        assert_eq!(refusal.nearest, *nearest, "{files:?}");
        assert_eq!(refusal.found.len(), files.len().min(3));
        let sentence = refusal.to_string();
        assert!(sentence.contains(part), "{part} in {sentence}");
        assert!(sentence.starts_with(&format!("“{}” is not a plate: looked for", folder.path().display())));
        assert!(!sentence.contains('\n'));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
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
    let folder = tempfile::tempdir().expect("a temporary folder");
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
    let folder = tempfile::tempdir().expect("a temporary folder");
    for n in 0..2100 {
        fs::create_dir(folder.path().join(format!("d{n}"))).expect("a folder");
    }
    let OpenError::NotAPlate(refusal) = refused(folder.path()) else { panic!() };
    assert_eq!(refusal.stopped_after_folders, Some(2000), "{refusal}");
}

#[test]
fn a_large_plate_opens_at_once() {
    // 300 wells x 9 sites x 10 channels, of which a run of wells lacks half: 27,000 images planned.
    let folder = tempfile::tempdir().expect("a temporary folder");
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
    assert_eq!(plate.missing_count, 50 * 9 * 5);
    assert_eq!(plate.missing.len(), plate.missing_count);
    assert_eq!(plate.images_of(plate.images[0].key.well).len(), 90);
    // Some 0.1 s on an idle machine; far more would mean a question per file.
    assert!(took < Duration::from_secs(5), "{took:?}");
}
