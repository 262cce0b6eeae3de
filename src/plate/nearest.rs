//! What a folder that cannot be opened looks like, so that the refusal can name it.
//!
//! Judged from names alone. What is a format's alone (its index, its database) is proof, and beats what its images'
//! names hint at; of several that fit equally surely, the one that explains most files is named. Deliberately absent:
//! opening anything; a format that can be opened has its own file and leaves this list.

use super::WellId;
use super::folder::{Folder, image_stem, is_image, stem_of};
use super::found::Nearest;
use super::name_parts::stem;

/// What files look like, or `None` where no image is among them. `known` is what a format said that has looked into
/// them, which counts for more than hints of names.
pub(super) fn looks_like<'a>(
    names: impl Iterator<Item = &'a str>,
    known: Option<Nearest>,
) -> Option<Nearest> {
    let mut explained = [0_usize; KNOWN.len()];
    let mut has_image = false;
    let mut has_well = false;
    let mut has_other = false;
    for name in names {
        has_image |= is_image(name);
        has_well |= is_image(name) && names_well(name);
        has_other |= ["bmp", "gif"].iter().any(|e| stem_of(name, e).is_some());
        if let Some(known) = KNOWN.iter().position(|known| (known.matches)(name)) {
            explained[known] += 1;
        }
    }
    // Of equals the last is taken, and of these the list has the surer first.
    let found = KNOWN.iter().zip(explained).rev().filter(|(_, files)| *files > 0);
    let best = found.max_by_key(|(known, files)| (known.mark == Mark::Proof, *files));
    let imagexpress = |but| Some(Nearest { format: "ImageXpress", but });
    match best {
        _ if known.is_some() && best.is_none_or(|(known, _)| known.mark == Mark::Hint) => known,
        Some((known, _)) => Some(Nearest { format: known.words, but: known.but }),
        None if has_well => imagexpress(
            "but these images do not make up a plate, though some names have something like a well",
        ),
        None if has_image => imagexpress("but these images have no well in their names"),
        None if has_other => imagexpress("but its images are TIFF, PNG or JPEG files and these are not"),
        None => None,
    }
}

/// Whether a part of a file name looks like a well.
fn names_well(name: &str) -> bool {
    let stem = image_stem(name).unwrap_or(name);
    stem.split(|c: char| !c.is_alphanumeric()).any(|part| part.len() <= 4 && part.parse::<WellId>().is_ok())
}

/// Whether a folder is surely of another format, so that nothing in it need be looked at.
pub(super) fn is_foreign(folder: &Folder) -> bool {
    folder.has_file(|name| KNOWN.iter().any(|known| known.mark == Mark::Proof && (known.matches)(name)))
}

/// Whether a name is that of another format's image, so that no reader may take it for its own, however it reads.
pub(super) fn is_foreign_image(name: &str) -> bool {
    KNOWN.iter().any(|known| known.mark == Mark::Image && (known.matches)(name))
}

/// What a name says for a format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// This is the format's own, and nobody else's.
    Proof,
    /// This is how it names its images.
    Image,
    /// This is one of its files, but may be another's.
    Hint,
}

struct Known {
    words: &'static str,
    but: &'static str,
    mark: Mark,
    matches: fn(&str) -> bool,
}

impl Known {
    const fn new(words: &'static str, mark: Mark, matches: fn(&str) -> bool) -> Self {
        Self { words, but: "which cannot be opened yet", mark, matches }
    }

    const fn but(self, but: &'static str) -> Self {
        Self { but, ..self }
    }
}

const ARCHIVE: &str = "whose images only Harmony can tell apart: export the measurement from Harmony (with its \
    Index.idx.xml) and open the export";
const NO_IMAGE: &str = "but none of its images is here: open the folder that holds them";
const CONTAINER: &str = "which cannot be opened yet: export its images as TIFF";

