//! Settings.

use super::*;

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
