//! Patterns that the names of images themselves suggest, so that most people need not write one.
//!
//! Wells are known by how they are spelled, components by the letters before their numbers, and what is left by comparing the
//! names. Each suggestion has read all names before it is made: it tells each image apart from all others. Deliberately
//! absent: any knowledge of a microscope, whose names have a reader of their own.

mod choice;
mod compose;
mod layout;
mod marks;
mod rest;

use std::collections::BTreeSet;

use super::super::folder::image_stem;
use super::expression::NamePattern;
use super::names::ImageNames;
use super::reading::{Counts, Reading};
use crate::cancel::{Cancel, Cancelled};
use choice::Guesses;

/// So many names are compared.
const MOST_COMPARED: usize = 1_000;
/// So many suggestions are made.
const MOST_SUGGESTED: usize = 5;
/// What reads any name: each image is a site of one well.
const ANY: &str = r"^(?P<site>.+)\.[^./]+$";

/// A pattern that fits names.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The pattern.
    pub pattern: NamePattern,
    /// What it makes of the names.
    pub counts: Counts,
}

/// The patterns that fit names, the likeliest first; none where there is no image.
///
/// # Errors
/// On cancel.
pub fn suggestions(names: &ImageNames, cancel: &Cancel) -> Result<Vec<Suggestion>, Cancelled> {
    let mut stems: BTreeSet<String> = BTreeSet::new();
    let step = names.len().div_ceil(MOST_COMPARED).max(1);
    for image in (0..names.len()).step_by(step) {
        let path = names.path(image);
        let stem = image_stem(&path).unwrap_or(&path);
        stems.insert(stem.strip_suffix(".ome").unwrap_or(stem).to_owned());
    }
    let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
    let mut texts: Vec<String> = Vec::new();
    for (layout, constants) in Guesses::of(&stems).layouts() {
        for layout in rest::complete(&layout) {
            // What has one value here may have several in the next folder.
            let whole =
                constants.iter().fold(layout, |layout, item| layout.with_part(item).unwrap_or(layout));
            texts.push(compose::pattern(&whole));
        }
    }
    texts.push(ANY.to_owned());
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for text in texts {
        cancel.check()?;
        let is_new = suggestions.iter().all(|known| known.pattern.text() != text);
        let Some(pattern) = NamePattern::new(&text).ok().filter(|_| is_new) else { continue };
        let reading = Reading::of(names, &pattern, cancel)?;
        if reading.fault(names).is_none() {
            suggestions.push(Suggestion { pattern, counts: reading.counts });
        }
        if suggestions.len() == MOST_SUGGESTED {
            break;
        }
    }
    // Those that leave names out come after those that read all, in the order in which they were found.
    suggestions.sort_by_key(|suggestion| suggestion.counts.unread * 10 > names.len());
    Ok(suggestions)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All names of a form: `{}` becomes each of some texts, one after the other.
    fn all(form: &str, values: &[&[&str]]) -> Vec<String> {
        let mut names = vec![form.to_owned()];
        for values in values {
            names = names
                .iter()
                .flat_map(|name| values.iter().map(|value| name.replacen("{}", value, 1)))
                .collect();
        }
        names
    }

    #[test]
    fn names_suggest_how_they_are_read() {
        /// A form of names, what varies in it, and what the first suggestion makes of them.
        type Case<'a> = (&'a str, &'a [&'a [&'a str]], &'a str);
        let table: &[Case<'_>] = &[
            (
                "P_{}_s{}_w{}.png",
                &[&["A01", "B12"], &["1", "2"], &["1", "2", "3"]],
                "2 wells, 3 channels, 2 sites",
            ),
            ("EXP_B2_{}_{}.tif", &[&["A01", "A02"], &["DAPI", "GFP"]], "2 wells, 2 channels"),
            (
                "{}--W000{}--P0000{}--Z0000{}--T00000--{}.tif",
                &[&["B2"], &["14"], &["1", "2"], &["0", "1"], &["Cy5", "Alexa 488", "DAPI"]],
                "1 well, 3 channels, 2 sites, 2 planes",
            ),
            (
                "image--L00--S00--U0{}--V0{}--J20--E00--O00--X0{}--Y0{}--T00--Z00--C0{}.ome.tif",
                &[&["0", "1"], &["0", "1"], &["0", "1"], &["0", "1"], &["0", "1"]],
                "4 wells, 2 channels, 4 sites",
            ),
            (
                "Channel{}-0{}-{}-0{}.tif",
                &[&["1", "2"], &["1"], &["A", "B"], &["1", "2"]],
                "4 wells, 2 channels",
            ),
            (
                "t{}_{}_s1_w{}_z{}.tif",
                &[&["1", "2"], &["D04"], &["1"], &["1", "2", "3"]],
                "1 well, 3 planes, 2 timepoints",
            ),
            (
                "Phase_{}_{}_{}.tif",
                &[&["A2", "B2"], &["1"], &["00d00h00m", "00d06h00m", "10d00h00m"]],
                "2 wells, 3 timepoints",
            ),
            (
                "AS_09047_050428_{}f0{}d{}.tif",
                &[&["O01", "O02"], &["0", "1"], &["0", "1", "2"]],
                "2 wells, 3 channels, 2 sites",
            ),
            (
                "Well{}_Point{}_000{}_Channel{}_Seq0000.tif",
                &[&["A01", "A02"], &["A01"], &["0", "1"], &["DAPI", "GFP"]],
                "2 wells, 2 channels, 2 sites",
            ),
            (
                "A_0{}_f{}_c{}_xUV_mDAPI_z{}_t2.tif",
                &[&["1", "2"], &["1", "2"], &["1", "2"], &["3"]],
                "2 wells, 2 channels, 2 sites",
            ),
            (
                "{} - {}(fld {} wv {}).tif",
                &[&["A", "B"], &["1", "2"], &["1", "2"], &["UV - DAPI", "Green - dsRed"]],
                "4 wells, 2 channels, 2 sites",
            ),
            (
                "Well {}/{} - n00000{}.tif",
                &[&["A01", "A02"], &["DAPI", "Cy3"], &["0", "1"]],
                "2 wells, 2 channels, 2 timepoints",
            ),
            ("{}/{}.png", &[&["DAPI", "GFP"], &["01A", "02A", "01B"]], "3 wells, 2 channels"),
            (
                "{}/{}_{}.jpg",
                &[&["A1", "B3"], &["red", "green"], &["1", "2", "3"]],
                "2 wells, 2 channels, 3 sites",
            ),
            (
                "AssayPlate_{}_T0001F00{}L01A0{}Z0{}C0{}.tif",
                &[&["C10", "C15"], &["1", "2"], &["1"], &["1", "2"], &["1"]],
                "2 wells, 2 sites, 2 planes",
            ),
            (
                "r{}c{}/f{}-ch{}.tif",
                &[&["01", "02"], &["03"], &["1", "2"], &["1", "2"]],
                "2 wells, 2 channels, 2 sites",
            ),
            ("00{}00{}-1-00100{}.tif", &[&["1", "2"], &["1", "2"], &["1", "2"]], "4 wells, 2 sites"),
            ("W00{}_{}.tif", &[&["01", "02", "18"], &["a", "b"]], "3 wells, 2 channels"),
            (
                "B2AI_1_untreated_{}_R{}_z01_{}.jpg",
                &[&["A1", "C1", "D10"], &["1", "2", "5"], &["blue", "red"]],
                "3 wells, 2 channels, 3 sites",
            ),
            (
                "cells--empty--W{}--P0{}--T00000--Z000--C0{}.ome.tif",
                &[&["0001", "0384"], &["00", "01"], &["0", "1"]],
                "2 wells, 2 channels, 2 sites",
            ),
            (
                "0/{}_{}_{}_{}.tiff",
                &[
                    &["A1", "B10"],
                    &["0", "1", "2"],
                    &["0", "1"],
                    &["Fluorescence_405_nm_Ex", "Fluorescence_488_nm_Ex", "BF_LED_matrix_full"],
                ],
                "2 wells, 3 channels, 3 sites, 2 planes",
            ),
            ("img_s{}_c{}.png", &[&["1", "2"], &["1", "2"]], "1 well, 2 channels, 2 sites"),
            ("{}.png", &[&["cat", "dog", "cow"]], "1 well, 3 channels"),
        ];
        for (form, values, expected) in table {
            let paths = all(form, values);
            let names = ImageNames::of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            let found = suggestions(&names, &Cancel::new()).expect("not cancelled");
            let first = found.first().map(|one| (one.counts.to_string(), one.counts.unread));
            let shown: Vec<_> =
                found.iter().map(|one| format!("{} => {}", one.pattern, one.counts)).collect();
            assert_eq!(first, Some(((*expected).to_owned(), 0)), "{form}: {shown:#?}");
        }
    }
}
