//! Reading a course: one transaction, a handful of statements, however many days it has.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::facts::{Course, CourseDay, Walk};
use super::marks::{self, Happened};
use super::rules::{first_day, pain_band};
use super::span::Span;
use crate::adherence::figures::{DayCourse, Period};
use crate::adherence::service::course_of;
use crate::app::App;
use crate::checkins::trend::{DayPain, by_date, worst_by_date};
use crate::clinic_settings;
use crate::error::{Error, Result};
use crate::insoles::calendar::Calendar;
use crate::insoles::quality;
use crate::insoles::wear::service::bounds;
use crate::patients::grid::PausedDates;
use crate::patients::view::paused_dates;
use crate::store::insoles::{self, SessionPoint};
use crate::store::patients::Patient;
use crate::store::types::PatientId;
use crate::store::wear::{self, WornDay};
use crate::store::{Scope, Tx, care_events, checkins, exams, patients, pauses, plans};

/// A patient with their course.
#[derive(Debug, Clone)]
pub struct Read {
    /// The patient.
    pub patient: Patient,
    /// When it was read.
    pub now: Timestamp,
    /// The course.
    pub course: Course,
}

/// A patient's course.
///
/// # Errors
/// Not found when the clinic has no such patient.
pub async fn read(app: &App, scope: Scope, id: PatientId, span: Span) -> Result<Read> {
    let now = app.now();
    app.store
        .read("patient_course", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let today = Calendar::of(tx, id, now, now)?.date_of(now);
            let earliest = today
                .checked_sub((span.days() - 1).days())
                .map_err(Error::internal)?;
            let parts = Parts::read(tx, id, (earliest, today), now)?;
            let added = parts.calendar.date_of(patient.created_at.timestamp());
            let known = parts.first_known().map_or(added, |first| first.min(added));
            let from = first_day(today, span.days(), known);
            Ok(Read {
                course: parts.course(from, today),
                patient,
                now,
            })
        })
        .await
}

/// What the statements gave, by date.
struct Parts {
    calendar: Calendar,
    pain: BTreeMap<Date, DayPain>,
    band_days: i32,
    done: BTreeMap<Date, DayCourse>,
    walks: BTreeMap<Date, Vec<Walk>>,
    worn: BTreeMap<Date, WornDay>,
    pauses: Vec<PausedDates>,
    happened: Vec<Happened>,
}

impl Parts {
    fn read(
        tx: &mut Tx<'_>,
        id: PatientId,
        (from, today): (Date, Date),
        now: Timestamp,
    ) -> Result<Self> {
        let (begin, end) = bounds(tx, id, from, today)?;
        let band_days = clinic_settings::current(tx)?.pain.median_days;
        // The first dates have a band too.
        let pain_from = from
            .checked_sub(band_days.days())
            .map_err(Error::internal)?;
        let period = Period {
            from,
            through: today,
        };
        let pauses = pauses::of_patients(tx, &[id])?.remove(&id);
        let pauses = paused_dates(&pauses.unwrap_or_default(), today)?;
        // Versions of the plan may be older than the days shown.
        let calendar = Calendar::of(tx, id, begin, end)?;
        let mut happened = happened(tx, id, &calendar)?;
        happened.extend(pauses.iter().map(|pause| marks::of_pause(pause, today)));
        Ok(Self {
            pain: by_date(&checkins::standing(tx, id, pain_from, today)?)?,
            band_days,
            done: course_of(tx, id, period, now)?
                .into_iter()
                .map(|day| (day.date, day))
                .collect(),
            walks: walks(&calendar, insoles::points(tx, id, begin, end)?),
            worn: wear::worn(tx, &[id], from, today)?
                .into_iter()
                .map(|((_, date), day)| Ok((date.date().map_err(Error::internal)?, day)))
                .collect::<Result<_>>()?,
            pauses,
            happened,
            calendar,
        })
    }

    /// The first date of which anything is known.
    fn first_known(&self) -> Option<Date> {
        let firsts = [
            self.pain.keys().next().copied(),
            self.done.keys().next().copied(),
            self.walks.keys().next().copied(),
            self.worn.keys().next().copied(),
            self.happened.iter().map(|one| one.date).min(),
        ];
        firsts.into_iter().flatten().min()
    }

    fn course(mut self, from: Date, today: Date) -> Course {
        let worst = worst_by_date(&self.pain);
        let dates = from.series(1.day()).take_while(|date| *date <= today);
        let days = dates
            .map(|date| CourseDay {
                date,
                pain: self
                    .pain
                    .get(&date)
                    .copied()
                    .filter(|pain| pain.worst().is_some()),
                usual: pain_band(&worst, date, self.band_days),
                done: self.done.remove(&date),
                walks: self.walks.remove(&date).unwrap_or_default(),
                worn: self.worn.remove(&date),
            })
            .collect();
        Course {
            from,
            through: today,
            days,
            band_days: self.band_days,
            pauses: self.pauses,
            marks: marks::by_date(self.happened, from, today),
        }
    }
}

fn happened(tx: &mut Tx<'_>, id: PatientId, calendar: &Calendar) -> Result<Vec<Happened>> {
    let mut all = marks::of_exams(&exams::of_patient(tx, id)?)?;
    for event in care_events::standing(tx, &[id])? {
        all.push(marks::of_event(&event)?);
    }
    for version in plans::versions(tx, id)?.into_iter().rev() {
        let date = calendar.date_of(version.published_at.timestamp());
        all.push(marks::of_plan(date, version.version, &version.note));
    }
    Ok(all)
}

fn walks(calendar: &Calendar, points: Vec<SessionPoint>) -> BTreeMap<Date, Vec<Walk>> {
    let mut days: BTreeMap<Date, Vec<Walk>> = BTreeMap::new();
    for point in points {
        let at = point.started_at.timestamp();
        let reasons = quality::from_text(point.reasons.as_deref());
        days.entry(calendar.date_of(at)).or_default().push(Walk {
            id: point.session_id,
            at,
            source: point.source,
            score: point.score.zip(point.score_se),
            reasons,
            versions: (point.engine_version, point.norms_version),
        });
    }
    days
}
