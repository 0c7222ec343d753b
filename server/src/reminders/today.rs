//! What a patient's own page shows of today: read in one go, grouped by what can be done about it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::planner::zone_of;
use super::service::offers_in;
use super::snooze::SnoozeOffer;
use super::state::{Phase, UNDO_WITHIN};
use super::view::OccurrenceView;
use crate::adherence::Adherence;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::notices::service::{self as notices, Told};
use crate::patients::service::lines;
use crate::store::insoles::LastSession;
use crate::store::patients::PatientStatus;
use crate::store::pauses::Pause;
use crate::store::types::OccurrenceId;
use crate::store::{checkins, occurrences, patients};

/// A patient's today.
#[derive(Debug, Clone)]
pub struct Today {
    /// When it was read.
    pub now: Timestamp,
    /// The patient's language.
    pub locale: String,
    /// The patient's zone.
    pub zone: TimeZone,
    /// Its name.
    pub zone_name: String,
    /// The date in it.
    pub date: Date,
    /// What belongs to today, in order of time: today's occurrences, and those of the days beside it
    /// that can be answered now or were answered today.
    pub occurrences: Vec<OccurrenceView>,
    /// Session adherence of the last 7 days.
    pub adherence_7d: Adherence,
    /// The newest insole session.
    pub last_session: Option<LastSession>,
    /// The pause the patient is in.
    pub pause: Option<Pause>,
    /// How long what is open can be put off.
    pub snoozes: BTreeMap<OccurrenceId, Vec<SnoozeOffer>>,
    /// What the patient was told and has not seen, newest first.
    pub notices: Vec<Told>,
    /// Pain during or after what was done, 0 to 10, where it was told.
    pub pain_after: BTreeMap<OccurrenceId, i64>,
    /// Whether the patient is in care: consent stands and the episode goes on.
    pub in_care: bool,
}

/// The caller's today.
///
/// # Errors
/// Not found when the patient is gone.
pub async fn today(app: &App, caller: &Patient) -> Result<Today> {
    let (id, now) = (caller.id, app.now());
    app.store
        .read("today", caller.scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let zone = zone_of(&patient)?;
            let (zone_name, locale) = (patient.time_zone.clone(), patient.locale.clone());
            let date = now.to_zoned(zone.clone()).date();
            let (from, through) = beside(date)?;
            let rows = occurrences::between(tx, id, from, through)?;
            let seen: Vec<OccurrenceView> = rows
                .iter()
                .map(|row| OccurrenceView::of(row, now))
                .collect::<Result<_>>()?;
            let occurrences: Vec<OccurrenceView> = seen
                .into_iter()
                .filter(|seen| belongs(seen, date, &zone))
                .collect();
            let mut snoozes = BTreeMap::new();
            for open in occurrences.iter().filter(|seen| seen.phase == Phase::Open) {
                let offers = offers_in(tx, id, open.id, open.closes_at, now)?;
                snoozes.insert(open.id, offers);
            }
            let pain_after = checkins::standing(tx, id, from, through)?
                .iter()
                .filter_map(|row| Some((row.occurrence_id?, row.pain_after?)))
                .collect();
            let in_care = patient.status == PatientStatus::Active;
            let mut notices = notices::newest_in(tx, id, &patient.locale)?;
            notices.retain(|notice| notice.seen_at.is_none());
            let line = lines(tx, vec![patient], now)?
                .pop()
                .ok_or_else(Error::not_found)?;
            Ok(Today {
                now,
                locale,
                zone,
                zone_name,
                date,
                occurrences,
                adherence_7d: line.adherence,
                last_session: line.last_session,
                pause: line.pause,
                snoozes,
                notices,
                pain_after,
                in_care,
            })
        })
        .await
}

fn beside(date: Date) -> Result<(Date, Date)> {
    let from = date.checked_sub(1.day()).map_err(Error::internal)?;
    let through = date.checked_add(1.day()).map_err(Error::internal)?;
    Ok((from, through))
}

/// A window may reach over midnight: what is open now is of today, whatever date it was planned on.
fn belongs(seen: &OccurrenceView, today: Date, zone: &TimeZone) -> bool {
    let answered_on = seen.answered_at.map(|at| at.to_zoned(zone.clone()).date());
    match seen.phase {
        Phase::Cancelled => false,
        Phase::Open => true,
        _ => seen.date == today.to_string() || answered_on == Some(today),
    }
}

