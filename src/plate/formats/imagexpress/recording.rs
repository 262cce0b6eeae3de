//! How an image was recorded, as far as the files of MetaXpress say it and its results say it again.
//!
//! What another format keeps in a record of the plate is said in the same words. What a step has assembled, its results do not say: a projection has no height of the focus, a mosaic no place of the stage.
//! A result whose middle lies elsewhere than that of its source says the stage there. Deliberately absent: what lamps and
//! cameras were set to, beyond the time that they took.

use std::collections::BTreeSet;

use super::description::Description;
use super::export::Property;
use crate::plate::acquired::{Said, moment_ms, moment_of};
use crate::plate::metadata::text::number;
use crate::plate::{Acquired, Component, SitePosition};

/// The longest value; real ones have up to 21 characters.
const MOST_VALUE_CHARS: usize = 32;

/// What a property is about, which decides what of it a result says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Optics,
    /// Of single values of a component.
    One(Component),
    StageX,
    StageY,
}

/// Ids of the properties, the elements and types that MetaXpress writes them with, and what they are about.
const SAID_AGAIN: [(&str, &str, &str, About); 12] = [
    ("acquisition-time-local", "prop", "time", About::One(Component::Timepoint)),
    ("stage-position-x", "prop", "float", About::StageX),
    ("stage-position-y", "prop", "float", About::StageY),
    ("z-position", "prop", "float", About::One(Component::Z)),
    ("wavelength", "prop", "float", About::One(Component::Channel)),
    ("_MagNA_", "prop", "float", About::Optics),
    ("Exposure Time", "custom-prop", "string", About::One(Component::Channel)),
    ("ImageXpress Micro X", "custom-prop", "float", About::StageX),
    ("ImageXpress Micro Y", "custom-prop", "float", About::StageY),
    ("ImageXpress Micro Z", "custom-prop", "float", About::One(Component::Z)),
    ("Z Step", "custom-prop", "float", About::One(Component::Z)),
    ("Z Projection Step Size", "custom-prop", "float", About::One(Component::Z)),
];

/// What an image says of how it was recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recording {
    /// Indices of what is said again, and the values.
    values: Vec<(usize, String)>,
    /// Wavelength of the light that was shone on the sample, for which MetaXpress has no word.
    excitation_nm: Option<u32>,
}

impl Recording {
    /// What a description says; of one that is none, nothing.
    pub(crate) fn parse(description: &[u8]) -> Self {
        let description = Description::parse(description);
        let is_plain = |value: &&str| {
            value.len() <= MOST_VALUE_CHARS
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .,:+-/()".contains(&byte))
        };
        let value = |(index, (id, ..)): (usize, &(&str, &str, &str, About))| {
            Some((index, description.get(id).filter(is_plain)?.to_owned()))
        };
        Self { values: SAID_AGAIN.iter().enumerate().filter_map(value).collect(), excitation_nm: None }
    }

    /// This, and what the image does not say as the record of its plate says it.
    #[must_use]
    pub(crate) fn completed(mut self, by: Acquired) -> Self {
        let own = self.acquired().unwrap_or_default();
        let moment = |ms| Some(moment_of(ms)?.strftime("%Y%m%d %H:%M:%S%.3f").to_string());
        let more = [
            ("acquisition-time-local", by.at_ms.filter(|_| own.at_ms.is_none()).and_then(moment)),
            ("z-position", by.z_nm.filter(|_| own.z_nm.is_none()).map(thousandths_text)),
            ("wavelength", by.emission_nm.filter(|_| own.emission_nm.is_none()).map(|nm| nm.to_string())),
            (
                "Exposure Time",
                by.exposure_us.filter(|_| own.exposure_us.is_none()).map(|us| thousandths_text(us) + " ms"),
            ),
        ];
        for (index, (id, ..)) in SAID_AGAIN.iter().enumerate() {
            let more = more.iter().find(|(of, _)| of == id).and_then(|(_, value)| value.clone());
            if let Some(value) = more {
                self.values.retain(|(other, _)| *other != index);
                self.values.push((index, value));
            }
        }
        self.values.sort_by_key(|(index, _)| *index);
        self.excitation_nm = self.excitation_nm.or(by.excitation_nm);
        self
    }

    /// What a result says of it that is of all values of some components, and whose middle lies so far from that of
    /// the source; `None` where that is not known.
    #[must_use]
    pub(crate) fn of_result(mut self, joined: &BTreeSet<Component>, moved: Option<SitePosition>) -> Self {
        let stage = moved.filter(|_| !joined.contains(&Component::Site));
        self.excitation_nm = self.excitation_nm.filter(|_| !joined.contains(&Component::Channel));
        self.values.retain_mut(|(index, value)| {
            let on_stage = |along: fn(SitePosition) -> f64| Some(along(stage?));
            let moved = match SAID_AGAIN[*index].3 {
                About::Optics => return true,
                About::One(component) => return !joined.contains(&component),
                About::StageX => on_stage(|moved| moved.x_um),
                About::StageY => on_stage(|moved| moved.y_um),
            };
            let Some((moved, um)) = moved.zip(number(value)) else { return false };
            if moved != 0.0 {
                *value = (um + moved).to_string();
            }
            true
        });
        self
    }

