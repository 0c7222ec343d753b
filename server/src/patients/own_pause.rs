//! A pause a patient enters: short, from today on, with time between two, and seen by the clinic.

use jiff::Timestamp;
use jiff::civil::Date;

use super::pausing::{self, NewPause, Return};
use super::service::PauseReason;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::guard::Patient;
use crate::reminders::patient_day::Place;
use crate::store::Tx;
use crate::store::patients::{self, Patient as Row};
use crate::store::pauses::{self, Pause, ResumeRule};
use crate::store::types::{DateText, PauseId};

/// The most days one has, and the fewest between two: a longer one is talked about.
pub const MOST_DAYS: i32 = 14;
/// The farthest first day, from today.
const FARTHEST_DAYS: i32 = 60;
/// Why a patient pauses; the others are the clinic's to say.
pub const OWN_REASONS: [PauseReason; 3] = [
    PauseReason::Holiday,
    PauseReason::Illness,
    PauseReason::Other,
];

/// Why a pause is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It begins before today, or too far away.
    Past,
    /// Its last day is before its first.
    Order,
    /// It is too long.
    Long,
    /// The one before is too near.
    Soon,
}

impl Refusal {
    /// Its text.
    pub fn text_key(self) -> &'static str {
        match self {
            Self::Past => "me_pause_past",
            Self::Order => "me_pause_order",
            Self::Long => "me_pause_long",
            Self::Soon => "me_pause_soon",
        }
    }
}

/// Whether a patient may pause from one date through another, beside the pauses of their own there are, by first and
/// last date.
///
/// # Errors
/// The first rule it breaks.
pub fn judge(
    (from, through): (Date, Date),
    today: Date,
    own: &[(Date, Date)],
) -> Result<(), Refusal> {
    let ahead = (from - today).get_days();
    if !(0..=FARTHEST_DAYS).contains(&ahead) {
        return Err(Refusal::Past);
    }
    if through < from {
        return Err(Refusal::Order);
    }
    if (through - from).get_days() >= MOST_DAYS {
        return Err(Refusal::Long);
    }
    let near = |(first, last): &(Date, Date)| {
        let between = if *last < from {
            (from - *last).get_days()
        } else {
            (*first - through).get_days()
        };
        between <= MOST_DAYS
    };
    if own.iter().any(near) {
        return Err(Refusal::Soon);
    }
    Ok(())
}

/// The days a pause held or will hold; none where it was ended before it began.
fn days(pause: &Pause) -> Result<Option<(Date, Date)>> {
    let from = pause.from_date.date().map_err(Error::internal)?;
    let last = match &pause.resumed_date {
        Some(resumed) => resumed.date().and_then(Date::yesterday),
        None => pause.through_date.date(),
    };
    let last = last.map_err(Error::internal)?;
    Ok((from <= last).then_some((from, last)))
}

fn is_own(pause: &Pause) -> bool {
    pause.created_by.is_none()
}

fn judge_in(
    tx: &mut Tx<'_>,
    patient: &Row,
    dates: (Date, Date),
    now: Timestamp,
) -> Result<Result<(), Refusal>> {
    let today = Place::of(patient)?.date_at(now);
    let all = pauses::of_patients(tx, &[patient.id])?
        .remove(&patient.id)
        .unwrap_or_default();
    let own = all.iter().filter(|pause| is_own(pause));
    let own: Vec<(Date, Date)> = own
        .filter_map(|pause| days(pause).transpose())
        .collect::<Result<_>>()?;
    Ok(judge(dates, today, &own))
}

/// Refuses what breaks the rules at the moment it is written: another pause may have come between.
///
/// # Errors
/// Conflict.
pub fn require(tx: &mut Tx<'_>, patient: &Row, dates: (Date, Date), now: Timestamp) -> Result<()> {
    judge_in(tx, patient, dates, now)?.map_err(|_| {
        Error::detailed(
            Code::Conflict,
            "another pause of the patient's own is in the way",
        )
    })
}

/// Enters a pause of the caller's own; it ends by itself.
///
/// # Errors
/// Not found when the patient is gone.
pub async fn enter(
    app: &App,
    caller: &Patient,
    from: Date,
    through: Date,
    reason: PauseReason,
) -> Result<Result<PauseId, Refusal>> {
    let (id, now) = (caller.id, app.now());
    let judged = app
        .store
        .read("own_pauses", caller.scope, move |tx| {
            let patient = patients::find(tx, id)?;
            judge_in(tx, &patient, (from, through), now)
        })
        .await?;
    if let Err(refusal) = judged {
        return Ok(Err(refusal));
    }
    let new = NewPause {
        from,
        through,
        reason,
        resume: Some(ResumeRule::Automatic),
    };
    pausing::pause(app, caller.scope, None, id, new)
        .await
        .map(Ok)
}

/// The pause of the caller's own that has not ended, if any.
pub async fn standing(app: &App, caller: &Patient, today: Date) -> Result<Option<Pause>> {
    let all = pausing::list(app, caller.scope, caller.id).await?;
    let today = DateText::from(today);
    let stands = |pause: &Pause| {
        is_own(pause) && pause.resumed_date.is_none() && today <= pause.through_date
    };
    Ok(all.into_iter().find(stands))
}

/// Ends a pause of the caller's own: they go on from today, or from the first day of one that has not begun.
///
/// # Errors
/// Not found when it is not the caller's own; conflict when it has ended.
pub async fn end(app: &App, caller: &Patient, id: PauseId) -> Result<()> {
    let all = pausing::list(app, caller.scope, caller.id).await?;
    let own = |pause: &&Pause| pause.id == id && is_own(pause);
    let pause = all.iter().find(own).ok_or_else(Error::not_found)?;
    let from = pause.from_date.date().map_err(Error::internal)?;
    let (now, patient) = (app.now(), caller.id);
    let today = app
        .store
        .read("patient_today", caller.scope, move |tx| {
            Ok(Place::of(&patients::find(tx, patient)?)?.date_at(now))
        })
        .await?;
    let back = Return {
        from: today.max(from),
        ramp_pct: Vec::new(),
    };
    pausing::resume(app, caller.scope, caller.id, id, back).await
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    fn march(day: i8) -> Date {
        date(2026, 3, day)
    }

    #[test]
    fn it_begins_today_or_later_and_has_at_most_fourteen_days() {
        let judged = |from, through| judge((from, through), march(2), &[]);
        assert_eq!(judged(march(2), march(15)), Ok(()), "fourteen days");
        assert_eq!(judged(march(2), march(16)), Err(Refusal::Long));
        assert_eq!(judged(march(1), march(3)), Err(Refusal::Past));
        assert_eq!(judged(march(3), march(2)), Err(Refusal::Order));
        let far = march(2).checked_add(61.days()).unwrap();
        assert_eq!(judged(far, far), Err(Refusal::Past));
    }

    #[test]
    fn fourteen_days_lie_between_two() {
        let own = [(march(2), march(5))];
        let judged = |from, through| judge((from, through), march(1), &own);
        assert_eq!(judged(march(19), march(20)), Err(Refusal::Soon));
        assert_eq!(judged(march(20), march(21)), Ok(()), "6 to 19 March");
        assert_eq!(judged(march(4), march(4)), Err(Refusal::Soon), "inside it");
        let later = [(march(25), march(26))];
        assert_eq!(judge((march(9), march(10)), march(1), &later), Ok(()));
        assert_eq!(
            judge((march(9), march(11)), march(1), &later),
            Err(Refusal::Soon),
            "too near before one"
        );
    }
}
