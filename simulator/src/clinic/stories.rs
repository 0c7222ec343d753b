//! Stories: what happens besides the days, as a scenario tells them or a seed's weather has it.

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use serde_json::json;

use super::agenda::Event;
use super::chance::{Use, stream};
use super::desk::{Errand, Task};
use super::parcel::{Parcel, What};
use super::phone::Deed;
use super::run::{LONGEST_OFF_LINE_DAYS, Run};
use super::scenario::Act;
use super::site::Site;

/// Between two reports of a zone by a phone's system; the server believes two that are half an hour apart.
const SECOND_REPORT: SignedDuration = SignedDuration::from_mins(40);

impl<S: Site> Run<S> {
    /// Tells a story to a patient.
    pub(crate) async fn story(&mut self, story: usize, patient: usize) -> anyhow::Result<()> {
        let now = self.site.now();
        let Some(story) = self.scenario.story.get(story).cloned() else {
            return Ok(());
        };
        let day = story.day;
        if self.phones.get(patient).is_none_or(|phone| phone.gone) {
            return Ok(());
        }
        match story.act {
            Act::Travels { to } => self.travels(patient, &to, now).await?,
            Act::OffLine { days } => self.goes_off_line(patient, i64::from(days) * 24),
            Act::PhoneClock { error_s } => self.sets_clock(patient, error_s),
            Act::SwapsFeet => self.swaps_feet(patient),
            Act::Walks { gait } => self.with(patient, |phone| phone.gait = gait),
            Act::Follows { percent } => {
                self.with(patient, |phone| {
                    phone.follows = Some(f64::from(percent) / 100.0)
                });
            }
            Act::Pain { back } => self.says(patient, json!({ "back_pain": back })).await?,
            Act::Falls => {
                self.book(patient).held_back = true;
                self.says(patient, json!({ "fall": true })).await?;
            }
            Act::RedFlag { key } => {
                let said = json!({ "red_flags": [{ "key": key, "yes": true }] });
                self.says(patient, said).await?;
            }
            Act::Withdraws => self.withdraws(patient, now).await?,
            Act::TokenDies => self.token_dies(patient, now),
            Act::Erased => self.sends_on(patient, Task::Erase),
            Act::Paused { days, reason } => self.sends_on(patient, Task::Pause { days, reason }),
            Act::Plan { lines } => {
                let moved_min = 0;
                self.sends_on(patient, Task::Plan { lines, moved_min });
            }
            Act::OrthoticIssued => self.sends_on(patient, Task::Orthotic),
            Act::HandedOver => self.sends_on(patient, Task::HandOver),
            Act::Message { text } => {
                let id = self.message_id(patient, day);
                self.sends_on(patient, Task::Write { id, text });
            }
        }
        Ok(())
    }

    /// What the seed has in store for somebody on a day.
    pub(crate) fn mishaps(&mut self, patient: usize, day: u32) {
        let now = self.site.now();
        if self.weather.is_calm(now) {
            return;
        }
        let device = self.weather.device;
        let who = u64::try_from(patient).unwrap_or(0);
        let mut rng = stream(self.seed, Use::Weather, who + 1, day);
        let draws: [f64; 4] = rng.random();
        let (days, error) = (
            rng.random_range(1..=LONGEST_OFF_LINE_DAYS),
            rng.random_range(-1.0..=1.0_f64),
        );
        let leaves_calm = |days: i64| {
            let back = now + SignedDuration::from_hours(24 * days);
            !self.weather.is_calm(back)
        };
        let off_line = draws[0] < device.off_line && leaves_calm(days);
        if off_line {
            self.goes_off_line(patient, 24 * days);
        }
        if draws[1] < device.tokens_die {
            self.token_dies(patient, now);
        }
        if day == 0 && draws[2] < device.wrong_clock {
            #[expect(clippy::cast_possible_truncation, reason = "seconds")]
            let error_s = (error * device.wrong_by_s) as i64;
            self.sets_clock(patient, error_s);
        }
        if day == 0 && draws[3] < device.swapped_feet {
            self.swaps_feet(patient);
        }
    }

