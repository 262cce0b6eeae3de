//! The folder browser of the window, where the desktop shows no dialog.

use super::*;

fn ask(bench: &mut Bench, wanted: Wanted, why: NoDialog) {
    let kind = FileKind { name: "Pipeline (RON)", endings: &["ron"] };
    let kind = (wanted != Wanted::Folder).then_some(kind);
    let (title, begin_in) = ("Open a plate folder".to_owned(), Some(PathBuf::from("/data/screens")));
    let (reply, _) = Reply::channel();
    let question = Question { wanted, title, begin_in, kind };
    bench.state.apply(BrowseEvent::Asked { question, why, reply });
    bench.settle();
}

/// Answers the last request for a list with folders and files.
fn list(bench: &mut Bench, folders: &[&str], files: &[&str]) {
    let entry = |is_folder| move |name: &&str| Entry { name: (*name).into(), is_folder };
    let entries = folders.iter().map(entry(true)).chain(files.iter().map(entry(false))).collect();
    let listing = Listing { entries, is_whole: true, ..Listing::default() };
    let generation = listed(bench).0;
    bench.state.apply(BrowseEvent::Listed { generation, listing: Ok(listing) });
    bench.settle();
}

/// The folder that was asked for last.
fn listed(bench: &Bench) -> (u64, PathBuf) {
    let list = |work: &Work| match work {
        Work::Browse(BrowseWork::List { generation, folder, .. }) => Some((*generation, folder.clone())),
        _ => None,
    };
    bench.asked.iter().rev().find_map(list).expect("a folder is listed")
}

/// Answers the last look at a path.
fn look(harness: &mut Harness<'_, Bench>, found: AtPath) -> PathBuf {
    let look = |work: &Work| match work {
        Work::Browse(BrowseWork::Look { generation, path, is_chosen }) => {
            Some((*generation, path.clone(), *is_chosen))
        }
        _ => None,
    };
    let looks = &harness.state().asked;
    let (generation, path, is_chosen) = looks.iter().rev().find_map(look).expect("a path is looked at");
    let event = BrowseEvent::Looked { generation, path: path.clone(), found, is_chosen };
    harness.state_mut().state.apply(event);
    harness.run_steps(3);
    path
}

/// What was answered; `None` where nothing was yet.
fn answered(harness: &Harness<'_, Bench>) -> Option<Option<PathBuf>> {
    let answer = |work: &Work| match work {
        Work::Browse(BrowseWork::Answer(_, path)) => Some(path.clone()),
        _ => None,
    };
    harness.state().asked.iter().rev().find_map(answer)
}

/// With a folder and plates in it.
pub(crate) fn shown() -> Bench {
    let mut bench = Bench::new();
    bench.state.settings.kept.remember(&PathBuf::from("/data/archive/Neurites-07"), None);
    let places = [("Home", "/home/ada"), ("Documents", "/home/ada/Documents"), ("NAS", "/media/ada/NAS")];
    let place = |(name, folder): (&str, &str)| Place { name: name.to_owned(), folder: PathBuf::from(folder) };
    bench.state.apply(BrowseEvent::Places(places.map(place).to_vec()));
    ask(&mut bench, Wanted::Folder, NoDialog::Absent);
    list(&mut bench, &["Neurites-07", "Neurites-10", "papers", "Projection-Mix"], &[]);
    let generation = listed(&bench).0;
    let names = ["Neurites-07", "Neurites-10", "Projection-Mix"].map(Into::into).to_vec();
    bench.state.apply(BrowseEvent::Plates { generation, names });
    bench.state.handle(BrowseCommand::Select(Some("Neurites-10".into())));
    bench
}

