//! What the server says in the end, read by clinicians through the API.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan};
use memchr::memmem;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::log::hash_of;
use super::opening::text;
use super::run::Run;
use super::site::{Call, Reply, Site};
use super::weather::Blow;

/// A process that begins has so long to do what it finds.
const AT_WORK: SignedDuration = SignedDuration::from_secs(1);

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Observed {
    /// When.
    pub(crate) at: Timestamp,
    /// Patients by number.
    pub(crate) patients: Vec<Patient>,
    /// The clinic's worklist.
    pub(crate) worklist: Value,
    /// What a stranger's clinician got for this clinic's patients, and the other way round: statuses.
    pub(crate) strangers: Vec<u16>,
    /// Patients the clinic lists.
    pub(crate) listed: usize,
    /// The length of its files together, where they can be seen.
    pub(crate) bytes: Option<u64>,
    /// What was otherwise after the process ended and began twice more: `None` where nobody can end it.
    pub(crate) changed_by_restarts: Option<Vec<String>>,
    /// Actions of the trail, as often as they stand in it.
    pub(crate) trail: std::collections::BTreeMap<String, u32>,
}

/// A patient, as the API has them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Patient {
    /// 404: erased.
    pub(crate) is_gone: bool,
    /// Texts of who is gone that the files still hold.
    pub(crate) traces: Vec<String>,
    /// Occurrences.
    pub(crate) occurrences: Vec<Value>,
    /// Sessions with summaries.
    pub(crate) sessions: Vec<Value>,
    /// Adherence of all days.
    pub(crate) adherence: Value,
    /// Alerts.
    pub(crate) alerts: Vec<Value>,
    /// Explanations of the occurrences no prompt was seen for, or none of which the server was told.
    pub(crate) explained: std::collections::BTreeMap<String, Value>,
    /// Check-ins.
    pub(crate) checkins: Vec<Value>,
    /// Messages.
    pub(crate) messages: Vec<Value>,
}

