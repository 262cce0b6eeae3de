//! What is selected is told as selected, and not as pressed or checked.

use super::*;

#[test]
fn tabs_and_steps_are_told_as_selected() {
    let mut bench = Bench::with_plate();
    bench.state.handle(PipelineCommand::Select(Some(0)));
    let harness = bench.show();
    let told = |role: Role, label: &str| {
        let node = harness.get_by_role_and_label(role, label);
        (node.accesskit_node().is_selected(), node.accesskit_node().toggled())
    };
    assert_eq!(told(Role::Tab, "Memory"), (Some(true), None));
    assert_eq!(told(Role::Tab, "Images"), (Some(false), None));
    let steps: Vec<_> = harness.query_all_by_role(Role::ListItem).collect();
    let selected = steps.iter().map(|step| step.accesskit_node().is_selected());
    assert!(selected.eq((0..steps.len()).map(|step| Some(step == 0))) && !steps.is_empty());
}
