//! The pictures, which are also those of the documentation.

use super::*;
use crate::images::{overview, recorded};
use crate::memory::{combinations, study};
use crate::pipeline::editor;
use crate::runs::{going_on, history};

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
    let planning = || {
        let mut bench = Bench::with_budget("4GB");
        bench.state.handle(ForecastCommand::PlanPlate);
        bench.state.handle(ForecastCommand::SetLayout(PlateLayout::study()));
        bench.state.handle(ForecastCommand::TypePlateFolder("/data/screens/study".to_owned()));
        bench
    };
    let mut results = egui_kittest::SnapshotResults::new();
    for (appearance, suffix) in [(egui::Theme::Dark, "dark"), (egui::Theme::Light, "light")] {
        for (name, bench) in [
            ("start", start()),
            ("small", Bench::compared()),
            ("browser", browse::shown()),
            ("names", names::chosen()),
            ("plate", Bench::with_budget("35MB")),
            ("comparison", Bench::compared()),
            ("viewer", viewing()),
            ("planned", planning()),
            ("cluster", cluster::written()),
            ("run-folder", cluster::followed()),
            ("editor", editing()),
            ("composite", viewing()),
            ("side-by-side", beside()),
            ("overview", overview::processed()),
            ("study", study::shown()),
            ("runs", history::named()),
            ("continue", going_on::interrupted()),
            ("overlay", history::overlaid()),
            ("sites", recorded::opened()),
            ("mosaic", recorded::stitching()),
            ("channels", recorded::viewing(ImageKey::new(well("A05"), 3, 1, 1, 1))),
        ] {
            // One appearance of the newer pictures is enough.
            let dark_only = [
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
            ];
            if dark_only.contains(&name) && appearance == egui::Theme::Light {
                continue;
            }
            let size = if name == "small" { vec2(960.0, 540.0) } else { vec2(1280.0, 800.0) };
            let mut harness = bench.show_in(appearance, size);
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
            wait_for_thumbnails(&mut harness);
            snapshot(&mut harness, &format!("{name}-{suffix}"));
            results.extend_harness(&mut harness);
        }
    }
}

/// Compares with the stored picture, to the pixel but for what no one can see: a reduced image may differ by one grey
/// level with how the compiler ordered its sums. With `UPDATE_SNAPSHOTS` set, stores it.
fn snapshot(harness: &mut Harness<'_, Bench>, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let options = SnapshotOptions::new().threshold(0.6).output_path(&folder);
    harness.snapshot_options(name, &options);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        // What the harness writes is made quickly; what is kept should be small.
        let path = folder.join(format!("{name}.png"));
        let picture = image::open(&path).expect("the picture that was stored").to_rgb8();
        let file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a place for the picture"));
        let encoder = image::codecs::png::PngEncoder::new_with_quality(
            file,
            image::codecs::png::CompressionType::Best,
            image::codecs::png::FilterType::NoFilter,
        );
        picture.write_with_encoder(encoder).expect("the picture is written");
    }
}

/// Steps until no more images are being read.
pub(crate) fn wait_for_thumbnails(harness: &mut Harness<'_, Bench>) {
    let mut quiet = 0;
    let mut before = usize::MAX;
    // Long enough for one image on a busy machine.
    while quiet < 12 {
        harness.run_steps(2);
        std::thread::sleep(std::time::Duration::from_millis(15));
        let now = harness.state().decoded.load(Ordering::Relaxed);
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}
