//! One combination of a run with its images.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::image::{
    FileName, FileNames, ImageFormat, ImageSource, PlaneAxes, SharedChunk, SourceFiles, SourceFolder,
};
use crate::plate::{Acquired, Component, ImageKey, MissingImage, SitePosition, WellId, value_words};
use crate::quantity::plural;

/// One combination of a run: a well (or several that are processed together) and one value of each
/// sequential component (of none in bulk).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CombinationId {
    /// Its place in the run, from 0.
    pub index: usize,
    /// The well; the first, where several are processed together.
    pub well: WellId,
    /// The other wells that are processed together with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_wells: Vec<WellId>,
    /// The value of each sequential component; empty in bulk.
    pub values: BTreeMap<Component, u32>,
}

impl CombinationId {
    /// All its wells.
    pub fn wells(&self) -> impl Iterator<Item = WellId> {
        std::iter::once(self.well).chain(self.more_wells.iter().copied())
    }

    /// `A01`, `A01 and A02`, or `A01 and 3 more wells`.
    pub(crate) fn wells_text(&self) -> String {
        match self.more_wells.as_slice() {
            [other] => format!("{} and {other}", self.well),
            more => wells_text(self.well, more.len()),
        }
    }

    /// Its values in words, by the names of the plate's channels: `FITC`, `timepoint 1`; none in bulk.
    pub(crate) fn value_words(&self, channel_names: &BTreeMap<u32, String>) -> impl Iterator<Item = String> {
        self.values.iter().map(|(component, value)| value_words(channel_names, *component, *value))
    }

    /// `A01 · FITC · timepoint 1`, or `A01 · all at once`.
    pub(crate) fn words(&self, channel_names: &BTreeMap<u32, String>) -> String {
        let mut parts = vec![self.wells_text()];
        parts.extend(self.value_words(channel_names));
        if self.values.is_empty() {
            parts.push("all at once".to_owned());
        }
        parts.join(" · ")
    }
}

/// Wells that are processed together: `A01`, or `A01 and 3 more wells`.
pub(super) fn wells_text(first: WellId, more: usize) -> String {
    if more == 0 { first.to_string() } else { format!("{first} and {}", plural(more, "more well")) }
}

/// One image to preload.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedImage {
    /// Well, site, channel, z and timepoint of the image.
    pub key: ImageKey,
    /// Where its pixels are.
    pub source: ImageSource,
    /// Where it was recorded, where that is known.
    pub position: Option<SitePosition>,
    /// How it was recorded, where the record of its plate says it.
    pub acquired: Option<Box<Acquired>>,
    /// Its size and type, or why its file could not be read.
    pub format: Result<ImageFormat, String>,
    /// Memory that decoding it takes beside its pixels, at most.
    pub decode_scratch_bytes: u64,
    /// Bytes of its pixels in the file.
    pub stored_bytes: u64,
    /// Of a plane of an array, what it is unpacked with.
    pub shared: Option<SharedChunk>,
}

/// A well as a run begins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedWell {
    /// The well that the run begins.
    pub well: WellId,
    /// How many combinations have images of it.
    pub combinations: usize,
    /// The images that the well should have and does not; where they are very many, the first of them.
    pub missing: Vec<MissingImage>,
    /// How many more of them there are.
    #[serde(default)]
    pub further_missing: usize,
}

/// One combination with its images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CombinationPlan {
    /// What tells it from the other combinations of the run.
    pub id: CombinationId,
    /// The wells that begin with it; those before them are then done.
    pub begins: Vec<PlannedWell>,
    /// Its images, sorted by key.
    #[serde(with = "by_folder")]
    pub images: Vec<PlannedImage>,
    /// Images that belong to it and are missing, sorted; where they are very many at least one of each group that has
    /// an image, which is enough to withhold what is made of that.
    pub missing: Vec<ImageKey>,
}

/// Images as text: their folders once, so that they are shared again where they are read.
#[derive(Serialize, Deserialize)]
struct Listed {
    /// Plate folder, the path below it, and whether nothing is opened that leads out of the first.
    folders: Vec<(PathBuf, String, bool)>,
    images: Vec<ListedImage>,
}

#[derive(Serialize, Deserialize)]
struct ListedImage {
    key: ImageKey,
    /// Index of its folder.
    folder: usize,
    name: String,
    page: u32,
    /// Of a plane of an array, which of its axes are rows and columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    axes: Option<PlaneAxes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<SitePosition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acquired: Option<Box<Acquired>>,
    format: Result<ImageFormat, String>,
    decode_scratch_bytes: u64,
    stored_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shared: Option<SharedChunk>,
}

