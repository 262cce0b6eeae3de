//! The program that is watched, and the dialog that shows it.

use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};

use super::draft::WatchDraft;
use super::messages::{WatchCommand, WatchNews, WatchWork, Watchable};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::chart::{Chart, ChartRun};
use crate::record::RunId;
use crate::watch::{Ask, Moment, RunningProgram, WatchEvent, WatchedRecord, WatchedSample};

/// The most moments of the present program that are listed beside its chart; its record has all.
const MOST_LISTED: usize = 200;

/// How long the end of the window waits for a record to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the window knows of watched programs.
#[derive(Debug, Default)]
pub struct WatchState {
    /// Whether the dialog is open.
    pub is_open: bool,
    /// What is typed and chosen.
    pub draft: WatchDraft,
    /// The programs that are running; `None` while they are looked for.
    pub programs: Option<Vec<RunningProgram>>,
    /// Why nothing could be started or watched.
    pub error: Option<String>,
    /// What the line tells on which the rules are tried, if anything, or why they cannot be used; `None` where that is not known.
    pub tried: Option<Result<Option<Moment>, String>>,
    /// The program that is watched, or was last.
    pub watched: Option<Watching>,
}

/// A program that is watched.
#[derive(Debug)]
pub struct Watching {
    /// What is known of it: while it goes without samples and moments, which are in the chart.
    pub record: WatchedRecord,
    /// Its memory over time.
    pub chart: Chart,
    /// Its memory now.
    pub now: Option<WatchedSample>,
    /// The most so far.
    pub peak_rss_bytes: Option<u64>,
    /// What it said last, newest last.
    pub moments: Vec<Moment>,
    /// What the user should know of it.
    pub notes: Vec<String>,
    /// Whether it is being watched.
    pub is_live: bool,
    /// Whether it is about to be watched no more.
    pub is_stopping: bool,
    generation: u64,
    asks: Sender<Ask>,
}

impl WatchState {
    /// The program that is being watched.
    pub fn live(&self) -> Option<&Watching> {
        self.watched.as_ref().filter(|watching| watching.is_live)
    }

    pub(crate) fn handle(&mut self, command: WatchCommand, out: &mut Outbox) {
        match command {
            WatchCommand::Open => {
                self.is_open = true;
                if self.live().is_none() {
                    self.list(out);
                }
            }
            WatchCommand::Close => self.is_open = false,
            WatchCommand::Change(draft) => self.change(*draft, out),
            WatchCommand::List => self.list(out),
            WatchCommand::Start => match self.draft.words() {
                Ok(words) => {
                    let folder = self.draft.folder();
                    let mut program = WatchedRecord::of_words(&words);
                    program.name = self.draft.name();
                    self.begin(Watchable::Command { words, folder }, program, out);
                }
                Err(why) => self.error = Some(why),
            },
            WatchCommand::Join(pid) => {
                let mut program = WatchedRecord::of_process(pid);
                program.name = self.draft.name();
                self.begin(Watchable::Process(pid), program, out);
            }
            WatchCommand::Mark(said) => self.ask(Ask::Mark(said)),
            WatchCommand::Stop => {
                self.ask(Ask::Stop);
                if let Some(watching) = &mut self.watched {
                    watching.is_stopping = true;
                }
            }
            WatchCommand::Another => {
                if self.live().is_none() {
                    self.watched = None;
                    self.list(out);
                }
            }
        }
    }

    fn change(&mut self, draft: WatchDraft, out: &mut Outbox) {
        let is_other = draft.trial() != self.draft.trial();
        self.draft = draft;
        if is_other {
            self.tried = None;
            if let Some((rules, line)) = self.draft.trial() {
                out.work(WatchWork::Try { rules, line });
            }
        }
    }

    fn list(&mut self, out: &mut Outbox) {
        self.programs = None;
        out.work(WatchWork::List);
    }

    fn ask(&self, ask: Ask) {
        if let Some(watching) = self.live() {
            // Where nobody listens any more, it has ended.
            let _is_heard = watching.asks.send(ask);
        }
    }

