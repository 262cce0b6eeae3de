//! The demo plate: a plate as a microscope writes it, the same whenever it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use stepwell::cancel::Cancel;
use stepwell::demo::{DemoError, DemoSpec, ensure, write};
use stepwell::image::{Compression, ImageFormat, ImageSource, PixelType};
use stepwell::plate::{LayoutError, PlateLayout};

/// Every file under a folder by its path, with its content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn small() -> PlateLayout {
    PlateLayout { sites: 2, width: 64, height: 48, ..PlateLayout::default() }
}

fn quiet(_: u64, _: u64) {}

#[test]
fn names_and_folders_are_those_of_an_export() {
    let one =
        PlateLayout { channels: 1, sites: 1, planes: 1, width: 32, height: 32, ..PlateLayout::default() };
    let table: [(PlateLayout, &[&str]); 4] = [
        (one, &["Demo.HTD", "Demo_A01.TIF", "demo.ron"]),
        (
            PlateLayout { channels: 2, planes: 2, ..one },
            &[
                "Demo.HTD",
                "ZStep_1/Demo.HTD",
                "ZStep_1/Demo_A01_w1.TIF",
                "ZStep_1/Demo_A01_w2.TIF",
                "ZStep_2/Demo.HTD",
                "ZStep_2/Demo_A01_w1.TIF",
                "ZStep_2/Demo_A01_w2.TIF",
                "demo.ron",
            ],
        ),
        (
            PlateLayout { timepoints: 2, sites: 2, ..one },
            &[
                "Demo.HTD",
                "TimePoint_1/Demo.HTD",
                "TimePoint_1/Demo_A01_s1.TIF",
                "TimePoint_1/Demo_A01_s2.TIF",
                "TimePoint_2/Demo.HTD",
                "TimePoint_2/Demo_A01_s1.TIF",
                "TimePoint_2/Demo_A01_s2.TIF",
                "demo.ron",
            ],
        ),
        (
            PlateLayout { wells: 7, ..one },
            &[
                "Demo.HTD",
                "Demo_A01.TIF",
                "Demo_A02.TIF",
                "Demo_A03.TIF",
                "Demo_A04.TIF",
                "Demo_B01.TIF",
                "Demo_B02.TIF",
                "Demo_B03.TIF",
                "demo.ron",
            ],
        ),
    ];
    for (spec, expected) in table {
        let folder = tempfile::tempdir().expect("a folder");
        write(spec, folder.path(), &Cancel::new(), &quiet).expect("written");
        let found = files(folder.path());
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_same_numbers_give_the_same_bytes() {
    let written = |spec: DemoSpec| {
        let folder = tempfile::tempdir().expect("a folder");
        write(spec, folder.path(), &Cancel::new(), &quiet).expect("written");
        files(folder.path())
    };
    let one = written(small().into());
    assert!(one == written(small().into()), "the second plate has other bytes than the first");
    let other = written(DemoSpec { seed: 2, ..small().into() });
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one.iter().filter(|(name, _)| name.ends_with(".TIF")) {
        assert!(*bytes != other[name], "{name} does not depend on the seed");
    }
}

#[test]
fn light_wells_are_a_fraction_of_the_first_which_stays_as_it_is() {
    let one = PlateLayout { sites: 2, width: 256, height: 256, ..PlateLayout::default() };
    let written = |spec: DemoSpec| {
        let folder = tempfile::tempdir().expect("a folder");
        write(spec, folder.path(), &Cancel::new(), &quiet).expect("written");
        let images = files(folder.path()).into_iter().filter(|(name, _)| name.ends_with(".TIF"));
        images.collect::<BTreeMap<_, _>>()
    };
    let alone = written(one.into());
    let layout = PlateLayout { wells: 6, ..one };
    let all = written(DemoSpec { has_light_wells: true, ..layout.into() });
    assert_eq!((alone.len(), all.len()), (12, 72));
    for (name, bytes) in &alone {
        assert!(all[name] == *bytes, "{name} is another image");
    }
    let light: usize =
        all.iter().filter(|(name, _)| !alone.contains_key(*name)).map(|(_, one)| one.len()).sum();
    let most = 60 * (256 * 256 * 2) / 3;
    assert!(light < most, "{light} of {most}");
}

#[test]
fn pixels_do_not_depend_on_the_compression_and_fill_12_bits() {
    let mut first = None;
    for compression in Compression::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = DemoSpec { compression, ..small().into() };
        write(spec, folder.path(), &Cancel::new(), &quiet).expect("written");
        let pixels: Vec<_> = files(folder.path())
            .into_keys()
            .filter(|name| name.ends_with(".TIF"))
            .map(|name| {
                let (format, pixels) =
                    ImageSource::file(folder.path().join(name)).decode_owned().expect("an image");
                assert_eq!(format, ImageFormat::grey(64, 48, PixelType::U16));
                let brightest = pixels.chunks(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).max();
                assert!((150..=4095).contains(&brightest.expect("pixels")));
                pixels
            })
            .collect();
        assert_eq!(pixels.len() as u64, spec.layout.image_count());
        assert!(*first.get_or_insert_with(|| pixels.clone()) == pixels, "{compression:?}");
    }
}

#[test]
fn a_plate_that_is_there_is_used_and_another_replaces_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("new folder/plate");
    let written = AtomicU64::new(0);
    let count = |done: u64, _: u64| {
        written.fetch_max(done, Ordering::Relaxed);
    };
    let images = |spec: PlateLayout| {
        written.store(0, Ordering::Relaxed);
        let path = ensure(spec, &plate, &Cancel::new(), &count).expect("a plate");
        assert!(path.is_absolute() && path.ends_with("new folder/plate"));
        let there = files(&plate).keys().filter(|name| name.ends_with(".TIF")).count() as u64;
        (written.load(Ordering::Relaxed), there)
    };
    assert_eq!(images(small()), (12, 12));
    assert_eq!(images(small()), (0, 12), "it was there");
    fs::write(plate.join("notes.txt"), "mine").expect("a note");
    let flat = PlateLayout { planes: 1, ..small() };
    assert_eq!(images(flat), (4, 4), "the folders of the earlier plate are gone");
    assert_eq!(fs::read_to_string(plate.join("notes.txt")).expect("the note"), "mine");
    assert!(!plate.join("ZStep_1").exists());
}

