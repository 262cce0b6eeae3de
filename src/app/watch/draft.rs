//! What is typed and chosen before a program is watched.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::watch::RunningProgram;

/// What is typed and chosen. A field that is empty is as it is without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchDraft {
    /// Command line of a program to start.
    pub command: String,
    /// The folder in which it starts.
    pub folder: String,
    /// What the run is called.
    pub name: String,
    /// Rules for its lines: the name of those that come with Stepwell, or a file.
    pub rules: String,
    /// A line on which the rules are tried.
    pub tried: String,
    /// Which of the running programs are listed.
    pub filter: String,
}

impl WatchDraft {
    /// The words of the command line.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(crate) fn words(&self) -> Result<Vec<OsString>, String> {
        // On Windows a backslash parts folders, and hides nothing.
        let text = if cfg!(windows) { self.command.replace('\\', "\\\\") } else { self.command.clone() };
        let words = shlex::split(&text).ok_or("A quotation mark in the command line has no end.")?;
        if words.is_empty() {
            return Err("Type the command line of a program, as in a terminal: python3 script.py".to_owned());
        }
        Ok(words.into_iter().map(OsString::from).collect())
    }

    /// The folder in which the program starts, where one is named.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        Some(self.folder.trim()).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    /// The name, where there is one.
    pub(crate) fn name(&self) -> Option<String> {
        Some(self.name.trim()).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    }

    /// The rules, where some are chosen.
    pub(crate) fn rules(&self) -> Option<String> {
        Some(self.rules.trim()).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    }

    /// The rules and the line on which they are tried, where there are both.
    pub(crate) fn trial(&self) -> Option<(String, String)> {
        self.rules().zip(Some(self.tried.clone()).filter(|line| !line.trim().is_empty()))
    }

    /// Whether a running program is listed.
    pub(crate) fn lists(&self, program: &RunningProgram) -> bool {
        let wanted = self.filter.trim().to_lowercase();
        let texts = [&program.name, &program.command, &program.pid.to_string()];
        texts.into_iter().any(|text| text.to_lowercase().contains(&wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_as_a_terminal_does() {
        let words =
            |command: &str| WatchDraft { command: command.to_owned(), ..WatchDraft::default() }.words();
        let table: [(&str, Option<&[&str]>); 5] = [
            ("python3 script.py --plate /data/p", Some(&["python3", "script.py", "--plate", "/data/p"])),
            ("  fiji  'my macro.ijm' \"a b\"", Some(&["fiji", "my macro.ijm", "a b"])),
            ("tool ''", Some(&["tool", ""])),
            ("   ", None),
            ("tool 'open", None),
        ];
        for (command, expected) in table {
            let expected = expected.map(|words| words.iter().map(OsString::from).collect::<Vec<_>>());
            assert_eq!(words(command).ok(), expected, "{command}");
        }
    }
}
