//! Two runs of one plan side by side: ratios, whether their outputs are the same, and the verdict
//! in plain words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::{Outcome, OutputImage, RunSummary, SavedTable};
use crate::plan::Mode;
use crate::plate::{Component, ImageKey};
use crate::quantity::{bytes_text, count_text, plural};
use crate::record::RunRecord;

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ModeResult {
    /// It was refused, because its forecast is over the budget.
    Refused {
        /// Always true; tells this form from a summary.
        refused: bool,
        /// Forecast of the counted peak.
        forecast_counted_bytes: u64,
        /// Forecast of the resident peak.
        forecast_rss_bytes: Option<u64>,
        /// Why, and what to do.
        why: String,
    },
    /// It ran.
    Ran(Box<RunSummary>),
}

impl ModeResult {
    /// The summary, where it ran.
    pub fn summary(&self) -> Option<&RunSummary> {
        match self {
            Self::Ran(summary) => Some(summary),
            Self::Refused { .. } => None,
        }
    }
}

/// An output that differs between the two runs, or that only one of them has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferentOutput {
    /// Zero-based index of the step.
    pub step: usize,
    /// The image; `None` of a table.
    pub key: Option<ImageKey>,
    /// Path of the table in the runs' folders; `None` of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What is different.
    pub why: String,
}

/// The image's key, or the table's path.
impl fmt::Display for DifferentOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.table) {
            (Some(key), _) => key.fmt(f),
            (None, Some(table)) => f.write_str(table),
            (None, None) => f.write_str("an output"),
        }
    }
}

/// The outputs of two runs, images and tables, compared by content hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputComparison {
    /// Outputs that either run has.
    pub compared: usize,
    /// Outputs that are the same in both.
    pub identical: usize,
    /// The others.
    pub different: Vec<DifferentOutput>,
}

impl OutputComparison {
    /// Compares the images of two runs.
    pub fn of(bulk: &[OutputImage], sequential: &[OutputImage]) -> Self {
        let mut comparison = Self::default();
        let sides = [bulk, sequential]
            .map(|side| side.iter().map(|output| ((output.step, output.key), output.hash.as_str())));
        for ((step, key), hashes) in matched(sides) {
            comparison.see(hashes, "the pixels differ", |why| DifferentOutput {
                step,
                key: Some(key),
                table: None,
                why,
            });
        }
        comparison
    }

    /// With the tables of the two runs.
    #[must_use]
    pub fn with_tables(mut self, bulk: &[SavedTable], sequential: &[SavedTable]) -> Self {
        let sides = [bulk, sequential]
            .map(|side| side.iter().map(|table| ((table.step, table.path.as_str()), table.hash.as_str())));
        for ((step, path), hashes) in matched(sides) {
            self.see(hashes, "the rows differ", |why| DifferentOutput {
                step,
                key: None,
                table: Some(path.to_owned()),
                why,
            });
        }
        self
    }

    fn see(
        &mut self,
        hashes: [Option<&str>; 2],
        differ: &str,
        different: impl FnOnce(String) -> DifferentOutput,
    ) {
        self.compared += 1;
        let why = match hashes {
            [Some(bulk), Some(sequential)] if bulk == sequential => {
                self.identical += 1;
                return;
            }
            [Some(_), Some(_)] => differ,
            [Some(_), None] => "only the run all at once made it",
            [None, _] => "only the run one at a time made it",
        };
        self.different.push(different(why.to_owned()));
    }
}

/// What two sides have by the same name.
fn matched<'a, K: Ord>(sides: [impl Iterator<Item = (K, &'a str)>; 2]) -> BTreeMap<K, [Option<&'a str>; 2]> {
    let mut matched: BTreeMap<K, [Option<&str>; 2]> = BTreeMap::new();
    for (side, outputs) in sides.into_iter().enumerate() {
        for (name, hash) in outputs {
            matched.entry(name).or_default()[side] = Some(hash);
        }
    }
    matched
}

