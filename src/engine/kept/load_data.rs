//! `load_data.csv`: the images of a kept step as CellProfiler's LoadData module takes them.
//!
//! A row for each place of which an image was saved, with a pair of columns for each channel; a channel without an image there has
//! empty ones, so that nothing else stands in its place. Paths are those of this computer, as the module wants them.
//! Deliberately absent: what is measured in the images, which the tables of a run have.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use crate::disk::{Destination, PartFile};
use crate::plate::{Described, DescribedChannel, DescribedImage, LOAD_DATA_FILE, WellId};
use crate::sheet_text::quoted;

/// The table while it is written.
pub(super) struct LoadData<'a> {
    described: &'a Described<'a>,
    /// The folder of the step, as text.
    folder: String,
    out: BufWriter<PartFile>,
}

impl<'a> LoadData<'a> {
    /// Begins the table in the folder of a step.
    pub(super) fn begin(folder: &Destination, described: &'a Described<'a>) -> io::Result<Self> {
        let out = BufWriter::new(PartFile::begin(&folder.join(LOAD_DATA_FILE))?);
        // The path was looked at when the run began: it is text.
        let path = std::path::absolute(folder.path())?.to_string_lossy().into_owned();
        let mut table = Self { described, folder: path, out };
        let names = image_names(&described.channels);
        let images = names.iter().map(|name| format!("Image_FileName_{name},Image_PathName_{name},"));
        let metadata = ["Plate", "Well", "Row", "Column", "Site", "Z", "Timepoint"];
        let metadata = metadata.map(|name| format!("Metadata_{name}"));
        writeln!(table.out, "{}{}", images.collect::<String>(), metadata.join(","))?;
        Ok(table)
    }

    /// Adds the images of a well.
    pub(super) fn well(&mut self, well: WellId, images: &[DescribedImage<'_>]) -> io::Result<()> {
        let mut places: BTreeMap<[u32; 3], BTreeMap<u32, &str>> = BTreeMap::new();
        for image in images {
            let place = [image.key.timepoint, image.key.site, image.key.z].map(|value| value.unwrap_or(1));
            places.entry(place).or_default().insert(image.key.channel.unwrap_or(1), image.file);
        }
        let name = well.to_string();
        let (row, column) = name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(0));
        for ([timepoint, site, z], files) in places {
            for channel in &self.described.channels {
                match files.get(&channel.number) {
                    Some(file) => {
                        let (within, file) = file.rsplit_once('/').unwrap_or(("", file));
                        let folder = match within {
                            "" => self.folder.clone(),
                            within => format!("{}/{within}", self.folder),
                        };
                        write!(self.out, "{},{},", quoted(file), quoted(folder))?;
                    }
                    None => write!(self.out, ",,")?,
                }
            }
            let plate = quoted(self.described.name);
            writeln!(self.out, "{plate},{name},{row},{column},{site},{z},{timepoint}")?;
        }
        Ok(())
    }

    /// Ends the table, which then has its name.
    pub(super) fn finish(self) -> io::Result<()> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    }
}

/// What CellProfiler calls the images of the channels: letters and digits, each name once.
fn image_names(channels: &[DescribedChannel<'_>]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |channel: &DescribedChannel<'_>| {
        let own = channel.name.unwrap_or_default();
        let mut name: String = own.chars().filter(char::is_ascii_alphanumeric).collect();
        // It begins with a letter, and tells channels apart that differ in other signs.
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !taken.insert(name.to_ascii_lowercase()) {
            name = format!("w{}{name}", channel.number);
            taken.insert(name.to_ascii_lowercase());
        }
        name
    };
    channels.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_names_of_letters_and_digits_each_its_own() {
        let channels =
            [(1, Some("DAPI")), (2, Some("Texas Red")), (3, Some("dapi")), (4, Some("488")), (5, None)];
        let channels = channels.map(|(number, name)| DescribedChannel {
            number,
            name,
            colour: [0; 3],
            pixel_size: None,
        });
        assert_eq!(image_names(&channels), ["DAPI", "TexasRed", "w3dapi", "w4488", "w5"]);
    }
}
