//! Texts of users in files of others: no name of a folder is a command there, whatever is in it.

use std::fmt::Write as _;

/// One word for a POSIX shell.
pub(super) fn shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-+./,:@%=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Words for a POSIX shell.
pub(super) fn shell_words(words: &[String]) -> String {
    words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
}

/// A string as YAML and JSON take it.
pub(super) fn yaml(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // YAML takes none of these as they are, and some as the end of a line.
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // A string takes all that is written to it.
                let _written = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of strings as YAML and JSON take it.
pub(super) fn yaml_list(words: &[String]) -> String {
    format!("[{}]", words.iter().map(|word| yaml(word)).collect::<Vec<_>>().join(", "))
}

/// A text as it may stand in a comment: one line.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of folders that others may have.
    const NAMES: [&str; 9] = [
        "plate",
        "my plate",
        "it's",
        "$HOME `date` $(date) ; rm x",
        "{wells} {{x}} %s \\n",
        "\"double\" & #hash: - [a]",
        "Zählung 細胞",
        "two\nlines\ttab",
        "",
    ];

    #[test]
    fn a_shell_takes_a_word_as_it_is() {
        let table = [
            ("plate", "plate"),
            ("/data/a_b-1.x", "/data/a_b-1.x"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("~x", "'~x'"),
        ];
        for (word, expected) in table {
            assert_eq!(shell(word), expected);
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_shell_of_this_system_agrees() {
        for name in NAMES {
            let command = format!("printf %s {}", shell(name));
            let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), name);
        }
    }

    #[test]
    fn yaml_is_json() {
        let words: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        let read: Vec<String> = serde_json::from_str(&yaml_list(&words)).unwrap();
        assert_eq!(read, words);
        assert_eq!(yaml("\u{7f}\u{85}\u{2028}"), r#""\u007f\u0085\u2028""#);
    }
}