/// What a patient can do about an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Answer it now, on time.
    Now,
    /// Answer it still, late.
    Late,
    /// Wait, or answer it early.
    Later,
    /// Nothing more.
    Answered,
}

/// The group of a phase.
pub fn group(phase: Phase) -> Group {
    match phase {
        Phase::Open => Group::Now,
        Phase::Missed => Group::Late,
        Phase::Upcoming => Group::Later,
        Phase::Done
        | Phase::DoneLate
        | Phase::Partial
        | Phase::Declined
        | Phase::Excused
        | Phase::Cancelled => Group::Answered,
    }
}

/// Whether the patient may still change their answer: until the window ends.
pub fn can_change(seen: &OccurrenceView, now: Timestamp) -> bool {
    let answered = matches!(
        seen.phase,
        Phase::Done | Phase::DoneLate | Phase::Partial | Phase::Declined
    );
    answered && now <= seen.closes_at
}

/// Whether the patient may still take their answer back.
pub fn can_undo(seen: &OccurrenceView, now: Timestamp) -> bool {
    group(seen.phase) == Group::Answered
        && seen
            .answered_at
            .is_some_and(|at| now.duration_since(at) <= UNDO_WITHIN)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::plans::DoseUnit;
    use crate::plans::library::{self, CareKind};
    use crate::plans::rules::ClockRule;
    use crate::store::types::PlanItemId;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn seen(date: &str, phase: Phase, answered_at: Option<&str>) -> OccurrenceView {
        OccurrenceView {
            id: OccurrenceId::from([1; 16]),
            plan_item_id: PlanItemId::from([2; 16]),
            plan_version: 1,
            exercise: "cat-camel".to_owned(),
            kind: CareKind::Stretching,
            title: String::new(),
            instruction: String::new(),
            dose: String::new(),
            prescribed: library::find("cat-camel").unwrap().dose.clone(),
            dose_amount: 1.0,
            dose_unit: DoseUnit::Times,
            date: date.to_owned(),
            time: "23:00".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            clock_rule: ClockRule::Exact,
            opens_at: at("2026-03-01T20:00:00Z"),
            due_at: at("2026-03-01T22:00:00Z"),
            closes_at: at("2026-03-02T02:00:00Z"),
            phase,
            reason: None,
            done_fraction: None,
            answered_at: answered_at.map(at),
        }
    }

    #[test]
    fn an_evening_window_stays_after_midnight_while_it_is_open_and_after_its_answer() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let today = date(2026, 3, 2);
        let shown = |phase, answered| belongs(&seen("2026-03-01", phase, answered), today, &berlin);
        assert!(shown(Phase::Open, None));
        assert!(
            shown(Phase::Done, Some("2026-03-01T23:30:00Z")),
            "answered at 00:30 of today"
        );
        assert!(
            !shown(Phase::Done, Some("2026-03-01T21:30:00Z")),
            "answered yesterday"
        );
        assert!(!shown(Phase::Missed, None));
        assert!(!belongs(
            &seen("2026-03-02", Phase::Cancelled, None),
            today,
            &berlin
        ));
    }

    #[test]
    fn an_answer_can_be_taken_back_for_a_day() {
        let done = seen("2026-03-01", Phase::Done, Some("2026-03-01T21:30:00Z"));
        assert!(can_undo(&done, at("2026-03-02T21:30:00Z")));
        assert!(!can_undo(&done, at("2026-03-02T21:30:01Z")));
        let excused = seen("2026-03-01", Phase::Excused, None);
        assert!(!can_undo(&excused, done.opens_at));
    }

    #[test]
    fn an_answer_can_be_changed_until_the_window_ends() {
        let done = seen("2026-03-01", Phase::Done, Some("2026-03-01T21:30:00Z"));
        assert!(can_change(&done, done.closes_at));
        assert!(!can_change(&done, at("2026-03-02T02:00:01Z")));
        assert!(!can_change(
            &seen("2026-03-01", Phase::Excused, None),
            done.opens_at
        ));
    }
}
