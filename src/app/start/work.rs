//! What is done outside on the way to a plate.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::messages::{NamesEvent, Refusal, StartEvent, StartWork};
use super::patterns::{Fit, SavedPattern, Tried};
use crate::app::dialogs::pick_folder;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::cancel::Cancel;
use crate::demo::{self, DemoSpec};
use crate::folders;
use crate::plate::{
    ImageNames, KnownFolders, NONE_OPEN, NamePattern, OpenError, Opened, Opening, Reading, destination,
    open_by_pattern, open_watched, suggestions,
};

/// How often it is told how much was found.
const MS_BETWEEN: u64 = 100;

impl StartWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        match self {
            Self::PickFolder { from, by_names } => {
                let dialogs = Arc::clone(&threads.dialogs);
                threads.spawn(
                    "folder dialog",
                    move |outlet| {
                        outlet.send(pick_folder(&*dialogs, from, by_names));
                    },
                    |why| Some(StartEvent::NoFolderDialog(why)),
                )
            }
            Self::ListNames { generation, path, saved, cancel } => threads.spawn(
                "image lister",
                move |outlet| {
                    let result = match list_names(&path, &saved, &cancel) {
                        Err(OpenError::Cancelled(_)) => return,
                        result => result.map_err(|error| error.to_string()),
                    };
                    outlet.send(StartEvent::Names(NamesEvent::Listed { generation, result }));
                },
                move |why| Some(StartEvent::Names(NamesEvent::Listed { generation, result: Err(why) })),
            ),
            Self::TryPattern { generation, names, text, cancel } => {
                let untried = Tried { text: text.clone(), reading: None, fault: None };
                threads.spawn(
                    "pattern",
                    move |outlet| {
                        if let Some(tried) = try_pattern(&names, text, &cancel).map(Box::new) {
                            outlet.send(StartEvent::Names(NamesEvent::Tried { generation, tried }));
                        }
                    },
                    move |why| {
                        let tried = Box::new(Tried { fault: Some(why), ..untried.clone() });
                        Some(StartEvent::Names(NamesEvent::Tried { generation, tried }))
                    },
                )
            }
            Self::Open { generation, path, pattern, cancel } => threads.spawn(
                "plate opener",
                move |outlet| {
                    let opened = match pattern {
                        Some(pattern) => open_by_pattern(&path, &pattern, &cancel)
                            .map(|plate| Opened::Plate(Box::new(plate))),
                        None => open(&path, &cancel, &|entries| {
                            outlet.send(StartEvent::Found { generation, entries });
                        }),
                    };
                    let result = match opened {
                        Ok(opened) => Some(Ok(opened)),
                        Err(OpenError::Cancelled(_)) => None,
                        Err(error) => Some(Err(refusal(path, &error))),
                    };
                    outlet.send(StartEvent::Opened { generation, result });
                },
                move |why| Some(StartEvent::Opened { generation, result: Some(Err(why.into())) }),
            ),
            Self::WriteDemo { generation, spec, path, cancel } => threads.spawn(
                "demo writer",
                move |outlet| {
                    let result = write_demo(&spec, &path, &cancel, &|done, of| {
                        outlet.send(StartEvent::DemoProgress { generation, done, of });
                    });
                    outlet.send(StartEvent::DemoWritten { generation, result });
                },
                move |why| Some(StartEvent::DemoWritten { generation, result: Some(Err(why)) }),
            ),
        }
    }
}

/// Opens a plate, and tells how much was found so far.
fn open(path: &Path, cancel: &Cancel, tell: &(dyn Fn(usize) + Sync)) -> Result<Opened, OpenError> {
    let known = folders::cache_dir().and_then(|folder| {
        let place = destination(&folder.join("folders"), NONE_OPEN).ok()?;
        Some(KnownFolders::new(place.chosen_as(&folder)))
    });
    let (began, told_ms) = (Instant::now(), AtomicU64::new(0));
    let found = |entries| {
        let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = told_ms.load(Ordering::Relaxed);
        // Whichever thread is first tells it, not every one.
        let is_time = now >= last.saturating_add(MS_BETWEEN);
        if is_time && told_ms.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tell(entries);
        }
    };
    open_watched(path, Opening { cancel, found: &found, known: known.as_ref() })
}

fn refusal(path: PathBuf, error: &OpenError) -> Refusal {
    Refusal { why: error.to_string(), folder_of_images: error.may_be_named().then_some(path) }
}

/// The images of a folder, and the patterns that read them: those of the user, then those that the names suggest.
fn list_names(
    path: &Path,
    saved: &[SavedPattern],
    cancel: &Cancel,
) -> Result<(Arc<ImageNames>, Vec<Fit>), OpenError> {
    let names = ImageNames::list(path, cancel)?;
    let mut fits = Vec::new();
    for SavedPattern { name, pattern } in saved {
        // What an earlier version took for a pattern may be none any more.
        let Ok(pattern) = NamePattern::new(pattern) else { continue };
        let reading = Reading::of(&names, &pattern, cancel)?;
        if reading.fault(&names).is_none() {
            fits.push(Fit { name: Some(name.clone()), pattern, counts: reading.counts });
        }
    }
    // Of two that fit, the one that reads more.
    fits.sort_by_key(|fit| fit.counts.unread);
    for suggestion in suggestions(&names, cancel)? {
        if fits.iter().all(|fit| fit.pattern != suggestion.pattern) {
            fits.push(Fit { name: None, pattern: suggestion.pattern, counts: suggestion.counts });
        }
    }
    Ok((Arc::new(names), fits))
}

/// What a pattern makes of names; `None` on cancel.
fn try_pattern(names: &ImageNames, text: String, cancel: &Cancel) -> Option<Tried> {
    let pattern = match NamePattern::new(&text) {
        Ok(pattern) => pattern,
        Err(error) => return Some(Tried { text, reading: None, fault: Some(error.to_string()) }),
    };
    let reading = Reading::of(names, &pattern, cancel).ok()?;
    let fault = reading.fault(names).map(|fault| fault.to_string());
    Some(Tried { text, reading: Some(Arc::new(reading)), fault })
}

fn write_demo(
    spec: &DemoSpec,
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Option<Result<PathBuf, String>> {
    match demo::ensure(*spec, path, cancel, progress) {
        Ok(folder) => Some(Ok(folder)),
        Err(_) if cancel.is_cancelled() => None,
        Err(error) => Some(Err(error.to_string())),
    }
}
