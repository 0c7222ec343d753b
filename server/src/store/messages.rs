//! What a patient and the clinic write to each other. A message is only ever added; what becomes of it is noted beside it.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, max, min};
use diesel::prelude::*;
use jiff::Timestamp;

use super::Tx;
use super::backend::among::AmongExt;
use super::backend::kept::KeptExt;
use super::backend::raw::Verbatim;
use super::deliveries::{self, Delivery};
use super::schema::messages;
use super::types::{ClinicianId, DeliveryId, MessageId, PatientId, TenantId, UtcMicros, text_enum};
use crate::error::Result;

text_enum! {
    /// Which side wrote it.
    Author {
        /// A clinician of the clinic.
        Clinic = "clinic",
        /// The patient.
        Patient = "patient",
    }
}

text_enum! {
    /// How a patient's message was seen to.
    Settlement {
        /// The clinic wrote back.
        Answered = "answered",
        /// A clinician read it and found that it needs no answer here.
        NoAnswer = "no_answer",
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub struct Message {
    /// The clinic.
    pub tenant_id: TenantId,
    /// The message.
    pub id: MessageId,
    /// In whose thread.
    pub patient_id: PatientId,
    /// Which side wrote it.
    pub author: Author,
    /// Of the clinic's: who.
    pub clinician_id: Option<ClinicianId>,
    /// What.
    pub text: String,
    /// When, by the writer's clock.
    pub sent_at: UtcMicros,
    /// When it came.
    pub received_at: UtcMicros,
    /// When the other side first saw it.
    pub read_at: Option<UtcMicros>,
    /// Of a patient's: when it was seen to.
    pub settled_at: Option<UtcMicros>,
    /// By whom.
    pub settled_by: Option<ClinicianId>,
    /// How.
    pub settled_how: Option<Settlement>,
    /// Of the clinic's: the push that says there is something to read.
    pub delivery_id: Option<DeliveryId>,
}

/// Adds a message.
pub fn insert(tx: &mut Tx<'_>, message: &Message) -> Result<()> {
    diesel::insert_into(messages::table)
        .values(message)
        .kept()
        .execute(tx.connection())?;
    Ok(())
}

/// The message of this id, whoever's thread it is in.
pub fn find(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<Message>> {
    let tenant = tx.tenant();
    Ok(messages::table
        .find((tenant, id))
        .select(Message::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// A place in a thread: when a message came, and its id.
pub type Place = (UtcMicros, MessageId);

/// The newest messages of a thread, or those before a place, newest first.
pub fn newest(
    tx: &mut Tx<'_>,
    patient: PatientId,
    before: Option<Place>,
    limit: i64,
) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let mut query = messages::table
        .filter(
            messages::tenant_id
                .eq(tenant)
                .and(messages::patient_id.eq(patient)),
        )
        .order((messages::received_at.desc(), messages::id.desc()))
        .limit(limit)
        .select(Message::as_select())
        .into_boxed();
    if let Some((at, id)) = before {
        query = query.filter(
            messages::received_at
                .lt(at)
                .or(messages::received_at.eq(at).and(messages::id.lt(id))),
        );
    }
    Ok(query.kept().load(tx.connection())?)
}

/// How many messages a side wrote in a thread since an instant.
pub fn count_since(
    tx: &mut Tx<'_>,
    patient: PatientId,
    author: Author,
    since: Timestamp,
) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(messages::table
        .filter(
            messages::tenant_id
                .eq(tenant)
                .and(messages::patient_id.eq(patient)),
        )
        .filter(messages::received_at.gt(UtcMicros::from(since)))
        .filter(messages::author.eq(author))
        .count()
        .kept()
        .get_result(tx.connection())?)
}

/// Notes that what one side wrote, up to an instant, was seen by the other; the first time counts. Gives how many were new.
pub fn mark_read(
    tx: &mut Tx<'_>,
    patient: PatientId,
    author: Author,
    until: UtcMicros,
    now: Timestamp,
) -> Result<usize> {
    let tenant = tx.tenant();
    Ok(diesel::update(
        messages::table
            .filter(
                messages::tenant_id
                    .eq(tenant)
                    .and(messages::patient_id.eq(patient)),
            )
            .filter(messages::received_at.le(until))
            .filter(messages::author.eq(author).and(messages::read_at.is_null())),
    )
    .set(messages::read_at.eq(Some(UtcMicros::from(now))))
    .kept()
    .execute(tx.connection())?)
}

/// How many messages of one side the other has not seen.
pub fn count_unread(tx: &mut Tx<'_>, patient: PatientId, author: Author) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(messages::table
        .filter(
            messages::tenant_id
                .eq(tenant)
                .and(messages::patient_id.eq(patient)),
        )
        .filter(messages::author.eq(author).and(messages::read_at.is_null()))
        .count()
        .kept()
        .get_result(tx.connection())?)
}

/// Sees to what a patient wrote up to an instant and that waits. Gives how many that were.
pub fn settle(
    tx: &mut Tx<'_>,
    patient: PatientId,
    until: UtcMicros,
    by: ClinicianId,
    how: Settlement,
    now: Timestamp,
) -> Result<usize> {
    let tenant = tx.tenant();
    Ok(diesel::update(
        messages::table
            .filter(
                messages::tenant_id
                    .eq(tenant)
                    .and(messages::patient_id.eq(patient)),
            )
            // Literal, so that both engines see that the partial index serves.
            .filter(Verbatim("author = 'patient' AND settled_at IS NULL"))
            .filter(messages::received_at.le(until)),
    )
    .set((
        messages::settled_at.eq(Some(UtcMicros::from(now))),
        messages::settled_by.eq(Some(by)),
        messages::settled_how.eq(Some(how)),
    ))
    .kept()
    .execute(tx.connection())?)
}

/// What a patient wrote and nobody has seen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many messages.
    pub count: i64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last of them came.
    pub last_at: Timestamp,
}

/// What waits for an answer, of the whole clinic.
pub fn waiting(tx: &mut Tx<'_>) -> Result<BTreeMap<PatientId, Waiting>> {
    let tenant = tx.tenant();
    let rows: Vec<(PatientId, i64, Option<UtcMicros>, Option<UtcMicros>)> = messages::table
        .filter(messages::tenant_id.eq(tenant))
        .filter(Verbatim("author = 'patient' AND settled_at IS NULL"))
        .group_by(messages::patient_id)
        .select((
            messages::patient_id,
            count_star(),
            min(messages::received_at),
            max(messages::received_at),
        ))
        .kept()
        .load(tx.connection())?;
    Ok(rows
        .into_iter()
        .filter_map(|(patient, count, first, last)| {
            let waiting = Waiting {
                count,
                first_at: first?.timestamp(),
                last_at: last?.timestamp(),
            };
            Some((patient, waiting))
        })
        .collect())
}

/// What waits for an answer, of one patient.
pub fn waiting_of(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Waiting>> {
    let tenant = tx.tenant();
    let (count, first, last): (i64, Option<UtcMicros>, Option<UtcMicros>) = messages::table
        .filter(
            messages::tenant_id
                .eq(tenant)
                .and(messages::patient_id.eq(patient)),
        )
        .filter(Verbatim("author = 'patient' AND settled_at IS NULL"))
        .select((
            count_star(),
            min(messages::received_at),
            max(messages::received_at),
        ))
        .limit(1)
        .kept()
        .get_result(tx.connection())?;
    Ok(first.zip(last).map(|(first, last)| Waiting {
        count,
        first_at: first.timestamp(),
        last_at: last.timestamp(),
    }))
}

/// The push that announced the clinic's newest message to a patient, if it had one.
pub fn last_announcement(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<Delivery>> {
    let tenant = tx.tenant();
    let id: Option<Option<DeliveryId>> = messages::table
        .filter(
            messages::tenant_id
                .eq(tenant)
                .and(messages::patient_id.eq(patient)),
        )
        .filter(messages::delivery_id.is_not_null())
        .order((messages::received_at.desc(), messages::id.desc()))
        .select(messages::delivery_id)
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?;
    match id.flatten() {
        Some(id) => deliveries::find(tx, patient, id),
        None => Ok(None),
    }
}

/// Those of these deliveries that announce messages, and whether any of them is still unread.
pub fn announced(tx: &mut Tx<'_>, ids: &[DeliveryId]) -> Result<BTreeMap<DeliveryId, bool>> {
    let tenant = tx.tenant();
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(deliveries::CHUNK) {
        let rows: Vec<(Option<DeliveryId>, Option<UtcMicros>)> = messages::table
            .filter(
                messages::tenant_id
                    .eq(tenant)
                    .and(messages::delivery_id.among(chunk.iter().copied())),
            )
            .filter(messages::delivery_id.is_not_null())
            .select((messages::delivery_id, messages::read_at))
            .kept()
            .load(tx.connection())?;
        for (id, read_at) in rows {
            if let Some(id) = id {
                *found.entry(id).or_insert(false) |= read_at.is_none();
            }
        }
    }
    Ok(found)
}
