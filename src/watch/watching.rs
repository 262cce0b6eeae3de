//! Watches a program: starts it or joins it, looks at its memory until it ends, and writes its record.
//!
//! One thread looks, at what is worth it (see [`super::pace`]); others wait for what the program says and for its end.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, never, select, unbounded};

use super::ended::end_of;
use super::error::WatchError;
use super::folder::take_folder;
use super::following::Followed;
use super::listening::Listener;
use super::outputs::outputs_in;
use super::pace::Pace;
use super::record::{Moment, MomentKind, OUTPUT_LOG_FILE, WatchedEnd, WatchedRecord, WatchedSample};
use super::rules::RuleSet;
use super::starting::{Passing, Started, start};
use super::tree::Tree;
use crate::cancel::Cancel;
use crate::disk::Destination;
use crate::limits;
use crate::logging::{BoundedFile, Full};
use crate::machine::{Machine, MemoryKills};

/// The shortest time between two looks at memory.
const LOOK: Duration = Duration::from_millis(20);

/// The longest, however many processes there are.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);

/// The shortest time between two measurements of what processes share, which the system works out of all of their memory.
const SHARE_OUT: Duration = Duration::from_millis(500);

/// The longest: of a program with 100 GB.
const SHARE_OUT_AT_LEAST: Duration = Duration::from_secs(60);

/// How often a file that is followed is looked at.
const FOLLOW: Duration = Duration::from_millis(50);

/// How long is waited for the rest of what a program says when it has ended: those that it started may hold its output open.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The most bytes of what a program says that are kept.
const OUTPUT_BYTES: u64 = 64 << 20;

/// What is watched.
#[derive(Debug)]
pub enum Target {
    /// A program that is started.
    Program {
        /// The program and its arguments.
        words: Vec<OsString>,
        /// The folder in which it starts; `None` for that of this program.
        folder: Option<PathBuf>,
        /// Where what it says goes.
        passing: Passing,
    },
    /// A process that is there.
    Process(u32),
}

/// What is to be watched, and how.
#[derive(Debug)]
pub struct WatchRequest {
    /// What is watched.
    pub target: Target,
    /// What the user calls it.
    pub name: Option<String>,
    /// What its lines tell.
    pub rules: RuleSet,
    /// A file on which it writes, of which the lines are looked at, too.
    pub log: Option<PathBuf>,
    /// The folder in which it leaves its results.
    pub outputs: Option<PathBuf>,
}

/// What is asked for while it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Mark this moment with some words.
    Mark(String),
    /// Send the program a signal.
    Signal(i32),
    /// Watch it no more; it goes on.
    Stop,
}

/// What is seen while it goes.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    /// It is watched from now on: its record as it is so far.
    Began(Box<WatchedRecord>),
    /// Something that the user should know.
    Note(String),
    /// Its memory was looked at.
    Sample(WatchedSample),
    /// It said something, or the user marked it.
    Moment(Moment),
}

