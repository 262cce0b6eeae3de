//! Folders that are no plate of a format that can be read: each is refused with the name of what it is, and what to do.

use stepwell::plate::OpenError;

use super::support::cases_dir;
use super::{empty_files, refused};

/// What it is called, and a part of the sentence.
fn verify(what: &str, error: &OpenError, nearest: &str, part: &str) {
    let OpenError::NotAPlate(refusal) = error else { panic!("{what}: {error}") };
    assert_eq!(refusal.nearest, Some(nearest), "{what}: {refusal}");
    let sentence = refusal.to_string();
    assert!(sentence.contains(part), "{what}: {part} in {sentence}");
    assert!(!sentence.contains('\n'), "{what}: {sentence}");
}

const EXPORT: &str = "export the measurement from Harmony";

#[test]
fn the_cases_of_other_formats_are_refused_with_their_name() {
    let Some(cases) = cases_dir() else { return };
    let archive = "F10-harmony-archive/Harmony-Archive";
    let images = format!("{archive}/IMAGES/80c7f60d-3e9c-501e-bb25-605df7cd876b");
    let table = [
        ("F10-harmony-archive", "a Harmony archive (IMAGES.sqlite)", EXPORT),
        (archive, "a Harmony archive (IMAGES.sqlite)", EXPORT),
        (images.as_str(), "a Harmony archive (IMAGES.sqlite)", EXPORT),
    ];
    for (folder, nearest, part) in table {
        verify(folder, &refused(&cases.join(folder)), nearest, part);
    }
}

#[test]
fn other_formats_are_known_from_their_files_wherever_these_lie() {
    const GUID: &str = "af586ec2-0098-5b15-a1fe-5098fcd8e570";
    let guid = |folder: &str, extension: &str| format!("{folder}{GUID}.{extension}");
    let table: &[(&[&str], &str, &str)] = &[
        (
            &[&guid("a/IMAGES/x/", "tiff"), "a/IMAGES/x/Images.SQLite"],
            "a Harmony archive (IMAGES.sqlite)",
            EXPORT,
        ),
        (&["m/Plate_hs.txt", &guid("m/hs/0/", "tiff")], "a Harmony archive (_hs.txt)", EXPORT),
        (&[&guid("", "tiff")], "a Harmony archive (images named by GUID)", EXPORT),
        // The more files a format explains, the surer it is; its own index is surer than any number of names.
        (
            &["a.nd2", "a_A01f00d0.C01", "a_A01f01d0.C01"],
            "Cellomics or CellInsight (.C01, .DIB)",
            "export the images",
        ),
        (
            &[&guid("", "tiff"), &guid("b/", "tiff"), "c/IMAGES.sqlite"],
            "a Harmony archive (IMAGES.sqlite)",
            EXPORT,
        ),
        (&["a.czi", "b.czi", "IMG_1.tif"], "Zeiss ZEN (.czi)", "export its images as TIFF"),
    ];
    for (files, nearest, part) in table {
        let folder = empty_files(files);
        verify(&format!("{files:?}"), &refused(folder.path()), nearest, part);
        let first = folder.path().join(files[0]);
        verify(&format!("{} itself", files[0]), &refused(&first), nearest, part);
    }
}
