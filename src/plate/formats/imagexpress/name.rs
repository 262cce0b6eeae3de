//! The grammar of ImageXpress file and folder names.
//!
//! A name is read from its end: extension, GUID (glued on in three forms), `_thumb`, the tokens
//! `_t _z _w _s` in any order (also in capitals where a well precedes), and then the well, so that a
//! plate name may hold anything, wells included. The GUID goes first because its digits continue the
//! number before it: in `…_s189A35A04-20E3-…` the site is 1. Deliberately absent: defaults for absent
//! tokens, which are the reader's affair.

use super::super::cellvoyager::is_image_name;
use super::super::named::is_named;
use crate::plate::WellId;
use crate::plate::folder::{image_stem, is_picture};
use crate::plate::name_parts::names_no_plane;
use crate::plate::nearest::is_foreign_image;

/// What the name of a TIFF says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImageXpressName<'a> {
    /// What stands before the well; the same for all images of a plate.
    pub(super) prefix: &'a str,
    pub(super) well: WellId,
    pub(super) site: Option<u32>,
    pub(super) channel: Option<u32>,
    pub(super) z: Option<u32>,
    pub(super) timepoint: Option<u32>,
    pub(super) is_thumbnail: bool,
    pub(super) has_guid: bool,
}

impl<'a> ImageXpressName<'a> {
    /// Reads the name of a file, or `None` where it is no ImageXpress image name.
    pub(super) fn parse(file_name: &'a str) -> Option<Self> {
        let stem = image_stem(file_name)?;
        let (mut rest, has_guid) = match before_guid(stem) {
            Some(rest) => (rest, true),
            None => (stem, false),
        };
        let mut tokens = Tokens::default();
        while let Some(before) = tokens.take(rest, b"swzt") {
            rest = before;
        }
        // A repeated token is not of this grammar, and reading on could take it for a well.
        if tokens.is_repeated {
            return None;
        }
        if tokens.is_empty() {
            // Capitals can be wells themselves (T10), so they are tokens only as far as a well
            // stands before them.
            let (mut further, mut before) = (tokens, rest);
            while let Some(next) = further.take(before, b"SWZT")
                && !further.is_repeated
            {
                before = next;
                if well(split_last(before).1).is_some() {
                    (tokens, rest) = (further, before);
                }
            }
        }
        let (prefix, well_name) = split_last(rest);
        let well = well(well_name)?;
        let Tokens { site, channel, z, timepoint, is_thumbnail, .. } = tokens;
        // Of the names that read so far, those with a GUID, or with a site or channel and no plane, are no other
        // format's; the others are few, as asking costs more than reading.
        let is_surely_ours = has_guid || (z.is_none() && (site.is_some() || channel.is_some()));
        if !is_surely_ours && (is_foreign_image(file_name) || is_image_name(file_name) || is_named(file_name))
        {
            return None;
        }
        Some(Self { prefix, well, site, channel, z, timepoint, is_thumbnail, has_guid })
    }

    /// Whether the name says more than a well, as names of microscope images do.
    pub(super) fn has_tokens(&self) -> bool {
        self.has_guid || self.site.is_some() || self.channel.is_some()
    }

    /// Whether the name is that of a shading, dark-field or mask image. Such names are known from
    /// the words in them; a GUID is proof that MetaXpress recorded the image as a plane.
    pub(super) fn is_no_plane(&self) -> bool {
        !self.has_guid && names_no_plane(self.prefix)
    }
}

/// What the end of a name says, after the well.
#[derive(Clone, Copy, Default)]
struct Tokens {
    site: Option<u32>,
    channel: Option<u32>,
    z: Option<u32>,
    timepoint: Option<u32>,
    is_thumbnail: bool,
    is_repeated: bool,
}

impl Tokens {
    /// Takes the last token, by the letters of site, channel, plane and timepoint. Gives what stands
    /// before it, or `None` where no token is the last.
    fn take<'a>(&mut self, rest: &'a str, letters: &[u8; 4]) -> Option<&'a str> {
        let (before, token) = rest.rsplit_once('_')?;
        if is_thumbnail_token(token) {
            self.is_thumbnail = true;
            return Some(before);
        }
        let first = token.as_bytes().first()?;
        let slots = [&mut self.site, &mut self.channel, &mut self.z, &mut self.timepoint];
        let (_, slot) = letters.iter().zip(slots).find(|(letter, _)| *letter == first)?;
        let value = number(&token[1..])?;
        self.is_repeated |= slot.replace(value).is_some();
        Some(before)
    }

    fn is_empty(&self) -> bool {
        [self.site, self.channel, self.z, self.timepoint].iter().all(Option::is_none)
    }
}

