//! Where a page of a file belongs among the others.

/// What a page shows among those of its file; each number counts from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PagePlace {
    /// Of several images with planes, channels and timepoints of their own, as OME-XML may have: fields, mostly.
    pub image: u32,
    /// The plane of a stack.
    pub z: u32,
    /// The channel.
    pub channel: u32,
    /// The timepoint.
    pub timepoint: u32,
}
