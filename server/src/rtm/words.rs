//! The ledger in words. It says what is eligible and what is missing; never that anything may be billed.

use jiff::civil::Date;

use super::days::Window;
use super::rules::{Episode, Month, Status};
use crate::http::format;
use crate::store::rtm::{Activity, Clock, EvaluationCause};

/// A count with its noun.
pub fn counted(count: impl Into<i64>, one: &str, many: &str) -> String {
    let count: i64 = count.into();
    format!("{count} {}", if count == 1 { one } else { many })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `18 Feb 2026`.
pub fn date(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// `January 2026`.
pub fn month(first: Date) -> String {
    first.strftime("%B %Y").to_string()
}

/// `19 min 59 s`.
pub fn minutes_seconds(seconds: i64) -> String {
    match seconds % 60 {
        0 => format!("{} min", seconds / 60),
        rest => format!("{} min {rest} s", seconds / 60),
    }
}

/// Why a code that could hold does not.
pub fn excluded(by: &str) -> String {
    format!("not given together with {by}")
}

/// The code that must hold first.
pub fn needs(code: &str) -> String {
    format!("{code} must be eligible first")
}

/// The days of a window.
pub fn days_of(days: usize, length: i32) -> String {
    let days = counted(number(days), "monitored day", "monitored days");
    format!("{days} of {length}")
}

/// What a window lacks.
pub fn days_missing(missing: usize, window: &Window, today: Date) -> String {
    let more = counted(number(missing), "monitored day", "monitored days");
    let through = format::short_date(window.through);
    if window.through < today {
        return format!(
            "{more}; the window ended on {through}, only data that arrive late can add"
        );
    }
    // Today counts as long as it is no monitored day yet.
    let first = if window.days.contains(&today) {
        today.tomorrow().unwrap_or(today)
    } else {
        today
    };
    let left = first
        .until(window.through)
        .map_or(0, |span| span.get_days() + 1)
        .max(0);
    let left = counted(left, "day", "days");
    if usize::try_from(
        first
            .until(window.through)
            .map_or(0, |span| span.get_days() + 1),
    )
    .unwrap_or(0)
        < missing
    {
        return format!(
            "{more}, and {left} left through {through}: only data that arrive late can add so many"
        );
    }
    format!("{more} through {through} ({left} left)")
}

/// The time and calls of a month.
pub fn time_of(month: &Month) -> String {
    let calls = counted(number(month.live_calls), "live call", "live calls");
    format!("{}, {calls}", minutes_seconds(month.seconds))
}

/// What a month lacks.
pub fn management_missing(minutes: i64, calls: usize, forgotten: usize) -> Option<String> {
    let mut parts = Vec::new();
    if minutes > 0 {
        parts.push(counted(minutes, "whole minute", "whole minutes"));
    }
    if calls > 0 {
        parts.push(counted(number(calls), "live call", "live calls"));
    }
    if parts.is_empty() {
        return None;
    }
    let mut text = parts.join(" and ");
    if minutes > 0 && forgotten > 0 {
        let timers = counted(number(forgotten), "timer", "timers");
        text.push_str(&format!(
            "; {timers} nobody stopped: not counted until corrected"
        ));
    }
    Some(text)
}

/// An episode's set-up.
pub fn setup_of(episode: &Episode) -> String {
    match episode.set_up_on {
        Some(on) => format!(
            "set-up recorded on {}, at most {} in one window",
            date(on),
            counted(number(episode.most_days), "monitored day", "monitored days")
        ),
        None => "no set-up recorded in this episode".to_owned(),
    }
}

/// What an episode's set-up lacks.
pub fn setup_missing(no_setup: bool, days: usize) -> Option<String> {
    let mut parts = Vec::new();
    if no_setup {
        parts.push("time with the activity set-up and education".to_owned());
    }
    if days > 0 {
        let more = counted(number(days), "monitored day", "monitored days");
        parts.push(format!("{more} in one window"));
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// How a code stands: key of its mark and words.
pub fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Eligible => ("good", "eligible"),
        Status::NotYet => ("open", "not yet"),
        Status::NotMet => ("missed", "not met"),
        Status::Excluded => ("excused", "excluded"),
    }
}

/// What time was spent on.
pub fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::Setup => "set-up and education",
        Activity::Review => "review of data and plan",
        Activity::Messages => "messages",
        Activity::Coordination => "coordination of care",
    }
}

/// Why the ledger was evaluated.
pub fn cause(cause: EvaluationCause) -> &'static str {
    match cause {
        EvaluationCause::Looked => "looked at",
        EvaluationCause::Entry => "time recorded",
        EvaluationCause::Call => "call recorded",
        EvaluationCause::Correction => "correction",
        EvaluationCause::Export => "evidence taken out",
    }
}

/// A period, in words.
pub fn period(clock: Clock, period: &str) -> String {
    let day = |text: &str| text.parse::<Date>();
    match clock {
        Clock::Episode => format!("Episode {period}"),
        Clock::Device => match day(period) {
            Ok(from) => format!("Window from {}", date(from)),
            Err(_) => period.to_owned(),
        },
        Clock::Management => match day(&format!("{period}-01")) {
            Ok(first) => month(first),
            Err(_) => period.to_owned(),
        },
    }
}
