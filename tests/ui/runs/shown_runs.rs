//! What follows when runs of other sessions are read and shown: how many are read, their verdict, what
//! failed in them.

use std::path::PathBuf;

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{HistoryCommand, HistoryEvent, HistoryWork, MOST_TOGETHER, StatusWork, Tab, Work};
use stepwell::events::FailedImage;
use stepwell::plan::Mode;
use stepwell::plate::ImageKey;
use stepwell::record::{Accounted, Compared, Past, Refused, RunLabel};

use crate::bench::Bench;
use crate::runs::history::{Disk, ask, charted, loads, of_plate, tell};
use crate::synthetic;

#[test]
fn many_selected_runs_are_not_read_and_what_is_being_read_is_read_once() {
    let days: Vec<u64> = (1..=10).collect();
    let disk = Disk::of_days(&days);
    let mut bench = disk.listed();
    let all: Vec<PathBuf> = (0..disk.runs.len()).map(|nth| disk.folder(nth)).collect();
    for (count, wanted) in [(1, 0), (2, 2), (MOST_TOGETHER, MOST_TOGETHER), (MOST_TOGETHER + 1, 0), (20, 0)] {
        bench.asked.clear();
        ask(&mut bench, HistoryCommand::Select(Vec::new()));
        ask(&mut bench, HistoryCommand::Select(all[..count].to_vec()));
        assert_eq!(loads(&bench), wanted, "{count} selected");
    }
    ask(&mut bench, HistoryCommand::ShowOnly(all.clone()));
    assert_eq!((loads(&bench), bench.state.status.tab), (0, Tab::Runs), "as many are not shown together");
    let mut harness = bench.show();
    let button = harness.get_by_role_and_label(Role::Button, "Show only these");
    assert!(button.accesskit_node().is_disabled());
    assert!(harness.query_by_label(&format!("between the first {MOST_TOGETHER}")).is_some());
    // Selected and shown before the answer: one read. Taken back before it: not shown.
    let bench = harness.state_mut();
    for (is_kept, wanted) in [(true, 1), (false, 0)] {
        let mut again = disk.listed();
        std::mem::swap(bench, &mut again);
        ask(bench, HistoryCommand::Select(all[..2].to_vec()));
        ask(bench, HistoryCommand::Show { folder: disk.folder(0), is_shown: true });
        ask(bench, HistoryCommand::Show { folder: disk.folder(0), is_shown: is_kept });
        assert_eq!(loads(bench), 2);
        disk.answer(bench);
        assert_eq!(charted(bench).len(), wanted);
    }
    // What comes after another plate was opened is not shown.
    ask(bench, HistoryCommand::Show { folder: disk.folder(3), is_shown: true });
    bench.state.show_plate(synthetic::plate());
    disk.answer(bench);
    assert!(charted(bench).is_empty());
}

#[test]
fn runs_that_others_take_the_place_of_leave_the_chart() {
    let disk = Disk::of_days(&(1..=10).collect::<Vec<u64>>());
    let mut bench = disk.listed();
    let all: Vec<PathBuf> = (0..2 * MOST_TOGETHER).map(|nth| disk.folder(nth)).collect();
    for some in all.chunks(MOST_TOGETHER) {
        // Selected ones are read for their verdict, so that they are at hand when they are shown.
        ask(&mut bench, HistoryCommand::Select(some.to_vec()));
        disk.answer(&mut bench);
        ask(&mut bench, HistoryCommand::ShowOnly(some.to_vec()));
        disk.answer(&mut bench);
        assert_eq!(charted(&bench).len(), MOST_TOGETHER);
        assert_eq!(bench.state.runs.shown().count(), MOST_TOGETHER);
    }
}

