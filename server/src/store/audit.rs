//! The audit trail: who did what to whom, in the transaction that did it.

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::kept::KeptExt;
use super::backend::on_each;
use super::backend::raw::Verbatim;
use super::schema::audit;
use super::types::{AuditId, ClinicianId, PatientId, TenantId, UtcMicros};
use super::{Principal, Tx};
use crate::error::Result;

/// What was done, to what.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name of the line, made before the transaction.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// A verb and its object, such as `plan.publish`.
    pub action: &'static str,
    /// The kind of thing it was done to.
    pub entity: &'static str,
    /// Which one, where it has an id.
    pub entity_id: Option<[u8; 16]>,
    /// Who did it, where that is not who the transaction acts for (a group of uploads).
    pub principal: Option<Principal>,
    /// Whom it is about, where neither the thing nor who did it says so.
    pub patient: Option<PatientId>,
}

impl Entry {
    /// The same, about a patient.
    #[must_use]
    pub fn about(self, patient: PatientId) -> Self {
        Self {
            patient: Some(patient),
            ..self
        }
    }

    /// Whom it is about: the patient named, the patient it was done to, or the patient who did it.
    fn whom(&self, acting: Principal) -> Option<Vec<u8>> {
        if let Some(patient) = self.patient {
            return Some(patient.bytes().to_vec());
        }
        if self.entity == PATIENT
            && let Some(id) = self.entity_id
        {
            return Some(id.to_vec());
        }
        match self.principal.unwrap_or(acting) {
            Principal::Patient(id, _) => Some(id.bytes().to_vec()),
            _ => None,
        }
    }
}

/// The kind of thing a patient is.
const PATIENT: &str = "patient";

#[derive(Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
struct Row {
    tenant_id: TenantId,
    id: AuditId,
    at: UtcMicros,
    principal_kind: &'static str,
    principal_id: Option<Vec<u8>>,
    action: &'static str,
    entity: &'static str,
    entity_id: Option<Vec<u8>>,
    patient_id: Option<Vec<u8>>,
}

fn described(principal: Principal) -> (&'static str, Option<[u8; 16]>) {
    match principal {
        Principal::Clinician(id) => ("clinician", Some(*id.bytes())),
        Principal::Patient(id, _) => ("patient", Some(*id.bytes())),
        Principal::Unknown => ("unknown", None),
        Principal::Operator => ("operator", None),
        Principal::Job(name) => (name, None),
    }
}

/// Adds lines to the trail of the transaction's clinic.
pub fn append(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<()> {
    let (tenant_id, acting) = (tx.tenant(), tx.scope().principal);
    let rows: Vec<Row> = entries
        .iter()
        .map(|entry| {
            let (principal_kind, principal_id) = described(entry.principal.unwrap_or(acting));
            Row {
                tenant_id,
                id: entry.id,
                at: entry.at.into(),
                principal_kind,
                principal_id: principal_id.map(Vec::from),
                action: entry.action,
                entity: entry.entity,
                entity_id: entry.entity_id.map(Vec::from),
                patient_id: entry.whom(acting),
            }
        })
        .collect();
    on_each!(tx.connection(), connection => diesel::insert_into(audit::table).values(&rows).execute(connection))?;
    Ok(())
}

/// A line of the trail.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct Line {
    /// The line.
    pub id: AuditId,
    /// When.
    pub at: UtcMicros,
    /// `clinician`, `patient`, `operator`, `unknown`, or the name of a job.
    pub principal_kind: String,
    /// Which one.
    pub principal_id: Option<Vec<u8>>,
    /// What was done.
    pub action: String,
    /// The kind of thing it was done to.
    pub entity: String,
    /// Whom it is about.
    pub patient_id: Option<PatientId>,
}

/// A place in the trail: when, and which line.
pub type Place = (UtcMicros, AuditId);

/// The place of a line.
pub fn place(tx: &mut Tx<'_>, id: AuditId) -> Result<Option<Place>> {
    let tenant = tx.tenant();
    Ok(audit::table
        .find((tenant, id))
        .select((audit::at, audit::id))
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// The newest lines of the clinic, or of one patient, before a place where one is given, newest first.
pub fn newest(
    tx: &mut Tx<'_>,
    patient: Option<PatientId>,
    before: Option<Place>,
    limit: i64,
) -> Result<Vec<Line>> {
    let tenant = tx.tenant();
    let mut query = audit::table
        .filter(audit::tenant_id.eq(tenant))
        // Always a bound, so that it is a range of the index from its newest end.
        .filter(audit::at.le(before.map_or(UtcMicros(i64::MAX), |(at, _)| at)))
        .order((audit::at.desc(), audit::id.desc()))
        .limit(limit)
        .select(Line::as_select())
        .into_boxed();
    if let Some(patient) = patient {
        query = query.filter(audit::patient_id.eq(patient));
    }
    if let Some((at, id)) = before {
        query = query.filter(audit::at.lt(at).or(audit::id.lt(id)));
    }
    Ok(query.kept().load(tx.connection())?)
}

/// Changes of the clinic's settings; as a literal, so that both engines see that the partial index serves.
const SETTINGS: &str = "audit.action = 'clinic.settings'";

/// Who did something, as far as a page says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A clinician.
    Clinician(ClinicianId),
    /// Somebody or something else.
    Other,
}

/// Who changed the clinic's settings last, and when.
pub fn last_settings(tx: &mut Tx<'_>) -> Result<Option<(Actor, Timestamp)>> {
    let tenant = tx.tenant();
    let found: Option<(String, Option<Vec<u8>>, UtcMicros)> = audit::table
        .filter(audit::tenant_id.eq(tenant))
        .filter(Verbatim(SETTINGS))
        .order(audit::at.desc())
        .select((audit::principal_kind, audit::principal_id, audit::at))
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(found.map(|(kind, id, at)| {
        let id = id.and_then(|id| <[u8; 16]>::try_from(id).ok());
        let actor = match id {
            Some(id) if kind == "clinician" => Actor::Clinician(ClinicianId::from(id)),
            _ => Actor::Other,
        };
        (actor, at.timestamp())
    }))
}
