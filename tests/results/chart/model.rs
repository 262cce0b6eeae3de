//! What the chart knows of a run.

use super::*;

/// A run of two combinations of one step, written out event by event.
fn small_run() -> ChartRun {
    let combination = |index: usize| CombinationId {
        index,
        well: "B02".parse().expect("B02 is a well"),
        more_wells: Vec::new(),
        values: BTreeMap::from([(Component::Channel, index as u32 + 1)]),
    };
    let sample = |rss, counted| EventKind::Sample(Sample { rss: Some(rss), counted, phases: None });
    let mut events = Vec::new();
    for (index, start) in [(0, 1.0), (1, 5.0)] {
        let most = 1000 + 500 * index as u64;
        events.extend([
            (start + 0.5, sample(most / 2, 400)),
            (
                start + 1.0,
                EventKind::Preloaded {
                    combination: combination(index),
                    images: 10,
                    bytes: 400,
                    secs: 1.0,
                    rss_before: None,
                    rss_after: None,
                },
            ),
            (
                start + 1.0,
                EventKind::StepStarted {
                    combination: combination(index),
                    step: 0,
                    name: "Z projection".to_owned(),
                    groups: 5,
                },
            ),
            (start + 1.5, sample(most, 600)),
            (
                start + 2.0,
                EventKind::StepDone {
                    combination: combination(index),
                    step: 0,
                    images_in: 10,
                    images_out: 5,
                    secs: 1.0,
                },
            ),
            (
                start + 2.5,
                EventKind::Saved {
                    combination: combination(index),
                    step: 0,
                    images: 5,
                    bytes: 0,
                    secs: 0.5,
                    outputs: Vec::new(),
                    of: 0,
                },
            ),
            (
                start + 3.0,
                EventKind::Cleared {
                    combination: combination(index),
                    images: 10,
                    bytes: 400,
                    rss_before: None,
                    rss_after: None,
                    // The kernel saw more than the samples, in the second combination only.
                    rss_peak: Some(if index == 1 { 1700 } else { 1000 }),
                    counted_peak: 600,
                    anonymous_after: None,
                    scratch_bytes: 0,
                },
            ),
            (start + 3.2, sample(100, 0)),
        ]);
    }
    let mut run = ChartRun::new(RunId::new(2), Mode::Sequential);
    for (at_secs, kind) in events {
        run.apply(&Event { run: "small".to_owned(), at_secs, kind });
    }
    run
}

#[test]
fn a_run_knows_what_happened_when() {
    let run = small_run();
    let markers: Vec<_> = run
        .markers()
        .iter()
        .map(|marker| (marker.kind, marker.at_secs, marker.combination.as_str()))
        .collect();
    assert_eq!(
        markers,
        [
            (MarkerKind::Preload, 1.0, "channel 1"),
            (MarkerKind::Clear, 4.0, "channel 1"),
            (MarkerKind::Preload, 5.0, "channel 2"),
            (MarkerKind::Clear, 8.0, "channel 2"),
        ]
    );
    let bands: Vec<_> =
        run.bands().iter().take(4).map(|band| (band.name.as_str(), band.from_secs, band.to_secs)).collect();
    assert_eq!(
        bands,
        [("preload", 1.0, 2.0), ("Z projection", 2.0, 3.0), ("save", 3.0, 3.5), ("clear", 3.5, 4.0)]
    );
    let table = [
        (0.5, ""),
        (1.5, "preload · channel 1"),
        (2.0, "Z projection · channel 1"),
        (3.2, "save · channel 1"),
        (3.8, "clear · channel 1"),
        (4.5, ""),
        (6.4, "Z projection · channel 2"),
        (99.0, ""),
    ];
    for (at, doing) in table {
        assert_eq!(run.doing_at(at), doing, "at {at} s");
    }
}

