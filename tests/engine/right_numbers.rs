//! What steps make of images that ask much of a definition: the right number, or a note or a failure that names the
//! image, and never another image lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use stepwell::events::{Event, EventKind, Outcome, RunSummary};
use stepwell::image::{Compression, ImageFormat, ImageRef, ImageSource, PixelType, write_tiff};
use stepwell::pipeline::steps::{
    Bin, Crop, FlatField, Level, NucleiCount, PercentileNormalize, Placement, Stitching,
};
use stepwell::pipeline::{PipelineSpec, Step};
use stepwell::plan::RunSpec;
use stepwell::plate::{Component, PixelSize, Plate, SitePosition, SitePositions};

use crate::support::{cases_dir, full_well, open, place, plan, spec, write_plate};
use crate::{events_of, pipeline_of};

/// What a run of a plate came to.
struct Ran {
    events: Vec<Event>,
    summary: RunSummary,
    results: tempfile::TempDir,
    notes: Vec<String>,
}

fn ran(plate: &Plate, pipeline: PipelineSpec, sequential: &[Component]) -> Ran {
    let results = tempfile::tempdir().expect("a folder");
    let planned = plan(plate, &RunSpec { pipeline, ..spec(sequential) });
    let (events, summary) = events_of(&planned, results.path());
    let end = events.last().map(|event| &event.kind);
    assert!(matches!(end, Some(EventKind::Ended { outcome: Outcome::Completed, .. })), "{end:?}");
    Ran { events, summary, results, notes: planned.notes }
}

impl Ran {
    fn warnings<'a>(&'a self) -> Vec<&'a str> {
        let warning = |event: &'a Event| match &event.kind {
            EventKind::Warning { why } => Some(why.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(warning).collect()
    }

    /// The images that a step saved, by key.
    fn saved(&self, step: usize) -> BTreeMap<String, (ImageFormat, Vec<u8>)> {
        let mut saved = BTreeMap::new();
        for event in &self.events {
            let EventKind::Saved { outputs, step: of, .. } = &event.kind else { continue };
            for output in outputs.iter().filter(|_| *of == step) {
                let path = self.results.path().join(output.path.as_deref().expect("kept"));
                saved.insert(
                    output.key.to_string(),
                    ImageSource::file(path).decode_owned().expect("an image"),
                );
            }
        }
        saved
    }

    /// The rows of a table, by the names of its columns.
    fn rows(&self, table: &str) -> Vec<BTreeMap<String, String>> {
        let text = fs::read_to_string(self.results.path().join("tables").join(table)).expect("a table");
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
    }
}

fn pipeline_at(cases: &Path, name: &str) -> PipelineSpec {
    let text = fs::read_to_string(cases.join(format!("pipelines/{name}.ron"))).expect("text");
    ron::from_str(&text).expect("a pipeline")
}

#[test]
fn the_cases_have_the_right_numbers() {
    let Some(cases) = cases_dir() else { return };
    let case =
        |folder: &str, pipeline: &str| ran(&open(&cases.join(folder)), pipeline_at(&cases, pipeline), &[]);
    // One disc of radius 300.
    let large = case("N1-large-object", "count-split");
    let rows = large.rows("1-nuclei-objects.csv");
    assert_eq!(rows.iter().map(|row| row["area_px"].as_str()).collect::<Vec<_>>(), ["282697"]);
    // Four nuclei on black: both percentiles are 0.
    let sparse = case("N4-sparse-image", "normalise-count");
    assert_eq!(sparse.rows("2-nuclei-images.csv")[0]["objects"], "4");
    let warnings = sparse.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("1 image has equal percentiles") && warnings[0].contains("A01_s1_w1_z1_t1"));
    // Twenty tiles of 100 x 30, 12.5 % overlap: each tile is found in the mosaic, pixel for pixel.
    let tiles = case("N7-tiles-of-fractions", "tiles-of-20");
    let (format, mosaic) = &tiles.saved(0)["A01_w1_z1_t1"];
    assert_eq!([format.width, format.height], [1763, 30]);
    for site in 1..=20_usize {
        let path = cases.join(format!("N7-tiles-of-fractions/TimePoint_1/Trial_A01_s{site}_w1.TIF"));
        let (_, tile) = ImageSource::file(path).decode_owned().expect("a tile");
        let left = (f64::from(u32::try_from(site - 1).expect("few")) * 87.5 + 0.5).floor() as usize;
        for (row, of_tile) in mosaic.chunks_exact(2 * 1763).zip(tile.chunks_exact(200)) {
            assert!(row[2 * left..][..200] == *of_tile, "site {site}");
        }
    }
    // One pixel of A02 is not a number: it alone stays so.
    let one = case("N9-one-not-a-number", "normalise");
    let (_, bytes) = &one.saved(0)["A02_s1_w1_z1_t1"];
    let samples: Vec<f32> = bytemuck::pod_collect_to_vec(bytes);
    assert_eq!(samples.iter().filter(|sample| sample.is_nan()).count(), 1);
    assert!(samples.iter().filter(|sample| !sample.is_nan()).all(|sample| (0.0..=1.0).contains(sample)));
    assert!(samples.contains(&0.0) && samples.contains(&1.0));
    let warnings = one.warnings();
    assert!(
        warnings.len() == 1
            && warnings[0].contains("1 pixel is not a finite number")
            && warnings[0].contains("A02_s1"),
        "{warnings:?}"
    );
    // Whoever has such a file learns what works differently.
    assert!(
        one.notes[0].starts_with("Step 1 (Percentile normalisation) works differently"),
        "{:?}",
        one.notes
    );
}

