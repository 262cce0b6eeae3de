//! What the rules that come with Stepwell make of lines as programs write them. Each line is of the version that its rules name.

use stepwell::watch::{MomentKind, RuleSet};

fn preloaded(images: u64) -> Option<MomentKind> {
    Some(MomentKind::Preloaded { images: Some(images), combination: None })
}

fn cleared(images: Option<u64>, combination: Option<&str>) -> Option<MomentKind> {
    Some(MomentKind::Cleared { images, combination: combination.map(ToOwned::to_owned) })
}

fn started(name: &str) -> Option<MomentKind> {
    Some(MomentKind::StepStarted { name: name.to_owned() })
}

fn done(name: &str) -> Option<MomentKind> {
    Some(MomentKind::StepDone { name: name.to_owned(), secs: None })
}

fn memory(mebibytes: f64) -> Option<MomentKind> {
    Some(MomentKind::Memory { rss_bytes: (mebibytes * 1_048_576.0) as u64 })
}

fn took(name: &str, secs: f64) -> Option<MomentKind> {
    Some(MomentKind::StepDone { name: name.to_owned(), secs: Some(secs) })
}

const MARK: Option<MomentKind> = Some(MomentKind::Mark);

fn check(rules: &str, table: &[(&str, Option<MomentKind>)]) {
    let rules = RuleSet::named(rules).expect("rules that come with Stepwell");
    for (line, expected) in table {
        let found = rules.moment(0.0, line).map(|moment| moment.kind);
        assert_eq!(&found, expected, "{line}");
    }
}

#[test]
fn openhcs() {
    let step = "2026-12-01 09:13:03,474 - openhcs.core.steps.function_execution - INFO";
    let table = [
        // As the report of the study has them.
        ("🔄 BULK PRELOAD: Saved 54 files to memory for well A01", preloaded(54)),
        ("🔄 SEQUENTIAL: Cleared 27 preloaded files from memory", cleared(Some(27), None)),
        (
            "🔄 SEQUENTIAL: Cleared 27 preloaded files from memory for combination ('1',)",
            cleared(Some(27), Some("('1',)")),
        ),
        ("📊 MEMORY: Before preload for ('1',): 1444.2 MB RSS", memory(1444.2)),
        ("📊 MEMORY: After preload for ('2', '10'): 1447.7 MB RSS (+3.4 MB)", memory(1447.7)),
        ("📊 MEMORY: After clearing ('1',): 1462.2 MB RSS", memory(1462.2)),
        ("🔄 BULK PRELOAD: Completed in 1.25s - 54 images now in memory", preloaded(54)),
        ("🔄 BULK PRELOAD: Loading images from disk to memory for well A01", None),
        // As version 0.8.6 has them.
        (
            "openhcs.core.steps.function_io - DEBUG - Bulk preload loading 9/18 files for axis A01",
            preloaded(9),
        ),
        (
            "openhcs.core.steps.function_io - DEBUG - Bulk preload reused 18 memory-backed files for axis A01",
            preloaded(18),
        ),
        (&format!("{step} - Memory before preload: 201.4 MB RSS"), memory(201.4)),
        (&format!("{step} - Memory after preload: 207.0 MB RSS (+-1.8 MB)"), memory(207.0)),
        (
            &format!(
                "{step} - Starting step 'z maximum' for axis A01 (group_by=CHANNEL, variable_components=['Z_INDEX'])"
            ),
            started("z maximum"),
        ),
        (&format!("{step} - Completed step 'z maximum' for axis A01 in 0.017s."), None),
        (
            &format!(
                "{step} - FunctionStep 1 (z maximum (2)) completed for axis A01 in 0.050s (execute=0.017s, finalize=0.031s)."
            ),
            done("z maximum (2)"),
        ),
        (
            "polystore.memory - DEBUG - Cleared 18 files from memory backend (including 0 GPU objects), preserved 7 directories",
            None,
        ),
        (
            "polystore.base - INFO - Memory backend reset - files cleared, directories preserved",
            cleared(None, None),
        ),
        (
            "openhcs.core.pipeline.compiler - INFO - Pipeline sequential mode: ENABLED (components: ('channel',), combinations: 2)",
            None,
        ),
        ("openhcs.core.metadata_cache - INFO - Cleared metadata cache", None),
    ];
    check("openhcs", &table);
}

#[test]
fn cellprofiler() {
    let table = [
        (
            "Tue Dec  1 09:13:04 2026: Image # 1, module IdentifyPrimaryObjects # 5: CPU_time = 2.15 secs, Wall_time = 2.31 secs",
            took("IdentifyPrimaryObjects", 2.31),
        ),
        (
            "Worker 0: Tue Dec  1 09:13:04 2026: Image # 12, module Images # 1: CPU_time = 0.00 secs, Wall_time = 0.00 secs",
            took("Images", 0.0),
        ),
        ("Worker 3: Doing job: 4,5,6", MARK),
        ("Doing job: 7", MARK),
        ("Error in pipeline", MARK),
        ("Times reported are CPU and Wall-clock times for each module", None),
        ("Starting workers on address tcp://127.0.0.1:4711", None),
    ];
    check("cellprofiler", &table);
}

#[test]
fn nextflow() {
    let table = [
        ("[4e/486876] Submitted process > STITCH (A01)", started("STITCH (A01)")),
        ("[4e/486876] Re-submitted process > STITCH (A01)", started("STITCH (A01)")),
        (
            "Dec-01 09:13:04.123 [Task submitter] INFO  nextflow.Session - [a1/b2c3d4] Submitted process > QC:COUNT (2)",
            started("QC:COUNT (2)"),
        ),
        ("[a1/b2c3d4] Cached process > QC:COUNT (2)", MARK),
        ("[skipping] Stored process > INDEX", MARK),
        (
            "Dec-01 09:13:09.878 [Task monitor] DEBUG n.processor.TaskPollingMonitor - Task completed > TaskHandler[id: 1; name: STITCH \
             (A01); status: COMPLETED; exit: 0; error: -; workDir: /scratch/4e/486876]",
            done("STITCH (A01)"),
        ),
        ("Error executing process > 'STITCH (A01)'", MARK),
        ("executor >  local (3)", None),
        ("[4e/486876] STITCH (A01) [100%] 1 of 1", None),
    ];
    check("nextflow", &table);
}

#[test]
fn snakemake() {
    let table = [
        ("rule stitch:", started("stitch")),
        ("localrule all:", started("all")),
        ("checkpoint wells:", started("wells")),
        ("Job 3: Stitching A01", started("Stitching A01")),
        ("Finished jobid: 3 (Rule: stitch)", done("stitch")),
        ("Finished job 3.", done("3")),
        ("Error in rule stitch:", MARK),
        ("    jobid: 3", None),
        ("3 of 5 steps (60%) done", None),
        ("        rule: a word", None),
        ("Select jobs to execute...", None),
    ];
    check("snakemake", &table);
}
