//! Preloading against the plainest way to get the same bytes into memory.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use memmap2::{Advice, MmapOptions};

/// Reads whole files with plain `read` into freshly mapped memory, each at a page of its own, and
/// returns the seconds. The threads take one file after the other.
pub(crate) fn plain_read(files: &[PathBuf], threads: usize, huge_pages: bool) -> f64 {
    let sizes: Vec<usize> = files
        .iter()
        .map(|file| usize::try_from(file.metadata().expect("a file").len()).expect("small"))
        .collect();
    let places: usize = sizes.iter().map(|size| size.next_multiple_of(4096)).sum();
    let mut memory = MmapOptions::new().len(places).no_reserve_swap().map_anon().expect("memory");
    memory.advise(if huge_pages { Advice::HugePage } else { Advice::NoHugePage }).ok();
    let mut rest = &mut memory[..];
    let mut slots = Vec::new();
    for size in &sizes {
        let (slot, after) = rest.split_at_mut(size.next_multiple_of(4096));
        slots.push(Mutex::new(&mut slot[..*size]));
        rest = after;
    }
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let turn = || next.fetch_add(1, Ordering::Relaxed);
                while let Some((file, slot)) = Some(turn()).and_then(|nth| files.get(nth).zip(slots.get(nth)))
                {
                    let mut slot = slot.lock().expect("no panic");
                    File::open(file).and_then(|mut file| file.read_exact(&mut slot)).expect("readable");
                }
            });
        }
    });
    began.elapsed().as_secs_f64()
}

/// Reads whole files, each thread into one buffer again and again, and returns the seconds: what it takes at least to go
/// through them.
pub(crate) fn plain_read_through(files: &[PathBuf], threads: usize) -> f64 {
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = Vec::new();
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    buffer.clear();
                    File::open(file).and_then(|mut file| file.read_to_end(&mut buffer)).expect("readable");
                }
            });
        }
    });
    began.elapsed().as_secs_f64()
}

/// Writes this many files of this many bytes, which then go again, and returns the seconds of writing. The threads take one
/// file after the other.
pub(crate) fn plain_write(folder: &Path, files: usize, bytes: usize, threads: usize) -> f64 {
    std::fs::create_dir_all(folder).expect("a folder");
    let content = vec![1_u8; bytes];
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let turn = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|nth| *nth < files);
                while let Some(nth) = turn() {
                    std::fs::write(folder.join(format!("{nth}.raw")), &content).expect("room on the disk");
                }
            });
        }
    });
    let secs = began.elapsed().as_secs_f64();
    std::fs::remove_dir_all(folder).ok();
    secs
}

/// tifffile with imagecodecs on so many threads, in seconds; `None` where Python has them not.
pub(crate) fn tifffile(plate: &Path, threads: usize) -> Option<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/benches/numbers/tifffile_preload.py");
    let output = Command::new("python3").arg(script).arg(plate).arg(threads.to_string()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
