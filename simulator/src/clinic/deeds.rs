//! What people do becomes parcels, and parcels find their way through a network that loses, doubles, delays and cuts.

use jiff::SignedDuration;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::agenda::Event;
use super::chance::{Use, stream};
use super::ledger::{Answer, Upload};
use super::parcel::{Parcel, What};
use super::phone::Deed;
use super::run::Run;
use super::site::{Reply, Site};
use super::walks;

/// Most answers a phone puts into one request; the server takes a hundred.
const BATCH: usize = 50;
/// The longest a parcel is under way, minutes.
const LONGEST_DELAY_MIN: i64 = 180;
/// The longest a phone waits before it tries again.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

impl<S: Site> Run<S> {
    /// Somebody does something.
    pub(crate) async fn deed(&mut self, patient: usize, deed: Deed) -> anyhow::Result<()> {
        if self.phones.get(patient).is_none_or(|phone| phone.gone) {
            return Ok(());
        }
        match deed {
            Deed::Answer {
                occurrence,
                kind,
                with,
                twice,
            } => {
                for _ in 0..=u8::from(twice) {
                    self.answer(patient, &occurrence, &kind, &with).await?;
                }
                Ok(())
            }
            Deed::Walk { variant, shared_id } => self.walk(patient, variant, shared_id).await,
            Deed::CheckIn { said } => self.check_in(patient, said).await,
        }
    }

    async fn answer(
        &mut self,
        patient: usize,
        occurrence: &str,
        kind: &str,
        with: &Value,
    ) -> anyhow::Result<()> {
        let (seed, now) = (self.seed, self.site.now());
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        let id = phone.id(seed, "ans");
        let mut body = json!({
            "id": id, "occurrence_id": occurrence, "kind": kind, "answered_at": phone.shows(now).to_string(),
        });
        for (field, value) in with.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        let answer = Answer {
            occurrence: occurrence.to_owned(),
            kind: kind.to_owned(),
            given_at: now,
            sent_at: now,
            acknowledged_at: None,
            disposition: None,
        };
        self.book(patient).answers.insert(id.clone(), answer);
        let parcel = Parcel::post(
            "/v1/me/answers",
            json!({ "answers": [body] }),
            What::Answers(vec![id]),
        );
        self.post(patient, parcel).await
    }

    async fn walk(&mut self, patient: usize, variant: u64, shared_id: bool) -> anyhow::Result<()> {
        let now = self.site.now();
        let Some(phone) = self.phones.get(patient) else {
            return Ok(());
        };
        let began = now.checked_sub(SignedDuration::from_mins(10))?;
        let zone = phone.zone.clone();
        let session = walks::session(&phone.gait, variant, phone.swapped, began, &zone)?;
        let id = session.session_id.clone();
        let body = serde_json::to_value(&session)?;
        let upload = Upload {
            body: body.clone(),
            acknowledged: false,
            disposition: None,
            other: None,
            impostor: None,
        };
        self.book(patient).uploads.insert(id.clone(), upload);
        let sent = |body: Value| json!({ "sessions": [body] });
        let path = "/v1/me/insole-sessions";
        let parcel = Parcel::post(path, sent(body.clone()), What::Session(id.clone()));
        self.post(patient, parcel).await?;
        if shared_id {
            let mut other = body;
            other["duration_s"] = json!(other["duration_s"].as_f64().unwrap_or(60.0) + 1.0);
            if let Some(upload) = self.book(patient).uploads.get_mut(&id) {
                upload.other = Some(other.clone());
            }
            let parcel = Parcel::post(path, sent(other), What::Impostor(id));
            self.post(patient, parcel).await?;
        }
        Ok(())
    }

    async fn check_in(&mut self, patient: usize, mut said: Value) -> anyhow::Result<()> {
        let (seed, now) = (self.seed, self.site.now());
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        let id = phone.id(seed, "chk");
        said["id"] = json!(id);
        said["taken_at"] = json!(phone.shows(now).to_string());
        let book = self.book(patient);
        book.checkins.insert(id.clone(), false);
        // Pain and its rules hold exercises back, which the checker's own arithmetic leaves to its own tests.
        book.held_back |= said["red_flags"].is_array() || said["back_pain"].as_u64() >= Some(5);
        let body = json!({ "checkins": [said] });
        let parcel = Parcel::post("/v1/me/checkins", body, What::CheckIn(id));
        self.post(patient, parcel).await
    }

