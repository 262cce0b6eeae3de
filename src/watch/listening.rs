//! What a program says: passed through unchanged, kept with its time, and looked at by rules.

use std::io::{ErrorKind, Read, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::lines::Lines;
use super::record::Moment;
use super::rules::RuleSet;
use crate::logging::BoundedFile;

/// Bytes that are passed on at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Keeps what is said, and tells the moments in it.
pub(super) struct Listener {
    began: Instant,
    rules: RuleSet,
    moments: Sender<Moment>,
    log: Mutex<Option<BoundedFile>>,
}

impl Listener {
    /// Times are from `began` on. Moments go to `moments`, and lines into the log where there is one.
    pub(super) fn new(
        began: Instant,
        rules: RuleSet,
        moments: Sender<Moment>,
        log: Option<BoundedFile>,
    ) -> Self {
        Self { began, rules, moments, log: Mutex::new(log) }
    }

    /// Takes in bytes that have just come from a stream, whose name stands before each line in the log.
    pub(super) fn hear(&self, lines: &mut Lines, stream: &str, bytes: &[u8]) {
        let mut kept = String::new();
        lines.add(bytes, &mut |line| self.line(stream, line, &mut kept));
        self.keep(&kept);
    }

    /// A stream has ended.
    pub(super) fn end(&self, lines: &mut Lines, stream: &str) {
        let mut kept = String::new();
        lines.end(&mut |line| self.line(stream, line, &mut kept));
        self.keep(&kept);
    }

    fn line(&self, stream: &str, line: &str, kept: &mut String) {
        let at_secs = self.began.elapsed().as_secs_f64();
        if let Some(moment) = self.rules.moment(at_secs, line) {
            // Who watches no more needs it no more.
            let _is_watched = self.moments.send(moment);
        }
        *kept += &format!("{at_secs:10.3} {stream} {line}\n");
    }

    fn keep(&self, text: &str) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if !text.is_empty()
            && let Some(Err(error)) = log.as_mut().map(|log| log.add(text))
        {
            log::warn!("What the program says is kept no more: {error}");
            *log = None;
        }
    }

    /// Passes on all that comes until the stream ends.
    pub(super) fn pass_on(&self, mut from: impl Read, mut to: impl Write, stream: &str) {
        let (mut lines, mut piece) = (Lines::default(), vec![0; PIECE_BYTES]);
        loop {
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(len) => {
                    self.hear(&mut lines, stream, &piece[..len]);
                    // Where the reader has gone away (`| head`), the program finds its output closed, as without being watched.
                    if to.write_all(&piece[..len]).and_then(|()| to.flush()).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.end(&mut lines, stream);
    }
}