#[test]
fn a_cancelled_plate_is_finished_the_next_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let cancel = Cancel::new();
    let stop_early = |done: u64, _: u64| {
        if done == 3 {
            cancel.cancel();
        }
    };
    let stopped = ensure(small(), folder.path(), &cancel, &stop_early);
    assert!(matches!(stopped, Err(DemoError::Cancelled(_))));
    ensure(small(), folder.path(), &Cancel::new(), &quiet).expect("a plate");
    let whole = tempfile::tempdir().expect("a folder");
    write(small(), whole.path(), &Cancel::new(), &quiet).expect("written");
    assert!(files(folder.path()) == files(whole.path()));
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link_and_nothing_else_is_removed() {
    use std::os::unix::fs::symlink;
    let three = PlateLayout { planes: 1, channels: 3, ..small() };
    type Plant = fn(&Path, &Path);
    // What is done to a demo plate in a folder, given a folder elsewhere.
    let table: [(&str, Plant); 7] = [
        ("a folder is a link", |plate, elsewhere| {
            fs::rename(plate.join("ZStep_1"), elsewhere.join("z")).expect("moved");
            symlink(elsewhere.join("z"), plate.join("ZStep_1")).expect("linked");
        }),
        ("an image is a link", |plate, elsewhere| {
            fs::remove_file(plate.join("ZStep_1/Demo_A01_s1_w1.TIF")).expect("there");
            symlink(elsewhere.join("own.tif"), plate.join("ZStep_1/Demo_A01_s1_w1.TIF")).expect("linked");
        }),
        ("an image is another", |plate, elsewhere| {
            fs::copy(elsewhere.join("own.tif"), plate.join("ZStep_1/Demo_A01_s1_w1.TIF")).expect("copied");
        }),
        ("an image of the new plate is there", |plate, elsewhere| {
            fs::copy(elsewhere.join("own.tif"), plate.join("Demo_A01_s1_w3.TIF")).expect("copied");
        }),
        ("the plan is another", |plate, _| {
            fs::write(plate.join("Demo.HTD"), "\"HTSInfoFile\", Version 1.0").expect("written");
        }),
        ("the marker is a link", |plate, elsewhere| {
            fs::rename(plate.join("demo.ron"), elsewhere.join("demo.ron")).expect("moved");
            symlink(elsewhere.join("demo.ron"), plate.join("demo.ron")).expect("linked");
        }),
        ("the marker is of no plate", |plate, _| {
            let text = fs::read_to_string(plate.join("demo.ron")).expect("text");
            fs::write(plate.join("demo.ron"), text.replace("wells: 1", "wells: 4000000000"))
                .expect("written");
        }),
    ];
    for (case, plant) in table {
        let root = tempfile::tempdir().expect("a folder");
        let (plate, elsewhere) = (root.path().join("plate"), root.path().join("elsewhere"));
        fs::create_dir(&elsewhere).expect("writable");
        fs::write(elsewhere.join("own.tif"), "precious").expect("writable");
        write(small(), &plate, &Cancel::new(), &quiet).expect("written");
        plant(&plate, &elsewhere);
        let before = (files(&plate), files(&elsewhere));
        let refused = write(three, &plate, &Cancel::new(), &quiet).expect_err(case);
        let is_told = matches!(refused, DemoError::Foreign { .. } | DemoError::Occupied { .. });
        assert!(is_told && refused.to_string().contains("left alone"), "{case}: {refused}");
        assert!((files(&plate), files(&elsewhere)) == before, "{case}");
    }
}

