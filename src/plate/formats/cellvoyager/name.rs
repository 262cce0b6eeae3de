//! The grammar of CellVoyager file names, all numbers from 1.
//!
//! The larger microscopes (CV7000, CV8000, CQ3K) name the well: `Plate_B03_T0001F002L01A03Z04C05.tif`, where L is the
//! timeline, A the action in it and C the channel. On a plate of 1536 wells that is `B03.a1`: the well of a
//! 96-well plate, and the row (a to d) and column (1 to 4) of the sixteen wells that lie there. The smaller ones (CQ1,
//! CV1000) count the wells along the rows: `W262F0001T0001Z000C2.tif`, with Z 0 for a projection. Deliberately absent: the
//! row and column of a counted well, which only the columns of the plate tell.

use crate::plate::WellId;
use crate::plate::folder::image_stem;

/// What a file name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VoyagerName<'a> {
    /// What stands before the well; the same for all images of a plate.
    pub(super) prefix: &'a str,
    pub(super) well: NamedWell,
    pub(super) field: u32,
    pub(super) timepoint: u32,
    pub(super) plane: u32,
    pub(super) channel: u32,
    /// Timeline and action, where the name has them.
    pub(super) timeline: Option<u32>,
    pub(super) action: Option<u32>,
}

/// The well of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedWell {
    At(WellId),
    /// Counted from 1 along the rows.
    Nth(u32),
}

impl<'a> VoyagerName<'a> {
    /// Reads the name of a file, or `None` where it is no image name of these microscopes.
    pub(super) fn parse(file_name: &'a str) -> Option<Self> {
        let stem = image_stem(file_name)?;
        Self::of_named_well(stem).or_else(|| Self::of_counted_well(stem))
    }

    /// Reads the file name at the end of a path that a record names.
    pub(super) fn in_path(path: &'a str) -> Option<Self> {
        Self::parse(path.rsplit(['/', '\\']).next().unwrap_or_default())
    }

    fn of_named_well(stem: &'a str) -> Option<Self> {
        let (before, tail) = stem.rsplit_once('_')?;
        let mut rest = tail;
        let [timepoint, field, timeline, action, plane, channel] = tokens(&mut rest, *b"TFLAZC")?;
        if !rest.is_empty() {
            return None;
        }
        let (prefix, well) = before.rsplit_once('_').unwrap_or(("", before));
        Some(Self {
            prefix,
            well: NamedWell::At(well_of(well)?),
            field,
            timepoint,
            plane,
            channel,
            timeline: Some(timeline),
            action: Some(action),
        })
    }

    fn of_counted_well(stem: &'a str) -> Option<Self> {
        // Any letter W may be the one: numbers and letters follow it in one way only.
        let at = stem.rfind('W')?;
        let (prefix, mut rest) = stem.split_at(at);
        let [well, field, timepoint, plane, channel] = tokens(&mut rest, *b"WFTZC")?;
        let is_apart = prefix.chars().next_back().is_none_or(|last| !last.is_alphanumeric());
        if !rest.is_empty() || !is_apart || well == 0 {
            return None;
        }
        let (timeline, action) = (None, None);
        Some(Self { prefix, well: NamedWell::Nth(well), field, timepoint, plane, channel, timeline, action })
    }
}

/// Whether a name is that of an image of these microscopes, so that no other reader may take it for its own.
pub(in crate::plate) fn is_image_name(file_name: &str) -> bool {
    VoyagerName::parse(file_name).is_some()
}

/// What of a name, without what says the kind of image, identifies the image among those of its plate: the part from
/// the well on, with the `_` before it.
pub(super) fn end_from_well(file_name: &str) -> Option<&str> {
    let name = VoyagerName::in_path(file_name)?;
    let own = file_name.rsplit(['/', '\\']).next()?;
    image_stem(own)?.get(name.prefix.len()..)
}

/// `B03`, or on a plate of 1536 wells `B03.a1`.
fn well_of(text: &str) -> Option<WellId> {
    let Some((of_96, within)) = text.split_once('.') else { return text.parse().ok() };
    let whole: WellId = of_96.parse().ok()?;
    let [row, column] = <[u8; 2]>::try_from(within.as_bytes()).ok()?;
    let (row, column) = (row.to_ascii_lowercase().checked_sub(b'a')?, column.checked_sub(b'1')?);
    if row > 3 || column > 3 {
        return None;
    }
    WellId::at(u32::from(whole.row) * 4 + u32::from(row), u32::from(whole.column) * 4 + u32::from(column))
}

