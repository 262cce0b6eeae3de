//! Files with more pages than the plate takes of them.
//!
//! How many pages files have is looked up in few when a plate is opened; of the others it is told once they are
//! measured.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::listed::listed;
use super::read::Measured;
use crate::image::ImageSource;
use crate::plate::{Plate, ScanIssue, WellId};
use crate::quantity::count_text;

/// A sentence for each file of some wells of which a page follows the last that is taken.
pub(super) fn further_pages(measured: &Measured, plate: &Plate, wells: &BTreeSet<WellId>) -> Vec<ScanIssue> {
    if measured.with_more_pages == 0 {
        return Vec::new();
    }
    // The last page of each file, and whether another follows.
    let mut last: HashMap<_, (&ImageSource, bool)> = HashMap::new();
    let images = wells.iter().flat_map(|well| plate.images_of(*well).iter().zip(measured.of_well(*well)));
    for (image, header) in images {
        let more = header.is_ok_and(|header| header.more_pages);
        let (source, is_more) = last.entry(image.source.file_id()).or_insert((&image.source, more));
        if image.source.page() > source.page() {
            (*source, *is_more) = (&image.source, more);
        }
    }
    last.retain(|_, (_, more)| *more);
    if last.is_empty() {
        return Vec::new();
    }
    // Pages that follow may be of other wells, or projections.
    for image in plate.images.iter().chain(&plate.projections) {
        let file = image.source.file_id();
        if last.get(&file).is_some_and(|(source, _)| image.source.page() > source.page()) {
            last.remove(&file);
        }
    }
    let files: BTreeMap<String, u32> =
        last.into_values().map(|(source, _)| (source.relative(), source.page())).collect();
    let issue = |(path, page): (String, u32)| {
        let taken = match page {
            0 => "only its first page is used".to_owned(),
            page => format!("only its first {} pages are used", count_text(page as usize + 1)),
        };
        ScanIssue { path, why: format!("{taken}, and there are more, which were skipped") }
    };
    listed(files.into_iter().map(issue), "file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{FileNames, ImageFormat, ImageHeader, PixelType, SourceFolder};
    use crate::plate::{ImageKey, PlateImage, PlateLayout};

    #[test]
    fn a_file_is_told_that_has_more_pages_than_are_taken() {
        // Wells with the pages that are taken of their file, whether a page follows each, and what is said of it.
        type Row<'a> = (&'a [(&'a str, u32, bool)], &'a [&'a str]);
        let table: [Row<'_>; 5] = [
            (&[("a", 0, false), ("b", 0, false)], &[]),
            (&[("a", 0, true), ("a", 1, true), ("a", 2, false)], &[]),
            (&[("a", 0, true), ("b", 0, false)], &["sub/a.tif: only its first page is used"]),
            (
                &[("b", 0, true), ("b", 1, true), ("a", 0, true)],
                &["sub/a.tif: only its first page", "sub/b.tif: only its first 2 pages"],
            ),
            // The page that follows is of a well that was not measured.
            (&[("a", 0, true), ("unmeasured", 1, false)], &[]),
        ];
        let format = ImageFormat::grey(4, 4, PixelType::U8);
        for (rows, expected) in table {
            let (mut plate, _) = PlateLayout::default().plate();
            let folder = SourceFolder::new("/plate", "sub");
            let names = ["a.tif", "b.tif"].into_iter().collect::<FileNames>().shared();
            let mut headers = Vec::new();
            let (chosen, other) = (WellId { row: 0, column: 0 }, WellId { row: 1, column: 0 });
            plate.images = (1..)
                .zip(rows)
                .map(|(z, (name, page, more_pages))| {
                    let is_measured = *name != "unmeasured";
                    let key = ImageKey::new(if is_measured { chosen } else { other }, 1, 1, z, 1);
                    if is_measured {
                        let header = ImageHeader {
                            format,
                            scratch_bytes: 0,
                            stored_bytes: 16,
                            more_pages: *more_pages,
                            shared: None,
                        };
                        headers.push((key, Ok(header)));
                    }
                    let name = &names[usize::from(*name == "b")];
                    PlateImage::new(key, ImageSource::new(&folder, name.clone(), *page))
                })
                .collect();
            let issues = Measured::of(headers).issues(&plate, &[chosen].into());
            let said: Vec<String> =
                issues.iter().map(|issue| format!("{}: {}", issue.path, issue.why)).collect();
            assert_eq!(said.len(), expected.len(), "{said:?}");
            assert!(said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected)), "{said:?}");
        }
    }
}
