//! One sweep: what is due since the last one becomes deliveries, judged as they are written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::delivery::{self, Candidate, LATE, Recipient, Verdict, judge, reason};
use super::recipients::{self, Outgoing, Read, Recipients};
use super::sensed;
use super::settings::{Digest, ReminderRules};
use crate::error::{Error, Result};
use crate::store::deliveries::{self, Delivery, DeliveryKind, DeliveryState, prompt_id};
use crate::store::leases::{self, Holding};
use crate::store::sweeps::{self, Due, Mark};
use crate::store::types::{
    DeliveryId, Digest as Sha, LeaseId, OccurrenceId, PatientId, TenantId, UtcMicros,
};
use crate::store::{Scope, System, Tx};

/// The name the dispatcher acts under.
pub const JOB: &str = "dispatcher";

/// What a sweep works with; made before the transaction, so that it can be run again.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Names the claim.
    pub lease: LeaseId,
    /// The current instant.
    pub now: Timestamp,
    /// Until when nobody else takes what is claimed.
    pub until: Timestamp,
    /// At most this many occurrences.
    pub limit: i64,
}

/// What came of a sweep.
#[derive(Debug, Default)]
pub struct Swept {
    /// To be sent now, under the claim's lease.
    pub send: Vec<Outgoing>,
    /// Occurrences looked at.
    pub seen: usize,
    /// The earliest instant of what was found too late.
    pub late_since: Option<Timestamp>,
    /// Who could be read, and who not.
    pub read: Read,
}

/// Sweeps one shard once.
pub fn sweep(tx: &mut Tx<'_, System>, shard: i64, claim: Claim) -> Result<Swept> {
    let mark = sweeps::lock(tx, shard)?;
    let due = sweeps::due(tx, &mark, claim.now, claim.limit)?;
    let Some(last) = due.last() else {
        return Ok(Swept::default());
    };
    let next = Mark {
        shard,
        swept_at: last.remind_at.unwrap_or(mark.swept_at),
        swept_id: last.id,
    };
    let mut swept = Swept {
        seen: due.len(),
        ..Swept::default()
    };
    swept.late_since = due
        .iter()
        .filter_map(|one| one.remind_at)
        .map(UtcMicros::timestamp)
        .find(|at| claim.now.duration_since(*at) > LATE);
    let mut by_tenant: BTreeMap<TenantId, Vec<Due>> = BTreeMap::new();
    for one in due {
        by_tenant.entry(one.tenant_id).or_default().push(one);
    }
    for (tenant, due) in by_tenant {
        let mut tx = tx.within(Scope::job(tenant, JOB));
        match deliver(&mut tx, &due, claim) {
            Ok((send, read)) => {
                swept.send.extend(send);
                swept.read.add(read);
            }
            // One clinic nobody can read holds up no other.
            Err(error) => {
                put_off(&mut tx, &due, claim)?;
                let whose = due.iter().map(|one| one.patient_id);
                swept.read.add_none(whose, &error);
            }
        }
    }
    sweeps::advance(tx, &next)?;
    Ok(swept)
}

/// Writes what is due in one clinic; nothing before all of it is judged.
fn deliver(tx: &mut Tx<'_>, due: &[Due], claim: Claim) -> Result<(Vec<Outgoing>, Recipients)> {
    let ids: BTreeSet<PatientId> = due.iter().map(|one| one.patient_id).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let rules = recipients::rules(tx)?;
    let mut recipients = recipients::of(tx, &ids, &rules)?;
    let wearable = sensed::wearable_keys();
    let asked: Vec<OccurrenceId> = due
        .iter()
        .filter(|one| wearable.contains(one.exercise_key.as_str()))
        .map(|one| one.id)
        .collect();
    let worn = sensed::worn_already(tx, &asked)?;
    let mut rows = Rows {
        claim,
        tenant: tx.tenant(),
        rules: &rules,
        rows: Vec::new(),
        digests: BTreeMap::new(),
    };
    for one in due {
        let judged = match recipients.known.get(&one.patient_id) {
            Some(who) => rows.judge(one, who, worn.contains(&one.id)),
            None => Err(Error::internal("the patient could not be read")),
        };
        if let Err(error) = judged {
            rows.put_off(one);
            let why = recipients.unreadable.entry(one.patient_id);
            why.or_insert_with(|| error.to_string());
        }
    }
    let standing: BTreeSet<OccurrenceId> = due
        .iter()
        .filter(|one| one.stands)
        .map(|one| one.id)
        .collect();
    let send = write(tx, rows.finish(), &standing, claim)?;
    let send = recipients::outgoing(send, &recipients.known)?;
    Ok((send, recipients))
}

