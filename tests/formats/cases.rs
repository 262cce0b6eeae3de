//! Small plates after what users met, each with its right answer, and made-up relatives of each kind.

use std::fs;
use std::path::Path;

use stepwell::plate::{Component, PixelSize, Plate, PlateImage};

use super::support::cases_dir;
use super::support::tiff::{Entry, Layout, long, short};
use super::{check, choices, issues, opened, shown, temporary_folder};

struct Case<'a> {
    folder: &'a str,
    images: &'a [&'a str],
    channels: &'a [&'a str],
    pixel_um: Option<f64>,
    /// Well, site, x and y.
    positions: &'a [(&'a str, u32, f64, f64)],
    /// Starts of the issues.
    issues: &'a [&'a str],
}

const TWO_SITES: Case<'_> = Case {
    folder: "",
    images: &["A01_s1_w1_z1_t1", "A01_s2_w1_z1_t1"],
    channels: &["DAPI"],
    pixel_um: Some(0.65),
    positions: &[("A01", 1, -5.2, 0.0), ("A01", 2, 5.2, 0.0)],
    issues: &[],
};

#[test]
fn the_cases_of_imagexpress() {
    let Some(cases) = cases_dir() else { return };
    let table = [
        Case {
            folder: "05-ix-folder-per-channel/20999",
            images: &[
                "A01_s1_w1_z1_t1",
                "A01_s1_w2_z1_t1",
                "A01_s1_w3_z1_t1",
                "A02_s1_w1_z1_t1",
                "A02_s1_w2_z1_t1",
                "A02_s1_w3_z1_t1",
            ],
            channels: &["w1", "w2", "w3"],
            pixel_um: None,
            positions: &[],
            issues: &[
                ".: the images lie in 3 folders (20999-er, 20999-hoechst, 20999-mito) whose image names go together",
            ],
        },
        Case {
            folder: "05-ix-folder-per-channel/20999/20999-er",
            images: &["A01_s1_w2_z1_t1", "A02_s1_w2_z1_t1"],
            channels: &["w2"],
            pixel_um: None,
            positions: &[],
            issues: &[],
        },
        Case {
            folder: "06-ix-pages-are-planes",
            images: &[
                "B02_s1_w1_z1_t1",
                "B02_s1_w1_z2_t1",
                "B02_s1_w1_z3_t1",
                "B02_s1_w1_z4_t1",
                "B02_s1_w1_z5_t1",
                "B02_s1_w2_z1_t1",
                "B02_s1_w2_z2_t1",
                "B02_s1_w2_z3_t1",
                "B02_s1_w2_z4_t1",
                "B02_s1_w2_z5_t1",
            ],
            channels: &["w1", "w2"],
            pixel_um: None,
            positions: &[],
            issues: &[
                "Stacks_B02_s1_w1.tif: 5 pages of one size and type",
                "Stacks_B02_s1_w2.tif: 5 pages of one size and type",
            ],
        },
        Case { folder: "07-ix-description-bytes/cp1252", ..TWO_SITES },
        Case { folder: "07-ix-description-bytes/utf8", ..TWO_SITES },
        Case { folder: "07-ix-description-bytes/nul-reference", ..TWO_SITES },
        Case {
            folder: "11-ix-stage-positions-only",
            images: &[
                "A01_s1_w1_z1_t1",
                "A01_s2_w1_z1_t1",
                "A01_s3_w1_z1_t1",
                "A01_s4_w1_z1_t1",
                "A02_s1_w1_z1_t1",
                "A02_s2_w1_z1_t1",
                "A02_s3_w1_z1_t1",
                "A02_s4_w1_z1_t1",
            ],
            channels: &["DAPI"],
            pixel_um: Some(0.65),
            positions: &[
                ("A01", 1, -5.2, -5.2),
                ("A01", 2, 5.2, -5.2),
                ("A01", 3, -5.2, 5.2),
                ("A01", 4, 5.2, 5.2),
                ("A02", 1, -5.2, -5.2),
                ("A02", 2, 5.2, -5.2),
                ("A02", 3, -5.2, 5.2),
                ("A02", 4, 5.2, 5.2),
            ],
            issues: &[],
        },
    ];
    for case in table {
        case.verify(&cases.join(case.folder));
    }
    // The brightest page of the stack is the fourth.
    let stacks = opened(&cases.join("06-ix-pages-are-planes"));
    let highest = |image: &PlateImage| {
        let (_, pixels) = image.source.decode_owned().expect("an image");
        pixels.as_chunks::<2>().0.iter().map(|pair| u16::from_ne_bytes(*pair)).max()
    };
    let of_first = stacks.images.iter().filter(|image| image.key().channel == Some(1));
    let brightest = of_first.max_by_key(|image| highest(image)).expect("an image");
    assert_eq!((brightest.key().z, brightest.source.page(), highest(brightest)), (Some(4), 3, Some(5000)));
    // The folder above opens the same plate.
    let whole = opened(&cases.join("05-ix-folder-per-channel"));
    assert_eq!(whole.images.len(), 6);
    assert_eq!(choices(&cases.join("07-ix-description-bytes")).len(), 3);
}

