//! The companion of a kept step: that it keeps the schema's rules that matter, and says of each file what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use quick_xml::events::{BytesStart, Event as XmlEvent};
use stepwell::cancel::Cancel;
use stepwell::demo;
use stepwell::engine::{CacheState, Job, Rounds, run_job};
use stepwell::events::{EventKind, Outcome, OutputImage};
use stepwell::image::{Compression, ContentHash, ImageFormat, ImageRef, ImageSource, PixelType, write_tiff};
use stepwell::pipeline::steps::{ColourComposite, Crop, NucleiCount, Stitching, Threshold, ZProjection};
use stepwell::pipeline::{KeepImages, PipelineSpec, PipelineStep, Step};
use stepwell::plan::RunSpec;
use stepwell::plate::{Component, Format, ImageKey, PlateLayout, SaveAs, WellId};
use stepwell::record::RunRecord;

use crate::support::{self, full_well, open, place, plan, plates_dir, program, spec, write_plate};

/// A companion as a program reads it that knows the schema.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) plate: BTreeMap<String, String>,
    /// Name of its file.
    companion: String,
    /// Row, column and image of each sample, in the order of the document.
    pub(crate) samples: Vec<(u32, u32, String)>,
    pub(crate) images: BTreeMap<String, Image>,
    /// What is not there: well and token.
    pub(crate) absent: BTreeSet<String>,
    /// The numbers of channels, planes and timepoints by their ranks.
    numbers: [Vec<u32>; 3],
    /// The sites of each well, in the order of its samples.
    sites: BTreeMap<(u32, u32), Vec<u32>>,
}

