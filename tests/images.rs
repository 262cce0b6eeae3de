//! The images of the window: grid and viewer, by label.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::images::image_loader::{CacheLimits, ImageLoader};
use stepwell::app::images::image_source::{Decoder, ImageSource};
use stepwell::app::images::lookup_table::LookupTable;
use stepwell::app::{Commands, Failures, PlateState, WellFacts, WellStage};
use stepwell::image::{ImageFormat, PixelType};
use stepwell::plan::Mode;
use stepwell::plate::{Format, ImageKey, MissingImage, Plate, PlateImage, PlateShape, Thumbs, WellId};
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
                images.push(PlateImage { key, path: format!("{key}.tif"), page: 0 });
            }
        }
    }
    Plate {
        root: "/plate".into(),
        opened_by: "/plate".into(),
        name: "Tiny".to_owned(),
        format: Format::ImageXpress,
        fingerprint: None,
        microscope: None,
        objective: None,
        acquired: None,
        shape: PlateShape { rows: 8, columns: 12 },
        images,
        projections: Vec::new(),
        channel_names: BTreeMap::from([(2, "FITC".to_owned())]),
        pixel_size_um: Some(0.5),
        site_positions: BTreeMap::new(),
        missing: vec![MissingImage {
            key: ImageKey::new(well("A01"), 1, 1, 3, 1),
            why: "there is no file of plane 3".to_owned(),
        }],
        missing_by_well: BTreeMap::from([(well("A01"), 1)]),
        thumbs: Thumbs::default(),
        ignored: 0,
        issues: Vec::new(),
    }
}

fn tiny_decoder() -> Decoder {
    Arc::new(|source: &ImageSource| {
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

struct Window {
    plate: Plate,
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

#[test]
fn what_is_in_sight_is_decoded_once_however_little_is_cached_and_anew_for_a_new_plate() {
    let decoded = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&decoded);
    let decoder: Decoder = Arc::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok((ImageFormat::grey(8, 8, PixelType::U8), vec![7; 64]))
    });
    let limits = CacheLimits { thumbnail_bytes: 1, ..CacheLimits::default() };
    let mut thumbnails = Thumbnails::new(ImageLoader::with_decoder(decoder, limits, Arc::new(|| {})));
    let (ctx, plate) = (egui::Context::default(), plate());
    let group = ContrastGroup { processed: Processed::Source, channel: Some(2) };
    let mut frames = |plate_id: u64, count: usize| {
        let mut all_ready = false;
        for _ in 0..count {
            std::thread::sleep(Duration::from_millis(2));
            thumbnails.begin_frame();
            thumbnails.set_plate(&plate, plate_id);
            all_ready = plate.images.iter().take(4).fold(true, |ready, image| {
                let source = ImageSource::new(plate.path_of(image), image.page);
                let view = thumbnails.view(&ctx, Lane::Grid, &source, group, 64);
                ready && matches!(view, ThumbnailView::Ready { .. })
            });
            thumbnails.end_frame();
        }
        all_ready
    };
    let mut before = 0;
    for plate_id in [1, 2] {
        let start = Instant::now();
        while !frames(plate_id, 1) {
            assert!(start.elapsed() < Duration::from_secs(20), "not all thumbnails appear");
        }
        // What had been asked for may still come.
        frames(plate_id, 10);
        let settled = decoded.load(Ordering::Relaxed);
        assert!(settled >= before + 4);
        assert!(frames(plate_id, 20));
        assert_eq!(decoded.load(Ordering::Relaxed), settled);
        before = settled;
    }
}

#[test]
fn tiles_say_what_they_are() {
    let mut harness = harness(Window::new());
    wait_for(&mut harness, "A01 · s1 · w2 · z2, cannot be read");
    for label in
        ["A01 · s1 · w1 · z1", "A01 · s1 · w1 · z3, missing", "A01 · s1 · w2 · z3", "6 images in 1 well"]
    {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(harness.query_by_label("B02 · s1 · w1 · z1").is_none(), "only selected wells");
    // The channel's chip bears its name; another click lifts the filter.
    harness.get_by_label("FITC").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("3 images in 1 well").is_some());
    assert!(harness.query_by_label("A01 · s1 · w1 · z1").is_none());
    harness.get_by_label("z2").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("1 image in 1 well").is_some());
    harness.get_by_label("Clear filters").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
    harness.state_mut().selected.clear();
    harness.run_steps(2);
    assert!(harness.query_by_label("Select wells on the plate map to see their images.").is_some());
}