/// Letters with a number after each, taken off the start of `rest`.
fn tokens<const N: usize>(rest: &mut &str, letters: [u8; N]) -> Option<[u32; N]> {
    let mut numbers = [0; N];
    for (letter, number) in letters.into_iter().zip(&mut numbers) {
        rest.as_bytes().first().filter(|first| first.eq_ignore_ascii_case(&letter))?;
        let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
        *number = rest[1..=digits].parse().ok()?;
        *rest = &rest[digits + 1..];
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Prefix, well, field, timepoint, plane, channel, timeline and action, as they are shown here.
    fn shown(name: &str) -> Option<String> {
        let VoyagerName { prefix, well, field, timepoint, plane, channel, timeline, action } =
            VoyagerName::parse(name)?;
        let well = match well {
            NamedWell::At(well) => well.to_string(),
            NamedWell::Nth(number) => format!("#{number}"),
        };
        let [timeline, action] = [timeline, action].map(|n| n.map_or("-".to_owned(), |n| n.to_string()));
        Some(format!("{prefix}|{well} s{field} t{timepoint} z{plane} c{channel} L{timeline} A{action}"))
    }

    #[test]
    fn names_read_as_the_microscope_wrote_them() {
        let table = [
            ("P_B03_T0001F002L03A04Z05C06.tif", Some("P|B03 s2 t1 z5 c6 L3 A4")),
            ("P_B03_T0001F002L03A04Z05C06.PNG", Some("P|B03 s2 t1 z5 c6 L3 A4")),
            (
                "AssayPlate_Greiner_#655090_B02_T0012F1004L01A01Z101C10.tiff",
                Some("AssayPlate_Greiner_#655090|B02 s1004 t12 z101 c10 L1 A1"),
            ),
            // A plate that is called as wells are.
            ("2_A01_B02_C03_T0001F001L01A01Z01C01.tif", Some("2_A01_B02|C03 s1 t1 z1 c1 L1 A1")),
            ("A01_T0001F001L01A01Z01C01.tif", Some("|A01 s1 t1 z1 c1 L1 A1")),
            ("_A01_T0001F001L01A01Z01C01.tif", Some("|A01 s1 t1 z1 c1 L1 A1")),
            // 1536 wells: B03.a1 is row 5 and column 9 in the microscope's own record.
            ("P_B03.a1_T0001F001L01A01Z01C01.png", Some("P|E09 s1 t1 z1 c1 L1 A1")),
            ("P_A01.d4_T0001F001L01A01Z01C01.png", Some("P|D04 s1 t1 z1 c1 L1 A1")),
            ("P_H12.d4_T0001F001L01A01Z01C01.png", Some("P|AF48 s1 t1 z1 c1 L1 A1")),
            ("P_AF48_T0001F001L01A01Z01C01.tif", Some("P|AF48 s1 t1 z1 c1 L1 A1")),
            ("P_B03.e1_T0001F001L01A01Z01C01.png", None),
            ("P_B03.a5_T0001F001L01A01Z01C01.png", None),
            ("P_B03.a_T0001F001L01A01Z01C01.png", None),
            ("P_I01.a1_T0001F001L01A01Z01C01.png", None),
            ("W1F1T1Z1C1.tif", Some("|#1 s1 t1 z1 c1 L- A-")),
            ("W0262F0001T0002Z000C3.tif", Some("|#262 s1 t2 z0 c3 L- A-")),
            ("W1F001T0001Z01C1.TIF", Some("|#1 s1 t1 z1 c1 L- A-")),
            ("Plate W7_W12F001T0001Z01C1.tif", Some("Plate W7_|#12 s1 t1 z1 c1 L- A-")),
            ("W0F1T1Z1C1.tif", None),
            ("PlateW1F1T1Z1C1.tif", None),
            ("W1F1T1Z1C1x.tif", None),
            ("W1F1T1Z1.tif", None),
            ("P_B03_T0001F002L03A04Z05C06_thumb.tif", None),
            ("P_B03_T0001F002L03A04Z05.tif", None),
            ("P_B03_T0001F002L03A04Z05C06.txt", None),
            ("P_T0001F002L03A04Z05C06.tif", None),
            ("P_Z99_T0001F002L03A04Z05C06.tif", None),
            ("P_B03_T9999999999F002L03A04Z05C06.tif", None),
            ("._P_B03_T0001F002L03A04Z05C06.tif", None),
            ("SC_BP445-45_20x v2_M01_CH01.tif", None),
            ("DC_DCAM#1_CAM3.tif", None),
            ("P_B03_TßF1L1A1Z1C1.tif", None),
        ];
        for (name, expected) in table {
            assert_eq!(shown(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_end_of_a_name_is_what_its_plate_does_not_change() {
        let table = [
            ("a\\b/P_1_B03_T0001F002L03A04Z05C06.tif", Some("_B03_T0001F002L03A04Z05C06")),
            ("B03_T0001F002L03A04Z05C06.tif", Some("B03_T0001F002L03A04Z05C06")),
            ("x_W1F1T1Z1C1.tif", Some("W1F1T1Z1C1")),
            ("image_1.tif", None),
        ];
        for (name, expected) in table {
            assert_eq!(end_from_well(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(name in "(_|W|T|F|L|A|Z|C|B03|\\.|[0-9]{1,11}|\\PC){0,20}") {
            let _ = VoyagerName::parse(&name);
            let _ = end_from_well(&format!("{name}.tif"));
        }

        #[test]
        fn written_names_read_back(
            row in 0_u32..32, column in 0_u32..48, numbers in prop::array::uniform6(1_u32..10_000),
        ) {
            let well = WellId::at(row, column).expect("within 1536 wells");
            let [timepoint, field, timeline, action, plane, channel] = numbers;
            let tail = format!("T{timepoint:04}F{field:03}L{timeline:02}A{action:02}Z{plane:02}C{channel:02}");
            let (timeline, action) = (Some(timeline), Some(action));
            let expected = |well| VoyagerName { prefix: "P", well, field, timepoint, plane, channel, timeline, action };
            let name = format!("P_{well}_{tail}.tif");
            prop_assert_eq!(VoyagerName::parse(&name), Some(expected(NamedWell::At(well))));
            let letter = char::from(b'a' + u8::try_from(row % 4).expect("small"));
            let of_96 = WellId::at(row / 4, column / 4).expect("a well");
            let name = format!("P_{of_96}.{letter}{}_{tail}.tif", column % 4 + 1);
            prop_assert_eq!(VoyagerName::parse(&name), Some(expected(NamedWell::At(well))));
        }
    }
}