/// The part after the last `_`, and what stands before that.
fn split_last(name: &str) -> (&str, &str) {
    name.rsplit_once('_').unwrap_or(("", name))
}

/// What stands before `_thumb` (and a GUID) at the end of a thumbnail's name: the name of its plane.
pub(super) fn before_thumbnail(file_name: &str) -> Option<&str> {
    let (before, token) = name_without_guid(file_name)?.rsplit_once('_')?;
    is_thumbnail_token(token).then_some(before)
}

/// A name or path of a TIFF without GUID and extension.
pub(super) fn name_without_guid(path: &str) -> Option<&str> {
    let stem = image_stem(path)?;
    Some(before_guid(stem).unwrap_or(stem))
}

fn is_thumbnail_token(token: &str) -> bool {
    token.eq_ignore_ascii_case("thumb") || token.eq_ignore_ascii_case("thumbnail")
}

/// Whether a TIFF, by its name neither a plane nor a thumbnail nor a shading or mask image, is one
/// that the user may miss: a copy (`P_A01_s1_w1 (1).tif`), or a well that no plate has.
pub(super) fn is_unread(file_name: &str) -> bool {
    !is_picture(file_name)
        && ImageXpressName::parse(file_name).is_none()
        && image_stem(file_name)
            .is_some_and(|stem| !names_no_plane(stem) && !stem.to_ascii_lowercase().contains("thumb"))
}

/// The number of a `TimePoint_3` folder.
pub(super) fn timepoint_folder(name: &str) -> Option<u32> {
    numbered_folder(name, "timepoint")
}

/// The number of a `ZStep_3` folder; 0 is the ready-made projection.
pub(super) fn z_folder(name: &str) -> Option<u32> {
    numbered_folder(name, "zstep")
}

/// Whether a folder is named as MetaXpress names those of a timepoint or plane.
pub(super) fn is_part_folder(name: &str) -> bool {
    z_folder(name).is_some() || timepoint_folder(name).is_some()
}