    /// Puts a parcel into the outbox and sends it, if there is a connection.
    pub(crate) async fn post(&mut self, patient: usize, parcel: Parcel) -> anyhow::Result<()> {
        let now = self.site.now();
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        let number = phone.parcels;
        phone.parcels += 1;
        phone.outbox.insert(number, parcel);
        if phone.is_on_line(now) {
            self.send(patient, number).await?;
        }
        Ok(())
    }

    /// One transmission of a parcel.
    pub(crate) async fn send(&mut self, patient: usize, number: u64) -> anyhow::Result<()> {
        let now = self.site.now();
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        if !phone.is_on_line(now) {
            return Ok(());
        }
        let token = phone.token.clone().unwrap_or_default();
        let shows = phone.shows(now);
        let Some(parcel) = phone.outbox.get_mut(&number) else {
            return Ok(());
        };
        parcel.sent_at.get_or_insert(now);
        if matches!(parcel.what, What::Answers(_)) {
            // What the phone's clock shows as it sends: by it the server sets a wrong one right.
            parcel.body["device_time"] = json!(shows.to_string());
        }
        let weather = self.weather.network;
        let calm = self.weather.is_calm(now);
        self.transmissions += 1;
        let mut rng = stream(self.seed, Use::Network, self.transmissions, 0);
        let mut strikes = |share: f64| rng.random::<f64>() < share && !calm;
        let [lost, unheard, twice, delayed, cut] = [
            strikes(weather.request_lost),
            strikes(weather.response_lost),
            strikes(weather.duplicated),
            strikes(weather.delayed),
            strikes(weather.truncated),
        ];
        let minutes = rng.random_range(1..=LONGEST_DELAY_MIN);
        if delayed && !parcel.delayed {
            parcel.delayed = true;
            let at = now + SignedDuration::from_mins(minutes);
            self.agenda.add(
                at,
                Event::Send {
                    patient,
                    parcel: number,
                },
            );
            self.reached("a request was delayed");
            return Ok(());
        }
        let call = parcel.call(&token, cut);
        let mut reply = if lost {
            Reply::Lost
        } else {
            self.call(call.clone()).await?
        };
        if twice && !lost {
            self.reached("a request arrived twice");
            reply = self.call(call).await?;
        }
        if unheard && matches!(reply, Reply::Answer { .. }) {
            self.reached("an answer was lost");
            reply = Reply::Lost;
        }
        self.heard(patient, number, &reply, cut)
    }

    fn heard(
        &mut self,
        patient: usize,
        number: u64,
        reply: &Reply,
        cut: bool,
    ) -> anyhow::Result<()> {
        let done = match reply {
            Reply::Answer { status, body } if (200..300).contains(status) => {
                self.acknowledged(patient, number, body);
                true
            }
            // Not a patient any more; or something no phone repeats.
            Reply::Answer { status, .. } => !cut && *status < 429,
            Reply::Lost | Reply::Unreachable => false,
        };
        let now = self.site.now();
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        if done {
            phone.outbox.remove(&number);
            return Ok(());
        }
        if let Some(parcel) = phone.outbox.get_mut(&number) {
            parcel.tries += 1;
            let wait = SignedDuration::from_secs(20 << parcel.tries.min(8)).min(LONGEST_WAIT);
            self.agenda.add(
                now + wait,
                Event::Send {
                    patient,
                    parcel: number,
                },
            );
        }
        Ok(())
    }

