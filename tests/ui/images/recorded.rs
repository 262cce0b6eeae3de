//! Plates as they were recorded: wells whose sites lie in different places, and channels whose pixels differ. Each
//! image is the part of its well's cells that it would have seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use stepwell::app::images::decoder::Decoder;
use stepwell::app::{PipelineCommand, StatusCommand, Tab};
use stepwell::image::{ImageFormat, ImageSource, PixelType};
use stepwell::pipeline::steps::{Bin, Placement, Stitching};
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step};
use stepwell::plate::{
    ImageKey, Measured, PixelSize, PixelSizes, Plate, PlateImage, PlateShape, SitePosition, SitePositions,
    WellId,
};

use crate::bench::Bench;
use crate::pipeline::editor;
use crate::synthetic::{self, well};

/// What an image shows of its well, from left to right, in micrometres.
const FIELD_UM: f64 = 62.4;
/// From one site to the next.
const STEP_UM: f64 = 0.9 * FIELD_UM;
/// Pixels of an image of channel 1 and of channel 2, a side.
const SIDES: [u32; 2] = [96, 48];

/// Where the sites of wells lie, in steps from the centre.
const PATTERNS: [&[(f64, f64)]; 6] = [
    &[(-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)],
    &[(-1.0, 0.0), (0.0, 0.0), (1.0, 0.0)],
    &[(0.0, -1.0), (-1.0, 0.0), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0)],
    &[(-1.0, -1.0), (-1.0, 0.0), (-1.0, 1.0), (0.0, 1.0), (1.0, 1.0)],
    &[(0.5, -1.0), (0.5, 0.0), (0.5, 1.0)],
    &[(-1.0, -1.0), (0.0, 0.0), (1.0, 1.0)],
];

fn side(channel: u32) -> u32 {
    SIDES[if channel == 1 { 0 } else { 1 }]
}

fn format(channel: u32) -> ImageFormat {
    ImageFormat::grey(side(channel), side(channel), PixelType::U16)
}

/// 24 wells whose sites lie in different places; channel 2 has pixels of twice the size.
pub(crate) fn plate() -> Plate {
    let mut plate = synthetic::plate();
    plate.name = "Fields-24".to_owned();
    plate.shape = PlateShape { rows: 4, columns: 6 };
    let mut pixel_sizes = PixelSizes::default();
    for channel in [1, 2] {
        let size = PixelSize::square(FIELD_UM / f64::from(side(channel)));
        pixel_sizes.add(channel, size.expect("a size"));
    }
    let mut positions = SitePositions::default();
    let mut images = Vec::new();
    for (nth, well) in
        (0..4).flat_map(|row| (0..6).filter_map(move |column| WellId::at(row, column))).enumerate()
    {
        for (site, (x, y)) in (1..).zip(PATTERNS[(nth * 5 + nth / 6) % PATTERNS.len()]) {
            for channel in [1, 2] {
                let key = ImageKey::new(well, site, channel, 1, 1);
                positions.add(key, SitePosition { x_um: x * STEP_UM, y_um: y * STEP_UM });
                images.push(PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif"))));
            }
        }
    }
    images.sort_by_key(PlateImage::key);
    plate.missing.clear();
    plate.missing_by_well.clear();
    plate.projections.clear();
    plate.issues.clear();
    Plate { images, pixel_sizes, site_positions: positions, ..plate }
}

fn measured(plate: &Plate) -> Measured {
    plate.images.iter().map(|image| (image.key(), Ok(format(image.key().channel.unwrap_or(1))))).collect()
}

/// What the images of the plate hold.
fn decoder(plate: &Plate) -> Decoder {
    let positions = plate.site_positions.clone();
    let keys: BTreeMap<String, ImageKey> =
        plate.images.iter().map(|image| (image.source.file_name().to_owned(), image.key())).collect();
    Arc::new(move |source, _| {
        let key = *keys.get(source.file_name()).ok_or("there is no such file")?;
        let centre = positions.of(key).ok_or("there is no such site")?;
        let channel = key.channel.unwrap_or(1);
        let (side, pixel_um) = (side(channel), FIELD_UM / f64::from(side(channel)));
        let at =
            |centre_um: f64, pixel: u32| centre_um - FIELD_UM / 2.0 + (f64::from(pixel) + 0.5) * pixel_um;
        let values = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        let values = values.map(|(x, y)| light(key.well, channel, at(centre.x_um, x), at(centre.y_um, y)));
        Ok((format(channel), values.flat_map(u16::to_ne_bytes).collect()))
    })
}

/// The light at a place of a well: cells, one in each square of 22 µm, which are nuclei in channel 1.
fn light(well: WellId, channel: u32, x_um: f64, y_um: f64) -> u16 {
    const SQUARE_UM: f64 = 22.0;
    let square = |um: f64| (um / SQUARE_UM).floor() as i64;
    let mut brightest = 0.0_f64;
    for column in square(x_um) - 1..=square(x_um) + 1 {
        for row in square(y_um) - 1..=square(y_um) + 1 {
            let mut seed = [column, row, i64::from(well.row), i64::from(well.column)]
                .into_iter()
                .fold(17_u64, |sum, part| {
                    (sum ^ part as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
                });
            let mut random = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) as f64 / f64::from(1_u32 << 31)
            };
            let middle = [column, row].map(|of| (of as f64 + 0.2 + 0.6 * random()) * SQUARE_UM);
            let radius_um = (4.5 + 3.0 * random()) * if channel == 1 { 1.0 } else { 1.9 };
            let height = 0.4 + 0.6 * random();
            let off = (x_um - middle[0]).hypot(y_um - middle[1]) / radius_um;
            brightest = brightest.max(height * (1.0 - off * off));
        }
    }
    (900.0 + 22_000.0 * brightest.max(0.0).sqrt()) as u16
}

