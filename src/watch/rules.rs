//! Rules that make moments of what a program says.
//!
//! A rule is a regular expression that is searched in a line, and what the line tells then. Its groups are named: `images`,
//! `combination`, `name`, `secs`, and of memory `rss_bytes`, `rss_kib`, `rss_mb`, `rss_mib`, `rss_gb` or `rss_gib`. The first rule that fits says what
//! a line is. Rules of some programs come with Stepwell; others are files of the user.

use std::path::{Path, PathBuf};

use regex::{Captures, Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};

use super::record::{Moment, MomentKind};
use crate::disk;
use crate::limits;
use crate::shown_text::shorten;

/// The rules that come with Stepwell: the name by which each set is chosen, and its text.
const BUILT_IN: [(&str, &str); 4] = [
    ("openhcs", include_str!("../../assets/rules/openhcs.ron")),
    ("cellprofiler", include_str!("../../assets/rules/cellprofiler.ron")),
    ("nextflow", include_str!("../../assets/rules/nextflow.ron")),
    ("snakemake", include_str!("../../assets/rules/snakemake.ron")),
];

/// A set of rules as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// What the rules are for: `OpenHCS`.
    pub name: String,
    /// The rules, of which the first that fits a line counts.
    pub rules: Vec<Rule>,
}

/// What a line tells that has a pattern in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A regular expression with named groups.
    pub pattern: String,
    /// What a line with it becomes.
    pub becomes: Becomes,
}

/// What a line becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Becomes {
    /// Images were read into memory: `images`, `combination`.
    Preloaded,
    /// Images went from memory: `images`, `combination`.
    Cleared,
    /// A step began: `name`.
    StepStarted,
    /// A step was over: `name`, and `secs` that it took.
    StepDone,
    /// The program tells its own memory: one of the groups `rss_…`.
    Memory,
    /// Something worth a mark: `name`, or else the line.
    Mark,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// There are no rules of that name.
    #[error("“{name}” is neither a file nor one of the rules that come with Stepwell: {}", RuleSet::names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one of rules.
    #[error("{}: not a file of rules: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A pattern cannot be used.
    #[error("{}: rule {nth}: {why}", path.display())]
    Pattern {
        /// The file.
        path: PathBuf,
        /// Which rule, from 1.
        nth: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Rules that are ready to be used.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// What the rules are for.
    pub name: String,
    /// All patterns at once: most lines fit none.
    any: RegexSet,
    rules: Vec<(Regex, Becomes)>,
}

impl RuleSet {
    /// The names of the rules that come with Stepwell.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.into_iter().map(|(name, _)| name)
    }

    /// Rules by the name of those that come with Stepwell, or by a file.
    ///
    /// # Errors
    /// [`RulesError`].
    pub fn named(name: &str) -> Result<Self, RulesError> {
        let built_in = BUILT_IN.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let path = Path::new(name);
        match built_in {
            Some((_, text)) => Self::of_text(text, path),
            None if path.exists() => {
                let text = disk::read_to_string(path, limits::SMALL_FILE_BYTES)
                    .map_err(|source| RulesError::Io { path: path.to_owned(), source })?;
                Self::of_text(&text, path)
            }
            None => Err(RulesError::Unknown { name: name.to_owned() }),
        }
    }

    /// Rules from the text of a file.
    ///
    /// # Errors
    /// [`RulesError`].
    pub fn of_text(text: &str, path: &Path) -> Result<Self, RulesError> {
        let malformed = |why: String| RulesError::Malformed { path: path.to_owned(), why };
        let file: RuleFile = ron::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if file.rules.len() > limits::WATCHED_RULES {
            return Err(malformed(format!("it has more than {} rules", limits::WATCHED_RULES)));
        }
        let mut rules = Vec::new();
        for (nth, rule) in (1..).zip(&file.rules) {
            let regex =
                checked(rule).map_err(|why| RulesError::Pattern { path: path.to_owned(), nth, why })?;
            rules.push((regex, rule.becomes));
        }
        let any = RegexSetBuilder::new(file.rules.iter().map(|rule| &rule.pattern))
            .size_limit(limits::PATTERN_BYTES * file.rules.len().max(1))
            .build()
            .map_err(|error| malformed(error.to_string()))?;
        Ok(Self { name: file.name, any, rules })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What a line tells that came at a time; `None` where it is nothing of interest.
    pub fn moment(&self, at_secs: f64, line: &str) -> Option<Moment> {
        let first = self.any.matches(line).iter().next()?;
        let (regex, becomes) = self.rules.get(first)?;
        let found = regex.captures(line)?;
        let kind = kind_of(*becomes, &found, line)?;
        let mut said = line.trim().to_owned();
        shorten(&mut said, limits::WATCHED_LINE_CHARS);
        Some(Moment { at_secs, kind, said })
    }
}

