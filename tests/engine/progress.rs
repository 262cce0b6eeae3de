//! The share of a run that is done, for every preset: it goes from 0 to 1 and never back, and what is left
//! is nothing when, and only when, everything is done.

use std::path::Path;

use stepwell::cancel::Cancel;
use stepwell::demo;
use stepwell::engine::RunProgress;
use stepwell::events::{Event, EventKind};
use stepwell::pipeline::{KeepImages, PRESETS};
use stepwell::plan::{Plan, RunSpec};
use stepwell::plate::{Component, Plate, PlateLayout};

use crate::events_of;
use crate::support::{open, plan, spec};

/// Two wells of four sites, two channels and three planes, with the places of the sites.
fn plate(folder: &Path) -> Plate {
    let layout = PlateLayout {
        wells: 2,
        channels: 2,
        sites: 4,
        planes: 3,
        width: 48,
        height: 40,
        ..PlateLayout::default()
    };
    open(&demo::write(layout, &folder.join("plate"), &Cancel::new(), &|_, _| ()).expect("writable"))
}

/// The events as on a machine on which all takes one second, so that nothing depends on this one.
fn with_even_times(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    for (nth, event) in events.iter_mut().enumerate() {
        event.at_secs = nth as f64;
        match &mut event.kind {
            EventKind::Preloaded { secs, .. }
            | EventKind::StepDone { secs, .. }
            | EventKind::Saved { secs, .. } => *secs = 1.0,
            _ => {}
        }
    }
    events
}

fn check(name: &str, plan: &Plan, folder: &Path) {
    let (events, _) = events_of(plan, folder);
    let events = with_even_times(&events);
    let is_saved = |event: &Event| matches!(event.kind, EventKind::Saved { .. });
    let last = events.iter().rposition(is_saved).expect("it is saved");
    let (mut progress, mut before) = (RunProgress::default(), 0.0);
    for (nth, event) in events.iter().enumerate() {
        progress.apply(event);
        let share = progress.fraction();
        assert!((before..=1.0).contains(&share), "{name}: {share} after {before}, at {event:?}");
        before = share;
        // Before anything has been seen it is not known.
        let left = progress.eta_secs();
        match nth < last {
            true => assert!(left.is_none_or(|left| left > 0.0), "{name}: nothing left at {event:?}"),
            false => assert_eq!(left, Some(0.0), "{name}: at {event:?}"),
        }
    }
    assert_eq!(before.to_bits(), 1.0_f64.to_bits(), "{name}");
}

#[test]
fn progress_counts_what_there_is_to_do_for_every_preset() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let plate = plate(folder.path());
    for preset in PRESETS {
        for sequential in [&[][..], &[Component::Channel]] {
            for (read_ahead, keep) in [(false, KeepImages::Last), (true, KeepImages::All)] {
                let pipeline = (preset.make)().keeping(keep);
                let planned = plan(&plate, &RunSpec { pipeline, read_ahead, ..spec(sequential) });
                let name = format!("{}, {sequential:?}, {keep:?}", preset.name);
                check(&name, &planned, &results.path().join(&name));
            }
        }
    }
}

#[test]
fn what_is_withheld_is_done_with() {
    for preset in PRESETS {
        let folder = tempfile::tempdir().expect("a folder");
        let results = tempfile::tempdir().expect("a folder");
        let plate = plate(folder.path());
        let pipeline = (preset.make)().keeping(KeepImages::All);
        let planned = plan(&plate, &RunSpec { pipeline, ..spec(&[]) });
        // After it was planned, so that the run learns of it when it reads.
        let first = planned.combinations.iter().next().expect("a combination");
        let image = &first.images[0];
        std::fs::remove_file(image.source.path()).expect("it is there");
        check(preset.name, &planned, results.path());
    }
}
