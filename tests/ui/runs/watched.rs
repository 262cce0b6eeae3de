//! Watched programs among the runs.

use std::path::{Path, PathBuf};

use stepwell::app::{HistoryCommand, HistoryEvent, HistoryWork, StatusCommand, Tab, Work};
use stepwell::record::{AnyRecord, Past, PastWatched, RunLabel};
use stepwell::watch::WatchedRecord;

use super::history::{RESULTS, ask, tell};
use crate::bench::Bench;

/// OpenHCS as it was watched: all at once, and one component at a time.
fn openhcs() -> Vec<WatchedRecord> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/openhcs");
    ["all-at-once", "by-channel", "by-channel-and-timepoint"]
        .map(|name| {
            let path = folder.join(format!("{name}.ron"));
            let mut record = WatchedRecord::read(&path).unwrap_or_else(|error| panic!("{error}"));
            record.folder = Some(PathBuf::from(RESULTS).join(&record.run));
            record
        })
        .to_vec()
}

/// Some of them in the chart.
fn charted(records: &[WatchedRecord]) -> Bench {
    let folder_of = |record: &WatchedRecord| record.folder.clone().expect("it has one");
    let past = |record: &WatchedRecord| PastWatched {
        folder: folder_of(record),
        head: WatchedRecord { moments: Vec::new(), samples: Vec::new(), ..record.clone() },
        label: RunLabel::default(),
    };
    let mut bench = Bench::with_plate();
    bench.state.handle(StatusCommand::ShowTab(Tab::Runs));
    bench.settle();
    for work in std::mem::take(&mut bench.asked) {
        if let Work::History(HistoryWork::Read { generation, .. }) = work {
            let runs = records.iter().map(|record| Ok(Past::Watched(Box::new(past(record))))).collect();
            tell(&mut bench, HistoryEvent::Found { generation, runs });
            tell(&mut bench, HistoryEvent::AllFound { generation });
        }
    }
    ask(&mut bench, HistoryCommand::ShowOnly(records.iter().map(folder_of).collect()));
    for record in records {
        let (folder, record) = (folder_of(record), Ok(AnyRecord::Watched(Box::new(record.clone()))));
        tell(&mut bench, HistoryEvent::Loaded { folder, record });
    }
    bench.settle();
    bench
}

#[test]
fn two_ways_of_one_program_are_compared_in_a_sentence() {
    let records = openhcs();
    let bench = charted(&records[..2]);
    let verdict = bench.state.memory.watched_verdict.as_ref().expect("a verdict");
    assert_eq!(
        verdict.sentence,
        "OpenHCS by channel needs 2.2 × less memory than OpenHCS all at once, in the same time; all 180 files of results \
         are the same."
    );
    assert_eq!(bench.state.memory.chart.runs.len(), 2);
    let images: Vec<_> = records.iter().map(|record| record.summary.images_at_once).collect();
    assert_eq!(images, [Some(540), Some(135), Some(27)]);
}
