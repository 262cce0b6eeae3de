//! What is done with the image that the viewer shows: a picture of it, and its life in the chart.

use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{
    ImagesCommand, ImagesEvent, ImagesWork, MemoryCommand, StatusCommand, StatusWork, Tab, ViewPicture,
    ViewUse, Work,
};
use stepwell::plan::Mode;
use stepwell::plate::ImageKey;

use crate::bench::Bench;
use crate::label_with;
use crate::pictures::wait_for_thumbnails;
use crate::synthetic::well;

/// The viewer with an image of a well open.
fn viewing(mut bench: Bench, key: ImageKey) -> Harness<'static, Bench> {
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.view.open_image(key);
    let mut harness = bench.show();
    wait_for_thumbnails(&mut harness);
    harness
}

fn key(name: &str) -> ImageKey {
    ImageKey::new(well(name), 2, 1, 2, 1)
}

/// The area of the images, in points.
fn canvas(harness: &Harness<'_, Bench>) -> Rect {
    let canvases = harness.query_all_by_role(Role::Image);
    let canvases = canvases
        .filter(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Image ")));
    canvases.map(|node| node.rect()).reduce(Rect::union).expect("an image")
}

fn copied(harness: &Harness<'_, Bench>) -> Option<ViewPicture> {
    harness.state().asked.iter().find_map(|work| match work {
        Work::Images(ImagesWork::CopyView(picture)) => Some(picture.clone()),
        _ => None,
    })
}

#[test]
fn the_view_is_copied_as_it_is_seen() {
    let mut harness = viewing(Bench::with_plate(), key("B02"));
    harness.event(Event::Copy);
    harness.run_steps(4);
    let picture = copied(&harness).expect("a picture");
    let area = canvas(&harness);
    assert_eq!(picture.size, [area.width(), area.height()].map(|side| side.round() as u32));
    assert_eq!(picture.name, "Neurites-07 B02_s2_w1_z2_t1");
    let note = format!("Copied the view ({})", picture.size_text());
    assert!(harness.query_by_label(&note).is_some(), "{note}");
    // As on the screen, scale bar included, but for the buttons in the upper corner and the line of the focus.
    let screen = harness.render().expect("a picture of the window");
    let [width, height] = picture.size;
    let mut inks = std::collections::BTreeSet::new();
    for (x, y) in (44..height - 1).flat_map(|y| (1..width - 1).map(move |x| (x, y))) {
        let at = 3 * (y * width + x) as usize;
        let pixel = &picture.rgb[at..at + 3];
        let seen = screen.get_pixel(area.left().round() as u32 + x, area.top().round() as u32 + y);
        assert_eq!(pixel, &seen.0[..3], "{x}, {y}");
        inks.insert(pixel.to_vec());
    }
    assert!(inks.len() > 20, "it is a picture of an image: {} colours", inks.len());
    let corner = &picture.rgb[3 * (width * 20 + width - 30) as usize..][..3];
    assert_eq!(corner, &picture.rgb[..3], "no button is in it");
    // The note goes when another page is opened.
    harness.get_by_role_and_label(Role::Tab, "Log").click();
    harness.run_steps(3);
    assert!(harness.query_by_label(&note).is_none());
}

#[test]
fn two_images_beside_each_other_are_one_picture() {
    let mut harness = viewing(Bench::compared(), key("B02"));
    harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
    harness.run_steps(3);
    harness.get_by_label("beside Z projection (maximum), one at a time").click();
    harness.run_steps(3);
    wait_for_thumbnails(&mut harness);
    harness.get_by_label("Copy view").click();
    harness.run_steps(4);
    let picture = copied(&harness).expect("a picture");
    let area = canvas(&harness);
    assert_eq!(picture.size[0], area.width().round() as u32);
    assert!(picture.size[1] > area.height().round() as u32, "with their names");
    assert_eq!(
        picture.name,
        "Neurites-07 B02_s2_w1_z2_t1 Source beside Z projection (maximum) one at a time"
    );
}

#[test]
fn the_view_is_saved_through_one_dialog_and_what_came_of_it_is_told() {
    let mut harness = viewing(Bench::with_plate(), key("B02"));
    for _ in 0..2 {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        harness.run_steps(4);
    }
    let asked: Vec<_> = harness
        .state()
        .asked
        .iter()
        .filter_map(|work| match work {
            Work::Images(ImagesWork::SaveView { picture, never_in }) => {
                Some((picture.clone(), never_in.clone()))
            }
            _ => None,
        })
        .collect();
    let [(picture, never_in)] = asked.as_slice() else { panic!("one dialog: {asked:?}") };
    assert_eq!(never_in, &PathBuf::from("/data/Neurites-07"));
    let path = PathBuf::from("/home/ada/view.png");
    let saved = ImagesEvent::Saved { path, size: picture.size };
    for (event, label) in [
        (ImagesEvent::Dismissed, None),
        (ImagesEvent::Failed("no room".to_owned()), Some("no room".to_owned())),
        (saved, Some(format!("Saved /home/ada/view.png ({})", picture.size_text()))),
    ] {
        harness.state_mut().state.apply(event.clone());
        harness.run_steps(3);
        assert!(!harness.state().state.is_dialog_open(), "{event:?}");
        if let Some(label) = label {
            assert!(harness.query_by_label(&label).is_some(), "{label}");
        }
    }
    harness.get_by_label("Show folder").click();
    harness.run_steps(3);
    assert!(harness.state().has_asked(
        |work| matches!(work, Work::Status(StatusWork::ShowFolder(path)) if path.ends_with("ada"))
    ));
    harness.state_mut().state.handle(ImagesCommand::UseView { to: ViewUse::Copy, picture: None });
    harness.run_steps(3);
    assert!(harness.query_by_label("No picture of the view").is_some());
}

const LINK: &str = "Show in memory chart";

#[test]
fn an_image_is_found_in_the_memory_chart() {
    let mut harness = viewing(Bench::compared(), key("B02"));
    harness.get_by_label(LINK).click();
    harness.run_steps(4);
    let state = &harness.state().state;
    assert_eq!(state.status.tab, Tab::Memory);
    let of = state.memory.life.expect("a life");
    // Of both runs that held it the one one at a time.
    assert_eq!(Some(of.run), state.runs.last_run(Mode::Sequential).map(|run| run.id));
    assert_eq!((of.combination, of.step), (0, None));
    assert!(harness.query_by_label("B02 s2 DAPI z2").is_some());
    let words =
        "Channel, one at a time: In memory from 0.00 s (preload), used in Percentile normalisation, gone at ";
    assert!(harness.query_by_label_contains(words).is_some());
    assert!(harness.query_by_label("B02 s2 DAPI z2 t1").is_some(), "its tile is in sight");
    // Another moment takes its place.
    harness.state_mut().state.handle(MemoryCommand::ShowMoment(None));
    harness.run_steps(2);
    assert!(harness.query_by_label("B02 s2 DAPI z2").is_none());
}

#[test]
fn a_result_is_found_by_the_run_that_made_it_also_from_the_difference() {
    let bench = Bench::compared();
    let output = bench
        .state
        .images
        .outputs
        .iter()
        .find(|output| output.mode == Mode::Bulk && output.key.site == Some(2));
    let output = output.expect("a result");
    let (bulk, source) = (output.run, ImageKey { z: Some(1), ..output.key });
    let mut harness = viewing(bench, source);
    harness.get_by_label("Z projection (maximum), all at once").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
    harness.run_steps(3);
    harness.get_by_label("beside Source").click();
    harness.run_steps(3);
    harness.get_by_label("Difference").click();
    harness.run_steps(3);
    harness.get_by_label(LINK).click();
    harness.run_steps(4);
    let of = harness.state().state.memory.life.expect("a life");
    assert_eq!((of.run, of.step), (bulk, Some(1)));
    assert_eq!(
        label_with(&harness, "All at once: In memory from "),
        "All at once: In memory from 1.0 s (Z projection), gone at 1.6 s (clear)."
    );
}

#[test]
fn what_no_run_held_says_why() {
    let missing = ImageKey::new(well("C03"), 4, 2, 3, 1);
    let projection = ImageKey { z: None, ..ImageKey::new(well("B02"), 1, 1, 1, 1) };
    for (bench, key, why) in [
        (Bench::with_plate(), key("B02"), "nothing has been run yet"),
        (Bench::compared(), key("C02"), "no run of this session has processed this well"),
        (Bench::compared(), missing, "the image is missing, so no run had it in memory"),
        (Bench::compared(), projection, "ready-made projections are not processed"),
    ] {
        let mut harness = viewing(bench, key);
        let link = harness.get_by_label(LINK);
        assert!(link.accesskit_node().is_disabled(), "{why}");
        let at = link.rect().center();
        harness.hover_at(at);
        harness.run_steps(40);
        let text = format!("Not in the memory chart: {why}.");
        assert!(harness.query_by_label(&text).is_some(), "{text}");
    }
}
