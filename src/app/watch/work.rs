//! What is done outside while a program is watched.

use std::path::Path;

use crossbeam_channel::Receiver;

use super::messages::{WatchNews, WatchWork, Watchable};
use crate::app::messages::AppEvent;
use crate::app::threads::{Outlet, Threads};
use crate::plate::{NONE_OPEN, destination};
use crate::watch::{self, Ask, Passing, RuleSet, Target, WatchEvent, WatchRequest, WatchedRecord};

impl WatchWork {
    /// Begins it; the answer that says why not where no thread can be had.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::List => threads.spawn(
                "list of programs",
                |outlet| {
                    outlet.send(WatchNews::Listed(Ok(watch::running_programs())));
                },
                |why| Some(WatchNews::Listed(Err(why))),
            ),
            Self::Try { rules, line } => {
                let (undone, undone_line) = (rules.clone(), line.clone());
                threads.spawn(
                    "rules",
                    move |outlet| {
                        let result = RuleSet::named(&rules).map(|set| set.moment(0.0, &line));
                        let result = result.map_err(|error| format!("{error}."));
                        outlet.send(WatchNews::Tried { rules, line, result });
                    },
                    move |why| {
                        let (rules, line) = (undone.clone(), undone_line.clone());
                        Some(WatchNews::Tried { rules, line, result: Err(why) })
                    },
                )
            }
            Self::Watch { generation, what, name, rules, asked } => {
                let results = threads.results.clone();
                threads.spawn(
                    "watching",
                    move |outlet| {
                        let request = request(what, name, rules.as_deref());
                        let result =
                            request.and_then(|request| run(outlet, generation, request, &results, &asked));
                        outlet.send(WatchNews::Ended { generation, result: result.map(Box::new) });
                    },
                    move |why| Some(WatchNews::Ended { generation, result: Err(why) }),
                )
            }
        }
    }
}

fn request(what: Watchable, name: Option<String>, rules: Option<&str>) -> Result<WatchRequest, String> {
    let rules = rules.map(RuleSet::named).transpose().map_err(|error| format!("{error}."))?;
    let target = match what {
        Watchable::Process(pid) => Target::Process(pid),
        Watchable::Command { words, folder } => Target::Program { words, folder, passing: Passing::Kept },
    };
    Ok(WatchRequest { target, name, rules: rules.unwrap_or_default(), log: None, outputs: None })
}

fn run(
    outlet: &Outlet,
    generation: u64,
    request: WatchRequest,
    results: &Path,
    asked: &Receiver<Ask>,
) -> Result<WatchedRecord, String> {
    let results = destination(results, NONE_OPEN).map_err(|refused| format!("{refused}."))?;
    let mut tell = |event: WatchEvent| {
        // A window that is behind sees fewer samples; the record has all.
        if !(outlet.is_busy() && matches!(event, WatchEvent::Sample(_))) {
            outlet.send(WatchNews::Seen { generation, event });
        }
    };
    watch::watch(request, &results, asked, &mut tell).map_err(|error| format!("{error}."))
}
