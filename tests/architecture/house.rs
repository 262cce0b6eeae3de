//! The files of the crate and which of them imports which: a name is followed through re-exports to the file
//! that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::source::{Path, Source};

/// A module: its file within `src`, and what it says.
#[derive(Debug)]
struct Module {
    file: String,
    text: String,
    source: Source,
}

/// All modules by their names from the crate's root, which is the empty list.
#[derive(Debug)]
pub(crate) struct House {
    modules: BTreeMap<Vec<String>, Module>,
}

/// One import: `file` names at `line` what `of` defines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) of: String,
}

impl House {
    /// The crate of this test.
    pub(crate) fn read() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let file = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
                    files.push((file, fs::read_to_string(&path).expect("readable")));
                }
            }
        }
        Self::of(files)
    }

    /// A crate of files, by their paths within `src`.
    pub(crate) fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let named: BTreeMap<Vec<String>, (String, String)> =
            files.into_iter().map(|(file, text)| (module_names(&file), (file, text))).collect();
        let names: BTreeSet<Vec<String>> = named.keys().cloned().collect();
        let modules = named.into_iter().map(|(module, (file, text))| {
            let inside = |name: &&Vec<String>| name.len() == module.len() + 1 && name.starts_with(&module);
            let children = names.iter().filter(inside).filter_map(|name| name.last().cloned()).collect();
            let source = Source::read(&text, &children);
            (module, Module { file, text, source })
        });
        Self { modules: modules.collect() }
    }

    /// The files with their texts.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.values().map(|module| (module.file.as_str(), module.text.as_str()))
    }

    /// Where each file imports from another part, as its paths are written.
    pub(crate) fn imports_of_parts(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (module, Module { file, source, .. }) in &self.modules {
            for path in &source.paths {
                let of = self.absolute(module, path).and_then(|names| names.first().cloned());
                if let Some(of) = of.filter(|of| *of != part_of(file)) {
                    imports.insert(Import { file: file.clone(), line: path.line, of });
                }
            }
        }
        imports
    }

    /// For each file the files that define what it imports.
    pub(crate) fn imports_of_files(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (module, Module { file, source, .. }) in &self.modules {
            let mut of = BTreeSet::new();
            for path in &source.paths {
                let is_handed_on =
                    |(name, import): (&String, &Path)| import == path && source.handed_on.contains(name);
                if source.imports.iter().any(is_handed_on) {
                    continue;
                }
                let Some(names) = self.absolute(module, path) else { continue };
                of.extend(self.defining(&[], &names, 0).filter(|of| *of != file));
            }
            imports.insert(file, of);
        }
        imports
    }

    /// A path from the crate's root; `None` for one that leads out of the crate.
    fn absolute(&self, module: &[String], path: &Path) -> Option<Vec<String>> {
        // What stands in an inline module is above the file when it goes up once too often.
        let mut above: Vec<String> = module.to_vec();
        let mut depth = path.depth;
        let mut names = path.names.iter().peekable();
        match names.peek()?.as_str() {
            "crate" | "stepwell" => {
                above.clear();
                names.next();
            }
            "self" => {
                names.next();
            }
            _ => {}
        }
        while names.next_if(|name| *name == "super").is_some() {
            if depth > 0 {
                depth -= 1;
            } else {
                above.pop()?;
            }
        }
        above.extend(names.cloned());
        Some(above)
    }

    /// The file that defines what `names` from `module` on stand for.
    fn defining(&self, module: &[String], names: &[String], hops: usize) -> impl Iterator<Item = &str> {
        self.definition(module, names, hops).into_iter()
    }

    fn definition(&self, module: &[String], names: &[String], hops: usize) -> Option<&str> {
        const MOST_HOPS: usize = 16;
        let here = self.modules.get(module)?;
        let Some((first, rest)) = names.split_first() else { return Some(&here.file) };
        let inside: Vec<String> = module.iter().chain([first]).cloned().collect();
        if self.modules.contains_key(&inside) {
            return self.definition(&inside, rest, hops);
        }
        if let Some(import) = here.source.imports.get(first).filter(|_| hops < MOST_HOPS) {
            let mut whole = self.absolute(module, import)?;
            whole.extend(rest.iter().cloned());
            return self.definition(&[], &whole, hops + 1);
        }
        Some(&here.file)
    }
}

/// The names of a file's module: none for `lib.rs`, `plan` for `plan/mod.rs` and `plan.rs`.
fn module_names(file: &str) -> Vec<String> {
    let names = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if names == "lib" { Vec::new() } else { names.split('/').map(str::to_owned).collect() }
}

/// The part that a file belongs to: `plan` for `plan/forecast.rs`, `disk` for `disk.rs`.
pub(crate) fn part_of(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or(file);
    first.trim_end_matches(".rs")
}

/// The groups of at least two that import each other around, each sorted.
pub(crate) fn circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|from| {
            let mut found = BTreeSet::new();
            let mut next = vec![*from];
            while let Some(file) = next.pop() {
                for of in imports.get(file).into_iter().flatten() {
                    if found.insert(*of) {
                        next.push(of);
                    }
                }
            }
            (*from, found)
        })
        .collect();
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (file, around) in &reached {
        if !around.contains(file) || circles.iter().any(|circle| circle.contains(file)) {
            continue;
        }
        let circle = around.iter().filter(|of| reached.get(*of).is_some_and(|back| back.contains(file)));
        circles.push(circle.copied().collect());
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(files: &[(&str, &str)]) -> House {
        House::of(files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn a_name_is_followed_to_the_file_that_defines_it() {
        let house = house(&[
            ("lib.rs", "pub mod plan; pub mod disk;"),
            ("disk.rs", "use crate::plan::Work; use crate::plan;"),
            ("plan/mod.rs", "mod work; mod pace; pub use work::{Work, Pace as Speed}; pub struct Plan;"),
            ("plan/work.rs", "pub use super::pace::Pace; use super::Plan;"),
            (
                "plan/pace.rs",
                "use super::super::disk::Room; use super::Speed; mod a { use super::super::work; }",
            ),
        ]);
        let imports = house.imports_of_files();
        let of = |file: &str| imports[file].iter().copied().collect::<Vec<_>>();
        assert_eq!(of("disk.rs"), ["plan/mod.rs", "plan/work.rs"]);
        // What is only handed on is no import.
        assert!(of("plan/mod.rs").is_empty());
        assert_eq!(of("plan/work.rs"), ["plan/mod.rs"]);
        assert_eq!(of("plan/pace.rs"), ["disk.rs", "plan/work.rs"]);
        let parts: Vec<_> =
            house.imports_of_parts().into_iter().map(|import| (import.file, import.of)).collect();
        let expected = [("disk.rs", "plan"), ("plan/pace.rs", "disk")];
        assert_eq!(parts, expected.map(|(file, of)| (file.to_owned(), of.to_owned())));
    }

    #[test]
    fn circles_are_found_and_chains_are_none() {
        let imports = BTreeMap::from([
            ("a", BTreeSet::from(["b"])),
            ("b", BTreeSet::from(["c", "d"])),
            ("c", BTreeSet::from(["a"])),
            ("d", BTreeSet::from(["e"])),
            ("e", BTreeSet::new()),
        ]);
        assert_eq!(circles(&imports), [BTreeSet::from(["a", "b", "c"])]);
    }
}
