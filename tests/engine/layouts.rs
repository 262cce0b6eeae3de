//! Wells that lie differently, channels with pixels of their own, and images that are unlike the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use stepwell::compare::OutputComparison;
use stepwell::events::{EventKind, OutputImage};
use stepwell::image::{Compression, ImageFormat, ImageRef, ImageSource, PixelType, write_tiff};
use stepwell::pipeline::Step;
use stepwell::pipeline::steps::{Level, NucleiCount, Stitching, ZProjection};
use stepwell::plan::{Plan, RunSpec};
use stepwell::plate::{Component, ImageKey, Measured, PixelSize, Plate, SitePosition, SitePositions, WellId};

use crate::support::{full_well, open, place, plan, spec, write_plate};
use crate::{events_of, pipeline_of};

fn in_well(name: &str, keys: Vec<ImageKey>) -> Vec<ImageKey> {
    let well = name.parse().expect("a well");
    keys.into_iter().map(|key| ImageKey { well, ..key }).collect()
}

/// What a run of a plan saves, by key.
fn saved(plan: &Plan, folder: &Path) -> BTreeMap<String, OutputImage> {
    let (events, _) = events_of(plan, folder);
    let outputs = events.into_iter().filter_map(|event| match event.kind {
        EventKind::Saved { outputs, .. } => Some(outputs),
        _ => None,
    });
    outputs.flatten().map(|output| (output.key.to_string(), output)).collect()
}

fn pixels(path: &Path) -> (ImageFormat, Vec<u16>) {
    let (format, bytes) = ImageSource::file(path).decode_owned().expect("an image");
    (format, bytemuck::pod_collect_to_vec(&bytes))
}

/// Gives channels 1 and 2 sizes of a pixel, and each image a position.
fn located(mut plate: Plate, at: impl Fn(ImageKey) -> (f64, f64)) -> Plate {
    plate.pixel_sizes.add(1, PixelSize::square(0.5).expect("a size"));
    plate.pixel_sizes.add(2, PixelSize::new(1.0, 2.0).expect("a size"));
    let mut positions = SitePositions::default();
    for image in &plate.images {
        let (x_um, y_um) = at(image.key());
        positions.add(image.key(), SitePosition { x_um, y_um });
    }
    plate.site_positions = positions;
    plate
}

#[test]
fn each_mosaic_is_laid_out_by_its_own_well_channel_and_timepoint() {
    let folder = tempfile::tempdir().expect("a folder");
    for well in ["A01", "A02"] {
        write_plate(folder.path(), &in_well(well, full_well(2, 2, 1, 2)), 16, 12);
    }
    // Site 2 lies to the right in A01 and below in A02; at timepoint 2 the stage went elsewhere in A02.
    let at = |key: ImageKey| match (key.site, key.well.column, key.timepoint) {
        (Some(1), ..) => (100.0, -20.0),
        (_, 0, _) => (108.0, -20.0),
        (_, _, Some(1)) => (100.0, -14.0),
        _ => (104.0, -12.0),
    };
    let plate = located(open(folder.path()), at);
    let stitch = pipeline_of([Step::Stitching(Stitching::default())]);
    let run = |components: &[Component]| {
        let results = tempfile::tempdir().expect("a folder");
        let planned = plan(&plate, &RunSpec { pipeline: stitch.clone(), ..spec(components) });
        let (_, summary) = events_of(&planned, results.path());
        assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes, "{components:?}");
        assert_eq!(summary.failed, []);
        (saved(&planned, &results.path().join("again")), results)
    };
    let (bulk, results) = run(&[]);
    let (sequential, _) = run(&[Component::Channel, Component::Timepoint]);
    let all = |outputs: &BTreeMap<String, OutputImage>| outputs.values().cloned().collect::<Vec<_>>();
    assert_eq!(OutputComparison::of(&all(&bulk), &all(&sequential)).different, []);
    // The mosaic and where site 2 begins in it.
    let table = [
        ("A01_w1_z1_t1", [32, 12], (16, 0)),
        ("A01_w2_z1_t1", [24, 12], (8, 0)),
        ("A01_w1_z1_t2", [32, 12], (16, 0)),
        ("A02_w1_z1_t1", [16, 24], (0, 12)),
        ("A02_w2_z1_t1", [16, 15], (0, 3)),
        ("A02_w1_z1_t2", [24, 28], (8, 16)),
        ("A02_w2_z1_t2", [20, 16], (4, 4)),
    ];
    for (key, size, (x, y)) in table {
        let path = results.path().join("again").join(bulk[key].path.as_deref().expect("kept"));
        let (format, mosaic) = pixels(&path);
        assert_eq!([format.width, format.height], size, "{key}");
        let tile = key.replacen("_w", "_s2_w", 1);
        let (_, tile) = pixels(&folder.path().join(format!("plate_{tile}.tif")));
        let (width, corner) = (format.width as usize, (15, 11));
        // The corner that no other tile reaches.
        assert_eq!(mosaic[(y + corner.1) * width + x + corner.0], tile[corner.1 * 16 + corner.0], "{key}");
    }
}

