//! Messages between the settings room, the user and the threads.

use std::path::PathBuf;

use super::appearance::Appearance;
use super::graphics::{DrawnBy, GraphicsChoice};
use super::hint::Hint;
use super::remembered::Settings;
use crate::app::start::patterns::SavedPattern;
use crate::engine::CacheState;
use crate::image::Compression;
use crate::machine::Machine;
use crate::plan::{AfterClear, Intermediates};
use crate::plate::SaveAs;
use crate::quantity::Numbers;

/// What the user sets.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingsCommand {
    /// Change what happens to memory after a clear.
    SetAfterClear(AfterClear),
    /// Change what happens to images after their last use.
    SetIntermediates(Intermediates),
    /// Change how many wells are processed together; `None` for one.
    SetWellsAtOnce(Option<usize>),
    /// Change whether the next combination is read ahead.
    SetReadAhead(bool),
    /// Change how the runs of a comparison find the files.
    SetCache(CacheState),
    /// Change the compression of the images that are kept.
    SetCompression(Compression),
    /// Change the form of the images that are kept.
    SetSaveAs(SaveAs),
    /// Change the number of threads; `None` for as many as there are processors.
    SetThreads(Option<usize>),
    /// Change the budget that is being typed.
    TypeBudget(String),
    /// Take the typed budget.
    SetBudget(String),
    /// Plan as if this computer had so much memory; `None` for what it has.
    PretendMemory(Option<u64>),
    /// Offer plates on the start screen, which were dropped on the window beside the one that is opened.
    OfferPlates(Vec<PathBuf>),
    /// Take a plate off the list of recent ones.
    ForgetRecent(PathBuf),
    /// Keep a pattern under a name, in the place of one of that name.
    SavePattern(SavedPattern),
    /// Forget the pattern of a name.
    ForgetPattern(String),
    /// Change between dark and light.
    SetAppearance(Appearance),
    /// Remember the size of the window, in points.
    RememberWindow([f32; 2]),
    /// Show the dialog of settings, or close it.
    ShowDialog(bool),
    /// Change the size of text, in percent of the usual one.
    SetTextPercent(u16),
    /// Change how numbers are written.
    SetNumbers(Numbers),
    /// Ask for the folder of results.
    PickResults,
    /// Take the usual folder of results.
    UseUsualResults,
    /// Change how many bytes of small pictures are kept on the disk, from the next start on; `None` for the usual number.
    SetPictureBytes(Option<u64>),
    /// Change whether nothing is told where a long run ends.
    SetQuiet(bool),
    /// A hint was seen.
    SeenHint(Hint),
    /// Show all hints again.
    ShowHintsAgain,
    /// Change by what the window is drawn, from the next start on.
    SetGraphics(GraphicsChoice),
}

/// What has to be done outside for it.
#[derive(Debug)]
pub enum SettingsWork {
    /// Read what is known of the computer.
    ReadMachine,
    /// Write the settings.
    Save(Box<Settings>),
    /// Show dark or light.
    Appear(Appearance),
    /// Show text and all else so large, in percent of the usual size.
    Enlarge(u16),
    /// Ask for the folder of results.
    PickResults {
        /// Where to begin.
        from: PathBuf,
    },
    /// Put results here from now on; `None` for the usual folder.
    UseResults(Option<PathBuf>),
    /// Forget which ways to draw the window have ended the program, so that they are tried again.
    ForgetEndedGraphics,
}

/// What came of it.
#[derive(Debug)]
pub enum SettingsEvent {
    /// What is known of the computer.
    Machine {
        /// Its system, processors and memory.
        machine: Machine,
        /// The folder of results.
        results: PathBuf,
        /// Room on the disk where results go, where that is known.
        results_free_bytes: Option<u64>,
    },
    /// The folder that was picked for results, or why it cannot be one; `None` for none.
    ResultsPicked(Option<Result<PathBuf, String>>),
    /// The window is there, drawn by this.
    Drawn(DrawnBy),
}
