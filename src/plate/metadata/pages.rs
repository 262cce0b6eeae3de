//! What the pages of files are as images of a plate.
//!
//! Names of files tell one image each. Where a file has several pages, what it says of them counts as far as it
//! does not contradict the names; where it says nothing they are the planes of a stack, if names do not tell
//! planes and all pages are alike. To open a plate at once, the files of one well are looked at and the others taken to
//! be like these; whoever measures a file finds out where it is not. Deliberately absent: reading the pages,
//! and what a file's own words are, which is the image module's affair.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::Draft;
use super::super::parts::{PlateImage, ScanIssue};
use super::super::{Component, ImageKey};
use crate::cancel::{Cancel, Cancelled};
use crate::file_threads::FileThreads;
use crate::image::{PagePlace, Pages};
use crate::limits;
use crate::quantity::{count_text, plural};

/// The most channels whose first file is looked at.
const MOST_CHANNELS: usize = 48;
/// The most files of a well that are looked at, of channels with files of several pages.
const MOST_FILES: usize = 64;

/// What the names of files and folders tell of images, so that pages cannot.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::plate) struct Told {
    pub(in crate::plate) channel: bool,
    pub(in crate::plate) z: bool,
    pub(in crate::plate) timepoint: bool,
}

/// A page, and where its image differs from what the name of the file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plane {
    page: u32,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
}

impl Plane {
    fn image(&self, of_file: &PlateImage) -> PlateImage {
        let components = [
            (Component::Channel, self.channel),
            (Component::Z, self.z),
            (Component::Timepoint, self.timepoint),
        ];
        let key = components.into_iter().filter(|(_, value)| value.is_some());
        let key = key.fold(of_file.key(), |key: ImageKey, (component, value)| key.with(component, value));
        PlateImage::new(key, of_file.source.with_page(self.page))
    }
}

/// Makes images of the pages of files; each image of the draft is a file's first page, and they are sorted. `told` is
/// by channel.
pub(in crate::plate) fn read_into(
    draft: &mut Draft,
    told: &BTreeMap<u32, Told>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let readers = FileThreads::new("page reader");
    let told_of = |image: &PlateImage| {
        image.key().channel.and_then(|channel| told.get(&channel)).copied().unwrap_or_default()
    };
    let mut seen = BTreeSet::new();
    let firsts = draft.plate.images.iter().filter(|image| seen.insert(image.key().channel));
    let firsts: Vec<_> = firsts.take(MOST_CHANNELS).cloned().collect();
    let mut planes_of: BTreeMap<Option<u32>, Vec<Plane>> = BTreeMap::new();
    let mut issues = Vec::new();
    for (first, pages) in firsts.iter().zip(read(&readers, &firsts, cancel)?) {
        let Some(pages) = pages else { continue };
        let why = match planes(&pages, told_of(first)) {
            Ok((planes, is_guess)) => {
                let why = is_guess.then(|| {
                    format!(
                        "{} of one size and type; nothing says what they are, so they were read as planes of a stack",
                        plural(planes.len(), "page")
                    )
                });
                if planes.len() > 1 || planes.iter().any(|plane| plane.page > 0) {
                    planes_of.insert(first.key().channel, planes);
                }
                why
            }
            Err(why) => {
                let pages = plural(pages.pages.len(), "page");
                Some(format!("{pages}, {why}; only the first was read, also of other files of this channel"))
            }
        };
        issues.extend(why.map(|why| ScanIssue { path: first.source.relative(), why }));
    }
    draft.issues(issues, ".", |rest| format!("{} with files of several pages", plural(rest, "more channel")));
    if planes_of.is_empty() {
        return Ok(());
    }
    let well = draft.plate.images.first().map(|image| image.key().well);
    let has_planes = |image: &&PlateImage| planes_of.contains_key(&image.key().channel);
    let of_well = draft.plate.images.iter().take_while(|image| Some(image.key().well) == well);
    let of_well: Vec<_> = of_well.filter(has_planes).take(MOST_FILES).cloned().collect();
    let mut of_files: BTreeMap<ImageKey, Vec<Plane>> = BTreeMap::new();
    for (image, pages) in of_well.iter().zip(read(&readers, &of_well, cancel)?) {
        let Some(Ok((planes, _))) = pages.map(|pages| planes(&pages, told_of(image))) else { continue };
        // A file that was cut short is not what the others are like.
        let usual = planes_of.entry(image.key().channel).or_default();
        if planes.len() > usual.len() {
            usual.clone_from(&planes);
        }
        of_files.insert(image.key(), planes);
    }
    let planes_of_file =
        |file: &PlateImage| of_files.get(&file.key()).or_else(|| planes_of.get(&file.key().channel));
    let pages = |file: &PlateImage| planes_of_file(file).map_or(1, Vec::len);
    let images = draft.plate.images.iter().map(pages).fold(0, usize::saturating_add);
    if images > limits::IMAGES_OF_PAGES {
        let why = format!(
            "if all files had as many pages as those that were looked at, these would be {} images; only the first page \
             of each was read",
            count_text(images)
        );
        draft.issue(".", why);
        return Ok(());
    }
    let files = std::mem::take(&mut draft.plate.images);
    draft.plate.images.reserve(files.len());
    for file in files {
        match planes_of_file(&file) {
            Some(planes) => draft.plate.images.extend(planes.iter().map(|plane| plane.image(&file))),
            None => draft.plate.images.push(file),
        }
    }
    draft.sort();
    Ok(())
}