#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) pixels: BTreeMap<String, String>,
    pub(crate) channels: Vec<BTreeMap<String, String>>,
    /// First z, channel and timepoint of each file.
    pub(crate) files: Vec<([u32; 3], String)>,
    pub(crate) planes: Vec<BTreeMap<String, String>>,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a companion");
        let mut reader = quick_xml::Reader::from_str(&text);
        let companion = path.file_name().expect("a name").to_str().expect("text").to_owned();
        let mut document = Self { companion, ..Self::default() };
        let mut parents: Vec<String> = Vec::new();
        let (mut well, mut image, mut first) = ((0, 0), String::new(), [0; 3]);
        loop {
            let event = reader.read_event().expect("well-formed XML");
            let (element, is_empty) = match &event {
                XmlEvent::Start(element) => (element, false),
                XmlEvent::Empty(element) => (element, true),
                XmlEvent::End(_) => {
                    parents.pop();
                    continue;
                }
                XmlEvent::Text(text) => {
                    let text = text.trim();
                    if parents.last().is_some_and(|name| name == "Absent") {
                        let name = WellId::at(well.0, well.1).expect("a well");
                        document.absent.extend(text.split(' ').map(|token| format!("{name}_{token}")));
                    } else if parents.last().is_some_and(|name| name == "UUID") {
                        assert_uuid(text);
                    }
                    continue;
                }
                XmlEvent::Eof => break,
                _ => continue,
            };
            let (name, attributes) = (element.local_name().as_ref().to_owned(), attributes(element));
            let number = |name: &str| attributes.get(name).map_or(0, |value| value.parse().expect(value));
            let numbers = |name: &str| -> Vec<u32> {
                let text = attributes.get(name).map_or("", String::as_str);
                let parts = text.split(' ').filter(|part| !part.is_empty());
                let ends = parts.map(|part| part.split_once('-').unwrap_or((part, part)));
                let number = |text: &str| text.parse::<u32>().expect(text);
                ends.flat_map(|(first, last)| number(first)..=number(last)).collect()
            };
            let parent = parents.last().map_or("", String::as_str);
            match (parent, name.as_str()) {
                ("", "OME") => assert_uuid(&attributes["UUID"]),
                ("OME", "Plate") => document.plate = attributes.clone(),
                ("Plate", "Well") => well = (number("Row"), number("Column")),
                ("WellSample", "ImageRef") => {
                    document.samples.push((well.0, well.1, attributes["ID"].clone()));
                }
                ("OME", "Image") => {
                    image.clone_from(&attributes["ID"]);
                    let one = Image { name: attributes["Name"].clone(), ..Image::default() };
                    assert!(document.images.insert(image.clone(), one).is_none(), "{image} twice");
                }
                ("Image", "Pixels") => document.image(&image).pixels = attributes.clone(),
                ("Pixels", "Channel") => document.image(&image).channels.push(attributes.clone()),
                ("Pixels", "TiffData") => {
                    first = [number("FirstZ"), number("FirstC"), number("FirstT")];
                    assert_eq!((number("IFD"), number("PlaneCount")), (0, 1));
                }
                ("TiffData", "UUID") => {
                    document.image(&image).files.push((first, attributes["FileName"].clone()));
                }
                ("Pixels", "Plane") => document.image(&image).planes.push(attributes.clone()),
                ("Value", "Result") => {
                    document.numbers = ["Channels", "Planes", "Timepoints"].map(numbers);
                }
                ("Result", "Well") => {
                    well = (number("Row"), number("Column"));
                    document.sites.insert(well, numbers("Sites"));
                }
                _ => {}
            }
            if !is_empty {
                parents.push(name);
            }
        }
        document
    }

    fn image(&mut self, id: &str) -> &mut Image {
        self.images.get_mut(id).expect("an image")
    }

    /// Holds it against the rules of the schema that matter, and gives the file of each key.
    pub(crate) fn check(&self, folder: &Path) -> BTreeMap<ImageKey, String> {
        let named: Vec<&String> = self.samples.iter().map(|(.., image)| image).collect();
        let ids: BTreeSet<&String> = named.iter().copied().collect();
        assert_eq!(ids.len(), named.len(), "an image in two samples");
        assert_eq!(ids, self.images.keys().collect(), "images of no sample, or samples of no image");
        let mut files = BTreeMap::new();
        let mut paths = BTreeSet::new();
        let mut samples_of: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for (row, column, id) in &self.samples {
            let image = &self.images[id];
            let size = |name: &str| image.pixels[name].parse::<u32>().expect("a number");
            let samples: u32 = image
                .channels
                .iter()
                .map(|channel| channel["SamplesPerPixel"].parse::<u32>().expect("a number"))
                .sum();
            assert_eq!(samples, size("SizeC"), "{id}");
            let of_channel = samples / u32::try_from(image.channels.len()).expect("few");
            let nth = samples_of.entry((*row, *column)).or_default();
            let site = self.sites[&(*row, *column)][*nth];
            *nth += 1;
            let well = WellId::at(*row, *column).expect("a well");
            assert!(image.name.starts_with(&format!("Well {well}")), "{}", image.name);
            assert!(!image.files.is_empty(), "{id} has no file");
            let mut places = BTreeSet::new();
            for (at, path) in &image.files {
                let sizes = ["SizeZ", "SizeC", "SizeT"].map(size);
                assert!(at.iter().zip(sizes).all(|(at, size)| *at < size), "{at:?} of {sizes:?}");
                assert!(places.insert(*at), "two files for {at:?} of {id}");
                assert!(paths.insert(path.clone()), "{path} twice");
                let file = folder.join(path);
                let (format, _) = ImageSource::file(&file).decode_owned().expect("an image");
                assert_eq!([format.width, format.height], ["SizeX", "SizeY"].map(size), "{path}");
                assert_eq!(u32::from(format.samples), of_channel, "{path}");
                let [channels, planes, timepoints] = &self.numbers;
                let [z, channel, timepoint] = at.map(|rank| rank as usize);
                let channel = channels[channel / of_channel as usize];
                let key = ImageKey::new(well, site, channel, planes[z], timepoints[timepoint]);
                assert!(files.insert(key, path.clone()).is_none(), "{key} twice");
            }
        }
        files
    }
}

fn attributes(element: &BytesStart<'_>) -> BTreeMap<String, String> {
    let of = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value = quick_xml::escape::unescape(&attribute.value).expect("a value").into_owned();
        (attribute.key.as_ref().to_owned(), value)
    };
    element.attributes().map(|attribute| of(attribute.expect("an attribute"))).collect()
}

