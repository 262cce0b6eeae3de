//! Layouts of what wells hold, as people and programs write them: `tests/data/layouts`, made by `tests/data/make_layouts.py`.

use std::path::PathBuf;

use proptest::prelude::*;
use stepwell::conditions::{
    ChoiceFault, Conditions, ConditionsFault, ForPlate, WellChoice, as_csv, chosen_wells, read,
};
use stepwell::plate::{PlateShape, WellId};

const PLATE: ForPlate<'_> =
    ForPlate { name: Some("P010_2026"), shape: Some(PlateShape { rows: 8, columns: 12 }) };

fn layout(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/layouts").join(name)
}

fn read_layout(name: &str) -> Conditions {
    read(&layout(name), PLATE).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

/// A layout in a file that is there for a moment.
fn read_bytes(bytes: &[u8]) -> Result<Conditions, ConditionsFault> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("layout");
    std::fs::write(&path, bytes).expect("room");
    read(&path, PLATE)
}

const ALL: &str = "well,Treatment,Dose (µM)\nA01,DMSO,\nA02,Taxol,0.5\nA03,Taxol,10\nB01,DMSO,\nB02,Nocodazol,1.25\nB03,leer,\n";
const TREATMENTS: &str =
    "well,Treatment\nA01,DMSO\nA02,Taxol\nA03,Taxol\nB01,DMSO\nB02,Nocodazol\nB03,leer\n";

#[test]
fn layouts_are_spelled_in_many_ways() {
    // A file, what it says, and the number of notes.
    let table = [
        ("comma.csv", ALL, 0),
        ("german.csv", ALL, 0),
        ("german-bom.csv", ALL, 0),
        ("german-lines.csv", ALL, 0),
        ("excel-unicode.txt", ALL, 0),
        ("sep.csv", ALL, 0),
        ("row-numbers.tsv", ALL, 0),
        ("old-mac.csv", ALL, 0),
        ("title-above.csv", ALL, 0),
        ("quoted.csv", ALL, 0),
        ("number-first.csv", ALL, 0),
        ("counted.csv", ALL, 0),
        ("pandas.csv", ALL, 0),
        ("plates.csv", ALL, 0),
        ("grids.csv", ALL, 0),
        ("grids-beside.csv", ALL, 0),
        ("harmony.xml", ALL, 0),
        ("plate.ome.xml", ALL, 0),
        ("grid.csv", TREATMENTS, 0),
        ("no-headings.csv", &TREATMENTS.replace("Treatment", "condition"), 0),
        (
            "units-in-cells.csv",
            &ALL.replace("µM", "nM")
                .replace("1.25", "1250")
                .replace(",0.5", ",500")
                .replace(",10\n", ",10000\n"),
            0,
        ),
        (
            "areas.csv",
            "well,Treatment,Dose (µM)\nA01,DMSO,\nA02,Taxol,2\nA03,Taxol,2\nB01,DMSO,\nB02,Nocodazol,3\nB03,Nocodazol,3\n\
             C01,Water,\nC02,Water,\nD01,Water,\nD02,Water,\n",
            0,
        ),
        // Rows of no well, and a well that is told of twice.
        ("odd.csv", "well,Treatment,Dose (µM)\nA01,DMSO,0\nA02,Taxol,\nH12,far,2\n", 2),
    ];
    for (name, expected, notes) in table {
        let found = read_layout(name);
        assert_eq!(
            (as_csv(&found).as_str(), found.notes().len()),
            (expected, notes),
            "{name}: {:?}",
            found.notes()
        );
    }
}

#[test]
fn wells_without_images_and_wells_without_a_row_are_told() {
    let found = read_layout("grid.csv");
    assert_eq!(
        found.notes_over(&["A01".parse().unwrap(), "H12".parse().unwrap()].into()),
        [
            "The layout has wells of which the plate has no image: A02, A03, B01, B02, B03.",
            "The layout says nothing of wells of the plate: H12."
        ]
    );
}

#[test]
fn a_column_that_is_called_as_the_wells_are_is_kept() {
    let found = read_bytes(b"Plate,1,2\nA,x,y\nB,z,\n").expect("a grid");
    assert_eq!(as_csv(&found), "well,condition\nA01,x\nA02,y\nB01,z\n");
    let found = read_bytes(b"Plate\n,1,2\nA,x,y\nB,z,\n").expect("a grid");
    let kept = as_csv(&found);
    assert_eq!(kept, "well,condition Plate\nA01,x\nA02,y\nB01,z\n");
    assert_eq!(as_csv(&read_bytes(kept.as_bytes()).expect("a layout")), kept);
}

