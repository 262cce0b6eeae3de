//! Thumbnails on the disk, so that a plate that was looked at once is seen at once the next time.
//!
//! A thumbnail is found by what its image is: path, page, size and time of the file. An image that has
//! changed is then another one. What is kept is bounded; what was written longest ago goes first.
//! All of it can be made again, so every fault here only means that there is none. What a file says of itself is
//! believed only where it is what a thumbnail of such an image has.

use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::display::{Thumbnail, colour_samples};
use crate::disk::{self, Destination};
use crate::image::ImageSource;
use crate::image::{Contrast, ImageFormat};
use crate::limits;

/// Another number makes all that was kept unknown: for another form or content of thumbnails.
const VERSION: u32 = 1;

/// The most bytes that are kept where nothing else is set.
pub(crate) const USUAL_BYTES: u64 = 1_000_000_000;

/// The side by which a small picture that a microscope wrote is asked for: as large as it is, at most
/// `MOST_READY_MADE`, and without a copy of it on the disk.
pub(crate) const READY_MADE: u32 = 0;

/// The longest side of such a picture in memory.
pub(crate) const MOST_READY_MADE: u32 = 256;

/// The folder of the thumbnails.
#[derive(Clone, Debug)]
pub(crate) struct ThumbnailStore {
    folder: Destination,
    /// The most bytes that are kept.
    most_bytes: u64,
}

/// What stands before the values of a thumbnail.
#[derive(Serialize, Deserialize)]
struct Head {
    width: usize,
    height: usize,
    samples: usize,
    contrast: Contrast,
    #[serde(default)]
    is_of_smaller: bool,
    format: ImageFormat,
    /// The values are kept in 16 bits between these two, which is finer than a screen shows.
    low: f32,
    high: f32,
}

impl ThumbnailStore {
    /// A store in this folder, which need not be there yet.
    pub(crate) fn new(folder: Destination, most_bytes: u64) -> Self {
        Self { folder, most_bytes }
    }

    /// The thumbnail of an image as its file is now; `None` where it was not kept.
    pub(crate) fn read(&self, source: &ImageSource, side: u32) -> Option<Thumbnail> {
        let place = self.destination_of(source, side)?;
        let bytes = disk::read(place.path(), limits::SMALL_FILE_BYTES).ok()?;
        let thumbnail = unpacked(&bytes, side);
        if thumbnail.is_none() {
            // It is made again; one that cannot be removed is written over.
            drop(fs::remove_file(place.path()));
        }
        thumbnail
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
        // A part more goes than is too much, so that this is seldom.
        self.bound_to(self.most_bytes, self.most_bytes / 10 * 8);
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

impl Head {
    /// Whether it is that of a thumbnail of this side, as [`Thumbnail::of`] makes it.
    fn is_of_side(&self, side: u32) -> bool {
        let ImageFormat { width, height, samples, pixel } = self.format;
        let bytes = [u64::from(height), u64::from(samples), pixel.bytes() as u64]
            .into_iter()
            .try_fold(u64::from(width), u64::checked_mul);
        // The bytes first: only a format that has so many can be asked for its thumbnail.
        bytes.is_some_and(|bytes| (1..=limits::IMAGE_BYTES).contains(&bytes))
            && (self.width, self.height) == Thumbnail::size_of(self.format, side)
            && self.samples == colour_samples(self.format)
            && [self.contrast.low, self.contrast.high].iter().all(|value| value.is_finite())
            && self.low <= self.high
            && (self.high - self.low).is_finite()
    }
}

/// The thumbnail in a file; `None` where it is none of this side.
fn unpacked(bytes: &[u8], side: u32) -> Option<Thumbnail> {
    let split = bytes.iter().position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&bytes[..split]).ok()?;
    if !head.is_of_side(side) {
        return None;
    }
    let Head { width, height, samples, contrast, is_of_smaller, format, low, high } = head;
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
        is_of_smaller,
        format,
    })
}

