//! Properties of plans, and of forecasts against what runs really hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use proptest::prelude::*;
use stepwell::cancel::Cancel;
use stepwell::compare::OutputComparison;
use stepwell::engine::run;
use stepwell::events::{Event, EventKind};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, Bin, ColourComposite, Crop, FlatField, GaussianSmoothing, Level, MedianFilter,
    NucleiCount, PercentileNormalize, Placement, Stitching, Threshold, ZProjection,
};
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step};
use stepwell::plan::{AfterClear, Intermediates, Plan, RunSpec};
use stepwell::plate::{Component, ImageKey, WellId};

use crate::support::{self, open, plan, spec, write_plate};

/// A ragged set of images: some of a small grid, in any of two wells.
fn ragged() -> impl Strategy<Value = BTreeSet<ImageKey>> {
    let key = (0..2_u16, 1..4_u32, 1..4_u32, 1..4_u32, 1..3_u32).prop_map(
        |(column, site, channel, z, timepoint)| {
            ImageKey::new(WellId { row: 0, column }, site, channel, z, timepoint)
        },
    );
    prop::collection::btree_set(key, 1..40)
}

/// Any steps in any order, with settings for small images.
fn pipelines() -> impl Strategy<Value = PipelineSpec> {
    let grid = Placement::Grid { columns: 2, overlap_percent: 20.0 };
    let all = vec![
        Step::Crop(Crop { x: 1, y: 1, width: 9, height: 1000 }),
        Step::FlatField(FlatField::estimated(2.0)),
        Step::GaussianSmoothing(GaussianSmoothing::default()),
        Step::MedianFilter(MedianFilter { radius_px: 1 }),
        Step::Bin(Bin { factor: 2, ..Bin::default() }),
        Step::Threshold(Threshold { level: Level::Otsu }),
        Step::NucleiCount(NucleiCount::default()),
        Step::ColourComposite(ColourComposite::default()),
        Step::BackgroundSubtraction(BackgroundSubtraction { radius_px: 3 }),
        Step::PercentileNormalize(PercentileNormalize::default()),
        Step::ZProjection(ZProjection::default()),
        Step::Stitching(Stitching { placement: grid }),
    ];
    let kept = |step: Step| {
        any::<bool>().prop_map(move |keep_images| PipelineStep { step: step.clone(), keep_images })
    };
    let steps = prop::sample::subsequence(all, 1..=6).prop_shuffle();
    steps
        .prop_flat_map(move |steps| steps.into_iter().map(kept).collect::<Vec<_>>())
        .prop_map(PipelineSpec::of)
        .prop_filter("steps that need grey images come before colours", |pipeline| pipeline.check().is_ok())
}

fn free_components() -> impl Strategy<Value = Vec<Component>> {
    let all = vec![Component::Channel, Component::Site, Component::Timepoint];
    prop::sample::subsequence(all, 0..=3).prop_shuffle()
}

/// Keys as files in a folder; each channel has a size of its own.
fn written(keys: &BTreeSet<ImageKey>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut by_channel: BTreeMap<u32, Vec<ImageKey>> = BTreeMap::new();
    for key in keys {
        by_channel.entry(key.channel.unwrap_or(0)).or_default().push(*key);
    }
    for (channel, keys) in by_channel {
        write_plate(folder.path(), &keys, 16 * channel, 8);
    }
    folder
}

