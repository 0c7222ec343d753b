//! A line of a plan as people read it: the one place that puts a prescription into words.

use super::library;
use super::spec::{Dose, PlanItemSpec, Progression, ProgressionMode, Ramp, Rung, RungKind};
use crate::http::format;

/// The name of an exercise or habit; its key where the library has none.
pub fn title(exercise: &str) -> String {
    library::find(exercise).map_or_else(|| exercise.to_owned(), |found| found.title.clone())
}

/// A line in one sentence.
pub fn line(item: &PlanItemSpec) -> String {
    let until = item
        .ends_on
        .map(|date| format!(" until {}", format::short_date(date)))
        .unwrap_or_default();
    format!(
        "{}: {}, {} at {}{until}",
        title(&item.exercise),
        item.dose.words(),
        item.recurrence.words(),
        times(item)
    )
}

/// Every part of a line that has something to say, by its label, in one order.
pub fn parts(item: &PlanItemSpec) -> Vec<(&'static str, String)> {
    let mut parts = vec![
        ("Dose", item.dose.words()),
        ("Days", item.recurrence.words()),
        ("Times", windows(item)),
        ("First day", format::long_date(item.starts_on)),
        (
            "Last day",
            item.ends_on
                .map_or_else(|| "open".to_owned(), format::long_date),
        ),
    ];
    let further = [
        ("Wear-in", item.ramp.map(|ramp| wear_in(&ramp, &item.dose))),
        (
            "Levels",
            item.progression
                .as_ref()
                .map(|rule| levels(rule, &item.dose)),
        ),
        ("Goes up when", item.progression.as_ref().map(goes_up_when)),
        ("Reminders", item.ladder.as_deref().map(reminders)),
        (
            "Gap between reminders",
            item.min_gap_min.map(|minutes| format!("{minutes} min")),
        ),
        (
            "Read from insoles",
            item.sensor.as_ref().map(|sensor| {
                let by = sensor
                    .remind_if_not_worn_by
                    .as_ref()
                    .map(|time| format!("; reminder when not worn by {time}"))
                    .unwrap_or_default();
                format!("wearing{by}")
            }),
        ),
    ];
    parts.extend(
        further
            .into_iter()
            .filter_map(|(label, words)| Some((label, words?))),
    );
    parts
}

fn times(item: &PlanItemSpec) -> String {
    let times: Vec<&str> = item
        .windows
        .iter()
        .map(|window| window.at.as_str())
        .collect();
    times.join(", ")
}

/// Times with their windows, which are said once where all have the same.
fn windows(item: &PlanItemSpec) -> String {
    let around = |before: u32, after: u32| {
        format!(
            "on time from {} before to {} after",
            span(before),
            span(after)
        )
    };
    let mut spans: Vec<(u32, u32)> = item
        .windows
        .iter()
        .map(|window| (window.opens_before_min, window.closes_after_min))
        .collect();
    spans.dedup();
    match spans.as_slice() {
        [(before, after)] => format!("{} ({})", times(item), around(*before, *after)),
        _ => item
            .windows
            .iter()
            .map(|window| {
                let words = around(window.opens_before_min, window.closes_after_min);
                format!("{} ({words})", window.at)
            })
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn span(minutes: u32) -> String {
    if minutes > 0 && minutes.is_multiple_of(60) {
        format!("{} h", minutes / 60)
    } else {
        format!("{minutes} min")
    }
}

/// How a wear-in grows, in words.
pub fn wear_in(ramp: &Ramp, full: &Dose) -> String {
    let unit = full.unit().words();
    let every = match ramp.every_due_days {
        1 => "each due day".to_owned(),
        days => format!("every {days} due days"),
    };
    format!(
        "from {} {unit}, {} more {every}, up to the dose",
        ramp.start, ramp.add
    )
}

/// The doses of a progression, in words.
pub fn levels(rule: &Progression, own: &Dose) -> String {
    let all: Vec<String> = (0..=rule.top())
        .map(|level| rule.dose(own, level).words())
        .collect();
    all.join(" → ")
}

/// When a progression goes up, and who says so.
pub fn goes_up_when(rule: &Progression) -> String {
    let asked = &rule.advance;
    let mut words = vec![
        format!("{} days at a level", asked.min_days),
        format!("{} % done", asked.min_adherence_pct),
        format!("pain at most {} of 10", asked.max_pain),
    ];
    for (which, ids) in [
        ("seen", &asked.required_observations),
        ("not seen", &asked.forbidden_observations),
    ] {
        if !ids.is_empty() {
            let names: Vec<String> = ids.iter().map(|id| id.replace('_', " ")).collect();
            words.push(format!("{which}: {}", names.join(", ")));
        }
    }
    let who = match rule.mode {
        ProgressionMode::Propose => "a clinician is asked",
        ProgressionMode::Apply => "the dose changes by itself",
    };
    format!("{}; {who}", words.join(", "))
}

fn reminders(ladder: &[Rung]) -> String {
    if ladder.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = ladder
        .iter()
        .map(|rung| match rung.when {
            RungKind::At => "when due".to_owned(),
            RungKind::Before => format!("{} before", span(rung.minutes)),
            RungKind::After => format!("{} after", span(rung.minutes)),
            RungKind::LastChance => format!("{} before it closes", span(rung.minutes)),
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::plans::spec::{Recurrence, Window};

    #[test]
    fn what_a_line_says_is_in_its_words_and_nothing_else() {
        let dose = Dose {
            sets: 1,
            reps: None,
            hold_s: None,
            minutes: Some(480),
            each_side: false,
        };
        let mut item = PlanItemSpec::plain(
            "wear-orthotics",
            dose,
            Recurrence::daily(),
            vec![Window::at("08:00")],
            date(2026, 3, 2),
        );
        let labels = |item: &PlanItemSpec| -> Vec<&str> {
            parts(item).into_iter().map(|(label, _)| label).collect()
        };
        assert_eq!(
            labels(&item),
            ["Dose", "Days", "Times", "First day", "Last day"]
        );
        item.ramp = Some(Ramp {
            start: 60,
            add: 60,
            every_due_days: 2,
        });
        item.ladder = Some(vec![Rung::AT]);
        let said = parts(&item);
        assert_eq!(
            said.get(5),
            Some(&(
                "Wear-in",
                "from 60 minutes, 60 more every 2 due days, up to the dose".to_owned()
            ))
        );
        assert_eq!(said.get(6), Some(&("Reminders", "when due".to_owned())));
        assert_eq!(
            said.get(2).map(|(_, words)| words.as_str()),
            Some("08:00 (on time from 2 h before to 4 h after)")
        );
    }
}
