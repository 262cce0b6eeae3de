//! The images of a plate's fields: which page of which file each plane is, and what of them is missing.
//!
//! An image has the planes that its sizes say. One that is in no file, or in a file that is not there, is missing. A
//! page is taken for one plane and no other. What a document says is never believed beyond what a plate or a file can
//! hold.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::files::resolved;
use super::acquired::AcquiredPlanes;
use super::files::{FileId, Files, FilesOfDocument, NoFile, beside};
use super::sites::{Site, SiteImage, Sites};
use crate::cancel::{Cancel, Cancelled};
use crate::image::{AbsentPlane, ImageSource, OmeDocument, OmeImage, OmePlane, PlaneOrder, TiffData};
use crate::limits;
use crate::plate::draft::{Draft, MOST_SINGLE_ISSUES};
use crate::plate::{Acquired, Acquisitions, ImageKey, ScanIssue, WellId};
use crate::quantity::{count_text, plural};

/// How many files are asked for the number of their pages, where the document does not say how many of them it means.
const MOST_COUNTED: usize = 2_000;

/// How often a cancel is asked for among the pieces of data of an image.
const DATA_BETWEEN: usize = 256;

/// Adds the images of the fields. Gives the files that they use.
pub(super) fn add(
    draft: &mut Draft,
    document: &OmeDocument,
    sites: &Sites<'_>,
    files: &Files,
    of_document: &FilesOfDocument,
    shown: &str,
    cancel: &Cancel,
) -> Result<HashSet<FileId>, Cancelled> {
    let mut adding = Adding {
        draft,
        document,
        files,
        of_document,
        reasons: Reasons::new(),
        pages: HashMap::new(),
        used: HashSet::new(),
        doubled: Vec::new(),
        doubled_pages: 0,
        left: limits::IMAGES_OF_PAGES,
        left_unnamed: limits::MISSING_LISTED,
        unnamed: 0,
        outside: 0,
        acquired: Vec::new(),
    };
    let implied = adding.implied();
    for site in &sites.sites {
        cancel.check()?;
        match site.image {
            SiteImage::Described(at) if PlaneOrder::of(document, &document.images[at]).count() > 0 => {
                let implied = implied.as_ref().and_then(|implied| implied.get(at));
                adding.add_image(site, &document.images[at], implied, cancel)?;
            }
            nothing => adding.add_nothing(site, nothing),
        }
    }
    for plane in document.result.iter().flat_map(|result| &result.absent) {
        let AbsentPlane { row, column, site, channel, z, timepoint, why } = plane;
        if let Some(well) = WellId::at(*row, *column) {
            let key = ImageKey::new(well, *site, *channel, *z, *timepoint);
            adding.draft.absent.add(key, why, "");
        }
    }
    if implied.as_ref().is_some_and(|implied| implied.len() > 1) {
        adding.draft.issue(
            shown,
            "it does not say which pages its images are; there are just as many, so they were used in their order",
        );
    }
    Ok(adding.finish(shown))
}

struct Reasons {
    not_there: Arc<str>,
    ambiguous: Arc<str>,
    not_named: Arc<str>,
    taken: Arc<str>,
    empty: Arc<str>,
    not_described: Arc<str>,
    of_another: Arc<str>,
}

impl Reasons {
    fn new() -> Self {
        Self {
            not_there: "the OME-XML names a file that is not there".into(),
            ambiguous: "its file is not where the OME-XML says, and it is not clear which other file of this name is meant"
                .into(),
            not_named: "not recorded: the OME-XML has no file for it".into(),
            taken: "the OME-XML names a page for it that is another image".into(),
            empty: "an empty field: the OME-XML has no image for it".into(),
            not_described: "the OME-XML names an image for it but does not describe it".into(),
            of_another: "the OME-XML names an image for it that is of another field".into(),
        }
    }
}

