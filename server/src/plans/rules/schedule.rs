//! An item made ready for planning: numbers in the place of words.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::calendar::{DAY_S, date_of, day_number};
use super::clock::ClockRule;
use super::due_days::{DueDays, monday_of};
use super::zone_table::ZoneTable;
use super::{PlanContext, PlannedOccurrence};
use crate::plans::spec::{Dose, PlanItemSpec, Ramp, Window};

/// When an item is due, ready to be asked many times.
#[derive(Debug, Clone)]
pub struct Schedule<'a> {
    days: DueDays,
    slots: Vec<Slot>,
    day_start_s: i64,
    dose: &'a Dose,
    ramp: Option<Ramp>,
}

/// A window in numbers.
#[derive(Debug, Clone, Copy)]
struct Slot {
    window_no: usize,
    time: Time,
    /// From the midnight of the patient's date.
    due_s: i64,
    lead_s: i64,
    grace_s: i64,
}

/// The three instants of an occurrence, in seconds.
struct Instants {
    opens_s: i64,
    due_s: i64,
    closes_s: i64,
}

impl Slot {
    fn of(window_no: usize, window: &Window, day_start_s: i64) -> Option<Self> {
        let time = window.time()?;
        let of_day_s = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60;
        // Before the patient's day begins it is still the day before: due on the next calendar date.
        let due_s = if of_day_s < day_start_s {
            of_day_s + DAY_S
        } else {
            of_day_s
        };
        Some(Self {
            window_no,
            time,
            due_s,
            lead_s: i64::from(window.opens_before_min) * 60,
            grace_s: i64::from(window.closes_after_min) * 60,
        })
    }
}

impl<'a> Schedule<'a> {
    /// An item's schedule; none while an event it counts from has no date.
    pub fn of(item: &'a PlanItemSpec, context: &PlanContext) -> Option<Self> {
        let day_start_s = context.day_starts_at.seconds();
        let slots = item.windows.iter().enumerate();
        Some(Self {
            days: DueDays::of(item, context)?,
            slots: slots
                .filter_map(|(no, window)| Slot::of(no, window, day_start_s))
                .collect(),
            day_start_s,
            dose: item.progression.as_ref().map_or(&item.dose, |progression| {
                progression.dose(&item.dose, context.level)
            }),
            ramp: item.ramp,
        })
    }

    /// Adds every occurrence on the patient's dates from `from` through `through`, by date and window.
    pub fn plan_into(
        &self,
        zone: &ZoneTable,
        from: Date,
        through: Date,
        into: &mut Vec<PlannedOccurrence>,
    ) {
        let (from, through) = (day_number(from), day_number(through));
        let mut ordinal = self.days.before(from);
        let until = through.saturating_add(1);
        let days = usize::try_from(self.days.before(until).saturating_sub(ordinal)).unwrap_or(0);
        into.reserve(days.saturating_mul(self.slots.len()));
        let (mut day, mut near) = (from, 0);
        while let Some(due) = self.days.next_from(day).filter(|due| *due <= through) {
            let Some(date) = date_of(due) else {
                return;
            };
            let dose = |ramp: Ramp| ramp.dose(self.dose, ordinal);
            let ramped = self.ramp.map(dose);
            let dose = ramped.as_ref().unwrap_or(self.dose);
            for slot in &self.slots {
                into.extend(self.occurrence((zone, &mut near), (due, date), slot, dose));
            }
            (day, ordinal) = (due + 1, ordinal + 1);
        }
    }

    fn occurrence(
        &self,
        (zone, near): (&ZoneTable, &mut usize),
        (day, date): (i32, Date),
        slot: &Slot,
        dose: &Dose,
    ) -> Option<PlannedOccurrence> {
        let (due_s, clock_rule) = zone.resolve_near(near, i64::from(day) * DAY_S + slot.due_s)?;
        let instants = self.around(zone, day, slot, due_s)?;
        Some(PlannedOccurrence {
            window_no: slot.window_no,
            local_date: date,
            local_time: slot.time,
            clock_rule,
            flexible: self.days.flexible,
            opens_at: Timestamp::from_second(instants.opens_s).ok()?,
            due_at: Timestamp::from_second(instants.due_s).ok()?,
            closes_at: Timestamp::from_second(instants.closes_s).ok()?,
            dose: dose.clone(),
        })
    }

    /// When it opens and closes. A flexible one is open all of its week that the item covers.
    fn around(&self, zone: &ZoneTable, day: i32, slot: &Slot, due_s: i64) -> Option<Instants> {
        if !self.days.flexible {
            return Some(Instants {
                opens_s: due_s - slot.lead_s,
                due_s,
                closes_s: due_s + slot.grace_s,
            });
        }
        let monday = monday_of(day);
        let first = monday.max(self.days.first());
        let end = (monday + 7).min(self.days.last().saturating_add(1));
        Some(Instants {
            opens_s: self.day_begin(zone, first)?,
            due_s,
            closes_s: self.day_begin(zone, end)?,
        })
    }

    fn day_begin(&self, zone: &ZoneTable, day: i32) -> Option<i64> {
        zone.begin(i64::from(day) * DAY_S + self.day_start_s)
    }

    /// The first due instant after another, with how it met the clock.
    pub fn next_due(&self, zone: &ZoneTable, after: Timestamp) -> Option<(Timestamp, ClockRule)> {
        let after_s = after.as_second();
        let (local_s, mut near) = zone.local_s(after_s)?;
        let today = i32::try_from(local_s.div_euclid(DAY_S)).ok()?;
        // What belongs to the date before, or was moved from it, may still be to come.
        let mut day = self.days.next_from(today - 1)?;
        let (mut due_s, mut rule) = loop {
            match self.first_of((zone, &mut near), day, after_s) {
                Some(found) => break found,
                None => day = self.days.next_from(day + 1)?,
            }
        };
        // A time moved over midnight may come after one of the next date.
        if rule == ClockRule::GapShiftForward
            && let Some(found) = self.first_of((zone, &mut near), day + 1, after_s)
            && found.0 < due_s
            && self.days.next_from(day + 1) == Some(day + 1)
        {
            (due_s, rule) = found;
        }
        Some((Timestamp::from_second(due_s).ok()?, rule))
    }

    /// The first instant of a due day after another.
    #[inline]
    fn first_of(
        &self,
        (zone, near): (&ZoneTable, &mut usize),
        day: i32,
        after_s: i64,
    ) -> Option<(i64, ClockRule)> {
        let begin_s = i64::from(day) * DAY_S;
        self.slots
            .iter()
            .filter_map(|slot| zone.resolve_near(near, begin_s + slot.due_s))
            .filter(|(due_s, _)| *due_s > after_s)
            .min_by_key(|(due_s, _)| *due_s)
    }
}
