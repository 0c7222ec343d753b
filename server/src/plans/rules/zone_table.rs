//! A zone's changes of the clock over some years, laid out for local times.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::{DAY_S, date_of, day_number};
use super::clock::{ClockRule, instant_of};

/// Days the table is built for beyond each end: no offset is more than 26 hours.
const MARGIN_DAYS: i32 = 3;

/// A stretch of time in which the zone's offset from UTC is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// Its first local second that is not still of the stretch before.
    from_local_s: i64,
    /// Its last local second, exclusive. A local time in a gap is read by the offset before it, which
    /// moves it later by the gap; a local time shown twice by the offset before it, which is the first:
    /// so both belong to the stretch that ends, and this is where the gap or fold ends.
    until_local_s: i64,
    /// Where that gap or fold begins on the local clock.
    odd_from_local_s: i64,
    /// What is odd from there.
    odd: ClockRule,
    /// Its last second, exclusive.
    until_utc_s: i64,
    offset_s: i64,
}

/// The same answers as [`instant_of`], from a table of the zone's changes: in it for the dates it was
/// made for, through the zone for others.
#[derive(Debug, Clone)]
pub struct ZoneTable {
    zone: TimeZone,
    /// Local seconds the table answers for.
    from_local_s: i64,
    until_local_s: i64,
    stretches: Vec<Stretch>,
}

impl ZoneTable {
    /// The table of a zone for the dates from `from` through `through`.
    pub fn new(zone: &TimeZone, from: Date, through: Date) -> Self {
        let mut table = Self {
            zone: zone.clone(),
            from_local_s: i64::from(day_number(from)) * DAY_S,
            until_local_s: (i64::from(day_number(through)) + 1) * DAY_S,
            stretches: Vec::new(),
        };
        match stretches(zone, day_number(from), day_number(through)) {
            Some(mut stretches) => {
                if let Some(first) = stretches.first_mut() {
                    first.from_local_s = table.from_local_s;
                }
                if let Some(last) = stretches.last_mut() {
                    (last.odd_from_local_s, last.until_local_s) =
                        (table.until_local_s, table.until_local_s);
                }
                table.stretches = stretches;
            }
            None => table.until_local_s = table.from_local_s,
        }
        table
    }

    /// The zone it was made from.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The instant of a local time, as [`instant_of`] has it.
    pub fn instant_of(&self, date: Date, time: Time) -> Option<(Timestamp, ClockRule)> {
        let of_day_s = i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        let (at_s, rule) = self.resolve(i64::from(day_number(date)) * DAY_S + of_day_s)?;
        Some((Timestamp::from_second(at_s).ok()?, rule))
    }

    /// The instant of a local second, as [`instant_of`] has it; `None` on a date the zone never had.
    #[inline]
    pub(crate) fn resolve(&self, local_s: i64) -> Option<(i64, ClockRule)> {
        match self.stretch_at(local_s) {
            None => self.ask_zone(local_s),
            Some(stretch) if local_s < stretch.odd_from_local_s => {
                Some((local_s - stretch.offset_s, ClockRule::Exact))
            }
            Some(stretch) => {
                let day_begin_s = local_s - local_s.rem_euclid(DAY_S);
                let skipped = stretch.odd == ClockRule::GapShiftForward
                    && stretch.odd_from_local_s <= day_begin_s
                    && day_begin_s + DAY_S <= stretch.until_local_s;
                (!skipped).then_some((local_s - stretch.offset_s, stretch.odd))
            }
        }
    }

    /// The same, looking first at the stretch another answer came from: times that are asked for one after
    /// the other are mostly in one.
    #[inline]
    pub(crate) fn resolve_near(&self, near: &mut usize, local_s: i64) -> Option<(i64, ClockRule)> {
        if let Some(stretch) = self.stretches.get(*near)
            && stretch.from_local_s <= local_s
            && local_s < stretch.odd_from_local_s
        {
            return Some((local_s - stretch.offset_s, ClockRule::Exact));
        }
        *near = self.index_at(local_s);
        self.resolve(local_s)
    }

