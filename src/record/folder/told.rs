//! What a stretch of work told, as its wells and its end were written down: gone through in the order of time, of which no more is
//! in memory than what lies side by side.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::io;
use std::iter::Peekable;

use super::spool::{Items, Span, Spool};
use super::{Stretch, StretchEnd, WellRecord};
use crate::events::{Course, Event, EventKind, Outcome, RunSummary, TimedSample, thinned};
use crate::plan::Forecast;
use crate::record::MOST_SAMPLES;

/// What is known of a stretch while its wells are read.
pub(super) struct Known<'a> {
    pub(super) stretch: &'a Stretch,
    /// Wells that are done by it.
    pub(super) done: usize,
    /// What its worker told of its machine, by a well that it did.
    of_worker: Option<StretchEnd>,
    told: Told,
}

/// What was told in a stretch.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Of each well, and at last of none.
    parts: Vec<Part>,
    /// The combinations that came to hand.
    at_hand: BTreeSet<usize>,
}

/// What was told of a well, or of none.
#[derive(Debug)]
struct Part {
    /// Where its first event stands among all; `None` where it has none.
    first: Option<Place>,
    /// In the order of their times.
    events: Span<Event>,
    samples: Span<TimedSample>,
}

/// Where an event stands among those of its stretch.
type Place = (u8, u64);

/// The beginning is the first in any case. The bits of times, none of which is below 0, rank as the times do.
fn place_of(event: &Event) -> Place {
    (u8::from(!matches!(event.kind, EventKind::Started { .. })), event.at_secs.abs().to_bits())
}

fn is_ahead(event: &Event) -> bool {
    matches!(event.kind, EventKind::ReadingAhead { .. })
}

fn index_of(event: &Event) -> Option<usize> {
    event.kind.combination().map(|id| id.index)
}

impl<'a> Known<'a> {
    pub(super) fn of(stretch: &'a Stretch) -> Self {
        Self { stretch, done: 0, of_worker: None, told: Told::default() }
    }

    /// Takes in a well that was done in it, with its events and samples.
    pub(super) fn take(&mut self, spool: &mut Spool, record: &mut WellRecord) -> io::Result<()> {
        self.done += usize::from(record.is_whole);
        self.of_worker.get_or_insert_with(|| StretchEnd {
            machine: record.machine.clone(),
            summary: RunSummary { baseline_rss_bytes: record.baseline_rss_bytes, ..RunSummary::default() },
            ..untold_end(record.forecast)
        });
        self.told.add(spool, &mut record.events, &record.samples)
    }

    /// How it ended, what it came to, and what was told in it.
    pub(super) fn ended(self, spool: &mut Spool) -> io::Result<(StretchEnd, RunSummary, Told)> {
        let Self { stretch, of_worker, mut told, .. } = self;
        let mut end = stretch.end.clone().or(of_worker).unwrap_or_else(|| untold_end(stretch.forecast));
        end.machine = end.machine.or_else(|| stretch.machine.clone());
        told.add(spool, &mut std::mem::take(&mut end.events), &std::mem::take(&mut end.samples))?;
        let summary = match stretch.end.is_some() {
            true => end.summary.clone(),
            false => told.summary(spool, &end)?,
        };
        Ok((end, summary, told))
    }
}

/// The end of a stretch of which nobody told.
fn untold_end(forecast: Forecast) -> StretchEnd {
    StretchEnd {
        outcome: Outcome::Failed,
        why: Some("The program that was in charge of it was ended from outside.".to_owned()),
        machine: None,
        forecast,
        summary: RunSummary::default(),
        not_begun: Vec::new(),
        events: Vec::new(),
        samples: Vec::new(),
    }
}

impl Told {
    fn add(&mut self, spool: &mut Spool, events: &mut [Event], samples: &[TimedSample]) -> io::Result<()> {
        // The sort keeps the order of equal times.
        events.sort_by_key(place_of);
        self.at_hand.extend(events.iter().filter(|event| !is_ahead(event)).filter_map(index_of));
        let first = events.first().map(place_of);
        self.parts.push(Part { first, events: spool.add(events)?, samples: spool.add(samples)? });
        Ok(())
    }

    /// Its events in the order of their times, without the combinations that were started to be read ahead and never came to
    /// hand.
    pub(super) fn events<'a>(&'a self, spool: &'a Spool) -> InOrder<'a> {
        let parts = self.parts.iter().enumerate();
        let next = parts.filter_map(|(index, part)| Some(Reverse((part.first?, index)))).collect();
        InOrder { told: self, spool, next, open: BTreeMap::new() }
    }

