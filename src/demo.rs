//! Writes a demo plate: images that look like cells, in the layout of an ImageXpress export, for the
//! window's first start, for tests and for trying sizes of plates that one does not have.
//!
//! A plate is a function of its [`DemoSpec`]: the same numbers give the same bytes, on any number
//! of threads. A file `demo.ron` in the folder says what it was made of, so that a plate that is
//! there already is not written again, and that only earlier demo plates are ever replaced.

mod field;
mod files;
mod marker;
mod random;
mod spec;
mod stamps;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cancel::Cancel;
use crate::disk::{self, Destination};
use crate::file_threads::FileThreads;
use crate::image::{Description, ImageRef, PixelType, write_tiff};
use crate::plate::{PlateLayout, plate_destination};
use field::Painter;
use marker::{GENERATOR, Marker};
pub use spec::{DemoError, DemoSpec};

/// Returns the demo plate in the folder, and writes it first where it is not there, is incomplete
/// or is another one.
pub fn ensure(
    spec: impl Into<DemoSpec>,
    folder: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    let spec = spec.into();
    let wanted = Marker { generator: GENERATOR, is_complete: true, spec };
    if Marker::read(folder).is_some_and(|found| found == wanted) {
        return absolute(folder);
    }
    write(spec, folder, cancel, progress)
}

/// Writes a demo plate into the folder, which is made if it is not there. `progress` is told the
/// number of images written, of how many. Returns the absolute path of the folder, which is the
/// plate. An earlier demo plate is replaced; any other content is refused, and so is a place in another plate.
pub fn write(
    spec: impl Into<DemoSpec>,
    folder: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<PathBuf, DemoError> {
    let spec = spec.into();
    spec.layout.check()?;
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| DemoError::Io { path, source }
    };
    let place = plate_destination(folder)?;
    place.make_folder().map_err(at(folder))?;
    let earlier = Marker::read(place.path());
    // Before an earlier plate is removed, of which the room counts.
    let freed = earlier.as_ref().map_or(0, |earlier| earlier.spec.bytes_on_disk());
    disk::check_room(folder, spec.bytes_on_disk().saturating_sub(freed))
        .map_err(|source| DemoError::NoRoom { path: folder.to_owned(), source })?;
    match earlier {
        // Its marker says what it should hold, and each file says whether it is that: nothing else is ever removed or
        // replaced.
        Some(earlier) => {
            files::check(&earlier.spec, &place, cancel)?;
            files::check(&spec, &place, cancel)?;
            if earlier.spec != spec || earlier.generator != GENERATOR {
                files::remove(&earlier.spec, &place, cancel)?;
            }
        }
        None => {
            let mut entries = fs::read_dir(folder).map_err(at(folder))?;
            if entries.next().is_some() {
                return Err(DemoError::Occupied { path: folder.to_owned() });
            }
        }
    }
    Marker { generator: GENERATOR, is_complete: false, spec }.write(&place)?;
    files::write_folders(&spec, &place)?;
    write_images(&spec, &place, &FileThreads::new("demo image"), cancel, progress)?;
    Marker { generator: GENERATOR, is_complete: true, spec }.write(&place)?;
    absolute(folder)
}

fn write_images(
    spec: &DemoSpec,
    folder: &Destination,
    threads: &FileThreads,
    cancel: &Cancel,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), DemoError> {
    let of = spec.layout.image_count();
    let done = AtomicU64::new(0);
    progress(0, of);
    let painter = Painter::new(spec);
    let format = spec.layout.format();
    let naming = spec.layout.naming();
    let count = usize::try_from(of).unwrap_or(usize::MAX);
    threads.try_map(
        count,
        || (vec![0_u16; format.sample_count()], Vec::new()),
        |(canvas, pixels), index| -> Result<(), DemoError> {
            cancel.check()?;
            let image = spec.layout.indices(index as u64);
            painter.paint(image, canvas);
            let drawn = ImageRef { format, bytes: as_pixels(canvas, format.pixel, pixels) };
            let file = folder.join(naming.path(spec.layout.key(image)));
            let text = files::description(&spec.layout, image);
            let description = Description { text: &text, pixel_size_um: Some([PlateLayout::PIXEL_UM; 2]) };
            write_tiff(&file, drawn, spec.compression_of(image.well), Some(description))?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, of);
            Ok(())
        },
    )?;
    Ok(())
}

/// The painted image in the pixels of its type: the full range of 16 bits becomes that of 8 bits, or
/// 0 to 1 in floats.
fn as_pixels<'a>(canvas: &'a [u16], pixel: PixelType, memory: &'a mut Vec<u8>) -> &'a [u8] {
    memory.clear();
    match pixel {
        PixelType::U8 => memory.extend(canvas.iter().map(|value| (value >> 8) as u8)),
        PixelType::F32 => {
            let values = canvas.iter().map(|value| f32::from(*value) / f32::from(u16::MAX));
            memory.extend(values.flat_map(f32::to_ne_bytes));
        }
        _ => return bytemuck::cast_slice(canvas),
    }
    memory
}

fn absolute(folder: &Path) -> Result<PathBuf, DemoError> {
    std::path::absolute(folder).map_err(|source| DemoError::Io { path: folder.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of each image of a plate that so many threads wrote.
    fn written(layout: PlateLayout, threads: usize) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let threads = FileThreads::of_count("demo image", threads);
        let spec = DemoSpec::from(layout);
        let place = plate_destination(folder.path()).unwrap();
        files::write_folders(&spec, &place).unwrap();
        write_images(&spec, &place, &threads, &Cancel::new(), &|_, _| ()).unwrap();
        let naming = layout.naming();
        let path = |index| folder.path().join(naming.path(layout.key(layout.indices(index))));
        (0..layout.image_count()).map(|index| fs::read(path(index)).unwrap()).collect()
    }

    #[test]
    fn any_number_of_threads_writes_the_same_bytes() {
        let layout = PlateLayout { sites: 2, width: 64, height: 48, ..PlateLayout::default() };
        let one = written(layout, 1);
        assert!(one == written(layout, 3), "three threads write other bytes than one");
        let twins = one.iter().filter(|image| one.iter().filter(|other| other == image).count() > 1);
        assert_eq!(twins.count(), 0, "an image is there twice");
    }
}
