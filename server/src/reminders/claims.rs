//! What waited for its time or for another try: claimed, and judged again before it is sent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::delivery::{self, Candidate, PUT_OFF, Verdict, judge, reason};
use super::recipients::{self, Outgoing, Read, Recipients};
use super::sensed;
use super::settings::ReminderRules;
use super::state::State;
use super::sweep::{self, Claim, JOB};
use crate::error::Result;
use crate::planted::{self, Bug};
use crate::store::deliveries::{self, Delivery, DeliveryKind, DeliveryState};
use crate::store::leases::{self, Settled};
use crate::store::messages;
use crate::store::occurrences;
use crate::store::types::{DeliveryId, OccurrenceId, PatientId, TenantId, UtcMicros};
use crate::store::{Scope, System, Tx};

/// What came of a claim.
pub(super) struct Claimed {
    /// To be sent now.
    pub(super) send: Vec<Outgoing>,
    /// How many were claimed.
    pub(super) seen: usize,
    /// Who could be read, and who not.
    pub(super) read: Read,
}

/// Claims a batch and gives what is to be sent now; the rest is settled in the same transaction. While a gateway is left
/// alone nothing that it held up is folded: there would be one more with each hour.
pub(super) fn claim(tx: &mut Tx<'_, System>, claim: Claim, gateway_down: bool) -> Result<Claimed> {
    let claimed = leases::claim(tx, claim.lease, claim.now, claim.until, claim.limit)?;
    let mut all = Claimed {
        send: Vec::new(),
        seen: claimed.len(),
        read: Read::default(),
    };
    let mut by_tenant: BTreeMap<TenantId, Vec<Delivery>> = BTreeMap::new();
    for one in claimed {
        by_tenant.entry(one.tenant_id).or_default().push(one);
    }
    for (tenant, claimed) in by_tenant {
        let mut tx = tx.within(Scope::job(tenant, JOB));
        match look_again(&mut tx, claimed.clone(), claim, gateway_down) {
            Ok((send, read)) => {
                all.send.extend(send);
                all.read.add(read);
            }
            // One clinic nobody can read holds up no other.
            Err(error) => {
                put_off(&mut tx, &claimed, claim)?;
                let whose = claimed.iter().map(|one| one.patient_id);
                all.read.add_none(whose, &error);
            }
        }
    }
    Ok(all)
}

/// What nobody can judge waits, until its window ends.
fn put_off(tx: &mut Tx<'_>, claimed: &[Delivery], claim: Claim) -> Result<()> {
    leases::release(tx, claim.lease)?;
    for one in claimed {
        leases::settle(tx, claim.lease, &[one.id], &unread(one, claim), claim.now)?;
    }
    Ok(())
}

fn unread(one: &Delivery, claim: Claim) -> Settled {
    let again = claim.now + PUT_OFF;
    let why = Some(reason::UNREADABLE);
    if again < one.expires_at.timestamp() {
        Settled::RetryAt(again, why)
    } else {
        Settled::Final(DeliveryState::Expired, why)
    }
}

/// Where the occurrence of a prompt stands now.
#[derive(Debug, Clone, Copy)]
struct Stands {
    state: State,
    due_at: UtcMicros,
}

fn stands(tx: &mut Tx<'_>, prompts: &[OccurrenceId]) -> Result<BTreeMap<OccurrenceId, Stands>> {
    Ok(occurrences::standings(tx, prompts)?
        .into_iter()
        .map(|(id, state, due_at)| (id, Stands { state, due_at }))
        .collect())
}

