//! All that can be known before a run: every choice, which to take, and what would help where none
//! fits.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::choices::{choices, recommend};
use super::remedies::remedies;
use super::{Basis, Choice, Mode, Paces, PlanError, Remedy, RunSpec};
use crate::plate::{Measured, Plate, WellId};
use crate::quantity::bytes_text;

/// The choices for some wells of a plate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Every sensible way to process the wells: all at once, then by falling peak.
    pub choices: Vec<Choice>,
    /// What would help; empty where a choice fits.
    pub remedies: Vec<Remedy>,
    /// What is to be known of the times: that they are those of a busy computer.
    pub times_note: Option<String>,
}

impl Outlook {
    /// Works it out. `spec` gives everything but mode and components.
    pub fn of(
        plate: &Arc<Plate>,
        measured: &Arc<Measured>,
        wells: &BTreeSet<WellId>,
        spec: &RunSpec,
        basis: &Basis,
    ) -> Result<Self, PlanError> {
        let choices = choices(plate, measured, wells, spec, basis)?;
        let remedies = match choices.iter().any(|choice| choice.fits) {
            true => Vec::new(),
            false => remedies(plate, measured, wells, spec, basis, &choices)?,
        };
        Ok(Self { choices, remedies, times_note: basis.paces.note() })
    }

    /// The same at another pace; memory does not depend on it.
    #[must_use]
    pub(crate) fn at_pace(mut self, paces: &Paces, budget_bytes: Option<u64>) -> Self {
        for choice in &mut self.choices {
            choice.pace(paces);
        }
        self.times_note = paces.note();
        recommend(&mut self.choices, budget_bytes);
        self
    }

    /// The choice to take; `None` where none fits.
    pub fn recommended(&self) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.recommended)
    }

    /// What to do where a choice is over budget, in a sentence: `Process channel one at a time: 2.8 GB.`
    pub fn fix(&self) -> Option<String> {
        let Some(best) = self.recommended() else {
            let least = self.choices.iter().map(|choice| choice.needed_bytes).min()?;
            // More memory comes last, and always helps.
            let suffices = self.remedies.iter().find(|remedy| remedy.fits).or(self.remedies.last());
            let helps = suffices.map(|remedy| format!(" {}", remedy.what)).unwrap_or_default();
            return Some(format!("No choice fits; the least needs {}.{helps}", bytes_text(least)));
        };
        Some(if best.mode == Mode::Bulk {
            "Process everything at once.".to_owned()
        } else {
            let names: Vec<_> = best.sequential.iter().map(|component| component.name()).collect();
            format!("Process {} one at a time: {}.", names.join(" and "), bytes_text(best.needed_bytes))
        })
    }
}
