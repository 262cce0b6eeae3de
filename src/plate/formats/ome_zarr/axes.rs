//! Which axis of an array is what, and which plane of the array is which image.

use std::num::NonZeroU8;

use super::fault::GroupFault;
use super::metadata::Multiscale;
use crate::image::PlaneAxes;
use crate::limits;
use crate::shown_text::brief;

/// The axes of an image that does not name them: those of the last of these, as 0.1 and 0.2 have all five.
const USUAL: [Role; 5] = [Role::Time, Role::Channel, Role::Z, Role::Y, Role::X];

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    Channel,
    Z,
    Y,
    X,
    /// Something that a plate does not have.
    Other,
}

/// The axes of a field, each with what it counts and its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Axes {
    roles: Vec<Role>,
    units: Vec<String>,
}

/// The images of a field, by its axes and the shape of its array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planes {
    /// Numbers of timepoints, channels and planes.
    pub(super) counts: Counts,
    pub(super) axes: PlaneAxes,
    pub(super) width: u64,
    pub(super) height: u64,
    /// By how much the number of a plane of the array grows from one timepoint, channel and plane to the next.
    steps: Counts,
}

/// Numbers along the axes that are no rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Counts {
    pub(super) timepoints: u32,
    pub(super) channels: u32,
    pub(super) planes: u32,
}

impl Counts {
    pub(super) fn all(self) -> u64 {
        [self.timepoints, self.channels, self.planes].into_iter().map(u64::from).fold(1, u64::saturating_mul)
    }

    /// As many as images have numbers.
    pub(super) fn within_limits(self) -> Self {
        Self {
            timepoints: self.timepoints.min(limits::TIMEPOINT),
            channels: self.channels.min(limits::CHANNEL),
            planes: self.planes.min(limits::PLANE),
        }
    }

    /// Timepoint, channel and plane of all images, from 0.
    pub(super) fn indices(self) -> impl Iterator<Item = (u32, u32, u32)> {
        let Self { timepoints, channels, planes } = self;
        (0..timepoints)
            .flat_map(move |t| (0..channels).flat_map(move |c| (0..planes).map(move |z| (t, c, z))))
    }
}

impl Role {
    /// By name and type. Of axes in space without a name that says which, the last is x, the one before y.
    fn of(name: &str, kind: &str) -> Option<Self> {
        Some(match (name.to_ascii_lowercase().as_str(), kind.to_ascii_lowercase().as_str()) {
            ("t" | "time", _) | (_, "time") => Self::Time,
            ("c" | "channel", _) | (_, "channel") => Self::Channel,
            ("z", _) => Self::Z,
            ("y", _) => Self::Y,
            ("x", _) => Self::X,
            (_, "space") => return None,
            _ => Self::Other,
        })
    }
}

impl Axes {
    /// The axes of an image whose array has so many.
    pub(super) fn of(image: &Multiscale, count: usize) -> Result<Self, GroupFault> {
        let of_systems = || image.systems.iter().map(|system| &system.axes).find(|axes| axes.len() == count);
        let named = if image.axes.is_empty() { of_systems() } else { Some(&image.axes) };
        let Some(named) = named else {
            let first = USUAL.len().checked_sub(count).filter(|_| image.systems.is_empty());
            let first = first.ok_or_else(|| {
                GroupFault::Axes(format!("it does not say what the {count} axes of its array are"))
            })?;
            return Ok(Self { roles: USUAL[first..].to_vec(), units: vec![String::new(); count] });
        };
        if named.len() != count {
            let why = format!("it names {} axes, and its array has {count}", named.len());
            return Err(GroupFault::Axes(why));
        }
        let roles: Vec<Option<Role>> = named
            .iter()
            .map(|axis| {
                let [name, kind, _] = axis.words();
                Role::of(name, kind)
            })
            .collect();
        let known = roles.clone();
        let mut free = [Role::X, Role::Y, Role::Z].into_iter().filter(|role| !known.contains(&Some(*role)));
        let mut roles: Vec<Role> =
            roles.into_iter().rev().map(|role| role.or_else(|| free.next()).unwrap_or(Role::Other)).collect();
        roles.reverse();
        for (at, role) in roles.iter().enumerate() {
            if *role != Role::Other && roles[..at].contains(role) {
                let name = brief(named[at].words()[0]);
                return Err(GroupFault::Axes(format!("two of its axes count the same (“{name}”)")));
            }
        }
        let units = named.iter().map(|axis| axis.words()[2].to_owned()).collect();
        Ok(Self { roles, units })
    }

