//! Memory logs of other programs, as these wrote them: what each becomes, and what is said of one that is damaged or foreign.
//!
//! `tests/data/memory-logs/README.md` says how the files were made.

use std::fs;
use std::path::Path;

use stepwell::watch::{
    Columns, Form, ImportHints, Imported, MomentKind, Origin, RuleSet, Unit, WatchedRecord, import,
};

use crate::support::place;

fn bytes_of(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/memory-logs");
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn imported(name: &str) -> Imported {
    import(&bytes_of(name), &ImportHints::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What a file should become, worked out of it by a script of another language.
struct Expected {
    file: &'static str,
    form: Form,
    command: &'static str,
    started: Option<u64>,
    samples: usize,
    secs: f64,
    peak: u64,
    largest: Option<u64>,
    processes: Option<u32>,
    notes: usize,
}

#[test]
fn logs_of_other_recorders_become_memory_over_time() {
    let one = |file, form, command, started, samples, secs, peak, largest, processes, notes| Expected {
        file,
        form,
        command,
        started,
        samples,
        secs,
        peak,
        largest,
        processes,
        notes,
    };
    let (held, children, memray) =
        ("python3 held.py", "python3 held.py --children", "memray run -f -q -o m.bin held.py");
    let (mprof, psrecord) = (Form::Mprof, Form::Psrecord);
    let table = [
        one("mprof-functions.dat", mprof, held, Some(1_796_116_811), 18, 1.722, 123_994_112, None, None, 0),
        one("mprof-cut-off.dat", mprof, held, Some(1_796_116_811), 17, 1.622, 123_994_112, None, None, 1),
        one(
            "mprof-include-children.dat",
            mprof,
            children,
            Some(1_796_116_813),
            27,
            2.699,
            178_495_487,
            None,
            None,
            0,
        ),
        one(
            "mprof-multiprocess.dat",
            mprof,
            children,
            Some(1_796_116_816),
            25,
            2.504,
            151_400_448,
            Some(111_767_552),
            Some(3),
            0,
        ),
        one(
            "mprof-both.dat",
            mprof,
            children,
            Some(1_796_116_819),
            24,
            2.453,
            151_461_887,
            Some(111_767_552),
            Some(3),
            1,
        ),
        one("psrecord.txt", psrecord, "", None, 26, 2.526, 1_720_713, None, None, 0),
        one("psrecord-children.txt", psrecord, "", None, 26, 2.607, 153_104_679, None, None, 0),
        one("psrecord.csv", psrecord, "", None, 26, 2.593, 153_198_592, None, Some(4), 0),
        one(
            "memray-page.html",
            Form::Memray,
            memray,
            Some(1_796_116_830),
            168,
            1.75,
            145_747_968,
            Some(145_747_968),
            Some(1),
            1,
        ),
        one(
            "memray-parse.txt",
            Form::Memray,
            memray,
            Some(1_796_116_830),
            168,
            1.75,
            145_747_968,
            Some(145_747_968),
            Some(1),
            1,
        ),
    ];
    for expected in table {
        let Expected { file, .. } = expected;
        let imported = imported(file);
        let samples = &imported.samples;
        assert_eq!(imported.form, expected.form, "{file}");
        assert_eq!(imported.command.join(" "), expected.command, "{file}");
        assert_eq!(imported.started_unix_secs, expected.started, "{file}");
        assert_eq!(samples.len(), expected.samples, "{file}");
        assert!(
            (samples.last().unwrap().at_secs - samples[0].at_secs - expected.secs).abs() < 0.002,
            "{file}"
        );
        assert_eq!(samples.iter().filter_map(|one| one.rss).max(), Some(expected.peak), "{file}");
        assert_eq!(samples.iter().filter_map(|one| one.largest).max(), expected.largest, "{file}");
        assert_eq!(samples.iter().filter_map(|one| one.processes).max(), expected.processes, "{file}");
        assert_eq!(imported.notes.len(), expected.notes, "{file}: {:?}", imported.notes);
        assert!(samples.is_sorted_by(|a, b| a.at_secs <= b.at_secs), "{file}");
    }
}

#[test]
fn functions_that_mprof_marked_are_steps() {
    let told: Vec<(String, f64)> = imported("mprof-functions.dat")
        .moments
        .iter()
        .map(|moment| {
            let (word, name) = match &moment.kind {
                MomentKind::StepStarted { name } => ("begin", name),
                MomentKind::StepDone { name, .. } => ("end", name),
                other => panic!("{other:?}"),
            };
            (format!("{word} {name}"), (moment.at_secs * 1e3).round() / 1e3)
        })
        .collect();
    let expected = [
        ("begin load", 0.08),
        ("end load", 0.638),
        ("begin process", 0.638),
        ("begin load", 0.939),
        ("end load", 1.474),
        ("end process", 1.474),
    ];
    let expected = expected.map(|(name, at)| (name.to_owned(), at));
    assert_eq!(told, expected);
}

#[test]
fn lines_of_a_log_that_tell_memory_are_its_samples() {
    let mib = |count: f64| (count * 1_048_576.0) as u64;
    let in_mib = |imported: &Imported| -> Vec<(f64, Option<u64>)> {
        imported.samples.iter().map(|one| ((one.at_secs * 1e3).round() / 1e3, one.rss)).collect()
    };
    let told = |imported: &Imported| -> Vec<String> {
        let text = |kind: &MomentKind| match kind {
            MomentKind::Preloaded { images, combination } => format!("preload {images:?} {combination:?}"),
            MomentKind::Cleared { images, combination } => format!("clear {images:?} {combination:?}"),
            MomentKind::StepStarted { name } => format!("begin {name}"),
            MomentKind::StepDone { name, .. } => format!("end {name}"),
            MomentKind::Memory { .. } => "memory".to_owned(),
            MomentKind::Mark => "mark".to_owned(),
        };
        imported.moments.iter().map(|moment| text(&moment.kind)).collect()
    };
    let study = imported("openhcs-study.log");
    assert_eq!((study.form, study.writer.as_str(), study.started_unix_secs), (Form::Log, "OpenHCS", None));
    let expected =
        [(0.196, 1444.2), (0.242, 1447.7), (2.758, 1462.2), (2.76, 1462.2), (2.805, 1462.2), (5.289, 1465.6)];
    assert_eq!(in_mib(&study), expected.map(|(secs, count)| (secs, Some(mib(count)))));
    let combination = |word: &str, value: &str| format!("{word} Some(27) {value}");
    let cleared = |value: u32| combination("clear", &format!("Some(\"('{value}',)\")"));
    let preloaded = combination("preload", "None");
    let moments = [
        "memory",
        &preloaded,
        "memory",
        &cleared(1),
        "memory",
        "memory",
        &preloaded,
        "memory",
        &cleared(2),
        "memory",
    ];
    assert_eq!(told(&study), moments);
    assert_eq!(study.into_record("study.log").summary.images_at_once, Some(27));

    let version_0_8_6 = imported("openhcs-0.8.6.log");
    let expected = [(0.373, 201.9), (0.484, 206.9), (1.199, 212.5), (1.298, 212.6)];
    assert_eq!(in_mib(&version_0_8_6), expected.map(|(secs, count)| (secs, Some(mib(count)))));
    let combination = [
        "begin Percentile normalisation",
        "memory",
        "preload Some(27) None",
        "memory",
        "end Percentile normalisation",
        "begin z maximum",
        "end z maximum",
        "clear None None",
    ];
    let expected: Vec<&str> = combination.into_iter().chain(combination).collect();
    assert_eq!(told(&version_0_8_6), expected);
    assert_eq!(version_0_8_6.into_record("0.8.6.log").summary.images_at_once, Some(27));
}

#[test]
fn a_log_is_read_by_rules_of_the_users_own() {
    let rules = r#"(name: "Mine", rules: [(pattern: r"uses (?P<rss_gb>[\d.]+) GB", becomes: Memory)])"#;
    let rules = Some(RuleSet::of_text(rules, Path::new("mine.ron")).expect("rules"));
    let hints = ImportHints { rules, ..ImportHints::default() };
    let log =
        "uses 9 GB\n[2026-12-01T09:00:00] start\nit uses 1.5 GB\n2026-12-01 09:00:02.250 uses 2 GB now\n";
    let imported = import(log.as_bytes(), &hints).expect("a log");
    let found: Vec<(f64, Option<u64>)> =
        imported.samples.iter().map(|one| ((one.at_secs * 1e3).round() / 1e3, one.rss)).collect();
    assert_eq!(found, [(0.0, Some(1_500_000_000)), (2.25, Some(2_000_000_000))]);
    for (log, expected) in [
        ("uses 9 GB\n", "none tells memory together with a date and a time by the rules for Mine"),
        ("2026-12-01 09:00:05 uses 1 GB\n2026-12-01 09:00:02 uses 1 GB\n", "line 2 goes back in time"),
    ] {
        let error = import(log.as_bytes(), &hints).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_imported_run_is_written_and_read_as_any_other() {
    let notes = imported("mprof-both.dat").notes;
    let record = imported("mprof-both.dat").into_record("mprof-both.dat");
    let origin = Origin::Imported {
        file: "mprof-both.dat".to_owned(),
        form: "mprof".to_owned(),
        notes: notes.clone(),
    };
    assert_eq!((&record.origin, record.started_unix_secs), (&origin, Some(1_796_116_819)));
    assert_eq!(record.sentences()[0], "python3 held.py --children was recorded by mprof over 2.5 s.");
    assert!(record.sentences().contains(&notes[0]), "{:?}", record.sentences());
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = record;
    written.write(&place(folder.path())).expect("it can be written");
    assert_eq!(WatchedRecord::read(folder.path()).expect("it can be read"), written);
}

/// Columns by their names and a unit; empty where nothing is said.
fn asked(time: &str, memory: &str, unit: &str) -> ImportHints {
    let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let columns = Columns { time: name(time), memory: name(memory), unit: Unit::named(unit) };
    ImportHints { columns, rules: None }
}

#[test]
fn tables_of_whatever_making_are_read() {
    // The text, what was asked for; seconds and bytes of each sample.
    type Case = (&'static str, ImportHints, &'static [(f64, Option<u64>)]);
    let nothing = ImportHints::default;
    let table: [Case; 9] = [
        ("time,rss_mb\n0,1.5\n1,2\n", nothing(), &[(0.0, Some(1_500_000)), (1.0, Some(2_000_000))]),
        (
            "\u{feff}Zeit [s];Speicher (MiB)\r\n0,0;1,5\r\n0,5;2,0\r\n",
            nothing(),
            &[(0.0, Some(1_572_864)), (0.5, Some(2_097_152))],
        ),
        (
            "elapsed (ms)\tRSS (kB)\tVSZ (kB)\n10\t1000\t9\n20\t\t9\n30\t3000\t9\n",
            nothing(),
            &[(0.0, Some(1_000_000)), (0.01, None), (0.02, Some(3_000_000))],
        ),
        (
            "# by hand\ntimestamp,memory\n2026-12-01T09:13:42Z,\"1,024 KiB\"\n2026-12-01T09:13:43Z,2 MiB\n",
            nothing(),
            &[(0.0, Some(1_048_576)), (1.0, Some(2_097_152))],
        ),
        ("time,pid,rss (B)\n0,1,10\n0,2,20\n1,1,30\n", nothing(), &[(0.0, Some(30)), (1.0, Some(30))]),
        ("a,b,c\n5,1,2\n6,3,4\n", asked("a", "c", "kB"), &[(0.0, Some(2_000)), (1.0, Some(4_000))]),
        ("0 ,10\n1 ,20\n", asked("1", "2", "B"), &[(0.0, Some(10)), (1.0, Some(20))]),
        ("time,rss\n1,7\n2,8", asked("", "", "gib"), &[(0.0, Some(7 << 30)), (1.0, Some(8 << 30))]),
        (
            "seconds;memory kB\n1;1.000,5\n2;2.000,5\n",
            nothing(),
            &[(0.0, Some(1_000_500)), (1.0, Some(2_000_500))],
        ),
    ];
    for (text, asked, expected) in table {
        let imported = import(text.as_bytes(), &asked).unwrap_or_else(|error| panic!("{text}: {error}"));
        // To the microsecond.
        let rounded = |secs: f64| (secs * 1e6).round() / 1e6;
        let found: Vec<(f64, Option<u64>)> =
            imported.samples.iter().map(|one| (rounded(one.at_secs), one.rss)).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(imported.form, Form::Table);
    }
    let processes = import(b"time,pid,rss (B)\n0,1,10\n0,2,20\n1,1,30\n", &nothing()).unwrap();
    assert_eq!(processes.samples[0].largest, Some(20));
    assert_eq!(processes.samples.iter().map(|one| one.processes).collect::<Vec<_>>(), [Some(2), Some(1)]);
}

#[test]
fn what_is_damaged_mixed_or_foreign_is_told_by_what_where_and_what_to_do() {
    let functions = String::from_utf8(bytes_of("mprof-functions.dat")).unwrap();
    let psrecord = String::from_utf8(bytes_of("psrecord.txt")).unwrap();
    let broken = functions.replace("118.250000 1796116811.8623", "118.250000");
    let cases: [(Vec<u8>, &str); 18] = [
        (Vec::new(), "it is empty"),
        (b" \n".to_vec(), "it is empty"),
        (b"Dear diary\nnothing happened\n".to_vec(), "no memory log that is known here"),
        (b"\x89PNG\r\n\0\0".to_vec(), "no memory log that is known here"),
        (b"memray\0\x0d".to_vec(), "a capture of memray and has no memory over time; write a page"),
        (bytes_of("memray-stats.json"), "a statistic of memray and has no memory over time"),
        (bytes_of("memray-allocations.csv"), "memray's table of allocations and has no memory over time"),
        (broken.into_bytes(), "line 7 is “MEM 118.250000” where a mprof file has CMDLINE, MEM, CHLD or FUNC"),
        (format!("{functions}{functions}").into_bytes(), "line 27 goes back in time"),
        (format!("{functions}{psrecord}").into_bytes(), "line 23 is “# Elapsed time   CPU (%)"),
        (format!("{psrecord}{psrecord}").into_bytes(), "line 28 goes back in time"),
        (b"CMDLINE python x.py\n".to_vec(), "a mprof file without any memory"),
        (
            b"CHLD 12 1.5 1796116811.0\nMEM 1.5 1796116811.0\n".to_vec(),
            "line 1 is “CHLD 12 1.5 1796116811.0” where a mprof file has “MEM” before",
        ),
        (
            b"time,a,b\n0,1,2\n1,2,3\n".to_vec(),
            "its column of memory is not clear; name it by --memory: “time”, “a”, “b”",
        ),
        (b"time,rss\n0,1\n1,2\n".to_vec(), "its column “rss” does not say its unit; say it by --unit"),
        (b"time,rss kB\n0,1\n1,lots\n".to_vec(), "line 3 is “lots” where a table file has memory"),
        (b"time,rss kB\n0,1\nsoon,2\n".to_vec(), "line 3 is “soon” where a table file has a time"),
        (b"time,rss kB\n1,1\n0,2\n".to_vec(), "line 3 goes back in time"),
    ];
    for (bytes, expected) in cases {
        let error = import(&bytes, &ImportHints::default()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}\n{expected}");
        assert!(!error.contains('\n') && error.len() < 400, "{error}");
    }
}

#[test]
fn no_cut_of_a_file_makes_it_something_else() {
    for name in ["mprof-multiprocess.dat", "psrecord.csv", "memray-parse.txt", "mprof-functions.dat"] {
        let bytes = bytes_of(name);
        let whole = imported(name);
        for end in (0..bytes.len()).step_by(61) {
            let Ok(part) = import(&bytes[..end], &ImportHints::default()) else { continue };
            // The last sample may lack processes that stand below it.
            let before = |imported: &Imported| -> Vec<(f64, Option<u64>)> {
                imported.samples[..part.samples.len() - 1].iter().map(|one| (one.at_secs, one.rss)).collect()
            };
            assert_eq!(before(&part), before(&whole), "{name} to {end}");
        }
    }
}
