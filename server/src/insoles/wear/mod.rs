//! Wear as the insoles tell it: how long, how many steps, on which date, with which orthotic and in which shoes.
//! Decision: docs/decisions/0014-wear-days.md.

pub mod api;
pub mod rules;
pub mod service;

use std::collections::BTreeMap;

use gait::SessionSummary;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use crate::store::types::{DateText, PatientId, TenantId};
use crate::store::wear::{TagKind, WearRow, Worn};

/// What a session adds to the wear of its dates.
#[derive(Debug, Clone, PartialEq)]
pub struct WornSession {
    /// Whose.
    pub patient: PatientId,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it went on.
    pub duration: SignedDuration,
    /// Seconds and steps of all of it.
    pub worn: Worn,
    /// Steps per hour from its beginning; only for sessions of more than two hours.
    pub hourly_steps: Option<Vec<u16>>,
    /// With which orthotic.
    pub orthotic: Option<String>,
    /// In which shoes.
    pub shoe: Option<String>,
}

impl WornSession {
    /// The wear in a checked summary: all of it but the time the insoles lay unloaded; all of it where activities were
    /// not told apart.
    pub fn of(patient: PatientId, started_at: Timestamp, summary: &SessionSummary) -> Self {
        let exposure = summary.exposure.as_ref();
        let recorded_s = summary.duration_s.round();
        let worn_s = exposure.map_or(recorded_s, |exposure| {
            let loaded = exposure.total_s() - u64::from(exposure.seconds_of("off"));
            recorded_s.min(loaded as f64)
        });
        let steps = summary.steps.left.saturating_add(summary.steps.right);
        Self {
            patient,
            started_at,
            duration: SignedDuration::from_secs(recorded_s as i64),
            worn: Worn {
                seconds: worn_s as i64,
                steps: i64::try_from(steps).unwrap_or(i64::MAX),
            },
            hourly_steps: exposure
                .and_then(|exposure| exposure.hourly.as_ref())
                .map(|hourly| hourly.steps.clone()),
            orthotic: summary.orthotic_id.clone(),
            shoe: summary.shoe_id.clone(),
        }
    }

    /// When it ended.
    pub fn ended_at(&self) -> Timestamp {
        self.started_at
            .saturating_add(self.duration)
            .unwrap_or(self.started_at)
    }

    /// The session by date. It belongs to the date it began on; one that tells its hours is divided where dates change.
    pub fn by_date(&self, calendar: &Calendar) -> Vec<(Date, Worn)> {
        let first = calendar.date_of(self.started_at);
        let (Some(hours), Ok(end)) = (
            &self.hourly_steps,
            self.started_at.checked_add(self.duration),
        ) else {
            return vec![(first, self.worn)];
        };
        let mut parts = Vec::new();
        let (mut from, mut before) = (self.started_at, Worn::default());
        while from < end {
            let until = calendar.end_of_day(from).min(end);
            let after = if until == end {
                self.worn
            } else {
                self.until(until.duration_since(self.started_at), hours)
            };
            let part = Worn {
                seconds: after.seconds - before.seconds,
                steps: after.steps - before.steps,
            };
            parts.push((calendar.date_of(from), part));
            (from, before) = (until, after);
        }
        if parts.is_empty() {
            parts.push((first, self.worn));
        }
        parts
    }

    /// What was worn and walked in the first part of the session: time evenly, steps by their hours and evenly within
    /// one. Never less for a longer part, never more than all.
    fn until(&self, elapsed: SignedDuration, hours: &[u16]) -> Worn {
        const HOUR_S: i64 = 3600;
        let (elapsed_s, duration_s) = (elapsed.as_secs(), self.duration.as_secs().max(1));
        let hour = usize::try_from(elapsed_s / HOUR_S).unwrap_or(usize::MAX);
        let whole: i64 = hours.iter().take(hour).map(|steps| i64::from(*steps)).sum();
        let begun = hours.get(hour).map_or(0, |steps| i64::from(*steps));
        Worn {
            seconds: self.worn.seconds * elapsed_s / duration_s,
            steps: (whole + begun * (elapsed_s % HOUR_S) / HOUR_S).min(self.worn.steps),
        }
    }
}

