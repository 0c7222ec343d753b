//! The first hour: the clinic opens, patients come in, each with a plan and a phone.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::agenda::Agenda;
use super::desk::{Errand, Task};
use super::ledger::Ledger;
use super::log::EventLog;
use super::phone::Phone;
use super::run::Run;
use super::scenario::Scenario;
use super::site::{Call, Reply, Site};
use super::staff::{Staff, email};
use super::weather::Weather;

/// Codes used in one clinic at once before the server slows down whoever uses them.
const ENROL_AT_ONCE: usize = 150;
/// So long until as many can be used again.
const ENROL_PAUSE: SignedDuration = SignedDuration::from_secs(20);

impl<S: Site> Run<S> {
    /// Opens the clinic in a good hour: nothing breaks before its patients have come in.
    ///
    /// # Errors
    /// When the server refuses what it should take.
    pub(crate) async fn open(
        scenario: Scenario,
        seed: u64,
        mut site: S,
        weather: Weather,
    ) -> anyhow::Result<Self> {
        let (staff, next_door) = open_clinics(&mut site, &scenario, seed).await?;
        let mut run = Self {
            seed,
            site,
            weather,
            agenda: Agenda::default(),
            phones: Vec::new(),
            staff,
            neighbour: None,
            ledger: Ledger::default(),
            log: EventLog::default(),
            transmissions: 0,
            down_s: 60,
            reached: BTreeMap::new(),
            progress: Box::new(|_| {}),
            scenario,
        };
        run.admit_all().await?;
        run.settings().await?;
        if let Some(staff) = next_door {
            run.next_door(staff).await?;
        }
        run.log_beginning();
        Ok(run)
    }

    async fn admit_all(&mut self) -> anyhow::Result<()> {
        let count = self.scenario.clinic.patients as usize;
        for number in 0..count {
            if number > 0 && number.is_multiple_of(ENROL_AT_ONCE) {
                let at = self.site.now() + ENROL_PAUSE;
                self.site.until(at).await?;
            }
            let group = self.group_of(number, count);
            self.admit(number, group).await?;
        }
        Ok(())
    }

    /// Patients are dealt by weight, evenly through their numbers.
    fn group_of(&self, number: usize, count: usize) -> usize {
        let weights = self.scenario.group.iter().map(|group| group.weight);
        let all: f64 = weights.clone().sum();
        #[expect(clippy::cast_precision_loss, reason = "patients of a clinic")]
        let mut place = all * (number as f64 + 0.5) / count as f64;
        for (index, weight) in weights.enumerate() {
            place -= weight;
            if place < 0.0 {
                return index;
            }
        }
        self.scenario.group.len().saturating_sub(1)
    }

    async fn admit(&mut self, number: usize, index: usize) -> anyhow::Result<()> {
        let now = self.site.now();
        let Some(group) = self.scenario.group.get(index).cloned() else {
            return Ok(());
        };
        let zone = group
            .time_zones
            .get(number % group.time_zones.len())
            .cloned()
            .unwrap_or_default();
        let name = format!("Test Patient {number:05}");
        let new = json!({ "name": name, "time_zone": zone, "locale": "en" });
        let patient = self.must("/v1/patients", new).await?;
        let id = text(&patient["id"]).to_owned();
        let book = self.book(number);
        (book.id, book.name) = (id.clone(), name);
        book.zones.push((now, zone.clone()));
        self.phones.push(Phone {
            number,
            group: index,
            patient: id.clone(),
            token: None,
            push_token: format!("sim-{}-device-{number:05}", self.seed),
            zone,
            gait: group.gait.clone(),
            follows: None,
            off_line_until: None,
            clock_error_s: 0,
            swapped: false,
            gone: false,
            outbox: BTreeMap::new(),
            known: Value::Null,
            parcels: 0,
            ids: 0,
        });
        let plan = Task::Plan {
            lines: group.plan.clone(),
            moved_min: 0,
        };
        self.errand(Errand::new(number, plan)).await?;
        let published = self.book(number).plans.len() == 1;
        anyhow::ensure!(
            published,
            "the first plan of patient {number} was refused: {:?}",
            self.ledger.refusals
        );
        if group.has_phone {
            self.enrol(number, &id).await?;
        }
        if let (Some([from, to]), Some(phone)) = (group.quiet_hours, self.phones.get(number)) {
            let nights: serde_json::Map<String, Value> =
                ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                    .into_iter()
                    .map(|day| {
                        let hours = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
                        (
                            day.to_owned(),
                            json!({ "from": hours(from), "to": hours(to) }),
                        )
                    })
                    .collect();
            let body = json!({ "reminders": { "quiet_hours": nights } });
            let call = Call::put(
                phone.token.as_deref().unwrap_or_default(),
                "/v1/me/settings",
                body,
            );
            good(self.call(call).await?)?;
            self.book(number).quiet_hours = Some((now, from, to));
        }
        Ok(())
    }

