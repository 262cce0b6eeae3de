//! Watched programs as tables: one row for each program, sample, moment and file of results. Written as those of runs are.

use serde::Serialize;

use super::csv_table::{Bytes, table};
use crate::image::ContentHash;
use crate::sheet_text::SheetText;
use crate::watch::{MomentKind, WatchedRecord};

/// The tables by their file names; none where no program was watched.
pub(super) fn watched_tables(watched: &[&WatchedRecord]) -> Vec<(&'static str, Bytes)> {
    if watched.is_empty() {
        return Vec::new();
    }
    vec![
        ("watched.csv", table(watched.iter().map(|record| ProgramRow::of(record)))),
        ("watched-samples.csv", table(watched.iter().flat_map(|record| samples(record)))),
        ("watched-moments.csv", table(watched.iter().flat_map(|record| moments(record)))),
        ("watched-outputs.csv", table(watched.iter().flat_map(|record| outputs(record)))),
    ]
}

#[derive(Serialize)]
struct ProgramRow<'a> {
    run: SheetText<'a>,
    name: SheetText<'a>,
    program: SheetText<'a>,
    end: SheetText<'a>,
    exit_code: Option<i32>,
    secs: Option<f64>,
    peak_rss_bytes: Option<u64>,
    peak_pss_bytes: Option<u64>,
    peak_largest_process_bytes: Option<u64>,
    processes: Option<u32>,
    processes_at_once: Option<u32>,
    images_at_once: Option<u64>,
    started_unix_secs: Option<u64>,
    system: SheetText<'a>,
    cores: Option<usize>,
    memory_bytes: Option<u64>,
}

impl<'a> ProgramRow<'a> {
    fn of(record: &'a WatchedRecord) -> Self {
        let (summary, machine) = (&record.summary, record.machine.as_ref());
        Self {
            run: (&record.run).into(),
            name: record.title().into(),
            program: record.program.join(" ").into(),
            end: record.end.text().into(),
            exit_code: record.end.exit_code(),
            secs: record.secs,
            peak_rss_bytes: summary.peak_rss_bytes,
            peak_pss_bytes: summary.peak_pss_bytes,
            peak_largest_process_bytes: summary.peak_largest_bytes,
            processes: record.processes_seen,
            processes_at_once: summary.most_processes,
            images_at_once: summary.images_at_once,
            started_unix_secs: record.started_unix_secs,
            system: machine.map_or("", |machine| &machine.system).into(),
            cores: machine.map(|machine| machine.cores),
            memory_bytes: machine.and_then(|machine| machine.memory_bytes),
        }
    }
}

#[derive(Serialize)]
struct SampleRow<'a> {
    run: SheetText<'a>,
    at_secs: f64,
    rss_bytes: Option<u64>,
    pss_bytes: Option<u64>,
    largest_process_bytes: Option<u64>,
    processes: Option<u32>,
}

fn samples(record: &WatchedRecord) -> impl Iterator<Item = SampleRow<'_>> {
    record.samples.iter().map(|sample| SampleRow {
        run: (&record.run).into(),
        at_secs: sample.at_secs,
        rss_bytes: sample.rss,
        pss_bytes: sample.pss,
        largest_process_bytes: sample.largest,
        processes: sample.processes,
    })
}

#[derive(Default, Serialize)]
struct MomentRow<'a> {
    run: SheetText<'a>,
    at_secs: f64,
    moment: SheetText<'a>,
    images: Option<u64>,
    combination: Option<SheetText<'a>>,
    step: Option<SheetText<'a>>,
    told_rss_bytes: Option<u64>,
    said: SheetText<'a>,
}

fn moments(record: &WatchedRecord) -> impl Iterator<Item = MomentRow<'_>> {
    record.moments.iter().map(|moment| {
        let (run, at_secs, said) = ((&record.run).into(), moment.at_secs, (&moment.said).into());
        let row = |moment: &'static str| MomentRow {
            run,
            at_secs,
            moment: moment.into(),
            said,
            ..MomentRow::default()
        };
        match &moment.kind {
            MomentKind::Preloaded { images, combination } => MomentRow {
                images: *images,
                combination: combination.as_ref().map(Into::into),
                ..row("preloaded")
            },
            MomentKind::Cleared { images, combination } => MomentRow {
                images: *images,
                combination: combination.as_ref().map(Into::into),
                ..row("cleared")
            },
            MomentKind::StepStarted { name } => MomentRow { step: Some(name.into()), ..row("step started") },
            MomentKind::StepDone { name, .. } => MomentRow { step: Some(name.into()), ..row("step done") },
            MomentKind::Memory { rss_bytes } => {
                MomentRow { told_rss_bytes: Some(*rss_bytes), ..row("memory") }
            }
            MomentKind::Mark => row("mark"),
        }
    })
}

#[derive(Serialize)]
struct OutputRow<'a> {
    run: SheetText<'a>,
    path: SheetText<'a>,
    hash: ContentHash,
}

fn outputs(record: &WatchedRecord) -> impl Iterator<Item = OutputRow<'_>> {
    let files = record.outputs.iter().flat_map(|outputs| &outputs.files);
    files.map(|(path, hash)| OutputRow { run: (&record.run).into(), path: path.into(), hash: *hash })
}
