//! The coding that Blosc has of its own: literals, and copies of what came before.

/// Copies from farther than this are written with another two bytes.
const NEAR: usize = 8191;

/// Unpacks into exactly `out`; `None` where the bytes are no such coding, or of another length.
pub(super) fn unpack(mut packed: &[u8], out: &mut [u8]) -> Option<()> {
    let mut at = 0;
    // The first can be no copy, whose bits mean something else there.
    let mut control = usize::from(next(&mut packed)? & 31);
    loop {
        if control < 32 {
            let count = control + 1;
            out.get_mut(at..at + count)?.copy_from_slice(packed.split_off(..count)?);
            at += count;
        } else {
            let mut count = (control >> 5) + 2;
            if count == 9 {
                loop {
                    let more = next(&mut packed)?;
                    count += usize::from(more);
                    if more != 255 {
                        break;
                    }
                }
            }
            let high = control & 31;
            let low = usize::from(next(&mut packed)?);
            let distance = if high == 31 && low == 255 {
                let far = [next(&mut packed)?, next(&mut packed)?];
                NEAR + usize::from(u16::from_be_bytes(far)) + 1
            } else {
                (high << 8) + low + 1
            };
            copy(out, at, distance, count)?;
            at += count;
        }
        match next(&mut packed) {
            Some(next) => control = usize::from(next),
            None => return (at == out.len()).then_some(()),
        }
    }
}

fn next(packed: &mut &[u8]) -> Option<u8> {
    packed.split_off_first().copied()
}

/// Copies what lies `distance` before; where it reaches into what is being written, that is repeated.
fn copy(out: &mut [u8], at: usize, distance: usize, count: usize) -> Option<()> {
    let from = at.checked_sub(distance)?;
    let end = at.checked_add(count).filter(|end| *end <= out.len())?;
    let mut done = at;
    while done < end {
        // What there is doubles with each round.
        let piece = (done - from).min(end - done);
        out.copy_within(from..from + piece, done);
        done += piece;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_copies() {
        let cases: [(&[u8], Option<&[u8]>); 7] = [
            (&[2, b'a', b'b', b'c'], Some(b"abc")),
            // Three bytes from two before, which overlap.
            (&[1, b'a', b'b', 1 << 5, 1], Some(b"ababa")),
            // A run of 9 + 4.
            (&[0, b'a', 7 << 5, 4, 0], Some(b"aaaaaaaaaaaaaa")),
            // From before the beginning.
            (&[0, b'a', 1 << 5, 1], None),
            // Cut off in a copy, in literals, before anything.
            (&[0, b'a', 1 << 5], None),
            (&[2, b'a'], None),
            (&[], None),
        ];
        for (packed, expected) in cases {
            let mut out = vec![0; expected.map_or(14, <[u8]>::len)];
            assert_eq!(unpack(packed, &mut out).map(|()| &out[..]), expected, "{packed:?}");
            out.push(0);
            assert_eq!(unpack(packed, &mut out), None, "another length: {packed:?}");
        }
    }
}
