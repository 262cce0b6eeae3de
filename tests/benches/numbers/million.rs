//! A plate of a million images: finding them, forecasting all choices, running them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use stepwell::cancel::Cancel;
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::{Basis, Outlook, RunSpec};
use stepwell::plate::{Measured, Opened, PlateLayout, open};
use stepwell::quantity::{count_text, secs_text};

use crate::{Bench, Row, bytes, median, program, row};

impl Bench {
    /// 384 wells with all that varies.
    fn million_plate(&self) -> (PlateLayout, PathBuf) {
        let layout = PlateLayout {
            wells: 384,
            channels: 4,
            timepoints: 25,
            sites: 9,
            planes: 3,
            width: 16,
            height: 16,
            ..PlateLayout::default()
        };
        (layout, self.plates.write("million", layout))
    }

    /// Times are of files that were listed and read before, memory is of the program that is started, at its fullest.
    pub(crate) fn million(&self) -> Vec<Row> {
        eprintln!("million: writing the plate");
        let (layout, plate) = self.million_plate();
        let path = plate.to_string_lossy();
        eprintln!("million: scan");
        let scans: Vec<_> =
            (0..self.options.rounds.max(1)).map(|_| program::watched(&["scan", &path])).collect();
        let secs = median(&scans.iter().map(|scan| scan.secs).collect::<Vec<_>>());
        let peak = scans.iter().map(|scan| scan.peak_bytes).max().unwrap_or(0);
        let scan = row(
            format!("{} images of 16 x 16 in 384 wells: scan", count_text(layout.image_count() as usize)),
            "under 1.5 s and 200 MB",
            format!("{}; {}", secs_text(secs), bytes(peak as f64)),
            secs < 1.5 && peak < 200_000_000,
        );
        eprintln!("million: forecasts");
        let forecast = self.forecasts(&plate);
        let plan = program::watched(&["plan", &path]);
        let forecasts = row(
            "the same: the forecasts of all choices",
            "under 3 s; with all sizes read under 300 MB",
            format!("{}; {}", secs_text(forecast), bytes(plan.peak_bytes as f64)),
            forecast < 3.0 && plan.peak_bytes < 300_000_000,
        );
        eprintln!("million: run");
        let results = self.plates.results();
        let results = results.to_string_lossy();
        let run = program::watched(&[
            "run",
            &path,
            "--mode",
            "sequential",
            "--sequential",
            "timepoint",
            "--keep-images",
            "none",
            "--out",
            &results,
        ]);
        let run = row(
            "the same, run by timepoint: memory beside the worker",
            "under 100 MB",
            format!("{}; {}", bytes(run.peak_bytes as f64), secs_text(run.secs)),
            run.peak_bytes < 100_000_000,
        );
        let courses = self.course_row(layout.image_count(), &plate);
        vec![scan, forecasts, courses, run]
    }

    /// Seconds for the forecasts of all choices.
    fn forecasts(&self, plate: &std::path::Path) -> f64 {
        let cancel = Cancel::new();
        let Ok(Opened::Plate(plate)) = open(plate, &cancel) else { return f64::NAN };
        let plate = Arc::new(*plate);
        let wells: BTreeSet<_> = plate.wells();
        let measured = Arc::new(Measured::read(&plate, &wells, &cancel).expect("not cancelled"));
        let spec = RunSpec { threads: self.threads, ..RunSpec::plain(PipelineSpec::default()) };
        let basis = Basis { budget_bytes: Some(8_000_000_000), ..Basis::default() };
        let time = |_| {
            let began = Instant::now();
            Outlook::of(&plate, &measured, &wells, &spec, &basis).expect("a forecast");
            began.elapsed().as_secs_f64()
        };
        median(&(0..self.options.rounds.max(1)).map(time).collect::<Vec<_>>())
    }
}
