//! Which columns of a table are meant, by what stands above them, and what their numbers count.

use super::error::ImportError;

/// What a user says of a table; what is not said is guessed where it is clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The column of times, by its name.
    pub time: Option<String>,
    /// The column of memory, by its name.
    pub memory: Option<String>,
    /// What memory is counted in.
    pub unit: Option<Unit>,
}

/// What memory is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its sign.
    pub sign: &'static str,
    /// How many bytes one has.
    pub bytes: u64,
}

impl Unit {
    /// All units. As everywhere here, 1 MB is 1,000,000 bytes, and 1 MiB is 1,048,576.
    pub const ALL: [Self; 7] = [
        Self { sign: "B", bytes: 1 },
        Self { sign: "kB", bytes: 1_000 },
        Self { sign: "MB", bytes: 1_000_000 },
        Self { sign: "GB", bytes: 1_000_000_000 },
        Self { sign: "KiB", bytes: 1 << 10 },
        Self { sign: "MiB", bytes: 1 << 20 },
        Self { sign: "GiB", bytes: 1 << 30 },
    ];

    /// The unit of a sign or a word, in whatever case.
    pub fn named(word: &str) -> Option<Self> {
        let word =
            if ["byte", "bytes"].iter().any(|bytes| word.eq_ignore_ascii_case(bytes)) { "B" } else { word };
        Self::ALL.into_iter().find(|unit| unit.sign.eq_ignore_ascii_case(word))
    }
}

/// The columns of a table that are read, by their numbers from 0.
#[derive(Debug, PartialEq)]
pub(super) struct Chosen {
    pub(super) time: usize,
    /// Seconds that a number of the time counts; `None` where nothing says it.
    pub(super) time_secs: Option<f64>,
    pub(super) memory: usize,
    pub(super) memory_name: String,
    /// `None` where only the cells could say it.
    pub(super) unit: Option<Unit>,
    /// The column that parts processes.
    pub(super) process: Option<usize>,
}

impl Columns {
    /// Those of a table with these names above its columns.
    ///
    /// # Errors
    /// Where a column that was asked for is not there, or it is not clear which is meant.
    pub(super) fn chosen(&self, names: &[String]) -> Result<Chosen, ImportError> {
        let time = column(names, self.time.as_deref(), "times", "--time", &times(names))?;
        let memory = column(names, self.memory.as_deref(), "memory", "--memory", &memories(names))?;
        let unit = self.unit.or_else(|| unit_in(&names[memory]));
        let time_secs = words(&names[time]).iter().find_map(|word| secs_of(word));
        let process = names.iter().position(|name| words(name).iter().any(|word| word == "pid"));
        Ok(Chosen { time, time_secs, memory, memory_name: names[memory].clone(), unit, process })
    }
}

/// The unit that a name has. A column that is called B by itself is one of many, and not one of bytes.
fn unit_in(name: &str) -> Option<Unit> {
    let words = words(name);
    let is_letter = |word: &str| word.len() == 1 && words.len() == 1;
    words.iter().filter(|word| !is_letter(word)).find_map(|word| Unit::named(word))
}

fn column(
    names: &[String],
    asked: Option<&str>,
    wanted: &'static str,
    option: &'static str,
    guessed: &[usize],
) -> Result<usize, ImportError> {
    if let Some(asked) = asked {
        let found = names.iter().position(|name| name.trim().eq_ignore_ascii_case(asked.trim()));
        return found
            .ok_or_else(|| ImportError::NoColumn { name: asked.to_owned(), columns: names.to_vec() });
    }
    match guessed {
        [only] => Ok(*only),
        _ => Err(ImportError::Column { wanted, option, columns: names.to_vec() }),
    }
}

/// The words of a name, in lower case: of `mem_RSS (MB)` mem, rss and mb.
fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

const TIMES: [&str; 9] =
    ["time", "elapsed", "timestamp", "date", "datetime", "seconds", "secs", "zeit", "temps"];
