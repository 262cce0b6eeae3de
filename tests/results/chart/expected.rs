//! What is expected before a run: the course of each way, and how the chart draws it.

use std::sync::Arc;

use super::*;
use stepwell::plan::{AfterClear, Basis, Choice, Outlook, Pace, Paces, RunSpec, SecsRange};
use stepwell::plate::PlateLayout;
use stepwell::what_if::what_if;

use crate::support;

const RESTING: u64 = 8_000_000;

pub(super) fn outlook(layout: &PlateLayout, spec: &RunSpec, budget_bytes: u64) -> Outlook {
    let pace = Pace { preload: 1e-9, steps: 2e-9, save: 1e-9, ..Pace::default() };
    let basis = Basis {
        resting_rss_bytes: Some(RESTING),
        budget_bytes: Some(budget_bytes),
        paces: Paces::Runs(vec![pace]),
        ..Basis::default()
    };
    what_if(layout, spec, &basis).expect("a forecast")
}

fn way(choice: &Choice) -> PlannedWay {
    PlannedWay {
        mode: choice.mode,
        title: choice.title(),
        sequential: choice.sequential.clone(),
        expected: Expected {
            course: Arc::clone(&choice.course),
            ends_secs: choice.course_secs.clone(),
            steps: vec!["Percentile normalise".to_owned(), "Z projection".to_owned()],
            channel_names: BTreeMap::from([(1, "DAPI".to_owned()), (2, "FITC".to_owned())]),
        },
    }
}

/// The ways of these components, the first all at once.
fn chart(outlook: &Outlook, ways: &[&[Component]], budget_bytes: u64) -> Chart {
    let of = |components: &&[Component]| {
        let is_it = |choice: &&Choice| {
            choice.sequential.len() == components.len()
                && components.iter().all(|component| choice.sequential.contains(component))
        };
        way(outlook.choices.iter().find(is_it).expect("the choice"))
    };
    let planned = ways.iter().map(of).collect();
    Chart { planned, budget_bytes: Some(budget_bytes), ..Chart::default() }
}

fn picture(chart: &Chart, options: ChartOptions) -> Picture {
    let text = |text: &str, _: bool| [text.len() as f32 * 7.0, 15.0];
    Picture::of(chart, options, None, &PictureSize { plot: [800.0, 400.0], text: &text })
}

#[test]
fn the_three_claims_of_the_study_are_seen_in_one_picture() {
    let budget = 8_000_000_000;
    let outlook = outlook(&PlateLayout::study(), &support::spec(&[]), budget);
    let ways: [&[Component]; 3] = [&[], &[Component::Channel], &[Component::Channel, Component::Timepoint]];
    let chart = chart(&outlook, &ways, budget);
    let options = ChartOptions::default();
    assert!(chart.is_logarithmic(options), "27 GB and 27 MB");
    let picture = picture(&chart, options);
    let peaks: Vec<f64> = picture
        .courses
        .iter()
        .filter(|course| course.main)
        .map(|course| course.points.iter().map(|[_, bytes]| *bytes).fold(0.0, f64::max))
        .collect();
    let forecast: Vec<f64> = ways
        .iter()
        .map(|way| chart.planned.iter().find(|planned| planned.sequential.len() == way.len()).expect("it"))
        .map(|planned| {
            planned.expected.course.parts.iter().filter_map(|part| planned.expected.course.rss(part))
        })
        .map(|fills| fills.map(|fill| fill.most).max().expect("parts") as f64)
        .collect();
    assert_eq!(peaks, forecast);
    assert!(peaks[0] > 27e9 && (2.7e9..2.9e9).contains(&peaks[1]) && peaks[2] < 64e6, "{peaks:?}");
    // A tenth and a thousandth lie apart, and the smallest far from the ground.
    let heights: Vec<f64> = peaks.iter().map(|bytes| picture.scale.height(*bytes)).collect();
    assert!(
        heights[0] - heights[1] > 0.1 && heights[1] - heights[2] > 0.2 && heights[2] > 0.3,
        "{heights:?}"
    );
    let marks: Vec<String> = picture.y_marks().into_iter().map(|(_, text)| text).collect();
    assert_eq!(marks, ["0", "1 MB", "10 MB", "100 MB", "1 GB", "10 GB"]);
    for planned in &chart.planned {
        let points = planned.expected.course.points();
        assert!(points.len() <= 2000, "{} points of {}", points.len(), planned.title);
    }
    let text = "All at once does not fit from image 7,9";
    let misfits = chart.misfits();
    assert!(misfits.len() == 1 && misfits[0].starts_with(text), "{misfits:?}");
    assert!(chart_svg(&chart, options, "", "").contains("does not fit from image"));
    // As chosen, it goes evenly from zero.
    assert!(!chart.is_logarithmic(ChartOptions { logarithmic: Some(false), ..options }));
}

