//! The window by label: what is shown, what a click or a key does. And a few pictures, which are
//! also the documentation's.

#[path = "support/bench.rs"]
mod bench;
#[path = "ui/combinations.rs"]
mod combinations;
#[path = "support/cpu_renderer.rs"]
mod cpu_renderer;
#[path = "ui/history.rs"]
mod history;
#[path = "ui/overview.rs"]
mod overview;
#[path = "ui/pipeline_editor.rs"]
mod pipeline_editor;
#[path = "ui/shown_runs.rs"]
mod shown_runs;
#[path = "ui/study.rs"]
mod study;
#[path = "support/synthetic.rs"]
mod synthetic;
#[path = "ui/view_picture.rs"]
mod view_picture;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bench::Bench;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotOptions};
use stepwell::app::{
    ForecastCommand, ForecastEvent, ForecastWork, MemoryCommand, PipelineCommand, PlateCommand, PlateEvent,
    PlateWork, RunsCommand, RunsEvent, RunsWork, SettingsCommand, SettingsWork, StartCommand, StartEvent,
    StartWork, StatusCommand, StatusWork, Tab, Work,
};
use stepwell::engine::{JobEvent, Trial};
use stepwell::events::{EventKind, Outcome};
use stepwell::image::Compression;
use stepwell::plan::Mode;
use stepwell::plate::{Candidate, Component, Format, ImageKey, Opened, PlateLayout};
use synthetic::well;

#[test]
fn pictures() {
    let start = || {
        let mut bench = Bench::new();
        for name in ["Projection-Mix", "Neurites-07"] {
            bench.state.settings.kept.remember(&PathBuf::from("/data/screens").join(name));
        }
        bench
    };
    let viewing = || {
        let mut bench = Bench::with_budget("35MB");
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let beside = || {
        let mut bench = Bench::compared();
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let editing = || {
        let mut bench = pipeline_editor::previewing();
        bench.state.handle(PipelineCommand::Select(Some(1)));
        bench
    };
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench.state.handle(ForecastCommand::SetLayout(PlateLayout::study()));
        bench.state.handle(ForecastCommand::TypePlateFolder("/data/screens/study".to_owned()));
        bench
    };
    let mut results = egui_kittest::SnapshotResults::new();
    for (appearance, suffix) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (name, bench) in [
            ("start", start()),
            ("plate", Bench::with_budget("35MB")),
            ("comparison", Bench::compared()),
            ("viewer", viewing()),
            ("planned", planning()),
            ("editor", editing()),
            ("composite", viewing()),
            ("side-by-side", beside()),
            ("overview", overview::processed()),
            ("study", study::shown()),
            ("runs", history::named()),
            ("overlay", history::overlaid()),
        ] {
            // One appearance of the newer pictures is enough.
            let dark_only = ["composite", "side-by-side", "overview", "study", "runs", "overlay"];
            if dark_only.contains(&name) && appearance == egui::Theme::Light {
                continue;
            }
            let mut harness = bench.show_in(appearance, vec2(1280.0, 800.0));
            if name == "editor" {
                pipeline_editor::show_preview(&mut harness);
                harness.remove_cursor();
            }
            if name == "overview" {
                overview::show_plate(&mut harness);
                overview::wait_for_pictures(&mut harness, 94);
            }
            if name == "overlay" {
                combinations::mark_second(&mut harness);
                harness.remove_cursor();
            }
            if name == "composite" {
                harness.get_by_role_and_label(Role::Switch, "Composite").click();
                harness.run_steps(3);
                harness.remove_cursor();
            }
            if name == "side-by-side" {
                harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
                harness.run_steps(3);
                harness.get_by_label("beside Z projection (maximum), one at a time").click();
                harness.run_steps(3);
                harness.remove_cursor();
            }
            wait_for_thumbnails(&mut harness);
            snapshot(&mut harness, &format!("{name}-{suffix}"));
            results.extend_harness(&mut harness);
        }
    }
}

