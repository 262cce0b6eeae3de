//! The images of the window: the loader, what is shown of pixels, the viewer's transform, and grid
//! and viewer by label.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use egui::{Key, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use stepwell::app::display::{self, GREY, Histogram, SampleValue, Style, Thumbnail};
use stepwell::app::image_loader::{CacheLimits, Decoder, ImageLoader, ImageSource, Loaded};
use stepwell::image::{Contrast, ImageFormat, ImageRef, PixelType};
use stepwell::plan::Mode;
use stepwell::plate::{Format, ImageKey, MissingImage, Plate, PlateImage, PlateShape, WellId};
use stepwell::ui::image_list::{Filters, ImageList, ImagesModel, OutputEntry, Stage};
use stepwell::ui::images::{ImagesState, images_ui};
use stepwell::ui::thumbnails::Thumbnails;
use stepwell::ui::viewport::{ImagePoint, Viewport, round_length};

fn source(name: &str) -> ImageSource {
    ImageSource::new(Path::new("/plate").join(name), 0)
}

/// Waits until `ready` holds, polling the loader as frames would.
fn poll_until(loader: &mut ImageLoader, mut ready: impl FnMut(&mut ImageLoader) -> bool) {
    let start = Instant::now();
    loop {
        loader.poll();
        if ready(loader) {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "the loader has not come to it in 20 s");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A decoder of 8 x 8 images that waits for a permit per image and notes what it decodes.
fn gated() -> (Decoder, mpsc::Sender<()>, Arc<Mutex<Vec<String>>>) {
    let (permit, permits) = mpsc::channel::<()>();
    let permits = Mutex::new(permits);
    let decoded = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&decoded);
    let decoder: Decoder = Arc::new(move |source: &ImageSource| {
        notes.lock().unwrap().push(source.file_name());
        permits.lock().unwrap().recv_timeout(Duration::from_secs(20)).map_err(|error| error.to_string())?;
        Ok((ImageFormat::grey(8, 8, PixelType::U8), vec![7; 64]))
    });
    (decoder, permit, decoded)
}

#[test]
fn the_newest_list_counts_and_the_rest_is_dropped() {
    let (decoder, permit, decoded) = gated();
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    let want = |names: &[&str]| names.iter().map(|name| (source(name), 64)).collect::<Vec<_>>();
    loader.want_thumbnails(want(&["old1", "old2", "old3"]));
    poll_until(&mut loader, |_| decoded.lock().unwrap().len() == 1);
    // While old1 is being read the user scrolls on, twice.
    loader.want_thumbnails(want(&["between1", "between2"]));
    loader.want_thumbnails(want(&["new1", "old3", "new2"]));
    for _ in 0..4 {
        permit.send(()).unwrap();
    }
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("new2"), 64), Loaded::Ready(_)));
    assert_eq!(*decoded.lock().unwrap(), ["old1", "new1", "old3", "new2"]);
    assert!(matches!(loader.thumbnail(&source("old2"), 64), Loaded::Waiting));
    // What is there is not read again.
    loader.want_thumbnails(want(&["new1", "new2"]));
    permit.send(()).unwrap();
    loader.want_thumbnails(want(&["new1", "last"]));
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("last"), 64), Loaded::Ready(_)));
    assert_eq!(*decoded.lock().unwrap(), ["old1", "new1", "old3", "new2", "last"]);
}

#[test]
fn a_result_on_its_way_is_not_made_again() {
    let (decoder, permit, decoded) = gated();
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    loader.want_thumbnails([(source("a"), 64)]);
    poll_until(&mut loader, |_| decoded.lock().unwrap().len() == 1);
    // The next frame is drawn before the result has come: it wants the same and more.
    loader.want_thumbnails([(source("a"), 64), (source("b"), 64)]);
    permit.send(()).unwrap();
    permit.send(()).unwrap();
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("b"), 64), Loaded::Ready(_)));
    assert_eq!(*decoded.lock().unwrap(), ["a", "b"]);
}

