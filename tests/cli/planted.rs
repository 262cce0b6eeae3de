//! What others have planted where something is written or read leads nowhere else.

#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use stepwell::record::record_files;

use super::support::{full_well, write_plate};
use super::{stepwell, text};

/// A plate, a run of it, and files that are none of either.
struct Place {
    root: tempfile::TempDir,
    run: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        for folder in ["plate", "elsewhere"] {
            std::fs::create_dir(root.path().join(folder)).expect("writable");
        }
        write_plate(&root.path().join("plate"), &full_well(2, 1, 2, 1), 32, 32);
        std::fs::write(root.path().join("elsewhere/own.txt"), "precious").expect("writable");
        let mut place = Self { run: PathBuf::new(), root };
        let done =
            stepwell(&place.run_into(&place.at("results")).iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        let records = record_files(&place.at("results/plate"), &mut Vec::new());
        place.run = records[0].parent().expect("a folder").to_owned();
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn run_into(&self, results: &Path) -> Vec<String> {
        ["run", text(&self.at("plate")), "--mode", "bulk", "--out", text(results)].map(str::to_owned).to_vec()
    }

    /// Plants a link to the file or folder that is none of the run's.
    fn link(&self, at: &Path, is_folder: bool) {
        std::fs::create_dir_all(at.parent().expect("a folder")).expect("writable");
        let to = if is_folder { self.at("elsewhere") } else { self.at("elsewhere/own.txt") };
        symlink(to, at).expect("linked");
    }

    /// What is elsewhere: names, and what the file says.
    fn elsewhere(&self) -> (usize, String) {
        let names = std::fs::read_dir(self.at("elsewhere")).expect("a folder").count();
        (names, std::fs::read_to_string(self.at("elsewhere/own.txt")).unwrap_or_default())
    }

    /// A copy of the run whose record says something else.
    fn sent(&self, name: &str, change: impl Fn(&str) -> String) -> PathBuf {
        let sent = self.at(name);
        copy(&self.run, &sent);
        let record = sent.join("record.ron");
        let told = std::fs::read_to_string(&record).expect("a record");
        let changed = change(&told);
        assert_ne!(changed, told, "{name}");
        std::fs::write(&record, changed).expect("writable");
        sent
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("writable");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, place) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("readable");
        if path.is_dir() {
            copy(&path, &place);
        } else {
            std::fs::copy(path, place).expect("copied");
        }
    }
}

