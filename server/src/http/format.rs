//! Times and numbers as pages write them: in the patient's zone, with the zone's name.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// `Sat 21 Nov 2026, 18:05`.
pub fn date_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%a %-d %b %Y, %H:%M")
        .to_string()
}

/// `18:05`.
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// `Sat 18:05`: enough for a zone's time of today.
pub fn weekday_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string()
}

/// `Saturday 21 November 2026`.
pub fn long_date(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// `Sat 21 Nov 2026`.
pub fn day(date: Date) -> String {
    date.strftime("%a %-d %b %Y").to_string()
}

/// `Sat 21 Nov`.
pub fn short_date(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// The zone's name with its offset at an instant: `Europe/Berlin (UTC+01:00)`.
pub fn zone(name: &str, at: Timestamp, zone: &TimeZone) -> String {
    if name == "UTC" {
        return name.to_owned();
    }
    format!("{name} (UTC{})", at.to_zoned(zone.clone()).strftime("%:z"))
}

/// How long ago something was, in its largest whole unit.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => counted(minutes, "minute"),
        60..1440 => counted(minutes / 60, "hour"),
        _ => counted(minutes / 1440, "day"),
    }
}

/// How long something lasted, in its two largest units.
pub fn lasting(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    match minutes {
        ..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

fn counted(count: i64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// With `places` decimals and a true minus sign.
pub fn fixed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// With at most `places` decimals: no zeros behind the last one needed.
pub fn number(value: f64, places: usize) -> String {
    let text = fixed(value, places);
    let trimmed = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    trimmed.to_owned()
}

/// `93 ± 4`: both to the uncertainty's first digit.
pub fn plus_minus(value: f64, se: f64) -> String {
    let places = match se {
        1.0.. => 0,
        0.1.. => 1,
        0.01.. => 2,
        _ => 3,
    };
    format!("{} ± {}", fixed(value, places), fixed(se, places))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn times_are_those_of_the_zone() {
        let at: Timestamp = "2026-03-29T01:30:00Z".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(date_time(at, &berlin), "Sun 29 Mar 2026, 03:30");
        assert_eq!(
            zone("Europe/Berlin", at, &berlin),
            "Europe/Berlin (UTC+02:00)"
        );
        assert_eq!(zone("UTC", at, &TimeZone::UTC), "UTC");
    }

    #[test]
    fn how_long_something_lasted_is_told_in_two_units() {
        let told = |minutes: i64| lasting(SignedDuration::from_mins(minutes));
        assert_eq!(told(0), "0 min");
        assert_eq!(told(59), "59 min");
        assert_eq!(told(60), "1 h 0 min");
        assert_eq!(told(1439), "23 h 59 min");
        assert_eq!(told(4034), "2 d 19 h");
    }

    #[test]
    fn ages_are_told_in_their_largest_whole_unit() {
        let now: Timestamp = "2026-03-29T01:30:00Z".parse().unwrap();
        assert_eq!(ago(now, now), "just now");
        assert_eq!(ago(now - 1.minute(), now), "1 minute ago");
        assert_eq!(ago(now - 119.minutes(), now), "1 hour ago");
        assert_eq!(ago(now - 48.hours(), now), "2 days ago");
    }

    #[test]
    fn numbers_have_no_needless_zeros() {
        let shown = [
            (12.0, 1),
            (11.5, 1),
            (-3.25, 1),
            (-0.04, 1),
            (100.0, 0),
            (0.0, 2),
        ]
        .map(|(n, p)| number(n, p));
        assert_eq!(shown, ["12", "11.5", "−3.2", "0", "100", "0"]);
        assert_eq!(plus_minus(93.4, 4.2), "93 ± 4");
        assert_eq!(plus_minus(93.04, 0.52), "93.0 ± 0.5");
        assert_eq!(plus_minus(-0.612, 0.041), "−0.61 ± 0.04");
    }
}
