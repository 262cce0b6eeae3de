//! What is odd about measured images, in sentences.

use std::collections::BTreeSet;

use super::further_pages::further_pages;
use super::listed::listed;
use super::read::Measured;
use super::usual::UsualFormats;
use crate::plate::{Plate, ScanIssue, WellId, channel_title};

impl Measured {
    /// The size and type that most images of each channel have.
    pub fn usual_formats(&self) -> UsualFormats {
        self.formats.usual()
    }

    /// What is odd about the images of some wells and their files: a sentence for each, as far as there are few.
    pub fn issues(&self, plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<ScanIssue> {
        let mut issues = odd_images(self, plate, wells);
        issues.extend(further_pages(self, plate, wells));
        issues
    }
}

/// A sentence for each image of some wells that is unlike the rest of its channel.
fn odd_images(measured: &Measured, plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<ScanIssue> {
    if measured.formats.are_uniform() {
        return Vec::new();
    }
    let usual = measured.usual_formats();
    let images = wells.iter().flat_map(|well| plate.images_of(*well).iter().zip(measured.of_well(*well)));
    let odd = images.filter_map(|(image, header)| {
        let format = header.ok()?.format;
        let why =
            usual.oddity(image.key(), format, |channel| channel_title(&plate.channel_names, channel))?;
        Some(ScanIssue { path: image.source.relative(), why })
    });
    listed(odd, "image")
}
