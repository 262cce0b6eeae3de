//! Which channel, plane and timepoint a shot of the microscope is.
//!
//! A measurement is a series of timelines, and each of them one of actions, so that the microscope's own numbers may be
//! the same of two images. Nothing is shown in the place of another then:
//!
//! * An action that takes a channel which another action of its timeline has taken already makes a channel of its
//!   own, with the number of the action before that of the channel: channel 1 of action 3 is 301.
//! * Planes that the microscope made one image are a ready-made projection of their channel, whichever action made it. Where
//!   a channel has several kinds of projections, the first action's is shown, and of one action the kind that was first.
//! * Where there is no stack at all beside which they stood, projections are the planes of their channels.
//! * Timepoints go on from timeline to timeline. Where they begin again at the same place, those of the later timeline come
//!   after those of the one before.
//!
//! Deliberately absent: which file a shot is in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::plate::{Component, ImageKey, WellId};

/// One image by the microscope's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shot {
    pub(super) well: WellId,
    pub(super) field: u32,
    pub(super) timepoint: u32,
    pub(super) plane: u32,
    pub(super) channel: u32,
    pub(super) timeline: u32,
    pub(super) action: u32,
    /// The way in which planes were made this one image.
    pub(super) projection: Option<u16>,
}

/// A measurement's shots as a whole.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// By timeline and channel.
    takes: BTreeMap<(u32, u32), Takes>,
    /// What is added to the timepoints of a timeline.
    later: BTreeMap<u32, u32>,
    are_apart: bool,
}

/// Which actions took a channel.
#[derive(Debug, Default)]
struct Takes {
    planes: BTreeSet<u32>,
    projections: BTreeSet<(u32, u16)>,
}

impl Series {
    pub(super) fn of<'a, S: Iterator<Item = &'a Shot>>(shots: impl Fn() -> S) -> Self {
        let mut series = Self::default();
        let mut has_stack = false;
        // By timeline, the last timepoint.
        let mut last: BTreeMap<u32, u32> = BTreeMap::new();
        for shot in shots() {
            let takes = series.takes.entry((shot.timeline, shot.channel)).or_default();
            match shot.projection {
                Some(kind) => drop(takes.projections.insert((shot.action, kind))),
                None => {
                    takes.planes.insert(shot.action);
                    has_stack |= shot.plane > 1;
                }
            }
            let last = last.entry(shot.timeline).or_default();
            *last = shot.timepoint.max(*last);
        }
        let has_both = |takes: &Takes| !takes.planes.is_empty() && !takes.projections.is_empty();
        series.are_apart = has_stack || series.takes.values().any(has_both);
        if last.len() > 1 && begin_anew(shots()) {
            let mut passed = 0_u32;
            for (timeline, last) in last {
                series.later.insert(timeline, passed);
                passed = passed.saturating_add(last);
            }
        }
        series
    }

    /// The key of a shot; `None` where it is a projection of another kind than the one that is shown.
    pub(super) fn key(&self, shot: &Shot) -> Option<ImageKey> {
        let takes = self.takes.get(&(shot.timeline, shot.channel));
        let first = match shot.projection {
            None => takes.and_then(|takes| takes.planes.first().copied()),
            Some(kind) => {
                let shown = takes.and_then(|takes| takes.shown_projection(shot.action));
                if shown.is_some_and(|shown| shown != kind) {
                    return None;
                }
                takes.and_then(|takes| takes.projections.first().map(|(action, _)| *action))
            }
        };
        let is_first = first.is_none_or(|first| first == shot.action);
        let channel = if is_first { shot.channel } else { of_action(shot.channel, shot.action) };
        let later = self.later.get(&shot.timeline).copied().unwrap_or(0);
        let timepoint = shot.timepoint.saturating_add(later);
        let key = ImageKey::new(shot.well, shot.field, channel, shot.plane.max(1), timepoint);
        let is_projection = shot.projection.is_some() && self.are_apart;
        Some(if is_projection { key.with(Component::Z, None) } else { key })
    }

    /// The channels that an action made of one that another has taken: number, channel and action.
    pub(super) fn further_channels(&self) -> BTreeSet<(u32, u32, u32)> {
        let further = |((_, channel), takes): (&(u32, u32), &Takes)| {
            let planes = takes.planes.iter().skip(1).copied();
            let first = takes.projections.first().map(|(action, _)| *action);
            let projections = takes.projections.iter().map(|(action, _)| *action);
            let projections = projections.filter(|action| Some(*action) != first);
            let actions: BTreeSet<u32> = planes.chain(projections).collect();
            let channel = *channel;
            actions.into_iter().map(move |action| (of_action(channel, action), channel, action))
        };
        self.takes.iter().flat_map(further).collect()
    }

    /// How many timepoints come before those of a timeline, where these do not begin with the first.
    pub(super) fn later_timelines(&self) -> impl Iterator<Item = (u32, u32)> {
        self.later.iter().map(|(timeline, later)| (*timeline, *later)).filter(|(_, later)| *later > 0)
    }

    /// Whether there are projections and these were read as planes.
    pub(super) fn has_projections_as_planes(&self) -> bool {
        !self.are_apart && self.takes.values().any(|takes| !takes.projections.is_empty())
    }
}

