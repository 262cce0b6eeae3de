//! Writes a demo plate: images that look like cells, in the layout of an ImageXpress export, for the
//! window's first start, for tests and for trying sizes of plates that one does not have.
//!
//! A plate is a function of its [`DemoSpec`]: the same numbers give the same bytes, on any number
//! of threads. A file `demo.ron` in the folder says what it was made of, so that a plate that is
//! there already is not written again, and that only earlier demo plates are ever replaced.

mod field;
mod files;
mod imagined;
mod random;
mod stamps;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::disk::{self, Destination, InPlate};
use crate::file_threads::FileThreads;
use crate::image::{Compression, Description, EncodeError, ImageFormat, ImageRef, PixelType, write_tiff};
use crate::plate::{MAX_SHAPE, plate_destination};
use field::{Painter, Place};
pub use imagined::imagined;

/// What a demo plate is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoSpec {
    /// Number of wells, filled row by row on the smallest plate that holds them.
    pub wells: u32,
    /// Number of channels.
    pub channels: u32,
    /// Number of timepoints.
    pub timepoints: u32,
    /// Number of sites in each well.
    pub sites: u32,
    /// Number of z planes.
    pub planes: u32,
    /// Pixels across an image.
    pub width: u32,
    /// Pixels down an image.
    pub height: u32,
    /// Type of the pixels: unsigned of 8 or 16 bits, or 32-bit floats.
    #[serde(default = "sixteen_bits")]
    pub pixel: PixelType,
    /// Compression of the files.
    pub compression: Compression,
    /// Another number gives other cells.
    pub seed: u64,
}

fn sixteen_bits() -> PixelType {
    PixelType::U16
}

impl Default for DemoSpec {
    /// 54 images of one well: as few as show the difference between the modes.
    fn default() -> Self {
        Self {
            wells: 1,
            channels: 2,
            timepoints: 1,
            sites: 9,
            planes: 3,
            width: 256,
            height: 256,
            pixel: PixelType::U16,
            compression: Compression::None,
            seed: 1,
        }
    }
}

/// What a number of a [`DemoSpec`] counts, and from what to what it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountRange {
    /// `wells`, `pixels across an image`.
    pub what: &'static str,
    /// The least possible.
    pub least: u32,
    /// The most possible.
    pub most: u32,
}

/// The ranges of [`DemoSpec::counts`].
pub const COUNT_RANGES: [CountRange; 7] = [
    CountRange { what: "wells", least: 1, most: (MAX_SHAPE.rows * MAX_SHAPE.columns) as u32 },
    CountRange { what: "channels", least: 1, most: 99 },
    CountRange { what: "timepoints", least: 1, most: 10_000 },
    CountRange { what: "sites", least: 1, most: 1_000 },
    CountRange { what: "planes", least: 1, most: 1_000 },
    CountRange { what: "pixels across an image", least: 16, most: 8_192 },
    CountRange { what: "pixels down an image", least: 16, most: 8_192 },
];

/// The types of pixels that can be written.
pub const PIXEL_TYPES: [PixelType; 3] = [PixelType::U8, PixelType::U16, PixelType::F32];

