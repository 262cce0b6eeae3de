//! What a folder that cannot be opened looks like, so that the refusal can name it.
//!
//! Judged from names alone. Deliberately absent: opening anything; a format that can be opened
//! has its own file and leaves this list.

use super::WellId;
use super::folder::{Folder, is_tiff, stem_of, tiff_stem};

/// The format that files look most like, and the words for a sentence that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nearest {
    pub(super) format: &'static str,
    pub(super) but: &'static str,
}

/// What files look like, or `None` where no image is among them.
pub(super) fn looks_like<'a>(names: impl Iterator<Item = &'a str>) -> Option<Nearest> {
    let mut best: Option<&'static Known> = None;
    let mut has_tiff = false;
    let mut has_well = false;
    let mut has_image = false;
    for name in names {
        has_tiff |= is_tiff(name);
        has_well |= is_tiff(name) && names_well(name);
        has_image |= ["png", "jpg", "jpeg", "bmp", "gif"].iter().any(|e| stem_of(name, e).is_some());
        if let Some(known) = KNOWN.iter().find(|known| (known.matches)(name)) {
            // The list is ordered from proof to hint.
            let rank = |known: &Known| KNOWN.iter().position(|k| k.words == known.words);
            if best.is_none_or(|best| rank(known) < rank(best)) {
                best = Some(known);
            }
        }
    }
    let imagexpress = |but| Some(Nearest { format: "ImageXpress", but });
    match best {
        Some(known) => Some(Nearest { format: known.words, but: "which cannot be opened yet" }),
        None if has_well => imagexpress(
            "but these TIFF files do not make up a plate, though some names hold what looks like a well",
        ),
        None if has_tiff => imagexpress("but these TIFF files have no well in their names"),
        None if has_image => imagexpress("but its images are TIFF files and these are not"),
        None => None,
    }
}

/// Whether a part of a file name looks like a well.
fn names_well(name: &str) -> bool {
    let stem = tiff_stem(name).unwrap_or(name);
    stem.split(|c: char| !c.is_alphanumeric()).any(|part| part.len() <= 4 && part.parse::<WellId>().is_ok())
}

/// Whether a folder is surely of another format, so that nothing in it need be looked at.
pub(super) fn is_foreign(folder: &Folder) -> bool {
    folder.has_file(|name| KNOWN.iter().any(|known| known.is_proof && (known.matches)(name)))
}

struct Known {
    words: &'static str,
    is_proof: bool,
    matches: fn(&str) -> bool,
}