impl Case<'_> {
    fn verify(&self, path: &Path) {
        let what = path.display();
        let plate = opened(path);
        check(&plate);
        assert_eq!(shown(&plate.images), self.images, "{what}");
        assert_eq!((plate.missing_count(), plate.projections.len()), (0, 0), "{what}");
        assert_eq!(channels(&plate), self.channels, "{what}");
        let size = plate.pixel_sizes.common();
        assert_eq!(size.and_then(PixelSize::side_um), self.pixel_um, "{what}");
        assert_eq!(positions(&plate), rounded(self.positions), "{what}");
        let found = issues(&plate);
        assert_eq!(found.len(), self.issues.len(), "{what}: {found:?}");
        for (found, start) in found.iter().zip(self.issues) {
            assert!(found.starts_with(start), "{found} starts with {start}");
        }
    }
}

fn channels(plate: &Plate) -> Vec<String> {
    let channels = plate.values(Component::Channel);
    channels.iter().map(|channel| plate.value_name(Component::Channel, *channel)).collect()
}

/// Well, site, x and y in nanometres, in order.
fn positions(plate: &Plate) -> Vec<(String, u32, i64, i64)> {
    let all = plate
        .site_positions
        .iter()
        .map(|(key, at)| (key.well.to_string(), key.site.expect("a site"), nm(at.x_um), nm(at.y_um)));
    all.collect()
}

fn rounded(positions: &[(&str, u32, f64, f64)]) -> Vec<(String, u32, i64, i64)> {
    positions.iter().map(|(well, site, x, y)| (well.to_string(), *site, nm(*x), nm(*y))).collect()
}

fn nm(um: f64) -> i64 {
    (um * 1000.0).round() as i64
}

/// A TIFF of 4 x 4 pixels with a description.
fn described(description: &[u8]) -> Vec<u8> {
    paged(1, description)
}

/// A TIFF with so many pages of 4 x 4 pixels, whose value is the number of the page.
fn paged(pages: u8, description: &[u8]) -> Vec<u8> {
    let layout = Layout::default();
    let page = |number: u8| {
        vec![
            long(256, 4),
            long(257, 4),
            short(258, 8),
            short(259, 1),
            short(262, 1),
            Entry::Text(270, if number == 0 { description.to_vec() } else { Vec::new() }),
            long(273, layout.data_at() + u64::from(number) * 16),
            short(277, 1),
            long(278, 4),
            long(279, 16),
        ]
    };
    let data: Vec<u8> = (0..pages).flat_map(|number| [number; 16]).collect();
    layout.file(&data, &(0..pages).map(page).collect::<Vec<_>>())
}

/// The description of a calibrated image with some properties more.
fn metadata(pixel_um: [&str; 2], setting: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!(
        "<MetaData>\r\n<prop id=\"Description\" type=\"string\" value=\"10 \u{b5}M &#1;\"/>\r\n<PlaneInfo>\r\n\
        <prop id=\"spatial-calibration-state\" type=\"bool\" value=\"on\"/>\r\n\
        <prop id=\"spatial-calibration-x\" type=\"float\" value=\"{}\"/>\r\n\
        <prop id=\"spatial-calibration-y\" type=\"float\" value=\"{}\"/>\r\n\
        <prop id=\"spatial-calibration-units\" type=\"string\" value=\"um\"/>\r\n\
        <prop id=\"_IllumSetting_\" type=\"string\" value=\"{setting}\"/>\r\n",
        pixel_um[0], pixel_um[1]
    );
    for (id, value) in more {
        text.push_str(&format!("<custom-prop id=\"{id}\" type=\"float\" value=\"{value}\"/>\r\n"));
    }
    text.push_str("</PlaneInfo>\r\n</MetaData>");
    // As Windows writes it.
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("of Latin-1")).collect()
}

