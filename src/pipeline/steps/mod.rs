//! The steps, one file each. Every definition is exact, so that a result can be checked against
//! another program pixel for pixel.

mod percentile_normalize;
mod percentiles;
mod sample;
mod z_projection;

pub use percentile_normalize::PercentileNormalize;
pub use z_projection::{ProjectionMethod, ZProjection};

#[cfg(test)]
mod tests {
    use crate::cancel::Cancel;
    use crate::image::{ImageFormat, ImageMut, ImageRef, PixelType};
    use crate::pipeline::steps::{PercentileNormalize, ProjectionMethod, ZProjection};
    use crate::pipeline::{Scratch, Step};

    #[test]
    fn a_step_takes_no_more_scratch_than_it_announces() {
        let mut steps = vec![Step::PercentileNormalize(PercentileNormalize::default())];
        steps.extend(ProjectionMethod::ALL.map(|method| Step::ZProjection(ZProjection { method })));
        for pixel in [PixelType::U8, PixelType::I16, PixelType::U32, PixelType::F32, PixelType::I64] {
            for (width, height) in [(1, 1), (3, 5), (123, 77)] {
                let format = ImageFormat::grey(width, height, pixel);
                let size = usize::try_from(format.bytes()).expect("small");
                let input = vec![0x4142_4344_4546_4748_u64; size.div_ceil(8)];
                let mut output = input.clone();
                let image = ImageRef { format, bytes: &bytemuck::cast_slice(&input)[..size] };
                for step in &steps {
                    let mut scratch = Scratch::default();
                    let bytes = &mut bytemuck::cast_slice_mut(&mut output)[..size];
                    step.run(&[image, image], ImageMut { format, bytes }, &mut scratch, &Cancel::new())
                        .expect("the step");
                    let (taken, announced) = (scratch.bytes(), step.scratch_bytes(format));
                    assert!(taken <= announced, "{step} of {format}: {taken} of {announced}");
                }
            }
        }
    }
}
