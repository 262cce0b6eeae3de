//! Files that Stepwell itself keeps (settings, labels, paces), of which one may be damaged, or written by a newer Stepwell. What can be
//! read of it is used, field by field, and it is put aside before another takes its name.

use std::io::{self, ErrorKind};

use serde::de::DeserializeOwned;

use crate::disk::Destination;

/// So many files of one name are put aside at most.
const MOST_ASIDE: usize = 1000;

/// What could be read of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Readable<T> {
    /// The value, in which what could not be read is as usual.
    pub(crate) value: T,
    /// Why it could not be read as it is; `None` where it could.
    pub(crate) fault: Option<String>,
}

/// Reads a struct in RON of which any field may be left out. Where it cannot be read as it is, those of its fields that can be read
/// by themselves are. `check` says in words what of a value makes no sense.
pub(crate) fn readable<T: DeserializeOwned + Default>(
    text: &str,
    check: impl Fn(&T) -> Result<(), String>,
) -> Readable<T> {
    let read = |text: &str| -> Result<T, String> {
        let value = ron::from_str(text).map_err(|error| error.to_string())?;
        check(&value).map(|()| value)
    };
    let fault = match read(text) {
        Ok(value) => return Readable { value, fault: None },
        Err(fault) => fault,
    };
    let fields = fields_of(text).unwrap_or_default();
    let all = fields.iter().map(|(name, value)| format!("{name}: {value}"));
    let good: Vec<String> = all.filter(|field| read(&format!("({field})")).is_ok()).collect();
    let value = read(&format!("({})", good.join(", "))).unwrap_or_default();
    Readable { value, fault: Some(fault) }
}

/// The fields of a struct in RON, `(name: value, …)`, with their values as they are written; `None` where the text is none.
pub(crate) fn fields_of(text: &str) -> Option<Vec<(&str, &str)>> {
    let inner = text.trim().strip_prefix('(')?;
    let mut fields = Vec::new();
    let (mut depth, mut begin, mut colon) = (0_usize, 0, None);
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => skip_string(&mut characters)?,
            '(' | '[' | '{' => depth += 1,
            ':' if depth == 0 && colon.is_none() => colon = Some(at),
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ',' | ')' if depth == 0 => {
                if let Some(colon) = colon.take() {
                    fields.push((inner[begin..colon].trim(), inner[colon + 1..at].trim()));
                }
                begin = at + 1;
                if character == ')' {
                    return Some(fields);
                }
            }
            _ => {}
        }
    }
    // It was cut off: the last field may be.
    Some(fields)
}

/// To behind the end of a text in quotes; `None` where it has none.
fn skip_string(characters: &mut std::str::CharIndices<'_>) -> Option<()> {
    loop {
        match characters.next()?.1 {
            '\\' => drop(characters.next()),
            '"' => return Some(()),
            _ => {}
        }
    }
}

/// Gives a file another name, one that nothing has, so that another can be written in its place: `settings.ron.bad`, else
/// `settings.ron.bad (2)`. `None` where there is no file of the name.
///
/// # Errors
/// What the system says.
pub(crate) fn put_aside(file: &Destination) -> io::Result<Option<Destination>> {
    let (Some(folder), Some(name)) = (file.around(), file.path().file_name().and_then(|name| name.to_str()))
    else {
        return Ok(None);
    };
    if !file.path().symlink_metadata().is_ok_and(|facts| facts.is_file()) {
        return Ok(None);
    }
    let free = (1..=MOST_ASIDE).map(|number| match number {
        1 => folder.join(format!("{name}.bad")),
        number => folder.join(format!("{name}.bad ({number})")),
    });
    let Some(aside) = free.into_iter().find(|aside| aside.path().symlink_metadata().is_err()) else {
        return Err(io::Error::other("too many files were put aside there already"));
    };
    match file.rename_to(&aside) {
        Ok(()) => Ok(Some(aside)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Sample {
        names: Vec<String>,
        shade: Shade,
        size: Option<u32>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    enum Shade {
        #[default]
        Light,
        Dark,
    }

    #[test]
    fn what_can_be_read_is_read_field_by_field() {
        let all = |names: &[&str], shade, size| Sample {
            names: names.iter().map(ToString::to_string).collect(),
            shade,
            size,
        };
        let table = [
            // As it is, also with a field that nobody knows.
            (
                r#"(names: ["a", "b"], shade: Dark, size: Some(3), new: {1: (2)})"#,
                all(&["a", "b"], Shade::Dark, Some(3)),
                true,
            ),
            // A value of a newer version, numbers that make no sense.
            (
                r#"(names: ["a"], shade: Purple(1, "x)"), size: Some(3))"#,
                all(&["a"], Shade::Light, Some(3)),
                false,
            ),
            (r#"(names: ["a"], shade: Dark, size: Some(99))"#, all(&["a"], Shade::Dark, None), false),
            (r#"(names: ["a"], size: Some(-1),)"#, all(&["a"], Shade::Light, None), false),
            // Quotes and brackets in texts.
            (r#"(names: ["a\"),", ":"], shade: No)"#, all(&["a\"),", ":"], Shade::Light, None), false),
            // Cut off.
            (r#"(shade: Dark, names: ["a", "b"#, all(&[], Shade::Light, None), false),
            ("(shade: Dark, size: So", all(&[], Shade::Dark, None), false),
            ("", Sample::default(), false),
            ("\u{0}\u{1}", Sample::default(), false),
            ("(((((", Sample::default(), false),
        ];
        let check = |sample: &Sample| match sample.size {
            Some(size) if size > 10 => Err("too large".to_owned()),
            _ => Ok(()),
        };
        for (text, expected, is_whole) in table {
            let read = readable(text, check);
            assert_eq!((read.value, read.fault.is_none()), (expected, is_whole), "{text}");
        }
    }

    #[test]
    fn a_file_is_put_aside_under_a_name_that_nothing_has() {
        let folder = tempfile::tempdir().unwrap();
        let file = Destination::checked(folder.path(), [""; 0], |_| None).unwrap().join("label.ron");
        for (text, name) in [("one", "label.ron.bad"), ("two", "label.ron.bad (2)")] {
            std::fs::write(file.path(), text).unwrap();
            let aside = put_aside(&file).unwrap().expect("it was there");
            assert!(aside.path().ends_with(name) && !file.path().exists());
            assert_eq!(std::fs::read_to_string(aside.path()).unwrap(), text);
        }
        assert_eq!(put_aside(&file).unwrap(), None);
    }
}
