//! One foot from gyroscope zero to the way of each stride.

use std::ops::Range;

use super::integrate::{Path, Way, paths};
use super::lanes::LANES;
use super::midstance::{StillMoment, still_moment};
use super::rotation::Vector;
use super::segment::Inertial;
use super::stillness::Stillness;
use crate::events::Footfalls;
use crate::recording::FootSignal;
use crate::stats::median;

/// Fewer samples do not follow a swing (A: 12 samples in the shortest one), Hz.
const LEAST_HZ: f64 = 50.0;
/// In a longer stance the foot is at rest by now after contact, and still at rest this long before toe-off, s.
const SETTLE_S: f64 = 1.0;

/// Longer ways from rest to rest are no strides, and errors grow with the square of time, s.
const LONGEST_S: f64 = 3.0;

/// A stance that the end of the recording cuts off earlier has not come to rest, s: half a usual stance.
const LEAST_OPEN_S: f64 = 0.4;

/// What was found of one stride.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct StrideFindings {
    /// The way from stance to stance.
    pub(super) path: Option<Path>,
    /// Fastest turning of the toes upwards between toe-off and contact, degrees per second about y (negative).
    pub(super) swing_dps: Option<f64>,
}

/// The inertial signal of a foot with its stillness.
pub(super) struct FootMotion<'a> {
    inertial: Inertial<'a>,
    pub(super) stillness: Stillness,
}

impl<'a> FootMotion<'a> {
    /// `None` without inertial data or when the sampling is too slow to integrate.
    pub(super) fn of(
        foot: &'a FootSignal,
        missing: &'a [Range<usize>],
        sampling_hz: f64,
    ) -> Option<Self> {
        let motion = foot.motion.as_ref()?;
        let inertial = Inertial {
            motion,
            missing,
            sampling_hz,
        };
        (sampling_hz >= LEAST_HZ).then(|| Self {
            inertial,
            stillness: Stillness::of(motion, missing, sampling_hz),
        })
    }

    /// Whether there is a gyroscope to believe.
    pub(super) const fn works(&self) -> bool {
        self.stillness.alive
    }

    /// One entry per stride of the foot.
    pub(super) fn strides(&self, footfalls: &Footfalls) -> Vec<StrideFindings> {
        let bias_dps = self.bias_dps(footfalls);
        let rest: Vec<Rest> = footfalls
            .contacts()
            .map(|(contact, toe_off)| self.rest(contact, toe_off, bias_dps))
            .collect();
        let mut found = Vec::with_capacity(rest.len());
        let mut ways: Vec<(usize, Way<'a>)> = Vec::with_capacity(LANES);
        for ((stance, contact), rest) in footfalls.cycles().zip(rest.windows(2)) {
            let way = match rest {
                [from, to] => self.way(from, to, contact),
                _ => None,
            };
            ways.extend(way.map(|way| (found.len(), way)));
            found.push(StrideFindings {
                path: None,
                swing_dps: self.swing_dps(stance.toe_off, contact, bias_dps),
            });
            if ways.len() == LANES {
                self.integrate(&mut ways, bias_dps, &mut found);
            }
        }
        self.integrate(&mut ways, bias_dps, &mut found);
        found
    }

    /// Gives each stride its path and empties the list of ways (with the stride each belongs to).
    fn integrate(
        &self,
        ways: &mut Vec<(usize, Way<'a>)>,
        bias_dps: Vector,
        found: &mut [StrideFindings],
    ) {
        let (strides, ways): (Vec<usize>, Vec<Way<'a>>) = ways.drain(..).unzip();
        let paths = paths(&ways, bias_dps, self.inertial.sampling_hz);
        for (stride, path) in strides.into_iter().zip(paths) {
            if let Some(findings) = found.get_mut(stride) {
                findings.path = path;
            }
        }
    }

    /// The foot at rest within a stance; an open stance is read from its start only.
    fn rest(&self, contact: f64, toe_off: Option<f64>, bias_dps: Vector) -> Rest {
        let settle = SETTLE_S * self.inertial.sampling_hz;
        let samples = self.inertial.motion.angular_velocity_dps[0].len() as f64;
        let end = toe_off.unwrap_or(contact + settle).min(samples);
        if toe_off.is_none() && end - contact < LEAST_OPEN_S * self.inertial.sampling_hz {
            return Rest::default();
        }
        let still = |from: f64, to: f64| {
            let range = from.ceil().max(0.0) as usize..to.floor().max(0.0) as usize;
            still_moment(&self.inertial, range, bias_dps)
        };
        if end - contact <= settle {
            let one = still(contact, end);
            return Rest {
                after_contact: one,
                before_toe_off: one,
            };
        }
        Rest {
            after_contact: still(contact, contact + settle),
            before_toe_off: still(end - settle, end),
        }
    }

    /// From quiet stance; where the foot never rested for long, the median over the stillest moments of the stances.
    fn bias_dps(&self, footfalls: &Footfalls) -> Vector {
        self.stillness.bias_dps.unwrap_or_else(|| {
            // The zero moves the moment that looks stillest, and the moment tells the zero: the second look settles it.
            let first = self.median_rate_dps(footfalls, Vector::default());
            self.median_rate_dps(footfalls, first)
        })
    }

    fn median_rate_dps(&self, footfalls: &Footfalls, bias_dps: Vector) -> Vector {
        let rates: Vec<Vector> = footfalls
            .contacts()
            .filter_map(|(contact, toe_off)| self.rest(contact, toe_off, bias_dps).before_toe_off)
            .map(|moment| moment.rate_dps)
            .collect();
        std::array::from_fn(|i| median(rates.iter().map(|r| r[i])).unwrap_or(0.0))
    }

    fn way(&self, from: &Rest, to: &Rest, contact: f64) -> Option<Way<'a>> {
        let (from, to) = (from.before_toe_off?, to.after_contact?);
        let longest = LONGEST_S * self.inertial.sampling_hz;
        if (to.at.saturating_sub(from.at)) as f64 > longest {
            return None;
        }
        let contact = contact.round().max(0.0) as usize;
        Way::new(&self.inertial, &from, &to, contact)
    }

    fn swing_dps(&self, toe_off: f64, contact: f64, bias_dps: Vector) -> Option<f64> {
        let range = toe_off.ceil().max(0.0) as usize..contact.ceil().max(0.0) as usize;
        let segment = self.inertial.segment(range)?;
        let [_, y, _] = &segment.angular_velocity_dps;
        let least = y.iter().copied().fold(f32::INFINITY, f32::min);
        let [_, bias, _] = bias_dps;
        least.is_finite().then(|| f64::from(least) - bias)
    }
}

/// Where a foot rests within one stance.
#[derive(Default)]
struct Rest {
    after_contact: Option<StillMoment>,
    before_toe_off: Option<StillMoment>,
}
