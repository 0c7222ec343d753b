//! A plan as a calendar file (RFC 5545), for the patient's own calendar. It says when, never what: a
//! calendar is shared, synchronised and shown on lock screens.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::rrule::write_parts;
use super::rules::calendar::{DAY_S, date_of, day_number};
use super::rules::due_days::DueDays;
use super::rules::{DayStart, PlanContext, instant_of};
use super::spec::{PlanItemSpec, Weekday, Window};
use crate::push::Locale;
use crate::store::types::PlanItemId;

/// Years from the time of writing the zone's changes of the clock are listed for.
const ZONE_YEARS: i32 = 5;
/// Octets a line may have before it is folded, RFC 5545, section 3.1.
const FOLD: usize = 75;

/// Whose calendar it is.
pub struct Calendar<'a> {
    /// The IANA name of the patient's zone.
    pub zone_name: &'a str,
    /// That zone.
    pub zone: &'a TimeZone,
    /// The language of the words.
    pub locale: Locale,
    /// Day start and events.
    pub context: &'a PlanContext,
    /// When the version was published.
    pub published_at: Timestamp,
    /// When the file is written.
    pub now: Timestamp,
}

/// Lines of text, folded.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: &str) {
        let mut room = FOLD;
        for character in line.chars() {
            let octets = character.len_utf8();
            if octets > room {
                self.0.push_str("\r\n ");
                room = FOLD - 1;
            }
            room -= octets;
            self.0.push(character);
        }
        self.0.push_str("\r\n");
    }
}

/// The file: an event for each window of each line that has a day to be due on.
pub fn calendar_file(calendar: &Calendar<'_>, items: &[(PlanItemId, PlanItemSpec)]) -> String {
    let events: Vec<Event> = items
        .iter()
        .flat_map(|(id, item)| events_of(calendar, *id, item))
        .collect();
    let mut lines = Lines::default();
    lines.add("BEGIN:VCALENDAR");
    lines.add("VERSION:2.0");
    lines.add("PRODID:-//Footing//Footing//EN");
    lines.add("CALSCALE:GREGORIAN");
    let first = events.iter().map(|event| event.starts_at.date()).min();
    if let Some(first) = first {
        add_zone(calendar, first, &mut lines);
    }
    for event in &events {
        event.add(calendar, &mut lines);
    }
    lines.add("END:VCALENDAR");
    lines.0
}

/// One window of one line.
struct Event {
    uid: String,
    starts_at: DateTime,
    rule: Option<String>,
}

fn events_of(calendar: &Calendar<'_>, id: PlanItemId, item: &PlanItemSpec) -> Vec<Event> {
    let Some(due) = DueDays::of(item, calendar.context) else {
        return Vec::new();
    };
    let windows = item.windows.iter().enumerate();
    windows
        .filter_map(|(window_no, window)| {
            let slot = Slot::of(window, calendar.context.day_starts_at)?;
            let first = due.next_from(due.first())?;
            Some(Event {
                uid: format!("{id}-{window_no}@footing"),
                starts_at: slot.on(first)?,
                rule: rule(calendar, &due, first, &slot),
            })
        })
        .collect()
}

/// A window's local time, and the days from the patient's date to the calendar's.
struct Slot {
    of_day_s: i64,
    shift: i32,
}

impl Slot {
    fn of(window: &Window, day_start: DayStart) -> Option<Self> {
        let time = window.time()?;
        let of_day_s = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
        Some(Self {
            of_day_s,
            shift: i32::from(of_day_s < day_start.seconds()),
        })
    }

    fn on(&self, day: i32) -> Option<DateTime> {
        let date = date_of(day.checked_add(self.shift)?)?;
        let begin = date.to_datetime(jiff::civil::Time::midnight());
        begin
            .checked_add(self.of_day_s.rem_euclid(DAY_S).seconds())
            .ok()
    }
}

