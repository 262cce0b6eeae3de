//! `stepwell plan`: what each way of processing would need, of a plate or of one that does not exist yet.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

use super::args::{LayoutArgs, PlanArgs};
use super::conditions::choices;
use super::failure::{Exit, Failure};
use super::output::{print, print_json, print_stderr, print_table};
use super::prepare::{Prepared, Trying, Wells, beyond_note, budget, program, run_spec};
use crate::cancel::Cancel;
use crate::chart::{BarLine, ForecastBars, Ink};
use crate::demo;
use crate::disk::Destination;
use crate::engine::Trial;
use crate::export;
use crate::image::PixelType;
use crate::memory::Budget;
use crate::plan::{
    Choice, Conflict, CoursePart, CoursePhase, CoursePoint, Fill, Outlook, PlanError, SecsRange, conflicts,
};
use crate::plate::{NONE_OPEN, PlateLayout, destination};
use crate::quantity::{bytes_text, count_text, less_text, plural, secs_range_text};
use crate::what_if;

/// Characters of a bar.
const BAR: usize = 24;

pub(super) fn plan(args: &PlanArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    // Told before anything is worked out.
    let picture = args.picture.as_deref().map(ForecastPicture::at).transpose()?;
    let Some(plate) = &args.plate else { return plan_what_if(args, picture, cancel) };
    let chosen = choices(&args.wells)?;
    let wells = Wells::Chosen(&chosen);
    let prepared =
        Prepared::new(plate, &args.process, &wells, None, args.out.as_ref(), Trying::Pace, cancel)?;
    // A plate that only a name or two speak for is one all the same, once it is open.
    let picture = picture.map(|picture| picture.outside(&prepared.plate.root)).transpose()?;
    // A choice that was named and is impossible is an error here as it is in a run.
    let notes = prepared.plan(prepared.spec.mode)?.notes;
    let forecast = ForecastReport {
        title: prepared.plate.name.clone(),
        budget: prepared.budget,
        memory_bytes: prepared.machine.memory_bytes,
        outlook: prepared.outlook()?,
        conflicts: conflicts(&prepared.spec.pipeline),
        notes: notes.into_iter().chain(beyond_note(&prepared.machine, prepared.budget)).collect(),
    };
    forecast.output(args, picture)?;
    Ok(Exit::Done)
}

fn plan_what_if(args: &PlanArgs, picture: Option<ForecastPicture>, cancel: &Cancel) -> Result<Exit, Failure> {
    if args.process.holding.layout.is_some() {
        return Err(Failure::usage("--layout says what the wells of a plate hold: name the plate."));
    }
    let layout = layout(&args.layout, args.wells.last().map(String::as_str))?;
    let (machine, budget) = budget(&args.process.computer)?;
    let run = run_spec(&args.process, &machine, None)?;
    run.pipeline.check().map_err(|fault| Failure::usage(fault.to_string()))?;
    let conflicts = conflicts(&run.pipeline);
    if let Some(conflict) = conflicts.iter().find(|one| args.process.sequential.contains(&one.component)) {
        return Err(PlanError::Conflict(conflict.clone()).into());
    }
    layout.check().map_err(|error| Failure::usage(error.to_string()))?;
    let stopped = || Failure::new(Exit::Stopped, "Cancelled.");
    let draw = |few: &PlateLayout, folder: &Path| demo::write(*few, folder, cancel, &|_, _| ());
    let trial = what_if::trial(&layout, &run, &program()?, budget.bytes, cancel, draw);
    if cancel.is_cancelled() {
        return Err(stopped());
    }
    let trial = trial.unwrap_or_else(|why| {
        print_stderr(&format!("Times are unknown, because no trial could be made: {why}."));
        Trial::default()
    });
    let outlook = what_if::what_if(&layout, &run, &trial.basis(budget.bytes))
        .map_err(|error| Failure::usage(error.to_string()))?;
    let images = usize::try_from(layout.image_count()).unwrap_or(usize::MAX);
    let PlateLayout { width, height, .. } = layout;
    let forecast = ForecastReport {
        title: format!(
            "{} of {width} x {height} ({} of pixels)",
            plural(images, "image"),
            bytes_text(layout.bytes())
        ),
        budget,
        memory_bytes: machine.memory_bytes,
        outlook,
        conflicts,
        notes: beyond_note(&machine, budget).into_iter().collect(),
    };
    forecast.output(args, picture)?;
    if !args.process.json {
        print(&format!("Make this plate to try it: {}", demo_command(&layout)));
    }
    Ok(Exit::Done)
}

