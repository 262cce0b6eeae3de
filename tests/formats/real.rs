//! The real sets, each image named.

use stepwell::image::ImageSource;
use stepwell::plate::{Component, Format, ImageKey, OpenError, Plate, PlateImage};

use super::support::plates_dir;
use super::{check, choices, issues, opened, refused};

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
        let keys = |images: &[PlateImage]| images.iter().map(PlateImage::key).collect::<Vec<_>>();
        assert_eq!(keys(&plate.images), product(self.images));
        assert_eq!(keys(&plate.projections), product(self.projections));
        let (key, path) = self.one;
        let image = plate.images.iter().find(|image| image.key().to_string() == key).expect("the image");
        assert_eq!(image.source.relative(), path);
        assert_eq!(plate.name, self.name);
        assert_eq!(plate.format, self.format);
        assert_eq!((plate.shape.rows, plate.shape.columns), self.rows_columns);
        let names: Vec<_> = plate
            .values(Component::Channel)
            .iter()
            .map(|c| plate.value_name(Component::Channel, *c))
            .collect();
        assert_eq!(names, self.channels);
        let size = plate.pixel_sizes.common().expect("a pixel size");
        assert!(
            (size.x_um - self.pixel_size_um).abs() + (size.y_um - self.pixel_size_um).abs() < 1e-6,
            "{size:?}"
        );
        assert_eq!(plate.microscope.as_deref(), Some(self.microscope));
        assert_eq!(plate.objective.as_deref(), Some(self.objective));
        assert_eq!(plate.acquired.as_deref(), Some(self.acquired));
        let wells = plate.wells();
        assert_eq!(plate.site_positions.iter().count(), wells.len() * self.positions.len());
        for (site, x, y) in self.positions {
            let first = wells.first().expect("a well");
            let mut sites = plate.site_positions.sites_of(*first);
            let (_, position) = sites.find(|(known, _)| known == site).expect("a position");
            let off = (position.x_um - x).abs().max((position.y_um - y).abs());
            assert!(off < 1e-6, "site {site} at {position:?}");
        }
        assert_eq!(plate.ignored, self.ignored);
        self.verify_thumbs(&plate);
        assert_eq!(plate.missing, []);
        assert_eq!(plate.missing_count(), 0);
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

impl Expected<'_> {
    /// Each image of the database layout has a thumbnail, if any has, of the same kind of grey values.
    fn verify_thumbs(&self, plate: &Plate) {
        let expected = if self.folder.starts_with("imagexpress-database") { self.ignored } else { 0 };
        assert_eq!(plate.thumbs.len(), expected);
        let all = plate.images.iter().chain(&plate.projections);
        let thumbs: Vec<_> = all.filter_map(|image| Some((image, plate.thumb_of(image)?))).collect();
        assert_eq!(thumbs.len(), expected);
        for (image, thumb) in thumbs {
            let read = |source: &ImageSource| source.decode_owned().expect("a TIFF");
            let ((format, pixels), (small, values)) = (read(&image.source), read(&thumb));
            assert_eq!((small.width, small.height, small.pixel), (80, 64, format.pixel), "{thumb:?}");
            let mean = |bytes: &[u8]| {
                let values = bytes.as_chunks::<2>().0.iter().map(|pair| f64::from(u16::from_ne_bytes(*pair)));
                values.sum::<f64>() * 2.0 / bytes.len() as f64
            };
            let ratio = mean(&values) / mean(&pixels);
            assert!((0.9..1.1).contains(&ratio), "{thumb:?}: {ratio}");
        }
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
            "9987.HTD: the HTD lists 4 channels and the disk has 3: no image of w4 (Cy5)",
            "9987.HTD: the HTD plans 3 planes and the disk has 2",
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
fn cellvoyager_cv8000() {
    let folder = "CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack";
    let inside = |name: &str| format!("{folder}_20230918_135839/{folder}/{name}");
    let first = inside(&format!("{folder}_D08_T0001F001L01A01Z01C01.tif"));
    Expected {
        folder: "cellvoyager-cv8000",
        inside: &[
            &inside(""),
            &inside("MeasurementData.mlf"),
            &inside("SC_BP445-45_20x v2_M01_CH01.tif"),
            &first,
            &format!("{folder}_20230918_135839/TRACE2023-XX-XX.log"),
        ],
        name: folder,
        format: Format::CellVoyager,
        rows_columns: (8, 12),
        images: &[(&["D08", "E03", "F08"], &[1], &[1, 2, 3, 4], &[1, 2], &[1, 2, 3, 4])],
        projections: &[],
        one: ("E03_s3_w2_z4_t1", &format!("{folder}_E03_T0001F003L01A02Z04C02.tif")),
        channels: &["405 BP445/45", "488 BP525/50"],
        pixel_size_um: 0.325,
        microscope: "CellVoyager CV8000",
        objective: "20x v2",
        acquired: "2023-09-18 13:58:39",
        positions: &[(1, -567.1, -402.9), (2, 82.8, -402.9), (3, -567.1, 247.0), (4, 82.8, 247.0)],
        // Images of shading and without light.
        ignored: 6,
        issues: &[],
    }
    .verify();
    let Some(plates) = plates_dir() else { return };
    let plate = opened(&plates.join("cellvoyager-cv8000"));
    let names = |files: &std::collections::BTreeMap<u32, std::path::PathBuf>| {
        let name =
            |path: &std::path::PathBuf| path.strip_prefix(&plate.root).ok()?.to_str().map(str::to_owned);
        files.iter().map(|(channel, path)| (*channel, name(path).expect("in the plate"))).collect::<Vec<_>>()
    };
    let expected = ["SC_BP445-45_20x v2_M01_CH01.tif", "SC_BP525-50_20x v2_M01_CH02.tif"].map(str::to_owned);
    assert_eq!(names(&plate.shading.flats), (1..).zip(expected).collect::<Vec<_>>());
    let dark = "DC_DCAM#1_CAM3.tif".to_owned();
    assert_eq!(names(&plate.shading.darks), [(1, dark.clone()), (2, dark)]);
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
            "CV8000-Minimal-DataSet-2C-3W-4S-FP2-stack",
            "Projection-Mix 2023-02-21/1334",
            "SingleChannel 2023-02-21/1334",
            "data",
            "hcs_ngff_2D",
            "operetta-harmony5",
            "phenix-harmony-v1",
            "scanr"
        ]
    );
}

#[test]
fn what_is_no_plate_is_refused_with_what_it_is_near_to() {
    let Some(plates) = plates_dir() else { return };
    let OpenError::NotAPlate(refusal) = refused(&plates.join("tiff-variety")) else { panic!("tiff-variety") };
    assert_eq!(refusal.nearest, Some("ImageXpress"), "{refusal}");
    let sentence = refusal.to_string();
    assert_eq!(refusal.found.len(), 3, "{sentence}");
    let looked_for = ["ImageXpress, Harmony, CellVoyager", "OME-Zarr", " or Squid; found "];
    for part in refusal.found.iter().map(String::as_str).chain(looked_for) {
        assert!(sentence.contains(part), "{part} in {sentence}");
    }
}
