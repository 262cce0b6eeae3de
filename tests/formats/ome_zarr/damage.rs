//! Plates whose attributes or arrays are wrong, absurd or hostile: each is refused or told with its path, in bounded time,
//! and costs no more than itself.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stepwell::plate::{Component, OpenError, Plate};

use super::super::{issues, opened, refused, temporary_folder};
use crate::support::ome_zarr::{array, group, image, write_groups, write_json, write_plate, zstd};

/// A plate of two fields of two channels, of which the second is changed.
fn changed(change: impl FnOnce(&Path)) -> (tempfile::TempDir, Plate) {
    let folder = temporary_folder();
    write_plate(folder.path(), &["A/1/0", "A/1/1"], [2, 1, 8, 8], [1, 1, 8, 8]);
    change(&folder.path().join("A/1/1"));
    let plate = opened(folder.path());
    (folder, plate)
}

fn says(path: &Path, ome: &Value) {
    write_json(&path.join("zarr.json"), &group(ome));
}

fn is_array(path: &Path, shape: &[usize], chunk: &[usize]) {
    write_json(&path.join("0/zarr.json"), &array(shape, chunk, &zstd()));
}

#[test]
fn a_field_that_cannot_be_read_costs_its_images_alone() {
    /// What is done to the second field, and a part of what is told of it.
    type Case = (fn(&Path), &'static str);
    let deep = |path: &Path| {
        let deep = format!("{{\"attributes\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        fs::write(path.join("zarr.json"), deep).expect("a file");
    };
    let table: [Case; 17] = [
        (|path| fs::remove_dir_all(path).expect("a folder"), "there is no Zarr group"),
        (|path| fs::remove_file(path.join("zarr.json")).expect("a file"), "there is no Zarr group"),
        (
            |path| fs::write(path.join("zarr.json"), b"{\"attributes\"").expect("a file"),
            "zarr.json is damaged",
        ),
        (
            |path| fs::write(path.join("zarr.json"), b"{\"a\xff\": 1}").expect("a file"),
            "zarr.json is damaged",
        ),
        (deep, "zarr.json is damaged"),
        (|path| says(path, &json!({})), "describe no image"),
        (|path| says(path, &json!({ "multiscales": [] })), "describe no image"),
        (|path| says(path, &json!({ "multiscales": 3 })), "zarr.json is damaged"),
        (|path| says(path, &image(&["c", "z", "y", "x"], &[])), "describe no image with an array"),
        (
            |path| says(path, &image(&["c", "z", "y", "x"], &["../../../0"])),
            "describe no image with an array",
        ),
        (|path| says(path, &image(&["c", "z", "y", "x"], &["/etc"])), "describe no image with an array"),
        (|path| says(path, &image(&["c", "y", "x"], &["0"])), "names 3 axes, and its array has 4"),
        (|path| says(path, &image(&["a", "z", "y", "x"], &["0"])), "an axis that is not time"),
        (|path| fs::remove_dir_all(path.join("0")).expect("a folder"), "this folder is not a Zarr array"),
        (|path| is_array(path, &[2, 1, 8, 8], &[0, 1, 8, 8]), "its chunks are empty"),
        (|path| is_array(path, &[2, 1, 8, 8], &[8, 8]), "its chunks have other axes"),
        (|path| is_array(path, &[4_000_000_000, 4_000_000_000, 8, 8], &[1, 1, 8, 8]), "its array has"),
    ];
    for (change, expected) in table {
        let (folder, plate) = changed(change);
        let keys: Vec<_> = plate.images.iter().map(|image| image.key().to_string()).collect();
        assert_eq!(keys, ["A01_s1_w1_z1_t1", "A01_s1_w2_z1_t1"], "{expected}");
        // What is missing is what the other fields have.
        let missing: Vec<_> = plate.missing.iter().map(|missing| missing.key.to_string()).collect();
        assert_eq!(missing, ["A01_s2_w1_z1_t1", "A01_s2_w2_z1_t1"], "{expected}");
        let [issue] = &issues(&plate)[..] else { panic!("{expected}: {:?}", plate.issues) };
        assert!(issue.starts_with("A/1/1: ") && issue.contains(expected), "{expected}: {issue}");
        assert!(!issue.contains('\n'), "{issue}");
        drop(folder);
    }
}

#[test]
fn an_array_that_cannot_be_decoded_costs_its_images_when_these_are_read() {
    /// What is done to the second field, and a part of what reading an image of it says.
    type Case = (fn(&Path), &'static str);
    let table: [Case; 6] = [
        (|path| is_array(path, &[2, 1, 4_000_000, 4_000_000], &[1, 1, 8, 8]), "the image would take"),
        (|path| fs::write(path.join("0/c/0/0/0/0"), b"no zstd").expect("a chunk"), "c/0/0/0/0"),
        (
            |path| {
                let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).expect("zstd");
                fs::write(path.join("0/c/0/0/0/0"), bomb).expect("a chunk");
            },
            "c/0/0/0/0",
        ),
        (
            |path| {
                fs::remove_file(path.join("0/c/0/0/0/0")).expect("a chunk");
                fs::create_dir(path.join("0/c/0/0/0/0")).expect("a folder");
            },
            "c/0/0/0/0",
        ),
        (|path| is_array(path, &[2, 1, 1_000_000, 2], &[1, 1, 1, 1]), "chunks"),
        (
            |path| {
                fs::remove_dir_all(path.join("0")).expect("a folder");
                #[cfg(unix)]
                std::os::unix::fs::symlink("/etc", path.join("0")).expect("a link");
            },
            "",
        ),
    ];
    for (change, expected) in table {
        let (_folder, plate) = changed(change);
        for image in plate.images.iter().filter(|image| image.key().site == Some(1)) {
            image.source.decode_owned().expect("an image of the field that is whole");
        }
        let of_second = plate.images.iter().find(|image| image.key().site == Some(2));
        match of_second {
            Some(image) => {
                let why = image.source.decode_owned().expect_err("no image").to_string();
                assert!(why.contains(expected) && why.contains("A/1/1/0"), "{expected}: {why}");
            }
            None => assert!(issues(&plate)[0].contains("A/1/1"), "{:?}", plate.issues),
        }
    }
}

#[test]
#[cfg(unix)]
fn what_leads_out_of_the_plate_is_not_opened() {
    use std::os::unix::fs::symlink;
    let elsewhere = temporary_folder();
    write_plate(elsewhere.path(), &["A/1/0"], [2, 1, 8, 8], [1, 1, 8, 8]);
    // What of the plate is a link to the same of another, and where that is told.
    let table = [("A/1/1", "A/1/0", "A/1/1"), ("A/1/1/0", "A/1/0/0", "A/1/1"), ("A/2", "A/1", "A/2")];
    for (link, target, told) in table {
        let folder = temporary_folder();
        write_plate(folder.path(), &["A/1/0", "A/1/1", "A/2/0"], [2, 1, 8, 8], [1, 1, 8, 8]);
        fs::remove_dir_all(folder.path().join(link)).expect("a folder");
        symlink(elsewhere.path().join(target), folder.path().join(link)).expect("a link");
        let plate = opened(folder.path());
        assert_eq!(plate.images.len(), 4, "{link}");
        let issues = issues(&plate);
        assert!(issues.len() == 1 && issues[0].starts_with(&format!("{told}: ")), "{link}: {issues:?}");
        // One to another place of the plate is no harm, and no circle either.
        fs::remove_file(folder.path().join(link)).expect("a link");
        let within = folder.path().join(if target == "A/1" { "A/1" } else { target });
        symlink(within, folder.path().join(link)).expect("a link");
        assert!(opened(folder.path()).issues.is_empty(), "{link}");
    }
}

#[test]
fn wells_and_fields_that_are_none_are_told_and_passed_over() {
    let folder = temporary_folder();
    write_plate(folder.path(), &["A/1/0"], [1, 1, 8, 8], [1, 1, 8, 8]);
    let named = ["A/1", "A/1/", "A/01", "../A/1", "/A/2", "ZZ/1", "A/x", "", "B/2"];
    let wells: Vec<Value> = named.iter().map(|path| json!({ "path": path })).collect();
    let wells: Vec<Value> = wells.into_iter().chain([json!({ "rowIndex": 0 })]).collect();
    says(folder.path(), &json!({ "plate": { "wells": wells, "rows": 7, "name": ["no name"] } }));
    let why = refused(folder.path()).to_string();
    assert!(why.contains("zarr.json is damaged") && why.contains("expected a list"), "{why}");
    says(folder.path(), &json!({ "plate": { "wells": wells, "name": ["no name"], "version": null } }));
    let fields = ["0", "0/", "../0", "0"].map(|path| json!({ "path": path }));
    says(&folder.path().join("A/1"), &json!({ "well": { "images": fields } }));
    let plate = opened(folder.path());
    assert_eq!(plate.images.len(), 1);
    let missing: Vec<_> = plate.missing.iter().map(|missing| missing.key.to_string()).collect();
    assert_eq!(missing, ["B02_s1_w1_z1_t1"]);
    let issues = issues(&plate);
    let of_plate = issues.iter().filter(|issue| issue.starts_with(".: the plate names a well ")).count();
    let of_well = issues.iter().filter(|issue| issue.starts_with("A/1: the well names a field ")).count();
    assert_eq!((of_plate, of_well, issues.len()), (8, 3, 12), "{issues:?}");
    assert!(issues.iter().any(|issue| issue.starts_with("B/2: the fields of the well are not known")));
}

#[test]
fn odd_descriptions_of_channels_cost_no_image() {
    let channel = |name: Value, color: Value| json!({ "label": name, "color": color, "window": 3 });
    let table = [
        (
            json!({ "channels": [channel(json!("DAPI"), json!("0000ff"))] }),
            "describes 1 channels",
            Some("DAPI"),
        ),
        (json!({ "channels": [channel(json!(7), json!(12)), {}, {}] }), "describes 3 channels", Some("7")),
        (json!({ "channels": "none" }), "(omero) cannot be read", None),
        (json!(3), "(omero) cannot be read", None),
        (json!({ "channels": null }), "", None),
    ];
    for (omero, expected, name) in table {
        let mut said = image(&["c", "z", "y", "x"], &["0"]);
        said["omero"] = omero.clone();
        let (_folder, plate) = changed(|path| says(path, &said));
        assert_eq!((plate.images.len(), plate.missing_count()), (4, 0), "{omero}");
        let issues = issues(&plate);
        assert_eq!(issues.is_empty(), expected.is_empty(), "{omero}: {issues:?}");
        assert!(
            issues.iter().all(|issue| issue.contains(expected) && issue.starts_with("A/1/1: ")),
            "{issues:?}"
        );
        assert_eq!(plate.channel_names.get(&1).map(String::as_str), name, "{omero}");
    }
}

#[test]
fn a_long_list_is_refused_before_it_takes_memory_and_many_planes_are_cut() {
    let folder = temporary_folder();
    let wells = vec![json!({}); 100_001];
    says(folder.path(), &json!({ "plate": { "wells": wells } }));
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    assert!(error.to_string().contains("a list of more than 100000 entries"), "{error}");

    let (_folder, plate) = changed(|path| is_array(path, &[2, 4_000_000, 8, 8], &[1, 1, 8, 8]));
    assert_eq!(plate.values(Component::Z).len(), 100_000, "as many as planes have numbers");
    assert!(
        issues(&plate).iter().any(|issue| issue
            == "A/1/1: it has more timepoints, channels or planes than any \
                                                    microscope counts; the first were read"),
        "{:?}",
        plate.issues
    );
}

#[test]
fn what_is_no_plate_is_told_for_what_it_is() {
    /// What is written, what is opened below it, and a part of what is said.
    type Case = (fn(&Path), &'static str, &'static str);
    let table: [Case; 9] = [
        (|path| says(path, &image(&["y", "x"], &["0"])), "", "it is a single image, not a plate"),
        (
            |path| says(path, &json!({ "well": { "images": [] } })),
            "",
            "it is a single well without its plate",
        ),
        (|path| says(path, &json!({ "labels": [] })), "", "name no plate"),
        (|path| write_json(&path.join("zarr.json"), &array(&[8], &[8], &zstd())), "", "a single Zarr array"),
        (|path| write_json(&path.join(".zarray"), &json!({})), "", "a single Zarr array"),
        (|path| fs::write(path.join(".zattrs"), b"{").expect("a file"), "", "cannot be read or are damaged"),
        (|path| write_json(&path.join(".zgroup"), &json!({ "zarr_format": 2 })), "", "name no plate"),
        (|path| fs::write(path.join("p.zarr.zip"), b"PK").expect("a file"), "", "unpack it"),
        (|path| fs::write(path.join("p.ozx"), b"PK").expect("a file"), "p.ozx", "unpack it"),
    ];
    for (write, below, expected) in table {
        let folder = temporary_folder();
        write(folder.path());
        let OpenError::NotAPlate(refusal) = refused(&folder.path().join(below)) else { panic!("{expected}") };
        assert!(
            refusal.nearest.is_some_and(|nearest| nearest.starts_with("OME-Zarr")),
            "{expected}: {refusal}"
        );
        assert!(refusal.to_string().contains(expected), "{refusal}");
    }
    // An archive beside a plate is not that plate.
    let folder = temporary_folder();
    write_plate(&folder.path().join("p.zarr"), &["A/1/0"], [1, 1, 8, 8], [1, 1, 8, 8]);
    fs::write(folder.path().join("p.zarr.zip"), b"PK").expect("a file");
    assert!(refused(&folder.path().join("p.zarr.zip")).to_string().contains("unpack it"));
    assert_eq!(opened(folder.path()).images.len(), 1);
    // A plate without any image.
    let folder = temporary_folder();
    write_groups(folder.path(), &["A/1/0"]);
    assert!(matches!(refused(folder.path()), OpenError::NoImages { .. }));
}
