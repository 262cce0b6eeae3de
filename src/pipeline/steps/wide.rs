//! Work for the wide vectors of the processor that it runs on.
//!
//! It is compiled once for each of few kinds of vectors, and the kind is chosen when the program runs. What is computed is the
//! same for all kinds: nothing is put together to one operation that is two in the source, and no sum is made in another
//! order. On x86 these are AVX2, which computers have had since 2013, and what all have: each further kind would be compiled
//! anew for each type of pixel, for minutes. Only work that says so is compiled for AVX-512, too.

#[cfg(not(target_arch = "x86_64"))]
use fearless_simd::dispatch;
use fearless_simd::{Level, Simd};

/// Work that may be done in vectors of any kind. Only what is inlined into it is compiled for them, so whatever it calls
/// in its loops is to be `#[inline(always)]`.
pub(super) trait Wide {
    type Output;
    /// Whether its samples are of a type that images often have. Others are worked on with the vectors that all processors
    /// have, so that it is compiled once for them.
    const IS_COMMON: bool = true;
    /// Whether vectors twice as wide are worth compiling it once more: where it does much to each pixel that it reads.
    const IS_LONG: bool = false;

    /// To be `#[inline(always)]`, too.
    fn run<S: Simd>(self, vectors: S) -> Self::Output;
}

/// Does the work with the widest of these.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn wide<W: Wide>(work: W) -> W::Output {
    #[inline(always)]
    fn with<S: Simd, W: Wide>(vectors: S, work: W) -> W::Output {
        vectors.vectorize(
            #[inline(always)]
            || work.run(vectors),
        )
    }
    let level = level();
    // Only what is reached is compiled, so each constant has a condition of its own.
    if W::IS_LONG
        && let Some(avx512) = level.as_avx512()
    {
        return with(avx512, work);
    }
    if W::IS_COMMON
        && let Some(avx2) = level.as_avx2()
    {
        return with(avx2, work);
    }
    match level.as_sse2() {
        Some(sse2) => with(sse2, work),
        // It is a part of this architecture.
        None => unreachable!("a 64-bit processor without SSE2"),
    }
}

#[cfg(all(target_arch = "x86_64", not(test)))]
fn level() -> Level {
    Level::new()
}

/// As wide as a test allows.
#[cfg(all(target_arch = "x86_64", test))]
fn level() -> Level {
    tests::allowed()
}

/// Does the work with the widest vectors.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn wide<W: Wide>(work: W) -> W::Output {
    dispatch!(Level::new(), vectors => work.run(vectors))
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::cancel::Cancel;
    use crate::image::{ImageFormat, PixelType};
    use crate::pipeline::steps::{
        BackgroundSubtraction, Bin, BinMethod, MedianFilter, ProjectionMethod, Step, ZProjection,
    };
    use crate::pipeline::{
        GroupImages, Held, NoPlate, OwnImage, PlacedKey, ResolvedPipeline, ResolvedStep, Scratch, StepError,
        apply,
    };
    use crate::plate::ImageKey;

    /// Whose vectors are used at most: 1 for SSE2, 2 for AVX2, else all. It holds for all threads, as results do not depend
    /// on it.
    static ALLOWED: AtomicU8 = AtomicU8::new(0);

    pub(super) fn allowed() -> Level {
        let all = Level::new();
        let only = match ALLOWED.load(Ordering::Relaxed) {
            1 => all.as_sse2().map(Simd::level),
            2 => all.as_avx2().map(Simd::level),
            _ => None,
        };
        only.unwrap_or(all)
    }

    /// Samples of any type: a slope with noise, and some that are no numbers where there are such.
    fn image(format: ImageFormat, seed: u64) -> OwnImage {
        let mut image = OwnImage::new(format);
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 40
        };
        let bytes = image.view_mut().bytes;
        match format.pixel {
            PixelType::F32 => {
                let samples: &mut [f32] = bytemuck::cast_slice_mut(bytes);
                for (place, sample) in samples.iter_mut().enumerate() {
                    let noise = next() as f32 / 1e5 - 40.0;
                    *sample = if place % 211 == 7 { f32::NAN } else { noise + (place % 64) as f32 };
                }
            }
            _ => bytes
                .iter_mut()
                .enumerate()
                .for_each(|(place, byte)| *byte = (place as u64 % 64 * 3 + next() % 40) as u8),
        }
        image
    }

    /// What a step makes of four images, byte by byte.
    fn results(step: &ResolvedStep, format: ImageFormat) -> Vec<Vec<u8>> {
        let well = "A01".parse().expect("a well");
        let members: Vec<PlacedKey> =
            (1..=4).map(|nth| ImageKey::new(well, nth, nth, nth, 1).into()).collect();
        let formats: Vec<_> = members.iter().map(|member| (*member, format)).collect();
        let Ok(result) = step.output_format(&formats) else { return Vec::new() };
        let group = GroupImages {
            members,
            images: (1..=4).map(|seed| image(format, seed)).collect(),
            reserves: step.reserves(result),
        };
        let reserve = |format| Ok::<_, StepError>(OwnImage::new(format));
        let applied = apply(step, group, &mut None, reserve, &mut Scratch::default(), &Cancel::new());
        applied.expect("the step").results.iter().map(|image| image.view().bytes.to_vec()).collect()
    }

    #[test]
    fn results_do_not_depend_on_the_width_of_vectors() {
        let mut steps = Step::all().to_vec();
        steps.extend([1, 2, 5, 25].map(|radius_px| Step::MedianFilter(MedianFilter { radius_px })));
        steps
            .extend([1, 3].map(|radius_px| Step::BackgroundSubtraction(BackgroundSubtraction { radius_px })));
        steps.extend(ProjectionMethod::ALL.map(|method| Step::ZProjection(ZProjection::from(method))));
        steps.extend(BinMethod::ALL.map(|method| Step::Bin(Bin { method, ..Default::default() })));
        steps.iter_mut().for_each(|step| *step = step.clone().fitted(&NoPlate));
        let pipeline = ResolvedPipeline::of_steps(steps, &NoPlate).expect("no plate is needed");
        for pixel in [PixelType::U8, PixelType::U16, PixelType::F32] {
            for (width, height) in [(5, 3), (67, 39)] {
                let format = ImageFormat::grey(width, height, pixel);
                for step in pipeline.steps() {
                    let [all, sse2, avx2] = [0, 1, 2].map(|allowed| {
                        ALLOWED.store(allowed, Ordering::Relaxed);
                        results(step, format)
                    });
                    ALLOWED.store(0, Ordering::Relaxed);
                    assert!(sse2 == avx2 && avx2 == all, "{} of {format}", step.step());
                }
            }
        }
    }
}
