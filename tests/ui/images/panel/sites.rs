//! All sites of each well, where they lie.

use super::*;
use stepwell::record::RunId;

/// Two sites side by side in A01, one below the other in A02, four in A03 of which one is missing; images of 8 x 4 µm.
/// Of B01 it is not known where the sites lie.
fn window() -> Window {
    let mut plate = plate();
    let sites = [
        ("A01", 1, Some((-4.0, 0.0))),
        ("A01", 2, Some((4.0, 0.0))),
        ("A02", 1, Some((-4.0, 0.0))),
        ("A02", 2, Some((-4.0, 4.0))),
        ("A03", 1, Some((0.0, 0.0))),
        ("A03", 2, Some((2.0, 1.0))),
        ("A03", 5, Some((0.0, 8.0))),
        ("B01", 1, None),
        ("B01", 2, None),
        ("B01", 3, None),
    ];
    plate.images.clear();
    plate.missing.clear();
    plate.missing_by_well.clear();
    for (name, site, at) in sites {
        let key = ImageKey::new(well(name), site, 1, 1, 1);
        if let Some((x_um, y_um)) = at {
            plate.site_positions.add(key, SitePosition { x_um, y_um });
        }
        if (name, site) == ("A03", 5) {
            plate.missing.push(MissingImage { key, file: None, why: "its file is gone".into() });
            plate.missing_by_well.insert(key.well, 1);
            continue;
        }
        plate.images.push(PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif"))));
    }
    plate.images.sort_by_key(PlateImage::key);
    plate.shape = PlateShape { rows: 2, columns: 3 };
    Window::with_plate(plate, tiny_decoder())
}

fn show_all_sites(harness: &mut Harness<'_, Window>) {
    harness.get_by_label("Whole plate").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::ComboBox, "Site of the wells' images").click();
    harness.run_steps(3);
    harness.get_by_label("All sites").click();
    harness.run_steps(3);
}

fn rect(harness: &Harness<'_, Window>, role: Role, label: &str) -> egui::Rect {
    harness.get_by_role_and_label(role, label).rect()
}

#[test]
fn sites_lie_where_they_were_recorded_and_are_opened_where_they_are_seen() {
    let mut harness = harness(window());
    show_all_sites(&mut harness);
    let wells = ["A01 · w1, 2 sites", "A02 · w1, 2 sites", "A03 · w1, 3 sites, 1 not there"];
    let side = rect(&harness, Role::GridCell, wells[0]).width();
    // Seen is what all wells cover: 16 µm from left to right, 12 µm from above to below, in the middle of a square
    // of 16 µm.
    let table = [
        (wells[0], "A01 · s1 · w1", (0.0, 2.0)),
        (wells[0], "A01 · s2 · w1", (8.0, 2.0)),
        (wells[1], "A02 · s1 · w1", (0.0, 2.0)),
        (wells[1], "A02 · s2 · w1", (0.0, 6.0)),
        (wells[2], "A03 · s1 · w1", (4.0, 2.0)),
        (wells[2], "A03 · s2 · w1", (6.0, 3.0)),
        (wells[2], "A03 · s5 · w1, missing", (4.0, 10.0)),
    ];
    for (name, label, (x_um, y_um)) in table {
        let of_well = rect(&harness, Role::GridCell, name);
        let site = rect(&harness, Role::Image, label);
        let um = side / 16.0;
        let expected = egui::Rect::from_min_size(of_well.min + vec2(x_um, y_um) * um, vec2(8.0, 4.0) * um);
        let off = (site.min - expected.min).abs().max_elem() + (site.max - expected.max).abs().max_elem();
        assert!(off < 0.1, "{label}: {site:?} for {expected:?}");
    }
    // Where two lie upon each other the later is seen, and opened.
    let [first, second] = ["A03 · s1 · w1", "A03 · s2 · w1"].map(|label| rect(&harness, Role::Image, label));
    for (at, expected) in [
        (first.intersect(second).center(), "Image A03 · s2 · w1"),
        (first.left_top() + vec2(3.0, 3.0), "Image A03 · s1 · w1"),
    ] {
        harness.hover_at(at);
        harness.drag_at(at);
        harness.run_steps(1);
        harness.drop_at(at);
        harness.run_steps(4);
        assert!(harness.query_by_label(expected).is_some(), "{expected}");
        harness.key_press(Key::Escape);
        harness.run_steps(3);
    }
}

