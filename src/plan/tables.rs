//! The tables that a run writes: what each is named, what its columns are, and how its rows are worded.
//!
//! Each step that finds objects has two: one of the objects and one of the images, with a row for each image that was
//! expected, which also tells where there are none, and why an image is not there. Both are CSV. They begin with the columns by which
//! tables are joined, which always have a value; of a component that a step has assembled there is no column. Units are in the
//! names of the columns; what is not known is empty. Numbers are as short as they can be read back exactly. Deliberately
//! absent: any IO.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::pipeline::{Object, PlacedKey, Scratch};
use crate::plate::{Component, ImageKey, Lack, PixelSize, PixelSizes, WellId};
use crate::sheet_text::cell;

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableKind {
    /// Objects, in the order of their images and numbers.
    Objects,
    /// Images, in the order of their keys.
    Images,
}

/// The tables of one step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableStep {
    /// Place and short name of the step: `3-nuclei`.
    name: String,
    /// Name of the plate.
    plate: String,
    channel_names: BTreeMap<u32, String>,
    /// What steps have assembled before.
    joined: BTreeSet<Component>,
    /// Size of a pixel of the step's images by their channels, where known.
    pixel_sizes: PixelSizes,
}

impl TableKind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 2] = [Self::Objects, Self::Images];

    /// `objects`, `images`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Images => "images",
        }
    }

    /// The columns behind those that say which image a row is of.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Objects => &[
                "object",
                "area_px",
                "area_um2",
                "centroid_x_px",
                "centroid_y_px",
                "centroid_x_um",
                "centroid_y_um",
                "mean_intensity",
                "total_intensity",
            ],
            Self::Images => &[
                "objects",
                "total_area_px",
                "total_area_um2",
                "mean_area_px",
                "mean_area_um2",
                "mean_intensity",
                "left_out_px",
                "position_x_um",
                "position_y_um",
                "why",
            ],
        }
    }
}

impl TableStep {
    /// The steps of a plan that make tables, by their index.
    pub(crate) fn of(plan: &Plan) -> BTreeMap<usize, Self> {
        let (mut scale, mut joined) = (1.0, BTreeSet::new());
        let mut tables = BTreeMap::new();
        for (step_index, step) in plan.pipeline.steps().iter().enumerate() {
            if step.step().finds_objects() {
                let name = format!("{}-{}", step_index + 1, step.step().slug());
                let table = Self {
                    name,
                    plate: plan.plate.name.clone(),
                    channel_names: plan.facts.channel_names.clone(),
                    joined: joined.clone(),
                    pixel_sizes: plan.facts.pixel_sizes.scaled(scale),
                };
                tables.insert(step_index, table);
            }
            joined.extend(step.step().joins());
            scale *= f64::from(step.step().pixel_scale());
        }
        tables
    }

    /// Path of the part of a well in the run's folder, with `/` between folders.
    pub(crate) fn part_path(&self, well: WellId, kind: TableKind) -> String {
        format!("wells/{well}/{}-{}.csv", self.name, kind.name())
    }

    /// The first line, with its end.
    pub(crate) fn header(&self, kind: TableKind) -> String {
        let mut columns = vec!["plate", "well", "row", "column"];
        let components = [
            (Component::Site, &["site"][..]),
            (Component::Channel, &["channel", "channel_name"]),
            (Component::Z, &["z"]),
            (Component::Timepoint, &["timepoint"]),
        ];
        for (component, names) in components {
            columns.extend(names.iter().filter(|_| !self.joined.contains(&component)));
        }
        columns.extend(kind.columns());
        columns.join(",") + "\n"
    }

    /// Writes the row of an image that was expected and is not there. It has one where each image has one.
    pub(crate) fn write_absent(
        &self,
        kind: TableKind,
        key: ImageKey,
        lack: Lack,
        out: &mut dyn Write,
    ) -> io::Result<u64> {
        match kind {
            TableKind::Objects => Ok(0),
            TableKind::Images => {
                let commas = ",".repeat(kind.columns().len());
                writeln!(out, "{}{commas}{}", self.image_columns(key), cell(lack.words())).map(|()| 1)
            }
        }
    }

