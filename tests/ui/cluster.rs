//! The dialog that writes the files of a run on a cluster, and a run folder that is followed while it fills.

use stepwell::app::{ClusterCommand, ClusterDraft, ClusterEvent, ClusterWork, SeenRun, WellStage};
use stepwell::plate::WellId;
use stepwell::record::folder::WellProgress;
use stepwell::workflow::Engine;

use super::*;

/// Where the made-up workflow goes.
const FOLDER: &str = "/shared/screens/Neurites-07 run";

fn opened() -> Bench {
    let mut bench = Bench::with_plate();
    bench.state.handle(ClusterCommand::Open);
    bench.settle();
    bench
}

fn draft(bench: &Bench) -> ClusterDraft {
    bench.state.cluster.dialog.as_ref().expect("the dialog").draft.clone()
}

fn change(bench: &mut Bench, change: impl FnOnce(&mut ClusterDraft)) {
    let mut draft = draft(bench);
    change(&mut draft);
    bench.state.handle(ClusterCommand::Change(Box::new(draft)));
    bench.settle();
}

/// What was asked to be written last: the number of the request, the command that would start it, the jobs' wells.
fn asked(bench: &Bench) -> Option<(u64, String, Vec<usize>)> {
    bench.asked.iter().rev().find_map(|work| match work {
        Work::Cluster(ClusterWork::Write { generation, workflow, folder }) => {
            let wells = workflow.jobs.iter().map(|job| job.wells.len()).collect();
            Some((*generation, workflow.command(folder.to_str().expect("text")), wells))
        }
        _ => None,
    })
}

/// With the files written.
pub(crate) fn written() -> Bench {
    let mut bench = opened();
    change(&mut bench, |draft| {
        draft.folder = FOLDER.to_owned();
        draft.wells_per_job = "4".to_owned();
        draft.plate_there = "/cluster/data/Neurites-07".to_owned();
    });
    bench.state.handle(ClusterCommand::Write);
    bench.settle();
    let (generation, command, _) = asked(&bench).expect("it is written");
    bench.state.apply(ClusterEvent::Written { generation, result: Ok(command) });
    bench
}

#[test]
fn the_dialog_is_reached_beside_the_other_ways_to_run() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_label("More ways to run").click();
    harness.run();
    harness.get_by_label("Run on a cluster…").click();
    harness.run();
    assert!(harness.query_by_label("What each job asks for").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.cluster.dialog.is_none());
}

#[test]
fn files_are_written_to_the_folder_that_is_named() {
    let mut harness = opened().show();
    let write = |harness: &Harness<'_, Bench>| {
        !harness.get_by_label("Write the files").accesskit_node().is_disabled()
    };
    assert!(!write(&harness), "no folder is given");
    harness.get_by_role_and_label(Role::TextInput, "Folder of the workflow").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Folder of the workflow").type_text(FOLDER);
    harness.run();
    assert!(write(&harness));
    harness.get_by_label("Write the files").click();
    harness.run();
    let (generation, command, _) = asked(harness.state()).expect("it is asked for");
    assert!(!write(&harness), "it is being written");
    harness.state_mut().state.apply(ClusterEvent::Written { generation, result: Ok(command.clone()) });
    harness.run();
    assert_eq!(command, format!("cd '{FOLDER}' && snakemake --profile profiles/slurm"));
    assert!(harness.query_by_label(&command).is_some());
    harness.get_by_label("Copy the command").click();
    harness.run();
    assert!(
        harness
            .state()
            .has_asked(|work| matches!(work, Work::Status(StatusWork::Copy(text)) if *text == command))
    );
}

#[test]
fn what_is_chosen_makes_the_jobs() {
    let mut bench = opened();
    let wells = bench.state.plate.as_ref().expect("a plate").selection.len();
    let jobs = |bench: &Bench| match &bench.state.cluster.dialog.as_ref().expect("the dialog").workflow {
        Some(Ok(workflow)) => Ok(workflow.jobs.iter().map(|job| job.wells.len()).collect::<Vec<_>>()),
        Some(Err(why)) => Err(why.clone()),
        None => panic!("nothing is worked out"),
    };
    change(&mut bench, |draft| draft.wells_per_job = "1".to_owned());
    assert_eq!(jobs(&bench), Ok(vec![1; wells]));
    change(&mut bench, |draft| draft.wells_per_job = "few".to_owned());
    assert!(jobs(&bench).is_err_and(|why| why.contains("“few” is not a number of wells")));
    change(&mut bench, |draft| (draft.wells_per_job, draft.engine) = (String::new(), Engine::Slurm));
    assert!(jobs(&bench).is_ok_and(|jobs| jobs.iter().sum::<usize>() == wells));
    // Jobs that were worked out before are not those of now.
    let stale = ClusterEvent::Prepared { generation: 0, result: Err("stale".to_owned()) };
    bench.state.apply(stale);
    assert!(jobs(&bench).is_ok());
}

