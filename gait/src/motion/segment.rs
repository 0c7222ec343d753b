//! A stretch of inertial samples without holes: borrowed as it is, or mended where a packet was lost.

use std::borrow::Cow;
use std::ops::Range;

use crate::recording::InsoleMotion;

/// Longest run of missing samples that a straight line may replace, s; the same as for force.
const BRIDGED_GAP_S: f64 = 0.030;

/// Acceleration (g) and angular velocity (degrees per second) of equal length, x, y, z each.
pub(super) struct Segment<'a> {
    pub(super) acceleration_g: [Cow<'a, [f32]>; 3],
    pub(super) angular_velocity_dps: [Cow<'a, [f32]>; 3],
}

impl Segment<'_> {
    /// Samples.
    pub(super) fn len(&self) -> usize {
        let [x, _, _] = &self.acceleration_g;
        x.len()
    }
}

/// The inertial signal of one foot and where it is missing (ascending, disjoint).
#[derive(Clone, Copy)]
pub(super) struct Inertial<'a> {
    pub(super) motion: &'a InsoleMotion,
    pub(super) missing: &'a [Range<usize>],
    pub(super) sampling_hz: f64,
}

impl<'a> Inertial<'a> {
    /// The samples of a range; `None` when it is not inside the recording or a gap in it is too long to be bridged.
    pub(super) fn segment(&self, range: Range<usize>) -> Option<Segment<'a>> {
        let gaps = self.gaps(&range);
        let most = (BRIDGED_GAP_S * self.sampling_hz).round() as usize;
        if gaps.iter().any(|gap| gap.len() > most) {
            return None;
        }
        let column = |column: &'a Vec<f32>| {
            let part = column.get(range.clone())?;
            if gaps.is_empty() {
                return Some(Cow::Borrowed(part));
            }
            let mut mended = part.to_vec();
            gaps.iter()
                .for_each(|gap| bridge(&mut mended, gap, range.start));
            Some(Cow::Owned(mended))
        };
        let axes = |[x, y, z]: &'a [Vec<f32>; 3]| Some([column(x)?, column(y)?, column(z)?]);
        Some(Segment {
            acceleration_g: axes(&self.motion.acceleration_g)?,
            angular_velocity_dps: axes(&self.motion.angular_velocity_dps)?,
        })
    }

    /// Missing ranges that touch a range.
    fn gaps(&self, range: &Range<usize>) -> &'a [Range<usize>] {
        let from = self.missing.partition_point(|gap| gap.end <= range.start);
        let to = self.missing.partition_point(|gap| gap.start < range.end);
        self.missing.get(from..to).unwrap_or_default()
    }
}

/// A straight line between the samples around a gap; at the edge of the stretch the one neighbour is held.
fn bridge(values: &mut [f32], gap: &Range<usize>, offset: usize) {
    let (from, to) = (
        gap.start.saturating_sub(offset),
        (gap.end - offset).min(values.len()),
    );
    let before = from.checked_sub(1).and_then(|i| values.get(i)).copied();
    let after = values.get(to).copied();
    let (Some(first), Some(last)) = (before.or(after), after.or(before)) else {
        return;
    };
    let steps = (to - from + 1) as f32;
    for (k, slot) in values.iter_mut().take(to).skip(from).enumerate() {
        *slot = first + (last - first) * (k + 1) as f32 / steps;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    fn motion() -> InsoleMotion {
        let ramp: Vec<f32> = (0..20)
            .map(|i| if i == 5 { 0.0 } else { i as f32 })
            .collect();
        InsoleMotion {
            acceleration_g: [ramp.clone(), ramp.clone(), ramp.clone()],
            angular_velocity_dps: [ramp.clone(), ramp.clone(), ramp],
        }
    }

    fn x(missing: &[Range<usize>], range: Range<usize>) -> Option<Vec<f32>> {
        let motion = motion();
        let inertial = Inertial {
            motion: &motion,
            missing,
            sampling_hz: 100.0,
        };
        let segment = inertial.segment(range)?;
        let [x, _, _] = segment.acceleration_g;
        Some(x.into_owned())
    }

    #[test]
    fn short_gaps_are_bridged_and_long_ones_refused() {
        let lost = [5..6, 12..18];
        assert_eq!(x(&lost, 3..8).unwrap(), [3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(x(&lost, 5..7).unwrap(), [6.0, 6.0], "held at the edge");
        assert_eq!(x(&lost, 3..13), None);
        assert_eq!(x(&lost, 6..12).unwrap().len(), 6);
        assert_eq!(x(&[], 10..21), None);
    }
}
