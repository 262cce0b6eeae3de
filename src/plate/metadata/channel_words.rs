//! Words by which people call channels, in the names of folders and files.
//!
//! Deliberately absent: what a channel's name is where metadata says it.

/// Words that channels are called by: dyes, proteins, structures, colours, kinds of light.
const CHANNEL_WORDS: [&str; 46] = [
    "dapi",
    "hoechst",
    "fitc",
    "gfp",
    "egfp",
    "yfp",
    "eyfp",
    "cfp",
    "ecfp",
    "bfp",
    "rfp",
    "tritc",
    "rhodamine",
    "texas",
    "texasred",
    "mcherry",
    "cherry",
    "dsred",
    "tdtomato",
    "cy2",
    "cy3",
    "cy5",
    "cy7",
    "alexa",
    "draq5",
    "pi",
    "mitotracker",
    "mito",
    "er",
    "rna",
    "dna",
    "actin",
    "agp",
    "phalloidin",
    "golgi",
    "tubulin",
    "syto",
    "wga",
    "brightfield",
    "bf",
    "phase",
    "dic",
    "transmitted",
    "calcein",
    "nucleus",
    "nuclei",
];
const NUMBERED_CHANNEL_WORDS: [&str; 8] = ["w", "c", "ch", "channel", "wave", "wavelength", "alexa", "cy"];
/// The words of a name, each without the number at its end, and that number.
pub(in crate::plate) fn words(name: &str) -> impl Iterator<Item = (String, &str)> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        (letters.to_lowercase(), &word[letters.len()..])
    })
}

/// Whether a name is one that channels are called by.
pub(in crate::plate) fn is_channel(name: &str) -> bool {
    let words: Vec<_> = words(name).collect();
    words.iter().enumerate().any(|(at, (letters, digits))| {
        let whole = format!("{letters}{digits}");
        let next_is_number = words.get(at + 1).is_some_and(|(letters, _)| letters.is_empty());
        CHANNEL_WORDS.iter().any(|word| *word == whole || word == letters)
            || ((!digits.is_empty() || next_is_number) && NUMBERED_CHANNEL_WORDS.contains(&letters.as_str()))
    })
}
