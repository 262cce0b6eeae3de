//! What is on disk: a plate, its images by key, and what is missing or odd.
//!
//! A plate is read from file names and index files only; no pixels and no image headers, so that a plate of 27,000
//! images opens at once. (ImageXpress keeps its metadata only in the images, so there the descriptions of a few are
//! read.) Sizes come later from the image module, for the wells that are used. Nothing here writes; what Stepwell's own
//! plates (demo plates, kept images) look like on disk is told beside the reader of that form. Deliberately absent:
//! filling gaps (a missing image is listed, never invented) and merging of acquisitions (the user chooses one).
//!
//! To add a microscope: one file in `formats/`.

mod acquired;
mod channels_said;
mod companion;
mod destination;
mod draft;
mod entries;
mod folder;
mod formats;
mod found;
mod geometry;
mod identity;
mod key;
mod known_folders;
mod layout;
mod measured;
mod metadata;
mod missing;
mod model;
mod name_parts;
mod nearest;
mod open;
mod parts;
mod reader;
mod spelled;
mod well;

pub use destination::{NONE_OPEN, destination, still_plates};

pub use acquired::{Acquired, Acquisitions};
pub use companion::Lack;
pub use companion::SaveAs;
pub(crate) use companion::{
    COMPANION_ENDING, Companion, Described, DescribedChannel, DescribedField, DescribedImage, DescribedPlate,
    DescribedWell, FieldKind, LOAD_DATA_FILE, LackOfWell, ZARR_ENDING, labels_metadata, lack_of_well,
    pointer_to, row_metadata, type_name, well_metadata,
};
pub(crate) use destination::{is_plate, plate_destination};
pub use folder::Opening;
pub use formats::imagexpress::Thumbs;
pub(crate) use formats::imagexpress::{Htd, ImageDescription, Naming, Property, Recording, safe_prefix};
pub use formats::pattern::{
    Counts, Doubled, ImageNames, NamePattern, Part, PatternError, Reading, ReadingFault, Suggestion,
    open_by_pattern, suggestions,
};
pub use geometry::{PixelSize, PixelSizes, SitePosition, SitePositions, WellPositions};
pub use identity::{Fingerprint, Likeness, PlateIdentity};
pub use key::{Component, ImageKey};
pub use known_folders::KnownFolders;
pub(crate) use layout::ImageIndices;
pub(crate) use layout::{COUNT_RANGES, CountRange, PIXEL_TYPES};
pub use layout::{LayoutError, PlateLayout};
pub(crate) use measured::header_readers;
pub use measured::{MeasureError, Measured, UsualFormats};
pub(crate) use metadata::text::decoded;
pub use metadata::well_layers::WellLayer;
pub(crate) use metadata::well_layers::layers_of_xml;
pub(crate) use missing::MissingOfWell;
pub use model::Plate;
pub(crate) use model::{channel_title, distinct, shown_colours, value_name, value_words};
pub use open::{Candidate, Opened, open, open_watched};
pub use parts::{Format, MissingImage, PlateImage, RecordedFile, ScanIssue, ShadingImages};
pub use reader::{NotAPlate, OpenError};
pub(crate) use spelled::{SpelledWells, WellTexts};
pub use well::{KNOWN_SHAPES, PlateShape, WellId, WellNameError};
pub(crate) use well::{MAX_SHAPE, row_letters};