    /// The same for the beginning of a day, which every date has: of one the zone never had it is when
    /// the next begins.
    #[inline]
    pub(crate) fn begin(&self, local_s: i64) -> Option<i64> {
        match self.stretch_at(local_s) {
            Some(stretch) => Some(local_s - stretch.offset_s),
            None => {
                let (date, time) = civil(local_s)?;
                let at = self.zone.to_ambiguous_timestamp(date.to_datetime(time));
                Some(at.compatible().ok()?.as_second())
            }
        }
    }

    /// What the local clock shows at an instant, in seconds, and the stretch it is in.
    #[inline]
    pub(crate) fn local_s(&self, utc_s: i64) -> Option<(i64, usize)> {
        let index = self.stretches.partition_point(|it| it.until_utc_s <= utc_s);
        let local_s = self.stretches.get(index).map(|it| utc_s + it.offset_s);
        match local_s {
            Some(local_s) if self.covers(local_s) => Some((local_s, index)),
            _ => {
                let at = Timestamp::from_second(utc_s).ok()?;
                Some((utc_s + i64::from(self.zone.to_offset(at).seconds()), index))
            }
        }
    }

    fn index_at(&self, local_s: i64) -> usize {
        self.stretches
            .partition_point(|it| it.until_local_s <= local_s)
    }

    fn covers(&self, local_s: i64) -> bool {
        self.from_local_s <= local_s && local_s < self.until_local_s
    }

    #[inline]
    fn stretch_at(&self, local_s: i64) -> Option<&Stretch> {
        if !self.covers(local_s) {
            return None;
        }
        self.stretches.get(self.index_at(local_s))
    }

    fn ask_zone(&self, local_s: i64) -> Option<(i64, ClockRule)> {
        let (date, time) = civil(local_s)?;
        instant_of(&self.zone, date, time).map(|(at, rule)| (at.as_second(), rule))
    }
}

fn civil(local_s: i64) -> Option<(Date, Time)> {
    let date = date_of(i32::try_from(local_s.div_euclid(DAY_S)).ok()?)?;
    let of_day = SignedDuration::from_secs(local_s.rem_euclid(DAY_S));
    Some((date, Time::midnight().checked_add(of_day).ok()?))
}

/// The stretches, from some days before to some days after; `None` where gaps and folds overlap or the
/// calendar ends, so that a table could not answer.
fn stretches(zone: &TimeZone, from: i32, through: i32) -> Option<Vec<Stretch>> {
    let begin_s = i64::from(from.checked_sub(MARGIN_DAYS)?) * DAY_S;
    let end_s = i64::from(through.checked_add(MARGIN_DAYS)?) * DAY_S;
    let begin = Timestamp::from_second(begin_s).ok()?;
    let mut offset_s = i64::from(zone.to_offset(begin).seconds());
    let mut all = Vec::new();
    let mut free_from_s = i64::MIN;
    for change in zone.following(begin) {
        let at_s = change.timestamp().as_second();
        if at_s > end_s {
            break;
        }
        let next_s = i64::from(change.offset().seconds());
        if next_s == offset_s {
            continue;
        }
        let (odd_from, until) = (at_s + offset_s.min(next_s), at_s + offset_s.max(next_s));
        if odd_from < free_from_s {
            return None;
        }
        all.push(Stretch {
            from_local_s: free_from_s,
            until_local_s: until,
            odd_from_local_s: odd_from,
            odd: if next_s > offset_s {
                ClockRule::GapShiftForward
            } else {
                ClockRule::FoldFirst
            },
            until_utc_s: at_s,
            offset_s,
        });
        (offset_s, free_from_s) = (next_s, until);
    }
    all.push(Stretch {
        from_local_s: free_from_s,
        until_local_s: i64::MAX,
        odd_from_local_s: i64::MAX,
        odd: ClockRule::Exact,
        until_utc_s: i64::MAX,
        offset_s,
    });
    Some(all)
}
