//! The resting memory of a worker: what it takes before it holds any image.

use std::time::Duration;

use crate::cancel::Cancel;
use crate::disk::Destination;
use crate::image::{DecodeScratch, ImageFormat, ImageSource, PixelType, Reduction, write_plane, write_tiff};
use crate::memory::{Probe, Resident, Store};
use crate::pipeline::{GroupImages, OwnImage, PlacedKey, Scratch, StepError, apply};
use crate::plan::{Group, Item, Plan, groups};
use crate::plate::{ImageKey, SaveAs, SitePosition, WellId};

/// Median of ten samples after the threads have started and one small image has passed decoding,
/// every step and encoding, with its scratch released: the first image touches 1.5 MB of code,
/// which is not the images' memory.
pub(super) fn resting_memory(
    folder: &Destination,
    plan: &Plan,
    pool: &rayon::ThreadPool,
    probe: &Probe,
) -> Option<Resident> {
    let file = folder.join(".warm-up.tif");
    pool.broadcast(|_| ());
    pool.install(|| warm_up(&file, plan));
    // Its only use is over; that it may stay behind on a full disk is no harm.
    drop(file.remove_file());
    let mut samples: Vec<Resident> = Vec::with_capacity(10);
    for _ in 0..10 {
        samples.push(probe.resident()?);
        std::thread::sleep(Duration::from_millis(1));
    }
    samples.sort_by_key(|sample| sample.rss_bytes);
    samples.get(samples.len() / 2).copied()
}

/// The most bytes of what a step makes of the one small image. Settings that make more of it are first done in the
/// run, which was forecast and may have been refused; this is before that.
const MOST_RESULT_BYTES: u64 = 4_000_000;

/// One image through everything. Errors do not matter here: the run will meet and tell them.
fn warm_up(file: &Destination, plan: &Plan) {
    let format = ImageFormat::grey(64, 64, PixelType::U16);
    let mut store = Store::new(plan.spec.after_clear, plan.spec.intermediates);
    // A channel whose pixels have a known size, where there is one: some steps ask for it.
    let channel = plan.facts.pixel_sizes.iter().next().map_or(1, |(channel, _)| channel);
    let key = ImageKey::new(WellId { row: 0, column: 0 }, 1, channel, 1, 1);
    let image_of = PlacedKey { key, position: Some(SitePosition { x_um: 0.0, y_um: 0.0 }) };
    let Ok(room) = store.begin([format]) else { return };
    let Ok(mut image) = room.allocate(format) else { return };
    let (mut decode, mut scratch) = (DecodeScratch::new(), Scratch::default());
    if plan.spec.save_as == SaveAs::OmeZarr {
        drop(write_plane(std::slice::from_ref(file), image.view(), Reduction::Mean));
    }
    let saved = write_tiff(file, image.view(), plan.spec.compression, None).is_ok();
    // What fails here fails in the run, which says so; here only the code is to have been used.
    if saved {
        drop(ImageSource::file(file.path()).decode_into(format, image.view_mut().bytes, &mut decode));
    }
    let is_within = |made: ImageFormat| made.bytes() <= MOST_RESULT_BYTES;
    let items = [Item { key, position: image_of.position, format: Some(format) }];
    for step in plan.pipeline.steps() {
        let is_small = |group: &&Group| {
            let made = group.results.iter().filter_map(|item| item.format).chain(group.reserves);
            group.has_result() && made.max_by_key(|format| format.bytes()).is_none_or(is_within)
        };
        for group in groups(step, &items).iter().filter(is_small) {
            let images = vec![OwnImage::copy_of(image.view())];
            let images = GroupImages { members: vec![image_of], images, reserves: group.reserves };
            let reserve = |format| Ok::<_, StepError>(OwnImage::new(format));
            drop(apply(step, images, &mut None, reserve, &mut scratch, &Cancel::new()));
        }
    }
}
