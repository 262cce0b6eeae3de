//! What results of Stepwell say beside OME, in an annotation of their own: the microscope's numbers, and what is not there.
//!
//! OME counts channels, planes and timepoints from 0 without gaps. Here are the numbers that they stand for, those of the sites
//! in the order of each well's samples, the size of a pixel of each channel, and the images that should be there and are not. The
//! form is told where it is written (`plate/companion/record.rs`). Deliberately absent: believing it; numbers that no plate has are
//! found where all images of a plate are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::limits;

/// The namespace of the annotation.
pub(crate) const RESULT_NAMESPACE: &str = "urn:x-stepwell:result";

/// What a result says beside OME.
#[derive(Debug, Default)]
pub(crate) struct OmeResult {
    channels: Vec<u32>,
    planes: Vec<u32>,
    timepoints: Vec<u32>,
    /// Width and height of a pixel in micrometres, by the number of the channel.
    pub(crate) pixel_sizes: BTreeMap<u32, (f64, f64)>,
    /// The sites of wells by row and column, in the order of their samples.
    sites: HashMap<(u32, u32), Vec<u32>>,
    /// Images that should be there and are not.
    pub(crate) absent: Vec<AbsentPlane>,
    /// How many more they are than are listed.
    pub(crate) further: u64,
    well: (u32, u32),
    why: Arc<str>,
    /// How many numbers its lists have.
    listed: usize,
}

/// An image that should be there and is not.
#[derive(Clone, Debug)]
pub(crate) struct AbsentPlane {
    /// Row of its well, from 0.
    pub(crate) row: u32,
    /// Column of its well, from 0.
    pub(crate) column: u32,
    pub(crate) site: u32,
    pub(crate) channel: u32,
    pub(crate) z: u32,
    pub(crate) timepoint: u32,
    /// Why it is not there.
    pub(crate) why: Arc<str>,
}

impl OmeResult {
    /// Of what its first element says, attribute by attribute.
    pub(super) fn of<'a>(said: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut result = Self::default();
        result.channels = result.numbers(said("Channels"));
        result.planes = result.numbers(said("Planes"));
        result.timepoints = result.numbers(said("Timepoints"));
        result
    }

    /// The number of a channel by its rank.
    pub(crate) fn channel(&self, rank: u32) -> u32 {
        number(&self.channels, rank)
    }

    /// The number of a plane by its rank.
    pub(crate) fn plane(&self, rank: u32) -> u32 {
        number(&self.planes, rank)
    }

    /// The number of a timepoint by its rank.
    pub(crate) fn timepoint(&self, rank: u32) -> u32 {
        number(&self.timepoints, rank)
    }

    /// The number of a site by its rank among the samples of its well.
    pub(crate) fn site(&self, well: (u32, u32), rank: u32) -> u32 {
        number(self.sites.get(&well).map(Vec::as_slice).unwrap_or_default(), rank)
    }

    /// Takes an element of it, by what that says.
    pub(super) fn start<'a>(&mut self, name: &str, said: impl Fn(&str) -> Option<&'a str>) {
        let number = |name| said(name)?.parse::<u32>().ok();
        let real = |name| said(name)?.parse::<f64>().ok();
        match name {
            "Channel" => {
                let size = real("PhysicalSizeX").zip(real("PhysicalSizeY"));
                if let Some((number, size)) = number("Number").zip(size) {
                    self.pixel_sizes.insert(number, size);
                }
            }
            "Well" => {
                let place = |name| number(name).unwrap_or(u32::MAX);
                self.well = (place("Row"), place("Column"));
                let sites = self.numbers(said("Sites"));
                self.sites.insert(self.well, sites);
                self.further += u64::from(number("Further").unwrap_or(0));
            }
            "Absent" => {
                self.why = said("Why")
                    .unwrap_or_default()
                    .chars()
                    .take(limits::NAME_CHARS)
                    .collect::<String>()
                    .into();
            }
            _ => {}
        }
    }

    /// Takes a list of images that are not there; gives how many they are.
    pub(super) fn absent(&mut self, text: &str) -> usize {
        let before = self.absent.len();
        let (row, column) = self.well;
        for token in text.split_ascii_whitespace() {
            let mut parts = token.split('_');
            let mut next = |letter: char| parts.next()?.strip_prefix(letter)?.parse::<u32>().ok();
            if let (Some(site), Some(channel), Some(z), Some(timepoint)) =
                (next('s'), next('w'), next('z'), next('t'))
            {
                let why = Arc::clone(&self.why);
                self.absent.push(AbsentPlane { row, column, site, channel, z, timepoint, why });
            }
        }
        self.absent.len() - before
    }

    /// A list such as `1-4 9`, as far as all lists together are no longer than any result's.
    fn numbers(&mut self, text: Option<&str>) -> Vec<u32> {
        let mut numbers = Vec::new();
        for part in text.unwrap_or_default().split_ascii_whitespace() {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else { continue };
            let room = limits::OME_ENTRIES.saturating_sub(self.listed);
            let before = numbers.len();
            numbers.extend((first..=last).take(room));
            self.listed += numbers.len() - before;
        }
        numbers
    }
}

/// The number of a rank; counted from 1 where none is told.
fn number(numbers: &[u32], rank: u32) -> u32 {
    numbers.get(rank as usize).copied().unwrap_or(rank.saturating_add(1))
}
