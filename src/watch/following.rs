//! A file that a program writes on while it is watched: what is added to it is heard like what the program says.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::lines::Lines;
use super::listening::Listener;
use crate::disk;

/// The most bytes that are read at once.
const PIECE_BYTES: usize = 256 * 1024;

/// A file that is followed.
#[derive(Debug)]
pub(super) struct Followed {
    path: PathBuf,
    /// What stands before its lines in the log.
    stream: &'static str,
    file: Option<File>,
    /// How far it was read.
    position: u64,
    lines: Lines,
}

impl Followed {
    /// Follows a file from its present end on; one that is not there yet from its beginning.
    pub(super) fn new(path: PathBuf, stream: &'static str) -> Self {
        let position = path.metadata().map_or(0, |file| file.len());
        Self { position, ..Self::from_beginning(path, stream) }
    }

    /// Follows a file from its beginning on.
    pub(super) fn from_beginning(path: PathBuf, stream: &'static str) -> Self {
        Self { path, stream, file: None, position: 0, lines: Lines::default() }
    }

    /// Reads what was added since.
    pub(super) fn read(&mut self, listener: &Listener) {
        if self.file.is_none() {
            self.file = disk::open(&self.path).ok();
        }
        let Some(file) = &mut self.file else { return };
        // One that has become shorter begins anew.
        if file.metadata().is_ok_and(|now| now.len() < self.position) {
            self.position = 0;
        }
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = file.seek(SeekFrom::Start(self.position)).and_then(|_| file.read(&mut piece));
            match read {
                Ok(0) => return,
                Ok(len) => {
                    self.position += len as u64;
                    listener.hear(&mut self.lines, self.stream, &piece[..len]);
                }
                // It is opened again the next time.
                Err(_) => {
                    self.file = None;
                    return;
                }
            }
        }
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, listener: &Listener) {
        self.read(listener);
        listener.end(&mut self.lines, self.stream);
    }
}