    fn with(&mut self, patient: usize, change: impl FnOnce(&mut super::phone::Phone)) {
        if let Some(phone) = self.phones.get_mut(patient) {
            change(phone);
        }
    }

    fn sends_on(&mut self, patient: usize, task: Task) {
        let errand = Errand::new(patient, task);
        self.agenda.add(self.site.now(), Event::Errand { errand });
    }

    async fn says(&mut self, patient: usize, said: serde_json::Value) -> anyhow::Result<()> {
        self.deed(patient, Deed::CheckIn { said }).await
    }

    async fn travels(&mut self, patient: usize, to: &str, now: Timestamp) -> anyhow::Result<()> {
        self.with(patient, |phone| to.clone_into(&mut phone.zone));
        self.book(patient).zones.push((now, to.to_owned()));
        let report = || {
            Parcel::put(
                "/v1/me/time-zone",
                json!({ "time_zone": to }),
                What::Zone(to.to_owned()),
            )
        };
        self.post(patient, report()).await?;
        // The second waits in the outbox until its time.
        if let Some(phone) = self.phones.get_mut(patient) {
            let parcel = phone.parcels;
            phone.parcels += 1;
            phone.outbox.insert(parcel, report());
            self.agenda
                .add(now + SECOND_REPORT, Event::Send { patient, parcel });
        }
        Ok(())
    }

    /// A phone that is elsewhere than it was enrolled says so each day.
    pub(crate) async fn tell_zone(&mut self, patient: usize) -> anyhow::Result<()> {
        let Some((_, zone)) = self
            .book(patient)
            .zones
            .get(1..)
            .and_then(<[_]>::last)
            .cloned()
        else {
            return Ok(());
        };
        let body = json!({ "time_zone": zone });
        self.post(
            patient,
            Parcel::put("/v1/me/time-zone", body, What::Zone(zone)),
        )
        .await
    }

    fn goes_off_line(&mut self, patient: usize, hours: i64) {
        let until = self.site.now() + SignedDuration::from_hours(hours);
        self.with(patient, |phone| phone.off_line_until = Some(until));
        self.agenda.add(until, Event::OnLine { patient });
        self.reached("a phone was off line for days");
    }

    fn sets_clock(&mut self, patient: usize, error_s: i64) {
        self.with(patient, |phone| phone.clock_error_s = error_s);
        self.book(patient).clock_beyond_repair |= error_s.abs() > 86_400;
        self.reached("a phone's clock was wrong");
    }

    fn swaps_feet(&mut self, patient: usize) {
        self.with(patient, |phone| phone.swapped = true);
        self.book(patient).swapped = true;
        self.reached("insoles were in the wrong shoes");
    }

    async fn withdraws(&mut self, patient: usize, now: Timestamp) -> anyhow::Result<()> {
        self.book(patient).withdrawn = Some((now, None));
        let parcel = Parcel::post("/v1/me/consent/withdraw", json!({}), What::Withdrawal);
        self.post(patient, parcel).await
    }

    /// The gateway forgets the token; the app gets a new one and registers it some hours later.
    fn token_dies(&mut self, patient: usize, now: Timestamp) {
        let Some(phone) = self.phones.get_mut(patient) else {
            return;
        };
        let old = phone.push_token.clone();
        phone.push_token = format!("{old}+");
        self.site.forget_token(&old);
        self.book(patient).unreachable.push((now, None));
        self.agenda.add(
            now + SignedDuration::from_hours(5),
            Event::NewToken { patient },
        );
        self.reached("the gateway forgot a token");
    }

    /// The app registers its new token.
    pub(crate) async fn new_token(&mut self, patient: usize) -> anyhow::Result<()> {
        let Some(phone) = self.phones.get(patient).filter(|phone| !phone.gone) else {
            return Ok(());
        };
        let token = phone.push_token.clone();
        let body = json!({ "push_token": token });
        let parcel = Parcel::put("/v1/me/push-token", body, What::PushToken(token));
        self.post(patient, parcel).await
    }
}
