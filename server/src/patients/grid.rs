//! The day grid: what was planned on each of the last days and what became of it, one mark for each
//! occurrence, so that nothing is averaged away.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::http::format::{number, short_date};
use crate::plans::{PlanItemSpec, library};
use crate::reminders::state::Phase;
use crate::reminders::view::OccurrenceView;
use crate::store::types::OccurrenceId;

/// A stretch of paused dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedDates {
    /// First.
    pub from: Date,
    /// Last.
    pub through: Date,
    /// Why.
    pub reason: String,
}

/// The grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Months with the days they span, in order.
    pub months: Vec<(String, usize)>,
    /// The columns.
    pub days: Vec<Day>,
    /// A row for each exercise or habit.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Day of the month.
    pub number: i8,
    /// `Saturday 21 November`, short.
    pub name: String,
    /// First letter of the weekday.
    pub letter: char,
    /// How the column looks: today, weekend, paused.
    pub look: String,
    /// Why nothing was asked on it.
    pub paused: Option<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the exercise or habit.
    pub title: String,
    /// The dose in the plan in force, or that it is no longer in it.
    pub dose: String,
    /// A cell for each day.
    pub cells: Vec<Cell>,
}

/// What was planned on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// In order of time.
    pub marks: Vec<Mark>,
    /// Each of them in words.
    pub said: Vec<String>,
    /// All of them in words.
    pub words: String,
}

/// One occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Names the symbol.
    pub symbol: &'static str,
    /// The occurrence.
    pub id: OccurrenceId,
}

/// Symbol and word of every mark, for the legend.
pub const LEGEND: [(&str, &str); 7] = [
    ("done", "done"),
    ("partial", "done in part"),
    ("late", "done late"),
    ("missed", "missed"),
    ("declined", "skipped"),
    ("excused", "excused"),
    ("open", "open or later today"),
];

/// Lays out the days from `from` through `today`. Items of the plan in force come first, in their
/// order; what earlier versions asked for follows.
pub fn grid(
    (from, today): (Date, Date),
    occurrences: &[OccurrenceView],
    plan: &[PlanItemSpec],
    pauses: &[PausedDates],
) -> Grid {
    let dates: Vec<Date> = from
        .series(1.day())
        .take_while(|date| *date <= today)
        .collect();
    let days: Vec<Day> = dates.iter().map(|date| day(*date, today, pauses)).collect();
    let shown: Vec<&OccurrenceView> = occurrences
        .iter()
        .filter(|seen| seen.phase != Phase::Cancelled)
        .collect();
    let mut keys: Vec<&str> = Vec::new();
    for key in plan
        .iter()
        .map(|item| item.exercise.as_str())
        .chain(shown.iter().map(|seen| seen.exercise.as_str()))
    {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rows = keys
        .into_iter()
        .map(|key| row(key, &dates, &shown, plan))
        .collect();
    Grid {
        months: months(&dates),
        days,
        rows,
    }
}

fn months(dates: &[Date]) -> Vec<(String, usize)> {
    let mut months: Vec<(String, usize)> = Vec::new();
    for date in dates {
        let name = date.strftime("%B").to_string();
        match months.last_mut() {
            Some((last, days)) if *last == name => *days += 1,
            _ => months.push((name, 1)),
        }
    }
    months
}

fn day(date: Date, today: Date, pauses: &[PausedDates]) -> Day {
    let paused = pauses
        .iter()
        .find(|pause| pause.from <= date && date <= pause.through);
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let looks = [
        (date == today, "today"),
        (weekend, "weekend"),
        (paused.is_some(), "paused"),
    ];
    let looks: Vec<&str> = looks
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, look)| look)
        .collect();
    Day {
        number: date.day(),
        name: short_date(date),
        letter: date
            .strftime("%a")
            .to_string()
            .chars()
            .next()
            .unwrap_or(' '),
        look: looks.join(" "),
        paused: paused.map(|pause| pause.reason.clone()),
    }
}

fn row(key: &str, dates: &[Date], shown: &[&OccurrenceView], plan: &[PlanItemSpec]) -> Row {
    let of_row: Vec<&&OccurrenceView> = shown.iter().filter(|seen| seen.exercise == key).collect();
    let doses: Vec<String> = plan
        .iter()
        .filter(|item| item.exercise == key)
        .map(|item| item.dose.words())
        .collect();
    Row {
        title: library::find(key).map_or_else(|| key.to_owned(), |exercise| exercise.title.clone()),
        dose: if doses.is_empty() {
            "no longer in the plan".to_owned()
        } else {
            doses.join("; ")
        },
        cells: dates.iter().map(|date| cell(*date, &of_row)).collect(),
    }
}

fn cell(date: Date, of_row: &[&&OccurrenceView]) -> Cell {
    let date = date.to_string();
    let of_day: Vec<&&&OccurrenceView> = of_row.iter().filter(|seen| seen.date == date).collect();
    let words: Vec<String> = of_day
        .iter()
        .map(|seen| format!("{} {}", seen.time, words(seen)))
        .collect();
    Cell {
        marks: of_day
            .iter()
            .map(|seen| Mark {
                symbol: symbol(seen.phase),
                id: seen.id,
            })
            .collect(),
        words: words.join(", "),
        said: words,
    }
}

fn symbol(phase: Phase) -> &'static str {
    match phase {
        Phase::Done => "done",
        Phase::DoneLate => "late",
        Phase::Partial => "partial",
        Phase::Missed => "missed",
        Phase::Declined => "declined",
        Phase::Excused => "excused",
        Phase::Upcoming | Phase::Open | Phase::Cancelled => "open",
    }
}

