//! The memory chart: what it knows of a run, what it draws, and that its texts can be read.

mod drawing;
mod expected;
mod exported;
mod model;

use crate::runs::{MadeUp, both};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use stepwell::chart::*;
use stepwell::events::{Event, EventKind, Outcome, Sample};
use stepwell::export::{CHART_SIZE, chart_svg, forecast_svg, write_png};
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::{CombinationId, Forecast, Intermediates, Mode};
use stepwell::plate::{Component, PlateLayout};
use stepwell::record::RunId;

fn refused() -> Chart {
    let forecast = Forecast {
        images_at_once: 54,
        input_bytes: 28_000_000,
        counted_bytes: 30_000_000,
        mapped_bytes: 30_000_000,
        scratch_bytes: 1_000_000,
        buffer_bytes: 800_000,
        given_bytes: 0,
        plan_bytes: 0,
        rss_bytes: Some(37_000_000),
    };
    Chart {
        runs: vec![MadeUp::sequential().chart()],
        refused: vec![RefusedMode { mode: Mode::Bulk, title: "All at once".to_owned(), forecast }],
        budget_bytes: Some(25_000_000),
        ..Chart::default()
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
        let mut run = ChartRun::new(RunId::new(1), Mode::Sequential);
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
