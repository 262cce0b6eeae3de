//! The files of the OME-Zarr plates of a run: what has the form of one, in a field that the run saved something of.

use std::collections::HashSet;

use super::names::{names_of, part_of};
use crate::events::OutputImage;
use crate::plate::ZARR_ENDING;

/// Name of all metadata.
const METADATA: &str = "zarr.json";

/// This many folders lead to a field: `images/2-z-max/PLATE.zarr/A/01/0`.
const FIELD_DEPTH: usize = 6;

/// The fields that a record names images in.
pub(super) struct ZarrFields {
    fields: HashSet<String>,
    is_complete: bool,
}

impl ZarrFields {
    /// Of what a record names; it may not be all, where the process of the run ended before it told.
    pub(super) fn of(outputs: &[OutputImage], is_complete: bool) -> Self {
        let field = |output: &OutputImage| {
            output.plane?;
            let names = names_of(output.path.as_deref()?.as_ref())?;
            Some(names.get(..FIELD_DEPTH)?.join("/"))
        };
        Self { fields: outputs.iter().filter_map(field).collect(), is_complete }
    }

    /// Whether a file is one of a plate of this name, by its path in the run's folder.
    pub(super) fn have(&self, names: &[&str], prefix: &str) -> bool {
        let [images, step, plate, below @ ..] = names else { return false };
        if plate.strip_suffix(ZARR_ENDING) != Some(prefix) {
            return false;
        }
        let is_row = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase());
        match below {
            [file] => is_metadata(file),
            [row, file] => is_row(row) && is_metadata(file),
            [row, column, file] if is_metadata(file) => is_row(row) && is_number(column),
            [row, column, field, below @ ..] => {
                let field = [images, step, plate, row, column, field].map(|name| *name).join("/");
                (!self.is_complete || self.fields.contains(&field)) && is_of_image(below)
            }
            _ => false,
        }
    }
}

/// Whether a file is of an image or its labels, by its path in the field.
fn is_of_image(below: &[&str]) -> bool {
    match below {
        ["labels", file] => is_metadata(file),
        ["labels", _, below @ ..] => is_of_levels(below),
        below => is_of_levels(below),
    }
}

/// Whether a file is of the levels of an image: metadata, or a shard.
fn is_of_levels(below: &[&str]) -> bool {
    match below {
        [file] => is_metadata(file),
        [level, file] => is_number(level) && is_metadata(file),
        [level, "c", place @ .., shard] => {
            is_number(level)
                && place.iter().all(|at| is_number(at))
                && is_number(part_of(shard).unwrap_or(shard))
        }
        _ => false,
    }
}

fn is_metadata(file: &str) -> bool {
    part_of(file).unwrap_or(file) == METADATA
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ContentHash;

    #[test]
    fn files_of_the_form_are_the_runs_where_it_saved_something() {
        let output = |path: &str, plane| OutputImage {
            step: 1,
            key: crate::plate::ImageKey::new("A01".parse().unwrap(), 1, 1, 1, 1),
            hash: ContentHash::default(),
            path: Some(path.to_owned()),
            plane,
            in_colour: false,
            bytes: 0,
            format: None,
            position: None,
            acquired: None,
        };
        let outputs = [
            output("images/2-z-max/P.zarr/A/01/0/0", Some(3)),
            output("images/1-x/P.zarr/A/01/1/labels/x/0", Some(0)),
            output("images/2-z-max/P_A02_s1_w1.TIF", None),
        ];
        let table = [
            ("images/2-z-max/P.zarr/zarr.json", true),
            ("images/2-z-max/P.zarr/zarr.json.a1b2c3.part", true),
            ("images/2-z-max/P.zarr/A/zarr.json", true),
            ("images/2-z-max/P.zarr/A/01/zarr.json", true),
            ("images/2-z-max/P.zarr/A/01/0/zarr.json", true),
            ("images/2-z-max/P.zarr/A/01/0/1/zarr.json", true),
            ("images/2-z-max/P.zarr/A/01/0/0/c/3/0/0", true),
            ("images/2-z-max/P.zarr/A/01/0/0/c/3/0/0.a1b2c3.part", true),
            ("images/2-z-max/P.zarr/A/01/0/labels/zarr.json", true),
            ("images/1-x/P.zarr/A/01/1/labels/x/0/c/0/0", true),
            ("images/2-z-max/P.zarr/A/01/0/thesis.doc", false),
            ("images/2-z-max/P.zarr/A/01/0/0/c/3/0/thesis", false),
            ("images/2-z-max/P.zarr/A/01/7/0/c/3/0/0", false),
            ("images/2-z-max/P.zarr/a/zarr.json", false),
            ("images/2-z-max/Q.zarr/zarr.json", false),
            ("images/2-z-max/P.zarr", false),
        ];
        for (path, expected) in table {
            let names: Vec<&str> = path.split('/').collect();
            assert_eq!(ZarrFields::of(&outputs, true).have(&names, "P"), expected, "{path}");
        }
        let names: Vec<&str> = "images/2-z-max/P.zarr/A/01/7/0/c/3/0/0".split('/').collect();
        assert!(ZarrFields::of(&outputs, false).have(&names, "P"));
    }
}