    fn begin(&mut self, what: Watchable, record: WatchedRecord, out: &mut Outbox) {
        if self.live().is_some() {
            return;
        }
        let generation = out.next_generation();
        let (asks, asked) = unbounded();
        let (name, rules) = (self.draft.name(), self.draft.rules());
        self.error = None;
        self.watched = Some(Watching::new(record, generation, asks));
        out.work(WatchWork::Watch { generation, what, name, rules, asked });
    }

    pub(crate) fn apply(&mut self, news: WatchNews, out: &mut Outbox) {
        match news {
            WatchNews::Listed(Ok(programs)) => self.programs = Some(programs),
            WatchNews::Listed(Err(why)) => {
                self.programs = Some(Vec::new());
                self.error = Some(why);
            }
            WatchNews::Tried { rules, line, result } => {
                // What was typed meanwhile is tried by itself.
                if self.draft.trial() == Some((rules, line)) {
                    self.tried = Some(result);
                }
            }
            WatchNews::Seen { generation, event } => {
                let present = self.watched.as_mut().filter(|watching| watching.generation == generation);
                if let Some(watching) = present {
                    watching.see(event);
                }
            }
            WatchNews::Ended { generation, result } => self.ended(generation, result, out),
        }
    }

    fn ended(&mut self, generation: u64, result: Result<Box<WatchedRecord>, String>, out: &mut Outbox) {
        match result {
            Ok(record) => {
                out.log(LogKind::Run, record.sentences().join(" "));
                if let Some(watching) = self.watched.as_mut().filter(|one| one.generation == generation) {
                    watching.end(*record);
                }
                out.emit(Fact::ProgramWatched);
            }
            Err(why) => {
                out.log(LogKind::Failure, why.clone());
                if self.watched.as_ref().is_some_and(|watching| watching.generation == generation) {
                    self.watched = None;
                    self.list(out);
                }
                self.error = Some(why);
            }
        }
    }

    /// The window ends: the program goes on, and what was seen of it is written. It is waited for that, for a moment.
    pub(crate) fn end(&self) {
        self.ask(Ask::Stop);
        let Some(watching) = self.live() else { return };
        let step = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        // Whoever watches takes the end of the channel along.
        while waited < PATIENCE && watching.asks.send(Ask::Stop).is_ok() {
            std::thread::sleep(step);
            waited += step;
        }
    }
}

impl Watching {
    fn new(record: WatchedRecord, generation: u64, asks: Sender<Ask>) -> Self {
        let mut watching = Self {
            record,
            chart: Chart::default(),
            now: None,
            peak_rss_bytes: None,
            moments: Vec::new(),
            notes: Vec::new(),
            is_live: true,
            is_stopping: false,
            generation,
            asks,
        };
        watching.draw_record();
        watching
    }

    /// The chart of what is known of it.
    fn draw_record(&mut self) {
        let id = RunId::new(self.generation);
        let run = ChartRun::of_watched(id, &self.record, self.is_live);
        let machine_bytes = self.record.machine.as_ref().and_then(|machine| machine.memory_bytes);
        self.chart = Chart { runs: vec![run], machine_bytes, ..Chart::default() };
    }

    fn see(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Began(record) => {
                self.record = *record;
                self.draw_record();
            }
            WatchEvent::Note(note) => self.notes.push(note),
            WatchEvent::Sample(sample) => {
                self.now = Some(sample);
                self.peak_rss_bytes = self.peak_rss_bytes.max(sample.rss);
                self.chart.runs.iter_mut().for_each(|run| run.watched_sample(&sample));
            }
            WatchEvent::Moment(moment) => {
                self.chart.runs.iter_mut().for_each(|run| run.watched_moment(&moment));
                self.moments.push(moment);
                if self.moments.len() > 2 * MOST_LISTED {
                    self.moments.drain(..MOST_LISTED);
                }
            }
        }
    }

    fn end(&mut self, record: WatchedRecord) {
        self.is_live = false;
        self.record = record;
        self.draw_record();
    }
}
