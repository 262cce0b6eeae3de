//! The study's four proofs on these runs, each with a small chart, and why memory may not fall.

use super::html::Html;
use crate::export::svg::{Attributes, QUIET, Svg, SvgStyle, TEXT, with_look};
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
    page.markup(r#"<div class="proofs">"#);
    for proof in &study.proofs {
        page.markup(r#"<div class="card">"#);
        let finding = match proof.finding {
            Finding::Shown => r#"span class="good""#,
            Finding::NotShown => r#"span class="bad""#,
            Finding::Unknown => r#"span class="quiet""#,
        };
        page.markup("<h3>");
        page.words(proof.claim.title());
        page.text(finding, proof.finding.name());
        page.markup("</h3>");
        if let Some(number) = &proof.number {
            page.text("div class=\"number\"", number);
        }
        if let Some(run) = &proof.run {
            page.text("p class=\"quiet\"", run);
        }
        page.svg(&figure(proof));
        page.text("p", &proof.sentence);
        page.markup("</div>");
    }
    page.markup("</div>");
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
    let view = format!("0 0 {WIDTH} {HEIGHT}");
    let mut svg = Svg::of(&[("viewBox", &view), ("font-size", &12), ("role", &"img")], &proof.sentence);
    match &proof.figures {
        Figures::None => return String::new(),
        Figures::AtOnce { bulk, sequential } => bars(&mut svg, *bulk, *sequential),
        Figures::Changes { changes, resting_bytes } => {
            change_lines(&mut svg, changes, *resting_bytes, class);
        }
        Figures::Rest { bytes, line, .. } => rests(&mut svg, bytes, line.as_ref(), class),
    }
    svg.finish()
}

fn bars(svg: &mut Svg, bulk: usize, sequential: usize) {
    let most = bulk.max(sequential).max(1) as f64;
    for (row, (mode, images)) in [(Mode::Bulk, bulk), (Mode::Sequential, sequential)].into_iter().enumerate()
    {
        let class = if mode == Mode::Bulk { "bulk" } else { "sequential" };
        let y = 16.0 + row as f64 * 56.0;
        let width = (WIDTH * images as f64 / most).max(2.0);
        let words = format!("{}: {}", mode.title(), plural(images, "image"));
        svg.words("text", &[("x", &0), ("y", &y)], &words);
        svg.shape(
            "rect",
            &[
                ("class", &class),
                ("x", &0),
                ("y", &(y + 7.0)),
                ("width", &format_args!("{width:.1}")),
                ("height", &18),
                ("rx", &3),
                ("fill", &"currentColor"),
            ],
        );
    }
}

/// A line across the chart.
fn level(svg: &mut Svg, y: f64, stroke: &str, look: SvgStyle) {
    let y = format!("{y:.1}");
    let place: Attributes<'_> = &[("x1", &LEFT), ("x2", &WIDTH), ("y1", &y), ("y2", &y), ("stroke", &stroke)];
    svg.shape("line", &with_look(place, look));
}

fn label(svg: &mut Svg, x: f64, y: f64, anchor: &str, words: &str) {
    let y = format!("{y:.1}");
    svg.words("text", &[("x", &x), ("y", &y), ("text-anchor", &anchor), ("fill", &QUIET)], words);
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

    fn axes(&self, svg: &mut Svg, most: u64) {
        for bytes in [0, most] {
            let y = self.y(bytes as f64);
            level(svg, y, "#d9dde3", &[]);
            label(svg, LEFT - 6.0, y + 4.0, "end", &bytes_text(bytes));
        }
        let words = plural(self.count, "combination");
        label(svg, f64::midpoint(LEFT, WIDTH), HEIGHT - 3.0, "middle", &words);
    }
}

/// For each combination a line from before to after, with a point at after.
fn change_lines(svg: &mut Svg, changes: &[Change], resting_bytes: Option<u64>, class: &str) {
    let most = changes.iter().map(|change| change.before_bytes.max(change.after_bytes)).max().unwrap_or(0);
    let scale = Scale { top: (most as f64 * 1.05).max(1.0), count: changes.len() };
    scale.axes(svg, most);
    svg.open("g", &[("class", &class), ("stroke", &"currentColor"), ("fill", &"currentColor")]);
    let every = changes.len().div_ceil(MOST_SHOWN).max(1);
    for (place, change) in changes.iter().enumerate().step_by(every) {
        let x = format!("{:.1}", scale.x(place));
        let [before, after] = [change.before_bytes, change.after_bytes]
            .map(|bytes| (format!("{:.1}", scale.y(bytes as f64)), bytes_text(bytes)));
        svg.open("g", &[]);
        svg.words("title", &[], &format!("{}: {} → {}", change.combination, before.1, after.1));
        svg.shape("line", &[("x1", &x), ("x2", &x), ("y1", &before.0), ("y2", &after.0)]);
        svg.shape("circle", &[("cx", &x), ("cy", &before.0), ("r", &2.5), ("fill", &"none")]);
        svg.shape("circle", &[("cx", &x), ("cy", &after.0), ("r", &2.5)]);
        svg.close("g");
    }
    svg.close("g");
    if let Some(resting) = resting_bytes {
        let y = scale.y(resting as f64);
        level(svg, y, QUIET, &[("stroke-dasharray", "1 4")]);
        label(svg, WIDTH, y + 13.0, "end", &format!("at rest {}", bytes_text(resting)));
    }
}

/// What was left after each clear, and the line through it.
fn rests(svg: &mut Svg, bytes: &[u64], line: Option<&Line>, class: &str) {
    let most = bytes.iter().copied().max().unwrap_or(0);
    let scale = Scale { top: (most as f64 * 1.05).max(1.0), count: bytes.len() };
    scale.axes(svg, most);
    svg.open("g", &[("class", &class), ("fill", &"currentColor")]);
    for (place, bytes) in bytes.iter().enumerate().step_by(bytes.len().div_ceil(MOST_SHOWN).max(1)) {
        let [x, y] = [scale.x(place), scale.y(*bytes as f64)].map(|at| format!("{at:.1}"));
        svg.titled("circle", &[("cx", &x), ("cy", &y), ("r", &2.5)], &bytes_text(*bytes));
    }
    svg.close("g");
    if let (Some(line), Some(last)) = (line, bytes.len().checked_sub(1)) {
        let [from, to] =
            [0, last].map(|place| [scale.x(place) as f32, scale.y(line.at(place as f64)) as f32]);
        svg.line(from, to, TEXT, &[("stroke-dasharray", "5 3")]);
    }
}