fn write(folder: &Path, name: &str, format: ImageFormat, bytes: &[u8]) {
    let image = ImageRef { format, bytes };
    write_tiff(&place(&folder.join(name)), image, Compression::None, None).expect("writable");
}

#[test]
fn an_image_that_a_step_cannot_take_costs_itself_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ImageFormat::grey(600, 600, PixelType::U8);
    // B01 has 90,000 objects of one pixel, more than there are numbers of 16 bits.
    let spots = |every: usize| -> Vec<u8> {
        (0..360_000).map(|at| u8::from((at % 600) % every == 0 && (at / 600) % every == 0) * 200).collect()
    };
    for (well, every) in [("A01", 50), ("B01", 2), ("C01", 100)] {
        write(folder.path(), &format!("P_{well}_s1_w1.tif"), format, &spots(every));
    }
    let count =
        NucleiCount { level: Level::Fixed(100.0), smallest_area_px: 1, split: false, min_distance_px: 1 };
    let ran = ran(&open(folder.path()), pipeline_of([Step::NucleiCount(count)]), &[]);
    let [failed] = ran.summary.failed.as_slice() else { panic!("{:?}", ran.summary.failed) };
    assert_eq!(failed.key.to_string(), "B01_s1_w1_z1_t1");
    assert!(
        failed.why.contains("more than 65534 objects") && failed.why.contains("P_B01_s1_w1.tif"),
        "{failed:?}"
    );
    let counts: Vec<(String, String)> = ran
        .rows("1-nuclei-images.csv")
        .iter()
        .map(|row| (row["well"].clone(), row["objects"].clone()))
        .collect();
    let expected = [("A01", "144"), ("B01", ""), ("C01", "36")];
    assert_eq!(counts, expected.map(|(well, count)| (well.to_owned(), count.to_owned())));
    assert_eq!(ran.saved(0).keys().collect::<Vec<_>>(), ["A01_s1_w1_z1_t1", "C01_s1_w1_z1_t1"]);
}

#[test]
fn tables_say_what_was_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut pixels = vec![0.0_f32; 400];
    // An object of nine pixels, of which the middle one is not a number: a hole that is filled.
    for y in 5..8 {
        for x in 5..8 {
            pixels[y * 20 + x] = 10.0;
        }
    }
    pixels[6 * 20 + 6] = f32::NAN;
    pixels[0] = f32::INFINITY;
    write(
        folder.path(),
        "P_A01_s1_w1.tif",
        ImageFormat::grey(20, 20, PixelType::F32),
        bytemuck::cast_slice(&pixels),
    );
    let count =
        NucleiCount { level: Level::Fixed(1.0), smallest_area_px: 1, split: true, min_distance_px: 2 };
    let ran = ran(&open(folder.path()), pipeline_of([Step::NucleiCount(count)]), &[]);
    let objects = ran.rows("1-nuclei-objects.csv");
    assert_eq!(
        (
            objects.len(),
            &*objects[0]["area_px"],
            &*objects[0]["mean_intensity"],
            &*objects[0]["total_intensity"]
        ),
        (1, "9", "10", "80")
    );
    let image = &ran.rows("1-nuclei-images.csv")[0];
    assert_eq!((&*image["objects"], &*image["mean_intensity"], &*image["left_out_px"]), ("1", "10", "2"));
}

/// Sites of 20 x 10 pixels of 2 by 3 µm, side by side from (100, -50).
fn placed_plate(folder: &Path) -> Plate {
    write_plate(folder, &full_well(2, 1, 1, 1), 20, 10);
    let mut plate = open(folder);
    plate.pixel_sizes.add(1, PixelSize::new(2.0, 3.0).expect("a size"));
    let mut positions = SitePositions::default();
    for image in &plate.images {
        let x_um = if image.key().site == Some(1) { 100.0 } else { 140.0 };
        positions.add(image.key(), SitePosition { x_um, y_um: -50.0 });
    }
    plate.site_positions = positions;
    plate
}

