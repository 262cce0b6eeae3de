//! The most that is taken from files that others may have made.
//!
//! A plate, a record, a pipeline or a label may come from anybody. What it holds is data: each number here bounds what
//! one file can make this program read, keep or show, and says why it is no smaller. What is beyond is told as damage
//! or as an issue of that file. Two limits stand elsewhere because they are types: the wells of a plate
//! (`plate::MAX_SHAPE`), and how many of something are listed on a screen, which stands beside each list.

// Pixels.

/// The largest image that is read: 2^31 bytes of pixels. A header that asks for more is taken for damage, so that a
/// broken file cannot ask for all of the memory. The largest camera of a screening microscope gives 32 MB, a
/// stitched well some hundreds.
pub(crate) const IMAGE_BYTES: u64 = 1 << 31;

/// The most memory that is taken to read one image for a thumbnail, the viewer, a report or a comparison of pixels. A
/// camera's image takes 32 MB; a stitched well of some hundreds is still shown. What is larger is processed by runs,
/// which forecast it.
pub(crate) const SHOWN_IMAGE_BYTES: u64 = 512_000_000;

/// The most directories of a TIFF that are gone through. A chain that goes round in a circle ends here; a file of so
/// many planes would have 100 timepoints of 1,000 planes.
pub(crate) const TIFF_DIRECTORIES: u32 = 100_000;

/// The most entries of a TIFF's directory that are read; real ones have some twenty.
pub(crate) const TIFF_ENTRIES: u64 = 1024;

/// The most bytes of an entry's values that are read as numbers: places of 100,000 strips and more.
pub(crate) const TIFF_VALUE_BYTES: u64 = 1 << 20;

/// The most smaller forms of an image that follow it in a TIFF; each has half the size of the one before.
pub(crate) const TIFF_REDUCED: u32 = 32;

/// The most bytes of a description that are read for what one image says; real ones have about 6,000.
pub(crate) const DESCRIPTION_BYTES: u64 = 256 * 1024;

/// The most bytes of a description that are read for what the pages are; OME-XML tells of each page.
pub(crate) const PAGES_DESCRIPTION_BYTES: u64 = 16 << 20;

/// The most bytes of the attributes of a Zarr group: that of a plate may hold a copy of those of all its groups and
/// arrays, some thousands for each.
pub(crate) const ZARR_GROUP_BYTES: u64 = 1 << 28;

/// The most fields of a plate of Zarr arrays: six wells have some 340,000 of a 100x objective.
pub(crate) const ZARR_FIELDS: usize = 500_000;

/// The most bytes of metadata of a Zarr array; real ones have some thousands.
pub(crate) const ZARR_METADATA_BYTES: u64 = 1 << 24;

/// The most axes of a Zarr array. NumPy has no more than 64.
pub(crate) const ZARR_AXES: usize = 64;

/// The most chunks of one plane of a Zarr array: each is a file, or a place in one.
pub(crate) const ZARR_CHUNKS: u64 = 1 << 20;

/// The largest index of a Zarr shard that is read: of four million chunks.
pub(crate) const ZARR_INDEX_BYTES: u64 = 1 << 26;

/// The most bytes of a Squid acquisition's parameters; real ones have some hundreds.
pub(crate) const SQUID_PARAMETERS_BYTES: u64 = 1 << 20;

/// The most rows of a table of where images were recorded: each image of the largest plate.
pub(crate) const TABLE_ROWS: usize = 4_000_000;

/// The most bytes of a plate's listings that are kept: of some two million files.
pub(crate) const LISTINGS_BYTES: u64 = 1 << 26;

/// The most bytes of a description in JSON of an ImageXpress HCS.ai or IN Carta measurement.
pub(crate) const JDCE_BYTES: u64 = 1 << 26;

// Numbers of images, as names and metadata have them. Beyond these a file is told and skipped.

/// The largest number of a channel. Channels are counted, or called by their wavelength, and cameras for the infrared
/// end at 1,700 nm.
pub(crate) const CHANNEL: u32 = 2_000;

/// The largest number of a site. A well of a plate of six has some 56,000 fields of a 100x objective.
pub(crate) const SITE: u32 = 100_000;

/// The largest number of a plane: a tenth of a micrometre apart, these are 10 mm, through which no objective focuses.
pub(crate) const PLANE: u32 = 100_000;

/// The largest number of a timepoint. Where it counts seconds, these are 115 days.
pub(crate) const TIMEPOINT: u32 = 10_000_000;

/// The most missing images of a plate that are listed, of those that only names speak for: of an aborted acquisition
/// millions can be missing, and no list of them helps anybody. The others are counted.
pub(crate) const MISSING_LISTED: usize = 100_000;

/// The most missing images that a run tells one by one: each is an event, and stands in its record and its log. The
/// others are counted.
pub(crate) const MISSING_TOLD: usize = 10_000;

/// The most images that are made of the pages of files of which only some were looked at: a plate of 1,536 wells with 9
/// sites, 4 channels and 90 planes has as many.
pub(crate) const IMAGES_OF_PAGES: usize = 5_000_000;

// Words.

/// The most characters of a name that is kept: of a plate, a channel, a microscope. Real ones have fewer than 60, and a
/// name is said again with every image that it is of.
pub(crate) const NAME_CHARS: usize = 200;

/// The most characters of one issue of a plate: more than any sentence that this program makes of names.
pub(crate) const ISSUE_CHARS: usize = 4_000;

