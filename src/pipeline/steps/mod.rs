//! The steps, one file each, and their list. To add a step: its file, its entry here, and in
//! [`SettingsFault`](super::SettingsFault) what can be wrong with its settings. Beside them lies what some of them are made of: percentiles, sliding
//! windows, the median of several images, the Gaussian, the mosaic, the light that is given, Otsu's threshold,
//! regions, distances and the watershed. Every definition is exact, so that
//! a result can be checked against another program pixel for pixel.

mod background_subtraction;
mod bin;
mod colour_composite;
mod crop;
mod distance;
mod estimated_light;
mod flat_field;
mod gaussian;
mod gaussian_smoothing;
mod given_light;
mod list;
mod median;
mod median_counts;
mod median_filter;
mod median_small;
mod median_square;
mod mosaic;
mod networks;
mod nuclei_count;
mod otsu;
mod percentile_normalize;
mod percentiles;
mod placed;
mod regions;
mod rounding;
mod sample;
mod site_grid;
mod sliding;
mod stitching;
mod threshold;
mod watershed;
mod wide;
mod z_projection;

use serde::{Deserialize, Serialize};

use super::operation::{Operation, StepSettings, Way, WayKind};
use super::surroundings::Surroundings;
use super::unresolved::Unresolved;
use list::list_of_steps;

// In the order in which they are best done.
list_of_steps! {
    /// Keeps a rectangle.
    crop::Crop: NewImage,
    /// Evens out the illumination, as the sites of a well show it.
    flat_field::FlatField: InPlace,
    /// Takes away what is wider than a square.
    background_subtraction::BackgroundSubtraction: InPlace,
    /// Blurs noise and details narrower than a Gaussian.
    gaussian_smoothing::GaussianSmoothing: InPlace,
    /// Takes away single bright and dark pixels.
    median_filter::MedianFilter: NewImage,
    /// Stretches each image between two of its percentiles.
    percentile_normalize::PercentileNormalize: InPlace,
    /// Makes one image of a stack of planes.
    z_projection::ZProjection: NewImage,
    /// Joins the sites of a well.
    stitching::Stitching: NewImage,
    /// Makes one pixel of a square of them.
    bin::Bin: NewImage,
    /// Tells bright from dark.
    threshold::Threshold: NewImage,
    /// Numbers, counts and measures nuclei.
    nuclei_count::NucleiCount: NewImage,
    /// Makes one picture of all channels.
    colour_composite::ColourComposite: NewImage,
}

