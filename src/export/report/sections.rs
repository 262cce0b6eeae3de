//! The parts of a report, in the order in which they are read.

use serde_json::json;

use super::html::{Cell, Html, Table};
use crate::chart::{Axis, Chart, ChartOptions, ChartRun, Measure};
use crate::compare::{Comparison, ModeResult, Tone};
use crate::events::{Outcome, RunSummary};
use crate::export::{chart_svg, openhcs_setting};
use crate::local_time::moment_text;
use crate::plan::Mode;
use crate::plan::run_title;
use crate::plate::{Component, value_name};
use crate::quantity::{bytes_text, count_text, plural, secs_text};
use crate::record::{RunRecord, SettingRow, settings_of};
use crate::watch::WatchedRecord;

/// Points of each run that the pointer can read.
const MOST_READ: usize = 3000;

/// Rows of a table; the CSV has all.
pub(super) const MOST_ROWS: usize = 2000;

pub(super) fn heading(page: &mut Html, title: &str, records: &[&RunRecord]) {
    page.text("h1", title);
    let Some(first) = records.first() else {
        page.text("p", "There is no run to report.");
        return;
    };
    let wells: Vec<String> = first.plan.wells.iter().take(12).map(ToString::to_string).collect();
    let more = if first.plan.wells.len() > wells.len() { " …" } else { "" };
    let when = moment_text(first.started_unix_secs, first.utc_offset_secs);
    page.text(
        "p class=\"quiet\"",
        &format!(
            "{} · well {}{more} · {} · {} · {when}",
            first.plate.format.name(),
            wells.join(", "),
            plural(first.plan.images, "image"),
            plural(records.len(), "run"),
        ),
    );
}

