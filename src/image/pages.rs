//! The pages of a file, and what it says they are.
//!
//! A file of several pages is a stack, channels, a time series or all of these. MetaMorph, ImageJ and OME-XML say
//! which, each in its way; where nothing does, whoever opens the plate decides. Pages of reduced size and masks
//! are no pages. Deliberately absent: what is common to several files (OME-XML may tell of all of a plate), and
//! names of channels.

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::path::Path;

use tiff::tags::Tag;

use super::decode::measure;
use super::fault::{DecodeError, Fault};
use super::format::ImageFormat;
use super::ome;
use super::page_place::PagePlace;
use super::picture::Picture;
use super::tiff_file::{Axis, Directory, ImageJ, Page, PageReader, Samples, Stack, TiffHeader, axis};
use crate::disk;
use crate::limits;

/// The full pages of a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// One at least.
    pub pages: Vec<PageOfFile>,
    /// Size and type, where all pages have the same.
    pub format: Option<ImageFormat>,
    /// What says where the pages belong.
    pub told_by: PagesToldBy,
}

/// One page of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageOfFile {
    /// Its number (from 0) by which it is measured and decoded; pages that are left out count.
    pub page: u32,
    /// What it shows, where the file says so.
    pub place: Option<PagePlace>,
}

/// What says where the pages of a file belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesToldBy {
    /// Nothing.
    Nothing,
    /// The tags of MetaMorph's stacks.
    MetaMorph,
    /// The header of ImageJ and Fiji.
    ImageJ,
    /// OME-XML.
    OmeXml,
}

/// Reads what pages a file has.
///
/// # Errors
/// [`DecodeError`], which names the file, also where a page behind the first is damaged.
pub fn pages(path: &Path) -> Result<Pages, DecodeError> {
    let mut window = Vec::new();
    let mut read = || -> Result<Option<Pages>, Fault> {
        let file = disk::open(path)?;
        let header = TiffHeader::read(PageReader::new(&file, &mut window));
        if let Err(Fault::NoImage) = header {
            drop(header);
            return Picture::of(&window).map(|_| None).ok_or(Fault::NoImage);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        of_tiff(&mut header?, &name.unwrap_or_default()).map(Some)
    };
    match read().map_err(|fault| fault.at(path, 0))? {
        Some(pages) => Ok(pages),
        None => Ok(Pages {
            pages: vec![PageOfFile { page: 0, place: None }],
            format: Some(measure(path, 0)?.format),
            told_by: PagesToldBy::Nothing,
        }),
    }
}

fn of_tiff<R: Read + Seek>(header: &mut TiffHeader<R>, name: &str) -> Result<Pages, Fault> {
    let first = header.directory(0)?;
    let page = Page::of_directory(header, &first).ok();
    if let Some(stack) = Stack::read(header, &first, page.as_ref())? {
        return of_stack(header, &first, stack);
    }
    let (numbers, format) = full_pages(header)?;
    let text = match numbers.len() {
        1 => None,
        _ => header.bytes(&first, Tag::ImageDescription, limits::PAGES_DESCRIPTION_BYTES)?,
    };
    let text = text.unwrap_or_default();
    let (told_by, mut place): (_, Box<dyn FnMut(u32) -> Option<PagePlace>>) =
        if let Some(image_j) = ImageJ::read(&text).filter(|said| said.images as usize == numbers.len()) {
            let mut nth = 0..;
            (PagesToldBy::ImageJ, Box::new(move |_| nth.next().and_then(|nth| image_j.place(nth))))
        } else if let Some(places) = ome::places(&text, name) {
            (PagesToldBy::OmeXml, Box::new(move |page| places.get(&page).copied()))
        } else {
            (PagesToldBy::Nothing, Box::new(|_| None))
        };
    let pages = numbers.into_iter().map(|page| PageOfFile { page, place: place(page) }).collect();
    Ok(Pages { pages, format, told_by })
}

/// The planes of one directory.
fn of_stack<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    first: &Directory,
    stack: Stack,
) -> Result<Pages, Fault> {
    let format = Samples::read(header, first)?.format;
    let along = match stack {
        Stack::MetaMorph { planes } => axis(header, first, planes)?,
        Stack::ImageJ(_) => Axis::Unknown,
    };
    let place = |page| match (stack, along) {
        (Stack::ImageJ(said), _) => said.place(page),
        (_, Axis::Z) => Some(PagePlace { z: page, ..PagePlace::default() }),
        (_, Axis::Timepoint) => Some(PagePlace { timepoint: page, ..PagePlace::default() }),
        (_, Axis::Unknown) => None,
    };
    let told_by = match stack {
        Stack::MetaMorph { .. } => PagesToldBy::MetaMorph,
        Stack::ImageJ(_) => PagesToldBy::ImageJ,
    };
    let pages = (0..stack.planes()).map(|page| PageOfFile { page, place: place(page) }).collect();
    Ok(Pages { pages, format: Some(format), told_by })
}

/// The numbers of the full pages, and their format where it is one.
fn full_pages<R: Read + Seek>(header: &mut TiffHeader<R>) -> Result<(Vec<u32>, Option<ImageFormat>), Fault> {
    let (mut numbers, mut formats) = (Vec::new(), Vec::new());
    let (mut seen, mut place) = (HashSet::new(), header.first);
    let mut page = 0;
    // A chain that leads back to itself ends there.
    while place != 0 && seen.insert(place) {
        if page == limits::TIFF_DIRECTORIES {
            return Err(Fault::Corrupt(format!("it has more than {} pages", limits::TIFF_DIRECTORIES)));
        }
        let directory = header.directory_at(place)?;
        if header.is_full(&directory)? {
            numbers.push(page);
            let format = match Samples::read(header, &directory) {
                Ok(samples) => Some(samples.format),
                Err(Fault::Unsupported(_) | Fault::TooLarge(_)) => None,
                Err(fault) => return Err(fault),
            };
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
        place = directory.next;
        page += 1;
    }
    if numbers.is_empty() {
        // Of nothing but reduced pages, the first is what there is.
        return Ok((vec![0], None));
    }
    Ok((numbers, if let [format] = formats[..] { format } else { None }))
}
