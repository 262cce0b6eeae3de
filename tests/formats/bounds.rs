//! Numbers that no microscope reaches, and few files that let expect very many.

use std::fmt::Write as _;

use stepwell::plate::{Component, OpenError};
use stepwell::quantity::count_text;

use super::harmony::{index, record};
use super::support::tiff::{Layout, long, short};
use super::{check, issues, opened, refused, shown, temporary_folder, tree};

/// The largest number of each component that is an image's.
const MOST: [(char, u32); 4] = [('s', 100_000), ('w', 2_000), ('z', 100_000), ('t', 10_000_000)];

#[test]
fn a_number_that_no_microscope_reaches_costs_its_file_alone() {
    for (letter, most) in MOST {
        for beyond in [most + 1, u32::MAX] {
            let (last, far) = (format!("P_A01_{letter}{most}.tif"), format!("P_A01_{letter}{beyond}.tif"));
            let folder = tree(&[("P_A01.tif", ""), (&last, ""), (&far, "")]);
            let plate = opened(folder.path());
            check(&plate);
            assert_eq!(plate.images.len(), 2, "{letter}{beyond}");
            assert_eq!((plate.missing_count(), plate.ignored), (0, 1), "{letter}{beyond}");
            let [issue] = issues(&plate).try_into().expect("one issue");
            let why = format!("is number {}, and no microscope counts beyond", count_text(beyond as usize));
            assert!(issue.starts_with(&far) && issue.contains(&why), "{issue}");
        }
    }
    // In folders of timepoints and planes, and of projections.
    let folder = tree(&[
        ("TimePoint_1/ZStep_1/P_A01_w1.tif", ""),
        ("TimePoint_1/ZStep_4000000000/P_A01_w1.tif", ""),
        ("TimePoint_4000000000/ZStep_0/P_A01_w1.tif", ""),
    ]);
    let plate = opened(folder.path());
    assert_eq!((shown(&plate.images), plate.projections.len()), (vec!["A01_s1_w1_z1_t1".to_owned()], 0));
    assert_eq!(plate.issues.len(), 2);
}

#[test]
fn an_index_names_no_number_that_no_microscope_reaches() {
    let name = |channel: u32| format!("r01c01f01p01-ch{channel}sk1fk1fl1.tiff");
    let of_channel = |file: &str, id: &str| {
        record(file, 1, 0, "<ChannelName>far</ChannelName>")
            .replace("<ChannelID>1<", &format!("<ChannelID>{id}<"))
    };
    let text = index(&[
        record(&name(1), 1, 0, ""),
        of_channel(&name(2), "4000000000"),
        // Not there.
        of_channel(&name(3), "4000000001"),
    ]);
    let folder = tree(&[("Index.idx.xml", &text), (&name(1), ""), (&name(2), "")]);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1"]);
    assert_eq!((plate.missing_count(), plate.ignored), (0, 1));
    assert_eq!(plate.values(Component::Channel).len(), 1);
    assert!(plate.channel_names.keys().all(|channel| *channel == 1), "{:?}", plate.channel_names);
    let told = issues(&plate).concat();
    assert!(told.contains("its channel is number 4,000,000,000"), "{told}");
    assert!(told.contains("the record names 1 image with numbers that no microscope reaches"), "{told}");
}

#[test]
fn a_folder_without_any_possible_image_is_no_plate() {
    let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let text = text.replace("<FieldID>1<", "<FieldID>4000000000<");
    let cases = [
        vec![("P_A01_s1_w4000000000.tif", "")],
        vec![("Index.idx.xml", text.as_str()), ("r01c01f01p01-ch1sk1fk1fl1.tiff", "")],
    ];
    for files in cases {
        let error = refused(tree(&files).path());
        assert!(matches!(error, OpenError::NoPossibleImage { .. }), "{error:?}");
        assert!(error.to_string().contains("is number 4,000,000,000, and no microscope"), "{error}");
    }
}

#[test]
fn names_are_cut_where_they_are_read_and_shared_by_what_is_missing() {
    let long = "K".repeat(40_000);
    let plan = format!("\"HTSInfoFile\", Version 1.0\n\"NWavelengths\", 1\n\"WaveName1\", \"{long}\"\n");
    let mut names: Vec<String> = (1..=300).map(|site| format!("P_A01_s{site}_w1.tif")).collect();
    names
        .extend((1..=90).map(|well| format!("P_{}{:02}_s1_w1.tif", ["B", "C", "D"][well % 3], well / 3 + 1)));
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    files.push(("P.HTD", &plan));
    let plate = opened(tree(&files).path());
    assert_eq!(plate.channel_names[&1].chars().count(), 200);
    assert_eq!(plate.missing.len(), 90 * 299);
    let whys: std::collections::BTreeSet<*const u8> =
        plate.missing.iter().map(|missing| missing.why.as_ptr()).collect();
    assert_eq!(whys.len(), 1, "one text for all");
    assert!(
        plate.missing[0].why.len() < 400 && plate.missing[0].why.contains("KKK…"),
        "{}",
        plate.missing[0]
    );

    let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let text = text.replace("<Name>BR1<", &format!("<Name>{}<", "N".repeat(4_000)));
    let plate = opened(tree(&[("Index.idx.xml", &text), ("r01c01f01p01-ch1sk1fk1fl1.tiff", "")]).path());
    assert_eq!((plate.name.chars().count(), plate.name.ends_with("N…")), (200, true));
}

