//! Footwear adherence: pure arithmetic over prescribed minutes and what the insoles tell.
//!
//! `W_h = sum of min(worn, prescribed) / sum of prescribed` over the closed days on which the footwear was prescribed;
//! `W_s = steps in the prescribed footwear / all steps known` of the same days, where steps outside it are known at
//! all. A day without any upload counts as not worn and is told beside the value, as is how much the data are worth:
//! neither raises or lowers the other (docs/decisions/0014-wear-days.md).

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::wear::{TagKind, Worn};

/// Version of this arithmetic, returned with every number it makes.
pub const RULE_VERSION: &str = "wear-1";

/// One date on which footwear of a kind was prescribed for so many minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct PrescribedDay {
    /// The date.
    pub date: Date,
    /// Minutes of that date's own prescription: a wear-in ramp has another one each day.
    pub prescribed_min: f64,
    /// Every prescription of the date is excused.
    pub excused: bool,
    /// The date is not over.
    pub open: bool,
    /// The footwear to be worn, as sessions name it; `None` when the record does not say.
    pub tag: Option<String>,
    /// Worn in it.
    pub worn: Worn,
    /// Worn whatever the insoles lay in; `None` without any upload.
    pub all: Option<Worn>,
}

/// What a day is to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Counted.
    Closed,
    /// Not over; not counted yet.
    Open,
    /// Excused; not counted.
    Excused,
    /// The record does not say how sessions name the footwear; not counted.
    NotNamed,
}

/// One day of footwear adherence.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FootwearDay {
    /// The date, in the patient's zone of that day.
    pub date: String,
    /// What it is to the value.
    pub state: DayState,
    /// The footwear to be worn, as sessions name it.
    pub tag: Option<String>,
    /// Minutes prescribed.
    pub prescribed_min: f64,
    /// Minutes worn in it; null without any upload of the day.
    pub worn_min: Option<f64>,
    /// Worn of prescribed, percent, at most 100; null without any upload of the day.
    pub share_pct: Option<f64>,
}

/// Steps in the prescribed footwear among all steps known.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StepShare {
    /// Percent; null when there is nothing to compare with.
    pub value_pct: Option<f64>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// Steps in the prescribed footwear.
    pub numerator: i64,
    /// All steps known.
    pub denominator: i64,
}

/// Footwear adherence with everything needed to read it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FootwearAdherence {
    /// Orthotic or shoe.
    pub kind: TagKind,
    /// Worn of prescribed, percent, 0 to 100; null when nothing was prescribed or nothing is known.
    pub value_pct: Option<f64>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
    /// Minutes worn, each day at most what was prescribed for it.
    pub numerator_min: f64,
    /// Minutes prescribed on the closed days.
    pub denominator_min: f64,
    /// Closed days with a prescription.
    pub closed_days: u64,
    /// Of these, days without any upload: counted as not worn, though nothing is known of them.
    pub days_without_upload: u64,
    /// Days that are not over; not in the value.
    pub open_days: u64,
    /// Excused days; not in the value.
    pub excused_days: u64,
    /// Days for which the record does not say how sessions name the footwear; not in the value.
    pub not_named_days: u64,
    /// The share of steps of the same days.
    pub steps: StepShare,
    /// Day by day.
    pub days: Vec<FootwearDay>,
    /// Version of the arithmetic.
    #[schema(value_type = String)]
    pub rule_version: &'static str,
}

impl PrescribedDay {
    fn state(&self) -> DayState {
        if self.excused {
            DayState::Excused
        } else if self.tag.is_none() {
            DayState::NotNamed
        } else if self.open {
            DayState::Open
        } else {
            DayState::Closed
        }
    }

    fn worn_min(&self) -> f64 {
        self.worn.seconds as f64 / 60.0
    }

    fn credited_min(&self) -> f64 {
        self.worn_min().min(self.prescribed_min)
    }

    fn view(&self) -> FootwearDay {
        let known = self.all.is_some();
        FootwearDay {
            date: self.date.to_string(),
            state: self.state(),
            tag: self.tag.clone(),
            prescribed_min: self.prescribed_min,
            worn_min: known.then(|| self.worn_min()),
            share_pct: (known && self.prescribed_min > 0.0)
                .then(|| 100.0 * self.credited_min() / self.prescribed_min),
        }
    }
}

/// The adherence over these days, all of one kind of footwear.
pub fn adherence(kind: TagKind, days: &[PrescribedDay]) -> FootwearAdherence {
    let count = |state: DayState| days.iter().filter(|day| day.state() == state).count() as u64;
    let closed: Vec<&PrescribedDay> = days
        .iter()
        .filter(|day| day.state() == DayState::Closed)
        .collect();
    let numerator_min: f64 = closed.iter().map(|day| day.credited_min()).sum();
    let denominator_min: f64 = closed.iter().map(|day| day.prescribed_min).sum();
    let uploaded = closed.iter().filter(|day| day.all.is_some()).count();
    let reason = if closed.is_empty() && count(DayState::NotNamed) > 0 {
        Some("footwear_not_named")
    } else if denominator_min <= 0.0 {
        Some("nothing_due")
    } else if uploaded == 0 {
        Some("no_data")
    } else {
        None
    };
    FootwearAdherence {
        kind,
        value_pct: reason
            .is_none()
            .then(|| 100.0 * numerator_min / denominator_min),
        reason,
        numerator_min,
        denominator_min,
        closed_days: closed.len() as u64,
        days_without_upload: (closed.len() - uploaded) as u64,
        open_days: count(DayState::Open),
        excused_days: count(DayState::Excused),
        not_named_days: count(DayState::NotNamed),
        steps: step_share(&closed),
        days: days.iter().map(PrescribedDay::view).collect(),
        rule_version: RULE_VERSION,
    }
}