#[test]
fn a_well_without_positions_is_refused_by_name_and_one_that_is_not_processed_needs_none() {
    let folder = tempfile::tempdir().expect("a folder");
    for well in ["A01", "A02"] {
        write_plate(folder.path(), &in_well(well, full_well(2, 1, 1, 1)), 16, 12);
    }
    let mut plate = located(open(folder.path()), |key| (f64::from(key.site.unwrap_or(0)) * 8.0, 0.0));
    let [first, second] = ["A01", "A02"].map(|well| well.parse::<WellId>().expect("a well"));
    let all = std::mem::take(&mut plate.site_positions);
    all.iter().filter(|(key, _)| key.well == first).for_each(|(key, at)| plate.site_positions.add(key, at));
    let spec = RunSpec { pipeline: pipeline_of([Step::Stitching(Stitching::default())]), ..spec(&[]) };
    let mut measured =
        Measured::read(&plate, &plate.wells(), &stepwell::cancel::Cancel::new()).expect("not cancelled");
    let plan = |measured: &Measured, wells: &BTreeSet<WellId>| {
        Plan::new(&Arc::new(plate.clone()), &Arc::new(measured.clone()), wells, &spec)
    };
    assert!(plan(&measured, &[first].into()).is_ok());
    let why = plan(&measured, &plate.wells()).expect_err("unknown").to_string();
    assert!(why.contains("stage position of site 1 of well A02: place the sites on a grid"), "{why}");
    // What the images of a well say is taken before what was known of it, and as a whole.
    for (site, x_um) in [(1, 0.0), (2, 40.0)] {
        let key = ImageKey::new(second, site, 1, 1, 1);
        measured.site_positions.add(key, SitePosition { x_um, y_um: 0.0 });
    }
    let planned = plan(&measured, &plate.wells()).expect("known");
    let results = tempfile::tempdir().expect("a folder");
    let outputs = saved(&planned, results.path());
    for (key, width) in [("A01_w1_z1_t1", 32), ("A02_w1_z1_t1", 96)] {
        let (format, _) = pixels(&results.path().join(outputs[key].path.as_deref().expect("kept")));
        assert_eq!(format.width, width, "{key}");
    }
}