// What says what a plate is.

/// The most characters of a pattern for the names of images; a long one of CellProfiler's has 200.
pub(crate) const PATTERN_CHARS: usize = 2_000;

/// The most memory that a pattern takes when it is made ready, so that what repeats a class a thousand times is
/// refused. One for eight groups takes some 50 kB.
pub(crate) const PATTERN_BYTES: usize = 1 << 20;

/// How deep under an opened folder images are looked for that a pattern tells.
pub(crate) const PATTERN_DEPTH: usize = 12;

/// The most folders that are looked through for images that a pattern tells: one for each well, timepoint and channel
/// of a large plate.
pub(crate) const PATTERN_FOLDERS: usize = 200_000;

/// The most bytes of an HTD that are read; real ones have some thousands.
pub(crate) const HTD_BYTES: u64 = 1 << 20;

/// The longest text of an element of an index or a record; longer ones are none that are wanted.
pub(crate) const INDEX_TEXT_BYTES: usize = 4096;

/// The most bytes of an OME document; one that tells of a million planes, each with its file and its position, has
/// some 300 MB.
pub(crate) const OME_BYTES: u64 = 1 << 30;

/// The most bytes of one piece of an OME document, as a tag or a text between two: annotations may be whole
/// descriptions of other programs.
pub(crate) const OME_PIECE_BYTES: usize = 1 << 25;

/// The most elements of interest in an OME document, images and fields counted fourfold as they take more memory: a
/// million planes have three or four million.
pub(crate) const OME_ENTRIES: usize = 10_000_000;

/// The most errors of a microscope's record that are looked at one by one: more than a plate of 1,536 wells has fields
/// whose focus was not found. The others are counted.
pub(crate) const RECORDED_ERRORS: usize = 100_000;

/// The most bytes of the settings of a measurement (a plate, channels, points): real ones have some tens of thousands.
pub(crate) const MEASUREMENT_SETTINGS_BYTES: u64 = 64 << 20;

/// The most bytes of a layout of what wells hold: one of 1,536 wells with a hundred columns has some 2 MB.
pub(crate) const LAYOUT_BYTES: u64 = 1 << 24;

/// The most cells of a layout: 1,536 wells of ten plates with a hundred columns.
pub(crate) const LAYOUT_CELLS: usize = 2_000_000;

/// The most columns of a layout that are taken; real ones have some ten.
pub(crate) const LAYOUT_COLUMNS: usize = 200;

// What users and this program write.

/// The most characters of a note on a run: three hundred words.
pub(crate) const NOTE_CHARS: usize = 2_000;

/// The longest text of a record, in bytes: the reason of a fault with what a panic said. Names and paths are shorter.
pub(crate) const RECORDED_TEXT_BYTES: usize = 64 * 1024;

/// The most threads of a run: more than any computer has processors for, and each takes memory.
pub(crate) const THREADS: usize = 1_024;

/// The most wells that are processed together: those of the largest plate.
pub(crate) const WELLS_AT_ONCE: usize = 1_536;

/// The largest whole number in a record, of bytes and of all that is counted: an exabyte, of which some can be added
/// up.
pub(crate) const RECORDED_NUMBER: u64 = 1 << 60;

/// The largest other number in a record: as many seconds are thirty million years.
pub(crate) const RECORDED_FLOAT: f64 = 1e15;

/// The most seconds that a run took whose time is remembered: nobody waits for a year.
pub(crate) const RUN_SECS: f64 = 365.0 * 86_400.0;

/// The most bytes of a label, a mark or a list of paces: names and notes of a few hundred words.
pub(crate) const SMALL_FILE_BYTES: u64 = 1 << 20;

/// The most bytes of settings or of a pipeline: of thousands of steps.
pub(crate) const SETTINGS_BYTES: u64 = 16 << 20;

/// The most bytes of the record of a watched program: of samples and moments at their most.
pub(crate) const WATCHED_BYTES: u64 = 1 << 28;

/// The most samples of a watched program that are kept: 50 a second over half an hour; beyond, neighbours fall together.
pub(crate) const WATCHED_SAMPLES: usize = 100_000;

/// The most moments of a watched program: one for each step of each well of a large plate.
pub(crate) const WATCHED_MOMENTS: usize = 100_000;

/// The most characters of a line that a moment keeps.
pub(crate) const WATCHED_LINE_CHARS: usize = 500;

/// The most words of a command line that are kept: a shell may have put the names of all images into one.
pub(crate) const WATCHED_WORDS: usize = 1_000;

/// The most sentences on an imported file: each form has two at most.
pub(crate) const WATCHED_NOTES: usize = 10;

/// The most rules for the lines of a program.
pub(crate) const WATCHED_RULES: usize = 500;

/// The most bytes of a memory log of another program: of the page of a flame graph, or of a log of a million lines.
pub(crate) const IMPORTED_BYTES: u64 = 1 << 28;

/// The most rows of a table of memory over time: one a second for 46 days.
pub(crate) const IMPORTED_ROWS: usize = 4_000_000;

/// The most files of a watched program's results that are read, to know what they hold.
pub(crate) const WATCHED_OUTPUTS: usize = 100_000;

/// The most bytes of a table of results: of 40 million nuclei.
pub(crate) const TABLE_BYTES: u64 = 1 << 32;

/// The most bytes of a record: one with a million outputs has some 300 MB.
pub(crate) const RECORD_BYTES: u64 = 1 << 30;
