//! First prompts that are on their way and have no row yet: the claim names them, and whoever ends one writes its row
//! (docs/decisions/0036-prompts-are-written-once.md). Who has to see or stop one before that writes it out.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::Tx;
use super::backend::AnyConnection;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::raw::Statement;
use super::deliveries::{CHUNK, Delivery, DeliveryKind, DeliveryState, prompt_id};
use super::leases;
use super::schema::occurrences;
use super::types::{DeliveryId, LeaseId, OccurrenceId, PatientId, UtcMicros};
use crate::error::Result;

/// Gives the first prompts of these occurrences their rows where they are on their way, as leased.
pub fn write(tx: &mut Tx<'_>, occurrences: &[OccurrenceId]) -> Result<()> {
    let firsts: BTreeSet<DeliveryId> = occurrences.iter().map(|id| prompt_id(*id, 0)).collect();
    write_chosen(tx, |_, named| {
        Ok(named
            .iter()
            .filter(|id| firsts.contains(id))
            .copied()
            .collect())
    })
}

/// The same for every prompt of a patient.
pub fn write_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<()> {
    write_chosen(tx, |tx, named| {
        let tenant = tx.tenant();
        let mut own = BTreeSet::new();
        for chunk in named.chunks(CHUNK) {
            let ids = chunk.iter().map(|id| OccurrenceId::from(*id.bytes()));
            let of_patient: Vec<OccurrenceId> = occurrences::table
                .filter(
                    occurrences::tenant_id
                        .eq(tenant)
                        .and(occurrences::id.among(ids)),
                )
                .filter(occurrences::patient_id.eq(patient))
                .select(occurrences::id)
                .kept()
                .load(tx.connection())?;
            own.extend(of_patient.into_iter().map(|id| prompt_id(id, 0)));
        }
        Ok(own)
    })
}

fn write_chosen(
    tx: &mut Tx<'_>,
    choose: impl Fn(&mut Tx<'_>, &[DeliveryId]) -> Result<BTreeSet<DeliveryId>>,
) -> Result<()> {
    for claim in leases::of_clinic(tx)? {
        let chosen = choose(tx, &claim.holding()?.prompts)?;
        if chosen.is_empty() {
            continue;
        }
        // What ended between the look and the lock has its row.
        let Some(mut holding) = leases::lock(tx, claim.lease)? else {
            continue;
        };
        let (written, prompts): (Vec<DeliveryId>, Vec<DeliveryId>) = holding
            .prompts
            .into_iter()
            .partition(|id| chosen.contains(id));
        for id in &written {
            insert(tx, *id, DeliveryState::Leased, None, Some(claim.lease))?;
        }
        holding.prompts = prompts;
        holding.rows.extend(written);
        leases::hold_instead(tx, claim.lease, &holding)?;
    }
    Ok(())
}

/// Gives a prompt whose claim ran out its row: it waits from that instant. One that ended before has its own.
pub(super) fn write_waiting(tx: &mut Tx<'_>, id: DeliveryId, from: UtcMicros) -> Result<()> {
    insert(tx, id, DeliveryState::Pending, Some(from), None)
}

fn insert(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    state: DeliveryState,
    next_attempt_at: Option<UtcMicros>,
    lease: Option<LeaseId>,
) -> Result<()> {
    Statement::<<AnyConnection as Connection>::Backend>::new(
        "INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, due_at, expires_at, attempts, \
         state, next_attempt_at, lease) SELECT tenant_id, id, patient_id, 'prompt', id, 0, COALESCE(remind_at, due_at), \
         closes_at, 1, ",
    )
    .bind::<Text, _>(state)
    .text(", ")
    .bind::<Nullable<BigInt>, _>(next_attempt_at)
    .text(", ")
    .bind::<Nullable<Binary>, _>(lease)
    .text(" FROM occurrences WHERE tenant_id = ")
    .bind::<BigInt, _>(tx.tenant())
    .text(" AND id = ")
    .bind::<Binary, _>(id)
    .text(" ON CONFLICT DO NOTHING")
    .kept()
    .execute(tx.connection())?;
    Ok(())
}

/// The first prompt of an occurrence as it will be written, while it is on its way; for readers.
pub fn of(tx: &mut Tx<'_>, occurrence: OccurrenceId) -> Result<Option<Delivery>> {
    let first = prompt_id(occurrence, 0);
    let tenant = tx.tenant();
    for claim in leases::of_clinic(tx)? {
        if !claim.holding()?.prompts.contains(&first) {
            continue;
        }
        let (patient_id, remind_at, due_at, expires_at): (
            PatientId,
            Option<UtcMicros>,
            UtcMicros,
            UtcMicros,
        ) = occurrences::table
            .find((tenant, occurrence))
            .select((
                occurrences::patient_id,
                occurrences::remind_at,
                occurrences::due_at,
                occurrences::closes_at,
            ))
            .limit(1)
            .kept()
            .get_result(tx.connection())?;
        return Ok(Some(Delivery {
            tenant_id: tenant,
            id: first,
            patient_id,
            kind: DeliveryKind::Prompt,
            occurrence_id: Some(occurrence),
            step: 0,
            state: DeliveryState::Leased,
            reason: None,
            due_at: remind_at.unwrap_or(due_at),
            expires_at,
            next_attempt_at: None,
            attempts: 1,
            lease: Some(claim.lease),
            sent_at: None,
            except_device: None,
        }));
    }
    Ok(None)
}