#[test]
fn the_way_in_the_viewer_goes_from_site_to_site_and_from_well_to_well() {
    let mut harness = harness(window());
    show_all_sites(&mut harness);
    harness.get_by_role(Role::Grid).focus();
    harness.run_steps(2);
    for key in [Key::ArrowRight, Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    for expected in ["Image A01 · s1 · w1", "Image A01 · s2 · w1", "Image A02 · s1 · w1"] {
        assert!(harness.query_by_label(expected).is_some(), "{expected}");
        harness.key_press(Key::ArrowRight);
        harness.run_steps(3);
    }
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.get_by_role_and_label(Role::GridCell, "A02 · w1, 2 sites").is_focused());
}

#[test]
fn sites_whose_places_are_not_known_stand_in_a_grid_which_is_said() {
    let mut harness = harness(window());
    show_all_sites(&mut harness);
    let of_well = rect(&harness, Role::GridCell, "B01 · w1, 3 sites, in a plain grid");
    let third = rect(&harness, Role::Image, "B01 · s3 · w1");
    assert!((third.min - of_well.left_center()).abs().max_elem() < 0.1, "{third:?} in {of_well:?}");
    let one = "The positions of the sites of 1 well are not known, so they are shown in a plain grid.";
    assert!(harness.query_by_label(one).is_some());
    // One site again: nothing is said.
    harness.get_by_role_and_label(Role::ComboBox, "Site of the wells' images").click();
    harness.run_steps(3);
    harness.get_by_label("Site 2").click();
    harness.run_steps(3);
    assert!(harness.query_by_label(one).is_none());
    assert!(harness.query_by_label("A02 · s2 · w1").is_some());
}

#[test]
fn what_is_of_no_single_site_fills_its_well() {
    let mut window = window();
    window.outputs = vec![OutputEntry {
        run: RunId::new(1),
        key: ImageKey { site: None, ..ImageKey::new(well("A01"), 1, 1, 1, 1) },
        step: 0,
        step_name: "Stitching".to_owned(),
        pixel_scale: 1,
        mode: Mode::Sequential,
        source: ImageSource::file("/out/A01_w1_z1_t1.tif"),
    }];
    let mut harness = harness(window);
    show_all_sites(&mut harness);
    harness.get_by_role_and_label(Role::ComboBox, "Step of the wells' images").click();
    harness.run_steps(3);
    harness.get_by_label("Stitching").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("A01 · w1 · Stitching").is_some());
    assert!(harness.query_by_label("A02, no such image").is_some());
    assert!(harness.query_by_label_contains("It is not known").is_none());
}

#[test]
fn of_a_plate_of_1536_wells_only_the_sites_in_sight_are_drawn_and_read() {
    let mut plate = plate();
    plate.shape = PlateShape { rows: 32, columns: 48 };
    plate.images.clear();
    plate.missing.clear();
    plate.missing_by_well.clear();
    let wells = (0..32_u32).flat_map(|row| (0..48_u32).filter_map(move |column| WellId::at(row, column)));
    for key in wells.flat_map(|well| (1..=9).map(move |site| ImageKey::new(well, site, 1, 1, 1))) {
        let [x_um, y_um] = key
            .site
            .map_or([0.0; 2], |site| [f64::from((site - 1) % 3) * 8.0, f64::from((site - 1) / 3) * 4.0]);
        plate.site_positions.add(key, SitePosition { x_um, y_um });
        plate.images.push(PlateImage::new(key, ImageSource::file(format!("/plate/{key}.tif"))));
    }
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let decoder: Decoder = Arc::new(move |_: &ImageSource, _| {
        count.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1));
        Ok((ImageFormat::grey(16, 8, PixelType::U16), vec![7; 256]))
    });
    let mut harness = harness(Window::with_plate(plate, decoder));
    show_all_sites(&mut harness);
    // All wells are in sight, whose sites are too small for names of their own.
    assert!(harness.query_by_label("AF48 · w1, 9 sites").is_some());
    assert_eq!(harness.query_all_by_role(Role::Image).count(), 0);
    let slider = harness.get_by_role_and_label(Role::Slider, "Zoom").rect();
    harness.drag_at(slider.left_center() + vec2(8.0, 0.0));
    harness.run_steps(2);
    harness.drop_at(slider.right_center() - vec2(2.0, 0.0));
    harness.run_steps(10);
    let sites = harness.query_all_by_role(Role::Image).count();
    let wells = harness.query_all_by_role(Role::GridCell).count();
    assert!(
        (6..=20).contains(&wells) && sites <= 9 * wells && sites >= 9 * 4,
        "{sites} sites of {wells} wells"
    );
    // What is out of sight is not read any more.
    let before = read.load(Ordering::Relaxed);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(600) {
        harness.step();
        std::thread::sleep(Duration::from_millis(2));
    }
    let more = read.load(Ordering::Relaxed) - before;
    assert!(more <= 9 * wells + 64, "{more} read for {sites} sites in sight");
}
