//! Plates whose images are known by their names, each format by the rules of its public descriptions: which image is where,
//! with its own pixels.

use std::collections::BTreeSet;
use std::fs;

use stepwell::plate::{Component, Format, Plate};

use super::support::{cases_dir, plates_dir};
use super::{check, choices, issues, opened, refused, temporary_folder, tree, values, write};

/// A folder of files, of which the nth image has the value n.
struct Case<'a> {
    format: Format,
    files: &'a [&'a str],
    /// Each image with its value.
    images: &'a [&'a str],
    /// Names of the channels.
    channels: &'a [&'a str],
    wells_of_plate: usize,
    /// The folders below by which the same images open.
    inside: &'a [&'a str],
}

#[test]
fn each_image_is_in_its_own_place() {
    let table = [
        Case {
            format: Format::InCell,
            files: &[
                "A - 1(fld 1 wv UV - DAPI).tif",
                "A - 1(fld 1 wv Green - dsRed).tif",
                "H - 12(fld 3 wv UV - DAPI).tif",
            ],
            images: &["A01_s1_w1_z1_t1 1", "A01_s1_w2_z1_t1 0", "H12_s3_w2_z1_t1 2"],
            channels: &["Green - dsRed", "UV - DAPI"],
            wells_of_plate: 96,
            inside: &[],
        },
        Case {
            format: Format::InCell,
            files: &[
                "C - 03(fld 01 wv TL-Brightfield - DAPI z 2 time 1 - 0 ms).tif",
                "C - 03(fld 01 wv TL-Brightfield - DAPI z 10 time 1 - 0 ms).tif",
                "C - 03(fld 01 wv TL-Brightfield - DAPI z 2 time 2 - 4500 ms).tif",
            ],
            images: &["C03_s1_w1_z2_t1 0", "C03_s1_w1_z10_t1 1", "C03_s1_w1_z2_t2 2"],
            channels: &["TL-Brightfield - DAPI"],
            wells_of_plate: 12,
            inside: &[],
        },
        // Two channels of the same filters are distinguished by their number.
        Case {
            format: Format::InCell,
            files: &[
                "B_02_f1_c1_xUV_mDAPI_z1_t1.tif",
                "B_02_f1_c3_xUV_mDAPI_z1_t1.tif",
                "B_02_f1_c2_xBlue_mFITC_z1_t1.tif",
                "B_02_f10_c1_xUV_mDAPI_z1_t1.tif",
            ],
            images: &["B02_s1_w1_z1_t1 0", "B02_s1_w2_z1_t1 2", "B02_s1_w3_z1_t1 1", "B02_s10_w1_z1_t1 3"],
            channels: &["UV - DAPI (w1)", "Blue - FITC", "UV - DAPI (w3)"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::InCarta,
            files: &[
                "timepoint0/P_t0_B07_s0_w0_z0.tif",
                "timepoint0/P_t0_B07_s0_w1_z0.tif",
                "timepoint1/P_t1_B07_s0_w0_z0.tif",
            ],
            images: &["B07_s0_w0_z0_t0 0", "B07_s0_w0_z0_t1 2", "B07_s0_w1_z0_t0 1"],
            channels: &["w0", "w1"],
            wells_of_plate: 48,
            inside: &["timepoint1"],
        },
        // Wells are counted row by row: on a plate of 12 columns, as the names with a well show.
        Case {
            format: Format::ScanR,
            files: &[
                "B1--W00013--P00001--Z00000--T00000--Alexa 488 #2.tif",
                "B1--W00013--P00001--Z00000--T00000--DAPI.tif",
                "B1--W00013--P00002--Z00001--T00010--DAPI.tif",
                "A2--W00002--P00001--Z00000--T00002--DAPI.tif",
            ],
            images: &["A02_s1_w2_z0_t2 3", "B01_s1_w1_z0_t0 0", "B01_s1_w2_z0_t0 1", "B01_s2_w2_z1_t10 2"],
            channels: &["Alexa 488 #2", "DAPI"],
            wells_of_plate: 96,
            inside: &[],
        },
        Case {
            format: Format::LeicaMatrix,
            files: &[
                "slide--S00/chamber--U01--V02/field--X00--Y00/image--L00--S00--U01--V02--J20--E00--O00--X00--Y00--T00--Z01--C00.ome.tif",
                "slide--S00/chamber--U01--V02/field--X00--Y01/image--L00--S00--U01--V02--J20--E00--O00--X00--Y01--T00--Z01--C00.ome.tif",
                "slide--S00/chamber--U01--V02/field--X01--Y00/image--L00--S00--U01--V02--J20--E00--O00--X01--Y00--T00--Z01--C01.ome.tif",
            ],
            images: &["C02_s1_w0_z1_t0 0", "C02_s2_w0_z1_t0 1", "C02_s3_w1_z1_t0 2"],
            channels: &["w0", "w1"],
            wells_of_plate: 12,
            inside: &[
                "slide--S00",
                "slide--S00/chamber--U01--V02",
                "slide--S00/chamber--U01--V02/field--X00--Y01",
            ],
        },
        Case {
            format: Format::Embl,
            files: &[
                "W0021--B9--empty/P000--B9--empty/x--B9--empty--W0021--P000--T0000--Z000--C00.ome.tif",
                "W0021--B9--empty/P001--B9--empty/x--B9--empty--W0021--P001--T0000--Z000--C00.ome.tif",
                "W0002--A2--drug/P000--A2--drug/x--A2--drug--W0002--P000--T0001--Z000--C01.ome.tif",
            ],
            images: &["A02_s0_w1_z0_t1 2", "B09_s0_w0_z0_t0 0", "B09_s1_w0_z0_t0 1"],
            channels: &["w0", "w1"],
            wells_of_plate: 96,
            inside: &["W0021--B9--empty/P001--B9--empty"],
        },
        Case {
            format: Format::Cellomics,
            files: &[
                "AS_09047_050428030001_O01f05d2.tif",
                "AS_09047_050428030001_O01f05d0.tif",
                "AS_09047_050428030001_B13f00d0.DIB.tif",
            ],
            images: &["B13_s0_w0_z1_t1 2", "O01_s5_w0_z1_t1 1", "O01_s5_w2_z1_t1 0"],
            channels: &["w0", "w2"],
            wells_of_plate: 384,
            inside: &[],
        },
        Case {
            format: Format::Vitra,
            files: &["Channel1-01-A-01.tif", "Channel2-01-A-01.tif", "Channel1-96-H-12.tif"],
            images: &["A01_s1_w1_z1_t1 0", "A01_s1_w2_z1_t1 1", "H12_s1_w1_z1_t1 2"],
            channels: &["w1", "w2"],
            wells_of_plate: 96,
            inside: &[],
        },
        Case {
            format: Format::Vitra,
            files: &["Channel 1-01-A-01-00.tif", "Channel 1-01-A-01-01.tif"],
            images: &["A01_s0_w1_z1_t1 0", "A01_s1_w1_z1_t1 1"],
            channels: &["w1"],
            wells_of_plate: 6,
            inside: &[],
        },
        // Times are in order of time, not of their texts, and each light is a channel.
        Case {
            format: Format::Incucyte,
            files: &[
                "VID7_Phase_A2_1_10d00h00m.tif",
                "VID7_Phase_A2_1_00d12h40m.tif",
                "VID7_Green_A2_1_00d12h40m.tif",
                "VID7_Green_A2_1_10d00h00m.tif",
            ],
            images: &["A02_s1_w1_z1_t1 2", "A02_s1_w1_z1_t2 3", "A02_s1_w2_z1_t1 1", "A02_s1_w2_z1_t2 0"],
            channels: &["Green", "Phase"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::Incucyte,
            files: &[
                "2001/31/1800/12/B3-2-C1.tif",
                "2002/01/0600/12/B3-2-C1.tif",
                "2002/01/0600/12/B3-2-P.tif",
            ],
            images: &["B03_s2_w1_z1_t1 0", "B03_s2_w1_z1_t2 1", "B03_s2_w2_z1_t2 2"],
            channels: &["C1", "P"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::Squid,
            files: &[
                "0/C4_0_0_Fluorescence_405_nm_Ex.tiff",
                "0/C4_0_0_BF_LED_matrix_full.tiff",
                "1/C4_0_0_BF_LED_matrix_full.tiff",
                "0/C4_1_2_BF_LED_matrix_full.tiff",
            ],
            images: &["C04_s0_w1_z0_t0 1", "C04_s0_w1_z0_t1 2", "C04_s0_w2_z0_t0 0", "C04_s1_w1_z2_t0 3"],
            channels: &["BF_LED_matrix_full", "Fluorescence_405_nm_Ex"],
            wells_of_plate: 12,
            inside: &[],
        },
        // An image without a label is counted on the plate that the labels of the others are of.
        Case {
            format: Format::Embl,
            files: &[
                "x--B1--e--W0013--P000--T0000--Z000--C00.tif",
                "x--B9--e--W0021--P000--T0000--Z000--C00.tif",
                "x--W0022--P000--T0000--Z000--C00.tif",
            ],
            images: &["B01_s0_w0_z0_t0 0", "B09_s0_w0_z0_t0 1", "B10_s0_w0_z0_t0 2"],
            channels: &["w0"],
            wells_of_plate: 96,
            inside: &[],
        },
        Case {
            format: Format::ScanR,
            files: &[
                "A1--W00001--P00001--Z00000--T00000--GFP.tif",
                "A12--W00012--P00001--Z00000--T00000--GFP.tif",
                "--W00013--P00001--Z00000--T00000--GFP.tif",
                "A1--W00001--P00001--Z00000--T00000--GFP_thumb.tif",
                "A1--W00001--P00001--Z00000--T00000--mask.tif",
            ],
            images: &["A01_s1_w1_z0_t0 0", "A12_s1_w1_z0_t0 1", "B01_s1_w1_z0_t0 2"],
            channels: &["GFP"],
            wells_of_plate: 96,
            inside: &[],
        },
        // A channel without planes of its own has one, and two spellings are one plate.
        Case {
            format: Format::InCell,
            files: &[
                "A - 1(fld 1 wv UV - DAPI z 1).tif",
                "A - 1(fld 1 wv UV - DAPI z 2).tif",
                "A - 1(fld 1 wv TL - Brightfield).tif",
            ],
            images: &["A01_s1_w1_z1_t1 2", "A01_s1_w2_z1_t1 0", "A01_s1_w2_z2_t1 1"],
            channels: &["TL - Brightfield", "UV - DAPI"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::Cellomics,
            files: &["a01_f.png", "P_a01f00d0.tif", "P_A02f00d1.tif", "P_A02f00d99999999999.tif"],
            images: &["A01_s0_w0_z1_t1 1", "A02_s0_w1_z1_t1 2"],
            channels: &["w0", "w1"],
            wells_of_plate: 6,
            inside: &[],
        },
        // Numbers that no microscope reaches cost their file alone.
        Case {
            format: Format::InCell,
            files: &["A_01_f1_c1.tif", "A_01_f7_c1.tif", "A_01_f99999999999999999999_c1.tif"],
            images: &["A01_s1_w1_z1_t1 0", "A01_s7_w1_z1_t1 1"],
            channels: &["w1"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::Incucyte,
            files: &["Phase_A2_1_00d00h00m.tif", "Green_A2_1_00d00h00m.tif"],
            images: &["A02_s1_w1_z1_t1 1", "A02_s1_w2_z1_t1 0"],
            channels: &["Green", "Phase"],
            wells_of_plate: 6,
            inside: &[],
        },
        Case {
            format: Format::InCarta,
            files: &["t1_d04_s1_w1_z1.tif", "t1_D04_s1_w1_z2.tif"],
            images: &["D04_s1_w1_z1_t1 0", "D04_s1_w1_z2_t1 1"],
            channels: &["w1"],
            wells_of_plate: 24,
            inside: &[],
        },
    ];
    for case in table {
        case.verify();
    }
}

/// Folders of files, the name of what each opens as, and how many images that has.
#[test]
fn plates_beside_each_other_are_a_choice() {
    type Choices<'a> = (&'a [&'a str], &'a [(&'a str, usize)]);
    let leica = |slide: u32, job: u32, x: u32| {
        format!(
            "slide--S{slide:02}/chamber--U00--V00/field--X{x:02}--Y00/image--L00--S{slide:02}--U00--V00--J{job:02}--E00--O00--X{x:02}--Y00--T00--Z00--C00.tif"
        )
    };
    let leica = [leica(0, 8, 0), leica(0, 20, 0), leica(0, 20, 1)];
    let leica: Vec<&str> = leica.iter().map(String::as_str).collect();
    let table: &[Choices<'_>] = &[
        (
            &[
                "1/0/A1_0_0_BF_LED_matrix_full.tiff",
                "2/0/A1_0_0_BF_LED_matrix_full.tiff",
                "2/0/A1_1_0_BF_LED_matrix_full.tiff",
            ],
            &[("1", 1), ("2", 2)],
        ),
        (
            &["2001/31/1800/12/A1-1-C1.tif", "2001/31/1800/13/A1-1-C1.tif", "2002/01/1800/13/A1-1-C1.tif"],
            &[("12", 1), ("13", 2)],
        ),
        (&["1/P_Phase_A2_1_00d00h00m.tif", "2/P_Phase_A2_1_00d00h00m.tif"], &[("1", 1), ("2", 1)]),
        (
            &["P001/x--W0001--P000--T0000--Z000--C00.tif", "P002/x--W0001--P000--T0000--Z000--C00.tif"],
            &[("P001", 1), ("P002", 1)],
        ),
        (&["AS_A01f00d0.tif", "AS_A01f01d0.tif", "AS_A01f00o0.tif"], &[("AS d", 2), ("AS o", 1)]),
        (&leica, &[("S00 J08", 1), ("S00 J20", 2)]),
    ];
    for (files, expected) in table {
        let folder = temporary_folder();
        for (value, file) in (0..).zip(*files) {
            write(&folder.path().join(file), value);
        }
        let found = choices(folder.path());
        let found: Vec<_> =
            found.iter().map(|choice| (choice.name.as_str(), opened(&choice.path).images.len())).collect();
        assert_eq!(found.len(), expected.len(), "{files:?}: {found:?}");
        for ((name, images), (end, count)) in found.iter().zip(*expected) {
            assert!(name.ends_with(end), "{name} ends with {end}");
            assert_eq!(images, count, "{name}");
        }
    }
}

#[test]
fn names_that_are_others_stay_theirs() {
    // Neither a scan's folders nor a field: these are anybody's names.
    for file in ["A1-1-C1.tif", "exp_A01d1.tif", "A001-1-C1.tif"] {
        let folder = temporary_folder();
        write(&folder.path().join(file), 1);
        assert!(refused(folder.path()).may_be_named(), "{file}");
    }
    // Names of a format in places that no plate has: the files are there, and that is not denied.
    for file in ["Channel1-01-ZZ-99.tif", "image--L00--S00--U999--V999--J1--X0--Y0--T0--Z0--C0.tif"] {
        let folder = temporary_folder();
        write(&folder.path().join(file), 1);
        let why = refused(folder.path()).to_string();
        assert!(why.contains(file) && why.contains("is not an image of a plate"), "{why}");
    }
    // A plate in a folder that is called as parts of another format are.
    for name in ["P001", "W0001", "data", "0", "2001"] {
        let folder = temporary_folder();
        write(&folder.path().join("x_A01_s1_w1.tif"), 1);
        for site in 1..=21 {
            write(&folder.path().join(format!("{name}/y_B02_s{site}_w1.tif")), 2);
        }
        let plate = opened(&folder.path().join(name));
        assert_eq!((plate.format, plate.images.len()), (Format::ImageXpress, 21), "{name}");
    }
    // A record that was left behind stands for nothing.
    let folder = temporary_folder();
    fs::write(folder.path().join("old.xdce"), "junk").expect("writable");
    for site in 1..=3 {
        write(&folder.path().join(format!("y_B02_s{site}_w1.tif")), 2);
    }
    let plate = opened(folder.path());
    assert_eq!((plate.format, plate.images.len()), (Format::ImageXpress, 3));
}

#[test]
fn a_folder_for_each_field_is_read_whole() {
    let names = (0..2500).map(|at| {
        let (u, x) = (at / 25, at % 25);
        format!(
            "slide--S00/chamber--U{u:02}--V00/field--X{x:02}--Y00/image--L00--S00--U{u:02}--V00--J08--E00--O00--X{x:02}--Y00--T00--Z00--C00.tif"
        )
    });
    // Twelve columns of wells to a row.
    let names: Vec<String> = names
        .map(|name| {
            let u: u32 = name[name.find("--U").expect("a column") + 3..][..2].parse().expect("a number");
            name.replace(&format!("--U{u:02}--V00"), &format!("--U{:02}--V{:02}", u % 12, u / 12))
        })
        .collect();
    let folder = super::empty_files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let plate = opened(folder.path());
    assert_eq!((plate.images.len(), plate.missing_count(), plate.wells().len()), (2500, 0, 100));
}

impl Case<'_> {
    fn verify(&self) {
        let folder = temporary_folder();
        for (value, file) in (0..).zip(self.files) {
            write(&folder.path().join(file), value);
        }
        let plate = opened(folder.path());
        check(&plate);
        let what = self.files[0];
        assert_eq!(plate.format, self.format, "{what}");
        let found: BTreeSet<String> = values(&plate).into_iter().collect();
        assert_eq!(found, self.images.iter().map(|image| (*image).to_owned()).collect(), "{what}");
        assert_eq!(channels(&plate), self.channels, "{what}");
        assert_eq!(plate.shape.wells(), self.wells_of_plate, "{what}");
        // The same by a folder or a file in it.
        for inside in self.inside {
            let again = opened(&folder.path().join(inside));
            assert_eq!((&again.root, &again.images), (&plate.root, &plate.images), "{what} by {inside}");
        }
        let by_file = opened(&folder.path().join(what));
        assert_eq!(by_file.format, self.format, "{what}");
    }
}

fn channels(plate: &Plate) -> Vec<String> {
    plate
        .values(Component::Channel)
        .iter()
        .map(|channel| plate.value_name(Component::Channel, *channel))
        .collect()
}

/// Well, site, x and y in whole micrometres.
fn positions(plate: &Plate) -> Vec<(String, u32, f64, f64)> {
    let all = plate.images.iter().filter_map(|image| {
        let at = plate.site_positions.of(image.key())?;
        Some((image.key().well.to_string(), image.key().site?, at.x_um.round(), at.y_um.round()))
    });
    let mut all: Vec<_> = all.collect();
    all.dedup();
    all
}

fn side_um(plate: &Plate) -> Option<f64> {
    plate.pixel_sizes.common().and_then(stepwell::plate::PixelSize::side_um)
}

#[test]
fn the_cases_of_names() {
    let Some(cases) = cases_dir() else { return };
    /// Folder, format, images, wells, sites, channels, planes, timepoints.
    type Counts<'a> = (&'a str, Format, usize, &'a [&'a str], &'a [u32], &'a [u32], &'a [u32], &'a [u32]);
    let table: &[Counts<'_>] = &[
        ("F3-incell-names/new", Format::InCell, 6, &["A01"], &[1, 2], &[1, 2], &[1, 2], &[1]),
        ("F3-incell-names", Format::InCell, 6, &["A01"], &[1, 2], &[1, 2], &[1, 2], &[1]),
        ("F4-incell-sparse-fields", Format::InCell, 3, &["A01", "A02", "A03"], &[1, 2, 3], &[1], &[1], &[1]),
        ("F8-incucyte-incarta/incucyte", Format::Incucyte, 3, &["A02"], &[1], &[1], &[1], &[1, 2, 3]),
        ("F8-incucyte-incarta/incarta", Format::InCarta, 6, &["D04"], &[1], &[1], &[1, 2, 3], &[1, 2]),
    ];
    for (folder, format, images, wells, sites, channels, planes, timepoints) in table {
        let plate = opened(&cases.join(folder));
        check(&plate);
        assert_eq!(
            (plate.format, plate.images.len(), plate.missing_count()),
            (*format, *images, 0),
            "{folder}"
        );
        let found: Vec<_> = plate.wells().iter().map(ToString::to_string).collect();
        assert_eq!(found, *wells, "{folder}");
        let expected = [sites, channels, planes, timepoints];
        let components = [Component::Site, Component::Channel, Component::Z, Component::Timepoint];
        for (component, expected) in components.into_iter().zip(expected) {
            let found: Vec<u32> = plate.values(component).into_iter().collect();
            assert_eq!(found, **expected, "{component} of {folder}");
        }
    }
    assert_eq!(choices(&cases.join("F8-incucyte-incarta")).len(), 2);
    let sparse = opened(&cases.join("F4-incell-sparse-fields"));
    assert_eq!((side_um(&sparse), sparse.shape.wells()), (Some(0.65), 96));
    assert_eq!(issues(&sparse), [] as [&str; 0]);
    let refusal = refused(&cases.join("F10-harmony-archive")).to_string();
    assert!(refusal.contains("a Harmony archive") && refusal.contains("export the measurement"), "{refusal}");
}

#[test]
fn the_real_set_of_scanr() {
    let Some(plates) = plates_dir() else { return };
    let plate = opened(&plates.join("scanr"));
    check(&plate);
    assert_eq!((plate.format, plate.images.len(), plate.missing_count()), (Format::ScanR, 8, 0));
    let wells: Vec<_> = plate.wells().iter().map(ToString::to_string).collect();
    assert_eq!(
        (wells.as_slice(), plate.shape.wells()),
        (&["A01", "A02", "B01", "B02"].map(str::to_owned)[..], 96)
    );
    assert_eq!(channels(&plate), ["GFP", "mcherry"]);
    for image in &plate.images {
        let name = image.source.file_name().to_owned();
        let light = if image.key().channel == Some(1) { "GFP" } else { "mcherry" };
        let label =
            format!("{}{}", char::from(b'A' + image.key().well.row as u8), image.key().well.column + 1);
        assert!(
            name.starts_with(&format!("{label}--W")) && name.contains(light),
            "{name} is {}",
            image.key()
        );
    }
}

#[test]
fn a_record_of_an_in_cell_is_what_was_recorded() {
    let image = |file: &str, row: u32, column: u32, indexes: [u32; 4], offset: &str| {
        let [field, wave, z, time] = indexes;
        format!(
            "<Image filename=\"{file}\"><Well label=\"x\"><Row number=\"{row}\"/><Column number=\"{column}\"/></Well>\
             <Identifier field_index=\"{field}\" wave_index=\"{wave}\" z_index=\"{z}\" \
             time_index=\"{time}\"/>{offset}</Image>"
        )
    };
    let images = [
        image(
            "A - 1(fld 1 wv UV - DAPI).tif",
            1,
            1,
            [0, 1, 0, 0],
            "<OffsetFromWellCenter x=\"-300\" y=\"200\"/>",
        ),
        image(
            "A - 1(fld 2 wv UV - DAPI).tif",
            1,
            1,
            [1, 1, 0, 0],
            "<OffsetFromWellCenter x=\"300\" y=\"200\"/>",
        ),
        image("A - 1(fld 1 wv Blue - FITC).tif", 1, 1, [0, 0, 0, 0], ""),
        image("C - 5(fld 2 wv UV - DAPI).tif", 3, 5, [1, 1, 0, 0], ""),
    ];
    let record = format!(
        "<?xml version=\"1.0\"?><ImageStack PlateID=\"P9\"><AutoLeadAcquisitionProtocol><Plate rows=\"16\" \
         columns=\"24\"/>\
         <Wavelengths><Wavelength index=\"0\"><ExcitationFilter name=\"Blue\"/><EmissionFilter \
         name=\"FITC\"/></Wavelength>\
         <Wavelength index=\"1\"><ExcitationFilter name=\"UV\"/><EmissionFilter \
         name=\"DAPI\"/></Wavelength></Wavelengths>\
         </AutoLeadAcquisitionProtocol><Images number=\"4\">{}</Images></ImageStack>",
        images.concat()
    );
    let folder = temporary_folder();
    fs::write(folder.path().join("p.xdce"), record).expect("writable");
    for (value, file) in (0..).zip([
        "A - 1(fld 1 wv UV - DAPI).tif",
        "A - 1(fld 2 wv UV - DAPI).tif",
        "A - 1(fld 1 wv Blue - FITC).tif",
        "H - 9(fld 1 wv UV - DAPI).tif",
    ]) {
        write(&folder.path().join(file), value);
    }
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(values(&plate), ["A01_s1_w1_z1_t1 2", "A01_s1_w2_z1_t1 0", "A01_s2_w2_z1_t1 1"]);
    assert_eq!(
        (plate.name.as_str(), plate.shape.wells(), channels(&plate)),
        ("P9", 384, vec!["Blue - FITC".to_owned(), "UV - DAPI".to_owned()])
    );
    // y is drawn downward.
    assert_eq!(
        positions(&plate),
        [("A01".to_owned(), 1, -300.0, -200.0), ("A01".to_owned(), 2, 300.0, -200.0)]
    );
    let missing: Vec<_> = plate.missing.iter().map(|missing| format!("{} {missing}", missing.key)).collect();
    assert_eq!(
        missing,
        ["C05_s2_w2_z1_t1 the record names a file that is not there: “C - 5(fld 2 wv UV - DAPI).tif”"]
    );
    assert_eq!(
        issues(&plate),
        ["H - 9(fld 1 wv UV - DAPI).tif: skipped: the record does not name this image"]
    );
}

/// A record of some fields of the well A01.
fn record_of(plate: &str, files: &[(&str, u32)]) -> String {
    let images: String = files
        .iter()
        .map(|(file, field)| {
            format!(
                "<Image filename=\"{file}\"><Well><Row number=\"1\"/><Column number=\"1\"/></Well>\
                 <Identifier field_index=\"{field}\" wave_index=\"4\" z_index=\"0\" time_index=\"0\"/></Image>"
            )
        })
        .collect();
    format!(
        "<ImageStack PlateID=\"{plate}\"><P><Wavelength index=\"4\"><ExcitationFilter \
         name=\"UV\"/><EmissionFilter name=\"DAPI\"/>\
         </Wavelength></P><Images>{images}</Images></ImageStack>"
    )
}

#[test]
fn a_cut_record_and_two_records() {
    let file = |field: u32| format!("A - 1(fld {field} wv UV - DAPI).tif");
    let (one, two, three) = (file(1), file(2), file(3));
    let folder = temporary_folder();
    for (value, file) in (1..).zip([&one, &two, &three]) {
        write(&folder.path().join(file), value);
    }
    let whole = record_of("P1", &[(&one, 0), (&two, 1), (&three, 2)]);
    fs::write(folder.path().join("p1.xdce"), &whole[..whole.find("fld 3").expect("the third") - 30])
        .expect("writable");
    let plate = opened(folder.path());
    assert_eq!(values(&plate), ["A01_s1_w5_z1_t1 1", "A01_s2_w5_z1_t1 2", "A01_s3_w5_z1_t1 3"]);
    assert_eq!(issues(&plate).len(), 3, "{:?}", issues(&plate));

    fs::write(folder.path().join("p1.xdce"), record_of("P1", &[(&one, 0), (&two, 1)])).expect("writable");
    fs::write(folder.path().join("p2.xdce"), record_of("P2", &[(&three, 2)])).expect("writable");
    assert_eq!(choices(folder.path()).len(), 2);
    for (record, name, images) in [("p1.xdce", "P1", 2), ("p2.xdce", "P2", 1)] {
        let plate = opened(&folder.path().join(record));
        assert_eq!((plate.name.as_str(), plate.images.len()), (name, images));
    }
}

#[test]
fn a_description_of_in_carta_says_names_sizes_and_places() {
    let description = r#"{"ImageStack": {"PlateId": "P3", "ImageMetadataFiles": ["image_metadata_1.csv"], "AutoLeadAcquisitionProtocol": {
        "ObjectiveCalibration": {"PixelWidth": 0.5, "PixelHeight": 0.5, "Unit": "um"}, "Plate": {"Rows": 8, "Columns": 12},
        "Wavelengths": [{"Index": 0, "EmissionFilter": {"Name": "DAPI"}}, {"Index": 1, "EmissionFilter": {"Name": "FITC"}}]}}}"#;
    let table = "Well,Row,Column,Field,Wavelength,Timepoint,ZIndex,ImageSubFolderPath,ImageFileName,PositionXUm,PositionYUm\n\
        B - 7,2,7,0,0,0,0,timepoint0,x_t0_B07_s0_w0_z0.tif,1000,500\nB - \
        7,2,7,1,0,0,0,timepoint0,x_t0_B07_s1_w0_z0.tif,1100,500\n\
        B - 7,2,7,1,1,0,0,timepoint0,x_t0_B07_s1_w1_z0.tif,1100,500\n";
    let folder = temporary_folder();
    fs::write(folder.path().join("a.jdce"), format!("\u{1}{description}")).expect("writable");
    fs::write(folder.path().join("image_metadata_1.csv"), table).expect("writable");
    write(&folder.path().join("timepoint0/x_t0_B07_s0_w0_z0.tif"), 7);
    write(&folder.path().join("timepoint0/x_t0_B07_s1_w0_z0.tif"), 8);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(values(&plate), ["B07_s0_w0_z0_t0 7", "B07_s1_w0_z0_t0 8"]);
    assert_eq!((plate.name.as_str(), plate.shape.wells(), side_um(&plate)), ("P3", 96, Some(0.5)));
    assert_eq!(channels(&plate), ["DAPI"]);
    assert_eq!(positions(&plate), [("B07".to_owned(), 0, -50.0, 0.0), ("B07".to_owned(), 1, 50.0, 0.0)]);
    let missing: Vec<_> = plate.missing.iter().map(|missing| format!("{} {missing}", missing.key)).collect();
    assert_eq!(
        missing,
        ["B07_s1_w1_z0_t0 the record names a file that is not there: “timepoint0/x_t0_B07_s1_w1_z0.tif”"]
    );
    assert_eq!(opened(&folder.path().join("timepoint0")).root, plate.root);
    // What cannot be read is told, and what should be there is then taken from names.
    fs::write(
        folder.path().join("image_metadata_1.csv"),
        b"ImageFileName,Note\nx_t0_B07_s0_w0_z0.tif,\xb5\n",
    )
    .expect("writable");
    assert_eq!(opened(folder.path()).images.len(), 2);
    fs::remove_file(folder.path().join("image_metadata_1.csv")).expect("there");
    let told = issues(&opened(folder.path()));
    assert!(
        told.iter()
            .any(|issue| issue.contains("the table “image_metadata_1.csv” that it names is not there")),
        "{told:?}"
    );
    fs::write(folder.path().join("a.jdce"), "{\"ImageStack\": ").expect("writable");
    let told = issues(&opened(folder.path()));
    assert!(
        told.iter().any(|issue| issue.starts_with("a.jdce: this description cannot be read")),
        "{told:?}"
    );
}

#[test]
fn what_lies_beside_squid_and_scanr_is_read() {
    let folder = temporary_folder();
    for (value, field) in (0..).zip(["0", "1"]) {
        write(&folder.path().join(format!("0/C4_{field}_0_BF_LED_matrix_full.tiff")), value);
    }
    let parameters = r#"{"sensor_pixel_size_um": 3.76, "tube_lens_mm": 180, "objective": {"magnification": 20.0, "tube_lens_f_mm": 180}}"#;
    fs::write(folder.path().join("acquisition parameters.json"), parameters).expect("writable");
    // The plan, which says no field.
    fs::write(folder.path().join("coordinates.csv"), "region,x (mm),y (mm),z (mm)\nC4,10,20,1\n")
        .expect("writable");
    let table = "region,fov,z_level,x (mm),y (mm),z \
                 (um),time\nC4,0,0,10.0,20.0,1,t\nC4,1,0,10.5,20.0,1,t\nmanual0,0,0,x,,,\n";
    fs::write(folder.path().join("0/coordinates.csv"), table).expect("writable");
    let plate = opened(folder.path());
    assert_eq!(side_um(&plate).map(|um| (um * 1000.0).round()), Some(188.0));
    assert_eq!(positions(&plate), [("C04".to_owned(), 0, -250.0, 0.0), ("C04".to_owned(), 1, 250.0, 0.0)]);

    let folder = temporary_folder();
    write(&folder.path().join("data/--W00030--P00001--Z00000--T00000--DAPI.tif"), 1);
    let description = "<LVData><Cluster><Name>x</Name><String><Name>plate name</Name><Val>Screen</Val></String>\
        <U8><Name>Rows</Name><Val>16</Val></U8><U8><Name>Columns</Name><Val>24</Val></U8>\
        <DBL><Name>conversion factor um/pixel</Name><Val>0.32</Val></DBL></Cluster></LVData>";
    fs::write(folder.path().join("experiment_descriptor.xml"), description).expect("writable");
    for place in [folder.path().to_owned(), folder.path().join("data")] {
        let plate = opened(&place);
        check(&plate);
        assert_eq!(values(&plate), ["B06_s1_w1_z0_t0 1"]);
        assert_eq!((plate.name.as_str(), plate.shape.wells(), side_um(&plate)), ("Screen", 384, Some(0.32)));
    }
}

#[test]
fn what_cannot_be_read_is_named_with_what_to_do() {
    let table: &[(&[&str], &[&str])] = &[
        (&["AS_09047_O01f00d2.C01", "AS_09047_O01f00d0.C01"], &["Cellomics", "export the images as TIFF"]),
        (&["experiment.czi"], &["Zeiss ZEN (.czi)", "export its images as TIFF"]),
        (&["experiment.lif"], &["Leica LAS X (.lif)", "export its images as TIFF"]),
        (&["experiment.nd2"], &["Nikon NIS-Elements (.nd2)", "export its images as TIFF"]),
        (&["plate.zip"], &["a ZIP archive", "open the unpacked folder"]),
        (
            &["p_A01_s1_w1_thumb.tif", "p_A01_s2_w1_thumb.tif"],
            &["thumbnails", "open the folder of the original images"],
        ),
    ];
    for (files, expected) in table {
        let folder = tree(&files.iter().map(|file| (*file, "")).collect::<Vec<_>>());
        let why = refused(folder.path()).to_string();
        for part in *expected {
            assert!(why.contains(part), "{part} of {files:?}: {why}");
        }
    }
}

/// A TIFF of some pages of 2 by 2 pixels of one value each, described as an Opera does.
fn write_flex(path: &std::path::Path, values: &[u8], xml: &str) {
    let pages = values.len() as u64;
    let mut bytes = b"II*\0".to_vec();
    bytes.extend(8_u32.to_le_bytes());
    let text_at = 8 + pages * PAGE_BYTES;
    for (page, value) in (0..).zip(values) {
        let at = 8 + page * PAGE_BYTES;
        let pixels_at = at + PAGE_BYTES - 4;
        let next = if page + 1 == pages { 0 } else { at + PAGE_BYTES };
        let entries: [(u16, u16, u64, u64); 8] = [
            (256, 3, 1, 2),
            (257, 3, 1, 2),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, pixels_at),
            (279, 4, 1, 4),
            (65200, 2, xml.len() as u64, text_at),
        ];
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend((count as u32).to_le_bytes());
            bytes.extend((value as u32).to_le_bytes());
        }
        bytes.extend((next as u32).to_le_bytes());
        bytes.extend([*value; 4]);
    }
    bytes.extend(xml.as_bytes());
    fs::write(path, bytes).expect("writable");
}

