//! The attributes of a Zarr group, as far as they are OME's.
//!
//! A part is read when it is asked for, so that what is odd in one (the colours of channels) costs none of the others.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fault::GroupFault;
use super::metadata::{Image, Multiscale, Omero, PlateRecord, Well};
use crate::disk;
use crate::limits;

/// What the attributes lie in; where there are both, the newer counts.
const VERSION_3: &str = "zarr.json";
const VERSION_2: &str = ".zattrs";

/// Whether a file says what a Zarr group or array is.
pub(super) fn is_metadata(name: &str) -> bool {
    matches!(name, "zarr.json" | ".zattrs" | ".zgroup" | ".zarray")
}

/// The text of a group's attributes.
pub(super) struct Attributes {
    file: &'static str,
    text: Vec<u8>,
}

/// The document of a group in version 3.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    node_type: Option<&'a RawValue>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

impl Document<'_> {
    fn is_array(&self) -> bool {
        self.node_type.is_some_and(|kind| kind.get() == "\"array\"")
    }
}

/// Where version 0.5 has what others have at the top.
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    ome: Option<&'a RawValue>,
}

/// What stands beside that in a result of Stepwell.
#[derive(Deserialize)]
struct Own<'a> {
    #[serde(borrow)]
    stepwell: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    plate: Option<&'a RawValue>,
    #[serde(borrow)]
    well: Option<&'a RawValue>,
    #[serde(borrow)]
    multiscales: Option<&'a RawValue>,
    #[serde(borrow)]
    omero: Option<&'a RawValue>,
}

/// What a group is by its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plate,
    Well,
    Image,
    /// No group at all.
    Array,
    /// Nothing of OME's.
    Other,
}

/// Reads the attributes of the group `within` a plate folder.
pub(super) fn attributes(root: &Path, within: &str) -> Result<Attributes, GroupFault> {
    let folder = disk::within(root, root.join(within))?;
    for file in [VERSION_3, VERSION_2] {
        match disk::read(&folder.join(file), limits::ZARR_GROUP_BYTES) {
            Ok(text) => return Ok(Attributes { file, text }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(GroupFault::Io { file, source }),
        }
    }
    Err(GroupFault::NotThere)
}

impl Attributes {
    /// The name of the file that they are in.
    pub(super) fn file(&self) -> &'static str {
        self.file
    }

    pub(super) fn kind(&self) -> Result<Kind, GroupFault> {
        if self.document()?.is_some_and(|document| document.is_array()) {
            return Ok(Kind::Array);
        }
        Ok(match self.parts()? {
            Parts { plate: Some(_), .. } => Kind::Plate,
            Parts { well: Some(_), .. } => Kind::Well,
            Parts { multiscales: Some(_), .. } => Kind::Image,
            _ => Kind::Other,
        })
    }

    /// What they say of a plate; `None` where that is nothing.
    pub(super) fn plate(&self) -> Result<Option<PlateRecord>, GroupFault> {
        self.part(self.parts()?.plate)
    }

    /// What they say of a well.
    pub(super) fn well(&self) -> Result<Well, GroupFault> {
        self.part(self.parts()?.well)?.ok_or(GroupFault::NoSuch("well"))
    }

    /// What they say of an image.
    pub(super) fn image(&self) -> Result<Image, GroupFault> {
        let parts = self.parts()?;
        let multiscales: Option<Vec<Multiscale>> = self.part(parts.multiscales)?;
        let mut multiscales = multiscales.unwrap_or_default().into_iter();
        let multiscale = multiscales.next().ok_or(GroupFault::NoSuch("image"))?;
        let omero: Result<Option<Omero>, _> = self.part(parts.omero);
        Ok(Image { multiscale, further: multiscales.len(), omero: omero.map(Option::unwrap_or_default) })
    }

    /// What they say beside OME, where a result of Stepwell says it.
    pub(super) fn own<T: for<'a> Deserialize<'a>>(&self) -> Option<T> {
        let document = self.document().ok()??;
        let own: Own<'_> = serde_json::from_str(document.attributes?.get()).ok()?;
        serde_json::from_str(own.stepwell?.get()).ok()
    }

    /// The document that the attributes are in; `None` where they are all of the file.
    fn document(&self) -> Result<Option<Document<'_>>, GroupFault> {
        let is_document = self.file == VERSION_3;
        let read = || serde_json::from_slice(&self.text).map_err(|error| self.damaged(error));
        is_document.then(read).transpose()
    }

    fn parts(&self) -> Result<Parts<'_>, GroupFault> {
        let text = match self.document()? {
            Some(document) => document.attributes.map_or("{}", RawValue::get).as_bytes(),
            None => &self.text,
        };
        let wrapped: Wrapped<'_> = serde_json::from_slice(text).map_err(|error| self.damaged(error))?;
        let text = wrapped.ome.map_or(text, |ome| ome.get().as_bytes());
        serde_json::from_slice(text).map_err(|error| self.damaged(error))
    }

    fn part<T: for<'a> Deserialize<'a>>(&self, part: Option<&RawValue>) -> Result<Option<T>, GroupFault> {
        part.map(|part| serde_json::from_str(part.get())).transpose().map_err(|error| self.damaged(error))
    }

    fn damaged(&self, source: serde_json::Error) -> GroupFault {
        GroupFault::Damaged { file: self.file, source }
    }
}