#[test]
fn caches_are_bounded_in_bytes_and_the_least_recently_used_leaves() {
    let decoder: Decoder =
        Arc::new(|_: &ImageSource| Ok((ImageFormat::grey(100, 100, PixelType::U8), vec![1; 10_000])));
    // Three whole images fit, four do not.
    let limits = CacheLimits { thumbnail_bytes: 50_000, whole_bytes: 35_000 };
    let mut loader = ImageLoader::with_decoder(decoder, limits, Arc::new(|| {}));
    for name in ["a", "b", "c", "d"] {
        loader.want_for_viewer(None, [source(name)]);
        poll_until(&mut loader, |loader| matches!(loader.whole(&source(name)), Loaded::Ready(_)));
        // “a” is looked at all the time.
        let _ = loader.whole(&source("a"));
        assert!(loader.whole_bytes() <= 35_000, "{}", loader.whole_bytes());
    }
    let held = ["a", "b", "c", "d"].map(|name| matches!(loader.whole(&source(name)), Loaded::Ready(_)));
    assert_eq!(held, [true, false, true, true]);
    for number in 0..40 {
        loader.want_thumbnails([(source(&number.to_string()), 50)]);
        poll_until(&mut loader, |loader| {
            matches!(loader.thumbnail(&source(&number.to_string()), 50), Loaded::Ready(_))
        });
        assert!(loader.thumbnail_bytes() <= 50_000, "{}", loader.thumbnail_bytes());
    }
}

#[test]
fn failures_keep_their_reason_and_cost_no_other_image() {
    let decoder: Decoder = Arc::new(|source: &ImageSource| match source.file_name().as_str() {
        "bad" => Err("bad: the strip ends early".to_owned()),
        "panics" => panic!("a decoder's own mistake"),
        "short" => Ok((ImageFormat::grey(4, 4, PixelType::U16), vec![0; 5])),
        _ => Ok((ImageFormat::grey(4, 4, PixelType::U8), vec![9; 16])),
    });
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    let names = ["bad", "panics", "short", "good"];
    loader.want_thumbnails(names.map(|name| (source(name), 64)));
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("good"), 64), Loaded::Ready(_)));
    let expected = ["bad: the strip ends early", "inside the decoder", "has 5 bytes of pixels instead of 32"];
    for (name, expected) in names.into_iter().zip(expected) {
        let Loaded::Failed(why) = loader.thumbnail(&source(name), 64) else { panic!("{name} did not fail") };
        assert!(why.contains(expected), "{name}: {why}");
    }
}