fn layout(args: &LayoutArgs, wells: Option<&str>) -> Result<PlateLayout, Failure> {
    let wells = wells.map_or(Ok(1), |text| {
        let wrong = || {
            format!("“{text}” is not a number of wells: a plate that you do not have yet has no well names")
        };
        text.parse().map_err(|_| Failure::usage(wrong()))
    })?;
    let (width, height) = args.size.unwrap_or((1024, 1024));
    Ok(PlateLayout {
        wells,
        channels: args.channels.unwrap_or(1),
        timepoints: args.timepoints.unwrap_or(1),
        sites: args.sites.unwrap_or(1),
        planes: args.planes.unwrap_or(1),
        width,
        height,
        pixel: args.pixel.map_or(PixelType::U16, Into::into),
    })
}

fn demo_command(layout: &PlateLayout) -> String {
    let PlateLayout { wells, channels, timepoints, sites, planes, width, height, pixel } = layout;
    let pixel = match pixel {
        PixelType::U8 => " --type 8bit",
        PixelType::F32 => " --type float",
        _ => "",
    };
    format!(
        "stepwell demo DIR --wells {wells} --channels {channels} --timepoints {timepoints} \
         --sites {sites} --planes {planes} --size {width}x{height}{pixel}"
    )
}

enum PictureKind {
    Svg,
    Png,
}

/// A picture that is to be written.
struct ForecastPicture {
    kind: PictureKind,
    destination: Destination,
}

impl ForecastPicture {
    /// Its kind is told by the ending of its name.
    fn at(path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        let kind = match ending.to_ascii_lowercase().as_str() {
            "svg" => PictureKind::Svg,
            "png" => PictureKind::Png,
            _ => {
                let why = format!("{}: a picture is an .svg or a .png file", path.display());
                return Err(Failure::usage(why));
            }
        };
        Ok(Self { kind, destination: destination(path, NONE_OPEN)? })
    }

    /// The same, where it does not lie in this plate.
    fn outside(self, plate: &Path) -> Result<Self, Failure> {
        Ok(Self { destination: destination(self.destination.path(), [plate])?, ..self })
    }
}

/// The forecast of every choice, to print.
struct ForecastReport {
    title: String,
    budget: Budget,
    memory_bytes: Option<u64>,
    outlook: Outlook,
    conflicts: Vec<Conflict>,
    notes: Vec<String>,
}

impl ForecastReport {
    fn output(&self, args: &PlanArgs, picture: Option<ForecastPicture>) -> Result<(), Failure> {
        if args.process.json {
            print_json(&self.document(args.course));
        } else {
            self.describe();
        }
        picture.map_or(Ok(()), |picture| self.draw(&picture))
    }

    fn draw(&self, picture: &ForecastPicture) -> Result<(), Failure> {
        let svg = export::forecast_svg(&self.outlook, &self.title, self.budget.bytes, self.memory_bytes);
        let written = match picture.kind {
            PictureKind::Svg => export::write_svg(&picture.destination, &svg),
            PictureKind::Png => export::write_png(&picture.destination, &svg),
        };
        written.map_err(|error| Failure::usage(error.to_string()))
    }

    fn document(&self, with_courses: bool) -> Value {
        let conflicts: Vec<_> = self
            .conflicts
            .iter()
            .map(|conflict| json!({"component": conflict.component, "step": conflict.step, "why": conflict.why}))
            .collect();
        let remedies: Vec<_> = self
            .outlook
            .remedies
            .iter()
            .map(|remedy| json!({"what": remedy.what, "peak_bytes": remedy.peak_bytes, "fits": remedy.fits}))
            .collect();
        json!({
            "budget_bytes": self.budget.bytes,
            "memory_bytes": self.memory_bytes,
            "choices": self.outlook.choices.iter().map(|choice| choice_of(choice, with_courses)).collect::<Vec<_>>(),
            "remedies": remedies,
            "conflicts": conflicts,
            "notes": self.notes.iter().chain(&self.outlook.times_note).collect::<Vec<_>>(),
        })
    }

