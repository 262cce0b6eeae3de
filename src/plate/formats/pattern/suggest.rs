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

use super::expression::NamePattern;
use super::names::ImageNames;
use super::reading::{Counts, Reading};
use crate::cancel::{Cancel, Cancelled};
use crate::plate::folder::image_stem;
use choice::Guesses;

/// This many names from all over are compared, and so many runs of names that stand together.
const MOST_SPREAD: usize = 400;
const RUNS: usize = 6;
const RUN: usize = 100;
/// How often names are added that a pattern takes for one.
const MOST_ROUNDS: usize = 4;
/// This many suggestions are made.
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
    let mut sample = Sample::of(names);
    let mut suggestions = Vec::new();
    let mut tried = BTreeSet::new();
    for _ in 0..MOST_ROUNDS {
        let doubled = suggest(names, &sample, &mut suggestions, &mut tried, cancel)?;
        // What told the names of the sample apart does not tell all: with two that it takes for one, it is found what does.
        if doubled.is_empty() || !sample.add(names, doubled) {
            break;
        }
    }
    let any = NamePattern::new(ANY).ok();
    if let Some(pattern) = any.filter(|_| suggestions.len() < MOST_SUGGESTED) {
        let reading = Reading::of(names, &pattern, cancel)?;
        if reading.fault(names).is_none() {
            suggestions.push(Suggestion { pattern, counts: reading.counts });
        }
    }
    // Those that leave names out come after those that read all, in the order in which they were found.
    suggestions.sort_by_key(|suggestion| suggestion.counts.unread * 10 > names.len());
    Ok(suggestions)
}

/// Adds what some names suggest and reads all names, and gives names that what does not would take for one: two of
/// the likeliest. What was tried before on all names is not tried again.
fn suggest(
    names: &ImageNames,
    sample: &Sample,
    suggestions: &mut Vec<Suggestion>,
    tried: &mut BTreeSet<String>,
    cancel: &Cancel,
) -> Result<Vec<usize>, Cancelled> {
    let stems: Vec<&str> = sample.stems.iter().map(String::as_str).collect();
    let mut doubled = Vec::new();
    for (layout, constants) in Guesses::of(&stems).layouts() {
        for layout in rest::complete(&layout) {
            cancel.check()?;
            // What has one value here may have several in the next folder.
            let whole =
                constants.iter().fold(layout, |layout, item| layout.with_part(item).unwrap_or(layout));
            let text = compose::pattern(&whole);
            if tried.contains(&text) {
                continue;
            }
            let Ok(pattern) = NamePattern::new(&text) else { continue };
            tried.insert(text);
            let reading = Reading::of(names, &pattern, cancel)?;
            match reading.doubled {
                Some(one) if suggestions.is_empty() && doubled.is_empty() => {
                    doubled.extend([one.first, one.second]);
                }
                _ if reading.fault(names).is_none() && suggestions.len() < MOST_SUGGESTED => {
                    suggestions.push(Suggestion { pattern, counts: reading.counts });
                }
                _ => {}
            }
        }
    }
    Ok(doubled)
}

/// Names that are compared, without their endings.
struct Sample {
    stems: BTreeSet<String>,
}

impl Sample {
    /// Names from all over, and some that stand together: in one well most components vary.
    fn of(names: &ImageNames) -> Self {
        let mut sample = Self { stems: BTreeSet::new() };
        let spread = (0..names.len()).step_by(names.len().div_ceil(MOST_SPREAD).max(1));
        let runs = (0..RUNS).flat_map(|run| {
            let begin = names.len() / RUNS * run;
            begin..(begin + RUN).min(names.len())
        });
        sample.add(names, spread.chain(runs));
        sample
    }

