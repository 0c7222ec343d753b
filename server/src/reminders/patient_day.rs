//! A patient's days: pure. Written ahead in the zone of that time; a day that has begun keeps its zone, whatever
//! comes (care design, S1 to S3).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::error::{Error, Result};
use crate::plans::rules::{DayStart, day_begin, patient_date};
use crate::store::days::PatientDay;
use crate::store::patients::Patient;
use crate::store::types::{DateText, PatientId, TenantId};

/// When a patient's day begins, as stored with the patient.
pub fn day_start(patient: &Patient) -> DayStart {
    let minutes = patient.day_starts_min;
    DayStart::parse(&format!("{:02}:{:02}", minutes / 60, minutes % 60))
        .unwrap_or(DayStart::MIDNIGHT)
}

/// A zone with its name and when days begin in it.
#[derive(Debug, Clone)]
pub struct Place {
    /// The zone.
    pub zone: TimeZone,
    /// Its name.
    pub name: String,
    /// When days begin.
    pub starts: DayStart,
}

impl Place {
    /// Where a patient lives.
    ///
    /// # Errors
    /// Internal when the stored zone is none, which only damage from outside can cause.
    pub fn of(patient: &Patient) -> Result<Self> {
        Self::named(&patient.time_zone, day_start(patient))
    }

    /// A zone by its name.
    ///
    /// # Errors
    /// Internal when there is no such zone.
    pub fn named(name: &str, starts: DayStart) -> Result<Self> {
        Ok(Self {
            zone: TimeZone::get(name).map_err(Error::internal)?,
            name: name.to_owned(),
            starts,
        })
    }

    /// The patient's date at an instant.
    pub fn date_at(&self, at: Timestamp) -> Date {
        patient_date(&self.zone, at, self.starts)
            .unwrap_or_else(|| self.zone.to_datetime(at).date())
    }

    /// When a date begins.
    fn begin(&self, date: Date) -> Result<Timestamp> {
        day_begin(&self.zone, date, self.starts)
            .ok_or_else(|| Error::internal("a date beyond the calendar"))
    }
}

/// The days from `from` through `through` as they would be lived in a place.
pub fn days(
    tenant_id: TenantId,
    patient_id: PatientId,
    place: &Place,
    from: Date,
    through: Date,
) -> Result<Vec<PatientDay>> {
    let mut days = Vec::new();
    let mut date = from;
    let mut begins = place.begin(date)?;
    while date <= through {
        let next = date.checked_add(1.day()).map_err(Error::internal)?;
        let ends = place.begin(next)?;
        days.push(PatientDay {
            tenant_id,
            patient_id,
            local_date: DateText::from(date),
            time_zone: place.name.clone(),
            starts_at: begins.into(),
            ends_at: ends.into(),
        });
        (date, begins) = (next, ends);
    }
    Ok(days)
}

/// What becomes of a day when the patient changes zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It had begun: it keeps its zone, and lasts until the next day begins.
    Kept(PatientDay),
    /// It is lived in the new zone.
    Rezoned(PatientDay),
    /// The patient passed over it: it never was.
    Skipped(PatientDay),
}

impl Moved {
    /// The day as it is now.
    pub fn day(&self) -> &PatientDay {
        match self {
            Self::Kept(day) | Self::Rezoned(day) | Self::Skipped(day) => day,
        }
    }
}

