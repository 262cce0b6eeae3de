//! Harmony measurements that no real set shows.

use super::{check, empty_files, issues, opened, shown, tree};

const HARMONY_HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><EvaluationInputData Version=\"1\" \
    xmlns=\"http://www.perkinelmer.com/PEHH/HarmonyV5\"><InstrumentType>Phenix</InstrumentType><Plates><Plate>\
    <Name>BR1</Name><PlateRows>2</PlateRows><PlateColumns>3</PlateColumns></Plate></Plates><Images>";

pub(super) fn record(url: &str, column: u32, timepoint: u32, more: &str) -> String {
    format!(
        "<Image><State>Ok</State><URL>{url}</URL><Row>1</Row><Col>{column}</Col><FieldID>1</FieldID>\
         <PlaneID>1</PlaneID><TimepointID>{timepoint}</TimepointID><ChannelID>1</ChannelID>{more}</Image>"
    )
}

pub(super) fn index(records: &[String]) -> String {
    format!("{HARMONY_HEAD}{}</Images></EvaluationInputData>", records.concat())
}

#[test]
fn harmony_index_and_disk() {
    let name = |column: u32, time: u32| format!("r01c0{column}f01p01-ch1sk{time}fk1fl1.tiff");
    let text = index(&[
        record(&name(1, 1), 1, 0, ""),
        record(&name(1, 2), 1, 1, ""),
        // Not recorded; named and absent; marked; named by something else than its key.
        record("", 2, 1, ""),
        record(&name(2, 1), 2, 0, ""),
        record(&name(3, 1), 3, 0, "").replace(">Ok<", ">Saturated<"),
        record("folder\\GUID-1.tif", 3, 1, ""),
        // Nowhere on a plate.
        record(&name(1, 1), 99, 0, ""),
    ]);
    let files = [
        ("Index.idx.xml".to_owned(), text.as_str()),
        (name(1, 1), ""),
        (name(1, 2), ""),
        (name(3, 1), ""),
        ("guid-1.TIF".to_owned(), ""),
        // Not in the index: read by its name. Of three digits: written by another program.
        ("r02c01f01p01-ch1sk1fk1fl1.tiff".to_owned(), ""),
        ("r02c02f001p001-ch1sk1fk1fl1.tiff".to_owned(), ""),
        ("overview.tif".to_owned(), ""),
    ];
    for images_folder in ["Images", "images", "pictures", "."] {
        let paths: Vec<_> = files
            .iter()
            .map(|(name, text)| (format!("x-Measurement 1/{images_folder}/{name}"), *text))
            .collect();
        let folder = tree(&paths.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let root = folder.path().canonicalize().expect("a path").join("x-Measurement 1");
        for path in [root.clone(), root.join(images_folder), root.join(images_folder).join("Index.idx.xml")] {
            let plate = opened(&path);
            check(&plate);
            assert_eq!(plate.root, root);
            assert_eq!(plate.name, "BR1");
            assert_eq!((plate.shape.rows, plate.shape.columns), (2, 3));
            assert_eq!(
                shown(&plate.images),
                [
                    "A01_s1_w1_z1_t1",
                    "A01_s1_w1_z1_t2",
                    "A03_s1_w1_z1_t1",
                    "A03_s1_w1_z1_t2",
                    "B01_s1_w1_z1_t1"
                ]
            );
            let missing: Vec<_> = plate
                .missing
                .iter()
                .map(|m| (m.key.to_string(), m.file.as_ref().map(|file| file.path().to_owned()), &*m.why))
                .collect();
            let in_folder = |name: String| {
                if images_folder == "." { name } else { format!("{images_folder}/{name}") }
            };
            let expected = [
                ("A02_s1_w1_z1_t1", Some(in_folder(name(2, 1))), "the index names a file that is not there"),
                ("A02_s1_w1_z1_t2", None, "not recorded: the index has no file for it"),
            ];
            assert_eq!(missing, expected.map(|(key, file, why)| (key.to_owned(), file, why)));
            assert_eq!(plate.ignored, 2);
            let found = issues(&plate).join("\n");
            for part in [
                "the microscope marked this image “Saturated”",
                "r02c01f01p01-ch1sk1fk1fl1.tiff: the index does not name this image",
                "r02c02f001p001-ch1sk1fk1fl1.tiff: skipped",
                "1 record of a row and column that no plate has",
            ] {
                assert!(found.contains(part), "{part} in {found}");
            }
            assert_eq!(plate.issues.len(), 4, "{found}");
        }
    }
}

#[test]
fn harmony_time_is_the_number_in_the_file_names() {
    // TimepointID, file name, expected timepoint, by the generations of the index.
    let table: &[&[(u32, &str, u32)]] = &[
        &[(0, "r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (1, "r01c01f01p01-ch1sk2fk1fl1.tiff", 2)],
        &[(1, "r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (2, "r01c01f01p01-ch1sk2fk1fl1.tiff", 2)],
        // A part of a series keeps its numbers.
        &[(4, "r01c01f01p01-ch1sk5fk1fl1.tiff", 5), (9, "r01c01f01p01-ch1sk10fk1fl1.tiff", 10)],
        // The same number in all names: by rank.
        &[(0, "x/r01c01f01p01-ch1sk1fk1fl1.tiff", 1), (1, "y/r01c01f01p01-ch1sk1fk1fl1.tiff", 2)],
        // Names without a number: by rank.
        &[(0, "a.tif", 1), (7, "b.tif", 2)],
    ];
    for images in table {
        let records: Vec<_> = images.iter().map(|(id, url, _)| record(url, 1, *id, "")).collect();
        let text = index(&records);
        let mut files = vec![("Images/Index.idx.xml", text.as_str())];
        files.extend(images.iter().map(|(_, url, _)| (*url, "")));
        let moved: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                let path =
                    if path.starts_with("Images/") { (*path).to_owned() } else { format!("Images/{path}") };
                (path, *text)
            })
            .collect();
        let folder = tree(&moved.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let plate = opened(folder.path());
        let found: Vec<_> = plate.images.iter().filter_map(|image| image.key().timepoint).collect();
        assert_eq!(found, images.iter().map(|(.., t)| *t).collect::<Vec<_>>());
        assert_eq!(plate.issues, []);
    }
}

#[test]
fn a_timepoint_without_a_name_renumbers_no_other() {
    let name = |sequence: u32| format!("r01c01f01p01-ch1sk{sequence}fk1fl1.tiff");
    // TimepointID and file name; files on disk; expected images and missing timepoints.
    type Case<'a> = (&'a [(u32, &'a str)], &'a [u32], &'a [(u32, u32)], &'a [u32]);
    let (sk1, sk2, sk5) = (name(1), name(2), name(5));
    let table: &[Case<'_>] = &[
        // The nameless one is between two that are one off: it is the unlisted sk3.
        (&[(1, &sk2), (2, ""), (4, &sk5)], &[2, 3, 5], &[(2, 2), (3, 3), (5, 5)], &[]),
        (&[(1, &sk2), (2, ""), (4, &sk5)], &[2, 5], &[(2, 2), (5, 5)], &[3]),
        // No number follows from the others: any unused one.
        (&[(1, &sk1), (2, ""), (3, &sk2)], &[1, 2], &[(1, 1), (2, 2)], &[3]),
        // What follows is after the others, or is no number of a timepoint.
        (&[(0, &sk1), (1, &sk2), (4, "")], &[1, 2], &[(1, 1), (2, 2)], &[5]),
        (&[(0, ""), (2, &sk2)], &[2], &[(2, 2)], &[1]),
    ];
    for (records, on_disk, images, missing) in table {
        let text = index(&records.iter().map(|(id, url)| record(url, 1, *id, "")).collect::<Vec<_>>());
        let names: Vec<_> = on_disk.iter().map(|sequence| name(*sequence)).collect();
        let mut files = vec![("Index.idx.xml", text.as_str())];
        files.extend(names.iter().map(|name| (name.as_str(), "")));
        let plate = opened(tree(&files).path());
        let found: Vec<_> =
            plate.images.iter().map(|image| (image.key().timepoint, image.source.relative())).collect();
        let expected: Vec<_> = images.iter().map(|(time, file)| (Some(*time), name(*file))).collect();
        assert_eq!(found, expected, "{records:?}");
        let absent: Vec<_> = plate.missing.iter().filter_map(|missing| missing.key.timepoint).collect();
        assert_eq!(absent, *missing, "{records:?}");
    }
}

#[test]
fn the_index_wins_over_names() {
    // By the index the file is timepoint 1; a file beside it, first by path, only has its name.
    let text = index(&[record("x.tif", 1, 0, "")]);
    let by_name = "r01c01f01p01-ch1sk1fk1fl1.tiff";
    let folder = tree(&[("Index.idx.xml", &text), ("x.tif", ""), (by_name, "")]);
    let plate = opened(folder.path());
    check(&plate);
    assert_eq!(plate.images.iter().map(|image| image.source.relative()).collect::<Vec<_>>(), ["x.tif"]);
    assert_eq!(plate.ignored, 1);
    let found = issues(&plate);
    assert!(found.len() == 1 && found[0].starts_with(&format!("{by_name}: skipped")), "{found:?}");
}

#[test]
fn harmony_without_a_whole_index_is_read_by_names() {
    let names = ["Images/r01c01f01p01-ch1sk1fk1fl1.tiff", "Images/r01c01f01p02-ch1sk1fk1fl1.tiff"];
    let whole = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    let half = whole.strip_suffix("</EvaluationInputData>").expect("the end");
    let table = [
        (None, "there is no index"),
        (Some(""), "it is empty"),
        (Some("\u{0}\u{0}"), "the index can only be read in part"),
        (Some(half), "it ends in the middle"),
    ];
    for (text, expected) in table {
        let mut files: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        files.extend(text.map(|text| ("Images/Index.idx.xml", text)));
        let folder = tree(&files);
        let plate = opened(folder.path());
        check(&plate);
        assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1", "A01_s1_w1_z2_t1"]);
        assert!(plate.issues[0].why.contains(expected), "{:?}", issues(&plate));
    }
}

#[test]
fn wells_of_which_all_is_missing_are_on_the_map() {
    // The index says 2 rows and 3 columns.
    let name = "r01c01f01p01-ch1sk1fk1fl1.tiff";
    let text = index(&[record(name, 1, 0, ""), record("", 7, 0, ""), record("gone.tif", 8, 0, "")]);
    for (text, rows_columns, issues) in
        [(text.clone(), (6, 8), 1), (text.replace("PlateRows", "Rows"), (6, 8), 0)]
    {
        let plate = opened(tree(&[("Index.idx.xml", &text), (name, "")]).path());
        assert_eq!((plate.shape.rows, plate.shape.columns), rows_columns);
        assert_eq!(plate.issues.len(), issues, "{:?}", plate.issues);
        assert_eq!(plate.missing.len(), 2);
        assert!(plate.missing.iter().all(|missing| plate.shape.contains(missing.key.well)));
    }
}

#[test]
fn an_evaluation_opens_the_measurement_around_it() {
    let text = index(&[record("r01c01f01p01-ch1sk1fk1fl1.tiff", 1, 0, "")]);
    for images in ["m/Images/", "m/"] {
        let image = format!("{images}r01c01f01p01-ch1sk1fk1fl1.tiff");
        for results in ["m/Evaluation1", "m/evaluation 2/Images"] {
            let result_index = format!("{results}/Index.idx.xml");
            let result = format!("{results}/r01c02f01p01-ch1sk1fk1fl1.tiff");
            let folder = tree(&[(&image, ""), (&result_index, &text), (&result, "")]);
            for path in [results, &result_index, &result, "m", "."] {
                let plate = opened(&folder.path().join(path));
                assert_eq!(shown(&plate.images), ["A01_s1_w1_z1_t1"], "{path}");
                assert!(plate.root.ends_with("m"), "{path}");
            }
        }
    }
    // Without a measurement around it, it is but a name.
    let folder = empty_files(&["Evaluation plates/Images/r01c01f01p01-ch1sk1fk1fl1.tiff"]);
    assert_eq!(opened(&folder.path().join("Evaluation plates")).images.len(), 1);
}

#[test]
fn every_generation_of_the_index_is_read() {
    const CHANNEL: &str = "<ChannelName>DAPI</ChannelName><ImageResolutionX Unit=\"m\">5E-07</ImageResolutionX>\
        <ObjectiveMagnification>20</ObjectiveMagnification><ObjectiveNA>0.4</ObjectiveNA>";
    const MAP: &str = "<Maps><Map><Entry ChannelID=\"1\"><FlatfieldProfile>{}</FlatfieldProfile></Entry></Map>\
        <Map><Entry ChannelID=\"1\">CHANNEL</Entry></Map></Maps>";
    // V1 to V5 describe the channel in each record and count timepoints from 0, V6 and V7 describe it
    // once and number the sequence and group too; V7 and Columbus count timepoints from 1.
    struct Generation<'a> {
        bom: &'a str,
        namespace: &'a str,
        map: &'a str,
        in_record: &'a str,
        first_timepoint: u32,
    }
    let old = |bom, namespace, first_timepoint| Generation {
        bom,
        namespace,
        map: "",
        in_record: CHANNEL,
        first_timepoint,
    };
    let sequence = "<SequenceID>1</SequenceID><GroupID>1</GroupID>";
    let new = |namespace, first_timepoint| Generation {
        bom: "\u{feff}",
        namespace,
        map: MAP,
        in_record: sequence,
        first_timepoint,
    };
    let generations = [
        old("", "http://www.perkinelmer.com/PEHH/HarmonyV1", 0),
        old("\u{feff}", "http://www.perkinelmer.com/PEHH/HarmonyV4", 0),
        old("\u{feff}", "http://www.perkinelmer.com/PEHH/HarmonyV5", 0),
        new("http://www.perkinelmer.com/PEHH/HarmonyV6", 0),
        new("43B2A954-E3C3-47E1-B392-6635266B0DD3/HarmonyV7", 1),
        old("\u{feff}", "http://www.perkinelmer.com/Columbus", 1),
    ];
    for generation in generations {
        let name = |sequence: u32| format!("r01c03f01p01-ch1sk{sequence}fk1fl1.tiff");
        let records: Vec<_> = [1, 2]
            .map(|sequence| {
                let timepoint = generation.first_timepoint + sequence - 1;
                record(&name(sequence), 3, timepoint, generation.in_record)
            })
            .into();
        let Generation { bom, namespace, .. } = generation;
        let map = generation.map.replace("CHANNEL", CHANNEL);
        let text = format!(
            "{bom}<?xml version=\"1.0\" encoding=\"utf-8\"?><EvaluationInputData Version=\"1\" \
             xmlns=\"{namespace}\"><Plates><Plate>\
             <Name>BR1</Name><PlateRows>2</PlateRows><PlateColumns>3</PlateColumns></Plate></Plates>\
             <Wells><Well><id>0103</id><Row>1</Row><Col>3</Col><Image id=\"0103K1\" /></Well></Wells>\
             {map}<Images>{}</Images></EvaluationInputData>",
            records.concat()
        );
        let folder = tree(&[("Images/Index.idx.xml", &text), (&format!("Images/{}", name(1)), "")]);
        let plate = opened(folder.path());
        assert_eq!(shown(&plate.images), ["A03_s1_w1_z1_t1"], "{namespace}");
        let missing: Vec<_> = plate.missing.iter().map(|missing| missing.key.to_string()).collect();
        assert_eq!(missing, ["A03_s1_w1_z1_t2"], "{namespace}");
        assert_eq!((plate.name.as_str(), plate.shape.columns), ("BR1", 3), "{namespace}");
        assert_eq!(plate.channel_names.get(&1).map(String::as_str), Some("DAPI"), "{namespace}");
        assert_eq!(plate.objective.as_deref(), Some("20×, NA 0.4"), "{namespace}");
        assert!(plate.pixel_sizes.common().is_some_and(|size| (size.x_um - 0.5).abs() < 1e-9), "{namespace}");
        assert_eq!(plate.issues, [], "{namespace}");
    }
}

#[test]
fn pages_of_one_file_are_images() {
    let page = |column: u32, page: u32| {
        record("all.tif", column, 1, "").replace("<URL>", &format!("<URL BufferNo=\"{page}\">"))
    };
    let text = index(&[page(1, 0), page(2, 1)]);
    let folder = tree(&[("ImageIndex.ColumbusIDX.xml", &text), ("all.tif", "")]);
    let plate = opened(folder.path());
    let found: Vec<_> = plate
        .images
        .iter()
        .map(|image| (image.key().to_string(), image.source.relative(), image.source.page()))
        .collect();
    assert_eq!(
        found,
        [("A01_s1_w1_z1_t1", 0), ("A02_s1_w1_z1_t1", 1)].map(|(key, page)| (
            key.to_owned(),
            "all.tif".to_owned(),
            page
        ))
    );
}
