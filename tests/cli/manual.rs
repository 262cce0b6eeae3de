//! Manual pages and completions: of all commands that the help names, and of these alone.

use crate::{stepwell, text};

#[test]
fn every_command_has_a_page_and_is_completed() {
    let share = tempfile::tempdir().expect("a folder");
    let output = stepwell(&["manual", text(share.path())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let help = String::from_utf8(stepwell(&["--help"]).stdout).expect("UTF-8");
    let commands = help.split("Commands:").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    // What is said of a command goes on further to the right.
    let named = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<&str> = named.filter(|name| !name.is_empty() && *name != "help").collect();
    assert!(commands.contains(&"scan") && commands.contains(&"workflow"), "{commands:?}");

    let read = |name: &str| std::fs::read_to_string(share.path().join(name)).expect("written");
    let mut pages: Vec<String> = std::fs::read_dir(share.path().join("man/man1"))
        .expect("a folder")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("UTF-8"))
        .collect();
    let mut expected: Vec<String> = commands.iter().map(|name| format!("stepwell-{name}.1")).collect();
    expected.push("stepwell.1".to_owned());
    pages.sort();
    expected.sort();
    assert_eq!(pages, expected);

    assert!(read("man/man1/stepwell-plan.1").contains("timepoints"));
    let main = read("man/man1/stepwell.1");
    for heading in ["NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXAMPLES", "FILES", "EXIT STATUS"] {
        let line = format!(".SH {heading}");
        let quoted = format!(".SH \"{heading}\"");
        assert!(main.lines().any(|at| at == line || at == quoted), "{heading}: {main}");
    }
    let completions = [
        "bash-completion/completions/stepwell",
        "zsh/site-functions/_stepwell",
        "fish/vendor_completions.d/stepwell.fish",
    ];
    for name in completions {
        let script = read(name);
        for command in commands.iter().chain(&["wells-at-once", "pretend-memory"]) {
            assert!(script.contains(command), "{command} in {name}");
        }
        assert!(!script.contains("manual"), "what is hidden is completed in {name}");
    }
}
