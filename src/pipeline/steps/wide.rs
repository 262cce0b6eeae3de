//! Work for the widest vectors of the processor that it runs on.
//!
//! It is compiled once for each kind of vector, and the kind is chosen when the program runs. What is computed is the
//! same for all kinds: nothing is put together to one operation that is two in the source, and no sum is made in another
//! order.

use fearless_simd::{Level, Simd, dispatch};

/// Work that may be done in vectors of any kind. Only what is inlined into it is compiled for them, so whatever it calls
/// in its loops is to be `#[inline(always)]`.
pub(super) trait Wide {
    type Output;

    /// To be `#[inline(always)]`, too.
    fn run<S: Simd>(self, vectors: S) -> Self::Output;
}

/// Does the work with the widest vectors.
#[inline]
pub(super) fn wide<W: Wide>(work: W) -> W::Output {
    dispatch!(Level::new(), vectors => work.run(vectors))
}
