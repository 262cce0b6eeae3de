//! A pipeline on disk: RON, the same for the window and the command line.

use std::io;
use std::path::{Path, PathBuf};

use super::{PipelineSpec, Step, UnknownName};
use crate::disk::{self, Destination};
use crate::limits;

/// Why a pipeline could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PipelineFileError {
    /// The file cannot be read.
    #[error("The pipeline file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The pipeline file that was to be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A step, a setting or a choice in it does not exist.
    #[error("{}, line {line}: {name}", path.display())]
    Unknown {
        /// The pipeline file that has the name.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The name, and those that there are.
        name: UnknownName,
    },
    /// The file is something else.
    #[error("{}, line {line}: this is not a pipeline file: {why}", path.display())]
    Malformed {
        /// The file that is not a pipeline.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// The file cannot be written.
    #[error("The pipeline cannot be saved as {}: {source}", path.display())]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads a pipeline. Relative paths in it become absolute, from the folder of the file. Its settings are not judged here: see [`PipelineSpec::check`].
pub fn read(path: &Path) -> Result<PipelineSpec, PipelineFileError> {
    let path = path.to_owned();
    let text = match disk::read_to_string(&path, limits::SETTINGS_BYTES) {
        Ok(text) => text,
        Err(source) => return Err(PipelineFileError::Unreadable { path, source }),
    };
    let mut pipeline: PipelineSpec = match ron::from_str(&text) {
        Ok(pipeline) => pipeline,
        Err(error) => {
            let line = error.span.start.line;
            return Err(match unknown_name(&error.code) {
                Some(name) => PipelineFileError::Unknown { path, line, name },
                None => PipelineFileError::Malformed { path, line, why: error.code.to_string() },
            });
        }
    };
    // Whoever does the steps may be in another folder.
    if let Some(folder) = std::path::absolute(&path).ok().as_deref().and_then(Path::parent) {
        for step in &mut pipeline.steps {
            for path in step.step.paths_mut() {
                *path = folder.join(&path);
            }
        }
    }
    Ok(pipeline)
}

/// The name that an error is about, where it does not exist.
fn unknown_name(error: &ron::Error) -> Option<UnknownName> {
    let (kind, outer, found, known) = match error {
        ron::Error::NoSuchStructField { expected, found, outer } => ("setting", outer, found, expected),
        ron::Error::NoSuchEnumVariant { expected, found, outer } => ("choice", outer, found, expected),
        _ => return None,
    };
    let of = match outer.as_deref() {
        Some("Step") => "step".to_owned(),
        Some(outer) => format!("{kind} of {outer}"),
        None => kind.to_owned(),
    };
    // What earlier versions wrote is read, and is no setting.
    let is_former = |name: &&str| Step::all().iter().any(|step| step.former_settings().contains(name));
    let known = known.iter().copied().filter(|name| !is_former(name)).collect();
    Some(UnknownName { of, found: found.clone(), known })
}

/// Writes a pipeline, beside and renamed.
pub fn write(destination: &Destination, pipeline: &PipelineSpec) -> Result<(), PipelineFileError> {
    let unwritable = |source| PipelineFileError::Unwritable { path: destination.path().to_owned(), source };
    // Deep enough that a step with its settings stays on one line.
    let style = ron::ser::PrettyConfig::new().depth_limit(2);
    // What is saved is taken to be wanted as it is done now.
    let text = ron::ser::to_string_pretty(&pipeline.clone().renewed(), style)
        .map_err(io::Error::other)
        .map_err(unwritable)?;
    disk::write(destination, (text + "\n").as_bytes()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::pipeline::PipelineStep;
    use crate::pipeline::steps::{GivenLight, LightSource};

    fn at(path: &Path) -> Destination {
        crate::plate::destination(path, crate::plate::NONE_OPEN).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.ron");
        let steps = Step::all().map(|step| PipelineStep { step, keep_images: true });
        let pipeline = PipelineSpec::of(steps.into());
        for _ in 0..2 {
            write(&at(&path), &pipeline).unwrap();
            assert_eq!(read(&path).unwrap(), pipeline);
        }
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&path));
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(text.lines().count(), pipeline.steps.len() + 5, "a line for each step:\n{text}");
    }

    #[test]
    fn a_pipeline_of_before_says_what_is_defined_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.ron");
        let steps =
            "(step: ZProjection((method: Maximum))), (step: Bin(())), (step: NucleiCount((split: false)))";
        let table = [
            (format!("(steps: [{steps}])"), 1),
            (format!("(definitions: 1, steps: [{steps}])"), 1),
            (format!("(definitions: 2, steps: [{steps}])"), 0),
        ];
        for (text, expected) in table {
            fs::write(&path, &text).unwrap();
            let pipeline = read(&path).unwrap();
            let changed = pipeline.changed_steps();
            assert_eq!(changed.len(), expected, "{changed:?}");
            assert!(
                changed.iter().all(|one| one.starts_with("Step 2 (Binning) works differently")
                    && one.contains("rounded to the nearest")),
                "{changed:?}"
            );
            // What is saved is wanted as it is now.
            write(&at(&path), &pipeline).unwrap();
            assert_eq!(read(&path).unwrap().changed_steps(), [""; 0]);
        }
    }

    #[test]
    fn flat_images_are_found_from_the_folder_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.ron");
        let text = r#"(steps: [
            (step: FlatField((sigma_px: 30.0)), keep_images: false),
            (step: FlatField((source: Given((flats: {1: "SC 1.tif", 3: "/light/3.tif"}, darks: {1: "dark/DC#1.tif"})))), keep_images: true),
        ])"#;
        fs::write(&path, text).unwrap();
        let steps = read(&path).unwrap().steps;
        // As it was written before there were given images.
        let Step::FlatField(estimated) = &steps[0].step else { panic!("{:?}", steps[0]) };
        assert_eq!((estimated.sigma_px, &estimated.source), (30.0, &LightSource::Estimated));
        let Step::FlatField(given) = &steps[1].step else { panic!("{:?}", steps[1]) };
        let at = |name: &str| folder.path().join(name);
        let expected = GivenLight::new(
            [(1, at("SC 1.tif")), (3, at("/light/3.tif"))].into(),
            [(1, at("dark/DC#1.tif"))].into(),
        );
        assert_eq!(given.light(), Some(&expected));
        let text = ron::to_string(&steps[0].step).unwrap();
        assert_eq!(text, "FlatField((sigma_px:30.0))", "older versions read it");
    }

    #[test]
    fn every_setting_may_be_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.ron");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            read(&path).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        // Each step with all of its settings, without any one of them, and without all.
        let mut settings = 0;
        for step in Step::all() {
            let text = ron::to_string(&step).unwrap();
            let (name, rest) = text.split_once("((").unwrap();
            let expected = [PipelineStep { step: step.clone(), keep_images: true }];
            let list: Vec<&str> = rest.trim_end_matches("))").split_inclusive(',').collect();
            for left_out in 0..list.len() {
                let others: String = list
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| *index != left_out)
                    .map(|(_, one)| *one)
                    .collect();
                let without = |settings: &str| format!("(steps: [(step: {name}(({settings})))])");
                // A comma within a choice parts nothing.
                if others.matches('(').count() == others.matches(')').count() {
                    assert_eq!(read(&without(&others)).steps, expected, "{others}");
                    settings += 1;
                }
            }
            assert_eq!(read(&format!("(steps: [(step: {name}(()))])")).steps, expected);
        }
        assert!(settings >= 15, "{settings}");
        // What depends on a choice.
        let of = |text: &str| ron::from_str::<Step>(text).unwrap().to_string();
        let table = [
            ("Stitching((placement: Grid()))", "Stitching (3 columns, 10 % overlap)"),
            ("Stitching((placement: Grid(columns: 5)))", "Stitching (5 columns, 10 % overlap)"),
            ("Stitching((placement: Grid(overlap_percent: 0)))", "Stitching (3 columns, 0 % overlap)"),
            ("ColourComposite((limits: Percentiles()))", "Colour composite (1 to 99.5 %)"),
            ("ColourComposite((limits: Percentiles(high: 90)))", "Colour composite (1 to 90 %)"),
            ("ColourComposite((limits: Values()))", "Colour composite (0 to 65535)"),
            ("ColourComposite((limits: Values(low: 7)))", "Colour composite (7 to 65535)"),
            (
                "FlatField((source: Given((flats: {1: \"a.tif\"}))))",
                "Flat-field correction (given flat images)",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(of(text), expected);
        }
    }

    #[test]
    fn files_that_others_wrote_load() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.ron");
        let table = [
            r#"(steps: [(step: NucleiCount((level: Otsu, smallest_area_px: 30, split: true, min_distance_px: 7)), keep_images: true)])"#,
            r#"(steps: [(step: Crop((x: 0, y: 0, width: 4096, height: 4096)), keep_images: true)])"#,
            r#"(steps: [(step: FlatField(()), keep_images: false), (step: Stitching((placement: Grid(columns: 3, overlap_percent: 0.0))), keep_images: true)])"#,
            r#"(steps: [(step: PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0)), keep_images: true), (step: NucleiCount((level: Otsu, smallest_area_px: 30, split: true, min_distance_px: 7)), keep_images: true)])"#,
            r#"(steps: [(step: PercentileNormalize((low_percentile: 1.0, high_percentile: 99.0)), keep_images: true)])"#,
            r#"(steps: [(step: Stitching((placement: StagePositions)), keep_images: true)])"#,
            r#"(steps: [(step: Stitching((placement: Grid(columns: 20, overlap_percent: 12.5))), keep_images: true)])"#,
            r#"(steps: [(step: ZProjection((method: Maximum)), keep_images: true)])"#,
        ];
        for text in table {
            fs::write(&path, text).unwrap();
            let pipeline = read(&path).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(pipeline.check(), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_images_of_the_last_step_are_kept_where_it_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.ron");
        let table = [
            ("(steps: [(step: Crop(())), (step: Bin(()))])", vec![false, true]),
            ("(steps: [(step: Crop(()), keep_images: true), (step: Bin(()))])", vec![true, true]),
            ("(steps: [(step: Crop(())), (step: Bin(()), keep_images: false)])", vec![false, false]),
            ("(steps: [])", vec![]),
        ];
        for (text, expected) in table {
            fs::write(&path, text).unwrap();
            let kept: Vec<bool> = read(&path).unwrap().steps.iter().map(|step| step.keep_images).collect();
            assert_eq!(kept, expected, "{text}");
        }
    }

    #[test]
    fn what_a_plan_had_worked_out_in_earlier_versions_is_not_a_setting() {
        let table = [
            (
                "Stitching((placement: StagePositions, corners: {1: (x: -6, y: 4), 2: (x: 3, y: 0)}))",
                "Stitching((placement:StagePositions))",
            ),
            (
                "GaussianSmoothing((sigma: Micrometres(0.5), planned_px: Some(0.77)))",
                "GaussianSmoothing((sigma:Micrometres(0.5)))",
            ),
            (
                "GaussianSmoothing((sigma: Pixels(2.0), planned_px: None))",
                "GaussianSmoothing((sigma:Pixels(2.0)))",
            ),
        ];
        for (text, expected) in table {
            let step: Step = ron::from_str(text).unwrap();
            assert_eq!(ron::to_string(&step).unwrap(), expected);
            assert_eq!(step, ron::from_str(expected).unwrap());
        }
    }

    #[test]
    fn errors_name_the_file_and_the_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.ron");
        let table = [
            (
                "(\n  steps: [\n    (step: Medianfliter(()), keep_images: true),\n  ],\n)",
                "odd.ron, line 3: there is no step “Medianfliter”; the nearest is “MedianFilter”. There are: Crop, \
                 FlatField, ",
            ),
            (
                "(steps: [(step: Crop((x: 1, widht: 9)))])",
                "line 1: there is no setting of Crop “widht”; the nearest is “width”. There are: x, y, width, height.",
            ),
            (
                "(steps: [(step: Stitching((place: 1)))])",
                "there is no setting of Stitching “place”; the nearest is “placement”. There are: placement.",
            ),
            (
                "(steps: [(step: Stitching((placement: Grid(colums: 2))))])",
                "there is no setting of Grid “colums”; the nearest is “columns”. There are: columns, overlap_percent.",
            ),
            (
                "(steps: [(step: Bin((method: Max)))])",
                "there is no choice of BinMethod “Max”; the nearest is “Mean”. There are: Mean, Sum.",
            ),
            (
                "(steps: [(step: Crop(()), keep: true)])",
                "there is no setting of PipelineStep “keep”; the nearest is “keep_images”. There are: step, keep_images.",
            ),
            (
                "(steps: [],\n colour: 3)",
                "odd.ron, line 2: there is no setting of Pipeline “colour”; the nearest is “definitions”. There are: definitions, steps.",
            ),
            ("notes", "odd.ron, line 1: this is not a pipeline file"),
            (
                "(definitions: 3, steps: [])",
                "it was made with definitions 3 of the steps, and this Stepwell knows 1 to 2: use a newer one",
            ),
            (
                "(definitions: 0, steps: [])",
                "it was made with definitions 0 of the steps, and this Stepwell knows 1 to 2",
            ),
        ];
        for (text, expected) in table {
            fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = read(&folder.path().join("none.ron")).unwrap_err().to_string();
        assert!(error.contains("none.ron cannot be read"), "{error}");
        let error = write(&at(&folder.path().join("no/where.ron")), &PipelineSpec::default()).unwrap_err();
        assert!(error.to_string().contains("cannot be saved as"), "{error}");
    }
}