#[test]
fn the_threads_end_when_the_loader_is_dropped() {
    let (decoder, permit, _) = gated();
    let repaint: Arc<dyn Fn() + Send + Sync> = Arc::new(|| {});
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::clone(&repaint));
    loader.want_thumbnails([(source("a"), 64), (source("b"), 64)]);
    loader.want_for_viewer(None, [source("c")]);
    drop(loader);
    for _ in 0..3 {
        permit.send(()).ok();
    }
    let start = Instant::now();
    while Arc::strong_count(&repaint) > 1 {
        assert!(start.elapsed() < Duration::from_secs(20), "a thread lives on");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The bytes of values of each pixel type: smallest, middle, largest of a range.
fn ramps() -> Vec<(PixelType, Vec<u8>, Contrast, Vec<&'static str>)> {
    macro_rules! bytes {
        ($($value:expr),*) => { [$($value.to_ne_bytes().to_vec()),*].concat() };
    }
    let range = |low: f64, high: f64| Contrast { low, high };
    vec![
        (PixelType::U8, bytes!(0_u8, 100_u8, 200_u8), range(0.0, 200.0), vec!["0", "100", "200"]),
        (PixelType::U16, bytes!(0_u16, 30_000_u16, 60_000_u16), range(0.0, 6e4), vec!["0", "30000", "60000"]),
        (
            PixelType::U32,
            bytes!(0_u32, 2_000_000_000_u32, 4_000_000_000_u32),
            range(0.0, 4e9),
            vec!["0", "2000000000", "4000000000"],
        ),
        (
            PixelType::U64,
            bytes!(0_u64, 9_007_199_254_740_993_u64, 18_014_398_509_481_986_u64),
            range(0.0, 18_014_398_509_481_986.0),
            vec!["0", "9007199254740993", "18014398509481986"],
        ),
        (PixelType::I8, bytes!(-100_i8, 0_i8, 100_i8), range(-100.0, 100.0), vec!["-100", "0", "100"]),
        (PixelType::I16, bytes!(-9000_i16, 0_i16, 9000_i16), range(-9e3, 9e3), vec!["-9000", "0", "9000"]),
        (
            PixelType::I32,
            bytes!(-2_000_000_000_i32, 0_i32, 2_000_000_000_i32),
            range(-2e9, 2e9),
            vec!["-2000000000", "0", "2000000000"],
        ),
        (PixelType::I64, bytes!(-5_i64, 0_i64, 5_i64), range(-5.0, 5.0), vec!["-5", "0", "5"]),
        (PixelType::F32, bytes!(-0.1_f32, 0.4_f32, 0.9_f32), range(-0.1, 0.9), vec!["-0.1", "0.4", "0.9"]),
        (PixelType::F64, bytes!(-1e-7_f64, 0_f64, 1e-7_f64), range(-1e-7, 1e-7), vec!["-1e-7", "0", "1e-7"]),
    ]
}

#[test]
fn every_pixel_type_maps_to_black_middle_and_brightest_and_tells_exact_values() {
    for (pixel, bytes, contrast, texts) in ramps() {
        let image = ImageRef { format: ImageFormat::grey(3, 1, pixel), bytes: &bytes };
        let picture = display::picture(image, Style { contrast, tint: GREY }, 1);
        let levels: Vec<u8> = picture.rgba.iter().map(|word| word.to_ne_bytes()[1]).collect();
        assert!(
            levels[0] == 0 && (127..=128).contains(&levels[1]) && levels[2] == 255,
            "{pixel:?}: {levels:?}"
        );
        assert!(picture.rgba.iter().all(|word| word.to_ne_bytes()[3] == 255), "{pixel:?} is opaque");
        for (x, text) in texts.iter().enumerate() {
            let values = display::values_at(image, u32::try_from(x).unwrap(), 0).unwrap();
            assert_eq!(values.iter().map(SampleValue::to_string).collect::<Vec<_>>(), [*text], "{pixel:?}");
        }
        assert_eq!(display::values_at(image, 3, 0), None);
        assert_eq!(display::values_at(image, 0, 1), None);
        let histogram = Histogram::of(image);
        assert_eq!((histogram.min, histogram.max), (contrast.low, contrast.high).min_f32(pixel), "{pixel:?}");
        assert_eq!(histogram.counts.iter().sum::<u32>(), 3, "{pixel:?}");
        assert_eq!(histogram.counts.last(), Some(&1), "{pixel:?}");
    }
}

/// The range of a float image is that of its 32-bit values.
trait AsStored {
    fn min_f32(self, pixel: PixelType) -> Self;
}

impl AsStored for (f64, f64) {
    fn min_f32(self, pixel: PixelType) -> Self {
        if pixel == PixelType::F32 { (f64::from(self.0 as f32), f64::from(self.1 as f32)) } else { self }
    }
}

#[test]
fn contrast_levels() {
    let contrast = |low, high| Contrast { low, high };
    let table = [
        (5.0, contrast(10.0, 20.0), 0),
        (10.0, contrast(10.0, 20.0), 0),
        (15.0, contrast(10.0, 20.0), 128),
        (20.0, contrast(10.0, 20.0), 255),
        (99.0, contrast(10.0, 20.0), 255),
        (10.0, contrast(10.0, 10.0), 0),
        (10.1, contrast(10.0, 10.0), 255),
        (f64::NAN, contrast(0.0, 1.0), 0),
        (f64::INFINITY, contrast(0.0, 1.0), 255),
        (f64::NEG_INFINITY, contrast(0.0, 1.0), 0),
        (1.0, contrast(f64::NAN, 1.0), 0),
    ];
    for (value, contrast, expected) in table {
        assert_eq!(display::level(value, contrast), expected, "{value} of {contrast:?}");
    }
}

#[test]
fn colour_and_tint() {
    let contrast = Contrast { low: 0.0, high: 255.0 };
    let grey = ImageRef { format: ImageFormat::grey(2, 1, PixelType::U8), bytes: &[255, 51] };
    let tinted = display::picture(grey, Style { contrast, tint: [100, 200, 0] }, 1);
    assert_eq!(
        tinted.rgba.iter().map(|word| word.to_ne_bytes()).collect::<Vec<_>>(),
        [[100, 200, 0, 255], [20, 40, 0, 255]]
    );
    // RGB keeps its colours, and what comes after them (alpha) is left out.
    for (samples, bytes) in [(3, vec![1, 2, 3, 250, 0, 9]), (4, vec![1, 2, 3, 77, 250, 0, 9, 0])] {
        let format = ImageFormat { width: 2, height: 1, samples, pixel: PixelType::U8 };
        let image = ImageRef { format, bytes: &bytes };
        let picture = display::picture(image, Style { contrast, tint: [100, 200, 0] }, 1);
        assert_eq!(
            picture.rgba.iter().map(|word| word.to_ne_bytes()).collect::<Vec<_>>(),
            [[1, 2, 3, 255], [250, 0, 9, 255]]
        );
        assert_eq!(display::values_at(image, 1, 0).unwrap().len(), usize::from(samples));
    }
}

#[test]
fn reduced_pictures_are_means_of_blocks() {
    // 5 x 3: columns 0 to 4 in each row, plus ten times the row.
    let bytes: Vec<u8> = (0..15_u8).map(|n| n % 5 + 10 * (n / 5)).collect();
    let image = ImageRef { format: ImageFormat::grey(5, 3, PixelType::U8), bytes: &bytes };
    let style = Style { contrast: Contrast { low: 0.0, high: 255.0 }, tint: GREY };
    let picture = display::picture(image, style, 2);
    assert_eq!((picture.width, picture.height), (3, 2));
    let thumbnail = Thumbnail::of(image, 5, style.contrast);
    assert_eq!((thumbnail.width, thumbnail.height, thumbnail.values.len()), (5, 3, 15));
    let thumbnail = Thumbnail::of(image, 2, style.contrast);
    assert_eq!((thumbnail.width, thumbnail.height), (2, 1));
    // Columns 0 and 1, then 2 to 4; all three rows.
    assert_eq!(thumbnail.values, [10.5, 13.0]);
}

#[test]
fn histogram_of_odd_images() {
    let of = |values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        let width = u32::try_from(values.len()).unwrap();
        Histogram::of(ImageRef { format: ImageFormat::grey(width, 1, PixelType::F32), bytes: &bytes })
    };
    let table: [(&[f32], f64, f64, u32); 4] = [
        (&[f32::NAN, f32::INFINITY], 0.0, 0.0, 0),
        (&[2.5, 2.5, f32::NAN], 2.5, 2.5, 2),
        (&[f32::MIN, f32::MAX], f64::from(f32::MIN), f64::from(f32::MAX), 2),
        (&[], 0.0, 0.0, 0),
    ];
    for (values, min, max, counted) in table {
        let histogram = of(values);
        assert_eq!((histogram.min, histogram.max), (min, max), "{values:?}");
        assert_eq!(histogram.counts.iter().sum::<u32>(), counted, "{values:?}");
    }
    let eight = ImageRef { format: ImageFormat::grey(4, 1, PixelType::U8), bytes: &[3, 3, 5, 4] };
    assert_eq!(Histogram::of(eight).counts, [2, 1, 1]);
}