fn assert_uuid(text: &str) {
    let digits = text.strip_prefix("urn:uuid:").expect("a UUID");
    let lengths: Vec<_> = digits.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{text}");
    assert!(digits.bytes().all(|digit| digit == b'-' || digit.is_ascii_hexdigit()), "{text}");
}

/// The companion in a folder.
fn companion_in(folder: &Path) -> std::path::PathBuf {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut companions = entries.filter(|path| path.to_string_lossy().ends_with(".companion.ome"));
    let first = companions.next().expect("a companion");
    assert_eq!(companions.next(), None);
    first
}

/// The key with 1 for what was assembled.
fn whole(key: ImageKey) -> ImageKey {
    Component::ALL.into_iter().fold(key, |key, component| key.with(component, key.get(component).or(Some(1))))
}

/// Runs a job in a worker.
pub(crate) fn run_of(plate: &Path, spec: &RunSpec, results: &Path) -> RunRecord {
    let job = Job {
        program: program(),
        plans: vec![plan(&open(plate), spec)],
        compare: false,
        rounds: Rounds::Exactly(1),
        cache: CacheState::Warm,
        results: results.to_owned(),
        into: None,
        budget_bytes: None,
        resting_rss_bytes: None,
        fix: None,
        conditions: None,
    };
    run_job(&job, &|_| (), &Cancel::new())
        .expect("a run")
        .records
        .remove(0)
        .with_lists()
        .expect("it was written")
}

/// Holds the companion of each kept step against what the run told.
pub(crate) fn check_companions(record: &RunRecord) -> Vec<Document> {
    let run = record.folder().expect("a folder");
    let mut steps: BTreeMap<String, Vec<&OutputImage>> = BTreeMap::new();
    for output in &record.outputs {
        let Some(path) = &output.path else { continue };
        let folder: Vec<&str> = path.split('/').take(2).collect();
        steps.entry(folder.join("/")).or_default().push(output);
    }
    let checked = steps.into_iter().map(|(folder, outputs)| {
        let document = Document::read(&companion_in(&run.join(&folder)));
        let files = document.check(&run.join(&folder));
        let told: BTreeMap<ImageKey, String> = outputs
            .iter()
            .map(|output| {
                let path = output.path.as_ref().expect("kept");
                (whole(output.key), path[folder.len() + 1..].to_owned())
            })
            .collect();
        assert_eq!(files, told, "{folder}");
        assert_eq!(document.plate["Name"], record.plate.name);
        for key in files.keys() {
            assert!(!document.absent.contains(&key.to_string()), "{key} is there");
        }
        reads_back(&document, &files, &run.join(&folder));
        document
    });
    checked.collect()
}

/// Opened again, a kept step is what its companion says.
fn reads_back(document: &Document, files: &BTreeMap<ImageKey, String>, folder: &Path) {
    let plate = open(folder);
    assert_eq!((plate.format, &plate.name), (Format::OmeTiff, &document.plate["Name"]));
    let read: BTreeMap<ImageKey, String> =
        plate.images.iter().map(|image| (image.key(), image.source.relative())).collect();
    assert_eq!(&read, files);
    let missing: BTreeSet<String> = plate.missing.iter().map(|image| image.key.to_string()).collect();
    assert_eq!(missing, document.absent);
    assert!(plate.missing.iter().all(|image| !image.why.is_empty() && image.file.is_none()));
    assert_eq!(plate.issues, [], "nothing is odd");
    // By any door it is the same plate.
    let first = files.values().next().expect("a file");
    for door in [first.as_str(), document.companion.as_str()] {
        assert_eq!(open(&folder.join(door)).images, plate.images, "{door}");
    }
}

pub(crate) fn keeping(steps: Vec<Step>, save_as: SaveAs) -> RunSpec {
    let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: true }).collect();
    RunSpec { pipeline: PipelineSpec::of(steps), save_as, ..spec(&[]) }
}

pub(crate) fn stack() -> Step {
    Step::Crop(Crop { x: 0, y: 0, width: 4096, height: 4096 })
}