    /// Writes the rows of one image, and returns how many they are.
    pub(crate) fn write_rows(
        &self,
        kind: TableKind,
        image: PlacedKey,
        found: &Scratch,
        out: &mut dyn Write,
    ) -> io::Result<u64> {
        match kind {
            TableKind::Objects => self.write_objects(image.key, found.objects(), out),
            TableKind::Images => self.write_image(image, found, out).map(|()| 1),
        }
    }

    fn write_objects(&self, key: ImageKey, objects: &[Object], out: &mut dyn Write) -> io::Result<u64> {
        let image = self.image_columns(key);
        let size = self.pixel_sizes.of(key.channel);
        let mut rows = 0;
        for object in objects {
            rows += 1;
            let (x, y) = object.centroid_px();
            let area = object.area_px;
            write!(out, "{image},{rows},{area},{},{x},{y},", Known(area_um2(area, size)))?;
            let (x_um, y_um) = (size.map(|size| x * size.x_um), size.map(|size| y * size.y_um));
            write!(out, "{},{},", Known(x_um), Known(y_um))?;
            let total = object.mean_intensity().map(|_| object.total_intensity);
            writeln!(out, "{},{}", Known(object.mean_intensity()), Known(total))?;
        }
        Ok(rows)
    }

    #[allow(clippy::cast_precision_loss)] // as many as an image has pixels
    fn write_image(&self, image: PlacedKey, found: &Scratch, out: &mut dyn Write) -> io::Result<()> {
        let PlacedKey { key, position } = image;
        let objects = found.objects();
        let area: u64 = objects.iter().map(|object| object.area_px).sum();
        let total: f64 = objects.iter().map(|object| object.total_intensity).sum();
        let count = objects.len() as f64;
        let measured: u64 = objects.iter().map(|object| object.measured_px).sum();
        let of_any = |number: f64| (area > 0).then_some(number);
        let mean_area = of_any(area as f64 / count);
        let total_um2 = area_um2(area, self.pixel_sizes.of(key.channel));
        let mean_area_um2 = total_um2.and_then(|area| of_any(area / count));
        write!(out, "{},{},{area},{},", self.image_columns(key), objects.len(), Known(total_um2))?;
        let mean_intensity = (measured > 0).then(|| total / measured as f64);
        write!(out, "{},{},{},", Known(mean_area), Known(mean_area_um2), Known(mean_intensity))?;
        let (x_um, y_um) = (position.map(|place| place.x_um), position.map(|place| place.y_um));
        writeln!(out, "{},{},{},", found.left_out_px(), Known(x_um), Known(y_um))
    }

    /// The columns that say which image a row is of. Rows and columns of the plate count from 1: letters alone could be taken
    /// for truth values (T, F) or for what is not known (NA).
    fn image_columns(&self, key: ImageKey) -> String {
        let WellId { row, column } = key.well;
        let mut text = format!("{},{},{},{}", cell(&self.plate), key.well, row + 1, column + 1);
        for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
            if self.joined.contains(&component) {
                continue;
            }
            let value = key.get(component).unwrap_or(1);
            text.push_str(&format!(",{value}"));
            if component == Component::Channel {
                text.push(',');
                match self.channel_names.get(&value) {
                    Some(name) if !name.trim().is_empty() => text.push_str(&cell(name)),
                    _ => text.push_str(&format!("w{value}")),
                }
            }
        }
        text
    }
}

#[allow(clippy::cast_precision_loss)] // as many as an image has pixels
fn area_um2(area_px: u64, size: Option<PixelSize>) -> Option<f64> {
    size.map(|size| area_px as f64 * size.area_um2())
}

/// A number, or nothing where it is not known.
struct Known<T>(Option<T>);