/// The groups in which memory may be told, and how many bytes one of each is.
const MEMORY: [(&str, f64); 6] = [
    ("rss_bytes", 1.0),
    ("rss_kib", 1024.0),
    ("rss_mb", 1e6),
    ("rss_mib", 1_048_576.0),
    ("rss_gb", 1e9),
    ("rss_gib", 1_073_741_824.0),
];

fn kind_of(becomes: Becomes, found: &Captures<'_>, line: &str) -> Option<MomentKind> {
    let text = |group: &str| {
        let text = found.name(group).map(|group| group.as_str().trim().to_owned());
        text.filter(|text| !text.is_empty())
    };
    let images = || text("images").and_then(|number| number.replace([',', '_'], "").parse().ok());
    let name = || text("name").unwrap_or_else(|| line.trim().to_owned());
    Some(match becomes {
        Becomes::Preloaded => MomentKind::Preloaded { images: images(), combination: text("combination") },
        Becomes::Cleared => MomentKind::Cleared { images: images(), combination: text("combination") },
        Becomes::StepStarted => MomentKind::StepStarted { name: name() },
        Becomes::StepDone => {
            let secs = text("secs").and_then(|number| number.parse().ok());
            let secs = secs.filter(|secs| (0.0..=limits::RUN_SECS).contains(secs));
            MomentKind::StepDone { name: name(), secs }
        }
        Becomes::Memory => {
            let told = |(group, unit): (&str, f64)| {
                let number: f64 = text(group)?.replace(',', "").parse().ok()?;
                Some(number * unit).filter(|bytes| (0.0..=limits::RECORDED_FLOAT).contains(bytes))
            };
            MomentKind::Memory { rss_bytes: MEMORY.into_iter().find_map(told)? as u64 }
        }
        Becomes::Mark => MomentKind::Mark,
    })
}

