//! One thread of the image loader, and the window's end of it.
//!
//! The window writes lists of tasks, of which only the newest counts; the thread works through it
//! from the front and looks for a newer one before each task. Both channels are bounded, and only
//! the thread ever waits. Deliberately absent: caches, which are the window's.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::decoder::Decoder;
use super::difference::difference;
use super::display::{self, RgbaPicture, Thumbnail};
use super::load_state::{LoadState, Repaint};
use super::preview::{Preview, PreviewError};
use super::thumbnail_store::{MOST_READY_MADE, READY_MADE, ThumbnailStore};
use super::view_order::{Blend, Look, MadePicture, PictureOrder};
use super::whole_image::{WholeImage, auto_contrast};
use crate::cancel::Cancel;
use crate::image::ImageSource;
use crate::image::{ImageFormat, ImageRef};
use crate::limits;

/// What a thread can do.
#[derive(Clone, Debug)]
pub(crate) enum LoadTask {
    Thumbnail(ImageSource, u32),
    Whole(ImageSource),
    Picture(PictureOrder),
    Preview(Arc<Preview>, Cancel),
}

/// Names a task without holding its pixels.
#[derive(Clone, Debug, PartialEq)]
enum TaskId {
    Thumbnail(ImageSource, u32),
    Whole(ImageSource),
    Picture(Look),
    Preview(Arc<Preview>),
}

/// What came of a task.
#[derive(Debug)]
pub(crate) enum TaskResult {
    Thumbnail(ImageSource, u32, LoadState<Arc<Thumbnail>>),
    Whole(ImageSource, LoadState<Arc<WholeImage>>),
    Picture(Box<MadePicture>),
    Preview(Arc<Preview>, LoadState<Arc<WholeImage>>),
    /// It was stopped on the way.
    Stopped,
}

impl LoadTask {
    fn id(&self) -> TaskId {
        match self {
            Self::Thumbnail(source, side) => TaskId::Thumbnail(source.clone(), *side),
            Self::Whole(source) => TaskId::Whole(source.clone()),
            Self::Picture(order) => TaskId::Picture(order.look.clone()),
            Self::Preview(preview, _) => TaskId::Preview(Arc::clone(preview)),
        }
    }

    fn run(self, decoder: &Decoder, store: Option<&ThumbnailStore>) -> TaskResult {
        match self {
            Self::Thumbnail(source, side) => {
                let store = store.filter(|_| side != READY_MADE);
                if let Some(kept) = store.and_then(|store| store.read(&source, side)) {
                    return TaskResult::Thumbnail(source, side, LoadState::Ready(Arc::new(kept)));
                }
                let made =
                    thumbnail(decoder, &source, if side == READY_MADE { MOST_READY_MADE } else { side });
                if let (Some(store), LoadState::Ready(made)) = (store, &made) {
                    store.write(&source, side, made);
                }
                TaskResult::Thumbnail(source, side, made)
            }
            Self::Whole(source) => {
                let made = decode(decoder, &source, WholeImage::of);
                TaskResult::Whole(source, made)
            }
            Self::Picture(order) => {
                let PictureOrder { look, images } = order;
                let styles = look.layers.iter().map(|(_, style)| *style);
                let layers: Vec<_> = images.iter().map(|image| image.pixels()).zip(styles).collect();
                let make = || match (look.blend, layers.as_slice()) {
                    (Blend::Difference, [(a, _), (b, _)]) => {
                        let (picture, largest) = difference(*a, *b, look.block);
                        (picture, Some(largest))
                    }
                    _ => (display::composite(&layers, look.block), None),
                };
                // Black in place of a picture that cannot be made, so that it is not tried again in
                // each frame; the thread goes on.
                let (picture, largest_difference) =
                    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| (RgbaPicture::black(1, 1), None));
                let size = images.first().map_or((1, 1), |image| (image.format.width, image.format.height));
                TaskResult::Picture(Box::new(MadePicture { look, size, largest_difference, picture }))
            }
            Self::Preview(preview, cancel) => {
                let make = || {
                    let made =
                        preview.make(|source, most_bytes| read(decoder, source, most_bytes), &cancel)?;
                    Ok(Arc::new(WholeImage::of(made.format, made.bytes)))
                };
                let result = match catch_unwind(AssertUnwindSafe(make)) {
                    Ok(Ok(image)) => LoadState::Ready(image),
                    Ok(Err(PreviewError::Cancelled(_))) => return TaskResult::Stopped,
                    Ok(Err(PreviewError::Impossible(why))) => LoadState::Failed(why.into()),
                    Err(_) => LoadState::Failed("A fault inside Stepwell ended the preview.".into()),
                };
                TaskResult::Preview(preview, result)
            }
        }
    }
}

/// Reads an image that is as long as its format says.
fn read(decoder: &Decoder, source: &ImageSource, most_bytes: u64) -> Result<(ImageFormat, Vec<u8>), String> {
    let (format, bytes) = decoder(source, most_bytes)?;
    if bytes.len() as u64 != format.bytes() {
        return Err(format!(
            "{}: has {} bytes of pixels instead of {}",
            source.path().display(),
            bytes.len(),
            format.bytes()
        ));
    }
    Ok((format, bytes))
}

