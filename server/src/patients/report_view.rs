//! What a report says, in words: each number with its denominator or its uncertainty.

use jiff::ToSpan;
use jiff::civil::Date;

use super::assessment::{self, StoredAssessment};
use super::report::Report;
use super::view::{out_of_care, reason_words};
use crate::adherence::rules::wilson;
use crate::adherence::words::AdherenceWords;
use crate::checkins::trend::TrendDay;
use crate::error::{Error, Result};
use crate::http::format;
use crate::plans::library;
use crate::store::care_events::CareEventKind;
use crate::store::exams::ExamKind;
use crate::store::insoles::InsoleSession;
use crate::walking::view::{ObservationView, trend};

/// A line of the plan.
pub(super) struct PlanLine {
    pub(super) title: String,
    pub(super) dose: String,
    pub(super) when: String,
}

/// A measure of adherence.
pub(super) struct MeasureRow {
    pub(super) name: &'static str,
    pub(super) share: String,
    pub(super) percent: String,
    pub(super) interval: String,
}

/// Pain of seven days.
pub(super) struct PainWeek {
    pub(super) dates: String,
    pub(super) days: usize,
    pub(super) median: String,
    pub(super) range: String,
}

/// Everything a report shows.
pub(super) struct ReportView {
    pub(super) name: String,
    pub(super) period: String,
    pub(super) from: String,
    pub(super) through: String,
    pub(super) zone: String,
    pub(super) made: String,
    pub(super) out_of_care: Option<&'static str>,
    pub(super) plan: Option<String>,
    pub(super) lines: Vec<PlanLine>,
    pub(super) measures: Vec<MeasureRow>,
    pub(super) rest: Vec<String>,
    pub(super) rule_version: &'static str,
    pub(super) pain: Vec<PainWeek>,
    pub(super) pain_words: String,
    pub(super) sessions: usize,
    pub(super) scored: usize,
    pub(super) index: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) trend: Option<String>,
    pub(super) observed: Option<String>,
    pub(super) observations: Vec<ObservationView>,
    pub(super) happened: Vec<(String, String)>,
    pub(super) changed: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

impl ReportView {
    pub(super) fn of(report: &Report) -> Result<Self> {
        let (zone, now, period) = (&report.zone, report.now, report.period);
        let scored: Vec<&InsoleSession> = report
            .sessions
            .iter()
            .filter(|row| row.score.is_some())
            .collect();
        let newest = scored.last().copied();
        let read = newest.and_then(assessment::shown).unwrap_or_default();
        Ok(Self {
            name: report.patient.name.clone(),
            period: format!("{} to {}", full(period.from), full(period.through)),
            from: period.from.to_string(),
            through: period.through.to_string(),
            zone: format::zone(&report.patient.time_zone, now, zone),
            made: format::date_time(now, zone),
            out_of_care: out_of_care(report.patient.status),
            plan: report.plan.as_ref().map(|plan| {
                let at = plan.version.published_at.timestamp();
                let at = full(at.to_zoned(zone.clone()).date());
                format!("version {}, published {at}", plan.version.version)
            }),
            lines: lines(report),
            measures: measures(report),
            rest: AdherenceWords::from(&report.figures.session).rest,
            rule_version: report.figures.session.rule_version,
            pain: weeks(&report.pain.days, period.from, period.through),
            pain_words: pain_words(report),
            sessions: report.sessions.len(),
            scored: scored.len(),
            index: newest.and_then(|row| {
                let value = format::plus_minus(row.score?, row.score_se?);
                let on = row.started_at.timestamp().to_zoned(zone.clone()).date();
                Some(format!("{value} on {}", full(on)))
            }),
            reference: reference(&read),
            trend: trend(&report.sessions, zone),
            observed: newest.map(|row| format::date_time(row.started_at.timestamp(), zone)),
            observations: read
                .observations
                .into_iter()
                .map(ObservationView::from)
                .collect(),
            happened: happened(report)?,
            changed: changed(report)?,
            notes: notes(report, scored.len()),
        })
    }
}

