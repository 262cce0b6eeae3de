//! Two watched programs side by side, in a sentence: which needs less memory, what that costs in time, and whether their results are
//! the same.

use std::collections::BTreeMap;

use super::record::{WatchedOutputs, WatchedRecord};
use crate::image::ContentHash;
use crate::quantity::{count_text, decimal_text, percent_text, plural, saving_text};

/// A ratio nearer to 1 than this is no difference: programs differ as much from one time to the next.
const SAME: f64 = 0.05;

/// The most files that a sentence names.
const MOST_NAMED: usize = 3;

/// What two watched programs come to, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedVerdict {
    /// In sentences.
    pub sentence: String,
    /// Peak memory of the one that needs less, by that of the other; `None` where one is not known.
    pub peak_ratio: Option<f64>,
    /// Its time by that of the other.
    pub time_ratio: Option<f64>,
    /// Whether their results are the same; `None` where that was not looked at.
    pub is_same: Option<bool>,
}

impl WatchedVerdict {
    /// That of two programs, and of no other number of them.
    pub fn of(records: &[&WatchedRecord]) -> Option<Self> {
        let [first, second] = records else { return None };
        let peak = |record: &WatchedRecord| record.summary.peak_rss_bytes.filter(|bytes| *bytes > 0);
        // The one that needs less comes first; where that is not known, the order is the user's.
        let (less, more) = match (peak(first), peak(second)) {
            (Some(a), Some(b)) if a > b => (*second, *first),
            _ => (*first, *second),
        };
        let [less_name, more_name] = names(less, more);
        let ratio = |of: fn(&WatchedRecord) -> Option<f64>| Some(of(less)? / of(more)?);
        let peak_ratio = ratio(|record| {
            record.summary.peak_rss_bytes.filter(|bytes| *bytes > 0).map(|bytes| bytes as f64)
        });
        let time_ratio = ratio(|record| record.secs.filter(|secs| *secs > 0.0));
        let memory = match peak_ratio {
            Some(ratio) if ratio < 1.0 - SAME => {
                format!("{less_name} needs {} memory than {more_name}", saving_text(ratio))
            }
            Some(_) => format!("{less_name} and {more_name} need the same memory"),
            None => format!("The memory of {less_name} and of {more_name} cannot be compared"),
        };
        let (results, is_same) = match (&less.outputs, &more.outputs) {
            (Some(less), Some(more)) => results_text(less, more),
            _ => ("whether results are the same was not looked at".to_owned(), None),
        };
        let time = time_ratio.map_or_else(String::new, |ratio| format!(", {}", time_text(ratio)));
        let mut sentence = format!("{memory}{time}; {results}.");
        for (record, name) in [(less, less_name), (more, more_name)] {
            if record.end.exit_code() != Some(0) {
                sentence += &format!(" {name} {}.", record.end.text());
            }
        }
        Some(Self { sentence, peak_ratio, time_ratio, is_same })
    }
}

/// Their names, told apart where they are the same.
fn names(a: &WatchedRecord, b: &WatchedRecord) -> [String; 2] {
    let names = [a.title(), b.title()];
    match names {
        [a, b] if a == b => [format!("{a} (1)"), format!("{b} (2)")],
        names => names,
    }
}

/// `in 4 % more time`.
fn time_text(ratio: f64) -> String {
    let percent = |share: f64| percent_text(share * 100.0, 0);
    match ratio {
        ratio if (ratio - 1.0).abs() < 0.005 => "in the same time".to_owned(),
        ratio if ratio >= 2.0 => format!("in {} times the time", decimal_text(ratio, 1)),
        ratio if ratio > 1.0 => format!("in {} more time", percent(ratio - 1.0)),
        ratio => format!("in {} less time", percent(1.0 - ratio)),
    }
}