/// The RRULE of a window; none where it is due once.
fn rule(calendar: &Calendar<'_>, due: &DueDays, first: i32, slot: &Slot) -> Option<String> {
    let last = due.last_due();
    if last == Some(first) {
        return None;
    }
    let (interval, weekdays) = due.interval();
    // A window before the patient's day begins is on the next weekday, and so is its week's first.
    let shifted = |day: Weekday| match usize::try_from(slot.shift) {
        Ok(shift) => Weekday::ALL
            .into_iter()
            .cycle()
            .nth(day as usize + shift)
            .unwrap_or(day),
        Err(_) => day,
    };
    let weekdays: Vec<Weekday> = weekdays.into_iter().map(shifted).collect();
    let mut text = write_parts(interval, &weekdays, shifted(Weekday::Mon));
    if let Some(last) = last {
        let local = slot.on(last)?;
        // With a zone at DTSTART, UNTIL is in UTC.
        let until = instant_of(calendar.zone, local.date(), local.time())
            .map(|(at, _)| at)
            .or_else(|| {
                local
                    .to_zoned(calendar.zone.clone())
                    .ok()
                    .map(|at| at.timestamp())
            })?;
        text.push_str(&format!(";UNTIL={}", utc(until)));
    }
    Some(text)
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

impl Event {
    fn add(&self, calendar: &Calendar<'_>, lines: &mut Lines) {
        lines.add("BEGIN:VEVENT");
        lines.add(&format!("UID:{}", self.uid));
        lines.add(&format!("DTSTAMP:{}", utc(calendar.published_at)));
        let starts_at = local(self.starts_at);
        if calendar.zone_name == "UTC" {
            lines.add(&format!("DTSTART:{starts_at}Z"));
        } else {
            lines.add(&format!("DTSTART;TZID={}:{starts_at}", calendar.zone_name));
        }
        lines.add("DURATION:PT15M");
        if let Some(rule) = &self.rule {
            lines.add(&format!("RRULE:{rule}"));
        }
        lines.add(&format!("SUMMARY:{}", calendar.locale.body()));
        lines.add("CLASS:PRIVATE");
        lines.add("TRANSP:TRANSPARENT");
        lines.add("END:VEVENT");
    }
}

/// The zone's clock from before a date to some years ahead: the offset then, and every change.
fn add_zone(calendar: &Calendar<'_>, first: Date, lines: &mut Lines) {
    if calendar.zone_name == "UTC" {
        return;
    }
    let begin_s = (i64::from(day_number(first)) - 1) * DAY_S;
    let Ok(begin) = Timestamp::from_second(begin_s) else {
        return;
    };
    let until = calendar.now.to_zoned(TimeZone::UTC).date();
    let until = until.max(first).saturating_add(ZONE_YEARS.years());
    let mut offset = calendar.zone.to_offset(begin);
    lines.add("BEGIN:VTIMEZONE");
    lines.add(&format!("TZID:{}", calendar.zone_name));
    let info = calendar.zone.to_offset_info(begin);
    add_offset(
        offset,
        offset,
        info.dst().is_dst(),
        offset.to_datetime(begin),
        lines,
    );
    for change in calendar.zone.following(begin) {
        let at = offset.to_datetime(change.timestamp());
        if at.date() > until {
            break;
        }
        add_offset(offset, change.offset(), change.dst().is_dst(), at, lines);
        offset = change.offset();
    }
    lines.add("END:VTIMEZONE");
}

fn add_offset(from: Offset, to: Offset, dst: bool, at: DateTime, lines: &mut Lines) {
    let kind = if dst { "DAYLIGHT" } else { "STANDARD" };
    lines.add(&format!("BEGIN:{kind}"));
    lines.add(&format!("DTSTART:{}", local(at)));
    lines.add(&format!("TZOFFSETFROM:{}", hours(from)));
    lines.add(&format!("TZOFFSETTO:{}", hours(to)));
    lines.add(&format!("END:{kind}"));
}

/// `+HHMM`, with seconds where there are any.
fn hours(offset: Offset) -> String {
    let sign = if offset.is_negative() { '-' } else { '+' };
    let seconds = offset.seconds().unsigned_abs();
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if second == 0 {
        format!("{sign}{hour:02}{minute:02}")
    } else {
        format!("{sign}{hour:02}{minute:02}{second:02}")
    }
}

#[cfg(test)]
mod tests;
