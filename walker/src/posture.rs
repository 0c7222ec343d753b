//! Resting: standing, sitting, shoes off, frozen, and the moments between.

use std::f64::consts::TAU;

use gait::recording::Side;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::activity::{Posture, RestPlan};
use crate::laws::laws;
use crate::maths::{part, sin, smooth};
use crate::random::{Purpose, StreamKey};
use crate::standing::StandingShare;

/// What the feet of a sitting person carry, body weights [A].
const SITTING_BW: std::ops::Range<f64> = 0.15..0.25;
/// How long it takes to sit down, get up, or take shoes off, s [A].
const TRANSITION_S: std::ops::Range<f64> = 1.0..2.0;
/// Trembling while frozen: rate (Hz; the freeze band is 3 to 8 Hz, Moore 2008, recalled) and swing of the share [A].
const TREMBLE_HZ: std::ops::Range<f64> = 3.0..8.0;
const TREMBLE_SHARE: f64 = 0.12;
/// The trembling comes and goes over this time, s [A].
const TREMBLE_ONSET_S: f64 = 0.5;

/// A rest as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// How.
    pub posture: Posture,
    /// The transition into it begins, s.
    pub start_s: f64,
    /// The posture is reached, s.
    pub reached_s: f64,
    /// The next activity begins, s.
    pub end_s: f64,
}

/// Weight of a resting person at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// On both feet, body weights.
    pub total_bw: f64,
    /// Share of it on the foot that swings first.
    pub share: f64,
}

/// A person between bouts: how much weight is on the feet, and how it is shared.
#[derive(Clone, Debug)]
pub struct Resting {
    rng: ChaCha8Rng,
    /// How the weight is shared.
    pub standing: StandingShare,
    total_bw: f64,
}

impl Resting {
    /// Begins standing; `bias` is added to the share for good.
    #[must_use]
    pub fn new(key: StreamKey, bias: f64) -> Self {
        Self {
            rng: key.rng(Purpose::Postures, 0),
            standing: StandingShare::new(key.rng(Purpose::Standing, 0), bias),
            total_bw: 1.0,
        }
    }

    /// Rests from `start_s` on; `weigh` is called for each of `samples` samples.
    pub fn rest(
        &mut self,
        plan: &RestPlan,
        start_s: f64,
        times_s: impl Iterator<Item = f64>,
        interval_s: f64,
        mut weigh: impl FnMut(Weight),
    ) -> Episode {
        let goal_bw = match plan.posture {
            Posture::Standing | Posture::Freezing => 1.0,
            Posture::Sitting => self.rng.random_range(SITTING_BW),
            Posture::Unworn => 0.0,
        };
        let (from_bw, transition_s) = (self.total_bw, self.rng.random_range(TRANSITION_S));
        let tremble_hz = self.rng.random_range(TREMBLE_HZ);
        let moves = (goal_bw - from_bw).abs() > 0.0;
        let reached_s = start_s + if moves { transition_s } else { 0.0 };
        let end_s = start_s + plan.duration_s;
        for time_s in times_s {
            let gone = if moves {
                smooth(part(time_s, start_s, reached_s))
            } else {
                1.0
            };
            let tremble = if plan.posture == Posture::Freezing {
                let here = (time_s - start_s).min(end_s - time_s) / TREMBLE_ONSET_S;
                TREMBLE_SHARE * smooth(here) * sin(TAU * tremble_hz * (time_s - start_s))
            } else {
                0.0
            };
            weigh(Weight {
                total_bw: from_bw + gone * (goal_bw - from_bw),
                share: (self.standing.share() + tremble).clamp(0.0, 1.0),
            });
            self.standing.advance(time_s, interval_s);
        }
        self.total_bw = goal_bw;
        Episode {
            posture: plan.posture,
            start_s,
            reached_s,
            end_s,
        }
    }

    /// Whether all weight is on the feet.
    #[must_use]
    pub fn is_upright(&self) -> bool {
        self.total_bw == 1.0
    }
}

/// The share of the left foot, from that of the foot that swings first.
#[must_use]
pub const fn left_share(share: f64, first: Side) -> f64 {
    match first {
        Side::Left => share,
        Side::Right => 1.0 - share,
    }
}

/// Phase of the stance whose pressures are those of a flat foot.
#[must_use]
pub fn flat_phase() -> f64 {
    laws().constants.flat_foot_phase.value
}