#[test]
fn what_is_no_layout_is_told() {
    let table: [(&[u8], &str); 8] = [
        (b"", "is no layout"),
        (b"Dear colleagues,\nthe plate was fine.\n", "is no layout"),
        (b"Well,Treatment\n", "is no layout"),
        (b"Well\nA01\nA02\n", "says nothing of them"),
        (b"Well,Plate,Treatment\nA01,P1,x\nA01,P2,y\n", "of which none is called P010_2026"),
        (b"PK\x03\x04 and nothing", "is a workbook"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old", "is a workbook"),
        (b"<svg/>", "is no layout"),
    ];
    for (bytes, why) in table {
        let told = read_bytes(bytes).expect_err("no layout").to_string();
        assert!(told.contains(why), "{told}");
    }
    let none = read(&layout("none.csv"), PLATE).expect_err("not there");
    assert!(matches!(none, ConditionsFault::Io { .. }), "{none}");
    // More cells than there are wells in the world.
    let many = "a,".repeat(1 << 21);
    assert!(matches!(read_bytes(many.as_bytes()), Err(ConditionsFault::TooLarge { .. })));
}

#[test]
fn wells_are_chosen_by_what_they_hold() {
    let conditions = read_layout("comma.csv");
    let all: std::collections::BTreeSet<WellId> = conditions.wells().map(|(well, _)| well).collect();
    let choose = |words: &[&str]| {
        let choices: Result<Vec<WellChoice>, ChoiceFault> = words.iter().map(|word| word.parse()).collect();
        match choices.and_then(|choices| chosen_wells(&choices, &all, Some(&conditions))) {
            Ok(wells) => wells.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(fault) => fault.to_string(),
        }
    };
    let table: [(&[&str], &str); 15] = [
        (&[], "A01 A02 A03 B01 B02 B03"),
        (&["A01,b2"], "A01 B02"),
        (&["Treatment=DMSO"], "A01 B01"),
        (&["treatment = dmso"], "A01 B01"),
        (&["treatment=DMSO,Taxol"], "A01 A02 A03 B01"),
        (&["dose=0.5"], "A02"),
        (&["dose=0,5"], "A02"),
        (&["dose=10 uM,0.5"], "A02 A03"),
        (&["Dose (µM)=1.25"], "B02"),
        (&["treatment=Taxol", "dose=10"], "A03"),
        (&["A01,A02", "treatment=Taxol"], "A02"),
        (&["treatment=Taxol", "dose=1.25"], "no well of the plate is all of this: treatment=Taxol dose=1.25"),
        (&["drug=Taxol"], "the layout has no column “drug”: it has Treatment, Dose (µM)"),
        (
            &["treatment=Taxo"],
            "no well has “Taxo” as Treatment: there are DMSO (2 wells), leer (1 well), Nocodazol (1 well), Taxol (2 wells)",
        ),
        (&["treatment="], "“treatment=” names no condition: write it as treatment=DMSO"),
    ];
    for (words, expected) in table {
        assert_eq!(choose(words), expected, "{words:?}");
    }
    let choice = ["treatment=DMSO".parse().unwrap()];
    let unknown = chosen_wells(&choice, &all, None).unwrap_err().to_string();
    assert!(unknown.contains("--layout"), "{unknown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is kept beside a run is what was read.
    #[test]
    fn what_is_written_is_read_again(
        headings in proptest::collection::vec("[a-zA-Z µ(),;=_%\"'\\[\\]-]{0,12}|dose \\(uM\\)|plate|row", 1..5),
        cells in proptest::collection::vec("[-=+@'\"a-c,; ]{0,4}|[0-9]{1,4}([.,][0-9]{1,3})?( µM| nM)?|DMSO|n/a", 1..40),
    ) {
        let mut text = format!("well\t{}\n", headings.join("\t"));
        for (row, cells) in cells.chunks(headings.len()).enumerate() {
            let cells: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            text += &format!("{}\t{}\n", WellId { row: 0, column: u16::try_from(row % 12).unwrap() }, cells.join("\t"));
        }
        if let Ok(found) = read_bytes(text.as_bytes()) {
            let again = read_bytes(as_csv(&found).as_bytes()).expect("a layout");
            prop_assert_eq!(again.columns(), found.columns(), "{}", as_csv(&found));
            prop_assert_eq!(as_csv(&again), as_csv(&found));
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(text in "(well|A1|B02|row|col|[0-9]{1,3}|,|;|\t|\n|\"|\\PC){0,60}", bytes: Vec<u8>) {
        let _ = read_bytes(text.as_bytes());
        let _ = read_bytes(&bytes);
    }
}