/// The thumbnail of an image, by a smaller form of it where one is there that suffices and can be read.
fn thumbnail(decoder: &Decoder, source: &ImageSource, side: u32) -> LoadState<Arc<Thumbnail>> {
    if let Some((format, smaller)) = source.smaller(|format| Thumbnail::size_of(format, side)) {
        let made = decode(decoder, &smaller, |of_smaller, bytes| {
            let image = ImageRef { format: of_smaller, bytes: &bytes };
            Thumbnail::of_smaller(format, image, side, auto_contrast(image))
        });
        if matches!(made, LoadState::Ready(_)) {
            return made;
        }
    }
    decode(decoder, source, |format, bytes| {
        let image = ImageRef { format, bytes: &bytes };
        Thumbnail::of(image, side, auto_contrast(image))
    })
}

/// Decodes an image and makes something of it. A decoder that panics costs that image alone, not
/// the thread that all others wait for.
fn decode<T>(
    decoder: &Decoder,
    source: &ImageSource,
    make: impl FnOnce(ImageFormat, Vec<u8>) -> T,
) -> LoadState<Arc<T>> {
    let made = || -> Result<T, String> {
        let (format, bytes) = read(decoder, source, limits::SHOWN_IMAGE_BYTES)?;
        Ok(make(format, bytes))
    };
    match catch_unwind(AssertUnwindSafe(made)) {
        Ok(Ok(made)) => LoadState::Ready(Arc::new(made)),
        Ok(Err(why)) => LoadState::Failed(why.into()),
        Err(_) => LoadState::Failed(
            format!(
                "{}: reading it failed inside the decoder; the file may be damaged",
                source.path().display()
            )
            .into(),
        ),
    }
}

/// The newest list of tasks, and how many results the window had received when it wrote it.
#[derive(Debug)]
struct TaskList {
    tasks: Vec<LoadTask>,
    received: u64,
}

/// The window's end of one thread.
#[derive(Debug)]
pub(crate) struct LoaderThread {
    orders: Sender<TaskList>,
    /// The same channel's other end, to take back a list that a newer one replaces.
    replaced: Receiver<TaskList>,
    results: Receiver<TaskResult>,
    /// Results that the window has received.
    received: u64,
    /// What was handed over last, so that an unchanged wish costs nothing.
    last: (u64, Vec<TaskId>),
    /// Why there is no thread, if it could not be started.
    pub(crate) start_error: Option<Arc<str>>,
}

impl LoaderThread {
    pub(crate) fn start(
        name: &str,
        results_waiting: usize,
        decoder: Decoder,
        store: Option<ThumbnailStore>,
        repaint: Repaint,
    ) -> Self {
        let (orders, replaced) = bounded(1);
        let (sender, results) = bounded(results_waiting);
        let incoming = replaced.clone();
        let spawned = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&incoming, &sender, &decoder, store.as_ref(), &repaint));
        let start_error =
            spawned.err().map(|error| format!("cannot start the {name} thread: {error}").into());
        Self { orders, replaced, results, received: 0, last: (0, Vec::new()), start_error }
    }

    pub(crate) fn receive(&mut self) -> Vec<TaskResult> {
        let results: Vec<TaskResult> = self.results.try_iter().collect();
        self.received += results.len() as u64;
        results
    }

    /// Whether nothing is wanted of it that is not there.
    pub(crate) fn is_idle(&self) -> bool {
        self.last.1.is_empty()
    }

    pub(crate) fn submit(&mut self, tasks: Vec<LoadTask>) {
        let ids: Vec<TaskId> = tasks.iter().map(LoadTask::id).collect();
        if self.last == (self.received, ids.clone()) || (ids.is_empty() && self.last.1.is_empty()) {
            return;
        }
        self.last = (self.received, ids);
        let mut orders = TaskList { tasks, received: self.received };
        // The channel holds one list; a list that has not been looked at yet gives way. The thread
        // may take it in between, so two attempts are enough, and none of them waits.
        for _ in 0..2 {
            match self.orders.try_send(orders) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => {
                    orders = back;
                    // Where the thread has taken it, there is room as well.
                    let _ = self.replaced.try_recv();
                }
            }
        }
    }
}

/// The thread: works through the newest list until the window's end is dropped.
fn work(
    incoming: &Receiver<TaskList>,
    results: &Sender<TaskResult>,
    decoder: &Decoder,
    store: Option<&ThumbnailStore>,
    repaint: &Repaint,
) {
    if let Some(store) = store {
        store.bound();
    }
    let mut sent = 0_u64;
    // Results that the window may not have seen when it wrote a list; they are not made again.
    let mut unseen: VecDeque<(u64, TaskId)> = VecDeque::new();
    let mut tasks: VecDeque<LoadTask> = VecDeque::new();
    loop {
        let newest = if tasks.is_empty() {
            match incoming.recv() {
                Ok(orders) => Some(orders),
                Err(_) => return,
            }
        } else {
            match incoming.try_recv() {
                Ok(orders) => Some(orders),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        };
        if let Some(orders) = newest {
            unseen.retain(|(number, _)| *number > orders.received);
            tasks = orders.tasks.into();
            tasks.retain(|task| {
                let id = task.id();
                !unseen.iter().any(|(_, unseen)| *unseen == id)
            });
        }
        let Some(task) = tasks.pop_front() else { continue };
        let id = task.id();
        let result = task.run(decoder, store);
        sent += 1;
        unseen.push_back((sent, id));
        if results.send(result).is_err() {
            return;
        }
        repaint();
    }
}
