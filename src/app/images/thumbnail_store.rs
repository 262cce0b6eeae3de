//! Thumbnails on the disk, so that a plate that was looked at once is seen at once the next time.
//!
//! A thumbnail is found by what its image is: path, page, size and time of the file. An image that has
//! changed is thereby another one. What is kept is bounded; what was written longest ago goes first.
//! All of it can be made again, so every fault here means no more than that there is none.

use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::display::Thumbnail;
use crate::disk::{self, Destination};
use crate::image::ImageSource;
use crate::image::{Contrast, ImageFormat};
use crate::limits;

/// Another number makes all that was kept unknown: for another form or content of thumbnails.
const VERSION: u32 = 1;

/// The most bytes that are kept.
const MOST_BYTES: u64 = 1_000_000_000;

/// What is left after what is too much has gone, so that this is seldom.
const LEFT_BYTES: u64 = MOST_BYTES / 10 * 8;

/// The side by which a small picture that a microscope wrote is asked for: as large as it is, at most
/// `MOST_READY_MADE`, and without a copy of it on the disk.
pub(crate) const READY_MADE: u32 = 0;

/// The longest side of such a picture in memory.
pub(crate) const MOST_READY_MADE: u32 = 256;

/// The folder of the thumbnails.
#[derive(Clone, Debug)]
pub(crate) struct ThumbnailStore {
    folder: Destination,
}

/// What stands before the values of a thumbnail.
#[derive(Serialize, Deserialize)]
struct Head {
    width: usize,
    height: usize,
    samples: usize,
    contrast: Contrast,
    format: ImageFormat,
    /// The values are kept in 16 bits between these two, which is finer than a screen shows.
    low: f32,
    high: f32,
}

impl ThumbnailStore {
    /// A store in this folder, which need not be there yet.
    pub(crate) fn new(folder: Destination) -> Self {
        Self { folder }
    }

    /// The thumbnail of an image as its file is now; `None` where it was not kept.
    pub(crate) fn read(&self, source: &ImageSource, side: u32) -> Option<Thumbnail> {
        let bytes = disk::read(self.destination_of(source, side)?.path(), limits::SMALL_FILE_BYTES).ok()?;
        let split = bytes.iter().position(|byte| *byte == b'\n')?;
        let Head { width, height, samples, contrast, format, low, high } =
            serde_json::from_slice(&bytes[..split]).ok()?;
        let count = width.checked_mul(height)?.checked_mul(samples)?;
        let packed = zstd::bulk::decompress(&bytes[split + 1..], count.checked_mul(2)?).ok()?;
        let step = (high - low) / f32::from(u16::MAX);
        let (pairs, rest) = packed.as_chunks::<2>();
        let values: Vec<f32> =
            pairs.iter().map(|pair| low + f32::from(u16::from_le_bytes(*pair)) * step).collect();
        (values.len() == count && rest.is_empty()).then_some(Thumbnail {
            width,
            height,
            samples,
            values,
            auto_contrast: contrast,
            format,
        })
    }

    /// Keeps a thumbnail.
    pub(crate) fn write(&self, source: &ImageSource, side: u32, thumbnail: &Thumbnail) {
        let (Some(place), Some(bytes)) = (self.destination_of(source, side), packed(thumbnail)) else {
            return;
        };
        // One that could not be kept is made again.
        drop(place.make_folder_around().and_then(|()| disk::write_remakeable(&place, &bytes)));
    }

    /// Lets go of what is too much, the oldest first.
    pub(crate) fn bound(&self) {
        self.bound_to(MOST_BYTES, LEFT_BYTES);
    }

    fn bound_to(&self, most: u64, left: u64) {
        let folders = fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        // Behind a link the files of others would be let go.
        let folders = folders.filter(|folder| folder.file_type().is_ok_and(|kind| kind.is_dir()));
        let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten();
        let facts = files.filter_map(|file| {
            let facts = file.metadata().ok()?;
            Some((facts.modified().ok()?, facts.len(), file.path()))
        });
        let mut kept: Vec<(SystemTime, u64, PathBuf)> = facts.collect();
        let mut bytes: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
        if bytes <= most {
            return;
        }
        kept.sort();
        for (_, size, path) in kept {
            if bytes <= left {
                return;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= size;
            }
        }
    }

    /// Where the thumbnail of an image is; `None` where the image's file is not there.
    fn destination_of(&self, source: &ImageSource, side: u32) -> Option<Destination> {
        let (bytes, modified) = source.stamp()?;
        let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut hash = Xxh3::new();
        hash.update(path_bytes(&source.path()));
        for number in [u64::from(VERSION), u64::from(source.page()), u64::from(side), bytes] {
            hash.write_u64(number);
        }
        hash.write_u128(modified.as_nanos());
        let name = format!("{:032x}", hash.digest128());
        Some(self.folder.join(Path::new(&name[..2]).join(&name[2..])))
    }
}

fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

