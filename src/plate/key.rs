//! What names an image: its well and the values of its components.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::WellId;
use crate::limits;
use crate::quantity::count_text;

/// What a plate varies within a well. The well itself is the outer loop and never a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// A position in the well, also called field.
    Site,
    /// A wavelength or stain.
    Channel,
    /// A plane of a stack.
    Z,
    /// A point of a time series.
    Timepoint,
}

impl Component {
    /// All components, in the order in which keys are sorted.
    pub const ALL: [Self; 4] = [Self::Timepoint, Self::Site, Self::Channel, Self::Z];

    /// The name on the command line and in JSON: `site`, `channel`, `z`, `timepoint`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Channel => "channel",
            Self::Z => "z",
            Self::Timepoint => "timepoint",
        }
    }

    /// The name on screen at the start of a sentence or row.
    pub fn title(self) -> &'static str {
        match self {
            Self::Site => "Site",
            Self::Channel => "Channel",
            Self::Z => "Z",
            Self::Timepoint => "Timepoint",
        }
    }

    /// The largest value that an image of a plate may have.
    pub(super) fn most(self) -> u32 {
        match self {
            Self::Site => limits::SITE,
            Self::Channel => limits::CHANNEL,
            Self::Z => limits::PLANE,
            Self::Timepoint => limits::TIMEPOINT,
        }
    }

    /// The letter that ImageXpress puts before its value: s, w, z, t.
    pub fn letter(self) -> char {
        match self {
            Self::Site => 's',
            Self::Channel => 'w',
            Self::Z => 'z',
            Self::Timepoint => 't',
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Component {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_lowercase();
        match name.as_str() {
            "field" => return Ok(Self::Site),
            "time" => return Ok(Self::Timepoint),
            _ => {}
        }
        Self::ALL
            .into_iter()
            .find(|component| component.name() == name)
            .ok_or_else(|| format!("“{}” is not a component: use site, channel, z or timepoint", text.trim()))
    }
}

/// The name of one image (one 2-D plane). Component values are the microscope's own numbers.
///
/// A value is `None` where the image stands for all values of that component together: a ready-made
/// z projection has no `z`, a stitched image has no `site`. Keys order by well, timepoint, site,
/// channel, z, each numerically.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageKey {
    /// The well, which every image has.
    pub well: WellId,
    /// Site (field).
    pub site: Option<u32>,
    /// Channel; `None` for all channels together.
    pub channel: Option<u32>,
    /// Number of the z plane; `None` for a projection.
    pub z: Option<u32>,
    /// Timepoint; `None` for all timepoints together.
    pub timepoint: Option<u32>,
}

impl ImageKey {
    /// A key with all four components.
    pub fn new(well: WellId, site: u32, channel: u32, z: u32, timepoint: u32) -> Self {
        Self { well, site: Some(site), channel: Some(channel), z: Some(z), timepoint: Some(timepoint) }
    }

    /// The value of a component.
    pub fn get(self, component: Component) -> Option<u32> {
        match component {
            Component::Site => self.site,
            Component::Channel => self.channel,
            Component::Z => self.z,
            Component::Timepoint => self.timepoint,
        }
    }

    /// The same key with another value of a component; `None` where it has been assembled.
    #[must_use]
    pub fn with(mut self, component: Component, value: Option<u32>) -> Self {
        match component {
            Component::Site => self.site = value,
            Component::Channel => self.channel = value,
            Component::Z => self.z = value,
            Component::Timepoint => self.timepoint = value,
        }
        self
    }

    /// Why no image of a plate has this key: a value that no microscope reaches.
    pub(super) fn fault(self) -> Option<ImpossibleValue> {
        Component::ALL.into_iter().find_map(|component| {
            let value = self.get(component).filter(|value| *value > component.most())?;
            Some(ImpossibleValue { component, value })
        })
    }
}

/// A value of a component that no microscope reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImpossibleValue {
    component: Component,
    value: u32,
}

impl fmt::Display for ImpossibleValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { component, value } = *self;
        let [value, most] = [value, component.most()].map(|number| count_text(number as usize));
        write!(f, "its {component} is number {value}, and no microscope counts beyond {most}")
    }
}

impl PartialOrd for ImageKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ImageKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // As in `Component::ALL`, field by field: plans of large wells compare keys more than they do anything else.
        self.well
            .cmp(&other.well)
            .then_with(|| self.timepoint.cmp(&other.timepoint))
            .then_with(|| self.site.cmp(&other.site))
            .then_with(|| self.channel.cmp(&other.channel))
            .then_with(|| self.z.cmp(&other.z))
    }
}

/// `A01_s1_w2_z3_t1`: the tokens of ImageXpress names, without those that have been assembled.
impl fmt::Display for ImageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.well)?;
        for component in [Component::Site, Component::Channel, Component::Z, Component::Timepoint] {
            if let Some(value) = self.get(component) {
                write!(f, "_{}{value}", component.letter())?;
            }
        }
        Ok(())
    }
}
