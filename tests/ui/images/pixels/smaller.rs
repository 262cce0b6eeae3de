//! Thumbnails of images that have smaller forms: the smallest that suffices is read, and none that is damaged.

use std::fs;

use super::*;
use crate::support::ome_zarr::{group, image, write_array, write_groups, write_json};

/// The thumbnail of this side of an image of 256 x 256 pixels of value 0, with forms of 128 x 128 and 64 x 64 of values 1 and
/// 2, after a change; and which arrays were read for it.
fn thumbnail(side: u32, change: impl FnOnce(&Path)) -> (Arc<Thumbnail>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    write_groups(folder.path(), &["A/1/0"]);
    let field = folder.path().join("A/1/0");
    write_json(&field.join("zarr.json"), &group(&image(&["c", "z", "y", "x"], &["0", "1", "2"])));
    for (level, pixels) in [(0, 256), (1, 128), (2, 64)] {
        write_array(&field.join(level.to_string()), [2, 1, pixels, pixels], [1, 1, 64, 64], |_| level);
    }
    change(&field);
    let Ok(Opened::Plate(plate)) = open(folder.path(), &Cancel::new()) else { panic!("no plate") };
    let read = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&read);
    let decoder: Decoder = Arc::new(move |source: &ImageSource, _| {
        notes.lock().expect("no poison").push(source.file_name().to_owned());
        source.decode_owned().map_err(|error| error.to_string())
    });
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    let source = &plate.images[1].source;
    loader.want_thumbnails([(source.clone(), side)]);
    let start = Instant::now();
    loop {
        loader.poll();
        match loader.thumbnail(source, side) {
            LoadState::Ready(made) => return (made, read.lock().expect("no poison").clone()),
            LoadState::Failed(why) => panic!("{why}"),
            LoadState::Waiting => assert!(start.elapsed() < Duration::from_secs(20), "no thumbnail in 20 s"),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_smallest_form_that_suffices_is_read_and_a_damaged_one_gives_way() {
    /// Side, what is done to the field, and which arrays are read in turn.
    type Case<'a> = (u32, fn(&Path), &'a [&'a str]);
    let table: [Case<'_>; 9] = [
        (64, |_| {}, &["2"]),
        (32, |_| {}, &["2"]),
        (65, |_| {}, &["1"]),
        (200, |_| {}, &["0"]),
        (64, |field| fs::remove_dir_all(field.join("2")).expect("a folder"), &["1"]),
        // One that was broken off before this plane.
        (64, |field| fs::remove_dir_all(field.join("2/c/1")).expect("a folder"), &["1"]),
        (64, |field| fs::write(field.join("2/c/1/0/0/0"), b"no zstd").expect("a chunk"), &["2", "0"]),
        // Forms of other planes.
        (64, |field| write_array(&field.join("2"), [1, 2, 64, 64], [1, 1, 64, 64], |_| 9), &["1"]),
        (64, |field| write_array(&field.join("2"), [2, 1, 512, 64], [1, 1, 64, 64], |_| 9), &["1"]),
    ];
    for (side, change, expected) in table {
        let (made, read) = thumbnail(side, change);
        assert_eq!(read, expected, "{side}");
        let last = expected[expected.len() - 1];
        assert_eq!((made.format.width, made.format.height), (256, 256), "it is of the image");
        assert_eq!((made.width, made.height), (side as usize, side as usize), "{side}");
        assert_eq!(made.is_of_smaller, last != "0");
        let value: f32 = last.parse().expect("a number");
        assert!(made.values.iter().all(|found| *found == value), "{side}: {:?}", &made.values[..3]);
    }
}