/// Why no demo plate was written.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A number is out of range.
    #[error("a made-up plate cannot have {value} {what}: choose {least} to {most}")]
    OutOfRange {
        /// What the number counts.
        what: &'static str,
        /// The number.
        value: u32,
        /// The least possible.
        least: u32,
        /// The most possible.
        most: u32,
    },
    /// Pixels of such a type are not made.
    #[error("a made-up plate cannot have pixels of type {}: choose uint8, uint16 or float32", .0.name())]
    PixelType(PixelType),
    /// There is no room for it.
    #[error("{}: {why}. Choose a smaller plate or another disk", path.display())]
    NoRoom {
        /// The folder.
        path: PathBuf,
        /// What is needed and what there is.
        why: String,
    },
    /// The folder holds something else.
    #[error("{} holds other files, which are left alone. Choose an empty or a new folder", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The folder lies in another plate.
    #[error(transparent)]
    InPlate(#[from] InPlate),
    /// A folder or file could not be made.
    #[error("{}: {source}. Check that the folder may be written to and the disk has space", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An image could not be written.
    #[error(transparent)]
    Image(#[from] EncodeError),
    /// The writing was cancelled; the part that is there will be used or replaced next time.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl DemoSpec {
    /// The plate of a first look: the default counts, in images large enough (2 MB) that they and not
    /// the program itself are what the memory chart shows.
    pub fn first_look() -> Self {
        Self { width: 1024, height: 1024, ..Self::default() }
    }

    /// The counts of the study that Stepwell follows: one well of 27,000 images of exactly 1,000,000
    /// bytes.
    pub fn study() -> Self {
        Self { channels: 10, timepoints: 100, width: 1000, height: 500, ..Self::default() }
    }

    /// Number of images.
    pub fn image_count(&self) -> u64 {
        [self.wells, self.channels, self.timepoints, self.sites, self.planes]
            .iter()
            .fold(1, |product: u64, factor| product.saturating_mul(u64::from(*factor)))
    }

    /// Bytes of all pixels (the files have about 3 kB more each, or are compressed).
    pub fn bytes(&self) -> u64 {
        self.image_count().saturating_mul(self.format().bytes())
    }

    /// Bytes that the files take at most.
    pub fn bytes_on_disk(&self) -> u64 {
        self.bytes().saturating_add(self.image_count().saturating_mul(FILE_BYTES))
    }

    /// Size and type of each image.
    pub fn format(&self) -> ImageFormat {
        ImageFormat::grey(self.width, self.height, self.pixel)
    }

    /// Whether such a plate can be written.
    pub fn check(&self) -> Result<(), DemoError> {
        if !PIXEL_TYPES.contains(&self.pixel) {
            return Err(DemoError::PixelType(self.pixel));
        }
        let mut counts = COUNT_RANGES.into_iter().zip(self.counts());
        match counts.find(|(range, value)| !(range.least..=range.most).contains(value)) {
            Some((CountRange { what, least, most }, value)) => {
                Err(DemoError::OutOfRange { what, value, least, most })
            }
            None => Ok(()),
        }
    }

    /// All its numbers, in the order of [`COUNT_RANGES`].
    pub fn counts(&self) -> [u32; 7] {
        let Self { wells, channels, timepoints, sites, planes, width, height, .. } = *self;
        [wells, channels, timepoints, sites, planes, width, height]
    }

    /// The same, to be changed.
    pub fn counts_mut(&mut self) -> [&mut u32; 7] {
        let Self { wells, channels, timepoints, sites, planes, width, height, .. } = self;
        [wells, channels, timepoints, sites, planes, width, height]
    }

    /// Images in the order of a microscope: all channels of a plane, then the next plane.
    fn place(&self, index: u64) -> Place {
        let mut rest = index;
        let mut take = |count: u32| {
            let value = u32::try_from(rest % u64::from(count)).unwrap_or(0);
            rest /= u64::from(count);
            value
        };
        let (channel, plane, site, well) =
            (take(self.channels), take(self.planes), take(self.sites), take(self.wells));
        Place { well, site, channel, plane, timepoint: take(self.timepoints) }
    }
}

/// What a file takes beside its pixels, with its description and rounding to blocks of the disk.
const FILE_BYTES: u64 = 8192;

/// The version of the pictures: plates of an older version are written again.
const GENERATOR: u32 = 2;

/// The file that makes a folder known as a demo plate.
const MARKER: &str = "demo.ron";

#[derive(Serialize, Deserialize, PartialEq)]
struct Marker {
    generator: u32,
    is_complete: bool,
    spec: DemoSpec,
}

impl Marker {
    fn read(folder: &Path) -> Option<Self> {
        let text = disk::read_to_string(&folder.join(MARKER)).ok()?;
        ron::from_str(&text).ok()
    }

    fn write(&self, folder: &Destination) -> Result<(), DemoError> {
        let file = folder.join(MARKER);
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| DemoError::Io { path, source }
        };
        let text =
            ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default()).map_err(io::Error::other);
        let text = text.map_err(at(file.path()))?;
        disk::write(&file, text.as_bytes()).map_err(at(file.path()))
    }
}

/// Returns the demo plate in the folder, and writes it first where it is not there, is incomplete
/// or is another one.
pub fn ensure(
    spec: &DemoSpec,
    folder: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    let wanted = Marker { generator: GENERATOR, is_complete: true, spec: spec.clone() };
    if Marker::read(folder).is_some_and(|found| found == wanted) {
        return absolute(folder);
    }
    write(spec, folder, cancel, progress)
}

