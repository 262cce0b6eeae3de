//! What was told in a run, stretch after stretch, as if it were that of one.

use std::collections::BTreeMap;
use std::io;
use std::slice;

use super::spool::Spool;
use super::told::{InOrder, Told};
use crate::events::{Event, EventKind};
use crate::plan::PlanSummary;

/// What was told in the stretches of a run, in their order, and when each begins.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) run: String,
    pub(super) plan: PlanSummary,
    pub(super) spool: Spool,
    pub(super) told: Vec<(f64, Told)>,
}

impl Lists {
    /// The events of the run.
    pub(super) fn events(&self) -> Retold<'_> {
        Retold {
            lists: self,
            rest: self.told.iter(),
            offset_secs: 0.0,
            events: None,
            numbers: BTreeMap::new(),
            combinations: 0,
            has_events: false,
            may_begin: true,
        }
    }
}

/// The events of a run. Of all beginnings there is only the first, and no end.
pub(super) struct Retold<'a> {
    lists: &'a Lists,
    rest: slice::Iter<'a, (f64, Told)>,
    /// Those of the stretch at hand, and when it begins.
    events: Option<InOrder<'a>>,
    offset_secs: f64,
    /// What its combinations are numbered in the run, which counts those of the stretches before it.
    numbers: BTreeMap<usize, usize>,
    combinations: usize,
    has_events: bool,
    /// Whether nothing was told before the stretch at hand.
    may_begin: bool,
}

impl Retold<'_> {
    /// The event as one of the run; `None` where it is none.
    fn retold(&mut self, mut event: Event) -> Option<Event> {
        event.run.clone_from(&self.lists.run);
        event.at_secs += self.offset_secs;
        if let Some(id) = event.kind.combination_mut() {
            id.index = *self.numbers.entry(id.index).or_insert_with(|| {
                self.combinations += 1;
                self.combinations - 1
            });
        }
        match &mut event.kind {
            EventKind::Ended { .. } => return None,
            EventKind::Started { .. } if !self.may_begin => return None,
            EventKind::Started { plan, .. } => (**plan).clone_from(&self.lists.plan),
            _ => {}
        }
        self.has_events = true;
        Some(event)
    }
}

impl Iterator for Retold<'_> {
    type Item = io::Result<Event>;

    fn next(&mut self) -> Option<io::Result<Event>> {
        loop {
            match self.events.as_mut().and_then(Iterator::next) {
                Some(Ok(event)) => {
                    if let Some(event) = self.retold(event) {
                        return Some(Ok(event));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    let (offset_secs, told) = self.rest.next()?;
                    (self.offset_secs, self.events) = (*offset_secs, Some(told.events(&self.lists.spool)));
                    self.numbers.clear();
                    self.may_begin = !self.has_events;
                }
            }
        }
    }
}
