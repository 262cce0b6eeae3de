//! The peak of a run before it begins, by the rules that the engine follows.
//!
//! Two numbers: *counted*, the exact pixel bytes of what the store will hold at its fullest, and
//! *RSS*, an upper bound of the worker's resident memory. The rules, for one combination:
//!
//! 1. all readable images are preloaded;
//! 2. a step that works in place needs nothing more;
//! 3. any other step reserves one result for each thread that will work (at most one for each
//!    group) before any input is released; a thread that is done with a group releases its inputs
//!    (*free*) or keeps them (*hold*), and only then reserves the result of its next group;
//! 4. results are saved from where they are; the clear releases all.

use serde::{Deserialize, Serialize};

use super::schedule::{Group, Item, execution_order, groups};
use super::{AfterClear, CombinationPlan, Intermediates, RunSpec, WellPlan};
use crate::image::{ImageFormat, encode_scratch_bytes};

/// Images start at a multiple of this many bytes in the store: the page of most machines. Where the
/// kernel's pages are larger, images share one at their ends, and that one goes back with the last.
pub const MEMORY_PAGE_BYTES: u64 =
    if cfg!(all(target_vendor = "apple", target_arch = "aarch64")) { 16384 } else { 4096 };

/// What the allocator and the threads' stacks take beside the images when work begins, measured
/// as the growth of a worker on one tiny combination.
const WORKING_BYTES: u64 = 1_000_000;

/// What an image or result takes beside its pixels while its combination is in hand (its key, its
/// place in lists, the event that tells of it), measured on 27,000 images of 16 x 16.
const BOOKKEEPING_BYTES: u64 = 512;

/// What an image of the plan takes in the worker beside its path, and what a combination takes.
const PLANNED_IMAGE_BYTES: u64 = 192;
const PLANNED_COMBINATION_BYTES: u64 = 1024;

/// Bytes rounded up to whole pages.
pub fn page_rounded(bytes: u64) -> u64 {
    bytes.next_multiple_of(MEMORY_PAGE_BYTES)
}

/// Whether memory of single images goes back to the system before the combination is cleared.
pub fn returns_early(after_clear: AfterClear, intermediates: Intermediates) -> bool {
    after_clear == AfterClear::Return && intermediates == Intermediates::Free
}

/// Memory that an image of so many bytes takes in the store.
pub fn place_bytes(bytes: u64, _returns_early: bool) -> u64 {
    page_rounded(bytes)
}

/// What a run is expected to need at its fullest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The most source images in memory at once.
    pub images_at_once: usize,
    /// Counted peak: exact pixel bytes.
    pub counted_bytes: u64,
    /// The same with every image rounded up to whole memory pages.
    pub mapped_bytes: u64,
    /// Memory beside the images: of the threads for decoding, steps and encoding, and for keeping
    /// account of the images.
    pub scratch_bytes: u64,
    /// Memory of the plan itself in the worker.
    pub plan_bytes: u64,
    /// Upper bound of the worker's resident memory, where its resting memory is known.
    pub rss_bytes: Option<u64>,
}

impl Forecast {
    /// The forecast of a run: its fullest combination counts.
    pub(super) fn of(wells: &[WellPlan], spec: &RunSpec) -> Self {
        let mut forecast = Self::default();
        for combination in wells.iter().flat_map(|well| &well.combinations) {
            let one = of_combination(combination, spec);
            forecast.images_at_once = forecast.images_at_once.max(one.images_at_once);
            forecast.counted_bytes = forecast.counted_bytes.max(one.counted_bytes);
            forecast.mapped_bytes = forecast.mapped_bytes.max(one.mapped_bytes);
            forecast.scratch_bytes = forecast.scratch_bytes.max(one.scratch_bytes);
            let paths: u64 = combination.images.iter().map(|image| image.path.len() as u64).sum();
            let images = (combination.images.len() + combination.missing.len()) as u64;
            forecast.plan_bytes += paths + images * PLANNED_IMAGE_BYTES + PLANNED_COMBINATION_BYTES;
        }
        forecast
    }

    /// The same forecast for a worker that rests at this without a plan: before a run.
    #[must_use]
    pub fn with_resting(mut self, resting_rss_bytes: Option<u64>) -> Self {
        self.rss_bytes =
            resting_rss_bytes.map(|resting| resting + self.plan_bytes + self.above_resting_bytes());
        self
    }

    /// The same forecast for a worker that rests at this with its plan in memory.
    #[must_use]
    pub fn with_resting_of_worker(mut self, resting_rss_bytes: Option<u64>) -> Self {
        self.rss_bytes = resting_rss_bytes.map(|resting| resting + self.above_resting_bytes());
        self
    }

