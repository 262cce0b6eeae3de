//! Runs in forms for others: asked for in the window, written on a thread of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::dialogs::{self, Destination};
use crate::app::images::view_picture::ViewNote;
use crate::app::log::LogKind;
use crate::app::messages::Work;
use crate::app::state::{AppState, Trouble};
use crate::chart::{Chart, ChartOptions};
use crate::export;
use crate::record::RunRecord;

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    /// The chart as pixels.
    Png,
    /// The chart as shapes and text.
    Svg,
    /// Runs, combinations, samples, events and outputs as tables.
    Tables,
    /// One HTML file with all of it.
    Report,
}

impl ExportKind {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Report, Self::Png, Self::Svg, Self::Tables];

    /// What it is called in a menu.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "Chart as PNG…",
            Self::Svg => "Chart as SVG…",
            Self::Tables => "Tables as CSV…",
            Self::Report => "Report…",
        }
    }

    /// What it is for, in a sentence.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Png => "A picture of the chart on white paper, for slides.",
            Self::Svg => "The chart as shapes and text, for figures that are edited.",
            Self::Tables => "Runs, combinations, samples, events and outputs, for spreadsheets and scripts.",
            Self::Report => "One HTML file that shows all of it to someone who has no Stepwell.",
        }
    }
}

/// Runs that are to be exported, copied when it begins.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// In which form.
    pub kind: ExportKind,
    /// The runs, oldest first.
    pub records: Vec<Arc<RunRecord>>,
    /// Their chart.
    pub chart: Chart,
    /// How it is looked at.
    pub options: ChartOptions,
    /// Name of the plate.
    pub title: String,
    /// The verdict in a sentence; empty where there is none.
    pub verdict: String,
    /// The plate folders, which are never written to.
    pub never_in: BTreeSet<PathBuf>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum ExportEvent {
    /// The user chose no place.
    Dismissed,
    /// It was written; the file, or the folder of several.
    Written(PathBuf),
    /// It could not be done; why.
    Failed(String),
}

impl ExportRequest {
    /// Asks where to, and writes. Where the desktop has no dialog, it goes into the folder of results.
    pub(crate) fn carry_out(&self, results: &Path) -> ExportEvent {
        let name = crate::plate::safe_prefix(&self.title);
        let destination = match self.kind {
            ExportKind::Png => {
                dialogs::export_file(results, &format!("{name} memory.png"), "Picture (PNG)", "png")
            }
            ExportKind::Svg => {
                dialogs::export_file(results, &format!("{name} memory.svg"), "Picture (SVG)", "svg")
            }
            ExportKind::Tables => dialogs::export_folder(results, &format!("{name} tables")),
            ExportKind::Report => dialogs::export_folder(results, &format!("{name} report")),
        };
        match destination {
            Destination::Dismissed => ExportEvent::Dismissed,
            Destination::Path(path) => self.write(&path),
        }
    }

    /// Writes to a file, or into a folder for forms of several files.
    pub(crate) fn write(&self, path: &Path) -> ExportEvent {
        if let Some(why) = self.never_in.iter().find_map(|plate| dialogs::refusal(path, plate)) {
            return ExportEvent::Failed(why);
        }
        let records: Vec<&RunRecord> = self.records.iter().map(AsRef::as_ref).collect();
        let svg = || export::chart_svg(&self.chart, self.options, &self.title, &self.verdict);
        let written = match self.kind {
            ExportKind::Png => export::write_png(path, &svg()).map(|()| path.to_owned()),
            ExportKind::Svg => export::write_svg(path, &svg()).map(|()| path.to_owned()),
            ExportKind::Tables => export::write_csvs(path, &records).map(|_| path.to_owned()),
            ExportKind::Report => export::write_report(path, &records),
        };
        match written {
            Ok(path) => ExportEvent::Written(path),
            Err(error) => ExportEvent::Failed(error.to_string()),
        }
    }
}

impl AppState {
    /// Exports the runs that the chart shows.
    pub(crate) fn export(&mut self, kind: ExportKind, options: ChartOptions) {
        let Some(plate) = &self.plate else { return };
        let (name, root) = (plate.plate.name.clone(), plate.plate.root.clone());
        let mut records: Vec<Arc<RunRecord>> =
            self.shown_runs().map(|run| Arc::new(run.record.clone())).collect();
        if records.is_empty() || self.is_picking {
            return;
        }
        records.sort_by_key(|record| record.started_unix_secs);
        let verdict = self.comparison.as_ref().map_or_else(String::new, |found| found.verdict().sentence);
        let chart = self.chart.clone();
        // Runs of other plates may be shown, too.
        let roots: BTreeSet<PathBuf> = records.iter().map(|record| record.plate.root.clone()).collect();
        let names: BTreeSet<&str> = records.iter().map(|record| record.plate.name.as_str()).collect();
        let title = if names.contains(name.as_str()) {
            name
        } else {
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let never_in = roots.into_iter().chain([root]).collect();
        self.is_picking = true;
        let request = ExportRequest { kind, records, chart, options, title, verdict, never_in };
        self.push_work(Work::Export(Box::new(request)));
    }

    pub(crate) fn exported(&mut self, event: ExportEvent) {
        self.is_picking = false;
        match event {
            ExportEvent::Dismissed => {}
            ExportEvent::Written(path) => {
                let text = format!("Saved {}", path.display());
                self.log.say(LogKind::Run, format!("{text}."));
                let folder = if path.is_absolute() { path.parent().map(ToOwned::to_owned) } else { None };
                self.view_note = Some(ViewNote { text, folder });
            }
            ExportEvent::Failed(why) => {
                self.log.say(LogKind::Failure, why.clone());
                let title = "It could not be exported".to_owned();
                self.trouble = Some(Trouble { title, sentence: why });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: ExportKind, never_in: &Path) -> ExportRequest {
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/record-v1.ron");
        let record = RunRecord::read(&stored).unwrap();
        ExportRequest {
            kind,
            chart: Chart::of_records(&[&record]),
            options: ChartOptions::default(),
            records: vec![Arc::new(record)],
            title: "Neurites-07".to_owned(),
            verdict: "As much as before.".to_owned(),
            never_in: BTreeSet::from([never_in.to_owned(), PathBuf::from("/not there")]),
        }
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
            let event = request.write(&path);
            let ExportEvent::Written(written) = &event else { panic!("{kind:?}: {event:?}") };
            assert!(written.starts_with(&path), "{}", written.display());
            let bytes = std::fs::read(folder.path().join("new").join(made)).unwrap();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            assert!(text.to_lowercase().starts_with(&begins.to_lowercase()), "{kind:?}: {text}");
            for within in ["plate", "plate/images", "plate/not/yet", "link", "link/images"] {
                if within.starts_with("link") && !cfg!(unix) {
                    continue;
                }
                let event = request.write(&folder.path().join(within).join(name));
                assert!(
                    matches!(&event, ExportEvent::Failed(why) if why.contains("never written")),
                    "{kind:?} in {within}: {event:?}"
                );
            }
            // A file is in the way.
            let event = request.write(&folder.path().join("new/chart.png/below").join(name));
            assert!(matches!(event, ExportEvent::Failed(_)), "{kind:?}: {event:?}");
        }
        let inside = std::fs::read_dir(&plate).unwrap().count();
        assert_eq!(inside, 1, "only what was there");
    }
}
