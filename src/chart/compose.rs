//! How a chart becomes a [`Picture`]: lines reduced to what pixels can show, marks thinned, labels
//! placed.

use super::labels::{Covered, Wish, place_labels};
use super::picture::{
    BandBox, Curve, Dot, Hatch, Ink, Inks, MarkerLine, Picture, PictureSize, PlacedLabel, ReferenceLine,
    ReferenceStyle,
};
use super::shown_course::ShownCourse;
use super::{Axis, Chart, ChartOptions, ChartRun, MarkerKind, Measure, Phase, Scale, Ticks};
use crate::quantity::bytes_text;
use crate::shown_text::brief;

/// The most vertical lines of one kind and run in 1000 pixels: with more, the chart would drown.
const MARKERS_PER_1000: f32 = 30.0;

/// How many times the width of the plot a line may be long before it is drawn as an area.
const MOST_CALM: f32 = 9.0;

/// A forecast beyond so many times what the runs took is named only, its hatch filling the chart: it
/// would press the runs flat.
const MOST_BEYOND: f64 = 12.0;

/// Ways of which one needs more than this many times what another does are shown in powers of ten.
const MOST_EVEN: u64 = 50;

/// Half the width of a dot in pixels, with a little air.
const DOT: f32 = 8.0;

/// Width in pixels of a stretch of which an area shows the highest and lowest.
const STRETCH: f64 = 3.0;

/// The most marks of a run of which the texts are written; they all have their lines.
const MOST_NAMED: usize = 12;

/// How far below the top of the plot the text of a mark points to its line, in pixels.
const MARK_HEIGHT: f32 = 26.0;

impl Chart {
    /// The ink of each run.
    pub fn inks(&self) -> Vec<Ink> {
        let mut inks = Inks::default();
        self.runs.iter().map(|run| inks.next(run.mode)).collect()
    }

    /// The whole horizontal axis: from 0 to a round number past the longest run; further past it
    /// while a run goes on, so that the axis grows in few steps and not in every frame.
    pub fn whole_x(&self, axis: Axis) -> [f64; 2] {
        match axis {
            Axis::Work => [0.0, 1.0],
            Axis::Time => {
                let end = self.last_x(axis);
                if end <= 0.0 {
                    return [0.0, 1.0];
                }
                let lives = self.runs.iter().any(|run| run.outcome().is_none());
                [0.0, if lives { rounded_limit(end) } else { Ticks::of_secs(end, 10).round_up(end) }]
            }
        }
    }

    /// The top of the vertical axis: over all peaks and forecasts, and over the limits as well
    /// where that does not squeeze the runs.
    fn top_bytes(&self, options: ChartOptions, logarithmic: bool, above: &mut Vec<String>) -> f64 {
        // Powers of ten have room for all.
        let [most_beyond, limits_beyond] = if logarithmic { [f64::INFINITY; 2] } else { [MOST_BEYOND, 1.6] };
        let mut top: f64 = 0.0;
        for course in self.courses().iter().filter(|_| options.expected) {
            let fullest = course.fullest(course.measure(), options).map_or(0, |(_, bytes)| bytes);
            top = top.max(fullest as f64);
        }
        for run in &self.runs {
            for measure in shown_measures(run, options) {
                for bytes in [run.peak(measure).map(|peak| peak.bytes), run.forecast_bytes(measure)]
                    .into_iter()
                    .flatten()
                {
                    top = top.max(Self::shown_bytes(run, measure, bytes, options) as f64);
                }
            }
        }
        for refused in &self.refused {
            let forecast = refused.forecast_bytes(options.above_start) as f64;
            if top == 0.0 || forecast <= top * most_beyond {
                top = top.max(forecast);
            } else {
                let forecast = bytes_text(forecast as u64);
                above.push(format!("{} not run: forecast {forecast}", refused.title));
            }
        }
        for (name, limit) in [("budget", self.budget_bytes), ("computer", self.machine_bytes)] {
            let Some(bytes) = limit else { continue };
            let shown = self.shown_limit(bytes, options);
            if top == 0.0 || shown <= top * limits_beyond {
                top = top.max(shown);
            } else {
                above.push(format!("{name} {}", bytes_text(bytes)));
            }
        }
        if top == 0.0 { 1e6 } else { top }
    }

