//! Files of mprof, the recorder of memory_profiler (0.61: `mprof.py`, `memory_profiler.py`), line by line:
//!
//! * `CMDLINE program arguments`
//! * `MEM mebibytes time`: the process, with its children where it ran with `--include-children`
//! * `CHLD pid mebibytes time`: a child, after the `MEM` that it was seen with, where it ran with `--multiprocess`
//! * `FUNC name mebibytes time mebibytes time level`: a function that has `@profile`, from its start to its end
//!
//! Times are seconds since 1970.

use super::error::ImportError;
use super::imported::{Form, Imported};
use super::lines::{mebibytes, number, whole_lines};
use crate::watch::record::{Moment, MomentKind, WatchedSample};

/// Whether a line is one of mprof's.
pub(super) fn is_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("MEM") => words.count() == 2,
        Some("CHLD") => words.count() == 3,
        Some("FUNC") => (5..=6).contains(&words.count()),
        Some("CMDLINE") => true,
        _ => false,
    }
}

/// A sample with its children.
struct Seen {
    unix_secs: f64,
    main: u64,
    children: Vec<u64>,
}

/// A function from its start to its end.
struct Function<'a> {
    name: &'a str,
    started: f64,
    ended: f64,
    line: &'a str,
}

pub(super) fn read(text: &str) -> Result<Imported, ImportError> {
    let (lines, cut_off) = whole_lines(text);
    let mut command = Vec::new();
    let mut seen: Vec<Seen> = Vec::new();
    let mut functions = Vec::new();
    for (number, line) in lines {
        let wrong = |expected| ImportError::Line {
            line: number,
            form: Form::Mprof.name(),
            expected,
            found: line.to_owned(),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CMDLINE", program @ ..] => command = program.iter().map(|word| (*word).to_owned()).collect(),
            ["MEM", mem, time] => {
                let sample = memory(mem, time).ok_or_else(|| wrong("“MEM”, memory and a time"))?;
                if seen.last().is_some_and(|last| sample.unix_secs < last.unix_secs) {
                    return Err(ImportError::Backwards { line: number });
                }
                seen.push(sample);
            }
            ["CHLD", _, mem, time] => {
                let expected =
                    || wrong("“MEM” before the first “CHLD”, and in each a process, memory and a time");
                let child = memory(mem, time).ok_or_else(expected)?;
                seen.last_mut().ok_or_else(expected)?.children.push(child.main);
            }
            ["FUNC", name, _, started, _, ended, ..] if words.len() <= 7 => {
                functions.push(
                    function(name, started, ended, line)
                        .ok_or_else(|| wrong("“FUNC”, a name, and memory and time at its start and end"))?,
                );
            }
            _ => return Err(wrong("CMDLINE, MEM, CHLD or FUNC")),
        }
    }
    let first = seen.first().ok_or(ImportError::NoSamples { form: Form::Mprof.name() })?.unix_secs;
    let start = functions.iter().map(|function| function.started).fold(first, f64::min);
    let children = Children::of(&seen);
    let notes = cut_off.into_iter().chain(children.note().map(ToOwned::to_owned)).collect();
    let samples = seen.iter().map(|one| one.sample(start, children)).collect();
    let (moments, started_unix_secs) = (moments(&functions, start), Some(start as u64));
    Ok(Imported { command, started_unix_secs, moments, notes, ..Imported::new(Form::Mprof, samples) })
}

fn memory(mem: &str, time: &str) -> Option<Seen> {
    Some(Seen { unix_secs: number(time)?, main: mebibytes(mem)?, children: Vec::new() })
}

fn function<'a>(name: &'a str, started: &str, ended: &str, line: &'a str) -> Option<Function<'a>> {
    let (started, ended) = (number(started)?, number(ended)?);
    (started <= ended).then_some(Function {
        name: name.strip_prefix("__main__.").unwrap_or(name),
        started,
        ended,
        line,
    })
}

/// What `CHLD` is beside `MEM`.
#[derive(Clone, Copy, PartialEq)]
enum Children {
    /// There are none, and nobody knows whether `MEM` is of one process or of several.
    Untold,
    /// They are not in it.
    Apart,
    /// They might be in it, but it does not go with them.
    PerhapsWithin,
    /// They are in it: mprof ran with `--include-children`, too.
    Within,
}

impl Children {
    /// `MEM` with its children in it is never smaller than they are together, and is steadier without them than with them.
    fn of(seen: &[Seen]) -> Self {
        if seen.iter().all(|one| one.children.is_empty()) {
            return Self::Untold;
        }
        if seen.iter().any(|one| one.main < one.of_children()) {
            return Self::Apart;
        }
        let changes = |memory: fn(&Seen) -> u64| -> f64 {
            seen.windows(2).map(|pair| memory(&pair[1]).abs_diff(memory(&pair[0])) as f64).sum()
        };
        let is_steadier_without = changes(|one| one.main - one.of_children()) < changes(|one| one.main);
        if is_steadier_without { Self::Within } else { Self::PerhapsWithin }
    }

    fn note(self) -> Option<&'static str> {
        match self {
            Self::Untold | Self::Apart => None,
            Self::PerhapsWithin => Some(
                "Memory of the main process and of its children was added up; if mprof ran with --include-children, too, they are \
                 counted twice.",
            ),
            Self::Within => Some(
                "Memory of the main process rises and falls with that of its children, so they were taken to be in it already.",
            ),
        }
    }
}

impl Seen {
    fn of_children(&self) -> u64 {
        self.children.iter().fold(0, |sum, child| sum.saturating_add(*child))
    }

    fn sample(&self, start: f64, children: Children) -> WatchedSample {
        let of_children = self.of_children();
        let (sum, main) = match children {
            Children::Untold | Children::Apart | Children::PerhapsWithin => {
                (self.main.saturating_add(of_children), self.main)
            }
            Children::Within => (self.main, self.main - of_children),
        };
        let are_told = children != Children::Untold;
        let processes = u32::try_from(self.children.len() + 1).ok();
        WatchedSample {
            at_secs: self.unix_secs - start,
            rss: Some(sum),
            pss: None,
            largest: are_told.then(|| self.children.iter().copied().fold(main, u64::max)),
            processes: processes.filter(|_| are_told),
        }
    }
}

fn moments(functions: &[Function], start: f64) -> Vec<Moment> {
    let mut moments = Vec::with_capacity(functions.len() * 2);
    for function in functions {
        let (name, said) = (function.name.to_owned(), function.line.to_owned());
        let (begin, end) = (function.started - start, function.ended - start);
        moments.push(Moment {
            at_secs: begin,
            kind: MomentKind::StepStarted { name: name.clone() },
            said: said.clone(),
        });
        moments.push(Moment { at_secs: end, kind: MomentKind::StepDone { name, secs: None }, said });
    }
    moments.sort_by(|a, b| a.at_secs.total_cmp(&b.at_secs));
    moments
}
