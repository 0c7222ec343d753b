//! Strides: from one initial contact of a foot to its next, each kept or left out with a reason.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::events::Stance;
use crate::metrics;
use crate::moments::Moments;
use crate::recording::Side;
use crate::stats::median;

/// Why a stride is not used for the metrics. Stable strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Shorter than walking allows: not a stride.
    TooShort,
    /// Longer than walking allows (a pause): not a stride.
    TooLong,
    /// Missing samples inside or at its events: not a stride.
    Gap,
    /// Peak force too low (shuffling, unweighting): not a stride.
    LowForce,
    /// The other foot made no single contact within the stride.
    MissingContralateral,
    /// A phase lies outside the credible range.
    ImplausiblePhase,
    /// Inside the trimmed start or end of the recording.
    Trimmed,
    /// Not part of a walking bout of at least four strides.
    Isolated,
    /// First stride of a bout (gait initiation).
    FirstOfBout,
    /// Last stride of a bout (gait termination).
    LastOfBout,
    /// Stride or swing time further than three standard deviations from the median (turns, stumbles).
    Outlier,
}

impl Exclusion {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::TooShort,
        Self::TooLong,
        Self::Gap,
        Self::LowForce,
        Self::MissingContralateral,
        Self::ImplausiblePhase,
        Self::Trimmed,
        Self::Isolated,
        Self::FirstOfBout,
        Self::LastOfBout,
        Self::Outlier,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Gap => "gap",
            Self::LowForce => "low_force",
            Self::MissingContralateral => "missing_contralateral",
            Self::ImplausiblePhase => "implausible_phase",
            Self::Trimmed => "trimmed",
            Self::Isolated => "isolated",
            Self::FirstOfBout => "first_of_bout",
            Self::LastOfBout => "last_of_bout",
            Self::Outlier => "outlier",
        }
    }

    /// The reason with this string.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether a stride with this reason is still physically one stride of walking.
    #[must_use]
    pub const fn keeps_validity(self) -> bool {
        matches!(
            self,
            Self::MissingContralateral | Self::ImplausiblePhase | Self::Trimmed | Self::Isolated | Self::FirstOfBout
                | Self::LastOfBout | Self::Outlier
        )
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One stride of one foot. Times in seconds from the first sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Stride {
    /// Foot.
    pub foot: Side,
    /// Initial contact that begins it.
    pub start_s: f64,
    /// Toe-off within it.
    pub toe_off_s: f64,
    /// Initial contact that ends it.
    pub end_s: f64,
    /// Why it is not used; `None` when it is.
    pub reason: Option<Exclusion>,
    /// The other foot's only initial contact within it.
    pub contralateral_s: Option<f64>,
    /// Time both feet are loaded within it, s; absent when the other foot's events do not allow to say.
    pub double_support_s: Option<f64>,
    /// Largest load of its stance in the first half, body weights; absent when force is uncalibrated.
    pub f1_bw: Option<f64>,
    /// Smallest load between the two peaks, body weights.
    pub fv_bw: Option<f64>,
    /// Largest load of its stance in the second half, body weights.
    pub f2_bw: Option<f64>,
}

impl Stride {
    /// End minus start.
    #[must_use]
    pub fn stride_time_s(&self) -> f64 {
        self.end_s - self.start_s
    }

    /// Start to toe-off.
    #[must_use]
    pub fn stance_time_s(&self) -> f64 {
        self.toe_off_s - self.start_s
    }

    /// Toe-off to end.
    #[must_use]
    pub fn swing_time_s(&self) -> f64 {
        self.end_s - self.toe_off_s
    }

    /// Stance as a share of the stride, percent.
    #[must_use]
    pub fn stance_pct(&self) -> f64 {
        100.0 * self.stance_time_s() / self.stride_time_s()
    }

    /// Swing as a share of the stride, percent.
    #[must_use]
    pub fn swing_pct(&self) -> f64 {
        100.0 * self.swing_time_s() / self.stride_time_s()
    }

    /// Double support as a share of the stride, percent.
    #[must_use]
    pub fn double_support_pct(&self) -> Option<f64> {
        self.double_support_s.map(|s| 100.0 * s / self.stride_time_s())
    }

    /// This foot's step: from the other foot's contact to its own contact that ends the stride.
    #[must_use]
    pub fn step_time_s(&self) -> Option<f64> {
        self.contralateral_s.map(|c| self.end_s - c)
    }

    /// Physically one stride of walking, whether or not it is used.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.reason.is_none_or(Exclusion::keeps_validity)
    }

    /// In the metrics.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.reason.is_none()
    }

    fn exclude(&mut self, reason: Exclusion) {
        self.reason.get_or_insert(reason);
    }
}

/// Gaps longer than this spoil the events near them, s; shorter ones are bridged.
const BRIDGED_GAP_S: f64 = 0.030;
/// Gaps longer than this spoil the whole stride, s.
const SPOILING_GAP_S: f64 = 0.100;
/// Distance within which a gap spoils an event, s.
const EVENT_MARGIN_S: f64 = 0.030;
/// Peak load below which a stance is no step of walking, body weights (or amplitudes).
const LOW_PEAK: f64 = 0.5;

