//! What a plate of each format is expected to have, and what of it is missing: by a record where there is one,
//! by file names where there are only these, and never by a plan.

use super::harmony::index;
use super::{check, issues, opened, tree};

/// Files with their text, and what is missing, as `key: why`.
struct Case<'a> {
    what: &'a str,
    files: Vec<(String, &'a str)>,
    missing: &'a [&'a str],
}

fn test_all(cases: &[Case<'_>]) {
    for Case { what, files, missing } in cases {
        let folder = tree(&files.iter().map(|(path, text)| (path.as_str(), *text)).collect::<Vec<_>>());
        let plate = opened(folder.path());
        check(&plate);
        let found: Vec<_> =
            plate.missing.iter().map(|missing| format!("{}: {missing}", missing.key)).collect();
        assert_eq!(found, *missing, "{what}; notes: {:?}", issues(&plate));
        assert_eq!(plate.missing_count(), missing.len(), "{what}");
        for missing in &plate.missing {
            assert!(plate.missing_by_well.contains_key(&missing.key.well), "{what}");
            let file = missing.file.as_ref().map(|file| plate.root.join(file.path()));
            assert!(file.is_none_or(|file| !file.exists()), "{what}: a file that is missing is not there");
        }
    }
}

/// An image as Harmony names it: column, field, plane, channel, number in time.
fn name(column: u32, field: u32, plane: u32, channel: u32, time: u32) -> String {
    format!("r01c{column:02}f{field:02}p{plane:02}-ch{channel}sk{time}fk1fl1.tiff")
}

/// Its record, with the name in it or without.
fn record(image: [u32; 5], has_file: bool) -> String {
    let [column, field, plane, channel, time] = image;
    let file = if has_file { name(column, field, plane, channel, time) } else { String::new() };
    format!(
        "<Image><State>Ok</State><URL>{file}</URL><Row>1</Row><Col>{column}</Col><FieldID>{field}</FieldID>\
         <PlaneID>{plane}</PlaneID><TimepointID>{}</TimepointID><ChannelID>{channel}</ChannelID></Image>",
        time - 1
    )
}

const ELSEWHERE: &str = "no file, though channel 1 has this site, plane and timepoint elsewhere on the plate";

#[test]
fn harmony_expects_what_its_index_names() {
    // Fields, planes, channels and times differ from well to well.
    let images = [
        [1, 1, 1, 1, 1],
        [1, 2, 1, 1, 1],
        [2, 1, 1, 1, 1],
        [2, 1, 2, 1, 1],
        [2, 1, 1, 2, 1],
        [3, 1, 1, 1, 2],
    ];
    let whole = index(&images.map(|image| record(image, true)));
    let unrecorded = index(&images.map(|image| record(image, image != [1, 2, 1, 1, 1])));
    let of_two = index(&[record(images[0], true), record(images[1], true)]);
    let cut = of_two.strip_suffix("</Images></EvaluationInputData>").expect("the end");
    let files = |text: Option<&'static str>, there: &[[u32; 5]]| {
        let index = text.map(|text| ("Index.idx.xml".to_owned(), text));
        there.iter().map(|[c, f, p, ch, t]| (name(*c, *f, *p, *ch, *t), "")).chain(index).collect::<Vec<_>>()
    };
    // Leaked, as the files of all cases borrow them.
    let (whole, unrecorded, cut) = (whole.leak(), unrecorded.leak(), cut.to_owned().leak());
    let empty = index(&[]).leak();
    let (gap_1, gap_2) = (format!("A01_s1_w1_z2_t1: {ELSEWHERE}"), format!("A02_s1_w1_z1_t1: {ELSEWHERE}"));
    test_all(&[
        Case { what: "a whole index", files: files(Some(whole), &images), missing: &[] },
        Case {
            what: "files that it names are not there",
            files: files(Some(whole), &[images[0], images[2], images[3], images[4]]),
            missing: &[
                "A01_s2_w1_z1_t1: the index names a file that is not there: “r01c01f02p01-ch1sk1fk1fl1.tiff”",
                "A03_s1_w1_z1_t2: the index names a file that is not there: “r01c03f01p01-ch1sk2fk1fl1.tiff”",
            ],
        },
        Case {
            what: "an image that was not recorded",
            files: files(Some(unrecorded), &[images[0], images[2], images[3], images[4], images[5]]),
            missing: &["A01_s2_w1_z1_t1: not recorded: the index has no file for it"],
        },
        Case {
            what: "a file that the index omits is an image, and makes no other missing",
            files: files(Some(whole), &[images.as_slice(), &[[1, 3, 4, 1, 1]]].concat()),
            missing: &[],
        },
        Case {
            what: "only names",
            files: files(None, &[[1, 1, 1, 1, 1], [2, 1, 2, 1, 1], [2, 1, 1, 2, 1], [1, 1, 1, 2, 1]]),
            missing: &[&gap_1, &gap_2],
        },
        Case {
            what: "an index without records",
            files: files(Some(empty), &[[1, 1, 1, 1, 1], [2, 1, 2, 1, 1], [2, 1, 1, 2, 1], [1, 1, 1, 2, 1]]),
            missing: &[&gap_1, &gap_2],
        },
        Case {
            what: "an index that ends in the middle: what it named, and what names speak for",
            files: files(Some(cut), &[[1, 1, 1, 1, 1], [2, 1, 1, 1, 1], [2, 1, 2, 1, 1]]),
            missing: &[
                &gap_1,
                "A01_s2_w1_z1_t1: the index names a file that is not there: “r01c01f02p01-ch1sk1fk1fl1.tiff”",
            ],
        },
    ]);
}

