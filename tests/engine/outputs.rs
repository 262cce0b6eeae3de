//! What a run saves: each kept step is a plate that opens again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use stepwell::cancel::Cancel;
use stepwell::demo;
use stepwell::engine::{CacheState, Job, Rounds, measure, run, run_job};
use stepwell::events::{Event, EventKind, Outcome, OutputImage, RunSummary};
use stepwell::image::{Compression, ContentHash, ImageFormat, ImageSource};
use stepwell::pipeline::steps::{Bin, ColourComposite, Crop, FlatField, Stitching, ZProjection};
use stepwell::pipeline::{KeepImages, PipelineSpec, PipelineStep, Step};
use stepwell::plan::{Paces, Plan, RunSpec};
use stepwell::plate::{Component, Format, ImageKey, Plate, PlateImage, PlateLayout, SaveAs};
use xxhash_rust::xxh3::Xxh3;

use crate::support::{self, full_well, open, plan, plates_dir, program, spec, write_plate};

/// Every file under a folder, by its path.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    found
}

/// Runs a plan in this process. Returns what was saved.
fn outputs_of(plan: Plan, folder: &Path) -> (Vec<OutputImage>, RunSummary) {
    let request = support::request(plan, folder.to_owned());
    let outputs = Mutex::new(Vec::new());
    let sink = |event: Event| match event.kind {
        EventKind::Saved { outputs: saved, .. } => outputs.lock().expect("no panic").extend(saved),
        EventKind::Ended { outcome, why, .. } => assert_eq!(outcome, Outcome::Completed, "{why:?}"),
        _ => {}
    };
    let summary = run(&request, &sink, &Cancel::new());
    (outputs.into_inner().expect("no panic"), summary)
}

/// As the engine hashes an image.
fn content_hash(path: &Path) -> ContentHash {
    let (format, pixels) = ImageSource::file(path).decode_owned().expect("an image");
    let mut hash = Xxh3::new();
    let head = format!("{} {} {} {} ", format.width, format.height, format.samples, format.pixel.name());
    hash.update(head.as_bytes());
    hash.update(&pixels);
    ContentHash::from(&hash)
}

#[test]
#[cfg(unix)]
fn a_run_writes_through_no_link_in_its_folder() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout {
        channels: 1,
        timepoints: 2,
        sites: 1,
        planes: 2,
        width: 16,
        height: 16,
        ..PlateLayout::default()
    };
    let plate = demo::write(layout, &root.path().join("plate"), &Cancel::new(), &|_, _| ());
    let planned = plan(&open(&plate.expect("writable")), &spec(&[]));
    let clean = root.path().join("clean");
    outputs_of(planned.clone(), &clean);
    let kept = |ending: &str| {
        let kept =
            files(&clean).into_iter().find(|path| path.to_string_lossy().ends_with(ending)).expect("kept");
        kept.strip_prefix(&clean).expect("inside").to_str().expect("text").to_owned()
    };
    let (image, htd) = (kept(".TIF"), kept(".HTD"));
    let folder_of_image = image.rsplit_once('/').expect("a folder").0.to_owned();
    assert!(folder_of_image.contains("TimePoint_"), "{folder_of_image}");
    // What is a link in the run's folder, and whether it leads to a folder.
    let table = [
        ("images", true),
        ("images/2-z-max", true),
        (&folder_of_image, true),
        (&htd, false),
        (&image, false),
        (".warm-up.tif", false),
    ];
    for (case, (link, is_folder)) in table.into_iter().enumerate() {
        let (run_folder, elsewhere) =
            (root.path().join(format!("run {case}")), root.path().join(format!("{case}")));
        let own = elsewhere.join("own.txt");
        fs::create_dir(&elsewhere).expect("writable");
        fs::write(&own, "precious").expect("writable");
        let at = run_folder.join(link);
        fs::create_dir_all(at.parent().expect("a folder")).expect("writable");
        symlink(if is_folder { &elsewhere } else { &own }, &at).expect("linked");
        let ended = Mutex::new(None);
        let sink = |event: Event| {
            if let EventKind::Ended { outcome, why, .. } = event.kind {
                *ended.lock().expect("no panic") = Some((outcome, why));
            }
        };
        run(&support::request(planned.clone(), run_folder.clone()), &sink, &Cancel::new());
        let (outcome, why) = ended.into_inner().expect("no panic").expect("an end");
        assert_eq!(outcome == Outcome::Failed, is_folder, "{link}: {why:?}");
        assert!(
            !is_folder || why.is_some_and(|why| why.contains("is a link, and nothing is written")),
            "{link}"
        );
        assert_eq!(fs::read_to_string(&own).expect("text"), "precious", "{link}");
        assert_eq!(fs::read_dir(&elsewhere).expect("a folder").count(), 1, "{link}");
    }
}

