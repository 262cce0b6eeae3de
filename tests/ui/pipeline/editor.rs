//! The pipeline editor by label and by key, and the preview of what it says.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Key, Modifiers, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::{PipelineCommand, PipelineEvent, PipelineWork, StatusCommand, Tab, Work};
use stepwell::image::channel_colours;
use stepwell::pipeline::steps::{FlatField, PercentileNormalize};
use stepwell::pipeline::{PipelineSpec, PipelineStep, Step, Value};
use stepwell::plate::{Component, ImageKey};

use crate::bench::Bench;
use crate::synthetic::{self, well};

const NORMALISE: &str = "Percentile normalisation (1 to 99 %)";
const PROJECT: &str = "Z projection (maximum)";

fn pipeline(harness: &Harness<'_, Bench>) -> PipelineSpec {
    harness.state().state.plate.as_ref().expect("a plate").pipeline.spec.clone()
}

fn steps(harness: &Harness<'_, Bench>) -> Vec<String> {
    pipeline(harness).steps.iter().map(|step| step.step.to_string()).collect()
}

fn click(harness: &mut Harness<'_, Bench>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_ok();
}

/// Whether the row of a step has the keyboard's focus.
fn is_at(harness: &Harness<'_, Bench>, number: usize, step: &str) -> bool {
    let row = format!("Step {number}, {step}");
    harness.get_by_role_and_label(Role::ListItem, &row).is_focused()
}

#[test]
fn steps_are_added_moved_and_removed_by_buttons() {
    let mut harness = Bench::with_plate().show();
    // A step that is there already can be added again, where it belongs.
    click(&mut harness, "Add step…");
    let item = harness.get_by_role_and_label(Role::MenuItem, "Percentile normalisation");
    let explanation = item.accesskit_node().description();
    assert!(explanation.is_some_and(|text| text.len() > 20), "each is explained");
    item.click();
    harness.run_ok();
    assert_eq!(steps(&harness), [NORMALISE, NORMALISE, PROJECT]);
    assert!(is_at(&harness, 2, NORMALISE));
    click(&mut harness, "Move step 3 up");
    assert_eq!(steps(&harness), [NORMALISE, PROJECT, NORMALISE]);
    assert!(is_at(&harness, 2, PROJECT));
    click(&mut harness, "Move step 1 down");
    assert_eq!(steps(&harness), [PROJECT, NORMALISE, NORMALISE]);
    for (name, is_possible) in
        [("Move step 1 up", false), ("Move step 3 down", false), ("Move step 2 up", true)]
    {
        assert_eq!(!harness.get_by_label(name).accesskit_node().is_disabled(), is_possible, "{name}");
    }
    click(&mut harness, "Remove step 1, Z projection");
    assert_eq!(steps(&harness), [NORMALISE, NORMALISE]);
    click(&mut harness, "Remove step 1, Percentile normalisation");
    click(&mut harness, "Remove step 1, Percentile normalisation");
    assert!(harness.query_all_by_label("the pipeline has no steps: add one").count() > 0);
    // A preset is a change like any other.
    click(&mut harness, "Load…");
    click(&mut harness, "The study's pipeline");
    assert_eq!(pipeline(&harness), PipelineSpec::default());
    click(&mut harness, "Undo");
    assert_eq!(steps(&harness), [""; 0]);
}