/// What nobody can judge waits, and is claimed when it can be.
fn put_off(tx: &mut Tx<'_>, due: &[Due], claim: Claim) -> Result<()> {
    let tenant = tx.tenant();
    let rows: Vec<Delivery> = due.iter().map(|one| unread(tenant, one, claim)).collect();
    deliveries::insert(tx, &rows).map(drop)
}

fn unread(tenant: TenantId, due: &Due, claim: Claim) -> Delivery {
    let next = claim.now + delivery::PUT_OFF;
    Delivery {
        id: prompt_id(due.id, 0),
        kind: DeliveryKind::Prompt,
        occurrence_id: Some(due.id),
        reason: Some(reason::UNREADABLE.to_owned()),
        due_at: due.remind_at.unwrap_or(due.due_at),
        expires_at: due.closes_at,
        next_attempt_at: Some(next.into()),
        ..blank(tenant, due.patient_id)
    }
}

/// Writes what was judged, and gives what this claim is to send.
fn write(
    tx: &mut Tx<'_>,
    rows: Vec<Delivery>,
    standing: &BTreeSet<OccurrenceId>,
    claim: Claim,
) -> Result<Vec<Delivery>> {
    let (send, rest): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .partition(|row| row.state == DeliveryState::Leased);
    let (mut ours, digests): (Vec<_>, Vec<_>) = send
        .into_iter()
        .partition(|row| row.kind == DeliveryKind::Prompt);
    // What stands already is somebody else's.
    ours.retain(|row| !row.occurrence_id.is_some_and(|id| standing.contains(&id)));
    let prompts = ours.iter().map(|row| row.id).collect();
    let rows = deliveries::insert(tx, &digests)?;
    let added: BTreeSet<&DeliveryId> = rows.iter().collect();
    ours.extend(digests.into_iter().filter(|row| added.contains(&row.id)));
    deliveries::insert(tx, &rest)?;
    if !ours.is_empty() {
        // A prompt that leaves now is written once it has ended.
        leases::hold(tx, claim.lease, claim.until, &Holding { prompts, rows })?;
    }
    Ok(ours)
}

/// The rows a sweep of one clinic writes.
struct Rows<'a> {
    claim: Claim,
    tenant: TenantId,
    rules: &'a ReminderRules,
    rows: Vec<Delivery>,
    digests: BTreeMap<DeliveryId, Delivery>,
}