    fn acknowledged(&mut self, patient: usize, number: u64, body: &Value) {
        let now = self.site.now();
        let parcel = self
            .phones
            .get(patient)
            .and_then(|phone| phone.outbox.get(&number));
        let Some(parcel) = parcel.cloned() else {
            return;
        };
        let dispositions: Vec<String> = body["results"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|result| {
                result["disposition"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect();
        let first = dispositions.first().cloned();
        let book = self.book(patient);
        match &parcel.what {
            What::Answers(ids) => {
                for (id, disposition) in ids.iter().zip(dispositions) {
                    if let Some(answer) = book.answers.get_mut(id) {
                        answer.acknowledged_at.get_or_insert(now);
                        answer.disposition.get_or_insert(disposition);
                    }
                }
            }
            What::Session(id) => {
                if let Some(upload) = book.uploads.get_mut(id) {
                    upload.acknowledged = true;
                    upload.disposition = first;
                }
            }
            What::Impostor(id) => {
                if let Some(upload) = book.uploads.get_mut(id) {
                    // Where it came first it is the session, and the other one is the impostor.
                    let known =
                        matches!(upload.disposition.as_deref(), Some("created" | "duplicate"));
                    upload.impostor = first.filter(|_| known);
                }
                self.reached("another session under a known id");
            }
            What::CheckIn(id) => {
                let kept = matches!(first.as_deref(), Some("created" | "duplicate"));
                book.checkins.insert(id.clone(), kept);
            }
            What::Zone(_) => {
                book.zone_heard.push(now);
                self.reached("a zone was told");
            }
            What::PushToken(token) => {
                book.tokens.push((now, token.clone()));
                if let Some((_, until)) = book.unreachable.last_mut() {
                    until.get_or_insert(now);
                }
            }
            What::Withdrawal => {
                if let Some((_, heard)) = &mut book.withdrawn {
                    heard.get_or_insert(now);
                }
            }
            What::Settings => {
                if let Some((since, _, _)) = &mut book.quiet_hours {
                    *since = now;
                }
            }
        }
        let with = json!({ "patient": patient, "what": kind_of(&parcel.what) });
        self.log.add(now, "kept", &with);
    }

    /// Whatever was kept goes out, answers together, in no order and one of them twice.
    pub(crate) fn on_line(&mut self, patient: usize) -> anyhow::Result<()> {
        let now = self.site.now();
        let seed = self.seed;
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        phone.off_line_until = None;
        let who = u64::try_from(patient).unwrap_or(0);
        let mut rng = stream(
            seed,
            Use::Network,
            who | 1 << 63,
            u32::try_from(phone.parcels).unwrap_or(0),
        );
        let (answers, others): (Vec<u64>, Vec<u64>) = phone
            .outbox
            .iter()
            .map(|(number, parcel)| (*number, matches!(parcel.what, What::Answers(_))))
            .fold(
                (Vec::new(), Vec::new()),
                |(mut answers, mut others), (number, answer)| {
                    if answer {
                        answers.push(number)
                    } else {
                        others.push(number)
                    }
                    (answers, others)
                },
            );
        let mut kept: Vec<Parcel> = answers
            .iter()
            .filter_map(|number| phone.outbox.remove(number))
            .collect();
        kept.shuffle(&mut rng);
        let mut to_send = others;
        for batch in kept.chunks(BATCH) {
            let parcel = together(batch);
            phone.outbox.insert(phone.parcels, parcel);
            to_send.push(phone.parcels);
            phone.parcels += 1;
        }
        if !kept.is_empty() {
            self.reached("kept answers went out at once");
        }
        for parcel in to_send {
            self.agenda.add(now, Event::Send { patient, parcel });
        }
        Ok(())
    }
}

/// Several parcels of answers as one; the first answer is in it twice.
fn together(parcels: &[Parcel]) -> Parcel {
    let mut ids = Vec::new();
    let mut answers = Vec::new();
    for parcel in parcels {
        if let What::Answers(own) = &parcel.what {
            ids.extend(own.iter().cloned());
            answers.extend(
                parcel.body["answers"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
    }
    if let (Some(answer), Some(id)) = (answers.first().cloned(), ids.first().cloned()) {
        answers.push(answer);
        ids.push(id);
    }
    let body = json!({ "answers": answers });
    Parcel::post("/v1/me/answers", body, What::Answers(ids))
}

fn kind_of(what: &What) -> &'static str {
    match what {
        What::Answers(_) => "answers",
        What::Session(_) => "session",
        What::Impostor(_) => "impostor",
        What::CheckIn(_) => "check-in",
        What::Zone(_) => "zone",
        What::PushToken(_) => "push token",
        What::Withdrawal => "withdrawal",
        What::Settings => "settings",
    }
}
