//! Which of a patient's dates an instant belongs to: by the patient's own days where they are written, else by the
//! zone the patient lives in.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::days::PatientDay;
use crate::store::types::PatientId;
use crate::store::wear;

/// A written day.
#[derive(Debug, Clone, PartialEq)]
struct Written {
    date: Date,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

/// One patient's days.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    written: Vec<Written>,
    zone: TimeZone,
    day_starts: SignedDuration,
}

impl Calendar {
    /// The days of a patient who lives in `zone` and whose days begin so many minutes after midnight.
    ///
    /// # Errors
    /// When a stored date is none.
    pub fn new(days: &[PatientDay], zone: TimeZone, day_starts_min: i64) -> Result<Self> {
        let written = days
            .iter()
            .map(|day| {
                Ok(Written {
                    date: day.local_date.date().map_err(Error::internal)?,
                    starts_at: day.starts_at.timestamp(),
                    ends_at: day.ends_at.timestamp(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            written,
            zone,
            day_starts: SignedDuration::from_mins(day_starts_min),
        })
    }

    /// The calendars of these patients for the time from `from` to `until`.
    ///
    /// # Errors
    /// The store's.
    pub fn load(
        tx: &mut Tx<'_>,
        patients: &[PatientId],
        from: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<PatientId, Self>> {
        let mut days: BTreeMap<PatientId, Vec<PatientDay>> = BTreeMap::new();
        for day in wear::days_touching(tx, patients, from, until)? {
            days.entry(day.patient_id).or_default().push(day);
        }
        wear::usual_days(tx, patients)?
            .into_iter()
            .map(|(patient, (zone, starts_min))| {
                let zone = TimeZone::get(&zone).map_err(Error::internal)?;
                let written = days.remove(&patient).unwrap_or_default();
                Ok((patient, Self::new(&written, zone, starts_min)?))
            })
            .collect()
    }

    /// The calendar of one patient.
    ///
    /// # Errors
    /// Not found when the clinic has no such patient.
    pub fn of(
        tx: &mut Tx<'_>,
        patient: PatientId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self> {
        Self::load(tx, &[patient], from, until)?
            .remove(&patient)
            .ok_or_else(Error::not_found)
    }

    /// The patient's date at an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.written_at(at)
            .map_or_else(|| self.usual_date(at), |day| day.date)
    }

    /// When the date that holds at an instant ends.
    pub fn end_of_day(&self, at: Timestamp) -> Timestamp {
        if let Some(day) = self.written_at(at) {
            return day.ends_at;
        }
        let next_written = self
            .written
            .iter()
            .map(|day| day.starts_at)
            .filter(|starts_at| *starts_at > at)
            .min();
        let usual = self
            .usual_date(at)
            .tomorrow()
            .ok()
            .and_then(|date| self.usual_start(date))
            .unwrap_or(Timestamp::MAX);
        next_written.map_or(usual, |next| usual.min(next))
    }

    /// When a date begins.
    pub fn start_of(&self, date: Date) -> Timestamp {
        self.written
            .iter()
            .find(|day| day.date == date)
            .map(|day| day.starts_at)
            .or_else(|| self.usual_start(date))
            .unwrap_or(Timestamp::MIN)
    }

    fn written_at(&self, at: Timestamp) -> Option<&Written> {
        self.written
            .iter()
            .find(|day| day.starts_at <= at && at < day.ends_at)
    }

    fn usual_date(&self, at: Timestamp) -> Date {
        let date = at.to_zoned(self.zone.clone()).date();
        // By the instant, not by the hands of the clock: the hour in which days begin may be skipped or come twice.
        if self.usual_start(date).is_some_and(|start| at < start) {
            date.yesterday().unwrap_or(date)
        } else {
            date
        }
    }

    fn usual_start(&self, date: Date) -> Option<Timestamp> {
        let local = date
            .to_datetime(Time::midnight())
            .checked_add(self.day_starts)
            .ok()?;
        Some(local.to_zoned(self.zone.clone()).ok()?.timestamp())
    }
}

/// The first of so many dates that end with `through`.
///
/// # Errors
/// When there is no such date.
pub fn days_back(through: Date, days: i32) -> Result<Date> {
    through
        .checked_sub((days - 1).days())
        .map_err(Error::internal)
}

/// Days since 1970-01-01, as the gait engine counts dates.
pub fn ordinal_of(date: Date) -> i64 {
    gait::change::day::ordinal(
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::store::types::TenantId;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn written(local_date: Date, zone: &str, starts: &str, ends: &str) -> PatientDay {
        PatientDay {
            tenant_id: TenantId(1),
            patient_id: PatientId::from([7; 16]),
            local_date: local_date.into(),
            time_zone: zone.to_owned(),
            starts_at: at(starts).into(),
            ends_at: at(ends).into(),
        }
    }

    fn berlin(days: &[PatientDay], starts_min: i64) -> Calendar {
        Calendar::new(days, TimeZone::get("Europe/Berlin").unwrap(), starts_min).unwrap()
    }

    #[test]
    fn without_a_written_day_the_zone_decides() {
        let usual = berlin(&[], 0);
        assert_eq!(usual.date_of(at("2026-03-02T22:59:59Z")), date(2026, 3, 2));
        assert_eq!(usual.date_of(at("2026-03-02T23:00:00Z")), date(2026, 3, 3));
        assert_eq!(
            usual.end_of_day(at("2026-03-29T10:00:00Z")),
            at("2026-03-29T22:00:00Z"),
            "a day of 23 hours"
        );
        let night = berlin(&[], 180);
        assert_eq!(night.date_of(at("2026-03-03T01:59:00Z")), date(2026, 3, 2));
        assert_eq!(
            night.end_of_day(at("2026-03-03T01:59:00Z")),
            at("2026-03-03T02:00:00Z")
        );
    }

    #[test]
    fn a_written_day_outranks_the_zone() {
        // Flown west: 10 November ends as late as it does in New York.
        let day = written(
            date(2026, 11, 10),
            "Europe/Berlin",
            "2026-11-09T23:00:00Z",
            "2026-11-11T05:00:00Z",
        );
        let calendar = berlin(&[day], 0);
        assert_eq!(
            calendar.date_of(at("2026-11-11T04:30:00Z")),
            date(2026, 11, 10)
        );
        assert_eq!(
            calendar.end_of_day(at("2026-11-10T12:00:00Z")),
            at("2026-11-11T05:00:00Z")
        );
        assert_eq!(
            calendar.date_of(at("2026-11-11T05:00:00Z")),
            date(2026, 11, 11)
        );
    }

    proptest! {
        #[test]
        fn an_instant_lies_before_the_end_of_its_day_and_the_end_in_another(second in 1_770_000_000_i64..1_800_000_000, starts in 0_i64..=360) {
            let calendar = berlin(&[], starts);
            let instant = Timestamp::from_second(second).unwrap();
            let end = calendar.end_of_day(instant);
            prop_assert!(instant < end);
            prop_assert_eq!(calendar.date_of(end), calendar.date_of(instant).tomorrow().unwrap());
            prop_assert_eq!(calendar.start_of(calendar.date_of(end)), end);
        }
    }
}
