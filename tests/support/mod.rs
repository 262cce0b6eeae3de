//! What several test files share: the folder of real plates.

#![allow(dead_code)] // each test file uses a part of it
#![allow(clippy::print_stderr)] // a test that is skipped says so

pub(crate) mod ome_zarr;
mod place;
pub(crate) mod tiff;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

pub(crate) use place::place;

/// The folder of real plates: `STEPWELL_PLATES`, else `../shared/plates`. `None`, with a message,
/// where it is absent, so that the test can be skipped; a folder that the variable names and that is
/// not there fails the test.
pub(crate) fn plates_dir() -> Option<PathBuf> {
    shared("STEPWELL_PLATES", Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/plates"))
}

/// The folder of small plates after bug reports: `STEPWELL_CASES`, else `cases` beside the folder of real plates.
/// Absent, it skips or fails a test as that does.
pub(crate) fn cases_dir() -> Option<PathBuf> {
    let plates = std::env::var_os("STEPWELL_PLATES").map(PathBuf::from);
    let beside = plates.as_deref().and_then(Path::parent).map(|parent| parent.join("cases"));
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    shared("STEPWELL_CASES", beside.unwrap_or_else(usual))
}

fn shared(variable: &str, usual: PathBuf) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        let folder = PathBuf::from(named);
        assert!(folder.is_dir(), "{variable} names {}, which is not a folder", folder.display());
        return Some(folder);
    }
    if usual.is_dir() {
        return Some(usual);
    }
    eprintln!("skipped: {} is not there (set {variable})", usual.display());
    None
}

use stepwell::cancel::Cancel;
use stepwell::engine::RunRequest;
use stepwell::events::{Event, EventKind};
use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::{AfterClear, Intermediates, Mode, Plan, PlanError, RunSpec};
use stepwell::plate::{Component, ImageKey, Measured, Opened, Plate, SaveAs, WellId};
use stepwell::record::RunRecord;

/// The program under test, which is also the worker.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stepwell"))
}

/// Writes a flat ImageXpress plate with one 16-bit image for each key; pixels follow from the key.
pub(crate) fn write_plate(folder: &Path, keys: &[ImageKey], width: u32, height: u32) {
    let format = ImageFormat::grey(width, height, PixelType::U16);
    for key in keys {
        let numbers = [key.site, key.channel, key.z, key.timepoint].map(|value| value.unwrap_or(0));
        let mut state =
            numbers.iter().fold(u32::from(key.well.row) * 48 + u32::from(key.well.column), |state, n| {
                state.wrapping_mul(1009).wrapping_add(*n)
            });
        let pixels: Vec<u16> = (0..format.sample_count())
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 20) as u16
            })
            .collect();
        let image = ImageRef { format, bytes: bytemuck::cast_slice(&pixels) };
        write_tiff(&place(&folder.join(format!("plate_{key}.tif"))), image, Compression::None, None)
            .expect("writable");
    }
}

/// All keys of a full well A01.
pub(crate) fn full_well(sites: u32, channels: u32, planes: u32, timepoints: u32) -> Vec<ImageKey> {
    let well = "A01".parse().expect("a well");
    let mut keys = Vec::new();
    for timepoint in 1..=timepoints {
        for site in 1..=sites {
            for channel in 1..=channels {
                keys.extend((1..=planes).map(|z| ImageKey::new(well, site, channel, z, timepoint)));
            }
        }
    }
    keys
}

/// Opens the one plate at a path.
pub(crate) fn open(path: &Path) -> Plate {
    match stepwell::plate::open(path, &Cancel::new()).expect("a plate") {
        Opened::Plate(plate) => *plate,
        Opened::Choose(candidates) => panic!("{} holds several plates: {candidates:?}", path.display()),
    }
}

/// The default choice: the study's pipeline on two threads, memory freed and returned.
pub(crate) fn spec(sequential: &[Component]) -> RunSpec {
    RunSpec {
        mode: if sequential.is_empty() { Mode::Bulk } else { Mode::Sequential },
        sequential: sequential.to_vec(),
        pipeline: PipelineSpec::default(),
        after_clear: AfterClear::Return,
        intermediates: Intermediates::Free,
        threads: 2,
        wells_at_once: 1,
        read_ahead: false,
        compression: Compression::None,
        save_as: SaveAs::Tiff,
    }
}

/// A plan for all wells of a plate.
pub(crate) fn plan(plate: &Plate, spec: &RunSpec) -> Plan {
    let wells = plate.wells();
    planned(plate, &wells, spec).expect("a plan")
}

/// A plan for some wells of a plate, or why there is none.
pub(crate) fn planned(plate: &Plate, wells: &BTreeSet<WellId>, spec: &RunSpec) -> Result<Plan, PlanError> {
    let measured = Measured::read(plate, wells, &Cancel::new()).expect("not cancelled");
    Plan::new(&Arc::new(plate.clone()), &Arc::new(measured), wells, spec)
}

/// A run of a plan with its own folder and no budget.
pub(crate) fn request(plan: Plan, folder: PathBuf) -> RunRequest {
    let run = "test".to_owned();
    RunRequest {
        plan,
        run,
        folder,
        budget_bytes: None,
        cached_share: None,
        compared: None,
        merges: true,
        again: Vec::new(),
        conditions: None,
    }
}

/// The record of a run that was put together: written as its wells were gone through, it is as one that is written of a record
/// in memory, and tells what the wells tell that others read without it.
pub(crate) fn record_of_wells(run: &Path) -> RunRecord {
    let file = run.join("record.ron");
    let mut record = RunRecord::read(&file).unwrap_or_else(|error| panic!("{error}"));
    let own = record.summary.record.take();
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(record.to_ron().expect("text") == text, "{}: another text", run.display());
    let of_wells = RunRecord::read(&run.join("request.ron")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(record.outputs, of_wells.outputs, "{}", run.display());
    assert_eq!(record.samples, of_wells.samples, "{}", run.display());
    let (events, end) = record.events.split_at(of_wells.events.len());
    assert_eq!(events, of_wells.events, "{}", run.display());
    let (ended, tables) = end.split_last().expect("an end");
    assert!(matches!(ended.kind, EventKind::Ended { .. }), "{}: {ended:?}", run.display());
    let is_table = |event: &Event| matches!(event.kind, EventKind::TableSaved(_));
    assert!(tables.iter().all(is_table) && !events.iter().any(is_table), "{}", run.display());
    record.summary.record = own;
    record
}

/// Waits for what might wait for ever, and gives what it panicked with, if it did.
pub(crate) fn in_time<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || done.send(catch_unwind(AssertUnwindSafe(work))));
    let result = is_done.recv_timeout(Duration::from_secs(60));
    let result = result.unwrap_or_else(|_| panic!("{name}: still waiting"));
    result.map_err(|panic| panic.downcast_ref::<&str>().copied().unwrap_or_default().to_owned())
}
