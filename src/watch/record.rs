//! The record of a program whose memory was watched, or told by a file that another program wrote.
//!
//! It has no plate, plan or forecast: what is known of a program is its command line, its memory and what it says. All that is
//! not known is `None`. Stored as RON beside `output.log`, versioned; samples are thinned to their extremes above 100,000.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::WatchedError;
use crate::disk::{self, Destination};
use crate::events::thinned_by;
use crate::image::ContentHash;
use crate::limits;
use crate::machine::Machine;
use crate::plausible;
use crate::shown_text::{brief, shorten};

/// Version of the record's form. A reader refuses a later one.
pub const WATCHED_VERSION: u32 = 1;

/// Name of the record in its folder.
pub const WATCHED_FILE: &str = "watched.ron";

/// Name of what the program said, beside the record: a line each, with the seconds at which it came.
pub const OUTPUT_LOG_FILE: &str = "output.log";

/// The field of a record after which only long lists come.
const FIRST_LIST: &str = "    moments:";

/// The record of one watched program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchedRecord {
    /// [`WATCHED_VERSION`] of the program that wrote it.
    pub version: u32,
    /// Name of the run: the name of its folder.
    pub run: String,
    /// What the user calls it; `None` where it has no name.
    #[serde(default)]
    pub name: Option<String>,
    /// Command line of the program; empty where it is not known.
    #[serde(default)]
    pub program: Vec<String>,
    /// Where its memory is known from.
    pub origin: Origin,
    /// When it began, in seconds since 1970 (UTC).
    #[serde(default)]
    pub started_unix_secs: Option<u64>,
    /// The computer that it ran on.
    #[serde(default)]
    pub machine: Option<Machine>,
    /// How it ended.
    pub end: WatchedEnd,
    /// Seconds from its beginning, or from when watching began, to its end.
    #[serde(default)]
    pub secs: Option<f64>,
    /// Processes that were seen, itself and those that it started.
    #[serde(default)]
    pub processes_seen: Option<u32>,
    /// How many processes the system ended for memory while it was watched, in its control group or, where that is not told, at all.
    #[serde(default)]
    pub memory_kills: Option<u64>,
    /// What its samples come to; worked out of them when a record is written or read whole.
    #[serde(default)]
    pub summary: WatchedSummary,
    /// The folder with its results, as the user named it.
    #[serde(default)]
    pub outputs: Option<WatchedOutputs>,
    /// What it said and what the user marked, in the order of time. This and what follows is left out where a record is
    /// only listed.
    #[serde(default)]
    pub moments: Vec<Moment>,
    /// Memory over time.
    #[serde(default)]
    pub samples: Vec<WatchedSample>,
    /// The folder in which the record lies; `None` of one that was not written.
    #[serde(skip)]
    pub folder: Option<PathBuf>,
}

/// Where the memory of a program is known from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// It was started to be watched.
    Started,
    /// It was running, and was watched from then on.
    Joined {
        /// Number of its process.
        pid: u32,
    },
    /// It was told by a file.
    Imported {
        /// Name of the file, without its folder.
        file: String,
        /// What wrote it: `mprof`.
        form: String,
        /// What a reader should know of it, a sentence each.
        #[serde(default)]
        notes: Vec<String>,
    },
}

/// How a watched program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchedEnd {
    /// By itself.
    Exited {
        /// Its exit code; 0 for success.
        code: i32,
    },
    /// By a signal.
    Killed {
        /// Number of the signal.
        signal: i32,
        /// Whether the system told that it was for memory.
        for_memory: bool,
    },
    /// It went on when it was watched no more.
    StillRunning,
    /// It is not known.
    Unknown,
}

/// Memory of a program and all its processes at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchedSample {
    /// Seconds since the program began, or since watching began.
    pub at_secs: f64,
    /// Resident memory (RSS), the sum over all its processes: what they share counts once for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rss: Option<u64>,
    /// The same with what they share divided among those that share it (PSS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pss: Option<u64>,
    /// Resident memory of the largest process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<u64>,
    /// Processes that there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<u32>,
}

/// What happened at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Seconds, as those of the samples.
    pub at_secs: f64,
    /// What it was.
    pub kind: MomentKind,
    /// The line that told it, or what the user wrote.
    pub said: String,
}

/// What a moment is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MomentKind {
    /// Images were read into memory.
    Preloaded {
        /// How many.
        images: Option<u64>,
        /// Of which combination, in the program's words.
        combination: Option<String>,
    },
    /// Images went from memory.
    Cleared {
        /// How many.
        images: Option<u64>,
        /// Of which combination, in the program's words.
        combination: Option<String>,
    },
    /// A step, a module or a task began.
    StepStarted {
        /// Its name.
        name: String,
    },
    /// It was over.
    StepDone {
        /// Its name.
        name: String,
        /// Seconds that it took, if the program tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secs: Option<f64>,
    },
    /// The program told its own memory.
    Memory {
        /// Resident memory by its own account.
        rss_bytes: u64,
    },
    /// The user marked it.
    Mark,
}

