//! One thread of the image loader, and the window's end of it.
//!
//! The window writes lists of jobs, of which only the newest counts; the thread works through it
//! from the front and looks for a newer one before each job. Both channels are bounded, and only
//! the thread ever waits. Deliberately absent: caches, which are the window's.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};

use super::display::{self, Picture, Thumbnail};
use super::image_loader::{
    Blend, Decoder, ImageSource, Loaded, Look, MOST_READY_MADE, MadePicture, PictureOrder, READY_MADE,
    Repaint, WholeImage,
};
use super::preview::{Preview, PreviewError};
use super::thumbnail_store::ThumbnailStore;
use crate::app::images::difference::difference;
use crate::cancel::Cancel;
use crate::image::{self, Contrast, ImageFormat, ImageRef};

/// What a thread can do.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Thumbnail(ImageSource, u32),
    Whole(ImageSource),
    Picture(PictureOrder),
    Preview(Arc<Preview>, Cancel),
}

/// Names a job without holding its pixels.
#[derive(Clone, Debug, PartialEq)]
enum JobName {
    Thumbnail(ImageSource, u32),
    Whole(ImageSource),
    Picture(Look),
    Preview(Arc<Preview>),
}

/// What came of a job.
#[derive(Debug)]
pub(crate) enum Done {
    Thumbnail(ImageSource, u32, Loaded<Arc<Thumbnail>>),
    Whole(ImageSource, Loaded<Arc<WholeImage>>),
    Picture(Box<MadePicture>),
    Preview(Arc<Preview>, Loaded<Arc<WholeImage>>),
    /// It was stopped on the way.
    Stopped,
}

impl Job {
    fn name(&self) -> JobName {
        match self {
            Self::Thumbnail(source, side) => JobName::Thumbnail(source.clone(), *side),
            Self::Whole(source) => JobName::Whole(source.clone()),
            Self::Picture(order) => JobName::Picture(order.look.clone()),
            Self::Preview(preview, _) => JobName::Preview(Arc::clone(preview)),
        }
    }

    fn run(self, decoder: &Decoder, store: Option<&ThumbnailStore>) -> Done {
        match self {
            Self::Thumbnail(source, side) => {
                let store = store.filter(|_| side != READY_MADE);
                if let Some(kept) = store.and_then(|store| store.read(&source, side)) {
                    return Done::Thumbnail(source, side, Loaded::Ready(Arc::new(kept)));
                }
                let made = decode(decoder, &source, |format, bytes| {
                    let image = ImageRef { format, bytes: &bytes };
                    let side = if side == READY_MADE { MOST_READY_MADE } else { side };
                    Thumbnail::of(image, side, auto_contrast(image))
                });
                if let (Some(store), Loaded::Ready(made)) = (store, &made) {
                    store.write(&source, side, made);
                }
                Done::Thumbnail(source, side, made)
            }
            Self::Whole(source) => {
                let made = decode(decoder, &source, WholeImage::of);
                Done::Whole(source, made)
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
                    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| (Picture::black(1, 1), None));
                let size = images.first().map_or((1, 1), |image| (image.format.width, image.format.height));
                Done::Picture(Box::new(MadePicture { look, size, largest_difference, picture }))
            }
            Self::Preview(preview, cancel) => {
                let make = || {
                    let made = preview.make(|source| read(decoder, source), &cancel)?;
                    Ok(Arc::new(WholeImage::of(made.format, made.bytes)))
                };
                let result = match catch_unwind(AssertUnwindSafe(make)) {
                    Ok(Ok(image)) => Loaded::Ready(image),
                    Ok(Err(PreviewError::Cancelled(_))) => return Done::Stopped,
                    Ok(Err(PreviewError::Impossible(why))) => Loaded::Failed(why.into()),
                    Err(_) => Loaded::Failed("A fault inside Stepwell ended the preview.".into()),
                };
                Done::Preview(preview, result)
            }
        }
    }
}

/// A contrast that suits an image.
pub(crate) fn auto_contrast(image: ImageRef<'_>) -> Contrast {
    // A colour image is shown as it was taken.
    if image.format.samples >= 3 {
        display::type_range(image.format.pixel)
    } else {
        image::auto_contrast(image)
    }
}

