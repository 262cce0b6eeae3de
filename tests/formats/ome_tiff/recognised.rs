//! What is a plate of OME-TIFF, whose a file is where several formats could have it, and what is refused.

use std::path::Path;

use stepwell::plate::{Format, OpenError};

use super::{data, expected, image, issues, ome, only, plate, put, temporary_folder, tiff, values, well};
use crate::{check, choices, opened, refused, shown};

/// A document of one well with one image in a file.
fn of_one(column: u32, file: &str) -> String {
    let wells = plate(&well(0, column, &[(0, "I")]));
    ome("set", &format!("{wells}{}", image("I", "XYCZT", [1, 1, 1], &data("IFD=\"0\"", file))))
}

/// An image and no plate.
fn of_none(file: &str) -> String {
    ome("x", &image("I", "XYCZT", [1, 1, 1], &data("IFD=\"0\"", file)))
}

#[test]
fn what_names_no_plate_is_refused_in_these_words() {
    let no_plate = "OME-TIFF, but it names no plate: its OME-XML has no Plate element";
    /// The files, each with its text (a TIFF's description), and a part of the sentence.
    type Case<'a> = (&'a [(&'a str, String)], &'a str);
    let table: &[Case<'_>] = &[
        (&[("p.companion.ome", of_none("a.ome.tif")), ("a.ome.tif", only("a"))], no_plate),
        (&[("a.tif", of_none("a.tif"))], no_plate),
        (&[("a.ome.tif", of_none(""))], no_plate),
        (&[("metadata.ome.xml", of_none("a.tif")), ("a.tif", String::new())], no_plate),
        (
            &[("a.tif", only("a"))],
            "OME-TIFF, but the companion file (.companion.ome) that its images refer to is not there",
        ),
        (&[("a.ome.tif", String::new())], "but no OME-XML that names a plate was found in it"),
        (&[("a.tif", "ImageJ=1.53".into())], "but these images have no well in their names"),
    ];
    for (files, part) in table {
        let folder = temporary_folder();
        for (name, text) in *files {
            let bytes = if name.ends_with(".tif") { tiff(&[1], text) } else { text.clone().into_bytes() };
            put(folder.path(), name, bytes);
        }
        for path in [folder.path().to_owned(), folder.path().join(files[0].0)] {
            let error = refused(&path);
            assert!(matches!(error, OpenError::NotAPlate(_)), "{files:?}: {error}");
            assert!(error.to_string().contains(part), "{part} in {error}");
        }
    }
    // None of its files is there.
    let folder = temporary_folder();
    put(folder.path(), "p.companion.ome", of_one(0, "a.ome.tif"));
    let error = refused(folder.path()).to_string();
    assert!(error.contains("none of its images is there"), "{error}");
}

#[test]
fn a_file_is_its_formats_and_a_companion_is_surer_than_names() {
    let set = |folder: &Path, name: &str| {
        put(
            folder,
            "P.HTD",
            "\"HTSInfoFile\", Version 1.0\r\n\"XWells\", 3\r\n\"YWells\", 2\r\n\"EndFile\"\r\n",
        );
        put(folder, &format!("TimePoint_1/{name}"), tiff(&[4], &only("a")));
    };
    // The names are ImageXpress's, the companion says what they are.
    let folder = temporary_folder();
    set(folder.path(), "P_A01_s1_w1.TIF");
    put(folder.path(), "P.companion.ome", of_one(4, "TimePoint_1/P_A01_s1_w1.TIF"));
    for path in ["", "TimePoint_1", "P.HTD", "P.companion.ome", "TimePoint_1/P_A01_s1_w1.TIF"] {
        let found = opened(&folder.path().join(path));
        check(&found);
        assert_eq!(
            (found.format, values(&found)),
            (Format::OmeTiff, expected(&[("A05_s1_w1_z1_t1", 4)])),
            "{path}"
        );
    }
    // A companion whose files are not there says nothing of these, nor does OME-XML inside of files with such names.
    for document in [of_one(4, "b.tif"), of_none("P_A01_s1_w1.TIF")] {
        let folder = temporary_folder();
        set(folder.path(), "P_A01_s1_w1.TIF");
        put(folder.path(), "P.companion.ome", document);
        let found = opened(folder.path());
        assert_eq!(
            (found.format, values(&found)),
            (Format::ImageXpress, expected(&[("A01_s1_w1_z1_t1", 4)]))
        );
    }
    let folder = temporary_folder();
    put(folder.path(), "P_A01_s1_w1.tif", tiff(&[4], &of_one(4, "")));
    assert_eq!(opened(folder.path()).format, Format::ImageXpress);
    // Names that merely end as a well does are no format's.
    let folder = temporary_folder();
    put(folder.path(), "P_A01.tif", tiff(&[4], &of_one(4, "")));
    let found = opened(folder.path());
    assert_eq!((found.format, shown(&found.images)), (Format::OmeTiff, vec!["A05_s1_w1_z1_t1".to_owned()]));
}

#[test]
fn each_of_several_plates_in_a_folder_opens_by_its_file() {
    let folder = temporary_folder();
    for (name, column) in [("a.ome.tif", 0), ("b.ome.tif", 1), ("c.tif", 2)] {
        put(folder.path(), name, tiff(&[column as u16], &of_one(column, "").replace("set", name)));
    }
    let offered = choices(folder.path());
    assert_eq!(offered.len(), 3);
    for (candidate, (file, key)) in
        offered.iter().zip([("a.ome.tif", "A01"), ("b.ome.tif", "A02"), ("c.tif", "A03")])
    {
        assert_eq!(candidate.path.file_name().and_then(|name| name.to_str()), Some(file));
        let found = opened(&candidate.path);
        assert_eq!(shown(&found.images), [format!("{key}_s1_w1_z1_t1")]);
        assert_eq!(found.opened_by, candidate.path);
        assert_eq!(found.ignored, 2);
    }
    // Companions of two plates.
    let folder = temporary_folder();
    for (name, column) in [("a", 0), ("b", 1)] {
        put(folder.path(), &format!("{name}.companion.ome"), of_one(column, &format!("{name}.ome.tif")));
        put(folder.path(), &format!("{name}.ome.tif"), tiff(&[1], &only(name)));
    }
    assert_eq!(choices(folder.path()).len(), 2);
    assert_eq!(shown(&opened(&folder.path().join("b.companion.ome")).images), ["A02_s1_w1_z1_t1"]);
    // Plates beside each other in folders.
    let folder = temporary_folder();
    for (name, column) in [("a", 0), ("b", 1)] {
        put(folder.path(), &format!("{name}/p.companion.ome"), of_one(column, "x.ome.tif"));
        put(folder.path(), &format!("{name}/x.ome.tif"), tiff(&[1], &only(name)));
    }
    assert_eq!(choices(folder.path()).len(), 2);
    assert_eq!(shown(&opened(&folder.path().join("b/x.ome.tif")).images), ["A02_s1_w1_z1_t1"]);
}

#[test]
fn of_several_plates_or_acquisitions_the_first_is_read_and_the_others_are_named() {
    let one = image("I", "XYCZT", [1, 1, 1], &data("IFD=\"0\"", ""));
    let other = image("J", "XYCZT", [1, 1, 1], &data("IFD=\"1\"", ""));
    let plates = [
        "<Plate ID=\"Plate:9\" Name=\"empty\"/>".to_owned(),
        plate(&well(0, 0, &[(0, "I")])),
        plate(&well(0, 1, &[(0, "J")])).replace("Screen 7", "Screen 8"),
    ];
    let folder = temporary_folder();
    put(
        folder.path(),
        "a.tif",
        tiff(&[1, 2], &ome("x", &[plates.concat(), one.clone(), other.clone()].concat())),
    );
    let found = opened(folder.path());
    assert_eq!((found.name.as_str(), values(&found)), ("Screen 7", expected(&[("A01_s1_w1_z1_t1", 1)])));
    let said = issues(&found);
    assert!(
        said[0].contains("“empty” with 0 images") && said[1].contains("“Screen 8” with 1 image, was skipped"),
        "{said:?}"
    );

    let acquisition = |id: &str, index: u32| {
        format!(
            "<PlateAcquisition ID=\"{id}\" Name=\"run {id}\"><WellSampleRef \
             ID=\"WellSample:0:0:{index}\"/></PlateAcquisition>"
        )
    };
    let wells = [
        well(0, 0, &[(0, "I"), (1, "J")]),
        "<PlateAcquisition ID=\"0\"/>".into(),
        acquisition("1", 1),
        acquisition("2", 0),
    ];
    let folder = temporary_folder();
    put(folder.path(), "a.tif", tiff(&[1, 2], &ome("x", &[plate(&wells.concat()), one, other].concat())));
    let found = opened(folder.path());
    assert_eq!(values(&found), expected(&[("A01_s1_w1_z1_t1", 2)]));
    let said = issues(&found);
    assert!(said[0].contains("“run 1” was read, “run 2” with 1 image skipped (1 field in all)"), "{said:?}");
    assert_eq!(found.missing_count(), 0);
}

#[test]
fn a_set_whose_files_were_renamed_is_one_plate() {
    let wells = plate(&[well(0, 0, &[(0, "I")]), well(0, 1, &[(1, "J")])].concat());
    let images = [("I", "a.ome.tif"), ("J", "b.ome.tif")]
        .map(|(id, file)| image(id, "XYCZT", [1, 1, 1], &data("IFD=\"0\"", file)));
    let folder = temporary_folder();
    for (uuid, name, value) in [("a.ome.tif", "first.tif", 1), ("b.ome.tif", "second.tif", 2)] {
        put(folder.path(), name, tiff(&[value], &ome(uuid, &format!("{wells}{}", images.concat()))));
    }
    for path in ["", "first.tif", "second.tif"] {
        let found = opened(&folder.path().join(path));
        check(&found);
        assert_eq!(values(&found), expected(&[("A01_s1_w1_z1_t1", 1), ("A02_s1_w1_z1_t1", 2)]), "{path}");
    }
}
