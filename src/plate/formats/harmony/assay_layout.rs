//! What Harmony was told of wells: `Assaylayout/*.xml`, beside the folder of the images.

use std::path::{Path, PathBuf};

use crate::cancel::Cancelled;
use crate::plate::draft::Draft;
use crate::plate::folder::{Disk, relative, stem_of};
use crate::plate::found::Found;
use crate::plate::metadata::well_layers;

/// Adds the layers of the assay layouts. One that cannot be read is told.
pub(super) fn add(disk: &mut Disk<'_>, draft: &mut Draft, found: &Found) -> Result<(), Cancelled> {
    for path in files(disk, &found.root)? {
        match well_layers::of_assay_layout_file(&path, disk.cancel())? {
            Ok(layers) => draft.plate.layers.extend(layers),
            Err(why) => {
                let why = format!("the assay layout cannot be read: {why}");
                draft.issue(relative(&found.root, &path), why);
            }
        }
    }
    Ok(())
}

fn files(disk: &mut Disk<'_>, root: &Path) -> Result<Vec<PathBuf>, Cancelled> {
    let mut files = Vec::new();
    let names: Vec<String> = disk.folder(root)?.folders.iter().map(|folder| folder.name.clone()).collect();
    for name in names.into_iter().filter(|name| name.eq_ignore_ascii_case("assaylayout")) {
        let folder = disk.folder(&root.join(name))?;
        let is_layout =
            |name: &&crate::image::FileName| stem_of(name, "xml").is_some() && !name.starts_with('.');
        files.extend(folder.files.iter().filter(is_layout).map(|name| folder.path.join(&**name)));
    }
    Ok(files)
}
