//! The grammar of Harmony file names: `r01c02f03p04-ch5sk6fk1fl1.tiff`, all numbers from 1.
//!
//! Deliberately absent: the names of the first Operetta (`001001-1-001001001.tif`), which do not say
//! which number is what; such plates are read by their index.

use crate::plate::WellId;
use crate::plate::folder::image_stem;

/// What a file name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HarmonyName {
    pub(super) well: WellId,
    pub(super) field: u32,
    pub(super) plane: u32,
    pub(super) channel: u32,
    /// Number in the time series, where the name has one.
    pub(super) sequence: Option<u32>,
    /// Whether field and plane are padded to three digits, which Harmony does only from 100 on.
    pub(super) is_padded: bool,
}

impl HarmonyName {
    /// Reads the file name at the end of a URL.
    pub(super) fn in_url(url: &str) -> Option<Self> {
        Self::parse(url.rsplit(['/', '\\']).next().unwrap_or_default())
    }

    /// Reads the name of a file, or `None` where it is no Harmony image name.
    pub(super) fn parse(file_name: &str) -> Option<Self> {
        let mut rest = image_stem(file_name)?;
        let (row, _) = token(&mut rest, "r")?;
        let (column, _) = token(&mut rest, "c")?;
        let (field, field_digits) = token(&mut rest, "f")?;
        let (plane, plane_digits) = token(&mut rest, "p")?;
        let (channel, _) = token(&mut rest, "-ch")?;
        let sequence = token(&mut rest, "sk").map(|(number, _)| number);
        // What these count is the same in all images of a measurement.
        let _ = token(&mut rest, "fk");
        let _ = token(&mut rest, "fl");
        if !rest.is_empty() {
            return None;
        }
        let well = WellId::at(row.checked_sub(1)?, column.checked_sub(1)?)?;
        let is_padded = field_digits == 3 && field < 100 && plane_digits == 3 && plane < 100;
        Some(Self { well, field, plane, channel, sequence, is_padded })
    }
}

/// A word and the number after it, with its digits, taken off the start of `rest`.
fn token(rest: &mut &str, word: &str) -> Option<(u32, usize)> {
    let start = rest.get(..word.len())?;
    if !start.eq_ignore_ascii_case(word) {
        return None;
    }
    let after = &rest[word.len()..];
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let number = after[..digits].parse().ok()?;
    *rest = &after[digits..];
    Some((number, digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_read_as_the_microscope_wrote_them() {
        let table = [
            ("r03c03f01p01-ch1sk1fk1fl1.tiff", Some(("C03", 1, 1, 1, Some(1), false))),
            ("R32C48F10P100-CH12SK103FK1FL1.TIF", Some(("AF48", 10, 100, 12, Some(103), false))),
            ("r01c01f001p001-ch1sk1fk1fl1.tif", Some(("A01", 1, 1, 1, Some(1), true))),
            ("r01c01f123p001-ch1sk1fk1fl1.tif", Some(("A01", 123, 1, 1, Some(1), false))),
            ("r01c01f01p01-ch1.tiff", Some(("A01", 1, 1, 1, None, false))),
            ("r00c01f01p01-ch1sk1fk1fl1.tiff", None),
            ("r33c01f01p01-ch1sk1fk1fl1.tiff", None),
            ("r01c01f01p01-ch1sk1fk1fl1_thumb.tiff", None),
            ("r01c01f01p01-ch1sk1fk1fl1.txt", None),
            ("r01c01f01p01-chsk1fk1fl1.tiff", None),
            ("r01c99999999999f01p01-ch1.tiff", None),
            ("._r01c01f01p01-ch1sk1fk1fl1.tiff", None),
            ("rßc", None),
        ];
        for (name, expected) in table {
            let found = HarmonyName::parse(name);
            let shown =
                found.map(|n| (n.well.to_string(), n.field, n.plane, n.channel, n.sequence, n.is_padded));
            let expected = expected.map(|(well, f, p, c, s, padded)| (well.to_owned(), f, p, c, s, padded));
            assert_eq!(shown, expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(name in "(r|c|f|p|-ch|sk|[0-9]{1,3}|\\PC){0,20}") {
            let _ = HarmonyName::parse(&name);
            let _ = HarmonyName::parse(&format!("{name}.tiff"));
        }

        #[test]
        fn written_names_read_back(
            row in 0_u32..32, column in 0_u32..48, field in 1_u32..2000, plane in 1_u32..2000,
            channel in 1_u32..100, sequence in 1_u32..5000,
        ) {
            let name = format!(
                "r{:02}c{:02}f{field:02}p{plane:02}-ch{channel}sk{sequence}fk1fl1.tiff", row + 1, column + 1
            );
            let well = WellId::at(row, column).expect("within 1536 wells");
            let expected =
                HarmonyName { well, field, plane, channel, sequence: Some(sequence), is_padded: false };
            prop_assert_eq!(HarmonyName::parse(&name), Some(expected));
        }
    }
}
