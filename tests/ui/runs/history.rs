//! The runs on disk in the window: listed, named, pinned, shown beside others, run again, deleted.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{
    CheckStage, HistoryCommand, HistoryEvent, HistoryWork, SettingsEvent, StatusCommand, Tab, Work,
};
use stepwell::compare::{ChangedFile, Comparison, FilesCheck};
use stepwell::plan::Mode;
use stepwell::record::{AnyRecord, Past, PastRun, RunLabel, RunRecord};

use crate::bench::Bench;
use crate::synthetic;

/// The folder of results.
pub(crate) const RESULTS: &str = "/home/ada/Documents/Stepwell";

/// Runs on a disk that is made up.
pub(crate) struct Disk {
    pub(crate) runs: Vec<(PastRun, RunRecord)>,
}

impl Disk {
    /// The two runs of a comparison, made on each of some days.
    pub(crate) fn of_days(days: &[u64]) -> Self {
        let bench = Bench::compared();
        let both = [Mode::Bulk, Mode::Sequential];
        let runs = days.iter().flat_map(|day| both.map(|mode| (*day, mode))).map(|(day, mode)| {
            let run_of = |mode| &bench.state.runs.last_run(mode).expect("it ran").record;
            let mut record = run_of(mode).clone();
            // The made-up results of both stand for the same pixels.
            record.outputs.clone_from(&run_of(Mode::Bulk).outputs);
            record.run = format!("2026-11-{day:02} 09.{:02}.00 {}", mode as usize, mode.name());
            record.started_unix_secs = 1_793_437_200 + day * 86_400 + mode as u64 * 60;
            record.budget_bytes = Some(35_000_000);
            // Not every day is the same.
            let slower = 1.0 + (day % 5) as f64 * 0.13;
            for sample in &mut record.samples {
                sample.at_secs *= slower;
                sample.rss = sample.rss.map(|rss| rss + (rss - synthetic::RESTING) * (day % 4) / 9);
            }
            for event in &mut record.events {
                event.at_secs *= slower;
            }
            record.summary.wall_secs *= slower;
            record.summary.peak_rss_bytes = record.samples.iter().filter_map(|sample| sample.rss).max();
            Self::stored(record)
        });
        Self { runs: runs.collect() }
    }

    fn stored(mut record: RunRecord) -> (PastRun, RunRecord) {
        let folder = PathBuf::from(RESULTS).join(&record.plate.name).join(&record.run);
        record.summary.record = Some(folder.join("record.ron"));
        let head =
            RunRecord { outputs: Vec::new(), events: Vec::new(), samples: Vec::new(), ..record.clone() };
        (PastRun { folder, head, label: RunLabel::default(), wells: None }, record)
    }

    pub(crate) fn folder(&self, nth: usize) -> PathBuf {
        self.runs[nth].0.folder.clone()
    }

    pub(crate) fn label(&mut self, nth: usize, name: &str, note: &str, is_pinned: bool) {
        self.runs[nth].0.label = RunLabel { name: name.to_owned(), note: note.to_owned(), is_pinned };
    }

    pub(crate) fn change(&mut self, nth: usize, change: impl FnOnce(&mut RunRecord)) {
        let mut record = self.runs[nth].1.clone();
        change(&mut record);
        self.runs[nth] = Self::stored(record);
    }

    /// Does what was asked of the disk, as the threads would.
    pub(crate) fn answer(&self, bench: &mut Bench) {
        bench.settle();
        let (of_disk, others): (Vec<Work>, Vec<Work>) = std::mem::take(&mut bench.asked)
            .into_iter()
            .partition(|work| matches!(work, Work::History(HistoryWork::Read { .. } | HistoryWork::Load(_))));
        bench.asked = others;
        for work in of_disk {
            match work {
                Work::History(HistoryWork::Read { generation, .. }) => {
                    let runs =
                        self.runs.iter().map(|(past, _)| Ok(Past::Run(Box::new(past.clone())))).collect();
                    tell(bench, HistoryEvent::Found { generation, runs });
                    tell(bench, HistoryEvent::AllFound { generation });
                }
                Work::History(HistoryWork::Load(folder)) => {
                    let found = self.runs.iter().find(|(past, _)| past.folder == folder);
                    let record = found.map(|(_, record)| AnyRecord::Run(Box::new(record.clone())));
                    let record = record.ok_or_else(|| "it is gone".to_owned());
                    tell(bench, HistoryEvent::Loaded { folder, record });
                }
                _ => {}
            }
        }
        bench.settle();
    }

