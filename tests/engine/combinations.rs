//! What is in memory together: combinations, wells at once, reading ahead, policies.

use super::*;

#[test]
fn the_studys_54_images_are_54_at_once_and_27_by_channel() {
    let plate_folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(plate_folder.path(), &full_well(9, 2, 3, 1), 32, 32);
    let plate = open(plate_folder.path());

    let (events, bulk) = events_of(&plan(&plate, &spec(&[])), &results.path().join("bulk"));
    assert_eq!(
        short(&events),
        [
            "started",
            "well A01 1",
            "preloaded 54",
            "step 0 of 54",
            "step 0 done 54 to 54",
            "step 1 of 18",
            "step 1 done 54 to 18",
            "saved 18 of 1",
            "cleared 18",
            "well done 0",
            "Completed"
        ]
    );
    assert_eq!((bulk.images_at_once, bulk.images, bulk.combinations), (54, 54, 1));

    let (events, sequential) =
        events_of(&plan(&plate, &spec(&[Component::Channel])), &results.path().join("sequential"));
    assert_eq!(
        short(&events),
        [
            "started",
            "well A01 2",
            "preloaded 1 27",
            "step 0 of 27",
            "step 0 done 27 to 27",
            "step 1 of 9",
            "step 1 done 27 to 9",
            "saved 9 of 1",
            "cleared 1 9",
            "preloaded 2 27",
            "step 0 of 27",
            "step 0 done 27 to 27",
            "step 1 of 9",
            "step 1 done 27 to 9",
            "saved 9 of 1",
            "cleared 2 9",
            "well done 0",
            "Completed"
        ]
    );
    assert_eq!((sequential.images_at_once, sequential.images, sequential.combinations), (27, 54, 2));
    // Two threads, so two results are reserved before any input is released.
    assert_eq!(bulk.peak_counted_bytes, 56 * 2048);
    assert_eq!(sequential.peak_counted_bytes, 29 * 2048);
    for summary in [&bulk, &sequential] {
        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
        assert_eq!(summary.saved, 18);
    }
    assert!(events.is_sorted_by(|a, b| a.at_secs <= b.at_secs));
}

/// Two wells of two channels with the settings, as their events in short.
fn two_wells(change: impl Fn(&mut RunSpec)) -> (Vec<String>, RunSummary) {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(1, 2, 3, 1);
    let second: Vec<ImageKey> =
        keys.iter().map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key }).collect();
    keys.extend(second);
    // The second well lacks channel 2, and with it a plane of channel 1.
    keys.truncate(8);
    write_plate(folder.path(), &keys, 32, 32);
    let plate = open(folder.path());
    let mut spec = spec(&[Component::Channel]);
    change(&mut spec);
    let (events, summary) = events_of(&plan(&plate, &spec), results.path());
    (short(&events), summary)
}

#[test]
fn several_wells_at_once_share_their_combinations() {
    let (events, summary) = two_wells(|spec| spec.wells_at_once = 2);
    assert_eq!(
        events,
        [
            "started",
            "well A01 2",
            "well B02 1",
            "failed B02_s1_w1_z3_t1",
            "failed B02_s1_w2_z1_t1",
            "failed B02_s1_w2_z2_t1",
            "failed B02_s1_w2_z3_t1",
            "preloaded 1 5",
            "step 0 of 5",
            "step 0 done 5 to 5",
            "step 1 of 1",
            "step 1 done 3 to 1",
            "saved 1 of 1",
            "cleared 1 1",
            "preloaded 2 3",
            "step 0 of 3",
            "step 0 done 3 to 3",
            "step 1 of 1",
            "step 1 done 3 to 1",
            "saved 1 of 1",
            "cleared 2 1",
            "well done 0",
            "well done 4",
            "Completed"
        ]
    );
    assert_eq!((summary.images_at_once, summary.images, summary.combinations), (5, 8, 2));
}

#[test]
fn the_next_combination_is_read_ahead_also_across_wells() {
    let (events, summary) = two_wells(|spec| spec.read_ahead = true);
    // Reading is told when it begins, and as preloaded when its turn has come.
    let told: Vec<&str> = events
        .iter()
        .map(String::as_str)
        .filter(|event| ["ahead", "preloaded", "cleared", "well"].iter().any(|kind| event.starts_with(kind)))
        .collect();
    assert_eq!(
        told,
        [
            "well A01 2",
            "preloaded 1 3",
            "ahead 2 3",
            "cleared 1 1",
            "preloaded 2 3",
            "ahead 1 2",
            "cleared 2 1",
            "well done 0",
            "well B02 1",
            "preloaded 1 2",
            "cleared 1 0",
            "well done 4",
        ]
    );
    assert_eq!((summary.images_at_once, summary.images), (6, 8));
    // Three images, their result, and the three that are read ahead.
    assert_eq!(summary.peak_counted_bytes, 7 * 2048);
    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
}

#[test]
fn outputs_are_the_same_under_every_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 2, 4, 2), 40, 30);
    for after_clear in [AfterClear::Return, AfterClear::Keep] {
        for intermediates in [Intermediates::Free, Intermediates::Hold] {
            for threads in [1, 2, 5] {
                for sequential in [vec![Component::Channel], vec![Component::Timepoint, Component::Site]] {
                    let (bulk, one_at_a_time) = outputs_agree(folder.path(), &sequential, |spec| {
                        spec.after_clear = after_clear;
                        spec.intermediates = intermediates;
                        spec.threads = threads;
                        spec.pipeline = spec.pipeline.clone().keeping(KeepImages::All);
                    });
                    for summary in [&bulk.summary, &one_at_a_time.summary] {
                        assert_eq!(summary.saved, 48 + 12);
                        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn steps_across_sites_give_the_same_under_every_policy() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(4, 2, 2, 2), 40, 30);
    let pipeline = pipeline_of([
        Step::FlatField(FlatField::estimated(3.0)),
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px: 4 }),
        on_a_grid(),
    ]);
    for intermediates in [Intermediates::Free, Intermediates::Hold] {
        for threads in [1, 2, 5] {
            for sequential in [vec![Component::Z], vec![Component::Channel, Component::Timepoint]] {
                let (bulk, one_at_a_time) = outputs_agree(folder.path(), &sequential, |spec| {
                    spec.intermediates = intermediates;
                    spec.threads = threads;
                    spec.pipeline = pipeline.clone();
                });
                for summary in [&bulk.summary, &one_at_a_time.summary] {
                    assert_eq!(summary.saved, 32 + 32 + 8);
                    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{summary:?}");
                }
            }
        }
    }
}

#[test]
fn single_valued_components_are_ignored_and_conflicts_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let plate = open(folder.path());
    let planned = plan(&plate, &spec(&[Component::Site, Component::Channel, Component::Channel]));
    assert_eq!(planned.spec.sequential, [Component::Channel]);
    assert_eq!(planned.notes.len(), 2, "{:?}", planned.notes);
    assert!(planned.notes[0].contains("single value"));

    let error = support::planned(&plate, &plate.wells(), &spec(&[Component::Z])).expect_err("a conflict");
    assert!(error.to_string().contains("Z projection"), "{error}");
}