const KNOWN: &[Known] = &[
    Known {
        words: "Yokogawa CellVoyager (MeasurementData.mlf)",
        is_proof: true,
        matches: |name| stem_of(name, "mlf").is_some() || stem_of(name, "mrf").is_some(),
    },
    Known {
        words: "IN Cell Analyzer (.xdce)",
        is_proof: true,
        matches: |name| stem_of(name, "xdce").is_some(),
    },
    Known {
        words: "MetaXpress Acquire or IN Carta (.jdce)",
        is_proof: true,
        matches: |name| stem_of(name, "jdce").is_some(),
    },
    Known {
        words: "OME-Zarr (.zattrs, zarr.json)",
        is_proof: true,
        matches: |name| matches!(name, ".zattrs" | ".zgroup" | ".zarray" | "zarr.json"),
    },
    Known {
        words: "OME-TIFF (.companion.ome, .ome.tif)",
        is_proof: false,
        matches: |name| {
            let lower = name.to_ascii_lowercase();
            [".companion.ome", ".ome.tif", ".ome.tiff"].iter().any(|end| lower.ends_with(end))
                && !lower.contains("--w")
                && !lower.contains("--chamber")
        },
    },
    Known {
        words: "Yokogawa CellVoyager (names ending in _T0001F001L01A01Z01C01)",
        is_proof: false,
        matches: |name| {
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            stem.rsplit_once("_T").is_some_and(|(_, tail)| letters_of(tail) == "#F#L#A#Z#C#")
        },
    },
    Known {
        words: "Yokogawa CQ1 (names like W1F1T1Z1C1.tif)",
        is_proof: false,
        matches: |name| name.rsplit_once('.').is_some_and(|(stem, _)| letters_of(stem) == "W#F#T#Z#C#"),
    },
    Known {
        words: "ScanR (names with --W00001--P00001--Z00000)",
        is_proof: false,
        matches: |name| name.contains("--W0") && name.contains("--P0"),
    },
    Known {
        words: "Leica Matrix Screener (names with --U00--V00)",
        is_proof: false,
        matches: |name| name.contains("--U0") && name.contains("--V0"),
    },
    Known {
        words: "IN Cell Analyzer (names like A - 1(fld 1 wv DAPI - DAPI).tif)",
        is_proof: false,
        matches: |name| name.contains("(fld "),
    },
    Known {
        words: "a Harmony archive (_hs.txt)",
        is_proof: false,
        matches: |name| name.to_ascii_lowercase().ends_with("_hs.txt"),
    },
    Known { words: "Harmony Flex (.flex)", is_proof: false, matches: |name| stem_of(name, "flex").is_some() },
    Known {
        words: "Cellomics (.C01, .DIB)",
        is_proof: false,
        matches: |name| stem_of(name, "c01").is_some() || stem_of(name, "dib").is_some(),
    },
    Known {
        words: "BD Pathway (Experiment.exp)",
        is_proof: false,
        matches: |name| name.eq_ignore_ascii_case("experiment.exp"),
    },
    Known {
        words: "Nikon NIS-Elements (.nd2)",
        is_proof: false,
        matches: |name| stem_of(name, "nd2").is_some(),
    },
    Known { words: "Zeiss ZEN (.czi)", is_proof: false, matches: |name| stem_of(name, "czi").is_some() },
    Known { words: "Leica LAS X (.lif)", is_proof: false, matches: |name| stem_of(name, "lif").is_some() },
];

/// The letters of a text with each number as `#`: `W1F001` is `W#F#`.
fn letters_of(text: &str) -> String {
    let mut letters = String::new();
    for c in text.chars() {
        if !c.is_ascii_digit() {
            letters.push(c);
        } else if !letters.ends_with('#') {
            letters.push('#');
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_microscope() {
        let table: &[(&[&str], Option<&str>)] = &[
            (&["notes.txt", "CV_D08_T0001F002L01A01Z04C01.tif"], Some("Yokogawa CellVoyager (names")),
            (
                &["CV_D08_T0001F002L01A01Z04C01.tif", "MeasurementData.mlf"],
                Some("Yokogawa CellVoyager (Meas"),
            ),
            (&["W1F1T1Z1C1.tif"], Some("Yokogawa CQ1")),
            (&["A - 1(fld 1 wv DAPI - DAPI).tif"], Some("IN Cell")),
            (&["plate.xdce"], Some("IN Cell")),
            (&["B2--W00014--P00001--Z00000--T00000--Cy5.tif"], Some("ScanR")),
            (&[".zattrs", "0"], Some("OME-Zarr")),
            (&["a.ome.tiff"], Some("OME-TIFF")),
            (&["AS_09047_050428030001_O01f00d2.C01"], Some("Cellomics")),
            (&["001001000.flex"], Some("Harmony Flex")),
            (&["IMG_0001.tif", "b.txt"], Some("ImageXpress")),
            (&["a.JPG"], Some("ImageXpress")),
            (&["a.txt", "MZ.doc"], None),
            (&[], None),
        ];
        for (names, expected) in table {
            let found = looks_like(names.iter().copied()).map(|nearest| nearest.format);
            assert_eq!(found.is_some(), expected.is_some(), "{names:?}");
            assert!(
                found.unwrap_or_default().starts_with(expected.unwrap_or_default()),
                "{names:?}: {found:?}"
            );
        }
    }
}
