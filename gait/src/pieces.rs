//! Recordings in pieces: cut one in two, put two together. What a piece says of its times counts from its own first
//! sample.

use std::ops::Range;

use crate::issue::Issue;
use crate::recording::{Arrival, FootSignal, InsoleMotion, Recording};

impl Recording {
    /// Cuts the recording before sample `at`: `self` keeps what comes before, the rest is returned. Issues and marks go
    /// with the samples they lie in; issues without a time stay with `self`.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        let at = at.min(self.samples());
        let at_s = self.seconds(at);
        let (early, late): (Vec<_>, Vec<_>) = self
            .step_marks
            .drain(..)
            .partition(|mark| mark.time_s < at_s);
        self.step_marks = early;
        let (timeless_or_early, later): (Vec<_>, Vec<_>) = self
            .issues
            .drain(..)
            .partition(|issue| issue.start_s.is_none_or(|s| s < at_s));
        self.issues = timeless_or_early;
        Self {
            name: self.name.clone(),
            format: self.format,
            sampling_hz: self.sampling_hz,
            force_unit: self.force_unit,
            layout_id: self.layout_id.clone(),
            left: self.left.split_off(at),
            right: self.right.split_off(at),
            step_marks: late.into_iter().map(|mark| mark.later(-at_s)).collect(),
            issues: later.into_iter().map(|issue| issue.later(-at_s)).collect(),
        }
    }

    /// Puts the samples of `next` after the own ones. Both are of one device, at one rate.
    pub fn append(&mut self, next: Self) {
        let samples = self.samples();
        let after_s = self.seconds(samples);
        self.left.append(next.left, samples);
        self.right.append(next.right, samples);
        self.step_marks
            .extend(next.step_marks.into_iter().map(|mark| mark.later(after_s)));
        self.issues
            .extend(next.issues.into_iter().map(|issue| issue.later(after_s)));
    }

    fn seconds(&self, samples: usize) -> f64 {
        if self.sampling_hz > 0.0 {
            samples as f64 / self.sampling_hz
        } else {
            0.0
        }
    }
}

impl crate::recording::StepMark {
    fn later(mut self, by_s: f64) -> Self {
        self.time_s += by_s;
        self
    }
}

impl Issue {
    fn later(mut self, by_s: f64) -> Self {
        self.start_s = self.start_s.map(|s| s + by_s);
        self.end_s = self.end_s.map(|s| s + by_s);
        self
    }
}

impl FootSignal {
    fn split_off(&mut self, at: usize) -> Self {
        let (early, late) = split_ranges(std::mem::take(&mut self.missing), at);
        self.missing = early;
        let first_late = self.arrivals.partition_point(|arrival| arrival.sample < at);
        let arrivals = self.arrivals.split_off(first_late);
        Self {
            force: tail(&mut self.force, at),
            sensors: self.sensors.iter_mut().map(|s| tail(s, at)).collect(),
            cop_ap_m: tail(&mut self.cop_ap_m, at),
            missing: late,
            motion: self.motion.as_mut().map(|motion| motion.split_off(at)),
            arrivals: arrivals
                .into_iter()
                .map(|arrival| Arrival {
                    sample: arrival.sample - at,
                    ..arrival
                })
                .collect(),
        }
    }

    /// `samples` is where the next piece begins, should this foot have fewer.
    fn append(&mut self, mut next: Self, samples: usize) {
        self.force.resize(samples, 0.0);
        self.force.append(&mut next.force);
        for (own, mut more) in self.sensors.iter_mut().zip(next.sensors) {
            own.resize(samples, 0.0);
            own.append(&mut more);
        }
        if !next.cop_ap_m.is_empty() {
            self.cop_ap_m.resize(samples, 0.0);
            self.cop_ap_m.append(&mut next.cop_ap_m);
        }
        if let (Some(own), Some(more)) = (&mut self.motion, next.motion) {
            own.append(more, samples);
        }
        for gap in next.missing {
            let gap = gap.start + samples..gap.end + samples;
            match self.missing.last_mut() {
                Some(last) if last.end == gap.start => last.end = gap.end,
                _ => self.missing.push(gap),
            }
        }
        self.arrivals
            .extend(next.arrivals.into_iter().map(|arrival| Arrival {
                sample: arrival.sample + samples,
                ..arrival
            }));
    }
}