/// A bulk and a sequential run of the same plan. Every ratio is sequential / bulk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// All at once.
    pub bulk: ModeResult,
    /// One at a time.
    pub sequential: ModeResult,
    /// Of images at once.
    pub images_at_once_ratio: Option<f64>,
    /// Of resident memory above resting.
    pub peak_ratio: Option<f64>,
    /// Of wall time.
    pub time_ratio: Option<f64>,
    /// Whether the results are the same; `None` where a mode did not run.
    pub outputs: Option<OutputComparison>,
    /// Each round of a repeated comparison, in order.
    #[serde(default)]
    pub rounds: Vec<Round>,
    /// The components taken one at a time.
    pub sequential_components: Vec<Component>,
    /// The budget that both had.
    pub budget_bytes: Option<u64>,
    /// The run that did not complete, in a sentence; its record says why.
    pub trouble: Option<String>,
}

/// One round of a comparison: both modes, one after the other. `None` where a mode did not complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Time all at once.
    pub bulk_wall_secs: Option<f64>,
    /// Time one at a time.
    pub sequential_wall_secs: Option<f64>,
    /// Resident memory above resting, one at a time to all at once.
    pub peak_ratio: Option<f64>,
}

impl Round {
    fn time_ratio(&self) -> Option<f64> {
        ratio(self.sequential_wall_secs, self.bulk_wall_secs)
    }
}

/// The middle of some numbers, the lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The median; of an even number of them the mean of the two in the middle.
    pub median: f64,
    /// The lowest.
    pub least: f64,
    /// The highest.
    pub most: f64,
    /// How many there are.
    pub count: usize,
}

impl Spread {
    /// Of any numbers; `None` of none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let (least, most) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = if numbers.len() % 2 == 1 {
            numbers[middle]
        } else {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        };
        Some(Self { median, least, most, count: numbers.len() })
    }
}

/// What a comparison shows, by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// One at a time needs clearly less memory.
    Better,
    /// No difference worth speaking of.
    Same,
    /// One at a time is not the better way here.
    Worse,
    /// A run failed or results differ.
    Wrong,
}

/// The verdict of a comparison in words and numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The sentences to show over the chart.
    pub sentence: String,
    /// The saving in few words: `1.8 × less`.
    pub saving: Option<String>,
    /// What it costs in few words: `for 2 % more time`.
    pub cost: Option<String>,
    /// Its colour.
    pub tone: Tone,
}

fn ratio(sequential: Option<f64>, bulk: Option<f64>) -> Option<f64> {
    match (sequential, bulk) {
        (Some(sequential), Some(bulk)) if bulk > 0.0 => Some(sequential / bulk),
        _ => None,
    }
}

fn above_resting(summary: &RunSummary) -> Option<f64> {
    Some(summary.peak_rss_bytes?.saturating_sub(summary.baseline_rss_bytes?) as f64)
}

impl Comparison {
    /// Puts two sides together. Their outputs come with [`Self::see_round`].
    pub fn of(
        bulk: ModeResult,
        sequential: ModeResult,
        sequential_components: Vec<Component>,
        budget_bytes: Option<u64>,
    ) -> Self {
        let (b, s) = (bulk.summary(), sequential.summary());
        let of = |number: fn(&RunSummary) -> Option<f64>| ratio(s.and_then(number), b.and_then(number));
        Self {
            images_at_once_ratio: of(|summary| Some(summary.images_at_once as f64)),
            peak_ratio: of(above_resting),
            time_ratio: of(|summary| Some(summary.wall_secs)),
            outputs: None,
            rounds: Vec::new(),
            sequential_components,
            budget_bytes,
            trouble: None,
            bulk,
            sequential,
        }
    }

