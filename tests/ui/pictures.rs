//! The pictures, which are also those of the documentation.

use super::*;
use crate::images::{overview, recorded};
use crate::memory::{combinations, study};
use crate::pipeline::editor;
use crate::runs::{going_on, history};
use stepwell::app::{HelpCommand, HelpPlace, HistoryCommand, Topic};

#[test]
fn pictures() {
    let start = || {
        let mut bench = Bench::new();
        for name in ["Projection-Mix", "Neurites-07"] {
            bench.state.settings.kept.remember(&PathBuf::from("/data/screens").join(name), None);
        }
        bench
    };
    let viewing = || {
        let mut bench = Bench::with_budget("35MB");
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let beside = || {
        let mut bench = Bench::compared();
        bench.state.handle(StatusCommand::ShowTab(Tab::Images));
        bench.settle();
        bench.view.open_image(ImageKey::new(well("B02"), 2, 1, 2, 1));
        bench
    };
    let editing = || {
        let mut bench = editor::previewing();
        bench.state.handle(PipelineCommand::Select(Some(1)));
        bench
    };
    let helping = |command: HelpCommand| {
        let mut bench = Bench::compared();
        bench.state.settings.results = "/home/ada/Documents/Stepwell".into();
        bench.state.settings.folder = Some("/home/ada/.config/stepwell".into());
        bench.state.handle(HelpCommand::Explain(Topic::Chart));
        bench.state.handle(command);
        bench
    };
    let setting = || {
        let mut bench = Bench::compared();
        bench.state.settings.results = "/home/ada/Documents/Stepwell".into();
        bench.state.settings.results_free_bytes = Some(212_000_000_000);
        bench.state.handle(SettingsCommand::ShowDialog(true));
        bench
    };
    let newcomer = || {
        let mut bench = Bench::compared();
        bench.state.handle(SettingsCommand::ShowHintsAgain);
        bench
    };
    // The plate that was just opened, on a computer in which it does not fit all at once.
    let misfit = || {
        let mut bench = Bench::with_plate();
        bench.state.handle(SettingsCommand::PretendMemory(Some(60_000_000)));
        bench.settle();
        bench
    };
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench.state.handle(ForecastCommand::SetLayout(PlateLayout::study()));
        bench.state.handle(ForecastCommand::TypePlateFolder("/data/screens/study".to_owned()));
        bench
    };
    let mut results = egui_kittest::SnapshotResults::new();
    for (appearance, suffix) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        let shown: &[(&str, &dyn Fn() -> Bench)] = &[
            ("start", &start),
            ("small", &Bench::compared),
            ("large", &Bench::compared),
            ("browser", &browse::shown),
            ("names", &names::chosen),
            ("plate", &|| Bench::with_budget("35MB")),
            ("comparison", &Bench::compared),
            ("viewer", &viewing),
            ("planned", &planning),
            ("cluster", &cluster::written),
            ("run-folder", &cluster::followed),
            ("editor", &editing),
            ("composite", &viewing),
            ("side-by-side", &beside),
            ("overview", &overview::processed),
            ("study", &study::shown),
            ("runs", &history::named),
            ("continue", &going_on::interrupted),
            ("overlay", &history::overlaid),
            ("sites", &recorded::opened),
            ("mosaic", &recorded::stitching),
            ("help", &|| helping(HelpCommand::Explain(Topic::OneAtATime))),
            ("found", &|| helping(HelpCommand::Search("forecast".to_owned()))),
            ("about", &|| helping(HelpCommand::Show(HelpPlace::About))),
            ("settings", &setting),
            ("hint", &newcomer),
            ("misfit", &misfit),
            ("channels", &|| recorded::viewing(ImageKey::new(well("A05"), 3, 1, 1, 1))),
        ];
        for (name, bench) in shown.iter().copied() {
            // One appearance of the newer pictures is enough.
            let dark_only = [
                "large",
                "small",
                "browser",
                "composite",
                "cluster",
                "run-folder",
                "side-by-side",
                "names",
                "overview",
                "study",
                "runs",
                "continue",
                "overlay",
                "sites",
                "channels",
                "mosaic",
                "help",
                "found",
                "about",
                "hint",
                "misfit",
            ];
            if dark_only.contains(&name) && appearance == egui::Theme::Light {
                continue;
            }
            let size = match name {
                "small" => vec2(960.0, 540.0),
                // Text of twice the size on a screen of 1280 by 720.
                "large" => vec2(640.0, 360.0),
                _ => vec2(1280.0, 800.0),
            };
            let mut harness = bench().show_in(appearance, size);
            if size.x < 700.0 {
                harness.get_by_role_and_label(Role::Tab, "Pages").click();
                harness.run_steps(4);
                harness.remove_cursor();
            }
            if name == "editor" {
                editor::show_preview(&mut harness);
                harness.remove_cursor();
            }
            if name == "overview" {
                overview::show_plate(&mut harness);
                overview::wait_for_pictures(&mut harness, 94);
            }
            if name == "overlay" {
                combinations::mark_second(&mut harness);
                harness.remove_cursor();
            }
            if name == "composite" {
                harness.get_by_role_and_label(Role::Switch, "Composite").click();
                harness.run_steps(3);
                harness.remove_cursor();
            }
            if name == "side-by-side" {
                harness.get_by_role_and_label(Role::ComboBox, "Beside").click();
                harness.run_steps(3);
                harness.get_by_label("beside Z projection (maximum), one at a time").click();
                harness.run_steps(3);
                harness.remove_cursor();
            }
            if name == "sites" {
                overview::show_plate(&mut harness);
                recorded::show_all_sites(&mut harness);
                overview::wait_for_pictures(&mut harness, 92);
            }
            if name == "channels" {
                recorded::choose(&mut harness, "Beside", "beside FITC");
            }
            if name == "mosaic" {
                editor::show_preview(&mut harness);
                harness.remove_cursor();
            }
            if ["start", "help"].contains(&name) {
                wait_for_embedded(&mut harness);
            }
            wait_for_thumbnails(&mut harness);
            snapshot(&mut harness, &format!("{name}-{suffix}"));
            results.extend_harness(&mut harness);
        }
    }
}

