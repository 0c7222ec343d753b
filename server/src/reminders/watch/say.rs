//! What the rules found, said: alerts opened and settled, gentle words, a stop.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::rules::{self, Facts, Rung};
use crate::attention::{self, Finding};
use crate::error::{Error, Result};
use crate::notices::{self, NewNotice};
use crate::patients::pausing::PROPOSED_RAMP_PCT;
use crate::reminders::planner::zone_of;
use crate::reminders::settings::{PatientSettings, ReminderRules};
use crate::reminders::sweep::blank;
use crate::store::Tx;
use crate::store::alerts::{self, AlertState, Severity};
use crate::store::deliveries::{self, Delivery, DeliveryKind};
use crate::store::patients::{self, Patient, PatientStatus};
use crate::store::pauses::{self, ResumeRule};
use crate::store::types::{AlertId, DateText, DeliveryId, Digest, NoticeId};

/// A nudge nobody could deliver for this long is not worth one any more.
const NUDGE_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// When the clinic is told that a patient cannot be reached since an instant.
pub(super) fn told_at(since: Timestamp, rules: &ReminderRules) -> Timestamp {
    let wait = SignedDuration::from_hours(i64::from(rules.unreachable_after_h));
    since.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// Looks at one patient.
pub(super) fn about(
    tx: &mut Tx<'_>,
    patient: &Patient,
    facts: &Facts,
    rules: &ReminderRules,
    today: Date,
    now: Timestamp,
) -> Result<()> {
    if patient.status != PatientStatus::Active {
        return Ok(());
    }
    let watched = Watched {
        patient,
        facts,
        rules,
        now,
    };
    watched.missed(tx)?;
    watched.silent(tx)?;
    watched.unreachable(tx)?;
    watched.resume(tx, today)
}

struct Watched<'a> {
    patient: &'a Patient,
    facts: &'a Facts,
    rules: &'a ReminderRules,
    now: Timestamp,
}

