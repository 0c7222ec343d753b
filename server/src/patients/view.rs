//! What the list and a patient's page show, in words.

use jiff::Timestamp;
use jiff::civil::Date;

use super::assessment::{self, StoredAssessment, StoredEvidence, StoredObservation};
use super::grid::{self, Grid, PausedDates};
use super::measures::{self, MeasureGroup};
use super::record::Record;
use super::service::{PatientLine, PauseReason, Reach};
use super::trend::{self, TrendPoint};
use crate::adherence::words::AdherenceWords;
use crate::error::{Error, Result};
use crate::http::format;
use crate::reminders::planner::zone_of;
use crate::store::insoles::InsoleSession;
use crate::store::patients::PatientStatus;

/// Whether prompts arrive, by symbol and word.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReachWords {
    /// Names the symbol and the colour.
    pub(super) key: &'static str,
    pub(super) word: &'static str,
    pub(super) hint: &'static str,
}

pub(super) fn reach(reach: Reach) -> ReachWords {
    let words = |key, word, hint| ReachWords { key, word, hint };
    match reach {
        Reach::Reachable => words("good", "Push works", "A device with a live push token."),
        Reach::NoPush => words(
            "unknown",
            "No push",
            "Connected, but no device takes push messages.",
        ),
        Reach::Unreachable => words(
            "low",
            "Push lost",
            "The push service says the tokens are gone: connect the device again.",
        ),
        Reach::NotEnrolled => words("unknown", "Not connected", "No device was ever connected."),
    }
}

/// A patient in the list.
pub(super) struct ListRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) local_time: String,
    pub(super) time_zone: String,
    pub(super) adherence: AdherenceWords,
    pub(super) score: Option<String>,
    pub(super) session_age: Option<String>,
    pub(super) reach: ReachWords,
    pub(super) paused: Option<String>,
    pub(super) out_of_care: Option<&'static str>,
}

impl ListRow {
    pub(super) fn of(line: &PatientLine, now: Timestamp) -> Result<Self> {
        let zone = zone_of(&line.patient)?;
        Ok(Self {
            id: line.patient.id.to_string(),
            name: line.patient.name.clone(),
            local_time: format::weekday_time(now, &zone),
            time_zone: line.patient.time_zone.clone(),
            adherence: AdherenceWords::from(&line.adherence),
            score: line
                .last_session
                .and_then(|last| score(last.score, last.score_se)),
            session_age: line
                .last_session
                .map(|last| format::ago(last.started_at.timestamp(), now)),
            reach: reach(line.reach),
            paused: paused(line)?,
            out_of_care: out_of_care(line.patient.status),
        })
    }
}

fn score(score: Option<f64>, se: Option<f64>) -> Option<String> {
    score
        .zip(se)
        .map(|(score, se)| format::plus_minus(score, se))
}

/// Why nothing is planned and sent any more.
pub(crate) fn out_of_care(status: PatientStatus) -> Option<&'static str> {
    match status {
        PatientStatus::Active => None,
        PatientStatus::Withdrawn => Some("Consent withdrawn"),
        PatientStatus::Closed => Some("Episode closed"),
    }
}

/// The pause the patient is in today: reason and last date.
fn paused(line: &PatientLine) -> Result<Option<String>> {
    let Some(pause) = &line.pause else {
        return Ok(None);
    };
    let own = if pause.created_by.is_none() {
        ", by the patient"
    } else {
        ""
    };
    let reason = format!("{}{own}", reason_words(&pause.reason));
    if line.waits {
        return Ok(Some(format!("{reason}, waits for your word")));
    }
    let through = pause.through_date.date().map_err(Error::internal)?;
    Ok(Some(format!(
        "{reason} until {}",
        format::short_date(through)
    )))
}

/// A pause's reason as the form offers it.
pub(crate) fn reason_words(reason: &str) -> &'static str {
    match PauseReason::from_name(reason) {
        Some(PauseReason::Surgery) => "surgery",
        Some(PauseReason::Illness) => "illness",
        Some(PauseReason::Injury) => "injury",
        Some(PauseReason::Holiday) => "holiday",
        Some(PauseReason::Clinic) => "clinic's decision",
        Some(PauseReason::Other) | None => "other reason",
    }
}

/// A row of the table of sessions.
pub(super) struct SessionRow {
    pub(super) when: String,
    pub(super) age: String,
    pub(super) score: Option<String>,
    pub(super) strides: i64,
    pub(super) source: String,
    pub(super) versions: String,
}