/// The walk of the focus through the window: on each picture the ring is around what has it.
#[test]
fn the_focus_is_seen_wherever_it_goes() {
    let deleting = || {
        let mut bench = history::named();
        let folders = bench.state.runs.history.selected.clone();
        bench.state.handle(HistoryCommand::AskToDelete(folders));
        bench.settle();
        bench
    };
    let is_map = |name: &str| name.starts_with("Plate map");
    let is_chart = |name: &str| name.starts_with("Memory ");
    let is_list = |name: &str| name.starts_with("Runs. ");
    let shown: [Walked<'_>; 4] = [
        ("keys-map", &|| Bench::with_budget("35MB"), &is_map, &[Key::ArrowDown, Key::ArrowRight]),
        ("keys-chart", &Bench::compared, &is_chart, &[Key::Home, Key::PageDown, Key::PageDown]),
        ("keys-runs", &history::named, &is_list, &[Key::ArrowDown, Key::ArrowRight, Key::ArrowRight]),
        ("keys-question", &deleting, &|name| name == "Keep", &[]),
    ];
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, bench, is_wanted, keys) in shown {
        let mut harness = bench().show();
        let is_wanted = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
            let acts = node.data().supports_action(egui::accesskit::Action::Focus);
            acts && node.label().is_some_and(|label| is_wanted(&label))
        };
        harness.query_all_by(is_wanted).next().expect("it is there").focus();
        harness.run_steps(3);
        for key in keys {
            harness.key_press(*key);
            harness.run_steps(3);
        }
        wait_for_thumbnails(&mut harness);
        let focused = harness.ctx.memory(egui::Memory::focused).expect("something has the focus");
        let rect = harness.ctx.read_response(focused).expect("it is drawn").rect;
        let picture = harness.render().expect("the window is drawn");
        // What is around it tells where one is; of what is larger the beginning is shown.
        let [width, height] = WALKED;
        let from = |range: egui::Rangef, part: u32, whole: u32| {
            const MARGIN: f32 = 10.0;
            let around = (part as f32 - range.span()) / 2.0;
            ((range.min - around.max(MARGIN)).max(0.0) as u32).min(whole - part)
        };
        let left = from(rect.x_range(), width, picture.width());
        let top = from(rect.y_range(), height, picture.height());
        let part = image::imageops::crop_imm(&picture, left, top, width, height).to_image();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
        let options = SnapshotOptions::new().threshold(0.6).output_path(&folder);
        let name = format!("{name}-dark");
        results.add(egui_kittest::try_image_snapshot_options(&part, &name, &options));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let path = folder.join(format!("{name}.png"));
            let picture = image::open(&path).expect("the picture that was stored").to_rgb8();
            write_small(&picture, &path);
        }
    }
}

