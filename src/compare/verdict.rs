//! What a comparison comes to, in plain words.

use super::{Comparison, ModeResult, TimeFinding, above_resting, ratio};
use crate::events::RunSummary;
use crate::plan::components_text;
use crate::quantity::{bytes_text, count_text, plural, saving_text};

/// Why nothing is said of time.
const IN_STRETCHES: &str = "Time is not compared: a run was done in several stretches of work.";

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
    /// What it costs in few words: `for 15 % more time`.
    pub cost: Option<String>,
    /// The times of both ways and what they say, in a sentence.
    pub time: Option<String>,
    /// Whether it is good or bad news, which sets the colour.
    pub tone: Tone,
}

impl Comparison {
    /// The verdict in plain words.
    pub fn verdict(&self) -> Verdict {
        if let Some(trouble) = &self.trouble {
            return Verdict {
                sentence: trouble.clone(),
                saving: None,
                cost: None,
                time: None,
                tone: Tone::Wrong,
            };
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
                    time: None,
                    tone: Tone::Better,
                };
            }
            (_, ModeResult::Refused { why, .. }) => {
                return Verdict {
                    sentence: why.clone(),
                    saving: None,
                    cost: None,
                    time: None,
                    tone: Tone::Wrong,
                };
            }
        };
        // Of the whole process, because those are the two numbers on screen.
        let peak = |summary: &RunSummary| summary.peak_rss_bytes.map(|bytes| bytes as f64);
        let peak_ratio = ratio(peak(sequential), peak(bulk));
        let saving = peak_ratio.map(saving_text);
        let (times, finding) = (self.times(), self.time_finding());
        let (peak, tone) = match peak_ratio {
            Some(ratio) if ratio < 0.95 => {
                (format!("{name} needs {} memory than all at once", saving_text(ratio)), Tone::Better)
            }
            Some(ratio) if ratio <= 1.05 || !clearly_more(bulk, sequential) => {
                (format!("{name} makes no difference to memory here"), Tone::Same)
            }
            Some(_) => (format!("{name} needs more memory than all at once here"), Tone::Worse),
            None => {
                (format!("{name} and all at once ran; this system does not report their memory"), Tone::Same)
            }
        };
        let fits = self.budget_bytes.and_then(|budget| fits_text(budget, bulk, sequential));
        let (results, same) = self.results_text();
        let failed = bulk.failed_count().max(sequential.failed_count());
        let mut sentence = format!("{peak}{}. {results}", fits.unwrap_or_default());
        let is_slower = finding.is_some_and(TimeFinding::is_slower);
        if let Some(text) =
            self.budget_bytes.and_then(|budget| both_fit_text(budget, bulk, sequential, is_slower))
        {
            sentence.push_str(&text);
        }
        if failed > 0 {
            sentence.push_str(&format!(
                " {} missing or failed; the results that need {} are withheld.",
                plural(failed, "image"),
                if failed == 1 { "it" } else { "them" }
            ));
        }
        Verdict {
            sentence,
            saving,
            cost: finding.map(TimeFinding::cost),
            time: match self.is_in_stretches {
                true => Some(IN_STRETCHES.to_owned()),
                false => times.and_then(|times| times.sentence()),
            },
            tone: if same { tone } else { Tone::Wrong },
        }
    }

    /// The numbers behind the verdict in a line: images at once, counted pixels and memory above rest.
    /// Empty where a mode did not run.
    pub fn details(&self) -> String {
        let (Some(bulk), Some(sequential)) = (self.bulk.summary(), self.sequential.summary()) else {
            return String::new();
        };
        let instead =
            |text: &dyn Fn(&RunSummary) -> String| format!("{} instead of {}", text(sequential), text(bulk));
        let mut parts = vec![
            instead(&|summary| count_text(summary.images_at_once)) + " images at once",
            "pixels counted ".to_owned() + &instead(&|summary| bytes_text(summary.peak_counted_bytes)),
        ];
        if let (Some(less), Some(more)) = (above_resting(sequential), above_resting(bulk)) {
            let ratio = ratio(Some(less), Some(more)).filter(|ratio| *ratio > 0.0);
            let saving = ratio.map_or_else(String::new, |ratio| format!(" ({})", saving_text(ratio)));
            let [less, more] = [less, more].map(|bytes| bytes_text(bytes as u64));
            parts.push(format!("above rest {less} instead of {more}{saving}"));
        }
        parts.join(" · ")
    }

    /// A sentence on the outputs, and whether they are all the same.
    fn results_text(&self) -> (String, bool) {
        match &self.outputs {
            None => ("The results were not compared.".to_owned(), true),
            Some(outputs) => outputs.sentence(),
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

/// Whether the difference matters: where both fit the budget, the faster way will do.
fn both_fit_text(budget: u64, bulk: &RunSummary, sequential: &RunSummary, is_slower: bool) -> Option<String> {
    let higher = bulk.peak_rss_bytes?.max(sequential.peak_rss_bytes?);
    (higher <= budget).then(|| {
        let then = if is_slower { ", so all at once is enough, and it is faster here" } else { "" };
        format!(" Both fit your budget of {}{then}.", bytes_text(budget))
    })
}

/// ` and fits your 25 MB budget; all at once does not`, where the budget lies between the peaks.
fn fits_text(budget: u64, bulk: &RunSummary, sequential: &RunSummary) -> Option<String> {
    let (bulk, sequential) = (bulk.peak_rss_bytes?, sequential.peak_rss_bytes?);
    (sequential <= budget && bulk > budget)
        .then(|| format!(" and fits your budget of {}; all at once does not", bytes_text(budget)))
}