#[test]
fn zoom_keeps_what_is_under_the_cursor() {
    let canvas = egui::Rect::from_min_size(pos2(100.0, 50.0), vec2(600.0, 400.0));
    let size = vec2(2048.0, 1024.0);
    let mut viewport = Viewport::fit(canvas, size);
    assert_eq!(viewport.image_rect(canvas, size).width(), 600.0);
    assert_eq!(viewport.image_rect(canvas, size).center(), canvas.center());
    for (x, y, factor) in [(120.0, 60.0, 2.0), (690.0, 440.0, 8.0), (400.0, 250.0, 0.25), (300.0, 100.0, 1e9)]
    {
        let cursor = pos2(x, y);
        let before = viewport.point_in_image(canvas, cursor);
        viewport = viewport.zoomed_about(canvas, cursor, factor);
        let after = viewport.point_in_image(canvas, cursor);
        assert!(
            (before.x - after.x).abs() < 1e-6 && (before.y - after.y).abs() < 1e-6,
            "{before:?} {after:?}"
        );
        let there_and_back = viewport.point_in_screen(canvas, after);
        assert!((there_and_back - cursor).length() < 0.01, "{there_and_back:?}");
    }
    assert_eq!(viewport.points_per_pixel, 64.0);
    let moved = viewport.panned(vec2(64.0, -128.0));
    assert!((moved.center_in_image.x - viewport.center_in_image.x + 1.0).abs() < 1e-9);
    assert!((moved.center_in_image.y - viewport.center_in_image.y - 2.0).abs() < 1e-9);
    let lost = Viewport { center_in_image: ImagePoint { x: -50.0, y: 5000.0 }, points_per_pixel: 1.0 };
    assert_eq!(lost.kept_in_sight(size).center_in_image, ImagePoint { x: 0.0, y: 1024.0 });
}

