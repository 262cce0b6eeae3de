//! Plates with images that are missing, damaged or without a place.

use super::*;
use stepwell::plate::PlateImage;

#[test]
fn a_well_without_a_channel_and_a_site_without_a_plane() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut keys = full_well(2, 2, 3, 1);
    let second: Vec<ImageKey> = keys
        .iter()
        .map(|key| ImageKey { well: "B02".parse().expect("a well"), ..*key })
        .filter(|key| key.channel == Some(1))
        .collect();
    keys.retain(|key| !(key.site == Some(2) && key.channel == Some(2) && key.z == Some(2)));
    keys.extend(second);
    write_plate(folder.path(), &keys, 16, 16);
    let (bulk, sequential) = outputs_agree(folder.path(), &[Component::Channel], |_| ());
    for record in [&bulk, &sequential] {
        let failed: Vec<String> = record.summary.failed.iter().map(|failed| failed.key.to_string()).collect();
        assert_eq!(
            failed,
            [
                "A01_s2_w2_z2_t1",
                "B02_s1_w2_z1_t1",
                "B02_s1_w2_z2_t1",
                "B02_s1_w2_z3_t1",
                "B02_s2_w2_z1_t1",
                "B02_s2_w2_z2_t1",
                "B02_s2_w2_z3_t1"
            ]
        );
        let outputs: Vec<String> = record.outputs.iter().map(|output| output.key.to_string()).collect();
        assert!(!outputs.contains(&"A01_s2_w2_t1".to_owned()), "its plane is missing: {outputs:?}");
        assert_eq!(outputs.len(), 5);
        assert!(
            record.summary.failed[0].why.contains("A01_s2_w2_t1 is withheld"),
            "{:?}",
            record.summary.failed[0]
        );
    }
    assert_eq!(sequential.summary.combinations, 3, "only combinations that exist are run");
}

#[test]
fn a_site_that_is_not_there_costs_the_mosaic_but_not_the_correction_of_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = full_well(3, 2, 2, 1);
    let missing = ["A01_s2_w1_z2_t1", "A01_s3_w2_z1_t1"];
    let (keys, absent): (Vec<ImageKey>, Vec<ImageKey>) =
        all.iter().partition(|key| !missing.contains(&key.to_string().as_str()));
    write_plate(folder.path(), &keys, 16, 16);
    // One is not there, the other cannot be read.
    let bad = folder.path().join(format!("plate_{}.tif", absent[1]));
    std::fs::write(bad, b"II*\0not an image").expect("writable");
    let plate = open(folder.path());
    let results = tempfile::tempdir().expect("a folder");
    let flat_field = Step::FlatField(FlatField::estimated(2.0));
    let corrected: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let mosaics = ["A01_w1_z1_t1", "A01_w2_z2_t1"].map(str::to_owned).to_vec();
    for (step, outputs, withheld) in
        [(flat_field, corrected, missing), (on_a_grid(), mosaics, ["A01_w1_z2_t1", "A01_w2_z1_t1"])]
    {
        let spec = RunSpec { pipeline: pipeline_of([step.clone()]), ..spec(&[]) };
        let planned = plan(&plate, &spec);
        assert_eq!(planned.summary().outputs, outputs.len());
        let (events, summary) = events_of(&planned, &results.path().join(step.slug()));
        assert_eq!(summary.failed.len(), 2, "{:?}", summary.failed);
        for ((failed, missing), withheld) in summary.failed.iter().zip(missing).zip(withheld) {
            assert_eq!(failed.key.to_string(), missing);
            assert!(failed.why.ends_with(&format!("the result {withheld} is withheld")), "{}", failed.why);
        }
        let saved = events.iter().filter_map(|event| match &event.kind {
            EventKind::Saved { outputs, .. } => Some(outputs),
            _ => None,
        });
        let saved: BTreeSet<String> = saved.flatten().map(|output| output.key.to_string()).collect();
        assert_eq!(saved, outputs.into_iter().collect());
    }
}

#[test]
fn micrometres_become_pixels_in_the_plan_or_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(1, 1, 1, 1), 16, 16);
    let mut plate = open(folder.path());
    let smoothing = |sigma| Step::GaussianSmoothing(GaussianSmoothing::of(sigma));
    let spec = RunSpec { pipeline: pipeline_of([smoothing(Sigma::Micrometres(1.0))]), ..spec(&[]) };
    let table = [
        (None, "do not say how large a pixel is: give sigma in pixels"),
        (Some(0.005), "is 200.000 pixels"),
        (Some(5.0), "choose 1.500 to 500.000 µm"),
    ];
    for (pixel_size_um, part) in table {
        plate.pixel_sizes = sizes(pixel_size_um);
        let error = support::planned(&plate, &plate.wells(), &spec).expect_err("refused").to_string();
        assert!(error.contains(part), "{error}");
    }
    plate.pixel_sizes = sizes(Some(0.5));
    // What the plan works out is no setting.
    assert_eq!(plan(&plate, &spec).spec.pipeline, spec.pipeline);
    let in_pixels = RunSpec { pipeline: pipeline_of([smoothing(Sigma::Pixels(2.0))]), ..spec.clone() };
    let saved = [spec, in_pixels].map(|spec| {
        let results = tempfile::tempdir().expect("a folder");
        let (events, _) = events_of(&plan(&plate, &spec), results.path());
        let path = events.iter().find_map(|event| match &event.kind {
            EventKind::Saved { outputs, .. } => outputs[0].path.clone(),
            _ => None,
        });
        pixels(&results.path().join(path.expect("kept")))
    });
    assert_eq!(saved[0], saved[1]);
}

