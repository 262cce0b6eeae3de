//! A plate as a reader of its format fills it in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::folder::{Folder, is_picture, joined, relative};
use super::found::Found;
use super::missing::{Absent, Expectation};
use super::parts::{PlateImage, ScanIssue, ShadingImages};
use super::reader::OpenError;
use super::{
    Acquisitions, ImageKey, PixelSize, PixelSizes, Plate, PlateShape, SitePositions, Thumbs, distinct,
    missing,
};
use crate::image::{FileName, ImageSource, SourceFiles, SourceFolder};
use crate::limits;
use crate::quantity::{count_text, plural};
use crate::shown_text::{one_line, shorten};

/// Issues of one kind are listed one by one up to this number, and counted from there on.
pub(super) const MOST_SINGLE_ISSUES: usize = 20;

/// What a format's reader has found, before it is sorted and checked.
pub(super) struct Draft {
    pub(super) plate: Plate,
    /// From what it is known which images the plate should have.
    pub(super) expectation: Expectation,
    /// Images that a record names and that are not there.
    pub(super) absent: Absent,
    /// The first file whose image has a number that no plate has.
    impossible: Option<ScanIssue>,
    /// The files of the newest source, which mostly are those of the next.
    files: Arc<SourceFiles>,
}

impl Draft {
    /// An empty plate of a measurement.
    pub(super) fn new(found: &Found) -> Self {
        let plate = Plate {
            root: found.root.clone(),
            opened_by: found.opened_by.clone(),
            name: found.name.clone(),
            format: found.format,
            pattern: None,
            fingerprint: None,
            microscope: None,
            objective: None,
            acquired: None,
            shape: PlateShape::holding([]),
            images: Vec::new(),
            projections: Vec::new(),
            channel_names: BTreeMap::new(),
            channel_colours: BTreeMap::new(),
            pixel_sizes: PixelSizes::default(),
            site_positions: SitePositions::default(),
            acquisitions: Acquisitions::default(),
            missing: Vec::new(),
            missing_by_well: BTreeMap::new(),
            thumbs: Thumbs::default(),
            shading: ShadingImages::default(),
            layers: Vec::new(),
            ignored: 0,
            issues: Vec::new(),
        };
        let files = SourceFiles::new(&SourceFolder::new(&found.root, ""), &FileName::from(""), None);
        Self {
            plate,
            expectation: Expectation::default(),
            absent: Absent::default(),
            impossible: None,
            files,
        }
    }

    /// An image in a file of a folder below the plate folder.
    pub(super) fn image(&mut self, key: ImageKey, within: &str, name: &FileName, page: u32) -> PlateImage {
        let within = if within == "." { "" } else { within };
        if self.files.folder().within() != within {
            let folder = SourceFolder::new(&self.plate.root, within);
            self.files = SourceFiles::new(&folder, name, None);
        } else if !self.files.have(name) {
            self.files = SourceFiles::new(self.files.folder(), name, None);
        }
        PlateImage::new(key, ImageSource::among(&self.files, name, page))
    }

    pub(super) fn issue(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.plate.issues.push(ScanIssue { path: one_line(&path.into()).into_owned(), why: why.into() });
    }

    /// Lists issues of one kind, and those beyond [`MOST_SINGLE_ISSUES`] as one of `path`, in words
    /// of their number.
    pub(super) fn issues(&mut self, mut all: Vec<ScanIssue>, path: &str, rest: impl FnOnce(usize) -> String) {
        let further = all.len().saturating_sub(MOST_SINGLE_ISSUES);
        all.truncate(MOST_SINGLE_ISSUES);
        self.plate.issues.extend(all);
        if further > 0 {
            self.issue(path, rest(further));
        }
    }

    /// Lists files with one reason: each, or where they are many, the first and their number.
    pub(super) fn list(&mut self, paths: &[String], why: &str) {
        if paths.len() <= MOST_SINGLE_ISSUES {
            for path in paths {
                self.issue(path.as_str(), why);
            }
        } else if let Some(first) = paths.first() {
            self.issue(first.as_str(), format!("{why}; the same with {} files in all", paths.len()));
        }
    }

    /// Lists what of a folder could not be read.
    pub(super) fn add_trouble(&mut self, listed: &Folder) {
        let path = relative(&self.plate.root, &listed.path);
        for (name, why) in &listed.trouble {
            self.issue(joined(&path, name), why.clone());
        }
    }