/// Compares with the stored picture, to the pixel but for what no one can see: a reduced image may differ by one grey
/// level with how the compiler ordered its sums. With `UPDATE_SNAPSHOTS` set, stores it.
fn snapshot(harness: &mut Harness<'_, Bench>, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let options = SnapshotOptions::new().threshold(0.6).output_path(&folder);
    harness.snapshot_options(name, &options);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        // What the harness writes is made quickly; what is kept should be small.
        let path = folder.join(format!("{name}.png"));
        let picture = image::open(&path).expect("the picture that was stored").to_rgb8();
        let file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a place for the picture"));
        let encoder = image::codecs::png::PngEncoder::new_with_quality(
            file,
            image::codecs::png::CompressionType::Best,
            image::codecs::png::FilterType::NoFilter,
        );
        picture.write_with_encoder(encoder).expect("the picture is written");
    }
}

/// Steps until no more images are being read.
fn wait_for_thumbnails(harness: &mut Harness<'_, Bench>) {
    let mut quiet = 0;
    let mut before = usize::MAX;
    // Long enough for one image on a busy machine.
    while quiet < 12 {
        harness.run_steps(2);
        std::thread::sleep(std::time::Duration::from_millis(15));
        let now = harness.state().decoded.load(Ordering::Relaxed);
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}

#[test]
fn a_path_that_is_no_plate_is_explained_where_another_can_be_opened() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::TypePath("/data/notes".to_owned()));
    bench.state.handle(StartCommand::OpenTyped);
    let generation = bench.state.start.opening.as_ref().expect("opening").generation;
    let mut harness = bench.show();
    assert!(harness.query_by_label("Opening the plate").is_some());
    let why = "“/data/notes” is not a plate: looked for an .HTD file; found “notes.txt”".to_owned();
    harness.state_mut().state.apply(StartEvent::Opened { generation, result: Some(Err(why.clone())) });
    harness.run();
    assert!(harness.query_by_label(&why).is_some());
    harness.get_by_label("Open another…").click();
    harness.run();
    assert!(harness.state().has_asked(|work| matches!(work, Work::Start(StartWork::PickFolder { .. }))));
}

#[test]
fn sizes_are_read_of_what_is_selected_and_come_in_parts() {
    let mut bench = Bench::new();
    bench.state.show_plate(synthetic::plate());
    let measure = |bench: &mut Bench| {
        let work = bench.state.take_work().into_iter().find_map(|work| match work {
            Work::Plate(PlateWork::Measure { generation, wells, cancel, .. }) => {
                Some((generation, wells, cancel))
            }
            _ => None,
        });
        work.expect("sizes are read")
    };
    let (generation, wells, cancel) = measure(&mut bench);
    assert_eq!(wells.len(), 6);
    let tell = |bench: &mut Bench, generation, name: &str| {
        let mut part = synthetic::plate();
        part.images.retain(|image| image.key.well == well(name));
        let (wells, measured) = (BTreeSet::from([well(name)]), synthetic::measured(&part));
        bench.state.apply(PlateEvent::Measured { generation, wells, measured });
    };
    tell(&mut bench, generation, "B02");
    let why = "the sizes of the images are being read, 54 of 323 so far";
    assert_eq!(bench.state.run_blocked().as_deref(), Some(why));
    // One well that is known needs nothing more; what was asked for of the others is stopped.
    bench.state.handle(PlateCommand::Select(BTreeSet::from([well("B02")])));
    assert!(cancel.is_cancelled());
    assert_eq!(bench.state.run_blocked(), None);
    tell(&mut bench, generation, "B03");
    bench.state.handle(PlateCommand::Select(BTreeSet::from(["B02", "B03"].map(well))));
    let (generation, wells, cancel) = measure(&mut bench);
    assert_eq!(wells, BTreeSet::from([well("B03")]));
    // Another plate stops it as well.
    bench.state.show_plate(synthetic::plate());
    assert!(cancel.is_cancelled());
    tell(&mut bench, generation, "B03");
    assert_eq!(bench.state.plate.as_ref().map(|plate| plate.formats.len()), Some(0));
}

fn resting(bytes: u64) -> Trial {
    Trial { resting_rss_bytes: Some(bytes), ..Trial::default() }
}

