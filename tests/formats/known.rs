//! Large plates that are opened again: a listing holds as long as the folder is as it was, and no longer.

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use stepwell::cancel::Cancel;
use stepwell::plate::{
    KnownFolders, NONE_OPEN, OpenError, Opened, Opening, Plate, destination, open_watched,
};

use super::{empty_files, temporary_folder};

fn opened(path: &Path, known: &KnownFolders) -> Plate {
    let cancel = Cancel::new();
    match open_watched(path, Opening { known: Some(known), ..Opening::new(&cancel) }) {
        Ok(Opened::Plate(plate)) => *plate,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_copied_with_its_time_is_seen() {
    let names: Vec<String> =
        (0..2100).map(|at| format!("TimePoint_{}/P_A01_s{}_w1.TIF", at % 3 + 1, at / 3 + 1)).collect();
    let plate = empty_files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let kept = temporary_folder();
    let known = KnownFolders::new(destination(&kept.path().join("folders"), NONE_OPEN).expect("no plate"));
    let second = plate.path().join("TimePoint_2");
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    // As programs do that copy times, too.
    let change = || File::open(&second).and_then(|folder| folder.set_modified(long_ago)).expect("settable");
    change();
    assert_eq!(opened(plate.path(), &known).images.len(), 2100);
    fs::write(second.join("P_A02_s1_w1.TIF"), "").expect("writable");
    change();
    assert_eq!(opened(plate.path(), &known).images.len(), 2101);
}

#[test]
fn what_is_found_is_told_and_a_cancel_ends_it() {
    let names: Vec<String> =
        (0..2100).map(|at| format!("TimePoint_{}/P_A01_s{}_w1.TIF", at % 3 + 1, at / 3 + 1)).collect();
    let plate = empty_files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (cancel, most) = (Cancel::new(), AtomicUsize::new(0));
    let found = |entries: usize| {
        most.fetch_max(entries, Ordering::Relaxed);
    };
    let all = open_watched(plate.path(), Opening { found: &found, ..Opening::new(&cancel) });
    assert!(matches!(all, Ok(Opened::Plate(_))));
    assert_eq!(most.load(Ordering::Relaxed), 2103);
    let stop = |entries: usize| {
        if entries > 3 {
            cancel.cancel();
        }
    };
    let none = open_watched(plate.path(), Opening { found: &stop, ..Opening::new(&cancel) });
    assert!(matches!(none, Err(OpenError::Cancelled(_))), "{none:?}");
}
