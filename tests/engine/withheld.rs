//! Files that can be measured when a run is planned and not read when it comes to them: what the plan
//! withholds stays withheld, and what does not need such a file is made all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use stepwell::events::{Event, EventKind, Outcome, OutputImage, RunSummary};
use stepwell::image::ContentHash;
use stepwell::pipeline::steps::{
    BackgroundSubtraction, Bin, ColourComposite, Crop, FlatField, GaussianSmoothing, Level, MedianFilter,
    NucleiCount, PercentileNormalize, Placement, Sigma, Stitching, Threshold, ZProjection,
};
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Plan, RunSpec, groups};
use stepwell::plate::{Component, ImageKey, WellId};

use crate::support::{full_well, open, plan, spec, write_plate};
use crate::{events_of, pipeline_of};

fn path_of(folder: &Path, key: ImageKey) -> std::path::PathBuf {
    folder.join(format!("plate_{key}.tif"))
}

fn in_well(name: &str, keys: Vec<ImageKey>) -> Vec<ImageKey> {
    let well = name.parse().expect("a well");
    keys.into_iter().map(|key| ImageKey { well, ..key }).collect()
}

fn outcome(events: &[Event]) -> (Outcome, Option<String>) {
    match events.last().map(|event| &event.kind) {
        Some(EventKind::Ended { outcome, why, .. }) => (*outcome, why.clone()),
        other => panic!("{other:?}"),
    }
}

fn saved(events: &[Event]) -> Vec<OutputImage> {
    let outputs = events.iter().filter_map(|event| match &event.kind {
        EventKind::Saved { outputs, .. } => Some(outputs.clone()),
        _ => None,
    });
    outputs.flatten().collect()
}

fn on_a_grid_of(columns: u32) -> Step {
    let placement = Placement::Grid { columns, overlap_percent: 0.0 };
    Step::Stitching(Stitching { placement })
}

/// Nine sites of which one is smaller: the plan withholds what they are needed for together.
#[test]
fn a_file_of_another_size_that_cannot_be_read_costs_its_well_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd: ImageKey = ImageKey::new("A01".parse().expect("a well"), 5, 1, 1, 1);
    for well in ["A01", "A02"] {
        write_plate(folder.path(), &in_well(well, full_well(9, 1, 1, 1)), 40, 40);
    }
    write_plate(folder.path(), &[odd], 20, 20);
    let plate = open(folder.path());
    let pipeline = pipeline_of([Step::FlatField(FlatField::estimated(50.0)), on_a_grid_of(3)]);
    let planned = plan(&plate, &RunSpec { pipeline, ..spec(&[]) });
    let bytes = std::fs::read(path_of(folder.path(), odd)).expect("readable");
    std::fs::write(path_of(folder.path(), odd), &bytes[..bytes.len() / 2]).expect("writable");
    let results = tempfile::tempdir().expect("a folder");
    let (events, summary) = events_of(&planned, results.path());
    assert_eq!(outcome(&events), (Outcome::Completed, None));
    let mosaics: Vec<String> = saved(&events)
        .iter()
        .filter(|output| output.step == 1)
        .map(|output| output.key.to_string())
        .collect();
    assert_eq!(mosaics, ["A02_w1_z1_t1"]);
    let kept = saved(&events).into_iter().find(|output| output.step == 1).and_then(|output| output.path);
    let format = stepwell::image::ImageSource::file(results.path().join(kept.expect("kept")))
        .measure()
        .map(|header| header.format)
        .expect("a TIFF");
    assert_eq!([format.width, format.height], [120, 120]);
    let first = &summary.failed[0];
    assert!(first.path.ends_with(format!("plate_{odd}.tif")), "{first:?}");
    assert!(first.why.ends_with("the result A01_w1_z1_t1 is withheld"), "{first:?}");
    // The file, and the eight sites that are withheld with it.
    assert_eq!(summary.failed.len(), 9, "{:?}", summary.failed);
    assert!(summary.failed.iter().all(|failed| failed.key.well.to_string() == "A01"));
}

