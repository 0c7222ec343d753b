//! Use cases of insole sessions.

use gait::SessionSummary;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::ingest::{Disposition, Upload};
use super::quality;
use super::wear::WornSession;
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::http::extract::time_zone;
use crate::http::guard::Patient;
use crate::planted::{self, Bug};
use crate::store::insoles::{self, InsoleSession};
use crate::store::quarantine::{self, Quarantined};
use crate::store::types::{Digest, PatientId, SessionId};
use crate::store::{Principal, Scope, patients};

/// Uploads kept for review that are looked at.
const KEPT: i64 = 200;
/// A phone's clock may be ahead by this much.
const CLOCK_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Checks, scores and hands over a summary. The receiver hears of it once it is durable.
///
/// # Errors
/// Invalid with every broken rule, or unavailable.
pub fn submit(
    app: &App,
    caller: &Patient,
    summary: &SessionSummary,
) -> Result<tokio::sync::oneshot::Receiver<Result<Disposition>>> {
    let (session_id, started_at) = check(summary, app.now())?;
    let altered = planted_length(summary);
    let summary = altered.as_ref().unwrap_or(summary);
    let assessment = if planted::is(Bug::ScoresOtherwise) {
        let mut other = summary.clone();
        other.metrics.clear();
        gait::assess(&other)
    } else {
        gait::assess(summary)
    };
    let reasons = quality::reasons(summary, &assessment);
    let value = assessment
        .score
        .value
        .as_ref()
        .filter(|_| reasons.is_empty());
    let wear = WornSession::of(caller.id, started_at, summary);
    let row = InsoleSession {
        tenant_id: caller.scope.tenant,
        session_id,
        patient_id: caller.id,
        device_id: caller.device,
        content_hash: Digest::of(summary.content_hash().as_bytes()),
        started_at: started_at.into(),
        received_at: app.now().into(),
        source: source_name(summary).to_owned(),
        engine_version: assessment.engine_version.clone(),
        norms_version: assessment.norms_version.clone(),
        score: value.map(|value| value.points),
        score_se: value.map(|value| value.se),
        strides: valid_strides(summary),
        summary: serde_json::to_string(summary).map_err(Error::internal)?,
        assessment: serde_json::to_string(&assessment).map_err(Error::internal)?,
        reasons: quality::to_text(&reasons)?,
        worn_s: Some(wear.worn.seconds),
    };
    let mut entry = app.audit(
        "insole_session.upload",
        "insole_session",
        Some(*session_id.bytes()),
    );
    entry.principal = Some(Principal::Patient(caller.id, caller.device));
    app.ingest.submit(Upload { row, wear, entry })
}

/// The checks bound each count far below this.
/// The session with a length that is rounded, in a build in which that bug is planted.
fn planted_length(summary: &SessionSummary) -> Option<SessionSummary> {
    planted::is(Bug::RoundsSessions).then(|| SessionSummary {
        duration_s: (summary.duration_s / 60.0).round() * 60.0,
        ..summary.clone()
    })
}

fn valid_strides(summary: &SessionSummary) -> i64 {
    i64::try_from(
        summary
            .strides
            .left
            .valid
            .saturating_add(summary.strides.right.valid),
    )
    .unwrap_or(i64::MAX)
}

fn source_name(summary: &SessionSummary) -> &'static str {
    use gait::summary::SessionSource;
    match summary.source {
        SessionSource::Recorded => "recorded",
        SessionSource::Simulated => "simulated",
        SessionSource::Worn => "worn",
    }
}

fn check(summary: &SessionSummary, now: Timestamp) -> Result<(SessionId, Timestamp)> {
    let mut errors: Vec<FieldError> = summary
        .violations()
        .into_iter()
        .map(|found| FieldError::new(found.pointer, found.rule))
        .collect();
    let id = Uuid::try_parse(&summary.session_id).ok();
    let started_at: Option<Timestamp> = summary.start_utc.parse().ok();
    match started_at {
        None => errors.push(FieldError::new("/start_utc", "must be a time in RFC 3339")),
        Some(at) if at.duration_since(now) > CLOCK_AHEAD => {
            errors.push(FieldError::new("/start_utc", "must not be in the future"));
        }
        Some(_) => {}
    }
    if let Err(error) = time_zone("/tz", &summary.tz) {
        errors.extend(error.errors);
    }
    match (id, started_at) {
        (Some(id), Some(at)) if errors.is_empty() => Ok((SessionId::from(id), at)),
        (None, _) if errors.is_empty() => Err(Error::field("/session_id", "must be a UUID")),
        _ => Err(Error::fields(errors)),
    }
}

/// A patient's newest sessions, newest first.
pub async fn newest(
    app: &App,
    scope: Scope,
    patient: PatientId,
    limit: i64,
) -> Result<Vec<InsoleSession>> {
    let (sessions, _) = listed(app, scope, patient, limit).await?;
    Ok(sessions)
}

/// The same, and what was uploaded of others and is kept for review.
pub async fn listed(
    app: &App,
    scope: Scope,
    patient: PatientId,
    limit: i64,
) -> Result<(Vec<InsoleSession>, Vec<Quarantined>)> {
    app.store
        .read("insole_sessions", scope, move |tx| {
            patients::find(tx, patient)?;
            let mut kept = quarantine::of_patient(tx, patient, KEPT)?;
            kept.retain(|one| one.kind == insoles::KIND);
            Ok((insoles::newest(tx, patient, limit)?, kept))
        })
        .await
}

/// One session.
pub async fn find(
    app: &App,
    scope: Scope,
    patient: PatientId,
    session: SessionId,
) -> Result<InsoleSession> {
    app.store
        .read("insole_session", scope, move |tx| {
            insoles::find(tx, patient, session)
        })
        .await
}
