//! Decodes images for the window on background threads, newest wish first.
//!
//! The window hands over what it wants to see, in order of importance, as often as it likes; only
//! the newest list counts, so what has been scrolled away is never decoded. One thread ("image
//! loader") makes thumbnails, another ("image viewer") reads whole images and turns them into
//! pictures, so that an opened image never waits for thumbnails, and a third ("image preview") takes
//! images through the steps of the pipeline. Results come back through bounded channels into caches
//! that the window alone owns (thumbnails are kept on the disk, too): no lock is shared, and nothing
//! here blocks
//! the window. Deliberately absent: anything of the window toolkit but a callback that asks for a
//! new frame.

use std::path::Path;
use std::sync::Arc;

use super::byte_cache::ByteCache;
use super::display::{Histogram, Picture, Style, Thumbnail};
use super::image_worker::{Done, Job, Worker, auto_contrast};
use super::pixel_values::{SampleValue, values_at};
use super::preview::Preview;
use super::thumbnail_store::ThumbnailStore;
use crate::cancel::Cancel;
use crate::folders;
use crate::image::{self, Contrast, ImageFormat, ImageRef};

/// Asks the window for a new frame; called from the threads of the loader.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// Reads one page of a file: size, type and pixels, or what is wrong in words.
pub type Decoder = Arc<dyn Fn(&ImageSource) -> Result<(ImageFormat, Vec<u8>), String> + Send + Sync>;

/// Where an image is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageSource {
    /// Absolute path of the file.
    pub path: Arc<Path>,
    /// Zero-based page of a multi-page file.
    pub page: u32,
}

impl ImageSource {
    /// A page of a file.
    pub fn new(path: impl Into<Arc<Path>>, page: u32) -> Self {
        Self { path: path.into(), page }
    }

    /// Name of the file.
    pub fn file_name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }
}

/// A whole image in memory, with what the viewer shows about it.
#[derive(Debug)]
pub struct WholeImage {
    /// Size and type.
    pub format: ImageFormat,
    /// How often its values occur.
    pub histogram: Histogram,
    /// A contrast that suits it.
    pub auto_contrast: Contrast,
    bytes: Vec<u8>,
}

impl WholeImage {
    pub(crate) fn of(format: ImageFormat, bytes: Vec<u8>) -> Self {
        let image = ImageRef { format, bytes: &bytes };
        let (histogram, auto_contrast) = (Histogram::of(image), auto_contrast(image));
        Self { format, histogram, auto_contrast, bytes }
    }

    /// The samples of a pixel, or `None` outside of the image.
    pub fn values_at(&self, x: u32, y: u32) -> Option<Vec<SampleValue>> {
        values_at(self.pixels(), x, y)
    }

    pub(crate) fn pixels(&self) -> ImageRef<'_> {
        ImageRef { format: self.format, bytes: &self.bytes }
    }
}

/// What a whole image is, to tell it from others.
#[derive(Clone, Debug, PartialEq)]
pub enum ImageName {
    /// A page of a file.
    File(ImageSource),
    /// What the pipeline makes of images.
    Preview(Arc<Preview>),
}

/// A picture that the viewer wants.
#[derive(Clone, Debug)]
pub struct PictureOrder {
    /// How it is to look.
    pub look: Look,
    /// The images of the look's layers, of one size.
    pub images: Vec<Arc<WholeImage>>,
}

/// What a picture shows and how, to tell it from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The images, each with its style; of a picture of one image that alone.
    pub layers: Vec<(ImageName, Style)>,
    /// How they come together.
    pub blend: Blend,
    /// Pixels of an image, a side, that make one of the picture.
    pub block: u32,
}

/// How the images of a picture come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blend {
    /// Their light is added up.
    Added,
    /// The second is taken from the first.
    Difference,
}

/// A picture that has been made.
#[derive(Debug)]
pub struct MadePicture {
    /// What it shows.
    pub look: Look,
    /// Width and height of the images, in pixels.
    pub size: (u32, u32),
    /// Of a difference the one that is largest without its sign.
    pub largest_difference: Option<f64>,
    /// The pixels.
    pub picture: Picture,
}

/// How far the loading of something is.
#[derive(Clone, Debug)]
pub enum Loaded<T> {
    /// It is not there yet.
    Waiting,
    /// It is there.
    Ready(T),
    /// It cannot be had; the reason in words.
    Failed(Arc<str>),
}