impl InsoleMotion {
    fn split_off(&mut self, at: usize) -> Self {
        Self {
            acceleration_g: self.acceleration_g.each_mut().map(|axis| tail(axis, at)),
            angular_velocity_dps: self
                .angular_velocity_dps
                .each_mut()
                .map(|axis| tail(axis, at)),
        }
    }

    fn append(&mut self, next: Self, samples: usize) {
        let own = self
            .acceleration_g
            .iter_mut()
            .chain(&mut self.angular_velocity_dps);
        let more = next
            .acceleration_g
            .into_iter()
            .chain(next.angular_velocity_dps);
        for (own, mut more) in own.zip(more) {
            own.resize(samples, 0.0);
            own.append(&mut more);
        }
    }
}

fn tail<T>(values: &mut Vec<T>, at: usize) -> Vec<T> {
    values.split_off(at.min(values.len()))
}

fn split_ranges(ranges: Vec<Range<usize>>, at: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut early, mut late) = (Vec::new(), Vec::new());
    for range in ranges {
        if range.start < at {
            early.push(range.start..range.end.min(at));
        }
        if range.end > at {
            late.push(range.start.max(at) - at..range.end - at);
        }
    }
    (early, late)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issue::IssueCode;
    use crate::recording::{ForceUnit, Format, Side, StepMark, StepMarkKind};
    use proptest::prelude::*;

    fn foot(samples: usize) -> FootSignal {
        let ramp = || (0..samples).map(|i| i as f32).collect::<Vec<f32>>();
        FootSignal {
            force: (0..samples).map(|i| i as f64).collect(),
            sensors: vec![ramp(); 3],
            cop_ap_m: (0..samples).map(|i| i as f32).collect(),
            missing: vec![5..9, 20..40],
            motion: Some(InsoleMotion {
                acceleration_g: [ramp(), ramp(), ramp()],
                angular_velocity_dps: [ramp(), ramp(), ramp()],
            }),
            arrivals: (0..samples)
                .step_by(7)
                .map(|sample| Arrival {
                    sample,
                    host_s: sample as f64 / 50.0,
                })
                .collect(),
        }
    }

    fn recording() -> Recording {
        Recording {
            name: "walk".to_owned(),
            format: Format::Simulated,
            sampling_hz: 50.0,
            force_unit: ForceUnit::Newton,
            layout_id: None,
            left: foot(60),
            right: foot(60),
            step_marks: vec![StepMark {
                side: Side::Left,
                kind: StepMarkKind::ToeOff,
                time_s: 0.5,
            }],
            issues: vec![Issue::new(IssueCode::Gap, "a gap").between(0.4, 0.8)],
        }
    }

    proptest! {
        #[test]
        fn two_pieces_put_together_are_the_whole(at in 0_usize..70) {
            let whole = recording();
            let mut first = whole.clone();
            let second = first.split_off(at);
            prop_assert_eq!(first.samples() + second.samples(), whole.samples());
            first.append(second);
            // Times are moved by the cut and back.
            for (mark, expected) in first.step_marks.iter_mut().zip(&whole.step_marks) {
                prop_assert!((mark.time_s - expected.time_s).abs() < 1e-12);
                mark.time_s = expected.time_s;
            }
            first.issues.clone_from(&whole.issues);
            prop_assert_eq!(first, whole);
        }
    }

    #[test]
    fn a_piece_counts_from_its_own_first_sample() {
        let mut first = recording();
        let second = first.split_off(25);
        assert_eq!(second.left.missing.first(), Some(&(0..15)));
        assert_eq!(first.left.missing, [5..9, 20..25]);
        assert_eq!(second.left.arrivals.first().map(|a| a.sample), Some(3));
        assert_eq!(second.step_marks.first().map(|m| m.time_s), Some(0.0));
        assert_eq!(first.issues.len(), 1);
    }
}
