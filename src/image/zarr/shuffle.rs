//! Samples whose bytes, or bits, were sorted by significance before they were compressed: back to samples.

/// From all first bytes, then all second ones and so on. What is no whole sample at the end is as it was.
pub(super) fn unshuffle_bytes(sorted: &[u8], sample_bytes: usize, out: &mut [u8]) {
    let count = sorted.len() / sample_bytes;
    let (planes, rest) = sorted.split_at(count * sample_bytes);
    let (samples, out_rest) = out.split_at_mut(planes.len());
    match sample_bytes {
        2 => interleave::<2>(planes, count, samples),
        4 => interleave::<4>(planes, count, samples),
        8 => interleave::<8>(planes, count, samples),
        _ => {
            for (index, sample) in samples.chunks_exact_mut(sample_bytes).enumerate() {
                for (byte, to) in sample.iter_mut().enumerate() {
                    *to = planes[byte * count + index];
                }
            }
        }
    }
    out_rest.copy_from_slice(rest);
}

fn interleave<const BYTES: usize>(planes: &[u8], count: usize, samples: &mut [u8]) {
    let planes: [&[u8]; BYTES] = std::array::from_fn(|byte| &planes[byte * count..][..count]);
    for (index, sample) in samples.as_chunks_mut::<BYTES>().0.iter_mut().enumerate() {
        *sample = std::array::from_fn(|byte| planes[byte][index]);
    }
}

/// From the lowest bits of all first bytes, then the second lowest and so on, eight to a byte.
///
/// Samples of which there is no multiple of eight were left as they were.
pub(super) fn unshuffle_bits(sorted: &[u8], sample_bytes: usize, out: &mut [u8]) {
    let count = sorted.len() / sample_bytes;
    if !count.is_multiple_of(8) {
        out.copy_from_slice(sorted);
        return;
    }
    let whole = count * sample_bytes;
    let row = count / 8;
    for byte in 0..sample_bytes {
        let rows = &sorted[byte * count..][..count];
        for (group, samples) in out[..whole].chunks_exact_mut(8 * sample_bytes).enumerate() {
            let bits = u64::from_le_bytes(std::array::from_fn(|bit| rows[bit * row + group]));
            let bytes = transposed(bits).to_le_bytes();
            for (sample, value) in samples.chunks_exact_mut(sample_bytes).zip(bytes) {
                sample[byte] = value;
            }
        }
    }
    out[whole..].copy_from_slice(&sorted[whole..]);
}

/// Eight bytes of eight bits each, with rows and columns exchanged.
fn transposed(mut bits: u64) -> u64 {
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa_u64), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (bits ^ (bits >> shift)) & mask;
        bits ^= swapped ^ (swapped << shift);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_bytes_are_sorted_back() {
        for sample_bytes in [1, 2, 3, 4, 8] {
            for extra in [0, 1] {
                let bytes: Vec<u8> = (0..16 * sample_bytes + extra).map(|at| (at * 37 % 251) as u8).collect();
                let count = bytes.len() / sample_bytes;
                let mut by_bytes = bytes.clone();
                let mut by_bits = bytes.clone();
                let is_sorted = count.is_multiple_of(8);
                if is_sorted {
                    by_bits[..count * sample_bytes].fill(0);
                }
                for sample in 0..count {
                    for byte in 0..sample_bytes {
                        let value = bytes[sample * sample_bytes + byte];
                        by_bytes[byte * count + sample] = value;
                        for bit in (0..8).filter(|_| is_sorted) {
                            let at = (byte * 8 + bit) * count / 8 + sample / 8;
                            by_bits[at] |= (value >> bit & 1) << (sample % 8);
                        }
                    }
                }
                let mut out = vec![0; bytes.len()];
                unshuffle_bytes(&by_bytes, sample_bytes, &mut out);
                assert_eq!(out, bytes);
                out.fill(0);
                unshuffle_bits(&by_bits, sample_bytes, &mut out);
                assert_eq!(out, bytes);
            }
        }
    }
}
