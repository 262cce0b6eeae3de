//! What the folder browser of the window shows, and what was chosen in it.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::messages::{
    AtPath, BrowseCommand, BrowseEvent, BrowseWork, Entry, Listing, NoDialog, Place, Reply, Shown,
};
use crate::app::desktop::{Question, Wanted};
use crate::app::outbox::Outbox;
use crate::cancel::Cancel;
use crate::folders;

/// The folder browser, and whether the desktop is waited for.
#[derive(Clone, Debug, Default)]
pub struct BrowseState {
    /// Whether the desktop has been asked whether it has dialogs, and has not answered yet.
    pub is_waiting: bool,
    /// The browser, where it is open.
    pub open: Option<Browsing>,
    /// The places where folders mostly are.
    pub places: Vec<Place>,
}

/// A question that is open in the window.
#[derive(Clone, Debug)]
pub struct Browsing {
    /// What is asked for.
    pub question: Question,
    /// Why not by a dialog of the desktop.
    pub why: NoDialog,
    /// The folder that is shown.
    pub folder: PathBuf,
    /// The path that is being typed; `None` where it is that of the folder.
    pub typed_path: Option<String>,
    /// The name of the file to write.
    pub name: String,
    /// What the folder holds.
    pub listing: Listing,
    /// Those of its folders that are plates.
    pub plates: BTreeSet<OsString>,
    /// The entry that is pointed at.
    pub selected: Option<OsString>,
    /// Why the folder, or what was chosen, cannot be taken.
    pub error: Option<String>,
    /// A file that is there already, until the user has said whether it is replaced.
    pub replacing: Option<PathBuf>,
    /// Whether names that begin with a point are shown.
    pub hidden: bool,
    /// Tells this folder, as it is shown, from others before.
    pub generation: u64,
    reply: Reply,
    listing_cancel: Cancel,
    /// The folder that was left last, which is pointed at in the one around it.
    left: Option<OsString>,
}

impl Browsing {
    fn begin(question: Question, why: NoDialog, reply: Reply, out: &mut Outbox) -> Self {
        let home = || folders::home_dir().unwrap_or_else(|| PathBuf::from("/"));
        let folder = question.begin_in.clone().unwrap_or_else(home);
        let name = if let Wanted::NewFile(name) = &question.wanted { name.clone() } else { String::new() };
        let mut browsing = Self {
            question,
            why,
            folder: PathBuf::new(),
            typed_path: None,
            name,
            listing: Listing::default(),
            plates: BTreeSet::new(),
            selected: None,
            error: None,
            replacing: None,
            hidden: false,
            generation: 0,
            reply,
            listing_cancel: Cancel::new(),
            left: None,
        };
        browsing.go(folder, out);
        browsing
    }

    /// The entry that is pointed at.
    pub fn entry(&self) -> Option<&Entry> {
        let selected = self.selected.as_ref()?;
        self.listing.entries.iter().find(|entry| entry.name == *selected)
    }

    /// What is chosen as it stands now; `None` where nothing is.
    pub fn chosen(&self) -> Option<PathBuf> {
        let entry = self.entry();
        match &self.question.wanted {
            Wanted::Folder => Some(match entry.filter(|entry| entry.is_folder) {
                Some(entry) => self.folder.join(&entry.name),
                None => self.folder.clone(),
            }),
            Wanted::File => entry.filter(|entry| !entry.is_folder).map(|entry| self.folder.join(&entry.name)),
            Wanted::NewFile(_) => {
                let name = self.name.trim();
                // A path is typed above.
                let is_name = Path::new(name).file_name() == Some(OsStr::new(name));
                let path = || self.folder.join(name);
                is_name.then(|| self.question.kind.map_or_else(path, |kind| kind.named(path())))
            }
        }
    }

    fn go(&mut self, folder: PathBuf, out: &mut Outbox) {
        self.listing_cancel.cancel();
        self.listing_cancel = Cancel::new();
        self.left = self
            .folder
            .strip_prefix(&folder)
            .ok()
            .and_then(|below| below.components().next().map(|first| first.as_os_str().to_owned()));
        (self.folder, self.typed_path, self.error, self.replacing) = (folder, None, None, None);
        (self.listing, self.plates, self.selected) = (Listing::default(), BTreeSet::new(), None);
        self.generation = out.next_generation();
        let shown = Shown {
            wanted: self.question.wanted.clone(),
            endings: self.question.kind.map_or(&[], |kind| kind.endings),
            hidden: self.hidden,
        };
        out.work(BrowseWork::List {
            generation: self.generation,
            folder: self.folder.clone(),
            shown,
            cancel: self.listing_cancel.clone(),
        });
    }

    fn look(&self, path: PathBuf, is_chosen: bool, out: &mut Outbox) {
        out.work(BrowseWork::Look { generation: self.generation, path, is_chosen });
    }

    /// Shows the folder that is pointed at, or chooses what is.
    fn open(&mut self, out: &mut Outbox) {
        match self.entry() {
            Some(entry) if entry.is_folder => self.go(self.folder.join(&entry.name), out),
            Some(entry) => {
                if matches!(self.question.wanted, Wanted::NewFile(_)) {
                    self.name = entry.name.to_string_lossy().into_owned();
                }
                self.choose(out);
            }
            None => {}
        }
    }