fn look_again(
    tx: &mut Tx<'_>,
    claimed: Vec<Delivery>,
    claim: Claim,
    gateway_down: bool,
) -> Result<(Vec<Outgoing>, Recipients)> {
    let ids: BTreeSet<PatientId> = claimed.iter().map(|one| one.patient_id).collect();
    let ids: Vec<PatientId> = ids.into_iter().collect();
    let rules = recipients::rules(tx)?;
    let recipients = recipients::of(tx, &ids, &rules)?;
    let prompts: Vec<OccurrenceId> = claimed
        .iter()
        .filter(|one| one.kind == DeliveryKind::Prompt)
        .filter_map(|one| one.occurrence_id)
        .collect();
    // Where no prompt is among them nothing is looked up.
    let (stands, worn) = match prompts.as_slice() {
        [] => (BTreeMap::new(), BTreeSet::new()),
        prompts => (stands(tx, prompts)?, sensed::worn_already(tx, prompts)?),
    };
    let announced = messages::announced(tx, &telling(&claimed))?;
    let open = occurrences::with_open(tx, &digested(&claimed), claim.now)?;
    let mut send = Vec::new();
    let mut settled: Vec<(Settled, Vec<DeliveryId>)> = Vec::new();
    let mut digests = BTreeMap::new();
    for one in claimed {
        let Some(who) = recipients.known.get(&one.patient_id) else {
            settled.push((unread(&one, claim), vec![one.id]));
            continue;
        };
        let stands = one.occurrence_id.and_then(|id| stands.get(&id)).copied();
        let is_worn = one.occurrence_id.is_some_and(|id| worn.contains(&id))
            && one.kind == DeliveryKind::Prompt;
        // What was read before its push went out needs none.
        let was_read = announced.get(&one.id) == Some(&false);
        let verdict = if was_read {
            Verdict::End(DeliveryState::Withdrawn, Some(reason::READ))
        } else if is_worn {
            Verdict::End(DeliveryState::Suppressed, Some(reason::WORN))
        } else if is_wanted(&one, stands, &open) || planted::is(Bug::SendsWhatIsAnswered) {
            judge(
                candidate(&one, stands, gateway_down),
                who,
                &rules,
                claim.now,
            )
        } else {
            Verdict::End(DeliveryState::Withdrawn, Some(reason::NOT_WANTED))
        };
        if let Verdict::Fold(reason::CIRCUIT_OPEN) = verdict {
            fold(&mut digests, &one, &rules, claim.now);
        }
        match settled_by(verdict) {
            None => send.push(one),
            Some(how) => match settled.iter_mut().find(|(known, _)| *known == how) {
                Some((_, ids)) => ids.push(one.id),
                None => settled.push((how, vec![one.id])),
            },
        }
    }
    for (how, ids) in &settled {
        leases::settle(tx, claim.lease, ids, how, claim.now)?;
    }
    let digests: Vec<Delivery> = digests.into_values().collect();
    deliveries::insert(tx, &digests)?;
    if send.is_empty() {
        leases::release(tx, claim.lease)?;
    }
    let mut outgoing = recipients::outgoing(send, &recipients.known)?;
    for one in &mut outgoing {
        one.about_messages = announced.contains_key(&one.delivery.id);
    }
    Ok((outgoing, recipients))
}

/// What a gateway held up for long becomes one message for each patient, after a while.
fn fold(
    digests: &mut BTreeMap<PatientId, Delivery>,
    one: &Delivery,
    rules: &ReminderRules,
    now: Timestamp,
) {
    let patient = one.patient_id;
    let digest = digests.entry(patient).or_insert_with(|| {
        let at = delivery::spread(patient, rules, now);
        sweep::digest(
            one.tenant_id,
            patient,
            &sweep::of_outage(now),
            at,
            one.expires_at,
        )
    });
    digest.expires_at = digest.expires_at.max(one.expires_at);
}

/// Deliveries that may announce messages.
fn telling(claimed: &[Delivery]) -> Vec<DeliveryId> {
    let tells = |one: &&Delivery| matches!(one.kind, DeliveryKind::Notice | DeliveryKind::Nudge);
    claimed.iter().filter(tells).map(|one| one.id).collect()
}

fn digested(claimed: &[Delivery]) -> Vec<PatientId> {
    let digests = claimed
        .iter()
        .filter(|one| one.kind == DeliveryKind::Digest);
    digests.map(|one| one.patient_id).collect()
}

fn is_wanted(one: &Delivery, stands: Option<Stands>, open: &BTreeSet<PatientId>) -> bool {
    match one.kind {
        DeliveryKind::Prompt => stands.is_some_and(|stands| stands.state == State::Planned),
        DeliveryKind::Digest => open.contains(&one.patient_id),
        DeliveryKind::Withdraw | DeliveryKind::Nudge | DeliveryKind::Notice => true,
    }
}

fn candidate(one: &Delivery, stands: Option<Stands>, gateway_down: bool) -> Candidate<'_> {
    Candidate {
        kind: one.kind,
        prescribed: stands.is_some_and(|stands| stands.due_at == one.due_at),
        due_at: one.due_at.timestamp(),
        expires_at: one.expires_at.timestamp(),
        waited_for: one.reason.as_deref(),
        // What waited on purpose or was tried before is not late by an outage.
        first_look: one.attempts <= 1 && one.reason.is_none(),
        was_held_up: !gateway_down && one.reason.as_deref() == Some(reason::CIRCUIT_OPEN),
    }
}

fn settled_by(verdict: Verdict) -> Option<Settled> {
    match verdict {
        Verdict::Send => None,
        Verdict::Later(at, why) => Some(Settled::RetryAt(at, Some(why))),
        Verdict::End(state, why) => Some(Settled::Final(state, why)),
        // The digest speaks for it, of a rung that was missed that of the first one.
        Verdict::Fold(why) => Some(Settled::Final(DeliveryState::Folded, Some(why))),
    }
}
