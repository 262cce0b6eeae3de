//! How much of a run's work was done when: the axis on which two runs of different speed line up.

/// Work done over time, in the units of the plan: images preloaded, groups worked on, outputs saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WorkCurve {
    /// Seconds and units done; both ascending.
    knots: Vec<(f64, f64)>,
    /// Units in all.
    total: f64,
}

impl WorkCurve {
    /// Sets how many units there are in all.
    pub(super) fn set_total(&mut self, units: f64) {
        self.total = units;
    }

    /// Units done so far.
    pub(super) fn done(&self) -> f64 {
        self.knots.last().map_or(0.0, |knot| knot.1)
    }

    /// Notes that so many units were done at a time.
    pub(super) fn note(&mut self, at_secs: f64, units: f64) {
        let (last_at, last_units) = self.knots.last().copied().unwrap_or((0.0, 0.0));
        let knot = (at_secs.max(last_at), units.max(last_units));
        // Progress between two notes is a straight line, so a knot on the line adds nothing.
        if let [.., before, last] = self.knots.as_mut_slice()
            && (before.1 == last.1 && last.1 == knot.1)
        {
            *last = knot;
        } else {
            self.knots.push(knot);
        }
    }

    /// Says that all was done: what the plan counted and was not there to do is no work.
    pub(super) fn complete(&mut self) {
        if self.done() > 0.0 {
            self.total = self.done();
        }
    }

    /// The share of the work done at a time, from 0 to 1.
    pub(super) fn share_at(&self, at_secs: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.0 <= at_secs);
        let before = after.checked_sub(1).and_then(|place| self.knots.get(place)).copied();
        let (from_secs, from_units) = before.unwrap_or((0.0, 0.0));
        let units = match self.knots.get(after) {
            Some((to_secs, to_units)) if *to_secs > from_secs => {
                let part = ((at_secs - from_secs) / (to_secs - from_secs)).clamp(0.0, 1.0);
                from_units + part * (to_units - from_units)
            }
            _ => from_units,
        };
        if self.total > 0.0 { (units / self.total).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The first time at which a share was done; the last note where it never was.
    pub(super) fn secs_at(&self, share: f64) -> f64 {
        let units = share * self.total;
        let place = self.knots.partition_point(|knot| knot.1 < units);
        let Some(&(to_secs, to_units)) = self.knots.get(place) else {
            return self.knots.last().map_or(0.0, |knot| knot.0);
        };
        let before = place.checked_sub(1).and_then(|place| self.knots.get(place)).copied();
        let (from_secs, from_units) = before.unwrap_or((0.0, 0.0));
        if to_units <= from_units {
            return to_secs;
        }
        let part = ((units - from_units) / (to_units - from_units)).clamp(0.0, 1.0);
        from_secs + part * (to_secs - from_secs)
    }
}
