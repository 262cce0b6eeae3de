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

const NOT_YET: &str = "which cannot be opened yet";
const EXPORT: &str = "export the measurement from Harmony";

#[test]
fn the_cases_of_other_formats_are_refused_with_their_name() {
    let Some(cases) = cases_dir() else { return };
    let archive = "F10-harmony-archive/Harmony-Archive";
    let images = format!("{archive}/IMAGES/80c7f60d-3e9c-501e-bb25-605df7cd876b");
    let table = [
        ("F3-incell-names/new", "IN Cell Analyzer (names like A_01_f2_c1_xUV_mDAPI_z3_t2.tif)", NOT_YET),
        ("F3-incell-names", "IN Cell Analyzer (names like A_01_f2_c1_xUV_mDAPI_z3_t2.tif)", NOT_YET),
        ("F4-incell-sparse-fields", "IN Cell Analyzer (.xdce)", NOT_YET),
        ("F8-incucyte-incarta/incucyte", "Incucyte (names like Phase_A2_1_03d06h40m.tif)", NOT_YET),
        (
            "F8-incucyte-incarta/incarta",
            "MetaXpress Acquire or IN Carta (names like t1_D04_s1_w1_z3.tif)",
            NOT_YET,
        ),
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
        (
            &["run/timepoint0/P_t0_A01_s0_w0_z0.tif", "run/timepoint1/P_t1_A01_s0_w0_z0.tif"],
            "MetaXpress Acquire or IN Carta (names like t1_D04_s1_w1_z3.tif)",
            NOT_YET,
        ),
        (
            &["B_12_f10_c3_xGreen_mCy3.tif"],
            "IN Cell Analyzer (names like A_01_f2_c1_xUV_mDAPI_z3_t2.tif)",
            NOT_YET,
        ),
        // The more files a format explains, the surer it is; its own index is surer than any number of names.
        (
            &["a.nd2", "P_t0_A01_s0_w0_z0.tif", "P_t1_A01_s0_w0_z0.tif"],
            "MetaXpress Acquire or IN Carta (names like t1_D04_s1_w1_z3.tif)",
            NOT_YET,
        ),
        (&["plate.xdce", "t1_D04_s1_w1_z1.tif", "t1_D04_s1_w1_z2.tif"], "IN Cell Analyzer (.xdce)", NOT_YET),
        (&["a.czi", "b.czi", "IMG_1.tif"], "Zeiss ZEN (.czi)", "export its images as TIFF"),
    ];
    for (files, nearest, part) in table {
        let folder = empty_files(files);
        verify(&format!("{files:?}"), &refused(folder.path()), nearest, part);
        let first = folder.path().join(files[0]);
        verify(&format!("{} itself", files[0]), &refused(&first), nearest, part);
    }
}