/// Writes a demo plate into the folder, which is made if it is not there. `progress` is told the
/// number of images written, of how many. Returns the absolute path of the folder, which is the
/// plate. An earlier demo plate is replaced; any other content is refused, and so is a place in another plate.
pub fn write(
    spec: &DemoSpec,
    folder: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    spec.check()?;
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| DemoError::Io { path, source }
    };
    let place = plate_destination(folder)?;
    place.make_folder().map_err(at(folder))?;
    let earlier = Marker::read(folder);
    // Before an earlier plate is removed, of which the room counts.
    let freed = earlier.as_ref().map_or(0, |earlier| earlier.spec.bytes());
    disk::check_room(folder, spec.bytes_on_disk().saturating_sub(freed))
        .map_err(|why| DemoError::NoRoom { path: folder.to_owned(), why })?;
    match earlier {
        // What it holds is known from its marker, so nothing else is ever removed.
        Some(earlier) if earlier.spec != *spec || earlier.generator != GENERATOR => {
            files::remove(&earlier.spec, folder, cancel)?;
        }
        Some(_) => {}
        None => {
            let mut entries = fs::read_dir(folder).map_err(at(folder))?;
            if entries.next().is_some() {
                return Err(DemoError::Occupied { path: folder.to_owned() });
            }
        }
    }
    Marker { generator: GENERATOR, is_complete: false, spec: spec.clone() }.write(&place)?;
    files::write_folders(spec, &place)?;
    write_images(spec, &place, &FileThreads::new("demo image"), cancel, progress)?;
    Marker { generator: GENERATOR, is_complete: true, spec: spec.clone() }.write(&place)?;
    absolute(folder)
}

fn write_images(
    spec: &DemoSpec,
    folder: &Destination,
    threads: &FileThreads,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), DemoError> {
    let of = spec.image_count();
    let done = AtomicU64::new(0);
    progress(0, of);
    let painter = Painter::new(spec);
    let format = spec.format();
    let count = usize::try_from(of).unwrap_or(usize::MAX);
    threads.try_map(
        count,
        || (vec![0_u16; format.sample_count()], Vec::new()),
        |(canvas, pixels), index| -> Result<(), DemoError> {
            cancel.check()?;
            let place = spec.place(index as u64);
            painter.paint(place, canvas);
            let image = ImageRef { format, bytes: as_pixels(canvas, spec.pixel, pixels) };
            let file = folder.join(files::image_path(spec, place));
            let text = files::description(spec, place);
            let description = Description { text: &text, pixel_size_um: Some(files::PIXEL_UM) };
            write_tiff(&file, image, spec.compression, Some(description))?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
            Ok(())
        },
    )?;
    Ok(())
}

/// The painted image in the pixels of its type: the full range of 16 bits becomes that of 8 bits, or
/// 0 to 1 in floats.
fn as_pixels<'a>(canvas: &'a [u16], pixel: PixelType, memory: &'a mut Vec<u8>) -> &'a [u8] {
    memory.clear();
    match pixel {
        PixelType::U8 => memory.extend(canvas.iter().map(|value| (value >> 8) as u8)),
        PixelType::F32 => {
            let values = canvas.iter().map(|value| f32::from(*value) / f32::from(u16::MAX));
            memory.extend(values.flat_map(f32::to_ne_bytes));
        }
        _ => return bytemuck::cast_slice(canvas),
    }
    memory
}

fn absolute(folder: &Path) -> Result<PathBuf, DemoError> {
    std::path::absolute(folder).map_err(|source| DemoError::Io { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of each image of a plate that so many threads wrote.
    fn written(spec: &DemoSpec, threads: usize) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let threads = FileThreads::of_count("demo image", threads);
        let place = plate_destination(folder.path()).unwrap();
        files::write_folders(spec, &place).unwrap();
        write_images(spec, &place, &threads, &Cancel::new(), &|_, _| ()).unwrap();
        let path = |index| folder.path().join(files::image_path(spec, spec.place(index)));
        (0..spec.image_count()).map(|index| fs::read(path(index)).unwrap()).collect()
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes() {
        let spec = DemoSpec { sites: 2, width: 64, height: 48, ..DemoSpec::default() };
        let one = written(&spec, 1);
        assert!(one == written(&spec, 3), "three threads write other bytes than one");
        let twins = one.iter().filter(|image| one.iter().filter(|other| other == image).count() > 1);
        assert_eq!(twins.count(), 0, "an image is there twice");
    }
}