    /// Takes one round of a repeated comparison into account: a run that did not finish, and outputs
    /// that differ, count whenever they occur. Ratios become the medians of those within each round,
    /// because what else the machine does weighs on both runs of a round alike.
    pub fn see_round(&mut self, records: &[&RunRecord]) {
        let unfinished = records.iter().find(|record| record.outcome != Outcome::Completed);
        if let Some(record) = unfinished {
            let trouble = format!("{} did not finish, so there is no verdict.", record.plan.mode.title());
            self.trouble.get_or_insert(trouble);
        }
        let of = |mode: Mode| records.iter().find(|record| record.plan.mode == mode);
        if let (Some(bulk), Some(sequential)) = (of(Mode::Bulk), of(Mode::Sequential)) {
            let outputs = OutputComparison::of(&bulk.outputs, &sequential.outputs)
                .with_tables(&bulk.summary.tables, &sequential.summary.tables);
            if self.outputs.as_ref().is_none_or(|known| known.different.is_empty()) {
                self.outputs = Some(outputs);
            }
            let [bulk, sequential] = [bulk, sequential]
                .map(|record| (record.outcome == Outcome::Completed).then_some(&record.summary));
            self.rounds.push(Round {
                bulk_wall_secs: bulk.map(|summary| summary.wall_secs),
                sequential_wall_secs: sequential.map(|summary| summary.wall_secs),
                peak_ratio: ratio(sequential.and_then(above_resting), bulk.and_then(above_resting)),
            });
        }
        let median = |numbers: Vec<f64>| Spread::of(numbers).map(|spread| spread.median);
        self.time_ratio = median(self.time_ratios()).or(self.time_ratio);
        let peaks = self.rounds.iter().filter_map(|round| round.peak_ratio).collect();
        self.peak_ratio = median(peaks).or(self.peak_ratio);
    }

    /// The ratio of times in each round in which both modes completed.
    fn time_ratios(&self) -> Vec<f64> {
        self.rounds.iter().filter_map(Round::time_ratio).collect()
    }

    /// The times of a mode over all rounds, where there were several.
    pub fn times(&self, mode: Mode) -> Option<Spread> {
        let secs = |round: &Round| match mode {
            Mode::Bulk => round.bulk_wall_secs,
            Mode::Sequential => round.sequential_wall_secs,
        };
        Spread::of(self.rounds.iter().filter_map(secs)).filter(|spread| spread.count > 1)
    }
}

/// `Channel`, `Channel and timepoint`.
pub fn components_text(components: &[Component]) -> String {
    let mut text = String::new();
    for (place, component) in components.iter().enumerate() {
        if place > 0 {
            text.push_str(if place + 1 == components.len() { " and " } else { ", " });
        }
        text.push_str(if place == 0 { component.title() } else { component.name() });
    }
    text
}