/// What the samples of a record come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedSummary {
    /// The most resident memory, as a sum.
    pub peak_rss_bytes: Option<u64>,
    /// The most, with what is shared divided. It is looked at less often, and known where that was near the peak.
    pub peak_pss_bytes: Option<u64>,
    /// The largest process at its largest.
    pub peak_largest_bytes: Option<u64>,
    /// The most processes at a time.
    pub most_processes: Option<u32>,
    /// The most images in memory at once, by what it said.
    pub images_at_once: Option<u64>,
}

/// What lay in the folder of results when the program had ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedOutputs {
    /// The folder.
    pub folder: PathBuf,
    /// Its files by their path in it, in the order of these, with what they hold.
    pub files: Vec<(String, ContentHash)>,
    /// Files that were not read: too many or too large.
    pub unread: usize,
}

impl WatchedSummary {
    fn of(samples: &[WatchedSample], moments: &[Moment]) -> Self {
        let most = |of: fn(&WatchedSample) -> Option<u64>| samples.iter().filter_map(of).max();
        Self {
            peak_rss_bytes: most(|sample| sample.rss),
            peak_pss_bytes: peak_pss(samples),
            peak_largest_bytes: most(|sample| sample.largest),
            most_processes: samples.iter().filter_map(|sample| sample.processes).max(),
            images_at_once: images_at_once(moments),
        }
    }
}

/// The most memory with what is shared divided, where that was looked at while there was nearly the most.
fn peak_pss(samples: &[WatchedSample]) -> Option<u64> {
    let peak = samples.iter().filter_map(|sample| sample.rss).max()?;
    let looked_at = || samples.iter().filter(|sample| sample.pss.is_some());
    let highest = looked_at().filter_map(|sample| sample.rss).max()?;
    let is_near = highest as f64 >= 0.9 * peak as f64;
    looked_at().filter_map(|sample| sample.pss).max().filter(|_| is_near)
}

/// The most images in memory at once, by preloads and clears; `None` where none tells how many.
fn images_at_once(moments: &[Moment]) -> Option<u64> {
    let (mut now, mut most) = (0_u64, None);
    for moment in moments {
        match moment.kind {
            MomentKind::Preloaded { images: Some(images), .. } => {
                now = now.saturating_add(images);
                most = most.max(Some(now));
            }
            MomentKind::Cleared { images: Some(images), .. } => now = now.saturating_sub(images),
            // Whatever was there is gone.
            MomentKind::Cleared { images: None, .. } => now = 0,
            _ => {}
        }
    }
    most
}

impl WatchedRecord {
    /// A record of which nothing is known yet but where it comes from.
    pub fn new(program: Vec<String>, origin: Origin) -> Self {
        Self {
            version: WATCHED_VERSION,
            run: String::new(),
            name: None,
            program,
            origin,
            started_unix_secs: None,
            machine: None,
            end: WatchedEnd::Unknown,
            secs: None,
            processes_seen: None,
            memory_kills: None,
            summary: WatchedSummary::default(),
            outputs: None,
            moments: Vec::new(),
            samples: Vec::new(),
            folder: None,
        }
    }

    /// That of a program that is started.
    pub fn of_words(words: &[OsString]) -> Self {
        Self::new(words.iter().map(|word| word.to_string_lossy().into_owned()).collect(), Origin::Started)
    }

    /// That of a process that is running.
    pub fn of_process(pid: u32) -> Self {
        Self::new(Vec::new(), Origin::Joined { pid })
    }

    /// Keeps a sample, for good unless there are very many.
    pub fn keep(&mut self, sample: WatchedSample) {
        self.samples.push(sample);
        // Thinning at twice the limit keeps the cost of a sample constant on average.
        if self.samples.len() >= 2 * limits::WATCHED_SAMPLES {
            self.thin();
        }
    }

    fn thin(&mut self) {
        self.samples = thinned_by(
            &self.samples,
            limits::WATCHED_SAMPLES,
            |sample| sample.rss,
            &[|sample| sample.largest, |sample| sample.pss],
        );
    }

    /// What it is called: by the user, or else by its command line, or the file that told of it.
    pub fn title(&self) -> String {
        match (&self.name, self.program.is_empty(), &self.origin) {
            (Some(name), ..) => brief(name),
            (None, false, _) => brief(&self.command_text()),
            (None, true, Origin::Joined { pid }) => format!("process {pid}"),
            (None, true, Origin::Imported { file, .. }) => brief(file),
            (None, true, Origin::Started) => "a program".to_owned(),
        }
    }

    /// Its command line in one line: the program without its folder, and the arguments.
    pub fn command_text(&self) -> String {
        let mut words = self.program.iter();
        let name = words.next().map_or("", |program| program.rsplit(['/', '\\']).next().unwrap_or(program));
        words.fold(name.to_owned(), |line, word| {
            let is_plain = !word.is_empty() && !word.contains(char::is_whitespace);
            if is_plain { format!("{line} {word}") } else { format!("{line} '{word}'") }
        })
    }

