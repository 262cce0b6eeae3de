//! The thread's side: lines into files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use super::bounded_file::{BoundedFile, Full};

/// The most of the program's log; as much again is in the older one.
const MOST_PROGRAM_BYTES: u64 = 2_000_000;

/// The most of the log of a run.
const MOST_RUN_BYTES: u64 = 8_000_000;

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Message {
    /// A line with its end.
    Line {
        /// Whether it tells the course of a run.
        is_of_run: bool,
        line: String,
    },
    /// The program's log goes into this file.
    Program(PathBuf),
    /// Lines also go into the file of a run.
    BeginRun { id: u64, file: PathBuf },
    /// They no longer do.
    EndRun {
        /// Of its beginning.
        id: u64,
    },
    /// Tell when all before it is written.
    Flush(Sender<()>),
}

/// The files that lines go into.
pub(super) struct Writer {
    program: Option<BoundedFile>,
    runs: BTreeMap<u64, BoundedFile>,
    /// Lines that did not get here.
    left_out: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(left_out: Arc<AtomicU64>) -> Self {
        Self { program: None, runs: BTreeMap::new(), left_out }
    }

    pub(super) fn take(&mut self, message: Message) {
        match message {
            Message::Line { is_of_run, line } => {
                let left_out = self.left_out.swap(0, Ordering::Relaxed);
                if left_out > 0 {
                    self.add(
                        false,
                        &format!("Lines left out here, because the disk was slower: {left_out}\n"),
                    );
                }
                self.add(is_of_run, &line);
            }
            Message::Program(path) => {
                if let Some(folder) = path.parent() {
                    // Where it cannot be made, no line can be written.
                    let _ = std::fs::create_dir_all(folder);
                }
                self.program = Some(BoundedFile::new(path, MOST_PROGRAM_BYTES, Full::Rotate));
            }
            Message::BeginRun { id, file } => {
                self.runs.insert(id, BoundedFile::new(file, MOST_RUN_BYTES, Full::End));
            }
            Message::EndRun { id } => {
                self.runs.remove(&id);
            }
            // Whoever waited may have lost patience.
            Message::Flush(done) => drop(done.try_send(())),
        }
    }

    /// A line that cannot be written is lost: there is no other place to tell of it.
    fn add(&mut self, is_of_run: bool, line: &str) {
        for run in self.runs.values_mut() {
            let _ = run.add(line);
        }
        if let Some(program) = self.program.as_mut().filter(|_| !is_of_run) {
            let _ = program.add(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_into_the_program_s_log_and_into_those_of_the_runs_that_go() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let left_out = Arc::new(AtomicU64::new(0));
        let mut writer = Writer::new(Arc::clone(&left_out));
        let line = |is_of_run, line: &str| Message::Line { is_of_run, line: line.to_owned() };
        let messages = [
            line(false, "before\n"),
            Message::Program(at("data/stepwell.log")),
            Message::BeginRun { id: 3, file: at("run.log") },
            line(true, "well A01\n"),
            line(false, "warning\n"),
            Message::EndRun { id: 3 },
            line(true, "well A02\n"),
            line(false, "after\n"),
        ];
        messages.into_iter().for_each(|message| writer.take(message));
        left_out.store(2, Ordering::Relaxed);
        writer.take(line(false, "at last\n"));
        let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
        assert_eq!(read("run.log"), "well A01\nwarning\n");
        let told = "warning\nafter\nLines left out here, because the disk was slower: 2\nat last\n";
        assert_eq!(read("data/stepwell.log"), told);
    }
}