#[test]
fn pictures_are_reduced_for_small_views_and_small_textures() {
    let table = [
        // points per pixel, pixels per point, side, texture side, block
        (1.0, 1.0, 512.0, 2048, 1),
        (0.6, 1.0, 512.0, 2048, 1),
        (0.5, 1.0, 512.0, 2048, 2),
        (0.5, 2.0, 512.0, 2048, 1),
        (0.2, 1.0, 512.0, 2048, 4),
        (8.0, 1.0, 10_000.0, 2048, 5),
        (8.0, 1.0, 10_000.0, 8192, 2),
        (8.0, 1.0, 8192.0, 8192, 1),
    ];
    for (points_per_pixel, ppp, side, texture, expected) in table {
        let viewport = Viewport { center_in_image: ImagePoint { x: 0.0, y: 0.0 }, points_per_pixel };
        assert_eq!(viewport.block(ppp, vec2(side, 10.0), texture), expected, "{points_per_pixel} {side}");
    }
}

#[test]
fn scale_bars_are_round() {
    for (most, expected) in
        [(120.0, 100.0), (99.9, 50.0), (5.0, 5.0), (0.31, 0.2), (f64::NAN, 0.0), (-1.0, 0.0)]
    {
        assert!((round_length(most) - expected).abs() < 1e-12, "{most}: {}", round_length(most));
    }
}

fn well(name: &str) -> WellId {
    name.parse().unwrap()
}

/// Two wells, two channels, three planes; one image is missing, one cannot be read. Each image is
/// 16 x 8, its value 100 x channel + 10 x z + x.
fn plate() -> Plate {
    let mut images = Vec::new();
    for name in ["A01", "B02"] {
        for channel in [1, 2] {
            for z in [1, 2, 3] {
                let key = ImageKey::new(well(name), 1, channel, z, 1);
                if name == "A01" && (channel, z) == (1, 3) {
                    continue;
                }
                images.push(PlateImage { key, path: format!("{key}.tif"), page: 0 });
            }
        }
    }
    Plate {
        root: "/plate".into(),
        name: "Tiny".to_owned(),
        format: Format::ImageXpress,
        microscope: None,
        shape: PlateShape { rows: 8, columns: 12 },
        images,
        projections: Vec::new(),
        channel_names: BTreeMap::from([(2, "FITC".to_owned())]),
        pixel_size_um: Some(0.5),
        site_positions: BTreeMap::new(),
        missing: vec![MissingImage {
            key: ImageKey::new(well("A01"), 1, 1, 3, 1),
            why: "there is no file of plane 3".to_owned(),
        }],
        ignored: 0,
        issues: Vec::new(),
    }
}

