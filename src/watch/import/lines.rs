//! Lines of a log that a program appends to, with their numbers.

/// The lines that are whole, each with its number from 1, and what to say of one that is cut off: a program that was ended while
/// it wrote leaves a last line without its end, of which even a number may lack digits.
pub(super) fn whole_lines(text: &str) -> (impl Iterator<Item = (usize, &str)>, Option<String>) {
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let note = (!text[whole..].trim().is_empty()).then(|| {
        "The last line of the file is cut off and was left out: the recording did not end by itself."
            .to_owned()
    });
    let lines = text[..whole].lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    (lines.filter(|(_, line)| !line.is_empty()), note)
}

/// A number of seconds or of anything that is counted up.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

/// Mebibytes as programs write them, in bytes.
pub(super) fn mebibytes(text: &str) -> Option<u64> {
    bytes(number(text)?, 1024.0 * 1024.0)
}

/// So many of a unit, in bytes.
pub(super) fn bytes(count: f64, unit: f64) -> Option<u64> {
    let bytes = (count * unit).round();
    (bytes >= 0.0 && bytes <= crate::limits::RECORDED_NUMBER as f64).then_some(bytes as u64)
}
