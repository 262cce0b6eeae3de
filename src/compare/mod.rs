//! Two runs of one plan side by side: ratios, whether their outputs are the same, and the verdict
//! in plain words.

mod files;
mod outputs;
mod times;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use files::{ChangedFile, FilesCheck};
pub use outputs::{DifferentOutput, FilesState, OutputComparison};
use times::Times;
pub use times::{Round, Spread, TIMED_SECS, TimeFinding};
pub use verdict::{Tone, Verdict};

use crate::events::{Outcome, RunSummary};
use crate::plan::Mode;
use crate::plate::Component;
use crate::record::{Refused, RunRecord};

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
    /// The summary of the run, where the mode was run.
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

impl From<&Refused> for ModeResult {
    fn from(refused: &Refused) -> Self {
        Self::Refused {
            refused: true,
            forecast_counted_bytes: refused.forecast.counted_bytes,
            forecast_rss_bytes: refused.forecast.rss_bytes,
            why: refused.why.clone(),
        }
    }
}

/// A bulk and a sequential run of the same plan. Every ratio is sequential / bulk, and `None` where either did not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The result of the run with all images at once.
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
    /// Whether a run was done in several stretches of work, maybe on several machines: then times say nothing of each other.
    #[serde(default)]
    pub is_in_stretches: bool,
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
    /// Puts two sides together. Their outputs come with [`Self::add_round`].
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
            is_in_stretches: false,
            bulk,
            sequential,
        }
    }

    /// Puts the runs of a comparison together, round by round; of repeats, the run with the median time
    /// stands for its mode.
    pub(crate) fn of_rounds(
        rounds: &[Vec<&RunRecord>],
        refused: &[Refused],
        sequential_components: Vec<Component>,
        budget_bytes: Option<u64>,
    ) -> Self {
        let side = |mode: Mode| -> ModeResult {
            let refusal = refused.iter().find(|refused| refused.mode == mode).map(ModeResult::from);
            refusal.unwrap_or_else(|| {
                let records = rounds.iter().flatten().copied().filter(|record| record.plan.mode == mode);
                let summary = standing_run(records).map(|record| record.summary.clone());
                ModeResult::Ran(Box::new(summary.unwrap_or_default()))
            })
        };
        let mut comparison =
            Self::of(side(Mode::Bulk), side(Mode::Sequential), sequential_components, budget_bytes);
        for round in rounds {
            comparison.add_round(round);
        }
        comparison
    }

    /// The comparison that some runs make, read from their records in any order: those that were made
    /// as one, or else the first of each mode with the first of the other and so on. `None` where a
    /// mode neither ran nor was refused, or where the runs did not do the same.
    pub fn of_records(records: &[&RunRecord]) -> Option<Self> {
        let first = records.first()?;
        if records.iter().any(|record| !record.does_the_same_as(first)) {
            return None;
        }
        let of_mode = |mode: Mode| records.iter().copied().filter(move |record| record.plan.mode == mode);
        let mut refused: Vec<Refused> = records
            .iter()
            .find_map(|record| record.compared.as_ref().filter(|compared| !compared.refused.is_empty()))
            .map(|compared| compared.refused.clone())
            .unwrap_or_default();
        // A mode that was refused once and ran another time did run.
        refused.retain(|refused| of_mode(refused.mode).next().is_none());
        let has = |mode| of_mode(mode).next().is_some() || refused.iter().any(|refused| refused.mode == mode);
        if !has(Mode::Bulk) || !has(Mode::Sequential) {
            return None;
        }
        let mut rounds: BTreeMap<(Option<&str>, usize), Vec<&RunRecord>> = BTreeMap::new();
        for mode in [Mode::Bulk, Mode::Sequential] {
            for (nth, record) in of_mode(mode).enumerate() {
                let round = match &record.compared {
                    Some(compared) => (Some(compared.name.as_str()), compared.round),
                    None => (None, nth),
                };
                rounds.entry(round).or_default().push(record);
            }
        }
        let mut rounds: Vec<_> = rounds.into_values().collect();
        if refused.is_empty() && rounds.iter().all(|round| round.len() < 2) {
            // Runs that were made one by one, or chosen out of two comparisons.
            let pairs = of_mode(Mode::Bulk).zip(of_mode(Mode::Sequential));
            rounds = pairs.map(|(bulk, sequential)| vec![bulk, sequential]).collect();
        }
        let sequential = of_mode(Mode::Sequential).next();
        let components = sequential.map(|record| record.spec.sequential.clone());
        let budget_bytes = records.iter().find_map(|record| record.budget_bytes);
        Some(Self::of_rounds(&rounds, &refused, components.unwrap_or_default(), budget_bytes))
    }

    /// Takes one round of a repeated comparison into account: a run that did not finish, and outputs
    /// that differ, count whenever they occur. Ratios become the medians of those within each round,
    /// because what else the machine does weighs on both runs of a round alike.
    pub fn add_round(&mut self, records: &[&RunRecord]) {
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
        self.is_in_stretches |= records.iter().any(|record| record.is_in_stretches());
        self.time_ratio = match self.is_in_stretches {
            true => None,
            false => Times::of_rounds(&self.rounds).ratio().or(self.time_ratio),
        };
        let peaks = Spread::of(self.rounds.iter().filter_map(|round| round.peak_ratio));
        self.peak_ratio = peaks.map(|peaks| peaks.median).or(self.peak_ratio);
        if self.trouble.is_some() {
            // What a run that stopped early took says nothing of the other.
            (self.images_at_once_ratio, self.peak_ratio, self.time_ratio) = (None, None, None);
        }
    }

    /// The times of all rounds in which both modes completed; where no rounds are known, those of the two runs. `None` where
    /// they say nothing of each other.
    fn times(&self) -> Option<Times> {
        if self.is_in_stretches {
            return None;
        }
        let (bulk, sequential) = (self.bulk.summary()?, self.sequential.summary()?);
        Some(match self.rounds.is_empty() {
            true => Times::of_one(bulk.wall_secs, sequential.wall_secs),
            false => Times::of_rounds(&self.rounds),
        })
    }

    /// What the times say; `None` where a mode did not run.
    pub fn time_finding(&self) -> Option<TimeFinding> {
        self.times()?.finding()
    }
}

/// The run that stands for its mode among all its rounds: the one with the median time. One that stopped early is
/// not a fast one, so it counts only where none completed.
pub(crate) fn standing_run<'a>(records: impl Iterator<Item = &'a RunRecord>) -> Option<&'a RunRecord> {
    let mut records: Vec<&RunRecord> = records.collect();
    if records.iter().any(|record| record.outcome == Outcome::Completed) {
        records.retain(|record| record.outcome == Outcome::Completed);
    }
    records.sort_by(|a, b| a.summary.wall_secs.total_cmp(&b.summary.wall_secs));
    records.get(records.len() / 2).copied()
}