pub(crate) fn flat() -> Step {
    Step::ZProjection(ZProjection::default())
}

/// A demo plate below a folder.
pub(crate) fn drawn(folder: &Path, name: &str, layout: PlateLayout) -> std::path::PathBuf {
    let layout = PlateLayout { width: 32, height: 24, ..layout };
    demo::write(layout, &folder.join(name), &Cancel::new(), &|_, _| ()).expect("writable")
}

#[test]
fn each_file_is_what_the_companion_says_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let usual = PlateLayout { wells: 2, sites: 2, planes: 2, ..PlateLayout::default() };
    let named = |name: &str, keys: &[ImageKey]| {
        let path = folder.path().join(name);
        fs::create_dir(&path).expect("writable");
        write_plate(&path, keys, 24, 16);
        path
    };
    let full = full_well(3, 2, 3, 2);
    let mut gaps = full.clone();
    gaps.retain(|key| {
        (key.site.unwrap_or(0) * 7 + key.channel.unwrap_or(0) * 5 + key.z.unwrap_or(0)) % 4 != 0
    });
    let mut numbers = full.clone();
    for key in &mut numbers {
        key.site = key.site.map(|site| [1, 3, 12][site as usize - 1]);
        key.channel = key.channel.map(|channel| channel * 4 + 1);
        key.timepoint = key.timepoint.map(|timepoint| timepoint + 2);
    }
    let mut planes = full.clone();
    planes.retain(|key| key.channel == Some(1) || key.z == Some(1));
    let mut rows = full_well(2, 2, 2, 1);
    let last: Vec<ImageKey> =
        rows.iter().map(|key| ImageKey { well: "AB03".parse().expect("a well"), ..*key }).collect();
    rows.extend(last);
    let composite = || Step::ColourComposite(ColourComposite::default());
    let mosaic = || Step::Stitching(Stitching::default());
    let table: Vec<(&str, std::path::PathBuf, Vec<Step>)> = vec![
        (
            "default",
            drawn(folder.path(), "default", usual),
            PipelineSpec::default().steps.into_iter().map(|s| s.step).collect(),
        ),
        ("stack", drawn(folder.path(), "stack", PlateLayout { channels: 3, ..usual }), vec![stack()]),
        ("12 sites", drawn(folder.path(), "sites", PlateLayout { sites: 12, ..usual }), vec![stack()]),
        (
            "film",
            drawn(folder.path(), "film", PlateLayout { timepoints: 11, ..usual }),
            vec![stack(), flat()],
        ),
        ("flat source", named("flat", &full), vec![stack(), flat()]),
        ("missing images", named("gaps", &gaps), vec![stack(), flat()]),
        ("site numbers with gaps", named("numbers", &numbers), vec![stack(), flat()]),
        ("z differs by channel", named("planes", &planes), vec![stack(), flat()]),
        ("rows AA", named("rows", &rows), vec![stack(), flat()]),
        ("composite and mosaic", drawn(folder.path(), "colour", usual), vec![flat(), composite(), mosaic()]),
        ("mask", drawn(folder.path(), "mask", usual), vec![flat(), Step::Threshold(Threshold::default())]),
        ("objects", named("objects", &gaps), vec![flat(), Step::NucleiCount(NucleiCount::default())]),
        ("8-bit", drawn(folder.path(), "eight", PlateLayout { pixel: PixelType::U8, ..usual }), vec![flat()]),
        (
            "float",
            drawn(folder.path(), "float", PlateLayout { pixel: PixelType::F32, ..usual }),
            vec![flat()],
        ),
    ];
    for (name, plate, steps) in table {
        let count = steps.len();
        let mut as_tiff: Option<RunRecord> = None;
        for save_as in SaveAs::ALL {
            let results = folder.path().join("results").join(name).join(save_as.name());
            let record = run_of(&plate, &keeping(steps.clone(), save_as), &results);
            assert_eq!(record.outcome, Outcome::Completed, "{name}");
            if save_as == SaveAs::OmeZarr {
                crate::zarr::check_plates(&record, as_tiff.as_ref().expect("a run before"));
                continue;
            }
            let documents = check_companions(&record);
            assert_eq!(documents.len(), count, "{name}");
            // What was withheld is what is not there.
            let failed: BTreeSet<&ImageKey> =
                record.summary.failed.iter().map(|failed| &failed.key).collect();
            assert_eq!(
                failed.is_empty(),
                documents.iter().all(|document| document.absent.is_empty()),
                "{name}"
            );
            if let [of_planes, of_projections] = &documents[..]
                && name == "missing images"
            {
                let expected: BTreeSet<String> =
                    full.iter().filter(|key| !gaps.contains(key)).map(ToString::to_string).collect();
                assert_eq!(of_planes.absent, expected);
                let flattened: BTreeSet<String> = full
                    .iter()
                    .filter(|key| !gaps.contains(key))
                    .map(|key| key.with(Component::Z, Some(1)).to_string())
                    .collect();
                assert_eq!(of_projections.absent, flattened);
            }
            as_tiff.get_or_insert(record);
        }
    }
}