impl<T: std::fmt::Display> std::fmt::Display for Known<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |number| number.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(
        pixel_um: Option<(f64, f64)>,
        joined: &[Component],
        key: ImageKey,
        objects: &[Object],
    ) -> [String; 2] {
        let mut pixel_sizes = PixelSizes::default();
        if let Some((x_um, y_um)) = pixel_um {
            pixel_sizes.add(1, PixelSize { x_um: 7.0, y_um: 7.0 });
            pixel_sizes.add(2, PixelSize { x_um, y_um });
        }
        let step = step(joined, pixel_sizes);
        TableKind::ALL.map(|kind| {
            let mut text = Vec::new();
            let found = Scratch { objects: objects.to_vec(), ..Scratch::default() };
            let written = step.write_rows(kind, key.into(), &found, &mut text).expect("memory");
            let text = String::from_utf8(text).expect("text");
            assert_eq!(text.lines().count() as u64, written);
            let columns = step.header(kind).trim_end().split(',').count();
            assert!(text.lines().all(|line| line.split(',').count() == columns), "{text}");
            text
        })
    }

    fn step(joined: &[Component], pixel_sizes: PixelSizes) -> TableStep {
        TableStep {
            name: "3-nuclei".to_owned(),
            plate: "Screen 7".to_owned(),
            channel_names: BTreeMap::from([(2, "=Cy5 \"far, red\"".to_owned())]),
            joined: joined.iter().copied().collect(),
            pixel_sizes,
        }
    }

    #[test]
    fn what_is_not_known_is_empty_and_what_was_assembled_has_no_column() {
        let well = "B07".parse().expect("a well");
        let whole = ImageKey::new(well, 2, 1, 3, 4);
        let object = Object { area_px: 4, measured_px: 4, sum_x: 10, sum_y: 6, total_intensity: 2001.0 };
        let other = Object { area_px: 6, measured_px: 6, sum_x: 6, sum_y: 0, total_intensity: 0.5 };
        let second = whole.with(Component::Channel, Some(2)).with(Component::Z, None);
        let flat = whole.with(Component::Z, None);
        assert_eq!(
            rows(Some((0.5, 0.5)), &[], whole, &[object, other]),
            [
                "Screen 7,B07,2,7,2,1,w1,3,4,1,4,196,2.5,1.5,17.5,10.5,500.25,2001\n\
                 Screen 7,B07,2,7,2,1,w1,3,4,2,6,294,1,0,7,0,0.08333333333333333,0.5\n",
                "Screen 7,B07,2,7,2,1,w1,3,4,2,10,490,5,245,200.15,0,,,\n",
            ]
        );
        assert_eq!(
            rows(None, &[Component::Z], flat, &[object]),
            [
                "Screen 7,B07,2,7,2,1,w1,4,1,4,,2.5,1.5,,,500.25,2001\n",
                "Screen 7,B07,2,7,2,1,w1,4,1,4,,4,,500.25,0,,,\n"
            ]
        );
        assert_eq!(rows(None, &[Component::Z], flat, &[]), ["", "Screen 7,B07,2,7,2,1,w1,4,0,0,,,,,0,,,\n"]);
        // An image of channels that have no size in common.
        let composite = second.with(Component::Channel, None);
        let joined = [Component::Z, Component::Channel];
        let composite = rows(Some((0.5, 0.5)), &joined, composite, &[object]);
        assert_eq!(composite[0], "Screen 7,B07,2,7,2,4,1,4,,2.5,1.5,,,500.25,2001\n");
    }

    #[test]
    fn a_name_is_one_cell_and_no_formula_and_what_is_not_there_has_a_row() {
        let key = ImageKey::new("AA01".parse().expect("a well"), 1, 2, 1, 1);
        let step = step(&[Component::Z], PixelSizes::default());
        let mut text = Vec::new();
        for kind in TableKind::ALL {
            step.write_absent(kind, key, Lack::Failed, &mut text).expect("memory");
        }
        let text = String::from_utf8(text).expect("text");
        let begin = "Screen 7,AA01,27,1,1,2,\"'=Cy5 \"\"far, red\"\"\",1,,,,,,,,,,";
        let rest = text.strip_prefix(begin).expect(&text);
        assert_eq!(rest, "\"withheld by the run, as an image or a step that it needs failed\"\n");
        let header = step.header(TableKind::Images);
        assert!(
            header.starts_with("plate,well,row,column,site,channel,channel_name,timepoint,objects,"),
            "{header}"
        );
    }
}
