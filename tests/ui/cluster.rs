//! The dialog that writes the files of a run on a cluster.

use stepwell::app::{ClusterCommand, ClusterDraft, ClusterEvent, ClusterWork};
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
    assert!(!write(&harness), "no folder is named");
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
    assert!(jobs(&bench).is_err_and(|why| why.contains("“few” is no number of wells")));
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