#[test]
fn imagexpress_expects_what_a_channel_has_elsewhere_and_nothing_of_its_plan() {
    const PLAN: &str = "\"HTSInfoFile\", Version 1.0\n\"TimePoints\", 9\n\"ZSteps\", 9\n\"XWells\", 6\n\"YWells\", 4\n\
        \"WellsSelection1\", TRUE, TRUE, TRUE, TRUE, TRUE, TRUE\n\"Sites\", TRUE\n\"XSites\", 3\n\"YSites\", 3\n\
        \"SiteSelection1\", TRUE, TRUE, TRUE\n\"SiteSelection2\", TRUE, TRUE, TRUE\n\"SiteSelection3\", TRUE, TRUE, TRUE\n\
        \"Waves\", TRUE\n\"NWavelengths\", 4\n\"WaveName1\", \"DAPI\"\n\"WaveCollect1\", 1\n\"EndFile\"\n";
    const GUID: &str = "89A35A04-20E3-4E5B-9D0F-0123456789AB";
    let files = |paths: &[&str]| paths.iter().map(|path| ((*path).to_owned(), "")).collect::<Vec<_>>();
    let gap = format!("A02_s2_w1_z1_t1: {ELSEWHERE}");
    let named = gap.replace("channel 1", "channel 1 (DAPI)");
    let flat =
        ["P_A01_s1_w1.tif", "P_A01_s2_w1.tif", "P_A01_s1_w2.tif", "P_A02_s1_w1.tif", "P_A02_s1_w2.tif"];
    let in_database = |name: &str| format!("P/2024-01-01/7/{name}{GUID}.tif");
    let database = ["P_A01_s1_w1", "P_A01_s2_w1", "P_A02_s1_w1"].map(in_database).map(|path| (path, ""));
    let planned = |paths: &[&str]| {
        let htd = [("P.HTD".to_owned(), PLAN)];
        paths.iter().map(|path| (format!("TimePoint_1/{path}"), "")).chain(htd).collect::<Vec<_>>()
    };
    test_all(&[
        // Channel 2 has one site everywhere.
        Case { what: "flat, by names", files: files(&flat), missing: &[&gap] },
        Case { what: "the database", files: database.to_vec(), missing: &[&gap] },
        Case {
            what: "an export whose HTD plans more of everything",
            files: planned(&["P_A01_s1_w1.TIF", "P_A01_s2_w1.TIF", "P_A02_s1_w1.TIF", "P_A02_s2_w1.TIF"]),
            missing: &[],
        },
        Case {
            what: "an export with a gap",
            files: planned(&["P_A01_s1_w1.TIF", "P_A01_s2_w1.TIF", "P_A02_s1_w1.TIF"]),
            missing: &[&named],
        },
    ]);
}