#[test]
fn a_peak_is_the_larger_of_samples_and_high_water_mark() {
    let run = small_run();
    let peak = run.peak(Measure::Rss).unwrap();
    assert_eq!((peak.at_secs, peak.bytes), (6.5, 1700));
    assert_eq!(peak.text(), "1.70 kB · Z projection · channel 2");
    let counted = run.peak(Measure::Counted).unwrap();
    assert_eq!((counted.at_secs, counted.bytes), (2.5, 600), "the first of equals");
    let within = run.peak_between(Measure::Rss, 1.0, 4.0).unwrap();
    assert_eq!((within.at_secs, within.bytes), (2.5, 1000));
    assert_eq!(run.peak_between(Measure::Rss, 8.5, 9.0), None);
}

#[test]
fn hovering_reads_the_last_sample_at_or_before() {
    let chart = Chart { runs: vec![small_run()], ..Chart::default() };
    let table = [
        (0.0, None),
        (1.49, None),
        (1.5, Some((500, 400))),
        (2.49, Some((500, 400))),
        (2.5, Some((1000, 600))),
        (8.2, Some((100, 0))),
        (8.3, None),
        (f64::NAN, None),
    ];
    for (x, expected) in table {
        let read = chart.read_at(x, ChartOptions::default());
        let values = read.first().map(|reading| (reading.rss_bytes.unwrap(), reading.second_bytes.unwrap()));
        assert_eq!(values, expected, "at {x} s");
    }
}

#[test]
fn the_share_of_work_lines_runs_up() {
    let chart = both();
    for run in &chart.runs {
        assert_eq!(run.share_at(0.0), 0.0, "{}", run.title);
        assert_eq!(run.share_at(f64::MAX), 1.0, "{}", run.title);
        for share in [0.1, 0.25, 0.5, 0.9] {
            let there_and_back = run.share_at(run.secs_at_share(share));
            assert!((there_and_back - share).abs() < 1e-6, "{}: {share} {there_and_back}", run.title);
        }
    }
    let half = chart.runs[1].secs_at_share(0.5);
    let clear = chart.runs[1].markers().iter().find(|marker| marker.kind == MarkerKind::Clear).unwrap();
    assert!(half <= clear.at_secs, "half of the work is done when the first of two combinations is");
    let options = ChartOptions { axis: Axis::Work, ..ChartOptions::default() };
    assert_eq!(chart.read_at(0.5, options).len(), 2);
}

#[test]
fn a_record_gives_the_chart_of_its_events() {
    use stepwell::image::Compression;
    use stepwell::pipeline::PipelineSpec;
    use stepwell::plan::{AfterClear, Intermediates, RunSpec};
    use stepwell::plate::PlateIdentity;
    use stepwell::record::{RECORD_VERSION, RunRecord};
    for made_up in [MadeUp::bulk(), MadeUp::sequential()] {
        let events = made_up.events();
        let live = made_up.chart();
        let Some(EventKind::Started { plan, forecast, machine, .. }) =
            events.first().map(|event| event.kind.clone())
        else {
            panic!("a run starts with Started");
        };
        let mut record = RunRecord {
            version: RECORD_VERSION,
            run: "live".to_owned(),
            started_unix_secs: 0,
            utc_offset_secs: None,
            plate: PlateIdentity::of_folder("/", "Demo"),
            spec: RunSpec {
                mode: plan.mode,
                sequential: plan.sequential.clone(),
                pipeline: PipelineSpec::default(),
                after_clear: AfterClear::Return,
                intermediates: Intermediates::Free,
                threads: 4,
                wells_at_once: 1,
                read_ahead: false,
                compression: Compression::None,
                save_as: stepwell::plate::SaveAs::Tiff,
            },
            plan: *plan,
            machine: Some(*machine),
            forecast,
            outcome: Outcome::Failed,
            why: None,
            summary: Default::default(),
            outputs: Vec::new(),
            events: Vec::new(),
            budget_bytes: None,
            stretches: Vec::new(),
            compared: None,
            expected_course: Default::default(),
            samples: Vec::new(),
        };
        events.iter().for_each(|event| record.keep(event));
        let stored = ChartRun::of_record(RunId::new(1), &record);
        assert_eq!(stored.title, live.title);
        assert_eq!(stored.series, live.series);
        assert_eq!(stored.markers(), live.markers());
        assert_eq!(stored.bands(), live.bands());
        assert_eq!(stored.outcome(), Some(Outcome::Completed));
        for measure in [Measure::Rss, Measure::Counted] {
            assert_eq!(stored.peak(measure), live.peak(measure));
        }
    }
}

