//! The plate map, and what is read of the wells that are selected.

use super::*;

#[test]
fn sizes_are_read_of_what_is_selected_and_come_in_parts() {
    let mut bench = Bench::new();
    bench.state.show_plate(synthetic::plate());
    let measure = |bench: &mut Bench| {
        let work = bench.state.take_work().into_iter().find_map(|work| match work {
            Work::Plate(PlateWork::Measure { generation, wells, cancel, .. }) => {
                Some((generation, wells, cancel))
            }
            _ => None,
        });
        work.expect("sizes are read")
    };
    let (generation, wells, cancel) = measure(&mut bench);
    assert_eq!(wells.len(), 6);
    let tell = |bench: &mut Bench, generation, name: &str| {
        let mut part = synthetic::plate();
        part.images.retain(|image| image.key().well == well(name));
        let (wells, measured) = (BTreeSet::from([well(name)]), synthetic::measured(&part));
        bench.state.apply(PlateEvent::Measured { generation, wells, measured });
    };
    tell(&mut bench, generation, "B02");
    let why = "the sizes of the images are being read, 54 of 323 so far";
    assert_eq!(bench.state.run_blocked().as_deref(), Some(why));
    // One well that is known needs nothing more; what was asked for of the others is stopped.
    bench.state.handle(PlateCommand::Select(BTreeSet::from([well("B02")])));
    assert!(cancel.is_cancelled());
    assert_eq!(bench.state.run_blocked(), None);
    tell(&mut bench, generation, "B03");
    bench.state.handle(PlateCommand::Select(BTreeSet::from(["B02", "B03"].map(well))));
    let (generation, wells, cancel) = measure(&mut bench);
    assert_eq!(wells, BTreeSet::from([well("B03")]));
    // Another plate stops it as well.
    bench.state.show_plate(synthetic::plate());
    assert!(cancel.is_cancelled());
    tell(&mut bench, generation, "B03");
    assert_eq!(bench.state.plate.as_ref().map(|plate| plate.formats.len()), Some(0));
}

#[test]
fn arrow_keys_are_the_viewers_or_the_plate_maps() {
    let mut bench = Bench::with_plate();
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.view.open_image(ImageKey::new(well("B02"), 1, 1, 1, 1));
    let mut harness = bench.show();
    let first = "Image B02 · s1 · DAPI · z1";
    assert!(harness.query_by_label(first).is_some());
    harness.get_by_role(Role::Grid).focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    harness.run_ok();
    assert!(harness.query_by_label(first).is_some());
    harness.get_by_label(first).focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    harness.run_ok();
    assert!(harness.query_by_label("Image B02 · s1 · DAPI · z2").is_some());
}

fn selected(harness: &Harness<'_, Bench>) -> Vec<String> {
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    plate.selection.iter().map(ToString::to_string).collect()
}

#[test]
fn wells_are_selected_by_mouse() {
    let mut harness = Bench::with_plate().show();
    let at = |harness: &Harness<'_, Bench>, name: &str| {
        let label = format!("{name}, ");
        let node = harness
            .get_all_by_role(Role::GridCell)
            .find(|node| node.accesskit_node().label().is_some_and(|name| name.starts_with(&label)));
        node.expect("a well").rect().center()
    };
    let click = |harness: &mut Harness<'_, Bench>, name: &str, modifiers: Modifiers| {
        let pos = at(harness, name);
        harness.hover_at(pos);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            harness
                .event_modifiers(egui::Event::PointerButton { pos, button, pressed, modifiers }, modifiers);
        }
        harness.run();
    };
    assert_eq!(selected(&harness), ["B02", "B03", "B04", "C02", "C03", "C04"]);
    click(&mut harness, "B03", Modifiers::NONE);
    assert_eq!(selected(&harness), ["B03"]);
    click(&mut harness, "C04", Modifiers::SHIFT);
    assert_eq!(selected(&harness), ["B03", "B04", "C03", "C04"]);
    click(&mut harness, "C03", Modifiers::COMMAND);
    assert_eq!(selected(&harness), ["B03", "B04", "C04"]);
    harness.get_by_label("Select all").click();
    harness.run();
    assert_eq!(selected(&harness).len(), 6);
    let (from, to) = (at(&harness, "B02"), at(&harness, "B03"));
    harness.drag_at(from);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run();
    assert_eq!(selected(&harness), ["B02", "B03"]);
}

