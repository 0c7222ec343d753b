//! What happened besides the days: plan versions, pauses, visits, examinations, footwear, operations, falls. One number for
//! each date, so that the picture can point and the list can tell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::http::format::short_date;
use crate::insoles::footwear::EventDetail;
use crate::patients::grid::PausedDates;
use crate::store::care_events::{CareEvent, CareEventKind};
use crate::store::exams::{Exam, ExamKind};

/// What kind of thing happened, the gravest first: names the shape of its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// An operation or a fall.
    Grave,
    /// Orthotics or shoes.
    Footwear,
    /// A version of the plan.
    Plan,
    /// A pause began.
    Pause,
    /// A visit or an examination.
    Seen,
}

impl MarkKind {
    /// Names the shape.
    pub fn key(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Footwear => "footwear",
            Self::Grave => "grave",
            Self::Seen => "seen",
            Self::Pause => "pause",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// On which date.
    pub date: Date,
    /// What kind.
    pub kind: MarkKind,
    /// In words.
    pub words: String,
}

/// Everything that happened on one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkDay {
    /// Its number in the picture and in the list.
    pub number: usize,
    /// The date.
    pub date: Date,
    /// Gravest first.
    pub happened: Vec<Happened>,
}

impl MarkDay {
    /// The shape of the date: that of the gravest thing.
    pub fn kind(&self) -> MarkKind {
        let kinds = self.happened.iter().map(|one| one.kind);
        kinds.min().unwrap_or(MarkKind::Seen)
    }
}

/// A version of the plan.
pub fn of_plan(date: Date, version: i64, note: &str) -> Happened {
    let note = if note.is_empty() {
        String::new()
    } else {
        format!(": {note}")
    };
    Happened {
        date,
        kind: MarkKind::Plan,
        words: format!("Plan, version {version}{note}"),
    }
}

/// An event of the record.
///
/// # Errors
/// When its stored date is none.
pub fn of_event(event: &CareEvent) -> Result<Happened> {
    let detail = EventDetail::parse(&event.detail);
    let (kind, what, name) = match event.kind {
        CareEventKind::Surgery => (MarkKind::Grave, "Surgery", None),
        CareEventKind::OrthoticIssued => (
            MarkKind::Footwear,
            "Orthotics handed over",
            detail.orthotic_id,
        ),
        CareEventKind::ShoeIssued => (MarkKind::Footwear, "New shoes", detail.shoe_id),
        CareEventKind::Fall => (MarkKind::Grave, "Fall", None),
        CareEventKind::Visit => (MarkKind::Seen, "Visit", None),
    };
    let mut words = what.to_owned();
    if let Some(name) = name {
        words = format!("{words} ({name})");
    }
    if event.recorded_by.is_none() {
        words = format!("{words}, told by the patient");
    }
    if let Some(note) = detail.note.filter(|note| !note.is_empty()) {
        words = format!("{words}: {note}");
    }
    Ok(Happened {
        date: event.event_date.date().map_err(Error::internal)?,
        kind,
        words,
    })
}

/// The examinations that stand: a corrected one is shown by its correction.
///
/// # Errors
/// When a stored date is none.
pub fn of_exams(exams: &[Exam]) -> Result<Vec<Happened>> {
    let replaced: BTreeSet<_> = exams.iter().filter_map(|exam| exam.replaces).collect();
    let standing = exams.iter().filter(|exam| !replaced.contains(&exam.id));
    standing
        .map(|exam| {
            let words = match exam.kind {
                ExamKind::Physical => "Physical examination",
                ExamKind::Imaging => "Finding on an image",
            };
            Ok(Happened {
                date: exam.exam_date.date().map_err(Error::internal)?,
                kind: MarkKind::Seen,
                words: words.to_owned(),
            })
        })
        .collect()
}

/// A pause, by its first date.
pub fn of_pause(pause: &PausedDates, today: Date) -> Happened {
    let through = if pause.through >= today {
        "until now".to_owned()
    } else {
        format!("through {}", short_date(pause.through))
    };
    Happened {
        date: pause.from,
        kind: MarkKind::Pause,
        words: format!("Paused {through}: {}", pause.reason),
    }
}

/// By date, numbered from 1, those of the dates from `from` through `through`.
pub fn by_date(happened: Vec<Happened>, from: Date, through: Date) -> Vec<MarkDay> {
    let mut days: BTreeMap<Date, Vec<Happened>> = BTreeMap::new();
    for one in happened {
        if from <= one.date && one.date <= through {
            days.entry(one.date).or_default().push(one);
        }
    }
    let numbered = days.into_iter().zip(1..);
    numbered
        .map(|((date, mut happened), number)| {
            happened.sort_by_key(|one| one.kind);
            MarkDay {
                number,
                date,
                happened,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn happened(day: i8, kind: MarkKind) -> Happened {
        Happened {
            date: date(2026, 3, day),
            kind,
            words: String::new(),
        }
    }

    #[test]
    fn each_date_has_one_number_and_the_shape_of_its_gravest_thing() {
        let all = vec![
            happened(9, MarkKind::Seen),
            happened(2, MarkKind::Plan),
            happened(9, MarkKind::Grave),
            happened(1, MarkKind::Footwear),
            happened(30, MarkKind::Plan),
        ];
        let days = by_date(all, date(2026, 3, 2), date(2026, 3, 29));
        let told: Vec<_> = days
            .iter()
            .map(|day| (day.number, day.date.day(), day.kind(), day.happened.len()))
            .collect();
        assert_eq!(
            told,
            [(1, 2, MarkKind::Plan, 1), (2, 9, MarkKind::Grave, 2)]
        );
    }

    #[test]
    fn a_pause_that_goes_on_says_so() {
        let pause = PausedDates {
            from: date(2026, 3, 2),
            through: date(2026, 3, 9),
            reason: "surgery".to_owned(),
        };
        assert_eq!(
            of_pause(&pause, date(2026, 3, 9)).words,
            "Paused until now: surgery"
        );
        assert_eq!(
            of_pause(&pause, date(2026, 3, 10)).words,
            "Paused through Mon 9 Mar: surgery"
        );
    }
}