#[test]
fn what_moves_an_image_moves_its_position() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = placed_plate(folder.path());
    let crop = Step::Crop(Crop { x: 12, y: 1, width: 100, height: 4 });
    let bin = Step::Bin(Bin { factor: 3, ..Bin::default() });
    let stitch = Step::Stitching(Stitching::default());
    // Step, size of a pixel, and where the middle of the (first) result lies.
    type Row = (Vec<Step>, (f64, f64), (f64, f64));
    let table: [Row; 4] = [
        // 8 x 4 pixels from (12, 1): the middle moves from (10, 5) to (16, 3).
        (vec![crop.clone()], (2.0, 3.0), (100.0 + 6.0 * 2.0, -50.0 - 2.0 * 3.0)),
        // 18 x 9 pixels are binned.
        (vec![bin.clone()], (6.0, 9.0), (100.0 - 2.0, -50.0 - 1.5)),
        // 40 pixels across.
        (vec![stitch], (2.0, 3.0), (120.0, -50.0)),
        // 8 x 4 pixels, of which 6 x 3 are binned, 1 pixel less than half of each away from the middle.
        (vec![crop, bin], (6.0, 9.0), (100.0 + 5.0 * 2.0, -50.0 - 2.5 * 3.0)),
    ];
    for (steps, (x_um, y_um), at) in table {
        let ran = ran(&plate, pipeline_of(steps.clone()), &[]);
        let step = steps.len() - 1;
        let path = ran.events.iter().find_map(|event| match &event.kind {
            EventKind::Saved { outputs, step: of, .. } if *of == step => outputs[0].path.clone(),
            _ => None,
        });
        let kept = ran.results.path().join(path.expect("kept"));
        let kept = open(
            kept.ancestors()
                .find(|folder| {
                    folder.join("TimePoint_1").is_dir()
                        || folder.parent().is_some_and(|up| up.ends_with("images"))
                })
                .expect("a plate"),
        );
        assert_eq!(kept.pixel_sizes.of(Some(1)), PixelSize::new(x_um, y_um), "{steps:?}");
        let position = kept.site_positions.of(kept.images[0].key()).expect("a position");
        assert!(
            (position.x_um - at.0).abs() < 1e-9 && (position.y_um - at.1).abs() < 1e-9,
            "{steps:?}: {position:?}"
        );
    }
}

#[test]
fn a_site_that_no_well_has_leaves_its_place_empty_and_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys: Vec<_> = full_well(6, 1, 1, 1).into_iter().filter(|key| key.site != Some(3)).collect();
    write_plate(folder.path(), &keys, 10, 8);
    let grid = Step::Stitching(Stitching { placement: Placement::Grid { columns: 3, overlap_percent: 0.0 } });
    let ran = ran(&open(folder.path()), pipeline_of([grid]), &[]);
    let (format, mosaic) = &ran.saved(0)["A01_w1_z1_t1"];
    assert_eq!([format.width, format.height], [30, 16]);
    let mosaic: Vec<u16> = bytemuck::pod_collect_to_vec(mosaic);
    assert!((0..8).all(|y| mosaic[y * 30 + 20..][..10].iter().all(|pixel| *pixel == 0)));
    assert!((8..16).all(|y| mosaic[y * 30 + 20..][..10].iter().any(|pixel| *pixel != 0)));
    assert_eq!(ran.notes.len(), 1, "{:?}", ran.notes);
    assert!(
        ran.notes[0].contains("no well of this plate has site 3: their places stay empty"),
        "{:?}",
        ran.notes
    );
}

#[test]
fn a_grid_against_recorded_positions_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = placed_plate(folder.path());
    for (columns, is_told) in [(2, false), (1, true)] {
        let placement = Placement::Grid { columns, overlap_percent: 0.0 };
        let ran = ran(&plate, pipeline_of([Step::Stitching(Stitching { placement })]), &[]);
        let told = ran.notes.iter().any(|note| note.contains("but the files record other positions"));
        assert_eq!(told, is_told, "{columns}: {:?}", ran.notes);
    }
}

#[test]
fn normalising_names_the_images_it_could_not_stretch() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ImageFormat::grey(8, 8, PixelType::U8);
    for site in 1..=8 {
        let pixels: Vec<u8> = (0..64).map(|at| if site == 4 { at } else { 7 }).collect();
        write(folder.path(), &format!("P_A01_s{site}_w1.tif"), format, &pixels);
    }
    let step = Step::PercentileNormalize(PercentileNormalize::default());
    for sequential in [&[][..], &[Component::Site]] {
        let ran = ran(&open(folder.path()), pipeline_of([step.clone()]), sequential);
        let warnings = ran.warnings().join("\n");
        if sequential.is_empty() {
            let named = "7 images have equal percentiles: what is above them became white, all else black \
                         (A01_s1_w1_z1_t1, A01_s2_w1_z1_t1, A01_s3_w1_z1_t1, A01_s5_w1_z1_t1, A01_s6_w1_z1_t1, \
                         A01_s7_w1_z1_t1, A01_s8_w1_z1_t1)";
            assert!(warnings.contains(named), "{warnings}");
        } else {
            assert_eq!(ran.warnings().len(), 7, "{warnings}");
        }
    }
}