    /// As properties of a description.
    pub(crate) fn properties(&self) -> impl Iterator<Item = Property<'_>> {
        self.values.iter().map(|(index, value)| {
            let (id, element, kind, _) = SAID_AGAIN[*index];
            Property { element, id, kind, value }
        })
    }

    /// In numbers; `None` where it says none.
    pub(crate) fn acquired(&self) -> Option<Acquired> {
        let get = |id: &str| {
            let found = self.values.iter().find(|(index, _)| SAID_AGAIN[*index].0 == id);
            found.map(|(_, value)| value.as_str())
        };
        let exposure_secs = || {
            let (value, unit) = get("Exposure Time")?.split_once(' ')?;
            match unit {
                "s" => number(value),
                "ms" => Some(number(value)? / 1e3),
                _ => None,
            }
        };
        let said = Said {
            z_um: get("z-position").and_then(number),
            exposure_secs: exposure_secs(),
            emission_nm: get("wavelength").and_then(number),
            excitation_nm: self.excitation_nm.map(f64::from),
            at_ms: get("acquisition-time-local").and_then(at_ms),
        };
        Acquired::from(said).if_any()
    }
}

/// `20240708 14:44:46.693` as [`Acquired::at_ms`].
fn at_ms(text: &str) -> Option<i64> {
    let (day, clock) = text.split_once(' ')?;
    let part = |range: std::ops::Range<usize>| day.get(range);
    moment_ms(&format!("{}-{}-{}T{clock}", part(0..4)?, part(4..6)?, part(6..8)?))
}

/// A number of thousandths as people write it: `20`, `0.6`.
fn thousandths_text(number: impl Into<f64>) -> String {
    (number.into() / 1000.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let properties = [
            ("prop", "acquisition-time-local", "20240708 14:44:46.693"),
            ("prop", "stage-position-x", "22985"),
            ("prop", "stage-position-y", "19885.5"),
            ("prop", "z-position", "10025.4"),
            ("prop", "wavelength", "452"),
            ("custom-prop", "Exposure Time", "100 ms"),
            ("custom-prop", "ImageXpress Micro X", "22985"),
            ("custom-prop", "Z Step", "3"),
            ("prop", "_MagNA_", "&lt;0.95&gt;"),
            ("custom-prop", "Lamp", "5"),
        ];
        let line =
            |(element, id, value)| format!("<{element} id=\"{id}\" type=\"float\" value=\"{value}\"/>\r\n");
        Recording::parse(properties.map(line).concat().as_bytes())
    }

    #[test]
    fn a_result_says_what_still_holds() {
        use Component::{Channel, Site, Timepoint, Z};
        const HERE: Option<SitePosition> = Some(SitePosition { x_um: 0.0, y_um: 0.0 });
        let there = Some(SitePosition { x_um: 10.0, y_um: -5.5 });
        type Case<'a> = (&'a [Component], Option<SitePosition>, &'a str);
        let table: [Case<'_>; 5] = [
            (&[], HERE, "20240708 14:44:46.693, 22985, 19885.5, 10025.4, 452, 100 ms, 22985, 3"),
            (&[Z], there, "20240708 14:44:46.693, 22995, 19880, 452, 100 ms, 22995"),
            (&[Z], None, "20240708 14:44:46.693, 452, 100 ms"),
            (&[Site, Channel], HERE, "20240708 14:44:46.693, 10025.4, 3"),
            (&[Timepoint, Site, Z, Channel], HERE, ""),
        ];
        for (joined, moved, expected) in table {
            let joined = joined.iter().copied().collect();
            let said = recording().of_result(&joined, moved);
            let values: Vec<&str> = said.properties().map(|property| property.value).collect();
            assert_eq!(values.join(", "), expected, "{joined:?}");
        }
    }

    #[test]
    fn what_the_record_of_the_plate_says_completes_what_the_image_says() {
        let by = Acquired {
            z_nm: Some(-1_500),
            exposure_us: Some(600),
            emission_nm: Some(525),
            excitation_nm: Some(475),
            at_ms: Some(1_671_445_132_043),
        };
        let said = |recording: &Recording| {
            recording
                .properties()
                .map(|one| format!("{}={}", one.id, one.value))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let alone = Recording::default().completed(by);
        assert_eq!(
            said(&alone),
            "acquisition-time-local=20221219 10:18:52.043, z-position=-1.5, wavelength=525, Exposure Time=0.6 ms"
        );
        assert_eq!(alone.acquired(), Some(by));
        let own = recording().completed(by);
        assert_eq!(said(&own), said(&recording()));
        assert_eq!(own.acquired().and_then(|acquired| acquired.excitation_nm), Some(475));
        let unclear = Recording::parse(b"<prop id=\"wavelength\" value=\"blue\"/>").completed(by);
        assert_eq!(unclear.acquired(), Some(by));
        let joined = [Component::Channel].into();
        let acquired = alone.of_result(&joined, None).acquired();
        let expected = Acquired { z_nm: by.z_nm, at_ms: by.at_ms, ..Acquired::default() };
        assert_eq!(acquired, Some(expected));
    }

    #[test]
    fn what_was_recorded_is_told_in_whole_numbers() {
        let expected = Acquired {
            z_nm: Some(10_025_400),
            exposure_us: Some(100_000),
            emission_nm: Some(452),
            excitation_nm: None,
            at_ms: Some(1_720_449_886_693),
        };
        assert_eq!(recording().acquired(), Some(expected));
        assert_eq!(Recording::parse(b"no description").acquired(), None);
        let odd = b"<prop id=\"z-position\" value=\"1e300\"/><prop id=\"wavelength\" value=\"-3\"/>\
            <custom-prop id=\"Exposure Time\" value=\"-4 ms\"/><prop id=\"acquisition-time-local\" value=\"2024 1\"/>";
        assert_eq!(Recording::parse(odd).acquired(), None);
    }
}