/// Reads an image that is as long as its format says.
fn read(decoder: &Decoder, source: &ImageSource) -> Result<(ImageFormat, Vec<u8>), String> {
    let (format, bytes) = decoder(source)?;
    if bytes.len() as u64 != format.bytes() {
        return Err(format!(
            "{}: has {} bytes of pixels instead of {}",
            source.path.display(),
            bytes.len(),
            format.bytes()
        ));
    }
    Ok((format, bytes))
}

/// Decodes an image and makes something of it. A decoder that panics costs that image alone, not
/// the thread that all others wait for.
fn decode<T>(
    decoder: &Decoder,
    source: &ImageSource,
    make: impl FnOnce(ImageFormat, Vec<u8>) -> T,
) -> Loaded<Arc<T>> {
    let made =
        catch_unwind(AssertUnwindSafe(|| read(decoder, source).map(|(format, bytes)| make(format, bytes))));
    match made {
        Ok(Ok(made)) => Loaded::Ready(Arc::new(made)),
        Ok(Err(why)) => Loaded::Failed(why.into()),
        Err(_) => Loaded::Failed(
            format!(
                "{}: reading it failed inside the decoder; the file may be damaged",
                source.path.display()
            )
            .into(),
        ),
    }
}

/// The newest list of jobs, and how many results the window had received when it wrote it.
#[derive(Debug)]
struct Orders {
    jobs: Vec<Job>,
    received: u64,
}

/// The window's end of one thread.
#[derive(Debug)]
pub(crate) struct Worker {
    orders: Sender<Orders>,
    /// The same channel's other end, to take back a list that a newer one replaces.
    replaced: Receiver<Orders>,
    results: Receiver<Done>,
    /// Results that the window has received.
    received: u64,
    /// What was handed over last, so that an unchanged wish costs nothing.
    last: (u64, Vec<JobName>),
    /// Why there is no thread, if it could not be started.
    pub(crate) not_started: Option<Arc<str>>,
}

impl Worker {
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
        let not_started =
            spawned.err().map(|error| format!("cannot start the {name} thread: {error}").into());
        Self { orders, replaced, results, received: 0, last: (0, Vec::new()), not_started }
    }

    pub(crate) fn receive(&mut self) -> Vec<Done> {
        let done: Vec<Done> = self.results.try_iter().collect();
        self.received += done.len() as u64;
        done
    }

    pub(crate) fn hand_over(&mut self, jobs: Vec<Job>) {
        let names: Vec<JobName> = jobs.iter().map(Job::name).collect();
        if self.last == (self.received, names.clone()) || (names.is_empty() && self.last.1.is_empty()) {
            return;
        }
        self.last = (self.received, names);
        let mut orders = Orders { jobs, received: self.received };
        // The channel holds one list; a list that has not been looked at yet gives way. The thread
        // may take it in between, so two attempts are enough, and none of them waits.
        for _ in 0..2 {
            match self.orders.try_send(orders) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
                Err(TrySendError::Full(back)) => {
                    orders = back;
                    let _ = self.replaced.try_recv();
                }
            }
        }
    }
}

/// The thread: works through the newest list until the window's end is dropped.
fn work(
    incoming: &Receiver<Orders>,
    results: &Sender<Done>,
    decoder: &Decoder,
    store: Option<&ThumbnailStore>,
    repaint: &Repaint,
) {
    if let Some(store) = store {
        store.bound();
    }
    let mut sent = 0_u64;
    // Results that the window may not have seen when it wrote a list; they are not made again.
    let mut unseen: VecDeque<(u64, JobName)> = VecDeque::new();
    let mut jobs: VecDeque<Job> = VecDeque::new();
    loop {
        let newest = if jobs.is_empty() {
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
            jobs = orders.jobs.into();
            jobs.retain(|job| {
                let name = job.name();
                !unseen.iter().any(|(_, unseen)| *unseen == name)
            });
        }
        let Some(job) = jobs.pop_front() else { continue };
        let name = job.name();
        let done = job.run(decoder, store);
        sent += 1;
        unseen.push_back((sent, name));
        if results.send(done).is_err() {
            return;
        }
        repaint();
    }
}