#[test]
fn areas_and_places_are_in_micrometres_of_the_channels_own_pixels() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ImageFormat::grey(20, 16, PixelType::U16);
    // A square of 7 x 7 with its middle at (9, 6).
    let square = |at: usize| (6..13).contains(&(at % 20)) && (3..10).contains(&(at / 20));
    let image: Vec<u16> = (0..320).map(|at| if square(at) { 500 } else { 0 }).collect();
    for channel in [1, 2, 3] {
        let path = folder.path().join(format!("plate_A01_s1_w{channel}_z1_t1.tif"));
        let image = ImageRef { format, bytes: bytemuck::cast_slice(&image) };
        write_tiff(&place(&path), image, Compression::None, None).expect("writable");
    }
    let mut plate = open(folder.path());
    plate.pixel_sizes.add(1, PixelSize::square(0.5).expect("a size"));
    plate.pixel_sizes.add(2, PixelSize::square(1.0).expect("a size"));
    plate.pixel_sizes.add(3, PixelSize::new(0.5, 2.0).expect("a size"));
    let count = NucleiCount {
        level: Level::Fixed(100.0),
        smallest_area_px: 4,
        split: false,
        ..NucleiCount::default()
    };
    let spec = RunSpec { pipeline: pipeline_of([Step::NucleiCount(count)]), ..spec(&[]) };
    let results = tempfile::tempdir().expect("a folder");
    events_of(&plan(&plate, &spec), results.path());
    let table = std::fs::read_to_string(results.path().join("tables/1-nuclei-objects.csv")).expect("a table");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|column| *column == name).expect("a column");
    let wanted = ["channel", "area_px", "area_um2", "centroid_x_um", "centroid_y_um"].map(column);
    let found: Vec<[&str; 5]> = rows[1..].iter().map(|row| wanted.map(|column| row[column])).collect();
    assert_eq!(
        found,
        [["1", "49", "12.25", "4.5", "3"], ["2", "49", "49", "9", "6"], ["3", "49", "49", "4.5", "12"]]
    );
}

/// The value of a property in the description of a file.
fn property(path: &Path, id: &str) -> Option<f64> {
    let bytes = std::fs::read(path).expect("readable");
    let text = String::from_utf8_lossy(&bytes);
    let (_, rest) = text.split_once(&format!("id=\"{id}\""))?;
    rest.split_once("value=\"")?.1.split_once('"')?.0.parse().ok()
}

