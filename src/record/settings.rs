//! What a run was of and how it was made, in words: to show, and to say what differs between runs.

use std::borrow::Cow;

use super::{RunRecord, StretchSummary};
use crate::events::Outcome;
use crate::local_time::moment_text;
use crate::plan::run_title;
use crate::plan::{AfterClear, Intermediates};
use crate::plate::{PixelSize, PixelSizes};
use crate::quantity::{bytes_text, count_text, plural, secs_text};

/// One thing that can differ between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Name of the setting on screen.
    pub name: Cow<'static, str>,
    /// Its value in each of the runs, in their order.
    pub values: Vec<String>,
}

impl SettingRow {
    /// Whether the runs differ in it.
    pub fn differs(&self) -> bool {
        self.values.windows(2).any(|two| two[0] != two[1])
    }
}

/// Plate, settings, machine and version of some runs side by side.
pub fn settings_of(records: &[&RunRecord]) -> Vec<SettingRow> {
    let mut rows = beside(records.iter().map(|record| described(record)));
    rows.extend(stretches_of(records));
    rows
}

/// What is described of several, of each the same things in the same order, as rows.
pub(super) fn beside(described: impl Iterator<Item = Vec<(&'static str, String)>>) -> Vec<SettingRow> {
    let mut rows: Vec<SettingRow> = Vec::new();
    for one in described {
        for (nth, (name, value)) in one.into_iter().enumerate() {
            match rows.get_mut(nth) {
                Some(row) => row.values.push(value),
                None => rows.push(SettingRow { name: name.into(), values: vec![value] }),
            }
        }
    }
    rows
}

/// A row for each stretch of work, where a run has several.
fn stretches_of(records: &[&RunRecord]) -> Vec<SettingRow> {
    if !records.iter().any(|record| record.is_in_stretches()) {
        return Vec::new();
    }
    let most = records.iter().map(|record| record.worked_stretches().count()).max().unwrap_or(0);
    let value = |record: &RunRecord, nth: usize| {
        record.worked_stretches().nth(nth).map_or_else(|| "none".to_owned(), StretchSummary::text)
    };
    (0..most)
        .map(|nth| SettingRow {
            name: format!("Stretch of work {}", nth + 1).into(),
            values: records.iter().map(|record| value(record, nth)).collect(),
        })
        .collect()
}

impl StretchSummary {
    /// When, where, with what and how it went: `2026-11-26 16:01 (UTC+01:00) · Ubuntu 24.04, 2 processors, 8.00 GB · 2 threads · 3 of 12
    /// wells · peak 120 MB · 34 s · cancelled`.
    pub(super) fn text(&self) -> String {
        let machine = self.machine.as_ref().map(|machine| {
            let memory =
                machine.memory_bytes.map_or_else(String::new, |bytes| format!(", {}", bytes_text(bytes)));
            format!("{}, {}{memory}", machine.system, plural(machine.cores, "processor"))
        });
        let ended = match self.outcome {
            Some(Outcome::Completed) => "completed",
            Some(Outcome::Cancelled) => "cancelled",
            Some(Outcome::Failed) => "failed",
            None => "cut off",
        };
        let parts = [
            Some(moment_text(self.started_unix_secs, self.utc_offset_secs))
                .filter(|moment| !moment.is_empty()),
            Some(machine.unwrap_or_else(|| "computer unknown".to_owned())),
            Some(plural(self.threads, "thread")),
            Some(format!("{} of {} done", count_text(self.done), plural(self.wells, "well"))),
            self.peak_rss_bytes.map(|bytes| format!("peak {}", bytes_text(bytes))),
            Some(secs_text(self.wall_secs)),
            Some(ended.to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// All that is described of a run; of every run the same things in the same order.
fn described(record: &RunRecord) -> Vec<(&'static str, String)> {
    let plan = &record.plan;
    let wells: Vec<String> = plan.wells.iter().map(ToString::to_string).collect();
    let kept: Vec<String> = record
        .spec
        .pipeline
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.keep_images)
        .map(|(nth, step)| format!("{} {}", nth + 1, step.step.name()))
        .collect();
    let or_unknown = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), bytes_text);
    let yes_no = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let machine = record.machine.clone().unwrap_or_default();
    vec![
        ("Run", record.run.clone()),
        ("Plate", record.plate.name.clone()),
        ("Plate folder", record.plate.root.display().to_string()),
        ("Format", record.plate.format.name().to_owned()),
        ("Wells", wells.join(", ")),
        ("Images", count_text(plan.images)),
        ("Size of a pixel", pixel_sizes_text(&plan.pixel_sizes)),
        ("Taken", run_title(plan)),
        ("Steps", plan.steps.join(", then ")),
        ("Images kept", if kept.is_empty() { "none".to_owned() } else { kept.join(", ") }),
        (
            "After a clear",
            match plan.after_clear {
                AfterClear::Return => "memory goes back to the system",
                AfterClear::Keep => "memory is kept for the next combination",
            }
            .to_owned(),
        ),
        (
            "Between steps",
            match plan.intermediates {
                Intermediates::Free => "images are freed after their last use",
                Intermediates::Hold => "images are held until the clear",
            }
            .to_owned(),
        ),
        ("Threads", plan.threads.to_string()),
        ("Wells together", plan.wells_at_once.to_string()),
        ("Read ahead", yes_no(plan.read_ahead)),
        ("Saved as", plan.save_as.title().to_owned()),
        ("Compression", plan.compression.name().to_owned()),
        ("Budget", record.budget_bytes.map_or_else(|| "none".to_owned(), bytes_text)),
        (
            "Files in the page cache before",
            match record.summary.cached_share {
                Some(share) => format!("{:.0} %", share * 100.0),
                None => "unknown".to_owned(),
            },
        ),
        ("System", machine.system),
        ("Processors", machine.cores.to_string()),
        ("Memory of the computer", or_unknown(machine.memory_bytes)),
        ("Stepwell", machine.stepwell),
    ]
}

/// `0.65 µm`, or that of each channel where they differ.
fn pixel_sizes_text(sizes: &PixelSizes) -> String {
    if sizes.is_empty() {
        return "unknown".to_owned();
    }
    if let Some(size) = sizes.common() {
        return size.to_string();
    }
    let of_channel = |(channel, size): (u32, PixelSize)| format!("{size} (channel {channel})");
    sizes.iter().map(of_channel).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_told_of_each_channel_where_they_differ() {
        let mut sizes = PixelSizes::default();
        assert_eq!(pixel_sizes_text(&sizes), "unknown");
        sizes.add(1, PixelSize { x_um: 0.65, y_um: 0.65 });
        assert_eq!(pixel_sizes_text(&sizes), "0.65 µm");
        sizes.add(3, PixelSize { x_um: 0.65, y_um: 1.3 });
        assert_eq!(pixel_sizes_text(&sizes), "0.65 µm (channel 1), 0.65 × 1.3 µm (channel 3)");
    }
}
