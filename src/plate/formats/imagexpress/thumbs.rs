//! The small pictures that MetaXpress writes beside its planes (`…_w1_thumb<GUID>.tif`): where the
//! one of a plane is.
//!
//! They are never planes and never counted; the window shows them until it has read the planes. A
//! thumbnail is called as its plane up to the GUID, so that of each only key, GUID and a check of its path
//! are kept (64 bytes), and the few forms of what stands around the GUID once.

use xxhash_rust::xxh3::xxh3_64;

use super::name::{before_thumbnail, name_without_guid};
use crate::image::ImageSource;
use crate::plate::{ImageKey, PlateImage};

/// Names of more forms than this are of no microscope; what has another is skipped.
const MOST_FORMS: usize = 32;

/// Bytes of a GUID, and the letters that its text has.
const GUID_BYTES: usize = 16;
const GUID_LEN: usize = 36;

/// The thumbnails of a plate by the key of their image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thumbs {
    sorted: Vec<Thumb>,
    forms: Vec<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thumb {
    key: ImageKey,
    guid: [u8; GUID_BYTES],
    /// Hash of its path: that which follows from an image may be another, because an image may be known by a
    /// name that leaves out what is usual.
    path_hash: u64,
    form: u8,
}

/// What stands around the GUID, after the name of the plane.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    before: String,
    /// `None` where there is no GUID.
    after: Option<String>,
    is_upper: bool,
}

impl Thumbs {
    /// Takes note of a thumbnail of an image, by its path relative to the plate folder.
    pub(super) fn add(&mut self, key: ImageKey, path: &str) {
        let file_name = path.rsplit('/').next().unwrap_or(path);
        let Some(tail) = before_thumbnail(file_name).and_then(|base| file_name.get(base.len()..)) else {
            return;
        };
        let (form, guid) = split(tail);
        let place = self.forms.iter().position(|known| *known == form).or_else(|| {
            (self.forms.len() < MOST_FORMS).then(|| {
                self.forms.push(form);
                self.forms.len() - 1
            })
        });
        if let Some(form) = place.and_then(|place| u8::try_from(place).ok()) {
            self.sorted.push(Thumb { key, guid, path_hash: xxh3_64(path.as_bytes()), form });
        }
    }

    /// Called when all are there.
    pub(super) fn sort(&mut self) {
        self.sorted.sort_by_key(|thumb| thumb.key);
        self.sorted.dedup_by_key(|thumb| thumb.key);
        self.sorted.shrink_to_fit();
    }

    /// Number of thumbnails.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// An image's thumbnail; `None` where there was none.
    pub fn of(&self, image: &PlateImage) -> Option<ImageSource> {
        let place = self.sorted.binary_search_by_key(&image.key(), |thumb| thumb.key).ok()?;
        let thumb = &self.sorted[place];
        let form = self.forms.get(usize::from(thumb.form))?;
        let mut name = name_without_guid(image.source.file_name())?.to_owned();
        name.push_str(&form.before);
        if let Some(after) = &form.after {
            name.push_str(&guid_text(thumb.guid, form.is_upper));
            name.push_str(after);
        }
        let source = image.source.beside(&name);
        (xxh3_64(source.relative().as_bytes()) == thumb.path_hash).then_some(source)
    }
}

/// The form of a tail such as `_thumb<GUID>.tif`, and its GUID.
fn split(tail: &str) -> (Form, [u8; GUID_BYTES]) {
    for (start, _) in tail.char_indices() {
        let Some(text) = tail.get(start..start + GUID_LEN) else { break };
        let Some(guid) = guid_bytes(text) else { continue };
        for is_upper in [true, false] {
            // A GUID of mixed letters would not come out as it was.
            if guid_text(guid, is_upper) == text {
                let (before, after) = (tail[..start].to_owned(), Some(tail[start + GUID_LEN..].to_owned()));
                return (Form { before, after, is_upper }, guid);
            }
        }
    }
    (Form { before: tail.to_owned(), after: None, is_upper: false }, [0; GUID_BYTES])
}

fn guid_bytes(text: &str) -> Option<[u8; GUID_BYTES]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let digits: &[u8; 2 * GUID_BYTES] = digits.as_slice().try_into().ok()?;
    let mut guid = [0; GUID_BYTES];
    for (byte, pair) in guid.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        *byte = (value(pair[0])? << 4) | value(pair[1])?;
    }
    Some(guid)
}

fn guid_text(guid: [u8; GUID_BYTES], is_upper: bool) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(GUID_LEN);
    for (place, byte) in guid.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        let _ = if is_upper { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::SourceFolder;

    #[test]
    fn the_path_of_a_thumbnail_follows_from_that_of_its_image() {
        const A: &str = "9A35A04C-20E3-47AD-A1F9-8065B2840EFD";
        const B: &str = "4BFD4018-E675-475E-B5AB-2E959E6B6DA1";
        let table = [
            (format!("P_A01_s1_w1{A}.tif"), format!("P_A01_s1_w1_thumb{B}.tif")),
            (format!("Z/x/P_A01_s1_w1{A}.tif"), format!("P_A01_s1_w1_thumb{}.tif", B.to_lowercase())),
            (format!("d/P_A01_s1_w1_[{A}].TIF"), format!("P_A01_s1_w1_Thumb_[{B}].TIF")),
            ("P_A01_s1_w1.tif".to_owned(), "P_A01_s1_w1_thumb.tif".to_owned()),
            ("P_A01_W1.TIF".to_owned(), "P_A01_W1_THUMB.TIF".to_owned()),
            // Mixed letters, kept as they are.
            (format!("P_A01_w1{A}.tif"), "P_A01_w1_thumb4bFD4018-E675-475E-B5AB-2E959E6B6DA1.tif".to_owned()),
        ];
        let mut thumbs = Thumbs::default();
        let well = crate::plate::WellId { row: 0, column: 0 };
        let image = |site: usize, path: &str| {
            let (within, name) = path.rsplit_once('/').unwrap_or(("", path));
            let key = ImageKey::new(well, u32::try_from(site).expect("few"), 1, 1, 1);
            PlateImage::new(key, ImageSource::new(&SourceFolder::new("/plate", within), name, 0))
        };
        for (site, (path, thumb)) in table.iter().enumerate().rev() {
            let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            thumbs.add(image(site, path).key(), &format!("{folder}{thumb}"));
        }
        // No thumbnail at all by their names, or not at the end.
        thumbs.add(image(90, "").key(), "P_A01_s90_w1.tif");
        thumbs.add(image(91, "").key(), "P_A01_thumb_s91_w1.tif");
        // One whose name leaves out the wave is not called as the image that it is of, and one in another
        // folder does not lie beside it.
        thumbs.add(image(92, "").key(), "P_A01_s92_thumb.tif");
        thumbs.add(image(93, "").key(), "other/P_A01_s93_w1_thumb.tif");
        thumbs.sort();
        assert_eq!((thumbs.len(), size_of::<Thumb>()), (table.len() + 2, 64));
        for (site, (path, thumb)) in table.iter().enumerate() {
            let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let found = thumbs.of(&image(site, path)).map(|source| source.relative());
            assert_eq!(found, Some(format!("{folder}{thumb}")));
        }
        for site in [90, 92, 93] {
            assert_eq!(thumbs.of(&image(site, &format!("P_A01_s{site}_w1.tif"))), None);
        }
    }
}