#[test]
fn kept_images_say_where_they_lie_and_how_large_their_pixels_are() {
    let folder = tempfile::tempdir().expect("a folder");
    for well in ["A01", "A02"] {
        write_plate(folder.path(), &in_well(well, full_well(2, 2, 2, 1)), 16, 12);
    }
    let right = |key: ImageKey| (f64::from(key.site.unwrap_or(0)) * 8.0, 0.25);
    let differing = |key: ImageKey| {
        let (x, y) = right(key);
        if key.well.column == 0 { (x, y) } else { (y, x) }
    };
    for (is_alike, at) in [(true, &right as &dyn Fn(ImageKey) -> (f64, f64)), (false, &differing)] {
        let plate = located(open(folder.path()), at);
        let pipeline = pipeline_of([Step::ZProjection(ZProjection::default())]);
        let results = tempfile::tempdir().expect("a folder");
        let outputs = saved(&plan(&plate, &RunSpec { pipeline, ..spec(&[Component::Site]) }), results.path());
        assert_eq!(outputs.len(), 8);
        for output in outputs.values() {
            let path = results.path().join(output.path.as_deref().expect("kept"));
            let (x, y) = at(output.key);
            let (width, height) = if output.key.channel == Some(1) { (0.5, 0.5) } else { (1.0, 2.0) };
            let grid = if is_alike || output.key.well.column == 0 {
                (f64::from(output.key.site.expect("a site")), 1.0)
            } else {
                (1.0, f64::from(output.key.site.expect("a site")))
            };
            let expected = [
                ("OffsetFromWellCenterUmX", x),
                ("OffsetFromWellCenterUmY", y),
                ("spatial-calibration-x", width),
                ("spatial-calibration-y", height),
                ("SiteX", grid.0),
                ("SiteY", grid.1),
            ];
            for (id, value) in expected {
                assert_eq!(property(&path, id), Some(value), "{id} of {}", output.key);
            }
        }
        // Opened again, each well lies where it lay, and each channel has its pixels.
        let kept = open(&results.path().join("images/1-z-max"));
        assert_eq!(kept.images.len(), 8);
        for image in &kept.images {
            assert_eq!(
                kept.site_positions.of(image.key()),
                plate.site_positions.of(image.key()),
                "{}",
                image.key()
            );
        }
        assert_eq!(kept.pixel_sizes, plate.pixel_sizes);
        let htd = std::fs::read_dir(results.path().join("images/1-z-max"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.extension().is_some_and(|ending| ending == "HTD"))
            .expect("an HTD");
        let htd = std::fs::read_to_string(htd).expect("text");
        // One grid for all wells is a plan that these do not follow.
        assert_eq!(htd.contains("\"SiteGridIsNominal\", TRUE"), !is_alike, "{htd}");
        assert!(!htd.contains("PixelSize"), "channels have sizes of their own: {htd}");
    }
}

#[test]
fn an_image_that_is_unlike_the_rest_of_its_channel_is_named_by_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let wells = ["B01", "B02", "B03"];
    let keys: Vec<ImageKey> = wells.iter().flat_map(|well| in_well(well, full_well(1, 2, 2, 1))).collect();
    write_plate(folder.path(), &keys, 16, 12);
    let file = |key: &str| folder.path().join(format!("plate_{key}.tif"));
    let odd = ["B02_s1_w1_z2_t1", "B03_s1_w1_z1_t1"];
    write_plate(folder.path(), &[ImageKey::new("B03".parse().expect("a well"), 1, 1, 1, 1)], 8, 12);
    let wide = ImageFormat::grey(16, 12, PixelType::U32);
    let image = ImageRef { format: wide, bytes: &[0; 16 * 12 * 4] };
    write_tiff(&place(&file(odd[0])), image, Compression::None, None).expect("writable");
    let plate = open(folder.path());
    let (projected, light) = (
        Step::ZProjection(ZProjection::default()),
        Step::FlatField(stepwell::pipeline::steps::FlatField::estimated(2.0)),
    );
    let results = tempfile::tempdir().expect("a folder");
    for (nth, steps) in [vec![projected.clone()], vec![light, projected]].into_iter().enumerate() {
        for components in [&[][..], &[Component::Channel]] {
            let planned = plan(&plate, &RunSpec { pipeline: pipeline_of(steps.clone()), ..spec(components) });
            for (odd, format) in odd.iter().zip(["16 × 12, 32-bit", "8 × 12, 16-bit"]) {
                let expected = format!(
                    "plate_{odd}.tif: {format}, unlike most images of channel 1, which are 16 × 12, 16-bit."
                );
                assert!(planned.notes.contains(&expected), "{:?}", planned.notes);
            }
            assert_eq!(planned.notes.iter().filter(|note| note.contains("unlike")).count(), 2);
            let run = results.path().join(format!("{nth}-{}", components.len()));
            let (events, summary) = events_of(&planned, &run);
            let failed: Vec<_> = summary.failed.iter().map(|failed| failed.key.to_string()).collect();
            assert_eq!(failed, odd, "each is told once");
            for (failed, odd) in summary.failed.iter().zip(odd) {
                assert_eq!(failed.path, file(odd), "{}", failed.why);
                let withheld = format!("the result {}_s1_w1_t1 is withheld", &odd[..3]);
                assert!(failed.why.contains(&format!("plate_{odd}.tif")), "{}", failed.why);
                assert!(failed.why.ends_with(&withheld), "{}", failed.why);
            }
            let outputs: Vec<String> = events
                .iter()
                .filter_map(|event| match &event.kind {
                    EventKind::Saved { outputs, step, .. } => Some((outputs, *step)),
                    _ => None,
                })
                .filter(|(_, step)| *step + 1 == steps.len())
                .flat_map(|(outputs, _)| outputs.iter().map(|output| output.key.to_string()))
                .collect();
            assert_eq!(outputs.len(), 4, "one of channel 1 and all of channel 2: {outputs:?}");
        }
    }
}

#[test]
fn sites_that_are_withheld_with_an_odd_one_name_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for well in ["A01", "A02"] {
        write_plate(folder.path(), &in_well(well, full_well(9, 1, 1, 1)), 40, 40);
    }
    let odd = ImageKey::new("A01".parse().expect("a well"), 5, 1, 1, 1);
    write_plate(folder.path(), &[odd], 20, 20);
    let light = Step::FlatField(stepwell::pipeline::steps::FlatField::estimated(50.0));
    let planned = plan(
        &open(folder.path()),
        &RunSpec { pipeline: pipeline_of([light, crate::on_a_grid()]), ..spec(&[]) },
    );
    let results = tempfile::tempdir().expect("a folder");
    let (_, summary) = events_of(&planned, results.path());
    assert_eq!(summary.failed.len(), 9, "{:?}", summary.failed);
    let name = format!("plate_{odd}.tif");
    assert!(summary.failed.iter().all(|failed| failed.path.ends_with(&name) && failed.why.contains(&name)));
    let own: Vec<_> = summary.failed.iter().filter(|failed| failed.why.ends_with("is withheld")).collect();
    assert!(own.len() == 1 && own[0].key == odd, "{own:?}");
}