    /// Adds its samples to those of the stretches before it, in the order of their times. Above so many as are stored, half of
    /// them go.
    pub(super) fn add_samples(
        &self,
        spool: &Spool,
        begins_at_secs: f64,
        samples: &mut Vec<TimedSample>,
    ) -> io::Result<()> {
        let sort = |samples: &mut Vec<TimedSample>| samples.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
        for part in &self.parts {
            for sample in spool.items(&part.samples) {
                let sample: TimedSample = sample?;
                samples.push(TimedSample { at_secs: sample.at_secs + begins_at_secs, ..sample });
                if samples.len() > MOST_SAMPLES {
                    sort(samples);
                    *samples = thinned(samples, MOST_SAMPLES / 2);
                }
            }
        }
        sort(samples);
        Ok(())
    }

    /// What it came to as far as its wells tell.
    fn summary(&self, spool: &Spool, end: &StretchEnd) -> io::Result<RunSummary> {
        let mut course = Course::new();
        for event in self.events(spool) {
            course.apply(&event?);
        }
        let mut samples = Vec::new();
        self.add_samples(spool, 0.0, &mut samples)?;
        samples.into_iter().for_each(|sample| course.sample(sample));
        Ok(RunSummary {
            baseline_rss_bytes: end.summary.baseline_rss_bytes,
            forecast_counted_bytes: end.forecast.counted_bytes,
            forecast_rss_bytes: end.forecast.rss_bytes,
            ..course.summary
        })
    }
}

/// The events of a stretch in the order of their times.
pub(super) struct InOrder<'a> {
    told: &'a Told,
    spool: &'a Spool,
    /// Where the next event of each part stands that has one.
    next: BinaryHeap<Reverse<(Place, usize)>>,
    /// The parts that have started, by their index.
    open: BTreeMap<usize, Peekable<Items<'a, Event>>>,
}

impl Iterator for InOrder<'_> {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<io::Result<Event>> {
        loop {
            let Reverse((place, index)) = self.next.pop()?;
            let begin = || self.spool.items(&self.told.parts[index].events).peekable();
            let events = self.open.entry(index).or_insert_with(begin);
            let event = events.next();
            match events.peek() {
                Some(Ok(event)) => self.next.push(Reverse((place_of(event), index))),
                // That it cannot be read is told next.
                Some(Err(_)) => self.next.push(Reverse((place, index))),
                None => drop(self.open.remove(&index)),
            }
            let is_in_vain = |event: &Event| {
                is_ahead(event) && index_of(event).is_none_or(|index| !self.told.at_hand.contains(&index))
            };
            match event {
                Some(Ok(event)) if is_in_vain(&event) => {}
                None => {}
                event => return event,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CombinationId;

    fn event(at_secs: f64, kind: EventKind) -> Event {
        Event { run: String::new(), at_secs, kind }
    }

    fn warning(at_secs: f64, why: &str) -> Event {
        event(at_secs, EventKind::Warning { why: why.to_owned() })
    }

    fn of_combination(at_secs: f64, index: usize, is_ahead: bool) -> Event {
        let well = "A01".parse().unwrap();
        let combination = CombinationId { index, well, more_wells: Vec::new(), values: BTreeMap::new() };
        let step = 0;
        event(
            at_secs,
            match is_ahead {
                true => EventKind::ReadingAhead { combination, images: 1 },
                false => EventKind::StepDone { combination, step, images_in: 1, images_out: 1, secs: 0.0 },
            },
        )
    }

    #[test]
    fn what_parts_tell_is_in_the_order_of_time_and_of_parts_where_times_are_equal() {
        let parts = [
            // One begins before the other ends, and is not in order itself.
            vec![warning(3.0, "d"), warning(1.0, "a"), of_combination(4.0, 7, false), warning(2.0, "c")],
            vec![],
            vec![
                of_combination(1.5, 7, true),
                of_combination(5.0, 8, true),
                warning(2.0, "c too"),
                warning(7.0, "e"),
            ],
            vec![warning(-0.0, "first"), warning(9.0, "last")],
        ];
        let expected = [
            warning(-0.0, "first"),
            warning(1.0, "a"),
            of_combination(1.5, 7, true),
            warning(2.0, "c"),
            warning(2.0, "c too"),
            warning(3.0, "d"),
            of_combination(4.0, 7, false),
            warning(7.0, "e"),
            warning(9.0, "last"),
        ];
        let mut spool = Spool::of(tempfile::tempfile().unwrap());
        let mut told = Told::default();
        for mut events in parts {
            told.add(&mut spool, &mut events, &[]).unwrap();
        }
        for _ in 0..2 {
            let events: Vec<Event> = told.events(&spool).collect::<io::Result<_>>().unwrap();
            assert_eq!(events, expected);
        }
    }
}