    /// The axis that counts something, from 0, where there is one.
    pub(super) fn at(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|known| *known == role)
    }

    /// The unit of an axis; empty where it has none.
    pub(super) fn unit(&self, axis: usize) -> &str {
        self.units.get(axis).map_or("", String::as_str)
    }

    /// The images of an array of a shape, which has as many axes.
    pub(super) fn planes(&self, shape: &[u64]) -> Result<Planes, GroupFault> {
        let (Some(y), Some(x)) = (self.at(Role::Y), self.at(Role::X)) else {
            return Err(GroupFault::Axes("it has no axes x and y".to_owned()));
        };
        let from_last = |axis: usize| u8::try_from(shape.len().saturating_sub(axis + 1)).ok();
        let (Some(rows), Some(columns)) = (from_last(y), from_last(x)) else {
            return Err(GroupFault::Axes(format!("its array has {} axes", shape.len())));
        };
        let mut counts = Counts { timepoints: 1, channels: 1, planes: 1 };
        let mut steps = Counts { timepoints: 0, channels: 0, planes: 0 };
        let mut step = 1_u64;
        for (role, len) in self.roles.iter().zip(shape).rev() {
            let (count, own_step) = match role {
                Role::Y | Role::X => continue,
                Role::Time => (&mut counts.timepoints, &mut steps.timepoints),
                Role::Channel => (&mut counts.channels, &mut steps.channels),
                Role::Z => (&mut counts.planes, &mut steps.planes),
                Role::Other if *len == 1 => continue,
                Role::Other => {
                    let why = "it has an axis that is not time, channel, z, y or x".to_owned();
                    return Err(GroupFault::Axes(why));
                }
            };
            let too_many = |_| GroupFault::Axes(format!("an axis of its array is {len} long"));
            *count = u32::try_from(*len).map_err(too_many)?;
            *own_step = u32::try_from(step).map_err(too_many)?;
            step = step.saturating_mul(*len);
        }
        if counts.all() > u64::from(u32::MAX) {
            return Err(GroupFault::Axes(format!("its array has {} images", counts.all())));
        }
        let axes = PlaneAxes { rows_from_last: rows, columns_from_last: columns, samples: None };
        Ok(Planes { counts, axes, width: shape[x], height: shape[y], steps })
    }
}

impl Planes {
    /// The same images, but what lies along the axis of channels are the samples of their pixels.
    pub(super) fn in_colour(mut self, axes: &Axes, axis_count: usize) -> Self {
        let from_last = axes.at(Role::Channel).and_then(|axis| u8::try_from(axis_count - axis).ok());
        let Some(samples) = from_last.and_then(NonZeroU8::new) else { return self };
        let (samples_count, step) = (self.counts.channels.max(1), self.steps.channels);
        for other in [&mut self.steps.timepoints, &mut self.steps.planes] {
            *other = if *other > step { *other / samples_count } else { *other };
        }
        (self.counts.channels, self.steps.channels) = (1, 0);
        self.axes.samples = Some(samples);
        self
    }

    /// The plane of the array that is an image; everything counts from 0.
    pub(super) fn number(&self, timepoint: u32, channel: u32, plane: u32) -> u32 {
        // Within the number of planes, which is no larger than a number holds.
        timepoint * self.steps.timepoints + channel * self.steps.channels + plane * self.steps.planes
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn axes(named: &Value, count: usize) -> Result<Axes, String> {
        let image: Multiscale = serde_json::from_value(json!({ "axes": named })).unwrap();
        Axes::of(&image, count).map_err(|fault| fault.to_string())
    }

    #[test]
    fn planes_are_counted_along_all_axes_but_rows_and_columns() {
        /// Axes and shape; counts; rows and columns from the last; the plane of timepoint, channel and plane 2, 1, 3.
        type Case = (Value, &'static [u64], [u32; 3], [u8; 2], u32);
        let named = |names: &str| json!(names.chars().map(String::from).collect::<Vec<_>>());
        let table: [Case; 7] = [
            (named("tczyx"), &[4, 2, 5, 16, 8], [4, 2, 5], [1, 0], 2 * 10 + 5 + 3),
            (json!([]), &[4, 2, 5, 16, 8], [4, 2, 5], [1, 0], 2 * 10 + 5 + 3),
            (named("zctxy"), &[5, 2, 4, 8, 16], [4, 2, 5], [0, 1], 3 * 8 + 4 + 2),
            (named("yxc"), &[16, 8, 3], [1, 3, 1], [2, 1], 1),
            (named("yx"), &[16, 8], [1, 1, 1], [1, 0], 0),
            (
                json!([{"name": "c", "type": "channel"}, {"type": "space"}, {"type": "space"}, {"type": "space"}]),
                &[2, 5, 16, 8],
                [1, 2, 5],
                [1, 0],
                5 + 3,
            ),
            (json!([{"name": "cycle"}, {"name": "Y"}, {"name": "X"}]), &[1, 16, 8], [1, 1, 1], [1, 0], 0),
        ];
        for (named, shape, [timepoints, channels, planes], [rows, columns], number) in table {
            let found = axes(&named, shape.len()).unwrap().planes(shape).unwrap();
            assert_eq!(found.counts, Counts { timepoints, channels, planes }, "{named}");
            assert_eq!((found.width, found.height), (8, 16), "{named}");
            assert_eq!((found.axes.rows_from_last, found.axes.columns_from_last), (rows, columns), "{named}");
            let last = |count: u32, at: u32| at.min(count - 1);
            let at = found.number(last(timepoints, 2), last(channels, 1), last(planes, 3));
            assert_eq!(at, number, "{named}");
        }
    }

    #[test]
    fn axes_that_make_no_images_are_told() {
        let table: [(Value, &[u64], &str); 6] = [
            (json!(["c", "y", "x"]), &[2, 2, 8, 8], "names 3 axes, and its array has 4"),
            (json!(["y", "y", "x"]), &[2, 8, 8], "two of its axes count the same (“y”)"),
            (json!(["t", "c", "z"]), &[2, 8, 8], "no axes x and y"),
            (json!(["lifetime", "y", "x"]), &[2, 8, 8], "an axis that is not time"),
            (json!([]), &[1, 1, 1, 1, 8, 8], "it does not say what the 6 axes of its array are"),
            (json!(["t", "z", "y", "x"]), &[100_000, 100_000, 8, 8], "has 10000000000 images"),
        ];
        for (named, shape, expected) in table {
            let why = axes(&named, shape.len())
                .and_then(|axes| axes.planes(shape).map_err(|fault| fault.to_string()))
                .unwrap_err();
            assert!(why.contains(expected), "{named}: {why}");
        }
    }
}