/// The state of adding.
struct Adding<'a> {
    draft: &'a mut Draft,
    document: &'a OmeDocument,
    files: &'a Files,
    of_document: &'a FilesOfDocument,
    reasons: Reasons,
    /// How many pages files have, of those that were asked.
    pages: HashMap<FileId, Option<u32>>,
    used: HashSet<(FileId, u32)>,
    /// The first pages that are named for two images, and how many are.
    doubled: Vec<ScanIssue>,
    doubled_pages: usize,
    /// How many more images with a file are taken, and how many without.
    left: usize,
    left_unnamed: usize,
    unnamed: u64,
    /// Pages that are of no plane of their image.
    outside: usize,
    acquired: Vec<(ImageKey, Acquired)>,
}

impl Adding<'_> {
    /// The pages of each image of a document that says nothing of pages: of one image all of its file; of several, one
    /// after the other where there are as many as all have planes. `None` where it does say, or where it cannot be
    /// told.
    fn implied(&mut self) -> Option<Vec<TiffData>> {
        let document = self.document;
        let own = self.of_document.get(None).ok()?;
        if document.images.iter().any(|image| !document.data_of(image).is_empty()) {
            return None;
        }
        if document.images.len() == 1 {
            return Some(vec![TiffData::default()]);
        }
        let counts: Vec<u64> =
            document.images.iter().map(|image| PlaneOrder::of(document, image).count()).collect();
        let all = counts.iter().fold(0_u64, |all, count| all.saturating_add(*count));
        if self.pages_of(own).map(u64::from) != Some(all) {
            return None;
        }
        let mut next = 0_u32;
        let data = counts.into_iter().map(|count| {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let first = next;
            next = next.saturating_add(count);
            TiffData::pages(first, count)
        });
        Some(data.collect())
    }

    /// Number of pages of a file; `None` where it cannot be read, or too many others were asked.
    fn pages_of(&mut self, file: FileId) -> Option<u32> {
        if let Some(known) = self.pages.get(&file) {
            return *known;
        }
        if self.pages.len() == MOST_COUNTED {
            return None;
        }
        let pages = ImageSource::file(self.files.absolute(file)).pages().ok();
        let count = pages.and_then(|pages| pages.pages.last().map(|last| last.page.saturating_add(1)));
        self.pages.insert(file, count);
        count
    }

    /// A field of which no image is known.
    fn add_nothing(&mut self, site: &Site<'_>, nothing: SiteImage) {
        let why = match nothing {
            SiteImage::Empty => &self.reasons.empty,
            SiteImage::Taken => &self.reasons.of_another,
            SiteImage::NotDescribed | SiteImage::Described(_) => &self.reasons.not_described,
        };
        self.draft.absent.add(ImageKey::new(site.well, site.number, 1, 1, 1), why, "");
    }

    fn add_image(
        &mut self,
        site: &Site<'_>,
        image: &OmeImage,
        implied: Option<&TiffData>,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let order = PlaneOrder::of(self.document, image);
        let told = self.document.data_of(image);
        let data = implied.map_or(told, std::slice::from_ref);
        let firsts: HashSet<OmePlane> = match data.len() {
            0 | 1 => HashSet::new(),
            _ => data.iter().filter_map(|data| order.first_of(data)).collect(),
        };
        let acquired = AcquiredPlanes::of(self.document, image);
        let mut named = HashSet::new();
        for (nth, data) in data.iter().enumerate() {
            if nth.is_multiple_of(DATA_BETWEEN) {
                cancel.check()?;
            }
            let Some(first) = order.first_of(data) else {
                self.outside += 1;
                continue;
            };
            let file = self.of_document.get(data.file);
            let is_open = data.page.is_none() && data.count.is_none();
            let all = usize::try_from(order.count()).unwrap_or(usize::MAX);
            let count = match data.count {
                Some(count) => count as usize,
                None if is_open && all > 1 => {
                    // As far as to where others begin, and as there are pages; nothing is gone through beyond these.
                    let pages = match file {
                        Ok(file) => self.pages_of(file).map_or(1, |pages| pages as usize),
                        Err(_) => limits::TIFF_DIRECTORIES as usize,
                    };
                    let most = pages.min(self.left.saturating_add(1)).saturating_sub(1);
                    let rest = order.planes_from(first).skip(1).take(most);
                    1 + rest.take_while(|plane| !firsts.contains(plane)).count()
                }
                None => 1,
            };
            let count = count.min(all).min(limits::TIFF_DIRECTORIES as usize);
            let begin = data.page.unwrap_or(0);
            let pages = begin..begin.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
            for (page, plane) in pages.zip(order.planes_from(first)) {
                if self.left == 0 {
                    return Ok(());
                }
                self.left -= 1;
                named.insert(plane);
                let key = key_of(self.document, site, plane);
                self.acquired.push((key, acquired.get(plane)));
                self.add_plane(key, data, file, page);
            }
        }
        let unnamed = order.count().saturating_sub(named.len() as u64);
        // A result of our own names what is not there.
        if unnamed == 0 || self.document.result.is_some() {
            return Ok(());
        }
        self.unnamed = self.unnamed.saturating_add(unnamed);
        let most = self.left_unnamed.min(usize::try_from(unnamed).unwrap_or(usize::MAX));
        for plane in order.planes().filter(|plane| !named.contains(plane)).take(most) {
            self.left_unnamed -= 1;
            self.draft.absent.add(key_of(self.document, site, plane), &self.reasons.not_named, "");
        }
        Ok(())
    }

    fn add_plane(&mut self, key: ImageKey, data: &TiffData, file: Result<FileId, NoFile>, page: u32) {
        let named = || {
            data.file
                .map(|file| resolved(&beside(self.document.file(file).name).replace('\\', "/")))
                .unwrap_or_default()
        };
        let file = match file {
            Ok(file) => file,
            Err(why) => {
                let why = match why {
                    NoFile::NotThere => &self.reasons.not_there,
                    NoFile::Ambiguous => &self.reasons.ambiguous,
                    NoFile::NotNamed => &self.reasons.not_named,
                };
                self.draft.absent.add(key, why, &named());
                return;
            }
        };
        if !self.used.insert((file, page)) {
            self.draft.absent.add(key, &self.reasons.taken, &self.files.path(file));
            self.doubled_pages += 1;
            if self.doubled.len() <= MOST_SINGLE_ISSUES {
                let why = format!(
                    "page {} is named for two images: it was not used for {key}",
                    u64::from(page) + 1
                );
                self.doubled.push(ScanIssue { path: self.files.path(file), why });
            }
            return;
        }
        let image = self.draft.image(key, self.files.folder(file), self.files.name(file), page);
        self.draft.plate.images.push(image);
    }

    /// Tells what was odd. Gives the files that are used.
    fn finish(self, shown: &str) -> HashSet<FileId> {
        let draft = self.draft;
        draft.plate.acquisitions = Acquisitions::of(self.acquired);
        let further = self.doubled_pages.saturating_sub(MOST_SINGLE_ISSUES);
        draft.issues(self.doubled, shown, |_| {
            format!("{} named for two images", plural(further, "more page"))
        });
        if self.outside > 0 {
            let pieces = plural(self.outside, "piece");
            draft.issue(shown, format!("{pieces} of data of planes that their images do not have; skipped"));
        }
        let listed = (limits::MISSING_LISTED - self.left_unnamed) as u64;
        if self.unnamed > listed {
            let [all, listed] =
                [self.unnamed, listed].map(|count| count_text(usize::try_from(count).unwrap_or(usize::MAX)));
            let why =
                format!("it names {all} planes that have no file; {listed} of them are listed as missing");
            draft.issue(shown, why);
        }
        if self.left == 0 {
            let why = format!(
                "it names more than {} images, more than any plate has; only these were read",
                count_text(limits::IMAGES_OF_PAGES)
            );
            draft.issue(shown, why);
        }
        self.used.into_iter().map(|(file, _)| file).collect()
    }
}

/// The key of a plane of a field's image.
fn key_of(document: &OmeDocument, site: &Site<'_>, plane: OmePlane) -> ImageKey {
    let OmePlane { channel, z, timepoint } = plane;
    let [channel, z, timepoint] = match &document.result {
        Some(result) => [result.channel(channel), result.plane(z), result.timepoint(timepoint)],
        None => [channel, z, timepoint].map(|index| index.saturating_add(1)),
    };
    ImageKey::new(site.well, site.number, channel, z, timepoint)
}
