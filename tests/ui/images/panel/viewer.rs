//! The viewer: values, zoom, tables of colours, composites, comparisons.

use stepwell::record::RunId;

use super::*;

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
fn zoom_is_kept_from_image_to_image() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    // Where the buttons are is known a frame after they were drawn first.
    harness.run_steps(2);
    harness.get_by_label("One to one").click();
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
fn keys_zoom_and_go_over_the_image() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    let percent = |harness: &Harness<'_, Window>| {
        let label =
            harness.query_all_by_label_contains(" %").next().and_then(|node| node.accesskit_node().value());
        let number =
            label.as_deref().and_then(|label| label.split(' ').next()).map(|text| text.replace(',', ""));
        number.and_then(|text| text.parse::<f64>().ok()).expect("the zoom")
    };
    let press = |harness: &mut Harness<'_, Window>, modifiers, key| {
        harness.key_press_modifiers(modifiers, key);
        harness.run_steps(3);
        percent(harness)
    };
    let fit = percent(&harness);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Num1), 100.0);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Plus), 125.0);
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Minus), 100.0);
    // What lies in the middle is another pixel after each step to the right.
    let canvas = harness.get_by_label("Image A01 · s1 · w1 · z1").rect();
    harness.hover_at(canvas.center() + vec2(0.5, 0.5));
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("x 8 · y 4").is_some());
    press(&mut harness, Modifiers::ALT, Key::ArrowLeft);
    assert!(harness.query_by_label_contains("x 0 · y 4").is_some(), "the image cannot be lost from sight");
    assert_eq!(press(&mut harness, Modifiers::NONE, Key::Num0), fit);
}

#[test]
fn keys_and_a_slider_go_through_the_planes_and_keep_the_zoom() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    harness.run_steps(2);
    harness.get_by_label("One to one").click();
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
        let image = harness.get_by_label("Image B02 · s1 · FITC · z2 · all channels");
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
    harness.get_by_label("A01 · s1 · FITC · z3").click();
    wait_for(&mut harness, "w1, missing");
}

#[test]
fn a_step_stands_beside_its_source_with_linked_zoom_or_as_their_difference() {
    let mut window = Window::new();
    let key = ImageKey::new(well("A01"), 1, 1, 2, 1);
    window.outputs = vec![OutputEntry {
        run: RunId::new(1),
        key,
        step: 0,
        step_name: "Background".to_owned(),
        pixel_scale: 1,
        mode: Mode::Sequential,
        // Values of channel 3 instead of 1.
        source: ImageSource::file("/out/A01_s1_w3_z2_t1.tif"),
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
    let mut window = Window::of(Arc::new(move |source: &ImageSource, most_bytes| {
        let is_for_viewer = std::thread::current().name() == Some("image viewer");
        if is_for_viewer && source.file_name() == "B02_s1_w2_z3_t1.tif" {
            permits.lock().unwrap().recv().ok();
        }
        decoder(source, most_bytes)
    }));
    window.selected = BTreeSet::from([well("B02")]);
    let mut harness = harness(window);
    harness.get_by_label("B02 · s1 · FITC · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w2_z1_t1.tif");
    harness.get_by_label("Play the z planes").click();
    wait_for(&mut harness, "Image B02 · s1 · FITC · z2");
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
    assert!(harness.query_by_label("Image B02 · s1 · FITC · z2").is_some(), "the next is not there");
    permit.send(()).unwrap();
    wait_for(&mut harness, "Image B02 · s1 · FITC · z3");
    wait_for(&mut harness, "Image B02 · s1 · FITC · z1");
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
        run: RunId::new(1),
        key,
        step,
        step_name: name.to_owned(),
        pixel_scale: 1,
        mode,
        source: ImageSource::file(format!("/out/{step}_{}_{key}.tif", mode.name())),
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
