//! Positions, pixel sizes and names, and the order of fields.

use stepwell::plate::Plate;
use tempfile::TempDir;

use super::{check, data, expected, issues, ome, opened, plate, put, temporary_folder, tiff, values, well};

/// An image of one plane in a page of `a.ome.tif`.
fn image(id: &str, page: u32, pixels: &str, inside: &str) -> String {
    format!(
        "<Image ID=\"{id}\"><Pixels DimensionOrder=\"XYCZT\" SizeX=\"4\" SizeY=\"2\" SizeZ=\"1\" SizeC=\"1\" SizeT=\"1\" {pixels}>\
         <Channel ID=\"C\" {inside}/>{}",
        data(&format!("IFD=\"{page}\""), "")
    )
}

const END: &str = "</Pixels></Image>";

/// The plate of a document, and the folder in which it lies.
fn written(body: &str, pages: u16) -> (Plate, TempDir) {
    let folder = temporary_folder();
    put(folder.path(), "a.ome.tif", tiff(&(0..pages).collect::<Vec<_>>(), &ome("x", body)));
    let found = opened(folder.path());
    check(&found);
    (found, folder)
}

fn positions(plate: &Plate) -> Vec<(String, f64, f64)> {
    let rounded = |um: f64| (um * 1e6).round() / 1e6;
    let of = |well| plate.site_positions.sites_of(well).map(move |(site, at)| (well, site, at));
    let all = plate.site_positions.wells().flat_map(of);
    all.map(|(well, site, at)| (format!("{well}_s{site}"), rounded(at.x_um), rounded(at.y_um))).collect()
}

#[test]
fn a_field_lies_where_its_well_or_its_plane_says() {
    let two = well(0, 0, &[(0, "I0"), (1, "I1")]);
    let at = |attributes: [&str; 2]| {
        let mut attributes = attributes.iter();
        let mut wells = two.clone();
        for index in ["Index=\"0\"", "Index=\"1\""] {
            wells = wells.replace(index, &format!("{index} {}", attributes.next().expect("two")));
        }
        wells
    };
    let plane = |x: &str, y: &str, unit: &str| {
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!("PositionXUnit=\"{unit}\" PositionYUnit=\"{unit}\"")
        };
        format!("<Plane TheZ=\"0\" TheC=\"0\" TheT=\"0\" PositionX=\"{x}\" PositionY=\"{y}\" {unit}/>")
    };
    let body = |wells: &str, planes: [&str; 2]| {
        let images =
            [image("I0", 0, "PhysicalSizeX=\"0.5\"", ""), image("I1", 1, "PhysicalSizeX=\"0.5\"", "")];
        format!("{}{}{}{END}{}{}{END}", plate(wells), images[0], planes[0], images[1], planes[1])
    };
    let unitless = "positions without a unit of length";
    /// The document; where the two sites lie; a part of an issue, or nothing.
    type Case<'a> = (String, &'a [(&'a str, f64, f64)], &'a str);
    let table: &[Case<'_>] = &[
        // In the well: from its centre, y upward.
        (
            body(
                &at([
                    "PositionX=\"-10\" PositionY=\"5\" PositionXUnit=\"µm\" PositionYUnit=\"µm\"",
                    "PositionX=\"0.01\" PositionY=\"5E3\" PositionXUnit=\"mm\" PositionYUnit=\"nm\"",
                ]),
                ["", ""],
            ),
            &[("A01_s1", -10.0, -5.0), ("A01_s2", 10.0, -5.0)],
            "",
        ),
        // On the stage: from the middle of the well's fields.
        (
            body(&two, [&plane("1000", "200", "µm"), &plane("1020", "210", "um")]),
            &[("A01_s1", -10.0, 5.0), ("A01_s2", 10.0, -5.0)],
            "",
        ),
        (
            body(&two, [&plane("0.001", "0", "m"), &plane("0.0012", "0", "m")]),
            &[("A01_s1", -100.0, 0.0), ("A01_s2", 100.0, 0.0)],
            "",
        ),
        (
            body(&two, [&plane("0", "0", "pixel"), &plane("8", "2", "pixel")]),
            &[("A01_s1", -2.0, 0.5), ("A01_s2", 2.0, -0.5)],
            "",
        ),
        (
            body(&two, [&plane("0", "0", "reference frame"), &plane("4", "0", "reference frame")]),
            &[("A01_s1", -2.0, 0.0), ("A01_s2", 2.0, 0.0)],
            unitless,
        ),
        (
            body(&two, [&plane("0", "0", ""), &plane("4", "0", "")]),
            &[("A01_s1", -2.0, 0.0), ("A01_s2", 2.0, 0.0)],
            unitless,
        ),
        // The well's own word counts more.
        (
            body(
                &at([
                    "PositionX=\"1\" PositionY=\"0\" PositionXUnit=\"µm\" PositionYUnit=\"µm\"",
                    "PositionX=\"2\" PositionY=\"0\" PositionXUnit=\"µm\" PositionYUnit=\"µm\"",
                ]),
                [&plane("1000", "200", "µm"), &plane("1020", "210", "µm")],
            ),
            &[("A01_s1", 1.0, 0.0), ("A01_s2", 2.0, 0.0)],
            "",
        ),
        // What is no position is none.
        (body(&two, [&plane("x", "0", "µm"), &plane("NaN", "1", "µm")]), &[], ""),
        (body(&two, [&plane("1e999", "0", "µm"), ""]), &[], ""),
    ];
    for (text, right, issue) in table {
        let (found, _folder) = written(text, 2);
        let right: Vec<_> = right.iter().map(|(site, x, y)| ((*site).to_owned(), *x, *y)).collect();
        assert_eq!(positions(&found), right, "{text}");
        let said = issues(&found);
        assert_eq!(said.len(), usize::from(!issue.is_empty()), "{text}: {said:?}");
        assert!(said.concat().contains(issue), "{said:?}");
    }
}