/// Moves a patient's days, given in order, to a new place at `now`: days that have begun stay, a date that the new
/// place has left behind is skipped, the date it is there begins now if it had not, and the rest are lived there.
pub fn rezone(known: &[PatientDay], place: &Place, now: Timestamp) -> Result<Vec<Moved>> {
    let there = place.date_at(now);
    let mut moved = Vec::with_capacity(known.len());
    for day in known {
        let date = day.local_date.date().map_err(Error::internal)?;
        let begun = day.starts_at.timestamp() <= now;
        if begun {
            moved.push(Moved::Kept(day.clone()));
            continue;
        }
        let next = date.checked_add(1.day()).map_err(Error::internal)?;
        let ends_at = place.begin(next)?.max(now).into();
        let mut day = PatientDay {
            time_zone: place.name.clone(),
            ends_at,
            ..day.clone()
        };
        if date < there {
            day.starts_at = now.into();
            day.ends_at = now.into();
            moved.push(Moved::Skipped(day));
        } else {
            day.starts_at = place.begin(date)?.max(now).into();
            moved.push(Moved::Rezoned(day));
        }
    }
    // The day that was being lived lasts until the next one begins: longer going west, shorter going east.
    let next_begins = moved
        .iter()
        .find(|one| matches!(one, Moved::Rezoned(_)))
        .map(|one| one.day().starts_at);
    let current = moved.iter_mut().rev().find_map(|one| match one {
        Moved::Kept(day) => Some(day),
        Moved::Rezoned(_) | Moved::Skipped(_) => None,
    });
    if let (Some(current), Some(begins)) = (current, next_begins) {
        current.ends_at = begins;
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn place(name: &str) -> Place {
        Place::named(name, DayStart::MIDNIGHT).unwrap()
    }

    fn november(zone: &str) -> Vec<PatientDay> {
        let (tenant, patient) = (TenantId(1), PatientId::from([1; 16]));
        days(
            tenant,
            patient,
            &place(zone),
            date(2026, 11, 9),
            date(2026, 11, 14),
        )
        .unwrap()
    }

    fn told(moved: &[Moved]) -> Vec<String> {
        moved
            .iter()
            .map(|one| {
                let kind = match one {
                    Moved::Kept(_) => "kept",
                    Moved::Rezoned(_) => "rezoned",
                    Moved::Skipped(_) => "skipped",
                };
                let day = one.day();
                let date = day.local_date.date().unwrap();
                format!(
                    "{date} {kind} {} {}",
                    day.starts_at.timestamp(),
                    day.ends_at.timestamp()
                )
            })
            .collect()
    }

    #[test]
    fn going_west_the_day_that_is_lived_grows() {
        let now = "2026-11-10T15:00:00Z".parse().unwrap();
        let moved = rezone(&november("Europe/Berlin"), &place("America/New_York"), now).unwrap();
        assert_eq!(
            told(&moved)[..3],
            [
                "2026-11-09 kept 2026-11-08T23:00:00Z 2026-11-09T23:00:00Z",
                "2026-11-10 kept 2026-11-09T23:00:00Z 2026-11-11T05:00:00Z",
                "2026-11-11 rezoned 2026-11-11T05:00:00Z 2026-11-12T05:00:00Z",
            ]
        );
    }

    #[test]
    fn over_the_date_line_going_west_a_date_is_skipped() {
        // 20:00 of the 9th in Honolulu is 19:00 of the 10th in Auckland.
        let now = "2026-11-10T06:00:00Z".parse().unwrap();
        let moved = rezone(
            &november("Pacific/Honolulu"),
            &place("Pacific/Auckland"),
            now,
        )
        .unwrap();
        assert_eq!(
            told(&moved)[..3],
            [
                "2026-11-09 kept 2026-11-09T10:00:00Z 2026-11-10T06:00:00Z",
                "2026-11-10 rezoned 2026-11-10T06:00:00Z 2026-11-10T11:00:00Z",
                "2026-11-11 rezoned 2026-11-10T11:00:00Z 2026-11-11T11:00:00Z",
            ]
        );
        // 20:00 of the 9th, adopted five hours later, when it is the 11th there.
        let later = "2026-11-10T11:30:00Z".parse().unwrap();
        let before_ten = "2026-11-10T09:59:00Z".parse().unwrap();
        let known = november("Pacific/Honolulu");
        let moved = rezone(&known, &place("Pacific/Auckland"), later).unwrap();
        assert!(
            told(&moved)[1].starts_with("2026-11-10 kept"),
            "it had begun by then"
        );
        let moved = rezone(&known, &place("Pacific/Kiritimati"), before_ten).unwrap();
        // In Kiritimati it is 23:59 of the 10th: nothing is skipped yet.
        assert!(told(&moved)[1].starts_with("2026-11-10 rezoned"));
    }

    #[test]
    fn over_the_date_line_going_east_a_date_is_lived_twice_and_is_one_day() {
        let now = "2026-11-10T08:00:00Z".parse().unwrap();
        let moved = rezone(
            &november("Pacific/Auckland"),
            &place("Pacific/Honolulu"),
            now,
        )
        .unwrap();
        // It is 21:00 of the 10th in Auckland and 22:00 of the 9th in Honolulu; the 10th goes on until the 11th there.
        assert_eq!(
            told(&moved)[1],
            "2026-11-10 kept 2026-11-09T11:00:00Z 2026-11-11T10:00:00Z"
        );
        assert_eq!(
            told(&moved)[2],
            "2026-11-11 rezoned 2026-11-11T10:00:00Z 2026-11-12T10:00:00Z"
        );
    }

    proptest! {
        /// Whatever zones a patient passes through: days follow each other without hole or overlap.
        #[test]
        fn days_follow_each_other(moves in proptest::collection::vec((0_usize..7, 1_i64..30), 1..6)) {
            let zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland",
                "Pacific/Honolulu", "Pacific/Kiritimati", "Asia/Kathmandu"];
            let mut known = days(TenantId(1), PatientId::from([1; 16]), &place("Europe/Berlin"),
                date(2026, 11, 1), date(2026, 11, 20)).unwrap();
            let mut now: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
            let mut frozen = std::collections::BTreeMap::new();
            for (zone, hours) in moves {
                now = now.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
                for day in known.iter().filter(|day| day.starts_at.timestamp() <= now) {
                    frozen.entry(day.local_date.clone()).or_insert_with(|| (day.time_zone.clone(), day.starts_at));
                }
                known = rezone(&known, &place(zones[zone]), now).unwrap().iter().map(|one| one.day().clone()).collect();
            }
            for pair in known.windows(2) {
                prop_assert_eq!(pair[0].ends_at, pair[1].starts_at, "{:?}", pair);
                prop_assert!(pair[0].starts_at <= pair[0].ends_at);
            }
            for (date, (zone, starts_at)) in frozen {
                let day = known.iter().find(|day| day.local_date == date).unwrap();
                prop_assert_eq!((&day.time_zone, day.starts_at), (&zone, starts_at), "a day that has begun keeps its zone");
            }
        }
    }
}