#[test]
fn steps_are_moved_and_removed_by_keys() {
    let mut harness = Bench::with_plate().show();
    harness.get_by_label(&format!("Step 1, {NORMALISE}")).focus();
    harness.run_ok();
    let press = |harness: &mut Harness<'_, Bench>, modifiers, key| {
        harness.key_press_modifiers(modifiers, key);
        harness.run_ok();
    };
    // At the end it stays.
    for _ in 0..2 {
        press(&mut harness, Modifiers::ALT, Key::ArrowDown);
        assert_eq!(steps(&harness), [PROJECT, NORMALISE]);
        assert!(is_at(&harness, 2, NORMALISE));
    }
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(steps(&harness), [NORMALISE, PROJECT]);
    assert!(is_at(&harness, 1, NORMALISE));
    // Without Alt the arrows go from row to row.
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert!(is_at(&harness, 2, PROJECT));
    // The selection is of the step and moves with it.
    press(&mut harness, Modifiers::NONE, Key::Space);
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    let selected = |harness: &Harness<'_, Bench>| {
        harness.state().state.plate.as_ref().expect("a plate").pipeline.selected_step
    };
    assert_eq!(selected(&harness), Some(0));
    press(&mut harness, Modifiers::NONE, Key::Delete);
    assert_eq!(steps(&harness), [NORMALISE]);
    assert!(is_at(&harness, 1, NORMALISE));
    assert_eq!(selected(&harness), None);
    // All of it is taken back and done again.
    for _ in 0..4 {
        press(&mut harness, Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(pipeline(&harness), PipelineSpec::default());
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(steps(&harness), [PROJECT, NORMALISE]);
    for _ in 0..3 {
        press(&mut harness, Modifiers::COMMAND, Key::Y);
    }
    assert_eq!(steps(&harness), [NORMALISE]);
}

#[test]
fn dragging_a_number_is_one_change() {
    let mut harness = Bench::with_plate().show();
    let before = pipeline(&harness);
    let number = harness.get_by_label("Low percentile").rect().center();
    for _ in 0..2 {
        harness.hover_at(number);
        harness.drag_at(number);
        for step in 1..=6_u8 {
            harness.hover_at(pos2(number.x + 12.0 * f32::from(step), number.y));
            harness.step();
        }
        harness.drop_at(pos2(number.x + 72.0, number.y));
        harness.run_ok();
    }
    let dragged = pipeline(&harness);
    assert_ne!(dragged, before);
    click(&mut harness, "Undo");
    let first = pipeline(&harness);
    assert!(first != before && first != dragged, "two drags are two changes");
    click(&mut harness, "Undo");
    assert_eq!(pipeline(&harness), before);
    assert!(harness.get_by_label("Undo").accesskit_node().is_disabled());
    for _ in 0..2 {
        click(&mut harness, "Redo");
    }
    assert_eq!(pipeline(&harness), dragged);
}

#[test]
fn a_pipeline_is_saved_and_loaded() {
    let mut harness = Bench::with_plate().show();
    click(&mut harness, "Save…");
    let is_save = |work: &Work| {
        matches!(work, Work::Pipeline(PipelineWork::Save { pipeline, never_in })
            if *pipeline == PipelineSpec::default() && never_in.ends_with("Neurites-07"))
    };
    assert!(harness.state().has_asked(is_save));
    // One dialog at a time.
    assert!(harness.get_by_label("Save…").accesskit_node().is_disabled());
    let answer = |harness: &mut Harness<'_, Bench>, event| {
        harness.state_mut().state.apply(event);
        harness.run_ok();
    };
    let (path, pipeline_now) = (PathBuf::from("/data/study.ron"), pipeline(&harness));
    answer(&mut harness, PipelineEvent::Saved { path, pipeline: pipeline_now });
    assert!(harness.query_by_label("As in study.ron").is_some());
    click(&mut harness, "Remove step 2, Z projection");
    assert!(harness.query_by_label("As in study.ron").is_none(), "it is another by now");
    let load = |harness: &mut Harness<'_, Bench>| {
        click(harness, "Load…");
        click(harness, "From a file…");
    };
    load(&mut harness);
    assert!(harness.state().has_asked(|work| matches!(work, Work::Pipeline(PipelineWork::Load))));
    let (path, loaded) = (PathBuf::from("/data/other.ron"), PipelineSpec::default());
    answer(&mut harness, PipelineEvent::Loaded { path, pipeline: loaded });
    assert_eq!(steps(&harness), [NORMALISE, PROJECT]);
    assert!(harness.query_by_label("As in other.ron").is_some());
    click(&mut harness, "Undo");
    assert_eq!(steps(&harness), [NORMALISE]);
    load(&mut harness);
    let why = "/data/notes.ron, line 3: this is not a pipeline file: Expected `)`".to_owned();
    answer(&mut harness, PipelineEvent::Failed(why.clone()));
    assert!(harness.query_by_label(&why).is_some());
    load(&mut harness);
    answer(&mut harness, PipelineEvent::Dismissed);
    assert_eq!(steps(&harness), [NORMALISE]);
}

