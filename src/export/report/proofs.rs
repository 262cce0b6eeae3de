//! The study's four proofs on these runs, each with a small chart, and why memory may not fall.

use std::fmt::Write;

use super::html::Html;
use crate::export::svg::clean;
use crate::plan::Mode;
use crate::quantity::{bytes_text, plural};
use crate::record::RunRecord;
use crate::study::{Change, Figures, Finding, Line, Proof, Study};

/// Width and height of a chart, and room for its numbers.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 130.0;
const LEFT: f64 = 66.0;
const BOTTOM: f64 = 20.0;

/// Values in a chart; of more, so many evenly spread.
const MOST_SHOWN: usize = 400;

pub(super) fn proofs(page: &mut Html, records: &[&RunRecord]) {
    let Some(study) = Study::of(records) else { return };
    page.text("h2", "The study’s four proofs, on this plate");
    page.add(format_args!(r#"<div class="proofs">"#));
    for proof in &study.proofs {
        let class = match proof.finding {
            Finding::Shown => "good",
            Finding::NotShown => "bad",
            Finding::Unknown => "quiet",
        };
        page.add(format_args!(
            r#"<div class="card"><h3>{} <span class="{class}">{}</span></h3>"#,
            clean(proof.claim.title()),
            clean(proof.finding.name())
        ));
        if let Some(number) = &proof.number {
            page.text("div class=\"number\"", number);
        }
        if let Some(run) = &proof.run {
            page.text("p class=\"quiet\"", run);
        }
        page.add(format_args!("{}", figure(proof)));
        page.text("p", &proof.sentence);
        page.add(format_args!("</div>"));
    }
    page.add(format_args!("</div>"));
    page.text("h2", "Why memory may not fall");
    for reason in &study.reasons {
        page.text("h3", reason.title);
        page.text("p", &reason.text);
    }
}

/// The chart of a proof; empty where it has no numbers. All begin at zero, so that what looks flat is.
fn figure(proof: &Proof) -> String {
    let class = match proof.mode.unwrap_or(Mode::Sequential) {
        Mode::Bulk => "bulk",
        Mode::Sequential => "sequential",
    };
    let inside = match &proof.figures {
        Figures::None => return String::new(),
        Figures::AtOnce { bulk, sequential } => bars(*bulk, *sequential),
        Figures::Changes { changes, resting_bytes } => change_lines(changes, *resting_bytes, class),
        Figures::Rest { bytes, line, .. } => rests(bytes, line.as_ref(), class),
    };
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12" role="img"><title>{}</title>{inside}</svg>"#,
        clean(&proof.sentence)
    )
}

fn bars(bulk: usize, sequential: usize) -> String {
    let most = bulk.max(sequential).max(1) as f64;
    let mut svg = String::new();
    for (row, (mode, images)) in [(Mode::Bulk, bulk), (Mode::Sequential, sequential)].into_iter().enumerate()
    {
        let class = if mode == Mode::Bulk { "bulk" } else { "sequential" };
        let y = 16.0 + row as f64 * 56.0;
        let width = (WIDTH * images as f64 / most).max(2.0);
        let _ = write!(
            svg,
            r#"<text x="0" y="{y}">{}: {}</text><rect class="{class}" x="0" y="{}" width="{width:.1}" height="18" rx="3" fill="currentColor"/>"#,
            mode.title(),
            plural(images, "image"),
            y + 7.0
        );
    }
    svg
}

/// Where the values of a chart lie.
struct Scale {
    top: f64,
    count: usize,
}

impl Scale {
    fn x(&self, place: usize) -> f64 {
        LEFT + (WIDTH - LEFT) * (place as f64 + 0.5) / self.count.max(1) as f64
    }

    fn y(&self, bytes: f64) -> f64 {
        8.0 + (HEIGHT - BOTTOM - 8.0) * (1.0 - bytes / self.top)
    }

    fn axes(&self, most: u64) -> String {
        let mut svg = String::new();
        for bytes in [0, most] {
            let y = self.y(bytes as f64);
            let _ = write!(
                svg,
                r##"<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}" stroke="#d9dde3"/><text x="{}" y="{:.1}" text-anchor="end" fill="#5c6470">{}</text>"##,
                LEFT - 6.0,
                y + 4.0,
                bytes_text(bytes)
            );
        }
        let _ = write!(
            svg,
            r##"<text x="{}" y="{}" text-anchor="middle" fill="#5c6470">{}</text>"##,
            f64::midpoint(LEFT, WIDTH),
            HEIGHT - 3.0,
            plural(self.count, "combination")
        );
        svg
    }
}

/// For each combination a line from before to after, with a point at after.
fn change_lines(changes: &[Change], resting_bytes: Option<u64>, class: &str) -> String {
    let most = changes.iter().map(|change| change.before_bytes.max(change.after_bytes)).max().unwrap_or(0);
    let scale = Scale { top: (most as f64 * 1.05).max(1.0), count: changes.len() };
    let mut svg = scale.axes(most);
    let _ = write!(svg, r#"<g class="{class}" stroke="currentColor" fill="currentColor">"#);
    let every = changes.len().div_ceil(MOST_SHOWN).max(1);
    for (place, change) in changes.iter().enumerate().step_by(every) {
        let (x, before, after) =
            (scale.x(place), scale.y(change.before_bytes as f64), scale.y(change.after_bytes as f64));
        let _ = write!(
            svg,
            r#"<g><title>{}: {} → {}</title><line x1="{x:.1}" x2="{x:.1}" y1="{before:.1}" y2="{after:.1}"/><circle cx="{x:.1}" cy="{before:.1}" r="2.5" fill="none"/><circle cx="{x:.1}" cy="{after:.1}" r="2.5"/></g>"#,
            clean(&change.combination),
            bytes_text(change.before_bytes),
            bytes_text(change.after_bytes)
        );
    }
    svg.push_str("</g>");
    if let Some(resting) = resting_bytes {
        let y = scale.y(resting as f64);
        let _ = write!(
            svg,
            r##"<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}" stroke="#5c6470" stroke-dasharray="1 4"/><text x="{WIDTH}" y="{:.1}" text-anchor="end" fill="#5c6470">at rest {}</text>"##,
            y + 13.0,
            bytes_text(resting)
        );
    }
    svg
}

/// What was left after each clear, and the line through it.
fn rests(bytes: &[u64], line: Option<&Line>, class: &str) -> String {
    let most = bytes.iter().copied().max().unwrap_or(0);
    let scale = Scale { top: (most as f64 * 1.05).max(1.0), count: bytes.len() };
    let mut svg = scale.axes(most);
    let _ = write!(svg, r#"<g class="{class}" fill="currentColor">"#);
    for (place, bytes) in bytes.iter().enumerate().step_by(bytes.len().div_ceil(MOST_SHOWN).max(1)) {
        let (x, y) = (scale.x(place), scale.y(*bytes as f64));
        let _ = write!(
            svg,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.5"><title>{}</title></circle>"#,
            bytes_text(*bytes)
        );
    }
    svg.push_str("</g>");
    if let (Some(line), Some(last)) = (line, bytes.len().checked_sub(1)) {
        let [from, to] = [0, last].map(|place| (scale.x(place), scale.y(line.at(place as f64))));
        let _ = write!(
            svg,
            r##"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="#1b1f27" stroke-dasharray="5 3"/>"##,
            from.0, from.1, to.0, to.1
        );
    }
    svg
}