impl Rows<'_> {
    fn judge(&mut self, due: &Due, who: &Recipient, worn: bool) -> Result<()> {
        let remind_at = due.remind_at.unwrap_or(due.due_at);
        let candidate = Candidate {
            kind: DeliveryKind::Prompt,
            prescribed: remind_at == due.due_at,
            due_at: remind_at.timestamp(),
            expires_at: due.closes_at.timestamp(),
            waited_for: None,
            first_look: true,
            was_held_up: false,
        };
        let verdict = if worn {
            Verdict::End(DeliveryState::Suppressed, Some(reason::WORN))
        } else {
            judge(candidate, who, self.rules, self.claim.now)
        };
        let rungs = self.rungs(due)?;
        let prompt = self.prompt(due, &verdict, remind_at);
        if let Verdict::Fold(_) = verdict {
            let at = delivery::spread(who.id, self.rules, self.claim.now);
            let key = of_outage(self.claim.now);
            self.fold(due, &key, DeliveryState::Pending, at);
        }
        self.rows.extend(rungs);
        self.rows.push(prompt);
        if who.digest == Digest::SameTime {
            self.fold_same_time(due, remind_at);
        }
        Ok(())
    }

    fn prompt(&self, due: &Due, verdict: &Verdict, remind_at: UtcMicros) -> Delivery {
        let (state, why, next) = match verdict {
            Verdict::Send => (DeliveryState::Leased, None, None),
            Verdict::Later(at, why) => (DeliveryState::Pending, Some(*why), Some((*at).into())),
            Verdict::End(state, why) => (*state, *why, None),
            Verdict::Fold(why) => (DeliveryState::Folded, Some(*why), None),
        };
        let leased = state == DeliveryState::Leased;
        Delivery {
            id: prompt_id(due.id, 0),
            kind: DeliveryKind::Prompt,
            occurrence_id: Some(due.id),
            state,
            reason: why.map(str::to_owned),
            due_at: remind_at,
            expires_at: due.closes_at,
            next_attempt_at: next,
            attempts: i64::from(leased),
            lease: leased.then_some(self.claim.lease),
            ..blank(self.tenant, due.patient_id)
        }
    }

    /// The further rungs wait for their time; an answer takes them back.
    fn rungs(&self, due: &Due) -> Result<Vec<Delivery>> {
        let Some(ladder) = &due.ladder else {
            return Ok(Vec::new());
        };
        let rungs: Vec<(u8, i64)> = serde_json::from_str(ladder).map_err(Error::internal)?;
        let rung = |(step, at): (u8, i64)| Delivery {
            id: prompt_id(due.id, step),
            kind: DeliveryKind::Prompt,
            occurrence_id: Some(due.id),
            step: i64::from(step),
            due_at: UtcMicros(at),
            expires_at: due.closes_at,
            next_attempt_at: Some(UtcMicros(at)),
            ..blank(self.tenant, due.patient_id)
        };
        Ok(rungs.into_iter().map(rung).collect())
    }

    fn put_off(&mut self, due: &Due) {
        self.rows.push(unread(self.tenant, due, self.claim));
    }

    /// One message stands for several; it lasts as long as the longest of them.
    fn fold(&mut self, due: &Due, key: &str, state: DeliveryState, at: Timestamp) {
        let id = digest_id(due.patient_id, key);
        let waiting = digest(self.tenant, due.patient_id, key, at, due.closes_at);
        let leased = state == DeliveryState::Leased;
        let digest = self.digests.entry(id).or_insert_with(|| Delivery {
            state,
            next_attempt_at: (!leased).then(|| at.into()),
            attempts: i64::from(leased),
            lease: leased.then_some(self.claim.lease),
            ..waiting
        });
        digest.expires_at = digest.expires_at.max(due.closes_at);
    }

    /// A patient who wants one message gets one for what is due at the same instant, once there are two.
    fn fold_same_time(&mut self, due: &Due, remind_at: UtcMicros) {
        let same: Vec<usize> = (0..self.rows.len())
            .filter(|place| {
                self.rows.get(*place).is_some_and(|row| {
                    row.patient_id == due.patient_id
                        && row.due_at == remind_at
                        && row.step == 0
                        && (row.state == DeliveryState::Leased
                            || row.reason.as_deref() == Some(reason::DIGEST))
                })
            })
            .collect();
        if same.len() < 2 {
            return;
        }
        for place in same {
            if let Some(row) = self.rows.get_mut(place) {
                row.state = DeliveryState::Folded;
                row.reason = Some(reason::DIGEST.to_owned());
                row.next_attempt_at = None;
                row.lease = None;
            }
        }
        self.fold(
            due,
            &remind_at.timestamp().to_string(),
            DeliveryState::Leased,
            remind_at.timestamp(),
        );
    }

    fn finish(mut self) -> Vec<Delivery> {
        self.rows.extend(self.digests.into_values());
        self.rows
    }
}

/// A delivery with nothing in it yet; who makes one that waits says for what.
pub fn blank(tenant_id: TenantId, patient_id: PatientId) -> Delivery {
    let zero = UtcMicros(0);
    Delivery {
        tenant_id,
        id: DeliveryId::from([0; 16]),
        patient_id,
        kind: DeliveryKind::Notice,
        occurrence_id: None,
        step: 0,
        state: DeliveryState::Pending,
        reason: None,
        due_at: zero,
        expires_at: zero,
        next_attempt_at: None,
        attempts: 0,
        lease: None,
        sent_at: None,
        except_device: None,
    }
}

/// One for an outage: another that is long enough to be folded ends in another hour.
pub(super) fn of_outage(now: Timestamp) -> String {
    (now.as_second() / 3600).to_string()
}

/// One message for several, to be sent at an instant.
pub(super) fn digest(
    tenant: TenantId,
    patient: PatientId,
    key: &str,
    at: Timestamp,
    expires_at: UtcMicros,
) -> Delivery {
    Delivery {
        id: digest_id(patient, key),
        kind: DeliveryKind::Digest,
        due_at: at.into(),
        expires_at,
        next_attempt_at: Some(at.into()),
        ..blank(tenant, patient)
    }
}

/// Each patient has one digest for a key: found twice, it is the same row.
fn digest_id(patient: PatientId, key: &str) -> DeliveryId {
    let Sha(digest) = Sha::of(format!("digest/{patient}/{key}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    DeliveryId::from(id)
}

/// The withdrawal of an occurrence's prompts from screens that may show them.
pub fn withdrawal(
    tenant: TenantId,
    patient: PatientId,
    occurrence: OccurrenceId,
    now: Timestamp,
) -> Delivery {
    let expires = now
        .checked_add(SignedDuration::from_hours(24))
        .unwrap_or(now);
    Delivery {
        id: deliveries::withdrawal_id(occurrence),
        kind: DeliveryKind::Withdraw,
        occurrence_id: Some(occurrence),
        due_at: now.into(),
        expires_at: expires.into(),
        next_attempt_at: Some(now.into()),
        ..blank(tenant, patient)
    }
}
