//! The memory chart: what it knows of a run, what it draws, and that its texts can be read.

#[path = "support/runs.rs"]
mod runs;

use std::path::Path;

use runs::MadeUp;
use stepwell::chart::*;
use stepwell::engine::Outcome;
use stepwell::export::{CHART_SIZE, chart_svg, write_chart_png};
use stepwell::plan::{Forecast, Mode};

fn both() -> Chart {
    Chart {
        runs: vec![MadeUp::bulk().chart(), MadeUp::sequential().chart()],
        refused: Vec::new(),
        budget_bytes: Some(25_000_000),
        machine_bytes: Some(16_000_000_000),
    }
}

fn refused() -> Chart {
    let forecast = Forecast {
        images_at_once: 54,
        counted_bytes: 30_000_000,
        mapped_bytes: 30_000_000,
        scratch_bytes: 1_000_000,
        rss_bytes: Some(37_000_000),
    };
    Chart {
        runs: vec![MadeUp::sequential().chart()],
        refused: vec![RefusedMode { mode: Mode::Bulk, title: "All at once".to_owned(), forecast }],
        budget_bytes: Some(25_000_000),
        machine_bytes: None,
    }
}

fn gallery() -> Vec<(&'static str, Chart)> {
    let many = MadeUp {
        combinations: 1000,
        images: 27,
        image_bytes: 1_000_000,
        secs_per_image: 0.001,
        ..MadeUp::sequential()
    };
    let failed = MadeUp { stops: Some((1.4, Outcome::Failed)), ..MadeUp::sequential() };
    let unknown = |run: MadeUp| MadeUp { resting: None, ..run };
    let live = {
        let mut run = ChartRun::new("live", Mode::Sequential);
        let events = MadeUp::sequential().events();
        events.iter().take(events.len() * 2 / 3).for_each(|event| run.apply(event));
        run
    };
    vec![
        ("both", both()),
        ("many", Chart { runs: vec![many.chart()], budget_bytes: Some(50_000_000), ..Chart::default() }),
        ("failed", Chart { runs: vec![MadeUp::bulk().chart(), failed.chart()], ..both() }),
        (
            "counted",
            Chart {
                runs: vec![unknown(MadeUp::bulk()).chart(), unknown(MadeUp::sequential()).chart()],
                ..Chart::default()
            },
        ),
        ("refused", refused()),
        ("live", Chart { runs: vec![MadeUp::bulk().chart(), live], ..both() }),
        ("empty", Chart::default()),
    ]
}

#[test]
fn pictures_are_drawn() {
    for (name, chart) in gallery() {
        let svg = chart_svg(
            &chart,
            "Demo plate · channel, one at a time",
            "Channel one at a time needs 1.8 × less of memory than all at once and fits your budget of 25.0 MB; all at once does not. All 18 results are identical.",
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chart-{name}.png"));
        write_chart_png(&path, &svg).unwrap();
        let size = image::image_dimensions(&path).unwrap();
        assert_eq!([size.0, size.1], CHART_SIZE, "{name}");
    }
}
