//! The grid: what is decoded, what tiles say, filters.

use stepwell::record::RunId;

use super::*;

#[test]
fn what_is_in_sight_is_decoded_once_however_little_is_cached_and_anew_for_a_new_plate() {
    let decoded = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&decoded);
    let decoder: Decoder = Arc::new(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok((ImageFormat::grey(8, 8, PixelType::U8), vec![7; 64]))
    });
    let limits = CacheLimits { thumbnail_bytes: 1, ..CacheLimits::default() };
    let mut thumbnails = Thumbnails::new(ImageLoader::with_decoder(decoder, limits, Arc::new(|| {})));
    let (ctx, plate) = (egui::Context::default(), plate());
    let group = ContrastGroup { processed: Processed::Source, channel: Some(2) };
    let mut frames = |plate_id: u64, count: usize| {
        let mut all_ready = false;
        for _ in 0..count {
            std::thread::sleep(Duration::from_millis(2));
            thumbnails.begin_frame();
            thumbnails.set_plate(&plate, plate_id);
            all_ready = plate.images.iter().take(4).fold(true, |ready, image| {
                let source = image.source.clone();
                let view = thumbnails.view(&ctx, Lane::Grid, &source, group, 64);
                ready && matches!(view, ThumbnailView::Ready { .. })
            });
            thumbnails.end_frame();
        }
        all_ready
    };
    let mut before = 0;
    for plate_id in [1, 2] {
        let start = Instant::now();
        while !frames(plate_id, 1) {
            assert!(start.elapsed() < Duration::from_secs(20), "not all thumbnails appear");
        }
        // What had been asked for may still come.
        frames(plate_id, 10);
        let settled = decoded.load(Ordering::Relaxed);
        assert!(settled >= before + 4);
        assert!(frames(plate_id, 20));
        assert_eq!(decoded.load(Ordering::Relaxed), settled);
        before = settled;
    }
}

#[test]
fn tiles_say_what_they_are() {
    let mut harness = harness(Window::new());
    wait_for(&mut harness, "A01 · s1 · FITC · z2, cannot be read");
    for label in
        ["A01 · s1 · w1 · z1", "A01 · s1 · w1 · z3, missing", "A01 · s1 · FITC · z3", "6 images in 1 well"]
    {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(harness.query_by_label("B02 · s1 · w1 · z1").is_none(), "only selected wells");
    // The channel's chip bears its name; another click lifts the filter.
    harness.get_by_label("FITC").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("3 images in 1 well").is_some());
    assert!(harness.query_by_label("A01 · s1 · w1 · z1").is_none());
    harness.get_by_label("z2").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("1 image in 1 well").is_some());
    harness.get_by_label("Clear filters").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
    harness.state_mut().selected.clear();
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("Select wells on the plate map to see their images.").is_some());
}

#[test]
fn the_keyboard_reaches_tiles_and_opens_them() {
    let mut harness = harness(Window::new());
    for (key, expected) in [
        (Key::ArrowRight, "A01 · s1 · w1 · z1"),
        (Key::ArrowRight, "A01 · s1 · w1 · z2"),
        (Key::End, "A01 · s1 · FITC · z3"),
        (Key::Home, "A01 · s1 · w1 · z1"),
        (Key::ArrowRight, "A01 · s1 · w1 · z2"),
    ] {
        harness.key_press(key);
        harness.run_steps(3);
        assert!(harness.get_by_label(expected).is_focused(), "{key:?}: {expected}");
    }
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert!(harness.state().state.is_viewing());
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
}

