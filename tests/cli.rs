//! The command line as scripts see it: exit codes and JSON.

#[path = "cli/by_pattern.rs"]
mod by_pattern;
#[path = "cli/destinations.rs"]
mod destinations;
#[cfg(unix)]
#[path = "support/documents.rs"]
mod documents;
#[path = "cli/endless.rs"]
mod endless;
#[path = "cli/foreign_text.rs"]
mod foreign_text;
#[path = "cli/full_disk.rs"]
mod full_disk;
#[cfg(unix)] // the commands are those of a shell
#[path = "cli/guide.rs"]
mod guide;
#[path = "cli/into.rs"]
mod into;
#[path = "cli/layouts.rs"]
mod layouts;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/odd_paths.rs"]
mod odd_paths;
#[path = "cli/planted.rs"]
mod planted;
#[path = "cli/recorded.rs"]
mod recorded;
#[path = "cli/shared_computer.rs"]
mod shared_computer;
mod support;
#[path = "cli/two_plates.rs"]
mod two_plates;
#[cfg(unix)] // signals, and a shell
#[path = "cli/watch.rs"]
mod watch;
#[path = "cli/watched_picture.rs"]
mod watched_picture;
#[cfg(windows)]
#[path = "cli/windows.rs"]
mod windows;
#[cfg(unix)]
#[path = "cli/workflow.rs"]
mod workflow;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use support::{full_well, plates_dir, program, write_plate};

