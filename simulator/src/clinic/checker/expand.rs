//! What a plan asks for, day by day: no rules of the server, only the calendar.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::clinic::ledger::{PatientBook, Wanted};

/// A week, with the hour a clock may be set back in it.
const WEEK_H: i64 = 7 * 24 + 1;

/// Something a plan asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// The line.
    pub(super) item: String,
    /// The date.
    pub(super) date: Date,
    /// The time, `HH:MM`.
    pub(super) time: String,
    /// When that is.
    pub(super) due_at: Timestamp,
    /// Whether it must be there; else it may.
    pub(super) must: bool,
}

/// A plan is in force until the next was first sent.
struct Reign<'a> {
    lines: &'a [Wanted],
    from: Timestamp,
    certain_from: Timestamp,
    until: Timestamp,
    certain_until: Timestamp,
}

/// Everything a patient's plans ask for between two instants.
pub(super) fn asked(book: &PatientBook, begin: Timestamp, end: Timestamp) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (index, plan) in book.plans.iter().enumerate() {
        let next = book.plans.get(index + 1);
        let reign = Reign {
            lines: &plan.lines,
            from: plan.sent_at,
            certain_from: plan.at,
            until: next.map_or(Timestamp::MAX, |next| next.at),
            certain_until: next.map_or(Timestamp::MAX, |next| next.sent_at),
        };
        for line in reign.lines {
            of_line(book, &reign, line, begin, end, &mut asked);
        }
    }
    asked
}

fn of_line(
    book: &PatientBook,
    reign: &Reign<'_>,
    line: &Wanted,
    begin: Timestamp,
    end: Timestamp,
    asked: &mut Vec<Asked>,
) {
    let zone = TimeZone::get(book.zone_at(end)).unwrap_or(TimeZone::UTC);
    // A day more at either end: zones lie up to a day apart.
    let first = (begin - SignedDuration::from_hours(30))
        .to_zoned(zone.clone())
        .date();
    let last = (end + SignedDuration::from_hours(54)).to_zoned(zone).date();
    let mut date = first.max(line.starts_on);
    while date <= last {
        if recurs(line, date) {
            for time in &line.times {
                asked.extend(on(book, reign, line, date, *time, end));
            }
        }
        let Ok(next) = date.checked_add(1.days()) else {
            return;
        };
        date = next;
    }
}

fn recurs(line: &Wanted, date: Date) -> bool {
    if !line.weekdays.is_empty() {
        return line
            .weekdays
            .contains(&date.weekday().to_monday_one_offset());
    }
    let days = date.since(line.starts_on).map_or(0, |span| span.get_days());
    i64::from(days).rem_euclid(i64::from(line.every.max(1))) == 0
}

fn on(
    book: &PatientBook,
    reign: &Reign<'_>,
    line: &Wanted,
    date: Date,
    time: Time,
    end: Timestamp,
) -> Option<Asked> {
    let due_at = due(book, date, time)?;
    // Windows reach hours around the due time, or the whole week: what was open when the plan changed may be of either plan.
    let near = SignedDuration::from_hours(if line.flexible { WEEK_H } else { 12 });
    let begins = reign.from - near;
    let ends = reign.until.saturating_add(near).unwrap_or(Timestamp::MAX);
    if due_at < begins || due_at > ends {
        return None;
    }
    let certain = due_at > reign.certain_from + SignedDuration::from_mins(1)
        && due_at < reign.certain_until
        && due_at < end
        && !is_uncertain(book, line, due_at);
    Some(Asked {
        item: line.item.clone(),
        date,
        time: time.strftime("%H:%M").to_string(),
        due_at,
        must: certain,
    })
}

/// A time that does not exist is as much later as the clock jumped; one that is there twice is the first.
fn due(book: &PatientBook, date: Date, time: Time) -> Option<Timestamp> {
    let at = |zone: &str| {
        let zone = TimeZone::get(zone).ok()?;
        Some(date.to_datetime(time).to_zoned(zone).ok()?.timestamp())
    };
    let first = at(&book.zones.first()?.1)?;
    // Where a patient travelled, the zone told of last before the hour counts.
    at(book.zone_at(first))
}

/// Around a flight, and from a withdrawal or an erasure on, what is planned follows rules of its own.
fn is_uncertain(book: &PatientBook, line: &Wanted, due_at: Timestamp) -> bool {
    // What may be done all week was planned for all of it, in the zone of its beginning.
    let near = SignedDuration::from_hours(if line.flexible { WEEK_H } else { 36 });
    let flies = book.zones.iter().skip(1).any(|(at, _)| {
        let believed = book.zone_believed_at().unwrap_or(Timestamp::MAX);
        let settled = believed.saturating_add(near).unwrap_or(Timestamp::MAX);
        due_at > *at - near && due_at < settled
    });
    let ends = [book.withdrawn.map(|(sent, _)| sent), book.erased];
    let over = ends.into_iter().flatten().any(|at| due_at > at - near);
    flies || over
}
