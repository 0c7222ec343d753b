//! How a person with given conditions walks at a given speed: the parameters every contact is drawn from.

use gait::recording::Side;

use crate::effects::Effects;
use crate::grf::Peaks;
use crate::laws::laws;
use crate::person::{Person, side_sign};
use crate::sides::PerSide;
use crate::steps::StepPattern;

/// Stance shares outside this range are no longer walking; extreme combinations are held at its ends [A].
const STANCE_FRACTION_RANGE: (f64, f64) = (0.52, 0.80);

/// Parameters of one bout.
#[derive(Clone, Debug, PartialEq)]
pub struct GaitPattern {
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
}

impl GaitPattern {
    /// The pattern of a person at `speed_mps` (before the conditions slow it down).
    #[must_use]
    pub fn new(person: &Person, effects: &Effects, speed_mps: f64) -> Self {
        let speed_mps = speed_mps * effects.speed;
        let cadence_spm = person.cadence_spm(speed_mps);
        let step_factor = |side: Side| {
            (1.0 + side_sign(side) * person.traits.step_asymmetry / 2.0)
                * effects.feet.get(side).step_time
        };
        let pair_mean = 0.5 * (step_factor(Side::Left) + step_factor(Side::Right));
        Self {
            speed_mps,
            cadence_spm,
            steps: StepPattern {
                step_time_s: 60.0 / cadence_spm,
                step_cv: person.step_cv() * effects.step_cv,
                side_factor: PerSide::from_fn(|side| step_factor(side) / pair_mean),
            },
            stance_fraction: PerSide::from_fn(|side| {
                stance_fraction(person, effects, speed_mps, side)
            }),
            stance_fraction_sd: laws().constants.stance_fraction_sd.value * effects.stance_sd,
            peaks: PerSide::from_fn(|side| peaks(person, effects, speed_mps, side)),
        }
    }

    /// Mean stride time, s.
    #[must_use]
    pub fn stride_time_s(&self) -> f64 {
        2.0 * self.steps.step_time_s
    }
}

fn stance_fraction(person: &Person, effects: &Effects, speed_mps: f64, side: Side) -> f64 {
    let traits = &person.traits;
    let percent = laws().laws.stance_pct.at(speed_mps)
        + traits.stance_pp
        + side_sign(side) * traits.stance_asymmetry_pp;
    let foot = effects.feet.get(side);
    let stance = percent / 100.0 * foot.stance;
    (1.0 - (1.0 - stance) * foot.swing).clamp(STANCE_FRACTION_RANGE.0, STANCE_FRACTION_RANGE.1)
}

fn peaks(person: &Person, effects: &Effects, speed_mps: f64, side: Side) -> Peaks {
    let mean = Peaks::at_speed(speed_mps);
    let traits = &person.traits;
    Peaks {
        first_bw: (mean.first_bw + traits.first_peak_bw) * effects.feet.get(side).first_peak,
        valley_bw: mean.valley_bw + traits.valley_bw,
        second_bw: mean.second_bw + traits.second_peak_bw,
    }
    .with_two_peaks()
}