    /// Adds names; whether any is new.
    fn add(&mut self, names: &ImageNames, images: impl IntoIterator<Item = usize>) -> bool {
        let before = self.stems.len();
        for image in images {
            let path = names.path(image);
            let stem = image_stem(&path).unwrap_or(&path);
            self.stems.insert(stem.strip_suffix(".ome").unwrap_or(stem).to_owned());
        }
        self.stems.len() > before
    }
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
    fn large_plates_suggest_what_tells_all_names_apart() {
        let rows = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let numbers: Vec<String> = (0..36).map(|number| number.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let dyes = ["DAPI", "GFP", "RFP", "Cy5"];
        let table: [(&str, &[&[&str]], &str); 3] = [
            (
                "{}0{}_{}_{}.png",
                &[&rows, &numbers[1..10], &numbers[..16], &dyes],
                "72 wells, 4 channels, 16 sites",
            ),
            (
                "X_{}0{}_f{}_{}.tif",
                &[&rows, &numbers[1..10], &numbers[..16], &dyes],
                "72 wells, 4 channels, 16 sites",
            ),
            (
                "X_{}0{}_{}_{}_{}.tif",
                &[&rows[..3], &numbers[1..4], &numbers[..9], &dyes, &numbers],
                "9 wells, 4 channels, 36 sites, 9 planes",
            ),
        ];
        for (form, values, expected) in table {
            let paths = all(form, values);
            let names = ImageNames::of_names(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            let found = suggestions(&names, &Cancel::new()).expect("not cancelled");
            let shown: Vec<_> =
                found.iter().map(|one| format!("{} => {}", one.pattern, one.counts)).collect();
            assert_eq!(
                found.first().map(|one| one.counts.to_string()).as_deref(),
                Some(expected),
                "{shown:#?}"
            );
        }
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
            (
                "B2_0{}_1_{}_00{}.tif",
                &[&["1", "2"], &["DAPI", "Texas Red"], &["1", "2"]],
                "1 well, 2 channels, 2 sites, 2 planes",
            ),
            (
                "Well{}_Point{}_000{}_Channel{}_Seq00{}.tif",
                &[&["B02"], &["B02"], &["0", "1"], &["DAPI", "GFP"], &["00"]],
                "1 well, 2 channels, 2 sites",
            ),
            (
                "A - 0{}(fld 0{} wv {} z {}).tif",
                &[&["1", "2"], &["1", "2"], &["UV - DAPI", "Green - dsRed"], &["1", "2"]],
                "2 wells, 2 channels, 2 sites, 2 planes",
            ),
            (
                "1-Pos_00{}_000/img_00000000{}_{}_00{}.tif",
                &[&["0", "1"], &["0", "1"], &["DAPI", "GFP"], &["0", "1"]],
                "1 well, 2 channels, 2 sites, 2 planes, 2 timepoints",
            ),
            (
                "0/{}_{}_{}_Fluorescence_{}_nm_Ex.tiff",
                &[&["B2", "C3"], &["0", "1"], &["0", "1"], &["405", "488", "561"]],
                "2 wells, 3 channels, 2 sites, 2 planes",
            ),
            (
                "PlateA_{}_1_2020y05m1{}d_0{}h00m.tif",
                &[&["B2", "C3"], &["3", "4"], &["0", "6"]],
                "2 wells, 4 timepoints",
            ),
            (
                "{}/{}/field{}_{}.tif",
                &[&["B", "C"], &["2", "11"], &["1", "2"], &["dapi", "gfp"]],
                "4 wells, 2 channels, 2 sites",
            ),
            (
                "exp_{}_{}_2024-03-0{}T10-01-0{}.tif",
                &[&["B02", "C03"], &["GFP", "RFP"], &["4", "5"], &["0", "1"]],
                "2 wells, 2 channels, 4 timepoints",
            ),
            (
                "{}_DMSO_r{}_{}.tif",
                &[&["B02", "C03"], &["1", "2"], &["488", "561"]],
                "2 wells, 2 channels, 2 sites",
            ),
            (
                "day 3/{} {} field{}.png",
                &[&["01A", "02B"], &["Hoechst 33342", "Phalloidin"], &["1", "2"]],
                "2 wells, 2 channels, 2 sites",
            ),
            ("img_s{}_c{}.png", &[&["1", "2"], &["1", "2"]], "1 well, 2 channels, 2 sites"),
            ("{}.png", &[&["cat", "dog", "cow"]], "1 well, 3 channels"),
        ];
        for (form, values, expected) in table {
            let paths = all(form, values);
            let names = ImageNames::of_names(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            let found = suggestions(&names, &Cancel::new()).expect("not cancelled");
            let first = found.first().map(|one| (one.counts.to_string(), one.counts.unread));
            let shown: Vec<_> =
                found.iter().map(|one| format!("{} => {}", one.pattern, one.counts)).collect();
            assert_eq!(first, Some(((*expected).to_owned(), 0)), "{form}: {shown:#?}");
        }
    }
}