/// A picture of the walk: its name, what is shown, whether a control is the one that has the focus, and the keys that it gets.
type Walked<'a> = (&'a str, &'a dyn Fn() -> Bench, &'a dyn Fn(&str) -> bool, &'a [Key]);

/// Width and height of such a picture, in pixels.
const WALKED: [u32; 2] = [460, 280];

/// The part of the picture of a comparison that the start screen shows: left, top, width, height.
const SHOWN_AT_START: [u32; 4] = [302, 96, 678, 492];

/// The picture on the start screen is a part of that of a comparison. With `UPDATE_SNAPSHOTS` set, makes it; the program that is
/// built then shows it.
#[test]
fn the_start_screen_shows_a_comparison_as_it_is() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for suffix in ["dark", "light"] {
        let whole = image::open(top.join(format!("screenshots/comparison-{suffix}.png")))
            .expect("a picture")
            .to_rgb8();
        let [left, above, width, height] = SHOWN_AT_START;
        let part = image::imageops::crop_imm(&whole, left, above, width, height).to_image();
        let path = top.join(format!("assets/start/comparison-{suffix}.png"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            write_small(&part, &path);
        }
        let stored = image::open(&path).expect("the picture of the start screen").to_rgb8();
        assert!(stored == part, "{suffix}: make the pictures anew with UPDATE_SNAPSHOTS=1");
    }
}

/// Steps until the pictures that the program brings along are there.
fn wait_for_embedded(harness: &mut Harness<'_, Bench>) {
    for _ in 0..40 {
        harness.run_steps(1);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// What a harness writes is made quickly; what is kept should be small.
fn write_small(picture: &image::RgbImage, path: &Path) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).expect("a place for the picture"));
    let encoder = image::codecs::png::PngEncoder::new_with_quality(
        file,
        image::codecs::png::CompressionType::Best,
        image::codecs::png::FilterType::NoFilter,
    );
    picture.write_with_encoder(encoder).expect("the picture is written");
}

/// Compares with the stored picture, to the pixel but for what no one can see: a reduced image may differ by one grey
/// level with how the compiler ordered its sums. With `UPDATE_SNAPSHOTS` set, stores it.
fn snapshot(harness: &mut Harness<'_, Bench>, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let options = SnapshotOptions::new().threshold(0.6).output_path(&folder);
    harness.snapshot_options(name, &options);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let path = folder.join(format!("{name}.png"));
        let picture = image::open(&path).expect("the picture that was stored").to_rgb8();
        write_small(&picture, &path);
    }
}

/// Steps until no more images are being read.
pub(crate) fn wait_for_thumbnails(harness: &mut Harness<'_, Bench>) {
    let mut quiet = 0;
    let mut before = usize::MAX;
    for _ in 0..4_000 {
        harness.run_steps(2);
        std::thread::sleep(std::time::Duration::from_millis(5));
        let bench = harness.state_mut();
        let now = bench.decoded.load(Ordering::Relaxed);
        let is_quiet = now == before && bench.view.thumbnails().loader().is_idle();
        quiet = if is_quiet { quiet + 1 } else { 0 };
        if quiet >= 6 {
            return;
        }
        before = now;
    }
    panic!("images are still being read");
}
