//! What the phases of a run share: where events and failures go, and what they work with.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use super::activity::Activity;
use super::emitter::Emitter;
use super::sampler::Sampler;
use super::tables::Tables;
use super::threads::ScratchSlots;
use crate::cancel::Cancel;
use crate::disk::Destination;
use crate::engine::lock::locked;
use crate::events::{EventKind, FailedImage};
use crate::image::DecodeScratch;
use crate::memory::{Probe, Store};
use crate::pipeline::Scratch;
use crate::plan::{KeptSteps, Plan};
use crate::plate::{ImageKey, WellId};
use crate::quantity::plural;

/// What the phases of a combination work with.
pub(super) struct Context<'a> {
    pub(super) plan: &'a Plan,
    pub(super) folder: &'a Destination,
    /// The steps whose images are kept.
    pub(super) kept: &'a KeptSteps<'a>,
    /// The tables of the steps that find objects.
    pub(super) tables: &'a Tables,
    pub(super) emitter: &'a Emitter<'a>,
    pub(super) cancel: &'a Cancel,
    pub(super) probe: &'a Probe,
    pub(super) pool: &'a rayon::ThreadPool,
    /// Of those that read.
    pub(super) reading: &'a ScratchSlots<DecodeScratch>,
    /// Of those that do steps.
    pub(super) stepping: &'a ScratchSlots<Scratch>,
    /// Bytes written of images below labels, of which no event has told yet.
    pub(super) bytes_below: &'a AtomicU64,
    /// What was started last, on any thread; `None` before the first image.
    pub(super) activity: &'a Mutex<Option<Activity>>,
    pub(super) sampler: &'a Sampler,
}

impl Context<'_> {
    pub(super) fn rss(&self) -> Option<u64> {
        self.probe.resident().map(|resident| resident.rss_bytes)
    }

    /// What the threads hold beside the images.
    pub(super) fn scratch_bytes(&self) -> u64 {
        self.reading.bytes() + self.stepping.bytes()
    }

    /// Takes note of what a thread begins. Called for each image, which is seldom enough for a lock.
    pub(super) fn begin(&self, activity: Activity) {
        *locked(self.activity) = Some(activity);
        self.sampler.stir();
    }

    /// Tells how full the store is, at a moment that the sampler must not miss.
    pub(super) fn sample(&self, store: &Store) {
        self.emitter.emit(EventKind::Sample(self.sampler.look(self.probe, || store.counted_bytes())));
    }

    /// Tells of an image or result that is missing or failed.
    pub(super) fn fail(&self, key: ImageKey, path: PathBuf, why: String) {
        self.emitter.emit(EventKind::ImageFailed(FailedImage { key, path, why, further: 0 }));
    }

    /// Tells of images that a well should have and that are not told one by one; `images` is not 0.
    pub(super) fn fail_further(&self, well: WellId, images: usize) {
        let key = ImageKey { well, site: None, channel: None, z: None, timepoint: None };
        let why = format!(
            "{} of {well} missing and not listed; the results that need them are withheld",
            plural(images, "more image")
        );
        let (path, further) = (self.plan.plate.root.clone(), images.saturating_sub(1));
        self.emitter.emit(EventKind::ImageFailed(FailedImage { key, path, why, further }));
    }

    /// Tells of a source image that is missing or failed, with the result that is withheld because of it.
    pub(super) fn fail_source(&self, key: ImageKey, path: PathBuf, why: &str) {
        self.fail(key, path, format!("{why}; the result {} is withheld", self.plan.result_of(key)));
    }
}
