//! The preview of a plan as a page shows it: in words, in the patient's zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::preview::{Ask, Change, PreviewDay, Shown, SilentReason};
use super::rules::ClockRule;
use crate::error::{Error, Result};
use crate::http::format;
use crate::patients::view::reason_words;
use crate::reminders::planning::SUSPENDED;
use crate::reminders::state::Phase;

/// A day.
pub(super) struct DayView {
    pub(super) name: String,
    pub(super) today: bool,
    /// Said where the clock changes.
    pub(super) length: Option<String>,
    pub(super) paused: Option<&'static str>,
    pub(super) asks: Vec<AskView>,
}

/// One thing on a day.
pub(super) struct AskView {
    pub(super) time: String,
    pub(super) title: String,
    pub(super) dose: String,
    /// Names the symbol and the colour.
    pub(super) key: &'static str,
    pub(super) word: String,
    pub(super) more: Vec<String>,
}

/// The days.
pub(super) fn days(shown: &Shown, zone: &TimeZone) -> Result<Vec<DayView>> {
    let views = shown.days.iter().zip(0_usize..);
    views
        .map(|(day, place)| view(day, place == 0, zone))
        .collect()
}

fn view(day: &PreviewDay, today: bool, zone: &TimeZone) -> Result<DayView> {
    let date: Date = day.date.parse().map_err(Error::internal)?;
    let asks = day.asks.iter().map(|ask| ask_view(ask, date, zone));
    Ok(DayView {
        name: format::long_date(date),
        today,
        length: length(day.length_h),
        paused: day.paused.as_deref().map(reason_words),
        asks: asks.collect(),
    })
}

/// A day that is longer or shorter than others.
fn length(hours: f64) -> Option<String> {
    let how = if hours > 24.01 {
        "back"
    } else if hours < 23.99 {
        "forward"
    } else {
        return None;
    };
    let hours = format::number(hours, 1);
    Some(format!("The clock goes {how}: this day has {hours} hours."))
}

fn ask_view(ask: &Ask, date: Date, zone: &TimeZone) -> AskView {
    let (key, word) = change(ask);
    let mut more = Vec::new();
    let due = ask.due_at.to_zoned(zone.clone());
    let at = format::time(ask.due_at, zone);
    match ask.clock_rule {
        ClockRule::Exact => {}
        ClockRule::GapShiftForward => more.push(format!(
            "the clock jumps over {} on this day: due at {at}",
            ask.time
        )),
        ClockRule::FoldFirst => more.push(format!(
            "the clock shows {} twice on this day: due the first time",
            ask.time
        )),
    }
    if due.date() != date {
        more.push(format!(
            "on the calendar {}",
            format::short_date(due.date())
        ));
    }
    if ask.flexible {
        let until = ask.closes_at.to_zoned(zone.clone());
        more.push(format!(
            "on any day of the week, until {}",
            until.strftime("%a %-d %b, %H:%M")
        ));
    }
    match ask.excused.as_deref() {
        Some(SUSPENDED) => more.push("not asked: this exercise is held back".to_owned()),
        Some(reason) => more.push(format!("not asked: paused ({})", reason_words(reason))),
        None => more.extend(reminders(ask, zone)),
    }
    AskView {
        time: ask.time.clone(),
        title: ask.title.clone(),
        dose: ask.dose.clone(),
        key,
        word,
        more,
    }
}

/// Said where it is not one reminder at the due time.
fn reminders(ask: &Ask, zone: &TimeZone) -> Option<String> {
    if matches!(ask.change, Change::Stays | Change::Withdrawn) || ask.reminders == [ask.due_at] {
        return None;
    }
    if ask.reminders.is_empty() {
        return Some("no reminder".to_owned());
    }
    let due = ask.due_at.to_zoned(zone.clone()).date();
    let times: Vec<String> = ask
        .reminders
        .iter()
        .map(|at| {
            let same = at.to_zoned(zone.clone()).date() == due;
            if same {
                format::time(*at, zone)
            } else {
                format::weekday_time(*at, zone)
            }
        })
        .collect();
    Some(format!("reminders at {}", times.join(", ")))
}

fn change(ask: &Ask) -> (&'static str, String) {
    let (key, word) = match ask.change {
        Change::Added => ("added", "new"),
        Change::Same => ("same", "as now"),
        Change::Changed => ("changed", "changed"),
        Change::Withdrawn => ("removed", "withdrawn"),
        Change::Stays => {
            let how = ask.phase.map_or("due already", phase_words);
            return ("stays", format!("stays: {how}"));
        }
    };
    (key, word.to_owned())
}

fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Upcoming => "to come",
        Phase::Open => "open",
        Phase::Done => "done",
        Phase::DoneLate => "done late",
        Phase::Partial => "partly done",
        Phase::Missed => "missed",
        Phase::Declined => "skipped",
        Phase::Excused => "excused",
        Phase::Cancelled => "cancelled",
    }
}

/// What is counted besides, and in which words.
type Further = (fn(&Ask) -> bool, &'static str);

/// How much is asked, and how that differs from now.
pub(super) fn totals(shown: &Shown) -> Vec<String> {
    let count = |wanted: fn(&Ask) -> bool| {
        let asks = shown.days.iter().flat_map(|day| &day.asks);
        asks.filter(|ask| wanted(ask)).count()
    };
    let asked = count(|ask| {
        ask.excused.is_none() && !matches!(ask.change, Change::Withdrawn | Change::Stays)
    });
    let mut totals = vec![format!("{asked} to be asked")];
    let further: [Further; 4] = [
        (|ask| ask.change == Change::Added, "new"),
        (|ask| ask.change == Change::Changed, "changed"),
        (|ask| ask.change == Change::Withdrawn, "withdrawn"),
        (
            |ask| ask.excused.is_some() && ask.change != Change::Stays,
            "not asked, for a pause or a held exercise",
        ),
    ];
    for (wanted, word) in further {
        match count(wanted) {
            0 => {}
            some => totals.push(format!("{some} {word}")),
        }
    }
    totals
}

/// Lines that ask for nothing in these days.
pub(super) fn silent(shown: &Shown) -> Vec<String> {
    let line = |line: &super::preview::SilentLine| {
        let why = match line.reason {
            SilentReason::NoEventDate => "what it counts from has no date yet",
            SilentReason::BeginsLater => "it begins after these days",
            SilentReason::Ended => "its last day is over",
            SilentReason::NoDueDay => "it is not due in these days",
        };
        format!("{}: {why}", line.title)
    };
    shown.silent.iter().map(line).collect()
}
