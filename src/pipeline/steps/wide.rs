//! Work for the wide vectors of the processor that it runs on.
//!
//! It is compiled once for each of few kinds of vectors, and the kind is chosen when the program runs. What is computed is the
//! same for all kinds: nothing is put together to one operation that is two in the source, and no sum is made in another
//! order. On x86 these are AVX2, which computers have had since 2013, and what all have: each further kind would be compiled
//! again for each type of pixel, for minutes. Only work that says so is compiled for AVX-512, too.

#[cfg(not(target_arch = "x86_64"))]
use fearless_simd::dispatch;
use fearless_simd::{Level, Simd};

/// Work that may be done in vectors of any kind. Only what is inlined into it is compiled for them, so whatever it calls
/// in its loops is to be `#[inline(always)]`.
pub(super) trait Wide {
    type Output;
    /// Whether its samples are of a type that images often have. Others are worked on with the vectors that all processors
    /// have, so that it is compiled once for them.
    #[cfg_attr(target_arch = "aarch64", allow(dead_code))] // which has one kind of vectors
    const IS_COMMON: bool = true;
    /// Whether vectors twice as wide are worth compiling it once more: where it does much to each pixel that it reads.
    #[cfg_attr(target_arch = "aarch64", allow(dead_code))] // which has one kind of vectors
    const IS_LONG: bool = false;

    /// To be `#[inline(always)]`, too.
    fn run<S: Simd>(self, vectors: S) -> Self::Output;
}

/// Does the work with the widest of these.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn wide<W: Wide>(work: W) -> W::Output {
    #[inline(always)]
    fn with<S: Simd, W: Wide>(vectors: S, work: W) -> W::Output {
        vectors.vectorize(
            #[inline(always)]
            || work.run(vectors),
        )
    }
    let level = level();
    // Only what is reached is compiled, so each constant has a condition of its own.
    if W::IS_LONG
        && let Some(avx512) = level.as_avx512()
    {
        return with(avx512, work);
    }
    if W::IS_COMMON
        && let Some(avx2) = level.as_avx2()
    {
        return with(avx2, work);
    }
    match level.as_sse2() {
        Some(sse2) => with(sse2, work),
        // It is a part of this architecture.
        None => unreachable!("a 64-bit processor without SSE2"),
    }
}

#[cfg(all(target_arch = "x86_64", not(test)))]
fn level() -> Level {
    Level::new()
}

/// As wide as a test allows.
#[cfg(all(target_arch = "x86_64", test))]
fn level() -> Level {
    let all = Level::new();
    let only = match ALLOWED.load(std::sync::atomic::Ordering::Relaxed) {
        1 => all.as_sse2().map(Simd::level),
        2 => all.as_avx2().map(Simd::level),
        _ => None,
    };
    only.unwrap_or(all)
}

/// Whose vectors a test allows: 1 for SSE2, 2 for AVX2, else all. It holds for all threads, as results do not depend on it.
#[cfg(all(target_arch = "x86_64", test))]
pub(super) static ALLOWED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Does the work with the widest vectors.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn wide<W: Wide>(work: W) -> W::Output {
    dispatch!(Level::new(), vectors => work.run(vectors))
}
