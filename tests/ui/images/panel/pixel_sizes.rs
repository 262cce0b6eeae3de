//! What the viewer says of lengths: of the channel that is looked at, at the step that is looked at.

use super::*;
use egui_kittest::Node;
use stepwell::record::RunId;

/// Channel 1 has pixels of 0.5 µm, channel 2 oblong ones of 1 by 2 µm.
fn window() -> Window {
    let mut plate = plate();
    plate.pixel_sizes = PixelSizes::default();
    for (channel, size) in [(1, PixelSize::square(0.5)), (2, PixelSize::new(1.0, 2.0))] {
        plate.pixel_sizes.add(channel, size.expect("a size"));
    }
    let mut window = Window::with_plate(plate, tiny_decoder());
    window.selected = BTreeSet::from([well("B02")]);
    window
}

fn choose_beside(harness: &mut Harness<'_, Window>, entry: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
    harness.run_steps(3);
    harness.get_by_label(entry).click();
    harness.run_steps(3);
}

/// Draws frames until these are the scale bars that are seen, from the left: a picture has its bar when it is read.
fn wait_for_scale_bars(harness: &mut Harness<'_, Window>, expected: &[&str]) {
    let start = Instant::now();
    while scale_bars(harness) != expected {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} and not {expected:?}", scale_bars(harness));
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
}

fn scale_bars(harness: &Harness<'_, Window>) -> Vec<String> {
    let mut bars: Vec<_> = harness.query_all_by_label_contains("Scale bar, ").collect();
    bars.sort_by(|a, b| a.rect().left().total_cmp(&b.rect().left()));
    let said = |bar: &Node<'_>| bar.accesskit_node().label().or_else(|| bar.accesskit_node().value());
    bars.iter().filter_map(said).collect()
}

fn is_enabled(harness: &Harness<'_, Window>, label: &str) -> bool {
    !harness.get_by_role_and_label(Role::CheckBox, label).accesskit_node().is_disabled()
}

#[test]
fn each_channel_has_its_own_scale_bar() {
    let mut harness = harness(window());
    harness.get_by_label("B02 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w1_z2_t1.tif");
    // 16 pixels of 0.5 µm are 8 µm over some 600 points, of which a bar has 120 at most.
    wait_for(&mut harness, "Scale bar, 1 µm");
    choose_beside(&mut harness, "beside FITC");
    wait_for(&mut harness, "Image B02 · s1 · FITC · z2");
    // Each half of the canvas has some 300 points, for 8 µm at the left and 16 µm at the right.
    wait_for_scale_bars(&mut harness, &["Scale bar, 2 µm", "Scale bar, 5 µm"]);
    // The place under the pointer is the same part of the well in both: each pixel of 1 by 2 µm holds 2 by 4
    // of the others.
    let canvas = harness.get_by_label("Image B02 · s1 · w1 · z2").rect();
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    wait_for(&mut harness, "x 8 · y 4 · w1 128 · FITC 224");
    // Zoomed, both show as much of the well.
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 480.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
    let bars = scale_bars(&harness);
    assert_eq!((bars.len(), &bars[0]), (2, &bars[1]));
    // The other channel by itself.
    choose_beside(&mut harness, "nothing beside");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("B02 · s1 · FITC · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 1 × 2 µm a pixel · B02_s1_w2_z2_t1.tif");
}

#[test]
fn a_composite_of_channels_of_different_pixels_has_no_scale_bar_and_says_so() {
    let mut harness = harness(window());
    harness.get_by_label("B02 · s1 · w1 · z2").click();
    wait_for(&mut harness, "Scale bar, 1 µm");
    assert!(is_enabled(&harness, "Scale bar"));
    harness.get_by_role_and_label(Role::Switch, "Composite").click();
    wait_for(&mut harness, "16 × 8, 16-bit · different pixel sizes · B02_s1_w1_z2_t1.tif");
    harness.run_steps(3);
    assert!(scale_bars(&harness).is_empty() && !is_enabled(&harness, "Scale bar"));
    // Of the one that is left it is known.
    harness.get_by_role_and_label(Role::CheckBox, "w1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 1 × 2 µm a pixel · B02_s1_w1_z2_t1.tif");
    wait_for(&mut harness, "Scale bar, 2 µm");
}

#[test]
fn what_a_step_has_binned_has_larger_pixels() {
    let mut window = window();
    let key = ImageKey::new(well("B02"), 1, 1, 2, 1);
    window.outputs = vec![OutputEntry {
        run: RunId::new(1),
        key,
        step: 1,
        step_name: "Binning".to_owned(),
        pixel_scale: 4,
        mode: Mode::Sequential,
        source: ImageSource::file("/out/B02_s1_w1_z2_t1.tif"),
    }];
    let mut harness = harness(window);
    harness.get_by_label("B02 · s1 · w1 · z2").click();
    wait_for(&mut harness, "Scale bar, 1 µm");
    harness.get_by_label("Binning").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 2 µm a pixel · B02_s1_w1_z2_t1.tif");
    wait_for(&mut harness, "Scale bar, 5 µm");
    choose_beside(&mut harness, "beside Source");
    wait_for_scale_bars(&mut harness, &["Scale bar, 10 µm", "Scale bar, 2 µm"]);
}

#[test]
fn without_a_size_of_a_pixel_there_is_no_scale_bar() {
    let mut window = window();
    window.plate.pixel_sizes = PixelSizes::default();
    let mut harness = harness(window);
    harness.get_by_label("B02 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · B02_s1_w1_z2_t1.tif");
    harness.run_steps(3);
    assert!(scale_bars(&harness).is_empty() && !is_enabled(&harness, "Scale bar"));
}
