//! The image loader: what is decoded, in which order, what is kept.

use super::*;

fn source(name: &str) -> ImageSource {
    ImageSource::file(Path::new("/plate").join(name))
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
    let decoder: Decoder = Arc::new(move |source: &ImageSource, _| {
        notes.lock().expect("no poison").push(source.file_name().to_owned());
        permits
            .lock()
            .expect("no poison")
            .recv_timeout(Duration::from_secs(20))
            .map_err(|error| error.to_string())?;
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
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("new2"), 64), LoadState::Ready(_)));
    assert_eq!(*decoded.lock().unwrap(), ["old1", "new1", "old3", "new2"]);
    assert!(matches!(loader.thumbnail(&source("old2"), 64), LoadState::Waiting));
    // What is there is not read again.
    loader.want_thumbnails(want(&["new1", "new2"]));
    permit.send(()).unwrap();
    loader.want_thumbnails(want(&["new1", "last"]));
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("last"), 64), LoadState::Ready(_)));
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
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("b"), 64), LoadState::Ready(_)));
    assert_eq!(*decoded.lock().unwrap(), ["a", "b"]);
}

#[test]
fn caches_are_bounded_in_bytes_and_the_least_recently_used_leaves() {
    let decoder: Decoder =
        Arc::new(|_: &ImageSource, _| Ok((ImageFormat::grey(100, 100, PixelType::U8), vec![1; 10_000])));
    // Three whole images fit, four do not.
    let limits = CacheLimits { thumbnail_bytes: 50_000, whole_bytes: 35_000 };
    let mut loader = ImageLoader::with_decoder(decoder, limits, Arc::new(|| {}));
    for name in ["a", "b", "c", "d"] {
        loader.want_for_viewer(None, [source(name)]);
        poll_until(&mut loader, |loader| matches!(loader.whole(&source(name)), LoadState::Ready(_)));
        // “a” is looked at all the time.
        let _ = loader.whole(&source("a"));
        assert!(loader.whole_bytes() <= 35_000, "{}", loader.whole_bytes());
    }
    let held = ["a", "b", "c", "d"].map(|name| matches!(loader.whole(&source(name)), LoadState::Ready(_)));
    assert_eq!(held, [true, false, true, true]);
    for number in 0..40 {
        loader.want_thumbnails([(source(&number.to_string()), 50)]);
        poll_until(&mut loader, |loader| {
            matches!(loader.thumbnail(&source(&number.to_string()), 50), LoadState::Ready(_))
        });
        assert!(loader.thumbnail_bytes() <= 50_000, "{}", loader.thumbnail_bytes());
    }
}

#[test]
fn failures_keep_their_reason_and_cost_no_other_image() {
    let decoder: Decoder = Arc::new(|source: &ImageSource, _| match source.file_name() {
        "bad" => Err("bad: the strip ends early".to_owned()),
        "panics" => panic!("a decoder's own mistake"),
        "short" => Ok((ImageFormat::grey(4, 4, PixelType::U16), vec![0; 5])),
        _ => Ok((ImageFormat::grey(4, 4, PixelType::U8), vec![9; 16])),
    });
    let mut loader = ImageLoader::with_decoder(decoder, CacheLimits::default(), Arc::new(|| {}));
    let names = ["bad", "panics", "short", "good"];
    loader.want_thumbnails(names.map(|name| (source(name), 64)));
    poll_until(&mut loader, |loader| matches!(loader.thumbnail(&source("good"), 64), LoadState::Ready(_)));
    let expected = ["bad: the strip ends early", "inside the decoder", "has 5 bytes of pixels instead of 32"];
    for (name, expected) in names.into_iter().zip(expected) {
        let LoadState::Failed(why) = loader.thumbnail(&source(name), 64) else {
            panic!("{name} did not fail")
        };
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

#[test]
fn real_files_are_read_by_page_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good.tif");
    let pixels: Vec<u8> = (0..48_u16).flat_map(|value| (value * 1000).to_ne_bytes()).collect();
    let image = ImageRef { format: ImageFormat::grey(8, 6, PixelType::U16), bytes: &pixels };
    write_tiff(&crate::support::place(&good), image, Compression::Deflate, None).unwrap();
    let bad = folder.path().join("bad.tif");
    std::fs::write(&bad, &std::fs::read(&good).unwrap()[..40]).unwrap();
    let mut loader = ImageLoader::new(None, Arc::new(|| {}));
    let [good, bad] = [good, bad].map(ImageSource::file);
    loader.want_for_viewer(None, [good.clone(), bad.clone()]);
    poll_until(&mut loader, |loader| !matches!(loader.whole(&bad), LoadState::Waiting));
    let LoadState::Ready(whole) = loader.whole(&good) else { panic!("not read") };
    assert_eq!(whole.format, image.format);
    assert_eq!(whole.values_at(7, 5), Some(vec![SampleValue::Unsigned(47_000)]));
    assert_eq!((whole.histogram.min, whole.histogram.max), (0.0, 47_000.0));
    let LoadState::Failed(why) = loader.whole(&bad) else { panic!("read") };
    assert!(why.contains("bad.tif"), "{why}");
}
