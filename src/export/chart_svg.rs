//! The memory chart as SVG: the same picture as in the window, on white paper.
//!
//! Vector shapes and text only; no scripts, no references to anything outside the file.

use std::fmt::Write;

use super::chart_legend::Legend;
use super::chart_looks::{BLUE, LABEL_PX, ORANGE, THIN, color, course_look, curve_look, marker_look};
use super::svg::{Anchor, Attributes, GRID, QUIET, Svg, SvgStyle, TEXT, with_look};
use super::text_size::{Weight, shortened, text_width, wrapped};
use crate::chart::{
    Chart, ChartOptions, ChartRun, CourseCurve, Phase, Picture, PictureSize, PlacedLabel, ReferenceStyle,
};

/// Width and height of the chart in pixels.
pub const CHART_SIZE: [u32; 2] = [1200, 700];

const LEFT: f32 = 72.0;
const RIGHT: f32 = 28.0;
const BOTTOM: f32 = 92.0;

/// Draws the chart with a title, such as plate and choice, and the verdict in a sentence; either may be
/// empty.
pub fn chart_svg(chart: &Chart, options: ChartOptions, title: &str, verdict: &str) -> String {
    let [width, height] = CHART_SIZE.map(|side| side as f32);
    let verdict_lines = wrapped(verdict, width - 56.0, 16.0, 2);
    let lanes = chart.titles().count().min(6) as f32;
    let legend = Legend::of(chart, width - LEFT - RIGHT);
    // Without a title, as on a page that has its own, the chart begins with the legend.
    let title_height = if title.is_empty() { 0.0 } else { 54.0 };
    let legend_top = title_height + 30.0 + 22.0 * verdict_lines.len() as f32;
    let top = legend_top + 22.0 + legend.more_height();
    let plot = [width - LEFT - RIGHT, height - top - BOTTOM - 9.0 * lanes];
    let text_size = |text: &str, strong: bool| {
        let weight = if strong { Weight::SemiBold } else { Weight::Regular };
        [text_width(text, LABEL_PX, weight), LABEL_PX * 1.25]
    };
    let picture = Picture::of(chart, options, None, &PictureSize { plot, text: &text_size });
    let mut page = Page {
        svg: Svg::new(width, height, &chart.summary_text()),
        picture: &picture,
        left: LEFT,
        top,
        plot,
    };
    page.define();
    page.svg.text(
        LEFT - 44.0,
        40.0,
        24.0,
        TEXT,
        Anchor::Start,
        true,
        &shortened(title, width - 56.0, 24.0, Weight::SemiBold),
    );
    for (nth, line) in verdict_lines.iter().enumerate() {
        page.svg.text(LEFT - 44.0, 68.0 + 22.0 * nth as f32, 16.0, TEXT, Anchor::Start, false, line);
    }
    legend.draw(&mut page.svg, LEFT, legend_top);
    page.axes();
    page.contents();
    page.bands(chart);
    page.notes(chart, height);
    page.svg.finish()
}

/// The page while it is written.
struct Page<'a> {
    svg: Svg,
    picture: &'a Picture,
    left: f32,
    top: f32,
    plot: [f32; 2],
}

