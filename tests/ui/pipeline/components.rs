//! Components and steps that are added.

use crate::*;

#[test]
fn a_component_that_cannot_be_taken_apart_says_why() {
    let mut harness = Bench::with_plate().show();
    let disabled = ["Z one at a time", "Timepoint one at a time"];
    for name in disabled {
        assert!(harness.get_by_role_and_label(Role::Switch, name).accesskit_node().is_disabled(), "{name}");
    }
    let why = "“Z projection” needs all its values together.";
    assert!(harness.query_by_label(why).is_some());
    assert!(harness.query_by_label("only one value: nothing to gain").is_some());
    // The way out stands beside the reason.
    harness.get_by_label("Remove that step (2)").click();
    harness.run();
    assert!(harness.query_by_label(why).is_none());
    harness.get_by_role_and_label(Role::Switch, "Z one at a time").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert!(plate.sequential.contains(&Component::Z));
    // With the step back, z is no longer in the choice.
    harness.get_by_label("Add step…").click();
    harness.run();
    harness.get_by_label("Z projection").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert!(!plate.sequential.contains(&Component::Z));
}

#[test]
fn steps_are_added_where_they_are_best_done() {
    let mut harness = Bench::with_budget("35MB").show_in(egui::Theme::Dark, vec2(1280.0, 1100.0));
    // The plate's files do not tell where its sites lie.
    for name in ["Stitching", "Background subtraction", "Flat-field correction"] {
        harness.get_by_label("Add step…").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, name).click();
        harness.run();
    }
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    let steps: Vec<String> = plate.pipeline.spec.steps.iter().map(|step| step.step.to_string()).collect();
    assert_eq!(
        steps,
        [
            "Flat-field correction (smoothed over 50 pixels)",
            "Background subtraction (square of 51 pixels)",
            "Percentile normalisation (1 to 99 %)",
            "Z projection (maximum)",
            "Stitching (3 columns, 10 % overlap)",
        ]
    );
    assert!(plate.pipeline.spec.steps[4].keep_images, "it is the last");
    for name in [
        "Sigma of the smoothed illumination",
        "Radius of the square",
        "Placement of the sites",
        "Columns of the grid",
        "Overlap of neighbouring sites",
    ] {
        assert!(harness.query_by_label(name).is_some(), "{name}");
    }
}
