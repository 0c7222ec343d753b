//! How local times become instants, and when a patient's day begins.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::plans::spec::time_of_day;
use crate::store::types::text_enum;

text_enum! {
    /// How a local time met its zone's clock.
    ClockRule {
        /// It exists once.
        Exact = "exact",
        /// The clock jumps over it: moved later by the length of the jump.
        GapShiftForward = "gap_shift_forward",
        /// The clock shows it twice: the first.
        FoldFirst = "fold_first",
    }
}

/// When a patient's day begins on the local clock, 00:00 to 06:00: later than midnight for those who
/// work at night.
///
/// A patient's day `D` is the time from this on calendar date `D` to this on the next. A window at a
/// local time before it belongs to the day that began on the calendar date before: with 03:00, the
/// window 02:30 of day `D` is due at 02:30 of calendar date `D + 1`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DayStart {
    minutes: u16,
}

impl DayStart {
    /// Midnight.
    pub const MIDNIGHT: Self = Self { minutes: 0 };
    /// The latest there is.
    const LATEST_MIN: u16 = 6 * 60;

    /// The day start a text `HH:MM` says, 00:00 to 06:00.
    pub fn parse(text: &str) -> Option<Self> {
        let time = time_of_day(text)?;
        let minutes = u16::try_from(time.hour()).ok()? * 60 + u16::try_from(time.minute()).ok()?;
        (minutes <= Self::LATEST_MIN).then_some(Self { minutes })
    }

    /// Seconds after midnight.
    pub(crate) fn seconds(self) -> i64 {
        i64::from(self.minutes) * 60
    }

    /// On the local clock.
    pub fn time(self) -> Time {
        let (hour, minute) = (self.minutes / 60, self.minutes % 60);
        match (i8::try_from(hour), i8::try_from(minute)) {
            (Ok(hour), Ok(minute)) => Time::new(hour, minute, 0, 0).unwrap_or_default(),
            _ => Time::midnight(),
        }
    }
}

impl std::fmt::Display for DayStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// The instant a local time stands for. A time the clock jumps over moves later by the jump; of a
/// time shown twice the first is taken.
///
/// A date the zone never had (the date line moved) has no instant: `None`.
pub fn instant_of(zone: &TimeZone, date: Date, time: Time) -> Option<(Timestamp, ClockRule)> {
    let local = DateTime::from_parts(date, time);
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let rule = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ClockRule::Exact,
        AmbiguousOffset::Gap { .. } => ClockRule::GapShiftForward,
        AmbiguousOffset::Fold { .. } => ClockRule::FoldFirst,
    };
    let at = ambiguous.compatible().ok()?;
    // Shifted out of its own day, as on a skipped date: that day does not exist there.
    if zone.to_datetime(at).date() != date && day_is_skipped(zone, date) {
        return None;
    }
    Some((at, rule))
}

/// Whether the zone's calendar left this date out.
fn day_is_skipped(zone: &TimeZone, date: Date) -> bool {
    [Time::midnight(), Time::MAX].into_iter().all(|time| {
        zone.to_ambiguous_timestamp(DateTime::from_parts(date, time))
            .compatible()
            .is_ok_and(|at| zone.to_datetime(at).date() != date)
    })
}

/// When a patient's day begins.
pub fn day_begin(zone: &TimeZone, date: Date, starts_at: DayStart) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(DateTime::from_parts(date, starts_at.time()))
        .compatible()
        .ok()
}

/// When the patient's day after `date` begins: until then a late answer still belongs to the day.
pub fn day_end(zone: &TimeZone, date: Date, starts_at: DayStart) -> Option<Timestamp> {
    day_begin(zone, date.checked_add(1.day()).ok()?, starts_at)
}

/// The patient's day an instant falls in.
pub fn patient_date(zone: &TimeZone, at: Timestamp, starts_at: DayStart) -> Option<Date> {
    let date = zone.to_datetime(at).date();
    match day_begin(zone, date, starts_at) {
        Some(begin) if at < begin => date.yesterday().ok(),
        _ => Some(date),
    }
}
