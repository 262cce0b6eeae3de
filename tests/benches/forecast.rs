//! How long the forecast of every choice takes for the study's 27,000 images: what a click waits for
//! that changes more than the choice (another pipeline, other wells).

use std::sync::Arc;

use divan::Bencher;
use stepwell::image::Compression;
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::{AfterClear, Basis, Intermediates, Mode, Outlook, RunSpec};
use stepwell::plate::PlateLayout;

fn main() {
    divan::main();
}

#[divan::bench]
fn every_choice_of_27_000_images(bencher: Bencher<'_, '_>) {
    let (plate, measured) = PlateLayout::study().plate();
    let (plate, measured) = (Arc::new(plate), Arc::new(measured));
    let wells = plate.wells();
    let spec = RunSpec {
        mode: Mode::Bulk,
        sequential: Vec::new(),
        pipeline: PipelineSpec::default(),
        after_clear: AfterClear::Return,
        intermediates: Intermediates::Free,
        threads: 2,
        wells_at_once: 1,
        read_ahead: false,
        compression: Compression::None,
        save_as: stepwell::plate::SaveAs::Tiff,
    };
    let basis = Basis { budget_bytes: Some(8_000_000_000), ..Basis::default() };
    bencher.bench(|| Outlook::of(&plate, &measured, &wells, &spec, &basis).expect("a forecast"));
}
