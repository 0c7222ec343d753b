//! On which days an item is due: two shapes of rule behind every kind, each answered in closed form
//! from its anchor.

use jiff::civil::Date;

use super::PlanContext;
use super::calendar::{date_of, day_number, weekday_number};
use crate::plans::spec::{PlanItemSpec, Recurrence, RecurrenceKind, Weekday};
use crate::planted::{self, Bug};

/// The shape of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Every `n` days from the anchor.
    Days { anchor: i32, n: i32 },
    /// The days of `mask`, Monday the lowest bit, in every `n`-th week from the week of `monday`.
    Weeks { monday: i32, n: i32, mask: u8 },
}

/// The days an item is due on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DueDays {
    shape: Shape,
    /// First day it may be due.
    first: i32,
    /// Last day it may be due.
    last: i32,
    /// Whether the day is a suggestion within its week.
    pub(crate) flexible: bool,
}

/// The Monday of a day's week.
pub(crate) fn monday_of(day: i32) -> i32 {
    day - weekday_number(day)
}

fn mask_of(weekdays: &[Weekday]) -> u8 {
    weekdays.iter().fold(0, |mask, day| {
        let off = u8::from(planted::is(Bug::WeekdayOff));
        mask | 1 << ((*day as u8 + off) % 7)
    })
}

/// The days suggested for `times` times in a week, spread evenly: the k-th in the middle of the k-th of
/// so many equal parts of the week.
pub(crate) fn suggested(times: u32) -> u8 {
    let parts = times.clamp(1, 7);
    (0..parts).fold(0, |mask, k| mask | 1 << ((2 * k + 1) * 7 / (2 * parts)))
}

fn positive(n: Option<u32>) -> Option<i32> {
    i32::try_from(n?).ok().filter(|n| *n > 0)
}

impl DueDays {
    /// The due days of an item; none while an event it counts from has no date.
    pub(crate) fn of(item: &PlanItemSpec, context: &PlanContext) -> Option<Self> {
        let first = day_number(item.starts_on);
        let last = item.ends_on.map_or(i32::MAX, day_number);
        let rule = &item.recurrence;
        let monday = monday_of(first);
        let shape = match rule.kind {
            RecurrenceKind::Daily => Shape::Days {
                anchor: first,
                n: 1,
            },
            RecurrenceKind::EveryNDays => Shape::Days {
                anchor: first,
                n: positive(rule.n_days)?,
            },
            RecurrenceKind::Weekdays => Shape::Weeks {
                monday,
                n: 1,
                mask: mask_of(&rule.weekdays),
            },
            RecurrenceKind::EveryNWeeks => Shape::Weeks {
                monday,
                n: positive(rule.n_weeks)?,
                mask: mask_of(&rule.weekdays),
            },
            RecurrenceKind::TimesPerWeek => Shape::Weeks {
                monday,
                n: 1,
                mask: suggested(rule.times?),
            },
            RecurrenceKind::AfterEvent => return Self::after_event(rule, context, first, last),
        };
        Some(Self {
            shape,
            first,
            last,
            flexible: rule.kind.is_flexible(),
        })
    }

    fn after_event(
        rule: &Recurrence,
        context: &PlanContext,
        first: i32,
        last: i32,
    ) -> Option<Self> {
        let event = day_number(context.events.date(rule.event?)?);
        let anchor = event.checked_add(i32::try_from(rule.offset_days?).ok()?)?;
        let days = positive(Some(rule.for_days.unwrap_or(1)))?;
        Some(Self {
            shape: Shape::Days {
                anchor,
                n: positive(Some(rule.n_days.unwrap_or(1)))?,
            },
            first: first.max(anchor),
            last: last.min(anchor.checked_add(days - 1)?),
            flexible: false,
        })
    }

    /// The first day it may be due on or after this one.
    pub(crate) fn first(&self) -> i32 {
        self.first
    }

    /// The last day it may be due.
    pub(crate) fn last(&self) -> i32 {
        self.last
    }