/// What is no time of the clock although it says so.
const OTHER_TIMES: [&str; 5] = ["cpu", "user", "system", "sys", "io"];
const MEMORIES: [&str; 7] = ["mem", "memory", "resident", "real", "ram", "speicher", "mémoire"];
/// What is no memory that is taken.
const OTHER_MEMORIES: [&str; 11] =
    ["virtual", "vms", "vsz", "swap", "percent", "pct", "available", "free", "total", "limit", "gpu"];

fn having(names: &[String], some: &[&str], none: &[&str]) -> Vec<usize> {
    let is = |name: &str| {
        let words = words(name);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        has(some) && !has(none) && !name.contains('%')
    };
    (0..names.len()).filter(|at| is(&names[*at])).collect()
}

fn times(names: &[String]) -> Vec<usize> {
    having(names, &TIMES, &OTHER_TIMES)
}

/// What says RSS is meant wherever it stands.
fn memories(names: &[String]) -> Vec<usize> {
    let rss = having(names, &["rss"], &OTHER_MEMORIES);
    if rss.is_empty() { having(names, &MEMORIES, &OTHER_MEMORIES) } else { rss }
}

/// The seconds that a unit of time has.
fn secs_of(word: &str) -> Option<f64> {
    match word {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0),
        "ms" | "milliseconds" | "millis" => Some(1e-3),
        "us" | "µs" | "microseconds" => Some(1e-6),
        "ns" | "nanoseconds" => Some(1e-9),
        "min" | "minutes" => Some(60.0),
        "h" | "hours" => Some(3600.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_by_their_names() {
        // The column of times, the seconds that one counts, the column of memory, its unit.
        type Told = (usize, Option<f64>, usize, Option<&'static str>);
        let table: [(&[&str], Option<Told>); 13] = [
            (&["time", "rss_mb"], Some((0, None, 1, Some("MB")))),
            (&["Elapsed (s)", "CPU (%)", "Memory [MiB]"], Some((0, Some(1.0), 2, Some("MiB")))),
            (&["timestamp", "pid", "vms", "rss", "%mem"], Some((0, None, 3, None))),
            (&["Zeit [ms]", "Arbeitsspeicher", "RSS in KiB"], Some((0, Some(1e-3), 2, Some("KiB")))),
            (&["cpu time", "elapsed", "mem bytes", "mem percent"], Some((1, None, 2, Some("B")))),
            (&["elapsed_time", "nproc", "cpu", "mem_real", "mem_virtual"], Some((0, None, 3, None))),
            (&["minutes", "memory"], None),
            (&["t", "time", "real b"], Some((1, None, 2, Some("B")))),
            (&["time (min)", "memory (GB)"], Some((0, Some(60.0), 1, Some("GB")))),
            (&["time", "date", "rss"], None),
            (&["time", "memory a", "memory b"], None),
            (&["1", "2"], None),
            (&[], None),
        ];
        for (names, expected) in table {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let chosen = Columns::default().chosen(&names).ok();
            let told =
                chosen.map(|one| (one.time, one.time_secs, one.memory, one.unit.map(|unit| unit.sign)));
            assert_eq!(told, expected, "{names:?}");
        }
    }

    #[test]
    fn what_a_user_says_comes_first() {
        let names: Vec<String> = ["a", "B b", "c (MB)"].map(ToOwned::to_owned).to_vec();
        let asked = |time: &str, memory: &str, unit| Columns {
            time: Some(time.to_owned()),
            memory: Some(memory.to_owned()),
            unit: Unit::named(unit),
        };
        let chosen = asked("A", "c (mb)", "gib").chosen(&names).unwrap();
        assert_eq!((chosen.time, chosen.memory, chosen.unit.unwrap().bytes), (0, 2, 1 << 30));
        assert_eq!(asked("a", "B b", "").chosen(&names).unwrap().unit, Unit::named("B"));
        let letter = asked("a", "b", "").chosen(&["a", "b"].map(ToOwned::to_owned)).unwrap();
        assert_eq!(letter.unit, None);
        let error = asked("a", "d", "").chosen(&names).unwrap_err();
        assert_eq!(error.to_string(), "it has no column “d”; its columns: “a”, “B b”, “c (MB)”");
    }
}
