//! Where the pixels of an image are: the one thing that knows how they are stored, and reads them.
//!
//! Everything above passes sources on. A path is asked of one only to be shown, and to ask the system about the
//! file (its age, whether it is in the page cache). Deliberately absent: what the image shows, which is its key's
//! affair.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use super::decode::{self, DecodeScratch};
use super::description::{PageDescription, description, streamed};
use super::file_names::FileName;
use super::pages::{Pages, pages};
use super::plane_axes::PlaneAxes;
use super::source_folder::{SourceFiles, SourceFolder};
use super::{DecodeError, ImageFormat, ImageHeader, prefetch, zarr};
use crate::disk;

/// Where the pixels of one image are: a page of a file, whose kind follows from what it begins with, or a plane of
/// a Zarr array, which is a folder.
///
/// Sources order by folder, name and page.
#[derive(Clone)]
pub struct ImageSource {
    files: Arc<SourceFiles>,
    /// Number of the file among these.
    at: u32,
    /// Number of the page in the file, or of the plane in the array.
    page: u32,
}

impl ImageSource {
    /// A page (from 0) of the file of this name in a folder.
    pub fn new(folder: &Arc<SourceFolder>, name: impl Into<FileName>, page: u32) -> Self {
        let name = name.into();
        Self::among(&SourceFiles::new(folder, &name, None), &name, page)
    }

    /// A page of one of several files, or a plane of one of several arrays; the images of a plate share these.
    pub fn among(files: &Arc<SourceFiles>, name: &FileName, page: u32) -> Self {
        Self { files: Arc::clone(files), at: name.at(), page }
    }

    /// A plane (from 0) of the Zarr array of this name in a folder. The last two axes of the array are rows and
    /// columns; the planes are counted over all others, of which the last goes fastest.
    pub fn plane(folder: &Arc<SourceFolder>, name: impl Into<FileName>, plane: u32) -> Self {
        Self::plane_along(folder, name, plane, PlaneAxes::default())
    }

    /// The same of an array of which other axes may be rows and columns; the planes are counted over all others.
    pub fn plane_along(
        folder: &Arc<SourceFolder>,
        name: impl Into<FileName>,
        plane: u32,
        axes: PlaneAxes,
    ) -> Self {
        let name = name.into();
        Self::among(&SourceFiles::new(folder, &name, Some(axes)), &name, plane)
    }

