//! The HTD file of an ImageXpress export, as MetaXpress and Stepwell write it: what was planned.
//!
//! What it says is an expectation and not a fact: plates are aborted, and some of its values are
//! wrong even for whole plates. Its lines are a quoted keyword and values between commas.
//! Deliberately absent: `PlateType`, whose codes are not documented.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits;
use crate::plate::metadata::text::{decoded, number as number_of};
use crate::plate::{MAX_SHAPE, PlateShape, WellId};

/// What an HTD plans. Fields are `None` or empty where the file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Htd {
    /// What the plate is, in words.
    pub description: Option<String>,
    /// Rows and columns of the plate.
    pub shape: Option<PlateShape>,
    /// Wells that were to be recorded.
    pub wells: BTreeSet<WellId>,
    /// Number of timepoints.
    pub timepoints: Option<u32>,
    /// Planes of a stack; 1 where no z series was planned. 0 stands in the file where it does not say: Bio-Formats
    /// takes that for no plate, and works out no image's place by counting.
    pub z_steps: Option<u32>,
    /// Column and row of each site in the grid of the well, both from 0, by site number - 1.
    pub sites: Vec<(u32, u32)>,
    /// Columns and rows of the grid of sites.
    pub site_grid: (u32, u32),
    /// Whether the sites do not lie in the well as in the grid, which then only says how many there are.
    pub is_grid_nominal: bool,
    /// Channels that were to be recorded, with their names where given.
    pub channels: BTreeMap<u32, Option<String>>,
    /// Size of a pixel in micrometres.
    pub pixel_size_um: Option<f64>,
    /// What tells the plate from all others.
    pub identifier: Option<String>,
}

/// More sites, planes or timepoints than any plan has; a larger number is a damaged file.
const MOST_VALUES: u32 = 10_000;

/// Keyword of Stepwell's own, for plates of which it does not know where the sites lie.
const NOMINAL_GRID: &str = "sitegridisnominal";

impl Htd {
    /// Reads the text of an HTD, or `None` where it is none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = decoded(bytes);
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines() {
            let mut fields = fields(line).into_iter();
            let keyword = fields.next().unwrap_or_default().to_ascii_lowercase();
            if !keyword.is_empty() {
                values.entry(keyword).or_insert_with(|| fields.collect());
            }
        }
        if !values.contains_key("htsinfofile") && !values.contains_key("xwells") {
            return None;
        }
        let first = |keyword: &str| values.get(keyword).and_then(|fields| fields.first());
        let number = |keyword: &str| {
            first(keyword).and_then(|value| value.parse::<u32>().ok()).filter(|n| *n <= MOST_VALUES)
        };
        let flag = |keyword: &str| first(keyword).and_then(|value| truth(value));