/// A thumbnail as a file; `None` of one that cannot be kept, because its values are none or too far apart.
fn packed(thumbnail: &Thumbnail) -> Option<Vec<u8>> {
    let finite = || thumbnail.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().reduce(f32::min)?, finite().reduce(f32::max)?);
    if !(high - low).is_finite() {
        return None;
    }
    let head = Head {
        width: thumbnail.width,
        height: thumbnail.height,
        samples: thumbnail.samples,
        contrast: thumbnail.auto_contrast,
        is_of_smaller: thumbnail.is_of_smaller,
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::app::images::display::Style;
    use crate::app::images::lookup_table::LookupTable;
    use crate::image::PixelType;

    fn kept_in(folder: &Path) -> Destination {
        crate::plate::destination(&folder.join("kept"), crate::plate::NONE_OPEN).unwrap()
    }

    /// Of an image that is no larger.
    fn thumbnail(values: Vec<f32>) -> Thumbnail {
        let width = values.len() / 2;
        Thumbnail {
            width,
            height: 2,
            samples: 1,
            values,
            auto_contrast: Contrast { low: 10.0, high: 900.5 },
            is_of_smaller: false,
            format: ImageFormat::grey(u32::try_from(width).unwrap(), 2, PixelType::U16),
        }
    }

    #[test]
    fn what_is_kept_is_found_until_the_image_changes() {
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()), USUAL_BYTES);
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
        let store = ThumbnailStore::new(kept_in(folder.path()), USUAL_BYTES);
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
            assert!(!path.exists(), "it is thrown away");
        }
        // The difference of the two is beyond all numbers.
        store.write(&source, 64, &thumbnail(vec![f32::MAX, f32::MIN]));
        assert!(!path.exists());
    }

    /// A file with this head and as many values as it says, as far as that can be.
    fn file_of(head: &serde_json::Value, values: usize) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(head).unwrap();
        bytes.push(b'\n');
        bytes.extend(zstd::bulk::compress(&vec![7; 2 * values], 1).unwrap());
        bytes
    }

    /// Shows whatever is accepted, as the window does.
    fn shown(bytes: &[u8], side: u32) -> Option<Thumbnail> {
        let found = unpacked(bytes, side)?;
        let style =
            Style { contrast: found.auto_contrast, table: LookupTable::default(), tint: [255, 255, 255] };
        let picture = found.picture(style);
        assert_eq!(picture.rgba.len(), picture.width * picture.height);
        assert!(
            picture.width > 0 && picture.height > 0 && picture.width.max(picture.height) <= side as usize
        );
        Some(found)
    }

    fn head(changes: &[(&str, serde_json::Value)]) -> serde_json::Value {
        let format = json!({ "width": 8, "height": 4, "samples": 1, "pixel": "u16" });
        let contrast = json!({ "low": 1.0, "high": 9.0 });
        let mut head = json!({ "width": 4, "height": 2, "samples": 1, "contrast": contrast, "format": format,
            "low": 0.0, "high": 9.0 });
        for (path, value) in changes {
            *head.pointer_mut(path).unwrap() = value.clone();
        }
        head
    }

    #[test]
    fn a_head_that_no_thumbnail_has_is_thrown_away() {
        assert!(shown(&file_of(&head(&[]), 8), 4).is_some());
        let rgb = json!({ "width": 8, "height": 4, "samples": 3, "pixel": "u8" });
        let colour = head(&[("/format", rgb), ("/samples", json!(3))]);
        assert!(shown(&file_of(&colour, 24), 4).is_some());
        let huge = json!({ "width": u32::MAX, "height": u32::MAX, "samples": u16::MAX, "pixel": "f64" });
        let table = [
            (head(&[("/width", json!(0))]), 0),
            (head(&[("/width", json!(2)), ("/height", json!(4))]), 8),
            (head(&[("/width", json!(u64::MAX)), ("/height", json!(u64::MAX))]), 8),
            (head(&[("/width", json!(4_000_000_000_u64))]), 8),
            (head(&[("/samples", json!(2))]), 16),
            (head(&[("/samples", json!(3))]), 24),
            (head(&[("/samples", json!(4_000_000_000_u64))]), 8),
            (head(&[("/format/width", json!(0))]), 8),
            (head(&[("/format/samples", json!(0))]), 8),
            (head(&[("/format/samples", json!(3))]), 8),
            (head(&[("/format/height", json!(8))]), 8),
            (head(&[("/format", huge)]), 8),
            (head(&[("/low", json!(10.0))]), 8),
            (head(&[("/low", json!(-3e38)), ("/high", json!(3e38))]), 8),
            (head(&[("/high", json!(1e300))]), 8),
            (head(&[("/low", json!(null))]), 8),
            (head(&[("/contrast/low", json!(null))]), 8),
            (head(&[]), 7),
            (head(&[]), 9),
        ];
        for (head, values) in table {
            assert!(shown(&file_of(&head, values), 4).is_none(), "{head}");
        }
        // Of another side it is none either.
        assert!(shown(&file_of(&head(&[]), 8), 8).is_none());
    }

    proptest! {
        #[test]
        fn no_head_does_harm(
            width in number(), height in number(), samples in number(),
            of_width in 0..9_u32, of_height in 0..9_u32, of_samples in 0..5_u16,
            large in prop::option::of((any::<u32>(), any::<u32>(), any::<u16>())),
            pixel in prop::sample::select(vec!["u8", "u16", "i64", "f32", "f64"]),
            low in any::<f32>(), high in any::<f32>(), black in any::<f64>(), white in any::<f64>(),
            values in 0..100_usize, side in 1..9_u32,
        ) {
            let (of_width, of_height, of_samples) = large.unwrap_or((of_width, of_height, of_samples));
            let format = json!({ "width": of_width, "height": of_height, "samples": of_samples, "pixel": pixel });
            let head = json!({ "width": width, "height": height, "samples": samples, "format": format,
                "contrast": { "low": black, "high": white }, "low": low, "high": high });
            shown(&file_of(&head, values), side);
        }

        #[test]
        fn no_bytes_do_harm(mut bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..200_usize) {
            shown(&bytes, 4);
            // Also where a head is whole, and where it begins as one.
            let whole = file_of(&head(&[]), 8);
            let mut damaged = whole[..cut.min(whole.len())].to_vec();
            damaged.append(&mut bytes);
            shown(&damaged, 4);
        }
    }

    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0..9_u64, any::<u64>()]
    }

    #[test]
    #[cfg(unix)]
    fn what_lies_behind_a_link_is_neither_written_nor_let_go() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let store = ThumbnailStore::new(kept_in(folder.path()), USUAL_BYTES);
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
        let store = ThumbnailStore::new(kept_in(folder.path()), USUAL_BYTES);
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