/// The key as a plate has it: 1 for what was assembled.
fn whole(key: ImageKey) -> ImageKey {
    Component::ALL.into_iter().fold(key, |key, component| key.with(component, key.get(component).or(Some(1))))
}

/// Holds the kept steps of a run against what it told of them. Returns them opened.
fn open_kept(source: &Plate, outputs: &[OutputImage], run: &Path) -> Vec<Plate> {
    let mut steps: BTreeMap<usize, Vec<&OutputImage>> = BTreeMap::new();
    for output in outputs.iter().filter(|output| output.path.is_some()) {
        steps.entry(output.step).or_default().push(output);
    }
    let names: BTreeSet<&str> = outputs.iter().filter_map(|output| output.path.as_deref()).collect();
    let told = outputs.iter().filter(|output| output.path.is_some()).count();
    assert_eq!(names.len(), told, "two images have one name");
    let opened = steps.values().map(|outputs| {
        let first = outputs[0].path.as_deref().expect("kept");
        let folder: PathBuf = first.split('/').take(2).collect();
        let plate = open(&run.join(&folder));
        assert_eq!(plate.format, Format::OmeTiff);
        assert_eq!((plate.root.ends_with(&folder), plate.projections.len()), (true, 0));
        let expected: BTreeMap<ImageKey, &OutputImage> =
            outputs.iter().map(|output| (whole(output.key), *output)).collect();
        let keys: Vec<ImageKey> = plate.images.iter().map(PlateImage::key).collect();
        assert_eq!(keys, expected.keys().copied().collect::<Vec<_>>(), "{}", source.name);
        for image in &plate.images {
            let output = expected[&image.key()];
            let path = image.source.path();
            assert_eq!(Some(path.as_path()), output.path.as_ref().map(|path| run.join(path)).as_deref());
            assert_eq!(content_hash(&path), output.hash, "{}", path.display());
        }
        // A picture of all channels is of none of them.
        let of_channels = outputs.iter().any(|output| output.key.channel.is_some());
        let channels = plate.values(Component::Channel);
        let names: BTreeMap<u32, String> = source
            .channel_names
            .iter()
            .filter(|(channel, _)| channels.contains(channel) && of_channels)
            .map(|(channel, name)| (*channel, name.clone()))
            .collect();
        assert_eq!(plate.channel_names, names, "{}", source.name);
        for channel in channels {
            let of_source = if of_channels { Some(channel) } else { None };
            let [kept, known] = [plate.pixel_sizes.of(Some(channel)), source.pixel_sizes.of(of_source)];
            assert_eq!(kept, known, "channel {channel} of {}", source.name);
        }
        assert_eq!(plate.shape, source.shape);
        assert_eq!(plate.objective, source.objective);
        if !source.pixel_sizes.is_empty() {
            // A mosaic of all sites lies at none of their places.
            let of_sites = outputs.iter().any(|output| output.key.site.is_some());
            for image in plate.images.iter().filter(|_| of_sites) {
                let [found, known] = [&plate, source].map(|plate| plate.site_positions.of(image.key()));
                let differs = |a: f64, b: f64| (a - b).abs() > 1e-6;
                if let Some(known) = known {
                    let found = found.expect("a position");
                    assert!(!differs(found.x_um, known.x_um) && !differs(found.y_um, known.y_um));
                }
            }
        }
        plate
    });
    opened.collect()
}

fn keeping_all(compression: Compression, components: &[Component]) -> RunSpec {
    let spec = spec(components);
    let pipeline = spec.pipeline.clone().keeping(KeepImages::All);
    RunSpec { compression, pipeline, ..spec }
}

