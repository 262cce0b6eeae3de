//! How other programs open what a run has kept: which file, or which command, and what each of them cannot do.
//!
//! The window and the guide (`assets/guide/other-programs.md`) say the same words; a test holds one against the other.
//! Deliberately absent: starting these programs.

use std::path::{Path, PathBuf};

use crate::plate::{COMPANION_ENDING, LOAD_DATA_FILE, SaveAs, ZARR_ENDING, safe_prefix};
use crate::record::RunRecord;

/// A program that opens kept images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherProgram {
    /// Its name.
    pub name: &'static str,
    /// What to do, and what it cannot.
    pub sentence: &'static str,
    /// The file or the command, to copy.
    pub text: String,
}

/// The folder of the last step of which a run kept images; `None` where it kept none, or is not on the disk.
pub fn kept_folder(record: &RunRecord) -> Option<PathBuf> {
    let steps = &record.spec.pipeline.steps;
    let (index, step) = steps.iter().enumerate().rev().find(|(_, step)| step.keep_images)?;
    Some(record.folder()?.join("images").join(format!("{}-{}", index + 1, step.step.slug())))
}

/// How other programs open a kept step of a run, given its folder.
pub fn other_programs(record: &RunRecord, folder: &Path) -> Vec<OtherProgram> {
    let prefix = safe_prefix(&record.plate.name);
    if record.spec.save_as == SaveAs::OmeZarr {
        let plate = folder.join(prefix + ZARR_ENDING).display().to_string();
        let napari = command("napari", &["--plugin", "napari-ome-zarr", &plate]);
        let python = command("ome_zarr", &["info", &plate]);
        let programs = [("napari", NAPARI_ZARR, napari), ("Python", PYTHON, python)];
        return programs.map(|(name, sentence, text)| OtherProgram { name, sentence, text }).into();
    }
    let companion = folder.join(prefix + COMPANION_ENDING);
    let [folder_text, companion] = [folder, &companion].map(|path| path.display().to_string());
    let load_data = folder.join(LOAD_DATA_FILE).display().to_string();
    let is_tiff = record.spec.save_as == SaveAs::Tiff;
    let all = [
        ("Fiji", FIJI, Some(companion.clone())),
        ("QuPath", QUPATH, Some(companion.clone())),
        ("napari", NAPARI, is_tiff.then(|| folder_text.clone())),
        ("CellProfiler", CELLPROFILER, Some(load_data)),
        ("OpenHCS", OPENHCS, is_tiff.then(|| folder_text.clone())),
        ("ashlar", ASHLAR, Some(command("ashlar", &[&companion, "--plates", "-o", "mosaics"]))),
    ];
    let open =
        |(name, sentence, text): (_, _, Option<String>)| Some(OtherProgram { name, sentence, text: text? });
    all.into_iter().filter_map(open).collect()
}

const FIJI: &str =
    "File, Import, Bio-Formats: choose the companion; each site of a well is an image of its own.";

const QUPATH: &str = "File, Open: choose the companion; its list has each site of each well.";

const NAPARI: &str = "File, Open Folder: a folder of images inside this one, such as TimePoint_1, opens as one stack, without positions.";

const CELLPROFILER: &str = "LoadData takes this file, with a row for each site, plane and timepoint, and mosaics; its default expression for names finds no sites \
     with two digits and no mosaics.";

const OPENHCS: &str = "Add this folder as a plate if the pixel size is known; it leaves out rows AA and beyond, and takes no colour.";

const ASHLAR: &str = "This command makes a mosaic of each well, with the sites at the positions of the stage; with the HTD it needs --flip-y, too.";

const NAPARI_ZARR: &str = "This command, with the plugin napari-ome-zarr, shows the first field of each well; a well (PLATE.zarr/A/01) or a field \
     (PLATE.zarr/A/01/0, with its labels) opens in the same way.";

const PYTHON: &str = "This command of ome-zarr-py lists what is in the plate; zarr-python reads its arrays.";

/// A command with what it is given, each in quotes where a shell would take it for more than one word.
fn command(program: &str, given: &[&str]) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:\\".contains(c);
    let mut command = program.to_owned();
    for word in given {
        command.push(' ');
        match word.chars().all(is_plain) && !word.is_empty() {
            true => command.push_str(word),
            // Paths of Windows have no such quotes in them, those of others hardly ever.
            false if word.contains('"') => command.push_str(&format!("'{}'", word.replace('\'', "'\\''"))),
            false => command.push_str(&format!("\"{}\"", word.replace('$', "\\$").replace('`', "\\`"))),
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_one_word_of_a_command() {
        let table = [
            (r"C:\results\a b", r#"ashlar "C:\results\a b""#),
            ("/results/a", "ashlar /results/a"),
            ("/results/$HOME `x`", r#"ashlar "/results/\$HOME \`x\`""#),
            ("/a \"b\" 'c'", r#"ashlar '/a "b" '\''c'\'''"#),
            ("", "ashlar \"\""),
        ];
        for (path, expected) in table {
            assert_eq!(command("ashlar", &[path]), expected);
        }
    }

    #[test]
    fn the_guide_has_the_same_words() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/guide/other-programs.md");
        let page = std::fs::read_to_string(page).expect("the page");
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        for sentence in [FIJI, QUPATH, NAPARI, CELLPROFILER, OPENHCS, ASHLAR, NAPARI_ZARR, PYTHON] {
            assert!(page.contains(sentence), "{sentence}");
        }
    }

    #[test]
    fn the_last_kept_step_is_opened_by_its_companion() {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        let record = RunRecord::read(&stored).expect("a record");
        let folder = kept_folder(&record).expect("kept");
        let stored = std::path::absolute(stored).expect("a path");
        assert!(
            folder.starts_with(stored.parent().expect("a folder").join("images")),
            "{}",
            folder.display()
        );
        let programs = other_programs(&record, &folder);
        let names: Vec<&str> = programs.iter().map(|program| program.name).collect();
        assert_eq!(names, ["Fiji", "QuPath", "napari", "CellProfiler", "OpenHCS", "ashlar"]);
        assert!(programs[0].text.ends_with(".companion.ome"), "{}", programs[0].text);
        let mut as_ome = record.clone();
        as_ome.spec.save_as = SaveAs::OmeTiff;
        let names: Vec<&str> = other_programs(&as_ome, &folder).iter().map(|program| program.name).collect();
        assert_eq!(names, ["Fiji", "QuPath", "CellProfiler", "ashlar"]);
        as_ome.spec.save_as = SaveAs::OmeZarr;
        let programs = other_programs(&as_ome, &folder);
        assert!(programs.iter().all(|program| program.text.contains(".zarr")), "{programs:?}");
    }
}