const KNOWN: &[Known] = &[
    Known::new("a Harmony archive (IMAGES.sqlite)", Mark::Proof, |name| {
        name.eq_ignore_ascii_case("images.sqlite")
    })
    .but(ARCHIVE),
    Known::new("a Harmony archive (_hs.txt)", Mark::Proof, |name| {
        name.to_ascii_lowercase().ends_with("_hs.txt")
    })
    .but(ARCHIVE),
    Known::new("Nikon JOBS (names like WellA01_Point_0000_ChannelDAPI_Seq0000.tif)", Mark::Image, |name| {
        name.starts_with("Well")
            && name.contains("_Point")
            && name.contains("_Channel")
            && name.contains("_Seq")
    }),
    Known::new("Cellomics or CellInsight (.C01, .DIB)", Mark::Image, |name| {
        has_extension(name, &["c01", "dib"])
    })
    .but("whose files only its own software reads: export the images as TIFF from HCS Studio or the Store"),
    Known::new("Opera Flex (.flex)", Mark::Hint, |name| has_extension(name, &["flex"]))
        .but("but none of its files says what its pages are"),
    Known::new("OME-TIFF (.companion.ome, .ome.tif)", Mark::Hint, |name| {
        let lower = name.to_ascii_lowercase();
        [".companion.ome", ".ome.tif", ".ome.tiff"].iter().any(|end| lower.ends_with(end))
    })
    .but("but no OME-XML that names a plate was found in it"),
    Known::new("OME-Zarr in one file (.ozx, .zarr.zip)", Mark::Hint, is_packed_zarr)
        .but("which is opened as a folder: unpack it, and open the folder with the name of the plate"),
    Known::new("BD Pathway (Experiment.exp)", Mark::Hint, |name| name.eq_ignore_ascii_case("experiment.exp")),
    Known::new("Nikon NIS-Elements (.nd2)", Mark::Hint, |name| has_extension(name, &["nd2"])).but(CONTAINER),
    Known::new("Zeiss ZEN (.czi)", Mark::Hint, |name| has_extension(name, &["czi"])).but(CONTAINER),
    Known::new("Leica LAS X (.lif)", Mark::Hint, |name| has_extension(name, &["lif"])).but(CONTAINER),
    Known::new("MetaXpress Acquire or IN Carta (.jdce)", Mark::Hint, |name| has_extension(name, &["jdce"]))
        .but(NO_IMAGE),
    Known::new("ScanR (experiment_descriptor.xml)", Mark::Hint, |name| {
        let lower = name.to_ascii_lowercase();
        lower.starts_with("experiment_descriptor.") || lower == "acquisitionlog.dat"
    })
    .but(NO_IMAGE),
    Known::new("a ZIP archive (.zip, .tar, .7z)", Mark::Hint, |name| {
        has_extension(name, &["zip", "tar", "tgz", "gz", "7z", "rar"])
    })
    .but("which must be unpacked first: open the unpacked folder"),
    Known::new("thumbnails (names with _thumb)", Mark::Hint, |name| {
        is_image(name) && name.to_ascii_lowercase().contains("_thumb")
    })
    .but("which are small pictures, not data: open the folder of the original images"),
    Known::new("a Harmony archive (images named by GUID)", Mark::Hint, |name| {
        is_image(name) && is_guid(stem(name))
    })
    .but(ARCHIVE),
];

/// Whether a name is that of a Zarr hierarchy in an archive.
pub(super) fn is_packed_zarr(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".ozx", ".zarr.zip"].iter().any(|end| lower.ends_with(end))
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    extensions.iter().any(|extension| stem_of(name, extension).is_some())
}

/// `af586ec2-0098-5b15-a1fe-5098fcd8e570`.
fn is_guid(stem: &str) -> bool {
    let lengths = stem.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && stem.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_microscope() {
        let table: &[(&[&str], Option<&str>)] = &[
            (&["plate.jdce"], Some("MetaXpress Acquire or IN Carta (.jdce)")),
            (&["AcquisitionLog.dat", "a.txt"], Some("ScanR (exp")),
            (&["plate.zip"], Some("a ZIP archive")),
            (&["P_A01_s1_w1_thumb.tif"], Some("thumbnails")),
            (&["WellA01_PointA01_0000_ChannelDAPI_Seq0000.tif"], Some("Nikon JOBS")),
            (&["a.ome.tiff"], Some("OME-TIFF")),
            (&["AS_09047_050428030001_O01f00d2.C01"], Some("Cellomics")),
            (
                &[
                    "80c7f60d-3e9c-501e-bb25-605df7cd876b.xml",
                    "IMAGES.sqlite",
                    "af586ec2-0098-5b15-a1fe-5098fcd8e570.tiff",
                ],
                Some("a Harmony archive (IMAGES"),
            ),
            (&["AF586EC2-0098-5B15-A1FE-5098FCD8E570.tif"], Some("a Harmony archive (images")),
            (&["Plate_hs.txt", "af586ec2-0098-5b15-a1fe-5098fcd8e570.tiff"], Some("a Harmony archive (_hs")),
            // The more files, the surer; but one proof is surer than any number of names.
            (&["a.nd2", "001001000.c01", "001002000.C01"], Some("Cellomics")),
            (&["001001000.c01", "a.nd2", "b.nd2"], Some("Nikon NIS")),
            (&["IMG_0001.tif", "b.txt"], Some("ImageXpress")),
            (&["a.JPG"], Some("ImageXpress")),
            (&["a.txt", "MZ.doc"], None),
            (&[], None),
        ];
        for (names, expected) in table {
            let found = looks_like(names.iter().copied(), None).map(|nearest| nearest.format);
            assert_eq!(found.is_some(), expected.is_some(), "{names:?}");
            assert!(
                found.unwrap_or_default().starts_with(expected.unwrap_or_default()),
                "{names:?}: {found:?}"
            );
        }
    }

    #[test]
    fn names_of_formats_that_are_read_are_nobody_else_s() {
        let names = [
            "P_A01_s1_w1.tif",
            "P_A01_s1_w1_z3_t2.TIF",
            "day_t1_A01_s1_w1.tif",
            "P_A01_s1_w1_thumb89A35A04-20E3-4E5B-9D0F-0123456789AB.tif",
            "A_01_f2_A01_s1_w1.tif",
            "r01c01f01p01-ch1sk1fk1fl1.tiff",
            "plate_B03.tif",
        ];
        for name in names {
            assert!(!is_foreign_image(name), "{name}");
        }
    }
}
