//! `stepwell scan`: what a plate folder holds.

use std::path::Path;

use serde_json::{Value, json};

use super::args::ScanArgs;
use super::conditions::{self, conditions};
use super::failure::{Exit, Failure};
use super::open::open;
use super::output::{print, print_json};
use crate::cancel::Cancel;
use crate::conditions::{Conditions, of_plate};
use crate::image;
use crate::plate::{Component, ImageKey, NamePattern, PixelSize, Plate, PlateImage, SitePosition};
use crate::quantity::{count_text, plural};

/// The most missing images and issues that are shown in words; JSON has all.
const MOST_SHOWN: usize = 20;

/// A plate in words.
pub(super) fn look(plate: &Path, cancel: &Cancel) -> Result<Exit, Failure> {
    let plate = open(plate, None, cancel)?;
    describe(&plate, of_plate(&plate).as_ref());
    Ok(Exit::Done)
}

pub(super) fn scan(args: &ScanArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let plate = open(&args.plate, args.names.pattern.as_ref(), cancel)?;
    let conditions = conditions(args.holding.layout.as_deref(), &plate)?;
    if args.json {
        let mut document = document(&plate, args.images);
        document["conditions"] = conditions.as_deref().map_or(Value::Null, conditions::document);
        print_json(&document);
    } else {
        describe(&plate, conditions.as_deref());
        if args.images {
            for image in plate.images.iter().chain(&plate.projections) {
                print(&format!("{}  {}", image.key(), image.source.relative()));
            }
        }
    }
    Ok(Exit::Done)
}

fn first_format(plate: &Plate) -> Option<image::ImageFormat> {
    plate
        .images
        .iter()
        .chain(&plate.projections)
        .take(10)
        .find_map(|image| Some(image.source.measure().ok()?.format))
}

fn document(plate: &Plate, images: bool) -> Value {
    let channels: Vec<Value> = plate
        .values(Component::Channel)
        .into_iter()
        .map(|value| {
            let size = plate.pixel_sizes.of(Some(value));
            json!({
                "value": value,
                "name": plate.channel_names.get(&value),
                "pixel_size_um": size.and_then(PixelSize::side_um),
                "pixel_width_um": size.map(|size| size.x_um),
                "pixel_height_um": size.map(|size| size.y_um),
            })
        })
        .collect();
    let mut document = json!({
        "format": plate.format.name(),
        "pattern": plate.pattern.as_ref().map(NamePattern::text),
        "name": plate.name,
        "path": plate.root,
        "microscope": plate.microscope,
        "rows": plate.shape.rows,
        "columns": plate.shape.columns,
        "wells": plate.wells(),
        "components": {
            "site": plate.values(Component::Site),
            "channel": channels,
            "z": plate.values(Component::Z),
            "timepoint": plate.values(Component::Timepoint),
        },
        "images": plate.images.len(),
        "projections": plate.projections.len(),
        "missing": plate.missing_count(),
        "ignored": plate.ignored,
        "pixel": first_format(plate).map(|format| json!({
            "width": format.width, "height": format.height, "type": format.pixel.name(),
        })),
        "pixel_size_um": plate.pixel_sizes.common().and_then(PixelSize::side_um),
        "site_positions_um": plate.site_positions.iter()
            .map(|(key, at)| position(key, at))
            .collect::<Vec<_>>(),
        "issues": plate.issues.iter()
            .map(|issue| {
                let path = if issue.path == "." { plate.root.clone() } else { plate.root.join(&issue.path) };
                json!({"path": path, "why": issue.why})
            })
            .collect::<Vec<_>>(),
    });
    if images {
        let one = |projection: bool| {
            move |image: &PlateImage| {
                let key = image.key();
                json!({
                    "path": image.source.relative(), "page": image.source.page(), "well": key.well, "site": key.site,
                    "channel": key.channel, "z": key.z, "timepoint": key.timepoint, "projection": projection,
                })
            }
        };
        let list: Vec<Value> =
            plate.images.iter().map(one(false)).chain(plate.projections.iter().map(one(true))).collect();
        document["image_list"] = Value::Array(list);
        document["missing_list"] = json!(plate.missing);
    }
    document
}

/// Of a well's site; with channel and timepoint for images of it that lie elsewhere.
fn position(key: ImageKey, at: SitePosition) -> Value {
    let mut position = json!({"well": key.well, "site": key.site, "x": at.x_um, "y": at.y_um});
    for (name, value) in [("channel", key.channel), ("timepoint", key.timepoint)] {
        if let Some(value) = value {
            position[name] = json!(value);
        }
    }
    position
}

fn describe(plate: &Plate, conditions: Option<&Conditions>) {
    let format = first_format(plate).map_or_else(|| "pixels unknown".to_owned(), |format| format.to_string());
    let microscope = plate.microscope.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    print(&format!("{}: {}{microscope}, {format}", plate.name, plate.format.name()));
    print(&format!("{} of {} wells used", plate.wells().len(), plate.shape.wells()));
    print(&format!(
        "{}, {} kept apart, {} missing, {} ignored",
        plural(plate.images.len(), "image"),
        plural(plate.projections.len(), "ready-made projection"),
        count_text(plate.missing_count()),
        plural(plate.ignored, "other file"),
    ));
    for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
        let values = plate.values(component);
        let shown: Vec<String> = values
            .iter()
            .take(MOST_SHOWN)
            .map(|value| match plate.channel_names.get(value) {
                Some(name) if component == Component::Channel => format!("{value} ({name})"),
                _ => value.to_string(),
            })
            .collect();
        let more = if values.len() > MOST_SHOWN { " …" } else { "" };
        print(&format!("{:<10} {:>4}   {}{more}", component.title(), values.len(), shown.join(", ")));
    }
    for line in pixel_size_lines(plate) {
        print(&line);
    }
    if let Some(conditions) = conditions {
        conditions::describe(conditions);
    }
    for missing in plate.missing.iter().take(MOST_SHOWN) {
        print(&format!("Missing: {} ({missing})", missing.key));
    }
    for issue in plate.issues.iter().take(MOST_SHOWN) {
        print(&format!("Note: {}: {}", issue.path, issue.why));
    }
    let hidden =
        plate.missing_count().saturating_sub(MOST_SHOWN) + plate.issues.len().saturating_sub(MOST_SHOWN);
    if hidden > 0 {
        print(&format!("… and {} more: see them all with --json --images", count_text(hidden)));
    }
}

/// One line for all channels, or one for each where they differ.
fn pixel_size_lines(plate: &Plate) -> Vec<String> {
    match plate.pixel_sizes.common() {
        Some(size) => vec![format!("Pixel size {size}")],
        None => {
            let name = |channel| plate.value_name(Component::Channel, channel);
            plate
                .pixel_sizes
                .iter()
                .map(|(channel, size)| format!("Pixel size of {}: {size}", name(channel)))
                .collect()
        }
    }
}