/// `1 Mar 2026`.
fn full(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

fn reference(read: &StoredAssessment) -> Option<String> {
    let reference = &read.score.reference;
    (!reference.title.is_empty()).then(|| {
        format!(
            "mean 100, SD 10 in: {}, n = {}, age {:.0} to {:.0}; {} ({})",
            reference.title,
            reference.n,
            reference.age_low_y,
            reference.age_high_y,
            reference.source,
            assessment::standing_words(&reference.standing)
        )
    })
}

fn lines(report: &Report) -> Vec<PlanLine> {
    let items = report.plan.iter().flat_map(|plan| &plan.items);
    items
        .map(|(_, item)| PlanLine {
            title: library::find(&item.exercise)
                .map_or_else(|| item.exercise.clone(), |found| found.title.clone()),
            dose: item.dose.words(),
            when: item.recurrence.words(),
        })
        .collect()
}

fn percent(value: f64) -> String {
    format!("{value:.0} %")
}

/// A share with Wilson's interval, whatever its denominator: on paper there is nobody to ask.
fn measure(name: &'static str, done: f64, of: f64) -> MeasureRow {
    if of <= 0.0 {
        return MeasureRow {
            name,
            share: "nothing due".to_owned(),
            percent: "n/a".to_owned(),
            interval: "n/a".to_owned(),
        };
    }
    let [low, high] = wilson((done / of).clamp(0.0, 1.0), of);
    MeasureRow {
        name,
        share: format!("{} of {}", format::number(done, 1), format::number(of, 1)),
        percent: percent(100.0 * done / of),
        interval: format!("{} to {}", percent(low), percent(high)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn measures(report: &Report) -> Vec<MeasureRow> {
    let figures = &report.figures;
    let session = &figures.session;
    let share = |name, share: &crate::adherence::measures::Share| {
        measure(name, share.numerator, share.denominator)
    };
    vec![
        measure(
            "Done of what was due",
            session.numerator,
            session.denominator as f64,
        ),
        share("In its window, of what was done", &figures.on_time),
        share("Days with at least 80 % done", &figures.days_covered),
    ]
}

fn median(values: &mut [u8]) -> Option<f64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = f64::from(*values.get(middle)?);
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((f64::from(*values.get(middle.checked_sub(1)?)?) + upper) / 2.0)
}

fn weeks(days: &[TrendDay], from: Date, through: Date) -> Vec<PainWeek> {
    let mut rows = Vec::new();
    let mut start = from;
    while start <= through {
        let end = start.saturating_add(6.days()).min(through);
        let mut worst: Vec<u8> = days
            .iter()
            .filter(|day| start <= day.date && day.date <= end)
            .filter_map(|day| day.worst)
            .collect();
        let median = median(&mut worst);
        rows.push(PainWeek {
            dates: format!(
                "{} to {}",
                format::short_date(start),
                format::short_date(end)
            ),
            days: worst.len(),
            median: median.map_or("n/a".to_owned(), |value| format::number(value, 1)),
            range: match (worst.first(), worst.last()) {
                (Some(low), Some(high)) => format!("{low} to {high}"),
                _ => "n/a".to_owned(),
            },
        });
        start = start.saturating_add(7.days());
    }
    rows
}

fn pain_words(report: &Report) -> String {
    if report.pain.days.iter().all(|day| day.worst.is_none()) {
        return "No pain was reported in this time; that is not the same as no pain.".to_owned();
    }
    match &report.pain.slope {
        Some(slope) => format!(
            "Slope over the last {} days with a value: {} points a day, {}.",
            slope.days,
            format::fixed(slope.per_day, 2),
            match slope.low.zip(slope.high) {
                Some((low, high)) => format!(
                    "95 % interval {} to {}",
                    format::fixed(low, 2),
                    format::fixed(high, 2)
                ),
                None => "too few for an interval".to_owned(),
            }
        ),
        None => "Too few days with a value for a slope.".to_owned(),
    }
}

fn event_words(kind: CareEventKind) -> &'static str {
    match kind {
        CareEventKind::Surgery => "Surgery",
        CareEventKind::OrthoticIssued => "Orthotics handed over",
        CareEventKind::ShoeIssued => "Shoes handed over or chosen",
        CareEventKind::Fall => "Fall",
        CareEventKind::Visit => "Visit",
    }
}

/// What a stored note says.
fn note(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let note = value["note"].as_str()?;
    Some(note.to_owned())
}

fn happened(report: &Report) -> Result<Vec<(String, String)>> {
    let mut rows = Vec::new();
    for event in &report.events {
        let date = event.event_date.date().map_err(Error::internal)?;
        rows.push((date, event_words(event.kind), note(&event.detail)));
    }
    let replaced: Vec<_> = report
        .exams
        .iter()
        .filter_map(|exam| exam.replaces)
        .collect();
    for exam in &report.exams {
        if replaced.contains(&exam.id) {
            continue;
        }
        let what = match exam.kind {
            ExamKind::Physical => "Physical examination",
            ExamKind::Imaging => "Imaging",
        };
        let date = exam.exam_date.date().map_err(Error::internal)?;
        rows.push((date, what, note(&exam.body)));
    }
    rows.retain(|(date, ..)| report.period.has(*date));
    rows.sort_by_key(|(date, ..)| *date);
    Ok(rows
        .into_iter()
        .map(|(date, what, note)| {
            let note = note.map_or(String::new(), |note| format!(": {note}"));
            (full(date), format!("{what}{note}"))
        })
        .collect())
}

fn changed(report: &Report) -> Result<Vec<(String, String)>> {
    let mut rows = Vec::new();
    for version in &report.versions {
        let at = version
            .published_at
            .timestamp()
            .to_zoned(report.zone.clone());
        let note = if version.note.is_empty() {
            String::new()
        } else {
            format!(": {}", version.note)
        };
        let words = format!("Plan version {} published{note}", version.version);
        rows.push((at.date(), at.date(), words));
    }
    for pause in &report.pauses {
        let from = pause.from_date.date().map_err(Error::internal)?;
        let through = pause.through_date.date().map_err(Error::internal)?;
        let words = format!(
            "Paused through {}: {}",
            full(through),
            reason_words(&pause.reason)
        );
        rows.push((from, through, words));
    }
    let period = report.period;
    rows.retain(|(from, through, _)| *from <= period.through && period.from <= *through);
    rows.sort_by_key(|(from, ..)| *from);
    Ok(rows
        .into_iter()
        .map(|(from, _, words)| (full(from), words))
        .collect())
}

/// What the numbers of this report do not say.
fn notes(report: &Report, scored: usize) -> Vec<String> {
    let mut notes = vec![
        "What was done is what the patient said was done. Nobody watched.".to_owned(),
        "Excused and cancelled occurrences and those whose window is open are not in the shares.".to_owned(),
        "An index compares the regularity and symmetry of walking with a reference group. It is an engineering measure and says nothing of a cause.".to_owned(),
    ];
    let session = &report.figures.session;
    if session.denominator < 10 {
        notes.push("Fewer than ten occurrences were due: too early to judge adherence.".to_owned());
    }
    if report.figures.undeliverable > 0 {
        notes.push(format!(
            "Of the missed, {} had no reminder that could be delivered.",
            report.figures.undeliverable
        ));
    }
    let unscored = report.sessions.len() - scored;
    if unscored > 0 {
        notes.push(format!(
            "{unscored} of {} sessions have no index: too little or unusable data. That is neither low nor normal.",
            report.sessions.len()
        ));
    }
    let sources: std::collections::BTreeSet<&str> = report
        .sessions
        .iter()
        .map(|row| row.source.as_str())
        .collect();
    if !sources.is_empty() {
        let sources: Vec<&str> = sources.into_iter().collect();
        notes.push(format!("Source of the sessions: {}.", sources.join(", ")));
    }
    notes
}