    /// Whether the axis of memory goes in powers of ten: as chosen, or where two ways differ so much that the smaller one
    /// would lie on the ground.
    pub fn is_logarithmic(&self, options: ChartOptions) -> bool {
        options.logarithmic.unwrap_or_else(|| {
            let of_run = |run: &ChartRun| run.peak(run.main_measure()).map(|peak| peak.bytes);
            let of_course = |course: &ShownCourse<'_>| course.fullest(course.measure(), options);
            let runs = self.runs.iter().filter_map(of_run);
            let courses: Vec<u64> =
                self.courses().iter().filter_map(of_course).map(|(_, bytes)| bytes).collect();
            let refused = self.refused.iter().map(|refused| refused.forecast_bytes(options.above_start));
            let peaks: Vec<u64> = runs.chain(courses).chain(refused).filter(|bytes| *bytes > 0).collect();
            let (least, most) = (peaks.iter().min(), peaks.iter().max());
            least.zip(most).is_some_and(|(least, most)| most / least > MOST_EVEN)
        })
    }

    /// A limit as it is drawn. Above start it is what the run with the most resting memory has left.
    pub(super) fn shown_limit(&self, bytes: u64, options: ChartOptions) -> f64 {
        let planned = self.planned.iter().filter_map(|way| way.expected.course.resting_bytes);
        let resting = self.runs.iter().filter_map(ChartRun::baseline_rss_bytes).chain(planned).max();
        let taken_off = if options.above_start { resting.unwrap_or(0) } else { 0 };
        bytes.saturating_sub(taken_off) as f64
    }
}

/// The measures of a run that are drawn, the main one first.
fn shown_measures(run: &ChartRun, options: ChartOptions) -> Vec<Measure> {
    match run.main_measure() {
        // Of one process the largest is all.
        Measure::Rss if options.counted && !run.is_one_process() => vec![Measure::Rss, run.second_measure()],
        main => vec![main],
    }
}

impl Picture {
    /// The chart from one place on the horizontal axis to another, or all of it.
    pub fn of(chart: &Chart, options: ChartOptions, x: Option<[f64; 2]>, size: &PictureSize<'_>) -> Self {
        let whole = chart.whole_x(options.axis);
        let x = x.filter(|[from, to]| from.is_finite() && to.is_finite() && from < to).unwrap_or(whole);
        let mut above = Vec::new();
        let [width, height] = size.plot.map(|side| side.clamp(1.0, 20_000.0));
        // Room for a line of text over the highest line.
        let logarithmic = chart.is_logarithmic(options);
        let room = 22.0 / f64::from(height.max(100.0));
        let top = chart.top_bytes(options, logarithmic, &mut above);
        let top = if logarithmic { top * 10_f64.powf(5.0 * room) } else { top * (1.0 + room) };
        let y_ticks = Ticks::of_bytes(top, ((height / 45.0) as usize).clamp(2, 10));
        let scale = match logarithmic {
            true => Scale::logarithmic(top),
            false => Scale::Linear { top_bytes: y_ticks.round_up(top) },
        };
        let about = ((width / 90.0) as usize).clamp(2, 12);
        let x_ticks = match options.axis {
            Axis::Time => Ticks::of_secs(x[1] - x[0], about),
            Axis::Work => Ticks::of_share(x[1] - x[0], about),
        };
        let mut picture = Self {
            x,
            top_bytes: scale.top_bytes(),
            scale,
            x_ticks,
            y_ticks,
            hatches: Vec::new(),
            courses: Vec::new(),
            markers: Vec::new(),
            levels: Vec::new(),
            curves: Vec::new(),
            dots: Vec::new(),
            bands: Vec::new(),
            labels: Vec::new(),
            marks: Vec::new(),
            above,
        };
        let inks = chart.inks();
        for (lane, (run, ink)) in chart.runs.iter().zip(&inks).enumerate() {
            picture.add_run(chart, run, *ink, lane, options, [width, height]);
        }
        if options.expected {
            for course in chart.courses() {
                picture.add_course(chart, &course, options, [width, height]);
            }
        }
        picture.add_limits(chart, &inks, options);
        // Counted lines go below, so that the main lines are never hidden.
        picture.curves.sort_by_key(|curve| curve.main);
        picture.add_labels([width, height], size.text);
        picture
    }

