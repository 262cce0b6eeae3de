//! The log.

use super::*;

#[test]
fn the_log_is_filtered_and_copied() {
    let mut bench = Bench::compared();
    bench.state.handle(StatusCommand::ShowTab(Tab::Log));
    bench.state.log.file = Some("/data/stepwell.log".into());
    let mut harness = bench.show();
    assert!(harness.query_by_label("/data/stepwell.log").is_some());
    harness.get_by_label("Filter the log").focus();
    harness.run();
    harness.get_by_label("Filter the log").type_text("cleared");
    harness.run();
    assert!(harness.query_by_label("3 lines").is_some());
    harness.get_by_label("Copy").click();
    harness.run();
    let copied = harness.state().asked.iter().find_map(|work| match work {
        Work::Status(StatusWork::Copy(text)) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.expect("a copy").lines().count(), 3);
    // The list of what is missing is one click away.
    harness.get_by_label("1 missing").click();
    harness.run();
    let missing = "C03_s4_w2_z3_t1 is missing: the other sites of channel 2 (FITC) have it";
    assert!(harness.query_by_label(missing).is_some());
    assert!(harness.query_by_label("1 line").is_some());
    // And so is what is odd, with its file.
    harness.get_by_label("1 issue").click();
    harness.run();
    assert!(harness.query_by_label("Note: notes.tif: no well in its name: skipped").is_some());
    assert!(harness.query_by_label("1 line").is_some());
}
