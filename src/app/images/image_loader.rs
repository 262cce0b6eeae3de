//! Decodes images for the window on background threads, newest wish first.
//!
//! The window hands over what it wants to see, in order of importance, as often as it likes; only
//! the newest list counts, so what has been scrolled away is never decoded. One thread ("image
//! loader") makes thumbnails, another ("image viewer") reads whole images and turns them into
//! pictures, so that an opened image never waits for thumbnails, and a third ("image preview") takes
//! images through the steps of the pipeline. Results come back through bounded channels into caches
//! that the window alone owns (thumbnails are kept on the disk, too): no lock is shared, and nothing
//! here blocks the window. Deliberately absent: anything of the window toolkit but a callback that
//! asks for a new frame.

use std::sync::Arc;

use super::byte_cache::ByteCache;
use super::decoder::Decoder;
use super::display::Thumbnail;
use super::load_state::{LoadState, Repaint};
use super::loader_thread::{LoadTask, LoaderThread, TaskResult};
use super::preview::Preview;
use super::thumbnail_store::{ThumbnailStore, USUAL_BYTES};
use super::view_order::{Look, MadePicture, PictureOrder};
use super::whole_image::WholeImage;
use crate::cancel::Cancel;
use crate::folders;
use crate::image::ImageSource;
use crate::plate::{NONE_OPEN, destination};

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

/// The window's side of the loader. The threads end when it is dropped.
#[derive(Debug)]
pub struct ImageLoader {
    thumbnails: ByteCache<(ImageSource, u32), LoadState<Arc<Thumbnail>>>,
    whole: ByteCache<ImageSource, LoadState<Arc<WholeImage>>>,
    /// The newest pictures that have not been taken, at most one for each canvas.
    pictures: Vec<MadePicture>,
    /// The preview that is wanted, and the request to stop making it.
    wanted_preview: Option<(Arc<Preview>, Cancel)>,
    /// The newest preview that was made, and no other: they may be large.
    preview: Option<(Arc<Preview>, LoadState<Arc<WholeImage>>)>,
    thumbnail_thread: LoaderThread,
    viewer_thread: LoaderThread,
    preview_thread: LoaderThread,
}

impl ImageLoader {
    /// A loader that reads image files, and keeps this many bytes of thumbnails on the disk; `None` for the usual number.
    pub fn new(kept_bytes: Option<u64>, repaint: Repaint) -> Self {
        let decoder: Decoder =
            Arc::new(|source, most| source.decode_within(most).map_err(|error| error.to_string()));
        let store = folders::cache_dir().and_then(|folder| {
            let folder = destination(&folder.join("thumbnails"), NONE_OPEN).ok()?.chosen_as(&folder);
            Some(ThumbnailStore::new(folder.private(), kept_bytes.unwrap_or(USUAL_BYTES)))
        });
        Self::with_store(decoder, store, CacheLimits::default(), repaint)
    }

    /// A loader that gets pixels from `decoder`, and keeps nothing on the disk.
    pub fn with_decoder(decoder: Decoder, limits: CacheLimits, repaint: Repaint) -> Self {
        Self::with_store(decoder, None, limits, repaint)
    }

