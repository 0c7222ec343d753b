//! One foot as its frames arrive: columns that grow together, with what is missing remembered.

use std::ops::Range;

use crate::recording::{FootSignal, InsoleMotion};

/// Axes of acceleration and angular velocity together.
pub(super) const MOTION: usize = 6;

/// Which single-precision columns a foot has, in the order of [`Frame::values`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Pressure or force sensors.
    pub(super) sensors: usize,
    /// Whether six motion columns follow: acceleration x y z, angular velocity x y z.
    pub(super) motion: bool,
    /// Whether the place of the centre of pressure follows.
    pub(super) cop: bool,
}

impl Shape {
    pub(super) const fn width(self) -> usize {
        let motion = if self.motion { MOTION } else { 0 };
        self.sensors + motion + self.cop as usize
    }
}

/// One foot at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) force: f64,
    /// As many as [`Shape::width`].
    pub(super) values: &'a [f32],
    /// Whether the motion values are real; they are 0 otherwise.
    pub(super) moves: bool,
}

/// The columns of one foot.
pub(super) struct FootColumns {
    shape: Shape,
    pub(super) force: Vec<f64>,
    columns: Vec<Vec<f32>>,
    pub(super) missing: Vec<Range<usize>>,
    motionless: Vec<Range<usize>>,
    moved: bool,
}

impl FootColumns {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            force: Vec::new(),
            columns: vec![Vec::new(); shape.width()],
            missing: Vec::new(),
            motionless: Vec::new(),
            moved: false,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.force.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.force.len() <= self.missing.iter().map(ExactSizeIterator::len).sum()
    }

    /// Keeps a frame as this sample; samples between the last and this one are missing so far.
    #[inline]
    pub(super) fn push(&mut self, sample: usize, frame: Frame<'_>) {
        if sample < self.len() {
            return self.replace(sample, frame);
        }
        if sample > self.len() {
            self.pad(sample);
        }
        self.force.push(frame.force);
        for (column, value) in self.columns.iter_mut().zip(frame.values) {
            column.push(*value);
        }
        self.note_motion(sample, frame.moves);
    }

    /// Lengthens the foot to this many samples by missing ones.
    pub(super) fn pad(&mut self, samples: usize) {
        let from = self.len();
        if samples <= from {
            return;
        }
        extend(&mut self.missing, from..samples);
        self.force.resize(samples, 0.0);
        for column in &mut self.columns {
            column.resize(samples, 0.0);
        }
    }

    /// Whether this sample is inside the foot and missing.
    pub(super) fn is_missing(&self, sample: usize) -> bool {
        let next = self.missing.partition_point(|gap| gap.end <= sample);
        self.missing
            .get(next)
            .is_some_and(|gap| gap.contains(&sample))
    }

    /// Moves every sample back by so many, which are missing then.
    pub(super) fn delay(&mut self, samples: usize) {
        if samples == 0 {
            return;
        }
        self.force.splice(0..0, std::iter::repeat_n(0.0, samples));
        for column in &mut self.columns {
            column.splice(0..0, std::iter::repeat_n(0.0, samples));
        }
        for gap in self.missing.iter_mut().chain(&mut self.motionless) {
            *gap = gap.start + samples..gap.end + samples;
        }
        match self.missing.first_mut() {
            Some(first) if first.start == samples => first.start = 0,
            _ => self.missing.insert(0, 0..samples),
        }
    }

    /// A late frame fills its place.
    fn replace(&mut self, sample: usize, frame: Frame<'_>) {
        let next = self.missing.partition_point(|gap| gap.end <= sample);
        if let Some(gap) = self
            .missing
            .get(next)
            .cloned()
            .filter(|gap| gap.contains(&sample))
        {
            let rest = [gap.start..sample, sample + 1..gap.end];
            let rest = rest.into_iter().filter(|part| !part.is_empty());
            self.missing.splice(next..=next, rest);
        }
        if let Some(slot) = self.force.get_mut(sample) {
            *slot = frame.force;
        }
        for (column, value) in self.columns.iter_mut().zip(frame.values) {
            if let Some(slot) = column.get_mut(sample) {
                *slot = *value;
            }
        }
        self.note_motion(sample, frame.moves);
    }

    fn note_motion(&mut self, sample: usize, moves: bool) {
        if !self.shape.motion {
        } else if moves {
            self.moved = true;
        } else {
            extend(&mut self.motionless, sample..sample + 1);
        }
    }

    /// The finished foot. A packet that lost its motion values only is a lost packet; a foot that never had any has
    /// no motion sensor.
    pub(super) fn finish(mut self) -> FootSignal {
        if self.moved && !self.motionless.is_empty() {
            self.lose_motionless();
        }
        let mut columns = self.columns.into_iter();
        let mut take = |n: usize| columns.by_ref().take(n).collect::<Vec<_>>();
        let sensors = take(self.shape.sensors);
        let motion = self.shape.motion.then(|| InsoleMotion {
            acceleration_g: take(3).try_into().unwrap_or_default(),
            angular_velocity_dps: take(3).try_into().unwrap_or_default(),
        });
        FootSignal {
            force: self.force,
            sensors,
            missing: self.missing,
            motion: motion.filter(|_| self.moved),
            arrivals: Vec::new(),
            cop_ap_m: columns
                .next()
                .filter(|_| self.shape.cop)
                .unwrap_or_default(),
        }
    }

    fn lose_motionless(&mut self) {
        let gaps = std::mem::take(&mut self.motionless);
        for gap in &gaps {
            if let Some(force) = self.force.get_mut(gap.clone()) {
                force.fill(0.0);
            }
            for column in &mut self.columns {
                if let Some(values) = column.get_mut(gap.clone()) {
                    values.fill(0.0);
                }
            }
        }
        self.missing.extend(gaps);
        self.missing.sort_by_key(|gap| gap.start);
        self.missing.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
    }
}