    fn add_run(
        &mut self,
        chart: &Chart,
        run: &ChartRun,
        ink: Ink,
        lane: usize,
        options: ChartOptions,
        plot: [f32; 2],
    ) {
        let place = |at_secs: f64| chart.x_of(run, at_secs, options.axis);
        let count = plot[0].ceil() as usize;
        let edges: Vec<f64> = (0..=count)
            .map(|column| self.x[0] + (self.x[1] - self.x[0]) * column as f64 / count as f64)
            .map(|x| chart.secs_of(run, x, options.axis))
            .collect();
        let columns = run.series.columns(&edges);
        for measure in shown_measures(run, options) {
            let shown = |bytes: u64| Chart::shown_bytes(run, measure, bytes, options) as f64;
            let line = run.series.decimate(measure, &columns);
            let mut points: Vec<[f64; 2]> =
                line.into_iter().map(|(at, bytes)| [place(at), shown(bytes)]).collect();
            let main = measure == run.main_measure();
            self.drop_close(&mut points, plot);
            let mut lows = None;
            if self.length(&points, plot) > MOST_CALM * plot[0] {
                let (highs, lowest) = self.envelope(&points, plot[0]);
                points = highs;
                lows = Some(lowest);
            }
            let calm = self.length(&points, plot) <= MOST_CALM * plot[0];
            self.curves.push(Curve { ink, measure, main, points, lows, calm });
        }
        let visible = self.x;
        let is_visible = |x: f64| (visible[0]..=visible[1]).contains(&x);
        let main = run.main_measure();
        let whole = chart.whole_x(options.axis);
        let peak = if visible[0] <= whole[0] && visible[1] >= whole[1] {
            run.peak(main)
        } else {
            // A selected range shows its own peak.
            let [from, to] = visible.map(|x| chart.secs_of(run, x, options.axis));
            run.peak_between(main, from, to)
        };
        if let Some(mut peak) = peak {
            peak.bytes = Chart::shown_bytes(run, main, peak.bytes, options);
            let at = [place(peak.at_secs), peak.bytes as f64];
            self.dots.push(Dot { ink, at, broken_off: false, label: peak.text() });
        }
        if let Some(label) = run.broken_off()
            && let Some(last) = run.series.samples().last()
            && is_visible(place(last.at_secs))
        {
            let bytes = main.of(last).unwrap_or(0);
            let at = [place(last.at_secs), Chart::shown_bytes(run, main, bytes, options) as f64];
            self.dots.push(Dot { ink, at, broken_off: true, label });
        }
        let markers: Vec<_> =
            run.markers().iter().map(|marker| (marker.kind, place(marker.at_secs))).collect();
        self.add_markers(&markers, ink, plot[0]);
        let marks = run.markers().iter().filter(|marker| marker.kind == MarkerKind::Mark);
        let marks = marks.map(|mark| (place(mark.at_secs), brief(&mark.combination)));
        let named = marks.filter(|(x, text)| is_visible(*x) && !text.is_empty()).take(MOST_NAMED);
        self.marks.extend(named.map(|(x, text)| (ink, x, text)));
        let bands = run.bands().iter().filter(|band| band.phase != Phase::Clear);
        let bands: Vec<_> = bands
            .map(|band| (band.phase, band.name.as_str(), [place(band.from_secs), place(band.to_secs)]))
            .collect();
        self.add_bands(&bands, ink, lane, plot[0]);
    }