fn stepwell(arguments: &[&str]) -> Output {
    Command::new(program()).args(arguments).output().expect("the program starts")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn exit_codes() {
    let plate = tempfile::tempdir().expect("a folder");
    let other = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(plate.path(), &full_well(2, 2, 2, 1), 64, 64);
    std::fs::write(other.path().join("notes.txt"), "x").expect("writable");
    let pipeline = other.path().join("empty.ron");
    std::fs::write(&pipeline, "(steps: [])").expect("writable");
    let light = tempfile::tempdir().expect("a folder");
    let with_light = |name: &str, flats: &str| {
        let path = light.path().join(name);
        let light =
            format!("FlatField((source: Given((flats: {{1: \"plate_A01_s1_w1_z1_t1.tif\", {flats}}}))))");
        std::fs::write(&path, format!("(steps: [(step: {light}, keep_images: true)])")).expect("writable");
        path
    };
    // Any image of the plate does for light; the paths are from the folder of the pipeline file.
    let image = "plate_A01_s1_w1_z1_t1.tif";
    std::fs::copy(plate.path().join(image), light.path().join(image)).expect("copied");
    let (lit, unlit) =
        (with_light("lit.ron", &format!("2: {image:?}")), with_light("unlit.ron", "2: \"no.tif\""));
    let part = with_light("part.ron", "");
    let (plate, other, out) = (text(plate.path()), text(other.path()), text(results.path()));
    let table: &[(&[&str], i32, &str)] = &[
        (&["scan", plate], 0, ""),
        (&["scan", other], 3, "notes.txt"),
        (&["scan", "/not/there"], 3, "/not/there"),
        (&["nonsense", "x"], 2, ""),
        (&["run", plate], 2, "--mode"),
        (&["run", plate, "--mode", "sequential", "--out", out], 2, "--sequential"),
        (&["run", plate, "--mode", "bulk", "--out", plate], 2, "never written to"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--wells", "B02"], 2, "B02"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--budget", "lots"], 2, "lots"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--pipeline", text(&pipeline)], 2, "no steps"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--budget", "1MB"], 4, "1.00 MB"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--pipeline", text(&unlit)], 2, "no.tif"),
        (&["plan", plate, "--pipeline", text(&unlit)], 2, "flat image of channel 2"),
        (&["run", plate, "--mode", "bulk", "--out", out, "--pipeline", text(&part)], 2, "channel 2"),
        (&["compare", plate, "--sequential", "site,channel", "--out", out, "--pipeline", text(&lit)], 0, ""),
        (
            &["run", plate, "--mode", "bulk", "--out", out, "--save-as", "ome-zarr", "--compression", "lzw"],
            2,
            "leave --compression out",
        ),
        (&["compare", plate, "--sequential", "channel", "--out", out, "--save-as", "ome-zarr"], 0, ""),
        (&["compare", plate, "--sequential", "z", "--out", out], 2, "Z projection"),
        (&["compare", plate, "--sequential", "wavelength", "--out", out], 2, "wavelength"),
        (&["run", plate, "--mode", "sequential", "--sequential", "channel", "--out", out], 0, ""),
        (&["compare", plate, "--sequential", "channel,site", "--out", out], 0, ""),
    ];
    for (arguments, code, said) in table {
        let output = stepwell(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn both_modes_over_budget_are_a_document_and_exit_code_4() {
    let plate = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(plate.path(), &full_well(1, 2, 2, 1), 64, 64);
    let (plate, out) = (text(plate.path()), text(results.path()));
    let output =
        stepwell(&["compare", plate, "--sequential", "channel", "--budget", "1MB", "--out", out, "--json"]);
    assert_eq!(output.status.code(), Some(4));
    let comparison = json(&output);
    for side in ["bulk", "sequential"] {
        assert_eq!(comparison[side]["refused"], true);
        assert!(
            comparison[side]["why"].as_str().is_some_and(|why| why.contains("No choice fits")),
            "{comparison}"
        );
    }
    assert_eq!(comparison["peak_ratio"], Value::Null);
}

#[test]
#[cfg(target_os = "linux")]
fn folders_whose_names_are_not_text_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    let odd = folder.path().join(OsStr::from_bytes(b"pl\xe9"));
    std::fs::create_dir(&odd).expect("writable");
    write_plate(&odd, &full_well(1, 1, 1, 1), 16, 16);
    let output = Command::new(program()).arg("scan").arg(&odd).arg("--json").output().expect("it starts");
    assert_eq!(output.status.code(), Some(3));
    let plate = folder.path().join("plate");
    std::fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(1, 1, 1, 1), 16, 16);
    let run = ["run", text(&plate), "--mode", "bulk", "--out"];
    let output = Command::new(program()).args(run).arg(&odd).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_missing_plane_is_exit_code_1_and_named() {
    let plate = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(2, 1, 2, 1);
    keys.pop();
    write_plate(plate.path(), &keys, 16, 16);
    let output = stepwell(&[
        "compare",
        text(plate.path()),
        "--sequential",
        "site",
        "--out",
        text(results.path()),
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let comparison = json(&output);
    for side in ["bulk", "sequential"] {
        let failed = comparison[side]["failed"].as_array().expect("a list");
        assert_eq!(failed.len(), 1, "{comparison}");
        assert!(failed[0]["why"].as_str().is_some_and(|why| why.contains("A01_s2_w1_z2_t1")), "{comparison}");
    }
    assert_eq!(comparison["outputs"]["identical"], 1);
}

#[test]
fn json_of_plan_and_run() {
    let plate = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(plate.path(), &full_well(3, 2, 3, 1), 64, 64);
    let plate = text(plate.path());

    let plan = json(&stepwell(&["plan", plate, "--json", "--budget", "1GB", "--course"]));
    for choice in plan["choices"].as_array().expect("choices") {
        let course = choice["course"].as_array().expect("a course");
        let phase = |point: &serde_json::Value| point["phase"].as_str().map(str::to_owned);
        assert_eq!(phase(&course[0]).as_deref(), Some("rest"));
        assert_eq!(course.last().and_then(phase).as_deref(), Some("clear"));
        let most = course.iter().filter_map(|point| point["counted_bytes"].as_u64()).max();
        assert_eq!(most, choice["peak_counted_bytes"].as_u64(), "{choice}");
        let most = course.iter().filter_map(|point| point["rss_bytes"].as_u64()).max();
        assert_eq!(most, choice["peak_rss_bytes"].as_u64(), "{choice}");
    }
    let without = json(&stepwell(&["plan", plate, "--json", "--budget", "1GB"]));
    assert!(without["choices"][0].get("course").is_none());
    assert_eq!(plan["budget_bytes"], 1_000_000_000);
    let choices = plan["choices"].as_array().expect("a list");
    let names = |choice: &Value| {
        let components = choice["sequential"].as_array().expect("a list").iter();
        components.filter_map(|component| component.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let sets: Vec<_> = choices.iter().map(names).collect();
    assert_eq!(sets.len(), 4);
    assert_eq!(sets[0], Vec::<String>::new());
    assert!(sets.contains(&vec!["channel".to_owned(), "site".to_owned()]), "{sets:?}");
    assert_eq!(choices[0]["mode"], "bulk");
    assert_eq!(choices[0]["images_at_once"], 18);
    assert_eq!(choices[0]["recommended"], true);
    assert_eq!(plan["conflicts"][0]["component"], "z");

    let output = stepwell(&[
        "run",
        plate,
        "--mode",
        "sequential",
        "--sequential",
        "channel",
        "--out",
        text(results.path()),
        "--json",
    ]);
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["event"], "Started");
    let preloaded: Vec<_> = lines.iter().filter(|line| line["event"] == "Preloaded").collect();
    assert_eq!(preloaded.len(), 2);
    assert_eq!(preloaded[1]["combination"]["values"]["channel"], 2);
    assert_eq!(preloaded[1]["images"], 9);
    let last = lines.last().expect("events");
    assert_eq!((&last["event"], &last["outcome"]), (&Value::from("Ended"), &Value::from("completed")));
    let record = last["summary"]["record"].as_str().expect("a path");
    assert!(Path::new(record).is_absolute() && Path::new(record).is_file());
    assert!(lines.iter().all(|line| line["run"] == last["run"]));
}

#[test]
fn the_studys_counts_give_the_studys_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("forecast.svg");
    let output = stepwell(&[
        "plan",
        "--picture",
        text(&picture),
        "--channels",
        "10",
        "--timepoints",
        "100",
        "--sites",
        "9",
        "--planes",
        "3",
        "--size",
        "1000x500",
        "--pretend-memory",
        "8GB",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let plan = json(&output);
    assert_eq!(plan["memory_bytes"], 8_000_000_000_u64);
    let drawn = std::fs::read_to_string(&picture).expect("the picture");
    for text in
        ["27,000 images of 1000 x 500", "computer 8.00 GB", "recommended", "27 images at once (27.0 MB)"]
    {
        assert!(drawn.contains(text), "{text}");
    }
    let choice = |wanted: &[&str]| {
        let choices = plan["choices"].as_array().expect("a list").iter();
        let is_wanted = |choice: &&Value| choice["sequential"].as_array().is_some_and(|list| list == wanted);
        choices.clone().find(is_wanted).expect("the choice").clone()
    };
    // Components, combinations, images at once and their bytes, whether it fits into 8 GB.
    let table: &[(&[&str], u64, u64, u64, bool)] = &[
        (&[], 1, 27_000, 27_000_000_000, false),
        (&["channel"], 10, 2_700, 2_700_000_000, true),
        (&["timepoint", "channel"], 1_000, 27, 27_000_000, true),
    ];
    for (components, combinations, images, input, fits) in table {
        let choice = choice(components);
        assert_eq!(choice["combinations"], *combinations, "{choice}");
        assert_eq!(choice["images_at_once"], *images, "{choice}");
        assert_eq!(choice["input_bytes_at_once"], *input, "{choice}");
        assert_eq!(choice["fits"], *fits, "{choice}");
        assert_eq!(choice["read_bytes"], 27_000_000_000_u64, "{choice}");
        // 9,000 projections of 1 MB, with what a file, its line in the record and what says what it is take.
        let written = choice["written_bytes"].as_u64().expect("a number");
        assert!((9_000_000_000..9_070_000_000).contains(&written), "{choice}");
        let [low, high] = ["low", "high"].map(|end| choice["expected_secs"][end].as_f64().expect("a time"));
        assert!(0.0 < low && low < high, "{choice}");
        let counted = choice["peak_counted_bytes"].as_u64().expect("a number");
        let rss = choice["peak_rss_bytes"].as_u64();
        assert!(*input < counted && rss.is_none_or(|rss| counted < rss), "{choice}");
    }
}

#[test]
fn what_a_run_keeps_is_scanned_as_a_plate() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("demo");
    let out = folder.path().join("results");
    json(&stepwell(&["demo", text(&plate), "--size", "64x64", "--channels", "3", "--json"]));
    for (save_as, format) in [("tiff", "OME-TIFF"), ("ome-zarr", "OME-Zarr")] {
        keeps_a_plate(&plate, &out, save_as, format);
    }
}

/// Saves the images of a plate, and holds what they are scanned as against it.
fn keeps_a_plate(plate: &Path, out: &Path, save_as: &str, format: &str) {
    let output = stepwell(&[
        "run",
        text(plate),
        "--mode",
        "bulk",
        "--save-as",
        save_as,
        "--compression",
        "zstd",
        "--keep-images",
        "all",
        "--out",
        text(out),
        "--json",
    ]);
    let events = String::from_utf8_lossy(&output.stdout);
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(events[0]["plan"]["compression"], "zstd");
    let run = events[events.len() - 1]["summary"]["record"].as_str().expect("a record");
    let run = Path::new(run).parent().expect("a folder");
    let of_source = json(&stepwell(&["scan", text(plate), "--json"]));
    for (step, planes) in [("1-normalised", 3), ("2-z-max", 1)] {
        let scan = json(&stepwell(&["scan", text(&run.join("images").join(step)), "--json"]));
        for field in ["name", "rows", "columns", "wells", "pixel", "pixel_size_um", "issues"] {
            assert_eq!(scan[field], of_source[field], "{step}: {field}");
        }
        assert_eq!(scan["format"], format, "{step}: by what it says of itself");
        let components = &scan["components"];
        for component in ["site", "channel", "timepoint"] {
            assert_eq!(components[component], of_source["components"][component], "{step}: {component}");
        }
        assert_eq!(components["z"].as_array().map(Vec::len), Some(planes), "{step}");
        assert_eq!(scan["images"], 27 * planes);
    }
}

#[test]
fn scan_lists_each_image_of_the_real_plates_once() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        ("imagexpress-database/Projection-Mix", "ImageXpress", 84, 12),
        ("imagexpress-database/1well-3C-2S-Zmix-T", "ImageXpress", 12, 0),
        ("imagexpress-database/SingleChannel", "ImageXpress", 8, 4),
        ("imagexpress-export/9987_Plate_3420", "ImageXpress", 1, 0),
        ("imagexpress-export/9987_Plate_3434", "ImageXpress", 24, 12),
        ("operetta-harmony5", "Harmony", 2, 0),
        ("phenix-harmony-v1", "Harmony", 6, 0),
    ];
    for (folder, format, images, projections) in table {
        let plate = plates.join(folder);
        let scan = json(&stepwell(&["scan", text(&plate), "--json", "--images"]));
        assert_eq!(
            (&scan["format"], &scan["images"]),
            (&Value::from(format), &Value::from(images)),
            "{folder}"
        );
        let list = scan["image_list"].as_array().expect("a list");
        assert_eq!(list.iter().filter(|image| image["projection"] == true).count(), projections, "{folder}");
        let mut paths: Vec<&str> = list.iter().filter_map(|image| image["path"].as_str()).collect();
        assert!(paths.iter().all(|path| plate.join(path).is_file() && !path.contains("thumb")), "{folder}");
        paths.sort_unstable();
        paths.dedup();
        for issue in scan["issues"].as_array().expect("a list") {
            assert!(issue["path"].as_str().is_some_and(|path| Path::new(path).is_absolute()), "{issue}");
        }
        assert_eq!(paths.len(), images + projections, "{folder}");
    }
}

#[test]
fn the_demo_plate_is_the_studys() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("demo");
    let demo = json(&stepwell(&["demo", text(&plate), "--size", "64x64", "--json"]));
    assert_eq!((&demo["images"], &demo["bytes"]), (&Value::from(54), &Value::from(54 * 64 * 64 * 2)));
    let output = stepwell(&[
        "compare",
        text(&plate),
        "--sequential",
        "channel",
        "--out",
        text(results.path()),
        "--json",
    ]);
    let comparison = json(&output);
    assert_eq!(comparison["bulk"]["images_at_once"], 54);
    assert_eq!(comparison["sequential"]["images_at_once"], 27);
    assert_eq!(comparison["images_at_once_ratio"], 0.5);
    assert_eq!(comparison["outputs"]["compared"], 18);
    assert_eq!(comparison["outputs"]["identical"], 18);
}

#[test]
fn what_happened_is_kept_in_private_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("plate")).expect("writable");
    write_plate(&at("plate"), &full_well(1, 2, 2, 1), 64, 64);
    std::fs::write(at("plate/plate_A01_s1_w2_z1_t1.tif"), "no image").expect("writable");
    let started = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(arguments).env(stepwell::folders::CONFIG_VARIABLE, at("data"));
        command.output().expect("the program starts")
    };
    let (plate, out) = (at("plate"), at("results"));
    let run = ["run", text(&plate), "--mode", "bulk", "--out", text(&out)];
    assert_eq!(started(&run).status.code(), Some(1));
    assert_eq!(started(&["scan", text(&at("nowhere"))]).status.code(), Some(3));

    let lines_of = |path: &Path| -> Vec<String> {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Without the time.
        text.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest).to_owned()).collect()
    };
    let program = lines_of(&at("data/stepwell.log"));
    let began =
        |line: &&String| line.starts_with("INFO  stepwell::cli: Stepwell ") && line.contains(" began: ");
    assert_eq!(program.iter().filter(began).count(), 2, "{program:#?}");
    assert!(
        program.iter().any(|line| line.starts_with("ERROR run: ") && line.contains("_w2_")),
        "{program:#?}"
    );
    assert!(program.iter().any(|line| line.contains("Ended with exit code 3: ")), "{program:#?}");
    // The course of a run is told in its own log alone.
    assert!(!program.iter().any(|line| line.contains("Preloaded")), "{program:#?}");

    let of_plate = std::fs::read_dir(&out).expect("results").find_map(|entry| {
        let path = entry.expect("readable").path();
        path.is_dir().then_some(path)
    });
    let of_plate = of_plate.expect("a folder of the plate");
    let runs = std::fs::read_dir(of_plate).expect("runs").map(|entry| entry.expect("readable").path());
    let run = runs.into_iter().find(|path| path.is_dir()).expect("a run");
    assert!(run.join("record.ron").exists());
    let log = lines_of(&run.join("run.log"));
    for part in ["worker: process ", "Started: 4 images", "Preloaded A01", "ERROR run: ", "Completed in "] {
        assert!(log.iter().any(|line| line.contains(part)), "{part} is not in {log:#?}");
    }
    #[cfg(unix)]
    for path in [at("data/stepwell.log"), run.join("run.log")] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn a_log_that_cannot_be_written_disturbs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // A file in the place of the folder.
    let data = folder.path().join("data");
    std::fs::write(&data, "in the way").expect("writable");
    let mut command = Command::new(program());
    command.args(["scan", text(folder.path())]).env(stepwell::folders::CONFIG_VARIABLE, &data);
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not a plate"));
    assert_eq!(std::fs::read_to_string(&data).expect("there"), "in the way");
}