mod by_folder {
    use std::collections::HashMap;
    use std::path::PathBuf;
    use std::sync::Arc;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::{
        FileName, FileNames, ImageSource, Listed, ListedImage, PlaneAxes, PlannedImage, SourceFiles,
        SourceFolder,
    };

    pub(super) fn serialize<S: Serializer>(
        images: &[PlannedImage],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut listed = Listed { folders: Vec::new(), images: Vec::with_capacity(images.len()) };
        let mut places: HashMap<&SourceFolder, usize> = HashMap::new();
        for image in images {
            let PlannedImage {
                key,
                source,
                position,
                acquired,
                format,
                decode_scratch_bytes,
                stored_bytes,
                shared,
            } = image;
            let of = source.folder();
            let folder = *places.entry(of).or_insert_with(|| {
                listed.folders.push((of.root().to_owned(), of.within().to_owned(), of.is_closed()));
                listed.folders.len() - 1
            });
            listed.images.push(ListedImage {
                key: *key,
                folder,
                name: source.file_name().to_owned(),
                page: source.page(),
                axes: source.plane_axes(),
                position: *position,
                acquired: acquired.clone(),
                format: format.clone(),
                decode_scratch_bytes: *decode_scratch_bytes,
                stored_bytes: *stored_bytes,
                shared: *shared,
            });
        }
        listed.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<PlannedImage>, D::Error> {
        let Listed { folders, images } = Listed::deserialize(deserializer)?;
        let folder = |(root, within, is_closed): (PathBuf, String, bool)| match is_closed {
            true => SourceFolder::closed(root, &within),
            false => SourceFolder::new(root, &within),
        };
        let folders: Vec<Arc<SourceFolder>> = folders.into_iter().map(folder).collect();
        let names = images.iter().map(|image| &image.name).collect::<FileNames>().shared();
        // The files of each folder, with the axes of those that are arrays.
        let mut files: HashMap<(usize, Option<PlaneAxes>), Arc<SourceFiles>> = HashMap::new();
        let image = |(listed, name): (ListedImage, &FileName)| {
            let ListedImage {
                key,
                folder: folder_index,
                name: _,
                page,
                axes,
                position,
                acquired,
                format,
                decode_scratch_bytes,
                stored_bytes,
                shared,
            } = listed;
            let folder =
                folders.get(folder_index).ok_or_else(|| D::Error::custom("an image in no folder"))?;
            let files = files.entry((folder_index, axes));
            let files = files.or_insert_with(|| SourceFiles::new(folder, name, axes));
            let source = ImageSource::among(files, name, page);
            Ok(PlannedImage {
                key,
                source,
                position,
                acquired,
                format,
                decode_scratch_bytes,
                stored_bytes,
                shared,
            })
        };
        images.into_iter().zip(&names).map(image).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    #[test]
    fn sources_of_all_kinds_reach_a_worker() {
        let well = WellId { row: 0, column: 0 };
        let folder = SourceFolder::new("/plate", "A/1/0");
        let closed = SourceFolder::closed("/plate", "A/1/1");
        let axes = PlaneAxes { rows_from_last: 2, columns_from_last: 1, samples: None };
        let format = ImageFormat::grey(8, 8, PixelType::U16);
        let sources = [
            ImageSource::new(&folder, "0", 3),
            ImageSource::plane(&folder, "0", 3),
            ImageSource::plane_along(&closed, "0", 3, axes),
        ];
        let image = |(channel, source)| PlannedImage {
            key: ImageKey::new(well, 1, channel, 1, 1),
            source,
            position: None,
            acquired: None,
            format: Ok(format),
            decode_scratch_bytes: 7,
            stored_bytes: 9,
            shared: Some(SharedChunk { number: 5, planes: 2 }),
        };
        let combination = CombinationPlan {
            id: CombinationId { index: 0, well, more_wells: Vec::new(), values: BTreeMap::new() },
            begins: Vec::new(),
            images: (1..).zip(sources).map(image).collect(),
            missing: Vec::new(),
        };
        let text = serde_json::to_string(&combination).unwrap();
        assert_eq!(serde_json::from_str::<CombinationPlan>(&text).unwrap(), combination);
    }
}