/// What these sessions add, as rows in the order of their keys. A sum: the order of sessions does not matter.
pub fn rows<'a>(
    tenant_id: TenantId,
    sessions: impl IntoIterator<Item = &'a WornSession>,
    calendars: &BTreeMap<PatientId, Calendar>,
) -> Vec<WearRow> {
    let mut sums: BTreeMap<(PatientId, DateText, TagKind, String), Worn> = BTreeMap::new();
    for session in sessions {
        let Some(calendar) = calendars.get(&session.patient) else {
            continue;
        };
        let tags = [
            Some((TagKind::All, String::new())),
            session.orthotic.clone().map(|tag| (TagKind::Orthotic, tag)),
            session.shoe.clone().map(|tag| (TagKind::Shoe, tag)),
        ];
        for (date, worn) in session.by_date(calendar) {
            for (kind, tag) in tags.iter().flatten() {
                let key = (session.patient, DateText::from(date), *kind, tag.clone());
                let sum = sums.entry(key).or_default();
                sum.seconds += worn.seconds;
                sum.steps += worn.steps;
            }
        }
    }
    let row = |((patient_id, local_date, tag_kind, tag_id), worn): ((_, _, _, _), Worn)| WearRow {
        tenant_id,
        patient_id,
        local_date,
        tag_kind,
        tag_id,
        worn_s: worn.seconds,
        steps: worn.steps,
    };
    sums.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn berlin() -> Calendar {
        Calendar::new(&[], TimeZone::get("Europe/Berlin").unwrap(), 0).unwrap()
    }

    fn session(started_at: &str, hours: i64, hourly: Option<Vec<u16>>) -> WornSession {
        let steps = hourly
            .as_ref()
            .map_or(600, |all| all.iter().map(|one| i64::from(*one)).sum());
        WornSession {
            patient: PatientId::from([1; 16]),
            started_at: started_at.parse().unwrap(),
            duration: SignedDuration::from_hours(hours),
            worn: Worn {
                seconds: hours * 3600,
                steps,
            },
            hourly_steps: hourly,
            orthotic: Some("custom".to_owned()),
            shoe: None,
        }
    }

    fn split(session: &WornSession) -> Vec<(String, i64, i64)> {
        let parts = session.by_date(&berlin());
        parts
            .into_iter()
            .map(|(date, worn)| (date.to_string(), worn.seconds, worn.steps))
            .collect()
    }

    #[test]
    fn a_session_over_midnight_is_divided_where_it_tells_its_hours() {
        // 22:30 to 01:30 in Berlin; midnight is in the middle of the second hour.
        let told = session("2026-03-02T21:30:00Z", 3, Some(vec![100, 300, 50]));
        assert_eq!(
            split(&told),
            [
                ("2026-03-02".to_owned(), 5400, 250),
                ("2026-03-03".to_owned(), 5400, 200)
            ]
        );
        let untold = session("2026-03-02T21:30:00Z", 2, None);
        assert_eq!(split(&untold), [("2026-03-02".to_owned(), 7200, 600)]);
    }

    fn sessions() -> impl Strategy<Value = Vec<WornSession>> {
        let one = (
            0_i64..72 * 3600,
            0_i64..24 * 3600,
            proptest::option::of(proptest::collection::vec(0_u16..8000, 0..24)),
            0_u8..3,
            0_u8..3,
            0_u8..2,
        );
        proptest::collection::vec(one, 1..20).prop_map(|all| {
            all.into_iter()
                .map(|(start_s, duration_s, hourly, orthotic, shoe, patient)| {
                    let tag = |n: u8| (n > 0).then(|| format!("tag {n}"));
                    let steps = hourly.iter().flatten().map(|one| i64::from(*one)).sum();
                    WornSession {
                        patient: PatientId::from([patient; 16]),
                        started_at: Timestamp::from_second(1_772_400_000 + start_s).unwrap(),
                        duration: SignedDuration::from_secs(duration_s),
                        worn: Worn {
                            seconds: duration_s / 2,
                            steps,
                        },
                        hourly_steps: hourly,
                        orthotic: tag(orthotic),
                        shoe: tag(shoe),
                    }
                })
                .collect()
        })
    }

    /// What the table holds after uploads in groups: each group's rows are added to it.
    fn table(groups: &[&[WornSession]]) -> BTreeMap<String, (i64, i64)> {
        let calendars: BTreeMap<PatientId, Calendar> = (0..2)
            .map(|n| (PatientId::from([n; 16]), berlin()))
            .collect();
        let mut table: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for group in groups {
            let rows = rows(TenantId(1), *group, &calendars);
            let mut keys = std::collections::BTreeSet::new();
            for row in rows {
                let key = format!(
                    "{} {:?} {} {}",
                    row.patient_id, row.local_date, row.tag_kind, row.tag_id
                );
                assert!(keys.insert(key.clone()), "each key once in a group");
                let sum = table.entry(key).or_default();
                *sum = (sum.0 + row.worn_s, sum.1 + row.steps);
            }
        }
        table
    }

    proptest! {
        #[test]
        fn the_order_and_the_grouping_of_uploads_do_not_matter(
            (all, shuffled) in sessions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            cut in 0_usize..20,
        ) {
            let (first, rest) = shuffled.split_at(cut.min(shuffled.len()));
            prop_assert_eq!(table(&[&all]), table(&[first, rest]));
            let single: Vec<&[WornSession]> = shuffled.chunks(1).collect();
            prop_assert_eq!(table(&[&all]), table(&single));
        }

        #[test]
        fn nothing_is_lost_at_midnight(all in sessions()) {
            for one in all {
                let parts = one.by_date(&berlin());
                let seconds: i64 = parts.iter().map(|(_, worn)| worn.seconds).sum();
                let steps: i64 = parts.iter().map(|(_, worn)| worn.steps).sum();
                prop_assert_eq!((seconds, steps), (one.worn.seconds, one.worn.steps));
                prop_assert!(parts.iter().all(|(_, worn)| worn.seconds >= 0 && worn.steps >= 0), "{:?}", parts);
            }
        }
    }
}