    /// A new session in which they are listed.
    pub(crate) fn listed(&self) -> Bench {
        let mut bench = Bench::with_budget("35MB");
        bench.state.handle(StatusCommand::ShowTab(Tab::Runs));
        self.answer(&mut bench);
        // Where the runs of this computer go.
        bench.state.apply(SettingsEvent::Machine {
            machine: bench.state.settings.machine.clone(),
            results: PathBuf::from(RESULTS),
            results_free_bytes: None,
        });
        bench.settle();
        bench
    }
}

/// Runs of some weeks, some of them named, two selected.
pub(crate) fn named() -> Bench {
    let mut disk = Disk::of_days(&[2, 3, 9, 17, 18]);
    disk.label(0, "Reference, before the new lamp", "keep: figure 2 was made from it", true);
    disk.label(5, "9 threads, cold files", "", false);
    disk.label(7, "Channel first", "asked for by Ada", true);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Show { folder: disk.folder(9), is_shown: true });
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0), disk.folder(7)]));
    disk.answer(&mut bench);
    bench
}

/// Four runs in the chart, two of each mode, one with a long name.
pub(crate) fn overlaid() -> Bench {
    let mut disk = Disk::of_days(&[3, 6]);
    disk.label(0, "Reference, before the new lamp was built in and aligned", "", true);
    disk.label(3, "Channel first", "", false);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::ShowOnly((0..4).map(|nth| disk.folder(nth)).collect()));
    disk.answer(&mut bench);
    bench
}

pub(crate) fn of_plate(record: &mut RunRecord, name: &str) {
    name.clone_into(&mut record.plate.name);
    record.plate.root = PathBuf::from("/data").join(name);
}

pub(crate) fn tell(bench: &mut Bench, event: HistoryEvent) {
    bench.state.apply(event);
}

pub(crate) fn ask(bench: &mut Bench, command: HistoryCommand) {
    bench.state.handle(command);
    bench.settle();
}

pub(crate) fn loads(bench: &Bench) -> usize {
    bench.asked.iter().filter(|work| matches!(work, Work::History(HistoryWork::Load(_)))).count()
}

pub(crate) fn charted(bench: &Bench) -> Vec<&str> {
    let name = |id| bench.state.runs.run(id).expect("a run").record.run.as_str();
    bench.state.memory.chart.runs.iter().map(|run| name(run.id)).collect()
}

/// The rows of the table on screen from top to bottom, by their accessible names.
pub(crate) fn rows(harness: &Harness<'_, Bench>) -> Vec<String> {
    let mut rows: Vec<(i32, String)> = harness
        .query_all_by_role(Role::Row)
        .filter_map(|row| Some((row.rect().top() as i32, row.accesskit_node().label()?)))
        // Those of the plate map.
        .filter(|(_, name)| !name.starts_with("Row "))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, name)| name).collect()
}

pub(crate) fn click(harness: &mut Harness<'_, Bench>, role: Role, label: &str) {
    harness.get_by_role_and_label(role, label).click();
    harness.run_steps(4);
}