#[test]
fn a_companion_tells_positions_pixels_and_channels() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { wells: 2, sites: 4, planes: 2, channels: 2, ..PlateLayout::default() };
    let plate = drawn(folder.path(), "plate", layout);
    let source = open(&plate);
    let record = run_of(&plate, &keeping(vec![flat()], SaveAs::OmeTiff), &folder.path().join("results"));
    let document = check_companions(&record).remove(0);
    assert_eq!((document.plate["Rows"].as_str(), document.plate["Columns"].as_str()), ("2", "3"));
    let size = source.pixel_sizes.common().expect("one size");
    for (row, column, id) in &document.samples {
        let image = &document.images[id];
        let well = WellId::at(*row, *column).expect("a well");
        let names: Vec<_> = image.channels.iter().map(|channel| channel["Name"].as_str()).collect();
        assert_eq!(names, ["DAPI", "FITC"]);
        assert_eq!(image.channels[0]["Color"], i32::from_be_bytes([0x6a, 0x8c, 0xff, 0xff]).to_string());
        assert_eq!(image.pixels["PhysicalSizeX"].parse(), Ok(size.x_um));
        assert_eq!(image.pixels["PhysicalSizeY"].parse(), Ok(size.y_um));
        let site: u32 = image.name.rsplit_once("site ").expect("a site").1.parse().expect("a number");
        let known = source.site_positions.of(ImageKey::new(well, site, 1, 1, 1)).expect("a position");
        assert_eq!(image.planes.len(), 2);
        for plane in &image.planes {
            assert_eq!(plane["PositionX"].parse(), Ok(known.x_um), "{}", image.name);
            // It grows upward there.
            assert_eq!(plane["PositionY"].parse(), Ok(0.0 - known.y_um), "{}", image.name);
            assert_eq!(plane["PositionXUnit"], "µm");
        }
    }
}

#[test]
fn what_was_saved_before_a_cancel_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { wells: 6, sites: 2, planes: 2, ..PlateLayout::default() };
    let plate = drawn(folder.path(), "plate", layout);
    let planned = plan(&open(&plate), &keeping(vec![stack(), flat()], SaveAs::OmeTiff));
    let run = folder.path().join("run");
    let request = support::request(planned, run.clone());
    let cancel = Cancel::new();
    let outputs = std::sync::Mutex::new(Vec::new());
    let sink = |event: stepwell::events::Event| match event.kind {
        EventKind::Saved { outputs: saved, .. } => outputs.lock().expect("no panic").extend(saved),
        EventKind::WellDone { .. } => cancel.cancel(),
        _ => {}
    };
    stepwell::engine::run(&request, &sink, &cancel);
    let outputs = outputs.into_inner().expect("no panic");
    assert!(outputs.len() < 6 * 2 * 2 * 3 && !outputs.is_empty());
    for (step, all) in [("1-cropped", 6 * 2 * 2 * 2), ("2-z-max", 6 * 2 * 2)] {
        let folder = run.join("images").join(step);
        let document = Document::read(&companion_in(&folder));
        let files = document.check(&folder);
        let told: BTreeSet<ImageKey> = outputs
            .iter()
            .filter(|output| output.path.as_deref().is_some_and(|path| path.contains(step)))
            .map(|output| whole(output.key))
            .collect();
        assert_eq!(files.keys().copied().collect::<BTreeSet<_>>(), told);
        assert_eq!(document.absent.len() + files.len(), all, "{step}: nothing is forgotten");
    }
}