impl<S: Site> Run<S> {
    /// Reads everything.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn observe(&mut self) -> anyhow::Result<Observed> {
        let mut observed = Observed {
            at: self.site.now(),
            ..Observed::default()
        };
        observed.patients = self.observe_patients().await?;
        let lengths = self.site.files();
        observed.bytes = lengths.map(|files| files.iter().map(|file| file.len() as u64).sum());
        observed.worklist = self
            .read("/v1/worklist?of=everyones")
            .await?
            .unwrap_or_default();
        observed.listed = self.listed().await?;
        observed.strangers = self.strangers().await?;
        observed.trail = self.trail().await?;
        Ok(observed)
    }

    async fn observe_patients(&mut self) -> anyhow::Result<Vec<Patient>> {
        let mut patients = Vec::new();
        let prompted = self.prompted();
        for number in 0..self.phones.len() {
            patients.push(self.observe_patient(number, prompted.as_ref()).await?);
        }
        Ok(patients)
    }

    /// Ends the process twice with nothing to do, and reads again. Whatever is otherwise then was not kept, or was done by a start
    /// that found nothing to do.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn observe_restarts(&mut self, first: &mut Observed) -> anyhow::Result<()> {
        for _ in 0..2 {
            for node in 0..self.site.nodes() {
                if !self.site.strike(node, &Blow::Kill { down_s: 0 }).await? {
                    return Ok(());
                }
            }
            for node in 0..self.site.nodes() {
                anyhow::ensure!(
                    self.site.restart(node).await?,
                    "the server does not come back although nothing is broken"
                );
            }
            self.site.until(self.site.now() + AT_WORK).await?;
        }
        let again = self.observe_patients().await?;
        let pairs = first.patients.iter().zip(&again).enumerate();
        let changed = pairs.flat_map(|(number, (was, is))| was.differences(is, number));
        first.changed_by_restarts = Some(changed.collect());
        Ok(())
    }

    /// Texts that stand for a patient, of those the server's files hold.
    fn traces_of(&mut self, number: usize) -> Vec<String> {
        let Some(files) = self.site.files() else {
            return Vec::new();
        };
        let book = self.book(number);
        let tokens = book.tokens.iter().map(|(_, token)| token.clone());
        let texts = std::iter::once(book.name.clone()).chain(tokens);
        let held = |text: &String| {
            let finder = memmem::Finder::new(text);
            files.iter().any(|file| finder.find(file).is_some())
        };
        texts.filter(held).collect()
    }

    /// A clinician's GET; `None` where it is not found.
    async fn read(&mut self, path: &str) -> anyhow::Result<Option<Value>> {
        match self.as_clinician(|token| Call::get(token, path)).await? {
            Reply::Answer { status: 200, body } => Ok(Some(body)),
            Reply::Answer { status: 404, .. } => Ok(None),
            other => anyhow::bail!("{path} cannot be read: {other:?}"),
        }
    }

    async fn list(&mut self, path: &str, field: &str) -> anyhow::Result<Vec<Value>> {
        let body = self.read(path).await?.unwrap_or_default();
        Ok(body[field].as_array().cloned().unwrap_or_default())
    }

    async fn observe_patient(
        &mut self,
        number: usize,
        prompted: Option<&BTreeSet<String>>,
    ) -> anyhow::Result<Patient> {
        let id = self.book(number).id.clone();
        let base = format!("/v1/patients/{id}");
        if self.read(&base).await?.is_none() {
            return Ok(Patient {
                is_gone: true,
                traces: self.traces_of(number),
                ..Patient::default()
            });
        }
        let clinic = &self.scenario.clinic;
        let from = clinic.first_day.yesterday()?;
        let through = clinic
            .first_day
            .checked_add((i64::from(clinic.days) + 1).days())?;
        let mut patient = Patient::default();
        // The API gives a month at once.
        let mut begin = from;
        while begin <= through {
            let end = begin.checked_add(27.days())?.min(through);
            let days = format!("from={begin}&through={end}");
            let path = format!("{base}/occurrences?{days}");
            let occurrences = self.list(&path, "occurrences").await?;
            patient.occurrences.extend(occurrences);
            let path = format!("{base}/checkins?{days}");
            let checkins = self.list(&path, "checkins").await?;
            patient.checkins.extend(checkins);
            begin = end.tomorrow()?;
        }
        let first = clinic_first(self);
        let last = self.today(number);
        let path = format!("{base}/adherence?from={first}&through={last}");
        patient.adherence = self.read(&path).await?.unwrap_or_default();
        for line in self
            .list(&format!("{base}/insole-sessions?limit=200"), "sessions")
            .await?
        {
            let path = format!("{base}/insole-sessions/{}", text(&line["session_id"]));
            patient.sessions.extend(self.read(&path).await?);
        }
        patient.alerts = self.list(&format!("{base}/alerts"), "alerts").await?;
        let path = format!("{base}/messages?limit=200");
        patient.messages = self.list(&path, "entries").await?;
        if let Some(prompted) = prompted {
            self.explain_unseen(&base, &mut patient, prompted).await?;
        }
        Ok(patient)
    }

    /// The occurrences a message was accepted for, as the server was told; `None` where nobody here can see the gateway.
    fn prompted(&self) -> Option<BTreeSet<String>> {
        let offers = self.site.offers()?.into_iter();
        let accepted = offers.filter(|offer| offer.accepted && offer.told);
        Some(accepted.map(|offer| format!("occ_{}", offer.id)).collect())
    }

    /// What became of the prompts of which nobody outside can know: none was seen, or its server was gone before it was told.
    async fn explain_unseen(
        &mut self,
        base: &str,
        patient: &mut Patient,
        prompted: &BTreeSet<String>,
    ) -> anyhow::Result<()> {
        let now = self.site.now();
        for occurrence in &patient.occurrences {
            let id = text(&occurrence["id"]).to_owned();
            let due: Option<Timestamp> = text(&occurrence["due_at"]).parse().ok();
            let cancelled = occurrence["phase"] == "cancelled";
            if cancelled || prompted.contains(&id) || due.is_none_or(|due| due >= now) {
                continue;
            }
            let why = self
                .read(&format!("{base}/occurrences/{id}/explain"))
                .await?;
            patient.explained.insert(id, why.unwrap_or_default());
        }
        Ok(())
    }

    async fn listed(&mut self) -> anyhow::Result<usize> {
        let mut count = 0;
        let mut path = "/v1/patients?limit=200".to_owned();
        // A page holds 200, and a clinic 100,000.
        for _ in 0..=500 {
            let page = self.read(&path).await?.unwrap_or_default();
            count += page["patients"].as_array().map_or(0, Vec::len);
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/v1/patients?limit=200&after={next}");
        }
        Ok(count)
    }

    async fn strangers(&mut self) -> anyhow::Result<Vec<u16>> {
        let Some((mut staff, patient)) = self.neighbour.clone() else {
            return Ok(Vec::new());
        };
        let mut statuses = Vec::new();
        let ours: Vec<String> = self
            .phones
            .iter()
            .map(|phone| phone.patient.clone())
            .collect();
        for (whom, path) in [(vec![patient], ""), (ours, "/plan")] {
            for id in whom.iter().take(20) {
                let path = format!("/v1/patients/{id}{path}");
                if let Reply::Answer { status, .. } =
                    self.as_clinician(|token| Call::get(token, &path)).await?
                {
                    statuses.push(status);
                }
            }
            std::mem::swap(&mut self.staff, &mut staff);
        }
        // Twice changed places: everybody is where they were.
        Ok(statuses)
    }

    async fn trail(&mut self) -> anyhow::Result<std::collections::BTreeMap<String, u32>> {
        let mut counts = std::collections::BTreeMap::new();
        let mut path = "/v1/clinic/audit?limit=200".to_owned();
        for _ in 0..500 {
            let page = self.read(&path).await?.unwrap_or_default();
            for entry in page["lines"].as_array().into_iter().flatten() {
                *counts.entry(text(&entry["action"]).to_owned()).or_default() += 1;
            }
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/v1/clinic/audit?limit=200&before={next}");
        }
        Ok(counts)
    }
}