/// A number behind an observation.
pub(super) struct EvidenceRow {
    pub(super) metric: String,
    pub(super) value: String,
    pub(super) n: u64,
    pub(super) limit: Option<String>,
    pub(super) reference: String,
    pub(super) source: String,
    pub(super) standing: &'static str,
}

impl EvidenceRow {
    fn of(evidence: &StoredEvidence) -> Self {
        Self {
            metric: assessment::metric_words(&evidence.metric),
            value: format!(
                "{} {}",
                format::plus_minus(evidence.value, evidence.se),
                evidence.unit
            ),
            n: evidence.n,
            limit: evidence
                .limit
                .map(|limit| format!("{} {}", format::number(limit, 2), evidence.unit)),
            reference: evidence.reference.clone(),
            source: evidence.source.clone(),
            standing: assessment::standing_words(&evidence.standing),
        }
    }
}

/// An observation with its evidence.
pub(super) struct ObservationView {
    pub(super) sentence: String,
    pub(super) confidence: String,
    pub(super) evidence: Vec<EvidenceRow>,
    pub(super) could_also_be: Vec<String>,
    pub(super) would_raise_confidence: Vec<String>,
}

impl From<StoredObservation> for ObservationView {
    fn from(stored: StoredObservation) -> Self {
        Self {
            sentence: stored.sentence,
            confidence: stored.confidence,
            evidence: stored.evidence.iter().map(EvidenceRow::of).collect(),
            could_also_be: stored.could_also_be,
            would_raise_confidence: stored.would_raise_confidence,
        }
    }
}

/// One part of the newest score.
pub(super) struct ComponentRow {
    pub(super) metric: String,
    pub(super) value: String,
    pub(super) distance: String,
    pub(super) share: String,
}

/// The newest session in detail.
pub(super) struct NewestSession {
    pub(super) when: String,
    pub(super) age: String,
    pub(super) source: String,
    pub(super) strides: i64,
    pub(super) score: Option<String>,
    pub(super) absent: &'static str,
    pub(super) coverage: String,
    pub(super) reference: Option<String>,
    pub(super) components: Vec<ComponentRow>,
    /// What it means that there is no observation.
    pub(super) nothing: String,
    pub(super) observations: Vec<ObservationView>,
    /// What was measured; empty for a summary that this version cannot read.
    pub(super) measures: Vec<MeasureGroup>,
}

