//! Quiet hours: pure, by weekday, in the patient's zone, safe across every change of the clock.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::settings::minutes_of;
use crate::error::FieldError;
use crate::plans::rules::instant_of;
use crate::plans::spec::Weekday;

/// From when until when; over midnight when `to` is not after `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// Local time, `HH:MM`.
    #[schema(example = "22:00")]
    pub from: String,
    /// Local time, `HH:MM`; of the next day when it is not after `from`.
    #[schema(example = "07:00")]
    pub to: String,
}

/// Quiet hours by the weekday they begin on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct QuietHours(pub BTreeMap<Weekday, Quiet>);

impl QuietHours {
    /// The same every night.
    pub fn nightly(from: &str, to: &str) -> Self {
        let quiet = Quiet {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        Self(
            Weekday::ALL
                .into_iter()
                .map(|day| (day, quiet.clone()))
                .collect(),
        )
    }

    /// Names every broken rule.
    pub fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        for (day, quiet) in &self.0 {
            for (field, text) in [("from", &quiet.from), ("to", &quiet.to)] {
                if minutes_of(text).is_none() {
                    errors.push(FieldError::new(
                        format!("{at}/{}/{field}", day.words().to_lowercase()),
                        "must be a time of day, HH:MM",
                    ));
                }
            }
        }
    }

    /// The end of the quiet hours `at` lies in; `None` when it lies in none. Hours that touch are one.
    pub fn until(&self, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
        let mut end = self.end_of_one(zone, at)?;
        // Seven days and a night at most: quiet all week round has no end, and is taken as a week.
        for _ in 0..8 {
            match self.end_of_one(zone, end) {
                Some(further) if further > end => end = further,
                _ => break,
            }
        }
        Some(end)
    }

    fn end_of_one(&self, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
        let today = zone.to_datetime(at).date();
        let days = [today.yesterday().ok()?, today];
        days.into_iter()
            .filter_map(|date| self.span_on(zone, date))
            .filter(|(from, to)| *from <= at && at < *to)
            .map(|(_, to)| to)
            .max()
    }

    fn span_on(&self, zone: &TimeZone, date: Date) -> Option<(Timestamp, Timestamp)> {
        let quiet = self.0.get(&Weekday::of(date))?;
        let (from, to) = (time_of(&quiet.from)?, time_of(&quiet.to)?);
        let end_date = if to > from {
            date
        } else {
            date.checked_add(1.day()).ok()?
        };
        let (from, _) = instant_of(zone, date, from)?;
        let (to, _) = instant_of(zone, end_date, to)?;
        Some((from, to))
    }
}

fn time_of(text: &str) -> Option<Time> {
    let minutes = minutes_of(text)?;
    Time::new(
        i8::try_from(minutes / 60).ok()?,
        i8::try_from(minutes % 60).ok()?,
        0,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    #[test]
    fn a_night_belongs_to_the_weekday_it_begins_on() {
        let friday_only = QuietHours(BTreeMap::from([(
            Weekday::Fri,
            Quiet {
                from: "23:00".into(),
                to: "09:00".into(),
            },
        )]));
        // 6 March 2026 is a Friday; Berlin is UTC+1.
        assert_eq!(
            friday_only.until(&berlin(), at("2026-03-06T21:59:59Z")),
            None
        );
        let end = Some(at("2026-03-07T08:00:00Z"));
        assert_eq!(
            friday_only.until(&berlin(), at("2026-03-06T22:00:00Z")),
            end
        );
        assert_eq!(
            friday_only.until(&berlin(), at("2026-03-07T07:59:59Z")),
            end
        );
        assert_eq!(
            friday_only.until(&berlin(), at("2026-03-07T08:00:00Z")),
            None
        );
        assert_eq!(
            friday_only.until(&berlin(), at("2026-03-07T22:30:00Z")),
            None
        );
    }

    #[test]
    fn a_night_in_which_the_clock_changes_ends_by_the_clock_on_the_wall() {
        let quiet = QuietHours::nightly("22:00", "07:00");
        assert_eq!(
            quiet.until(&berlin(), at("2026-03-29T01:30:00Z")),
            Some(at("2026-03-29T05:00:00Z"))
        );
        assert_eq!(
            quiet.until(&berlin(), at("2026-10-25T01:30:00Z")),
            Some(at("2026-10-25T06:00:00Z"))
        );
    }

    #[test]
    fn hours_that_touch_are_one() {
        let mut quiet = QuietHours::nightly("22:00", "07:00");
        quiet.0.insert(
            Weekday::Sat,
            Quiet {
                from: "07:00".into(),
                to: "10:00".into(),
            },
        );
        // The night from Friday to Saturday goes on until ten.
        assert_eq!(
            quiet.until(&berlin(), at("2026-03-07T03:00:00Z")),
            Some(at("2026-03-07T09:00:00Z"))
        );
    }

    proptest! {
        #[test]
        fn the_end_is_later_and_not_quiet_itself(
            second in 1_700_000_000_i64..1_800_000_000, from in 0_u32..1440, length in 1_u32..1000, which in 0_usize..4,
        ) {
            let zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
            let zone = TimeZone::get(zones[which]).unwrap();
            let to = (from + length) % 1440;
            let text = |m: u32| format!("{:02}:{:02}", m / 60, m % 60);
            let quiet = QuietHours::nightly(&text(from), &text(to));
            let now = Timestamp::from_second(second).unwrap();
            if let Some(end) = quiet.until(&zone, now) {
                prop_assert!(end > now);
                prop_assert_eq!(quiet.until(&zone, end), None);
            }
        }
    }
}
