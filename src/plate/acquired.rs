//! How images were recorded: when, for how long, by which light, at which height.
//!
//! Some formats say it in a record of the plate, of which [`Acquisitions`] keep it; others in the file of each image,
//! where it is read together with the pixels. Deliberately absent: where the stage stood in x and y, which is the
//! geometry's affair, and what lamps and cameras were set to beyond what is named here.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::ImageKey;

/// How an image was recorded, in whole numbers, so that they are the same wherever they are written and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acquired {
    /// Height of the focus in nanometres, from where the microscope counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub z_nm: Option<i32>,
    /// How long light was gathered, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_us: Option<u32>,
    /// Wavelength of the light that was gathered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emission_nm: Option<u32>,
    /// Wavelength of the light that was shone on the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excitation_nm: Option<u32>,
    /// When, by the microscope's clock: milliseconds since the beginning of 1970 there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// How an image was recorded, in the units of files; what is not said or no microscope does is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Said {
    pub(crate) z_um: Option<f64>,
    pub(crate) exposure_secs: Option<f64>,
    pub(crate) emission_nm: Option<f64>,
    pub(crate) excitation_nm: Option<f64>,
    /// See [`moment_ms`].
    pub(crate) at_ms: Option<i64>,
}

impl From<Said> for Acquired {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Within bounds.
    fn from(said: Said) -> Self {
        let whole = |value: f64, most: f64| Some(value.round()).filter(|whole| whole.abs() <= most);
        let light =
            |nm: Option<f64>| nm.filter(|nm| (1.0..100_000.0).contains(nm)).map(|nm| nm.round() as u32);
        let exposure = said.exposure_secs.and_then(|secs| whole(secs * 1e6, f64::from(u32::MAX)));
        Self {
            z_nm: said.z_um.and_then(|um| whole(um * 1e3, f64::from(i32::MAX))).map(|nm| nm as i32),
            exposure_us: exposure.filter(|us| *us > 0.0).map(|us| us as u32),
            emission_nm: light(said.emission_nm),
            excitation_nm: light(said.excitation_nm),
            at_ms: said.at_ms,
        }
    }
}

impl Acquired {
    /// What is said of it, where anything is.
    pub(crate) fn if_any(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// This, and what it does not say as another says it.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            z_nm: self.z_nm.or(other.z_nm),
            exposure_us: self.exposure_us.or(other.exposure_us),
            emission_nm: self.emission_nm.or(other.emission_nm),
            excitation_nm: self.excitation_nm.or(other.excitation_nm),
            at_ms: self.at_ms.or(other.at_ms),
        }
    }
}

/// A moment such as `2022-12-19T10:18:52.2439831+01:00` by the clock of the place, in milliseconds since the beginning
/// of 1970 by the same clock.
pub(crate) fn moment_ms(text: &str) -> Option<i64> {
    let at: DateTime = text.trim().trim_end_matches('Z').parse().ok()?;
    i64::try_from(at.duration_since(BEGIN).as_millis()).ok()
}

/// What [`moment_ms`] counts from, as a moment without a zone.
pub(crate) fn moment_of(at_ms: i64) -> Option<DateTime> {
    BEGIN.checked_add(jiff::SignedDuration::from_millis(at_ms)).ok()
}

const BEGIN: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// How the images of a plate were recorded, as far as a record of the plate says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acquisitions(Vec<(ImageKey, Acquired)>);

impl Acquisitions {
    /// Of what a record says; of several for one image the first.
    pub(super) fn of(mut said: Vec<(ImageKey, Acquired)>) -> Self {
        said.retain(|(_, acquired)| acquired.if_any().is_some());
        said.sort_by_key(|(key, _)| *key);
        said.dedup_by_key(|(key, _)| *key);
        said.shrink_to_fit();
        Self(said)
    }

    /// How an image was recorded; `None` where the record says nothing of that.
    pub fn get(&self, key: ImageKey) -> Option<Acquired> {
        let at = self.0.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.0.get(at).map(|(_, acquired)| *acquired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_microscope_does_is_left_out() {
        let said = Said {
            z_um: Some(-20.0004),
            exposure_secs: Some(0.006),
            emission_nm: Some(525.4),
            excitation_nm: Some(475.0),
            at_ms: Some(7),
        };
        let expected = Acquired {
            z_nm: Some(-20_000),
            exposure_us: Some(6_000),
            emission_nm: Some(525),
            excitation_nm: Some(475),
            at_ms: Some(7),
        };
        assert_eq!(Acquired::from(said), expected);
        for odd in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            let odd = Some(odd);
            let said =
                Said { z_um: odd, exposure_secs: odd, emission_nm: odd, excitation_nm: odd, at_ms: None };
            assert_eq!(Acquired::from(said), Acquired::default(), "{odd:?}");
        }
        let none = Said { exposure_secs: Some(0.0), emission_nm: Some(0.0), ..Said::default() };
        assert_eq!(Acquired::from(none), Acquired::default());
    }

    #[test]
    fn moments_are_those_of_the_clock_of_the_place() {
        let table = [
            ("2022-12-19T10:18:52.2439831+01:00", Some(1_671_445_132_243)),
            ("2022-12-19T10:18:52Z", Some(1_671_445_132_000)),
            (" 2022-12-19 10:18:52.5 ", Some(1_671_445_132_500)),
            ("1970-01-01T00:00:00", Some(0)),
            ("2022-13-19T10:18:52", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(moment_ms(text), expected, "{text}");
        }
        let shown = moment_of(1_671_445_132_243).map(|at| at.to_string());
        assert_eq!(shown.as_deref(), Some("2022-12-19T10:18:52.243"));
        assert_eq!(moment_of(i64::MAX), None);
    }

    #[test]
    fn the_first_word_on_an_image_counts() {
        let key = |z| ImageKey::new("B02".parse().expect("a well"), 1, 1, z, 1);
        let exposed = |us| Acquired { exposure_us: Some(us), ..Acquired::default() };
        let said = vec![
            (key(2), exposed(5)),
            (key(1), exposed(3)),
            (key(2), exposed(9)),
            (key(3), Acquired::default()),
        ];
        let all = Acquisitions::of(said);
        let found = [1, 2, 3, 4].map(|z| all.get(key(z)));
        assert_eq!(found, [Some(exposed(3)), Some(exposed(5)), None, None]);
    }
}
