//! From the contacts of both feet to strides, each judged by itself.

use std::ops::{Range, RangeInclusive};

use super::{Exclusion, Stride};
use crate::events::{FOOTFALL_LOAD, Footfalls, Stance};
use crate::metrics;
use crate::recording::Side;

/// Gaps longer than this spoil the events near them, s; shorter ones are bridged.
const BRIDGED_GAP_S: f64 = 0.030;
/// Gaps longer than this spoil the whole stride, s.
const SPOILING_GAP_S: f64 = 0.100;
/// Distance within which a gap spoils an event, s.
const EVENT_MARGIN_S: f64 = 0.030;
/// Credible ranges of the catalogue that decide what a stride is, looked up once.
struct Ranges {
    stride_time_s: RangeInclusive<f64>,
    stance_pct: RangeInclusive<f64>,
    swing_time_s: RangeInclusive<f64>,
}

impl Ranges {
    fn of_the_catalogue() -> Self {
        let range = |id| {
            let (low, high) = metrics::range(id);
            low..=high
        };
        Self {
            stride_time_s: range("stride_time_s"),
            stance_pct: range("stance_pct"),
            swing_time_s: range("swing_time_s"),
        }
    }
}

/// What is known of both feet when strides are built.
pub(crate) struct Feet<'a> {
    pub(crate) footfalls: &'a [Footfalls; 2],
    pub(crate) missing: [&'a [Range<usize>]; 2],
    pub(crate) sampling_hz: f64,
}