impl Takes {
    /// The kind of projections that is shown of an action.
    fn shown_projection(&self, action: u32) -> Option<u16> {
        self.projections.range((action, 0)..=(action, u16::MAX)).next().map(|(_, kind)| *kind)
    }
}

/// The number of a channel of its own.
fn of_action(channel: u32, action: u32) -> u32 {
    action.saturating_mul(100).saturating_add(channel)
}

/// Whether any place has shots of one timepoint in several timelines.
fn begin_anew<'a>(shots: impl Iterator<Item = &'a Shot>) -> bool {
    let mut timelines: HashMap<(WellId, u32, u32, u32), u32> = HashMap::new();
    for shot in shots {
        let place = (shot.well, shot.field, shot.timepoint, shot.channel);
        if *timelines.entry(place).or_insert(shot.timeline) != shot.timeline {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Timeline, timepoint, action, plane, channel, kind of projection.
    type Numbers = (u32, u32, u32, u32, u32, Option<u16>);

    fn shot((timeline, timepoint, action, plane, channel, projection): Numbers) -> Shot {
        let well = WellId { row: 0, column: 0 };
        Shot { well, field: 1, timepoint, plane, channel, timeline, action, projection }
    }

    #[test]
    fn no_image_stands_in_the_place_of_another() {
        /// Shots, and what each is.
        type Case<'a> = (&'a str, &'a [(Numbers, Option<&'a str>)]);
        let table: &[Case<'_>] = &[
            (
                "as most are",
                &[
                    ((1, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((1, 1, 1, 2, 1, None), Some("A01_s1_w1_z2_t1")),
                    ((1, 1, 2, 1, 9, None), Some("A01_s1_w9_z1_t1")),
                    ((1, 2, 2, 1, 9, None), Some("A01_s1_w9_z1_t2")),
                ],
            ),
            (
                "one channel in two actions",
                &[
                    ((1, 1, 2, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((1, 1, 2, 2, 1, None), Some("A01_s1_w1_z2_t1")),
                    ((1, 1, 3, 1, 1, None), Some("A01_s1_w301_z1_t1")),
                ],
            ),
            (
                "a stack, its projections by another action and of two kinds",
                &[
                    ((1, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((1, 1, 2, 1, 1, Some(0)), Some("A01_s1_w1_t1")),
                    ((1, 1, 2, 1, 1, Some(1)), None),
                    ((1, 1, 3, 1, 1, Some(1)), Some("A01_s1_w301_t1")),
                    // Of this one there are only projections, beside the stack of the other.
                    ((1, 1, 4, 1, 2, Some(1)), Some("A01_s1_w2_t1")),
                ],
            ),
            (
                "projections without any stack",
                &[
                    ((1, 1, 1, 1, 1, Some(0)), Some("A01_s1_w1_z1_t1")),
                    ((1, 1, 2, 0, 2, Some(0)), Some("A01_s1_w2_z1_t1")),
                    ((1, 1, 3, 1, 3, None), Some("A01_s1_w3_z1_t1")),
                ],
            ),
            (
                "timelines that go on",
                &[
                    ((1, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((2, 2, 1, 1, 1, None), Some("A01_s1_w1_z1_t2")),
                    ((3, 3, 1, 1, 2, None), Some("A01_s1_w2_z1_t3")),
                ],
            ),
            (
                "timelines that start again with another channel",
                &[
                    ((1, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((2, 1, 1, 1, 2, None), Some("A01_s1_w2_z1_t1")),
                ],
            ),
            (
                "timelines that start again at the same place",
                &[
                    ((1, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t1")),
                    ((1, 2, 1, 1, 1, None), Some("A01_s1_w1_z1_t2")),
                    ((2, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t3")),
                    ((4, 1, 1, 1, 1, None), Some("A01_s1_w1_z1_t4")),
                ],
            ),
        ];
        for (what, case) in table {
            let shots: Vec<Shot> = case.iter().map(|(numbers, _)| shot(*numbers)).collect();
            let series = Series::of(|| shots.iter());
            let keys: Vec<_> = shots.iter().map(|shot| series.key(shot).map(|key| key.to_string())).collect();
            let expected: Vec<_> = case.iter().map(|(_, key)| key.map(str::to_owned)).collect();
            assert_eq!(keys, expected, "{what}");
        }
    }

    #[test]
    fn what_is_numbered_otherwise_is_told() {
        let shots = [
            (1, 1, 1, 1, 1, None),
            (1, 3, 2, 1, 1, None),
            (2, 1, 1, 1, 1, None),
            (2, 1, 4, 1, 1, Some(0)),
            (2, 1, 5, 1, 1, Some(0)),
        ]
        .map(shot);
        let series = Series::of(|| shots.iter());
        assert_eq!(series.further_channels().into_iter().collect::<Vec<_>>(), [(201, 1, 2), (501, 1, 5)]);
        assert_eq!(series.later_timelines().collect::<Vec<_>>(), [(2, 3)]);
        assert!(!series.has_projections_as_planes());
        let projection = [shot((1, 1, 1, 1, 1, Some(0)))];
        assert!(Series::of(|| projection.iter()).has_projections_as_planes());
        let u32s = shot((u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, Some(u16::MAX)));
        let far = [u32s, shots[0]];
        assert!(Series::of(|| far.iter()).key(&u32s).is_some());
    }
}