#[test]
fn the_verdict_is_about_the_runs_that_are_shown() {
    let mut disk = Disk::of_days(&[3, 4]);
    let refused =
        Refused { mode: Mode::Bulk, forecast: disk.runs[0].1.forecast, why: "over the budget".to_owned() };
    disk.change(1, |record| {
        record.compared = Some(Compared { name: record.run.clone(), round: 0, refused: vec![refused] });
    });
    let mut bench = disk.listed();
    // Which are shown; whether bulk has a number of its own, and is hatched as refused.
    for (shown, bulk_ran, is_hatched) in [
        (vec![1], Some(false), true),
        (vec![1, 2], Some(true), false),
        (vec![2], None, false),
        (vec![2, 3], Some(true), false),
        (vec![1], Some(false), true),
    ] {
        let folders: Vec<PathBuf> = shown.iter().map(|nth| disk.folder(*nth)).collect();
        ask(&mut bench, HistoryCommand::ShowOnly(folders));
        disk.answer(&mut bench);
        assert_eq!(charted(&bench).len(), shown.len());
        let found = bench.state.memory.comparison.as_ref().map(|found| found.bulk.summary().is_some());
        assert_eq!(found, bulk_ran, "{shown:?}");
        assert_eq!(!bench.state.memory.chart.refused.is_empty(), is_hatched, "{shown:?}");
        assert_eq!(bench.state.memory.chart.budget_bytes, Some(35_000_000));
    }
}

#[test]
fn a_copy_of_a_run_under_the_same_name_is_a_run_of_its_own() {
    let mut disk = Disk::of_days(&[3]);
    // The folder of the first run was copied to another place, and the copy shows another time.
    let (mut past, mut record) = disk.runs[0].clone();
    past.folder = PathBuf::from("/home/ada/Copies").join(&record.run);
    record.summary.record = Some(past.folder.join("record.ron"));
    record.samples.truncate(record.samples.len() / 2);
    disk.runs.push((past, record));
    let [original, copy] = [disk.folder(0), disk.folder(2)];
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::ShowOnly(vec![original.clone(), copy.clone()]));
    disk.answer(&mut bench);
    let samples = |bench: &Bench| -> Vec<usize> {
        bench.state.memory.chart.runs.iter().map(|run| run.series.samples().len()).collect()
    };
    let [all, half] = [0, 2].map(|nth: usize| disk.runs[nth].1.samples.len());
    let mut both = samples(&bench);
    both.sort_unstable();
    assert_eq!(both, [half, all]);
    for (hidden, left) in [(&original, vec![half]), (&copy, vec![])] {
        ask(&mut bench, HistoryCommand::Show { folder: hidden.clone(), is_shown: false });
        assert_eq!(samples(&bench), left, "{} hidden", hidden.display());
    }
}

#[test]
fn failures_of_a_run_of_another_plate_are_not_this_plates() {
    let mut disk = Disk::of_days(&[3]);
    let key = ImageKey::new(synthetic::well("B02"), 1, 1, 1, 1);
    let failed = FailedImage {
        path: PathBuf::from("/data/Neurites-07/odd.tif"),
        why: "it is cut off".to_owned(),
        key,
        further: 0,
    };
    for nth in 0..2 {
        disk.change(nth, |record| record.summary.failed = vec![failed.clone()]);
    }
    disk.change(1, |record| of_plate(record, "Other"));
    let mut bench = disk.listed();
    for (nth, is_told) in [(0, true), (1, false)] {
        ask(&mut bench, HistoryCommand::ShowOnly(vec![disk.folder(nth)]));
        disk.answer(&mut bench);
        assert_eq!(charted(&bench).len(), 1);
        assert_eq!(!bench.state.images.failures.entries.is_empty(), is_told, "{nth}");
    }
    ask(&mut bench, HistoryCommand::ShowOnly(vec![disk.folder(0)]));
    disk.answer(&mut bench);
    tell(&mut bench, HistoryEvent::Deleted { folder: disk.folder(0), result: Ok(Accounted::default()) });
    assert!(bench.state.images.failures.entries.is_empty());
}

