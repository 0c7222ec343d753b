//! From RFC 5545 to our words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::write::letters;
use super::{MAX_RRULE, ReadRule, RuleError};
use crate::plans::rules::{PlanContext, nth_due_date};
use crate::plans::spec::{Dose, MAX_WINDOWS, PlanItemSpec, Recurrence, Weekday};

/// The parts of a rule by name.
type Parts<'a> = BTreeMap<&'static str, &'a str>;

const KNOWN: [&str; 8] = [
    "FREQ", "INTERVAL", "BYDAY", "BYHOUR", "BYMINUTE", "UNTIL", "COUNT", "WKST",
];
const FOREIGN: [&str; 6] = [
    "BYSETPOS",
    "BYMONTH",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYSECOND",
];

/// Reads a rule that begins on a line's first day.
///
/// # Errors
/// Where it is no RRULE, or says what a line cannot be.
pub fn read(text: &str, starts_on: Date) -> Result<ReadRule, RuleError> {
    if text.len() > MAX_RRULE {
        return Err(RuleError::TooLong);
    }
    let parts = parts(text)?;
    let recurrence = recurrence(&parts, starts_on)?;
    let times = times(&parts)?;
    let ends_on = match (parts.get("UNTIL"), parts.get("COUNT")) {
        (None, None) => None,
        (Some(_), Some(_)) => return Err(RuleError::UntilAndCount),
        (Some(until), None) => Some(last_day(until, starts_on)?),
        (None, Some(count)) => Some(counted(count, &recurrence, times.len().max(1), starts_on)?),
    };
    Ok(ReadRule {
        recurrence,
        times,
        ends_on,
    })
}

fn parts(text: &str) -> Result<Parts<'_>, RuleError> {
    let mut parts = Parts::new();
    for part in text.split(';') {
        let (name, value) = part.split_once('=').ok_or(RuleError::Malformed)?;
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        if FOREIGN.iter().any(&is) {
            return Err(RuleError::Part);
        }
        let name = KNOWN.into_iter().find(is).ok_or(RuleError::Malformed)?;
        if parts.insert(name, value).is_some() {
            return Err(RuleError::PartTwice);
        }
    }
    Ok(parts)
}

/// Digits and nothing else, as RFC 5545 has them.
fn number(text: &str) -> Result<u32, RuleError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(RuleError::Malformed);
    }
    Ok(text.parse().unwrap_or(u32::MAX))
}

fn weekday(text: &str) -> Result<Weekday, RuleError> {
    if text.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '-') {
        return Err(RuleError::NumberedWeekday);
    }
    Weekday::ALL
        .into_iter()
        .find(|day| letters(*day).eq_ignore_ascii_case(text))
        .ok_or(RuleError::Malformed)
}

fn recurrence(parts: &Parts<'_>, starts_on: Date) -> Result<Recurrence, RuleError> {
    let frequency = parts.get("FREQ").ok_or(RuleError::NoFrequency)?;
    let interval = parts.get("INTERVAL").map_or(Ok(1), |text| number(text))?;
    let weekdays = match parts.get("BYDAY") {
        None => BTreeSet::new(),
        Some(days) => days.split(',').map(weekday).collect::<Result<_, _>>()?,
    };
    let monday = parts
        .get("WKST")
        .map_or(Ok(Weekday::Mon), |day| weekday(day))?
        == Weekday::Mon;
    let weekdays: Vec<Weekday> = weekdays.into_iter().collect();
    match frequency.to_ascii_uppercase().as_str() {
        "DAILY" => match (interval, weekdays.as_slice()) {
            (1, []) => Ok(Recurrence::daily()),
            (1, days) => Ok(Recurrence::on(days)),
            (2..=90, []) => Ok(Recurrence::every_n_days(interval)),
            (2..=90, _) => Err(RuleError::WeekdaysOfDays),
            _ => Err(RuleError::Interval),
        },
        "WEEKLY" => {
            let days = if weekdays.is_empty() {
                vec![Weekday::of(starts_on)]
            } else {
                weekdays
            };
            match interval {
                1 => Ok(Recurrence::on(&days)),
                2..=52 if monday => Ok(Recurrence::every_n_weeks(interval, &days)),
                2..=52 => Err(RuleError::WeekStart),
                _ => Err(RuleError::Interval),
            }
        }
        "SECONDLY" | "MINUTELY" | "HOURLY" | "MONTHLY" | "YEARLY" => Err(RuleError::Frequency),
        _ => Err(RuleError::Malformed),
    }
}

/// Every hour with every minute, in order.
fn times(parts: &Parts<'_>) -> Result<Vec<String>, RuleError> {
    let numbers = |name: &str, most: u32| -> Result<BTreeSet<u32>, RuleError> {
        let Some(list) = parts.get(name) else {
            return Ok(BTreeSet::new());
        };
        list.split(',')
            .map(|text| {
                number(text).and_then(|it| {
                    if it <= most {
                        Ok(it)
                    } else {
                        Err(RuleError::Malformed)
                    }
                })
            })
            .collect()
    };
    let hours = numbers("BYHOUR", 23)?;
    let mut minutes = numbers("BYMINUTE", 59)?;
    if hours.is_empty() && !minutes.is_empty() || hours.len() * minutes.len() > MAX_WINDOWS {
        return Err(RuleError::Times);
    }
    if minutes.is_empty() {
        minutes.insert(0);
    }
    let all: Vec<String> = hours
        .iter()
        .flat_map(|hour| {
            minutes
                .iter()
                .map(move |minute| format!("{hour:02}:{minute:02}"))
        })
        .collect();
    if all.len() > MAX_WINDOWS {
        return Err(RuleError::Times);
    }
    Ok(all)
}

fn last_day(until: &str, starts_on: Date) -> Result<Date, RuleError> {
    let date = |text: &str| -> Result<Date, RuleError> {
        number(text)?;
        let (year, rest) = text.split_at_checked(4).ok_or(RuleError::Malformed)?;
        let (month, day) = rest.split_at_checked(2).ok_or(RuleError::Malformed)?;
        let date = format!("{year}-{month}-{day}");
        date.parse().map_err(|_| RuleError::Malformed)
    };
    if let Some((day, _)) = until.split_once(['T', 't']) {
        date(day)?;
        return Err(RuleError::UntilNotADate);
    }
    if until.len() != 8 {
        return Err(RuleError::Malformed);
    }
    let last = date(until)?;
    if last < starts_on {
        return Err(RuleError::UntilBeforeStart);
    }
    Ok(last)
}

/// The day of the last of so many times.
fn counted(
    count: &str,
    recurrence: &Recurrence,
    times_a_day: usize,
    starts_on: Date,
) -> Result<Date, RuleError> {
    let count = usize::try_from(number(count)?).unwrap_or(usize::MAX);
    if !(1..=10_000).contains(&count) {
        return Err(RuleError::Count);
    }
    if count % times_a_day != 0 {
        return Err(RuleError::CountCutsADay);
    }
    let dose = Dose {
        sets: 1,
        reps: None,
        hold_s: None,
        minutes: None,
        each_side: false,
    };
    let item = PlanItemSpec::plain("", dose, recurrence.clone(), Vec::new(), starts_on);
    nth_due_date(&item, &PlanContext::default(), count / times_a_day - 1).ok_or(RuleError::Count)
}
