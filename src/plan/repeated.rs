//! Chunks that a plan unpacks more than once.

use std::collections::HashMap;

use super::Combinations;
use super::readings::{Chunks, chunks_of};

/// That chunks are unpacked more than once, because images in them are taken one after the other; `None` where none is.
pub(super) fn repeated(combinations: &Combinations) -> Option<String> {
    let mut times: HashMap<Chunks, (usize, u32)> = HashMap::new();
    // No chunk is of wells that are not processed together.
    for (at, combination) in combinations.alike().flat_map(|part| part.combinations).enumerate() {
        for chunks in combination.images.iter().filter_map(chunks_of) {
            let (last, count) = times.entry(chunks).or_insert((usize::MAX, 0));
            *count += u32::from(*last != at);
            *last = at;
        }
    }
    let most = times.values().map(|(_, count)| *count).max().filter(|most| *most > 1)?;
    let planes = times.keys().map(|(_, _, shared)| shared.planes).max()?;
    Some(format!(
        "The chunks of these arrays hold up to {planes} images, which are not all processed together here. Each \
         chunk is read and unpacked {most} times."
    ))
}