#[test]
fn names_that_are_markup_or_no_text_stay_names() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let source = open(folder.path());
    for name in ["a & b <c> \"d\" 'e'", "Plättchen µ", "line\nend\u{1}\u{ffff}", ""] {
        let results = tempfile::tempdir().expect("a folder");
        let mut planned = plan(&source, &keeping(vec![flat()], SaveAs::OmeTiff));
        name.clone_into(&mut planned.plate.name);
        planned.facts.channel_names.insert(1, name.to_owned());
        stepwell::engine::run(&support::request(planned, results.path().to_owned()), &|_| (), &Cancel::new());
        let folder = results.path().join("images/1-z-max");
        let document = Document::read(&companion_in(&folder));
        assert_eq!(document.check(&folder).len(), 2, "{name:?}");
        let shown: String =
            name.chars().map(|c| if c.is_control() || c == '\u{ffff}' { ' ' } else { c }).collect();
        assert_eq!(document.plate["Name"], shown);
    }
}

#[test]
fn real_plates_are_described() {
    let Some(plates) = plates_dir() else { return };
    for folder in [
        "imagexpress-database/Projection-Mix",
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "imagexpress-export/9987_Plate_3434",
        "operetta-harmony5",
    ] {
        let results = tempfile::tempdir().expect("a folder");
        let pipeline = PipelineSpec::default().keeping(KeepImages::Last);
        let spec = RunSpec { pipeline, save_as: SaveAs::OmeTiff, ..spec(&[Component::Channel]) };
        let record = run_of(&plates.join(folder), &spec, results.path());
        assert_eq!(check_companions(&record).len(), 1, "{folder}");
    }
}

#[test]
fn files_of_another_size_are_another_image_of_their_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("plate");
    fs::create_dir(&plate).expect("writable");
    write_plate(&plate, &full_well(2, 1, 1, 1), 24, 16);
    let small = ImageFormat::grey(12, 8, PixelType::U16);
    for key in full_well(2, 2, 1, 1).into_iter().filter(|key| key.channel == Some(2)) {
        let bytes = vec![7; usize::try_from(small.bytes()).expect("small")];
        let image = ImageRef { format: small, bytes: &bytes };
        write_tiff(&place(&plate.join(format!("plate_{key}.tif"))), image, Compression::None, None)
            .expect("writable");
    }
    let record = run_of(&plate, &keeping(vec![stack()], SaveAs::OmeTiff), &folder.path().join("results"));
    let document = check_companions(&record).remove(0);
    let names: Vec<&str> = document.images.values().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["Well A01, site 1", "Well A01, site 1", "Well A01, site 2", "Well A01, site 2"]);
}

/// The folder of the last kept step of a run.
fn last_kept(record: &RunRecord) -> std::path::PathBuf {
    stepwell::export::kept_folder(record).expect("kept")
}

