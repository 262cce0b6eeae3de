//! Settings.

use super::*;
use stepwell::app::SettingsEvent;
use stepwell::app::settings::{DrawnBy, GraphicsApi, GraphicsChoice, GraphicsWay};

#[test]
fn saved_images_are_compressed_as_chosen() {
    // So tall that all options are seen.
    let mut harness = Bench::with_plate().show_in(egui::Theme::Dark, vec2(1280.0, 1200.0));
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Saved images").click();
    harness.run();
    harness.get_by_label("deflate").click();
    harness.run();
    let state = &harness.state().state;
    assert_eq!(state.settings.kept.compression, Compression::Deflate);
    let plate = state.plate.as_ref().expect("a plate");
    assert_eq!(plate.spec(&state.settings, Mode::Bulk).compression, Compression::Deflate);
}

#[test]
fn saved_images_have_the_form_that_was_chosen() {
    let mut harness = Bench::with_plate().show_in(egui::Theme::Dark, vec2(1280.0, 1200.0));
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Saved as").click();
    harness.run();
    harness.get_by_label("OME-TIFF").click();
    harness.run();
    let state = &harness.state().state;
    let plate = state.plate.as_ref().expect("a plate");
    assert_eq!(plate.spec(&state.settings, Mode::Bulk).save_as, SaveAs::OmeTiff);
}

#[test]
fn what_draws_the_window_is_told_and_chosen() {
    let mut bench = Bench::with_plate();
    let way = GraphicsWay { api: GraphicsApi::OpenGl, is_software: true };
    let drawn_by = DrawnBy { way, name: "llvmpipe".to_owned() };
    bench.state.apply(SettingsEvent::Drawn(drawn_by));
    bench.settle();
    let lines = bench.state.log.lines.lines();
    let said = "Drawn by the processor through OpenGL (llvmpipe). No driver of a graphics card works";
    assert!(lines.iter().any(|line| line.text.starts_with(said)), "{lines:?}");
    bench.state.handle(SettingsCommand::ShowDialog(true));
    let mut harness = bench.show();
    assert!(harness.query_by_label_contains(said).is_some());
    if GraphicsChoice::all().len() > 1 {
        harness.get_by_role_and_label(Role::ComboBox, "Window drawn by").click();
        harness.run();
        harness.get_by_label("OpenGL").click();
        harness.run();
        assert_eq!(harness.state().state.settings.kept.graphics, GraphicsChoice::OpenGl);
        // What has ended the program before is tried again.
        let is_forgotten = |work: &Work| matches!(work, Work::Settings(SettingsWork::ForgetEndedGraphics));
        assert!(harness.state().has_asked(is_forgotten));
    }
}

#[test]
fn the_window_is_set_in_one_dialog() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_label("Settings").click();
    harness.run();
    let choose = |harness: &mut Harness<'_, Bench>, list: &str, value: &str| {
        harness.get_by_role_and_label(Role::ComboBox, list).click();
        harness.run();
        harness.get_by_label(value).click();
        harness.run();
    };
    choose(&mut harness, "Appearance", "Light");
    choose(&mut harness, "Size of text", "150 %");
    choose(&mut harness, "Small pictures kept on disk", "none");
    let kept = &harness.state().state.settings.kept;
    assert_eq!((kept.text_percent, kept.picture_bytes), (Some(150), Some(0)));
    assert_eq!(kept.appearance, stepwell::app::settings::Appearance::Light);
    let enlarged = |work: &Work| matches!(work, Work::Settings(SettingsWork::Enlarge(150)));
    assert!(harness.state().has_asked(enlarged));
    harness.get_by_label("Choose another folder…").click();
    harness.run();
    let picks = |work: &Work| matches!(work, Work::Settings(SettingsWork::PickResults { .. }));
    assert!(harness.state().has_asked(picks));
    let folder = PathBuf::from("/data/results");
    harness.state_mut().state.apply(SettingsEvent::ResultsPicked(Some(Ok(folder.clone()))));
    harness.run();
    let used =
        |work: &Work| matches!(work, Work::Settings(SettingsWork::UseResults(Some(to))) if *to == folder);
    assert!(harness.state().has_asked(used));
    assert_eq!(harness.state().state.settings.kept.results.as_ref(), Some(&folder));
    harness.get_by_label("Show hints again").click();
    harness.run();
    assert!(harness.state().state.settings.kept.seen_hints.is_empty());
    harness.get_by_label("Close").click();
    harness.run();
    assert!(!harness.state().state.settings.is_dialog_open);
}

#[test]
fn the_keys_change_the_size_of_text() {
    let mut harness = Bench::with_plate().show();
    let table = [(Key::Plus, Some(110)), (Key::Plus, Some(120)), (Key::Minus, Some(110)), (Key::Num0, None)];
    for (key, percent) in table {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run();
        assert_eq!(harness.state().state.settings.kept.text_percent, percent, "{key:?}");
    }
}