#[test]
fn resting_memory_is_measured_once_at_a_time_and_the_newest_counts() {
    let mut bench = Bench::new();
    let measure = |bench: &mut Bench| {
        bench.state.take_work().into_iter().find_map(|work| match work {
            Work::Forecast(ForecastWork::Try { generation, request }) => {
                Some((generation, request.spec.threads))
            }
            _ => None,
        })
    };
    bench.state.handle(SettingsCommand::SetThreads(Some(1)));
    let (first, threads) = measure(&mut bench).expect("it is measured");
    assert_eq!(threads, 1);
    for threads in 2..=3 {
        bench.state.handle(SettingsCommand::SetThreads(Some(threads)));
        assert_eq!(measure(&mut bench), None);
    }
    bench.state.apply(ForecastEvent::Tried { generation: first, trial: resting(1) });
    assert_eq!(bench.state.forecast.trial.resting_rss_bytes, Some(synthetic::RESTING));
    let (second, threads) = measure(&mut bench).expect("the newest is measured");
    assert_eq!(threads, 3);
    bench.state.apply(ForecastEvent::Tried { generation: first, trial: resting(1) });
    bench.state.apply(ForecastEvent::Tried { generation: second, trial: resting(3) });
    assert_eq!(bench.state.forecast.trial.resting_rss_bytes, Some(3));
    assert_eq!(measure(&mut bench), None);
}

#[test]
fn only_the_demo_plate_that_was_asked_for_is_compared_by_itself() {
    // What happens while the demo plate is written, and whether a comparison begins after it.
    let opened = |bench: &mut Bench| {
        let generation = bench.state.start.opening.as_ref().expect("opening").generation;
        let result = Some(Ok(Opened::Plate(Box::new(synthetic::plate()))));
        bench.state.apply(StartEvent::Opened { generation, result });
        bench.settle();
        bench.has_asked(|work| matches!(work, Work::Runs(RunsWork::Run { .. })))
    };
    let demo = || {
        let mut bench = Bench::new();
        bench.state.start.compare_when_ready = true;
        bench.state.handle(StartCommand::OpenDemo);
        let generation = bench.state.start.opening.as_ref().expect("opening").generation;
        (bench, generation)
    };
    let (mut bench, generation) = demo();
    bench.state.apply(StartEvent::DemoWritten { generation, result: Some(Ok(PathBuf::from("/demo"))) });
    assert!(opened(&mut bench));
    // While the run goes, no other plate takes its place.
    bench.state.handle(StartCommand::OpenDemo);
    assert!(bench.state.start.opening.is_none() && bench.state.status.trouble.is_some());

    let (mut bench, _) = demo();
    bench.state.handle(StartCommand::Open(PathBuf::from("/data")));
    assert!(!opened(&mut bench));

    let (mut bench, generation) = demo();
    bench.state.apply(StartEvent::DemoWritten { generation, result: Some(Err("disk full".to_owned())) });
    bench.state.handle(StartCommand::Open(PathBuf::from("/data")));
    assert!(!opened(&mut bench));
}

#[test]
fn the_images_of_the_newest_run_of_each_mode_are_kept() {
    let mut bench = Bench::compared();
    let kept = |bench: &Bench| {
        let outputs = &bench.state.images.outputs;
        let runs: BTreeSet<(u64, &str)> =
            outputs.iter().map(|output| (output.run, output.step_name.as_str())).collect();
        (outputs.len(), runs.into_iter().map(|(run, name)| (run, name.to_owned())).collect::<Vec<_>>())
    };
    let (count, runs) = kept(&bench);
    let [bulk, sequential] = runs.as_slice() else { panic!("two runs: {runs:?}") };
    assert_eq!(bulk.1, "Z projection (maximum)");
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let events = vec![synthetic::events(&plans[0], 0.01)];
    let result = Ok(Box::new(synthetic::result(&plans, &events, None)));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    let (more, runs) = kept(&bench);
    assert!(more > count && runs.len() == 2);
    assert!(runs.contains(bulk) && !runs.contains(sequential));
}

#[test]
fn one_folder_dialog_is_open_and_where_there_is_none_it_is_said() {
    let mut harness = Bench::new().show();
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
        harness.run();
    }
    let asked = |harness: &Harness<'_, Bench>| {
        harness
            .state()
            .asked
            .iter()
            .filter(|work| matches!(work, Work::Start(StartWork::PickFolder { .. })))
            .count()
    };
    assert_eq!(asked(&harness), 1);
    harness.state_mut().state.apply(StartEvent::NoFolderDialog);
    harness.run();
    let why = "No folder was chosen. Where no dialog came up, type the path or drop the folder.";
    assert!(harness.query_by_label(why).is_some());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    assert_eq!(asked(&harness), 2);
    harness.state_mut().state.apply(StartEvent::FolderPicked(Some(PathBuf::from("/data"))));
    assert!(harness.state().state.start.opening.is_some());
}