#[test]
fn pinned_runs_come_first_and_a_filter_and_the_plate_choose() {
    let mut disk = Disk::of_days(&[3, 4]);
    disk.label(0, "Before the new lamp", "of the old microscope", true);
    disk.change(3, |record| of_plate(record, "Projection-Mix"));
    let mut harness = disk.listed().show();
    let pinned = "Before the new lamp, 2026-11-03 09.00.00 bulk";
    let bulk = "All at once, 2026-11-04 09.00.00 bulk";
    let sequential = "Channel, one at a time, 2026-11-03 09.01.00 sequential";
    let other = "Channel, one at a time, 2026-11-04 09.01.00 sequential";
    assert_eq!(rows(&harness), [pinned, bulk, sequential]);
    click(&mut harness, Role::CheckBox, "All plates");
    assert_eq!(rows(&harness), [pinned, other, bulk, sequential]);
    for (text, wanted) in [
        ("LAMP", vec![pinned]),
        ("old micro", vec![pinned]),
        ("projection", vec![other]),
        ("2026-11-04", vec![other, bulk]),
        ("no such run", vec![]),
    ] {
        ask(harness.state_mut(), HistoryCommand::Filter(text.to_owned()));
        harness.run_steps(3);
        assert_eq!(rows(&harness), wanted, "{text}");
    }
    assert!(harness.query_by_label("No run passes the filter.").is_some());
    ask(harness.state_mut(), HistoryCommand::Filter(String::new()));
    harness.run_steps(3);
    // By name, then the other way, then as it was.
    let by_name = [bulk, pinned, other, sequential];
    for wanted in [by_name, [other, sequential, pinned, bulk], [pinned, other, bulk, sequential]] {
        let heading = harness
            .query_all_by_role(Role::ColumnHeader)
            .find(|node| {
                let label = node.accesskit_node().label();
                label.is_some_and(|label| label == "Run" || label.starts_with("Run, "))
            })
            .expect("the heading");
        heading.click();
        harness.run_steps(4);
        let mut found = rows(&harness);
        if wanted[0] == other {
            // Two of one name are in either order.
            found[..2].sort_by(|a, b| b.cmp(a));
        }
        if wanted == by_name {
            found[2..].sort_by(|a, b| b.cmp(a));
        }
        assert_eq!(found, wanted);
    }
    // The star of a row pins it, and that is kept on the disk.
    click(&mut harness, Role::Button, &format!("Pin {bulk}"));
    assert_eq!(rows(&harness)[..2], [bulk, pinned]);
    assert!(harness.state().has_asked(|work| matches!(
        work,
        Work::History(HistoryWork::Label { label, .. }) if label.is_pinned && label.name.is_empty()
    )));
}

#[test]
fn a_name_and_a_note_are_kept_when_the_field_is_left() {
    let disk = Disk::of_days(&[3]);
    let mut harness = disk.listed().show();
    let [sequential, bulk] = rows(&harness).try_into().expect("two rows");
    click(&mut harness, Role::Row, &bulk);
    let kept = |harness: &Harness<'_, Bench>| -> Vec<RunLabel> {
        let labels = harness.state().asked.iter().filter_map(|work| match work {
            Work::History(HistoryWork::Label { label, .. }) => Some(label.clone()),
            _ => None,
        });
        labels.collect()
    };
    harness.get_by_label("Name of the run").focus();
    harness.run_steps(2);
    harness.get_by_label("Name of the run").type_text("Old lamp");
    harness.run_steps(3);
    assert!(kept(&harness).is_empty(), "it is still being typed");
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert_eq!(kept(&harness).len(), 1);
    harness.get_by_label("Note on the run").type_text("dim");
    harness.run_steps(3);
    // Another run is selected: what was typed is of the first.
    click(&mut harness, Role::Row, &sequential);
    let label = RunLabel { name: "Old lamp".to_owned(), note: "dim".to_owned(), is_pinned: false };
    assert_eq!(kept(&harness).last(), Some(&label));
    assert_eq!(harness.state().state.runs.history.run(&disk.folder(0)).map(|run| &run.label), Some(&label));
    assert_eq!(
        harness.state().state.runs.history.run(&disk.folder(1)).map(|run| run.label.name.as_str()),
        Some("")
    );
    assert_eq!(rows(&harness)[1], "Old lamp, 2026-11-03 09.00.00 bulk");
}