impl Watched<'_> {
    fn finding(&self, rule: &str, severity: Severity, key: &str, evidence: Value) -> Finding {
        Finding {
            id: AlertId::from(self.derived(&format!("{rule}/{key}"))),
            rule: rule.to_owned(),
            rule_version: rules::VERSION,
            severity,
            evidence,
            due_at: None,
        }
    }

    /// An id that is the same whenever the same is found.
    fn derived(&self, what: &str) -> [u8; 16] {
        let Digest(digest) = Digest::of(format!("{}/{what}", self.patient.id).as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(digest.split_at(16).0);
        id
    }

    fn missed(&self, tx: &mut Tx<'_>) -> Result<()> {
        match rules::missed(self.facts) {
            Some(days) => {
                let key = days.last().map(Date::to_string).unwrap_or_default();
                let evidence = json!({ "days": days, "delivered": true });
                self.open(tx, rules::MISSED, Severity::Medium, &key, evidence)
            }
            None => self.settle(tx, rules::MISSED),
        }
    }

    fn silent(&self, tx: &mut Tx<'_>) -> Result<()> {
        let days = rules::silent(self.facts);
        let rung = rules::rung(days.len(), &self.rules.silence);
        let first = days.first().map(Date::to_string).unwrap_or_default();
        match rung {
            Rung::None => {}
            Rung::Gentle => self.nudge(tx, &first, "nudge_gentle")?,
            Rung::Second => self.nudge(tx, &first, "nudge_second")?,
            Rung::Told | Rung::Louder | Rung::Stop => {}
        }
        if rung < Rung::Told {
            self.settle(tx, rules::SILENT)?;
            return self.go_on(tx, rung);
        }
        let severity = if rung == Rung::Told {
            Severity::Medium
        } else {
            Severity::High
        };
        let evidence = json!({
            "days": days,
            "last_app_at": self.facts.last_app_at,
            "last_push_at": self.facts.last_push_at,
            "last_insole_at": self.facts.last_insole_at,
            "reachable": self.facts.reachable,
            "reminders_stopped": rung == Rung::Stop,
        });
        let key = days.last().map(Date::to_string).unwrap_or_default();
        self.open(tx, rules::SILENT, severity, &key, evidence)?;
        if rung == Rung::Stop && self.patient.reminders_stopped_at.is_none() {
            patients::set_reminders_stopped(tx, self.patient.id, Some(self.now))?;
        }
        Ok(())
    }

    /// Who answers again is reminded again.
    fn go_on(&self, tx: &mut Tx<'_>, rung: Rung) -> Result<()> {
        if rung == Rung::None && self.patient.reminders_stopped_at.is_some() {
            patients::set_reminders_stopped(tx, self.patient.id, None)?;
        }
        Ok(())
    }

    /// A gentle word, once for each rung of a silence, within the budget.
    fn nudge(&self, tx: &mut Tx<'_>, silence: &str, key: &'static str) -> Result<()> {
        let own = PatientSettings::stored(self.patient.settings.as_deref())?;
        let wanted = own.nudges.unwrap_or(true);
        let id = DeliveryId::from(self.derived(&format!("{key}/{silence}")));
        if !wanted || deliveries::find(tx, self.patient.id, id)?.is_some() {
            return Ok(());
        }
        // A day ends in the night: what counts is when the words come.
        let quiet = own.quiet_hours.as_ref().unwrap_or(&self.rules.quiet_hours);
        let at = quiet
            .until(&zone_of(self.patient)?, self.now)
            .unwrap_or(self.now);
        let since = at
            .checked_sub(SignedDuration::from_hours(240))
            .map_err(Error::internal)?;
        let earlier: Vec<Timestamp> = deliveries::nudges_since(tx, &[self.patient.id], since)?
            .into_iter()
            .map(|(_, at)| at)
            .collect();
        if !rules::may_nudge(&earlier, at) {
            return Ok(());
        }
        let expires = at.checked_add(NUDGE_KEPT).map_err(Error::internal)?;
        let nudge = Delivery {
            id,
            kind: DeliveryKind::Nudge,
            due_at: at.into(),
            expires_at: expires.into(),
            next_attempt_at: Some(at.into()),
            ..blank(tx.tenant(), self.patient.id)
        };
        deliveries::insert(tx, &[nudge])?;
        let notice = NewNotice {
            id: NoticeId::from(self.derived(&format!("notice/{key}/{silence}"))),
            key,
            values: json!({}),
        };
        notices::tell(tx, self.patient.id, &notice, self.now)
    }

    fn unreachable(&self, tx: &mut Tx<'_>) -> Result<()> {
        match rules::unreachable(self.facts) {
            Some((_, since)) if self.now < told_at(since, self.rules) => Ok(()),
            Some((date, since)) => {
                let evidence = json!({
                    "date": date,
                    "since": since,
                    "note": "undelivered is not held against the patient",
                });
                self.open(
                    tx,
                    rules::UNREACHABLE,
                    Severity::Medium,
                    &date.to_string(),
                    evidence,
                )
            }
            None => self.settle(tx, rules::UNREACHABLE),
        }
    }

    /// A pause whose date has come asks for a word, with a way back.
    fn resume(&self, tx: &mut Tx<'_>, today: Date) -> Result<()> {
        let today_text = DateText::from(today);
        let pauses = pauses::of_patients(tx, &[self.patient.id])?
            .remove(&self.patient.id)
            .unwrap_or_default();
        let waiting = pauses.into_iter().find(|pause| {
            pause.resume_rule == ResumeRule::Confirm
                && pause.resumed_date.is_none()
                && pause.through_date <= today_text
        });
        let Some(pause) = waiting else {
            return self.settle(tx, rules::RESUME);
        };
        let evidence = json!({
            "pause": pause.id,
            "reason": pause.reason,
            "through": pause.through_date.date().map_err(Error::internal)?,
            "proposed_ramp_pct": PROPOSED_RAMP_PCT,
        });
        if alerts::live(tx, self.patient.id, rules::RESUME)?.is_some() {
            return Ok(());
        }
        let wait = SignedDuration::from_hours(24 * i64::from(self.rules.resume_escalation_days));
        let finding = Finding {
            due_at: self.now.checked_add(wait).ok(),
            ..self.finding(
                rules::RESUME,
                Severity::Low,
                &pause.id.to_string(),
                evidence,
            )
        };
        attention::raise(tx, self.patient.id, &finding, self.now).map(drop)
    }

    /// Opens an alert, or counts it again where there is new evidence.
    fn open(
        &self,
        tx: &mut Tx<'_>,
        rule: &str,
        severity: Severity,
        key: &str,
        evidence: Value,
    ) -> Result<()> {
        if let Some(live) = alerts::live(tx, self.patient.id, rule)? {
            let known: Value = serde_json::from_str(&live.evidence).map_err(Error::internal)?;
            if known == evidence {
                return Ok(());
            }
        }
        let finding = self.finding(rule, severity, key, evidence);
        attention::raise(tx, self.patient.id, &finding, self.now).map(drop)
    }

    /// Settles an alert: taken back when its own days turned out otherwise, else gone by itself.
    fn settle(&self, tx: &mut Tx<'_>, rule: &str) -> Result<()> {
        let Some(live) = alerts::live(tx, self.patient.id, rule)? else {
            return Ok(());
        };
        let evidence: Value = serde_json::from_str(&live.evidence).map_err(Error::internal)?;
        let days: Vec<Date> = serde_json::from_value(evidence["days"].clone()).unwrap_or_default();
        let otherwise = days.iter().any(|date| {
            self.facts
                .days
                .get(date)
                .is_some_and(|day| day.answered > 0)
        });
        let (state, why) = if otherwise {
            (
                AlertState::Retracted,
                "late data: the days it rested on were answered",
            )
        } else {
            (AlertState::AutoResolved, "it no longer holds")
        };
        attention::settle(tx, self.patient.id, rule, state, why, self.now).map(drop)
    }
}