#[test]
fn odd_runs_are_drawn_without_a_panic() {
    let sample = |at_secs, rss, counted| Event {
        run: "odd".to_owned(),
        at_secs,
        kind: EventKind::Sample(Sample { rss, counted, phases: None }),
    };
    let run_of = |events: &[Event]| {
        let mut run = ChartRun::new(RunId::new(3), Mode::Bulk);
        events.iter().for_each(|event| run.apply(event));
        run
    };
    let table = [
        ("no samples", run_of(&[]), 0),
        ("one sample", run_of(&[sample(0.0, Some(5), 3)]), 1),
        ("all zero", run_of(&[sample(0.0, Some(0), 0), sample(0.0, Some(0), 0)]), 2),
        ("no time", run_of(&[sample(f64::NAN, Some(5), 3), sample(f64::INFINITY, Some(5), 3)]), 0),
        ("before the start", run_of(&[sample(-4.0, Some(5), 3)]), 1),
        ("not in order", run_of(&[sample(2.0, Some(5), 3), sample(1.0, None, u64::MAX)]), 2),
        ("very long", run_of(&[sample(1e300, Some(u64::MAX), u64::MAX)]), 1),
    ];
    for (name, run, samples) in table {
        assert_eq!(run.series.samples().len(), samples, "{name}");
        let chart = Chart { runs: vec![run], budget_bytes: Some(0), ..Chart::default() };
        for axis in [Axis::Time, Axis::Work] {
            for range in [None, Some([0.2, 0.3]), Some([f64::NAN, 1.0]), Some([3.0, 2.0])] {
                for plot in [[0.0, 0.0], [800.0, 300.0], [f32::INFINITY, 1.0]] {
                    let options = ChartOptions { axis, above_start: true, ..ChartOptions::default() };
                    let text = |text: &str, _: bool| [text.len() as f32 * 7.0, 15.0];
                    Picture::of(&chart, options, range, &PictureSize { plot, text: &text });
                }
            }
        }
        assert!(!chart_svg(&chart, ChartOptions::default(), name, "").is_empty());
        assert!(!chart.summary_text().is_empty());
    }
}