#[test]
fn what_a_plate_lacks_its_results_lack() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = folder.path().join("plate");
    fs::create_dir(&plate).expect("writable");
    let first = full_well(4, 1, 2, 1);
    let gone = |key: &ImageKey| key.site == Some(3);
    let mut keys: Vec<ImageKey> = first.iter().copied().filter(|key| !gone(key)).collect();
    keys.extend(first.iter().map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key }));
    write_plate(&plate, &keys, 16, 16);
    let grid = stepwell::pipeline::steps::Placement::Grid { columns: 2, overlap_percent: 0.0 };
    let stitch = || Step::Stitching(Stitching { placement: grid });
    for save_as in SaveAs::ALL {
        let results = folder.path().join(save_as.name());
        let whole = run_of(&plate, &keeping(vec![flat(), stitch()], save_as), &results);
        let made: Vec<String> = whole.outputs.iter().map(|output| output.key.to_string()).collect();
        let flattened = run_of(&plate, &keeping(vec![flat()], save_as), &results);
        let kept = last_kept(&flattened);
        let opened = open(&kept);
        let missing: Vec<String> = opened.missing.iter().map(|image| image.key.to_string()).collect();
        assert_eq!(missing, ["A01_s3_w1_z1_t1"]);
        assert!(opened.missing[0].why.contains("withheld"), "{}", opened.missing[0].why);
        let stitched = run_of(&kept, &keeping(vec![stitch()], save_as), &results);
        let failed: Vec<String> =
            stitched.summary.failed.iter().map(|failed| failed.key.to_string()).collect();
        assert_eq!(failed, ["A01_s3_w1_z1_t1"], "the mosaic of A01 is withheld");
        let mosaics: Vec<String> = stitched.outputs.iter().map(|output| output.key.to_string()).collect();
        assert_eq!(mosaics, ["B02_w1_z1_t1"]);
        assert!(
            made.contains(&"B02_w1_t1".to_owned()) && !made.contains(&"A01_w1_t1".to_owned()),
            "{made:?}"
        );
        // Results of a result lie beside those of its plate, under its name, and never in one folder.
        let folders: BTreeSet<_> = [&flattened, &stitched]
            .map(|record| record.folder().expect("a folder").parent().expect("one"))
            .into();
        let names: Vec<_> = folders.iter().map(|folder| folder.file_name().expect("a name")).collect();
        assert_eq!(names, ["plate", "plate (2)"]);
    }
}

#[test]
fn a_chain_of_runs_comes_to_what_one_run_comes_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { wells: 2, sites: 4, planes: 2, channels: 2, ..PlateLayout::default() };
    let plate = drawn(folder.path(), "plate", layout);
    let source = open(&plate);
    let steps = || {
        let crop = Step::Crop(Crop { x: 2, y: 4, width: 24, height: 18 });
        vec![flat(), crop, Step::Stitching(Stitching::default())]
    };
    for save_as in SaveAs::ALL {
        let results = folder.path().join(save_as.name());
        let one = run_of(&plate, &keeping(steps(), save_as), &results);
        let mut chain = plate.clone();
        for (nth, step) in steps().into_iter().enumerate() {
            let record = run_of(&chain, &keeping(vec![step], save_as), &results);
            chain = last_kept(&record);
            let hashes = |outputs: &[OutputImage]| -> BTreeSet<(ImageKey, ContentHash)> {
                outputs.iter().map(|output| (whole(output.key), output.hash)).collect()
            };
            let mut of_step = one.outputs.clone();
            of_step.retain(|output| output.step == nth);
            assert_eq!(record.outputs.len(), of_step.len(), "step {nth}");
            assert_eq!(hashes(&record.outputs), hashes(&of_step), "step {nth}");
            let run = one.folder().expect("a folder");
            let slug = chain.file_name().expect("a name").to_str().expect("text");
            let slug = slug.split_once('-').expect("numbered").1;
            let beside = open(&run.join("images").join(format!("{}-{slug}", nth + 1)));
            let opened = open(&chain);
            assert_eq!((&opened.name, &beside.name), (&source.name, &source.name));
            assert_eq!(opened.channel_names, beside.channel_names);
            assert_eq!(opened.pixel_sizes, beside.pixel_sizes);
            assert_eq!((opened.shape, &opened.objective), (source.shape, &source.objective));
            let names = |plate: &stepwell::plate::Plate| -> Vec<String> {
                plate.images.iter().map(|image| image.source.relative()).collect()
            };
            assert_eq!(names(&opened), names(&beside));
            for image in &opened.images {
                let [here, there] = [&opened, &beside].map(|plate| plate.site_positions.of(image.key()));
                let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
                match (here, there) {
                    (Some(here), Some(there)) => {
                        assert!(
                            near(here.x_um, there.x_um) && near(here.y_um, there.y_um),
                            "{}",
                            image.key()
                        );
                    }
                    (here, there) => assert_eq!(here, there, "{}", image.key()),
                }
            }
        }
    }
}