    /// Sorts the images by key, then TIFFs before pictures of them, then by path. Cheap where they are sorted already.
    /// Images with numbers that no plate has are told and skipped, whatever said these: a name or a page.
    pub(super) fn sort(&mut self) {
        let mut impossible = Vec::new();
        for images in [&mut self.plate.images, &mut self.plate.projections] {
            images.retain(|image| {
                let fault = image.key().fault();
                impossible.extend(fault.map(|fault| {
                    let why = format!("{fault}; the file was skipped");
                    ScanIssue { path: one_line(&image.source.relative()).into_owned(), why }
                }));
                fault.is_none()
            });
        }
        if let Some(first) = impossible.first() {
            self.plate.ignored += impossible.len();
            self.impossible.get_or_insert_with(|| first.clone());
            self.issues(impossible, ".", |rest| {
                format!("{} with numbers that no microscope reaches; skipped", plural(rest, "more file"))
            });
        }
        for images in [&mut self.plate.images, &mut self.plate.projections] {
            images.sort_unstable_by(|a, b| {
                let is_picture = |image: &PlateImage| is_picture(image.source.file_name());
                a.key()
                    .cmp(&b.key())
                    .then_with(|| is_picture(a).cmp(&is_picture(b)))
                    .then_with(|| a.source.cmp(&b.source))
            });
        }
    }

    /// Why there is no plate, where no image was found by an index or in a folder.
    pub(super) fn no_images(&self, index: PathBuf) -> OpenError {
        match &self.impossible {
            Some(ScanIssue { path, why }) => {
                OpenError::NoPossibleImage { path: self.plate.root.join(path), why: why.clone() }
            }
            None => OpenError::NoImages { index, format: self.plate.format },
        }
    }

    /// Sets the size of the pixels of all channels, unless that of a channel is known already.
    pub(super) fn pixel_size_of_all(&mut self, size: PixelSize) {
        let channels = distinct(self.plate.images.iter().filter_map(|image| image.key().channel));
        for channel in channels {
            self.plate.pixel_sizes.add(channel, size);
        }
    }

    /// Shortens words that are longer than any that a microscope writes.
    fn shorten_words(&mut self) {
        let plate = &mut self.plate;
        let names = [Some(&mut plate.name), plate.microscope.as_mut(), plate.objective.as_mut()];
        let names = names.into_iter().chain([plate.acquired.as_mut()]).flatten();
        for name in names.chain(plate.channel_names.values_mut()) {
            shorten(name, limits::NAME_CHARS);
        }
        for issue in &mut plate.issues {
            shorten(&mut issue.path, limits::ISSUE_CHARS);
            shorten(&mut issue.why, limits::ISSUE_CHARS);
        }
    }

    /// The plate: images sorted, each key once, the shape settled (`planned` where it holds the
    /// wells), and what is missing counted.
    pub(super) fn finish(mut self, planned: Option<PlateShape>) -> Plate {
        self.sort();
        let is_possible = |channel: u32| channel <= limits::CHANNEL;
        self.plate.channel_names.retain(|channel, _| is_possible(*channel));
        self.plate.channel_colours.retain(|channel, _| is_possible(*channel));
        self.plate.pixel_sizes.retain(is_possible);
        if self.absent.impossible() > 0 {
            let images = plural(self.absent.impossible(), "image");
            let why = format!("the record names {images} with numbers that no microscope reaches; skipped");
            self.issue(".", why);
        }
        // Before they are said again with every image.
        self.shorten_words();
        let mut doubles = Vec::new();
        for images in [&mut self.plate.images, &mut self.plate.projections] {
            images.dedup_by(|next, kept| {
                let is_double = next.key() == kept.key();
                if is_double {
                    let why = format!(
                        "the same image ({}) as {}, which was kept; this one was skipped",
                        kept.key(),
                        kept.source.relative()
                    );
                    doubles.push(ScanIssue { path: next.source.relative(), why });
                }
                is_double
            });
        }
        self.plate.ignored += doubles.len();
        self.issues(doubles, ".", |further| {
            format!("{} found twice; the first by path was kept", plural(further, "more image"))
        });
        // Wells of which a record names only images that are not there are on the map too.
        let mut wells = self.plate.wells();
        wells.extend(self.absent.wells());
        let smallest = PlateShape::holding(wells.iter().copied());
        self.plate.shape = match planned {
            Some(shape) if wells.iter().all(|well| shape.contains(*well)) => shape,
            Some(shape) => {
                let who = if self.plate.pattern.is_some() { "pattern" } else { "metadata" };
                let why = format!(
                    "the {who} says {} by {}, but wells outside of these have images or should have",
                    plural(usize::from(shape.rows), "row"),
                    plural(usize::from(shape.columns), "column")
                );
                self.issue(".", why);
                smallest
            }
            None => smallest,
        };
        let plate = &mut self.plate;
        (plate.missing, plate.missing_by_well) = missing::find(
            &plate.images,
            &plate.projections,
            std::mem::take(&mut self.absent),
            self.expectation,
            |channel| plate.channel_title(channel),
        );
        let missing_count = plate.missing_count();
        if plate.missing.len() < missing_count {
            let why = format!(
                "{} images are missing; {} of them are listed",
                count_text(missing_count),
                count_text(plate.missing.len())
            );
            plate.issues.push(ScanIssue { path: ".".into(), why });
        }
        self.shorten_words();
        self.plate
    }
}