fn packed(thumbnail: &Thumbnail) -> Option<Vec<u8>> {
    let finite = || thumbnail.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().reduce(f32::min)?, finite().reduce(f32::max)?);
    let head = Head {
        width: thumbnail.width,
        height: thumbnail.height,
        samples: thumbnail.samples,
        contrast: thumbnail.auto_contrast,
        format: thumbnail.format,
        low,
        high,
    };
    let scale = f32::from(u16::MAX) / (high - low).max(f32::MIN_POSITIVE);
    // What is no number is dark, as on the screen.
    let values = thumbnail.values.iter().map(|value| ((value.max(low) - low) * scale).round() as u16);
    let values: Vec<u8> = values.flat_map(u16::to_le_bytes).collect();
    let mut bytes = serde_json::to_vec(&head).ok()?;
    bytes.push(b'\n');
    bytes.extend(zstd::bulk::compress(&values, 1).ok()?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    fn kept_in(folder: &Path) -> Destination {
        crate::plate::destination(&folder.join("kept"), crate::plate::NONE_OPEN).unwrap()
    }

    fn thumbnail(values: Vec<f32>) -> Thumbnail {
        Thumbnail {
            width: values.len() / 2,
            height: 2,
            samples: 1,
            values,
            auto_contrast: Contrast { low: 10.0, high: 900.5 },
            format: ImageFormat::grey(100, 50, PixelType::U16),
        }
    }

    #[test]
    fn what_is_kept_is_found_until_the_image_changes() {
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()));
        let image = folder.path().join("image.tif");
        let source = ImageSource::file(&image);
        let kept = thumbnail(vec![0.0, 1.0, 250.25, 65_535.0, 12.0, 700.0]);
        store.write(&source, 128, &kept);
        assert!(store.read(&source, 128).is_none(), "an image that is not there has none");

        fs::write(&image, "pixels").unwrap();
        assert!(store.read(&source, 128).is_none());
        store.write(&source, 128, &kept);
        let read = store.read(&source, 128).unwrap();
        assert_eq!((read.width, read.height, read.format), (3, 2, kept.format));
        assert_eq!(read.auto_contrast, kept.auto_contrast);
        for (read, kept) in read.values.iter().zip(&kept.values) {
            assert!((read - kept).abs() <= 0.5, "{read} for {kept}");
        }
        assert!(store.read(&source, 256).is_none(), "each size is its own");
        assert!(store.read(&ImageSource::file(&image).with_page(1), 128).is_none(), "each page is its own");
        fs::write(&image, "other pixels").unwrap();
        assert!(store.read(&source, 128).is_none(), "the file has changed");
    }

    #[test]
    fn odd_values_and_damaged_files_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()));
        let image = folder.path().join("image.tif");
        fs::write(&image, "pixels").unwrap();
        let source = ImageSource::file(image);
        let table = [
            (vec![7.0, 7.0], vec![7.0, 7.0]),
            (vec![f32::NAN, 5.0, 9.0, f32::NEG_INFINITY], vec![5.0, 5.0, 9.0, 5.0]),
        ];
        for (values, expected) in table {
            store.write(&source, 64, &thumbnail(values));
            assert_eq!(store.read(&source, 64).unwrap().values, expected);
        }
        let place = store.destination_of(&source, 64).unwrap();
        let path = place.path();
        let whole = fs::read(path).unwrap();
        for damaged in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], b"", b"\n", b"{}\nx"] {
            fs::write(path, damaged).unwrap();
            assert!(store.read(&source, 64).is_none());
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_lies_behind_a_link_is_neither_written_nor_let_go() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()));
        let (image, elsewhere) = (folder.path().join("image.tif"), folder.path().join("elsewhere"));
        fs::write(&image, "pixels").unwrap();
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("precious"), "precious").unwrap();
        let source = ImageSource::file(&image);
        let place = store.destination_of(&source, 64).unwrap();
        fs::create_dir(folder.path().join("kept")).unwrap();
        symlink(&elsewhere, place.path().parent().unwrap()).unwrap();
        store.write(&source, 64, &thumbnail(vec![1.0, 2.0]));
        store.bound_to(0, 0);
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
        assert_eq!(fs::read_to_string(elsewhere.join("precious")).unwrap(), "precious");
    }

    #[test]
    fn what_is_too_much_goes_the_oldest_first() {
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()));
        let sources: Vec<ImageSource> = (0..6)
            .map(|nth| {
                let image = folder.path().join(format!("{nth}.tif"));
                fs::write(&image, "pixels").unwrap();
                ImageSource::file(image)
            })
            .collect();
        for (age, source) in sources.iter().enumerate() {
            store.write(source, 64, &thumbnail(vec![1.0, 2.0]));
            let file = fs::File::options()
                .write(true)
                .open(store.destination_of(source, 64).unwrap().path())
                .unwrap();
            file.set_modified(UNIX_EPOCH + std::time::Duration::from_secs(1_000 + age as u64)).unwrap();
        }
        let each = fs::metadata(store.destination_of(&sources[0], 64).unwrap().path()).unwrap().len();
        store.bound_to(6 * each, 0);
        assert!(sources.iter().all(|source| store.read(source, 64).is_some()), "it is not too much");
        store.bound_to(6 * each - 1, 3 * each);
        let left: Vec<bool> = sources.iter().map(|source| store.read(source, 64).is_some()).collect();
        assert_eq!(left, [false, false, false, true, true, true]);
    }
}
