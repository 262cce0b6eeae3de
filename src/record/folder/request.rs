//! What all wells of a run share.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::image::ContentHash;
use crate::pipeline::DEFINITIONS;
use crate::plan::{KeptLayout, Plan, PlateFacts, RunSpec, components_text};
use crate::plate::{Likeness, PlateIdentity};
use crate::record::Compared;

/// What all wells of a run share, whoever does them: never the wells, nor what may differ from machine to machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FolderRequest {
    /// [`super::FOLDER_VERSION`] of the program that wrote it.
    pub version: u32,
    /// Version of the program that began the run.
    pub stepwell: String,
    /// Of which of the [`DEFINITIONS`] of the steps the program was.
    pub definitions: u32,
    /// The plate.
    pub plate: PlateIdentity,
    /// What the user chose. Its threads are those of whoever began; others may have others.
    pub spec: RunSpec,
    /// The files that the pipeline is given, as they were.
    #[serde(default)]
    pub given: Vec<GivenFile>,
    /// The comparison that the run is part of; `None` for a run by itself.
    #[serde(default)]
    pub compared: Option<Compared>,
    /// What the plate says of itself.
    pub facts: PlateFacts,
    /// How kept images are named and placed, alike for all wells.
    pub layout: KeptLayout,
}

/// A file that the pipeline is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Hash of it; `None` of one that could not be read.
    pub hash: Option<ContentHash>,
}

impl FolderRequest {
    /// That of a plan.
    pub(crate) fn of(plan: &Plan, given: Vec<GivenFile>, compared: Option<Compared>) -> Self {
        Self {
            version: super::FOLDER_VERSION,
            stepwell: env!("CARGO_PKG_VERSION").to_owned(),
            definitions: DEFINITIONS,
            plate: plan.plate.clone(),
            spec: plan.spec.clone(),
            given,
            compared,
            facts: plan.facts.clone(),
            layout: plan.layout.clone(),
        }
    }

    /// In what another request differs such that it is of another run, in words: `the form of the images is OME-TIFF there and
    /// TIFF here`. Empty where both are of one run.
    pub fn differences(&self, here: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, there: &dyn ToString, here: &dyn ToString| {
            let (there, here) = (there.to_string(), here.to_string());
            if there != here {
                found.push(format!("{what} is {there} there and {here} here"));
            }
        };
        if self.plate.likeness(&here.plate).is_none() {
            let told = |plate: &PlateIdentity| {
                let pattern = plate.pattern.as_ref().map(|pattern| format!(", by the pattern {pattern}"));
                format!("{} ({}{})", plate.name, plate.root.display(), pattern.unwrap_or_default())
            };
            differ("the plate", &told(&self.plate), &told(&here.plate));
        }
        let (there, now) = (&self.spec, &here.spec);
        differ("the mode", &there.mode.name(), &now.mode.name());
        let components = |spec: &RunSpec| match spec.sequential.is_empty() {
            true => "nothing".to_owned(),
            false => components_text(&spec.sequential),
        };
        differ("what is taken one at a time", &components(there), &components(now));
        let steps = |spec: &RunSpec| {
            let step = |step: &crate::pipeline::PipelineStep| {
                let kept = if step.keep_images { " (kept)" } else { "" };
                format!("{}{kept}", step.step)
            };
            spec.pipeline.steps.iter().map(step).collect::<Vec<_>>().join(", then ")
        };
        differ("the pipeline", &steps(there), &steps(now));
        differ("the form of the images", &there.save_as.name(), &now.save_as.name());
        differ("the compression", &there.compression.name(), &now.compression.name());
        differ("memory after a clear", &word(there.after_clear), &word(now.after_clear));
        differ("an image after its last use", &word(there.intermediates), &word(now.intermediates));
        differ("the number of wells at once", &there.wells_at_once, &now.wells_at_once);
        differ("reading ahead", &there.read_ahead, &now.read_ahead);
        let is_told = found.iter().any(|difference| difference.starts_with("the pipeline"));
        if there.pipeline.steps != now.pipeline.steps && !is_told {
            found.push("the settings of the pipeline's steps differ".to_owned());
        }
        found
    }

    /// What has changed since the run began, in sentences with what it means for the wells that are done.
    pub fn changes(&self, here: &Self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(note) = self.plate.likeness(&here.plate).and_then(|like| like.note(&self.plate.root)) {
            told.push(note);
        }
        let is_one_folder = self.plate.likeness(&here.plate) == Some(Likeness::Same);
        if is_one_folder
            && self.plate.fingerprint.is_some()
            && self.plate.fingerprint != here.plate.fingerprint
        {
            told.push(
                "The plate has changed since the run began: files were added, removed or written again. Finished \
                 wells keep the results of the plate as it was. To process the whole plate as it is now, run it \
                 into another folder."
                    .to_owned(),
            );
        }
        for (was, is) in self.given.iter().zip(&here.given) {
            if was.hash != is.hash {
                told.push(format!(
                    "{} has changed since the run began: finished wells were made with the old file, the others \
                     are made with the new one. To use one file for all wells, run them into another folder.",
                    is.path.display()
                ));
            }
        }
        if self.definitions != here.definitions {
            told.push(format!(
                "The run was started with definitions {} of the steps, and this Stepwell has definitions {}. The \
                 results of a step may differ between wells. To process all wells in the same way, run them into \
                 another folder.",
                self.definitions, here.definitions
            ));
        } else if self.stepwell != here.stepwell {
            told.push(format!(
                "The run was started with Stepwell {} and is continued with {}. The definitions of the steps are \
                 the same, so the results are, too.",
                self.stepwell, here.stepwell
            ));
        }
        told
    }
}

/// `Keep` as `keep`.
fn word(choice: impl std::fmt::Debug) -> String {
    format!("{choice:?}").to_lowercase()
}