/// Everything on a patient's page but its forms.
pub(super) struct PatientView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) zone: String,
    pub(super) local_time: String,
    pub(super) plan: Option<String>,
    pub(super) plan_note: String,
    pub(super) reach: ReachWords,
    pub(super) paused: Option<String>,
    pub(super) out_of_care: Option<&'static str>,
    pub(super) upcoming_pauses: Vec<String>,
    pub(super) adherence: [(&'static str, AdherenceWords); 2],
    pub(super) grid: Grid,
    pub(super) trend: Option<String>,
    pub(super) sessions: Vec<SessionRow>,
    pub(super) newest: Option<NewestSession>,
}

impl PatientView {
    pub(super) fn of(record: &Record) -> Result<Self> {
        let (line, now) = (&record.line, record.now);
        let pauses = paused_dates(record)?;
        let items: Vec<_> = record
            .plan
            .iter()
            .flat_map(|plan| plan.items.iter().map(|(_, item)| item.clone()))
            .collect();
        let trend_points: Vec<TrendPoint> = record.sessions.iter().map(trend_point).collect();
        Ok(Self {
            id: line.patient.id.to_string(),
            name: line.patient.name.clone(),
            zone: format::zone(&line.patient.time_zone, now, &record.zone),
            local_time: format::date_time(now, &record.zone),
            plan: record.plan.as_ref().map(|plan| {
                let at = plan.version.published_at.timestamp();
                format!(
                    "version {}, published {}",
                    plan.version.version,
                    format::date_time(at, &record.zone)
                )
            }),
            plan_note: record
                .plan
                .as_ref()
                .map(|plan| plan.version.note.clone())
                .unwrap_or_default(),
            reach: reach(line.reach),
            paused: paused(line)?,
            out_of_care: out_of_care(line.patient.status),
            upcoming_pauses: upcoming(&pauses, record),
            adherence: [
                ("Last 7 days", AdherenceWords::from(&line.adherence)),
                ("Last 28 days", AdherenceWords::from(&record.adherence_28d)),
            ],
            grid: grid::grid(
                (record.from, record.today),
                &record.occurrences,
                &items,
                &pauses,
            ),
            trend: trend::svg(&trend_points, &record.zone),
            sessions: record
                .sessions
                .iter()
                .map(|row| session_row(row, record))
                .collect(),
            newest: record.sessions.first().map(|row| newest(row, record)),
        })
    }
}

fn paused_dates(record: &Record) -> Result<Vec<PausedDates>> {
    let of = |pause: &crate::store::pauses::Pause| -> Result<PausedDates> {
        Ok(PausedDates {
            from: pause.from_date.date().map_err(Error::internal)?,
            through: last_paused(pause, record.today)?,
            reason: reason_words(&pause.reason).to_owned(),
        })
    };
    record.pauses.iter().map(of).collect()
}

/// The last date it holds, as far as is known today.
fn last_paused(pause: &crate::store::pauses::Pause, today: Date) -> Result<Date> {
    if let Some(resumed) = &pause.resumed_date {
        return resumed
            .date()
            .and_then(Date::yesterday)
            .map_err(Error::internal);
    }
    let through = pause.through_date.date().map_err(Error::internal)?;
    Ok(if pause.waits_for_a_word(&today.into()) {
        through.max(today)
    } else {
        through
    })
}

fn upcoming(pauses: &[PausedDates], record: &Record) -> Vec<String> {
    let later = pauses.iter().filter(|pause| pause.from > record.today);
    later
        .map(|pause| {
            format!(
                "{} to {}: {}",
                format::short_date(pause.from),
                format::short_date(pause.through),
                pause.reason
            )
        })
        .collect()
}

fn trend_point(row: &InsoleSession) -> TrendPoint {
    TrendPoint {
        at: row.started_at.timestamp(),
        score: row.score.zip(row.score_se),
        source: row.source.clone(),
    }
}

fn session_row(row: &InsoleSession, record: &Record) -> SessionRow {
    SessionRow {
        when: format::date_time(row.started_at.timestamp(), &record.zone),
        age: format::ago(row.started_at.timestamp(), record.now),
        score: score(row.score, row.score_se),
        strides: row.strides,
        source: row.source.clone(),
        versions: format!("{} / {}", row.engine_version, row.norms_version),
    }
}

fn newest(row: &InsoleSession, record: &Record) -> NewestSession {
    let read = assessment::shown(row);
    let nothing = nothing_words(read.as_ref());
    let StoredAssessment {
        score: stored,
        observations,
    } = read.unwrap_or_default();
    let reference = &stored.reference;
    NewestSession {
        when: format::date_time(row.started_at.timestamp(), &record.zone),
        age: format::ago(row.started_at.timestamp(), record.now),
        source: row.source.clone(),
        strides: row.strides,
        score: score(row.score, row.score_se),
        absent: assessment::absent_words(stored.absent.as_deref().unwrap_or_default()),
        coverage: format!("{} of {}", stored.coverage, stored.components_total),
        reference: (!reference.title.is_empty()).then(|| {
            format!(
                "{}, n = {}, age {:.0} to {:.0}; {} ({})",
                reference.title,
                reference.n,
                reference.age_low_y,
                reference.age_high_y,
                reference.source,
                assessment::standing_words(&reference.standing)
            )
        }),
        components: stored.components.iter().map(component).collect(),
        nothing,
        observations: observations
            .into_iter()
            .map(ObservationView::from)
            .collect(),
        measures: measures::groups(&row.summary),
    }
}

/// No observation is not the same as nothing to see: what could not be compared is said.
fn nothing_words(read: Option<&StoredAssessment>) -> String {
    match read.map(|read| read.score.absent.as_deref()) {
        None => "The assessment of this session cannot be read by this version.".to_owned(),
        Some(Some(absent)) => {
            format!(
                "Nothing stands out in what could be compared: {}.",
                assessment::absent_words(absent)
            )
        }
        Some(None) => {
            "Nothing stands out against the reference group by more than its own uncertainty."
                .to_owned()
        }
    }
}

fn component(part: &assessment::StoredContribution) -> ComponentRow {
    let unit = gait::metrics::def(&part.id).map_or("", |def| def.unit);
    ComponentRow {
        metric: assessment::metric_words(&part.id),
        value: format!("{} {unit}", format::number(part.value, 2)),
        distance: format::fixed(part.z, 1),
        share: format!("{:.0} %", part.share_pct),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_observation_says_what_could_not_be_compared() {
        let words = |text: &str| nothing_words(assessment::parse(text).as_ref());
        assert!(words("{}").starts_with("Nothing stands out against"));
        assert!(
            words(r#"{"score":{"absent":"too_few_components"}}"#)
                .ends_with("too few strides for a score.")
        );
        assert!(words("damaged").contains("cannot be read"));
    }
}