#[test]
fn sites_are_placed_by_the_plan_or_it_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 1, 1, 1), 16, 16);
    let mut plate = open(folder.path());
    let spec = RunSpec { pipeline: pipeline_of([Step::Stitching(Stitching::default())]), ..spec(&[]) };
    let error =
        |plate: &Plate| support::planned(plate, &plate.wells(), &spec).expect_err("not known").to_string();
    assert!(
        error(&plate).contains("do not say how large a pixel is: place the sites on a grid"),
        "{}",
        error(&plate)
    );
    plate.pixel_sizes = sizes(Some(0.5));
    assert!(error(&plate).contains("the stage position of site 1"), "{}", error(&plate));
    // Half a pixel is rounded away from zero; y is down.
    for (site, x_um, y_um) in [(1, -4.0, 0.0), (2, 3.25, 0.0), (3, -4.0, 7.74)] {
        let key = plate.images.iter().map(PlateImage::key).find(|key| key.site == Some(site)).expect("there");
        plate.site_positions.add(key, SitePosition { x_um, y_um });
    }
    let planned = plan(&plate, &spec);
    let results = tempfile::tempdir().expect("a folder");
    let (events, summary) = events_of(&planned, results.path());
    assert_eq!(summary.peak_counted_bytes, (3 * 256 + 31 * 31) * 2);
    assert_eq!(summary.peak_counted_bytes, summary.forecast_counted_bytes);
    let path = events.iter().find_map(|event| match &event.kind {
        EventKind::Saved { outputs, .. } => outputs[0].path.clone(),
        _ => None,
    });
    let (format, mosaic) = pixels(&results.path().join(path.expect("kept")));
    assert_eq!((format.width, format.height), (31, 31));
    for (site, x, y) in [(1, 0, 0), (2, 15, 0), (3, 0, 15)] {
        let (_, tile) = pixels(&folder.path().join(format!("plate_A01_s{site}_w1_z1_t1.tif")));
        for (row, column) in [(1, 1), (8, 8), (14, 14)] {
            assert_eq!(mosaic[(y + row) * 31 + x + column], tile[row * 16 + column], "site {site}");
        }
    }
    assert_eq!(mosaic[20 * 31 + 20], 0, "no site is there");
}

/// The pixels of a small 16-bit TIFF.
fn pixels(path: &Path) -> (ImageFormat, Vec<u16>) {
    let format =
        stepwell::image::ImageSource::file(path).measure().map(|header| header.format).expect("a TIFF");
    let mut memory = vec![0_u64; format.sample_count().div_ceil(4)];
    let bytes = &mut bytemuck::cast_slice_mut(&mut memory)[..format.sample_count() * 2];
    stepwell::image::ImageSource::file(path)
        .decode_into(format, bytes, &mut DecodeScratch::default())
        .expect("a TIFF");
    (format, bytemuck::cast_slice(bytes).to_vec())
}

#[test]
fn one_bad_file_costs_its_result_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &full_well(3, 1, 2, 1), 16, 16);
    std::fs::write(folder.path().join("plate_A01_s2_w1_z1_t1.tif"), b"II*\0not an image").expect("writable");
    let truncated = folder.path().join("plate_A01_s3_w1_z2_t1.tif");
    let bytes = std::fs::read(&truncated).expect("readable");
    let (_, sequential) = {
        // Cut after measuring: the header is good, the pixels are not.
        let plate = open(folder.path());
        let planned = plan(&plate, &spec(&[Component::Site]));
        std::fs::write(&truncated, &bytes[..bytes.len() / 2]).expect("writable");
        let results = tempfile::tempdir().expect("a folder");
        events_of(&planned, results.path())
    };
    let failed: Vec<String> = sequential.failed.iter().map(|failed| failed.key.to_string()).collect();
    assert_eq!(failed, ["A01_s2_w1_z1_t1", "A01_s3_w1_z2_t1"]);
    assert!(sequential.failed[0].path.ends_with("plate_A01_s2_w1_z1_t1.tif"));
    assert_eq!(sequential.saved, 1);
}

fn sizes(um: Option<f64>) -> PixelSizes {
    um.and_then(PixelSize::square).map(|size| PixelSizes::alike([1], size)).unwrap_or_default()
}
