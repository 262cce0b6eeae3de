//! The threads that work for the window. Each has a name, copies what it needs when it begins, and
//! answers with an [`AppEvent`]; none shares a lock with the window.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::dialogs;
use super::messages::{AppEvent, PipelineFileEvent, RunRequest, ViewFileEvent, Work};
use super::settings::SettingsWriter;
use crate::app::forecast::planned_plate::PlannedKnown;
use crate::app::memory::exporting::ExportEvent;
use crate::app::plate::state::TrialRequest;
use crate::cancel::Cancel;
use crate::demo::{self, DemoSpec};
use crate::disk;
use crate::engine::{self, Job, JobEvent, JobResult, Trial};
use crate::events::EventKind;
use crate::machine::Machine;
use crate::plan::{Forecast, Plan, PlateFacts, RunSpec};
use crate::plate::{Format, Measured, OpenError, Plate, WellId};
use crate::record::RunRecord;

/// How many events may wait for the window. A run in a window that hangs is held up and not lost.
const QUEUE: usize = 4096;

/// Samples are left out while more events than this wait.
const QUEUE_BUSY: usize = QUEUE / 2;

/// Sizes of so many images are told at once: few enough that the count on screen moves, and that a
/// change of the selection loses little.
const PART_IMAGES: usize = 2000;

/// Events that arrive within this time are shown in one frame.
const MERGE: Duration = Duration::from_millis(16);

/// The way from the threads to the window.
#[derive(Clone)]
struct Outlet {
    sender: Sender<AppEvent>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// Sends; waits where the queue is full. False when the window is gone.
    fn send(&self, event: AppEvent) -> bool {
        let sent = self.sender.send(event).is_ok();
        (self.wake)();
        sent
    }
}

/// The threads.
pub(crate) struct Background {
    outlet: Outlet,
    receiver: Receiver<AppEvent>,
    /// Stepwell itself, which becomes the worker.
    program: PathBuf,
    results: PathBuf,
    settings: SettingsWriter,
}

impl Background {
    /// Threads that wake the window through `context`.
    pub(crate) fn new(
        context: &egui::Context,
        program: PathBuf,
        results: PathBuf,
        settings: SettingsWriter,
    ) -> Self {
        let (sender, receiver) = bounded(QUEUE);
        let context = context.clone();
        let wake = Arc::new(move || context.request_repaint_after(MERGE));
        Self { outlet: Outlet { sender, wake }, receiver, program, results, settings }
    }

