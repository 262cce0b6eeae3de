//! The window by label: what is shown, what a click or a key does. And a few pictures, which are
//! also the documentation's.

#[path = "../support/bench.rs"]
mod bench;
mod browse;
mod cluster;
#[path = "../support/cpu_renderer.rs"]
mod cpu_renderer;
mod focus;
mod forecast;
mod help;
mod images;
mod keys;
mod log;
#[path = "../support/runs.rs"]
mod made_up;
mod memory;
mod named;
mod names;
mod pictures;
mod pipeline;
mod plate;
mod runs;
mod selection;
mod settings;
mod small;
mod start;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/synthetic.rs"]
mod synthetic;
mod watch;

use bench::Bench;
use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotOptions};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell::app::{
    AtPath, BrowseCommand, BrowseEvent, BrowseWork, Entry, FileKind, ForecastCommand, ForecastEvent,
    ForecastWork, Listing, MemoryCommand, NoDialog, PipelineCommand, Place, PlateCommand, PlateEvent,
    PlateWork, Question, Reply, RunsCommand, RunsEvent, RunsWork, SettingsCommand, SettingsWork,
    StartCommand, StartEvent, StartWork, StatusCommand, StatusWork, Tab, Wanted, Work,
};
use stepwell::engine::{JobEvent, Trial};
use stepwell::events::{EventKind, Outcome};
use stepwell::image::{Compression, ImageSource};
use stepwell::plan::Mode;
use stepwell::plate::{Candidate, Component, Format, ImageKey, Opened, PlateLayout, SaveAs};
use synthetic::well;

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder has no bytes".to_owned())
    }
}

/// The whole label of the one node whose label holds some words: what it says is then compared, values included.
fn label_with<State>(harness: &Harness<'_, State>, words: &str) -> String {
    let mut labels: Vec<String> = harness
        .query_all_by_label_contains(words)
        .filter_map(|node| node.accesskit_node().label().or_else(|| node.accesskit_node().value()))
        .collect();
    labels.dedup();
    assert_eq!(labels.len(), 1, "{words}: {labels:?}");
    labels.remove(0)
}