#[test]
fn the_viewer_opens_by_click_tells_values_and_goes_back() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    harness.run_steps(2);
    let canvas = harness.get_by_label("Image A01 · s1 · w1 · z2").rect();
    // The middle of the canvas is the corner of four pixels; a little beyond lies (8, 4).
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    harness.run_steps(2);
    assert!(harness.query_by_label("x 8 · y 4 · value 128").is_some());
    harness.hover_at(canvas.left_top() + vec2(2.0, 2.0));
    harness.run_steps(2);
    assert!(harness.query_by_label("x 8 · y 4 · value 128").is_none(), "outside of the image");

    // The missing plane between is shown as such, and left out by nobody.
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z3").is_some());
    harness.key_press(Key::ArrowRight);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w2_z1_t1.tif");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
    assert!(harness.get_by_label("A01 · s1 · w1 · z2").is_focused(), "where one came from");
}

#[test]
fn the_keyboard_reaches_tiles_and_opens_them() {
    let mut harness = harness(Window::new());
    for (key, expected) in [
        (Key::ArrowRight, "A01 · s1 · w1 · z1"),
        (Key::ArrowRight, "A01 · s1 · w1 · z2"),
        (Key::End, "A01 · s1 · w2 · z3"),
        (Key::Home, "A01 · s1 · w1 · z1"),
        (Key::ArrowRight, "A01 · s1 · w1 · z2"),
    ] {
        harness.key_press(key);
        harness.run_steps(3);
        assert!(harness.get_by_label(expected).is_focused(), "{key:?}: {expected}");
    }
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(harness.state().state.is_viewing());
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
}

#[test]
fn zoom_is_kept_from_image_to_image() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    harness.get_by_label("1:1").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("100 %").is_some());
    let canvas = harness.get_by_label("Image A01 · s1 · w1 · z1").rect();
    harness.hover_at(canvas.center());
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 240.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
    assert!(harness.query_by_label("100 %").is_none());
    let zoom = |harness: &Harness<'_, Window>| {
        let label =
            harness.query_all_by_label_contains(" %").next().and_then(|node| node.accesskit_node().value());
        label.unwrap()
    };
    let zoomed = zoom(&harness);
    harness.key_press(Key::ArrowRight);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    assert_eq!(zoom(&harness), zoomed);
}

#[test]
fn keys_and_a_slider_go_through_the_planes_and_keep_the_zoom() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    harness.get_by_label("1:1").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Timepoint").is_none(), "there is but one");
    for (key, expected) in [
        (Key::PageDown, "Image A01 · s1 · w1 · z1"),
        (Key::PageUp, "Image A01 · s1 · w1 · z2"),
        (Key::Period, "Image A01 · s1 · w1 · z2"),
        // What is missing has its place among the planes.
        (Key::PageUp, "Image A01 · s1 · w1 · z3"),
        (Key::PageUp, "Image A01 · s1 · w1 · z3"),
        (Key::PageDown, "Image A01 · s1 · w1 · z2"),
    ] {
        harness.key_press(key);
        harness.run_steps(3);
        assert!(harness.query_by_label(expected).is_some(), "{key:?}: {expected}");
    }
    wait_for(&mut harness, "100 %");
    let slider = harness.get_by_label("Z plane").rect();
    harness.hover_at(slider.left_center());
    harness.run_steps(2);
    harness.get_by_label("Z plane").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z1").is_some());
    // The arrow keys of the viewer go on from where the slider has gone.
    harness.get_by_label("Image A01 · s1 · w1 · z1").focus();
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
}

#[test]
fn a_lookup_table_is_chosen_for_a_channel_or_for_all_and_kept_while_browsing() {
    let mut harness = harness(Window::new());
    let value = |harness: &Harness<'_, Window>, label: &str| {
        harness.get_by_role_and_label(Role::ComboBox, label).accesskit_node().value().expect("a choice")
    };
    let choose = |harness: &mut Harness<'_, Window>, label: &str, table: &str| {
        harness.get_by_role_and_label(Role::ComboBox, label).click();
        harness.run_steps(3);
        harness.get_by_label(table).click();
        harness.run_steps(3);
    };
    let all = "Lookup table of all channels";
    assert_eq!(value(&harness, all), "Channel colour");
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    harness.run_steps(2);
    choose(&mut harness, "Lookup table", "Viridis");
    harness.key_press(Key::ArrowRight);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    assert_eq!(value(&harness, "Lookup table"), "Viridis");
    let table = |harness: &Harness<'_, Window>, channel| harness.state().thumbnails.table(Some(channel));
    assert_eq!((table(&harness, 1), table(&harness, 2)), (LookupTable::Viridis, LookupTable::Tint));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert_eq!(value(&harness, all), "Several tables");
    choose(&mut harness, all, "Cividis");
    assert_eq!((table(&harness, 1), table(&harness, 2)), (LookupTable::Cividis, LookupTable::Cividis));
}