    /// The last sample at or before a time.
    pub fn sample_at(&self, at_secs: f64) -> Option<&WatchedSample> {
        self.samples.get(self.samples.partition_point(|sample| sample.at_secs <= at_secs).checked_sub(1)?)
    }

    /// Puts lists into the order of time, no longer than they may be, and works out what they come to.
    pub fn settle(&mut self) {
        self.samples.retain(|sample| sample.at_secs.is_finite() && sample.at_secs >= 0.0);
        self.samples.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
        self.thin();
        self.moments.retain(|moment| moment.at_secs.is_finite() && moment.at_secs >= 0.0);
        self.moments.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
        self.moments.truncate(limits::WATCHED_MOMENTS);
        self.cut_texts();
        self.summary = WatchedSummary::of(&self.samples, &self.moments);
    }

    fn cut_texts(&mut self) {
        let kinds = self.moments.iter_mut().flat_map(|moment| match &mut moment.kind {
            MomentKind::Preloaded { combination, .. } | MomentKind::Cleared { combination, .. } => {
                [combination.as_mut(), Some(&mut moment.said)]
            }
            MomentKind::StepStarted { name } | MomentKind::StepDone { name, .. } => {
                [Some(name), Some(&mut moment.said)]
            }
            MomentKind::Memory { .. } | MomentKind::Mark => [None, Some(&mut moment.said)],
        });
        kinds.flatten().for_each(|text| shorten(text, limits::WATCHED_LINE_CHARS));
        self.program.truncate(limits::WATCHED_WORDS);
        self.program.iter_mut().for_each(|word| shorten(word, limits::WATCHED_LINE_CHARS));
        if let Some(name) = &mut self.name {
            shorten(name, limits::NAME_CHARS);
        }
        if let Origin::Imported { file, form, notes } = &mut self.origin {
            shorten(file, limits::NAME_CHARS);
            shorten(form, limits::NAME_CHARS);
            notes.truncate(limits::WATCHED_NOTES);
            notes.iter_mut().for_each(|note| shorten(note, limits::WATCHED_LINE_CHARS));
        }
    }

    /// Reads a record, given its path or that of its folder.
    ///
    /// # Errors
    /// [`WatchedError`].
    pub fn read(path: &Path) -> Result<Self, WatchedError> {
        let path = Self::file_of(path)?;
        let text = disk::read_to_string(&path, limits::WATCHED_BYTES)
            .map_err(|source| WatchedError::Io { path: path.clone(), source })?;
        let mut record = Self::of_ron(&text, &path)?;
        record.settle();
        Ok(record)
    }

    /// Reads a record without moments and samples: quick also where there are many.
    ///
    /// # Errors
    /// [`WatchedError`].
    pub fn read_head(path: &Path) -> Result<Self, WatchedError> {
        let path = Self::file_of(path)?;
        let (mut head, is_cut) = disk::read_before(&path, FIRST_LIST, limits::WATCHED_BYTES)
            .map_err(|source| WatchedError::Io { path: path.clone(), source })?;
        if is_cut {
            head.push(')');
        }
        let mut record = Self::of_ron(&head, &path)?;
        (record.moments, record.samples) = (Vec::new(), Vec::new());
        Ok(record)
    }

    fn file_of(path: &Path) -> Result<PathBuf, WatchedError> {
        Ok(if path.is_dir() { disk::within(path, path.join(WATCHED_FILE))? } else { path.to_owned() })
    }

    fn of_ron(text: &str, path: &Path) -> Result<Self, WatchedError> {
        let malformed = |why: String| WatchedError::Malformed { path: path.to_owned(), why };
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let read = ron::from_str(text).map_err(|error| malformed(error.to_string()));
        let version = match &read {
            Ok(Self { version, .. }) => *version,
            Err(_) => ron::from_str(text)
                .map(|Versioned { version }| version)
                .map_err(|error| malformed(error.to_string()))?,
        };
        if version > WATCHED_VERSION {
            return Err(WatchedError::TooNew { path: path.to_owned(), version, reads: WATCHED_VERSION });
        }
        let mut record: Self = read?;
        plausible::check(&record).map_err(|fault| malformed(fault.to_string()))?;
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        record.folder = path.parent().map(Path::to_owned);
        Ok(record)
    }

    /// Its text, as it is written.
    pub(crate) fn to_ron(&self) -> Result<String, ron::Error> {
        ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::new().depth_limit(2))
    }

    /// Writes the record into its folder, which is there, and notes where that is.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&mut self, folder: &Destination) -> Result<(), WatchedError> {
        self.settle();
        let file = folder.join(WATCHED_FILE);
        let path = file.path().to_owned();
        let text = self
            .to_ron()
            .map_err(|error| WatchedError::Malformed { path: path.clone(), why: error.to_string() })?;
        disk::write(&file, text.as_bytes()).map_err(|source| WatchedError::Io { path, source })?;
        self.folder = Some(folder.path().to_owned());
        Ok(())
    }
}
