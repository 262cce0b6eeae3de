//! Results in forms that other programs read: the chart and the forecast as SVG and PNG.

mod chart_svg;
mod forecast_svg;
mod png;
mod svg;
mod text_size;

pub use chart_svg::{CHART_SIZE, chart_svg};
pub use forecast_svg::forecast_svg;
pub(crate) use png::write_beside;
pub use png::{ExportError, write_png, write_svg};