/// Watches a program until it ends, or it is asked to stop. The record goes into a folder of its own among the results.
///
/// # Errors
/// [`WatchError`]: it cannot be started or found, or its record cannot be written.
pub fn watch(
    request: WatchRequest,
    results: &Destination,
    asked: &Receiver<Ask>,
    each: &mut dyn FnMut(WatchEvent),
) -> Result<WatchedRecord, WatchError> {
    let WatchRequest { target, name, rules, log, outputs } = request;
    let mut record = match &target {
        Target::Program { words, .. } => WatchedRecord::of_words(words),
        Target::Process(pid) => WatchedRecord::of_process(*pid),
    };
    record.name = name;
    record.machine = Some(Machine::read());
    record.started_unix_secs = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs());
    // A process that is not there leaves no folder.
    let mut tree = match target {
        Target::Process(pid) => Some(join(pid)?),
        Target::Program { .. } => None,
    };
    record.program.extend(tree.iter().flat_map(Tree::command));
    let folder = take_folder(results, &mut record)?;
    let kept = folder.path().join(OUTPUT_LOG_FILE);
    let (moments, said) = unbounded();
    let mut followed: Vec<Followed> = log.into_iter().map(|path| Followed::new(path, "log:")).collect();
    let is_passed_on = !matches!(target, Target::Program { passing: Passing::Kept, .. });
    let bounded = is_passed_on.then(|| BoundedFile::new(kept.clone(), OUTPUT_BYTES, Full::End));
    let pid = match &target {
        Target::Process(pid) => Some(*pid),
        Target::Program { .. } => None,
    };
    let kills_before = MemoryKills::now(pid);
    let began = Instant::now();
    let listener = Arc::new(Listener::new(began, rules, moments, bounded));
    let started = match target {
        Target::Process(_) => None,
        Target::Program { words, folder: place, passing } => {
            let started = start(&words, place.as_deref(), passing, &listener, &kept).inspect_err(|_| {
                // Nothing is left of what never was.
                let _gone = folder.join(OUTPUT_LOG_FILE).remove_file().and_then(|()| folder.remove_folder());
                let _gone = folder.remove_folder();
            })?;
            if !is_passed_on {
                followed.push(Followed::from_beginning(kept, "out:"));
            }
            // One that has ended already has no memory any more.
            tree = Tree::of(started.pid, started.adopts);
            Some(started)
        }
    };
    record.folder = Some(folder.path().to_owned());
    each(WatchEvent::Began(Box::new(record.clone())));
    if started.is_none() && tree.as_ref().is_some_and(Tree::is_of_another_user) {
        each(WatchEvent::Note(OF_ANOTHER_USER.to_owned()));
    }
    let mut watching = Watching { began, record, tree, listener, followed, said, each };
    let (ended_at, end) = watching.run(started.as_ref(), kills_before, asked.clone());
    watching.hear_the_rest(started.as_ref().filter(|_| end != WatchedEnd::StillRunning));
    let Watching { mut record, tree, .. } = watching;
    record.secs = Some(ended_at.as_secs_f64());
    record.end = end;
    record.memory_kills = MemoryKills::now(pid).since(kills_before);
    // One that ended before it was looked at was there all the same.
    record.processes_seen = Some(tree.map_or(1, |tree| tree.processes_seen()));
    if let Some(outputs) = outputs {
        record.outputs = outputs_in(&outputs, &Cancel::new()).ok();
    }
    record.write(&folder)?;
    Ok(record)
}

/// The tree of a process that is there.
fn join(pid: u32) -> Result<Tree, WatchError> {
    if pid == std::process::id() {
        return Err(WatchError::Itself { pid });
    }
    Tree::of(pid, false).ok_or(WatchError::NoProcess { pid })
}

/// What goes on while a program is watched.
struct Watching<'a> {
    began: Instant,
    record: WatchedRecord,
    tree: Option<Tree>,
    listener: Arc<Listener>,
    followed: Vec<Followed>,
    said: Receiver<Moment>,
    each: &'a mut dyn FnMut(WatchEvent),
}