/// Runs the study's pipeline, opens each kept step, and runs each again.
fn there_and_back(source: &Plate, compression: Compression, components: &[Component]) -> Vec<Plate> {
    let results = tempfile::tempdir().expect("a folder");
    let folder = results.path().join("run");
    let before = files(&source.root);
    let planned = plan(source, &keeping_all(compression, components));
    let most = planned.work().written_bytes;
    let (outputs, summary) = outputs_of(planned, &folder);
    let written: u64 = files(&folder).iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
    assert!(written <= most, "{written} of {most}");
    assert_eq!(files(&source.root), before, "nothing is written into the plate");
    assert!(files(&folder).iter().all(|path| path.extension().is_none_or(|end| end != "part")));
    assert_eq!(summary.saved, outputs.len());
    let kept = open_kept(source, &outputs, &folder);
    assert_eq!(kept.len(), 2);
    for plate in &kept {
        let again = results.path().join("again");
        let normalise: PipelineSpec = ron::from_str(
            "(steps: [(step: PercentileNormalize((low_percentile: 5.0, high_percentile: 95.0)), keep_images: true)])",
        )
        .expect("a pipeline");
        let second = RunSpec { pipeline: normalise, compression, ..spec(&[Component::Channel]) };
        let (outputs, summary) = outputs_of(plan(plate, &second), &again);
        assert_eq!(summary.images, plate.images.len());
        assert_eq!(open_kept(plate, &outputs, &again).len(), 1);
        fs::remove_dir_all(again).expect("removed");
    }
    kept
}

#[test]
fn each_kept_step_is_a_plate_whatever_the_compression() {
    let folder = tempfile::tempdir().expect("a folder");
    let flat = folder.path().join("flat");
    fs::create_dir(&flat).expect("writable");
    write_plate(&flat, &full_well(3, 2, 3, 2), 40, 30);
    let demo = |name: &str, spec: PlateLayout| {
        let spec = PlateLayout { width: 64, height: 48, sites: 2, ..spec };
        demo::write(spec, &folder.path().join(name), &Cancel::new(), &|_, _| ()).expect("writable")
    };
    let plates = [
        flat,
        demo("stack", PlateLayout { wells: 2, channels: 3, ..PlateLayout::default() }),
        demo("film", PlateLayout { timepoints: 11, planes: 2, ..PlateLayout::default() }),
        demo("single", PlateLayout { channels: 1, planes: 1, ..PlateLayout::default() }),
    ];
    for path in &plates {
        for compression in Compression::ALL {
            let source = open(path);
            for plate in there_and_back(&source, compression, &[Component::Channel]) {
                assert_eq!(plate.issues, [], "{}", path.display());
                assert_eq!(plate.missing, []);
                let positions = if path == &plates[0] { 0 } else { 2 * plate.wells().len() };
                assert_eq!(plate.site_positions.iter().count(), positions, "none is made up");
            }
        }
    }
}

