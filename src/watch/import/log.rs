//! A log whose lines have dates and times: by rules, lines that tell memory are samples, and others are moments.

use regex::Regex;

use super::cells::civil_secs;
use super::error::ImportError;
use super::imported::{Form, Imported};
use crate::watch::record::{Moment, MomentKind, WatchedSample};
use crate::watch::rules::RuleSet;

/// The most seconds by which a line may be earlier than the one above it: several threads write into one log.
const OUT_OF_ORDER_SECS: f64 = 1.0;

/// How far into a line its time is looked for, in bytes.
const TIME_WITHIN: usize = 80;

/// The rules that come with Stepwell and find memory in a text.
pub(super) fn rules_of(text: &str) -> Option<RuleSet> {
    let finds = |rules: &RuleSet| text.lines().any(|line| memory(rules.moment(0.0, line).as_ref()).is_some());
    RuleSet::names().filter_map(|name| RuleSet::named(name).ok()).find(finds)
}

fn memory(moment: Option<&Moment>) -> Option<u64> {
    match moment?.kind {
        MomentKind::Memory { rss_bytes } => Some(rss_bytes),
        _ => None,
    }
}

pub(super) fn read(text: &str, rules: &RuleSet) -> Result<Imported, ImportError> {
    let clock = Clock::new();
    let (mut first, mut last) = (None, 0.0);
    let (mut samples, mut moments) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(secs) = clock.secs(line) {
            let at_secs = secs - *first.get_or_insert(secs);
            if at_secs < last - OUT_OF_ORDER_SECS {
                return Err(ImportError::Backwards { line: number });
            }
            last = at_secs.max(last);
        }
        // What stands above all times cannot be placed; a line without one belongs to the line above it.
        let Some(moment) = rules.moment(last, line).filter(|_| first.is_some()) else { continue };
        if let Some(rss) = memory(Some(&moment)) {
            samples.push(WatchedSample {
                at_secs: moment.at_secs,
                rss: Some(rss),
                ..WatchedSample::default()
            });
        }
        moments.push(moment);
    }
    if samples.is_empty() {
        return Err(ImportError::NoMemoryInLog { rules: rules.name.clone() });
    }
    let notes = vec![
        "It has memory at the moments at which the program told it, of the process that told it, and not between them.".to_owned(),
    ];
    Ok(Imported { writer: rules.name.clone(), moments, notes, ..Imported::new(Form::Log, samples) })
}

/// Finds the times of lines: 2026-12-01 09:12:47,928, with a point, with a T, or without fractions.
struct Clock(Option<Regex>);

impl Clock {
    fn new() -> Self {
        Self(Regex::new(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?").ok())
    }

    /// Seconds by the clock that the line goes by, whichever that is.
    fn secs(&self, line: &str) -> Option<f64> {
        let begin = line.get(..TIME_WITHIN).unwrap_or(line);
        civil_secs(self.0.as_ref()?.find(begin)?.as_str())
    }
}
