//! Dates as numbers of days, in the proleptic Gregorian calendar.

use jiff::civil::Date;

/// Seconds of a day on the local clock.
pub(crate) const DAY_S: i64 = 86_400;

/// Days since 1970-01-01. Howard Hinnant, "chrono-compatible low-level date algorithms",
/// `days_from_civil`.
pub(crate) fn day_number(date: Date) -> i32 {
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day number, where jiff has one. The same source, `civil_from_days`.
pub(crate) fn date_of(day_number: i32) -> Option<Date> {
    let shifted = day_number.checked_add(719_468)?;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// Days since the Monday before: 0 is Monday. 1970-01-01 was a Thursday.
pub(crate) fn weekday_number(day_number: i32) -> i32 {
    (day_number + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_of_four_centuries_goes_there_and_back_as_jiff_counts() {
        let mut date = jiff::civil::date(1898, 1, 1);
        let mut number = (date - jiff::civil::date(1970, 1, 1)).get_days();
        while date.year() < 2302 {
            assert_eq!(day_number(date), number, "{date}");
            assert_eq!(date_of(number), Some(date));
            assert_eq!(
                weekday_number(number),
                i32::from(date.weekday().to_monday_zero_offset())
            );
            (date, number) = (date.tomorrow().unwrap(), number + 1);
        }
    }

    #[test]
    fn the_ends_of_jiffs_calendar_go_there_and_back() {
        for date in [Date::MIN, Date::MAX] {
            assert_eq!(date_of(day_number(date)), Some(date));
        }
        assert_eq!(date_of(day_number(Date::MAX) + 1), None);
        assert_eq!(date_of(i32::MAX), None);
    }
}