/// The most bytes that the caches hold.
#[derive(Clone, Copy, Debug)]
pub struct CacheLimits {
    /// Of thumbnails.
    pub thumbnail_bytes: usize,
    /// Of whole images.
    pub whole_bytes: usize,
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self { thumbnail_bytes: 64_000_000, whole_bytes: 256_000_000 }
    }
}

/// The side by which a small picture that a microscope wrote is asked for: as large as it is, at most
/// `MOST_READY_MADE`, and without a copy of it on the disk.
pub const READY_MADE: u32 = 0;

/// The longest side of such a picture in memory.
pub(crate) const MOST_READY_MADE: u32 = 256;

/// The window's side of the loader. The threads end when it is dropped.
#[derive(Debug)]
pub struct ImageLoader {
    thumbnails: ByteCache<(ImageSource, u32), Loaded<Arc<Thumbnail>>>,
    whole: ByteCache<ImageSource, Loaded<Arc<WholeImage>>>,
    /// The newest pictures that have not been taken, at most one for each canvas.
    pictures: Vec<MadePicture>,
    /// The preview that is wanted, and the request to stop making it.
    wanted_preview: Option<(Arc<Preview>, Cancel)>,
    /// The newest preview that was made, and no other: they may be large.
    preview: Option<(Arc<Preview>, Loaded<Arc<WholeImage>>)>,
    thumbnail_worker: Worker,
    viewer_worker: Worker,
    preview_worker: Worker,
}

impl ImageLoader {
    /// A loader that reads image files.
    pub fn new(repaint: Repaint) -> Self {
        let decoder: Decoder = Arc::new(|source| {
            image::decode_owned(&source.path, source.page).map_err(|error| error.to_string())
        });
        let store = folders::cache_dir().map(|folder| ThumbnailStore::new(folder.join("thumbnails")));
        Self::with_store(decoder, store, CacheLimits::default(), repaint)
    }

    /// A loader that gets pixels from `decoder`, and keeps nothing on the disk.
    pub fn with_decoder(decoder: Decoder, limits: CacheLimits, repaint: Repaint) -> Self {
        Self::with_store(decoder, None, limits, repaint)
    }

    /// A loader that gets pixels from `decoder`, and keeps thumbnails in a store.
    pub fn with_store(
        decoder: Decoder,
        store: Option<ThumbnailStore>,
        limits: CacheLimits,
        repaint: Repaint,
    ) -> Self {
        Self {
            thumbnails: ByteCache::new(limits.thumbnail_bytes),
            whole: ByteCache::new(limits.whole_bytes),
            pictures: Vec::new(),
            wanted_preview: None,
            preview: None,
            // Thumbnails are small; whole images are not, so few may wait to be taken.
            thumbnail_worker: Worker::start(
                "image loader",
                64,
                Arc::clone(&decoder),
                store,
                Arc::clone(&repaint),
            ),
            viewer_worker: Worker::start("image viewer", 2, Arc::clone(&decoder), None, Arc::clone(&repaint)),
            preview_worker: Worker::start("image preview", 1, decoder, None, repaint),
        }
    }

    /// Takes in what the threads have done. Returns whether there was anything.
    pub fn poll(&mut self) -> bool {
        let workers = [&mut self.thumbnail_worker, &mut self.viewer_worker, &mut self.preview_worker];
        let done: Vec<Done> = workers.into_iter().flat_map(Worker::receive).collect();
        let any = !done.is_empty();
        for done in done {
            match done {
                Done::Thumbnail(source, side, result) => {
                    let bytes = match &result {
                        Loaded::Ready(thumbnail) => thumbnail.bytes(),
                        Loaded::Failed(why) => why.len(),
                        Loaded::Waiting => 0,
                    };
                    self.thumbnails.insert((source, side), result, bytes + ENTRY_BYTES);
                }
                Done::Whole(source, result) => {
                    let bytes = match &result {
                        Loaded::Ready(image) => image.bytes.len(),
                        Loaded::Failed(why) => why.len(),
                        Loaded::Waiting => 0,
                    };
                    self.whole.insert(source, result, bytes + ENTRY_BYTES);
                }
                Done::Picture(picture) => {
                    if self.pictures.len() >= MOST_PICTURES {
                        self.pictures.remove(0);
                    }
                    self.pictures.push(*picture);
                }
                // One that is wanted no more may still be of use until the next is there.
                Done::Preview(preview, result) if self.wanted_preview.is_some() => {
                    self.preview = Some((preview, result));
                }
                Done::Preview(..) | Done::Stopped => {}
            }
        }
        any
    }