#[test]
fn other_files_and_impossible_numbers_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("thesis.doc"), "years of work").expect("a file");
    let refused = write(small(), folder.path(), &Cancel::new(), &quiet);
    assert!(matches!(refused, Err(DemoError::Occupied { .. })));
    assert_eq!(files(folder.path()).len(), 1);
    let table = [
        PlateLayout { wells: 0, ..small() },
        PlateLayout { wells: 1537, ..small() },
        PlateLayout { channels: 0, ..small() },
        PlateLayout { timepoints: 0, ..small() },
        PlateLayout { sites: 0, ..small() },
        PlateLayout { planes: 0, ..small() },
        PlateLayout { width: 15, ..small() },
        PlateLayout { height: 8193, ..small() },
    ];
    for layout in table {
        assert!(matches!(layout.check(), Err(LayoutError::OutOfRange { .. })), "{layout:?}");
    }
    let study = PlateLayout::study();
    assert_eq!(study.counts(), [1, 10, 100, 9, 3, 1000, 500]);
    assert!(study.check().is_ok());
    assert_eq!((study.image_count(), study.bytes()), (27_000, 27_000_000_000));
}

#[test]
fn the_file_that_knows_a_demo_plate_is_read_in_the_form_that_it_was_first_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { channels: 1, sites: 1, planes: 1, ..small() };
    let written = "(\n    generator: 2,\n    is_complete: true,\n    spec: (\n        wells: 1,\n        \
                   channels: 1,\n        timepoints: 1,\n        sites: 1,\n        planes: 1,\n        \
                   width: 64,\n        height: 48,\n        pixel: u16,\n        compression: none,\n        \
                   seed: 1,\n    ),\n)";
    fs::write(folder.path().join("demo.ron"), written).expect("a file");
    let never = |_: u64, _: u64| panic!("it is there and is written again");
    ensure(layout, folder.path(), &Cancel::new(), &never).expect("known");
    fs::remove_file(folder.path().join("demo.ron")).expect("a file");
    write(layout, folder.path(), &Cancel::new(), &quiet).expect("written");
    assert_eq!(fs::read_to_string(folder.path().join("demo.ron")).expect("a file"), written);
}