fn tiny_decoder() -> Decoder {
    Arc::new(|source: &ImageSource| {
        let name = source.file_name();
        if name.contains("A01_s1_w2_z2") {
            return Err("the file ends early".to_owned());
        }
        let number = |letter: char| -> u16 {
            let after = name.split('_').find_map(|token| token.strip_prefix(letter));
            after.and_then(|token| token.trim_end_matches(".tif").parse().ok()).unwrap_or(0)
        };
        let base = 100 * number('w') + 10 * number('z');
        let values = (0..8).flat_map(|_| (0..16).map(|x| base + x));
        Ok((ImageFormat::grey(16, 8, PixelType::U16), values.flat_map(u16::to_ne_bytes).collect()))
    })
}

struct Window {
    plate: Plate,
    selected: BTreeSet<WellId>,
    outputs: Vec<OutputEntry>,
    outputs_version: u64,
    state: ImagesState,
    thumbnails: Thumbnails,
}

impl Window {
    fn new() -> Self {
        let loader = ImageLoader::with_decoder(tiny_decoder(), CacheLimits::default(), Arc::new(|| {}));
        Self {
            plate: plate(),
            selected: BTreeSet::from([well("A01")]),
            outputs: Vec::new(),
            outputs_version: 0,
            state: ImagesState::default(),
            thumbnails: Thumbnails::new(loader),
        }
    }
}

fn window_ui(ui: &mut egui::Ui, window: &mut Window) {
    window.thumbnails.begin_frame();
    let model = ImagesModel {
        plate: &window.plate,
        plate_id: 1,
        selected: &window.selected,
        outputs: &window.outputs,
        outputs_version: window.outputs_version,
    };
    images_ui(ui, &model, &mut window.state, &mut window.thumbnails);
    window.thumbnails.end_frame();
}

fn harness(window: Window) -> Harness<'static, Window> {
    let mut harness = Harness::builder().with_size(vec2(900.0, 600.0)).build_ui_state(window_ui, window);
    stepwell::ui::theme::install(&harness.ctx);
    harness.run_steps(2);
    harness
}

/// Draws frames until a label is there.
fn wait_for(harness: &mut Harness<'_, Window>, label: &str) {
    let start = Instant::now();
    while harness.query_by_label(label).is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "“{label}” does not appear");
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
}

#[test]
fn tiles_say_what_they_are() {
    let mut harness = harness(Window::new());
    wait_for(&mut harness, "A01 · s1 · w2 · z2, cannot be read");
    for label in
        ["A01 · s1 · w1 · z1", "A01 · s1 · w1 · z3, missing", "A01 · s1 · w2 · z3", "6 images in 1 well"]
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
    assert!(harness.query_by_label("Select wells on the plate map to see their images.").is_some());
}

#[test]
fn the_viewer_opens_by_click_tells_values_and_goes_back() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    harness.run_steps(2);
    let canvas = harness.get_by_label("Image A01 · s1 · w1 · z2").rect();
    // The middle of the canvas is the corner of four pixels; a little beyond lies (8, 4).
    harness.hover_at(canvas.center() + vec2(4.0, 4.0));
    harness.run_steps(2);
    assert!(harness.query_by_label("x 8 · y 4 · value 128").is_some());
    harness.hover_at(canvas.left_top() + vec2(2.0, 2.0));
    harness.run_steps(2);
    assert!(harness.query_by_label("x 8 · y 4 · value 128").is_none(), "outside of the image");

    // The missing plane between is shown as such, and left out by nobody.
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z3").is_some());
    harness.key_press(Key::ArrowRight);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w2_z1_t1.tif");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(2);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("6 images in 1 well").is_some());
    assert!(harness.get_by_label("A01 · s1 · w1 · z2").is_focused(), "where one came from");
}

