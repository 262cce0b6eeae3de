//! Opera Flex: `001002000.flex`, a TIFF for each well (row, column, field; 000 is all fields) whose pages are its images.
//!
//! What a page is stands in the XML of the file (tag 65200; there is no specification, the elements are
//! those that readers of the format agree on): `Image@BufferNo` is the page, `Sublayout` the field, `Stack` the plane, and the name
//! of the nth `Array` the camera and exposure of the nth page, which is the channel. Each file is the record of its own images.
//! Deliberately absent: the factors by which a camera's numbers are multiplied (those in the file are given), and
//! measurements (`.mea`, `.res`) that name files of several folders.

mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use alphanumeric_sort::compare_str;

use crate::cancel::Cancelled;
use crate::file_threads::FileThreads;
use crate::image::FileName;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, Folder, stem_of};
use crate::plate::found::{Found, MOST_FILES_SHOWN};
use crate::plate::geometry::Recorded;
use crate::plate::missing::Expectation;
use crate::plate::name_parts::is_number;
use crate::plate::reader::{OpenError, Reader};
use crate::plate::{Format, ImageKey, Plate, ScanIssue, SitePosition, SitePositions, WellId};
use crate::quantity::plural;
use xml::{FlexFile, FlexImage};

pub(super) const READER: Reader = Reader {
    is_part: |_| false,
    recognise,
    recognise_inside: None,
    prefix_of: |name| stem_of(name, "flex").map(|_| String::new()),
    holds: None,
    recorded_in: None,
    read,
};

fn is_flex(name: &str) -> bool {
    stem_of(name, "flex").is_some() && !name.starts_with('.')
}

fn recognise(_: &mut Disk<'_>, folder: &Folder) -> Result<Vec<Found>, Cancelled> {
    let files = || folder.files.iter().filter(|name| is_flex(name)).map(|name| folder.path.join(&**name));
    let Some(first) = files().next() else { return Ok(Vec::new()) };
    Ok(vec![Found {
        format: Format::Flex,
        folder: folder.path.clone(),
        root: folder.path.clone(),
        prefix: None,
        detail: None,
        opened_by: first,
        name: if folder.name().is_empty() { "plate" } else { folder.name() }.to_owned(),
        date: None,
        images: files().count(),
        files: files().take(MOST_FILES_SHOWN).collect(),
        preview: None,
        is_sure: true,
        is_declared: false,
        is_record: false,
        is_stray: false,
    }])
}

/// `001002003`: the well of a file and its field by its name; field 0 is all.
fn told_by_name(name: &str) -> Option<(WellId, Option<u32>)> {
    let stem = stem_of(name, "flex").filter(|stem| matches!(stem.len(), 6 | 9) && is_number(stem))?;
    let number = |digits: &str| digits.parse::<u32>().ok();
    let well = WellId::at(number(&stem[..3])?.checked_sub(1)?, number(&stem[3..6])?.checked_sub(1)?)?;
    Some((well, number(&stem[6..]).filter(|field| *field > 0)))
}

fn read(disk: &mut Disk<'_>, found: &Found) -> Result<Plate, OpenError> {
    let mut draft = Draft::new(found);
    let folder = disk.folder(&found.folder)?;
    draft.add_trouble(&folder);
    let names: Vec<FileName> = folder.files.iter().filter(|name| is_flex(name)).cloned().collect();
    let files = read_files(&draft, &names, disk)?;
    let channels = channels(files.iter().flatten());
    let mut recorded = Vec::new();
    let mut unread = Vec::new();
    for (name, file) in names.iter().zip(&files) {
        let file = match file {
            Ok(file) => file,
            Err(why) => {
                unread.push(ScanIssue { path: name.to_string(), why: format!("{why}; skipped") });
                continue;
            }
        };
        let told = told_by_name(name);
        let Some(well) = file.well.or(told.map(|(well, _)| well)) else {
            let why = "neither its name nor its description has the well of a plate; skipped";
            unread.push(ScanIssue { path: name.to_string(), why: why.into() });
            continue;
        };
        if let Some(why) = &file.broken {
            let why = format!("its description can only be read in part ({why}); that part is used");
            unread.push(ScanIssue { path: name.to_string(), why });
        }
        // A file for each field counts its own as the first.
        let field_of_name = told.and_then(|(_, field)| field);
        for image in &file.images {
            let channel = channels.get(image.channel.as_str()).copied().unwrap_or(1);
            let field = field_of_name.unwrap_or(image.field);
            let key = ImageKey::new(well, field, channel, image.plane, 1);
            if let Some((x_um, y_um)) = image.position_um {
                // As in Harmony, y grows upward. (Adding 0 keeps -0 out.)
                let stage = Some(SitePosition { x_um, y_um: 0.0 - y_um });
                recorded.push((key, Recorded { offset: None, stage }));
            }
            if let Some(size) = image.pixel_size {
                draft.plate.pixel_sizes.add(channel, size);
            }
            let image = draft.image(key, ".", name, image.page);
            draft.plate.images.push(image);
        }
    }
    draft.issues(unread, ".", |rest| {
        format!("{} about which nothing is known; skipped", plural(rest, "more file"))
    });
    draft.plate.ignored = folder.files.len().saturating_sub(names.len());
    if draft.plate.images.is_empty() {
        return Err(draft.no_images(found.folder.clone()));
    }
    draft.expectation = Expectation::Names;
    draft.plate.site_positions = SitePositions::of_recorded(recorded);
    draft.plate.channel_names =
        channels.into_iter().map(|(name, number)| (number, name.to_owned())).collect();
    draft.plate.microscope = Some("Opera".to_owned());
    let first = files.iter().flatten().next();
    if let Some(name) = first.and_then(|file| file.plate_name.clone()) {
        draft.plate.name = name;
    }
    let shape = first.and_then(|file| file.shape);
    Ok(draft.finish(shape))
}

/// What each file says of itself, or why it says nothing.
fn read_files(
    draft: &Draft,
    names: &[FileName],
    disk: &Disk<'_>,
) -> Result<Vec<Result<FlexFile, String>>, Cancelled> {
    let cancel = disk.cancel();
    let root: &Path = &draft.plate.root;
    FileThreads::new("flex reader").try_map(
        names.len(),
        || (),
        |(), at| {
            cancel.check()?;
            xml::read(&root.join(&*names[at]), cancel)
        },
    )
}

/// Channels by their names in order, from 1.
fn channels<'a>(files: impl Iterator<Item = &'a FlexFile>) -> BTreeMap<&'a str, u32> {
    let names: BTreeSet<&str> =
        files.flat_map(|file| file.images.iter().map(|image: &FlexImage| image.channel.as_str())).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by(|a, b| compare_str(a, b));
    names.into_iter().zip(1..).collect()
}
