//! Stacks in one directory of a TIFF file: planes that follow each other, of which only the first has tags.
//!
//! MetaMorph writes its stacks (STK) so, and ImageJ those of more than 4 GB. Only the directory of the first plane says
//! so: MetaMorph in tags of its own, ImageJ in the description.

use crate::limits;
use std::io::{Read, Seek};

use tiff::tags::Tag;

use super::super::fault::Fault;
use super::super::page_place::PagePlace;
use super::directory::{Directory, TiffHeader};
use super::page::{Coding, Page};

/// MetaMorph's tag with one entry for each plane: its distance in z and when it was taken and changed.
const UIC2: Tag = Tag::Unknown(33_629);
/// Bytes of such an entry: a fraction, and two dates with times.
const UIC2_ENTRY_BYTES: u64 = 24;

/// Bytes of a description in which ImageJ's header stands.
const IMAGE_J_BYTES: u64 = 64 * 1024;

/// Along what the planes of a MetaMorph stack lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Z,
    Timepoint,
    Unknown,
}

/// What makes a stack of one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    MetaMorph { planes: u32 },
    ImageJ(ImageJ),
}

impl Stack {
    /// The stack in the first directory of a file, where it is one; with its page, where that can be read. Nothing
    /// more is read of a file that has another directory, or no room for a second plane.
    pub(crate) fn read<R: Read + Seek>(
        header: &mut TiffHeader<R>,
        first: &Directory,
        page: Option<&Page>,
    ) -> Result<Option<Self>, Fault> {
        if first.next != 0 {
            return Ok(None);
        }
        if let Some(planes) = first.count(UIC2).filter(|planes| *planes > 1) {
            let planes = u32::try_from(planes).ok().filter(|planes| *planes <= limits::TIFF_DIRECTORIES);
            let too_many = || Fault::Corrupt(format!("it has more than {} pages", limits::TIFF_DIRECTORIES));
            return Ok(Some(Self::MetaMorph { planes: planes.ok_or_else(too_many)? }));
        }
        let Some(page) = page.filter(|page| page.coding == Coding::None && !page.tiled) else {
            return Ok(None);
        };
        let (begin, plane) = (page.offsets[0], plane_bytes(page));
        let end = |planes: u32| plane.saturating_mul(planes.into()).saturating_add(begin);
        if first.count(Tag::ImageDescription).is_none() || header.file_bytes()? < end(2) {
            return Ok(None);
        }
        let text = header.bytes(first, Tag::ImageDescription, IMAGE_J_BYTES)?.unwrap_or_default();
        // Where the directory lies among the planes, these are not there: the header is that of a file from which
        // the one plane was taken.
        let is_there = |said: &ImageJ| said.images > 1 && !(begin..end(said.images)).contains(&header.first);
        Ok(ImageJ::read(&text).filter(is_there).map(Self::ImageJ))
    }

    pub(crate) fn planes(self) -> u32 {
        match self {
            Self::MetaMorph { planes } => planes,
            Self::ImageJ(said) => said.images,
        }
    }
}

/// Bytes from the beginning of a plane to that of the next.
fn plane_bytes(page: &Page) -> u64 {
    let last = page.offsets.len().saturating_sub(1);
    let last_rows = page.format.height.saturating_sub(page.chunk_height * (page.chunks_down() - 1));
    let last_bytes = u64::from(last_rows) * page.chunk_row_bytes() as u64;
    let end = page.offsets.get(last).map(|last| last.saturating_add(last_bytes));
    end.zip(page.offsets.first()).map_or(0, |(end, first)| end.saturating_sub(*first))
}

/// A page of a stack (from 0), by what is said of the first.
pub(super) fn plane(first: Page, number: u32) -> Result<Page, Fault> {
    if first.coding != Coding::None || first.tiled {
        return Err(Fault::Unsupported("a stack in one directory that is compressed or in tiles".to_owned()));
    }
    let by = plane_bytes(&first).checked_mul(number.into());
    let mut page = first;
    for offset in &mut page.offsets {
        *offset = by.and_then(|by| offset.checked_add(by)).ok_or(Fault::Truncated)?;
    }
    Ok(page)
}

/// Planes that are apart in z are a stack; those that are not, and were taken one after the other, a series.
pub(crate) fn axis<R: Read + Seek>(
    header: &mut TiffHeader<R>,
    directory: &Directory,
    planes: u32,
) -> Result<Axis, Fault> {
    let bytes = header.bytes_from(directory, UIC2, u64::from(planes) * UIC2_ENTRY_BYTES)?.unwrap_or_default();
    let entries: Vec<[u64; 6]> = bytes
        .as_chunks::<24>()
        .0
        .iter()
        .map(|entry| std::array::from_fn(|at| header.number(&entry[at * 4..at * 4 + 4])))
        .collect();
    let apart = entries.iter().any(|[numerator, denominator, ..]| *numerator != 0 && *denominator != 0);
    let taken = |entry: &[u64; 6]| (entry[2], entry[3]);
    let in_time =
        entries.len() == planes as usize && entries.windows(2).all(|pair| taken(&pair[0]) < taken(&pair[1]));
    Ok(if apart {
        Axis::Z
    } else if in_time {
        Axis::Timepoint
    } else {
        Axis::Unknown
    })
}

/// What ImageJ says of the pages of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageJ {
    pub(crate) images: u32,
    channels: u32,
    slices: u32,
    frames: u32,
}

impl ImageJ {
    /// What a description says, where it is ImageJ's.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if !text.starts_with(b"ImageJ=") {
            return None;
        }
        let text = String::from_utf8_lossy(text);
        let number = |key: &str| {
            let mut lines = text.lines().map_while(|line| line.split_once('='));
            lines.find(|(found, _)| *found == key)?.1.trim().parse().ok().filter(|number| *number > 0)
        };
        let images = number("images").filter(|images| *images <= limits::TIFF_DIRECTORIES)?;
        let (channels, frames) = (number("channels").unwrap_or(1), number("frames").unwrap_or(1));
        // What is no channel and no timepoint is a plane to ImageJ.
        let slices = number("slices").unwrap_or(if channels == 1 && frames == 1 { images } else { 1 });
        Some(Self { images, channels, slices, frames })
    }

    /// What the nth page is: channels come first, then planes, then timepoints.
    pub(crate) fn place(self, nth: u32) -> Option<PagePlace> {
        let Self { images, channels, slices, frames } = self;
        let all = u64::from(channels) * u64::from(slices) * u64::from(frames);
        (all == u64::from(images)).then(|| PagePlace {
            image: 0,
            channel: nth % channels,
            z: nth / channels % slices,
            timepoint: nth / channels / slices,
        })
    }
}