/// Samples at rising times; some of unknown RSS.
fn samples() -> impl Strategy<Value = Vec<ChartSample>> {
    let known = || proptest::option::weighted(0.9, 0..1_000_000_u64);
    let one = (0.0..0.2_f64, known(), known(), known());
    proptest::collection::vec(one, 0..3000).prop_map(|steps| {
        let mut at_secs = 0.0;
        let sample = |(step, rss, counted, largest)| {
            at_secs += step;
            ChartSample { at_secs, rss, counted, largest }
        };
        steps.into_iter().map(sample).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_reduced_line_keeps_every_column_s_extremes(
        samples in samples(), columns in 1..200_usize, from in 0.0..200.0_f64, span in 0.1..200.0_f64,
    ) {
        let mut series = Series::default();
        samples.iter().for_each(|sample| series.push(*sample));
        let edges: Vec<f64> = (0..=columns).map(|nth| from + span * nth as f64 / columns as f64).collect();
        for measure in [Measure::Rss, Measure::Counted, Measure::Largest] {
            let line = series.decimate(measure, &series.columns(&edges));
            prop_assert!(line.is_sorted_by(|a, b| a.0 <= b.0), "in order of time");
            for (column, edge) in edges.windows(2).enumerate() {
                let is_last = column + 1 == columns;
                let inside = |at: f64| edge[0] <= at && (at < edge[1] || is_last && at <= edge[1]);
                let all: Vec<u64> = samples.iter().filter(|it| inside(it.at_secs)).filter_map(|it| measure.of(it)).collect();
                let kept: Vec<u64> = line.iter().filter(|it| inside(it.0)).map(|it| it.1).collect();
                prop_assert_eq!(all.iter().max(), kept.iter().max());
                prop_assert_eq!(all.iter().min(), kept.iter().min());
                prop_assert_eq!(all.first(), kept.first());
                prop_assert_eq!(all.last(), kept.last());
                prop_assert!(kept.len() <= 4, "{} in a column", kept.len());
            }
            let highest = samples.iter().filter(|it| (from..=from + span).contains(&it.at_secs)).filter_map(|it| measure.of(it)).max();
            let found = series.highest(measure, from, from + span).and_then(|it| measure.of(it));
            prop_assert_eq!(found, highest);
        }
    }

    #[test]
    fn labels_never_overlap_and_never_leave_the_plot(
        wishes in proptest::collection::vec(
            (any::<bool>(), -50.0..900.0_f32, -50.0..400.0_f32, 1.0..300.0_f32, 5.0..30.0_f32), 0..14),
        line in proptest::collection::vec(0.0..300.0_f32, 0..50),
    ) {
        let plot = [800.0, 300.0];
        let wishes: Vec<_> = wishes
            .into_iter()
            .map(|(point, x, y, width, height)| {
                (if point { Wish::Point { at: [x, y] } } else { Wish::Line { y } }, [width, height])
            })
            .collect();
        let mut covered = Covered::default();
        covered.add_line(line.iter().enumerate().map(|(nth, y)| [nth as f32 * 16.0, *y]), plot[0], 1.0);
        let places = place_labels(&wishes, plot, &covered);
        prop_assert_eq!(places.len(), wishes.len());
        let placed: Vec<_> = places.iter().flatten().collect();
        for (nth, place) in placed.iter().enumerate() {
            prop_assert!(place.is_within(plot), "{:?}", place);
            for other in &placed[nth + 1..] {
                prop_assert!(!place.overlaps(other), "{:?} {:?}", place, other);
            }
        }
    }
}

#[test]
fn an_image_lives_from_its_phase_to_its_last_use() {
    let chart = MadeUp::sequential().chart();
    let second = CombinationId {
        index: 1,
        well: "A01".parse().expect("a well"),
        more_wells: Vec::new(),
        values: BTreeMap::from([(Component::Channel, 2)]),
    };
    let pipeline = PipelineSpec::default();
    let band = |phase: Phase| {
        let mut bands = chart.bands().iter().filter(|band| band.combination == "FITC");
        bands.find(|band| band.phase == phase).expect("the phase")
    };
    let [preload, first, last, clear] =
        [Phase::Preload, Phase::Step(0), Phase::Step(1), Phase::Clear].map(band);
    // Of which step; the policy; when it came, when it went, and the phase of that.
    let table = [
        // The first step works in place: what it makes is in the memory of its input.
        (None, Intermediates::Free, preload.from_secs, first.to_secs, &first.name),
        (None, Intermediates::Hold, preload.from_secs, first.to_secs, &first.name),
        (Some(0), Intermediates::Free, first.from_secs, last.to_secs, &last.name),
        (Some(0), Intermediates::Hold, first.from_secs, clear.to_secs, &clear.name),
        (Some(1), Intermediates::Free, last.from_secs, clear.to_secs, &clear.name),
    ];
    for (stage, policy, from_secs, to_secs, gone_in) in table {
        let life = chart.life_of(&second, stage, &pipeline, policy).expect("a life");
        assert_eq!((life.from_secs, life.to_secs), (from_secs, to_secs), "{stage:?}, {policy:?}");
        assert_eq!(life.gone_in.as_ref(), Some(gone_in), "{stage:?}, {policy:?}");
    }
    let mut running = ChartRun::new(RunId::new(1), Mode::Sequential);
    let events = MadeUp::sequential().events();
    let until = events.iter().position(|event| event.at_secs > preload.from_secs + 0.01).expect("more");
    events[..until].iter().for_each(|event| running.apply(event));
    let life = running.life_of(&second, None, &pipeline, Intermediates::Free);
    // Its combination may have just begun: then it lives, and is not gone.
    assert!(life.is_none_or(|life| life.gone_in.is_none()));
    let words = chart.life_of(&second, None, &pipeline, Intermediates::Free).expect("a life").words();
    assert!(words.contains("(preload), used in Percentile normalise, gone at "), "{words}");
}