/// The plate at its images.
pub(crate) fn opened() -> Bench {
    let plate = plate();
    let mut bench = Bench::reading(decoder(&plate), measured);
    bench.state.show_plate(plate);
    bench.settle();
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.settle();
    bench
}

/// An image of it in the viewer.
pub(crate) fn viewing(key: ImageKey) -> Bench {
    let mut bench = opened();
    bench.view.open_image(key);
    bench
}

/// An image of it in the viewer, with a pipeline.
pub(crate) fn processing(key: ImageKey, steps: &[Step]) -> Bench {
    let mut bench = viewing(key);
    let steps = steps.iter().map(|step| PipelineStep { step: step.clone(), keep_images: true });
    bench.state.handle(PipelineCommand::Replace(PipelineSpec::of(steps.collect())));
    bench.settle();
    bench
}

/// A site in the middle of a cross, and a pipeline that makes a mosaic.
pub(crate) fn stitching() -> Bench {
    let stitching = Stitching { placement: Placement::StagePositions };
    processing(ImageKey::new(well("A05"), 3, 1, 1, 1), &[Step::Stitching(stitching)])
}

/// Shows all sites of all wells.
pub(crate) fn show_all_sites(harness: &mut Harness<'_, Bench>) {
    choose(harness, "Site of the wells' images", "All sites");
}

/// Chooses an entry of a menu.
pub(crate) fn choose(harness: &mut Harness<'_, Bench>, menu: &str, entry: &str) {
    harness.get_by_role_and_label(Role::ComboBox, menu).click();
    harness.run_steps(3);
    harness.get_by_label(entry).click();
    harness.run_steps(3);
    harness.remove_cursor();
}

/// Steps until something is shown.
fn wait_for(harness: &mut Harness<'_, Bench>, label: &str) {
    let start = Instant::now();
    while harness.query_by_label(label).is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "“{label}” does not come");
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(1);
    }
}

#[test]
fn what_a_preview_has_binned_has_larger_pixels() {
    let bin = Step::Bin(Bin { factor: 2, ..Bin::default() });
    let mut harness = processing(ImageKey::new(well("A05"), 3, 2, 1, 1), &[bin.clone(), bin]).show();
    wait_for(&mut harness, "48 × 48, 16-bit · 1.3 µm a pixel · A05_s3_w2_z1_t1.tif");
    editor::show_preview(&mut harness);
    wait_for(&mut harness, "12 × 12, 16-bit · 5.2 µm a pixel · made of 1 image");
}

#[test]
fn a_mosaic_is_laid_out_by_its_own_wells_positions_in_its_own_channels_pixels() {
    // A cross of five sites, of which the outermost are 112.32 µm apart.
    for (channel, expected) in
        [(1, "269 × 269, 16-bit · 0.65 µm a pixel"), (2, "134 × 134, 16-bit · 1.3 µm a pixel")]
    {
        let stitching = Step::Stitching(Stitching { placement: Placement::StagePositions });
        let mut harness = processing(ImageKey::new(well("A05"), 3, channel, 1, 1), &[stitching]).show();
        harness.run_steps(3);
        editor::show_preview(&mut harness);
        wait_for(&mut harness, &format!("{expected} · made of 5 images"));
    }
}