        let text = |keyword: &str| first(keyword).filter(|value| !value.is_empty()).cloned();
        let mut htd = Self {
            description: text("description"),
            timepoints: number("timepoints").filter(|n| *n > 0),
            is_grid_nominal: flag(NOMINAL_GRID) == Some(true),
            // A decimal comma divides a number into two fields.
            pixel_size_um: values
                .get("pixelsizeum")
                .and_then(|fields| number_of(&fields.join(",")))
                .filter(|um| *um > 0.0),
            identifier: text("uniqueplateidentifier"),
            ..Self::default()
        };
        htd.z_steps = match flag("zseries") {
            Some(false) => Some(1),
            _ => number("zsteps").filter(|n| *n > 0),
        };
        if let (Some(columns), Some(rows)) = (number("xwells"), number("ywells")) {
            htd.shape = shape(rows, columns);
        }
        for row in 0..u32::from(MAX_SHAPE.rows) {
            let selected = values.get(&format!("wellsselection{}", row + 1)).into_iter().flatten();
            for (column, value) in (0..).zip(selected) {
                if truth(value) == Some(true) {
                    htd.wells.extend(WellId::at(row, column));
                }
            }
        }
        htd.read_sites(flag("sites"), number("xsites"), number("ysites"), |row| {
            values.get(&format!("siteselection{row}")).map(Vec::as_slice)
        });
        let planned = if flag("waves") == Some(false) { Some(1) } else { number("nwavelengths") };
        let planned = planned.filter(|last| *last <= limits::CHANNEL);
        for channel in 1..=planned.unwrap_or(0) {
            if first(&format!("wavecollect{channel}")).is_none_or(|value| value != "0") {
                htd.channels.insert(channel, text(&format!("wavename{channel}")));
            }
        }
        Some(htd)
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let yes = |flag: bool| if flag { "TRUE" } else { "FALSE" };
        let row = |of: &mut dyn Iterator<Item = bool>| of.map(yes).collect::<Vec<_>>().join(", ");
        // A quote would end its value, and a line its entry.
        let plain = |text: &str| text.replace('"', "'").replace(['\r', '\n'], " ");
        let mut lines = vec!["\"HTSInfoFile\", Version 1.0".to_owned()];
        let mut entry = |keyword: &str, value: &str| lines.push(format!("\"{keyword}\", {value}"));
        if let Some(description) = &self.description {
            entry("Description", &format!("\"{}\"", plain(description)));
        }
        entry("PlateType", "2");
        entry("TimePoints", &self.timepoints.unwrap_or(1).to_string());
        entry("ZSeries", yes(self.z_steps != Some(1)));
        entry("ZSteps", &self.z_steps.unwrap_or(0).to_string());
        entry("ZProjection", "FALSE");
        if let Some(PlateShape { rows, columns }) = self.shape {
            entry("XWells", &columns.to_string());
            entry("YWells", &rows.to_string());
            for at in 0..rows {
                let mut wells = (0..columns).map(|column| self.wells.contains(&WellId { row: at, column }));
                entry(&format!("WellsSelection{}", at + 1), &row(&mut wells));
            }
        }
        let has_sites = self.sites.len() > 1;
        let (columns, rows) = self.site_grid;
        entry("Sites", yes(has_sites));
        entry("XSites", &columns.to_string());
        entry("YSites", &rows.to_string());
        if has_sites {
            let all: BTreeSet<&(u32, u32)> = self.sites.iter().collect();
            for at in 0..rows {
                let mut sites = (0..columns).map(|column| all.contains(&(column, at)));
                entry(&format!("SiteSelection{}", at + 1), &row(&mut sites));
            }
            if self.is_grid_nominal {
                entry("SiteGridIsNominal", "TRUE");
            }
        }
        let last_channel = self.channels.keys().next_back().copied().unwrap_or(1);
        entry("Waves", yes(last_channel > 1));
        entry("NWavelengths", &last_channel.to_string());
        for (channel, name) in &self.channels {
            if let Some(name) = name {
                entry(&format!("WaveName{channel}"), &format!("\"{}\"", plain(name)));
            }
        }
        for channel in 1..=last_channel {
            let is_recorded = self.channels.contains_key(&channel);
            entry(&format!("WaveCollect{channel}"), if is_recorded { "1" } else { "0" });
        }
        if let Some(um) = self.pixel_size_um {
            entry("PixelSizeUM", &um.to_string());
        }
        if let Some(identifier) = &self.identifier {
            entry("UniquePlateIdentifier", &format!("\"{}\"", plain(identifier)));
        }
        lines.push("\"EndFile\"".to_owned());
        lines.join("\r\n") + "\r\n"
    }

    /// Sites are numbered in reading order over the selected places of the grid.
    fn read_sites<'a>(
        &mut self,
        several: Option<bool>,
        columns: Option<u32>,
        rows: Option<u32>,
        selection: impl Fn(u32) -> Option<&'a [String]>,
    ) {
        let (columns, rows) = (columns.unwrap_or(1).clamp(1, 100), rows.unwrap_or(1).clamp(1, 100));
        if several == Some(false) {
            self.site_grid = (1, 1);
            self.sites = vec![(0, 0)];
            return;
        }
        self.site_grid = (columns, rows);
        let is_selected = |row: u32, column: u32| match selection(row + 1) {
            Some(values) => values.get(column as usize).and_then(|value| truth(value)).unwrap_or(false),
            // Without a selection the whole row was recorded.
            None => true,
        };
        self.sites = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (column, row)))
            .filter(|(column, row)| is_selected(*row, *column))
            .collect();
    }
}

