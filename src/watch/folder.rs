//! Where the record of a watched program goes: a folder of its own among the results, as that of a run.

use std::io::ErrorKind;

use super::error::WatchError;
use super::record::WatchedRecord;
use crate::disk::{self, Destination};

/// The folder among the results in which those of watched programs lie.
pub const WATCHED_FOLDER: &str = "Watched programs";

/// The most characters of a program's name in that of its folder.
const MOST_NAME_CHARS: usize = 40;

/// Makes a folder in the results for a record, which is called after it: when it began to be watched, and what it is.
///
/// # Errors
/// Where it cannot be made.
pub fn take_folder(results: &Destination, record: &mut WatchedRecord) -> Result<Destination, WatchError> {
    let around = results.join(WATCHED_FOLDER);
    let io = |folder: &Destination, source| WatchError::Io { path: folder.path().to_owned(), source };
    around.make_folder().map_err(|source| io(&around, source))?;
    let when = jiff::Zoned::now().strftime("%Y-%m-%d %H.%M.%S");
    let stem = format!("{when} {}", safe_name(&record.title()));
    for number in 1.. {
        let suffix = if number == 1 { String::new() } else { format!(" ({number})") };
        let run = format!("{stem}{suffix}");
        let folder = around.join(&run);
        // Making it takes the name, also against another Stepwell.
        match folder.take_folder() {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => return Err(io(&folder, source)),
            Ok(()) => {
                record.run = run;
                return Ok(folder);
            }
        }
    }
    Err(io(&around, ErrorKind::AlreadyExists.into()))
}

/// What every file system takes as a part of a name.
fn safe_name(title: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_ ".contains(c) { c } else { '-' };
    let mut name: Vec<char> = title.chars().map(safe).collect();
    name.dedup_by(|one, before| *one == '-' && *before == '-');
    let name: String = name.into_iter().take(MOST_NAME_CHARS).collect();
    let name = name.trim_matches(['-', ' ']);
    if name.is_empty() || disk::is_device(name) { "program".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_folder_is_one_everywhere() {
        let table = [
            ("python3 /data/my script.py", "python3 -data-my script-py"),
            ("sh -c 'exit 3;'", "sh -c -exit 3"),
            ("../..", "program"),
            ("con", "program"),
            ("  Größe: 5 ", "Größe- 5"),
        ];
        for (title, expected) in table {
            assert_eq!(safe_name(title), expected);
        }
        assert_eq!(safe_name(&"x".repeat(99)).len(), MOST_NAME_CHARS);
    }
}
