//! The steps against copying the same bytes: `cargo bench --bench steps`.

use divan::Bencher;
use divan::counter::BytesCount;
use stepwell::cancel::Cancel;
use stepwell::image::{ImageFormat, ImageRef, PixelType};
use stepwell::pipeline::steps::{
    BackgroundSubtraction, FlatField, GaussianSmoothing, PercentileNormalize, Placement, ProjectionMethod,
    Sigma, Stitching, ZProjection,
};
use stepwell::pipeline::{
    GroupImages, NoPlate, OwnImage, PlacedKey, ResolvedPipeline, Scratch, Step, StepError, apply,
};
use stepwell::plate::ImageKey;

fn main() {
    divan::main();
}

const SIZES: [(u32, u32); 4] = [(64, 64), (256, 256), (1000, 500), (2048, 2048)];

/// Pixels like those of a microscope: most dark and noisy, a few bright.
fn pixels(format: ImageFormat, seed: u64) -> Vec<u64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let mut memory = vec![0_u64; usize::try_from(format.bytes()).expect("small").div_ceil(8)];
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut memory);
    let mut value = || {
        let noise = (next() % 64 + next() % 64 + next() % 64) as u16;
        if next() % 16 == 0 { 800 + noise * 8 } else { 150 + noise }
    };
    match format.pixel {
        PixelType::U8 => bytes.iter_mut().for_each(|sample| *sample = (value() / 16) as u8),
        PixelType::U16 => {
            bytemuck::cast_slice_mut(bytes).iter_mut().for_each(|sample: &mut u16| *sample = value());
        }
        _ => bytemuck::cast_slice_mut(bytes).iter_mut().for_each(|sample: &mut f32| *sample = value().into()),
    }
    memory
}

fn view(format: ImageFormat, memory: &[u64]) -> ImageRef<'_> {
    let bytes = usize::try_from(format.bytes()).expect("small");
    ImageRef { format, bytes: &bytemuck::cast_slice(memory)[..bytes] }
}

#[divan::bench(args = SIZES)]
fn copy_u16(bencher: Bencher, (width, height): (u32, u32)) {
    let format = ImageFormat::grey(width, height, PixelType::U16);
    let (from, mut to) = (pixels(format, 1), pixels(format, 2));
    bencher
        .counter(BytesCount::new(format.bytes()))
        .bench_local(|| to.copy_from_slice(divan::black_box(&from)));
}

/// A step on some images of one format, on one thread; the bytes counted are those of all.
fn on_images(bencher: Bencher, step: Step, format: ImageFormat, images: u32) {
    let pipeline = ResolvedPipeline::of_steps([step], &NoPlate).expect("no plate is needed");
    let step = &pipeline.steps()[0];
    let memory: Vec<_> = (1..=images).map(|seed| pixels(format, seed.into())).collect();
    let well = "A01".parse().expect("a well");
    let keys = (1..=images).map(|site| ImageKey::new(well, site, 1, 1, 1));
    let members: Vec<PlacedKey> = keys.map(PlacedKey::from).collect();
    let formats: Vec<_> = members.iter().map(|of| (*of, format)).collect();
    let reserves = step.reserves(step.output_format(&formats).expect("one format"));
    let mut reserved = reserves.map(OwnImage::new);
    let (mut scratch, cancel) = (Scratch::default(), Cancel::new());
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let bytes = BytesCount::new(u64::from(images) * format.bytes());
    let inputs = || {
        let copies = memory.iter().map(|memory| OwnImage::copy_of(view(format, memory)));
        // A result of the turn before serves again, as the engine's memory does.
        GroupImages { members: members.clone(), images: copies.collect(), reserves }
    };
    bencher.counter(bytes).with_inputs(inputs).bench_local_values(|group| {
        let reserve = |format| Ok::<_, StepError>(OwnImage::new(format));
        let work = || apply(step, group, &mut reserved, reserve, &mut scratch, &cancel);
        let applied = one_thread.install(work).expect("not cancelled");
        if !step.step().works_in_place() {
            reserved = applied.results.into_iter().next();
        }
    });
}

fn normalize(bencher: Bencher, (width, height): (u32, u32), pixel: PixelType) {
    let step = Step::PercentileNormalize(PercentileNormalize::default());
    on_images(bencher, step, ImageFormat::grey(width, height, pixel), 1);
}

#[divan::bench(args = SIZES)]
fn normalize_u8(bencher: Bencher, size: (u32, u32)) {
    normalize(bencher, size, PixelType::U8);
}

#[divan::bench(args = SIZES)]
fn normalize_u16(bencher: Bencher, size: (u32, u32)) {
    normalize(bencher, size, PixelType::U16);
}

#[divan::bench(args = SIZES)]
fn normalize_f32(bencher: Bencher, size: (u32, u32)) {
    normalize(bencher, size, PixelType::F32);
}

#[divan::bench(args = [5, 25, 100])]
fn subtract_background_u16(bencher: Bencher, radius_px: u32) {
    let step = Step::BackgroundSubtraction(BackgroundSubtraction { radius_px });
    on_images(bencher, step, ImageFormat::grey(1000, 500, PixelType::U16), 1);
}

/// Of nine sites.
#[divan::bench(args = [10.0, 50.0])]
fn flat_field_u16(bencher: Bencher, sigma_px: f64) {
    let step = Step::FlatField(FlatField::estimated(sigma_px));
    on_images(bencher, step, ImageFormat::grey(1000, 500, PixelType::U16), 9);
}

#[divan::bench(args = [1.0, 5.0])]
fn smooth_u16(bencher: Bencher, sigma_px: f64) {
    let step = Step::GaussianSmoothing(GaussianSmoothing::of(Sigma::Pixels(sigma_px)));
    on_images(bencher, step, ImageFormat::grey(1000, 500, PixelType::U16), 1);
}

/// Of three planes.
#[divan::bench(args = ProjectionMethod::ALL, consts = [0, 1])]
fn project<const FLOAT: usize>(bencher: Bencher, method: ProjectionMethod) {
    let pixel = if FLOAT == 1 { PixelType::F32 } else { PixelType::U16 };
    let step = Step::ZProjection(ZProjection::from(method));
    on_images(bencher, step, ImageFormat::grey(1000, 500, pixel), 3);
}

/// Of nine sites.
#[divan::bench(args = [0.0, 10.0, 50.0])]
fn stitch_u16(bencher: Bencher, overlap_percent: f64) {
    let placement = Placement::Grid { columns: 3, overlap_percent };
    let step = Step::Stitching(Stitching { placement });
    on_images(bencher, step, ImageFormat::grey(1000, 500, PixelType::U16), 9);
}