#[test]
fn each_channel_has_pixels_and_each_well_has_positions_of_its_own() {
    let offset =
        |x: &'static str, y: &'static str| [("OffsetFromWellCenterUmX", x), ("OffsetFromWellCenterUmY", y)];
    let stage = |x: &'static str, y: &'static str| [("stage-position-x", x), ("stage-position-y", y)];
    let fine = ["0,65", "0,65"];
    let files = [
        // Two sites beside each other in A01, above each other in A02; commas; a channel with larger, oblong pixels.
        ("P_A01_s1_w1.tif", metadata(fine, "DAPI", &offset("-5,2", "0"))),
        ("P_A01_s2_w1.tif", metadata(fine, "DAPI", &offset("5,2", "0"))),
        ("P_A01_s1_w2.tif", metadata(["1.3", "2.6"], "Far red \u{b5}", &offset("-5,2", "0"))),
        ("P_A01_s2_w2.tif", metadata(["1.3", "2.6"], "Far red \u{b5}", &offset("5,2", "0"))),
        ("P_A02_s1_w1.tif", metadata(fine, "DAPI", &offset("0", "-5.2"))),
        ("P_A02_s2_w1.tif", metadata(fine, "DAPI", &offset("0", "5.2"))),
        ("P_A02_s1_w2.tif", Vec::new()),
        ("P_A02_s2_w2.tif", Vec::new()),
        // Of a well that only says where the stage stood, one site says nothing.
        ("P_B01_s1_w1.tif", metadata(fine, "DAPI", &stage("1000.5", "-20"))),
        ("P_B01_s2_w1.tif", metadata(fine, "DAPI", &[])),
        ("P_B01_s1_w2.tif", Vec::new()),
        ("P_B01_s2_w2.tif", Vec::new()),
    ];
    let folder = temporary_folder();
    for (name, description) in files {
        fs::write(folder.path().join(name), described(&description)).expect("a file");
    }
    let plate = opened(folder.path());
    check(&plate);
    let expected = [
        ("A01", 1, -5.2, 0.0),
        ("A01", 2, 5.2, 0.0),
        ("A02", 1, 0.0, -5.2),
        ("A02", 2, 0.0, 5.2),
        ("B01", 1, 0.0, 0.0),
    ];
    assert_eq!(positions(&plate), rounded(&expected));
    let sizes: Vec<_> =
        plate.pixel_sizes.iter().map(|(channel, size)| (channel, size.x_um, size.y_um)).collect();
    assert_eq!(sizes, [(1, 0.65, 0.65), (2, 1.3, 2.6)]);
    assert_eq!(channels(&plate), ["DAPI", "Far red \u{b5}"]);
}

#[test]
fn wells_that_were_not_looked_at_have_no_position_until_they_are_asked_for() {
    use std::collections::BTreeSet;
    use stepwell::cancel::Cancel;
    use stepwell::plate::{Measured, WellId};

    // 40 wells of 9 sites: more than are looked at. Each well lies a little otherwise.
    let folder = temporary_folder();
    for well in 0..40_u32 {
        for site in 1..=9_u32 {
            let x = (10 * site + well).to_string();
            let text = metadata(
                ["1", "1"],
                "DAPI",
                &[("OffsetFromWellCenterUmX", &x), ("OffsetFromWellCenterUmY", "0")],
            );
            let name = format!("P_{}_s{site}_w1.tif", WellId::at(well / 12, well % 12).expect("a well"));
            fs::write(folder.path().join(name), described(&text)).expect("a file");
        }
    }
    let plate = opened(folder.path());
    let known: BTreeSet<WellId> = plate.site_positions.wells().collect();
    assert!(known.contains(&"A01".parse().expect("a well")) && (2..40).contains(&known.len()), "{known:?}");
    let all = plate.wells();
    let measured = Measured::read(&plate, &all, &Cancel::new()).expect("not cancelled");
    for (well, index) in all.iter().zip(0_u32..) {
        let positions = if known.contains(well) { &plate.site_positions } else { &measured.site_positions };
        let found: Vec<_> = positions.sites_of(*well).map(|(site, at)| (site, nm(at.x_um))).collect();
        let expected: Vec<_> = (1..=9).map(|site| (site, i64::from(10 * site + index) * 1000)).collect();
        assert_eq!(found, expected, "{well}");
    }
}

#[test]
fn a_first_well_that_says_nothing_hides_no_other() {
    let folder = temporary_folder();
    let offset = [("OffsetFromWellCenterUmX", "7"), ("OffsetFromWellCenterUmY", "8")];
    fs::write(folder.path().join("P_A01_s1_w1.tif"), b"II*\0").expect("a file");
    fs::write(folder.path().join("P_A02_s1_w1.tif"), described(b"words")).expect("a file");
    fs::write(folder.path().join("P_B01_s1_w1.tif"), described(&metadata(["1", "1"], "DAPI", &offset)))
        .expect("a file");
    assert_eq!(positions(&opened(folder.path())), rounded(&[("B01", 1, 7.0, 8.0)]));
}