#[test]
fn the_list_is_filtered_by_stage_and_value() {
    let plate = plate();
    let selected = BTreeSet::from([well("A01"), well("B02")]);
    let key = ImageKey::new(well("B02"), 1, 2, 1, 1);
    let outputs = [OutputEntry {
        run: RunId::new(1),
        key: ImageKey { z: None, ..key },
        step: 1,
        step_name: "Z projection".to_owned(),
        pixel_scale: 1,
        mode: Mode::Bulk,
        source: ImageSource::file("/out/p.tif"),
    }];
    let model = ImagesModel {
        plate: &plate,
        measured: &measured(&plate),
        plate_id: 1,
        selected: &selected,
        outputs: &outputs,
        outputs_version: 1,
        failures: &Failures::default(),
        wells: &BTreeMap::new(),
        well_stages: &BTreeMap::new(),
        previewed: &[],
        runs: &[],
    };
    let output = Stage::Output { step: 1, bulk: true };
    use stepwell::plate::Component::{self, Channel, Z};
    type Row<'a> = (&'a [Stage], &'a [(Component, u32)], usize);
    let table: [Row<'_>; 6] = [
        (&[Stage::Source], &[], 12),
        (&[], &[], 13),
        (&[output], &[], 1),
        (&[output], &[(Z, 3)], 1),
        (&[Stage::Source], &[(Z, 3), (Channel, 1)], 2),
        (&[Stage::Source, output], &[(Channel, 2), (Z, 1), (Z, 2)], 5),
    ];
    let mut list = ImageList::default();
    for (stages, values, expected) in table {
        let mut filters = Filters { stages: stages.iter().copied().collect(), ..Filters::default() };
        for (component, value) in values {
            filters.toggle(*component, *value);
        }
        list.refresh(&model, &mut filters);
        assert_eq!(list.items.len(), expected, "{stages:?} {values:?}");
        assert!(list.items.is_sorted_by_key(|item| (item.key, item.stage)));
    }
    // Kinds, and the order by a component.
    let kinds: [(&[Kind], usize); 3] =
        [(&[], 12), (&[Kind::Image], 11), (&[Kind::Missing, Kind::Projection], 1)];
    for (kinds, expected) in kinds {
        let mut filters = Filters { kinds: kinds.iter().copied().collect(), ..Filters::default() };
        list.refresh(&model, &mut filters);
        assert_eq!(list.items.len(), expected, "{kinds:?}");
    }
    let mut filters = Filters { first: Some(Z), ..Filters::default() };
    list.refresh(&model, &mut filters);
    assert!(list.items.is_sorted_by_key(|item| (item.key.z, item.key)));
    assert!(!list.items.is_sorted_by_key(|item| item.key));
    // A frame without a change makes no new list.
    let mut filters = Filters::default();
    list.refresh(&model, &mut filters);
    let version = list.version;
    list.refresh(&model, &mut filters);
    assert_eq!(list.version, version);
}

#[test]
fn what_the_microscope_wrote_stands_in_until_the_image_is_read() {
    const THUMB: &str = "A01_s1_w1_z1_t1_thumb.tif";
    let (permit, permits) = std::sync::mpsc::channel::<()>();
    let permits = std::sync::Mutex::new(permits);
    let decoder: Decoder = Arc::new(move |source: &ImageSource, _| match source.file_name() {
        // Eight bits and its own grey values.
        THUMB => Ok((ImageFormat::grey(4, 2, PixelType::U8), vec![0, 80, 160, 255, 0, 80, 160, 255])),
        name if name.contains("thumb") => Err("the file ends early".to_owned()),
        _ => {
            permits.lock().unwrap().recv().ok();
            let values = (0..128_u16).map(|value| 1000 + value);
            Ok((ImageFormat::grey(16, 8, PixelType::U16), values.flat_map(u16::to_ne_bytes).collect()))
        }
    });
    let mut thumbnails =
        Thumbnails::new(ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {})));
    let (ctx, plate) = (egui::Context::default(), plate());
    let group = ContrastGroup { processed: Processed::Source, channel: Some(1) };
    let own = ContrastGroup { processed: Processed::ReadyMade, ..group };
    // The second has a picture that is damaged, the third has none.
    let wanted: Vec<_> = plate.images[..3]
        .iter()
        .enumerate()
        .map(|(place, image)| {
            let name = image.source.file_name().replace(".tif", "_thumb.tif");
            let ready_made = (place < 2).then(|| image.source.beside(&name));
            (image.source.clone(), ready_made)
        })
        .collect();
    let mut frame = || {
        std::thread::sleep(Duration::from_millis(2));
        thumbnails.begin_frame();
        thumbnails.set_plate(&plate, 1);
        let mut widths = Vec::new();
        for (source, ready_made) in &wanted {
            let view = thumbnails.view_with(&ctx, Lane::Grid, source, || ready_made.clone(), group, 128);
            widths.push(match view {
                ThumbnailView::Ready { size, .. } => Some(size.x),
                ThumbnailView::Waiting => None,
                ThumbnailView::Failed(why) => panic!("{why}"),
            });
        }
        thumbnails.end_frame();
        (widths, thumbnails.contrast(group), thumbnails.contrast(own).is_some())
    };
    let mut until = |expected: &[Option<f32>]| {
        let start = Instant::now();
        loop {
            let (widths, contrast, has_own) = frame();
            if widths == expected {
                return (contrast, has_own);
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{widths:?} instead of {expected:?}");
        }
    };
    // Its grey values say nothing of the plate's contrast.
    assert_eq!(until(&[Some(4.0), None, None]), (None, true));
    for _ in 0..3 {
        permit.send(()).unwrap();
    }
    let (contrast, _) = until(&[Some(16.0); 3]);
    assert!(contrast.is_some_and(|contrast| contrast.low >= 1000.0));
}