/// Of a directory of eight entries and its pixels.
const PAGE_BYTES: u64 = 2 + 8 * 12 + 4 + 4;

#[test]
fn the_pages_of_flex_files_are_images() {
    let image = |page: u32, field: u32, x: &str| {
        format!(
            "<Image BufferNo=\"{page}\"><Sublayout>{field}</Sublayout><Stack>1</Stack><PositionX>{x}</PositionX>\
             <PositionY>0</PositionY><ImageResolutionX>3.2E-7</ImageResolutionX><ImageResolutionY>3.2E-7</ImageResolutionY></Image>"
        )
    };
    let images =
        [image(0, 1, "0.001"), image(1, 1, "0.001"), image(2, 2, "0.0012"), image(3, 2, "0.0012")].concat();
    let arrays: String =
        ["Exp1Cam1", "Exp2Cam2"].repeat(2).iter().map(|name| format!("<Array Name=\"{name}\"/>")).collect();
    let xml = |well: &str| {
        format!(
            "<Root><Plate><PlateName>Opera \
             1</PlateName><XSize>24</XSize><YSize>16</YSize></Plate>{well}<Images>{images}</Images>\
             <Arrays>{arrays}</Arrays></Root>"
        )
    };
    let folder = temporary_folder();
    let at = |name: &str| folder.path().join(name);
    write_flex(&at("002003000.flex"), &[1, 2, 3, 4], &xml("<WellCoordinate Row=\"2\" Col=\"3\"/>"));
    write_flex(&at("016024000.flex"), &[5, 6, 7, 8], &xml(""));
    fs::write(at("001001000.flex"), "no TIFF").expect("writable");
    fs::write(at("p.mea"), "").expect("writable");
    let plate = opened(folder.path());
    assert_eq!((plate.format, plate.name.as_str(), plate.shape.wells()), (Format::Flex, "Opera 1", 384));
    let expected = [
        "B03_s1_w1_z1_t1 1",
        "B03_s1_w2_z1_t1 2",
        "B03_s2_w1_z1_t1 3",
        "B03_s2_w2_z1_t1 4",
        "P24_s1_w1_z1_t1 5",
        "P24_s1_w2_z1_t1 6",
        "P24_s2_w1_z1_t1 7",
        "P24_s2_w2_z1_t1 8",
    ];
    assert_eq!(values(&plate), expected);
    assert_eq!(
        (channels(&plate), side_um(&plate)),
        (vec!["Exp1Cam1".to_owned(), "Exp2Cam2".to_owned()], Some(0.32))
    );
    let places = [("B03".to_owned(), 1, -100.0, 0.0), ("B03".to_owned(), 2, 100.0, 0.0)];
    assert_eq!(positions(&plate)[..2], places);
    assert_eq!((plate.missing_count(), issues(&plate).len()), (0, 1));
    assert!(issues(&plate)[0].starts_with("001001000.flex: "), "{:?}", issues(&plate));
    assert_eq!(opened(&at("016024000.flex")).images, plate.images);
    // A file for each field.
    let fields = temporary_folder();
    for field in [1, 2] {
        write_flex(
            &fields.path().join(format!("00100100{field}.flex")),
            &[field, field, field, field],
            &xml(""),
        );
    }
    let plate = opened(fields.path());
    let found: Vec<_> = values(&plate);
    assert!(
        found.contains(&"A01_s1_w1_z1_t1 1".to_owned()) && found.contains(&"A01_s2_w1_z1_t1 2".to_owned()),
        "{found:?}"
    );
    // Without any description these are TIFFs of no plate that is known.
    let other = temporary_folder();
    fs::write(other.path().join("001001000.flex"), "no TIFF").expect("writable");
    assert!(refused(other.path()).to_string().contains("none of its images"), "{}", refused(other.path()));
}