    /// The first page of a file that is part of no plate.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        match (path.parent(), path.file_name().and_then(|name| name.to_str())) {
            (Some(folder), Some(name)) => Self::new(&SourceFolder::new(folder, ""), name, 0),
            // A name that is no Unicode stays in the folder's path.
            _ => Self::new(&SourceFolder::new(path, ""), "", 0),
        }
    }

    /// Another page of the same file, or plane of the same array.
    #[must_use]
    pub fn with_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// A file in the same folder.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        Self::new(self.folder(), name, 0)
    }

    /// The folder that the file, or the array, is in.
    pub fn folder(&self) -> &Arc<SourceFolder> {
        &self.files.folder
    }

    /// Whether it is of the same file, or of the same array, by a look at no text: of images of one plate.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.files, &other.files) && self.at == other.at
    }

    /// Tells its file from others of one plate without a look at its name. Folders may share their names.
    pub(crate) fn file_id(&self) -> (usize, u32, &str) {
        (Arc::as_ptr(&self.files.names).addr(), self.at, self.folder().within())
    }

    /// Its name in its folder; empty where the root of that is the file itself.
    fn name(&self) -> &str {
        self.files.names.get(self.at)
    }

    /// Number of the page in its file, or of the plane in its array, from 0.
    pub fn page(&self) -> u32 {
        self.page
    }

    /// Of a plane of an array, which of its axes are rows and columns.
    pub fn plane_axes(&self) -> Option<PlaneAxes> {
        self.files.axes
    }

    /// Whether it is a plane of an array.
    pub fn is_plane(&self) -> bool {
        self.files.axes.is_some()
    }

    /// The name of the file, or of the array's folder.
    pub fn file_name(&self) -> &str {
        match self.name() {
            "" => self.folder().root().file_name().and_then(|name| name.to_str()).unwrap_or_default(),
            name => name,
        }
    }

    /// What it is called where there is little room: the name of its file; of an array, whose name is mostly a number, its
    /// path below the plate folder.
    pub fn shown_name(&self) -> String {
        if self.is_plane() { self.relative() } else { self.file_name().to_owned() }
    }

    /// Path below the plate folder, with `/` between folders, to be shown.
    pub fn relative(&self) -> String {
        match self.folder().within() {
            "" => self.file_name().to_owned(),
            within => format!("{within}/{}", self.name()),
        }
    }

    /// Absolute path of the file, or of the array's folder, to be shown.
    pub fn path(&self) -> PathBuf {
        let mut path = self.folder().root().to_owned();
        let within = self.folder().within();
        // An absolute path that a record names is that place, also where it is not opened.
        if within.starts_with('/') {
            path.push("/");
        }
        // Folders are parted by `/` here, on every system.
        path.extend(within.split('/').chain([self.name()]).filter(|part| !part.is_empty()));
        path
    }

    /// The path to open.
    fn opened_path(&self) -> Result<PathBuf, DecodeError> {
        let path = self.path();
        if self.folder().is_closed() { Ok(disk::within(self.folder().root(), path)?) } else { Ok(path) }
    }

    /// What it is compared by.
    fn parts(&self) -> (&SourceFolder, &str, u32, Option<PlaneAxes>) {
        (self.folder(), self.name(), self.page, self.files.axes)
    }

    fn plane_of_array(&self) -> Option<zarr::Plane> {
        self.files.axes.map(|axes| zarr::Plane { number: self.page, axes })
    }

    /// The length of its array along each axis.
    ///
    /// # Errors
    /// [`DecodeError`], which names the array, also where it is a page of a file.
    pub(crate) fn array_shape(&self) -> Result<Vec<u64>, DecodeError> {
        let path = self.opened_path()?;
        zarr::shape(&path).map_err(|fault| DecodeError::Zarr { path, fault })
    }

    /// The format of the image, and a smaller form of it that has at least the pixels that are `wanted` of that format
    /// across and down; `None` where there is no such form.
    pub(crate) fn smaller(
        &self,
        wanted: impl Fn(ImageFormat) -> (usize, usize),
    ) -> Option<(ImageFormat, Self)> {
        let plane = self.plane_of_array().filter(|_| !self.folder().smaller().is_empty())?;
        let form = |name: &Arc<str>| {
            let form = Self::plane_along(self.folder(), &**name, self.page, plane.axes);
            let path = form.opened_path().ok()?;
            Some((form, path))
        };
        // They go from large to small.
        let forms = self.folder().smaller().iter().rev().filter_map(form);
        let suffices = |whole: ImageFormat, form: ImageFormat| {
            let (width, height) = wanted(whole);
            form.width as usize >= width && form.height as usize >= height
        };
        zarr::smaller_form(&self.opened_path().ok()?, plane, forms, suffices).ok()?
    }

    /// Size and time of the file (of an array: of its metadata), by which a changed one is known; `None` where the
    /// system does not tell.
    pub fn stamp(&self) -> Option<(u64, SystemTime)> {
        let path = self.opened_path().ok()?;
        if self.is_plane() {
            return zarr::stamp(&path);
        }
        let facts = std::fs::metadata(disk::exact(&path)).ok()?;
        Some((facts.len(), facts.modified().ok()?))
    }

    /// Asks the system to begin reading the image, and does not wait for it. Of an array it would have to be
    /// looked up first which files these are.
    pub(crate) fn read_soon(&self) {
        if let (false, Ok(path)) = (self.is_plane(), self.opened_path()) {
            prefetch::read_soon(&path);
        }
    }

    /// Reads size and type, and what decoding takes.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub fn measure(&self) -> Result<ImageHeader, DecodeError> {
        let path = self.opened_path()?;
        let Some(plane) = self.plane_of_array() else { return decode::measure(&path, self.page) };
        zarr::measure(&path, plane).map_err(|fault| DecodeError::Zarr { path, fault })
    }

    /// Reads what the writer of the file said of the image; `None` where that is nothing, as in every array.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub fn description(&self) -> Result<Option<PageDescription>, DecodeError> {
        if self.is_plane() {
            return Ok(None);
        }
        description(&self.opened_path()?, self.page)
    }

    /// Gives `read` what the writer of the file said of its first page, as a stream: it may be of any length. `None`
    /// where that is nothing, as in every array.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub(crate) fn read_description<T>(
        &self,
        read: impl FnOnce(&mut dyn Read) -> T,
    ) -> Result<Option<T>, DecodeError> {
        if self.is_plane() {
            return Ok(None);
        }
        streamed(&self.opened_path()?, read)
    }

    /// Reads what pages its file has.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub fn pages(&self) -> Result<Pages, DecodeError> {
        pages(&self.opened_path()?)
    }

    /// Decodes the image into `out`, whose length is that of `format`. On an error `out` holds anything.
    ///
    /// # Errors
    /// [`DecodeError`], also where the image is not of this format.
    pub fn decode_into(
        &self,
        format: ImageFormat,
        out: &mut [u8],
        scratch: &mut DecodeScratch,
    ) -> Result<(), DecodeError> {
        let path = self.opened_path()?;
        if !self.is_plane() {
            return decode::decode_into(&path, self.page, format, out, scratch);
        }
        Self::decode_together(&[self], format, &mut [out], scratch, &|| true)
    }

    /// Decodes planes of one array that lie in the same chunks ([`ImageHeader::shared`]), each into one of `outs`, so that
    /// each chunk is unpacked once. Before each chunk `goes_on` is asked; where it says no, `outs` hold anything.
    ///
    /// # Errors
    /// As [`Self::decode_into`], which then concerns all of them.
    pub(crate) fn decode_together(
        sources: &[&Self],
        format: ImageFormat,
        outs: &mut [&mut [u8]],
        scratch: &mut DecodeScratch,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), DecodeError> {
        let Some(first) = sources.first() else { return Ok(()) };
        let path = first.opened_path()?;
        let planes: Vec<_> = sources.iter().filter_map(|source| source.plane_of_array()).collect();
        let (array, chunks) = (&mut scratch.array, &mut scratch.chunks);
        match zarr::decode_into(&path, &planes, format, outs, goes_on, array, chunks) {
            Ok(found) if found == format => Ok(()),
            Ok(found) => Err(DecodeError::Changed { path, expected: format, found }),
            Err(fault) => Err(DecodeError::Zarr { path, fault }),
        }
    }

    /// Decodes the image into memory of its own, for pictures on screen and for tests.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub fn decode_owned(&self) -> Result<(ImageFormat, Vec<u8>), DecodeError> {
        let format = self.measure()?.format;
        Ok((format, self.decode_as(format)?))
    }

    /// The same of an image that was measured.
    pub(crate) fn decode_as(&self, format: ImageFormat) -> Result<Vec<u8>, DecodeError> {
        let decode = |pixels: &mut [u8]| self.decode_into(format, pixels, &mut DecodeScratch::new());
        decode::owned(&self.path(), format, decode)
    }

    /// As [`Self::decode_owned`], of an image that takes no more than this many bytes with all that reading it takes:
    /// a larger one is told by its header.
    ///
    /// # Errors
    /// [`DecodeError`], which names the file.
    pub(crate) fn decode_within(&self, most_bytes: u64) -> Result<(ImageFormat, Vec<u8>), DecodeError> {
        let ImageHeader { format, scratch_bytes, .. } = self.measure()?;
        let bytes = format.bytes().saturating_add(scratch_bytes);
        if bytes > most_bytes {
            return Err(DecodeError::Beyond { path: self.path(), format, bytes, most_bytes });
        }
        Ok((format, self.decode_as(format)?))
    }
}

