//! What a run came to, as a part of its report: what is the same, what is missing or failed, notes on the
//! images, and some of them.

use std::collections::HashSet;

use super::html::{Cell, Html, Table};
use super::pictures::{OutputPictures, output_pictures};
use super::sections::MOST_ROWS;
use crate::compare::{Comparison, FilesCheck};
use crate::events::{Event, EventKind, FailedImage};
use crate::quantity::{count_text, plural};
use crate::record::RunRecord;

pub(super) fn results(
    page: &mut Html,
    records: &[&RunRecord],
    comparison: Option<&Comparison>,
    files: &FilesCheck,
) {
    page.text("h2", "Results");
    changed(page, files);
    if let Some(outputs) = comparison.and_then(|comparison| comparison.outputs.as_ref()) {
        page.text("p", &format!("{} The hashes of their contents were compared.", outputs.sentence().0));
        if !outputs.different.is_empty() {
            let mut table = Table::new(&["~Result", "Step", "~What is different", "Largest difference"]);
            for different in outputs.different.iter().take(MOST_ROWS) {
                table.rows.push(vec![
                    Cell::words(different.to_string()),
                    Cell::words((different.step + 1).to_string()),
                    Cell::words(different.why.clone()),
                    different.largest.map_or_else(
                        || Cell::words("unknown"),
                        |largest| Cell::number(largest.abs(), format!("{largest}")),
                    ),
                ]);
            }
            page.table(&table);
        }
    }
    failed(page, records);
    notes(page, records);
    pictures(page, records);
}

fn failed(page: &mut Html, records: &[&RunRecord]) {
    let mut failed: Vec<_> = records.iter().flat_map(|record| &record.summary.failed).collect();
    failed.sort_by_key(|failed| failed.key);
    failed.dedup_by(|a, b| a.key == b.key && a.why == b.why);
    if failed.is_empty() {
        page.text("p", "Every image could be read, and every result was made.");
    } else {
        page.text(
            "h3",
            &format!("{} missing or failed", plural(FailedImage::count(failed.iter().copied()), "image")),
        );
        let mut table = Table::new(&["~Image", "~Why"]);
        for failed in failed.iter().take(MOST_ROWS) {
            table.rows.push(vec![Cell::words(failed.key.to_string()), Cell::words(failed.why.clone())]);
        }
        page.table(&table);
    }
}

/// What steps had to say of images: the same in both ways of a comparison, so each sentence once.
fn notes(page: &mut Html, records: &[&RunRecord]) {
    let note = |event: &Event| match &event.kind {
        EventKind::Warning { why } => Some(why.clone()),
        _ => None,
    };
    let mut seen = HashSet::new();
    let all = records.iter().flat_map(|record| &record.events).filter_map(note);
    let notes: Vec<String> = all.filter(|note| seen.insert(note.clone())).collect();
    if notes.is_empty() {
        return;
    }
    page.text("h3", "Notes on the images");
    let mut table = Table::new(&["~Note"]);
    table.rows.extend(notes.iter().take(MOST_ROWS).map(|note| vec![Cell::words(note.as_str())]));
    page.table(&table);
    if notes.len() > MOST_ROWS {
        let more = count_text(notes.len() - MOST_ROWS);
        page.text("p class=\"quiet\"", &format!("And {more} more, which are in the records."));
    }
}

fn pictures(page: &mut Html, records: &[&RunRecord]) {
    let mut pictured = None;
    for record in records {
        let pictures = output_pictures(record);
        if !pictures.shown.is_empty() {
            pictured = Some((record, pictures));
            break;
        }
    }
    let Some((record, OutputPictures { shown: pictures, all, .. })) = pictured else { return };
    let step = record.outputs.iter().filter(|output| output.path.is_some()).map(|output| output.step).max();
    let name = step.and_then(|step| record.plan.steps.get(step)).map_or("", String::as_str);
    page.text("h3", &format!("{name}: {} of {}", pictures.len(), plural(all, "image")));
    page.text("p class=\"quiet\"", "Each has its own contrast.");
    page.markup(r#"<div class="pictures">"#);
    for picture in pictures {
        page.png(&picture.png, &picture.caption);
    }
    page.markup("</div>");
}

/// The files that are not what was written.
fn changed(page: &mut Html, files: &FilesCheck) {
    if files.changed.is_empty() {
        return;
    }
    let text = format!(
        "{} of {} are no longer what was written. This report shows them as they are now.",
        count_text(files.changed.len()),
        plural(files.checked, "file")
    );
    page.text("p", &text);
    let mut table = Table::new(&["~Run", "~File", "~What is wrong"]);
    for file in files.changed.iter().take(MOST_ROWS) {
        table.rows.push([&file.run, &file.name, &file.why].map(|text| Cell::words(text.as_str())).into());
    }
    page.table(&table);
}
