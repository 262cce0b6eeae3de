//! A watched program in sentences.

use super::record::{Origin, WatchedEnd, WatchedRecord};
use crate::quantity::{bytes_text, count_text, plural, secs_text};
use crate::shown_text::{brief, whole};

impl WatchedRecord {
    /// What came of it: how it ended, and what its memory came to.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.end_sentence(), self.memory_sentence()];
        // Where it was the program itself, that has been said.
        let itself = u64::from(matches!(self.end, WatchedEnd::Killed { for_memory: true, .. }));
        if let Some(kills) = self.memory_kills.filter(|kills| *kills > itself) {
            let kills = usize::try_from(kills).unwrap_or(usize::MAX);
            let of = if kills == 1 { "process" } else { "processes" };
            sentences.push(format!(
                "Meanwhile the system ended {} {of} because memory ran out.",
                count_text(kills)
            ));
        }
        if let Origin::Imported { notes, .. } = &self.origin {
            sentences.extend(notes.iter().map(|note| whole(note)));
        }
        sentences
    }

    fn end_sentence(&self) -> String {
        let secs =
            |word: &str| self.secs.map_or_else(String::new, |secs| format!(" {word} {}", secs_text(secs)));
        match &self.origin {
            Origin::Imported { form, .. } => {
                format!("{} was recorded by {}{}.", self.title(), brief(form), secs("over"))
            }
            Origin::Started | Origin::Joined { .. } => {
                format!("{} {}{}.", self.title(), self.end.text(), secs("after"))
            }
        }
    }

    fn memory_sentence(&self) -> String {
        let Some(peak) = self.summary.peak_rss_bytes else {
            return "It ended before its memory could be seen, or the system does not tell it.".to_owned();
        };
        let processes = self.processes_seen.unwrap_or(1);
        let mut sentence = format!("Peak memory: {}", bytes_text(peak));
        if processes > 1 {
            sentence += &format!(" in {} processes", count_text(processes as usize));
            if let Some(largest) = self.summary.peak_largest_bytes {
                sentence += &format!(", {} in the largest", bytes_text(largest));
            }
            if let Some(pss) = self.summary.peak_pss_bytes {
                sentence += &format!("; {} with what they share counted once", bytes_text(pss));
            }
        }
        if let Some(images) = self.summary.images_at_once {
            let images = usize::try_from(images).unwrap_or(usize::MAX);
            sentence += &format!("; {} at once", plural(images, "image"));
        }
        sentence + "."
    }
}