/// Whether a folder is named by a day, as in `2023-02-21`.
pub(super) fn is_date_folder(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Whether a folder is named by a plate's number in the database.
pub(super) fn is_number_folder(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn numbered_folder(name: &str, word: &str) -> Option<u32> {
    let start = name.get(..word.len())?;
    if !start.eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = &name[word.len()..];
    number(rest.strip_prefix(['_', '-']).unwrap_or(rest))
}

fn number(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// One or two row letters and one or two digits.
fn well(name: &str) -> Option<WellId> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (row, column) = name.split_at(letters);
    if column.len() > 2 {
        return None;
    }
    WellId::from_row_letters(row, number(column)?)
}

/// What stands before a GUID at the end, where there is one: `w1<GUID>`, `w1_<GUID>`, `w1_[<GUID>]`.
fn before_guid(stem: &str) -> Option<&str> {
    const LEN: usize = 36;
    let inner = stem.strip_suffix(']').unwrap_or(stem);
    let start = inner.len().checked_sub(LEN)?;
    let guid = inner.get(start..)?;
    let is_guid = guid.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    if !is_guid {
        return None;
    }
    let before = inner.get(..start)?;
    let before = before.strip_suffix('[').unwrap_or(before);
    Some(before.strip_suffix('_').unwrap_or(before))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GUID: &str = "9A35A04C-20E3-47AD-A1F9-8065B2840EFD";

    /// Prefix, well, site, channel, z, timepoint, thumbnail, GUID.
    fn shown(name: &str) -> Option<String> {
        let n = ImageXpressName::parse(name)?;
        let token =
            |letter: char, value: Option<u32>| value.map_or(String::new(), |v| format!(" {letter}{v}"));
        Some(format!(
            "{}|{}{}{}{}{}{}{}",
            n.prefix,
            n.well,
            token('s', n.site),
            token('w', n.channel),
            token('z', n.z),
            token('t', n.timepoint),
            if n.is_thumbnail { " thumb" } else { "" },
            if n.has_guid { " guid" } else { "" },
        ))
    }

    #[test]
    fn names_read_as_the_microscope_wrote_them() {
        let table: &[(&str, Option<&str>)] = &[
            // GUIDs continue the number before them.
            (
                "Projection-Mix_E07_s189A35A04-20E3-47AD-A1F9-8065B2840EFD.tif",
                Some("Projection-Mix|E07 s1 guid"),
            ),
            (
                "Projection-Mix_E07_s1_w427CCB2E4-1BF4-45E7-8BC7-264B48EF9C4A.tif",
                Some("Projection-Mix|E07 s1 w4 guid"),
            ),
            ("P_E07_s1_w1b9A35A04-20e3-47ad-a1f9-8065b2840efd.tif", Some("P|E07 s1 w1 guid")),
            ("P_B02_s1_w1_9A35A04C-20E3-47AD-A1F9-8065B2840EFD.TIF", Some("P|B02 s1 w1 guid")),
            ("P_B02_s1_w1_[9A35A04C-20E3-47AD-A1F9-8065B2840EFD].tif", Some("P|B02 s1 w1 guid")),
            ("P_B02_s1_w1[9A35A04C-20E3-47AD-A1F9-8065B2840EFD].tif", Some("P|B02 s1 w1 guid")),
            ("P_B029A35A04C-20E3-47AD-A1F9-8065B2840EFD.tif", Some("P|B02 guid")),
            // Thumbnails.
            (
                "Projection-Mix_E07_s1_w1_thumb4BFD4018-E675-475E-B5AB-2E959E6B6DA1.tif",
                Some("Projection-Mix|E07 s1 w1 thumb guid"),
            ),
            ("P_A01_s1_w1_Thumb.tif", Some("P|A01 s1 w1 thumb")),
            // The last well token wins.
            ("EXP_B2_A01_s1_w1.tif", Some("EXP_B2|A01 s1 w1")),
            ("A01_A02_A03.tif", Some("A01_A02|A03")),
            ("P_s3_w2_A01_s1.tif", Some("P_s3_w2|A01 s1")),
            ("My plate v1.2_A1_s10_w11.TIFF", Some("My plate v1.2|A01 s10 w11")),
            // Lower case, rows past Z, no prefix, missing tokens, any order, padding.
            ("mcf-z-stacks-03212011_a01_s1_w1.tif", Some("mcf-z-stacks-03212011|A01 s1 w1")),
            ("P_AA01_s1_w1.tif", Some("P|AA01 s1 w1")),
            ("P_AF48_s1_w1.tif", Some("P|AF48 s1 w1")),
            ("P_AG01_s1_w1.tif", None),
            ("P_A49_s1_w1.tif", None),
            ("P_A00_s1_w1.tif", None),
            ("A01_s1_w1.tif", Some("|A01 s1 w1")),
            ("_A01.tif", Some("|A01")),
            ("9987_B02.TIF", Some("9987|B02")),
            ("P_A01_w2_s3.tif", Some("P|A01 s3 w2")),
            ("P_A01_t2_z3_w4_s5.tif", Some("P|A01 s5 w4 z3 t2")),
            ("P_A01_s001_w1_z003_t012.tif", Some("P|A01 s1 w1 z3 t12")),
            // Capitals are wells, unless a well precedes.
            ("P_T10_s1_w1.tif", Some("P|T10 s1 w1")),
            ("P_T10_S1_W1.tif", Some("P|T10 s1 w1")),
            ("EXP_B2_T10_s1_w1.tif", Some("EXP_B2|T10 s1 w1")),
            ("P_T10.tif", Some("P|T10")),
            ("P_A01_S1_W1.TIF", Some("P|A01 s1 w1")),
            ("P_B02_W2_S10.TIF", Some("P|B02 s10 w2")),
            ("A01_S1_W1_Z3_T12.TIF", Some("|A01 s1 w1 z3 t12")),
            ("P_A01_W1_THUMB.TIF", Some("P|A01 w1 thumb")),
            // Not images of this microscope.
            ("._P_A01_s1_w1.tif", None),
            ("P_A01_s1_w1.png", Some("P|A01 s1 w1")),
            ("P_A01_s1_w1.JPG", Some("P|A01 s1 w1")),
            ("P_A01_s1_w1.txt", None),
            ("P_A01_s1_w1.tif.bak", None),
            ("P_A01_s1_w1_mask.tif", None),
            ("P_A01_s1_w1_s2.tif", None),
            ("P_A01_s99999999999_w1.tif", None),
            ("P_01A.tif", None),
            ("SC_BP525-50_20x v2_M01_CH02.tif", None),
            ("DC_DCAM#2_CAM4.tif", None),
            ("CV_D08_T0001F002L01A01Z04C01.tif", None),
            ("B2--W00014--P00001--Z00000--T00000--Cy5.tif", None),
            ("r01c01f01p01-ch1sk1fk1fl1.tiff", None),
            ("Thumbs.db", None),
            (".tif", None),
            ("tif", None),
            ("", None),
            ("P_Ä1.tif", None),
        ];
        for (name, expected) in table {
            assert_eq!(shown(name).as_deref(), *expected, "{name}");
        }
    }

    #[test]
    fn calibration_images_are_no_planes() {
        let table = [
            ("SC_A01_s1_w1.tif", true),
            ("SC_plate_A01_s1_w1.tif", true),
            ("DC_cam_A01.tif", true),
            ("P_ILLUM_A01_s1_w1.tif", true),
            ("IllumDAPI_A01.tif", true),
            ("flatfield_A01_s1_w1.tif", true),
            ("my-mask_A01_s1.tif", true),
            ("Illumina_A01_s1_w1.tif", false),
            ("SCREEN_A01_s1_w1.tif", false),
            ("unmasked_A01_s1_w1.tif", false),
            ("P_A01_s1_w1.tif", false),
        ];
        for (name, expected) in table {
            assert_eq!(ImageXpressName::parse(name).map(|n| n.is_no_plane()), Some(expected), "{name}");
        }
        let recorded = format!("DC_1_A01_s1_w1{GUID}.tif");
        assert_eq!(ImageXpressName::parse(&recorded).map(|n| n.is_no_plane()), Some(false));
    }

    #[test]
    fn folder_names() {
        let table = [
            ("ZStep_10", Some(10), None),
            ("zstep-0", Some(0), None),
            ("ZStep3", Some(3), None),
            ("TimePoint_2", None, Some(2)),
            ("timepoint12", None, Some(12)),
            ("TimePoint_", None, None),
            ("ZStep_1b", None, None),
            ("my ZStep_1", None, None),
            ("ZStep_4294967296", None, None),
            ("ZStepß", None, None),
            ("ßßß", None, None),
        ];
        for (name, z, timepoint) in table {
            assert_eq!((z_folder(name), timepoint_folder(name)), (z, timepoint), "{name}");
        }
        assert!(is_date_folder("2023-02-21"));
        assert!(!is_date_folder("2023-02-2a") && !is_date_folder("20230221"));
        assert!(is_number_folder("1334") && !is_number_folder("") && !is_number_folder("1334b"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(name in "\\PC{0,60}", tail in "(_s|_w|_|\\[|\\]|[0-9A-Fa-f-]){0,50}") {
            let _ = ImageXpressName::parse(&name);
            let _ = ImageXpressName::parse(&format!("{name}{tail}.tif"));
            let _ = (timepoint_folder(&name), z_folder(&name), is_date_folder(&name));
        }

        #[test]
        fn written_names_read_back(
            prefix in "[A-Za-z0-9][A-Za-z0-9_ .-]{0,20}",
            row in 0_u32..32, column in 0_u32..48,
            site in proptest::option::of(0_u32..10_000),
            channel in proptest::option::of(0_u32..100),
            z in proptest::option::of(0_u32..1000),
            timepoint in proptest::option::of(0_u32..u32::MAX),
            thumb: bool, guid in 0_usize..4,
        ) {
            let well = WellId::at(row, column).expect("within 1536 wells");
            let token = |letter: char, v: Option<u32>| v.map_or(String::new(), |v| format!("_{letter}{v}"));
            let tokens = token('s', site) + &token('w', channel) + &token('z', z) + &token('t', timepoint);
            let thumbnail = if thumb { "_thumb" } else { "" };
            // Such a prefix makes the well a token, as in `A01_S1`.
            prop_assume!(super::well(split_last(&prefix).1).is_none());
            let tail = [String::new(), GUID.into(), format!("_{GUID}"), format!("_[{GUID}]")][guid].clone();
            let name = format!("{prefix}_{well}{tokens}{thumbnail}{tail}.tif");
            let expected = ImageXpressName {
                prefix: &prefix, well, site, channel, z, timepoint, is_thumbnail: thumb, has_guid: guid > 0,
            };
            prop_assert_eq!(ImageXpressName::parse(&name), Some(expected));
        }
    }
}