impl Page<'_> {
    fn define(&mut self) {
        let [plot_width, plot_height] = self.plot;
        self.svg.open("defs", &[]);
        // The clip leaves room for half a line's width and a dot at the edge.
        self.svg.open("clipPath", &[("id", &"plot")]);
        self.svg.shape(
            "rect",
            &[
                ("x", &(self.left - 1.0)),
                ("y", &(self.top - 6.0)),
                ("width", &(plot_width + 7.0)),
                ("height", &(plot_height + 7.0)),
            ],
        );
        self.svg.close("clipPath");
        for (name, color) in [("hatch-bulk", BLUE[0]), ("hatch-sequential", ORANGE[0])] {
            self.svg.open(
                "pattern",
                &[
                    ("id", &name),
                    ("width", &9),
                    ("height", &9),
                    ("patternUnits", &"userSpaceOnUse"),
                    ("patternTransform", &"rotate(45)"),
                ],
            );
            let look: SvgStyle = &[("stroke-width", "1.6"), ("stroke-opacity", "0.32")];
            self.svg.line([0.0, 0.0], [0.0, 9.0], color, look);
            self.svg.close("pattern");
        }
        self.svg.close("defs");
    }

    fn pixel(&self, at: [f64; 2]) -> [f32; 2] {
        let [x, y] = self.picture.pixel(at, self.plot);
        [x + self.left, y + self.top]
    }

    fn path(&self, points: impl Iterator<Item = [f64; 2]>) -> String {
        let mut path = String::new();
        for (nth, point) in points.enumerate() {
            let [x, y] = self.pixel(point);
            let _ = write!(path, "{}{x:.1} {y:.1}", if nth == 0 { "M" } else { "L" });
        }
        path
    }

    fn axes(&mut self) {
        let picture = self.picture;
        let [width, height] = self.plot;
        let (left, top) = (self.left, self.top);
        for (mark, text) in picture.y_marks() {
            let y = self.pixel([picture.x[0], mark])[1];
            let shade = if mark == 0.0 { "#9aa1ab" } else { GRID };
            self.svg.line([left, y], [left + width, y], shade, THIN);
            self.svg.text(left - 10.0, y + 4.5, LABEL_PX, QUIET, Anchor::End, false, &text);
        }
        self.svg.text(left - 10.0, top - 14.0, LABEL_PX, QUIET, Anchor::End, false, picture.y_unit());
        let unit = picture.x_ticks.unit;
        let room = left + width - text_width(unit, LABEL_PX, Weight::Regular) - 8.0;
        let y = top + height + 20.0;
        for mark in picture.x_ticks.between(picture.x[0], picture.x[1]) {
            let x = self.pixel([mark, 0.0])[0];
            self.svg.line([x, top + height], [x, top + height + 4.0], "#9aa1ab", THIN);
            let text = picture.x_ticks.text(mark);
            if x + text_width(&text, LABEL_PX, Weight::Regular) / 2.0 < room {
                self.svg.text(x, y, LABEL_PX, QUIET, Anchor::Middle, false, &text);
            }
        }
        self.svg.text(left + width, y, LABEL_PX, QUIET, Anchor::End, false, unit);
    }

    fn contents(&mut self) {
        let picture = self.picture;
        let [width, height] = self.plot;
        let (left, top) = (self.left, self.top);
        // The plot's area, by which a page can tell what lies under the pointer.
        self.svg.shape(
            "rect",
            &[
                ("class", &"plot"),
                ("x", &left),
                ("y", &top),
                ("width", &width),
                ("height", &height),
                ("fill", &"none"),
                ("pointer-events", &"all"),
            ],
        );
        self.svg.open("g", &[("clip-path", &"url(#plot)"), ("pointer-events", &"none")]);
        for hatch in &picture.hatches {
            let y = self.pixel([picture.x[0], hatch.bytes])[1];
            let name = if hatch.ink.is_bulk() { "bulk" } else { "sequential" };
            self.svg.shape(
                "rect",
                &[
                    ("x", &left),
                    ("y", &format_args!("{y:.1}")),
                    ("width", &width),
                    ("height", &format_args!("{:.1}", top + height - y)),
                    ("fill", &format_args!("url(#hatch-{name})")),
                ],
            );
        }
        for marker in &picture.markers {
            let x = self.pixel([marker.x, 0.0])[0];
            let look = marker_look(marker.kind, Some(marker.stands_for_many));
            self.svg.line([x, top], [x, top + height], color(marker.ink), look);
        }
        for level in &picture.levels {
            let y = self.pixel([picture.x[0], level.bytes])[1];
            let look: SvgStyle = match level.style {
                ReferenceStyle::Dotted => {
                    &[("stroke-width", "1.5"), ("stroke-dasharray", "0.1 4.5"), ("stroke-linecap", "round")]
                }
                ReferenceStyle::Dashed => &[("stroke-width", "1.5"), ("stroke-dasharray", "7 4")],
            };
            self.svg.line([left, y], [left + width, y], color(level.ink), look);
        }
        for course in &picture.courses {
            self.course(course);
        }
        for curve in &picture.curves {
            let path = self.path(curve.points.iter().copied());
            if curve.points.len() > 1 {
                if curve.main
                    && let Some(lows) = &curve.lows
                {
                    let back = curve.points.iter().zip(lows).rev().map(|(point, low)| [point[0], *low]);
                    let area = self.path(curve.points.iter().copied().chain(back));
                    let ink = color(curve.ink);
                    let area = format!("{area}Z");
                    self.svg.shape("path", &[("d", &area), ("fill", &ink), ("fill-opacity", &0.22)]);
                }
                let ink = color(curve.ink);
                let shape: Attributes<'_> =
                    &[("d", &path), ("fill", &"none"), ("stroke", &ink), ("stroke-linejoin", &"round")];
                let look = curve_look(curve.ink, curve.main, curve.calm);
                self.svg.shape("path", &with_look(shape, look));
            }
        }
        self.svg.close("g");
        for label in &picture.labels {
            if let Some(leader) = label.leader() {
                let [from, to] = leader.map(|[x, y]| [self.left + x, self.top + y]);
                let path = format_args!("M{:.1} {:.1}L{:.1} {:.1}", from[0], from[1], to[0], to[1]);
                self.svg.shape("path", &[("d", &path), ("fill", &"none"), ("stroke", &color(label.ink))]);
            }
        }
        for dot in &picture.dots {
            let [x, y] = self.pixel(dot.at);
            let ink = color(dot.ink);
            if dot.broken_off {
                for (stroke, thick) in [("#ffffff", 6.0), (ink, 2.5)] {
                    self.svg.shape(
                        "path",
                        &[
                            ("d", &format_args!("M{:.1} {:.1}l14 14m0 -14l-14 14", x - 7.0, y - 7.0)),
                            ("stroke", &stroke),
                            ("stroke-width", &thick),
                            ("fill", &"none"),
                        ],
                    );
                }
            } else {
                self.svg.shape(
                    "circle",
                    &[
                        ("cx", &format_args!("{x:.1}")),
                        ("cy", &format_args!("{y:.1}")),
                        ("r", &5),
                        ("fill", &ink),
                        ("stroke", &"#ffffff"),
                        ("stroke-width", &1.5),
                    ],
                );
            }
        }
        for label in &picture.labels {
            self.label(label);
        }
    }

    /// What is expected: paler than a run, and hatched below.
    fn course(&mut self, course: &CourseCurve) {
        let ink = color(course.ink);
        let mut strokes = String::new();
        for [from, to] in &course.hatching {
            let [x, y] = [self.left + from[0], self.top + from[1]];
            let _ = write!(strokes, "M{x:.1} {y:.1}L{:.1} {:.1}", self.left + to[0], self.top + to[1]);
        }
        if !strokes.is_empty() {
            let look: Attributes<'_> = &[("stroke-width", &1.2), ("stroke-opacity", &0.25)];
            let shape: Attributes<'_> = &[("d", &strokes), ("fill", &"none"), ("stroke", &ink)];
            self.svg.shape("path", &[shape, look].concat());
        }
        if let Some(lows) = course.lows.as_ref().filter(|_| course.main) {
            let back = course.points.iter().zip(lows).rev().map(|(point, low)| [point[0], *low]);
            let area = format!("{}Z", self.path(course.points.iter().copied().chain(back)));
            self.svg.shape("path", &[("d", &area), ("fill", &ink), ("fill-opacity", &0.18)]);
        }
        let path = self.path(course.points.iter().copied());
        let shape: Attributes<'_> = &[
            ("d", &path),
            ("fill", &"none"),
            ("stroke", &ink),
            ("stroke-linejoin", &"round"),
            ("stroke-opacity", &0.65),
        ];
        self.svg.shape("path", &with_look(shape, course_look(course)));
    }

    fn label(&mut self, label: &PlacedLabel) {
        let ink = if label.point.is_some() { TEXT } else { color(label.ink) };
        let (x, top) = (self.left + label.area.left, self.top + label.area.top);
        // White behind the letters keeps them readable over lines.
        self.svg.shape(
            "rect",
            &[
                ("x", &format_args!("{:.1}", x - 2.0)),
                ("y", &format_args!("{:.1}", top + 2.0)),
                ("width", &format_args!("{:.1}", label.area.width + 4.0)),
                ("height", &format_args!("{:.1}", label.area.height - 3.0)),
                ("rx", &2),
                ("fill", &"#ffffff"),
                ("fill-opacity", &0.9),
            ],
        );
        let baseline = top + label.area.height * 0.76;
        self.svg.text(x, baseline, LABEL_PX, ink, Anchor::Start, label.point.is_some(), &label.text);
    }

    fn bands(&mut self, chart: &Chart) {
        let picture = self.picture;
        let top = self.top + self.plot[1] + 32.0;
        for band in picture.bands.iter().filter(|band| band.lane < 6) {
            let (from, to) = (self.pixel([band.x[0], 0.0])[0], self.pixel([band.x[1], 0.0])[0]);
            // A hair of white tells neighbours apart, where there is room for it.
            let gap = if to - from > 4.0 { 1.0 } else { 0.0 };
            self.svg.titled(
                "rect",
                &[
                    ("x", &format_args!("{from:.1}")),
                    ("y", &format_args!("{:.1}", top + 9.0 * band.lane as f32)),
                    ("width", &format_args!("{:.1}", (to - from - gap).max(0.5))),
                    ("height", &6),
                    ("fill", &color(band.ink)),
                    ("fill-opacity", &format_args!("{:.2}", band.strength)),
                ],
                &band.name,
            );
        }
        let steps = band_names(chart);
        if !steps.is_empty() && !picture.bands.is_empty() {
            let y = top + 9.0 * chart.titles().count().min(6) as f32 + 14.0;
            let text = format!("bars: {}", steps.join(", then "));
            let text = shortened(&text, self.plot[0], LABEL_PX - 1.0, Weight::Regular);
            self.svg.text(self.left, y, LABEL_PX - 1.0, QUIET, Anchor::Start, false, &text);
        }
    }

    fn notes(&mut self, chart: &Chart, height: f32) {
        let told = chart.runs.is_empty() || chart.runs.iter().any(ChartRun::has_rss);
        let is_watched = |run: &ChartRun| run.mode.is_none();
        let mut text = if !chart.runs.is_empty() && chart.runs.iter().all(is_watched) {
            "Resident memory of all processes; thin dots: the largest process. 1 MB = 1,000,000 bytes."
        } else if told {
            "Resident memory of the worker process; thin dots: pixel bytes counted. 1 MB = 1,000,000 bytes."
        } else {
            "Pixel bytes counted: the system does not report the resident memory. 1 MB = 1,000,000 bytes."
        }
        .to_owned();
        if !self.picture.above.is_empty() {
            text.push_str(&format!(" Above the chart: {}.", self.picture.above.join(", ")));
        }
        let text = shortened(&text, self.plot[0], LABEL_PX - 1.0, Weight::Regular);
        self.svg.text(self.left, height - 14.0, LABEL_PX - 1.0, QUIET, Anchor::Start, false, &text);
    }
}

/// The phases in order, as the longest of the runs' first combinations shows them.
fn band_names(chart: &Chart) -> Vec<String> {
    let of_run = |run: &ChartRun| {
        let mut names: Vec<String> = Vec::new();
        for band in run.bands().iter().take(64) {
            if band.phase != Phase::Clear && !names.contains(&band.name) {
                names.push(band.name.clone());
            }
        }
        names
    };
    chart.runs.iter().map(of_run).max_by_key(Vec::len).unwrap_or_default()
}