#[test]
fn names_are_those_of_an_export_without_what_was_assembled() {
    let folder = tempfile::tempdir().expect("a folder");
    let flat = folder.path().join("flat");
    fs::create_dir(&flat).expect("writable");
    write_plate(&flat, &full_well(1, 1, 2, 2), 16, 16);
    let stack =
        PlateLayout { channels: 1, sites: 10, planes: 2, width: 32, height: 32, ..PlateLayout::default() };
    let stack =
        demo::write(stack, &folder.path().join("Demo"), &Cancel::new(), &|_, _| ()).expect("writable");
    let table: [(&Path, SaveAs, &[&str]); 3] = [
        (
            &flat,
            SaveAs::Tiff,
            &[
                "images/1-normalised/TimePoint_1/ZStep_1/flat_A01_s1_w1.TIF",
                "images/1-normalised/TimePoint_1/ZStep_2/flat_A01_s1_w1.TIF",
                "images/1-normalised/TimePoint_2/ZStep_1/flat_A01_s1_w1.TIF",
                "images/1-normalised/TimePoint_2/ZStep_2/flat_A01_s1_w1.TIF",
                "images/1-normalised/flat.HTD",
                "images/1-normalised/flat.companion.ome",
                "images/1-normalised/load_data.csv",
                "images/2-z-max/TimePoint_1/flat_A01_s1_w1.TIF",
                "images/2-z-max/TimePoint_2/flat_A01_s1_w1.TIF",
                "images/2-z-max/flat.HTD",
                "images/2-z-max/flat.companion.ome",
                "images/2-z-max/load_data.csv",
            ],
        ),
        (
            &flat,
            SaveAs::OmeTiff,
            &[
                "images/1-normalised/flat.companion.ome",
                "images/1-normalised/flat_A01_s1_w1_z1_t1.ome.tif",
                "images/1-normalised/flat_A01_s1_w1_z1_t2.ome.tif",
                "images/1-normalised/flat_A01_s1_w1_z2_t1.ome.tif",
                "images/1-normalised/flat_A01_s1_w1_z2_t2.ome.tif",
                "images/1-normalised/load_data.csv",
                "images/2-z-max/flat.companion.ome",
                "images/2-z-max/flat_A01_s1_w1_t1.ome.tif",
                "images/2-z-max/flat_A01_s1_w1_t2.ome.tif",
                "images/2-z-max/load_data.csv",
            ],
        ),
        (
            &stack,
            SaveAs::Tiff,
            &[
                "images/1-normalised/Demo.HTD",
                "images/1-normalised/Demo.companion.ome",
                "images/1-normalised/TimePoint_1/ZStep_1/Demo_A01_s01_w1.TIF",
                "images/1-normalised/TimePoint_1/ZStep_1/Demo_A01_s02_w1.TIF",
                "images/1-normalised/TimePoint_1/ZStep_2/Demo_A01_s01_w1.TIF",
                "images/1-normalised/TimePoint_1/ZStep_2/Demo_A01_s02_w1.TIF",
                "images/1-normalised/load_data.csv",
                "images/2-z-max/Demo.HTD",
                "images/2-z-max/Demo.companion.ome",
                "images/2-z-max/TimePoint_1/Demo_A01_s01_w1.TIF",
                "images/2-z-max/TimePoint_1/Demo_A01_s02_w1.TIF",
                "images/2-z-max/load_data.csv",
            ],
        ),
    ];
    for (path, save_as, expected) in table {
        let plate = open(path);
        // Of ten sites the first two, so that there are not so many names.
        let run = tempfile::tempdir().expect("a folder");
        outputs_of(plan(&plate, &RunSpec { save_as, ..keeping_all(Compression::None, &[]) }), run.path());
        let site_of =
            |path: &str| path.split('_').find_map(|part| part.strip_prefix('s')?.parse::<u32>().ok());
        let found: Vec<String> = files(run.path())
            .iter()
            .map(|path| path.strip_prefix(run.path()).expect("inside").to_string_lossy().replace('\\', "/"))
            .filter(|path| path.starts_with("images/") && site_of(path).is_none_or(|site| site <= 2))
            .collect();
        assert_eq!(found, expected);
        // What is not kept is never on disk.
        let run = tempfile::tempdir().expect("a folder");
        outputs_of(plan(&plate, &spec(&[])), run.path());
        let (images, kept) = (run.path().join("images"), run.path().join("images/2-z-max"));
        let mut found = files(run.path()).into_iter().filter(|path| path.starts_with(&images));
        assert!(found.all(|path| path.starts_with(&kept)));
    }
}

#[test]
fn steps_across_sites_keep_the_sites_or_join_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { sites: 4, planes: 2, width: 64, height: 48, ..PlateLayout::default() };
    let root = demo::write(layout, &folder.path().join("plate"), &Cancel::new(), &|_, _| ());
    let source = open(&root.expect("writable"));
    let steps = [
        Step::FlatField(FlatField::estimated(4.0)),
        Step::ZProjection(ZProjection::default()),
        Step::Stitching(Stitching::default()),
    ];
    let steps = steps.map(|step| PipelineStep { step, keep_images: true });
    let spec = RunSpec { pipeline: PipelineSpec::of(steps.into()), ..spec(&[Component::Channel]) };
    let run = folder.path().join("run");
    let (outputs, _) = outputs_of(plan(&source, &spec), &run);
    let kept = open_kept(&source, &outputs, &run);
    // Sites and planes of each step.
    let counts = |plate: &Plate| [Component::Site, Component::Z].map(|one| plate.values(one).len());
    assert_eq!(kept.iter().map(counts).collect::<Vec<_>>(), [[4, 2], [4, 1], [1, 1]]);
    assert!(kept.iter().all(|plate| plate.missing.is_empty() && plate.issues.is_empty()), "nothing is odd");
}

