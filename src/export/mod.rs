//! Results in forms that other programs read: the chart as SVG and PNG.

mod chart_png;
mod chart_svg;
mod text_size;

pub use chart_png::{ExportError, write_chart_png};
pub use chart_svg::{CHART_SIZE, chart_svg};
