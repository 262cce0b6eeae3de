//! Kept steps as OME-Zarr plates: that they keep the rules of the format that matter, and hold the pixels of the run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use stepwell::cancel::Cancel;
use stepwell::compare::FilesCheck;
use stepwell::engine::run;
use stepwell::events::{Event, EventKind, Outcome, OutputImage};
use stepwell::image::{ImageFormat, ImageSource, PixelType, SourceFolder};
use stepwell::pipeline::Step;
use stepwell::pipeline::steps::Threshold;
use stepwell::plate::{Component, Format, ImageKey, PlateImage, PlateLayout, SaveAs};
use stepwell::record::{Accounted, RunRecord};

use crate::companion::{drawn, flat, keeping, run_of, stack};
use crate::support::{self, open, plan};

/// A field as its metadata says.
#[derive(Debug)]
struct Field {
    well: String,
    site: u32,
    /// Numbers of channels, planes and timepoints by rank.
    numbers: [Vec<u32>; 3],
    samples: u16,
    /// The names and lengths of the axes before rows and columns.
    axes: Vec<(String, u64)>,
    saved: Option<Vec<u32>>,
    path: String,
    labels: Vec<Field>,
}

fn json(folder: &Path) -> Value {
    let text = fs::read(folder.join("zarr.json")).unwrap_or_else(|_| panic!("{}", folder.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// The attributes of a group, of which the version is right.
fn group(folder: &Path) -> Value {
    let mut metadata = json(folder);
    assert_eq!((&metadata["zarr_format"], &metadata["node_type"]), (&3.into(), &"group".into()));
    metadata["attributes"].take()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// `1-3 7`, as numbers.
fn numbers(value: &Value) -> Vec<u32> {
    let part = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        first.parse::<u32>().expect("a number")..=last.parse::<u32>().expect("a number")
    };
    text(value).split(' ').filter(|text| !text.is_empty()).flat_map(part).collect()
}

/// Reads a plate, and holds what it says against what is there. Gives its fields, and what it says is not there.
fn read_plate(root: &Path) -> (Value, Vec<Field>, BTreeSet<String>) {
    let plate = group(root);
    let ome = &plate["ome"];
    assert_eq!(ome["version"], "0.5");
    let (rows, columns) = (list(&ome["plate"]["rows"]), list(&ome["plate"]["columns"]));
    let mut fields = Vec::new();
    let mut absent = BTreeSet::new();
    let mut lacks = |well: &str, lack: &Value| {
        for images in list(&lack["absent"]) {
            assert!(text(&images["why"]).contains("by the run"), "{images}");
            absent.extend(text(&images["images"]).split(' ').map(|image| format!("{well}_{image}")));
        }
    };
    let mut most = 0;
    for well in list(&ome["plate"]["wells"]) {
        let path = text(&well["path"]);
        let at = |names: &[Value], index: &Value| {
            text(&names[index.as_u64().expect("an index") as usize]["name"]).to_owned()
        };
        assert_eq!(path, format!("{}/{}", at(rows, &well["rowIndex"]), at(columns, &well["columnIndex"])));
        group(&root.join(path).join(".."));
        let name = path.replace('/', "");
        let well = group(&root.join(path));
        lacks(&name, &well["stepwell"]);
        let images = list(&well["ome"]["well"]["images"]);
        assert!(!images.is_empty(), "{path}");
        most = most.max(images.len());
        for image in images {
            fields.push(read_field(root, &name, format!("{path}/{}", text(&image["path"]))));
        }
    }
    assert_eq!(ome["plate"]["field_count"], most);
    for (well, lack) in plate["stepwell"]["lacking"].as_object().expect("wells") {
        lacks(well, lack);
    }
    (plate, fields, absent)
}

fn read_field(root: &Path, well: &str, path: String) -> Field {
    let field = group(&root.join(&path));
    let (ome, own) = (&field["ome"], &field["stepwell"]);
    assert_eq!(ome["version"], "0.5");
    let multiscale = &list(&ome["multiscales"])[0];
    let names: Vec<&str> = list(&multiscale["axes"]).iter().map(|axis| text(&axis["name"])).collect();
    let order: Vec<&str> =
        ["t", "c", "z", "y", "x"].into_iter().filter(|name| names.contains(name)).collect();
    assert_eq!(names, order, "{path}");
    let mut full: Vec<u64> = Vec::new();
    for dataset in list(&multiscale["datasets"]) {
        let array = json(&root.join(&path).join(text(&dataset["path"])));
        assert_eq!(array["node_type"], "array");
        assert_eq!(array["dimension_names"], serde_json::to_value(&names).expect("JSON"));
        let shape: Vec<u64> = serde_json::from_value(array["shape"].clone()).expect("a shape");
        if full.is_empty() {
            full.clone_from(&shape);
        }
        assert_eq!(shape[..shape.len() - 2], full[..full.len() - 2], "{path}");
        let transformations = list(&dataset["coordinateTransformations"]);
        for transformation in transformations {
            assert_eq!(list(&transformation[text(&transformation["type"])]).len(), names.len());
        }
        assert_eq!(transformations[0]["type"], "scale");
    }
    let axes: Vec<(String, u64)> = names.iter().map(|name| (*name).to_owned()).zip(full).collect();
    let of_channels = axes.iter().find(|(name, _)| name == "c").map(|(_, len)| *len);
    match of_channels {
        Some(channels) => assert_eq!(list(&ome["omero"]["channels"]).len() as u64, channels, "{path}"),
        None => assert_eq!(ome["image-label"]["source"]["image"], "../../", "{path}"),
    }
    let labels = format!("{path}/labels");
    let labels = match root.join(&labels).is_dir() {
        true => list(&group(&root.join(&labels))["ome"]["labels"])
            .iter()
            .map(|name| read_field(root, well, format!("{labels}/{}", text(name))))
            .collect(),
        false => Vec::new(),
    };
    Field {
        well: well.to_owned(),
        site: u32::try_from(own["site"].as_u64().expect("a site")).expect("a site"),
        numbers: ["channels", "planes", "timepoints"].map(|key| numbers(&own[key])),
        samples: own.get("samples").map_or(1, |samples| samples.as_u64().expect("a number") as u16),
        axes: axes[..axes.len() - 2].to_vec(),
        saved: own.get("saved").map(numbers),
        path,
        labels,
    }
}

impl Field {
    /// The image of each plane that was saved, by the number of the plane.
    fn images(&self) -> BTreeMap<u32, ImageKey> {
        let [channels, planes, timepoints] = &self.numbers;
        let len = |name: &str| {
            let axis = self.axes.iter().find(|(axis, _)| axis == name);
            axis.map_or(1, |(_, len)| u32::try_from(*len).expect("few"))
        };
        assert_eq!([len("t"), len("z")], [timepoints, planes].map(|numbers| numbers.len() as u32));
        assert_eq!(len("c"), channels.len() as u32 * u32::from(self.samples));
        assert!(channels.len() == 1 || self.axes.iter().any(|(name, _)| name == "c"));
        let mut images = BTreeMap::new();
        for (t, timepoint) in (0..).zip(timepoints) {
            for (c, channel) in (0..).zip(channels) {
                for (z, plane) in (0..).zip(planes) {
                    let number = (t * channels.len() as u32 + c) * len("z") + z;
                    if self.saved.as_ref().is_none_or(|saved| saved.contains(&number)) {
                        let well = self.well.parse().expect("a well");
                        images.insert(number, ImageKey::new(well, self.site, *channel, *plane, *timepoint));
                    }
                }
            }
        }
        images
    }
}

/// The key with 1 for what was assembled.
fn whole(key: ImageKey) -> ImageKey {
    Component::ALL.into_iter().fold(key, |key, component| key.with(component, key.get(component).or(Some(1))))
}

/// Holds the plate of each kept step against what the run told, and its pixels against those of a run that saved TIFFs.
pub(crate) fn check_plates(record: &RunRecord, as_tiff: &RunRecord) {
    let run = record.folder().expect("a folder");
    let steps: BTreeSet<usize> = record.outputs.iter().map(|output| output.step).collect();
    for step in steps {
        let of_step = |record: &RunRecord| -> BTreeMap<ImageKey, OutputImage> {
            let outputs = record.outputs.iter().filter(|output| output.step == step);
            outputs.map(|output| (whole(output.key), output.clone())).collect()
        };
        let (told, tiffs) = (of_step(record), of_step(as_tiff));
        let path = told.values().find_map(|output| output.path.clone()).expect("kept");
        let root: Vec<&str> = path.split('/').take(3).collect();
        let root = run.join(root.join("/"));
        let (plate, fields, absent) = read_plate(&root);
        assert_eq!(plate["ome"]["plate"]["name"], record.plate.name);
        assert_eq!(plate["stepwell"]["unfinished"], serde_json::json!([]));
        let mut found = BTreeSet::new();
        let below = step.checked_sub(1).map(|step| {
            let outputs = as_tiff.outputs.iter().filter(|output| output.step == step);
            outputs.map(|output| (whole(output.key), output.clone())).collect::<BTreeMap<_, _>>()
        });
        // Labels lie over the images of the step before; all else is what the step made.
        let labels = fields.iter().flat_map(|field| &field.labels);
        for field in fields.iter().filter(|field| !field.labels.is_empty()) {
            let folder = SourceFolder::new(root.join(&field.path), "");
            let below = below.as_ref().expect("a step before");
            let labelled: BTreeSet<ImageKey> =
                field.labels.iter().flat_map(|labels| labels.images().into_values()).collect();
            assert_eq!(field.images().into_values().collect::<BTreeSet<_>>(), labelled);
            for (plane, key) in field.images() {
                let (_, pixels) =
                    as_tiff.source_of(&below[&key]).expect("kept").decode_owned().expect("a TIFF");
                let (_, read) = ImageSource::plane(&folder, "0", plane).decode_owned().expect("a plane");
                assert_eq!(read, pixels, "below {key}");
            }
        }
        for field in fields.iter().filter(|field| field.labels.is_empty()).chain(labels) {
            let folder = SourceFolder::new(root.join(&field.path), "");
            for (plane, key) in field.images() {
                let output = told.get(&key).unwrap_or_else(|| panic!("{key} was not saved"));
                assert_eq!(output.plane, Some(plane), "{key}");
                let kept = record.source_of(output).expect("kept").decode_owned().expect("a plane");
                let expected = as_tiff.source_of(&tiffs[&key]).expect("kept").decode_owned().expect("a TIFF");
                assert_eq!(kept, expected, "{key}");
                let (format, pixels) =
                    as_tiff.source_of(&tiffs[&key]).expect("kept").decode_owned().expect("a TIFF");
                let between =
                    field.axes.iter().find(|(name, _)| name == "z").map_or(1, |(_, len)| *len as u32);
                for sample in 0..field.samples {
                    let plane = (plane / between * u32::from(field.samples) + u32::from(sample)) * between
                        + plane % between;
                    let plane = if field.samples == 1 { output.plane.expect("a plane") } else { plane };
                    let (_, read) = ImageSource::plane(&folder, "0", plane).decode_owned().expect("a plane");
                    assert_eq!(read, sample_of(&pixels, format, sample), "{key}");
                }
                assert!(found.insert(key), "{key} is there twice");
            }
        }
        assert_eq!(found, told.keys().copied().collect());
        // Opened again, it is what it says; labels are none of its images, which are those below them.
        let opened = open(&root);
        assert_eq!((opened.format, &opened.name), (Format::OmeZarr, &record.plate.name));
        assert_eq!(opened.issues, []);
        assert_eq!(opened.images.iter().map(PlateImage::key).collect::<BTreeSet<_>>(), found);
        assert_eq!(opened.missing.iter().map(|image| image.key.to_string()).collect::<BTreeSet<_>>(), absent);
        let of_plate =
            if fields.iter().any(|field| !field.labels.is_empty()) { below } else { Some(tiffs.clone()) };
        for image in &opened.images {
            let expected = &of_plate.as_ref().expect("images")[&image.key()];
            let expected = as_tiff.source_of(expected).expect("kept").decode_owned().expect("a TIFF");
            assert_eq!(image.source.decode_owned().expect("a plane"), expected, "{}", image.key());
        }
        assert_eq!(found, tiffs.keys().copied().collect());
        let failed: BTreeSet<String> = absent.iter().cloned().collect();
        assert_eq!(failed.is_empty(), record.summary.failed.is_empty(), "{failed:?}");
        assert!(found.iter().all(|key| !absent.contains(&key.to_string())));
    }
}

#[test]
fn a_record_accounts_for_all_files_and_finds_them_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { wells: 2, sites: 2, planes: 2, ..PlateLayout::default() };
    let plate = drawn(folder.path(), "plate", layout);
    let steps = vec![flat(), Step::Threshold(Threshold::default())];
    let record = run_of(&plate, &keeping(steps, SaveAs::OmeZarr), &folder.path().join("results"));
    let check = FilesCheck::of(&[&record], &|_, _| (), &Cancel::new()).expect("not cancelled");
    assert_eq!((check.checked, check.unread, check.changed), (record.outputs.len(), 0, Vec::new()));
    let run = record.folder().expect("a folder");
    let accounted = Accounted::read(run).expect("a run");
    assert_eq!((accounted.goes.as_slice(), accounted.staying_text()), ([run.to_owned()].as_slice(), None));
    // A plane that was changed is told, and what is none of the plate's files stays.
    let output = &record.outputs[0];
    let array = run.join(output.path.as_ref().expect("kept"));
    let shard = array.join("c").join(output.plane.expect("a plane").to_string()).join("0/0");
    fs::write(&shard, b"other").expect("writable");
    fs::write(array.join("thesis.doc"), b"precious").expect("writable");
    let check = FilesCheck::of(&[&record], &|_, _| (), &Cancel::new()).expect("not cancelled");
    assert_eq!(check.changed.len(), 1, "{check:?}");
    let staying = Accounted::read(run).expect("a run").staying_text().expect("a file");
    assert!(staying.contains("thesis.doc") && staying.starts_with("1 file "), "{staying}");
}

/// One sample of each pixel.
fn sample_of(pixels: &[u8], format: ImageFormat, sample: u16) -> Vec<u8> {
    let bytes = format.pixel.bytes();
    let pixels = pixels.chunks_exact(bytes * usize::from(format.samples));
    pixels.flat_map(|pixel| pixel[usize::from(sample) * bytes..][..bytes].iter().copied()).collect()
}

#[test]
fn levels_are_means_and_lie_where_the_image_lies() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout {
        wells: 1,
        channels: 1,
        sites: 2,
        planes: 1,
        width: 601,
        height: 530,
        ..PlateLayout::default()
    };
    let plate = stepwell::demo::write(layout, &folder.path().join("plate"), &Cancel::new(), &|_, _| ())
        .expect("writable");
    let record = run_of(&plate, &keeping(vec![stack()], SaveAs::OmeZarr), &folder.path().join("results"));
    for output in &record.outputs {
        let array = record.folder().expect("a folder").join(output.path.as_ref().expect("kept"));
        let field = array.parent().expect("a folder");
        let levels: Vec<(ImageFormat, Vec<u8>)> = (0..3)
            .map(|level| {
                let source = ImageSource::plane(&SourceFolder::new(field, ""), level.to_string(), 0);
                source.decode_owned().expect("a level")
            })
            .collect();
        let sizes: Vec<_> = levels.iter().map(|(format, _)| (format.width, format.height)).collect();
        assert_eq!(sizes, [(601, 530), (300, 265), (150, 132)]);
        assert!(!field.join("3").exists());
        for pair in levels.windows(2) {
            let at = |(format, pixels): &(ImageFormat, Vec<u8>), x: usize, y: usize| {
                assert_eq!(format.pixel, PixelType::U16);
                let at = (y * format.width as usize + x) * 2;
                u16::from_ne_bytes([pixels[at], pixels[at + 1]])
            };
            for (x, y) in [(0, 0), (1, 0), (0, 1), (77, 31), (149, 131)] {
                let four =
                    [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| at(&pair[0], 2 * x + dx, 2 * y + dy));
                let mean = four.map(f64::from).iter().sum::<f64>() / 4.0;
                assert_eq!(f64::from(at(&pair[1], x, y)), mean.round_ties_even());
            }
        }
        let metadata = group(field);
        let datasets = list(&metadata["ome"]["multiscales"][0]["datasets"]);
        let of = |level: usize, index: usize, key: &str| {
            let value = &datasets[level]["coordinateTransformations"][index][key];
            list(value).iter().map(|value| value.as_f64().expect("a number")).collect::<Vec<f64>>()
        };
        let side_um = open(&plate).pixel_sizes.common().expect("one size").x_um;
        let known = open(&plate).site_positions.of(output.key).expect("a position");
        let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} {other}");
        for level in 0..3 {
            let um = side_um * f64::from(1 << level);
            let (scale, from) = (of(level, 0, "scale"), of(level, 1, "translation"));
            assert_eq!((scale[0], from[0]), (1.0, 0.0));
            near(scale[1], um);
            near(scale[2], um);
            // The left edge of the first pixel is the image's, at each level.
            near(from[2] - um / 2.0, known.x_um - 601.0 / 2.0 * side_um);
            near(from[1] - um / 2.0, known.y_um - 530.0 / 2.0 * side_um);
        }
    }
}

