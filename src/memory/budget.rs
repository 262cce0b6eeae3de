//! What a run may use.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::quantity::{SizeError, bytes_text, parse_bytes};

/// The most resident memory that a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The limit; `None` where none was set and the system does not tell what is available.
    pub bytes: Option<u64>,
}

impl Budget {
    /// The default budget in percent of the memory that is available.
    pub(crate) const DEFAULT_PERCENT: u64 = 80;

    /// How much must be available, so that the default budget is so much at least.
    pub(crate) fn whole_for(bytes: u64) -> u64 {
        bytes.div_ceil(Self::DEFAULT_PERCENT).saturating_mul(100)
    }

    /// 80 % of the memory that is available on the machine.
    pub(crate) fn default_of(machine: &Machine) -> Self {
        Self { bytes: machine.available_bytes.map(|available| available / 100 * Self::DEFAULT_PERCENT) }
    }

    /// A budget from a text such as `8GB` or `50%` (of the available memory); empty for the default.
    pub fn parse(text: &str, machine: &Machine) -> Result<Self, SizeError> {
        if text.trim().is_empty() {
            return Ok(Self::default_of(machine));
        }
        Ok(Self { bytes: Some(parse_bytes(text, machine.available_bytes)?) })
    }

    /// The same, but no more than is available in this computer: what a run is held to, also where it
    /// was planned for a larger one.
    #[must_use]
    pub(crate) fn held_to(self, machine: &Machine) -> Self {
        match (self.bytes, machine.available_bytes) {
            (Some(budget), Some(available)) => Self { bytes: Some(budget.min(available)) },
            _ => self,
        }
    }

    /// Whether a run that needs this much fits.
    pub fn fits(self, bytes: u64) -> bool {
        self.bytes.is_none_or(|budget| bytes <= budget)
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bytes {
            Some(bytes) => f.write_str(&bytes_text(bytes)),
            None => f.write_str("no limit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read() {
        let machine = Machine { available_bytes: Some(10_000_000_000), ..Machine::default() };
        let unknown = Machine::default();
        let table = [
            ("", &machine, Some(Some(8_000_000_000))),
            ("50%", &machine, Some(Some(5_000_000_000))),
            ("8GB", &machine, Some(Some(8_000_000_000))),
            ("", &unknown, Some(None)),
            ("8GB", &unknown, Some(Some(8_000_000_000))),
            ("50%", &unknown, None),
            ("lots", &machine, None),
        ];
        for (text, machine, expected) in table {
            assert_eq!(Budget::parse(text, machine).ok().map(|budget| budget.bytes), expected, "{text}");
        }
    }
}
