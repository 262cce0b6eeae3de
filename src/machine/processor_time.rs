//! Whether other programs keep the processors busy, from what the system counts. On Linux only: elsewhere there is no
//! count of a program's own time, its ended children included, to take off.

/// What the processors have done since they began, at one moment; in units of the system's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcessorTime {
    all: u64,
    idle: u64,
    /// Of this program and of those that it has started and that have ended.
    own: u64,
}

/// A share of fewer units than these says nothing: they are a hundredth of a second for each processor.
const FEWEST_UNITS: u64 = 10;

impl ProcessorTime {
    /// The state of now; `None` where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let all = std::fs::read_to_string("/proc/stat").ok()?;
        let own = std::fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&all, &own)
    }

    fn parse(all: &str, own: &str) -> Option<Self> {
        // user, nice, system, idle, waiting for a disk, interrupts, soft interrupts, taken by other machines; guests are in
        // the first two.
        let line = all.lines().next()?.strip_prefix("cpu ")?;
        let units: Option<Vec<u64>> = line.split_whitespace().take(8).map(|unit| unit.parse().ok()).collect();
        let units = units.filter(|units| units.len() >= 5)?;
        // The name of the program may have blanks and brackets; its times are the 12th to the 15th field after it.
        let own = own.rsplit_once(") ")?.1.split_whitespace().skip(11).take(4);
        let own: Option<Vec<u64>> = own.map(|unit| unit.parse().ok()).collect();
        let own = own.filter(|own| own.len() == 4)?.iter().sum();
        Some(Self { all: units.iter().sum(), idle: units[3] + units[4], own })
    }

    /// The share of the processors that other programs have taken since, 0 to 1; `None` where that was too short.
    pub(crate) fn others_since(self) -> Option<f64> {
        self.others_until(Self::now()?)
    }

    fn others_until(self, now: Self) -> Option<f64> {
        let all = now.all.saturating_sub(self.all);
        let busy = all.saturating_sub(now.idle.saturating_sub(self.idle));
        let others = busy.saturating_sub(now.own.saturating_sub(self.own));
        (all >= FEWEST_UNITS).then(|| others as f64 / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_all_but_this_program() {
        let stat = |user: u64, idle: u64| {
            format!("cpu  {user} 5 20 {idle} 100 1 2 3 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
        };
        let own = |user: u64, children: u64| {
            format!("7 (a) name) S 1 7 7 0 -1 4194304 9 8 0 0 {user} 10 {children} 20 20 0 1 0 5 6 7")
        };
        let before = ProcessorTime::parse(&stat(100, 1000), &own(1, 2)).unwrap();
        assert_eq!(before, ProcessorTime { all: 1231, idle: 1100, own: 33 });
        // Units of user and idle, and of this program and its children, since; and the share of others.
        let table = [
            (100, 100, 40, 20, Some(0.2)),
            (100, 100, 100, 0, Some(0.0)),
            // Counted at other moments, one's own time may be more than all.
            (100, 100, 100, 30, Some(0.0)),
            (200, 0, 0, 0, Some(1.0)),
            (0, 200, 0, 0, Some(0.0)),
            (4, 4, 0, 0, None),
        ];
        for (user, idle, own_user, children, expected) in table {
            let now = ProcessorTime::parse(&stat(100 + user, 1000 + idle), &own(1 + own_user, 2 + children))
                .unwrap();
            assert_eq!(before.others_until(now), expected, "{user} {idle} {own_user} {children}");
        }
        for (all, own_text) in [("", own(1, 1)), ("cpu  1 2", own(1, 1)), ("cpu  a b c d e", own(1, 1))] {
            assert_eq!(ProcessorTime::parse(all, &own_text), None, "{all}");
        }
        assert_eq!(ProcessorTime::parse(&stat(1, 1), "7 (a) S 1 2"), None);
        assert_eq!(ProcessorTime::now().is_some(), cfg!(target_os = "linux"));
    }
}
