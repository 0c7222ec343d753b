//! Which zone a patient is in: pure. A phone's word counts once it was given twice, half an hour apart; names count
//! more than bare offsets (care design, S4).

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::planted::{self, Bug};
use crate::store::days::{ZoneOutcome, ZoneReport};

/// Two reports of the same zone must be this far apart.
pub const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// What a report comes to, given the zone the patient is in and the reports since it was adopted, oldest first.
pub fn outcome(
    current: &str,
    reported: &str,
    earlier: &[ZoneReport],
    now: Timestamp,
) -> ZoneOutcome {
    if reported == current {
        return ZoneOutcome::Same;
    }
    if is_bare_offset(reported) && same_offset(reported, current, now) {
        return ZoneOutcome::Ignored;
    }
    // Only reports that follow each other without another zone between them speak of one stay.
    let first_in_a_row = earlier
        .iter()
        .rev()
        .take_while(|report| report.time_zone == reported && report.outcome == ZoneOutcome::Noted)
        .last();
    match first_in_a_row {
        Some(_) if planted::is(Bug::ForgetsTravel) => ZoneOutcome::Noted,
        Some(first) if now.duration_since(first.reported_at.timestamp()) >= CONFIRMED_AFTER => {
            ZoneOutcome::Adopted
        }
        _ => ZoneOutcome::Noted,
    }
}

/// `UTC`, `Etc/GMT-1` and their like name an offset and no place.
pub fn is_bare_offset(name: &str) -> bool {
    name == "UTC"
        || name == "GMT"
        || name == "Zulu"
        || name.starts_with("Etc/")
        || name.starts_with(['+', '-'])
}

fn same_offset(a: &str, b: &str, now: Timestamp) -> bool {
    match (TimeZone::get(a), TimeZone::get(b)) {
        (Ok(a), Ok(b)) => a.to_offset(now) == b.to_offset(now),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::types::{PatientId, TenantId, ZoneReportId};

    fn at(minutes: i64) -> Timestamp {
        "2026-11-10T15:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    /// Reports one after the other; gives the outcomes and where the patient is at the end.
    fn live(from: &str, reports: &[(i64, &str)]) -> (Vec<ZoneOutcome>, String) {
        let (mut current, mut earlier, mut outcomes) = (from.to_owned(), Vec::new(), Vec::new());
        for (minutes, zone) in reports {
            let outcome = outcome(&current, zone, &earlier, at(*minutes));
            if outcome == ZoneOutcome::Adopted {
                current = (*zone).to_owned();
            }
            outcomes.push(outcome);
            earlier.push(ZoneReport {
                tenant_id: TenantId(1),
                id: ZoneReportId::from([0; 16]),
                patient_id: PatientId::from([0; 16]),
                device_id: None,
                time_zone: (*zone).to_owned(),
                reported_at: at(*minutes).into(),
                outcome,
                from_zone: None,
            });
        }
        (outcomes, current)
    }

    #[test]
    fn twice_half_an_hour_apart_is_believed() {
        use ZoneOutcome::{Adopted, Noted, Same};
        let reports = [
            (0, "America/New_York"),
            (29, "America/New_York"),
            (30, "America/New_York"),
            (31, "America/New_York"),
        ];
        assert_eq!(
            live("Europe/Berlin", &reports),
            (
                vec![Noted, Noted, Adopted, Same],
                "America/New_York".to_owned()
            )
        );
    }

    #[test]
    fn a_zone_that_flaps_is_not() {
        let reports: Vec<(i64, &str)> = (0..6)
            .map(|n| {
                (
                    n * 10,
                    ["Etc/GMT-1", "Europe/Paris", "UTC"][usize::try_from(n).unwrap() % 3],
                )
            })
            .collect();
        assert_eq!(live("Europe/Berlin", &reports).1, "Europe/Berlin");
        let back_and_forth = [
            (0, "Asia/Tokyo"),
            (20, "Europe/Berlin"),
            (40, "Asia/Tokyo"),
            (60, "Europe/Berlin"),
        ];
        assert_eq!(live("Europe/Berlin", &back_and_forth).1, "Europe/Berlin");
    }

    #[test]
    fn a_bare_offset_that_says_nothing_new_never_counts() {
        let reports = [(0, "Etc/GMT-1"), (60, "Etc/GMT-1"), (120, "Etc/GMT-1")];
        assert_eq!(
            live("Europe/Berlin", &reports),
            (vec![ZoneOutcome::Ignored; 3], "Europe/Berlin".to_owned())
        );
        let other = [(0, "Etc/GMT+5"), (60, "Etc/GMT+5")];
        assert_eq!(
            live("Europe/Berlin", &other).1,
            "Etc/GMT+5",
            "one that says something new does"
        );
    }

    proptest! {
        #[test]
        fn nothing_is_adopted_within_half_an_hour(zones in proptest::collection::vec(0_usize..4, 1..12)) {
            let names = ["Europe/Berlin", "Asia/Tokyo", "UTC", "America/New_York"];
            let reports: Vec<(i64, &str)> = zones.iter().zip(0..).map(|(zone, n)| (n * 2, names[*zone])).collect();
            prop_assert_eq!(live("Europe/Berlin", &reports).1, "Europe/Berlin");
        }
    }
}
