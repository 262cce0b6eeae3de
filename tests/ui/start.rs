//! Opening a plate.

use super::*;

#[test]
fn a_path_that_is_no_plate_is_explained_where_another_can_be_opened() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::TypePath("/data/notes".to_owned()));
    bench.state.handle(StartCommand::OpenTyped);
    let generation = bench.state.start.opening.as_ref().expect("opening").generation;
    let mut harness = bench.show();
    assert!(harness.query_by_label("Opening the plate").is_some());
    let why = "“/data/notes” is not a plate: looked for an .HTD file; found “notes.txt”".to_owned();
    harness.state_mut().state.apply(StartEvent::Opened { generation, result: Some(Err(why.clone().into())) });
    harness.run();
    assert!(harness.query_by_label(&why).is_some());
    harness.get_by_label("Open another…").click();
    harness.run();
    assert!(harness.state().has_asked(|work| matches!(work, Work::Start(StartWork::PickFolder { .. }))));
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
        bench.state.handle(StartCommand::OpenDemo { as_if_bytes: None });
        let generation = bench.state.start.opening.as_ref().expect("opening").generation;
        (bench, generation)
    };
    let (mut bench, generation) = demo();
    bench.state.apply(StartEvent::DemoWritten { generation, result: Some(Ok(PathBuf::from("/demo"))) });
    assert!(opened(&mut bench));
    // While the run goes, no other plate takes its place.
    bench.state.handle(StartCommand::OpenDemo { as_if_bytes: None });
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
fn a_path_that_is_there_is_typed_over() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::TypePath("/data/the last plate".to_owned()));
    let mut harness = bench.show();
    let field = |harness: &mut Harness<'_, Bench>, text: &str| {
        harness.get_by_label("Path of a plate").type_text(text);
        harness.run_steps(3);
        harness.state().state.start.typed_path.clone()
    };
    harness.get_by_label("Path of a plate").click();
    harness.run_steps(3);
    assert_eq!(field(&mut harness, "/data/another"), "/data/another");
    // Once it is entered, what is typed is added where the cursor is.
    assert_eq!(field(&mut harness, " plate"), "/data/another plate");
}

#[test]
fn one_folder_dialog_is_open_and_where_it_is_not_seen_it_is_asked_for_in_the_window() {
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
    assert!(harness.state().has_asked(|work| matches!(work, Work::Browse(BrowseWork::AskHere))));
    let why = "The system has no thread for the folder dialog.";
    harness.state_mut().state.apply(StartEvent::NoFolderDialog(why.to_owned()));
    harness.run();
    assert!(harness.query_by_label(why).is_some());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run();
    assert_eq!(asked(&harness), 2);
    harness
        .state_mut()
        .state
        .apply(StartEvent::FolderPicked { path: Some(PathBuf::from("/data")), by_names: false });
    assert!(harness.state().state.start.opening.is_some());
}

#[test]
fn of_several_plates_the_user_chooses_by_what_is_seen_of_each() {
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::Open(PathBuf::from("/data")));
    let generation = bench.state.start.opening.as_ref().expect("opening").generation;
    let candidate = |name: &str, first_image: Option<&str>| Candidate {
        path: PathBuf::from("/data").join(name),
        name: name.to_owned(),
        format: Format::Harmony,
        about: "12 images".to_owned(),
        files: first_image.iter().map(|file| (*file).to_owned()).collect(),
        first_image: first_image.map(|file| ImageSource::file(format!("/data/{file}"))),
    };
    let candidates = vec![candidate("one", Some("a.tif")), candidate("two", None)];
    bench.state.apply(StartEvent::Opened { generation, result: Some(Ok(Opened::Choose(candidates))) });
    let mut harness = bench.show();
    // The choice is there at once, the picture when it is read.
    assert!(harness.query_by_label("Open one").is_some());
    let start = std::time::Instant::now();
    while harness.query_by_role_and_label(Role::Image, "First image of one").is_none() {
        assert!(start.elapsed() < std::time::Duration::from_secs(20), "the image is not read");
        std::thread::sleep(std::time::Duration::from_millis(5));
        harness.step();
    }
    for label in ["First image of two, no image", "a.tif", "Harmony · 12 images"] {
        assert!(harness.query_all_by_label(label).count() > 0, "{label}");
    }
    harness.get_by_label("Open two").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
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

