//! How a person with given conditions moves at a given speed: the parameters every contact is drawn from.

use gait::recording::Side;

use crate::activity::Gait;
use crate::effects::Effects;
use crate::gaits::{CadenceRule, ForceRule, GaitNumbers, StanceRule, numbers};
use crate::grf::{Peaks, StanceCurve};
use crate::laws::laws;
use crate::person::{Person, side_sign};
use crate::sides::PerSide;
use crate::steps::StepPattern;

/// Stance shares outside this range are no longer walking; extreme combinations are held at its ends [A].
const STANCE_FRACTION_RANGE: (f64, f64) = (0.52, 0.80);
/// The same for running: both feet are in the air between steps [A].
const DUTY_RANGE: (f64, f64) = (0.20, 0.46);

/// Parameters of one bout.
#[derive(Clone, Debug, PartialEq)]
pub struct GaitPattern {
    /// Which gait.
    pub gait: Gait,
    /// Speed, m/s.
    pub speed_mps: f64,
    /// Mean cadence, steps/min.
    pub cadence_spm: f64,
    /// Step times.
    pub steps: StepPattern,
    /// Mean stance time over stride time.
    pub stance_fraction: PerSide<f64>,
    /// Its stride-to-stride SD.
    pub stance_fraction_sd: f64,
    /// Mean force peaks.
    pub peaks: PerSide<Peaks>,
    /// How fast the first peak is reached, 1 as usual.
    pub rise: PerSide<f64>,
}

impl GaitPattern {
    /// Walking of a person at `speed_mps` (before the conditions slow it down).
    #[must_use]
    pub fn new(person: &Person, effects: &Effects, speed_mps: f64) -> Self {
        Self::of(Gait::Walking, person, effects, speed_mps)
    }

    /// Any gait of a person at `speed_mps` (before the conditions slow it down).
    #[must_use]
    pub fn of(gait: Gait, person: &Person, effects: &Effects, speed_mps: f64) -> Self {
        let row = numbers(gait);
        let asked_mps = speed_mps * effects.speed;
        let cadence_spm = cadence(row, person, asked_mps);
        let speed_mps = row
            .tread_m
            .map_or(asked_mps, |tread_m| tread_m * cadence_spm / 60.0);
        Self {
            gait,
            speed_mps,
            cadence_spm,
            steps: step_pattern(person, effects, cadence_spm),
            stance_fraction: PerSide::from_fn(|side| {
                stance_fraction(row, person, effects, speed_mps, side)
            }),
            stance_fraction_sd: laws().constants.stance_fraction_sd.value * effects.stance_sd,
            peaks: PerSide::from_fn(|side| peaks(row, person, effects, speed_mps, side)),
            rise: PerSide::from_fn(|side| effects.feet.get(side).loading_rate),
        }
    }

    /// Mean stride time, s.
    #[must_use]
    pub fn stride_time_s(&self) -> f64 {
        2.0 * self.steps.step_time_s
    }

    /// Mean step length, m.
    #[must_use]
    pub fn step_length_m(&self) -> f64 {
        60.0 * self.speed_mps / self.cadence_spm
    }

    /// The gait's numbers.
    #[must_use]
    pub fn numbers(&self) -> &'static GaitNumbers {
        numbers(self.gait)
    }

    /// The force over a stance with given peaks, the first reached `rise` times as fast as usual.
    #[must_use]
    pub fn curve(&self, peaks: Peaks, rise: f64) -> StanceCurve {
        match self.numbers().force {
            ForceRule::Hump => StanceCurve::hump(),
            ForceRule::BySpeed | ForceRule::Peaks { .. } => {
                StanceCurve::with_rise(peaks.with_two_peaks(), rise)
            }
        }
    }

    /// The mean force over a stance of one foot.
    #[must_use]
    pub fn mean_curve(&self, side: Side) -> StanceCurve {
        self.curve(*self.peaks.get(side), *self.rise.get(side))
    }
}

fn cadence(row: &GaitNumbers, person: &Person, speed_mps: f64) -> f64 {
    match row.cadence {
        CadenceRule::OfSpeed => person.cadence_spm(speed_mps),
        CadenceRule::OfUsual { factor } => factor * person.cadence_spm(person.preferred_speed_mps),
        CadenceRule::Law { intercept, per_mps } => intercept + per_mps * speed_mps,
    }
}

fn step_pattern(person: &Person, effects: &Effects, cadence_spm: f64) -> StepPattern {
    let step_factor = |side: Side| {
        (1.0 + side_sign(side) * person.traits.step_asymmetry / 2.0)
            * effects.feet.get(side).step_time
    };
    let pair_mean = 0.5 * (step_factor(Side::Left) + step_factor(Side::Right));
    StepPattern {
        step_time_s: 60.0 / cadence_spm,
        step_cv: person.step_cv() * effects.step_cv,
        side_factor: PerSide::from_fn(|side| step_factor(side) / pair_mean),
    }
}

fn stance_fraction(
    row: &GaitNumbers,
    person: &Person,
    effects: &Effects,
    speed_mps: f64,
    side: Side,
) -> f64 {
    let traits = &person.traits;
    let own_pp = traits.stance_pp + side_sign(side) * traits.stance_asymmetry_pp;
    let (percent, range) = match row.stance {
        StanceRule::ShiftPp { value } => (
            laws().laws.stance_pct.at(speed_mps) + value,
            STANCE_FRACTION_RANGE,
        ),
        StanceRule::Law { intercept, per_mps } => {
            (100.0 * (intercept + per_mps * speed_mps), DUTY_RANGE)
        }
    };
    let foot = effects.feet.get(side);
    let stance = (percent + own_pp) / 100.0 * foot.stance;
    (1.0 - (1.0 - stance) * foot.swing).clamp(range.0, range.1)
}

fn peaks(
    row: &GaitNumbers,
    person: &Person,
    effects: &Effects,
    speed_mps: f64,
    side: Side,
) -> Peaks {
    let mean = match row.force {
        ForceRule::Peaks {
            bw: [first_bw, valley_bw, second_bw],
        } => Peaks {
            first_bw,
            valley_bw,
            second_bw,
        },
        ForceRule::BySpeed | ForceRule::Hump => Peaks::at_speed(speed_mps),
    };
    let (traits, foot) = (&person.traits, effects.feet.get(side));
    Peaks {
        first_bw: (mean.first_bw + traits.first_peak_bw) * foot.first_peak,
        valley_bw: mean.valley_bw + traits.valley_bw,
        second_bw: (mean.second_bw + traits.second_peak_bw) * foot.second_peak,
    }
    .with_two_peaks()
}