#[test]
fn of_two_runs_it_is_said_what_differs_and_what_they_come_to() {
    let disk = Disk::of_days(&[3]);
    let mut harness = disk.listed().show();
    let [sequential, bulk] = rows(&harness).try_into().expect("two rows");
    click(&mut harness, Role::Row, &bulk);
    assert_eq!(loads(harness.state()), 0, "the head of a record tells all of one run");
    assert!(harness.query_by_label("Compression").is_some());
    harness.get_by_role_and_label(Role::Row, &sequential).click_modifiers(Modifiers::COMMAND);
    harness.run_steps(4);
    assert!(harness.query_by_label("2 runs selected").is_some());
    assert!(harness.query_by_label("What differs").is_some());
    for (name, differs) in [("Taken", true), ("Compression", false), ("Format", false), ("Steps", false)] {
        let labels = harness.query_all_by_role(Role::Label);
        let mut texts = labels.filter_map(|node| node.accesskit_node().value());
        assert_eq!(texts.any(|text| text == name), differs, "{name}");
    }
    assert_eq!(loads(harness.state()), 2);
    disk.answer(harness.state_mut());
    harness.run_steps(4);
    let records: Vec<&RunRecord> = disk.runs.iter().map(|(_, record)| record).collect();
    let sentence = Comparison::of_records(&records).expect("a comparison").verdict().sentence;
    assert!(harness.query_by_label(&sentence).is_some(), "{sentence}");
    // They are read for the verdict only: neither the chart nor the session has them.
    assert!(harness.state().state.runs.list.is_empty() && harness.state().state.memory.chart.runs.is_empty());
    click(&mut harness, Role::Button, "Show only these");
    assert_eq!(loads(harness.state()), 0, "they are read");
    assert_eq!(harness.state().state.status.tab, Tab::Memory);
    assert_eq!(charted(harness.state()).len(), 2);
    assert!(harness.query_by_label(&sentence).is_some());
}

#[test]
fn results_are_called_identical_when_their_files_were_read_again() {
    let disk = Disk::of_days(&[3]);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::Select(vec![disk.folder(0), disk.folder(1)]));
    disk.answer(&mut bench);
    let mut harness = bench.show();
    let says =
        |harness: &Harness<'_, Bench>, part: &str| harness.query_all_by_label_contains(part).next().is_some();
    assert!(says(&harness, "results were identical when the runs ended."));
    let check = |harness: &mut Harness<'_, Bench>| {
        click(harness, Role::Button, "Check the files");
        let asked = &harness.state().asked;
        let Some(Work::History(HistoryWork::Check { generation, folders, cancel })) = asked.last() else {
            panic!("{asked:?}")
        };
        assert_eq!(*folders, [disk.folder(0), disk.folder(1)]);
        (*generation, cancel.clone())
    };
    let come = |harness: &mut Harness<'_, Bench>, generation, stage| {
        tell(harness.state_mut(), HistoryEvent::Checking { generation, stage });
        harness.run_steps(3);
    };
    let (stopped, cancel) = check(&mut harness);
    come(&mut harness, stopped, CheckStage::Reading { done: 3, of: 12 });
    assert!(says(&harness, "3 of 12 results read again"));
    click(&mut harness, Role::Button, "Stop");
    assert!(cancel.is_cancelled());
    // What comes after that is of no use.
    let whole = FilesCheck { checked: 12, ..FilesCheck::default() };
    come(&mut harness, stopped, CheckStage::Done(whole.clone()));
    assert!(says(&harness, "results were identical when the runs ended."));
    let (generation, _) = check(&mut harness);
    come(&mut harness, generation, CheckStage::Done(whole.clone()));
    assert!(says(&harness, "results are identical.") && says(&harness, "All 12 files are what was written."));
    let (generation, _) = check(&mut harness);
    let changed = ChangedFile {
        run: "the first".to_owned(),
        name: "B02_s1_w1_z1_t1".to_owned(),
        why: "was changed after the run".to_owned(),
    };
    come(&mut harness, generation, CheckStage::Done(FilesCheck { changed: vec![changed], ..whole }));
    let named = "when the runs ended. One of 12 files is not what was written: \
                 B02_s1_w1_z1_t1 of the first was changed after the run.";
    assert!(says(&harness, named));
    // It is known of these runs alone.
    ask(harness.state_mut(), HistoryCommand::Select(vec![disk.folder(0)]));
    harness.run_steps(3);
    assert!(!says(&harness, "not what was written"));
}