/// What is known of both feet when strides are built.
pub(crate) struct Feet<'a> {
    pub(crate) stances: [&'a [Stance]; 2],
    pub(crate) missing: [&'a [Range<usize>]; 2],
    pub(crate) sampling_hz: f64,
}

impl Feet<'_> {
    /// Strides of both feet ordered by start, judged on their own: nothing of bouts or neighbours yet.
    pub(crate) fn strides(&self) -> Vec<Stride> {
        let [left, right] = self.stances;
        let mut all = self.foot(Side::Left, left, right, 0);
        all.extend(self.foot(Side::Right, right, left, 1));
        all.sort_by(|a, b| a.start_s.total_cmp(&b.start_s).then(a.foot.cmp(&b.foot)));
        all
    }

    fn foot(&self, foot: Side, own: &[Stance], other: &[Stance], index: usize) -> Vec<Stride> {
        let mut first_other = 0;
        own.windows(2).filter_map(|pair| {
            let [stance, next] = pair else { return None };
            while other.get(first_other).is_some_and(|o| o.toe_off <= stance.contact) {
                first_other += 1;
            }
            let mut stride = self.bare(foot, stance, next);
            self.judge(&mut stride, stance, index);
            self.relate(&mut stride, stance, next, other.get(first_other..).unwrap_or_default());
            Some(stride)
        }).collect()
    }

    fn bare(&self, foot: Side, stance: &Stance, next: &Stance) -> Stride {
        Stride {
            foot,
            start_s: stance.contact / self.sampling_hz,
            toe_off_s: stance.toe_off / self.sampling_hz,
            end_s: next.contact / self.sampling_hz,
            reason: None,
            contralateral_s: None,
            double_support_s: None,
            f1_bw: None,
            fv_bw: None,
            f2_bw: None,
        }
    }

    fn judge(&self, stride: &mut Stride, stance: &Stance, index: usize) {
        let (shortest, longest) = metrics::range("stride_time_s");
        if self.spoilt(stride, index) {
            stride.exclude(Exclusion::Gap);
        } else if stride.stride_time_s() > longest {
            stride.exclude(Exclusion::TooLong);
        } else if stride.stride_time_s() < shortest {
            stride.exclude(Exclusion::TooShort);
        } else if stance.peak < LOW_PEAK {
            stride.exclude(Exclusion::LowForce);
        } else if !(in_range("stance_pct", stride.stance_pct()) && in_range("swing_time_s", stride.swing_time_s())) {
            stride.exclude(Exclusion::ImplausiblePhase);
        }
    }

    fn spoilt(&self, stride: &Stride, index: usize) -> bool {
        let gaps = self.missing.get(index).copied().unwrap_or_default();
        // Gaps are ascending and disjoint, so their ends ascend too.
        let from = gaps.partition_point(|gap| (gap.end as f64) / self.sampling_hz < stride.start_s - EVENT_MARGIN_S);
        gaps.iter().skip(from).map(|gap| (gap.start as f64 / self.sampling_hz, gap.end as f64 / self.sampling_hz))
            .take_while(|(start, _)| *start <= stride.end_s + EVENT_MARGIN_S)
            .any(|(start, end)| {
                let long = end - start;
                let near = |event: f64| start - EVENT_MARGIN_S <= event && event <= end + EVENT_MARGIN_S;
                let hit = near(stride.start_s) || near(stride.toe_off_s) || near(stride.end_s);
                long > SPOILING_GAP_S || (long > BRIDGED_GAP_S && hit)
            })
    }

    /// The other foot within this stride; `other` starts at its first stance that ends after the stride's start.
    fn relate(&self, stride: &mut Stride, stance: &Stance, next: &Stance, other: &[Stance]) {
        let within = |t: f64| stance.contact < t && t < next.contact;
        let near: Vec<&Stance> = other.iter().take_while(|o| o.contact < next.contact).collect();
        let mut contacts = near.iter().map(|o| o.contact).filter(|c| within(*c));
        let (Some(contact), None) = (contacts.next(), contacts.next()) else {
            stride.exclude(Exclusion::MissingContralateral);
            return;
        };
        stride.contralateral_s = Some(contact / self.sampling_hz);
        let overlap: f64 = near.iter().map(|o| (stance.toe_off.min(o.toe_off) - stance.contact.max(o.contact)).max(0.0)).sum();
        // The other foot must have been seen to lift off; otherwise the overlap at the start is unknown.
        if near.iter().any(|o| within(o.toe_off)) {
            stride.double_support_s = Some(overlap / self.sampling_hz);
        } else {
            stride.exclude(Exclusion::MissingContralateral);
        }
    }
}

fn in_range(id: &str, value: f64) -> bool {
    let (low, high) = metrics::range(id);
    (low..=high).contains(&value)
}

/// Standard deviations from the median beyond which a stride is an outlier.
const OUTLIER_SD: f64 = 3.0;

/// Marks outliers of stride and swing time among the strides still used, per foot, repeated until none is found
/// (the protocol that reproduces Frenkel-Toledo 2005 on the same recordings).
pub(crate) fn mark_outliers(strides: &mut [Stride]) {
    for side in Side::BOTH {
        loop {
            let used = || strides.iter().filter(move |s| s.foot == side && s.is_used());
            let (stride, swing) = (Limits::of(used().map(Stride::stride_time_s)), Limits::of(used().map(Stride::swing_time_s)));
            let (Some(stride), Some(swing)) = (stride, swing) else { break };
            let mut found = false;
            for s in strides.iter_mut().filter(|s| s.foot == side && s.is_used()) {
                if !(stride.contains(s.stride_time_s()) && swing.contains(s.swing_time_s())) {
                    s.exclude(Exclusion::Outlier);
                    found = true;
                }
            }
            if !found {
                break;
            }
        }
    }
}

struct Limits {
    centre: f64,
    reach: f64,
}

impl Limits {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let reach = OUTLIER_SD * Moments::of(values.clone())?.sd()?;
        // A rounding-sized spread marks nothing.
        Some(Self { centre: median(values)?, reach: reach.max(1e-9) })
    }

    fn contains(&self, value: f64) -> bool {
        (value - self.centre).abs() <= self.reach
    }
}