#[test]
fn arrow_keys_are_the_viewers_or_the_plate_maps() {
    let mut bench = Bench::with_plate();
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.view.open_image(ImageKey::new(well("B02"), 1, 1, 1, 1));
    let mut harness = bench.show();
    let first = "Image B02 · s1 · w1 · z1";
    assert!(harness.query_by_label(first).is_some());
    harness.get_by_role(Role::ListBox).focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    harness.run_ok();
    assert!(harness.query_by_label(first).is_some());
    harness.get_by_label(first).focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    harness.run_ok();
    assert!(harness.query_by_label("Image B02 · s1 · w1 · z2").is_some());
}

#[test]
fn of_several_plates_the_user_chooses() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::Open(PathBuf::from("/data")));
    let generation = bench.state.start.opening.as_ref().expect("opening").generation;
    let candidates = ["one", "two"].map(|name| Candidate {
        path: PathBuf::from("/data").join(name),
        name: name.to_owned(),
        format: Format::Harmony,
        about: "12 images".to_owned(),
    });
    let result = Some(Ok(Opened::Choose(candidates.into())));
    bench.state.apply(StartEvent::Opened { generation, result });
    let mut harness = bench.show();
    harness.get_by_label("Open two").click();
    harness.run_ok();
    let is_two =
        |work: &Work| matches!(work, Work::Start(StartWork::Open { path, .. }) if path.ends_with("two"));
    assert!(harness.state().has_asked(is_two));
}

#[test]
fn opening_is_cancelled_and_its_late_answer_dropped() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::Open(PathBuf::from("/data/slow")));
    let opening = bench.state.start.opening.clone().expect("opening");
    let mut harness = bench.show();
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(opening.cancel.is_cancelled());
    let result = Some(Ok(Opened::Plate(Box::new(synthetic::plate()))));
    harness.state_mut().state.apply(StartEvent::Opened { generation: opening.generation, result });
    assert!(harness.state().state.plate.is_none());
}

#[test]
fn a_dropped_folder_is_opened() {
    let mut harness = Bench::new().show();
    harness.input_mut().dropped_files.push(Arc::new(Dropped(PathBuf::from("/data/dropped"))));
    harness.run_ok();
    let is_it =
        |work: &Work| matches!(work, Work::Start(StartWork::Open { path, .. }) if path.ends_with("dropped"));
    assert!(harness.state().has_asked(is_it));
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder has no bytes".to_owned())
    }
}

fn selected(harness: &Harness<'_, Bench>) -> Vec<String> {
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    plate.selection.iter().map(ToString::to_string).collect()
}

#[test]
fn wells_are_selected_by_mouse() {
    let mut harness = Bench::with_plate().show();
    let at = |harness: &Harness<'_, Bench>, name: &str| {
        let label = format!("Well {name}, ");
        let node = harness
            .get_all_by_role(Role::ListBoxOption)
            .find(|node| node.accesskit_node().label().is_some_and(|name| name.starts_with(&label)));
        node.expect("a well").rect().center()
    };
    let click = |harness: &mut Harness<'_, Bench>, name: &str, modifiers: Modifiers| {
        let pos = at(harness, name);
        harness.hover_at(pos);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            harness
                .event_modifiers(egui::Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
        }
        harness.run();
    };
    assert_eq!(selected(&harness), ["B02", "B03", "B04", "C02", "C03", "C04"]);
    click(&mut harness, "B03", Modifiers::NONE);
    assert_eq!(selected(&harness), ["B03"]);
    click(&mut harness, "C04", Modifiers::SHIFT);
    assert_eq!(selected(&harness), ["B03", "B04", "C03", "C04"]);
    click(&mut harness, "C03", Modifiers::COMMAND);
    assert_eq!(selected(&harness), ["B03", "B04", "C04"]);
    harness.get_by_label("Select all").click();
    harness.run();
    assert_eq!(selected(&harness).len(), 6);
    let (from, to) = (at(&harness, "B02"), at(&harness, "B03"));
    harness.drag_at(from);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run();
    assert_eq!(selected(&harness), ["B02", "B03"]);
}

