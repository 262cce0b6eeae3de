//! Bytes as lines, whatever they are and however they come.

/// The most bytes of a line that are kept; the rest of it is dropped.
const MOST_LINE_BYTES: usize = 16 * 1024;

/// Takes bytes as they come, and gives whole lines. A carriage return ends one, too: that is how progress is written.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes bytes in; `each` gets the lines that are whole with them.
    pub(super) fn add(&mut self, bytes: &[u8], each: &mut dyn FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (text, is_whole) = match piece {
                [text @ .., b'\n' | b'\r'] => (text, true),
                text => (text, false),
            };
            let room = MOST_LINE_BYTES.saturating_sub(self.begun.len()).min(text.len());
            self.begun.extend_from_slice(&text[..room]);
            if is_whole {
                self.end(each);
            }
        }
    }

    /// Nothing more comes: what was begun is a line.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(&str)) {
        if !self.begun.is_empty() {
            each(&String::from_utf8_lossy(&self.begun));
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_however_they_come() {
        let text = "one\ntwo\r\n\n50 %\r100 %\rdr\u{e4}i\nrest".as_bytes();
        for size in [1, 2, 5, 100] {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for piece in text.chunks(size) {
                lines.add(piece, &mut |line| found.push(line.to_owned()));
            }
            lines.end(&mut |line| found.push(line.to_owned()));
            assert_eq!(found, ["one", "two", "50 %", "100 %", "dräi", "rest"], "pieces of {size}");
        }
    }

    #[test]
    fn a_line_without_end_is_kept_to_a_bound() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for _ in 0..100 {
            lines.add(&[b'x'; 1000], &mut |line| found.push(line.len()));
        }
        lines.add(b"\nnext\n", &mut |line| found.push(line.len()));
        assert_eq!(found, [MOST_LINE_BYTES, 4]);
    }
}