/// Workspaces of 2 MiB lie in a part of the room of their own.
#[test]
fn the_workspace_of_a_group_that_is_not_there_serves_a_smaller_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (large, small): (Vec<ImageKey>, Vec<ImageKey>) =
        full_well(2, 2, 1, 1).into_iter().partition(|key| key.channel == Some(1));
    write_plate(folder.path(), &large, 512, 512);
    write_plate(folder.path(), &small, 16, 16);
    let plate = open(folder.path());
    let pipeline = pipeline_of([Step::FlatField(FlatField::estimated(2.0))]);
    let planned = plan(&plate, &RunSpec { pipeline, threads: 1, ..spec(&[]) });
    large.iter().for_each(|key| std::fs::remove_file(path_of(folder.path(), *key)).expect("it is there"));
    let results = tempfile::tempdir().expect("a folder");
    let (events, summary) = events_of(&planned, results.path());
    assert_eq!(outcome(&events), (Outcome::Completed, None));
    assert_eq!(saved(&events).iter().map(|output| output.key).collect::<Vec<_>>(), small);
    assert_eq!(summary.failed.len(), 2);
}

/// What happens to a file between plan and run.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Stays,
    Goes,
    IsCut,
    Changes,
    /// It was no image when the run was planned.
    WasBad,
}

/// Images with the number of their size and what happens to their files.
fn images() -> impl Strategy<Value = BTreeMap<ImageKey, (usize, Fate)>> {
    let key = (0..2_u16, 1..4_u32, 1..3_u32, 1..3_u32)
        .prop_map(|(column, site, channel, z)| ImageKey::new(WellId { row: 0, column }, site, channel, z, 1));
    let size = prop_oneof![6 => Just(0_usize), 1 => Just(1), 1 => Just(2)];
    let fate = prop_oneof![
        8 => Just(Fate::Stays),
        1 => Just(Fate::Goes),
        1 => Just(Fate::IsCut),
        1 => Just(Fate::Changes),
        1 => Just(Fate::WasBad),
    ];
    prop::collection::btree_map(key, (size, fate), 4..24)
}

const SIZES: [[u32; 2]; 3] = [[24, 16], [12, 16], [40, 30]];

/// Every kind of step, with settings for small images, in any order that can be.
fn pipelines() -> impl Strategy<Value = PipelineSpec> {
    let all = vec![
        Step::Crop(Crop { x: 1, y: 1, width: 9, height: 1000 }),
        Step::FlatField(FlatField::estimated(2.0)),
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px: 3 }),
        Step::GaussianSmoothing(GaussianSmoothing::of(Sigma::Pixels(1.0))),
        Step::MedianFilter(MedianFilter { radius_px: 1 }),
        Step::PercentileNormalize(PercentileNormalize::default()),
        Step::ZProjection(ZProjection::default()),
        on_a_grid_of(2),
        Step::Bin(Bin { factor: 2, ..Bin::default() }),
        Step::Threshold(Threshold { level: Level::Otsu }),
        Step::NucleiCount(NucleiCount::default()),
        Step::ColourComposite(ColourComposite::default()),
    ];
    let kept = |step: Step| {
        any::<bool>().prop_map(move |keep_images| PipelineStep { step: step.clone(), keep_images })
    };
    prop::sample::subsequence(all, 1..=5)
        .prop_shuffle()
        .prop_flat_map(move |steps| steps.into_iter().map(kept).collect::<Vec<_>>())
        .prop_map(PipelineSpec::of)
        .prop_filter("steps that need grey images come before colours", |pipeline| pipeline.check().is_ok())
}

fn write(folder: &Path, images: &BTreeMap<ImageKey, (usize, Fate)>) {
    for (key, (size, fate)) in images {
        let [width, height] = SIZES[*size];
        write_plate(folder, &[*key], width, height);
        if matches!(fate, Fate::WasBad) {
            std::fs::write(path_of(folder, *key), b"II*\0not an image").expect("writable");
        }
    }
}