    /// What the threads have told, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = AppEvent> {
        self.receiver.try_iter()
    }

    /// Whether more has been told.
    pub(crate) fn has_events(&self) -> bool {
        !self.receiver.is_empty()
    }

    /// Starts a piece of work. Where no thread can be had for it, the answer that tells so.
    pub(crate) fn start(&self, work: Work, context: &egui::Context) -> Option<AppEvent> {
        match work {
            Work::PickFolder { from } => self.spawn(
                "folder dialog",
                move |outlet| {
                    outlet.send(dialogs::pick_folder(from.as_deref()));
                },
                |_| Some(AppEvent::NoFolderDialog),
            ),
            Work::SavePipeline { pipeline, never_in } => {
                let begin_in = self.results.clone();
                self.pipeline_file(move || dialogs::save_pipeline(pipeline, &never_in, &begin_in))
            }
            Work::LoadPipeline => {
                let begin_in = self.results.clone();
                self.pipeline_file(move || dialogs::load_pipeline(&begin_in))
            }
            Work::PickLight { index, channel, is_dark, from } => self.pipeline_file(move || {
                let picked = |path| PipelineFileEvent::LightPicked { index, channel, is_dark, path };
                dialogs::pick_light(is_dark, &from, picked)
            }),
            Work::Open { generation, path, cancel } => self.spawn(
                "plate opener",
                move |outlet| {
                    let result = match crate::plate::open(&path, &cancel) {
                        Ok(opened) => Some(Ok(opened)),
                        Err(OpenError::Cancelled(_)) => None,
                        Err(error) => Some(Err(error.to_string())),
                    };
                    outlet.send(AppEvent::Opened { generation, result });
                },
                move |why| Some(AppEvent::Opened { generation, result: Some(Err(why)) }),
            ),
            Work::WriteDemo { generation, spec, path, cancel } => self.spawn(
                "demo writer",
                move |outlet| {
                    let result = write_demo(&spec, &path, &cancel, &|done, of| {
                        outlet.send(AppEvent::DemoProgress { generation, done, of });
                    });
                    outlet.send(AppEvent::DemoWritten { generation, result });
                },
                move |why| Some(AppEvent::DemoWritten { generation, result: Some(Err(why)) }),
            ),
            Work::Measure { generation, plate, wells, readers, cancel } => self.spawn(
                "header reader",
                move |outlet| {
                    for wells in parts(&plate, wells) {
                        let Ok(measured) = Measured::read_on(&readers, &plate, &wells, &cancel) else {
                            return;
                        };
                        outlet.send(AppEvent::Measured { generation, wells, measured });
                    }
                },
                move |why| Some(AppEvent::NotMeasured { generation, why }),
            ),
            Work::Forecast { generation, request } => self.spawn(
                "forecaster",
                move |outlet| {
                    let result = request.outlook().map_err(|error| error.to_string());
                    outlet.send(AppEvent::Forecast { generation, result });
                },
                move |why| Some(AppEvent::Forecast { generation, result: Err(why) }),
            ),
            Work::Run { generation, request, cancel } => {
                let (program, results) = (self.program.clone(), self.results.clone());
                self.spawn(
                    "engine",
                    move |outlet| {
                        let result = run(outlet, generation, &request, program, results, &cancel);
                        outlet.send(AppEvent::JobDone { generation, result: result.map(Box::new) });
                    },
                    move |why| Some(AppEvent::JobDone { generation, result: Err(why) }),
                )
            }
            Work::Try { generation, request } => {
                let (program, results) = (self.program.clone(), self.results.clone());
                self.spawn(
                    "trial",
                    move |outlet| {
                        let budget_bytes = request.budget_bytes;
                        let plan = plan_to_try(*request);
                        let trial =
                            engine::measure(&program, &plan, Some(&results), budget_bytes, &Cancel::new());
                        outlet.send(AppEvent::Tried { generation, trial });
                    },
                    move |_| Some(AppEvent::Tried { generation, trial: Trial::default() }),
                )
            }
            Work::PlanPlate { generation, request, cancel } => {
                let program = self.program.clone();
                self.spawn(
                    "planner",
                    move |outlet| {
                        let tell = |known| outlet.send(AppEvent::PlannedPlate { generation, known });
                        request.work_out(&program, &cancel, &tell);
                    },
                    move |why| {
                        let known = PlannedKnown { outlook: Err(why), trial: None, is_last: true };
                        Some(AppEvent::PlannedPlate { generation, known })
                    },
                )
            }
            Work::ReadMachine => {
                let results = self.results.clone();
                self.spawn(
                    "machine",
                    move |outlet| {
                        let (machine, results_free_bytes) = (Machine::read(), disk::free_bytes(&results));
                        outlet.send(AppEvent::Machine { machine, results_free_bytes });
                    },
                    // What was known before stands.
                    |_| None,
                )
            }
            Work::SaveSettings(settings) => {
                self.settings.write(&settings);
                None
            }
            Work::Appear(appearance) => {
                context.set_theme(appearance.preference());
                None
            }
            Work::Copy(text) => {
                context.copy_text(text);
                None
            }
            Work::CopyView(picture) => {
                context.copy_image(picture.to_color_image());
                None
            }
            Work::SaveView { picture, never_in } => {
                let begin_in = self.results.clone();
                self.spawn(
                    "file dialog",
                    move |outlet| {
                        let event = dialogs::save_view(&picture, &never_in, &begin_in);
                        outlet.send(AppEvent::ViewFile(event));
                    },
                    |why| Some(AppEvent::ViewFile(ViewFileEvent::Failed(why))),
                )
            }
            Work::Export(request) => {
                let results = self.results.clone();
                self.spawn(
                    "export",
                    move |outlet| {
                        outlet.send(AppEvent::Export(request.carry_out(&results)));
                    },
                    |why| Some(AppEvent::Export(ExportEvent::Failed(why))),
                )
            }
            Work::History(work) => {
                let results = self.results.clone();
                let undone = work.clone();
                self.spawn(
                    "history",
                    move |outlet| work.carry_out(&results, &|event| outlet.send(AppEvent::History(event))),
                    move |why| Some(AppEvent::History(undone.clone().failed(why))),
                )
            }
            Work::ShowFolder(path) => {
                context.open_url(egui::OpenUrl::new_tab(file_url(&path)));
                None
            }
        }
    }

    fn pipeline_file(&self, work: impl FnOnce() -> PipelineFileEvent + Send + 'static) -> Option<AppEvent> {
        self.spawn(
            "file dialog",
            move |outlet| {
                outlet.send(AppEvent::PipelineFile(work()));
            },
            |why| Some(AppEvent::PipelineFile(PipelineFileEvent::Failed(why))),
        )
    }

    /// Starts a named thread. Whatever happens, there is an answer: `failed` makes it from the reason
    /// where the work panics, and where the system has no thread left; that one is returned, because
    /// the window must not wait for the room in its own queue.
    fn spawn(
        &self,
        name: &str,
        work: impl FnOnce(&Outlet) + Send + 'static,
        failed: impl Fn(String) -> Option<AppEvent> + Clone + Send + 'static,
    ) -> Option<AppEvent> {
        let outlet = self.outlet.clone();
        let (failed_inside, inside_name) = (failed.clone(), name.to_owned());
        let body = move || {
            if catch_unwind(AssertUnwindSafe(|| work(&outlet))).is_err() {
                let why = format!("A fault inside Stepwell ended the {inside_name}. Try again.");
                if let Some(answer) = failed_inside(why) {
                    outlet.send(answer);
                }
            }
        };
        let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(body);
        spawned.err().and_then(|error| {
            failed(format!(
                "The system has no thread for the {name} ({error}). Close other programs, then try again."
            ))
        })
    }
}