    fn describe(&self) {
        for note in self.notes.iter().chain(&self.outlook.times_note) {
            print_stderr(note);
        }
        print(&format!("{}: budget {}", self.title, self.budget));
        let bars = ForecastBars::of(&self.outlook.choices, self.budget.bytes, self.memory_bytes);
        let all_input = self.outlook.choices.first().map_or(0, |bulk| bulk.input_bytes_at_once);
        let rows: Vec<Vec<String>> = self
            .outlook
            .choices
            .iter()
            .zip(&bars.lengths)
            .map(|(choice, length)| {
                vec![
                    choice.title(),
                    count_text(choice.combinations),
                    count_text(choice.images_at_once),
                    bytes_text(choice.input_bytes_at_once),
                    less_text(choice.input_bytes_at_once, all_input),
                    bytes_text(choice.peak_counted_bytes.saturating_sub(choice.input_bytes_at_once)),
                    choice.peak_rss_bytes.map_or_else(|| "unknown".to_owned(), bytes_text),
                    choice.expected_secs.map_or_else(|| "unknown".to_owned(), secs_text),
                    match (choice.recommended, choice.fits) {
                        (true, _) => "recommended",
                        (false, true) => "fits",
                        (false, false) => "too much",
                    }
                    .to_owned(),
                    bar_text(*length, &bars.lines),
                ]
            })
            .collect();
        let head = [
            "One at a time",
            "Combinations",
            "Images at once",
            "Input",
            "Less",
            "+ results",
            "Peak memory",
            "Time",
            "",
            "Peak (budget |, computer #)",
        ];
        print_table(&head, &rows);
        if let Some(note) = bars.scale.note() {
            print(&note);
        }
        for conflict in &self.conflicts {
            print(&format!("{}.", conflict.why));
        }
        if let Some(best) = self.outlook.recommended() {
            print(&format!("{}: {}", best.title(), best.why));
        } else {
            print("No choice fits. What would help:");
            for remedy in &self.outlook.remedies {
                print(&format!("  {}", remedy.what));
            }
        }
        if let Some(first) = self.outlook.choices.first() {
            let [read, written] = [first.read_bytes, first.written_bytes].map(bytes_text);
            print(&format!(
                "Reads {read}, writes up to {written}. The forecast is for Stepwell, not for other programs."
            ));
        }
    }
}

/// A choice, with its course where that is wanted.
fn choice_of(choice: &Choice, with_course: bool) -> Value {
    let mut value = json!(choice);
    if with_course && let Some(fields) = value.as_object_mut() {
        let points: Vec<Value> =
            choice.course.points().iter().filter_map(|point| course_point(choice, point)).collect();
        fields.insert("course".to_owned(), points.into());
    }
    value
}

/// The state after a phase, or its fullest moment where that is not its end; of phases that fall together the fullest and the
/// emptiest moment.
fn course_point(choice: &Choice, point: &CoursePoint) -> Option<Value> {
    let part = point.part.and_then(|part| choice.course.parts.get(part));
    let is_one = part.is_none_or(|part| part.phases == 1);
    let fullest =
        |part: &CoursePart| part.counted.most > part.counted.after && part.fullest != CoursePhase::Preload;
    if is_one && !point.is_after && !part.is_some_and(fullest) {
        return None;
    }
    let of = |fill: Fill| match (is_one, point.is_after) {
        (true, true) => fill.after,
        (_, false) => fill.most,
        (false, true) => fill.least,
    };
    let [counted, rss] = match part {
        Some(part) => [Some(of(part.counted)), choice.course.rss(part).map(of)],
        None => [Some(0), choice.course.resting_bytes],
    };
    let phase = match point.phase {
        None => "rest",
        Some(CoursePhase::Preload) => "preload",
        Some(CoursePhase::Step(_)) => "step",
        Some(CoursePhase::Save(_)) => "save",
        Some(CoursePhase::Clear) => "clear",
    };
    Some(json!({
        "share": point.share,
        "phase": phase,
        "combination": part.map(|part| part.combination.index),
        "counted_bytes": counted,
        "rss_bytes": rss,
    }))
}

fn secs_text(secs: SecsRange) -> String {
    secs_range_text(secs.low, secs.high)
}

/// A bar of characters with the lines that it is seen against.
fn bar_text(length: f32, lines: &[BarLine]) -> String {
    let cell = |share: f32| ((share * BAR as f32).ceil() as usize).clamp(1, BAR) - 1;
    let mut cells: Vec<char> = (0..BAR).map(|at| if at <= cell(length) { '█' } else { '·' }).collect();
    for line in lines {
        if let Some(place) = line.place {
            cells[cell(place)] = if line.ink == Ink::Machine { '#' } else { '|' };
        }
    }
    cells.into_iter().collect()
}