    /// Lines for so many markers as there is room for; each is a kind and a place on the horizontal axis.
    pub(super) fn add_markers(&mut self, markers: &[(MarkerKind, f64)], ink: Ink, width: f32) {
        let most = (width / 1000.0 * MARKERS_PER_1000).max(4.0) as usize;
        for kind in [MarkerKind::Preload, MarkerKind::Clear, MarkerKind::Mark] {
            let all: Vec<f64> = markers.iter().filter(|(of, _)| *of == kind).map(|(_, x)| *x).collect();
            let [from, to] = self.x;
            let is_visible = |x: &f64| (from..=to).contains(x);
            let every = all.iter().filter(|x| is_visible(x)).count().div_ceil(most).max(1);
            // Counted from the run's first marker, so that the same ones stay while the view moves.
            let kept = all.into_iter().step_by(every).filter(is_visible);
            self.markers.extend(kept.map(|x| MarkerLine { ink, kind, x, stands_for_many: every > 1 }));
        }
    }

    /// Phases under the axis; each is a phase, its name, and from where to where it goes.
    pub(super) fn add_bands(&mut self, bands: &[(Phase, &str, [f64; 2])], ink: Ink, lane: usize, width: f32) {
        let pixel = (self.x[1] - self.x[0]) / f64::from(width);
        let mut last_end = f64::NEG_INFINITY;
        for (phase, name, [from, to]) in bands {
            let x = [from.max(self.x[0]), to.min(self.x[1])];
            // Of bands thinner than a pixel, one for each pixel is enough.
            if x[0] > x[1] || x[1] < last_end + pixel {
                continue;
            }
            last_end = x[1];
            let strength = match *phase {
                Phase::Preload => 0.85,
                Phase::Step(step) => (0.65 - 0.13 * step as f32).max(0.3),
                Phase::Save | Phase::Clear => 0.22,
            };
            self.bands.push(BandBox { ink, lane, x, strength, name: (*name).to_owned() });
        }
    }

    fn add_limits(&mut self, chart: &Chart, inks: &[Ink], options: ChartOptions) {
        for (run, ink) in chart.runs.iter().zip(inks) {
            let measure = run.main_measure();
            if let Some(bytes) = run.forecast_bytes(measure).filter(|bytes| *bytes > 0) {
                let shown = Chart::shown_bytes(run, measure, bytes, options);
                // Runs of one plan have one forecast.
                let is_same = |level: &ReferenceLine| {
                    level.bytes == shown as f64
                        && matches!(level.ink, Ink::Run { mode, .. } if mode == run.mode)
                };
                if self.levels.iter().any(is_same) {
                    continue;
                }
                self.levels.push(ReferenceLine {
                    ink: *ink,
                    style: ReferenceStyle::Dotted,
                    bytes: shown as f64,
                    label: format!("forecast {}", bytes_text(shown)),
                });
            }
        }
        for refused in &chart.refused {
            let bytes = refused.forecast_bytes(options.above_start);
            let ink = Ink::Run { mode: Some(refused.mode), nth: 0 };
            self.hatches.push(Hatch { ink, bytes: (bytes as f64).min(self.top_bytes) });
            if bytes as f64 > self.top_bytes {
                continue;
            }
            self.levels.push(ReferenceLine {
                ink,
                style: ReferenceStyle::Dotted,
                bytes: bytes as f64,
                label: format!("{} not run: forecast {}", refused.title, bytes_text(bytes)),
            });
        }
        let limits =
            [(Ink::Budget, "budget", chart.budget_bytes), (Ink::Machine, "computer", chart.machine_bytes)];
        for (ink, name, limit) in limits {
            let Some(bytes) = limit else { continue };
            let shown = chart.shown_limit(bytes, options);
            if shown <= self.top_bytes && shown > 0.0 {
                let taken_off = shown < bytes as f64;
                let label = if taken_off {
                    format!("{name}: {} above start", bytes_text(shown as u64))
                } else {
                    format!("{name} {}", bytes_text(bytes))
                };
                self.levels.push(ReferenceLine { ink, style: ReferenceStyle::Dashed, bytes: shown, label });
            }
        }
    }

