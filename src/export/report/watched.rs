//! The parts of a report that tell of watched programs.

use super::html::{Cell, Html, Table};
use super::sections::{MOST_ROWS, settings_table};
use crate::quantity::{count_text, plural, secs_text};
use crate::record::settings_of_watched;
use crate::watch::{MomentKind, WatchedRecord, WatchedVerdict};

/// The title of a page that tells of nothing else.
pub(super) const TITLE: &str = "Memory of watched programs";

pub(super) fn heading(page: &mut Html, watched: &[&WatchedRecord]) {
    page.text("h1", TITLE);
    let names: Vec<String> = watched.iter().map(|record| record.title()).collect();
    let count = plural(watched.len(), "program");
    page.text("p class=\"quiet\"", &format!("{count}: {}", names.join(", ")));
}

pub(super) fn verdict(page: &mut Html, watched: &[&WatchedRecord]) {
    match WatchedVerdict::of(watched) {
        Some(verdict) => {
            page.markup(match verdict.is_same {
                Some(false) => r#"<div class="verdict wrong">"#,
                _ => r#"<div class="verdict better">"#,
            });
            page.text("p", &verdict.sentence);
            page.markup("</div>");
        }
        None => {
            for record in watched {
                page.markup(r#"<div class="verdict">"#);
                page.text("p", &record.sentences().join(" "));
                page.markup("</div>");
            }
        }
    }
}

/// What each program came to.
pub(super) fn programs(page: &mut Html, watched: &[&WatchedRecord]) {
    page.text("h2", "Watched programs");
    page.text(
        "p",
        "Peak memory is the sum of the resident memory of a program and of all processes that it started; what they share counts \
         once for each. Where the system tells it, the column beside it counts that once. Unknown is what neither the system nor \
         the program's own lines tell.",
    );
    let mut table = Table::new(&[
        "~Program",
        "Peak memory",
        "Shared once",
        "Largest process",
        "Processes",
        "Images at once",
        "Time",
        "~End",
    ]);
    let count = |count: Option<u64>| match count {
        Some(count) => Cell::number(count as f64, count_text(usize::try_from(count).unwrap_or(usize::MAX))),
        None => Cell::words("unknown"),
    };
    for record in watched {
        let summary = &record.summary;
        table.rows.push(vec![
            Cell::words(record.title()),
            Cell::bytes(summary.peak_rss_bytes),
            Cell::bytes(summary.peak_pss_bytes),
            Cell::bytes(summary.peak_largest_bytes),
            count(record.processes_seen.map(u64::from)),
            count(summary.images_at_once),
            record.secs.map_or_else(|| Cell::words("unknown"), |secs| Cell::number(secs, secs_text(secs))),
            Cell::words(record.end.text()),
        ]);
    }
    page.table(&table);
}

/// What each program said, with its memory at that moment.
pub(super) fn moments(page: &mut Html, watched: &[&WatchedRecord]) {
    for record in watched.iter().filter(|record| !record.moments.is_empty()) {
        page.text("h3", &format!("What {} said", record.title()));
        let mut table = Table::new(&["At", "~What", "Images", "~Of", "Memory", "~Line"]).sortable();
        for moment in record.moments.iter().take(MOST_ROWS) {
            let (what, images, of) = match &moment.kind {
                MomentKind::Preloaded { images, combination } => ("preload", *images, combination.as_deref()),
                MomentKind::Cleared { images, combination } => ("clear", *images, combination.as_deref()),
                MomentKind::StepStarted { name } => ("step begins", None, Some(name.as_str())),
                MomentKind::StepDone { name, .. } => ("step done", None, Some(name.as_str())),
                MomentKind::Memory { .. } => ("memory by its own account", None, None),
                MomentKind::Mark => ("mark", None, None),
            };
            let memory = match moment.kind {
                MomentKind::Memory { rss_bytes } => Some(rss_bytes),
                _ => record.sample_at(moment.at_secs).and_then(|sample| sample.rss),
            };
            table.rows.push(vec![
                Cell::number(moment.at_secs, secs_text(moment.at_secs)),
                Cell::words(what),
                images.map_or_else(
                    || Cell::words("–"),
                    |images| {
                        Cell::number(images as f64, count_text(usize::try_from(images).unwrap_or(usize::MAX)))
                    },
                ),
                Cell::words(of.unwrap_or("–")),
                Cell::bytes(memory),
                Cell::words(moment.said.as_str()),
            ]);
        }
        page.table(&table);
        if record.moments.len() > MOST_ROWS {
            let text =
                format!("The first {} of {}.", count_text(MOST_ROWS), count_text(record.moments.len()));
            page.text("p class=\"quiet\"", &text);
        }
    }
}

pub(super) fn settings(page: &mut Html, watched: &[&WatchedRecord]) {
    let titles: Vec<String> = watched.iter().map(|record| record.title()).collect();
    settings_table(page, &titles, settings_of_watched(watched));
}