#[test]
fn wells_are_selected_by_keys() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_role(Role::ListBox).focus();
    harness.run();
    // The keyboard begins at B02; Space turns it over.
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(selected(&harness), ["B03", "B04", "C02", "C03", "C04"]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run();
    assert_eq!(selected(&harness), ["B02", "B03"]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    assert_eq!(selected(&harness).len(), 6);
}

#[test]
fn a_component_that_cannot_be_taken_apart_says_why() {
    let mut harness = Bench::with_plate().show();
    let disabled = ["Z one at a time", "Timepoint one at a time"];
    for name in disabled {
        assert!(harness.get_by_role_and_label(Role::Switch, name).accesskit_node().is_disabled(), "{name}");
    }
    let why = "“Z projection” needs all its values together.";
    assert!(harness.query_by_label(why).is_some());
    assert!(harness.query_by_label("only one value: nothing to gain").is_some());
    // The way out stands beside the reason.
    harness.get_by_label("Remove that step (2)").click();
    harness.run();
    assert!(harness.query_by_label(why).is_none());
    harness.get_by_role_and_label(Role::Switch, "Z one at a time").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert!(plate.sequential.contains(&Component::Z));
    // With the step back, z is no longer in the choice.
    harness.get_by_label("Add step…").click();
    harness.run();
    harness.get_by_label("Z projection").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert!(!plate.sequential.contains(&Component::Z));
}

#[test]
fn steps_are_added_where_they_are_best_done() {
    let mut harness = Bench::with_budget("35MB").show_in(egui::Theme::Dark, vec2(1280.0, 1100.0));
    // The plate's files do not tell where its sites lie.
    for name in ["Stitching", "Background subtraction", "Flat-field correction"] {
        harness.get_by_label("Add step…").click();
        harness.run();
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
    }
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    let steps: Vec<String> = plate.pipeline.spec.steps.iter().map(|step| step.step.to_string()).collect();
    assert_eq!(
        steps,
        [
            "Flat-field correction (smoothed over 50 pixels)",
            "Background subtraction (square of 51 pixels)",
            "Percentile normalisation (1 to 99 %)",
            "Z projection (maximum)",
            "Stitching (3 columns, 10 % overlap)",
        ]
    );
    assert!(plate.pipeline.spec.steps[4].keep_images, "it is the last");
    for name in [
        "Sigma of the smoothed illumination",
        "Radius of the square",
        "Placement of the sites",
        "Columns of the grid",
        "Overlap of neighbouring sites",
    ] {
        assert!(harness.query_by_label(name).is_some(), "{name}");
    }
}

#[test]
fn a_forecast_is_a_choice() {
    let mut harness = Bench::with_budget("35MB").show();
    let label = "Channel: 27 images at once, 31.4 MB, 0.21 to 0.63 s, fits, recommended";
    assert!(harness.query_by_label(label).is_some());
    let site = harness
        .get_all_by_role(Role::RadioButton)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Site: ")));
    site.expect("the forecast of site").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert_eq!(plate.sequential, [Component::Site]);
}

#[test]
fn the_budget_is_typed() {
    let mut harness = Bench::with_plate().show();
    let field = harness.get_by_role_and_label(Role::TextInput, "Memory budget");
    field.focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Memory budget").type_text("35MB");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().state.settings.budget_bytes(), Ok(Some(35_000_000)));
    let label = "All at once: 54 images at once, 45.6 MB, 0.20 to 0.60 s, over budget";
    assert!(harness.query_by_label(label).is_some());
    assert!(harness.state().has_asked(|work| matches!(work, Work::Settings(SettingsWork::Save(_)))));
}

#[test]
fn a_budget_that_cannot_be_read_is_told_and_not_saved() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.state_mut().asked.clear();
    harness.state_mut().state.handle(SettingsCommand::SetBudget("much".to_owned()));
    harness.run();
    let why = "“much” is not a size: write it as 800MB, 8GB, 7.5GiB or 50%";
    assert!(harness.query_by_label(why).is_some());
    assert!(harness.query_by_label("working it out…").is_none());
    assert_eq!(harness.state().state.run_blocked().as_deref(), Some(why));
    assert!(!harness.state().has_asked(|work| matches!(work, Work::Settings(SettingsWork::Save(_)))));
    harness.state_mut().state.handle(SettingsCommand::SetBudget("35MB".to_owned()));
    harness.run();
    assert!(harness.query_by_label(why).is_none());
    assert_eq!(harness.state().state.run_blocked(), None);
}