/// The pattern of a rule, made ready; where it cannot be used, why.
fn checked(rule: &Rule) -> Result<Regex, String> {
    if rule.pattern.chars().count() > limits::PATTERN_CHARS {
        return Err(format!("the pattern has more than {} characters", limits::PATTERN_CHARS));
    }
    let regex = RegexBuilder::new(&rule.pattern)
        .size_limit(limits::PATTERN_BYTES)
        .build()
        .map_err(|error| error.to_string())?;
    let groups: Vec<&str> = regex.capture_names().flatten().collect();
    let memory = MEMORY.map(|(group, _)| group);
    let known: &[&str] = match rule.becomes {
        Becomes::Preloaded | Becomes::Cleared => &["images", "combination"],
        Becomes::StepStarted | Becomes::Mark => &["name"],
        Becomes::StepDone => &["name", "secs"],
        Becomes::Memory => &memory,
    };
    if let Some(group) = groups.iter().find(|group| !known.contains(group)) {
        return Err(format!("{:?} has no group “{group}”, only {}", rule.becomes, known.join(", ")));
    }
    if rule.becomes == Becomes::Memory && groups.is_empty() {
        return Err(format!("Memory needs one of the groups {}", known.join(", ")));
    }
    Ok(regex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<RuleSet, RulesError> {
        RuleSet::of_text(text, Path::new("my.ron"))
    }

    #[test]
    fn a_line_becomes_what_its_first_rule_says() {
        let rules = rules(
            r#"(name: "Mine", rules: [
                (pattern: r"Saved (?P<images>[\d,]+) files( of (?P<combination>\S+))?", becomes: Preloaded),
                (pattern: r"Cleared (?P<images>\d+) .* for (?P<combination>\(.*\))", becomes: Cleared),
                (pattern: r"Cleared", becomes: Cleared),
                (pattern: r"step (?P<name>\w+) begins", becomes: StepStarted),
                (pattern: r"step (?P<name>\w+) done(?: in (?P<secs>[\d.]+) s)?", becomes: StepDone),
                (pattern: r"(?P<rss_mb>[\d.]+) MB RSS|(?P<rss_kib>\d+) KiB", becomes: Memory),
                (pattern: r"attention", becomes: Mark),
            ])"#,
        )
        .expect("rules");
        let some = |text: &str| Some(text.to_owned());
        let table = [
            ("Saved 1,054 files", Some(MomentKind::Preloaded { images: Some(1054), combination: None })),
            (
                "Saved 4 files of DAPI",
                Some(MomentKind::Preloaded { images: Some(4), combination: some("DAPI") }),
            ),
            (
                "12:00 Cleared 27 preloaded files for ('1',)",
                Some(MomentKind::Cleared { images: Some(27), combination: some("('1',)") }),
            ),
            ("Cleared", Some(MomentKind::Cleared { images: None, combination: None })),
            ("step blur begins", Some(MomentKind::StepStarted { name: "blur".to_owned() })),
            ("step blur done", Some(MomentKind::StepDone { name: "blur".to_owned(), secs: None })),
            (
                "step blur done in 1.5 s",
                Some(MomentKind::StepDone { name: "blur".to_owned(), secs: Some(1.5) }),
            ),
            ("step blur done in 1.5.5 s", Some(MomentKind::StepDone { name: "blur".to_owned(), secs: None })),
            ("After: 1462.2 MB RSS", Some(MomentKind::Memory { rss_bytes: 1_462_200_000 })),
            ("3 KiB", Some(MomentKind::Memory { rss_bytes: 3072 })),
            (". MB RSS", None),
            (
                "Saved 99999999999999999999 files",
                Some(MomentKind::Preloaded { images: None, combination: None }),
            ),
            ("  attention  ", Some(MomentKind::Mark)),
            ("nothing", None),
        ];
        for (line, expected) in table {
            let moment = rules.moment(1.5, line);
            assert_eq!(moment.as_ref().map(|moment| &moment.kind), expected.as_ref(), "{line}");
            if let Some(moment) = moment {
                assert_eq!((moment.at_secs, moment.said.as_str()), (1.5, line.trim()));
            }
        }
    }

    #[test]
    fn what_is_wrong_with_rules_is_told_with_its_place() {
        let one = |pattern: &str, becomes: &str| {
            format!(
                "(name: \"\", rules: [(pattern: r\"x\", becomes: Mark), (pattern: r\"{pattern}\", becomes: {becomes})])"
            )
        };
        let table = [
            ("(", "not a file of rules: 1:"),
            (&one("(", "Mark"), "rule 2: "),
            (&one("x", "Memory"), "rule 2: Memory needs one of the groups rss_bytes"),
            (&one("(?P<name>x)", "Cleared"), "rule 2: Cleared has no group “name”, only images, combination"),
            (&one("(((x{99}){99}){99}){99}", "Mark"), "rule 2: "),
            (&one("x", "Nothing"), "not a file of rules"),
        ];
        for (text, expected) in table {
            let why = rules(text).expect_err(text).to_string();
            assert!(why.starts_with("my.ron: ") && why.contains(expected), "{text}: {why}");
        }
        let why = RuleSet::named("no such rules").expect_err("unknown").to_string();
        assert!(why.contains("openhcs"), "{why}");
    }

    #[test]
    fn all_rules_that_come_with_stepwell_can_be_used() {
        for name in RuleSet::names() {
            let rules = RuleSet::named(name).expect(name);
            assert!(!rules.is_empty() && !rules.name.is_empty());
        }
    }
}