#[test]
fn a_grid_goes_by_the_numbers_of_sites_and_not_by_their_count() {
    let folder = tempfile::tempdir().expect("a folder");
    // Of a pattern of 2 x 2 the places 2 and 3: they lie on a diagonal.
    let keys: Vec<_> = full_well(3, 1, 1, 1).into_iter().filter(|key| key.site != Some(1)).collect();
    write_plate(folder.path(), &keys, 10, 8);
    let grid = Step::Stitching(Stitching { placement: Placement::Grid { columns: 2, overlap_percent: 0.0 } });
    let ran = ran(&open(folder.path()), pipeline_of([grid]), &[]);
    let (format, mosaic) = &ran.saved(0)["A01_w1_z1_t1"];
    assert_eq!([format.width, format.height], [20, 16]);
    let mosaic: Vec<u16> = bytemuck::pod_collect_to_vec(mosaic);
    assert!((0..8).all(|y| mosaic[y * 20..][..10].iter().all(|pixel| *pixel == 0)));
    assert!(ran.notes[0].contains("no well of this plate has site 1:"), "{:?}", ran.notes);
}

#[test]
fn a_grid_that_overlaps_otherwise_than_recorded_is_told_of_each_mosaic() {
    let folder = tempfile::tempdir().expect("a folder");
    let plate = placed_plate(folder.path());
    for (overlap_percent, is_told) in [(0.0, false), (50.0, true)] {
        let placement = Placement::Grid { columns: 2, overlap_percent };
        let ran = ran(&plate, pipeline_of([Step::Stitching(Stitching { placement })]), &[]);
        let warnings = ran.warnings().join("\n");
        let told = warnings.contains("1 mosaic does not agree with the recorded positions of its sites")
            && warnings.contains("(A01_w1");
        assert_eq!((told, warnings.is_empty()), (is_told, !is_told), "{overlap_percent}: {warnings}");
    }
}

#[test]
fn what_needs_an_image_that_a_step_could_not_take_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ImageFormat::grey(520, 520, PixelType::U8);
    for site in 1..=2 {
        // Site 2 has more objects of one pixel than there are numbers.
        let every = if site == 2 { 2 } else { 40 };
        let spot =
            |at: usize| u8::from((at % 520).is_multiple_of(every) && (at / 520).is_multiple_of(every)) * 200;
        let pixels: Vec<u8> = (0..520 * 520).map(spot).collect();
        write(folder.path(), &format!("P_A01_s{site}_w1.tif"), format, &pixels);
    }
    let count =
        NucleiCount { level: Level::Fixed(100.0), smallest_area_px: 1, split: false, min_distance_px: 1 };
    let grid = Step::Stitching(Stitching { placement: Placement::Grid { columns: 2, overlap_percent: 0.0 } });
    let ran = ran(&open(folder.path()), pipeline_of([Step::NucleiCount(count), grid]), &[]);
    let [failed] = ran.summary.failed.as_slice() else { panic!("{:?}", ran.summary.failed) };
    assert_eq!(failed.key.to_string(), "A01_s2_w1_z1_t1");
    assert!(failed.why.ends_with("; so is the result A01_w1_z1_t1, which needs it"), "{failed:?}");
    assert!(ran.saved(1).is_empty());
}

#[test]
fn a_well_without_light_is_left_as_it_is_and_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = ImageFormat::grey(16, 12, PixelType::F32);
    let pixels = |site: u32| -> Vec<f32> {
        (0..192_u16).map(|at| -5.0 + f32::from(at % 7) * site as f32 / 9.0).collect()
    };
    for site in 1..=3 {
        write(folder.path(), &format!("P_A01_s{site}_w1.tif"), format, bytemuck::cast_slice(&pixels(site)));
    }
    let ran = ran(&open(folder.path()), pipeline_of([Step::FlatField(FlatField::estimated(2.0))]), &[]);
    let (_, bytes) = &ran.saved(0)["A01_s2_w1_z1_t1"];
    assert_eq!(bytemuck::pod_collect_to_vec::<u8, f32>(bytes), pixels(2));
    let warnings = ran.warnings().join("\n");
    assert!(
        warnings.contains("3 images were left as they are") && warnings.contains("A01_s3_w1_z1_t1"),
        "{warnings}"
    );
}