#[test]
fn a_plate_names_the_wells_that_are_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { wells: 6, sites: 2, planes: 2, ..PlateLayout::default() };
    let plate = drawn(folder.path(), "plate", layout);
    let planned = plan(&open(&plate), &keeping(vec![flat()], SaveAs::OmeZarr));
    let run_folder = folder.path().join("run");
    let request = support::request(planned, run_folder.clone());
    let cancel = Cancel::new();
    let done = std::sync::Mutex::new((Vec::new(), None));
    let sink = |event: Event| match event.kind {
        EventKind::WellDone { well, .. } => {
            let mut done = done.lock().expect("no panic");
            done.0.push(well.to_string());
            if done.0.len() == 2 {
                cancel.cancel();
            }
        }
        EventKind::Ended { outcome, .. } => done.lock().expect("no panic").1 = Some(outcome),
        _ => {}
    };
    run(&request, &sink, &cancel);
    let (done, outcome) = done.into_inner().expect("no panic");
    assert_eq!((done.len(), outcome), (2, Some(Outcome::Cancelled)));
    let (plate, fields, absent) = read_plate(&run_folder.join("images/1-z-max/plate.zarr"));
    let named: BTreeSet<String> = fields.iter().map(|field| field.well.clone()).collect();
    assert_eq!(named, done.into_iter().collect());
    assert_eq!((fields.len(), absent), (4, BTreeSet::new()));
    assert_eq!(plate["stepwell"]["unfinished"], serde_json::json!(["A03", "B01", "B02", "B03"]));
}
