//! Where marks, bands and labels go.

use super::*;

#[test]
fn marks_are_at_round_numbers() {
    // Highest value in bytes, how many marks, then step, unit, and the marks in words.
    let bytes: [(f64, usize, f64, &str, &[&str]); 6] = [
        (31_200_000.0, 7, 5e6, "MB", &["0", "5", "10", "15", "20", "25", "30"]),
        (17_700_000.0, 4, 5e6, "MB", &["0", "5", "10", "15"]),
        (2_700_000_000.0, 6, 5e8, "GB", &["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (900_000.0, 5, 200_000.0, "kB", &["0", "200", "400", "600", "800"]),
        (1_000_000_000.0, 5, 2e8, "GB", &["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (3.0, 10, 1.0, "B", &["0", "1", "2", "3"]),
    ];
    for (top, about, step, unit, words) in bytes {
        let ticks = Ticks::of_bytes(top, about);
        assert!((ticks.step / step - 1.0).abs() < 1e-9, "{top}: step {}", ticks.step);
        assert_eq!(ticks.unit, unit, "{top}");
        let found: Vec<_> = ticks.between(0.0, top).into_iter().map(|mark| ticks.text(mark)).collect();
        assert_eq!(found, words, "{top}");
    }
    let secs: [(f64, &str, &[&str]); 4] = [
        (2.6, "seconds", &["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (100.0, "seconds", &["0", "20", "40", "60", "80", "100"]),
        (600.0, "minutes", &["0", "2", "4", "6", "8", "10"]),
        (36_000.0, "hours", &["0", "2", "4", "6", "8", "10"]),
    ];
    for (span, unit, words) in secs {
        let ticks = Ticks::of_secs(span, 6);
        let found: Vec<_> = ticks.between(0.0, span).into_iter().map(|mark| ticks.text(mark)).collect();
        assert_eq!(ticks.unit, unit, "{span}");
        assert_eq!(found, words, "{span}");
    }
    let share = Ticks::of_share(1.0, 5);
    assert_eq!(share.text(0.4), "40 %");
    assert_eq!(share.between(0.0, 1.0).len(), 6);
    for strange in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(nice_step(strange, 5), 0.2);
    }
}

#[test]
fn the_axes_of_a_live_run_change_seldom() {
    let events = MadeUp::sequential().events();
    let mut chart = Chart::default();
    let text = |_: &str, _: bool| [80.0, 15.0];
    let mut limits = Vec::new();
    for event in &events {
        chart.run_mut(RunId::new(1), Mode::Sequential).apply(event);
        let size = PictureSize { plot: [800.0, 300.0], text: &text };
        let picture = Picture::of(&chart, ChartOptions::default(), None, &size);
        limits.push((picture.x, picture.top_bytes));
    }
    limits.dedup();
    assert!(events.len() > 100);
    assert!(limits.len() < 25, "{} changes in {} events", limits.len(), events.len());
    let tops: std::collections::BTreeSet<_> = limits.iter().map(|limit| limit.1 as u64).collect();
    assert_eq!(tops.len(), 1, "the forecast is known from the first event on: {tops:?}");
}

#[test]
fn many_markers_and_bands_are_thinned() {
    let many = MadeUp { combinations: 1000, images: 3, secs_per_image: 0.01, ..MadeUp::sequential() };
    let chart = Chart { runs: vec![many.chart()], ..Chart::default() };
    assert_eq!(chart.runs[0].markers().len(), 2000);
    let text = |_: &str, _: bool| [80.0, 15.0];
    let size = PictureSize { plot: [1000.0, 300.0], text: &text };
    let picture = Picture::of(&chart, ChartOptions::default(), None, &size);
    assert!((40..=60).contains(&picture.markers.len()), "{}", picture.markers.len());
    assert!(picture.bands.len() <= 1001, "{}", picture.bands.len());
    // Looked at closely, each is there.
    let [from, to] = [chart.runs[0].markers()[100].at_secs, chart.runs[0].markers()[107].at_secs];
    let picture = Picture::of(&chart, ChartOptions::default(), Some([from, to]), &size);
    let inside = |marker: &&Marker| (from..=to).contains(&marker.at_secs);
    let expected = chart.runs[0].markers().iter().filter(inside).count();
    assert!(expected >= 8);
    assert_eq!(picture.markers.len(), expected);
}

#[test]
fn a_lone_label_finds_its_place_near_its_point() {
    let places = place_labels(
        &[(Wish::Point { at: [400.0, 150.0] }, [100.0, 15.0]), (Wish::Line { y: 100.0 }, [80.0, 15.0])],
        [800.0, 300.0],
        &Covered::default(),
    );
    assert_eq!(places[0], Some(Box2 { left: 350.0, top: 128.0, width: 100.0, height: 15.0 }));
    assert_eq!(places[1], Some(Box2 { left: 715.0, top: 83.0, width: 80.0, height: 15.0 }));
}