#[test]
fn planted_links_lead_nowhere() {
    let place = Place::new();
    // The folder of results or of the report, what in it is a link, whether to a folder, and the exit code.
    let table = [
        ("run", "plate", true, 2),
        ("run", "plate/plate.ron", false, 0),
        ("run", "plate/plate.ron.part", false, 0),
        ("run", "plate/paces.ron", false, 0),
        ("run", "plate/paces.ron.part", false, 0),
        ("report", "report.html", false, 0),
        ("report", "report.html.part", false, 0),
        ("report", "memory.svg", false, 0),
        ("report", "memory.png", false, 0),
        ("report", "runs.csv", false, 0),
        ("report", "outputs.csv", false, 0),
    ];
    let before = place.elsewhere();
    for (case, (command, link, is_folder, code)) in table.into_iter().enumerate() {
        let out = place.at(&format!("out {case}"));
        place.link(&out.join(link), is_folder);
        let words = match command {
            "run" => place.run_into(&out),
            _ => ["report", text(&place.run), "--out", text(&out)].map(str::to_owned).to_vec(),
        };
        let done = stepwell(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{link}: {said}");
        assert!(
            code == 0 || said.contains("is a link, and nothing is written through a link"),
            "{link}: {said}"
        );
        assert_eq!(place.elsewhere(), before, "{link}");
    }
    // What the user names may be a link: a folder of results on another disk, the file of a picture.
    symlink(place.at("elsewhere"), place.at("other disk")).expect("linked");
    place.link(&place.at("picture.png"), false);
    let run = place.run_into(&place.at("other disk"));
    let plan =
        ["plan", text(&place.at("plate")), "--picture", text(&place.at("picture.png"))].map(str::to_owned);
    for words in [run, plan.to_vec()] {
        let done = stepwell(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert!(place.at("picture.png").is_symlink() && place.at("elsewhere/plate").is_dir());
    let picture = std::fs::read(place.at("elsewhere/own.txt")).expect("a file");
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn a_report_shows_the_images_of_its_runs_alone() {
    let place = Place::new();
    std::fs::copy(place.at("plate/plate_A01_s1_w1_z1_t1.tif"), place.at("private.tif")).expect("copied");
    let record = std::fs::read_to_string(place.run.join("record.ron")).expect("a record");
    let of_first = |text: &str| {
        let begin = text.find("path: Some(\"images/").expect("an output") + "path: Some(\"".len();
        let end = begin + text[begin..].find('"').expect("its end");
        text[begin..end].to_owned()
    };
    let first = of_first(&record);
    let told_at = |path: &str| {
        let path = path.to_owned();
        let first = first.clone();
        move |text: &str| text.replace(&format!("Some(\"{first}\")"), &format!("Some(\"{path}\")"))
    };
    let inside = format!("{}/{first}", text(&place.at("inside")));
    let table = [
        ("absolute", place.sent("absolute", told_at(text(&place.at("private.tif")))), 1, 1),
        ("climbing", place.sent("climbing", told_at("images/../../private.tif")), 1, 1),
        ("link", place.sent("link", |text| format!("{text} ")), 1, 1),
        ("folder", place.sent("folder", |text| format!("{text} ")), 0, 2),
        ("inside", place.sent("inside", told_at(&inside)), 2, 0),
    ];
    std::fs::remove_file(place.at("link").join(&first)).expect("there");
    symlink(place.at("private.tif"), place.at("link").join(&first)).expect("linked");
    std::fs::rename(place.at("folder/images"), place.at("moved")).expect("moved");
    symlink(place.at("moved"), place.at("folder/images")).expect("linked");
    for (name, run, pictures, told) in table {
        let out = place.at(&format!("report of {name}"));
        let done = stepwell(&["report", text(&run), "--out", text(&out)]);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        let page = std::fs::read_to_string(out.join("report.html")).expect("a report");
        let of_page = |what: &str| page.matches(what).count();
        let found = (of_page("data:image/png"), of_page("leads out of the run"));
        assert_eq!(found, (pictures, told), "{name}");
    }
}

#[test]
fn a_record_that_cannot_be_read_and_a_link_hide_no_runs() {
    let place = Place::new();
    let runs = place.at("results/plate");
    std::fs::write(runs.join("record.ron"), "nothing").expect("writable");
    std::fs::create_dir(runs.join("linked")).expect("writable");
    symlink(place.run.join("record.ron"), runs.join("linked/record.ron")).expect("linked");
    symlink(&place.run, runs.join("linked run")).expect("linked");
    let report = |record: &Path| {
        let done = stepwell(&["report", text(record), "--out", text(&place.at("report")), "--json"]);
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned(), done.stdout)
    };
    let (code, said, shown) = report(&runs);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Left out: ") && said.contains("not a run record"), "{said}");
    assert!(
        String::from_utf8_lossy(&shown).contains("\"records\": 1"),
        "{}",
        String::from_utf8_lossy(&shown)
    );
    // By itself it is told as what was asked for.
    let (code, said, _) = report(&runs.join("record.ron"));
    assert_eq!(code, Some(3), "{said}");
    let (code, said, _) = report(&runs.join("linked"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("leads out of the run's folder"), "{said}");
}

#[test]
fn a_record_of_no_plate_has_a_report() {
    let place = Place::new();
    let root = format!("root: \"{}\"", text(&place.at("plate").canonicalize().expect("a plate")));
    let around = place.root.path().canonicalize().expect("a folder");
    for (name, plate) in
        [("slash", "/"), ("empty", ""), ("gone", "/gone/plate"), ("dot", "."), ("home", text(&around))]
    {
        let sent = place.sent(name, |text| text.replace(&root, &format!("root: \"{plate}\"")));
        let done = stepwell(&["report", text(&sent), "--out", text(&place.at(&format!("report of {name}")))]);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{name}: {said}");
        assert!(place.at(&format!("report of {name}/report.html")).is_file());
    }
}