#[test]
fn composites_are_a_plate_of_one_channel_in_colour() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout =
        PlateLayout { sites: 4, planes: 2, channels: 3, width: 64, height: 48, ..PlateLayout::default() };
    let root = demo::write(layout, &folder.path().join("plate"), &Cancel::new(), &|_, _| ());
    let source = open(&root.expect("writable"));
    let steps = [
        Step::ZProjection(ZProjection::default()),
        Step::ColourComposite(ColourComposite::default()),
        Step::Stitching(Stitching::default()),
    ];
    for compression in Compression::ALL {
        let steps = steps.clone().map(|step| PipelineStep { step, keep_images: true });
        let pipeline = PipelineSpec::of(steps.into());
        let spec = RunSpec { pipeline, compression, ..spec(&[Component::Timepoint]) };
        let run = tempfile::tempdir().expect("a folder");
        let planned = plan(&source, &spec);
        let most = planned.work().written_bytes;
        let (outputs, _) = outputs_of(planned, run.path());
        let written: u64 =
            files(run.path()).iter().map(|path| fs::metadata(path).expect("a file").len()).sum();
        assert!(written <= most, "{written} of {most}");
        let kept = open_kept(&source, &outputs, run.path());
        let counts = |plate: &Plate| [Component::Channel, Component::Site].map(|one| plate.values(one).len());
        assert_eq!(kept.iter().map(counts).collect::<Vec<_>>(), [[3, 4], [1, 4], [1, 1]]);
        assert!(kept.iter().all(|plate| plate.missing.is_empty() && plate.issues.is_empty()));
        let formats = kept.iter().map(|plate| plate.images[0].source.decode_owned());
        let formats: Vec<ImageFormat> = formats.map(|image| image.expect("an image").0).collect();
        assert_eq!(formats[1], ImageFormat::rgb(64, 48));
        assert_eq!((formats[0].samples, formats[2].samples), (1, 3));
        let name = outputs.iter().find(|output| output.step == 1).and_then(|output| output.path.as_deref());
        assert!(
            name.is_some_and(|name| name.contains("2-composite/") && name.ends_with("_s1_w1.TIF")),
            "{name:?}"
        );
    }
}

#[test]
fn binned_images_say_their_larger_pixels_and_are_stitched_by_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = PlateLayout { sites: 4, planes: 1, width: 64, height: 48, ..PlateLayout::default() };
    let root = demo::write(layout, &folder.path().join("plate"), &Cancel::new(), &|_, _| ());
    let source = open(&root.expect("writable"));
    // What each pipeline's last step makes: pixels across and down, and how large a pixel is.
    let whole = Step::Crop(Crop { x: 0, y: 0, width: 64, height: 48 });
    let bin = Step::Bin(Bin { factor: 2, ..Bin::default() });
    let stitch = Step::Stitching(Stitching::default());
    let size_of = |steps: Vec<Step>| {
        let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: false }).collect();
        let pipeline = PipelineSpec::of(steps).keeping(KeepImages::Last);
        let run = tempfile::tempdir().expect("a folder");
        let spec = RunSpec { pipeline, ..spec(&[Component::Channel]) };
        let (outputs, _) = outputs_of(plan(&source, &spec), run.path());
        let path = run.path().join(outputs[0].path.as_deref().expect("kept"));
        let (format, _) = ImageSource::file(&path).decode_owned().expect("an image");
        let kept = open(
            &run.path()
                .join(path.strip_prefix(run.path()).expect("inside").iter().take(2).collect::<PathBuf>()),
        );
        let pixels = kept
            .pixel_sizes
            .common()
            .zip(source.pixel_sizes.common())
            .map(|(kept, source)| kept.x_um / source.x_um);
        assert!(kept.issues.is_empty() && kept.missing.is_empty(), "{:?}", kept.issues);
        ([format.width, format.height], pixels.expect("known sizes"))
    };
    let (mosaic, one) = size_of(vec![whole.clone(), stitch.clone()]);
    assert!((one - 1.0).abs() < 1e-9, "{one}");
    for steps in [vec![bin.clone(), stitch.clone()], vec![stitch, bin.clone()]] {
        let (binned, two) = size_of(steps);
        assert!((two - 2.0).abs() < 1e-9, "{two}");
        let is_half = |(binned, whole): (u32, u32)| (2 * binned).abs_diff(whole) <= 2;
        assert!(binned.into_iter().zip(mosaic).all(is_half), "{binned:?} of {mosaic:?}");
    }
    let (four_times, four) = size_of(vec![bin.clone(), bin]);
    assert_eq!(four_times, [16, 12]);
    assert!((four - 4.0).abs() < 1e-9, "{four}");
    // The middle of each site is where it was: what is cut off at the left is cut off of all.
    let cut = Step::Crop(Crop { x: 8, y: 8, width: 48, height: 32 });
    let (cropped, _) = size_of(vec![cut, Step::Stitching(Stitching::default())]);
    assert_eq!(cropped, [mosaic[0] - 16, mosaic[1] - 16]);
}

