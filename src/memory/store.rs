//! The image store: the only owner of the pixels of a run, with an exact count of their bytes.

use std::sync::Arc;

use super::arena::{Arena, Counter, NoSlot, Slot};
use crate::image::{ImageFormat, ImageMut, ImageRef};
use crate::paging::{AfterClear, Intermediates, returns_early};
use crate::quantity::bytes_text;

/// The store of one run. Each combination has a [`Room`] in it.
#[derive(Debug)]
pub struct Store {
    after_clear: AfterClear,
    returns_early: bool,
    counter: Arc<Counter>,
    /// Memory that is kept for the next combination.
    kept: Option<Arena>,
}

/// Memory for the images of one combination.
#[derive(Debug)]
pub struct Room {
    arena: Arena,
}

/// Why the store cannot hold an image.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused the address space, or on Windows the memory of one image.
    #[error("the system refused {} of memory: {source}", bytes_text(*.bytes))]
    Refused {
        /// What was asked for.
        bytes: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// More was asked for than was reserved for the combination.
    #[error("the images need more memory than was planned: {} more", bytes_text(*.bytes))]
    NotReserved {
        /// What was asked for.
        bytes: u64,
    },
    /// Images of the combination before are still alive.
    #[error("memory was cleared while {images} images were in use")]
    InUse {
        /// How many images were still alive.
        images: usize,
    },
}

/// An image in the store. Dropping it releases its memory.
#[derive(Debug)]
pub struct StoredImage {
    format: ImageFormat,
    slot: Slot,
}

impl Store {
    /// An empty store with the run's two policies.
    pub fn new(after_clear: AfterClear, intermediates: Intermediates) -> Self {
        let returns_early = returns_early(after_clear, intermediates);
        Self { after_clear, returns_early, counter: Arc::default(), kept: None }
    }

    /// Makes room for images of these formats. It costs nothing until it is written to.
    pub fn begin(&mut self, images: impl IntoIterator<Item = ImageFormat>) -> Result<Room, StoreError> {
        let images: Vec<u64> = images.into_iter().map(ImageFormat::bytes).collect();
        let arena = match self.kept.take().filter(|arena| arena.fits(images.iter().copied())) {
            Some(arena) => arena,
            None => Arena::reserve(images.into_iter(), self.returns_early, Arc::clone(&self.counter))
                .map_err(|(bytes, source)| StoreError::Refused { bytes, source })?,
        };
        Ok(Room { arena })
    }

    /// Ends a combination: its memory goes back to the system, or is kept for the next one. All its
    /// images must be gone.
    pub fn clear(&mut self, room: Room) -> Result<(), StoreError> {
        let arena = room.arena.emptied().map_err(|images| StoreError::InUse { images })?;
        if self.after_clear == AfterClear::Keep {
            self.kept = Some(arena);
        }
        Ok(())
    }

    /// Pixel bytes held now.
    pub fn counted_bytes(&self) -> u64 {
        self.counter.now()
    }

    /// The most pixel bytes held since the last call.
    pub(crate) fn take_counted_peak(&self) -> u64 {
        self.counter.take_peak()
    }

    /// A reader of the count for another thread.
    pub fn count(&self) -> impl Fn() -> u64 + Send + use<> {
        let counter = Arc::clone(&self.counter);
        move || counter.now()
    }
}

impl Room {
    /// Memory for one image of the combination. Its content is arbitrary.
    pub fn allocate(&self, format: ImageFormat) -> Result<StoredImage, StoreError> {
        let bytes = format.bytes();
        let slot = self.arena.take(bytes).map_err(|no_slot| match no_slot {
            NoSlot::UsedUp => StoreError::NotReserved { bytes },
            NoSlot::Refused(source) => StoreError::Refused { bytes, source },
        })?;
        Ok(StoredImage { format, slot })
    }

    /// Announces that all images will be dropped and [`Store::clear`] follows, so that their memory
    /// is given back at once and not image by image.
    pub fn prepare_clear(&self) {
        self.arena.release_whole();
    }
}

