//! Settings of two windows that are open at once: each writes what was changed in it, and leaves the rest as the other wrote it.

use std::collections::{BTreeMap, BTreeSet};

use super::remembered::{MOST_RECENT, Settings};

/// What is to be written by a window that had `base` before and has `own` now, where a file has `theirs`.
pub(super) fn merged(base: &Settings, own: &Settings, theirs: &Settings) -> Settings {
    // Each field is named, so that none is forgotten.
    let Settings {
        appearance,
        last_folder,
        recent,
        patterns_of_folders,
        patterns,
        budget,
        pretend_memory_bytes,
        threads,
        after_clear,
        intermediates,
        wells_at_once,
        read_ahead,
        compression,
        save_as,
        cache,
        run_folders,
        window,
        graphics,
        text_percent,
        numbers,
        results,
        picture_bytes,
        is_quiet,
        seen_hints,
    } = own;
    let mut recent = list(&base.recent, recent, &theirs.recent);
    recent.truncate(MOST_RECENT);
    Settings {
        appearance: one(&base.appearance, appearance, &theirs.appearance),
        last_folder: one(&base.last_folder, last_folder, &theirs.last_folder),
        recent,
        patterns_of_folders: map(&base.patterns_of_folders, patterns_of_folders, &theirs.patterns_of_folders),
        patterns: list(&base.patterns, patterns, &theirs.patterns),
        budget: one(&base.budget, budget, &theirs.budget),
        // It is kept by no file.
        pretend_memory_bytes: *pretend_memory_bytes,
        threads: one(&base.threads, threads, &theirs.threads),
        after_clear: one(&base.after_clear, after_clear, &theirs.after_clear),
        intermediates: one(&base.intermediates, intermediates, &theirs.intermediates),
        wells_at_once: one(&base.wells_at_once, wells_at_once, &theirs.wells_at_once),
        read_ahead: one(&base.read_ahead, read_ahead, &theirs.read_ahead),
        compression: one(&base.compression, compression, &theirs.compression),
        save_as: one(&base.save_as, save_as, &theirs.save_as),
        cache: one(&base.cache, cache, &theirs.cache),
        run_folders: list(&base.run_folders, run_folders, &theirs.run_folders),
        window: one(&base.window, window, &theirs.window),
        graphics: one(&base.graphics, graphics, &theirs.graphics),
        text_percent: one(&base.text_percent, text_percent, &theirs.text_percent),
        numbers: one(&base.numbers, numbers, &theirs.numbers),
        results: one(&base.results, results, &theirs.results),
        picture_bytes: one(&base.picture_bytes, picture_bytes, &theirs.picture_bytes),
        is_quiet: one(&base.is_quiet, is_quiet, &theirs.is_quiet),
        seen_hints: set(&base.seen_hints, seen_hints, &theirs.seen_hints),
    }
}

/// A value: this window's, where it was changed in it.
fn one<T: Clone + PartialEq>(base: &T, own: &T, theirs: &T) -> T {
    if own == base { theirs.clone() } else { own.clone() }
}

/// A list: in the order of whoever changed it last here, with what others added, and without what anybody took off.
fn list<T: Clone + PartialEq>(base: &[T], own: &[T], theirs: &[T]) -> Vec<T> {
    if own == base {
        return theirs.to_vec();
    }
    let is_left = |item: &&T| !base.contains(item) || theirs.contains(item);
    let is_new = |item: &&T| !base.contains(item) && !own.contains(item);
    own.iter().filter(is_left).chain(theirs.iter().filter(is_new)).cloned().collect()
}

fn set<T: Clone + Ord>(base: &BTreeSet<T>, own: &BTreeSet<T>, theirs: &BTreeSet<T>) -> BTreeSet<T> {
    let as_list = |set: &BTreeSet<T>| set.iter().cloned().collect::<Vec<T>>();
    list(&as_list(base), &as_list(own), &as_list(theirs)).into_iter().collect()
}

fn map<V: Clone + PartialEq>(
    base: &BTreeMap<std::path::PathBuf, V>,
    own: &BTreeMap<std::path::PathBuf, V>,
    theirs: &BTreeMap<std::path::PathBuf, V>,
) -> BTreeMap<std::path::PathBuf, V> {
    let keys: BTreeSet<_> = own.keys().chain(theirs.keys()).collect();
    let value = |key| one(&base.get(key), &own.get(key), &theirs.get(key));
    keys.into_iter().filter_map(|key| Some((key.clone(), value(key)?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::app::settings::Appearance;

    #[test]
    fn what_two_windows_changed_stays() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let base = Settings { recent: paths(&["a", "b"]), budget: "8GB".to_owned(), ..Settings::default() };
        let own = Settings { recent: paths(&["c", "a", "b"]), threads: Some(2), ..base.clone() };
        let mut theirs =
            Settings { recent: paths(&["d", "a"]), appearance: Appearance::Dark, ..base.clone() };
        theirs.budget = "4GB".to_owned();
        let both = merged(&base, &own, &theirs);
        // “b” was taken off in the other window.
        assert_eq!(both.recent, paths(&["c", "a", "d"]));
        assert_eq!((both.threads, both.appearance, both.budget.as_str()), (Some(2), Appearance::Dark, "4GB"));
        // Who changes the same has the last word; who changes nothing changes nothing.
        let own = Settings { budget: "1GB".to_owned(), ..base.clone() };
        assert_eq!(merged(&base, &own, &theirs).budget, "1GB");
        assert_eq!(merged(&base, &base, &theirs), theirs);
        let forgotten = Settings { recent: Vec::new(), ..base.clone() };
        assert_eq!(merged(&base, &forgotten, &theirs).recent, paths(&["d"]));
    }

    #[test]
    fn maps_are_merged_by_their_keys() {
        let of = |pairs: &[(&str, &str)]| -> BTreeMap<PathBuf, String> {
            pairs.iter().map(|(key, value)| (PathBuf::from(key), (*value).to_owned())).collect()
        };
        let base = of(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let own = of(&[("a", "2"), ("c", "1"), ("d", "1")]);
        let theirs = of(&[("a", "1"), ("b", "1"), ("e", "1")]);
        assert_eq!(map(&base, &own, &theirs), of(&[("a", "2"), ("d", "1"), ("e", "1")]));
    }
}