/// The wells in parts of about [`PART_IMAGES`] images, each of one well at least.
fn parts(plate: &Plate, wells: BTreeSet<WellId>) -> Vec<BTreeSet<WellId>> {
    let mut parts: Vec<BTreeSet<WellId>> = Vec::new();
    let mut images = PART_IMAGES;
    for well in wells {
        let more = plate.images_of(well).len();
        match parts.last_mut().filter(|_| images + more <= PART_IMAGES) {
            Some(part) => {
                part.insert(well);
                images += more;
            }
            None => {
                parts.push(BTreeSet::from([well]));
                images = more;
            }
        }
    }
    parts
}

fn write_demo(
    spec: &DemoSpec,
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Option<Result<PathBuf, String>> {
    match demo::ensure(spec, path, cancel, progress) {
        Ok(folder) => Some(Ok(folder)),
        Err(_) if cancel.is_cancelled() => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

/// The plan that a trial takes a few images of. Where there is none, one without wells: what a worker
/// at rest needs to know.
fn plan_to_try(request: TrialRequest) -> Plan {
    let TrialRequest { plate, wells, spec, budget_bytes: _ } = request;
    let plan = plate.and_then(|(plate, measured)| Plan::new(&plate, &measured, &wells, &spec).ok());
    plan.unwrap_or_else(|| Plan {
        plate_root: PathBuf::new(),
        plate_name: String::new(),
        plate_format: Format::ImageXpress,
        facts: PlateFacts::default(),
        spec,
        combinations: Vec::new(),
        forecast: Forecast::default(),
        notes: Vec::new(),
    })
}

fn run(
    outlet: &Outlet,
    generation: u64,
    request: &RunRequest,
    program: PathBuf,
    results: PathBuf,
    cancel: &Cancel,
) -> Result<JobResult, String> {
    let plans = plans(&request.plate, &request.measured, &request.wells, &request.specs)?;
    // The engine names the runs; until its first event the window shows them without a name.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let runs = plans
        .iter()
        .map(|plan| {
            let combinations = plan
                .combinations
                .iter()
                .map(|combination| (combination.id.clone(), combination.images.len()));
            (RunRecord::begin("", plan, now), combinations.collect())
        })
        .collect();
    let notes = plans.iter().flat_map(|plan| plan.notes.clone()).collect();
    outlet.send(AppEvent::Planned { generation, runs, notes });
    let job = Job {
        program,
        compare: plans.len() > 1,
        plans,
        repeat: 1,
        cache: request.cache,
        results,
        budget_bytes: request.budget_bytes,
        resting_rss_bytes: request.resting_rss_bytes,
        fix: request.fix.clone(),
    };
    let sink = |event: JobEvent| {
        if outlet.sender.len() > QUEUE_BUSY && may_be_left_out(&event) {
            return;
        }
        if !outlet.send(AppEvent::Job { generation, event: Box::new(event) }) {
            cancel.cancel();
        }
    };
    engine::run_job(&job, &sink, cancel).map_err(|error| error.to_string())
}

fn plans(
    plate: &Plate,
    measured: &Measured,
    wells: &BTreeSet<WellId>,
    specs: &[RunSpec],
) -> Result<Vec<Plan>, String> {
    specs
        .iter()
        .map(|spec| Plan::new(plate, measured, wells, spec).map_err(|error| error.to_string()))
        .collect()
}

/// Samples and progress within a phase may be thinned; everything else is always told.
fn may_be_left_out(event: &JobEvent) -> bool {
    match event {
        JobEvent::Files { .. } => true,
        JobEvent::Refused { .. } => false,
        JobEvent::Run { event, .. } => matches!(
            event.kind,
            EventKind::Sample(_) | EventKind::Preloading { .. } | EventKind::Stepping { .. }
        ),
    }
}

/// The `file://` address of a folder; every byte that has a meaning in an address is escaped.
fn file_url(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut url = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b':' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_panics_gives_the_failing_answer() {
        let background = Background::new(
            &egui::Context::default(),
            PathBuf::new(),
            PathBuf::new(),
            SettingsWriter::start(None),
        );
        let failed = |why| Some(AppEvent::NotMeasured { generation: 7, why });
        assert!(background.spawn("test", |_| panic!("on purpose"), failed).is_none());
        let answer = background.receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(answer, AppEvent::NotMeasured { generation: 7, .. }));
    }

    #[test]
    fn folders_become_addresses() {
        let table = [
            ("/home/a/Stepwell", "file:///home/a/Stepwell"),
            ("/home/a b/100 %", "file:///home/a%20b/100%20%25"),
            ("C:\\Users\\a", "file:///C:/Users/a"),
            ("/é#?", "file:///%C3%A9%23%3F"),
        ];
        for (path, url) in table {
            assert_eq!(file_url(Path::new(path)), url);
        }
    }
}