impl Comparison {
    /// The verdict in plain words.
    pub fn verdict(&self) -> Verdict {
        if let Some(trouble) = &self.trouble {
            return Verdict { sentence: trouble.clone(), saving: None, cost: None, tone: Tone::Wrong };
        }
        let names = components_text(&self.sequential_components);
        let name =
            if names.is_empty() { "One at a time".to_owned() } else { format!("{names} one at a time") };
        let (bulk, sequential) = match (&self.bulk, &self.sequential) {
            (ModeResult::Ran(bulk), ModeResult::Ran(sequential)) => (bulk, sequential),
            (ModeResult::Refused { why, .. }, ModeResult::Ran(sequential)) => {
                let peak = sequential.peak_rss_bytes.map_or_else(|| "an unknown peak".to_owned(), bytes_text);
                return Verdict {
                    sentence: format!("{name} ran with {peak}. {why}"),
                    saving: None,
                    cost: None,
                    tone: Tone::Better,
                };
            }
            (_, ModeResult::Refused { why, .. }) => {
                return Verdict { sentence: why.clone(), saving: None, cost: None, tone: Tone::Wrong };
            }
        };
        // Of the whole process, because those are the two numbers on screen.
        let peak = |summary: &RunSummary| summary.peak_rss_bytes.map(|bytes| bytes as f64);
        let peak_ratio = ratio(peak(sequential), peak(bulk));
        let saving = peak_ratio.map(saving_text);
        // A difference that some rounds have one way and some the other is none.
        let spread = Spread::of(self.time_ratios()).filter(|spread| spread.count > 1);
        let is_undecided = spread.is_some_and(|spread| spread.least < 1.0 && spread.most > 1.0);
        let cost = self.time_ratio.map(|ratio| cost_text(if is_undecided { 1.0 } else { ratio }));
        let (peak, tone) = match peak_ratio {
            Some(ratio) if ratio < 0.95 => {
                (format!("{name} needs {} memory than all at once", saving_text(ratio)), Tone::Better)
            }
            Some(ratio) if ratio <= 1.05 || !clearly_more(bulk, sequential) => {
                (format!("{name} makes no difference to memory here"), Tone::Same)
            }
            Some(_) => (format!("{name} needs more memory than all at once here"), Tone::Worse),
            None => {
                (format!("{name} and all at once ran; this system does not tell their memory"), Tone::Same)
            }
        };
        let fits = self.budget_bytes.and_then(|budget| fits_text(budget, bulk, sequential));
        let (results, same) = self.results_text();
        let failed = bulk.failed.len().max(sequential.failed.len());
        let mut sentence = format!("{peak}{}. {results}", fits.unwrap_or_default());
        if failed > 0 {
            sentence.push_str(&format!(
                " {} could not be had; the results that need {} are withheld.",
                plural(failed, "image"),
                if failed == 1 { "it" } else { "them" }
            ));
        }
        Verdict { sentence, saving, cost, tone: if same { tone } else { Tone::Wrong } }
    }

    /// A sentence on the outputs, and whether they are all the same.
    fn results_text(&self) -> (String, bool) {
        match &self.outputs {
            None => ("The results were not compared.".to_owned(), true),
            Some(outputs) if outputs.compared == 0 => ("There were no results to compare.".to_owned(), true),
            Some(outputs) if outputs.different.is_empty() => {
                let sentence = match outputs.identical {
                    1 => "The one result is identical.".to_owned(),
                    identical => format!("All {} results are identical.", count_text(identical)),
                };
                (sentence, true)
            }
            Some(outputs) => (
                format!(
                    "{} of {} results {}.",
                    count_text(outputs.different.len()),
                    count_text(outputs.compared),
                    if outputs.different.len() == 1 { "differs" } else { "differ" }
                ),
                false,
            ),
        }
    }
}

/// Whether the difference is more than what the system's counters and the allocator vary by.
fn clearly_more(bulk: &RunSummary, sequential: &RunSummary) -> bool {
    const VARIES_BYTES: f64 = 1e6;
    matches!(
        (above_resting(bulk), above_resting(sequential)),
        (Some(bulk), Some(sequential)) if sequential > bulk + VARIES_BYTES
    )
}

/// `1.8 × less`; `no less` where it is not.
fn saving_text(ratio: f64) -> String {
    if ratio >= 0.95 {
        "no less".to_owned()
    } else if ratio > 0.1 {
        format!("{:.1} × less", 1.0 / ratio)
    } else {
        format!("{:.0} × less", 1.0 / ratio)
    }
}

/// `for 2 % more time`, `in 5 % less time`, `in the same time`.
fn cost_text(ratio: f64) -> String {
    let percent = ((ratio - 1.0) * 100.0).round();
    match percent {
        _ if ratio >= 2.0 => format!("for {ratio:.1} × the time"),
        1.0.. => format!("for {percent:.0} % more time"),
        ..=-1.0 => format!("in {:.0} % less time", -percent),
        _ => "in the same time".to_owned(),
    }
}

/// ` and fits your 25 MB budget; all at once does not`, where the budget lies between the peaks.
fn fits_text(budget: u64, bulk: &RunSummary, sequential: &RunSummary) -> Option<String> {
    let (bulk, sequential) = (bulk.peak_rss_bytes?, sequential.peak_rss_bytes?);
    (sequential <= budget && bulk > budget)
        .then(|| format!(" and fits your budget of {}; all at once does not", bytes_text(budget)))
}
