//! Runs in forms for others: asked for in the window, written on a thread of its own.

use std::path::Path;

use super::messages::{ExportKind, ExportRequest, MemoryEvent};
use crate::app::desktop::{Answer, Dialogs};
use crate::app::dialogs;
use crate::cancel::Cancel;
use crate::export;
use crate::plate::{destination, still_plates};
use crate::record::RunRecord;
use crate::watch::WatchedRecord;

impl ExportRequest {
    /// Asks where to, and writes.
    pub(crate) fn execute(&self, dialogs: &dyn Dialogs, results: &Path) -> MemoryEvent {
        let name = crate::plate::safe_prefix(&self.title);
        let destination = match self.kind {
            ExportKind::Png => {
                dialogs::export_file(dialogs, results, &format!("{name} memory.png"), dialogs::PNG)
            }
            ExportKind::Svg => {
                dialogs::export_file(dialogs, results, &format!("{name} memory.svg"), dialogs::SVG)
            }
            ExportKind::Tables => dialogs::export_folder(dialogs, results, &format!("{name} tables")),
            ExportKind::Report => dialogs::export_folder(dialogs, results, &format!("{name} report")),
        };
        match destination {
            Answer::Dismissed => MemoryEvent::Dismissed,
            Answer::Chosen(path) => self.write(&path, results),
        }
    }

    /// Writes to a file, or into a folder for forms of several files.
    pub(crate) fn write(&self, path: &Path, results: &Path) -> MemoryEvent {
        let of_runs = self.records.iter().map(|record| &record.plate.root);
        let place = match destination(path, still_plates(of_runs).chain([&self.never_in])) {
            Ok(place) => place,
            Err(refused) => return MemoryEvent::Failed(format!("{refused}.")),
        };
        // The user chose the folder in which one of the program's naming is made, and in the folder of results no name.
        let place = match (self.kind, path.parent()) {
            (ExportKind::Tables | ExportKind::Report, Some(around)) => place.chosen_as(around),
            (ExportKind::Png | ExportKind::Svg, Some(around)) if around == results => place.chosen_as(around),
            _ => place,
        };
        let records: Vec<&RunRecord> = self.records.iter().map(AsRef::as_ref).collect();
        let watched: Vec<&WatchedRecord> = self.watched.iter().map(AsRef::as_ref).collect();
        let svg = || export::chart_svg(&self.chart, self.options, &self.title, &self.verdict);
        let written = match self.kind {
            ExportKind::Png => export::write_png(&place, &svg()).map(|()| path.to_owned()),
            ExportKind::Svg => export::write_svg(&place, &svg()).map(|()| path.to_owned()),
            ExportKind::Tables => export::write_csvs(&place, &records, &watched).map(|_| path.to_owned()),
            ExportKind::Report => {
                export::write_report(&place, &records, &watched, &|_, _| (), &Cancel::new())
                    .map(|report| report.page)
            }
        };
        match written {
            Ok(path) => MemoryEvent::Written(path),
            Err(error) => MemoryEvent::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::desktop::tests::Always;
    use crate::chart::{Chart, ChartOptions};

    fn request(kind: ExportKind, never_in: &Path) -> ExportRequest {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        let record = RunRecord::read(&stored).unwrap();
        ExportRequest {
            kind,
            chart: Chart::of_records(&[&record]),
            options: ChartOptions::default(),
            records: vec![Arc::new(record)],
            watched: Vec::new(),
            title: "Neurites-07".to_owned(),
            verdict: "As much as before.".to_owned(),
            never_in: never_in.to_owned(),
        }
    }

    #[test]
    fn what_was_not_confirmed_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        for kind in ExportKind::ALL {
            let results = folder.path().join(format!("{kind:?}"));
            let request = request(kind, Path::new("/plate"));
            let event = request.execute(&Always(Answer::Dismissed), &results);
            assert!(matches!(event, MemoryEvent::Dismissed) && !results.exists(), "{kind:?}: {event:?}");
            let chosen = folder.path().join(format!("{kind:?} chosen"));
            let event = request.execute(&Always(Answer::Chosen(chosen.clone())), &results);
            let MemoryEvent::Written(path) = event else { panic!("{event:?}") };
            assert!(path.to_string_lossy().starts_with(&*chosen.to_string_lossy()), "{}", path.display());
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_the_program_names_is_no_link() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["results", "elsewhere"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        std::fs::write(at("elsewhere/own.txt"), "precious").unwrap();
        for kind in [ExportKind::Tables, ExportKind::Report] {
            let request = request(kind, Path::new("/plate"));
            let name = if kind == ExportKind::Tables { "Neurites-07 tables" } else { "Neurites-07 report" };
            symlink(at("elsewhere"), at("results").join(name)).unwrap();
            let event = request.execute(&Always(Answer::Chosen(at("results"))), &at("results"));
            let MemoryEvent::Failed(why) = &event else { panic!("{event:?}") };
            assert!(why.contains("is a link, and nothing is written through a link"), "{why}");
        }
        // In the folder of results a link gives way to the file.
        let link = at("results/Neurites-07 memory.svg");
        symlink(at("elsewhere/own.txt"), &link).unwrap();
        let svg = request(ExportKind::Svg, Path::new("/plate"));
        let written = svg.execute(&Always(Answer::Chosen(link)), &at("results"));
        assert!(matches!(written, MemoryEvent::Written(_)));
        let names = std::fs::read_dir(at("elsewhere")).unwrap().count();
        assert_eq!(
            (names, std::fs::read_to_string(at("elsewhere/own.txt")).unwrap().as_str()),
            (1, "precious")
        );
    }

    #[test]
    fn each_form_is_written_beside_the_plate_and_never_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let plate = folder.path().join("plate");
        std::fs::create_dir_all(plate.join("images")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&plate, folder.path().join("link")).unwrap();
        for (kind, name, made, begins) in [
            (ExportKind::Png, "chart.png", "chart.png", "\u{fffd}PNG"),
            (ExportKind::Svg, "chart.svg", "chart.svg", "<svg"),
            (ExportKind::Tables, "tables", "tables/runs.csv", "run,"),
            (ExportKind::Report, "report", "report/report.html", "<!DOCTYPE html>"),
        ] {
            let request = request(kind, &plate);
            let path = folder.path().join("new").join(name);
            std::fs::create_dir_all(folder.path().join("new")).unwrap();
            let event = request.write(&path, Path::new("/results"));
            let MemoryEvent::Written(written) = &event else { panic!("{kind:?}: {event:?}") };
            assert!(written.starts_with(&path), "{}", written.display());
            let bytes = std::fs::read(folder.path().join("new").join(made)).unwrap();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            assert!(text.to_lowercase().starts_with(&begins.to_lowercase()), "{kind:?}: {text}");
            for within in ["plate", "plate/images", "plate/not/yet", "link", "link/images"] {
                if within.starts_with("link") && !cfg!(unix) {
                    continue;
                }
                let event = request.write(&folder.path().join(within).join(name), Path::new("/results"));
                assert!(
                    matches!(&event, MemoryEvent::Failed(why) if why.contains("never written")),
                    "{kind:?} in {within}: {event:?}"
                );
            }
            // A file is in the way.
            let event =
                request.write(&folder.path().join("new/chart.png/below").join(name), Path::new("/results"));
            assert!(matches!(event, MemoryEvent::Failed(_)), "{kind:?}: {event:?}");
        }
        let inside = std::fs::read_dir(&plate).unwrap().count();
        assert_eq!(inside, 1, "only what was there");
    }
}
