//! One image of each well.

use super::*;

/// Two wells, of which one failed in a run and one image cannot be read; a third has projections only.
fn overview_window() -> Window {
    let mut plate = plate();
    let projection = ImageKey { z: None, ..ImageKey::new(well("C03"), 1, 1, 1, 1) };
    plate.projections.push(PlateImage::new(projection, ImageSource::file("/plate/projection_w1.tif")));
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
            let node = harness.get_by_role_and_label(Role::GridCell, label);
            let (tile, plate) = (node.rect(), harness.get_by_role(Role::Grid).rect());
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
    shown(&harness, &["A01 · s1 · w1 · z3, missing", "B02 · s1 · w1 · z3", "C03, no such image"]);
    choose(&mut harness, "Z of the wells' images", "Z 2");
    choose(&mut harness, "Channel of the wells' images", "FITC");
    wait_for(&mut harness, "A01 · s1 · FITC · z2, cannot be read");
    choose(&mut harness, "Z of the wells' images", "Projection or middle z");
    // In the viewer the arrow keys go from well to well, and Esc back to the plate.
    harness.get_by_role_and_label(Role::GridCell, "B02 · s1 · FITC · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · B02_s1_w2_z2_t1.tif");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · FITC · z2").is_some());
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · FITC · z2").is_some(), "it is the first");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    let cell = harness.get_by_role_and_label(Role::GridCell, "A01 · s1 · FITC · z2, cannot be read");
    assert!(cell.is_focused());
    assert_eq!(cell.accesskit_node().description().as_deref(), Some("5 images, 1 image missing"));
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
    assert!(harness.query_by_label("Image B02 · s1 · FITC · z2").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.get_by_label("All images").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
}

#[test]
fn the_pointer_finds_the_same_wells_where_no_screen_reader_asks_for_them() {
    let mut window = overview_window();
    let ctx = egui::Context::default();
    stepwell::ui::theme::install(&ctx);
    let size = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(900.0, 600.0));
    let mut frame = |events: Vec<egui::Event>| {
        let input = egui::RawInput { screen_rect: Some(size), events, ..egui::RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| window_ui(ui, &mut window));
        output.textures_delta.clear();
        (output.platform_output.accesskit_update.take(), window.state.is_viewing())
    };
    let mut click = |at: egui::Pos2| {
        let button = |pressed| egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        frame(vec![egui::Event::PointerMoved(at)]);
        frame(vec![button(true)]);
        frame(vec![button(false)]);
        frame(Vec::new())
    };
    // Asked for, they say where they are.
    ctx.enable_accesskit();
    let mut place_of = |from: egui::Pos2, label: &str| {
        let nodes = click(from).0.expect("asked for").nodes;
        let node = nodes.into_iter().find(|(_, node)| node.label() == Some(label)).expect(label).1;
        let bounds = node.bounds().expect("a place");
        egui::pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0)
    };
    let nowhere = egui::pos2(899.0, 599.0);
    let switch = place_of(nowhere, "Whole plate");
    let one = place_of(switch, "B02 · s1 · w1 · z2");
    let empty = place_of(nowhere, "H12, empty");
    ctx.disable_accesskit();
    assert_eq!(click(empty), (None, false), "an empty well opens nothing");
    assert_eq!(click(one), (None, true));
}

#[test]
fn a_zoomed_plate_reads_only_the_wells_in_sight() {
    let mut plate = plate();
    plate.shape = PlateShape { rows: 32, columns: 48 };
    plate.images = (0..32_u32)
        .flat_map(|row| (0..48_u32).map(move |column| (row, column)))
        .map(|(row, column)| {
            let key = ImageKey::new(WellId::at(row, column).expect("a well"), 1, 1, 1, 1);
            PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif")))
        })
        .collect();
    plate.missing.clear();
    plate.missing_by_well.clear();
    let read = Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    let names = Arc::clone(&read);
    let window = Window::with_plate(
        plate,
        Arc::new(move |source: &ImageSource, _| {
            names.lock().unwrap().insert(source.file_name().to_owned());
            Ok((ImageFormat::grey(8, 8, PixelType::U8), vec![7; 64]))
        }),
    );
    let mut harness = harness(window);
    harness.get_by_label("Whole plate").click();
    harness.run_steps(2);
    // All 1536 wells fit at first.
    for label in ["A01 · s1 · w1", "AF48 · s1 · w1"] {
        let (tile, all) = (harness.get_by_label(label).rect(), harness.get_by_role(Role::Grid).rect());
        assert!(all.contains_rect(tile) && tile.width() > 5.0, "{label}: {tile:?}");
    }
    let start = Instant::now();
    while read.lock().unwrap().len() < 1536 {
        assert!(start.elapsed() < Duration::from_secs(60), "not all wells are read");
        harness.step();
    }
    let limit = harness.state().thumbnails.texture_limit_bytes();
    assert!(harness.state().thumbnails.texture_bytes() <= limit);
    // At the largest the first wells fill the view, and the others are not read again.
    read.lock().unwrap().clear();
    let slider = harness.get_by_role_and_label(Role::Slider, "Zoom").rect();
    harness.drag_at(slider.left_center() + vec2(8.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(slider.right_center() - vec2(2.0, 0.0));
    harness.run_steps(10);
    std::thread::sleep(Duration::from_millis(50));
    harness.run_steps(10);
    let wide = harness.query_all_by_role(Role::GridCell).next().expect("a well").rect().width();
    assert!(wide > 200.0, "{wide}");
    let count = harness.query_all_by_role(Role::GridCell).count();
    assert!((6..=20).contains(&count), "{count}");
    assert!(read.lock().unwrap().len() <= 40, "{}", read.lock().unwrap().len());
}
