//! Requests to erase a patient's data, the erasing, and the tombstones it leaves.

use std::collections::BTreeMap;

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::kept::KeptExt;
use super::schema::{self, erasures};
use super::types::{ClinicianId, ErasureId, PatientId, TenantId, UtcMicros};
use super::{System, Tx, unwritten};
use crate::error::Result;

/// A request, and once `erased_at` is set a tombstone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = erasures, treat_none_as_default_value = false)]
pub struct Erasure {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The request.
    pub id: ErasureId,
    /// Whose data.
    pub patient_id: PatientId,
    /// When it was asked for.
    pub requested_at: UtcMicros,
    /// Who asked; the operator when absent.
    pub requested_by: Option<ClinicianId>,
    /// From when it is done.
    pub due_at: UtcMicros,
    /// When it was called off.
    pub cancelled_at: Option<UtcMicros>,
    /// By whom.
    pub cancelled_by: Option<ClinicianId>,
    /// When it was done.
    pub erased_at: Option<UtcMicros>,
    /// Rows erased by table, as JSON.
    pub counts: Option<String>,
}

/// Adds a request.
pub fn insert(tx: &mut Tx<'_>, erasure: &Erasure) -> Result<()> {
    diesel::insert_into(erasures::table)
        .values(erasure)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The request about a patient that is neither done nor called off.
pub fn open(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Erasure>> {
    let tenant = tx.tenant();
    Ok(erasures::table
        .filter(
            erasures::tenant_id
                .eq(tenant)
                .and(erasures::patient_id.eq(patient)),
        )
        .filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        )
        .select(Erasure::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Calls a request off, unless it is done. Gives whether it was called off by this.
pub fn cancel(tx: &mut Tx<'_>, id: ErasureId, by: ClinicianId, now: Timestamp) -> Result<bool> {
    let tenant = tx.tenant();
    let cancelled = diesel::update(
        erasures::table.find((tenant, id)).filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        ),
    )
    .set((
        erasures::cancelled_at.eq(Some(UtcMicros::from(now))),
        erasures::cancelled_by.eq(Some(by)),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(cancelled == 1)
}

/// Turns a request into a tombstone, unless it was called off. Gives whether it is one by this.
pub fn entomb(tx: &mut Tx<'_>, id: ErasureId, now: Timestamp, counts: &str) -> Result<bool> {
    let tenant = tx.tenant();
    let done = diesel::update(
        erasures::table.find((tenant, id)).filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        ),
    )
    .set((
        erasures::erased_at.eq(Some(UtcMicros::from(now))),
        erasures::counts.eq(Some(counts)),
    ))
    .kept()
    .execute(tx.connection())?;
    Ok(done == 1)
}

/// The clinic's requests and tombstones, newest first.
pub fn newest(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Erasure>> {
    let tenant = tx.tenant();
    Ok(erasures::table
        .filter(erasures::tenant_id.eq(tenant))
        .order((erasures::requested_at.desc(), erasures::id.desc()))
        .limit(limit)
        .select(Erasure::as_select())
        .kept()
        .load(tx.connection())?)
}

/// The clinic's requests that are neither done nor called off.
pub fn count_open(tx: &mut Tx<'_>) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(erasures::table
        .filter(erasures::tenant_id.eq(tenant))
        .filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        )
        .count()
        .kept()
        .get_result(tx.connection())?)
}

/// Requests over all clinics whose time has come.
pub fn due(
    tx: &mut Tx<'_, System>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(TenantId, ErasureId, PatientId)>> {
    Ok(erasures::table
        .filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        )
        .filter(erasures::due_at.le(UtcMicros::from(now)))
        .order((erasures::due_at, erasures::id))
        .limit(limit)
        .select((erasures::tenant_id, erasures::id, erasures::patient_id))
        .kept()
        .load(tx.connection())?)
}

/// When the next request's time comes.
pub fn next_due(tx: &mut Tx<'_, System>) -> Result<Option<Timestamp>> {
    let at: Option<UtcMicros> = erasures::table
        .filter(
            erasures::cancelled_at
                .is_null()
                .and(erasures::erased_at.is_null()),
        )
        .order(erasures::due_at)
        .select(erasures::due_at)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    Ok(at.map(UtcMicros::timestamp))
}

/// Makes the list of tables that hold rows of a patient, and the function that empties them in its order: a row goes
/// before what it refers to. Those of the first parts name what is the patient's, those of the last the patient.
macro_rules! erased_tables {
    (by_delivery: $($child:ident),*; by_suspension: $($end:ident),*; by_patient: $($table:ident),* $(,)?) => {
        /// The tables emptied of a patient, in this order; the patient's own row goes last.
        pub const ERASED: &[&str] = &[$(stringify!($child),)* $(stringify!($end),)* $(stringify!($table),)* "patients"];

        /// Deletes every row of a patient. Gives how many there were in each table.
        pub fn erase(tx: &mut Tx<'_>, patient: PatientId) -> Result<BTreeMap<&'static str, usize>> {
            use schema::{deliveries, patients, suspensions};
            // Prompts on their way end as nobody's.
            unwritten::write_of(tx, patient)?;
            let tenant = tx.tenant();
            let mut counts = BTreeMap::new();
            $({
                use schema::$child;
                let own = deliveries::table
                    .filter(deliveries::tenant_id.eq(tenant).and(deliveries::patient_id.eq(patient)))
                    .select(deliveries::id);
                let gone = diesel::delete($child::table
                    .filter($child::tenant_id.eq(tenant).and($child::delivery_id.eq_any(own))))
                    .kept().execute(tx.connection())?;
                counts.insert(stringify!($child), gone);
            })*
            $({
                use schema::$end;
                let own = suspensions::table
                    .filter(suspensions::tenant_id.eq(tenant).and(suspensions::patient_id.eq(patient)))
                    .select(suspensions::id);
                let gone = diesel::delete($end::table
                    .filter($end::tenant_id.eq(tenant).and($end::suspension_id.eq_any(own))))
                    .kept().execute(tx.connection())?;
                counts.insert(stringify!($end), gone);
            })*
            $({
                use schema::$table;
                let gone = diesel::delete($table::table
                    .filter($table::tenant_id.eq(tenant).and($table::patient_id.eq(patient))))
                    .kept().execute(tx.connection())?;
                counts.insert(stringify!($table), gone);
            })*
            let gone = diesel::delete(patients::table.find((tenant, patient))).kept().execute(tx.connection())?;
            counts.insert("patients", gone);
            Ok(counts)
        }
    };
}

erased_tables! {
    by_delivery: delivery_receipts, delivery_attempts;
    by_suspension: suspension_ends;
    by_patient:
        messages,
        deliveries,
        checkins,
        scale_results,
        exams,
        wear_days,
        insole_watch,
        adherence_days,
        adherence_due,
        suggestion_decisions,
        answers,
        occurrence_events,
        occurrences,
        plan_items,
        plan_versions,
        insole_sessions,
        quarantine,
        zone_reports,
        patient_days,
        pauses,
        suspensions,
        care_events,
        exercise_levels,
        alerts,
        notices,
        care_team,
        worklist_turns,
        live_changes,
        rtm_evaluations,
        rtm_entries,
        care_calls,
        handover_patients,
        discarded_uploads,
        access_tokens,
        one_time_codes,
        devices,
}

/// The tables an erasure leaves alone, and why. With [`ERASED`] they are all there are; a test holds that.
pub const KEPT: &[(&str, &str)] = &[
    ("clinics", "the clinic's own"),
    ("clinicians", "the clinic's own"),
    ("plan_templates", "the clinic's own"),
    ("handovers", "counts only"),
    (
        "delivery_claims",
        "which messages are on their way, for a minute",
    ),
    ("sweeps", "how far reminders have come, of nobody"),
    ("outages", "when nothing was sent, of nobody"),
    ("clock_orders", "an operator's word, of nobody"),
    (
        "sandbox_clock",
        "where a sandbox's time has come, of nobody",
    ),
    ("audit", "who did what to whom, under the patient's id only"),
    (
        "consents",
        "what was agreed to and when, under the patient's id only",
    ),
    ("erasures", "the tombstone"),
];