#[test]
fn a_timepoint_that_was_recorded_elsewhere_lies_there() {
    let planes = [(0, 0.0), (1, 0.4), (2, 50.0)].map(|(time, x)| {
        format!("<Plane TheZ=\"0\" TheC=\"0\" TheT=\"{time}\" PositionX=\"{x}\" PositionY=\"0\" PositionXUnit=\"µm\" PositionYUnit=\"µm\"/>")
    });
    let pixels = format!(
        "<Image ID=\"I0\"><Pixels DimensionOrder=\"XYTCZ\" SizeZ=\"1\" SizeC=\"1\" SizeT=\"3\">{}{}{END}",
        data("IFD=\"0\" PlaneCount=\"3\"", ""),
        planes.concat()
    );
    let (found, _folder) = written(&format!("{}{pixels}", plate(&well(0, 0, &[(0, "I0")]))), 3);
    let at = |index: usize| found.site_positions.of(found.images[index].key()).expect("a position").x_um;
    assert_eq!([at(0), at(1), at(2)], [-25.0, -25.0, 25.0]);
}

#[test]
fn fields_are_numbered_by_their_index_in_their_well() {
    // Indices count over the plate, with gaps, in any order; one well is written twice, one index used twice.
    let wells = [
        well(1, 0, &[(7, "I3"), (4, "I2")]),
        well(0, 0, &[(3, "I1"), (0, "I0")]),
        well(1, 0, &[(7, "I4"), (9, "I5")]),
    ];
    let images: String = (0..6).map(|at| image(&format!("I{at}"), at, "", "") + END).collect();
    let (found, _folder) = written(&format!("{}{images}", plate(&wells.concat())), 6);
    let right = [
        ("A01_s1_w1_z1_t1", 0),
        ("A01_s2_w1_z1_t1", 1),
        ("B01_s1_w1_z1_t1", 2),
        ("B01_s2_w1_z1_t1", 3),
        ("B01_s3_w1_z1_t1", 4),
        ("B01_s4_w1_z1_t1", 5),
    ];
    assert_eq!(values(&found), expected(&right));
    let said = issues(&found);
    assert!(said.len() == 1 && said[0].contains("B01 has several fields of index 7"), "{said:?}");
}