#[test]
fn gaps_and_odd_numbers_stay_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(3, 3, 3, 2);
    keys.retain(|key| {
        (key.site.unwrap_or(0) * 7 + key.channel.unwrap_or(0) * 5 + key.z.unwrap_or(0)) % 4 != 0
    });
    // Numbers that do not follow each other, a plane 0, and a well of another row with one image.
    for key in &mut keys {
        key.site = key.site.map(|site| site * 10);
        key.z = key.z.map(|z| z - 1);
    }
    keys.push(ImageKey { well: "AF48".parse().expect("a well"), ..keys[0] });
    write_plate(folder.path(), &keys, 24, 16);
    let source = open(folder.path());
    assert_eq!(source.images.len(), keys.len());
    let results = tempfile::tempdir().expect("a folder");
    let (outputs, summary) =
        outputs_of(plan(&source, &keeping_all(Compression::Lzw, &[Component::Site])), results.path());
    assert!(!summary.failed.is_empty());
    let kept = open_kept(&source, &outputs, results.path());
    assert_eq!(kept[0].images.len(), keys.len());
}

#[test]
fn any_name_of_a_plate_makes_names_of_files() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 2, 2, 1), 16, 16);
    let source = open(folder.path());
    let long = "a very long name ".repeat(30);
    let names = [
        "../../escape",
        "/root",
        "a\\b:c*d?e\"f<g>h|i",
        "._hidden",
        "",
        "...",
        "CON",
        "mask",
        "SC_B02",
        "P_A01_s1_w1",
        "EXP_B2",
        "x_thumb",
        "1_[9A35A04C-20E3-47AD-A1F9-8065B2840EFD]",
        "Plättchen 7, \"µ\"\nnext",
        &long,
    ];
    for name in names {
        let results = tempfile::tempdir().expect("a folder");
        let run = results.path().join("deep/run");
        let mut planned = plan(&source, &keeping_all(Compression::None, &[]));
        name.clone_into(&mut planned.plate.name);
        let (outputs, _) = outputs_of(planned, &run);
        let kept = open_kept(&source, &outputs, &run);
        assert!(kept.iter().all(|plate| plate.issues.is_empty()), "{name:?}: {:?}", kept[0].issues);
        assert_eq!(files(results.path()), files(&run), "{name:?}");
    }
}

#[test]
fn real_plates_come_back() {
    let Some(plates) = plates_dir() else { return };
    let table = [
        "imagexpress-database/Projection-Mix",
        "imagexpress-database/1well-3C-2S-Zmix-T",
        "imagexpress-database/SingleChannel",
        "imagexpress-export/9987_Plate_3420",
        "imagexpress-export/9987_Plate_3434",
        "operetta-harmony5",
        "phenix-harmony-v1",
    ];
    for folder in table {
        let source = open(&plates.join(folder));
        // The images are large; each compression has its turn.
        let compressions: &[Compression] = match folder {
            "phenix-harmony-v1" | "imagexpress-export/9987_Plate_3420" => &Compression::ALL,
            "operetta-harmony5" => &[Compression::Zstd],
            "imagexpress-export/9987_Plate_3434" => &[Compression::Deflate],
            _ => &[Compression::None],
        };
        for compression in compressions {
            there_and_back(&source, *compression, &[Component::Channel]);
        }
    }
}

#[test]
fn times_are_of_runs_with_the_same_compression() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(2, 2, 2, 1), 64, 64);
    let plate = open(folder.path());
    let planned = |compression| plan(&plate, &RunSpec { compression, ..spec(&[]) });
    let job = Job {
        program: program(),
        plans: vec![planned(Compression::None)],
        compare: false,
        rounds: Rounds::Exactly(1),
        cache: CacheState::Warm,
        results: results.path().to_owned(),
        into: None,
        budget_bytes: None,
        resting_rss_bytes: None,
        fix: None,
        conditions: None,
    };
    run_job(&job, &|_| (), &Cancel::new()).expect("fits");
    let is_of_runs = |compression| {
        let trial = measure(&program(), &planned(compression), Some(results.path()), None, &Cancel::new());
        matches!(trial.paces, Paces::Runs(_))
    };
    assert!(is_of_runs(Compression::None) && !is_of_runs(Compression::Deflate));
    // Paces from before there was a choice.
    let paces = files(results.path()).into_iter().find(|path| path.ends_with("paces.ron")).expect("paces");
    let text = fs::read_to_string(&paces).expect("readable");
    let older = text.replace("compression: none, ", "");
    assert_ne!(older, text);
    fs::write(&paces, older).expect("writable");
    assert!(is_of_runs(Compression::None));
}