/// What became of an occurrence, in words.
pub fn words(seen: &OccurrenceView) -> String {
    let because = |word: &str| match &seen.reason {
        Some(reason) => format!("{word} ({})", reason.replace('_', " ")),
        None => word.to_owned(),
    };
    match seen.phase {
        Phase::Done => "done".to_owned(),
        Phase::DoneLate => "done late".to_owned(),
        Phase::Partial => format!(
            "done in part ({} %)",
            number(100.0 * seen.done_fraction.unwrap_or(0.0), 0)
        ),
        Phase::Missed => "missed".to_owned(),
        Phase::Declined => because("skipped"),
        Phase::Excused => because("excused"),
        Phase::Open => "open".to_owned(),
        Phase::Upcoming => "later".to_owned(),
        Phase::Cancelled => "cancelled".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::plans::library::CareKind;
    use crate::plans::rules::ClockRule;
    use crate::plans::{Dose, DoseUnit, Recurrence, Window};
    use crate::store::types::{OccurrenceId, PlanItemId};

    fn seen(exercise: &str, date: &str, time: &str, phase: Phase) -> OccurrenceView {
        OccurrenceView {
            id: OccurrenceId::from([1; 16]),
            plan_item_id: PlanItemId::from([2; 16]),
            plan_version: 1,
            exercise: exercise.to_owned(),
            kind: CareKind::Stretching,
            title: String::new(),
            instruction: String::new(),
            dose: String::new(),
            prescribed: item(exercise).dose,
            dose_amount: 1.0,
            dose_unit: DoseUnit::Times,
            date: date.to_owned(),
            time: time.to_owned(),
            time_zone: "UTC".to_owned(),
            clock_rule: ClockRule::Exact,
            opens_at: Timestamp::UNIX_EPOCH,
            due_at: Timestamp::UNIX_EPOCH,
            closes_at: Timestamp::UNIX_EPOCH,
            phase,
            reason: (phase == Phase::Excused).then(|| "surgery".to_owned()),
            done_fraction: (phase == Phase::Partial).then_some(0.5),
            answered_at: None,
        }
    }

    fn item(exercise: &str) -> PlanItemSpec {
        let dose = Dose {
            sets: 3,
            reps: None,
            hold_s: Some(30),
            minutes: None,
            each_side: true,
        };
        let windows = vec![Window::at("08:00")];
        let starts_on = date(2026, 3, 1);
        PlanItemSpec::plain(exercise, dose, Recurrence::daily(), windows, starts_on)
    }

    fn february_to_march(occurrences: &[OccurrenceView]) -> Grid {
        let pause = PausedDates {
            from: date(2026, 2, 27),
            through: date(2026, 2, 28),
            reason: "surgery".to_owned(),
        };
        let days = (date(2026, 2, 27), date(2026, 3, 1));
        grid(
            days,
            occurrences,
            &[item("cat-camel"), item("calf-wall-stretch")],
            &[pause],
        )
    }

    #[test]
    fn a_cell_has_a_mark_for_each_occurrence_in_order_of_time() {
        let grid = february_to_march(&[
            seen("cat-camel", "2026-02-28", "08:00", Phase::Done),
            seen("cat-camel", "2026-02-28", "18:00", Phase::Missed),
            seen("cat-camel", "2026-03-01", "08:00", Phase::Partial),
        ]);
        let cells = &grid.rows[0].cells;
        assert_eq!(cells[0], Cell::default());
        assert_eq!(
            cells[1]
                .marks
                .iter()
                .map(|mark| mark.symbol)
                .collect::<Vec<_>>(),
            ["done", "missed"]
        );
        assert_eq!(cells[1].words, "08:00 done, 18:00 missed");
        assert_eq!(cells[2].words, "08:00 done in part (50 %)");
    }

    #[test]
    fn what_was_superseded_leaves_no_mark_and_what_was_excused_says_why() {
        let grid = february_to_march(&[
            seen("cat-camel", "2026-03-01", "08:00", Phase::Cancelled),
            seen("cat-camel", "2026-02-27", "08:00", Phase::Excused),
        ]);
        assert_eq!(grid.rows[0].cells[2], Cell::default());
        assert_eq!(grid.rows[0].cells[0].words, "08:00 excused (surgery)");
    }

    #[test]
    fn the_plan_in_force_orders_the_rows_and_earlier_ones_follow() {
        let grid = february_to_march(&[seen("knees-to-chest", "2026-02-27", "08:00", Phase::Done)]);
        let rows: Vec<_> = grid
            .rows
            .iter()
            .map(|row| (row.title.as_str(), row.dose.as_str()))
            .collect();
        assert_eq!(rows[0], ("Cat and camel", "3 × 30 s each side"));
        assert_eq!(rows[1].0, "Calf stretch at the wall, knee straight");
        assert_eq!(rows[2], ("Knees to chest", "no longer in the plan"));
    }

    #[test]
    fn columns_tell_months_weekends_pauses_and_today() {
        let grid = february_to_march(&[]);
        assert_eq!(
            grid.months,
            [("February".to_owned(), 2), ("March".to_owned(), 1)]
        );
        let looks: Vec<_> = grid.days.iter().map(|day| day.look.as_str()).collect();
        assert_eq!(looks, ["paused", "weekend paused", "today weekend"]);
        assert_eq!(grid.days[0].paused.as_deref(), Some("surgery"));
        assert_eq!((grid.days[2].number, grid.days[2].letter), (1, 'S'));
    }
}
