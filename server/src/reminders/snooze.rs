//! Snoozing: pure. A snooze ends before its window does, at most three times, and not in quiet hours unless asked
//! (care design, S6).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::quiet::QuietHours;
use crate::store::deliveries::SNOOZES;

/// Lengths a patient is offered.
const OFFERED_MIN: [u32; 5] = [10, 30, 60, 120, 240];

/// Whether a snooze can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It can.
    Fits,
    /// It ends in quiet hours: only if the patient says so.
    Quiet,
    /// Its window closes before.
    AfterClose,
    /// It was snoozed often enough.
    TooOften,
}

impl Offer {
    /// As the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fits => "applied",
            Self::Quiet => "quiet_hours",
            Self::AfterClose => "after_close",
            Self::TooOften => "snooze_limit",
        }
    }
}

/// Judges a snooze until an instant, after `used` earlier ones.
pub fn judge(
    used: usize,
    until: Timestamp,
    closes_at: Timestamp,
    quiet: &QuietHours,
    zone: &TimeZone,
) -> Offer {
    if used >= usize::from(SNOOZES) {
        Offer::TooOften
    } else if until >= closes_at {
        Offer::AfterClose
    } else if quiet.until(zone, until).is_some() {
        Offer::Quiet
    } else {
        Offer::Fits
    }
}

/// A snooze that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnoozeOffer {
    /// How long.
    pub minutes: u32,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// It ends in quiet hours: `remind_anyway` is needed.
    pub in_quiet_hours: bool,
}

/// The snoozes a patient is offered at an instant.
pub fn offers(
    used: usize,
    now: Timestamp,
    closes_at: Timestamp,
    quiet: &QuietHours,
    zone: &TimeZone,
) -> Vec<SnoozeOffer> {
    OFFERED_MIN
        .into_iter()
        .filter_map(|minutes| {
            let until = now
                .checked_add(SignedDuration::from_mins(i64::from(minutes)))
                .ok()?;
            let in_quiet_hours = match judge(used, until, closes_at, quiet, zone) {
                Offer::Fits => false,
                Offer::Quiet => true,
                Offer::AfterClose | Offer::TooOften => return None,
            };
            Some(SnoozeOffer {
                minutes,
                until,
                in_quiet_hours,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn offers_end_before_the_window_and_name_quiet_hours() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let quiet = QuietHours::nightly("23:00", "07:00");
        // 22:30 in Berlin in June; the window closes at 03:00.
        let (now, closes) = (at("2026-06-10T20:30:00Z"), at("2026-06-11T01:00:00Z"));
        let told: Vec<(u32, bool)> = offers(0, now, closes, &quiet, &berlin)
            .into_iter()
            .map(|offer| (offer.minutes, offer.in_quiet_hours))
            .collect();
        assert_eq!(
            told,
            [
                (10, false),
                (30, true),
                (60, true),
                (120, true),
                (240, true)
            ]
        );
        assert_eq!(offers(3, now, closes, &quiet, &berlin), []);
    }

    proptest! {
        #[test]
        fn no_offer_reaches_the_end_of_its_window(left_min in 0_i64..600, used in 0_usize..4) {
            let now = at("2026-06-10T10:00:00Z");
            let closes = now + SignedDuration::from_mins(left_min);
            for offer in offers(used, now, closes, &QuietHours::default(), &TimeZone::UTC) {
                prop_assert!(offer.until < closes && used < 3);
            }
        }
    }
}
