//! A folder opened by the names of its images.

use std::fs;

use stepwell::app::{Fit, NamesCommand, NamesEvent, Refusal, SavedPattern, Tried};
use stepwell::cancel::Cancel;
use stepwell::plate::{ImageNames, NamePattern, Reading, open_by_pattern, suggestions};

use super::*;

const FOLDER: &str = "/data/from the other lab";

/// A folder of pictures whose names no format has.
fn odd_names() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for well in ["01A", "02A", "01B", "02B", "03C"] {
        for (dye, fields) in [("Hoechst 33342", 3), ("Phalloidin", 3)] {
            for field in 1..=fields {
                let path = folder.path().join(format!("day 3/{well} {dye} field{field}.png"));
                fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
                let value = u8::try_from(40 * field).expect("small");
                image::GrayImage::from_pixel(8, 8, image::Luma([value])).save(path).expect("writable");
            }
        }
    }
    image::GrayImage::new(8, 8).save(folder.path().join("day 3/overview.png")).expect("writable");
    folder
}

/// Does what the window's threads do: lists and tries.
fn answer(bench: &mut Bench, folder: &Path) {
    let cancel = Cancel::new();
    bench.settle();
    for work in std::mem::take(&mut bench.asked) {
        match work {
            Work::Start(StartWork::ListNames { generation, saved, .. }) => {
                let names = Arc::new(ImageNames::list(folder, &cancel).expect("a folder"));
                let fit = |name, pattern: NamePattern| {
                    let counts = Reading::of(&names, &pattern, &cancel).expect("read").counts;
                    Fit { name, pattern, counts }
                };
                let kept = saved.iter().map(|saved| {
                    fit(Some(saved.name.clone()), NamePattern::new(&saved.pattern).expect("a pattern"))
                });
                let mut fits: Vec<Fit> = kept.collect();
                let found = suggestions(&names, &cancel).expect("found");
                fits.extend(found.into_iter().map(|found| fit(None, found.pattern)));
                let event = NamesEvent::Listed { generation, result: Ok((names, fits)) };
                bench.state.apply(StartEvent::Names(event));
            }
            Work::Start(StartWork::TryPattern { generation, names, text, .. }) => {
                let tried = match NamePattern::new(&text) {
                    Ok(pattern) => {
                        let reading = Reading::of(&names, &pattern, &cancel).expect("read");
                        let fault = reading.fault(&names).map(|fault| fault.to_string());
                        Tried { text, reading: Some(Arc::new(reading)), fault }
                    }
                    Err(error) => Tried { text, reading: None, fault: Some(error.to_string()) },
                };
                let event = NamesEvent::Tried { generation, tried: Box::new(tried) };
                bench.state.apply(StartEvent::Names(event));
            }
            other => bench.asked.push(other),
        }
    }
}

/// The page on which the names of a folder are read, with the first suggestion.
pub(super) fn chosen() -> Bench {
    let folder = odd_names();
    let mut bench = Bench::new();
    let saved = SavedPattern {
        name: "Imager in B17".to_owned(),
        pattern: r"(?P<well>\d\d[A-H]) (?P<channel>.+?) field(?P<site>\d+)".to_owned(),
    };
    bench.state.handle(SettingsCommand::SavePattern(saved));
    bench.state.handle(StartCommand::ReadNames(PathBuf::from(FOLDER)));
    answer(&mut bench, folder.path());
    answer(&mut bench, folder.path());
    bench
}