#[test]
fn a_computer_of_another_size_can_be_planned_for() {
    let mut bench = Bench::with_plate();
    // Half of the 16 GB are available, of which a run may use 80 %.
    assert_eq!(bench.state.settings.budget_bytes(), Ok(Some(6_400_000_000)));
    bench.state.handle(SettingsCommand::PretendMemory(Some(100_000_000)));
    bench.settle();
    assert_eq!(bench.state.settings.budget_bytes(), Ok(Some(40_000_000)));
    let harness = bench.show();
    assert!(harness.query_by_label_contains("45.6 MB, 0.20 to 0.60 s, over budget").is_some());
    assert!(harness.query_by_label("budget 40.0 MB").is_some());
    assert!(harness.query_by_label_contains("computer 100 MB").is_some());
}

#[test]
fn saved_images_are_compressed_as_chosen() {
    // So tall that all options are seen.
    let mut harness = Bench::with_plate().show_in(egui::Theme::Dark, vec2(1280.0, 1200.0));
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Saved images").click();
    harness.run();
    harness.get_by_label("deflate").click();
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.settings.kept.compression, Compression::Deflate);
    let plate = state.plate.as_ref().expect("a plate");
    assert_eq!(plate.spec(&state.settings, Mode::Bulk).compression, Compression::Deflate);
}

#[test]
fn where_nothing_fits_what_would_help_is_done_by_a_click() {
    let mut bench = Bench::with_plate();
    bench.state.handle(SettingsCommand::SetWellsAtOnce(Some(6)));
    bench.state.handle(SettingsCommand::SetBudget("16MB".to_owned()));
    bench.settle();
    let mut harness = bench.show();
    assert!(harness.query_by_label("No choice fits. What would help:").is_some());
    let sentence = "Process one well at a time: 15.2 MB, which fits.";
    harness.get_by_label(&format!("Do it: {sentence}")).click();
    harness.run();
    assert_eq!(harness.state().state.settings.kept.wells_at_once, None);
    assert!(harness.query_by_label("No choice fits. What would help:").is_none());
    assert!(harness.query_by_label_contains("Channel + site: 3 images at once, 15.2 MB").is_some());
}

#[test]
fn a_plate_that_is_not_there_is_planned_and_made() {
    let mut harness = Bench::new().show();
    harness.get_by_label("Plan a plate…").click();
    harness.run();
    // Without an open plate it begins with the study's counts; a trial tells the times.
    for text in ["27,000 images, 27.0 GB", "What each way would need"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    for label in [
        "All at once: 27,000 images at once, 27.0 GB of images",
        "Channel: 2,700 images at once, 2.70 GB of images, 90 % less",
        "Timepoint + channel: 27 images at once, 27.0 MB of images, 99.9 % less",
    ] {
        assert!(harness.query_by_label_contains(label).is_some(), "{label}");
    }
    assert!(harness.query_by_label_contains("Logarithmic from ").is_some());
    let planned = harness.state().state.forecast.planned.as_ref().expect("planned");
    assert!(!planned.is_pending());
    let outlook = planned.outlook.clone().expect("worked out").expect("possible");
    assert!(outlook.choices.iter().all(|choice| choice.expected_secs.is_some()));
    // Another layout: smaller, so that all fits, and made where the user says.
    let layout = PlateLayout { timepoints: 1, ..planned.layout };
    harness.state_mut().state.handle(ForecastCommand::SetLayout(layout));
    harness.state_mut().state.handle(ForecastCommand::TypePlateFolder("/data/made".to_owned()));
    harness.run();
    assert!(harness.query_by_label("270 images, 270 MB").is_some());
    harness.get_by_label("Make this plate").click();
    harness.run_ok();
    assert!(harness.state().state.forecast.planned.is_none());
    let is_made = |work: &Work| match work {
        Work::Start(StartWork::WriteDemo { spec, path, .. }) => {
            **spec == layout.into() && path == Path::new("/data/made")
        }
        _ => false,
    };
    assert!(harness.state().has_asked(is_made));
    assert!(harness.query_by_label("Writing the demo plate").is_some());
}

#[test]
fn planning_begins_with_the_open_plate_and_ends_with_escape() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.get_by_label("Plan a larger plate…").click();
    harness.run();
    let planned = harness.state().state.forecast.planned.as_ref().expect("planned");
    assert_eq!(planned.layout.counts(), [6, 2, 1, 9, 3, 512, 512]);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.forecast.planned.is_none());
}

