//! The colours of channels, the same in the viewer and in composites that a run makes.
//!
//! Blue, green, orange, pink, cyan and yellow; none is a pure red or a pure green, which many people do
//! not tell apart. Deliberately absent: colours of the window, which are its theme's.

/// A colour as red, green, blue.
pub type Rgb = [u8; 3];

/// Channels that no stain name tells the colour of take the first that is left.
pub const CHANNEL_COLOURS: [Rgb; 6] = [
    [0x6a, 0x8c, 0xff],
    [0x3d, 0xe8, 0x6c],
    [0xff, 0x9a, 0x3c],
    [0xff, 0x5c, 0xb4],
    [0x46, 0xdc, 0xec],
    [0xf5, 0xdc, 0x50],
];

/// The colour of a channel of which only the number is known: from 1, and again from the first after the last.
pub(crate) fn usual_colour(channel: u32) -> Rgb {
    CHANNEL_COLOURS[channel.saturating_sub(1) as usize % CHANNEL_COLOURS.len()]
}

/// Beginnings and parts of stain names (lower case) with the place of their colour; `None` is grey.
const STAINS: [(&str, Option<usize>); 24] = [
    ("dapi", Some(0)),
    ("hoechst", Some(0)),
    ("bfp", Some(0)),
    ("405", Some(0)),
    ("fitc", Some(1)),
    ("gfp", Some(1)),
    ("488", Some(1)),
    ("calcein", Some(1)),
    ("tritc", Some(2)),
    ("cy3", Some(2)),
    ("rfp", Some(2)),
    ("568", Some(2)),
    ("561", Some(2)),
    ("texas", Some(2)),
    ("mcherry", Some(2)),
    ("cy5", Some(3)),
    ("647", Some(3)),
    ("640", Some(3)),
    ("far red", Some(3)),
    ("cfp", Some(4)),
    ("yfp", Some(5)),
    ("bright", None),
    ("phase", None),
    ("transmi", None),
];

/// The colours of the brightest pixels of a plate's channels, given their names in the order of
/// their numbers: the colour of the stain where the name tells it and no channel before has it,
/// else the first that is left.
pub fn channel_colours<'a>(names: impl IntoIterator<Item = Option<&'a str>>) -> Vec<Rgb> {
    let mut colours: Vec<Rgb> = Vec::new();
    for (place, name) in names.into_iter().enumerate() {
        let name = name.unwrap_or_default().to_lowercase();
        let colour = match STAINS.iter().find(|(part, _)| name.contains(part)) {
            Some((_, None)) => [u8::MAX; 3],
            stain => {
                let of_stain = stain.and_then(|(_, colour)| *colour).map(|colour| CHANNEL_COLOURS[colour]);
                let mut candidates = of_stain.into_iter().chain(CHANNEL_COLOURS);
                let free = candidates.find(|colour| !colours.contains(colour));
                free.unwrap_or(CHANNEL_COLOURS[place % CHANNEL_COLOURS.len()])
            }
        };
        colours.push(colour);
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_the_colour_of_their_stain_and_differ() {
        let [blue, green, orange, ..] = CHANNEL_COLOURS;
        type Case<'a> = (&'a [Option<&'a str>], &'a [Rgb]);
        let table: [Case<'_>; 4] = [
            (&[None, None, None], &[blue, green, orange]),
            (&[Some("FITC"), Some("DAPI"), Some("Brightfield")], &[green, blue, [255, 255, 255]]),
            (&[Some("FITC_05"), Some("FITC_05-2"), Some("FITC_05-3")], &[green, blue, orange]),
            (&[], &[]),
        ];
        for (names, expected) in table {
            assert_eq!(channel_colours(names.iter().copied()), expected, "{names:?}");
        }
        assert_eq!(channel_colours([None; 20]).len(), 20);
    }
}