    /// The thumbnail of at most `side` pixels, as far as it is there.
    pub fn thumbnail(&mut self, source: &ImageSource, side: u32) -> Loaded<Arc<Thumbnail>> {
        if let Some(why) = &self.thumbnail_worker.not_started {
            return Loaded::Failed(Arc::clone(why));
        }
        self.thumbnails.get(&(source.clone(), side)).cloned().unwrap_or(Loaded::Waiting)
    }

    /// The whole image, as far as it is there.
    pub fn whole(&mut self, source: &ImageSource) -> Loaded<Arc<WholeImage>> {
        if let Some(why) = &self.viewer_worker.not_started {
            return Loaded::Failed(Arc::clone(why));
        }
        self.whole.get(source).cloned().unwrap_or(Loaded::Waiting)
    }

    /// The newest picture that a canvas can use, once.
    pub fn take_picture(&mut self, is_of_use: impl Fn(&Look) -> bool) -> Option<MadePicture> {
        let place = self.pictures.iter().rposition(|made| is_of_use(&made.look))?;
        Some(self.pictures.remove(place))
    }

    /// Sets the thumbnails that are wanted, the most important first. All others that have not
    /// been begun are dropped.
    pub fn want_thumbnails(&mut self, wanted: impl IntoIterator<Item = (ImageSource, u32)>) {
        let jobs = wanted
            .into_iter()
            .filter(|wanted| !self.thumbnails.contains(wanted))
            .map(|(source, side)| Job::Thumbnail(source, side))
            .collect();
        self.thumbnail_worker.hand_over(jobs);
    }

    /// Sets what the viewer wants: pictures first of all, then whole images, the most important
    /// first. What was wanted before and has not been begun is dropped.
    pub fn want_for_viewer(
        &mut self,
        pictures: impl IntoIterator<Item = PictureOrder>,
        whole: impl IntoIterator<Item = ImageSource>,
    ) {
        let whole = whole.into_iter().filter(|source| !self.whole.contains(source)).map(Job::Whole);
        let jobs = pictures.into_iter().map(Job::Picture).chain(whole).collect();
        self.viewer_worker.hand_over(jobs);
    }

    /// Sets the preview that is wanted. One that is being made for an earlier wish is stopped.
    pub fn want_preview(&mut self, wanted: Option<&Arc<Preview>>) {
        if self.wanted_preview.as_ref().map(|(preview, _)| preview) != wanted {
            if let Some((_, cancel)) = &self.wanted_preview {
                cancel.cancel();
            }
            self.wanted_preview = wanted.map(|preview| (Arc::clone(preview), Cancel::new()));
        }
        if wanted.is_none() {
            self.preview = None;
        }
        let made = self.preview.as_ref().map(|(made, _)| made);
        let job = self.wanted_preview.as_ref().filter(|(wanted, _)| made != Some(wanted));
        let job = job.map(|(preview, cancel)| Job::Preview(Arc::clone(preview), cancel.clone()));
        self.preview_worker.hand_over(job.into_iter().collect());
    }

    /// The preview that was made last, which may be an earlier one than is wanted.
    pub fn preview(&self) -> Option<(Arc<Preview>, Loaded<Arc<WholeImage>>)> {
        match (&self.preview_worker.not_started, &self.wanted_preview) {
            (Some(why), Some((wanted, _))) => Some((Arc::clone(wanted), Loaded::Failed(Arc::clone(why)))),
            _ => self.preview.clone(),
        }
    }

    /// Forgets all that was loaded or failed, so that what is still wanted is read again.
    pub fn forget(&mut self) {
        self.thumbnails.clear();
        self.whole.clear();
        self.pictures.clear();
        self.want_preview(None);
    }

    /// Bytes of the cached thumbnails.
    pub fn thumbnail_bytes(&self) -> usize {
        self.thumbnails.held_bytes()
    }

    /// Bytes of the cached whole images.
    pub fn whole_bytes(&self) -> usize {
        self.whole.held_bytes()
    }

    /// The most bytes of whole images that are cached.
    pub fn whole_limit_bytes(&self) -> usize {
        self.whole.limit_bytes()
    }
}

/// The most pictures that wait for the window: it has two canvases.
const MOST_PICTURES: usize = 2;

/// What an entry of a cache takes beside its pixels, about: key, tables, reference counts.
const ENTRY_BYTES: usize = 256;