#[test]
fn comparing_takes_the_largest_well_and_shows_the_verdict() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run_ok();
    let (_, request) = harness.state().job();
    assert_eq!(request.wells, BTreeSet::from([well("B02")]));
    assert_eq!(
        request.specs.iter().map(|spec| spec.mode).collect::<Vec<_>>(),
        [Mode::Bulk, Mode::Sequential]
    );
    assert_eq!(request.fix.as_deref(), Some("Process channel one at a time: 31.4 MB."));

    let harness = Bench::compared().show();
    assert!(harness.query_by_label("process all 6 selected wells one at a time").is_some());
    for text in ["36.9 MB", "21.9 MB", "1.7 × less", "for 6 % more time"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    assert!(harness.query_by_label_contains("All 18 results are identical.").is_some());
    assert!(harness.query_by_label_contains("fits your budget of 35.0 MB; all at once does not").is_some());
    assert!(harness.query_by_label("Show folder").is_some());
    assert!(harness.query_by_label_contains("DAPI, 27 images, ").is_some());
}

#[test]
fn a_mode_over_budget_is_refused_and_the_other_shown() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Compare { is_all_wells: false });
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let forecast = plans[0].forecast.with_resting(Some(synthetic::RESTING));
    let why = "All at once needs 45.6 MB, which is over the budget of 35.0 MB.".to_owned();
    let refused = JobEvent::Refused { mode: Mode::Bulk, forecast, why: why.clone() };
    bench.state.apply(RunsEvent::Job { generation, event: Box::new(refused) });
    let events = synthetic::events(&plans[1], 0.01);
    for event in synthetic::job_events(&plans[1], &events) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let mut result = synthetic::result(&plans[1..], &[events], Some(35_000_000));
    let ran = stepwell::compare::ModeResult::Ran(Box::new(result.records[0].summary.clone()));
    let refused = stepwell::compare::ModeResult::Refused {
        refused: true,
        forecast_counted_bytes: forecast.counted_bytes,
        forecast_rss_bytes: forecast.rss_bytes,
        why: why.clone(),
    };
    let components = vec![Component::Channel];
    result.comparison = Some(stepwell::compare::Comparison::of(refused, ran, components, Some(35_000_000)));
    bench.state.apply(RunsEvent::JobDone { generation, result: Ok(Box::new(result)) });
    let harness = bench.show();
    assert!(harness.query_by_label_contains(&why).is_some());
    assert!(harness.query_by_label_contains("forecast, all at once · over budget, not run").is_some());
    assert_eq!(harness.state().state.runs.list.len(), 1);
}

#[test]
fn a_killed_worker_is_told_and_the_next_run_works() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Bulk));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let mut events = synthetic::events(&plans[0], 0.01);
    events.truncate(40);
    let why = "The worker was ended by signal 9. Memory last seen: 20.1 MB.".to_owned();
    let summary = Box::default();
    let kind = EventKind::Ended { outcome: Outcome::Failed, why: Some(why.clone()), summary };
    events.push(stepwell::events::Event { run: events[0].run.clone(), at_secs: 0.4, kind });
    for event in synthetic::job_events(&plans[0], &events) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let result = Ok(Box::new(synthetic::result(&plans, &[events], None)));
    bench.state.apply(RunsEvent::JobDone { generation, result });
    let mut harness = bench.show();
    assert!(harness.query_all_by_label_contains(&why).next().is_some());
    harness.get_by_label("Dismiss").click();
    harness.run();
    harness.state_mut().asked.clear();
    harness.get_by_label("Run one at a time").click();
    harness.run_ok();
    assert_eq!(harness.state().job().1.specs[0].mode, Mode::Sequential);
}