impl StoredImage {
    /// Size and type.
    pub fn format(&self) -> ImageFormat {
        self.format
    }

    /// The pixels, to read.
    pub fn view(&self) -> ImageRef<'_> {
        ImageRef { format: self.format, bytes: self.slot.bytes() }
    }

    /// The pixels, to write all of for the first time: their memory is provided at once.
    pub(crate) fn fresh_mut(&mut self) -> ImageMut<'_> {
        self.slot.populate();
        self.view_mut()
    }

    /// The pixels, to write.
    pub fn view_mut(&mut self) -> ImageMut<'_> {
        ImageMut { format: self.format, bytes: self.slot.bytes_mut() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PixelType;

    /// One million bytes, as the study's images.
    fn megabyte() -> ImageFormat {
        ImageFormat::grey(1000, 500, PixelType::U16)
    }

    #[test]
    fn counts_exact_bytes_and_the_peak() {
        let mut store = Store::new(AfterClear::Return, Intermediates::Free);
        let room = store.begin([megabyte(); 3]).expect("room");
        let mut images: Vec<_> = (0..3).map(|_| room.allocate(megabyte()).expect("reserved")).collect();
        assert_eq!(store.counted_bytes(), 3_000_000);
        images.pop();
        assert_eq!(store.counted_bytes(), 2_000_000);
        assert!(matches!(room.allocate(megabyte()), Err(StoreError::NotReserved { bytes: 1_000_000 })));
        assert!(matches!(store.clear(room), Err(StoreError::InUse { images: 2 })));
        drop(images);
        assert_eq!(store.take_counted_peak(), 3_000_000);
        assert_eq!(store.take_counted_peak(), 0);
    }

    #[test]
    fn images_do_not_overlap() {
        let mut store = Store::new(AfterClear::Return, Intermediates::Free);
        let small = ImageFormat::grey(50, 50, PixelType::U8);
        let room = store.begin([small; 100]).expect("room");
        let mut images: Vec<_> = (0..100).map(|_| room.allocate(small).expect("reserved")).collect();
        for (value, image) in (0_u8..).zip(&mut images) {
            image.view_mut().bytes.fill(value);
        }
        for (value, image) in (0_u8..).zip(&images) {
            assert!(image.view().bytes.iter().all(|byte| *byte == value), "{value}");
            assert_eq!(image.view().bytes.as_ptr() as usize % 4096, 0);
        }
    }

    /// Windows promises memory image by image, so that a reservation may be larger than what there is.
    #[cfg(windows)]
    #[test]
    fn memory_that_the_system_does_not_have_is_refused_and_told() {
        let mut store = Store::new(AfterClear::Return, Intermediates::Free);
        let huge = ImageFormat::grey(1 << 18, 1 << 20, PixelType::F32);
        let room = store.begin([huge, megabyte()]).expect("address space");
        let refused = room.allocate(huge).expect_err("no computer that runs tests has 1.1 TB");
        assert!(matches!(&refused, StoreError::Refused { .. }), "{refused}");
        assert!(refused.to_string().starts_with("the system refused 1.10 TB of memory: "), "{refused}");
        assert_eq!(store.counted_bytes(), 0);
        room.allocate(megabyte()).expect("reserved").view_mut().bytes.fill(1);
    }

    #[test]
    fn more_images_than_the_system_allows_mappings() {
        let mut store = Store::new(AfterClear::Return, Intermediates::Free);
        let tiny = ImageFormat::grey(8, 8, PixelType::U8);
        let room = store.begin(vec![tiny; 70_000]).expect("room");
        let images: Vec<_> = (0..70_000).map(|_| room.allocate(tiny).expect("reserved")).collect();
        // Releasing every other one would split a mapping, were it unmapped.
        let kept: Vec<_> = images.into_iter().step_by(2).collect();
        assert_eq!(store.counted_bytes(), 35_000 * 64);
        drop(kept);
        store.clear(room).expect("empty");
    }
}