impl Watching<'_> {
    /// Looks until the program ends, or it is asked to stop; when and how that was.
    fn run(
        &mut self,
        started: Option<&Started>,
        kills_before: MemoryKills,
        mut asked: Receiver<Ask>,
    ) -> (Duration, WatchedEnd) {
        let ended = started.map_or_else(never, |started| started.ended.clone());
        let said = self.said.clone();
        let mut find = Pace::new(LOOK, LOOK_AT_LEAST);
        let mut look = Pace::new(LOOK, LOOK_AT_LEAST);
        let mut share = Pace::new(SHARE_OUT, SHARE_OUT_AT_LEAST);
        let mut follow = Pace::new(FOLLOW, LOOK_AT_LEAST);
        loop {
            // Looked at first: a program may be over before all processes are listed.
            self.do_when_due(&mut look, |watching| watching.look(&mut share));
            self.do_when_due(&mut find, Self::find);
            self.do_when_due(&mut follow, Self::follow);
            if started.is_none() && self.tree.as_ref().is_none_or(Tree::has_ended) {
                return (self.began.elapsed(), WatchedEnd::Unknown);
            }
            let due = find.due().min(look.due()).min(follow.due());
            select! {
                recv(ended) -> told => {
                    let (at, status) = told.unwrap_or_else(|_| (Instant::now(), Err(ErrorKind::Other.into())));
                    let end = status.map(|status| end_of(status, kills_before, MemoryKills::now(None)));
                    return (at.duration_since(self.began), end.unwrap_or(WatchedEnd::Unknown));
                }
                recv(said) -> moment => self.tell(moment.ok()),
                recv(asked) -> ask => match ask {
                    Ok(Ask::Mark(said)) => {
                        let at_secs = self.began.elapsed().as_secs_f64();
                        self.tell(Some(Moment { at_secs, kind: MomentKind::Mark, said }));
                    }
                    Ok(Ask::Signal(signal)) => send_signal(started, signal),
                    Ok(Ask::Stop) => return (self.began.elapsed(), WatchedEnd::StillRunning),
                    // Nobody asks for anything any more.
                    Err(_) => asked = never(),
                },
                default(due.saturating_sub(self.began.elapsed())) => {}
            }
        }
    }

    fn do_when_due(&mut self, pace: &mut Pace, work: impl FnOnce(&mut Self)) {
        let from = self.began.elapsed();
        if pace.due() <= from {
            work(self);
            pace.done(from, self.began.elapsed());
        }
    }

    fn find(&mut self) {
        if let Some(tree) = &mut self.tree {
            tree.find();
            tree.reap_adopted();
        }
    }

    fn look(&mut self, share: &mut Pace) {
        let Some(tree) = &mut self.tree else { return };
        let at = self.began.elapsed();
        let seen = tree.look();
        let mut pss = None;
        // One process shares with none of the program's own.
        if seen.processes > 1 && share.due() <= at {
            let from = self.began.elapsed();
            pss = tree.shared_out();
            share.done(from, self.began.elapsed());
        }
        if seen.rss.is_some() {
            let sample = WatchedSample {
                at_secs: at.as_secs_f64(),
                rss: seen.rss,
                pss,
                largest: seen.largest,
                processes: Some(seen.processes),
            };
            self.record.keep(sample);
            (self.each)(WatchEvent::Sample(sample));
        }
    }

    fn follow(&mut self) {
        self.followed.iter_mut().for_each(|file| file.read(&self.listener));
    }

    fn tell(&mut self, moment: Option<Moment>) {
        if let Some(moment) = moment.filter(|_| self.record.moments.len() < limits::WATCHED_MOMENTS) {
            self.record.moments.push(moment.clone());
            (self.each)(WatchEvent::Moment(moment));
        }
    }

    /// Takes in what the program said last, of one that has ended all of it.
    fn hear_the_rest(&mut self, ended: Option<&Started>) {
        if let Some(ended) = ended {
            // Nothing is ever sent: it ends with the threads that hear, or with the time.
            let _is_silent = ended.is_silent.recv_timeout(LAST_WORDS);
        }
        self.followed.iter_mut().for_each(|file| file.end(&self.listener));
        while let Ok(moment) = self.said.try_recv() {
            self.tell(Some(moment));
        }
    }
}

/// Sends a signal to a program that was started; where there are none, it goes on.
fn send_signal(started: Option<&Started>, signal: i32) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = started.and_then(|started| Pid::from_raw(started.pid.cast_signed()));
        if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
            // It may have ended this moment.
            let _is_sent = kill_process(pid, signal);
        }
    }
    #[cfg(not(unix))]
    let _none = (started, signal);
}

/// What is known of a program of another user.
const OF_ANOTHER_USER: &str = "This program belongs to another user: the system tells its resident memory, and not how much of it its \
                               processes share.";
