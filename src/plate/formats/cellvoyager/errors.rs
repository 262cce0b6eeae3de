//! What the microscope says that went wrong, and which images are not there for it.
//!
//! An error names a well, a timepoint and where the stage was, in a timeline: mostly the focus was not found, and
//! the field was left out. What would have been there is what the same action (or where the error names none, the timeline)
//! took elsewhere; and which field it was is told by the fields at that place in other wells. Where either cannot be told, the
//! error is an issue and nothing else. Deliberately absent: reading the numbers in its words, which count from 0 or from 1 by
//! the microscope's release.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::record::{ErrorRecord, ImageRecord, Record};
use super::series::{Series, Shot};
use crate::limits;
use crate::plate::draft::Draft;
use crate::plate::{ScanIssue, WellId};
use crate::quantity::plural;

/// How far from a field an error may have happened, in micrometres: stages come back to a place this well.
const SAME_PLACE_UM: f64 = 1.0;

/// Tells the errors, and adds the images that they left out to those that are absent. `shots` are those of the
/// record's images.
pub(super) fn add(draft: &mut Draft, record: &Record, shots: &[Option<Shot>], series: &Series, shown: &str) {
    if record.errors.is_empty() {
        return;
    }
    let taken = Taken::of(&record.images, shots);
    let mut issues = Vec::new();
    // More of them than are listed help nobody.
    let mut room = limits::MISSING_LISTED;
    for error in &record.errors {
        let well = well_of(error);
        let place = well.map_or_else(|| "an unknown well".to_owned(), |well| format!("well {well}"));
        let words = if error.words.is_empty() { "an error without words" } else { &error.words };
        let mut expected = well.map_or_else(Vec::new, |well| taken.expected(error, well));
        expected.truncate(room);
        room -= expected.len();
        if expected.is_empty() {
            let why = format!(
                "{place}, {}: the microscope says “{words}”; it is not clear what it left out",
                error.time
            );
            issues.push(ScanIssue { path: shown.to_owned(), why });
            continue;
        }
        let why = format!("{place}, {}: the microscope says “{words}”", error.time);
        issues.push(ScanIssue { path: shown.to_owned(), why });
        let why: Arc<str> = format!("not recorded: the microscope says “{words}”").into();
        for key in expected.iter().filter_map(|shot| series.key(shot)).filter(|key| key.z.is_some()) {
            draft.absent.add(key, &why, "");
        }
    }
    let beyond = record.error_count - record.errors.len();
    draft.issues(issues, shown, |rest| format!("{} of the microscope", plural(rest + beyond, "more error")));
}

fn well_of(error: &ErrorRecord) -> Option<WellId> {
    WellId::at(error.row?.checked_sub(1)?, error.column?.checked_sub(1)?)
}

/// What was taken where no error was, by timeline.
#[derive(Default)]
struct Taken {
    timelines: BTreeMap<u32, Timeline>,
}

#[derive(Default)]
struct Timeline {
    timepoints: BTreeSet<u32>,
    /// Where each field lies.
    fields: BTreeMap<u32, (f64, f64)>,
    /// Action, channel, plane and kind of projection.
    takes: BTreeSet<(u32, u32, u32, Option<u16>)>,
}

impl Taken {
    fn of(images: &[ImageRecord], shots: &[Option<Shot>]) -> Self {
        let mut taken = Self::default();
        for (image, shot) in images.iter().zip(shots) {
            let Some(shot) = shot else { continue };
            let timeline = taken.timelines.entry(shot.timeline).or_default();
            timeline.timepoints.insert(shot.timepoint);
            if let Some(at_um) = image.at_um {
                timeline.fields.entry(shot.field).or_insert(at_um);
            }
            timeline.takes.insert((shot.action, shot.channel, shot.plane, shot.projection));
        }
        taken
    }

    /// The shots that an error left out, as far as they can be told.
    fn expected(&self, error: &ErrorRecord, well: WellId) -> Vec<Shot> {
        let timeline = error.timeline.unwrap_or(1);
        let Some(of) = self.timelines.get(&timeline) else { return Vec::new() };
        let only = of.timepoints.first().filter(|_| of.timepoints.len() == 1);
        let timepoint = error.timepoint.or(only.copied());
        let Some((field, timepoint)) = error.field.or_else(|| of.field_at(error.at_um?)).zip(timepoint)
        else {
            return Vec::new();
        };
        let takes = of.takes.iter().filter(|(action, ..)| error.action.is_none_or(|of| of == *action));
        let shot = |&(action, channel, plane, projection)| Shot {
            well,
            field,
            timepoint,
            plane,
            channel,
            timeline,
            action,
            projection,
        };
        takes.map(shot).take(limits::MISSING_LISTED).collect()
    }
}

impl Timeline {
    /// The only field at a place.
    fn field_at(&self, (x_um, y_um): (f64, f64)) -> Option<u32> {
        let is_there =
            |at: &(f64, f64)| (at.0 - x_um).abs() <= SAME_PLACE_UM && (at.1 - y_um).abs() <= SAME_PLACE_UM;
        let mut there = self.fields.iter().filter(|(_, at)| is_there(at)).map(|(field, _)| *field);
        there.next().filter(|_| there.next().is_none())
    }
}