/// Adds a range at the end, joined to the last one if it touches it.
fn extend(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// The parts of `ranges` outside `holes`; both ascending and disjoint.
pub(super) fn without(ranges: &[Range<usize>], holes: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut rest = Vec::new();
    let mut holes = holes.iter().peekable();
    for range in ranges {
        let mut start = range.start;
        while let Some(hole) = holes.peek().filter(|hole| hole.start < range.end) {
            if hole.start > start {
                rest.push(start..hole.start);
            }
            start = start.max(hole.end);
            if hole.end > range.end {
                break;
            }
            holes.next();
        }
        if start < range.end {
            rest.push(start..range.end);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "lists of one gap")]
    use super::*;

    const SHAPE: Shape = Shape {
        sensors: 1,
        motion: true,
        cop: false,
    };

    fn push(foot: &mut FootColumns, sample: usize, value: f32, moves: bool) {
        let values = [value; 7];
        foot.push(
            sample,
            Frame {
                force: f64::from(value),
                values: &values,
                moves,
            },
        );
    }

    #[test]
    fn late_frames_fill_their_gap_and_delays_shift_it() {
        let mut foot = FootColumns::new(SHAPE);
        push(&mut foot, 0, 1.0, true);
        push(&mut foot, 5, 2.0, true);
        assert!(foot.is_missing(3) && !foot.is_missing(5) && !foot.is_missing(0));
        push(&mut foot, 2, 3.0, true);
        assert_eq!(foot.missing, [1..2, 3..5]);
        foot.delay(2);
        assert_eq!(foot.missing, [0..2, 3..4, 5..7]);
        let foot = foot.finish();
        assert_eq!(foot.force, [0.0, 0.0, 1.0, 0.0, 3.0, 0.0, 0.0, 2.0]);
        assert!(
            foot.motion
                .is_some_and(|m| m.acceleration_g.iter().all(|a| a.len() == 8))
        );
    }

    #[test]
    fn half_a_packet_is_lost_and_no_motion_at_all_is_no_sensor() {
        let mut foot = FootColumns::new(SHAPE);
        push(&mut foot, 0, 1.0, true);
        push(&mut foot, 1, 1.0, false);
        push(&mut foot, 3, 1.0, true);
        let foot = foot.finish();
        assert_eq!(
            (foot.missing.as_slice(), foot.force.get(1)),
            ([1..3].as_slice(), Some(&0.0))
        );
        let mut bare = FootColumns::new(SHAPE);
        push(&mut bare, 0, 1.0, false);
        let bare = bare.finish();
        assert!(bare.motion.is_none() && bare.missing.is_empty());
    }

    #[test]
    fn holes_are_cut_out_of_ranges() {
        assert_eq!(
            without(&[0..10, 20..30], &[2..4, 8..22, 29..40]),
            [0..2, 4..8, 22..29]
        );
        assert_eq!(without(&[0..3, 5..6], &[0..3]), [5..6]);
        assert_eq!(without(&[0..3, 4..9], &[1..6]), [0..1, 6..9]);
    }
}