#[test]
fn a_run_of_another_session_is_shown_beside_those_of_this_one() {
    let mut disk = Disk::of_days(&[3]);
    disk.label(0, "Old lamp", "", false);
    let mut bench = Bench::compared();
    bench.state.handle(StatusCommand::ShowTab(Tab::Runs));
    disk.answer(&mut bench);
    let verdict = bench.state.memory.comparison.clone();
    let mut harness = bench.show();
    let box_name = "Old lamp, 2026-11-03 09.00.00 bulk in the chart";
    click(&mut harness, Role::CheckBox, box_name);
    disk.answer(harness.state_mut());
    harness.run_steps(3);
    let bench = harness.state();
    assert_eq!(charted(bench).last(), Some(&"2026-11-03 09.00.00 bulk"));
    assert_eq!(bench.state.memory.chart.runs.len(), 3);
    assert_eq!(bench.state.memory.chart.runs[2].title, "Old lamp");
    let node = harness.get_by_role_and_label(Role::CheckBox, box_name);
    assert_eq!(node.accesskit_node().toggled(), Some(Toggled::True));
    // In the list at the right it has the name that the user gave it.
    let wall = &harness.state().state.runs.list[0];
    assert!(wall.is_past);
    harness.get_by_role_and_label(Role::CheckBox, "Old lamp, 2.2 s, in the chart");
    click(&mut harness, Role::CheckBox, box_name);
    let bench = harness.state();
    assert_eq!(bench.state.memory.chart.runs.len(), 2);
    assert_eq!(
        bench.state.memory.comparison.as_ref().map(|found| found.peak_ratio),
        verdict.map(|found| found.peak_ratio)
    );
}

