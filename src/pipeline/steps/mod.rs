//! The steps, one file each, and beside them what some of them are made of: percentiles, sliding
//! windows, the median of several images, the Gaussian, the mosaic, the light that is given, Otsu's threshold,
//! regions, distances and the watershed. Every definition is exact, so that
//! a result can be checked against another program pixel for pixel.

mod background_subtraction;
mod bin;
mod colour_composite;
mod crop;
mod distance;
mod flat_field;
mod gaussian;
mod gaussian_smoothing;
mod given_light;
mod median;
mod median_filter;
mod mosaic;
mod nuclei_count;
mod otsu;
mod percentile_normalize;
mod percentiles;
mod regions;
mod sample;
mod sliding;
mod stitching;
mod threshold;
mod watershed;
mod z_projection;

pub use background_subtraction::BackgroundSubtraction;
pub use bin::{Bin, BinMethod};
pub use colour_composite::{ColourComposite, Limits};
pub use crop::Crop;
pub use flat_field::{FlatField, LightSource};
pub use gaussian_smoothing::{GaussianSmoothing, Sigma};
pub use given_light::{GivenLight, LightFault};
pub use median_filter::MedianFilter;
pub use nuclei_count::NucleiCount;
pub use percentile_normalize::PercentileNormalize;
pub(crate) use stitching::rounded;
pub use stitching::{Corner, Placement, Stitching};
pub use threshold::{Level, Threshold};
pub use z_projection::{ProjectionMethod, ZProjection};

#[cfg(test)]
mod tests {
    use crate::cancel::Cancel;
    use crate::image::{ImageFormat, ImageMut, ImageRef, PixelType};
    use crate::pipeline::steps::BackgroundSubtraction;
    use crate::pipeline::{Input, Scratch, Step};
    use crate::plate::ImageKey;

    #[test]
    fn a_step_takes_no_more_scratch_than_it_announces() {
        let key = ImageKey::new("A01".parse().expect("a well"), 1, 1, 1, 1);
        let mut steps = Step::all().to_vec();
        steps.extend(
            [1, 3, 60].map(|radius_px| Step::BackgroundSubtraction(BackgroundSubtraction { radius_px })),
        );
        for pixel in [PixelType::U8, PixelType::I16, PixelType::U32, PixelType::F32, PixelType::I64] {
            for (width, height) in [(1, 1), (3, 5), (123, 77)] {
                let format = ImageFormat::grey(width, height, pixel);
                for step in &steps {
                    let Ok(output) = step.output_format(&[(key, format)]) else { continue };
                    let other =
                        if step.works_in_place() { step.workspace_format(format) } else { Some(output) };
                    let [mut image, mut other] = [Some(format), other].map(|format| {
                        vec![
                            0x4142_4344_4546_4748_u64;
                            format.map_or(0, ImageFormat::bytes).div_ceil(8) as usize
                        ]
                    });
                    let bytes = &mut bytemuck::cast_slice_mut(&mut image)[..format.bytes() as usize];
                    let other = bytemuck::cast_slice_mut(&mut other);
                    let (mut scratch, cancel) = (Scratch::default(), Cancel::new());
                    let done = if step.works_in_place() {
                        step.run_in_place(
                            &[key],
                            &mut [ImageMut { format, bytes }],
                            other,
                            &mut scratch,
                            &cancel,
                        )
                    } else {
                        let image = ImageRef { format, bytes };
                        let output =
                            ImageMut { format: output, bytes: &mut other[..output.bytes() as usize] };
                        step.run(&[Input { key, image }], output, &mut scratch, &cancel)
                    };
                    done.expect("the step");
                    let (taken, announced) = (scratch.bytes(), step.scratch_bytes(format));
                    assert!(taken <= announced, "{step} of {format}: {taken} of {announced}");
                }
            }
        }
    }
}