/// An index of very many records with few files; before, each of these took minutes, now less than a second.
#[test]
fn an_index_is_read_in_a_time_that_goes_with_its_length() {
    const RECORDS: u32 = 30_000;
    let one = "r01c01f01p01-ch1sk1fk1fl1.tiff";
    let of = |url: &str, column: u32, field: u32, channel: u32, page: u32, x: f64| {
        format!(
            "<Image><URL BufferNo=\"{page}\">{url}</URL><Row>1</Row><Col>{column}</Col><FieldID>{field}</FieldID>\
             <PlaneID>1</PlaneID><TimepointID>0</TimepointID><ChannelID>{channel}</ChannelID>\
             <PositionX Unit=\"m\">{x}</PositionX><PositionY Unit=\"m\">0</PositionY></Image>"
        )
    };
    let all = |of: &dyn Fn(u32) -> String| index(&(0..RECORDS).map(of).collect::<Vec<_>>());
    // An index that ends in the middle: names alone say what is expected, of many channels in many wells.
    let channels = all(&|n| of(one, n % 3 + 1, n / 2_000 + 1, n % 2_000 + 1, n, 0.0));
    let channels = channels.replace("</Images></EvaluationInputData>", "");
    let places = all(&|n| {
        let last = RECORDS - 1 - n;
        let of_time = format!("<TimepointID>{}<", last / 2_000);
        of("", 1, 1, last % 2_000, 0, f64::from(n) * 1e-5).replace("<TimepointID>0<", &of_time)
    });
    let folders = all(&|n| of(&format!("gone/{n}/{one}"), 1, n, 1, 0, 0.0));
    let table = [
        (channels, RECORDS as usize, 3 * 2_000 * 15 - RECORDS as usize),
        (places, 1, RECORDS as usize),
        (folders, 1, RECORDS as usize),
    ];
    for (case, (text, images, at_most_missing)) in table.into_iter().enumerate() {
        let folder = temporary_folder();
        std::fs::write(folder.path().join("Index.idx.xml"), text).expect("writable");
        for sub in 0..if case == 2 { 400 } else { 1 } {
            let sub = folder.path().join(format!("images{sub}"));
            std::fs::create_dir(&sub).expect("writable");
            std::fs::write(sub.join(one), "").expect("writable");
        }
        let plate = opened(folder.path());
        assert_eq!(plate.images.len(), images, "case {case}");
        assert!(plate.missing_count() <= at_most_missing, "case {case}: {}", plate.missing_count());
        assert!(plate.missing_count() + images >= at_most_missing, "case {case}: {}", plate.missing_count());
    }
}

#[test]
fn what_is_missing_of_a_few_far_numbers_is_counted_and_listed_up_to_a_limit() {
    // Along each of three axes; in eight wells with one image each all of it is missing again.
    let mut names = Vec::new();
    for n in 1..=300 {
        names.push(format!("P_A01_s{n}_w1_z1_t1.tif"));
        names.push(format!("P_A01_s1_w1_z{}_t1.tif", n * 300));
        names.push(format!("P_A01_s1_w1_z1_t{}.tif", n * 30_000));
    }
    names.extend((1..=8).map(|column| format!("P_B{column:02}_s1_w1_z1_t1.tif")));
    names.sort_unstable();
    names.dedup();
    let plate = opened(tree(&names.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>()).path());
    let [sites, planes, timepoints] =
        [Component::Site, Component::Z, Component::Timepoint].map(|component| plate.values(component).len());
    assert_eq!([sites, planes, timepoints], [300, 301, 301]);
    assert_eq!(plate.missing_count(), 9 * 300 * 301 * 301 - names.len());
    assert_eq!(plate.missing.len(), 100_000);
    let mut said = String::new();
    for issue in &plate.issues {
        write!(said, "{}", issue.why).expect("text");
    }
    assert!(said.contains("images are missing; 100,000 of them are listed"), "{said}");
}

/// One file of very many pages speaks for others that were not looked at.
#[test]
fn pages_of_one_file_make_no_millions_of_images() {
    const PAGES: usize = 60_000;
    let layout = Layout { big: false, big_endian: false };
    let (at, of_page) = (layout.data_at(), 16);
    let page = || {
        let numbers = [(256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (277, 1), (278, 4)];
        let mut page: Vec<_> = numbers.iter().map(|(tag, value)| short(*tag, *value)).collect();
        page.insert(5, long(273, at));
        page.push(long(279, of_page));
        page
    };
    let bytes = layout.file(&[7; 16], &(0..PAGES).map(|_| page()).collect::<Vec<_>>());
    for (others, images) in [(2, 3 * PAGES), (120, 121)] {
        let folder = temporary_folder();
        std::fs::write(folder.path().join("P_A01_s1_w1.tif"), &bytes).expect("writable");
        for other in 0..others {
            let name = format!("P_{}{:02}_s1_w1.tif", char::from(b'B' + other / 24), other % 24 + 1);
            std::fs::write(folder.path().join(name), "").expect("writable");
        }
        let plate = opened(folder.path());
        assert_eq!(plate.images.len(), images);
        let is_told = issues(&plate).iter().any(|issue| issue.contains("these would be 7,260,000 images"));
        assert_eq!(is_told, others > 2, "{:?}", issues(&plate));
    }
}