#[test]
fn the_list_is_that_of_the_newest_search() {
    let disk = Disk::of_days(&[3, 4]);
    let mut bench = disk.listed();
    let generation = |bench: &mut Bench| {
        ask(bench, HistoryCommand::Read);
        bench.asked.iter().rev().find_map(|work| match work {
            Work::History(HistoryWork::Read { generation, .. }) => Some(*generation),
            _ => None,
        })
    };
    let past = |nth: usize| Ok(Past::Run(Box::new(disk.runs[nth].0.clone())));
    let first = generation(&mut bench).expect("asked");
    tell(&mut bench, HistoryEvent::Found { generation: first, runs: vec![past(0), past(1)] });
    // A second search begins before the first is through: what only the first found is not there.
    let second = generation(&mut bench).expect("asked");
    let unread = Err("cannot be read".to_owned());
    let label = RunLabel { name: "New".to_owned(), ..RunLabel::default() };
    ask(&mut bench, HistoryCommand::Label { folder: disk.folder(2), label });
    tell(&mut bench, HistoryEvent::Found { generation: second, runs: vec![past(2), unread.clone(), unread] });
    tell(&mut bench, HistoryEvent::AllFound { generation: first });
    assert_eq!(bench.state.runs.history.runs.len(), 4, "the second is not through");
    tell(&mut bench, HistoryEvent::AllFound { generation: second });
    let runs: Vec<&PathBuf> =
        bench.state.runs.history.runs.iter().map(|run| &run.run().expect("a run").folder).collect();
    assert_eq!(runs, [&disk.folder(2)]);
    assert_eq!(bench.state.runs.history.errors.len(), 1, "one file in two folders is said once");
    // What the user said meanwhile stands, although it was read before.
    assert_eq!(bench.state.runs.history.runs[0].label().name, "New");
}

/// Names of a plate, a channel and a run, and a note, as others may have written them.
#[test]
fn long_words_of_others_push_nothing_off() {
    let long = "long name\n\u{202e}".repeat(100_000);
    let mut disk = Disk::of_days(&[3]);
    disk.label(0, &long, &long, false);
    disk.change(1, |record| long.clone_into(&mut record.plate.name));
    let mut bench = disk.listed();
    let mut plate = synthetic::plate();
    long.clone_into(&mut plate.name);
    plate.microscope = Some(long.clone());
    plate.channel_names.insert(1, long.clone());
    bench.state.show_plate(plate);
    disk.answer(&mut bench);
    bench.state.handle(stepwell::app::StatusCommand::ShowTab(Tab::Runs));
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0)]));
    let harness = bench.show();
    let screen = harness.ctx.content_rect();
    for button in
        ["Delete…", "Show folder", "Show only this", "Run again", "Compare both ways", "Open plate…"]
    {
        let rect = harness.get_by_role_and_label(Role::Button, button).rect();
        assert!(screen.contains_rect(rect), "{button}: {rect:?} in {screen:?}");
        assert!(rect.height() < 60.0, "{button}: {rect:?}");
    }
    let shown = harness.query_all_by(|node| node.role() != Role::TextInput);
    let longest = shown.filter_map(|node| node.accesskit_node().label()).max_by_key(String::len);
    assert!(longest.as_ref().is_some_and(|label| label.chars().count() < 4_000), "{longest:?}");
}

#[test]
fn a_run_says_how_other_programs_open_it() {
    let disk = Disk::of_days(&[3]);
    let mut bench = disk.listed();
    bench.state.show_plate(synthetic::plate());
    disk.answer(&mut bench);
    bench.state.handle(stepwell::app::StatusCommand::ShowTab(Tab::Runs));
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0)]));
    bench.asked.clear();
    let mut harness = bench.show();
    harness.get_by_role_and_label(Role::Button, "Open in another program").click();
    harness.run();
    for program in ["Fiji", "QuPath", "napari", "CellProfiler", "OpenHCS", "ashlar"] {
        assert!(harness.query_by_label(&format!("Copy for {program}")).is_some(), "{program}");
    }
    harness.get_by_label("Copy for CellProfiler").click();
    harness.run();
    let copied = harness.state().asked.iter().find_map(|work| match work {
        Work::Status(StatusWork::Copy(text)) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("copied");
    let expected = disk.folder(0).join("images");
    assert!(copied.starts_with(expected.to_str().expect("text")), "{copied}");
    assert!(copied.ends_with("load_data.csv"), "{copied}");
}