/// Says which files of the first well have pages that are no image of the plate, where a record or the names of files
/// tell every image.
pub(in crate::plate) fn tell_unnamed(draft: &mut Draft, cancel: &Cancel) -> Result<(), Cancelled> {
    draft.sort();
    let images = &draft.plate.images;
    let well = images.first().map(|image| image.key().well);
    let mut seen = BTreeSet::new();
    let of_well = images.iter().take_while(|image| Some(image.key().well) == well);
    let files = of_well.filter(|image| seen.insert(image.source.with_page(0)));
    let files: Vec<_> = files.take(MOST_FILES).cloned().collect();
    let read = read(&FileThreads::new("page reader"), &files, cancel)?;
    let several = files.iter().zip(read).filter_map(|(image, pages)| {
        let pages = pages.map_or(1, |pages| pages.pages.len());
        (pages > 1).then(|| (image.source.with_page(0), (pages, 0_usize)))
    });
    let mut several: BTreeMap<_, _> = several.collect();
    if several.is_empty() {
        return Ok(());
    }
    // Its other pages may be images of other wells.
    for image in images {
        if let Some((_, named)) = several.get_mut(&image.source.with_page(0)) {
            *named += 1;
        }
    }
    let unnamed = several.into_iter().filter(|(_, (pages, named))| named < pages);
    let issues = unnamed.map(|(file, (pages, named))| {
        let why = format!(
            "{}, of which {named} {} named as an image; the others, also of files like this, were skipped",
            plural(pages, "page"),
            if named == 1 { "is" } else { "are" }
        );
        ScanIssue { path: file.relative(), why }
    });
    let issues = issues.collect();
    draft.issues(issues, ".", |rest| format!("{} with pages that are not images", plural(rest, "more file")));
    Ok(())
}

/// The pages of files, in order; `None` of one that cannot be read, which is judged when it is decoded.
fn read(
    readers: &FileThreads,
    files: &[PlateImage],
    cancel: &Cancel,
) -> Result<Vec<Option<Pages>>, Cancelled> {
    readers.try_map(
        files.len(),
        || (),
        |(): &mut (), index| {
            cancel.check()?;
            Ok(files[index].source.pages().ok())
        },
    )
}