    async fn enrol(&mut self, number: usize, id: &str) -> anyhow::Result<()> {
        let now = self.site.now();
        let code = self
            .must(&format!("/v1/patients/{id}/enrolment-codes"), json!({}))
            .await?;
        let push_token = self
            .phones
            .get(number)
            .map_or("", |phone| &phone.push_token)
            .to_owned();
        let body = json!({ "code": code["code"], "platform": "android", "push_token": push_token });
        let enrolled = good(self.call(Call::anonymous("/v1/enrolments", body)).await?)?;
        if let Some(phone) = self.phones.get_mut(number) {
            phone.token = Some(text(&enrolled["token"]).to_owned());
        }
        self.book(number).tokens.push((now, push_token));
        Ok(())
    }

    /// A clinician's POST that must succeed.
    async fn must(&mut self, path: &str, body: Value) -> anyhow::Result<Value> {
        let reply = self
            .as_clinician(|token| Call::post(token, path, body.clone()))
            .await?;
        good(reply)
    }

    async fn settings(&mut self) -> anyhow::Result<()> {
        let Some(changes) = self.scenario.clinic.settings.clone() else {
            return Ok(());
        };
        let path = "/v1/clinic/settings";
        let mut all = good(self.as_clinician(|token| Call::get(token, path)).await?)?;
        merge(&mut all, &changes);
        good(
            self.as_clinician(|token| Call::put(token, path, all.clone()))
                .await?,
        )?;
        Ok(())
    }

    /// Somebody is a patient next door.
    async fn next_door(&mut self, staff: Staff) -> anyhow::Result<()> {
        let zone = self.scenario.clinic.time_zone.clone();
        let token = staff
            .session
            .as_ref()
            .map(|(token, _)| token.clone())
            .unwrap_or_default();
        let new = json!({ "name": "Test Neighbour", "time_zone": zone, "locale": "en" });
        let patient = good(self.call(Call::post(&token, "/v1/patients", new)).await?)?;
        self.neighbour = Some((staff, text(&patient["id"]).to_owned()));
        Ok(())
    }
}

/// Opens the clinic, and the one next door where there is one. All have their passwords before time may be moved: codes
/// end after two days.
async fn open_clinics(
    site: &mut impl Site,
    scenario: &Scenario,
    seed: u64,
) -> anyhow::Result<(Staff, Option<Staff>)> {
    let (clinic, mut staffs) = (&scenario.clinic, Vec::new());
    for name in ["sim", "next"]
        .into_iter()
        .take(1 + usize::from(clinic.neighbour))
    {
        staffs.push(opened(site, &format!("{name}-{seed}"), &clinic.time_zone, seed).await?);
    }
    site.take_over(&mut staffs).await?;
    let mut staffs = staffs.into_iter();
    let own = staffs.next().context("a clinic was opened")?;
    Ok((own, staffs.next()))
}

async fn opened(site: &mut impl Site, slug: &str, zone: &str, seed: u64) -> anyhow::Result<Staff> {
    let code = site.open_clinic(slug, zone).await?;
    let password = format!("simulated {seed:016x} pass");
    let body = json!({ "code": code, "password": password });
    let session = good(
        site.call(Call::anonymous("/v1/clinicians/password", body))
            .await?,
    )?;
    let since: Timestamp = site.now();
    Ok(Staff {
        slug: slug.to_owned(),
        email: email(slug),
        password,
        session: Some((text(&session["token"]).to_owned(), since)),
        clinician: text(&session["clinician_id"]).to_owned(),
    })
}

/// The body of a good answer.
///
/// # Errors
/// When it is none.
pub(crate) fn good(reply: Reply) -> anyhow::Result<Value> {
    match reply {
        Reply::Answer { status, body } if (200..300).contains(&status) => Ok(body),
        other => anyhow::bail!("the server refused what it should take: {other:?}"),
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Puts the changes into the whole, field by field.
fn merge(whole: &mut Value, changes: &Value) {
    match (whole, changes) {
        (Value::Object(whole), Value::Object(changes)) => {
            for (field, change) in changes {
                merge(whole.entry(field).or_insert(Value::Null), change);
            }
        }
        (whole, change) => *whole = change.clone(),
    }
}