#[test]
fn a_planned_grid_counts_where_the_images_say_nothing() {
    let folder = temporary_folder();
    let htd = "\"HTSInfoFile\", Version 1.0\r\n\"XWells\", 12\r\n\"YWells\", 8\r\n\
        \"Sites\", TRUE\r\n\"XSites\", 2\r\n\"YSites\", 1\r\n";
    fs::write(folder.path().join("P.HTD"), htd).expect("a file");
    let offset = [("OffsetFromWellCenterUmX", "7"), ("OffsetFromWellCenterUmY", "8")];
    let wells: [(&str, &[(&str, &str)]); 2] = [("A01", &offset), ("A02", &[])];
    for (well, more) in wells {
        for site in 1..=2 {
            let path = folder.path().join(format!("P_{well}_s{site}_w1.tif"));
            fs::write(path, described(&metadata(["0.5", "2"], "DAPI", more))).expect("a file");
        }
    }
    let expected = [("A01", 1, 7.0, 8.0), ("A01", 2, 7.0, 8.0), ("A02", 1, -1.0, 0.0), ("A02", 2, 1.0, 0.0)];
    assert_eq!(positions(&opened(folder.path())), rounded(&expected));
}

#[test]
fn pages_are_images_as_far_as_names_do_not_tell_otherwise() {
    const IMAGE_J: &[u8] = b"ImageJ=1.54f\nimages=4\nchannels=2\nslices=2\nhyperstack=true\n";
    /// Files with the number of their pages and a description, images, starts of what is missing and of the issues.
    type Case<'a> = (&'a [(&'a str, u8, &'a [u8])], &'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let table: &[Case<'_>] = &[
        // Channels with stacks of their own; the second site of the first well is cut short.
        (
            &[
                ("P_A01_s1_w1.tif", 2, b""),
                ("P_A01_s2_w1.tif", 3, b""),
                ("P_A01_s1_w2.tif", 1, b""),
                ("P_A01_s2_w2.tif", 1, b""),
            ],
            &[
                "A01_s1_w1_z1_t1",
                "A01_s1_w1_z2_t1",
                "A01_s1_w2_z1_t1",
                "A01_s2_w1_z1_t1",
                "A01_s2_w1_z2_t1",
                "A01_s2_w1_z3_t1",
                "A01_s2_w2_z1_t1",
            ],
            &["A01_s1_w1_z3_t1"],
            &["P_A01_s1_w1.tif: 2 pages of one size and type"],
        ),
        // What the file says.
        (
            &[("P_A01_s1.tif", 4, IMAGE_J)],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1", "A01_s1_w2_z1_t1", "A01_s1_w2_z2_t1"],
            &[],
            &[],
        ),
        (
            &[("P_A01_s1_w1.tif", 4, IMAGE_J)],
            &["A01_s1_w1_z1_t1"],
            &[],
            &["P_A01_s1_w1.tif: 4 pages, which are, as the file says, what"],
        ),
        // Names tell the planes.
        (
            &[("P_A01_w1_z1.tif", 3, b""), ("P_A01_w1_z2.tif", 3, b"")],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1"],
            &[],
            &[
                "P_A01_w1_z1.tif: 3 pages, and the names of files and folders already tell the planes; only the first",
            ],
        ),
        (
            &[("ZStep_1/P_A01_w1.tif", 2, b""), ("ZStep_2/P_A01_w1.tif", 2, b"")],
            &["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1"],
            &[],
            &["ZStep_1/P_A01_w1.tif: 2 pages"],
        ),
    ];
    for (files, images, missing, notes) in table {
        let folder = temporary_folder();
        for (name, pages, description) in *files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, paged(*pages, description)).expect("a file");
        }
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(shown(&plate.images), *images, "{files:?}");
        assert_eq!(
            plate.missing.iter().map(|image| image.key.to_string()).collect::<Vec<_>>(),
            *missing,
            "{files:?}"
        );
        let found = issues(&plate);
        assert_eq!(found.len(), notes.len(), "{found:?}");
        for (found, start) in found.iter().zip(*notes) {
            assert!(found.starts_with(start), "{found} starts with {start}");
        }
        for image in &plate.images {
            let (_, pixels) = image.source.decode_owned().expect("an image");
            assert_eq!(pixels, [u8::try_from(image.source.page()).expect("few"); 16], "{}", image.key());
        }
    }
}
