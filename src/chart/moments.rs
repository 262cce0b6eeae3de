//! Moments of the chart for those who go through it by keys: from event to event, and what is read there in words.

use super::{Axis, Chart, ChartOptions, ChartRun, MarkerKind, Reading};
use crate::quantity::{bytes_text, decimal_text, percent_text};

impl Reading {
    /// What its second line tells where the first tells nothing: `3.1 MB counted`.
    pub(crate) fn second_text(&self) -> String {
        self.second_bytes
            .map_or_else(|| "unknown".to_owned(), |bytes| format!("{} counted", bytes_text(bytes)))
    }
}

impl Chart {
    /// The last place on the horizontal axis at which there is anything to read.
    pub(crate) fn last_x(&self, axis: Axis) -> f64 {
        match axis {
            Axis::Work => 1.0,
            Axis::Time => {
                let ends = self.courses().into_iter().filter_map(|course| course.x_of(1.0, axis));
                self.runs.iter().map(ChartRun::end_secs).chain(ends).fold(0.0, f64::max)
            }
        }
    }

    /// Where the next preload or clear is after a place on the horizontal axis, or the last one before it: of runs, and of
    /// ways that are planned where these are drawn.
    pub(crate) fn event_beside(&self, x: f64, is_after: bool, options: ChartOptions) -> Option<f64> {
        let of_run = |run: &ChartRun| -> Vec<f64> {
            let places = run.markers().iter().map(|marker| self.x_of(run, marker.at_secs, options.axis));
            places.collect()
        };
        let planned = self.courses().into_iter().filter(|course| course.run.is_none() && options.expected);
        let of_ways = planned.flat_map(|course| course.markers(options.axis)).map(|(_, x)| x);
        let events = self.runs.iter().flat_map(of_run).chain(of_ways);
        if is_after {
            events.filter(|event| *event > x).min_by(f64::total_cmp)
        } else {
            events.filter(|event| *event < x).max_by(f64::total_cmp)
        }
    }

    /// A place on the horizontal axis in words: `0.82 s`, `43 % of the work`.
    pub(crate) fn place_text(x: f64, axis: Axis) -> String {
        match axis {
            Axis::Time => format!("{} s", decimal_text(x, 2)),
            Axis::Work => format!("{} of the work", percent_text(x * 100.0, 0)),
        }
    }

    /// What is read at a place on the horizontal axis in words: `0.82 s: All at once 36.9 MB, Z projection; Channel, one at a
    /// time 6.0 MB, FITC cleared`. What was expected is told of ways that were not running then.
    pub(crate) fn moment_text(&self, x: f64, options: ChartOptions) -> String {
        let readings = self.read_at(x, options);
        let expected = if options.expected { self.expect_at(x, options) } else { Vec::new() };
        let missing = expected.iter().filter(|way| readings.iter().all(|reading| reading.title != way.title));
        let missing = missing
            .map(|way| format!("{}, expected {}, {}", way.title, way.bytes_text(), spoken(&way.doing)));
        let told: Vec<String> =
            readings.iter().map(|reading| self.reading_text(reading, x, options)).chain(missing).collect();
        let told = if told.is_empty() { "nothing was running".to_owned() } else { told.join("; ") };
        format!("{}: {told}", Self::place_text(x, options.axis))
    }

    /// `All at once 36.9 MB, Z projection, FITC`.
    fn reading_text(&self, reading: &Reading, x: f64, options: ChartOptions) -> String {
        let doing = self.events_text(reading, x, options).unwrap_or_else(|| match reading.doing.as_str() {
            "" if reading.second_bytes == Some(0) => "no images in memory".to_owned(),
            doing => spoken(doing),
        });
        let bytes = match reading.rss_bytes {
            Some(rss) => bytes_text(rss),
            None => reading.second_text(),
        };
        let doing = if doing.is_empty() { doing } else { format!(", {doing}") };
        format!("{} {bytes}{doing}", reading.title)
    }

    /// The preloads and clears of a run at exactly this place: `DAPI cleared, preload of FITC`.
    fn events_text(&self, reading: &Reading, x: f64, options: ChartOptions) -> Option<String> {
        let run = self.runs.get(reading.run)?;
        let here = run.markers().iter().filter(|marker| self.x_of(run, marker.at_secs, options.axis) == x);
        let words: Vec<String> = here
            .map(|marker| match (marker.kind, spoken(&marker.combination)) {
                (MarkerKind::Preload, name) if name.is_empty() => "preload".to_owned(),
                (MarkerKind::Preload, name) => format!("preload of {name}"),
                (MarkerKind::Clear, name) if name.is_empty() => "cleared".to_owned(),
                (MarkerKind::Clear, name) => format!("{name} cleared"),
                (MarkerKind::Mark, text) => text,
            })
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Without dots in the middle of a line, which are read out.
fn spoken(text: &str) -> String {
    text.replace(" · ", ", ")
}