fn press(harness: &mut Harness<'_, Bench>, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

fn is_open(harness: &Harness<'_, Bench>) -> bool {
    harness.state().state.browse.open.is_some()
}

#[test]
fn a_folder_is_chosen_by_keys_alone() {
    let mut bench = Bench::new();
    ask(&mut bench, Wanted::Folder, NoDialog::Silent);
    list(&mut bench, &["Plate_2", "Plate_10", "raw"], &[]);
    let generation = listed(&bench).0;
    bench.state.apply(BrowseEvent::Plates { generation, names: vec!["Plate_2".into()] });
    let mut harness = bench.show();
    assert!(harness.query_by_label(NoDialog::Silent.sentence()).is_some());
    for label in ["Plate Plate_2", "Folder Plate_10", "3 folders"] {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::Enter);
    assert_eq!(listed(harness.state()).1, Path::new("/data/screens/Plate_10"));
    // Back, where the folder that was left is pointed at; then by letters.
    press(&mut harness, Key::Backspace);
    assert_eq!(listed(harness.state()).1, Path::new("/data/screens"));
    list(harness.state_mut(), &["Plate_2", "Plate_10", "raw"], &[]);
    harness.run_steps(3);
    let selected = |harness: &Harness<'_, Bench>| {
        harness.state().state.browse.open.as_ref().and_then(|open| open.selected.clone())
    };
    assert_eq!(selected(&harness).as_deref(), Some("Plate_10".as_ref()));
    harness.event(egui::Event::Text("ra".to_owned()));
    harness.run_steps(3);
    assert_eq!(selected(&harness).as_deref(), Some("raw".as_ref()));
    harness.get_by_label("Choose the selected folder").click();
    harness.run_steps(3);
    assert_eq!(answered(&harness), None, "it is looked at first");
    assert_eq!(look(&mut harness, AtPath::Folder), Path::new("/data/screens/raw"));
    assert_eq!(answered(&harness), Some(Some(PathBuf::from("/data/screens/raw"))));
    assert!(!is_open(&harness));
}

#[test]
fn a_path_is_typed_and_what_cannot_be_taken_is_told() {
    let mut bench = Bench::new();
    ask(&mut bench, Wanted::Folder, NoDialog::Absent);
    list(&mut bench, &[], &[]);
    let mut harness = bench.show();
    harness.get_by_label("Path").click();
    harness.run_steps(3);
    harness.get_by_label("Path").type_text("../other");
    harness.run_steps(3);
    press(&mut harness, Key::Enter);
    let why = "There is no such folder.";
    assert_eq!(look(&mut harness, AtPath::Unknown(why.to_owned())), Path::new("/data/screens/../other"));
    assert!(harness.query_by_label(why).is_some() && is_open(&harness));
    look(&mut harness, AtPath::Folder);
    assert_eq!(listed(harness.state()).1, Path::new("/data/screens/../other"));
    // What is told of a folder that was left is dropped.
    let (generation, listing) = (0, Err("too late".to_owned()));
    harness.state_mut().state.apply(BrowseEvent::Listed { generation, listing });
    harness.run_steps(2);
    assert!(harness.query_by_label("too late").is_none());
}

#[test]
fn a_file_that_is_there_is_replaced_only_where_the_user_says_so() {
    let mut bench = Bench::new();
    ask(&mut bench, Wanted::NewFile("pipeline".to_owned()), NoDialog::Closed);
    list(&mut bench, &["old"], &["pipeline.ron"]);
    let mut harness = bench.show();
    let save = |harness: &mut Harness<'_, Bench>| {
        harness.get_by_label("Save").click();
        harness.run_steps(3);
    };
    save(&mut harness);
    assert_eq!(look(&mut harness, AtPath::File), Path::new("/data/screens/pipeline.ron"));
    assert!(harness.query_by_label("“pipeline.ron” already exists. Replace it?").is_some());
    harness.get_by_label("Keep it").click();
    harness.run_steps(3);
    assert!(is_open(&harness) && answered(&harness).is_none());
    save(&mut harness);
    look(&mut harness, AtPath::File);
    harness.get_by_label("Replace").click();
    harness.run_steps(3);
    assert_eq!(answered(&harness), Some(Some(PathBuf::from("/data/screens/pipeline.ron"))));
    assert!(!is_open(&harness));
}

#[test]
fn nothing_is_chosen_by_escape_and_what_the_desktop_says_closes_the_browser() {
    let mut bench = Bench::new();
    bench.state.apply(BrowseEvent::Waiting);
    let mut harness = bench.show();
    assert!(harness.query_by_label("Waiting for the file dialog of the desktop…").is_some());
    ask(harness.state_mut(), Wanted::Folder, NoDialog::Unseen);
    harness.run_steps(3);
    assert!(harness.query_by_label("Waiting for the file dialog of the desktop…").is_none());
    press(&mut harness, Key::Escape);
    assert_eq!(answered(&harness), Some(None));
    assert!(!is_open(&harness));
    ask(harness.state_mut(), Wanted::Folder, NoDialog::Unseen);
    harness.state_mut().state.apply(BrowseEvent::Answered);
    assert!(!is_open(&harness));
    // An answer for which nobody waits any more changes nothing.
    harness.state_mut().state.apply(BrowseEvent::Answered);
    harness.run_steps(2);
    assert!(!is_open(&harness));
}
