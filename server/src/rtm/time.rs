//! Time spent, counted once: pure arithmetic over intervals.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::store::types::{ClinicianId, PatientId};

/// From an instant until before another.
pub type Interval = (Timestamp, Timestamp);

/// Time a clinician spent on a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Names it, for ties.
    pub id: [u8; 16],
    /// On whom.
    pub patient: PatientId,
    /// By whom.
    pub clinician: ClinicianId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When it was recorded: what was recorded first keeps its time.
    pub recorded_at: Timestamp,
}

/// The same time without overlaps, in order.
pub fn union(mut all: Vec<Interval>) -> Vec<Interval> {
    all.retain(|(from, until)| from < until);
    all.sort_unstable();
    let mut merged: Vec<Interval> = Vec::new();
    for (from, until) in all {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// What of an interval is in none of the others, which are in order and do not overlap.
fn without(whole: Interval, others: &[Interval]) -> Vec<Interval> {
    let (mut from, until) = whole;
    let mut left = Vec::new();
    for (other_from, other_until) in others {
        if *other_until <= from || until <= *other_from {
            continue;
        }
        if from < *other_from {
            left.push((from, *other_from));
        }
        from = from.max(*other_until);
    }
    if from < until {
        left.push((from, until));
    }
    left
}

/// The time spent on a patient, each moment once. Clinicians who work at the same time count once; a clinician who is said to have
/// worked on two patients at once counts for the one recorded first.
pub fn on_patient(spans: &[Span], patient: PatientId) -> Vec<Interval> {
    let mut of_clinician: BTreeMap<ClinicianId, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        of_clinician.entry(span.clinician).or_default().push(span);
    }
    let mut own = Vec::new();
    for mut all in of_clinician.into_values() {
        all.sort_by_key(|span| (span.recorded_at, span.id));
        let mut taken: BTreeMap<PatientId, Vec<Interval>> = BTreeMap::new();
        for span in all {
            let others = taken
                .iter()
                .filter(|(other, _)| **other != span.patient)
                .flat_map(|(_, all)| all.iter().copied());
            let left = without((span.from, span.until), &union(others.collect()));
            if span.patient == patient {
                own.extend(left.iter().copied());
            }
            taken.entry(span.patient).or_default().extend(left);
        }
    }
    union(own)
}

/// How much of disjoint intervals lies from an instant until before another.
pub fn within(all: &[Interval], from: Timestamp, until: Timestamp) -> SignedDuration {
    all.iter()
        .map(|(start, end)| (*start).max(from).duration_until((*end).min(until)))
        .filter(|length| length.is_positive())
        .sum()
}