    /// Upper bound of what the run adds to the worker's resting memory.
    pub fn above_resting_bytes(&self) -> u64 {
        self.mapped_bytes + self.scratch_bytes
    }
}

fn of_combination(combination: &CombinationPlan, spec: &RunSpec) -> Forecast {
    let mut items = combination.items();
    let images_at_once = items.iter().filter(|item| item.format.is_some()).count();
    let decode_scratch = combination.images.iter().map(|image| image.decode_scratch_bytes).max().unwrap_or(0);
    let mut step_scratch = 0;
    let mut accounted = combination.images.len() + combination.missing.len();
    let mut counted = Level::of(&items, ImageFormat::bytes);
    let place = |format: ImageFormat| place_bytes(format.bytes(), spec.returns_early());
    let mut mapped = Level::of(&items, place);
    let mut encode_scratch = 0;
    for step in &spec.pipeline.steps {
        let groups = groups(&step.step, &items);
        let largest =
            items.iter().filter_map(|item| item.format).map(|input| step.step.scratch_bytes(input)).max();
        step_scratch = step_scratch.max(largest.unwrap_or(0));
        if !step.step.works_in_place() {
            counted.step(&items, &groups, spec, ImageFormat::bytes);
            mapped.step(&items, &groups, spec, place);
        }
        items = groups.iter().map(|group| Item { key: group.key, format: group.output_format() }).collect();
        accounted += items.len();
        if step.keep_images {
            let largest = items.iter().filter_map(|item| item.format).map(encode_scratch_bytes).max();
            encode_scratch = encode_scratch.max(largest.unwrap_or(0));
        }
    }
    // Scratch of a phase stays with its thread while the next phase works, so phases add up.
    let thread_scratch = decode_scratch + step_scratch + encode_scratch;
    let threads = spec.threads.min(images_at_once) as u64;
    Forecast {
        images_at_once,
        counted_bytes: counted.peak,
        // Memory that is kept for the next combination is not given back between steps either.
        mapped_bytes: if spec.after_clear == AfterClear::Keep { mapped.total } else { mapped.peak },
        scratch_bytes: threads * thread_scratch + accounted as u64 * BOOKKEEPING_BYTES + WORKING_BYTES,
        plan_bytes: 0,
        rss_bytes: None,
    }
}

/// How full the store is, in one measure of an image's size.
struct Level {
    now: u64,
    peak: u64,
    /// All that was ever allocated in the combination.
    total: u64,
}

impl Level {
    fn of(items: &[Item], size: impl Fn(ImageFormat) -> u64) -> Self {
        let now = items.iter().filter_map(|item| item.format).map(size).sum();
        Self { now, peak: now, total: now }
    }

    /// A step that does not work in place (rule 3).
    fn step(&mut self, items: &[Item], groups: &[Group], spec: &RunSpec, size: impl Fn(ImageFormat) -> u64) {
        let results: Vec<u64> = execution_order(groups)
            .into_iter()
            .map(|place| groups[place].output_format().map_or(0, &size))
            .collect();
        let result_bytes: u64 = results.iter().sum();
        self.total += result_bytes;
        if spec.intermediates == Intermediates::Hold {
            self.now += result_bytes;
            self.peak = self.peak.max(self.now);
            return;
        }
        // At the start: all inputs and the first results. Later, while groups are in hand, those
        // that are finished have given their inputs back; the worst case is that the groups with
        // the largest inputs are the ones still in hand.
        let in_hand = spec.threads.min(results.len());
        self.peak = self.peak.max(self.now + results[..in_hand].iter().sum::<u64>());
        let input_bytes = |place: usize| -> u64 {
            groups[place].inputs.iter().filter_map(|input| items[*input].format).map(&size).sum()
        };
        let idle: u64 =
            (0..groups.len()).filter(|place| groups[*place].output_format().is_none()).map(input_bytes).sum();
        let mut level = self.now - idle;
        let mut held: Vec<u64> = Vec::with_capacity(in_hand + 1);
        for (place, result) in execution_order(groups).into_iter().zip(&results) {
            held.push(input_bytes(place));
            level += result;
            if held.len() > in_hand {
                let (smallest, _) =
                    held.iter().enumerate().min_by_key(|(_, bytes)| **bytes).unwrap_or((0, &0));
                level -= held.swap_remove(smallest);
            }
            self.peak = self.peak.max(level);
        }
        self.now = result_bytes;
    }
}