pub use bin::BinMethod;
pub use colour_composite::Limits;
pub use flat_field::LightSource;
pub use gaussian_smoothing::Sigma;
pub use given_light::GivenLight;
pub use rounding::Rounding;
pub use stitching::Placement;
pub use threshold::Level;
pub use z_projection::ProjectionMethod;

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::cancel::Cancel;
    use crate::image::{ImageFormat, PixelType};
    use crate::pipeline::apply::{GroupImages, Held, OwnImage, apply};
    use crate::pipeline::{
        Allowed, NoPlate, PlacedKey, ResolvedPipeline, ResolvedStep, Scratch, SettingError, StepError, Value,
    };
    use crate::plate::ImageKey;

    #[test]
    fn a_step_takes_no_more_scratch_than_it_announces() {
        let key = ImageKey::new("A01".parse().expect("a well"), 1, 1, 1, 1);
        let mut steps = Step::all().to_vec();
        steps.extend(
            [1, 3, 60].map(|radius_px| Step::BackgroundSubtraction(BackgroundSubtraction { radius_px })),
        );
        // Of no plate a mosaic has no places: on a grid it has.
        steps.iter_mut().for_each(|step| *step = step.clone().fitted(&NoPlate));
        let pipeline = ResolvedPipeline::of_steps(steps, &NoPlate).expect("no plate is needed");
        for pixel in [PixelType::U8, PixelType::I16, PixelType::U32, PixelType::F32, PixelType::I64] {
            for (width, height) in [(1, 1), (3, 5), (123, 77)] {
                let format = ImageFormat::grey(width, height, pixel);
                for step in pipeline.steps() {
                    let Ok(result) = step.output_format(&[(key.into(), format)]) else { continue };
                    let junk = |format| {
                        let mut image = OwnImage::new(format);
                        image.view_mut().bytes.fill(0x47);
                        image
                    };
                    let group = GroupImages {
                        members: vec![key.into()],
                        images: vec![junk(format)],
                        reserves: step.reserves(result),
                    };
                    let reserve = |format| Ok::<_, StepError>(junk(format));
                    let mut scratch = Scratch::default();
                    apply(step, group, &mut None, reserve, &mut scratch, &Cancel::new()).expect("the step");
                    // Each buffer, because each keeps what it has grown to.
                    let (taken, announced) = (scratch.held(), step.scratch_bytes(format));
                    assert_eq!(taken.larger(announced), announced, "{} of {format}: {taken:?}", step.step());
                }
            }
        }
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

    #[cfg(target_arch = "x86_64")]
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
                        wide::ALLOWED.store(allowed, Ordering::Relaxed);
                        results(step, format)
                    });
                    wide::ALLOWED.store(0, Ordering::Relaxed);
                    assert!(width < 10 || !all.is_empty(), "{} of {format}", step.step());
                    assert!(sse2 == avx2 && avx2 == all, "{} of {format}", step.step());
                }
            }
        }
    }

    /// Another value that a setting may have.
    fn other(allowed: &Allowed, value: &Value) -> Value {
        match (allowed, value) {
            (Allowed::Whole(range), Value::Whole(value)) => {
                Value::Whole(if value == range.start() { *range.end() } else { *range.start() })
            }
            (Allowed::Numbers(range), Value::Number(value)) => {
                Value::Number((range.start() + value) / 2.0 + 0.25)
            }
            (Allowed::Choices(names), Value::Choice(name)) => {
                Value::Choice(names.iter().find(|other| *other != name).expect("two choices"))
            }
            (Allowed::Any, Value::Switch(value)) => Value::Switch(!value),
            (Allowed::Files(_), Value::ChannelFiles(_)) => Value::ChannelFiles([(2, "/a.tif".into())].into()),
            (Allowed::Any, Value::ChannelColours(_)) => Value::ChannelColours([(2, [1, 2, 3])].into()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_changed_by_their_names_one_at_a_time() {
        let mut steps = Step::all().to_vec();
        let choices = [
            "Stitching((placement: Grid()))",
            "GaussianSmoothing((sigma: Micrometres(1)))",
            "FlatField((source: Given(())))",
            "Threshold((level: Fixed(7)))",
            "ColourComposite((limits: Values()))",
        ];
        steps.extend(choices.map(|text| ron::from_str(text).expect("a step")));
        for step in steps {
            let settings = step.settings();
            assert!(!settings.is_empty(), "{step}");
            for setting in &settings {
                let (name, what) = (setting.about.name, format!("{step}, {}", setting.about.name));
                assert_eq!(settings.iter().filter(|other| other.about.name == name).count(), 1, "{what}");
                assert!(!setting.about.help.is_empty(), "{what}");
                let mut same = step.clone();
                assert_eq!(same.set(name, setting.value.clone()), Ok(()), "{what}");
                assert_eq!(same, step, "{what}");
                let (mut changed, value) = (step.clone(), other(&setting.allowed, &setting.value));
                assert_eq!(changed.set(name, value.clone()), Ok(()), "{what}");
                assert_ne!(changed, step, "{what}");
                // A choice may take others with it; what it does not take stays.
                let after = changed.settings();
                let is_choice = matches!(value, Value::Choice(_));
                let found = after.iter().find(|other| other.about.name == name).map(|one| &one.value);
                assert_eq!(found, Some(&value), "{what}");
                for before in settings.iter().filter(|other| other.about.name != name && !is_choice) {
                    let after = after.iter().find(|after| after.about.name == before.about.name);
                    assert_eq!(after.map(|after| &after.value), Some(&before.value), "{what}");
                }
                let wrong = match &setting.value {
                    Value::Switch(_) => Value::Whole(1),
                    _ => Value::Switch(true),
                };
                let refused = changed.clone().set(name, wrong);
                assert!(matches!(refused, Err(SettingError::OtherKind { .. })), "{what}: {refused:?}");
            }
        }
        let mut crop = Step::Crop(Crop::default());
        let error = crop.set("widht", Value::Whole(1)).expect_err("no such setting").to_string();
        assert_eq!(
            error,
            "there is no setting of Crop “widht”; the nearest is “width”. There are: width, height, x, y."
        );
    }
}
