//! The forecast of every choice as SVG: the same bars as in the window, on white paper.

use std::fmt::{Display, Write};

use super::svg::{Anchor, Attributes, GREEN, GRID, QUIET, RED, Svg, SvgStyle, TEXT};
use super::text_size::{Weight, shortened, text_width, wrapped};
use crate::chart::{ForecastBars, Ink};
use crate::plan::{Choice, Outlook};
use crate::quantity::{bytes_text, plural, secs_range_text};

const WIDTH: f32 = 900.0;
const MARGIN: f32 = 28.0;
/// Height of the row of a choice.
const ROW: f32 = 100.0;
/// Height of its course.
const COURSE: f32 = 38.0;
const TEXT_PX: f32 = 13.0;

/// Draws the choices with a title, such as the plate's name, against budget and memory of the machine (both in bytes;
/// `None` where they are not known).
pub fn forecast_svg(
    outlook: &Outlook,
    title: &str,
    budget_bytes: Option<u64>,
    machine_bytes: Option<u64>,
) -> String {
    let bars = ForecastBars::of(&outlook.choices, budget_bytes, machine_bytes);
    let advice = wrapped(&advice(outlook), WIDTH - 2.0 * MARGIN, TEXT_PX, 4);
    let note = wrapped(&note(&bars), WIDTH - 2.0 * MARGIN, TEXT_PX - 1.0, 3);
    let rows_end = 92.0 + ROW * outlook.choices.len() as f32;
    let height = rows_end + 20.0 * ((advice.len() + note.len()) as f32 + 1.0) + 16.0;
    let mut svg = Svg::new(WIDTH, height, &summary(outlook, title));
    svg.open("defs", &[]);
    svg.open(
        "pattern",
        &[
            ("id", &"over"),
            ("width", &6),
            ("height", &6),
            ("patternUnits", &"userSpaceOnUse"),
            ("patternTransform", &"rotate(45)"),
        ],
    );
    svg.shape("rect", &[("width", &6), ("height", &6), ("fill", &RED)]);
    let stripe: SvgStyle = &[("stroke-width", "2"), ("stroke-opacity", "0.6")];
    svg.line([0.0, 0.0], [0.0, 6.0], "#ffffff", stripe);
    svg.close("pattern");
    svg.close("defs");
    let title = shortened(title, WIDTH - 2.0 * MARGIN, 20.0, Weight::SemiBold);
    svg.text(MARGIN, 38.0, 20.0, TEXT, Anchor::Start, true, &title);
    legend(&mut svg, &bars);
    for (nth, (choice, length)) in outlook.choices.iter().zip(&bars.lengths).enumerate() {
        row(&mut svg, 92.0 + ROW * nth as f32, choice, *length, &bars);
    }
    let mut y = rows_end + 12.0;
    for line in &advice {
        svg.text(MARGIN, y, TEXT_PX, TEXT, Anchor::Start, false, line);
        y += 20.0;
    }
    for line in &note {
        svg.text(MARGIN, y, TEXT_PX - 1.0, QUIET, Anchor::Start, false, line);
        y += 20.0;
    }
    svg.finish()
}

/// How the picture is to be read.
fn note(bars: &ForecastBars) -> String {
    let scale = bars.scale.note().unwrap_or_default();
    format!(
        "{scale} Below each bar is the memory over the share of the work, as high as the bar is long. Forecast of \
         Stepwell's own runs, not of other programs. 1 MB = 1,000,000 bytes."
    )
}

/// The recommendation, or what would help where nothing fits.
fn advice(outlook: &Outlook) -> String {
    match outlook.recommended() {
        Some(best) => format!("{}: {}", best.title(), best.why),
        None => {
            let remedies: Vec<_> = outlook.remedies.iter().map(|remedy| remedy.what.as_str()).collect();
            format!("No choice fits. What would help: {}", remedies.join(" "))
        }
    }
}

fn summary(outlook: &Outlook, title: &str) -> String {
    let of_choice = |choice: &Choice| format!(" {}: {}.", choice.title(), bytes_text(choice.needed_bytes));
    format!("Forecast of memory, {title}.{}", outlook.choices.iter().map(of_choice).collect::<String>())
}

fn line_look(ink: Ink) -> (&'static str, SvgStyle) {
    match ink {
        Ink::Machine => (QUIET, &[("stroke-width", "1.5")]),
        Ink::Budget | Ink::Run { .. } => (TEXT, &[("stroke-width", "1.5"), ("stroke-dasharray", "3 2")]),
    }
}