fn shape(rows: u32, columns: u32) -> Option<PlateShape> {
    let shape = PlateShape { rows: u16::try_from(rows).ok()?, columns: u16::try_from(columns).ok()? };
    let fits = (1..=MAX_SHAPE.rows).contains(&shape.rows) && (1..=MAX_SHAPE.columns).contains(&shape.columns);
    fits.then_some(shape)
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// The values of a line: between commas outside of double quotes, without the quotes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => {
                if let Some(field) = fields.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    fields.iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, values in "(\"(XWells|YWells|XSites|YSites|NWavelengths|SiteSelection1|WellsSelection1)\"|,|TRUE|[0-9]{1,12}|\n|\"){0,40}") {
            let _ = Htd::parse(&bytes);
            let _ = Htd::parse(format!("\"XWells\", 12\n{values}").as_bytes());
        }
    }

    const SMALL: &[u8] = b"\"HTSInfoFile\", Version 1.0\r\n\
        \"Description\", \"3z\x82\x81 a, \"\"b\"\", c\"\r\n\
        \"TimePoints\", 6\r\n\"ZSeries\", TRUE\r\n\"ZSteps\", 3\r\n\"ZProjection\", TRUE\r\n\
        \"XWells\", 4\r\n\"YWells\", 3\r\n\
        \"WellsSelection1\", FALSE, TRUE, FALSE, TRUE\r\n\"WellsSelection3\", TRUE, FALSE, FALSE, FALSE\r\n\
        \"Sites\", TRUE\r\n\"XSites\", 3\r\n\"YSites\", 2\r\n\
        \"SiteSelection1\", TRUE, FALSE, TRUE\r\n\"SiteSelection2\", FALSE, TRUE, FALSE\r\n\
        \"Waves\", TRUE\r\n\"NWavelengths\", 3\r\n\
        \"WaveName1\", \"DAPI, blue\"\r\n\"WaveName2\", \"Texas Red\"\r\n\"WaveName3\", \"Cy5\"\r\n\
        \"WaveCollect1\", 1\r\n\"WaveCollect2\", 0\r\n\"WaveCollect3\", 1\r\n\
        \"UniquePlateIdentifier\", \"x\"\r\n\"EndFile\"\r\n";

    #[test]
    fn plan_of_a_small_plate() {
        let htd = Htd::parse(SMALL).expect("an HTD");
        assert_eq!(htd.shape, Some(PlateShape { rows: 3, columns: 4 }));
        let wells: Vec<_> = htd.wells.iter().map(ToString::to_string).collect();
        assert_eq!(wells, ["A02", "A04", "C01"]);
        assert_eq!((htd.timepoints, htd.z_steps), (Some(6), Some(3)));
        assert_eq!(htd.sites, [(0, 0), (2, 0), (1, 1)]);
        let channels: Vec<_> = htd.channels.iter().map(|(n, name)| (*n, name.as_deref())).collect();
        assert_eq!(channels, [(1, Some("DAPI, blue")), (3, Some("Cy5"))]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let small = Htd::parse(SMALL).expect("an HTD");
        let one = Htd { sites: vec![(0, 0)], site_grid: (1, 1), z_steps: Some(1), ..Htd::default() };
        let table = [
            Htd { description: None, ..small.clone() },
            Htd { is_grid_nominal: true, pixel_size_um: Some(1.3668), ..small.clone() },
            Htd { z_steps: None, ..small },
            Htd {
                timepoints: Some(2),
                shape: Some(MAX_SHAPE),
                channels: BTreeMap::from([(1, None)]),
                identifier: Some("a, b".into()),
                ..one
            },
        ];
        for htd in table {
            assert_eq!(Htd::parse(htd.text().as_bytes()), Some(htd));
        }
        let quoted = Htd { description: Some("\"q\"\r\nnext".into()), ..Htd::default() };
        let read = Htd::parse(quoted.text().as_bytes()).expect("an HTD");
        assert_eq!(read.description.as_deref(), Some("'q'  next"));
    }

    #[test]
    fn odd_files_are_read_as_far_as_they_go() {
        /// Timepoints, z steps, sites, channels.
        type Counts = (Option<u32>, Option<u32>, usize, usize);
        let table: &[(&str, Option<Counts>)] = &[
            ("", None),
            ("hello, world", None),
            ("\"HTSInfoFile\", Version 1.0", Some((None, None, 1, 0))),
            ("\"XWells\", 99\n\"YWells\", 8", Some((None, None, 1, 0))),
            (
                "\"XWells\", 12\n\"ZSeries\", FALSE\n\"ZSteps\", 0\n\"Sites\", FALSE\n\"XSites\", 3\n\"Waves\", FALSE\n\"NWavelengths\", 4",
                Some((None, Some(1), 1, 1)),
            ),
            (
                "\"XWells\", 12\n\"TimePoints\", 0\n\"XSites\", 2\n\"YSites\", 2\n\"NWavelengths\", 4000000000",
                Some((None, None, 4, 0)),
            ),
            ("\"XWells\", 12\n\"TimePoints\", \"two\"\n\"NWavelengths\", -1", Some((None, None, 1, 0))),
        ];
        for (text, expected) in table {
            let found = Htd::parse(text.as_bytes())
                .map(|htd| (htd.timepoints, htd.z_steps, htd.sites.len(), htd.channels.len()));
            assert_eq!(found, *expected, "{text}");
        }
        assert_eq!(Htd::parse(b"\"XWells\", 99\n\"YWells\", 8").and_then(|htd| htd.shape), None);
    }
}
