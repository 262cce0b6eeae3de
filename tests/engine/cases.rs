//! Runs of the small plates in the folder of cases: what is made, what is withheld, and which files are named.

use stepwell::events::{EventKind, Outcome};
use stepwell::image::ImageSource;
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::RunSpec;
use stepwell::plate::Component;

use crate::events_of;
use crate::support::{cases_dir, open, plan, spec};

/// A plate and a pipeline of the folder.
struct Case {
    plate: &'static str,
    pipeline: &'static str,
    /// The images of the last step with their sizes, in order.
    saved: &'static [(&'static str, [u32; 2])],
    /// What failed, in order: the beginning of its key, and the end of the path that is named for it.
    failed: &'static [(&'static str, &'static str)],
    /// Beginnings of what is said before the run.
    notes: &'static [&'static str],
}

const ODD_SITE: &str = "TimePoint_1/Trial_A01_s5_w1.TIF";

const CASES: [Case; 4] = [
    Case {
        plate: "14-harmony-odd-files",
        pipeline: "zmax",
        saved: &[("B01_s1_w1_t1", [16, 16])],
        failed: &[
            ("B02_s1_w1_z2_t1", "r02c02f01p02-ch1sk1fk1fl1.tiff"),
            ("B03_s1_w1_z2_t1", "r02c03f01p02-ch1sk1fk1fl1.tiff"),
        ],
        notes: &[
            "Images/r02c02f01p02-ch1sk1fk1fl1.tiff: 16 × 16, 32-bit, unlike most images of channel 1 (Channel 1)",
            "Images/r02c03f01p02-ch1sk1fk1fl1.tiff: 14 × 14, 16-bit, unlike most images of channel 1 (Channel 1)",
        ],
    },
    Case {
        plate: "16-harmony-fields-vary",
        pipeline: "stitch",
        saved: &[("A01_w1_z1_t1", [32, 16]), ("A02_w1_z1_t1", [32, 32]), ("A03_w1_z1_t1", [16, 16])],
        failed: &[],
        notes: &[],
    },
    Case {
        plate: "17-harmony-positions-per-well",
        pipeline: "stitch",
        saved: &[("A01_w1_z1_t1", [32, 16]), ("A02_w1_z1_t1", [16, 32])],
        failed: &[],
        notes: &[],
    },
    Case {
        plate: "18-cut-site-of-another-size",
        pipeline: "grid-of-even-light",
        saved: &[("A02_w1_z1_t1", [120, 120])],
        failed: &[("A01_s", ODD_SITE); 9],
        notes: &["TimePoint_1/Trial_A01_s5_w1.TIF: 20 × 20, 16-bit, unlike most images of channel 1"],
    },
];

#[test]
fn cases_are_run_and_what_is_at_fault_is_named_by_its_file() {
    let Some(cases) = cases_dir() else { return };
    for Case { plate: folder, pipeline, saved, failed, notes } in CASES {
        let plate = open(&cases.join(folder));
        let text = std::fs::read_to_string(cases.join(format!("pipelines/{pipeline}.ron"))).expect("text");
        // Of now, so that no note says what was defined otherwise before.
        let pipeline = PipelineSpec::of(ron::from_str::<PipelineSpec>(&text).expect("a pipeline").steps);
        for components in [&[][..], &[Component::Channel]] {
            let planned = plan(&plate, &RunSpec { pipeline: pipeline.clone(), ..spec(components) });
            assert_eq!(planned.notes.len(), notes.len() + components.len(), "{folder}: {:?}", planned.notes);
            for (note, expected) in planned.notes[components.len()..].iter().zip(notes) {
                assert!(note.starts_with(expected), "{folder}: {note}");
            }
            let results = tempfile::tempdir().expect("a folder");
            let (events, summary) = events_of(&planned, results.path());
            let end = events.last().map(|event| &event.kind);
            assert!(
                matches!(end, Some(EventKind::Ended { outcome: Outcome::Completed, .. })),
                "{folder}: {end:?}"
            );
            assert_eq!(summary.failed.len(), failed.len(), "{folder}: {:?}", summary.failed);
            for (found, (key, path)) in summary.failed.iter().zip(failed) {
                assert!(found.key.to_string().starts_with(key), "{folder}: {found:?}");
                assert!(found.path.ends_with(path) && found.why.contains(path), "{folder}: {found:?}");
            }
            let last = pipeline.steps.len() - 1;
            let mut made: Vec<(String, [u32; 2])> = Vec::new();
            for event in &events {
                let EventKind::Saved { outputs, step, .. } = &event.kind else { continue };
                for output in outputs.iter().filter(|_| *step == last) {
                    let path = results.path().join(output.path.as_deref().expect("kept"));
                    let format = ImageSource::file(path).measure().expect("an image").format;
                    made.push((output.key.to_string(), [format.width, format.height]));
                }
            }
            made.sort();
            let saved: Vec<_> = saved.iter().map(|(key, size)| ((*key).to_owned(), *size)).collect();
            assert_eq!(made, saved, "{folder}");
        }
    }
}