#[test]
fn what_cannot_be_written_is_told() {
    let mut bench = opened();
    change(&mut bench, |draft| draft.folder = FOLDER.to_owned());
    bench.state.handle(ClusterCommand::Write);
    bench.settle();
    let (generation, ..) = asked(&bench).expect("it is asked for");
    bench.state.apply(ClusterEvent::Written { generation, result: Err("the disk is full".to_owned()) });
    let harness = bench.show();
    assert!(harness.query_by_label("the disk is full").is_some());
    assert!(harness.query_by_label("Copy the command").is_none());
}

/// What is seen in the run folder of the open plate: of this many wells the first are done, the next is worked on.
fn seen(bench: &Bench, done: usize, failed: usize) -> SeenRun {
    let plate = &bench.state.plate.as_ref().expect("a plate").plate;
    let wanted: BTreeSet<_> = plate.wells();
    let progress = |(nth, well): (usize, &WellId)| {
        let (nth, images) = (nth as u64, if nth == 1 { failed } else { 0 });
        let peak_rss_bytes = Some(31_400_000 - 400_000 * (nth % 3));
        let secs = 4.2 + nth as f64 / 7.0;
        (*well, Some(WellProgress { well: *well, failed: images, peak_rss_bytes, secs }))
    };
    SeenRun {
        plate: plate.identity(),
        done: wanted.iter().enumerate().take(done).map(progress).collect(),
        working: wanted.iter().skip(done).take(1).copied().collect(),
        is_merged: done == wanted.len(),
        wanted,
    }
}

/// What the thread that looks at a run folder has told.
fn tell(bench: &mut Bench, done: usize, failed: usize) {
    let generation = bench.asked.iter().rev().find_map(|work| match work {
        Work::Cluster(ClusterWork::Follow { generation, .. }) => Some(*generation),
        _ => None,
    });
    let seen = Ok(Box::new(seen(bench, done, failed)));
    bench.state.apply(ClusterEvent::Seen { generation: generation.expect("it is followed"), seen });
}

/// A run folder that fills.
pub(crate) fn followed() -> Bench {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(ClusterCommand::Follow(PathBuf::from(FOLDER).join("run")));
    bench.settle();
    tell(&mut bench, 4, 2);
    bench
}

#[test]
fn a_run_folder_is_followed_while_it_fills() {
    let mut harness = written().show();
    harness.get_by_label("Follow the run").click();
    harness.run();
    assert!(harness.state().state.cluster.dialog.is_none());
    let followed = |harness: &Harness<'_, Bench>| {
        let cluster = &harness.state().state.cluster;
        cluster.followed.as_ref().map(|followed| followed.folder.clone())
    };
    assert_eq!(followed(&harness), Some(PathBuf::from(FOLDER).join("run")));
    tell(harness.state_mut(), 0, 0);
    harness.run();
    assert!(harness.query_by_label("0 of 6 wells done · 1 being processed").is_some());
    assert!(harness.query_by_label("Show under Runs").is_none());
    tell(harness.state_mut(), 4, 2);
    harness.run();
    assert!(harness.query_by_label("4 of 6 wells done · 1 being processed · 2 images failed").is_some());
    let stages = harness.state().state.cluster.followed.as_ref().expect("followed").well_stages.clone();
    let stages: Vec<_> = stages.into_iter().map(|(well, stage)| (well.to_string(), stage)).collect();
    let expected = [
        ("B02", WellStage::Done),
        ("B03", WellStage::Failed { images: 2 }),
        ("B04", WellStage::Done),
        ("C02", WellStage::Done),
        ("C03", WellStage::Running),
    ];
    assert_eq!(stages, expected.map(|(well, stage)| (well.to_owned(), stage)));
    tell(harness.state_mut(), 6, 2);
    harness.run();
    harness.get_by_label("Show under Runs").click();
    // The runs on disk are being read, which turns a wheel.
    harness.run_steps(3);
    assert_eq!(harness.state().state.status.tab, Tab::Runs);
    let folders = &harness.state().state.settings.kept.run_folders;
    assert_eq!(folders.as_slice(), [PathBuf::from(FOLDER).join("run")]);
    harness.get_by_label("Stop following").click();
    harness.run_steps(3);
    assert_eq!(followed(&harness), None);
}

#[test]
fn a_run_of_another_plate_marks_no_wells() {
    let mut bench = followed();
    let generation = bench.asked.iter().rev().find_map(|work| match work {
        Work::Cluster(ClusterWork::Follow { generation, cancel, .. }) => Some((*generation, cancel.clone())),
        _ => None,
    });
    let (generation, cancel) = generation.expect("it is followed");
    let mut other = seen(&bench, 4, 0);
    other.plate.name = "another".to_owned();
    other.plate.root = PathBuf::from("/elsewhere/another");
    bench.state.apply(ClusterEvent::Seen { generation, seen: Ok(Box::new(other)) });
    let followed = bench.state.cluster.followed.as_ref().expect("followed");
    assert!(followed.well_stages.is_empty());
    assert!(!cancel.is_cancelled());
    bench.state.handle(ClusterCommand::StopFollowing);
    assert!(cancel.is_cancelled(), "whoever looks at the folder stops");
}