impl Feet<'_> {
    /// Strides of both feet ordered by start, judged on their own: nothing of bouts or neighbours yet.
    pub(crate) fn strides(&self) -> Vec<Stride> {
        let [left, right] = self.footfalls;
        let ranges = Ranges::of_the_catalogue();
        let (others_left, others_right) = (loaded(right), loaded(left));
        let mut left = self
            .foot(Side::Left, left, &others_left, &ranges)
            .peekable();
        let mut right = self
            .foot(Side::Right, right, &others_right, &ranges)
            .peekable();
        let mut all = Vec::with_capacity(others_left.len() + others_right.len());
        // Each foot's strides ascend, so each is written once, where it stays.
        while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
            let left_first = l.start_s.total_cmp(&r.start_s).is_le();
            all.extend(if left_first {
                left.next()
            } else {
                right.next()
            });
        }
        all.extend(left);
        all.extend(right);
        all
    }

    /// Strides of one foot by start; `other` is when the other foot is loaded.
    fn foot<'a>(
        &'a self,
        foot: Side,
        own: &'a Footfalls,
        other: &'a [(f64, f64)],
        ranges: &'a Ranges,
    ) -> impl Iterator<Item = Stride> + 'a {
        let index = usize::from(foot == Side::Right);
        let mut first_other = 0;
        own.cycles().enumerate().map(move |(k, (stance, end))| {
            while other
                .get(first_other)
                .is_some_and(|(_, toe_off)| *toe_off <= stance.contact)
            {
                first_other += 1;
            }
            let mut stride = self.bare(foot, stance, end);
            let next = own.stances.get(k + 1);
            self.judge(&mut stride, (stance, next), index, ranges);
            let from = other.get(first_other..).unwrap_or_default();
            self.relate(&mut stride, stance, end, from);
            self.judge_other(&mut stride, 1 - index);
            stride
        })
    }

    fn bare(&self, foot: Side, stance: &Stance, end: f64) -> Stride {
        Stride {
            foot,
            start_s: stance.contact / self.sampling_hz,
            toe_off_s: stance.toe_off / self.sampling_hz,
            end_s: end / self.sampling_hz,
            reason: None,
            contralateral_s: None,
            double_support_s: None,
            initial_double_support_s: None,
            force: None,
            plantar: None,
            motion: None,
            bout: None,
        }
    }

    /// A stride between footfalls: neither its own stance nor the one whose contact ends it is a weak touch.
    fn judge(
        &self,
        stride: &mut Stride,
        (stance, next): (&Stance, Option<&Stance>),
        index: usize,
        ranges: &Ranges,
    ) {
        let time_s = stride.stride_time_s();
        if self.spoilt(stride, index) {
            stride.exclude(Exclusion::Gap);
        } else if time_s > *ranges.stride_time_s.end() {
            stride.exclude(Exclusion::TooLong);
        } else if time_s < *ranges.stride_time_s.start() {
            stride.exclude(Exclusion::TooShort);
        } else if weak(stance) || next.is_some_and(weak) {
            stride.exclude(Exclusion::LowForce);
        } else if !(ranges.stance_pct.contains(&stride.stance_pct())
            && ranges.swing_time_s.contains(&stride.swing_time_s()))
        {
            stride.exclude(Exclusion::ImplausiblePhase);
        }
    }

    fn spoilt(&self, stride: &Stride, index: usize) -> bool {
        self.gaps_near(stride, index).any(|(start, end)| {
            let near =
                |event: f64| start - EVENT_MARGIN_S <= event && event <= end + EVENT_MARGIN_S;
            let hit = near(stride.start_s) || near(stride.toe_off_s) || near(stride.end_s);
            end - start > SPOILING_GAP_S || (end - start > BRIDGED_GAP_S && hit)
        })
    }

    /// A gap of the other foot leaves the stride real, but what was read of the other foot is not.
    fn judge_other(&self, stride: &mut Stride, other: usize) {
        if self
            .gaps_near(stride, other)
            .any(|(start, end)| end - start > BRIDGED_GAP_S)
        {
            (stride.contralateral_s, stride.double_support_s) = (None, None);
            stride.initial_double_support_s = None;
            stride.exclude(Exclusion::MissingContralateral);
        }
    }

    /// Gaps of a foot that touch a stride, as start and end in seconds.
    fn gaps_near(&self, stride: &Stride, index: usize) -> impl Iterator<Item = (f64, f64)> {
        let hz = self.sampling_hz;
        let (from_s, to_s) = (
            stride.start_s - EVENT_MARGIN_S,
            stride.end_s + EVENT_MARGIN_S,
        );
        let gaps = self.missing.get(index).copied().unwrap_or_default();
        // Gaps are ascending and disjoint, so their ends ascend too.
        let from = gaps.partition_point(|gap| (gap.end as f64) / hz < from_s);
        let gaps = gaps.get(from..).unwrap_or_default().iter();
        gaps.map(move |gap| (gap.start as f64 / hz, gap.end as f64 / hz))
            .take_while(move |(start, _)| *start <= to_s)
    }

    /// The other foot within this stride; `other` are its stances (contact, toe-off) from the first that ends after the
    /// stride's start.
    fn relate(&self, stride: &mut Stride, stance: &Stance, end: f64, other: &[(f64, f64)]) {
        let within = |t: f64| stance.contact < t && t < end;
        let near = || {
            other
                .iter()
                .copied()
                .take_while(|(contact, _)| *contact < end)
        };
        let mut contacts = near().map(|(contact, _)| contact).filter(|c| within(*c));
        let (Some(contact), None) = (contacts.next(), contacts.next()) else {
            stride.exclude(Exclusion::MissingContralateral);
            return;
        };
        stride.contralateral_s = Some(contact / self.sampling_hz);
        let shared = |(contact, toe_off): (f64, f64)| {
            (stance.toe_off.min(toe_off) - stance.contact.max(contact)).max(0.0)
        };
        let overlap: f64 = near().map(shared).sum();
        let initial: f64 = near()
            .filter(|(contact, _)| *contact <= stance.contact)
            .map(shared)
            .sum();
        // The other foot must have been seen to lift off; otherwise the overlap at the start is unknown.
        if near().any(|(_, toe_off)| within(toe_off)) {
            stride.double_support_s = Some(overlap / self.sampling_hz);
            stride.initial_double_support_s = Some(initial / self.sampling_hz);
        } else {
            stride.exclude(Exclusion::MissingContralateral);
        }
    }
}

/// Contact and toe-off of each stance. An open contact is loaded to the end of the recording.
fn loaded(footfalls: &Footfalls) -> Vec<(f64, f64)> {
    footfalls
        .contacts()
        .map(|(contact, toe_off)| (contact, toe_off.unwrap_or(f64::INFINITY)))
        .collect()
}

/// Loading that no footfall of walking is as low as.
fn weak(stance: &Stance) -> bool {
    stance.peak < FOOTFALL_LOAD
}
