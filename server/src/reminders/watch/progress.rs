//! Graded doses at the end of a day: the clinician's rule against what is known. A rule that says so changes the dose;
//! any other is put before a clinician.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use super::rules;
use crate::adherence;
use crate::attention::{self, Finding};
use crate::error::{Error, Result};
use crate::notices::{self, NewNotice};
use crate::patients::assessment::StoredAssessment;
use crate::plans::library;
use crate::plans::progress::{Decision, Facts, progress};
use crate::plans::spec::{PlanItemSpec, Progression, ProgressionMode};
use crate::reminders::planning::PatientPlan;
use crate::reminders::replan::replan;
use crate::store::alerts::{self, AlertState, Severity};
use crate::store::care_events::{self, ExerciseLevel};
use crate::store::patients::PatientStatus;
use crate::store::suggestions::{self, DecisionKind};
use crate::store::types::{AlertId, Digest, NoticeId, PatientId};
use crate::store::{Tx, checkins, insoles};

/// Days before a level whose pain is the baseline.
const BASELINE_DAYS: i32 = 7;
/// Sessions looked through for the newest with observations.
const SESSIONS: i64 = 5;

/// The rule an exercise's proposal stands under.
pub fn rule_of(exercise: &str) -> String {
    format!("progression:{exercise}")
}

/// Looks at every graded line of a patient's plan.
pub(super) fn look(
    tx: &mut Tx<'_>,
    plan: &PatientPlan,
    levels: &[ExerciseLevel],
    today: Date,
    now: Timestamp,
) -> Result<()> {
    if plan.patient.status != PatientStatus::Active {
        return Ok(());
    }
    let mut moved = false;
    for (_, spec) in &plan.items {
        let Some(rule) = &spec.progression else {
            continue;
        };
        let known = levels.iter().find(|level| {
            level.patient_id == plan.patient.id && level.exercise_key == spec.exercise
        });
        let begun = known
            .map(|level| level.since_date.date().map_err(Error::internal))
            .transpose()?
            .unwrap_or(spec.starts_on);
        let graded = Graded {
            plan,
            spec,
            rule,
            begun,
            today,
            now,
        };
        moved |= graded.decide(tx)?;
    }
    if moved {
        replan(tx, plan.patient.id, now)
    } else {
        Ok(())
    }
}

/// Where the evidence has what the rule looked at.
const FOUND: &str = "found";

struct Graded<'a> {
    plan: &'a PatientPlan,
    spec: &'a PlanItemSpec,
    rule: &'a Progression,
    begun: Date,
    today: Date,
    now: Timestamp,
}