#[test]
fn wells_are_selected_by_keys() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_role(Role::Grid).focus();
    harness.run();
    // The keyboard begins at B02; Space turns it over.
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(selected(&harness), ["B03", "B04", "C02", "C03", "C04"]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run();
    assert_eq!(selected(&harness), ["B02", "B03"]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    assert_eq!(selected(&harness).len(), 6);
}

#[test]
fn the_plate_map_is_a_grid_whose_cells_are_told_as_the_keys_go() {
    let mut bench = Bench::with_plate();
    bench.state.handle(PlateCommand::Select(BTreeSet::from([well("B02")])));
    let mut harness = bench.show();
    let grid = harness.get_by_role(Role::Grid);
    let node = grid.accesskit_node();
    assert_eq!((node.data().row_count(), node.data().column_count()), (Some(8), Some(12)));
    assert!(node.is_multiselectable());
    assert_eq!(harness.query_all_by_role(Role::GridCell).count(), 96);
    let cell = |harness: &Harness<'_, Bench>, label: &str| {
        let cell = harness.get_by_role_and_label(Role::GridCell, label);
        let node = cell.accesskit_node();
        let row = node.parent().and_then(|row| row.label());
        (row.expect("a row"), node.data().column_index(), node.is_selected(), node.toggled())
    };
    for (label, row, column, is_selected) in [
        ("B02, 54 images, 1 ready-made projection kept apart", "Row B", 1, Some(true)),
        ("C03, 53 images, 1 image missing", "Row C", 2, Some(false)),
        ("H12, no images", "Row H", 11, None),
    ] {
        assert_eq!(cell(&harness, label), (row.to_owned(), Some(column), is_selected, None), "{label}");
    }
    // What has the focus for a screen reader is the cell, and for the keyboard the map.
    let told = |harness: &Harness<'_, Bench>| {
        let focused = harness.query_all_by_role(Role::GridCell).find(egui_kittest::Node::is_focused);
        focused.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
    };
    harness.get_by_role(Role::Grid).focus();
    harness.run();
    for (key, expected) in [
        (Key::ArrowRight, "B03, 54 images"),
        (Key::ArrowDown, "C03, 53 images, 1 image missing"),
        (Key::End, "C12, no images"),
        (Key::Home, "C01, no images"),
        (Key::ArrowUp, "B01, no images"),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(told(&harness), expected);
    }
    // One Tab leaves the map, however many wells it has.
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(told(&harness), "");
    // A screen reader's own click turns a well over, as Space does.
    harness.get_by_role_and_label(Role::GridCell, "C02, 54 images").click_accesskit();
    harness.run();
    assert_eq!(selected(&harness), ["B02", "C02"]);
    assert_eq!(cell(&harness, "C02, 54 images").2, Some(true));
}

#[test]
fn every_plate_shape_is_drawn() {
    for shape in stepwell::plate::KNOWN_SHAPES {
        let mut plate = synthetic::plate();
        plate.shape = shape;
        plate.images.retain(|image| shape.contains(image.key().well));
        plate.missing.clear();
        let mut bench = Bench::new();
        bench.state.show_plate(plate);
        bench.settle();
        let harness = bench.show_in(egui::Theme::Light, vec2(1024.0, 640.0));
        let label = format!("Plate map, {} wells", stepwell::quantity::count_text(shape.wells()));
        assert!(harness.query_by_label_contains(&label).is_some(), "{label}");
    }
}