#[test]
fn where_no_image_is_the_odd_one_both_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let [small, large] = [1, 2].map(|z| ImageKey::new("A01".parse().expect("a well"), 1, 1, z, 1));
    write_plate(folder.path(), &[small], 8, 8);
    write_plate(folder.path(), &[large], 16, 8);
    let planned = plan(&open(folder.path()), &spec(&[]));
    assert_eq!(planned.notes, [] as [&str; 0]);
    let results = tempfile::tempdir().expect("a folder");
    let (_, summary) = events_of(&planned, results.path());
    let [failed] = summary.failed.as_slice() else { panic!("{:?}", summary.failed) };
    for key in [small, large] {
        assert!(failed.why.contains(&format!("plate_{key}.tif")), "{}", failed.why);
    }
    assert!(failed.path.ends_with(format!("plate_{large}.tif")), "{failed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Wells that lie anywhere, channels with pixels of any size: the forecast holds, and both ways are the same.
    #[test]
    fn forecasts_hold_where_wells_lie_differently(
        keys in prop::collection::btree_set(
            (0..3_u16, 1..4_u32, 1..3_u32, 1..3_u32).prop_map(|(column, site, channel, timepoint)| {
                ImageKey::new(WellId { row: 0, column }, site, channel, 1, timepoint)
            }),
            1..24,
        ),
        places in prop::collection::vec((-30.0..30.0, -30.0..30.0), 36),
        drifts in any::<bool>(),
        bins in any::<bool>(),
        threads in 1..4_usize,
        wells_at_once in 1..4_usize,
        read_ahead in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let keys: Vec<ImageKey> = keys.into_iter().collect();
        write_plate(folder.path(), &keys, 12, 9);
        let at = |key: ImageKey| {
            let site = usize::from(key.well.column) * 3 + key.site.map_or(0, |site| site as usize - 1);
            places[if drifts && key.timepoint == Some(2) { site + 9 } else { site }]
        };
        let plate = located(open(folder.path()), at);
        let bin = "(step: Bin((factor: 2)), keep_images: false),";
        let steps = format!("(steps: [{} (step: Stitching(()), keep_images: true)])", if bins { bin } else { "" });
        let pipeline: stepwell::pipeline::PipelineSpec = ron::from_str(&steps).expect("a pipeline");
        let results = tempfile::tempdir().expect("a folder");
        let mut outputs = Vec::new();
        for components in [&[][..], &[Component::Timepoint, Component::Channel]] {
            let pipeline = pipeline.clone();
            let spec = RunSpec { pipeline, threads, wells_at_once, read_ahead, ..spec(components) };
            let planned = plan(&plate, &spec);
            let (events, summary) = events_of(&planned, &results.path().join(components.len().to_string()));
            let end = events.last().map(|event| &event.kind);
            let is_completed =
                matches!(end, Some(EventKind::Ended { outcome: stepwell::events::Outcome::Completed, .. }));
            prop_assert!(is_completed, "{:?}", end);
            let (found, forecast) = (summary.peak_counted_bytes, planned.forecast.counted_bytes);
            prop_assert!(found <= forecast && found * 100 >= forecast * 95, "{} of {}", found, forecast);
            let saved = events.into_iter().filter_map(|event| match event.kind {
                EventKind::Saved { outputs, .. } => Some(outputs),
                _ => None,
            });
            outputs.push(saved.flatten().collect::<Vec<_>>());
        }
        prop_assert!(!outputs[0].is_empty() || keys.len() > 1);
        prop_assert_eq!(OutputComparison::of(&outputs[0], &outputs[1]).different, vec![]);
    }
}
