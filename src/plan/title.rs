//! How ways of processing are named on screen.

use super::{Mode, PlanSummary};
use crate::plate::Component;

/// `Channel`, `Channel and timepoint`.
pub(crate) fn components_text(components: &[Component]) -> String {
    let mut text = String::new();
    for (index, component) in components.iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == components.len() { " and " } else { ", " });
        }
        text.push_str(if index == 0 { component.title() } else { component.name() });
    }
    text
}

/// `All at once`, `Channel, one at a time`, `Channel + site, one at a time`: the name of a way in the chart.
pub(crate) fn way_title(mode: Mode, sequential: &[Component]) -> String {
    match (mode, sequential.split_first()) {
        (Mode::Bulk, _) | (Mode::Sequential, None) => mode.title().to_owned(),
        (Mode::Sequential, Some((first, rest))) => {
            let mut text = first.title().to_owned();
            for component in rest {
                text.push_str(&format!(" + {component}"));
            }
            text + ", one at a time"
        }
    }
}

/// `Channel, one at a time` or `All at once`: the name of a run in lists.
pub fn run_title(plan: &PlanSummary) -> String {
    match plan.mode {
        Mode::Bulk => Mode::Bulk.title().to_owned(),
        Mode::Sequential if plan.sequential.is_empty() => Mode::Sequential.title().to_owned(),
        Mode::Sequential => format!("{}, one at a time", components_text(&plan.sequential)),
    }
}