fn step_share(closed: &[&PrescribedDay]) -> StepShare {
    let numerator: i64 = closed.iter().map(|day| day.worn.steps).sum();
    let denominator: i64 = closed
        .iter()
        .filter_map(|day| day.all)
        .map(|all| all.steps)
        .sum();
    let reason = if closed.is_empty() {
        Some("nothing_due")
    } else if denominator == 0 {
        Some("no_data")
    } else if numerator == denominator {
        // Only the prescribed footwear was ever seen: a share of itself says nothing.
        Some("no_second_source")
    } else {
        None
    };
    StepShare {
        value_pct: reason
            .is_none()
            .then(|| 100.0 * numerator as f64 / denominator as f64),
        reason,
        numerator,
        denominator,
    }
}

/// What the data of a period are worth: an axis of its own, never part of adherence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sufficiency {
    /// Dates asked about that have begun.
    pub days: u64,
    /// Of these, dates with any upload.
    pub days_with_upload: u64,
    /// Minutes the insoles were worn.
    pub worn_min: i64,
    /// Of these, minutes in sessions good enough for a score.
    pub valid_min: i64,
    /// Sessions.
    pub sessions: u64,
    /// Of these, good enough for a score.
    pub usable_sessions: u64,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn worn(minutes: i64, steps: i64) -> Worn {
        Worn {
            seconds: minutes * 60,
            steps,
        }
    }

    fn day(day: i8, prescribed_min: f64, worn_min: i64, all: Option<Worn>) -> PrescribedDay {
        PrescribedDay {
            date: date(2026, 9, day),
            prescribed_min,
            excused: false,
            open: false,
            tag: Some("custom".to_owned()),
            worn: worn(worn_min, worn_min * 10),
            all,
        }
    }

    #[test]
    fn a_ramp_is_measured_by_each_days_own_minutes_and_more_is_not_more() {
        let days = [
            day(1, 60.0, 60, Some(worn(60, 600))),
            day(2, 120.0, 90, Some(worn(90, 900))),
            day(3, 180.0, 400, Some(worn(500, 5000))),
        ];
        let found = adherence(TagKind::Orthotic, &days);
        assert_eq!((found.numerator_min, found.denominator_min), (330.0, 360.0));
        assert_eq!(found.value_pct, Some(100.0 * 330.0 / 360.0));
        assert_eq!(found.days[1].share_pct, Some(75.0));
        assert_eq!(found.steps.value_pct, Some(100.0 * 5500.0 / 6500.0));
    }

    #[test]
    fn open_excused_and_unnamed_days_do_not_enter() {
        let mut days = vec![day(1, 60.0, 30, Some(worn(30, 300)))];
        let (mut open, mut excused, mut unnamed) = (
            day(2, 60.0, 0, None),
            day(3, 60.0, 0, None),
            day(4, 60.0, 0, None),
        );
        (open.open, excused.excused, unnamed.tag) = (true, true, None);
        days.extend([open, excused, unnamed]);
        let found = adherence(TagKind::Shoe, &days);
        assert_eq!((found.value_pct, found.closed_days), (Some(50.0), 1));
        let left_out = (found.open_days, found.excused_days, found.not_named_days);
        assert_eq!(left_out, (1, 1, 1));
    }

    #[test]
    fn a_day_without_upload_is_not_worn_and_is_told() {
        let days = [day(1, 60.0, 60, Some(worn(60, 600))), day(2, 60.0, 0, None)];
        let found = adherence(TagKind::Orthotic, &days);
        assert_eq!(
            (found.value_pct, found.days_without_upload),
            (Some(50.0), 1)
        );
        assert_eq!(
            (found.days[1].worn_min, found.days[1].share_pct),
            (None, None)
        );
    }

    #[test]
    fn no_number_without_something_to_divide() {
        let reason = |days: &[PrescribedDay]| {
            let found = adherence(TagKind::Orthotic, days);
            assert_eq!((found.value_pct, found.steps.value_pct), (None, None));
            (found.reason, found.steps.reason)
        };
        assert_eq!(reason(&[]), (Some("nothing_due"), Some("nothing_due")));
        assert_eq!(
            reason(&[day(1, 60.0, 0, None)]),
            (Some("no_data"), Some("no_data"))
        );
        let mut unnamed = day(1, 60.0, 0, Some(worn(10, 100)));
        unnamed.tag = None;
        assert_eq!(
            reason(&[unnamed]),
            (Some("footwear_not_named"), Some("nothing_due"))
        );
        let only = adherence(TagKind::Orthotic, &[day(1, 60.0, 60, Some(worn(60, 600)))]);
        assert_eq!(only.steps.reason, Some("no_second_source"));
    }

    proptest! {
        #[test]
        fn a_share_lies_between_0_and_100_and_a_days_data_change_only_that_day(
            days in proptest::collection::vec((1.0_f64..600.0, 0_i64..900), 1..28), which in 0_usize..28, more in 0_i64..300,
        ) {
            let build = |days: &[(f64, i64)]| -> Vec<PrescribedDay> {
                (1..).zip(days).map(|(n, (prescribed, minutes))| day(n, *prescribed, *minutes, Some(worn(*minutes, minutes * 10)))).collect()
            };
            let before = adherence(TagKind::Orthotic, &build(&days));
            let value = before.value_pct.unwrap();
            prop_assert!((0.0..=100.0 + 1e-9).contains(&value));
            let which = which % days.len();
            let mut later = days;
            later[which].1 += more;
            let after = adherence(TagKind::Orthotic, &build(&later));
            prop_assert!(after.value_pct.unwrap() >= value - 1e-9);
            for (index, (a, b)) in before.days.iter().zip(&after.days).enumerate() {
                prop_assert!(index == which || a == b);
            }
        }
    }
}
