//! From samples as a TIFF file packs them to the machine's types: byte order, bits, predictors, colours.

use half::f16;

use super::page::{Page, Prediction};

/// Samples of a known order of bytes in the order of the machine.
pub(crate) fn to_native_order(bytes: &mut [u8], sample_bytes: usize, big_endian: bool) {
    if sample_bytes > 1 && big_endian != cfg!(target_endian = "big") {
        match sample_bytes {
            2 => bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse),
            4 => bytes.chunks_exact_mut(4).for_each(<[u8]>::reverse),
            _ => bytes.chunks_exact_mut(8).for_each(<[u8]>::reverse),
        }
    }
}

/// Adds to each sample the one before it (of the same channel), in native order, modulo `mask` + 1.
pub(super) fn undo_horizontal(row: &mut [u8], sample_bytes: usize, samples: usize, mask: u64) {
    macro_rules! accumulate {
        ($type:ty, $bytes:literal) => {{
            #[allow(clippy::cast_possible_truncation)] // the mask is cut to the type on purpose
            let mask = mask as $type;
            let (row, _) = row.as_chunks_mut::<$bytes>();
            if samples == 1 {
                let mut sum: $type = 0;
                for sample in row {
                    sum = sum.wrapping_add(<$type>::from_ne_bytes(*sample)) & mask;
                    *sample = sum.to_ne_bytes();
                }
            } else {
                for at in samples..row.len() {
                    let before = <$type>::from_ne_bytes(row[at - samples]);
                    let sum = before.wrapping_add(<$type>::from_ne_bytes(row[at])) & mask;
                    row[at] = sum.to_ne_bytes();
                }
            }
        }};
    }
    match sample_bytes {
        1 => accumulate!(u8, 1),
        2 => accumulate!(u16, 2),
        4 => accumulate!(u32, 4),
        _ => accumulate!(u64, 8),
    }
}

/// One row of a chunk, as stored, to samples in the machine's type and byte order.
pub(super) fn row_to_samples(page: &Page, packed: &mut [u8], row: &mut [u8], shuffled: &mut Vec<u8>) {
    let sample_bytes = page.format.pixel.bytes();
    let samples = page.chunk_samples();
    let stored_bytes = usize::from(page.bits) / 8;
    if page.prediction == Prediction::Float {
        unshuffle_floats(packed, stored_bytes, samples, shuffled);
    }
    let is_half_float = sample_bytes == 4 && page.bits == 16;
    if is_half_float {
        if page.prediction != Prediction::Float {
            to_native_order(packed, 2, page.big_endian);
        }
        if page.prediction == Prediction::Horizontal {
            undo_horizontal(packed, 2, samples, u64::MAX);
        }
        for (half, wide) in packed.as_chunks::<2>().0.iter().zip(row.as_chunks_mut::<4>().0) {
            *wide = f16::from_ne_bytes(*half).to_f32().to_ne_bytes();
        }
        return;
    }
    if stored_bytes * 8 == usize::from(page.bits) && stored_bytes == sample_bytes {
        row.copy_from_slice(&packed[..row.len()]);
        if page.prediction != Prediction::Float {
            to_native_order(row, sample_bytes, page.big_endian);
        }
    } else {
        unpack_bits(packed, page.bits, row, sample_bytes);
    }
    if page.prediction == Prediction::Horizontal {
        let mask = if page.bits >= 64 { u64::MAX } else { (1 << page.bits) - 1 };
        undo_horizontal(row, sample_bytes, samples, mask);
    }
}

/// Samples of any number of bits, highest bit first, each row from a whole byte.
pub(super) fn unpack_bits(packed: &[u8], bits: u16, row: &mut [u8], sample_bytes: usize) {
    let mut held: u128 = 0;
    let mut held_bits: u16 = 0;
    let mut bytes = packed.iter();
    for sample in row.chunks_exact_mut(sample_bytes) {
        while held_bits < bits {
            held = held << 8 | u128::from(bytes.next().copied().unwrap_or(0));
            held_bits += 8;
        }
        held_bits -= bits;
        let value = held >> held_bits;
        held &= (1 << held_bits) - 1;
        #[allow(clippy::cast_possible_truncation)] // of at most 64 bits
        let value = (value as u64).to_le_bytes();
        sample.copy_from_slice(&value[..sample_bytes]);
        if cfg!(target_endian = "big") {
            sample.reverse();
        }
    }
}

/// Undoes the float predictor: bytes are differences, sorted by significance, highest first.
fn unshuffle_floats(packed: &mut [u8], sample_bytes: usize, samples: usize, shuffled: &mut Vec<u8>) {
    for at in samples..packed.len() {
        packed[at] = packed[at].wrapping_add(packed[at - samples]);
    }
    shuffled.clear();
    shuffled.extend_from_slice(packed);
    let count = packed.len() / sample_bytes;
    for (index, sample) in packed.chunks_exact_mut(sample_bytes).enumerate() {
        for (byte, to) in sample.iter_mut().enumerate() {
            *to = shuffled[byte * count + index];
        }
        if cfg!(target_endian = "little") {
            sample.reverse();
        }
    }
}

/// The colour conversion of JPEG files (JFIF: ITU-R BT.601, full range).
pub(super) fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the cast holds at 0 and 255
    let byte = |value: f32| (value + 0.5) as u8;
    [byte(y + 1.402 * cr), byte(y - 0.344_136 * cb - 0.714_136 * cr), byte(y + 1.772 * cb)]
}