#[test]
fn flat_images_are_chosen_for_each_channel() {
    // So tall that all settings of the step are seen.
    let mut harness = Bench::with_plate().show_in(egui::Theme::Dark, vec2(1280.0, 1000.0));
    let edit = PipelineCommand::Add(Step::FlatField(FlatField::default()));
    harness.state_mut().state.handle(edit);
    harness.run_ok();
    assert!(harness.query_by_label("Sigma of the smoothed illumination").is_some());
    click(&mut harness, "Source of the illumination");
    click(&mut harness, "given images");
    assert!(harness.query_all_by_label_contains("no flat image is given: choose one").count() > 0);
    let channels: Vec<(u32, String)> = {
        let plate = &harness.state().state.plate.as_ref().expect("a plate").plate;
        let channels = plate.values(Component::Channel).into_iter();
        channels.map(|channel| (channel, plate.value_name(Component::Channel, channel))).collect()
    };
    assert!(channels.len() > 1, "{channels:?}");
    for (channel, name) in &channels {
        for (kind, setting) in [("flat", "flats"), ("dark", "darks")] {
            click(&mut harness, &format!("Choose the {kind} image of {name}"));
            let is_asked = |work: &Work| {
                matches!(work, Work::Pipeline(PipelineWork::PickFile { index: 0, setting: of, channel: asked, what, .. })
                    if asked == channel && *of == setting && *what == kind)
            };
            assert!(harness.state().has_asked(is_asked), "{name}, {kind}");
            let path = PathBuf::from(format!("/light/{kind} {channel}.tif"));
            let picked = PipelineEvent::FilePicked { index: 0, setting, channel: *channel, path };
            harness.state_mut().state.apply(picked);
            harness.run_ok();
            assert!(harness.query_by_label(&format!("{kind} {channel}.tif")).is_some());
        }
    }
    let light = |harness: &Harness<'_, Bench>| match &pipeline(harness).steps[0].step {
        Step::FlatField(step) => step.light().cloned(),
        _ => None,
    };
    let given = light(&harness).expect("given");
    assert_eq!((given.flats.len(), given.darks.len()), (channels.len(), channels.len()));
    click(&mut harness, &format!("Take away the dark image of {}", channels[0].1));
    assert_eq!(light(&harness).expect("given").darks.len(), channels.len() - 1);
    click(&mut harness, "Undo");
    assert_eq!(light(&harness), Some(given));
    // A step that is gone by the time a file is chosen needs none.
    let before = pipeline(&harness);
    let path = PathBuf::from("/light/late.tif");
    let late = PipelineEvent::FilePicked { index: 7, setting: "flats", channel: 1, path };
    harness.state_mut().state.apply(late);
    assert_eq!(pipeline(&harness), before);
}

#[test]
fn the_images_that_a_microscope_kept_of_its_light_are_offered() {
    let mut bench = Bench::new();
    let mut plate = synthetic::plate();
    let button = "Use the plate's shading images (2)";
    let files = |names: &[(u32, &str)]| names.iter().map(|(of, name)| (*of, PathBuf::from(name))).collect();
    plate.shading.flats = files(&[(1, "/plate/SC_1.tif"), (2, "/plate/SC_2.tif")]);
    plate.shading.darks = files(&[(2, "/plate/DC_CAM3.tif")]);
    let shading = plate.shading.clone();
    bench.state.show_plate(plate);
    bench.settle();
    let mut harness = bench.show();
    harness.state_mut().state.handle(PipelineCommand::Add(Step::FlatField(FlatField::default())));
    harness.run_ok();
    assert!(harness.query_by_label(button).is_none(), "nothing is given");
    click(&mut harness, "Source of the illumination");
    click(&mut harness, "given images");
    click(&mut harness, button);
    let Step::FlatField(step) = pipeline(&harness).steps[0].step.clone() else { panic!("flat-field") };
    let light = step.light().expect("given");
    assert_eq!((&light.flats, &light.darks), (&shading.flats, &shading.darks));
    assert!(harness.query_by_label(button).is_none(), "all are taken");
    click(&mut harness, "Undo");
    assert!(harness.query_by_label(button).is_some());
}

