//! Insole sessions: the summaries phones upload and what was made of them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::schema::insole_sessions;
use super::types::{DeviceId, Digest, PatientId, SessionId, TenantId, UtcMicros};
use super::{System, Tx};
use crate::error::Result;

/// What a session is called among what is kept for review.
pub const KIND: &str = "insole_session";

/// A stored session.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = insole_sessions, treat_none_as_default_value = false)]
pub struct InsoleSession {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The session.
    pub session_id: SessionId,
    /// Whose feet.
    pub patient_id: PatientId,
    /// Which phone sent it.
    pub device_id: DeviceId,
    /// Digest of the canonical summary.
    pub content_hash: Digest,
    /// When it began.
    pub started_at: UtcMicros,
    /// When it arrived.
    pub received_at: UtcMicros,
    /// Worn, recorded or simulated.
    pub source: String,
    /// Version of the engine that scored it here.
    pub engine_version: String,
    /// Version of the norms it was scored against.
    pub norms_version: String,
    /// Gait regularity and symmetry index, if there was enough to compute it.
    pub score: Option<f64>,
    /// Its standard error.
    pub score_se: Option<f64>,
    /// Valid strides of both feet.
    pub strides: i64,
    /// The summary as JSON.
    pub summary: String,
    /// Score and observations as JSON.
    pub assessment: String,
    /// Why there is no score, as a JSON list of codes; none when there is one.
    pub reasons: Option<String>,
    /// Seconds the insoles were worn, once they are counted in the wear of their dates.
    pub worn_s: Option<i64>,
}

/// Adds sessions; one whose id exists is left out. Returns the ids that were new.
pub fn insert_new(tx: &mut Tx<'_>, rows: &[InsoleSession]) -> Result<Vec<SessionId>> {
    Ok(on_each!(tx.connection(), connection =>
        diesel::insert_into(insole_sessions::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(insole_sessions::session_id)
            .get_results(connection))?)
}

/// Digest and owner of those of these sessions that are stored.
pub fn stored(
    tx: &mut Tx<'_>,
    ids: &[SessionId],
) -> Result<BTreeMap<SessionId, (Digest, PatientId)>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = tx.tenant();
    let rows: Vec<(SessionId, Digest, PatientId)> = insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::session_id.among(ids.iter().copied())),
        )
        .select((
            insole_sessions::session_id,
            insole_sessions::content_hash,
            insole_sessions::patient_id,
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(id, hash, patient)| (id, (hash, patient)))
        .collect())
}

/// A patient's newest sessions, newest first.
pub fn newest(tx: &mut Tx<'_>, patient: PatientId, limit: i64) -> Result<Vec<InsoleSession>> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.eq(patient)),
        )
        .order((
            insole_sessions::started_at.desc(),
            insole_sessions::session_id.desc(),
        ))
        .limit(limit)
        .select(InsoleSession::as_select())
        .kept()
        .load(tx.connection())?)
}

/// One session of one patient.
pub fn find(tx: &mut Tx<'_>, patient: PatientId, id: SessionId) -> Result<InsoleSession> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .find((tenant, id))
        .filter(insole_sessions::patient_id.eq(patient))
        .select(InsoleSession::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())?)
}

/// When each of these patients last walked with the insoles, with the score of that session.
pub fn last_of(
    tx: &mut Tx<'_>,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, LastSession>> {
    if patients.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = tx.tenant();
    let newest: Vec<(PatientId, Option<UtcMicros>)> = insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.among(patients.iter().copied())),
        )
        .group_by(insole_sessions::patient_id)
        .select((
            insole_sessions::patient_id,
            diesel::dsl::max(insole_sessions::started_at),
        ))
        .kept()
        .load(tx.connection())?;
    let times: Vec<UtcMicros> = newest.iter().filter_map(|(_, at)| *at).collect();
    if times.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(PatientId, UtcMicros, Option<f64>, Option<f64>)> = insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.among(patients.iter().copied())),
        )
        .filter(insole_sessions::started_at.among(times))
        .order(insole_sessions::started_at)
        .select((
            insole_sessions::patient_id,
            insole_sessions::started_at,
            insole_sessions::score,
            insole_sessions::score_se,
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(patient, started_at, score, score_se)| {
            (
                patient,
                LastSession {
                    started_at,
                    score,
                    score_se,
                },
            )
        })
        .collect())
}

/// The newest session of a patient in short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastSession {
    /// When it began.
    pub started_at: UtcMicros,
    /// Its score.
    pub score: Option<f64>,
    /// The score's standard error.
    pub score_se: Option<f64>,
}

