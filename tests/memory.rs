//! Memory that really comes back, as the system counts it. Alone in its file: a process has one
//! resident memory, and other tests in it would show.
#![cfg(target_os = "linux")]

use stepwell::image::{ImageFormat, PixelType};
use stepwell::memory::{Probe, Room, Store, StoredImage};
use stepwell::plan::{AfterClear, Intermediates};

/// One million bytes, as the study's images.
fn megabyte() -> ImageFormat {
    ImageFormat::grey(1000, 500, PixelType::U16)
}

fn filled(room: &Room, count: usize, value: u8) -> Vec<StoredImage> {
    (0..count)
        .map(|_| {
            let mut image = room.allocate(megabyte()).expect("reserved");
            image.view_mut().bytes.fill(value);
            image
        })
        .collect()
}

#[test]
fn memory_really_comes_back() {
    let probe = Probe::new();
    let rest = probe.resident().expect("Linux tells").rss_bytes;
    // After a release of 200 of 300 images, and after the clear, in MB above rest.
    let table = [
        (AfterClear::Return, Intermediates::Free, 100, 0),
        (AfterClear::Return, Intermediates::Hold, 300, 0),
        (AfterClear::Keep, Intermediates::Free, 300, 300),
        (AfterClear::Keep, Intermediates::Hold, 300, 300),
    ];
    for (after_clear, intermediates, after_release, after_clear_mb) in table {
        let mut store = Store::new(after_clear, intermediates);
        for round in 0..3 {
            let room = store.begin([megabyte(); 300]).expect("room");
            let mut images = filled(&room, 300, round);
            let close = |expected: u64, what: &str| {
                let rss = probe.resident().expect("Linux tells").rss_bytes;
                let above = rss.saturating_sub(rest);
                // Page rounding adds 0.3 %, the kernel's counters may lag by a few hundred kB, and
                // what the test itself touched stays.
                let expected = expected * 1_003_520;
                assert!(
                    above.abs_diff(expected) <= expected / 100 + 2_000_000,
                    "{after_clear:?} {intermediates:?} round {round} {what}: {above}, expected {expected}"
                );
            };
            close(300, "loaded");
            let released: Vec<_> = images.drain(..200).collect();
            if intermediates == Intermediates::Free {
                drop(released);
                close(after_release, "released");
            } else {
                images.extend(released);
            }
            room.prepare_clear();
            drop(images);
            store.clear(room).expect("empty");
            close(after_clear_mb, "cleared");
        }
    }
}