/// Lets happen to the files what happens to them.
fn spoil(folder: &Path, images: &BTreeMap<ImageKey, (usize, Fate)>) {
    for (key, (size, fate)) in images {
        let path = path_of(folder, *key);
        match fate {
            Fate::Stays | Fate::WasBad => {}
            Fate::Goes => std::fs::remove_file(path).expect("it is there"),
            Fate::IsCut => {
                let bytes = std::fs::read(&path).expect("readable");
                std::fs::write(path, &bytes[..bytes.len() / 2]).expect("writable");
            }
            Fate::Changes => {
                let [width, height] = SIZES[(size + 1) % SIZES.len()];
                write_plate(folder, &[*key], width, height);
            }
        }
    }
}

/// The results of the steps that are saved: those of the plan that need no file which cannot be read.
fn can_be_made(plan: &Plan, images: &BTreeMap<ImageKey, (usize, Fate)>) -> BTreeSet<(usize, ImageKey)> {
    let saved_steps: Vec<usize> = plan.saved_steps().collect();
    let mut made = BTreeSet::new();
    for combination in plan.combinations.iter() {
        let mut items = combination.items();
        let stays = |key: ImageKey| matches!(images.get(&key), Some((_, Fate::Stays)));
        let mut there: BTreeSet<ImageKey> =
            items.iter().map(|item| item.key).filter(|key| stays(*key)).collect();
        for (place, step) in plan.pipeline.steps().iter().enumerate() {
            let groups = groups(step, &items);
            let mut results = BTreeSet::new();
            for group in &groups {
                let is_there = |input: &usize| there.contains(&items[*input].key);
                let planned = group.results.iter().filter(|result| result.format.is_some());
                if step.step().works_in_place() {
                    results.extend(planned.map(|result| result.key).filter(|key| there.contains(key)));
                } else if group.inputs.iter().all(is_there) {
                    results.extend(planned.map(|result| result.key));
                }
            }
            if saved_steps.contains(&place) {
                made.extend(results.iter().map(|key| (place, *key)));
            }
            items = stepwell::plan::results(&groups);
            there = results;
        }
    }
    made
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_planned_and_can_be_made_is_made_and_nothing_else(
        images in images(),
        pipeline in pipelines(),
        components in prop::sample::subsequence(Component::ALL.to_vec(), 0..=4).prop_shuffle(),
        threads in 1..4_usize,
        keep in any::<bool>(),
        hold in any::<bool>(),
        wells_at_once in 1..3_usize,
        read_ahead in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let results = tempfile::tempdir().expect("a folder");
        write(folder.path(), &images);
        let plate = open(folder.path());
        let free: Vec<Component> =
            components.into_iter().filter(|component| pipeline.assembler_of(*component).is_none()).collect();
        let planned = [&[][..], &free].map(|components| {
            plan(&plate, &RunSpec {
                pipeline: pipeline.clone(),
                threads,
                after_clear: if keep { AfterClear::Keep } else { AfterClear::Return },
                intermediates: if hold { Intermediates::Hold } else { Intermediates::Free },
                wells_at_once,
                read_ahead,
                ..spec(components)
            })
        });
        spoil(folder.path(), &images);
        let expected = can_be_made(&planned[0], &images);
        prop_assert_eq!(&can_be_made(&planned[1], &images), &expected);
        let mut hashes: Vec<BTreeMap<(usize, ImageKey), ContentHash>> = Vec::new();
        for (number, plan) in planned.iter().enumerate() {
            let (events, summary): (_, RunSummary) = events_of(plan, &results.path().join(number.to_string()));
            prop_assert_eq!(outcome(&events), (Outcome::Completed, None));
            let outputs = saved(&events);
            let made: BTreeMap<_, _> =
                outputs.iter().map(|output| ((output.step, output.key), output.hash)).collect();
            prop_assert_eq!(outputs.len(), made.len());
            prop_assert_eq!(&made.keys().copied().collect::<BTreeSet<_>>(), &expected);
            prop_assert!(summary.peak_counted_bytes <= plan.forecast.counted_bytes);
            let unread = images.values().filter(|(_, fate)| !matches!(fate, Fate::Stays)).count();
            prop_assert!(summary.failed.len() >= unread);
            hashes.push(made);
        }
        prop_assert_eq!(&hashes[0], &hashes[1]);
    }
}
