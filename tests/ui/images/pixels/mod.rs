//! From files to the screen.

mod loader;
mod shown;
mod smaller;

use egui::{pos2, vec2};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};
use stepwell::app::images::decoder::Decoder;
use stepwell::app::images::difference::difference;
use stepwell::app::images::display::{self, Histogram, Style, Thumbnail};
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::images::load_state::LoadState;
use stepwell::app::images::lookup_table::LookupTable;
use stepwell::app::images::pixel_values::{SampleValue, values_at};
use stepwell::cancel::Cancel;
use stepwell::image::ImageSource;
use stepwell::image::{Compression, Contrast, ImageFormat, ImageRef, PixelType, Rgb, write_tiff};
use stepwell::plate::{Opened, open};
use stepwell::ui::images::viewer::viewport::{ImagePoint, Viewport, round_length};