fn legend(svg: &mut Svg, bars: &ForecastBars) {
    let mut x = MARGIN;
    for line in &bars.lines {
        let (color, look) = line_look(line.ink);
        svg.line([x, 54.0], [x, 70.0], color, look);
        let beyond = if line.place.is_none() { ", beyond the end" } else { "" };
        let name = format!("{}{beyond}", line.name);
        svg.text(x + 8.0, 66.0, TEXT_PX, QUIET, Anchor::Start, false, &name);
        x += 8.0 + text_width(&name, TEXT_PX, Weight::Regular) + 24.0;
    }
}

fn row(svg: &mut Svg, top: f32, choice: &Choice, length: f32, bars: &ForecastBars) {
    let (left, right) = (MARGIN, WIDTH - MARGIN);
    let track = right - left;
    let title = choice.title();
    svg.text(left, top + 11.0, TEXT_PX + 1.0, TEXT, Anchor::Start, true, &title);
    if choice.recommended {
        let x = left + text_width(&title, TEXT_PX + 1.0, Weight::SemiBold) + 10.0;
        svg.text(x, top + 11.0, TEXT_PX - 1.0, GREEN, Anchor::Start, false, "recommended");
    }
    let peak = bytes_text(choice.needed_bytes);
    svg.text(right, top + 11.0, TEXT_PX + 1.0, TEXT, Anchor::End, true, &peak);
    let y = top + 18.0;
    let bar = |svg: &mut Svg, width: &dyn Display, fill: &str| {
        let place: Attributes<'_> =
            &[("x", &left), ("y", &y), ("width", width), ("height", &10), ("rx", &3), ("fill", &fill)];
        svg.shape("rect", place);
    };
    bar(svg, &track, GRID);
    let fill = if choice.fits { GREEN } else { "url(#over)" };
    let width = (track * length).max(3.0);
    bar(svg, &format_args!("{width:.1}"), fill);
    for decade in bars.scale.decades() {
        let x = left + track * bars.scale.place(decade);
        svg.line([x, y], [x, y + 10.0], "#ffffff", &[("stroke-width", "1")]);
    }
    for line in &bars.lines {
        if let Some(place) = line.place {
            let (x, (color, look)) = (left + track * place, line_look(line.ink));
            svg.line([x, y - 3.0], [x, y + 13.0], color, look);
        }
    }
    course(svg, [left, y + 14.0, track], choice, fill, bars);
    let detail = format!(
        "{} at once ({}), {}",
        plural(choice.images_at_once, "image"),
        bytes_text(choice.input_bytes_at_once),
        plural(choice.combinations, "combination")
    );
    svg.text(left, top + 45.0 + COURSE, TEXT_PX - 1.0, QUIET, Anchor::Start, false, &detail);
    if let Some(secs) = choice.expected_secs {
        let secs = secs_range_text(secs.low, secs.high);
        svg.text(right, top + 45.0 + COURSE, TEXT_PX - 1.0, QUIET, Anchor::End, false, &secs);
    }
}

/// The course of a choice over the share of its work: as high as its bar is long, where that is longest.
fn course(svg: &mut Svg, [left, top, width]: [f32; 3], choice: &Choice, fill: &str, bars: &ForecastBars) {
    let bottom = top + COURSE;
    let (mut highs, mut lows) = (String::new(), Vec::new());
    for point in choice.course.points() {
        let [least, most] = point.rss_bytes.unwrap_or_else(|| {
            // Where resting memory is not known, the bar is what comes on top of it.
            point.part.and_then(|part| choice.course.parts.get(part)).map_or([0; 2], |part| {
                let beside = choice.course.beside_bytes;
                [part.mapped.least, part.mapped.most].map(|bytes| bytes.saturating_add(beside))
            })
        });
        let x = left + width * point.share as f32;
        let y = |bytes: u64| bottom - COURSE * bars.scale.place(bytes);
        let _ = write!(highs, "{}{x:.1} {:.1}", if highs.is_empty() { "M" } else { "L" }, y(most));
        lows.push((x, y(least)));
    }
    if lows.is_empty() {
        return;
    }
    let has_lows = choice.course.parts.iter().any(|part| part.phases > 1);
    let mut area = highs.clone();
    for (x, y) in lows.iter().rev() {
        let _ = write!(area, "L{x:.1} {:.1}", if has_lows { *y } else { bottom });
    }
    svg.shape("path", &[("d", &format!("{area}Z")), ("fill", &fill), ("fill-opacity", &0.25)]);
    let line: Attributes<'_> =
        &[("d", &highs), ("fill", &"none"), ("stroke", &if choice.fits { GREEN } else { RED })];
    svg.shape("path", &[line, &[("stroke-width", &1.2)]].concat());
}