pub(super) fn verdict(page: &mut Html, records: &[&RunRecord], comparison: Option<&Comparison>) {
    let Some(comparison) = comparison else {
        for record in records {
            page.markup(r#"<div class="verdict">"#);
            page.text("p", &run_sentence(record));
            page.markup("</div>");
        }
        if records.len() > 1 {
            page.text(
                "p class=\"quiet\"",
                "These runs did not do the same, or were all made the same way, so there is no verdict.",
            );
        }
        return;
    };
    let verdict = comparison.verdict();
    page.markup(match verdict.tone {
        Tone::Better => r#"<div class="verdict better">"#,
        Tone::Same => r#"<div class="verdict same">"#,
        Tone::Worse => r#"<div class="verdict worse">"#,
        Tone::Wrong => r#"<div class="verdict wrong">"#,
    });
    page.text("p", &verdict.sentence);
    page.markup(r#"</div><div class="cards">"#);
    let card = |page: &mut Html, name: &str, text: &dyn Fn(&RunSummary) -> String, ratio: Option<String>| {
        page.markup(r#"<div class="card">"#);
        page.text("div class=\"name\"", name);
        for (mode, side) in [(Mode::Bulk, &comparison.bulk), (Mode::Sequential, &comparison.sequential)] {
            let name = match mode {
                Mode::Bulk => r#"span class="bulk""#,
                Mode::Sequential => r#"span class="sequential""#,
            };
            page.markup(r#"<div class="row">"#);
            page.text(name, mode.title());
            page.text("b", &side.summary().map_or_else(|| "not run".to_owned(), text));
            page.markup("</div>");
        }
        if let Some(ratio) = ratio {
            page.text("div class=\"ratio\"", &ratio);
        }
        page.markup("</div>");
    };
    let less = |ratio: Option<f64>| {
        let ratio = ratio.filter(|ratio| *ratio > 0.0 && *ratio < 0.995)?;
        Some(format!("{:.*} × fewer", usize::from(ratio > 0.1), 1.0 / ratio))
    };
    card(
        page,
        "Images at once",
        &|summary| count_text(summary.images_at_once),
        less(comparison.images_at_once_ratio),
    );
    let rss = |summary: &RunSummary| summary.peak_rss_bytes.map_or("unknown".to_owned(), bytes_text);
    card(page, "Peak memory", &rss, verdict.saving.clone());
    card(page, "Pixels counted, at most", &|summary| bytes_text(summary.peak_counted_bytes), None);
    let time = |summary: &RunSummary| secs_text(summary.wall_secs);
    card(page, "Time", &time, verdict.cost.clone());
    page.markup("</div>");
    if let Some(time) = &verdict.time {
        page.text("p class=\"quiet\"", time);
    }
}

/// The names of the runs in the chart, where each has its own.
fn titles(records: &[&RunRecord]) -> Vec<String> {
    Chart::of_records(records).runs.into_iter().map(|run| run.title).collect()
}

/// What one run came to, in a sentence.
fn run_sentence(record: &RunRecord) -> String {
    let (summary, title) = (&record.summary, run_title(&record.plan));
    let why = record.why.as_deref().unwrap_or("The reason is not known.");
    match record.outcome {
        Outcome::Failed => return format!("{title} did not finish. {why}"),
        Outcome::Cancelled => return format!("{title} was cancelled. What was saved is kept."),
        Outcome::Completed => {}
    }
    let peak = match summary.peak_rss_bytes {
        Some(rss) => format!("{} of memory at most", bytes_text(rss)),
        None => format!("{} of pixels at most", bytes_text(summary.peak_counted_bytes)),
    };
    let failed = match summary.failed_count() {
        0 => String::new(),
        failed => format!(" {} missing or failed.", plural(failed, "image")),
    };
    format!(
        "{title}: {peak}, {} at once, {}.{failed}",
        plural(summary.images_at_once, "image"),
        secs_text(summary.wall_secs)
    )
}

pub(super) fn chart(page: &mut Html, records: &[&RunRecord], watched: &[&WatchedRecord]) {
    let chart = Chart::of_records(records).with_watched(watched);
    if chart.is_empty() {
        page.text("p", "No memory was measured.");
        return;
    }
    let by_time = ChartOptions::default();
    chart_figure(page, &chart, by_time);
    // The work of a watched program is not known, nor what it has at rest.
    if chart.runs.len() > 1 && watched.is_empty() {
        page.text("h3", "Above start, by share of the work");
        page.text(
            "p class=\"quiet\"",
            "Without the memory of each process at rest. The runs are lined up by how much of their work was done.",
        );
        let by_work = ChartOptions { axis: Axis::Work, above_start: true, ..by_time };
        chart_figure(page, &chart, by_work);
    }
    for (record, title) in records.iter().zip(titles(records)) {
        if let Some(check) = &record.summary.course {
            let class = if check.is_fault() { "p class=\"bad\"" } else { "p class=\"quiet\"" };
            page.text(class, &format!("{title}: {}", check.sentence()));
        }
    }
    page.text(
        "p class=\"quiet\"",
        match records.is_empty() {
            true => "Point at the chart to read all programs.",
            false => {
                "Point at the chart to read all runs. Resident memory is what the system reports for the worker process. \
                 Counted memory is the pixels that it holds, by its own exact count."
            }
        },
    );
}

/// A chart with the numbers that the pointer reads.
fn chart_figure(page: &mut Html, chart: &Chart, options: ChartOptions) {
    page.markup(r#"<figure class="chart">"#);
    page.svg(&chart_svg(chart, options, "", ""));
    let runs: Vec<serde_json::Value> = chart.runs.iter().map(|run| readings(chart, run, options)).collect();
    let x = chart.whole_x(options.axis);
    let is_work = options.axis == Axis::Work;
    page.data(&json!({ "x": x, "isWork": is_work, "runs": runs }));
    page.markup("</figure>");
}

fn readings(chart: &Chart, run: &ChartRun, options: ChartOptions) -> serde_json::Value {
    let second = run.second_measure();
    let samples = run.series.thinned(MOST_READ);
    let place = |at_secs: f64| chart.x_of(run, at_secs, options.axis);
    let rss = |rss: u64| Chart::shown_bytes(run, Measure::Rss, rss, options);
    let phases: Vec<_> = run
        .bands()
        .iter()
        .take(MOST_READ)
        .map(|band| json!([place(band.from_secs), place(band.to_secs), run.doing_at(band.from_secs)]))
        .collect();
    json!({
        "title": run.title,
        "mode": run.mode.map_or("watched", Mode::name),
        "end": place(run.end_secs()),
        "at": samples.iter().map(|sample| place(sample.at_secs)).collect::<Vec<_>>(),
        "rss": samples.iter().map(|sample| sample.rss.map(rss)).collect::<Vec<_>>(),
        "second": samples.iter().map(|sample| second.of(sample)).collect::<Vec<_>>(),
        "secondName": second.name(),
        "phases": phases,
    })
}

pub(super) fn forecasts(page: &mut Html, records: &[&RunRecord], comparison: Option<&Comparison>) {
    page.text("h2", "Forecast and outcome");
    page.text(
        "p",
        "What each run was expected to need before it began, and what it needed. The forecast of memory is an \
         upper bound, for Stepwell and not for other programs.",
    );
    let mut table = Table::new(&[
        "~Run",
        "Forecast of memory",
        "Peak",
        "of forecast",
        "Forecast of pixels",
        "Peak",
        "At rest",
        "Budget",
    ]);
    let share = |part: Option<u64>, whole: Option<u64>| match (part, whole) {
        (Some(part), Some(whole)) if whole > 0 => {
            let share = part as f64 / whole as f64;
            Cell::number(share, format!("{:.0} %", share * 100.0))
        }
        _ => Cell::words("unknown"),
    };
    for (record, title) in records.iter().zip(titles(records)) {
        let summary = &record.summary;
        table.rows.push(vec![
            Cell::words(title),
            Cell::bytes(summary.forecast_rss_bytes),
            Cell::bytes(summary.peak_rss_bytes),
            share(summary.peak_rss_bytes, summary.forecast_rss_bytes),
            Cell::bytes(Some(summary.forecast_counted_bytes)),
            Cell::bytes(Some(summary.peak_counted_bytes)),
            Cell::bytes(summary.baseline_rss_bytes),
            record.budget_bytes.map_or_else(|| Cell::words("none"), |bytes| Cell::bytes(Some(bytes))),
        ]);
    }
    if let Some(comparison) = comparison {
        for (mode, side) in [(Mode::Bulk, &comparison.bulk), (Mode::Sequential, &comparison.sequential)] {
            if let ModeResult::Refused { forecast_counted_bytes, forecast_rss_bytes, .. } = side {
                table.rows.push(vec![
                    Cell::words(format!("{} (not run)", mode.title())),
                    Cell::bytes(*forecast_rss_bytes),
                    Cell::words("–"),
                    Cell::words("–"),
                    Cell::bytes(Some(*forecast_counted_bytes)),
                    Cell::words("–"),
                    Cell::words("–"),
                    comparison
                        .budget_bytes
                        .map_or_else(|| Cell::words("none"), |bytes| Cell::bytes(Some(bytes))),
                ]);
            }
        }
    }
    page.table(&table);
}

pub(super) fn combinations(page: &mut Html, records: &[&RunRecord]) {
    page.text("h2", "Each combination");
    page.text(
        "p",
        "What was in memory together. Memory is that of the whole process: before the images were read, at its \
         peak, and after they were cleared.",
    );
    for (record, title) in records.iter().zip(titles(records)) {
        let rows = record.combinations();
        page.text("h3", &title);
        let mut head = vec!["", "~Well"];
        let sequential = record.sequential();
        head.extend(sequential.iter().map(|component| component.title()));
        head.extend(["Images", "Pixels", "Read", "Steps", "Save", "Before", "At most", "After the clear"]);
        let mut table = Table::new(&head).sortable();
        for row in rows.iter().take(MOST_ROWS) {
            let secs = |secs: f64| Cell::number(secs, secs_text(secs));
            let mut cells = vec![
                Cell::number(row.id.index as f64, (row.id.index + 1).to_string()),
                Cell::words(row.id.wells_text()),
            ];
            cells.extend(sequential.iter().map(|component: &Component| match row.id.values.get(component) {
                Some(value) => Cell::number(
                    f64::from(*value),
                    value_name(&record.plan.channel_names, *component, *value),
                ),
                None => Cell::words("–"),
            }));
            cells.extend([
                Cell::number(row.images as f64, count_text(row.images)),
                Cell::bytes(Some(row.bytes)),
                secs(row.preload_secs),
                secs(row.step_secs),
                secs(row.save_secs),
                Cell::bytes(row.rss_before_preload),
                Cell::bytes(row.rss_peak),
                match row.cleared {
                    Some(cleared) => Cell::bytes(cleared.rss_after),
                    None => Cell::words("not cleared"),
                },
            ]);
            table.rows.push(cells);
        }
        page.table(&table);
        if rows.len() > MOST_ROWS {
            let text = format!("The first {} of {}.", count_text(MOST_ROWS), count_text(rows.len()));
            page.text("p class=\"quiet\"", &text);
        }
    }
}

pub(super) fn settings(page: &mut Html, records: &[&RunRecord]) {
    settings_table(page, &titles(records), settings_of(records));
}

/// What runs have in common and what differs; of watched programs, too.
pub(super) fn settings_table(page: &mut Html, titles: &[String], rows: Vec<SettingRow>) {
    page.text("h2", "Settings, computer and versions");
    let differing: Vec<&str> = rows.iter().filter(|row| row.differs()).map(|row| row.name.as_ref()).collect();
    if titles.len() > 1 {
        let text = match differing.as_slice() {
            [] => "The runs differ only in their measurements.".to_owned(),
            names => format!("The runs differ in: {}.", names.join(", ")),
        };
        page.text("p", &text);
    }
    let mut head = vec!["~".to_owned()];
    head.extend(titles.iter().map(|title| format!("~{title}")));
    let mut table = Table::new(&head.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        let mut cells = vec![Cell::words(row.name.as_ref())];
        // One value for all is told once.
        if row.differs() || row.values.len() == 1 {
            cells.extend(row.values.into_iter().map(Cell::words));
        } else {
            cells.extend(row.values.into_iter().take(1).map(|value| Cell::across(value, titles.len())));
        }
        table.rows.push(cells);
    }
    page.table(&table);
}

pub(super) fn openhcs(page: &mut Html, records: &[&RunRecord]) {
    let Some(record) = records.iter().find(|record| !record.sequential().is_empty()) else { return };
    page.text("h2", "The same choice in OpenHCS");
    page.text("p", "To paste into a script for OpenHCS 0.8; its memory is not what was measured here.");
    page.lines(&openhcs_setting(record.sequential()));
}

pub(super) fn words(page: &mut Html) {
    page.text("h2", "How to read this");
    for text in [
        "All at once: every image of a well is read before the first step. One at a time: the images of one \
         combination, such as one channel, are read, taken through all steps and cleared before the next.",
        "Peak memory is the most resident memory of the process that did the work, the larger of samples taken \
         a hundred times a second and the system's own high-water mark. At rest is what the process had before \
         it read the first image.",
        "Sizes are decimal: 1 MB is 1,000,000 bytes. Time depends on the computer and on what else it did; \
         compare times within one report only.",
    ] {
        page.text("p", text);
    }
}