    fn add_labels(&mut self, plot: [f32; 2], text_size: &dyn Fn(&str, bool) -> [f32; 2]) {
        let mut covered = Covered::default();
        for curve in &self.curves {
            let weight = if curve.main { 3.0 } else { 1.0 };
            covered.add_line(curve.points.iter().map(|point| self.pixel(*point, plot)), plot[0], weight);
        }
        for course in &self.courses {
            let weight = if course.main { 2.0 } else { 0.5 };
            covered.add_line(course.points.iter().map(|point| self.pixel(*point, plot)), plot[0], weight);
        }
        for dot in &self.dots {
            let [x, y] = self.pixel(dot.at, plot);
            covered.add_line([[x - DOT, y - DOT], [x + DOT, y + DOT]], plot[0], 20.0);
        }
        for level in &self.levels {
            let y = self.pixel([self.x[0], level.bytes], plot)[1];
            covered.add_line([[0.0, y], [plot[0], y]], plot[0], 1.0);
        }
        let mut wishes = Vec::new();
        let mut texts = Vec::new();
        for dot in &self.dots {
            let at = self.pixel(dot.at, plot);
            wishes.push((Wish::Point { at }, text_size(&dot.label, true)));
            texts.push((dot.ink, Some(at), dot.label.clone()));
        }
        for (ink, x, text) in &self.marks {
            let at = [self.pixel([*x, self.top_bytes], plot)[0], MARK_HEIGHT];
            wishes.push((Wish::Point { at }, text_size(text, true)));
            texts.push((*ink, Some(at), text.clone()));
        }
        for level in &self.levels {
            let y = self.pixel([self.x[0], level.bytes], plot)[1];
            wishes.push((Wish::Line { y }, text_size(&level.label, false)));
            texts.push((level.ink, None, level.label.clone()));
        }
        let places = place_labels(&wishes, plot, &covered);
        self.labels = texts
            .into_iter()
            .zip(places)
            .filter_map(|((ink, point, text), area)| Some(PlacedLabel { ink, point, text, area: area? }))
            .collect();
    }

    /// The highest point of each few pixels, and beside it how low the line goes there.
    fn envelope(&self, points: &[[f64; 2]], width: f32) -> (Vec<[f64; 2]>, Vec<f64>) {
        let per_pixel = f64::from(width) / (self.x[1] - self.x[0]);
        let stretch_of = |point: &[f64; 2]| ((point[0] - self.x[0]) * per_pixel / STRETCH).floor();
        points
            .chunk_by(|a, b| stretch_of(a) == stretch_of(b))
            .map(|stretch| {
                // In the middle of each stretch, so that the line has no needles, which renderers
                // draw as blots.
                let x = self.x[0] + (stretch.first().map_or(0.0, stretch_of) + 0.5) * STRETCH / per_pixel;
                let bytes = stretch.iter().map(|point| point[1]);
                ([x, bytes.clone().fold(0.0, f64::max)], bytes.fold(f64::INFINITY, f64::min))
            })
            .unzip()
    }

    /// Drops points that are less than half a pixel from the one before: no one can see them, and
    /// every corner costs.
    fn drop_close(&self, points: &mut Vec<[f64; 2]>, plot: [f32; 2]) {
        let last = points.last().copied();
        let mut before: Option<[f32; 2]> = None;
        points.retain(|point| {
            let here = self.pixel(*point, plot);
            let far = |there: [f32; 2]| (here[0] - there[0]).abs().max((here[1] - there[1]).abs()) >= 0.5;
            let keep = before.is_none_or(far);
            if keep {
                before = Some(here);
            }
            keep
        });
        points.extend(last.filter(|last| points.last() != Some(last)));
    }

    /// Length of a line in pixels.
    fn length(&self, points: &[[f64; 2]], plot: [f32; 2]) -> f32 {
        let pixels = points.iter().map(|point| self.pixel(*point, plot));
        pixels.clone().zip(pixels.skip(1)).map(|(a, b)| (a[0] - b[0]).abs().max((a[1] - b[1]).abs())).sum()
    }
}

/// The next of ten round numbers in each power of ten.
fn rounded_limit(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    steps.into_iter().map(|step| step * power).find(|round| *round >= value).unwrap_or(10.0 * power)
}