#[test]
fn a_dropped_recording_becomes_a_run_and_anything_else_is_opened_as_a_plate() {
    let mut harness = Bench::new().show();
    harness.input_mut().dropped_files.push(Arc::new(Dropped(PathBuf::from("/data/mprofile_1.DAT"))));
    harness.run_ok();
    let is_imported = |work: &Work| matches!(work, Work::Watch(WatchWork::Import(path)) if path.ends_with("mprofile_1.DAT"));
    assert!(harness.state().has_asked(is_imported));
    // What came of it.
    let log = b"CMDLINE python3 held.py\nMEM 100.0 1796116811.0\nMEM 250.0 1796116812.5\n";
    let imported = stepwell::watch::import(log, &ImportHints::default()).expect("a log");
    let record = Box::new(imported.into_record("mprofile_1.DAT"));
    harness.state_mut().state.apply(WatchNews::Imported(Ok(record)));
    harness.run_ok();
    let sentence = label_with(&harness, "was recorded by mprof");
    assert_eq!(sentence, "python3 held.py was recorded by mprof over 1.5 s. Peak memory: 262 MB.");
    harness.get_by_label("Close").click();
    harness.run_ok();
    let why = "/data/mprofile_1.DAT: line 3 goes back in time.".to_owned();
    harness.state_mut().state.apply(WatchNews::Imported(Err(why.clone())));
    harness.run_ok();
    assert_eq!(label_with(&harness, "goes back in time"), why);
    // Nothing that a recorder writes.
    harness.state_mut().state.apply(WatchNews::NotRecorded(PathBuf::from("/data/plate/notes.txt")));
    harness.run_ok();
    let is_opened = |work: &Work| matches!(work, Work::Start(StartWork::Open { path, .. }) if path.ends_with("notes.txt"));
    assert!(harness.state().has_asked(is_opened));
}

#[test]
fn the_demo_plate_is_opened_as_if_the_computer_were_small_and_no_other_plate_is() {
    let opened = |bench: &mut Bench| {
        let generation = bench.state.start.opening.as_ref().expect("opening").generation;
        let result = Some(Ok(Opened::Plate(Box::new(synthetic::plate()))));
        bench.state.apply(StartEvent::Opened { generation, result });
        bench.settle();
    };
    let mut harness = Bench::new().show();
    harness.get_by_label("…as if this computer had 100 MB").click();
    harness.run_steps(3);
    let bench = harness.state_mut();
    let generation = bench.state.start.opening.as_ref().expect("writing").generation;
    bench.state.apply(StartEvent::DemoWritten { generation, result: Some(Ok(PathBuf::from("/demo"))) });
    opened(bench);
    assert_eq!(bench.state.settings.kept.pretend_memory_bytes, Some(100_000_000));
    bench.state.handle(StartCommand::Open(PathBuf::from("/data/own")));
    opened(bench);
    assert_eq!(bench.state.settings.kept.pretend_memory_bytes, None);
    // What the user has set stays.
    bench.state.handle(SettingsCommand::PretendMemory(Some(8_000_000_000)));
    bench.state.handle(StartCommand::Open(PathBuf::from("/data/another")));
    opened(bench);
    assert_eq!(bench.state.settings.kept.pretend_memory_bytes, Some(8_000_000_000));
}

#[test]
fn the_last_plate_is_gone_on_with() {
    let mut bench = Bench::new();
    let plate = PathBuf::from("/data/screens/Neurites-07");
    bench.state.settings.kept.remember(&plate, None);
    let mut harness = bench.show();
    harness.get_by_label("Continue with Neurites-07").click();
    harness.run_steps(3);
    let opening = harness.state().state.start.opening.as_ref().map(|opening| opening.path.clone());
    assert_eq!(opening, Some(plate));
}