fn clinic_first<S>(run: &Run<S>) -> jiff::civil::Date {
    run.scenario.clinic.first_day
}

impl Observed {
    /// What it came to, in lines that do not depend on ids.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, patient) in self.patients.iter().enumerate() {
            lines.extend(patient.lines(number));
        }
        let sections = self.worklist["sections"].as_array().into_iter().flatten();
        for section in sections {
            let rows = section["rows"].as_array().into_iter().flatten();
            let mut names: Vec<String> = rows
                .map(|row| format!("{} {}", text(&row["name"]), text(&row["rule"])))
                .collect();
            names.sort();
            let section = json!({ "worklist": section["section"], "rows": names });
            lines.push(section.to_string());
        }
        lines
    }

    /// SHA-256 of the lines, hex.
    pub(crate) fn hash(&self) -> String {
        hash_of(self.lines().iter())
    }
}

impl Patient {
    /// What of a patient is otherwise, field by field.
    fn differences(&self, other: &Self, number: usize) -> Vec<String> {
        let fields = [
            ("whether there", self.is_gone == other.is_gone),
            ("occurrences", self.occurrences == other.occurrences),
            ("sessions", self.sessions == other.sessions),
            ("adherence", self.adherence == other.adherence),
            ("alerts", self.alerts == other.alerts),
            ("explanations", self.explained == other.explained),
            ("check-ins", self.checkins == other.checkins),
            ("messages", self.messages == other.messages),
        ];
        let otherwise = fields.into_iter().filter(|(_, same)| !same);
        otherwise
            .map(|(field, _)| format!("{field} of patient {number}"))
            .collect()
    }

    fn lines(&self, number: usize) -> Vec<String> {
        if self.is_gone {
            return vec![json!({ "patient": number, "gone": true }).to_string()];
        }
        let mut lines: Vec<String> = self
            .occurrences
            .iter()
            .map(|one| {
                json!({
                    "patient": number, "exercise": one["exercise"], "date": one["date"], "time": one["time"],
                    "version": one["plan_version"], "zone": one["time_zone"], "due_at": one["due_at"],
                    "phase": one["phase"], "reason": one["reason"],
                    "done_fraction": one["done_fraction"], "answered_at": one["answered_at"],
                })
                .to_string()
            })
            .collect();
        lines.extend(self.sessions.iter().map(|one| {
            json!({ "patient": number, "session": one["session_id"], "score": one["score"], "reasons": one["reasons"] })
                .to_string()
        }));
        lines.extend(self.alerts.iter().map(|one| {
            json!({ "patient": number, "alert": one["rule"], "severity": one["severity"], "state": one["state"],
                "count": one["count"] })
            .to_string()
        }));
        lines.sort();
        let adherence = &self.adherence;
        lines.push(
            json!({ "patient": number, "adherence": adherence["value_pct"], "of": adherence["denominator"] })
                .to_string(),
        );
        lines
    }
}
