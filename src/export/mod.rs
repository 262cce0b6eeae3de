//! Results in forms that other programs read: the chart and the forecast as SVG and PNG, runs as CSV and
//! as a report, a choice of components as a setting for OpenHCS.

mod chart_legend;
mod chart_looks;
mod chart_svg;
mod csv;
mod csv_table;
mod csv_watched;
mod fonts;
mod forecast_svg;
mod openhcs;
mod other_programs;
mod png;
mod report;
mod svg;
mod text_size;
mod write;

pub use chart_svg::{CHART_SIZE, chart_svg};
pub(crate) use csv::write_csvs;
pub use forecast_svg::forecast_svg;
pub(crate) use openhcs::openhcs_setting;
pub use other_programs::{OtherProgram, kept_folder, other_programs};
pub use png::write_png;
pub(crate) use report::{Report, write_report};
pub use write::ExportError;
pub(crate) use write::write;
pub(crate) use write::write_svg;