#[test]
fn a_refusal_leads_to_the_names_and_a_suggestion_opens_the_folder() {
    let folder = odd_names();
    let mut bench = Bench::new();
    bench.state.handle(StartCommand::Open(folder.path().to_owned()));
    let generation = bench.state.start.opening.as_ref().expect("opening").generation;
    let refusal = Refusal { why: "not a plate".to_owned(), folder_of_images: Some(folder.path().to_owned()) };
    bench.state.apply(StartEvent::Opened { generation, result: Some(Err(refusal)) });
    let mut harness = bench.show();
    harness.get_by_label("Open by file names…").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Reading file names…").is_some());
    for _ in 0..2 {
        answer(harness.state_mut(), folder.path());
        harness.run();
    }
    let summary = label_with(&harness, "images read, 1 not");
    assert_eq!(summary, "5 wells, 2 channels, 3 sites: 30 images read, 1 not");
    assert!(harness.query_by_label("not read").is_none(), "further down");
    harness.get_by_label("Only those not read").click();
    harness.run();
    assert!(harness.query_by_label("not read").is_some());
    assert!(harness.query_by_label("day 3/overview.png").is_some());
    harness.get_by_label("Open").click();
    harness.run_steps(3);
    let asked = harness.state().asked.iter().rev().find_map(|work| match work {
        Work::Start(StartWork::Open { path, pattern, generation, .. }) => {
            Some((path.clone(), pattern.clone(), *generation))
        }
        _ => None,
    });
    let (path, pattern, generation) = asked.expect("opening");
    let plate = open_by_pattern(&path, &pattern.expect("a pattern"), &Cancel::new()).expect("a plate");
    let opened_by = plate.opened_by.clone();
    let result = Some(Ok(Opened::Plate(Box::new(plate))));
    harness.state_mut().state.apply(StartEvent::Opened { generation, result });
    harness.run();
    let state = &mut harness.state_mut().state;
    assert!(state.plate.is_some() && !state.is_start());
    assert!(state.settings.kept.patterns_of_folders.contains_key(&opened_by));

    // From the list of recent plates it opens as it did.
    state.handle(StartCommand::ShowStart);
    state.handle(StartCommand::Open(opened_by));
    let again = state
        .take_work()
        .into_iter()
        .any(|work| matches!(work, Work::Start(StartWork::Open { pattern: Some(_), .. })));
    assert!(again);
}

#[test]
fn what_is_written_is_answered_and_kept_under_a_name() {
    let folder = odd_names();
    let mut harness = chosen().show();
    // The pattern that was kept comes first.
    assert_eq!(
        harness.state().state.start.names.as_ref().map(|names| names.fits[0].name.as_deref()),
        Some(Some("Imager in B17"))
    );
    let type_pattern = |harness: &mut Harness<'_, Bench>, text: &str| {
        harness.state_mut().state.handle(StartCommand::Names(NamesCommand::TypePattern(text.to_owned())));
        answer(harness.state_mut(), folder.path());
        harness.run();
    };
    for (text, expected) in [
        ("(?P<well>", "this is not a regular expression: unclosed group, at character 1"),
        (
            r"(?P<well>\d\d[A-H])(?=_)",
            "“(?=” at character 20 is a look-ahead, which Python knows and Stepwell does not: write the pattern without it",
        ),
    ] {
        type_pattern(&mut harness, text);
        assert_eq!(label_with(&harness, &expected[..14]), expected);
        assert!(harness.state().state.start.names.as_ref().is_some_and(|names| names.ready().is_none()));
    }
    type_pattern(&mut harness, r"(?P<well>\d\d[A-H])");
    let why = label_with(&harness, "would both be image");
    assert!(
        why.starts_with("“day 3/01A Hoechst 33342 field1.png” and “day 3/01A Hoechst 33342 field2.png”"),
        "{why}"
    );
    // Wells that are numbers: on which plate, the user says.
    type_pattern(&mut harness, r"(?P<well>\d\d)(?P<z>[A-H]) (?P<channel>.+) field(?P<site>\d)");
    assert!(harness.query_by_label("Wells are numbered row by row on a plate of").is_some());
    harness.get_by_role_and_label(Role::ComboBox, "Wells of the plate").click();
    harness.run();
    harness.get_by_label("384 wells").click();
    harness.run();
    answer(harness.state_mut(), folder.path());
    let names = harness.state().state.start.names.as_ref().expect("the page");
    assert!(names.text.starts_with(r"(?P<well384>\d\d)") && names.ready().is_some(), "{}", names.text);

    let whole = r"(?P<well>\d\d[A-H]) (?P<channel>[\w ]+) field(?P<site>\d)";
    type_pattern(&mut harness, whole);
    harness.state_mut().state.handle(StartCommand::Names(NamesCommand::TypeName("Ours".to_owned())));
    harness.run();
    harness.get_by_label("Keep").click();
    harness.run();
    assert!(harness.query_by_label("Kept").is_some());
    let kept = &harness.state().state.settings.kept.patterns;
    assert_eq!(kept.iter().map(|saved| saved.name.as_str()).collect::<Vec<_>>(), ["Ours", "Imager in B17"]);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.start.names.is_none());
}