    /// A loader that gets pixels from `decoder`, and keeps thumbnails in a store.
    pub(crate) fn with_store(
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
            thumbnail_thread: LoaderThread::start(
                "image loader",
                64,
                Arc::clone(&decoder),
                store,
                Arc::clone(&repaint),
            ),
            viewer_thread: LoaderThread::start(
                "image viewer",
                2,
                Arc::clone(&decoder),
                None,
                Arc::clone(&repaint),
            ),
            preview_thread: LoaderThread::start("image preview", 1, decoder, None, repaint),
        }
    }

    /// Takes in what the threads have done. Returns whether there was anything.
    pub fn poll(&mut self) -> bool {
        let threads = [&mut self.thumbnail_thread, &mut self.viewer_thread, &mut self.preview_thread];
        let results: Vec<TaskResult> = threads.into_iter().flat_map(LoaderThread::receive).collect();
        let any = !results.is_empty();
        for result in results {
            match result {
                TaskResult::Thumbnail(source, side, result) => {
                    let bytes = match &result {
                        LoadState::Ready(thumbnail) => thumbnail.bytes(),
                        LoadState::Failed(why) => why.len(),
                        LoadState::Waiting => 0,
                    };
                    self.thumbnails.insert((source, side), result, bytes + ENTRY_BYTES);
                }
                TaskResult::Whole(source, result) => {
                    let bytes = match &result {
                        LoadState::Ready(image) => image.pixels().bytes.len(),
                        LoadState::Failed(why) => why.len(),
                        LoadState::Waiting => 0,
                    };
                    self.whole.insert(source, result, bytes + ENTRY_BYTES);
                }
                TaskResult::Picture(picture) => {
                    if self.pictures.len() >= MOST_PICTURES {
                        self.pictures.remove(0);
                    }
                    self.pictures.push(*picture);
                }
                // One that is no longer wanted may still be of use until the next is there.
                TaskResult::Preview(preview, result) if self.wanted_preview.is_some() => {
                    self.preview = Some((preview, result));
                }
                TaskResult::Preview(..) | TaskResult::Stopped => {}
            }
        }
        any
    }

    /// Whether all that was wanted last is there.
    pub fn is_idle(&self) -> bool {
        [&self.thumbnail_thread, &self.viewer_thread, &self.preview_thread]
            .into_iter()
            .all(LoaderThread::is_idle)
    }

    /// The thumbnail of at most `side` pixels, as far as it has arrived.
    pub fn thumbnail(&mut self, source: &ImageSource, side: u32) -> LoadState<Arc<Thumbnail>> {
        if let Some(why) = &self.thumbnail_thread.start_error {
            return LoadState::Failed(Arc::clone(why));
        }
        self.thumbnails.get(&(source.clone(), side)).cloned().unwrap_or(LoadState::Waiting)
    }

    /// The whole image, as far as it has arrived.
    pub fn whole(&mut self, source: &ImageSource) -> LoadState<Arc<WholeImage>> {
        if let Some(why) = &self.viewer_thread.start_error {
            return LoadState::Failed(Arc::clone(why));
        }
        self.whole.get(source).cloned().unwrap_or(LoadState::Waiting)
    }

    /// The newest picture that a canvas can use, once.
    pub(crate) fn take_picture(&mut self, is_of_use: impl Fn(&Look) -> bool) -> Option<MadePicture> {
        let place = self.pictures.iter().rposition(|made| is_of_use(&made.look))?;
        Some(self.pictures.remove(place))
    }

    /// Sets the thumbnails that are wanted, the most important first. All others that have not
    /// been started are dropped.
    pub fn want_thumbnails(&mut self, wanted: impl IntoIterator<Item = (ImageSource, u32)>) {
        let tasks = wanted
            .into_iter()
            .filter(|wanted| !self.thumbnails.contains(wanted))
            .map(|(source, side)| LoadTask::Thumbnail(source, side))
            .collect();
        self.thumbnail_thread.submit(tasks);
    }

    /// Sets what the viewer wants: pictures first of all, then whole images, the most important
    /// first. What was wanted before and has not been started is dropped.
    pub fn want_for_viewer(
        &mut self,
        pictures: impl IntoIterator<Item = PictureOrder>,
        whole: impl IntoIterator<Item = ImageSource>,
    ) {
        let whole = whole.into_iter().filter(|source| !self.whole.contains(source)).map(LoadTask::Whole);
        let tasks = pictures.into_iter().map(LoadTask::Picture).chain(whole).collect();
        self.viewer_thread.submit(tasks);
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
        let task = self.wanted_preview.as_ref().filter(|(wanted, _)| made != Some(wanted));
        let task = task.map(|(preview, cancel)| LoadTask::Preview(Arc::clone(preview), cancel.clone()));
        self.preview_thread.submit(task.into_iter().collect());
    }

    /// The preview that was made last, which may be an earlier one than is wanted.
    pub fn preview(&self) -> Option<(Arc<Preview>, LoadState<Arc<WholeImage>>)> {
        match (&self.preview_thread.start_error, &self.wanted_preview) {
            (Some(why), Some((wanted, _))) => Some((Arc::clone(wanted), LoadState::Failed(Arc::clone(why)))),
            _ => self.preview.clone(),
        }
    }

    /// Forgets all that was loaded or failed, so that what is still wanted is read again.
    pub(crate) fn forget(&mut self) {
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
    pub(crate) fn whole_limit_bytes(&self) -> usize {
        self.whole.limit_bytes()
    }
}

/// The most pictures that wait for the window: it has two canvases.
const MOST_PICTURES: usize = 2;

/// What an entry of a cache takes beside its pixels, about: key, tables, reference counts.
const ENTRY_BYTES: usize = 256;