#[test]
fn after_the_last_clear_nothing_was_in_memory() {
    for (at_secs, expected) in [(0.1, "In memory at "), (1e6, "Nothing was in memory then")] {
        let mut bench = Bench::compared();
        let run = bench.state.runs.last_run(Mode::Sequential).expect("a run").id;
        bench.state.handle(MemoryCommand::ShowMoment(Some(stepwell::app::Moment { run, at_secs })));
        let harness = bench.show();
        assert!(harness.query_by_label_contains(expected).is_some(), "{at_secs}");
    }
}

#[test]
fn a_run_is_cancelled() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Sequential));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    for event in synthetic::job_events(&plans[0], &synthetic::events(&plans[0], 0.01)[..30]) {
        bench.state.apply(RunsEvent::Job { generation, event: Box::new(event) });
    }
    let mut harness = bench.show();
    assert!(harness.query_by_label("One at a time · B02 · channel 1 · reading images").is_some());
    harness.get_by_label("Cancel").click();
    harness.run_ok();
    assert!(harness.state().state.runs.job.as_ref().is_some_and(stepwell::app::JobState::is_cancelling));
    assert!(harness.query_by_label("Stopping…").is_some());
}

#[test]
fn the_log_is_filtered_and_copied() {
    let mut bench = Bench::compared();
    bench.state.handle(StatusCommand::ShowTab(Tab::Log));
    bench.state.log.file = Some("/data/stepwell.log".into());
    let mut harness = bench.show();
    assert!(harness.query_by_label("/data/stepwell.log").is_some());
    harness.get_by_label("Filter the log").focus();
    harness.run();
    harness.get_by_label("Filter the log").type_text("cleared");
    harness.run();
    assert!(harness.query_by_label("3 lines").is_some());
    harness.get_by_label("Copy").click();
    harness.run();
    let copied = harness.state().asked.iter().find_map(|work| match work {
        Work::Status(StatusWork::Copy(text)) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.expect("a copy").lines().count(), 3);
    // The list of what is missing is one click away.
    harness.get_by_label("1 missing").click();
    harness.run();
    let missing = "C03_s4_w2_z3_t1 is missing: the other sites of channel 2 (FITC) have it";
    assert!(harness.query_by_label(missing).is_some());
    assert!(harness.query_by_label("1 line").is_some());
}

#[test]
fn every_plate_shape_is_drawn() {
    for shape in stepwell::plate::KNOWN_SHAPES {
        let mut plate = synthetic::plate();
        plate.shape = shape;
        plate.images.retain(|image| shape.contains(image.key.well));
        plate.missing.clear();
        let mut bench = Bench::new();
        bench.state.show_plate(plate);
        bench.settle();
        let harness = bench.show_in(egui::Theme::Light, vec2(1024.0, 640.0));
        let label = format!("Plate map, {} wells", stepwell::quantity::count_text(shape.wells()));
        assert!(harness.query_by_label_contains(&label).is_some(), "{label}");
    }
}

#[test]
fn answers_that_come_late_change_nothing() {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(RunsCommand::Run(Mode::Bulk));
    bench.settle();
    let (generation, plans) = bench.begin_job();
    let stale = generation + 1000;
    let event = synthetic::job_events(&plans[0], &synthetic::events(&plans[0], 0.01)).remove(0);
    bench.state.apply(RunsEvent::Job { generation: stale, event: Box::new(event) });
    bench.state.apply(RunsEvent::JobDone { generation: stale, result: Err("late".to_owned()) });
    bench.state.apply(ForecastEvent::Choices { generation: stale, result: Err("late".to_owned()) });
    assert!(bench.state.runs.job.is_some());
    assert!(bench.state.status.trouble.is_none());
    assert!(bench.state.forecast.outlook().is_some());
    bench.state.apply(RunsEvent::JobDone { generation, result: Err("no room".to_owned()) });
    assert!(bench.state.runs.job.is_none());
    assert_eq!(bench.state.status.trouble.as_ref().map(|trouble| trouble.sentence.as_str()), Some("no room"));
    assert!(bench.state.runs.list.is_empty());
}
