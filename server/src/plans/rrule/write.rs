//! From our words to RFC 5545.

use crate::plans::spec::{PlanItemSpec, RecurrenceKind, Weekday};

/// The two letters of a weekday.
pub(super) fn letters(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

/// `FREQ`, `INTERVAL`, `BYDAY` and `WKST`: days when no weekdays are given, else weeks.
pub fn write_parts(interval: u32, weekdays: &[Weekday], week_start: Weekday) -> String {
    let mut text = "FREQ=".to_owned();
    text.push_str(if weekdays.is_empty() {
        "DAILY"
    } else {
        "WEEKLY"
    });
    if interval > 1 {
        text.push_str(&format!(";INTERVAL={interval}"));
    }
    if !weekdays.is_empty() {
        let mut days = weekdays.to_vec();
        days.sort_unstable();
        let days: Vec<_> = days.into_iter().map(letters).collect();
        text.push_str(&format!(";BYDAY={}", days.join(",")));
        if interval > 1 {
            text.push_str(&format!(";WKST={}", letters(week_start)));
        }
    }
    text
}

/// A line's recurrence as an RRULE from its first day; none for kinds RFC 5545 cannot say.
pub fn write(item: &PlanItemSpec) -> Option<String> {
    let rule = &item.recurrence;
    let mut text = match rule.kind {
        RecurrenceKind::Daily => write_parts(1, &[], Weekday::Mon),
        RecurrenceKind::EveryNDays => write_parts(rule.n_days?, &[], Weekday::Mon),
        RecurrenceKind::Weekdays => write_parts(1, &rule.weekdays, Weekday::Mon),
        RecurrenceKind::EveryNWeeks => write_parts(rule.n_weeks?, &rule.weekdays, Weekday::Mon),
        RecurrenceKind::TimesPerWeek | RecurrenceKind::AfterEvent => return None,
    };
    if let Some(last) = item.ends_on {
        text.push_str(&last.strftime(";UNTIL=%Y%m%d").to_string());
    }
    Some(text)
}