#[test]
fn the_settings_of_every_step_are_shown_with_their_values() {
    let mut harness = Bench::with_plate().show();
    let choices =
        ["Stitching((placement: Grid()))", "FlatField((source: Given(())))", "Threshold((level: Fixed(7)))"];
    let choices = choices.map(|text| ron::from_str::<Step>(text).expect("a step"));
    for step in Step::all().into_iter().chain(choices) {
        let pipeline = PipelineSpec::of(vec![PipelineStep { step: step.clone(), keep_images: true }]);
        harness.state_mut().state.handle(PipelineCommand::Replace(pipeline));
        harness.run_ok();
        for setting in step.settings() {
            let (what, help) = (format!("{step}, {}", setting.about.name), setting.about.help);
            let value = |label: &str| harness.get_by_label(label).accesskit_node().value();
            match setting.value {
                Value::Whole(number) => {
                    assert_eq!(value(help), Some(format!("{number}{}", setting.about.unit)), "{what}");
                }
                Value::Number(number) => {
                    let shown =
                        value(help).and_then(|text| text.strip_suffix(setting.about.unit)?.parse().ok());
                    assert_eq!(shown, Some(number), "{what}");
                }
                Value::Choice(name) => {
                    let choice = harness.get_by_role_and_label(Role::ComboBox, help);
                    assert_eq!(choice.accesskit_node().value().as_deref(), Some(name), "{what}");
                }
                Value::Switch(_) => {
                    assert!(harness.query_by_label(setting.about.caption).is_some(), "{what}");
                }
                Value::ChannelFiles(_) => {
                    let label = format!("Choose the {} image of", setting.about.caption);
                    assert!(harness.query_all_by_label_contains(&label).count() > 1, "{what}");
                }
                Value::ChannelColours(_) => {
                    assert!(
                        harness.query_all_by_label_contains(&format!("{help} of ")).count() > 1,
                        "{what}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_composite_has_the_viewers_colours_and_they_can_be_changed() {
    let mut harness = Bench::with_plate().show();
    click(&mut harness, "Add step…");
    harness.get_by_role_and_label(Role::MenuItem, "Colour composite").click();
    harness.run_ok();
    assert_eq!(steps(&harness).last().map(String::as_str), Some("Colour composite (1 to 99.5 %)"));
    let Step::ColourComposite(composite) = pipeline(&harness).steps[2].step.clone() else {
        panic!("{:?}", steps(&harness));
    };
    let plate = std::sync::Arc::clone(&harness.state().state.plate.as_ref().expect("a plate").plate);
    let channels = plate.values(Component::Channel);
    let names = channels.iter().map(|channel| plate.channel_names.get(channel).map(String::as_str));
    let expected = channels.iter().copied().zip(channel_colours(names)).collect();
    assert_eq!(composite.colours, expected);
    for channel in &channels {
        let name = format!("Colour of {}", plate.value_name(Component::Channel, *channel));
        assert!(harness.query_by_label(&name).is_some(), "{name}");
    }
    click(&mut harness, "Limits of the colours");
    click(&mut harness, "fixed values");
    assert_eq!(steps(&harness).last().map(String::as_str), Some("Colour composite (0 to 65535)"));
    // Channel cannot be taken one at a time any more, and the picker says which step is why.
    assert!(harness.query_all_by_label_contains("Colour composite").count() > 1);
}

/// The viewer with a preview, of an image that is whole.
pub(crate) fn previewing() -> Bench {
    let mut bench = Bench::with_budget("35MB");
    bench.state.handle(StatusCommand::ShowTab(Tab::Images));
    bench.settle();
    bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
    bench
}

/// Turns the preview on.
pub(crate) fn show_preview(harness: &mut Harness<'_, Bench>) {
    harness.get_by_role_and_label(Role::Switch, "Preview").click();
    harness.run_ok();
}

/// Steps until something is shown.
fn wait_for(harness: &mut Harness<'_, Bench>, label: &str) {
    let start = Instant::now();
    while harness.query_by_label_contains(label).is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "“{label}” does not come");
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(1);
    }
}

#[test]
fn the_image_is_shown_as_the_pipeline_makes_it() {
    let mut harness = previewing().show();
    assert!(harness.query_by_label("Image B02 · s2 · DAPI · z2").is_some());
    show_preview(&mut harness);
    assert!(harness.query_by_label("Image B02 · s2 · DAPI · z2 · preview").is_some());
    assert!(harness.query_by_label("after step 2, Z projection (maximum)").is_some());
    wait_for(&mut harness, "made of 3 images");
    // Up to the step that is selected.
    click(&mut harness, "Percentile normalisation");
    assert!(harness.query_by_label("after step 1, Percentile normalisation (1 to 99 %)").is_some());
    wait_for(&mut harness, "made of 1 image");
    assert!(is_at(&harness, 1, NORMALISE));
    // The arrow keys go to the next image, which is previewed as well.
    harness.get_by_label("Image B02 · s2 · DAPI · z2 · preview").focus();
    harness.run_ok();
    harness.key_press(Key::ArrowRight);
    harness.run_ok();
    wait_for(&mut harness, "Image B02 · s2 · DAPI · z3 · preview");
    // Settings that cannot be are told in its place.
    let odd = PercentileNormalize { low_percentile: 99.0, high_percentile: 1.0 };
    let mut step = pipeline(&harness).steps[0].clone();
    step.step = Step::PercentileNormalize(odd);
    let edit = PipelineCommand::Set { index: 0, step, gesture: None };
    harness.state_mut().state.handle(edit);
    harness.run_ok();
    assert!(harness.query_by_label_contains("made of").is_none());
    click(&mut harness, "Undo");
    show_preview(&mut harness);
    assert!(harness.query_by_label("Image B02 · s2 · DAPI · z3").is_some());
    // The Esc that closes a menu is not the viewer's.
    harness.get_by_label("Add step…").scroll_to_me();
    harness.run_ok();
    click(&mut harness, "Add step…");
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert!(harness.query_by_label("Image B02 · s2 · DAPI · z3").is_some());
    assert!(harness.query_by_role_and_label(Role::Button, "Z projection").is_none());
}

#[test]
fn the_definition_of_a_step_is_behind_its_question_mark() {
    let mut harness = Bench::with_plate().show();
    click(&mut harness, "Definition of step 1, Percentile normalisation");
    for (heading, text) in pipeline(&harness).steps[0].step.definition().rows() {
        assert!(harness.query_by_label(heading).is_some(), "{heading}");
        assert!(harness.query_by_label(&text.replace('`', "")).is_some(), "{text}");
    }
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert!(harness.query_by_label("Equal to").is_none());
}