impl PartialEq for ImageSource {
    fn eq(&self, other: &Self) -> bool {
        self.page == other.page && (self.is_beside(other) || self.parts() == other.parts())
    }
}

impl Eq for ImageSource {}

impl PartialOrd for ImageSource {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ImageSource {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl Hash for ImageSource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

/// The path, with the page where it is not the first, or the plane.
impl fmt::Display for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())?;
        match self.page {
            0 => Ok(()),
            plane if self.is_plane() => write!(f, " (plane {})", u64::from(plane) + 1),
            page => write!(f, " (page {})", u64::from(page) + 1),
        }
    }
}

impl fmt::Debug for ImageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;
    use crate::limits;

    #[test]
    fn sources_name_their_files() {
        let folder = SourceFolder::new("/plate", "TimePoint_1/ZStep_2");
        let deep = ImageSource::new(&folder, "P_A01.tif", 3);
        let top = ImageSource::new(&SourceFolder::new("/plate", "."), "P_A01.tif", 0);
        let own = ImageSource::file("/results/a.tif");
        let shown = [&deep, &top, &own, &deep.beside("t.tif")].map(|source| {
            (
                source.path().display().to_string(),
                source.relative(),
                source.file_name().to_owned(),
                source.to_string(),
            )
        });
        let expected = [
            (
                "/plate/TimePoint_1/ZStep_2/P_A01.tif",
                "TimePoint_1/ZStep_2/P_A01.tif",
                "P_A01.tif",
                " (page 4)",
            ),
            ("/plate/P_A01.tif", "P_A01.tif", "P_A01.tif", ""),
            ("/results/a.tif", "a.tif", "a.tif", ""),
            ("/plate/TimePoint_1/ZStep_2/t.tif", "TimePoint_1/ZStep_2/t.tif", "t.tif", ""),
        ];
        let expected = expected.map(|(path, relative, name, page)| {
            // The roots are written with `/`, and what is below as the system does.
            let (root, below) = path.split_at(path[1..].find('/').expect("a root") + 1);
            let path = format!("{root}{}", below.replace('/', std::path::MAIN_SEPARATOR_STR));
            (path.clone(), relative.to_owned(), name.to_owned(), format!("{path}{page}"))
        });
        assert_eq!(shown, expected);
        assert!(top < deep && deep.with_page(0) < deep);
    }

    #[test]
    fn an_image_that_takes_more_than_there_is_for_it_is_told_by_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.tif");
        let format = ImageFormat::grey(32_767, 32_767, PixelType::U16);
        // Its pixels are a hole in the file.
        let entries = [(256, 32_767), (257, 32_767), (258, 16), (259, 1), (262, 1), (273, 4096), (277, 1)];
        let last = [(278, 32_767), (279, 32_767 * 32_767 * 2)];
        let mut head = b"II*\0\x08\0\0\0\x09\0".to_vec();
        for (tag, value) in entries.into_iter().chain(last) {
            head.extend(u16::to_le_bytes(tag));
            head.extend([4, 0, 1, 0, 0, 0]);
            head.extend(u32::to_le_bytes(value));
        }
        head.extend([0; 4]);
        std::fs::write(&path, head).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(4096 + format.bytes()).unwrap();
        let source = ImageSource::file(&path);
        assert_eq!(source.measure().unwrap().format, format);
        let error = source.decode_within(limits::SHOWN_IMAGE_BYTES).unwrap_err();
        assert!(
            matches!(&error, DecodeError::Beyond { most_bytes, .. } if *most_bytes == limits::SHOWN_IMAGE_BYTES)
        );
        let text = error.to_string();
        assert!(text.contains("takes 2147 MB to read, more than the 512 MB"), "{text}");
    }

    #[test]
    fn a_source_is_small() {
        // A plate may have a million.
        assert!(size_of::<ImageSource>() <= 32);
    }
}