/// What is with the results, and whether they are the same.
fn results_text(a: &WatchedOutputs, b: &WatchedOutputs) -> (String, Option<bool>) {
    let map =
        |outputs: &WatchedOutputs| outputs.files.iter().cloned().collect::<BTreeMap<String, ContentHash>>();
    let (a_files, b_files) = (map(a), map(b));
    let mut different: Vec<&str> = a_files
        .iter()
        .filter(|(name, hash)| b_files.get(*name) != Some(*hash))
        .map(|(name, _)| name.as_str())
        .collect();
    different.extend(b_files.keys().filter(|name| !a_files.contains_key(*name)).map(String::as_str));
    different.sort_unstable();
    let all = a_files.len() + b_files.keys().filter(|name| !a_files.contains_key(*name)).count();
    let unread = a.unread.max(b.unread);
    let unread_text = match unread {
        0 => String::new(),
        unread => format!(" ({} could not be read)", plural(unread, "file")),
    };
    let files = plural(all, "file");
    let text = match different.as_slice() {
        _ if all == 0 => return ("there are no results to compare".to_owned(), None),
        [] if all == 1 => format!("the one file of results is the same{unread_text}"),
        [] => format!("all {files} of results are the same{unread_text}"),
        different => {
            let named = different.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = match different.len().saturating_sub(MOST_NAMED) {
                0 => String::new(),
                more => format!(" and {} more", count_text(more)),
            };
            format!(
                "of {files} of results {} differ: {named}{more}{unread_text}",
                count_text(different.len())
            )
        }
    };
    let is_same = different.is_empty();
    // What could not be read may differ.
    (text, (!is_same || unread == 0).then_some(is_same))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{Origin, WatchedEnd, WatchedSample};

    fn record(name: &str, peak: Option<u64>, secs: f64, code: i32) -> WatchedRecord {
        let mut record = WatchedRecord::new(Vec::new(), Origin::Started);
        record.name = Some(name.to_owned());
        record.end = WatchedEnd::Exited { code };
        record.secs = Some(secs);
        record.keep(WatchedSample { at_secs: 0.5, rss: peak, ..WatchedSample::default() });
        record.settle();
        record
    }

    fn outputs(files: &[(&str, u8)], unread: usize) -> WatchedOutputs {
        let hash = |of: u8| format!("{of:032x}").parse().expect("a hash");
        let files = files.iter().map(|(name, of)| ((*name).to_owned(), hash(*of))).collect();
        WatchedOutputs { folder: "/results".into(), files, unread }
    }

    #[test]
    fn two_programs_are_compared_in_the_users_words() {
        let bulk = || record("bulk", Some(1_900_000_000), 100.0, 0);
        let table = [
            (
                bulk(),
                record("sequential", Some(1_000_000_000), 104.0, 0),
                "sequential needs 1.9 × less memory than bulk, in 4 % more time; whether results are the same was not looked \
                 at.",
            ),
            (
                record("sequential", Some(100_000_000), 50.0, 1),
                bulk(),
                "sequential needs 19 × less memory than bulk, in 50 % less time; whether results are the same was not looked \
                 at. sequential ended with exit code 1.",
            ),
            (
                bulk(),
                record("other", Some(1_899_000_000), 100.1, 0),
                "other and bulk need the same memory, in the same time; whether results are the same was not looked at.",
            ),
            (
                bulk(),
                record("other", None, 250.0, 0),
                "The memory of bulk and of other cannot be compared, in 60 % less time; whether results are the same was not looked \
                 at.",
            ),
        ];
        for (a, b, expected) in &table {
            let verdict = WatchedVerdict::of(&[a, b]).expect("two");
            assert_eq!(verdict.sentence, *expected);
            assert_eq!(verdict.is_same, None);
            assert_eq!(verdict.peak_ratio.is_some(), b.summary.peak_rss_bytes.is_some());
        }
        assert_eq!(WatchedVerdict::of(&[&bulk()]), None);
    }

    #[test]
    fn results_are_compared_by_what_files_hold() {
        let table = [
            (
                outputs(&[("a", 1), ("b", 2)], 0),
                outputs(&[("a", 1), ("b", 2)], 0),
                "all 2 files of results are the same",
                Some(true),
            ),
            (
                outputs(&[("a", 1), ("b", 2)], 0),
                outputs(&[("a", 1), ("b", 3), ("c", 4)], 0),
                "of 3 files of results 2 differ: b, c",
                Some(false),
            ),
            (
                outputs(&[("a", 1)], 1),
                outputs(&[("a", 1)], 0),
                "the one file of results is the same (1 file could not be read)",
                None,
            ),
            (outputs(&[], 0), outputs(&[], 0), "there are no results to compare", None),
        ];
        for (a, b, expected, is_same) in table {
            assert_eq!(results_text(&a, &b), (expected.to_owned(), is_same));
        }
    }
}