#[test]
fn the_pointer_tells_the_images_that_will_be_alive() {
    let layout = PlateLayout { width: 1024, height: 1024, ..PlateLayout::default() };
    let spec = RunSpec { threads: 2, ..support::spec(&[]) };
    let outlook = outlook(&layout, &spec, 1_000_000_000);
    let chart = chart(&outlook, &[&[], &[Component::Channel]], 1_000_000_000);
    let options = ChartOptions { axis: Axis::Work, ..ChartOptions::default() };
    let doing = |x: f64| -> Vec<String> {
        chart.expect_at(x, options).into_iter().map(|reading| reading.doing).collect()
    };
    // 54 images read, 54 normalised, 18 projections made and 18 saved: 144 units, of either way.
    assert_eq!(doing(0.0).len(), 2);
    assert_eq!(doing(10.0 / 144.0), ["preload · 10 of 54 images", "preload · 10 of 27 images of DAPI"]);
    assert_eq!(doing(60.0 / 144.0)[0], "Percentile normalise · 54 images");
    assert_eq!(doing(130.0 / 144.0), ["save · 18 images", "Z projection · 27 images of FITC"]);
    assert_eq!(chart.misfits(), Vec::<String>::new());
    assert!(!chart.is_logarithmic(options));
    // The same on the axis of time, where an end is the time that is expected.
    let ends = chart.planned[0].expected.ends_secs.clone().expect("a pace is known");
    let time = ChartOptions::default();
    assert!(chart.whole_x(Axis::Time)[1] >= ends[ends.len() - 1]);
    assert_eq!(chart.expect_at(ends[0], time)[0].doing, "preload · 54 of 54 images");
    // Before a pace is known, all lies on the share of the work.
    let mut untimed = chart;
    untimed.planned.iter_mut().for_each(|way| way.expected.ends_secs = None);
    assert_eq!(untimed.settled(time).axis, Axis::Work);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_forecast_is_the_fullest_moment_of_the_course(
        counts in (1_u32..3, 1_u32..4, 1_u32..4, 1_u32..4, 1_u32..5),
        threads in 1_usize..5,
        wells_at_once in 1_usize..3,
        ways in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let (channels, timepoints, sites, planes, wells) = counts;
        let (read_ahead, keeps, holds) = ways;
        let layout = PlateLayout {
            wells, channels, timepoints, sites, planes, width: 64, height: 40, ..PlateLayout::default()
        };
        let spec = RunSpec {
            threads,
            wells_at_once,
            read_ahead,
            after_clear: if keeps { AfterClear::Keep } else { AfterClear::Return },
            intermediates: if holds { Intermediates::Hold } else { Intermediates::Free },
            ..support::spec(&[])
        };
        for choice in outlook(&layout, &spec, 1 << 40).choices {
            let course = &choice.course;
            let most = course.parts.iter().map(|part| part.counted.most).max();
            prop_assert_eq!(most, Some(choice.peak_counted_bytes));
            let most = course.parts.iter().filter_map(|part| course.rss(part)).map(|fill| fill.most).max();
            prop_assert_eq!(most, choice.peak_rss_bytes);
            let points = course.points();
            prop_assert!(points.windows(2).all(|pair| pair[0].share <= pair[1].share));
            prop_assert!(points.last().is_some_and(|last| (last.share - 1.0).abs() < 1e-9));
            prop_assert!(points.len() <= 2000);
            let ends = choice.course_secs.as_ref().expect("a pace is known");
            let SecsRange { low, high } = choice.expected_secs.expect("a pace is known");
            // But for the moment that any run may be late.
            let expected = SecsRange { low, high: high - 0.01 }.middle();
            prop_assert!((ends[ends.len() - 1] - expected).abs() <= 0.01 * expected + 1e-9);
            // What falls together is no less, and no more.
            prop_assert_eq!(course.parts.iter().map(|part| part.counted.least).min(), Some(0));
        }
    }
}