    fn choose(&mut self, out: &mut Outbox) {
        if let Some(path) = self.chosen() {
            self.error = None;
            self.look(path, true, out);
        }
    }

    /// A typed path, from the folder that is shown where it is a relative one; `~` is the user's own folder.
    fn typed(&self) -> Option<PathBuf> {
        let typed = self.typed_path.as_deref()?.trim().trim_matches('"');
        let below_home = typed.strip_prefix('~').map(|rest| rest.trim_start_matches(['/', '\\']));
        let path = match below_home.zip(folders::home_dir()) {
            Some((below, home)) => home.join(below),
            None => self.folder.join(typed),
        };
        (!typed.is_empty()).then_some(path)
    }

    /// What follows from what is at a path; true where it is the answer.
    fn looked(&mut self, path: PathBuf, found: AtPath, is_chosen: bool, out: &mut Outbox) -> bool {
        match (&self.question.wanted, found) {
            (_, AtPath::Unknown(why)) => self.error = Some(why),
            (Wanted::Folder, AtPath::Folder) if is_chosen => return true,
            (_, AtPath::Folder) => self.go(path, out),
            (Wanted::File, AtPath::File) | (Wanted::NewFile(_), AtPath::Nothing) => return true,
            (Wanted::NewFile(_), AtPath::File) => self.replacing = Some(path),
            (Wanted::Folder, AtPath::File) => self.error = Some("This is a file, not a folder.".to_owned()),
            (Wanted::Folder | Wanted::File, AtPath::Nothing) => {
                self.error = Some("There is nothing with this name.".to_owned());
            }
        }
        false
    }
}

impl BrowseState {
    pub(crate) fn handle(&mut self, command: BrowseCommand, out: &mut Outbox) {
        let Some(open) = &mut self.open else { return };
        match command {
            BrowseCommand::Go(folder) => open.go(folder, out),
            BrowseCommand::Up => {
                if let Some(around) = open.folder.parent().map(ToOwned::to_owned) {
                    open.go(around, out);
                }
            }
            BrowseCommand::TypePath(text) => open.typed_path = Some(text),
            BrowseCommand::TakePath => {
                if let Some(path) = open.typed() {
                    open.error = None;
                    open.look(path, false, out);
                }
            }
            BrowseCommand::TypeName(name) => (open.name, open.error, open.replacing) = (name, None, None),
            BrowseCommand::Select(name) => {
                open.selected = name;
                if let (Wanted::NewFile(_), Some(entry)) = (&open.question.wanted, open.entry())
                    && !entry.is_folder
                {
                    open.name = entry.name.to_string_lossy().into_owned();
                }
            }
            BrowseCommand::Open => open.open(out),
            BrowseCommand::Choose => open.choose(out),
            BrowseCommand::Replace(is_wanted) => {
                if let Some(path) = open.replacing.take().filter(|_| is_wanted) {
                    self.answer(Some(path), out);
                }
            }
            BrowseCommand::ShowHidden(hidden) => {
                open.hidden = hidden;
                open.go(open.folder.clone(), out);
            }
            BrowseCommand::Cancel => self.answer(None, out),
        }
    }

    pub(crate) fn apply(&mut self, event: BrowseEvent, out: &mut Outbox) {
        match event {
            BrowseEvent::Waiting => self.is_waiting = true,
            BrowseEvent::Answered => {
                self.is_waiting = false;
                self.close();
            }
            BrowseEvent::Asked { question, why, reply } => {
                self.is_waiting = false;
                self.close();
                self.open = Some(Browsing::begin(question, why, reply, out));
                out.work(BrowseWork::FindPlaces);
            }
            BrowseEvent::Places(places) => self.places = places,
            BrowseEvent::Listed { generation, listing } => {
                let Some(open) = self.of(generation) else { return };
                match listing {
                    Ok(listing) => {
                        open.listing = listing;
                        if open.selected.is_none() {
                            open.selected = open.left.clone();
                        }
                    }
                    Err(why) => {
                        open.listing.is_whole = true;
                        open.error = Some(why);
                    }
                }
            }
            BrowseEvent::Plates { generation, names } => {
                if let Some(open) = self.of(generation) {
                    open.plates.extend(names);
                }
            }
            BrowseEvent::Looked { generation, path, found, is_chosen } => {
                let is_answer =
                    self.of(generation).is_some_and(|open| open.looked(path.clone(), found, is_chosen, out));
                if is_answer {
                    self.answer(Some(path), out);
                }
            }
        }
    }

    fn of(&mut self, generation: u64) -> Option<&mut Browsing> {
        self.open.as_mut().filter(|open| open.generation == generation)
    }

    fn answer(&mut self, path: Option<PathBuf>, out: &mut Outbox) {
        if let Some(open) = &self.open {
            out.work(BrowseWork::Answer(open.reply.clone(), path));
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.listing_cancel.cancel();
        }
    }
}
