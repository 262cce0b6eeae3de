//! From a change in the window to the new courses in the chart.

use std::path::Path;

use stepwell::app::{PipelineCommand, PlateCommand};
use stepwell::pipeline::{KeepImages, PipelineSpec};
use stepwell::plate::{Component, PlateLayout};
use stepwell::quantity::count_text;

use crate::window::Window;
use crate::{Bench, Row, median, row};

impl Bench {
    /// Of 54 images and of 27,000.
    pub(crate) fn courses(&self) -> Vec<Row> {
        let few = PlateLayout { width: 64, height: 64, ..PlateLayout::default() };
        [(few.image_count(), self.plates.write("few", few)), (27_000, self.tiny_plate())]
            .into_iter()
            .map(|(images, plate)| self.course_row(images, &plate))
            .collect()
    }

    /// Of a plate of this many images.
    pub(crate) fn course_row(&self, images: u64, plate: &Path) -> Row {
        eprintln!("courses of {images} images");
        let mut window = Window::at_memory(plate);
        let rounds = 2 * self.options.rounds.max(1);
        let switch = |nth: usize| PlateCommand::SetSequential {
            component: Component::Channel,
            is_on: nth.is_multiple_of(2),
        };
        let switches: Vec<f64> = (0..rounds).map(|nth| window.change(switch(nth))).collect();
        let pipeline = |nth: usize| {
            let kept = if nth.is_multiple_of(2) { KeepImages::All } else { KeepImages::Last };
            PipelineCommand::Replace(PipelineSpec::default().keeping(kept))
        };
        let steps: Vec<f64> = (0..rounds).map(|nth| window.change(pipeline(nth))).collect();
        let (switch, step) = (median(&switches), median(&steps));
        row(
            format!("{} images: from a change to the new courses in the chart", count_text(images as usize)),
            "a switch under 100 ms; of a step too, up to 27,000 images",
            format!("a switch {switch:.1} ms, a step {step:.0} ms"),
            switch < 100.0 && (step < 100.0 || images > 27_000),
        )
    }
}