#[test]
fn a_composite_shows_all_channels_and_tells_the_value_of_each() {
    let mut window = Window::new();
    window.selected = BTreeSet::from([well("B02")]);
    let mut harness = harness(window);
    harness.get_by_label("B02 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w1_z2_t1.tif");
    harness.get_by_role_and_label(Role::Switch, "Composite").click();
    wait_for(&mut harness, "Contrast of FITC");
    harness.run_steps(2);
    let canvas = harness.get_by_label("Image B02 · s1 · w1 · z2 · all channels").rect();
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    wait_for(&mut harness, "x 8 · y 4 · w1 128 · FITC 228");
    // The contrast below becomes that of another channel; the picture stays.
    harness.get_by_label("Contrast of FITC").click();
    harness.run_steps(3);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w2_z2_t1.tif");
    harness.get_by_role_and_label(Role::CheckBox, "w1").click();
    harness.run_steps(3);
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    wait_for(&mut harness, "x 8 · y 4 · FITC 228");
    harness.get_by_role_and_label(Role::CheckBox, "FITC").click();
    harness.run_steps(3);
    let why = |harness: &Harness<'_, Window>| {
        let image = harness.get_by_label("Image B02 · s1 · w2 · z2 · all channels");
        image.accesskit_node().value()
    };
    assert_eq!(why(&harness).as_deref(), Some("All channels are switched off."));
    harness.get_by_role_and_label(Role::CheckBox, "w1").click();
    harness.run_steps(3);
    assert_eq!(why(&harness), None);
    // A plane that one channel lacks is shown without it, which is told.
    harness.get_by_role_and_label(Role::CheckBox, "FITC").click();
    harness.state_mut().selected = BTreeSet::from([well("A01")]);
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("A01 · s1 · w2 · z3").click();
    wait_for(&mut harness, "w1, missing");
}

#[test]
fn a_step_stands_beside_its_source_with_linked_zoom_or_as_their_difference() {
    let mut window = Window::new();
    let key = ImageKey::new(well("A01"), 1, 1, 2, 1);
    window.outputs = vec![OutputEntry {
        run: 1,
        key,
        step: 0,
        step_name: "Background".to_owned(),
        mode: Mode::Sequential,
        // Values of channel 3 instead of 1.
        path: "/out/A01_s1_w3_z2_t1.tif".into(),
    }];
    let mut harness = harness(window);
    harness.get_by_label("A01 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
    harness.run_steps(3);
    harness.get_by_label("beside Background").click();
    let beside = "Image A01 · s1 · w1 · z2 · Background";
    wait_for(&mut harness, beside);
    harness.run_steps(3);
    // What is done to one is seen of both: the same place, the same zoom.
    let zoom = |harness: &Harness<'_, Window>| {
        let label = harness.query_all_by_label_contains(" %").next();
        label.and_then(|node| node.accesskit_node().value()).expect("a zoom")
    };
    let before = zoom(&harness);
    let canvas = harness.get_by_label(beside).rect();
    harness.hover_at(canvas.center());
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 240.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
    assert_ne!(zoom(&harness), before);
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    wait_for(&mut harness, "x 8 · y 4 · Source 128 · Background 328");
    harness.get_by_label("Difference").click();
    wait_for(&mut harness, "Largest difference: −200");
    let one = "Image A01 · s1 · w1 · z2, difference: Source − Background";
    assert!(harness.query_by_label(one).is_some());
    assert!(harness.query_by_label(beside).is_none());
}