/// The images that pages are, and whether that is a guess; or why it cannot be said.
fn planes(pages: &Pages, told: Told) -> Result<(Vec<Plane>, bool), &'static str> {
    let places: Option<Vec<PagePlace>> = pages.pages.iter().map(|page| page.place).collect();
    let is_guess = places.is_none() && pages.pages.len() > 1;
    let places = match places {
        Some(places) => places,
        None if pages.pages.len() > 1 && pages.format.is_none() => {
            return Err("which differ in size or type");
        }
        None => (0..).zip(&pages.pages).map(|(z, _)| PagePlace { z, ..PagePlace::default() }).collect(),
    };
    let differs = |of: fn(&PagePlace) -> u32| places.iter().any(|place| of(place) != of(&places[0]));
    let (channels, planes, timepoints) =
        (differs(|place| place.channel), differs(|place| place.z), differs(|place| place.timepoint));
    if differs(|place| place.image) {
        return Err("which belong to several fields, as the file says");
    }
    if planes && told.z {
        return Err(match is_guess {
            true => "and the names of files and folders already tell the planes",
            false => {
                "which are planes, as the file says, though the names of files and folders already tell the planes"
            }
        });
    }
    if (channels && told.channel) || (timepoints && told.timepoint) {
        return Err("which are, as the file says, what the names of files and folders already tell");
    }
    let number = |differs: bool, index: u32| differs.then(|| index.saturating_add(1));
    let planes = pages.pages.iter().zip(&places).map(|(page, place)| Plane {
        page: page.page,
        channel: number(channels, place.channel),
        z: number(planes, place.z),
        timepoint: number(timepoints, place.timepoint),
    });
    Ok((planes.collect(), is_guess))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{ImageFormat, PageOfFile, PagesToldBy, PixelType};

    #[test]
    fn pages_are_what_the_file_says_and_names_do_not() {
        let nothing = Told::default();
        let (z, channel, timepoint) = (
            Told { z: true, ..nothing },
            Told { channel: true, ..nothing },
            Told { timepoint: true, ..nothing },
        );
        let place = |channel, z, timepoint| Some(PagePlace { image: 0, z, channel, timepoint });
        let fields =
            (0..2).map(|image| Some(PagePlace { image, ..PagePlace::default() })).collect::<Vec<_>>();
        let unsaid = vec![None, None, None];
        let stack = vec![place(0, 0, 0), place(0, 1, 0)];
        let colours = vec![place(0, 0, 0), place(1, 0, 0), place(0, 1, 0), place(1, 1, 0)];
        let series = vec![place(0, 0, 4), place(0, 0, 5)];
        /// Places, whether the pages are alike, what names tell; channel, plane and timepoint of each image, and
        /// whether that is a guess.
        type Case<'a> = (&'a [Option<PagePlace>], bool, Told, Option<(&'a [[u32; 3]], bool)>);
        let table: &[Case<'_>] = &[
            (&[None], false, z, Some((&[[0, 0, 0]], false))),
            (&unsaid, true, nothing, Some((&[[0, 1, 0], [0, 2, 0], [0, 3, 0]], true))),
            (&unsaid, true, channel, Some((&[[0, 1, 0], [0, 2, 0], [0, 3, 0]], true))),
            (&unsaid, true, z, None),
            (&unsaid, false, nothing, None),
            (&stack, false, timepoint, Some((&[[0, 1, 0], [0, 2, 0]], false))),
            (&stack, true, z, None),
            (&colours, true, timepoint, Some((&[[1, 1, 0], [2, 1, 0], [1, 2, 0], [2, 2, 0]], false))),
            (&colours, true, channel, None),
            (&series, true, z, Some((&[[0, 0, 5], [0, 0, 6]], false))),
            (&series, true, timepoint, None),
            (&fields, true, nothing, None),
        ];
        for (places, are_alike, told, expected) in table {
            let pages = (5..).zip(*places).map(|(page, place)| PageOfFile { page, place: *place }).collect();
            let format = are_alike.then(|| ImageFormat::grey(4, 4, PixelType::U8));
            let pages = Pages { pages, format, told_by: PagesToldBy::Nothing };
            let found = planes(&pages, *told).ok().map(|(planes, is_guess)| {
                let numbers: Vec<u32> = planes.iter().map(|plane| plane.page).collect();
                assert_eq!(numbers, (5..).take(places.len()).collect::<Vec<_>>());
                let of =
                    |plane: &Plane| [plane.channel, plane.z, plane.timepoint].map(|value| value.unwrap_or(0));
                (planes.iter().map(of).collect::<Vec<_>>(), is_guess)
            });
            let expected = expected.map(|(planes, is_guess)| (planes.to_vec(), is_guess));
            assert_eq!(found, expected, "{places:?} {told:?}");
        }
    }
}
