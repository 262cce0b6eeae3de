//! What wells hold, on the command line: told by `scan`, wells that are chosen by it, columns of the tables of a run, also of one
//! that is done, and of the jobs of a cluster.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{json, stepwell, text};

/// A plate of three wells with nuclei, a pipeline that counts them, and a layout.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bench = Self { folder };
        let size = ["--wells", "3", "--channels", "1", "--sites", "1", "--planes", "1", "--size", "64x64"];
        let output = stepwell(&[&["demo", text(&bench.path("plate"))][..], &size].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(bench.path("count.ron"), "(definitions: 2, steps: [(step: NucleiCount(()))])")
            .expect("writable");
        bench.layout(
            "layout.csv",
            "Well;Treatment;Dose in µM\nA1;DMSO;\nA2;=Taxol;0,5\nA3;DMSO;10\nC1;far;1\n",
        );
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn layout(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("writable");
    }

    /// Runs something of the plate; what it says on standard error.
    fn of_plate(&self, command: &str, more: &[&str]) -> (i32, String, std::process::Output) {
        let plate = self.path("plate");
        let output = stepwell(&[&[command, text(&plate)][..], more].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap_or(-1), said, output)
    }

    fn run(&self, more: &[&str]) -> (i32, String) {
        let (pipeline, run) = (self.path("count.ron"), self.path("run"));
        let how = ["--mode", "bulk", "--pipeline", text(&pipeline), "--into", text(&run)];
        let (code, said, _) = self.of_plate("run", &[&how[..], more].concat());
        (code, said)
    }

    /// The last columns of a table by well: what wells hold.
    fn held(&self, table: &str, columns: usize) -> (String, BTreeMap<String, String>) {
        let text = fs::read_to_string(self.path("run/tables").join(table)).expect("a table");
        let last = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            cells[cells.len() - columns..].join(",")
        };
        let mut lines = text.lines();
        let head = last(lines.next().expect("a head"));
        (head, lines.map(|line| (line.split(',').nth(1).expect("a well").to_owned(), last(line))).collect())
    }
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(listing(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

#[test]
fn tables_have_what_wells_hold_also_of_a_run_that_is_done() {
    let bench = Bench::new();
    let before = listing(&bench.path("plate"));
    let layout = bench.path("layout.csv");
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(well, held)| ((*well).to_owned(), (*held).to_owned())).collect()
    };

    // Without a layout they have nothing of it.
    assert_eq!(bench.run(&[]).0, 0);
    let plain = fs::read(bench.path("run/tables/1-nuclei-images.csv")).expect("a table");
    assert_eq!(bench.held("1-nuclei-images.csv", 1).0, "why");
    assert!(!bench.path("run/conditions.csv").exists());

    // The run gets one when it is done; no image is read again.
    let run = bench.path("run");
    let output = stepwell(&["merge", text(&run), "--layout", text(&layout), "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no image: C01"), "{said}");
    let expected = of(&[("A01", "DMSO,"), ("A02", "'=Taxol,0.5"), ("A03", "DMSO,10")]);
    for table in ["1-nuclei-images.csv", "1-nuclei-objects.csv"] {
        let (head, held) = bench.held(table, 2);
        assert_eq!((head.as_str(), &held), ("Treatment,Dose_uM", &expected), "{table}");
    }
    let kept = fs::read_to_string(bench.path("run/conditions.csv")).expect("kept");
    assert_eq!(kept, "well,Treatment,Dose (µM)\nA01,DMSO,\nA02,'=Taxol,0.5\nA03,DMSO,10\nC01,far,1\n");

    // Whoever goes on has it, too, and what is told of the tables is true.
    let joined = fs::read(bench.path("run/tables/1-nuclei-images.csv")).expect("a table");
    for arguments in [vec!["resume", text(&run)], vec!["merge", text(&run)]] {
        assert!(stepwell(&arguments).status.success(), "{arguments:?}");
        assert_eq!(fs::read(bench.path("run/tables/1-nuclei-images.csv")).expect("a table"), joined);
    }
    let report = bench.path("report");
    let report = json(&stepwell(&["report", text(&run), "--out", text(&report), "--json"]));
    assert_eq!(report["files_changed"], serde_json::json!([]));

    // Another layout replaces it, which is told.
    bench.layout("other.csv", "Treatment,1,2,3\nA,a,b,c\nB,,,d\n");
    let (code, said) = bench.run(&["--layout", text(&bench.path("other.csv"))]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("which this one replaces"), "{said}");
    assert_eq!(bench.held("1-nuclei-images.csv", 1).1, of(&[("A01", "a"), ("A02", "b"), ("A03", "c")]));
    // Where what is kept is of no use, the tables are what they were, and it is told.
    fs::write(bench.path("run/conditions.csv"), "nothing").expect("writable");
    let output = stepwell(&["merge", text(&run)]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no layout"));
    assert_eq!(fs::read(bench.path("run/tables/1-nuclei-images.csv")).expect("a table"), plain);

    assert_eq!(listing(&bench.path("plate")), before);
}

#[test]
fn wells_are_chosen_by_what_they_hold() {
    let bench = Bench::new();
    let layout = bench.path("layout.csv");
    let out = bench.path("out");
    let chosen = |wells: &[&str]| {
        let wells: Vec<&str> = wells.iter().flat_map(|wells| ["--wells", *wells]).collect();
        let more = [
            &["--mode", "bulk", "--out", text(&out), "--layout", text(&layout), "--keep-images", "none"][..],
            &wells,
        ]
        .concat();
        bench.of_plate("run", &more)
    };
    let (code, said, _) = chosen(&["treatment=DMSO", "dose=10"]);
    assert_eq!(code, 0, "{said}");
    let records: Vec<PathBuf> =
        listing(&out).into_iter().filter(|path| path.ends_with("record.ron")).collect();
    let record = stepwell::record::RunRecord::read(&records[0]).expect("a record");
    assert_eq!(record.plan.wells, ["A03".parse().expect("a well")]);
    for (wells, why) in [
        (&["treatment=DMSOO"][..], "there are =Taxol (1 well), DMSO (2 wells), far (1 well)"),
        (&["drug=DMSO"], "it has Treatment, Dose (µM)"),
        (&["treatment=DMSO", "dose=0.5"], "no well of the plate is all of this"),
        (&["A99"], "not a well"),
    ] {
        let (code, said, _) = chosen(wells);
        assert_eq!(code, 2, "{wells:?}: {said}");
        assert!(said.contains(why), "{wells:?}: {said}");
    }
    let more = ["--mode", "bulk", "--out", text(&out), "--wells", "treatment=DMSO"];
    let (code, said, _) = bench.of_plate("run", &more);
    assert!(code == 2 && said.contains("--layout"), "{said}");
    let (code, said, _) = bench.of_plate("scan", &["--layout", text(&bench.path("none.csv"))]);
    assert!(code == 3 && said.contains("cannot be read"), "{said}");

    let (_, _, output) = bench.of_plate("scan", &["--layout", text(&layout), "--json"]);
    let conditions = &json(&output)["conditions"];
    assert_eq!(conditions["columns"][1], serde_json::json!({"name": "Dose", "kind": "dose", "unit": "µM"}));
    assert_eq!(conditions["wells"]["A02"], serde_json::json!({"Treatment": "=Taxol", "Dose": 0.5}));
    assert_eq!(conditions["wells"]["A01"]["Dose"], serde_json::Value::Null);

    let workflow = bench.path("workflow");
    let more = [
        "--mode",
        "bulk",
        "--engine",
        "slurm",
        "--out",
        text(&workflow),
        "--layout",
        text(&layout),
        "--wells",
        "treatment=DMSO",
        "--json",
    ];
    let (code, said, output) = bench.of_plate("workflow", &more);
    assert_eq!(code, 0, "{said}");
    let wells: Vec<String> =
        json(&output)["jobs"].as_array().expect("jobs").iter().map(|job| job["wells"].to_string()).collect();
    assert_eq!(wells.join(""), r#"["A01","A03"]"#);
    assert!(
        fs::read_to_string(workflow.join("settings.sh"))
            .expect("settings")
            .contains("--layout conditions.csv")
    );
    assert!(
        fs::read_to_string(workflow.join("conditions.csv")).expect("a layout").starts_with("well,Treatment,")
    );
}