#[test]
fn the_list_is_one_stop_whose_cells_are_told_with_their_columns() {
    let mut disk = Disk::of_days(&[3, 4]);
    disk.label(0, "Old lamp", "dim", true);
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::ShowAllPlates(true));
    let mut harness = bench.show();
    let grid = |harness: &Harness<'_, Bench>| {
        let node = harness.query_all_by_role(Role::Grid).find(|node| {
            node.accesskit_node().label().is_some_and(|label| label.starts_with("Runs. Arrow keys move"))
        });
        node.expect("the list").accesskit_node().id()
    };
    let id = grid(&harness);
    harness.query_all_by_role(Role::Grid).find(|node| node.accesskit_node().id() == id).expect("it").focus();
    harness.run_steps(3);
    let told = |harness: &Harness<'_, Bench>| {
        let focused = harness.query_all_by_role(Role::GridCell).find(egui_kittest::Node::is_focused);
        focused.expect("a cell").accesskit_node().label().unwrap_or_default()
    };
    assert_eq!(told(&harness), "Not in the chart");
    for (modifiers, key, wanted) in [
        (Modifiers::NONE, Key::ArrowRight, "Pinned"),
        (Modifiers::NONE, Key::ArrowRight, "Old lamp, dim"),
        (Modifiers::NONE, Key::ArrowRight, "Plate Neurites-07"),
        (Modifiers::NONE, Key::ArrowRight, "Wells 1"),
        (Modifiers::NONE, Key::Enter, "Wells 1"),
    ] {
        harness.key_press_modifiers(modifiers, key);
        harness.run_steps(3);
        assert_eq!(told(&harness), wanted);
    }
    let selected = |harness: &Harness<'_, Bench>| harness.state().state.runs.history.selected.len();
    assert_eq!(selected(&harness), 1);
    let row = harness.get_by_role_and_label(Role::Row, "Old lamp, 2026-11-03 09.00.00 bulk");
    assert_eq!(row.accesskit_node().is_selected(), Some(true));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(3);
    assert_eq!(selected(&harness), 2);
    // Marks are turned over by the same keys.
    harness.key_press(Key::Home);
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press(Key::ArrowLeft);
        harness.run_steps(2);
    }
    assert_eq!(told(&harness), "Pinned");
    harness.key_press(Key::Space);
    harness.run_steps(3);
    let unpins =
        |work: &Work| matches!(work, Work::History(HistoryWork::Label { label, .. }) if !label.is_pinned);
    assert!(harness.state().has_asked(unpins));
    assert_eq!(selected(&harness), 2);
    // What a screen reader asks of a cell is done as by a key.
    let cell = harness.query_all_by_role(Role::GridCell).find(|node| {
        node.accesskit_node().label().is_some_and(|label| label.starts_with("Channel, one at a time"))
    });
    cell.expect("a cell").click_accesskit();
    harness.run_steps(3);
    assert!(told(&harness).starts_with("Channel, one at a time"));
    assert_eq!(selected(&harness), 1);
    // Of a column it is told how it is sorted.
    click(&mut harness, Role::ColumnHeader, "Peak");
    let heading = harness.get_by_role_and_label(Role::ColumnHeader, "Peak, ascending");
    let heading = heading.accesskit_node();
    assert_eq!(heading.data().sort_direction(), Some(egui::accesskit::SortDirection::Ascending));
    assert_eq!(heading.data().column_index(), Some(7));
}

#[test]
fn a_run_is_made_again_with_its_settings_or_it_is_said_why_not() {
    let mut disk = Disk::of_days(&[3]);
    disk.change(0, |record| of_plate(record, "Other"));
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::ShowAllPlates(true));
    let mut harness = bench.show();
    let blocked = |bench: &Bench, nth: usize| {
        let run = bench.state.runs.history.run(&disk.folder(nth)).expect("it is listed");
        bench.state.runs.again_blocked(run, bench.state.plate.as_ref())
    };
    let other = format!("open the plate Other in {} first", disk.runs[0].1.plate.root.display());
    for (nth, why) in [(0, Some(other.as_str())), (1, None)] {
        ask(harness.state_mut(), HistoryCommand::Select(vec![disk.folder(nth)]));
        harness.run_steps(3);
        assert_eq!(blocked(harness.state(), nth).as_deref(), why);
        let button = harness.get_by_role_and_label(Role::Button, "Run again");
        assert_eq!(button.accesskit_node().is_disabled(), why.is_some());
    }
    click(&mut harness, Role::Button, "Run again");
    let (_, request) = harness.state().job();
    assert_eq!(request.specs, [disk.runs[1].1.spec.clone()]);
    assert_eq!(request.wells, disk.runs[1].1.plan.wells.iter().copied().collect::<BTreeSet<_>>());
    assert_eq!(request.budget_bytes, Some(35_000_000));
    assert_eq!(blocked(harness.state(), 1).as_deref(), Some("a run is going"));
}

#[test]
fn a_run_that_is_offered_by_a_guess_says_so() {
    let mut disk = Disk::of_days(&[3]);
    disk.change(0, |record| record.plate.root = PathBuf::from("/elsewhere"));
    let mut bench = disk.listed();
    ask(&mut bench, HistoryCommand::ShowAllPlates(false));
    let mut harness = bench.show();
    for (nth, is_guess) in [(0, true), (1, false)] {
        ask(harness.state_mut(), HistoryCommand::Select(vec![disk.folder(nth)]));
        harness.run_steps(3);
        let note = harness.query_by_label_contains("by its name alone: it was of /elsewhere");
        assert_eq!(note.is_some(), is_guess, "run {nth}");
    }
}
