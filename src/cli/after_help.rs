//! The end of the help, after commands and options. The manual page has the same under headings.

/// Common commands, and what they do if that is not clear.
pub(super) const EXAMPLES: [(&str, &str); 14] = [
    ("stepwell", "open the window"),
    ("stepwell --demo", "open the demo plate and compare it both ways"),
    ("stepwell demo my-plate --channels 4", "write a plate to play with"),
    ("stepwell scan /data/plate", "what is there, what is missing"),
    ("stepwell plan /data/plate", "what each way of processing would need"),
    (
        "stepwell plan --channels 10 --timepoints 100 --sites 9 --planes 3 --size 1000x500",
        "the same for a plate that you do not have yet",
    ),
    ("stepwell compare /data/plate --sequential channel", ""),
    ("stepwell run /data/plate --mode sequential --sequential channel,timepoint --out /data/results", ""),
    ("stepwell run /data/plate --mode bulk --into /data/results/run --wells A01,A02", ""),
    ("stepwell resume /data/results/run", "continue a run: process what is missing"),
    ("stepwell report /data/results/plate --out /data/report", ""),
    ("stepwell watch -- python3 script.py", "memory of any program, as a run"),
    ("stepwell import mprofile_20261201.dat", "memory that mprof recorded, as a run"),
    ("stepwell workflow /data/plate --mode bulk --engine snakemake --out /data/workflow", ""),
];

/// Where the logs are.
pub(super) const FILES: &str = "\
The log of the program is stepwell.log in Stepwell's data folder (the page Log in the window shows where).
The log of each run is run.log, beside its record.";

/// What words in the options mean.
pub(super) const WORDS: &str =
    "Components are site, channel, z and timepoint. Sizes are decimal: 1 MB is 1,000,000 bytes.";

/// What the exit code of a command means, for scripts.
pub(super) const EXIT_CODES: &str = "\
0 done, 1 done but some images failed, 2 wrong usage, 3 cannot open or not a plate,
4 over budget, 5 cancelled or killed.";

/// The column at which the explanations of the examples start.
const COLUMNS: usize = 48;

/// All of it, as the help has it.
pub(super) fn after_help() -> String {
    let mut text = "Examples:\n".to_owned();
    for (command, what) in EXAMPLES {
        let line = if command.len() < COLUMNS {
            format!("  {command:COLUMNS$}{what}")
        } else {
            format!("  {command}\n  {:COLUMNS$}{what}", "")
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text + &format!("\n{FILES}\n\n{WORDS}\nExit codes: {EXIT_CODES}")
}