#[test]
fn channels_have_names_and_sizes_in_any_unit() {
    /// Attributes of the pixels and of the channel, and the right size and name.
    type Case<'a> = (&'a str, &'a str, Option<(f64, f64)>, Option<&'a str>);
    let table: &[Case<'_>] = &[
        (
            "PhysicalSizeX=\"0.65\" PhysicalSizeY=\"0.325\"",
            "Name=\"DAPI\" Fluor=\"x\"",
            Some((0.65, 0.325)),
            Some("DAPI"),
        ),
        (
            "PhysicalSizeX=\"650\" PhysicalSizeXUnit=\"nm\"",
            "Fluor=\"Alexa 488\"",
            Some((0.65, 0.65)),
            Some("Alexa 488"),
        ),
        (
            "PhysicalSizeX=\"0.00065\" PhysicalSizeXUnit=\"mm\" PhysicalSizeY=\"6.5E-7\" PhysicalSizeYUnit=\"m\"",
            "EmissionWavelength=\"525.5\" EmissionWavelengthUnit=\"nm\"",
            Some((0.65, 0.65)),
            Some("525.5 nm"),
        ),
        (
            "PhysicalSizeX=\"1\" PhysicalSizeXUnit=\"pixel\"",
            "EmissionWavelength=\"525\"",
            None,
            Some("525 nm"),
        ),
        ("PhysicalSizeX=\"0\" PhysicalSizeY=\"-1\"", "Name=\" \"", None, None),
        ("PhysicalSizeX=\"0,65\" PhysicalSizeXUnit=\"μm\"", "", Some((0.65, 0.65)), None),
    ];
    for (pixels, channel, size, name) in table {
        let text = format!("{}{}{END}", plate(&well(0, 0, &[(0, "I")])), image("I", 0, pixels, channel));
        let (found, _folder) = written(&text, 1);
        let rounded = |um: f64| (um * 1e9).round() / 1e9;
        let found_size = found.pixel_sizes.common().map(|size| (rounded(size.x_um), rounded(size.y_um)));
        assert_eq!(found_size, *size, "{pixels}");
        assert_eq!(found.channel_names.get(&1).map(String::as_str), *name, "{channel}");
        assert!(found.issues.is_empty(), "{:?}", found.issues);
    }
    // Where images differ, that is said.
    let images = [
        image("I0", 0, "PhysicalSizeX=\"0.5\"", "Name=\"DAPI\"") + END,
        image("I1", 1, "PhysicalSizeX=\"0.25\"", "Name=\"FITC\"") + END,
        image("I2", 2, "", "") + END,
    ];
    let wells = well(0, 0, &[(0, "I0"), (1, "I1"), (2, "I2")]);
    let (found, _folder) = written(&format!("{}{}", plate(&wells), images.concat()), 3);
    let said = issues(&found);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("channel 1 is called “DAPI” in some images and “FITC” in others"), "{said:?}");
    assert!(said[1].contains("pixels of channel 1 measure 0.5 µm in some images and 0.25 µm"), "{said:?}");
}

#[test]
fn the_microscope_is_named() {
    let instrument = "<Instrument ID=\"I:0\"><Microscope Model=\"Nikon Ti2\" Manufacturer=\"Nikon\"/>\
        <Objective ID=\"O:0\" NominalMagnification=\"20.0\" LensNA=\"0.75\"/><Objective ID=\"O:1\" Model=\"x\"/></Instrument>";
    let acquisition = "<PlateAcquisition ID=\"A:0\" StartTime=\"2023-02-01T01:02:03Z\"><WellSampleRef ID=\"WellSample:0:0:0\"/></PlateAcquisition>";
    let wells = plate(&[&well(0, 0, &[(0, "I")]), acquisition].concat());
    let (found, _folder) = written(&format!("{wells}{instrument}{}{END}", image("I", 0, "", "")), 1);
    assert_eq!(found.microscope.as_deref(), Some("Nikon Ti2"));
    assert_eq!(found.objective.as_deref(), Some("20×, NA 0.75"));
    assert_eq!(found.acquired.as_deref(), Some("2023-02-01 01:02:03"));
}