/// A patient's sessions that began from `from` until before `until`, in order of time.
pub fn between(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<InsoleSession>> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.eq(patient)),
        )
        .filter(
            insole_sessions::started_at
                .ge(UtcMicros::from(from))
                .and(insole_sessions::started_at.lt(UtcMicros::from(until))),
        )
        .order((insole_sessions::started_at, insole_sessions::session_id))
        .select(InsoleSession::as_select())
        .kept()
        .load(tx.connection())?)
}

/// A session without its summary: what a picture over months needs of it.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = insole_sessions)]
pub struct SessionPoint {
    /// The session.
    pub session_id: SessionId,
    /// When it began.
    pub started_at: UtcMicros,
    /// Worn, recorded or simulated.
    pub source: String,
    /// Version of the engine that scored it.
    pub engine_version: String,
    /// Version of the norms it was scored against.
    pub norms_version: String,
    /// Its score.
    pub score: Option<f64>,
    /// The score's standard error.
    pub score_se: Option<f64>,
    /// Why there is none.
    pub reasons: Option<String>,
}

/// The points of a patient's sessions that began from `from` until before `until`, in order of time.
pub fn points(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<SessionPoint>> {
    let tenant = tx.tenant();
    Ok(insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.eq(patient)),
        )
        .filter(
            insole_sessions::started_at
                .ge(UtcMicros::from(from))
                .and(insole_sessions::started_at.lt(UtcMicros::from(until))),
        )
        .order((insole_sessions::started_at, insole_sessions::session_id))
        .select(SessionPoint::as_select())
        .kept()
        .load(tx.connection())?)
}

/// What a session weighs among the data of its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionWeight {
    /// When it began.
    pub started_at: UtcMicros,
    /// Seconds the insoles were worn.
    pub worn_s: i64,
    /// Whether it was good enough for a score.
    pub usable: bool,
}

/// The weights of a patient's sessions that began from `from` until before `until`.
pub fn weights(
    tx: &mut Tx<'_>,
    patient: PatientId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<SessionWeight>> {
    let tenant = tx.tenant();
    let rows: Vec<(UtcMicros, Option<i64>, Option<f64>)> = insole_sessions::table
        .filter(
            insole_sessions::tenant_id
                .eq(tenant)
                .and(insole_sessions::patient_id.eq(patient)),
        )
        .filter(
            insole_sessions::started_at
                .ge(UtcMicros::from(from))
                .and(insole_sessions::started_at.lt(UtcMicros::from(until))),
        )
        .select((
            insole_sessions::started_at,
            insole_sessions::worn_s,
            insole_sessions::score,
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .map(|(started_at, worn_s, score)| SessionWeight {
            started_at,
            worn_s: worn_s.unwrap_or(0),
            usable: score.is_some(),
        })
        .collect())
}

/// What is said of a session beside its assessment, which stays as it was made.
#[derive(Debug, Clone, PartialEq, AsChangeset)]
#[diesel(table_name = insole_sessions, treat_none_as_null = true)]
pub struct Judged {
    /// Why there is no score.
    pub reasons: Option<String>,
    /// The score.
    pub score: Option<f64>,
    /// Its standard error.
    pub score_se: Option<f64>,
}

/// Sets what is said of a session.
pub fn judge(tx: &mut Tx<'_>, id: SessionId, judged: &Judged) -> Result<()> {
    let tenant = tx.tenant();
    diesel::update(insole_sessions::table.find((tenant, id)))
        .set(judged)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// Sessions of all clinics whose wear is not counted yet: those stored before wear was.
pub fn uncounted(
    tx: &mut Tx<'_, System>,
    limit: i64,
) -> Result<Vec<(TenantId, PatientId, SessionId)>> {
    Ok(insole_sessions::table
        .filter(insole_sessions::worn_s.is_null())
        .order((insole_sessions::tenant_id, insole_sessions::session_id))
        .limit(limit)
        .select((
            insole_sessions::tenant_id,
            insole_sessions::patient_id,
            insole_sessions::session_id,
        ))
        .kept()
        .load(tx.connection())?)
}

/// Takes a session whose wear is not counted for counting. Gives whether it was still there to be taken.
pub fn take_uncounted(tx: &mut Tx<'_>, id: SessionId, worn_s: i64) -> Result<bool> {
    let tenant = tx.tenant();
    let taken = diesel::update(
        insole_sessions::table
            .find((tenant, id))
            .filter(insole_sessions::worn_s.is_null()),
    )
    .set(insole_sessions::worn_s.eq(Some(worn_s)))
    .kept()
    .execute(tx.connection())?;
    Ok(taken == 1)
}