#[test]
fn playing_goes_round_and_waits_for_what_is_not_there_yet() {
    let (permit, permits) = std::sync::mpsc::channel::<()>();
    let (decoder, permits) = (tiny_decoder(), std::sync::Mutex::new(permits));
    let mut window = Window::of(Arc::new(move |source: &ImageSource| {
        let is_for_viewer = std::thread::current().name() == Some("image viewer");
        if is_for_viewer && source.file_name() == "B02_s1_w2_z3_t1.tif" {
            permits.lock().unwrap().recv().ok();
        }
        decoder(source)
    }));
    window.selected = BTreeSet::from([well("B02")]);
    let mut harness = harness(window);
    harness.get_by_label("B02 · s1 · w2 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w2_z1_t1.tif");
    harness.get_by_label("Play the z planes").click();
    wait_for(&mut harness, "Image B02 · s1 · w2 · z2");
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
    assert!(harness.query_by_label("Image B02 · s1 · w2 · z2").is_some(), "the next is not there");
    permit.send(()).unwrap();
    wait_for(&mut harness, "Image B02 · s1 · w2 · z3");
    wait_for(&mut harness, "Image B02 · s1 · w2 · z1");
    harness.get_by_label("Pause the z planes").click();
    // Once it is paused nothing asks for another frame.
    harness.run_steps(10);
    assert!(harness.query_by_label("Play the z planes").is_some());
    assert_eq!(harness.run_ok().map(|frames| frames <= 2), Some(true));
}