    /// The first due day on or after a day.
    #[inline]
    pub(crate) fn next_from(&self, day: i32) -> Option<i32> {
        let day = day.max(self.first);
        let next = match self.shape {
            Shape::Days { anchor, n } => {
                let past = (day - anchor).rem_euclid(n);
                if past == 0 { day } else { day + (n - past) }
            }
            Shape::Weeks { monday, n, mask } => {
                if mask & 0x7f == 0 {
                    return None;
                }
                let (week, of_week) = ((day - monday).div_euclid(7), (day - monday).rem_euclid(7));
                let past = week.rem_euclid(n);
                let rest = if past == 0 { mask >> of_week } else { 0 };
                if rest != 0 {
                    day + rest.trailing_zeros().cast_signed()
                } else {
                    monday + (week - past + n) * 7 + mask.trailing_zeros().cast_signed()
                }
            }
        };
        (next <= self.last).then_some(next)
    }

    /// The last due day; none where it is open.
    pub(crate) fn last_due(&self) -> Option<i32> {
        if self.last == i32::MAX {
            return None;
        }
        (self.first..=self.last)
            .rev()
            .find(|day| self.next_from(*day) == Some(*day))
    }

    /// Every how many days, or with weekdays every how many weeks.
    pub(crate) fn interval(&self) -> (u32, Vec<Weekday>) {
        match self.shape {
            Shape::Days { n, .. } => (n.unsigned_abs(), Vec::new()),
            Shape::Weeks { n, mask, .. } => {
                let days = Weekday::ALL.into_iter();
                let due = days.filter(|day| mask >> *day as u8 & 1 == 1).collect();
                (n.unsigned_abs(), due)
            }
        }
    }

    /// How many due days come before a day, from the first on.
    pub(crate) fn before(&self, day: i32) -> u64 {
        let upto = day.min(self.last.saturating_add(1));
        let count = self.since_anchor(upto) - self.since_anchor(self.first);
        u64::try_from(count).unwrap_or(0)
    }

    /// How many days of the shape lie from its anchor to before a day.
    fn since_anchor(&self, day: i32) -> i64 {
        match self.shape {
            Shape::Days { anchor, n } => {
                let (days, n) = (i64::from(day) - i64::from(anchor), i64::from(n));
                (days + n - 1).div_euclid(n)
            }
            Shape::Weeks { monday, n, mask } => {
                let (days, n) = (i64::from(day) - i64::from(monday), i64::from(n));
                let (week, of_week) = (days.div_euclid(7), days.rem_euclid(7));
                let whole = (week + n - 1).div_euclid(n) * i64::from(mask.count_ones());
                if week.rem_euclid(n) == 0 {
                    whole + i64::from((mask & ((1 << of_week) - 1)).count_ones())
                } else {
                    whole
                }
            }
        }
    }

    /// The fewest days between two due days that follow each other; `None` where only one can be due.
    pub(crate) fn shortest_step(&self) -> Option<i32> {
        let start = self.next_from(self.first)?;
        match self.shape {
            Shape::Days { n, .. } => self.next_from(start + 1).map(|_| n),
            // A whole cycle of weeks and one day more shows every step.
            Shape::Weeks { n, .. } => {
                let until = start.saturating_add(7 * n);
                let mut day = start;
                let mut shortest = None;
                while let Some(next) = self.next_from(day + 1).filter(|next| *next <= until) {
                    shortest =
                        Some(shortest.map_or(next - day, |least: i32| least.min(next - day)));
                    day = next;
                }
                shortest
            }
        }
    }
}

/// Whether a rule that begins on `first` falls on `date`. Counted from the first day, never from the
/// last time, so that nothing drifts.
pub fn falls_on(item: &PlanItemSpec, context: &PlanContext, date: Date) -> bool {
    let day = day_number(date);
    DueDays::of(item, context).is_some_and(|due| due.next_from(day) == Some(day))
}

/// The date of the `nth` due day of an item, from 0; none where it has fewer.
pub fn nth_due_date(item: &PlanItemSpec, context: &PlanContext, nth: usize) -> Option<Date> {
    let due = DueDays::of(item, context)?;
    let mut day = due.next_from(due.first())?;
    for _ in 0..nth {
        day = due.next_from(day + 1)?;
    }
    date_of(day)
}