impl Graded<'_> {
    fn patient(&self) -> PatientId {
        self.plan.patient.id
    }

    fn level(&self) -> usize {
        self.plan
            .levels
            .get(&self.spec.exercise)
            .copied()
            .unwrap_or(0)
    }

    /// Gives whether the dose changed.
    fn decide(&self, tx: &mut Tx<'_>) -> Result<bool> {
        if self.begun > self.today {
            return Ok(false);
        }
        let level = self.level();
        let observations = observations(tx, self.patient())?;
        let names = observations
            .as_ref()
            .map(|all| all.iter().map(String::as_str).collect());
        let facts = self.facts(tx, names)?;
        match progress(self.rule, level, &facts) {
            Decision::Hold { .. } => {
                let rule = rule_of(&self.spec.exercise);
                attention::settle(
                    tx,
                    self.patient(),
                    &rule,
                    AlertState::AutoResolved,
                    "the rule no longer asks for a change",
                    self.now,
                )?;
                Ok(false)
            }
            Decision::Advance => self.change(tx, (level, level + 1), "advance", &facts),
            Decision::StepBack { .. } => {
                self.change(tx, (level, level.saturating_sub(1)), "step_back", &facts)
            }
        }
    }

    fn facts<'f>(
        &self,
        tx: &mut Tx<'_>,
        observations: Option<BTreeSet<&'f str>>,
    ) -> Result<Facts<'f>> {
        let known = adherence::facts(
            tx,
            self.patient(),
            &self.spec.exercise,
            self.begun,
            self.now,
        )?;
        let before = self
            .begun
            .checked_sub(BASELINE_DAYS.days())
            .map_err(Error::internal)?;
        let rows = checkins::standing(tx, self.patient(), before, self.today)?;
        let (mut baseline, mut pain): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for row in &rows {
            let date = row.local_date.date().map_err(Error::internal)?;
            let own = row.exercise_key.as_deref() == Some(self.spec.exercise.as_str());
            let after = row.pain_after.filter(|_| own);
            let worst = row.worst_pain().max(after);
            if date < self.begun {
                baseline.extend(row.worst_pain());
            } else {
                pain.extend(worst);
            }
        }
        Ok(Facts {
            days_at_level: u32::try_from(known.days_at_level).unwrap_or(0),
            adherence_pct: known.adherence.value_pct,
            pain: pain.into_iter().max().map(as_score),
            baseline_pain: median(baseline),
            observations,
        })
    }

    fn change(
        &self,
        tx: &mut Tx<'_>,
        (from, to): (usize, usize),
        what: &str,
        facts: &Facts<'_>,
    ) -> Result<bool> {
        if self.rule.mode == ProgressionMode::Apply {
            let row = ExerciseLevel {
                tenant_id: tx.tenant(),
                patient_id: self.patient(),
                exercise_key: self.spec.exercise.clone(),
                level: i64::try_from(to).map_err(Error::internal)?,
                since_date: self.today.into(),
                source: "rule".to_owned(),
                decided_at: self.now.into(),
            };
            care_events::set_level(tx, &row)?;
            tell(tx, self.patient(), &self.spec.exercise, self.now)?;
            return Ok(true);
        }
        let rule = rule_of(&self.spec.exercise);
        let mut evidence = json!({
            "exercise": self.spec.exercise,
            "what": what,
            "level": from,
            "proposed_level": to,
            "dose": self.rule.dose(&self.spec.dose, from).words(),
            "proposed_dose": self.rule.dose(&self.spec.dose, to).words(),
        });
        let known = alerts::live(tx, self.patient(), &rule)?;
        // What was found when it was first asked stays: that a day more has passed is not news.
        let same = |live: alerts::Alert| {
            serde_json::from_str::<serde_json::Value>(&live.evidence).is_ok_and(|mut known| {
                if let Some(known) = known.as_object_mut() {
                    known.remove(FOUND);
                }
                known == evidence
            })
        };
        if known.is_some_and(same) || self.was_rejected(tx, &rule)? {
            return Ok(false);
        }
        evidence[FOUND] = json!({
            "days_at_level": facts.days_at_level,
            "adherence_pct": facts.adherence_pct,
            "worst_pain": facts.pain,
        });
        let severity = if what == "advance" {
            Severity::Low
        } else {
            Severity::Medium
        };
        let finding = Finding {
            id: AlertId::from(derived(&format!(
                "{}/{rule}/{}/{to}",
                self.patient(),
                self.today
            ))),
            rule,
            rule_version: rules::VERSION,
            severity,
            evidence,
            due_at: None,
        };
        attention::raise(tx, self.patient(), &finding, self.now)?;
        Ok(false)
    }
}

impl Graded<'_> {
    /// Whether a clinician rejected it so lately that it is not put again: for as many days as a level lasts at least.
    fn was_rejected(&self, tx: &mut Tx<'_>, rule: &str) -> Result<bool> {
        let Some(last) = suggestions::latest(tx, self.patient(), rule)? else {
            return Ok(false);
        };
        Ok(last.decision == DecisionKind::Rejected
            && is_held(
                last.decided_at.timestamp(),
                self.rule.advance.min_days,
                self.now,
            ))
    }
}

/// Whether so many days have not yet passed since a rejection.
fn is_held(rejected_at: Timestamp, min_days: u32, now: Timestamp) -> bool {
    let held = SignedDuration::from_hours(24 * i64::from(min_days));
    now.duration_since(rejected_at) < held
}

/// Tells a patient that a dose is another from now on.
pub fn tell(tx: &mut Tx<'_>, patient: PatientId, exercise: &str, now: Timestamp) -> Result<()> {
    let title =
        library::find(exercise).map_or_else(|| exercise.to_owned(), |found| found.title.clone());
    let notice = NewNotice {
        id: NoticeId::from(derived(&format!("{patient}/dose_changed/{exercise}/{now}"))),
        key: "dose_changed",
        values: json!({ "exercise": title }),
    };
    notices::tell(tx, patient, &notice, now)
}

fn derived(what: &str) -> [u8; 16] {
    let Digest(digest) = Digest::of(what.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(digest.split_at(16).0);
    id
}

/// What the newest session with a judgement observed; none without a session.
fn observations(tx: &mut Tx<'_>, patient: PatientId) -> Result<Option<BTreeSet<String>>> {
    let newest = insoles::newest(tx, patient, SESSIONS)?;
    let Some(session) = newest.first() else {
        return Ok(None);
    };
    let read: StoredAssessment =
        serde_json::from_str(&session.assessment).map_err(Error::internal)?;
    Ok(Some(
        read.observations.into_iter().map(|one| one.id).collect(),
    ))
}

fn median(mut values: Vec<i64>) -> Option<f64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = as_score(*values.get(middle)?);
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = as_score(*values.get(middle.checked_sub(1)?)?);
    Some(f64::midpoint(lower, upper))
}

#[expect(clippy::cast_precision_loss, reason = "a score of 0 to 10")]
fn as_score(value: i64) -> f64 {
    value as f64
}