#[test]
fn the_keyboard_reaches_tiles_and_opens_them() {
    let mut harness = harness(Window::new());
    for (key, expected) in [
        (Key::ArrowRight, "A01 · s1 · w1 · z1"),
        (Key::ArrowRight, "A01 · s1 · w1 · z2"),
        (Key::End, "A01 · s1 · w2 · z3"),
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
fn zoom_is_kept_from_image_to_image() {
    let mut harness = harness(Window::new());
    harness.get_by_label("A01 · s1 · w1 · z1").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z1_t1.tif");
    harness.get_by_label("1:1").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("100 %").is_some());
    let canvas = harness.get_by_label("Image A01 · s1 · w1 · z1").rect();
    harness.hover_at(canvas.center());
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 240.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run_steps(30);
    assert!(harness.query_by_label("100 %").is_none());
    let zoom = |harness: &Harness<'_, Window>| {
        let label =
            harness.query_all_by_label_contains(" %").next().and_then(|node| node.accesskit_node().value());
        label.unwrap()
    };
    let zoomed = zoom(&harness);
    harness.key_press(Key::ArrowRight);
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    assert_eq!(zoom(&harness), zoomed);
}

#[test]
fn outputs_stand_beside_their_source() {
    let mut window = Window::new();
    let key = ImageKey::new(well("A01"), 1, 1, 1, 1);
    let projected = ImageKey { z: None, ..key };
    let output = |key, step, name: &str, mode: Mode| OutputEntry {
        key,
        step,
        step_name: name.to_owned(),
        mode,
        path: format!("/out/{step}_{}_{key}.tif", mode.name()).into(),
    };
    window.outputs = vec![
        output(key, 0, "Percentile normalise", Mode::Sequential),
        output(projected, 1, "Z projection", Mode::Sequential),
        output(projected, 1, "Z projection", Mode::Bulk),
    ];
    let mut harness = harness(window);
    harness.get_by_label("A01 · s1 · w1 · z2").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · A01_s1_w1_z2_t1.tif");
    // z2 was not normalised; its stack was projected, in both modes.
    harness.get_by_label("Z projection, one at a time").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · 1_sequential_A01_s1_w1_t1.tif");
    harness.get_by_label("Z projection, all at once").click();
    wait_for(&mut harness, "16 × 8, 16-bit · 0.5 µm a pixel · 1_bulk_A01_s1_w1_t1.tif");
    // From the projection back to the plane that one came from.
    harness.get_by_label("Source").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Image A01 · s1 · w1 · z2").is_some());
}

#[test]
fn the_list_is_filtered_by_stage_and_value() {
    let plate = plate();
    let selected = BTreeSet::from([well("A01"), well("B02")]);
    let key = ImageKey::new(well("B02"), 1, 2, 1, 1);
    let outputs = [OutputEntry {
        key: ImageKey { z: None, ..key },
        step: 1,
        step_name: "Z projection".to_owned(),
        mode: Mode::Bulk,
        path: "/out/p.tif".into(),
    }];
    let model = ImagesModel {
        plate: &plate,
        plate_id: 1,
        selected: &selected,
        outputs: &outputs,
        outputs_version: 1,
    };
    let output = Stage::Output { step: 1, bulk: true };
    use stepwell::plate::Component::{Channel, Z};
    let table: [(&[Stage], &[(stepwell::plate::Component, u32)], usize); 6] = [
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
    // A frame without a change makes no new list.
    let mut filters = Filters::default();
    list.refresh(&model, &mut filters);
    let version = list.version;
    list.refresh(&model, &mut filters);
    assert_eq!(list.version, version);
}
