//! Plates of which nearly all is missing: what is missing is counted and not made, and what needs it is withheld all
//! the same.

use stepwell::events::{EventKind, FailedImage, Outcome};
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::RunSpec;
use stepwell::plate::{Component, ImageKey};

use crate::events_of;
use crate::support::{open, plan, spec, write_plate};

/// Images along the axes of site, plane and timepoint, from the same first one.
fn cross(of_each: u32) -> Vec<ImageKey> {
    let well = "A01".parse().expect("a well");
    let mut keys: Vec<ImageKey> = (1..=of_each)
        .flat_map(|n| {
            [[n, 1, 1], [1, n, 1], [1, 1, n]].map(|[site, z, time]| ImageKey::new(well, site, 1, z, time))
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

#[test]
fn what_is_not_listed_is_withheld_and_counted() {
    const OF_EACH: u32 = 60;
    let folder = tempfile::tempdir().expect("a folder");
    let keys = cross(OF_EACH);
    write_plate(folder.path(), &keys, 16, 16);
    let plate = open(folder.path());
    let missing = (OF_EACH as usize).pow(3) - keys.len();
    assert_eq!(plate.missing_count(), missing);
    // The default pipeline needs all planes of a stack: only that of the first site and timepoint is whole.
    for sequential in [vec![], vec![Component::Timepoint], vec![Component::Site, Component::Timepoint]] {
        let spec = RunSpec { pipeline: PipelineSpec::default(), ..spec(&sequential) };
        let planned = plan(&plate, &spec);
        let listed: usize = planned.combinations.iter().map(|one| one.missing.len()).sum();
        // Each stack with an image lacks a plane, and those that are listed.
        assert!(listed < 10_000 + 3 * keys.len(), "{listed} of {missing}");
        assert_eq!(planned.summary().outputs, 1, "{sequential:?}");
        let results = tempfile::tempdir().expect("a folder");
        let (events, summary) = events_of(&planned, results.path());
        let saved: Vec<String> = events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Saved { outputs, .. } => Some(outputs),
                _ => None,
            })
            .flatten()
            .map(|output| output.key.to_string())
            .collect();
        assert_eq!(saved, ["A01_s1_w1_t1"], "{sequential:?}");
        assert_eq!((summary.failed.len(), summary.failed_count()), (10_001, missing));
        let further: Vec<&FailedImage> = summary.failed.iter().filter(|failed| failed.further > 0).collect();
        let [further] = further.as_slice() else { panic!("{further:?}") };
        assert_eq!(
            further.why,
            "205,822 more images of A01 missing and not listed; the results that need them are withheld"
        );
        let done = events.iter().rev().find_map(|event| match &event.kind {
            EventKind::WellDone { failed, .. } => Some(*failed),
            _ => None,
        });
        assert_eq!(done, Some(missing));
        let ended = matches!(
            events.last().map(|event| &event.kind),
            Some(EventKind::Ended { outcome: Outcome::Completed, .. })
        );
        assert!(ended);
    }
}

#[test]
fn a_worker_takes_no_settings_that_a_command_would_not() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &cross(1), 16, 16);
    let planned = plan(&open(folder.path()), &spec(&[]));
    for (threads, wells_at_once) in [(0, 1), (1_025, 1), (usize::MAX, 1), (2, 0), (2, usize::MAX)] {
        let mut planned = planned.clone();
        (planned.spec.threads, planned.spec.wells_at_once) = (threads, wells_at_once);
        let results = tempfile::tempdir().expect("a folder");
        let (events, _) = events_of(&planned, results.path());
        let Some(EventKind::Ended { outcome, why: Some(why), .. }) = events.last().map(|event| &event.kind)
        else {
            panic!("{events:?}");
        };
        assert_eq!(*outcome, Outcome::Failed);
        assert!(why.contains("a run cannot have"), "{why}");
    }
}