#[test]
fn outputs_stand_beside_their_source() {
    let mut window = Window::new();
    let key = ImageKey::new(well("A01"), 1, 1, 1, 1);
    let projected = ImageKey { z: None, ..key };
    let output = |key, step, name: &str, mode: Mode| OutputEntry {
        run: 1,
        key,
        step,
        step_name: name.to_owned(),
        mode,
        path: format!("/out/{step}_{}_{key}.tif", mode.name()).into(),
    };
    window.outputs = vec![
        output(key, 0, "Percentile normalise", Mode::Sequential),
        output(projected, 1, "Z projection", Mode::Sequential),
        output(projected, 1, "Z projection", Mode::Bulk),
    ];
    let mut harness = harness(window);
    harness.get_by_label("A01 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    // z2 was not normalised; its stack was projected, in both modes.
    harness.get_by_label("Z projection, one at a time").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · 1_sequential_A01_s1_w1_t1.tif");
    harness.get_by_label("Z projection, all at once").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · 1_bulk_A01_s1_w1_t1.tif");
    // From the projection back to the plane that one came from.
    harness.get_by_label("Source").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
}

#[test]
fn the_list_is_filtered_by_stage_and_value() {
    let plate = plate();
    let selected = BTreeSet::from([well("A01"), well("B02")]);
    let key = ImageKey::new(well("B02"), 1, 2, 1, 1);
    let outputs = [OutputEntry {
        run: 1,
        key: ImageKey { z: None, ..key },
        step: 1,
        step_name: "Z projection".to_owned(),
        mode: Mode::Bulk,
        path: "/out/p.tif".into(),
    }];
    let model = ImagesModel {
        plate: &plate,
        plate_id: 1,
        selected: &selected,
        outputs: &outputs,
        outputs_version: 1,
        failures: &Failures::default(),
        wells: &BTreeMap::new(),
        well_stages: &BTreeMap::new(),
        previewed: &[],
        runs: &[],
    };
    let output = Stage::Output { step: 1, bulk: true };
    use stepwell::plate::Component::{self, Channel, Z};
    type Row<'a> = (&'a [Stage], &'a [(Component, u32)], usize);
    let table: [Row<'_>; 6] = [
        (&[Stage::Source], &[], 12),
        (&[], &[], 13),
        (&[output], &[], 1),
        (&[output], &[(Z, 3)], 1),
        (&[Stage::Source], &[(Z, 3), (Channel, 1)], 2),
        (&[Stage::Source, output], &[(Channel, 2), (Z, 1), (Z, 2)], 5),
    ];
    let mut list = ImageList::default();
    for (stages, values, expected) in table {
        let mut filters = Filters { stages: stages.iter().copied().collect(), ..Filters::default() };
        for (component, value) in values {
            filters.toggle(*component, *value);
        }
        list.refresh(&model, &mut filters);
        assert_eq!(list.items.len(), expected, "{stages:?} {values:?}");
        assert!(list.items.is_sorted_by_key(|item| (item.key, item.stage)));
    }
    // Kinds, and the order by a component.
    let kinds: [(&[Kind], usize); 3] =
        [(&[], 12), (&[Kind::Image], 11), (&[Kind::Missing, Kind::Projection], 1)];
    for (kinds, expected) in kinds {
        let mut filters = Filters { kinds: kinds.iter().copied().collect(), ..Filters::default() };
        list.refresh(&model, &mut filters);
        assert_eq!(list.items.len(), expected, "{kinds:?}");
    }
    let mut filters = Filters { first: Some(Z), ..Filters::default() };
    list.refresh(&model, &mut filters);
    assert!(list.items.is_sorted_by_key(|item| (item.key.z, item.key)));
    assert!(!list.items.is_sorted_by_key(|item| item.key));
    // A frame without a change makes no new list.
    let mut filters = Filters::default();
    list.refresh(&model, &mut filters);
    let version = list.version;
    list.refresh(&model, &mut filters);
    assert_eq!(list.version, version);
}

/// Two wells, of which one failed in a run and one image cannot be read; a third has projections only.
fn overview_window() -> Window {
    let mut plate = plate();
    let projection = ImageKey { z: None, ..ImageKey::new(well("C03"), 1, 1, 1, 1) };
    plate.projections.push(PlateImage { key: projection, path: "projection_w1.tif".to_owned(), page: 0 });
    let mut window = Window::with_plate(plate, tiny_decoder());
    window.well_stages.insert(well("B02"), WellStage::Failed { images: 2 });
    window
}

#[test]
fn the_whole_plate_shows_one_image_of_each_well_and_opens_it() {
    let mut harness = harness(overview_window());
    harness.get_by_label("Whole plate").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("96 wells, 3 with images").is_some());
    // First site and channel; the projection, or else the middle of the planes that are there; wells
    // that are not selected too.
    let shown = |harness: &Harness<'_, Window>, labels: &[&str]| {
        for label in labels {
            let node = harness.get_by_role_and_label(Role::ListBoxOption, label);
            let (tile, plate) = (node.rect(), harness.get_by_role(Role::ListBox).rect());
            assert!(plate.contains_rect(tile), "{label}: {tile:?}");
        }
    };
    let first = ["A01 · s1 · w1 · z2", "B02 · s1 · w1 · z2", "C03 · s1 · w1 · projection", "H12, empty"];
    shown(&harness, &first);
    let choose = |harness: &mut Harness<'_, Window>, menu: &str, entry: &str| {
        harness.get_by_role_and_label(Role::ComboBox, menu).click();
        harness.run_steps(3);
        harness.get_by_label(entry).click();
        harness.run_steps(3);
    };
    choose(&mut harness, "Z of the wells' images", "Z 3");
    shown(&harness, &["A01 · s1 · w1 · z3, missing", "B02 · s1 · w1 · z3", "C03, has no such image"]);
    choose(&mut harness, "Z of the wells' images", "Z 2");
    choose(&mut harness, "Channel of the wells' images", "FITC");
    wait_for(&mut harness, "A01 · s1 · w2 · z2, cannot be read");
    choose(&mut harness, "Z of the wells' images", "Projection or middle z");
    // In the viewer the arrow keys go from well to well, and Esc back to the plate.
    harness.get_by_role_and_label(Role::ListBoxOption, "B02 · s1 · w2 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w2_z2_t1.tif");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w2 · z2").is_some());
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w2 · z2").is_some(), "it is the first");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.get_by_role(Role::ListBox).is_focused());
    // From there on by keyboard; an empty well opens nothing.
    for key in [Key::ArrowRight, Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    assert!(!harness.state().state.is_viewing());
    for key in [Key::ArrowDown, Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    assert!(harness.query_by_label("Image B02 · s1 · w2 · z2").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("All images").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
}

#[test]
fn a_zoomed_plate_reads_only_the_wells_in_sight() {
    let mut plate = plate();
    plate.shape = PlateShape { rows: 32, columns: 48 };
    plate.images = (0..32_u32)
        .flat_map(|row| (0..48_u32).map(move |column| (row, column)))
        .map(|(row, column)| {
            let key = ImageKey::new(WellId::at(row, column).expect("a well"), 1, 1, 1, 1);
            PlateImage { key, path: format!("{key}.tif"), page: 0 }
        })
        .collect();
    plate.missing.clear();
    plate.missing_by_well.clear();
    let read = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let names = Arc::clone(&read);
    let window = Window::with_plate(
        plate,
        Arc::new(move |source: &ImageSource| {
            names.lock().unwrap().insert(source.file_name());
            Ok((ImageFormat::grey(8, 8, PixelType::U8), vec![7; 64]))
        }),
    );
    let mut harness = harness(window);
    harness.get_by_label("Whole plate").click();
    harness.run_steps(2);
    // All 1536 wells fit at first.
    for label in ["A01 · s1 · w1", "AF48 · s1 · w1"] {
        let (tile, all) = (harness.get_by_label(label).rect(), harness.get_by_role(Role::ListBox).rect());
        assert!(all.contains_rect(tile) && tile.width() > 5.0, "{label}: {tile:?}");
    }
    let start = Instant::now();
    while read.lock().unwrap().len() < 1536 {
        assert!(start.elapsed() < Duration::from_secs(60), "not all wells are read");
        harness.step();
    }
    let limit = harness.state().thumbnails.texture_limit_bytes();
    assert!(harness.state().thumbnails.texture_bytes() <= limit);
    // At the largest the first wells fill the view, and the others are not read anew.
    read.lock().unwrap().clear();
    let slider = harness.get_by_role_and_label(Role::Slider, "Zoom").rect();
    harness.drag_at(slider.left_center() + vec2(8.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(slider.right_center() - vec2(2.0, 0.0));
    harness.run_steps(10);
    std::thread::sleep(Duration::from_millis(50));
    harness.run_steps(10);
    let wide = harness.query_all_by_role(Role::ListBoxOption).next().expect("a well").rect().width();
    assert!(wide > 200.0, "{wide}");
    let count = harness.query_all_by_role(Role::ListBoxOption).count();
    assert!((6..=20).contains(&count), "{count}");
    assert!(read.lock().unwrap().len() <= 40, "{}", read.lock().unwrap().len());
}

#[test]
fn what_the_microscope_wrote_stands_in_until_the_image_is_read() {
    const THUMB: &str = "A01_s1_w1_z1_t1_thumb.tif";
    let (permit, permits) = std::sync::mpsc::channel::<()>();
    let permits = std::sync::Mutex::new(permits);
    let decoder: Decoder = Arc::new(move |source: &ImageSource| match source.file_name().as_str() {
        // Eight bits and its own grey values.
        THUMB => Ok((ImageFormat::grey(4, 2, PixelType::U8), vec![0, 80, 160, 255, 0, 80, 160, 255])),
        name if name.contains("thumb") => Err("the file ends early".to_owned()),
        _ => {
            permits.lock().unwrap().recv().ok();
            let values = (0..128_u16).map(|value| 1000 + value);
            Ok((ImageFormat::grey(16, 8, PixelType::U16), values.flat_map(u16::to_ne_bytes).collect()))
        }
    });
    let mut thumbnails =
        Thumbnails::new(ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {})));
    let (ctx, plate) = (egui::Context::default(), plate());
    let group = ContrastGroup { processed: Processed::Source, channel: Some(1) };
    let own = ContrastGroup { processed: Processed::ReadyMade, ..group };
    // The second has a picture that is damaged, the third has none.
    let wanted: Vec<_> = plate.images[..3]
        .iter()
        .enumerate()
        .map(|(place, image)| {
            let name = image.path.replace(".tif", "_thumb.tif");
            let ready_made = (place < 2).then(|| ImageSource::new(plate.root.join(name), 0));
            (ImageSource::new(plate.path_of(image), 0), ready_made)
        })
        .collect();
    let mut frame = || {
        std::thread::sleep(Duration::from_millis(2));
        thumbnails.begin_frame();
        thumbnails.set_plate(&plate, 1);
        let mut widths = Vec::new();
        for (source, ready_made) in &wanted {
            let view = thumbnails.view_with(&ctx, Lane::Grid, source, || ready_made.clone(), group, 128);
            widths.push(match view {
                ThumbnailView::Ready { size, .. } => Some(size.x),
                ThumbnailView::Waiting => None,
                ThumbnailView::Failed(why) => panic!("{why}"),
            });
        }
        thumbnails.end_frame();
        (widths, thumbnails.contrast(group), thumbnails.contrast(own).is_some())
    };
    let mut until = |expected: &[Option<f32>]| {
        let start = Instant::now();
        loop {
            let (widths, contrast, has_own) = frame();
            if widths == expected {
                return (contrast, has_own);
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{widths:?} instead of {expected:?}");
        }
    };
    // Its grey values say nothing of the plate's contrast.
    assert_eq!(until(&[Some(4.0), None, None]), (None, true));
    for _ in 0..3 {
        permit.send(()).unwrap();
    }
    let (contrast, _) = until(&[Some(16.0); 3]);
    assert!(contrast.is_some_and(|contrast| contrast.low >= 1000.0));
}
