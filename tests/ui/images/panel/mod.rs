//! The images of the window: grid and viewer, by label.

mod grid;
mod pixel_sizes;
mod sites;
mod viewer;
mod whole_plate;

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell::app::images::decoder::Decoder;
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::images::lookup_table::LookupTable;
use stepwell::app::{Commands, Failures, PlateState, WellFacts, WellStage};
use stepwell::image::ImageSource;
use stepwell::image::{ImageFormat, PixelType};
use stepwell::plan::Mode;
use stepwell::plate::{
    Acquisitions, Format, ImageKey, Measured, MissingImage, PixelSize, PixelSizes, Plate, PlateImage,
    PlateShape, ShadingImages, SitePosition, SitePositions, Thumbs, WellId,
};
use stepwell::ui::images::image_list::{Filters, ImageList, ImagesModel, Kind, OutputEntry, Stage};
use stepwell::ui::images::panel::{ImagesView, images_ui};
use stepwell::ui::images::thumbnails::{ContrastGroup, Lane, Processed, ThumbnailView, Thumbnails};

fn well(name: &str) -> WellId {
    name.parse().expect("a well")
}

/// Two wells, two channels, three planes; one image is missing, one cannot be read. Each image is
/// 16 x 8, its value 100 x channel + 10 x z + x.
fn plate() -> Plate {
    let mut images = Vec::new();
    for name in ["A01", "B02"] {
        for channel in [1, 2] {
            for z in [1, 2, 3] {
                let key = ImageKey::new(well(name), 1, channel, z, 1);
                if name == "A01" && (channel, z) == (1, 3) {
                    continue;
                }
                images.push(PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif"))));
            }
        }
    }
    Plate {
        root: "/plate".into(),
        opened_by: "/plate".into(),
        name: "Tiny".to_owned(),
        format: Format::ImageXpress,
        pattern: None,
        fingerprint: None,
        microscope: None,
        objective: None,
        acquired: None,
        shape: PlateShape { rows: 8, columns: 12 },
        images,
        projections: Vec::new(),
        channel_names: BTreeMap::from([(2, "FITC".to_owned())]),
        channel_colours: BTreeMap::new(),
        pixel_sizes: PixelSizes::alike([1, 2], PixelSize { x_um: 0.5, y_um: 0.5 }),
        site_positions: SitePositions::default(),
        acquisitions: Acquisitions::default(),
        missing: vec![MissingImage {
            key: ImageKey::new(well("A01"), 1, 1, 3, 1),
            file: None,
            why: "there is no file of plane 3".into(),
        }],
        missing_by_well: BTreeMap::from([(well("A01"), 1)]),
        thumbs: Thumbs::default(),
        shading: ShadingImages::default(),
        ignored: 0,
        issues: Vec::new(),
    }
}

fn tiny_decoder() -> Decoder {
    Arc::new(|source: &ImageSource, _| {
        let name = source.file_name();
        if name.contains("A01_s1_w2_z2") {
            return Err("the file ends early".to_owned());
        }
        let number = |letter: char| -> u16 {
            let after = name.split('_').find_map(|token| token.strip_prefix(letter));
            after.and_then(|token| token.trim_end_matches(".tif").parse().ok()).unwrap_or(0)
        };
        let base = 100 * number('w') + 10 * number('z');
        let values = (0..8).flat_map(|_| (0..16).map(|x| base + x));
        Ok((ImageFormat::grey(16, 8, PixelType::U16), values.flat_map(u16::to_ne_bytes).collect()))
    })
}

/// All images are 16 x 8, 16-bit.
fn measured(plate: &Plate) -> Measured {
    let format = ImageFormat::grey(16, 8, PixelType::U16);
    plate.images.iter().map(|image| (image.key(), Ok(format))).collect()
}

struct Window {
    plate: Plate,
    measured: Measured,
    selected: BTreeSet<WellId>,
    outputs: Vec<OutputEntry>,
    outputs_version: u64,
    failures: Failures,
    wells: BTreeMap<WellId, WellFacts>,
    well_stages: BTreeMap<WellId, WellStage>,
    state: ImagesView,
    thumbnails: Thumbnails,
}

impl Window {
    fn new() -> Self {
        Self::of(tiny_decoder())
    }

    fn of(decoder: Decoder) -> Self {
        Self::with_plate(plate(), decoder)
    }

    fn with_plate(plate: Plate, decoder: Decoder) -> Self {
        let loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
        Self {
            wells: PlateState::new(plate.clone(), 1).wells,
            measured: measured(&plate),
            plate,
            selected: BTreeSet::from([well("A01")]),
            outputs: Vec::new(),
            outputs_version: 0,
            failures: Failures::default(),
            well_stages: BTreeMap::new(),
            state: ImagesView::default(),
            thumbnails: Thumbnails::new(loader),
        }
    }
}

fn window_ui(ui: &mut egui::Ui, window: &mut Window) {
    window.thumbnails.begin_frame();
    let model = ImagesModel {
        plate: &window.plate,
        measured: &window.measured,
        plate_id: 1,
        selected: &window.selected,
        outputs: &window.outputs,
        outputs_version: window.outputs_version,
        failures: &window.failures,
        wells: &window.wells,
        well_stages: &window.well_stages,
        previewed: &[],
        runs: &[],
    };
    images_ui(ui, &model, &mut window.state, &mut window.thumbnails, &mut Commands::default());
    window.thumbnails.end_frame();
}

fn harness(window: Window) -> Harness<'static, Window> {
    let mut harness = Harness::builder().with_size(vec2(900.0, 600.0)).build_ui_state(window_ui, window);
    stepwell::ui::theme::install(&harness.ctx);
    harness.run_steps(2);
    harness
}

/// Draws frames until a label is there.
fn wait_for(harness: &mut Harness<'_, Window>, label: &str) {
    let start = Instant::now();
    while harness.query_by_label(label).is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "“{label}” does not appear");
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
}