fn preloaded(plan: &Plan) -> Vec<ImageKey> {
    plan.combinations.iter().flat_map(|combination| combination.images).map(|image| image.key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_image_is_preloaded_exactly_once(keys in ragged(), components in free_components()) {
        let folder = written(&keys);
        let plate = open(folder.path());
        let bulk = plan(&plate, &spec(&[]));
        let sequential = plan(&plate, &spec(&components));
        for plan in [&bulk, &sequential] {
            let images = preloaded(plan);
            prop_assert_eq!(images.len(), keys.len());
            prop_assert_eq!(&images.into_iter().collect::<BTreeSet<_>>(), &keys);
        }
        for (index, combination) in sequential.combinations.iter().enumerate() {
            prop_assert_eq!(combination.id.index, index);
            prop_assert!(!combination.images.is_empty(), "only combinations that exist");
            for image in &combination.images {
                prop_assert_eq!(image.key.well, combination.id.well);
                for (component, value) in &combination.id.values {
                    prop_assert_eq!(image.key.get(*component), Some(*value));
                }
            }
        }
        // Well by well, then the first component outermost, each in numeric order.
        let order: Vec<_> = sequential
            .combinations.iter()
            .map(|combination| {
                let values = sequential.spec.sequential.iter();
                let values = values.map(|component| combination.id.values.get(component).copied());
                (combination.id.well, values.collect::<Vec<_>>())
            })
            .collect();
        prop_assert!(order.is_sorted_by(|a, b| a < b), "{:?}", order);
        prop_assert!(sequential.forecast.counted_bytes <= bulk.forecast.counted_bytes);
        prop_assert_eq!(sequential.summary().outputs, bulk.summary().outputs);
    }

    #[test]
    fn wells_taken_together_have_their_combinations_in_one(
        keys in ragged(),
        components in free_components(),
        wells_at_once in 2..4_usize,
    ) {
        let folder = written(&keys);
        let plate = open(folder.path());
        let singly = plan(&plate, &spec(&components));
        let together = plan(&plate, &RunSpec { wells_at_once, ..spec(&components) });
        let images = preloaded(&together);
        prop_assert_eq!(images.len(), keys.len());
        prop_assert_eq!(&images.into_iter().collect::<BTreeSet<_>>(), &keys);
        // The same sets of values, each once, because the two wells of the plate fit in one go.
        let values = |plan: &Plan| -> Vec<BTreeMap<Component, u32>> {
            plan.combinations.iter().map(|combination| combination.id.values).collect()
        };
        let distinct: BTreeSet<_> = values(&singly).into_iter().collect();
        prop_assert_eq!(values(&together).len(), distinct.len());
        for combination in together.combinations.iter() {
            let wells: BTreeSet<_> = combination.images.iter().map(|image| image.key.well).collect();
            prop_assert_eq!(combination.id.wells().collect::<BTreeSet<_>>(), wells);
        }
        let begun: Vec<_> = together.combinations.iter().flat_map(|one| one.begins).collect();
        let of_wells: Vec<_> = singly.combinations.iter().flat_map(|one| one.begins).collect();
        prop_assert_eq!(begun, of_wells);
        prop_assert_eq!(together.summary().outputs, singly.summary().outputs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_counted_peak_is_what_was_forecast(
        keys in ragged(),
        pipeline in prop_oneof![Just(PipelineSpec::default()), pipelines()],
        components in prop::sample::subsequence(Component::ALL.to_vec(), 0..=4).prop_shuffle(),
        threads in 1..5_usize,
        keep in any::<bool>(),
        hold in any::<bool>(),
        wells_at_once in 1..4_usize,
        read_ahead in any::<bool>(),
    ) {
        let folder = written(&keys);
        let plate = open(folder.path());
        let results = tempfile::tempdir().expect("a folder");
        let mut outputs = Vec::new();
        let components: Vec<Component> =
            components.into_iter().filter(|component| pipeline.assembler_of(*component).is_none()).collect();
        for components in [&[][..], &components] {
            let spec = RunSpec {
                pipeline: pipeline.clone(),
                threads,
                after_clear: if keep { AfterClear::Keep } else { AfterClear::Return },
                intermediates: if hold { Intermediates::Hold } else { Intermediates::Free },
                wells_at_once,
                read_ahead,
                ..spec(components)
            };
            let plan = plan(&plate, &spec);
            let forecast = plan.forecast.counted_bytes;
            let request = support::request(plan, results.path().join(outputs.len().to_string()));
            let saved = Mutex::new(Vec::new());
            let sink = |event: Event| {
                if let EventKind::Saved { outputs, .. } = event.kind {
                    saved.lock().expect("no panic").extend(outputs);
                }
            };
            let summary = run(&request, &sink, &Cancel::new());
            prop_assert!(summary.peak_counted_bytes <= forecast, "{} > {forecast}", summary.peak_counted_bytes);
            prop_assert!(
                summary.peak_counted_bytes * 100 >= forecast * 95,
                "{} is under 95 % of {forecast}",
                summary.peak_counted_bytes
            );
            prop_assert_eq!(summary.images, keys.len());
            prop_assert_eq!(summary.images_at_once, request.plan.forecast.images_at_once);
            prop_assert!(summary.peak_scratch_bytes <= request.plan.forecast.buffer_bytes);
            outputs.push(saved.into_inner().expect("no panic"));
        }
        prop_assert_eq!(OutputComparison::of(&outputs[0], &outputs[1]).different, vec![]);
    }
}
