//! The days of a clinic, one thing after another: people act, time passes, things break, the server is the real one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::json;

use super::agenda::{Agenda, Event};
use super::ledger::{End, Injected, Ledger, PatientBook, ServerError};
use super::log::EventLog;
use super::phone::{Phone, Shown, Today};
use super::scenario::{Act, Scenario};
use super::site::{Call, Reply, Site, Woken};
use super::staff::Staff;
use super::weather::{Blow, Weather};

/// The effects of something that breaks may be seen so long after it was mended: leases, back-offs, circuits.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(5);
/// Until a phone looks again whose look was not answered.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(15);
/// How often.
const LOOKS: u32 = 40;
/// The longest a seed takes a phone off line.
pub(crate) const LONGEST_OFF_LINE_DAYS: i64 = 3;
/// The server plans so far ahead.
const HORIZON_DAYS: i64 = 7;
/// A server that is killed between two acts is away for so long.
const KILLED_FOR_S: i64 = 1;
/// A server that does not come back is tried again after this long.
const RESTART_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// A run.
pub(crate) struct Run<S> {
    /// What is lived.
    pub(crate) scenario: Scenario,
    /// Decides everything.
    pub(crate) seed: u64,
    /// Where the server is.
    pub(crate) site: S,
    /// What goes wrong.
    pub(crate) weather: Weather,
    /// What is to come.
    pub(crate) agenda: Agenda,
    /// Patients.
    pub(crate) phones: Vec<Phone>,
    /// Clinicians.
    pub(crate) staff: Staff,
    /// A second clinic and its patient, whom nobody may see.
    pub(crate) neighbour: Option<(Staff, String)>,
    /// What was seen from outside.
    pub(crate) ledger: Ledger,
    /// What happened.
    pub(crate) log: EventLog,
    /// Transmissions so far.
    pub(crate) transmissions: u64,
    /// What strikes when the server is gone: how long it stays away.
    pub(crate) down_s: i64,
    /// How often which state was reached.
    pub(crate) reached: BTreeMap<&'static str, u32>,
    /// Called with each day that begins.
    pub(crate) progress: Box<dyn Fn(u32)>,
}

/// The first instant of a scenario.
pub(crate) fn begin_of(scenario: &Scenario) -> anyhow::Result<Timestamp> {
    let zone = TimeZone::get(&scenario.clinic.time_zone)?;
    Ok(scenario.clinic.first_day.to_zoned(zone)?.timestamp())
}

/// The instant after a scenario's last day.
pub(crate) fn end_of(scenario: &Scenario) -> anyhow::Result<Timestamp> {
    let zone = TimeZone::get(&scenario.clinic.time_zone)?;
    let last = scenario
        .clinic
        .first_day
        .checked_add(i64::from(scenario.clinic.days).days())?;
    Ok(last.to_zoned(zone)?.timestamp())
}

impl<S: Site> Run<S> {
    /// Notes that a state was reached.
    pub(crate) fn reached(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    /// A patient's page of the ledger.
    pub(crate) fn book(&mut self, patient: usize) -> &mut PatientBook {
        if self.ledger.patients.len() <= patient {
            self.ledger
                .patients
                .resize_with(patient + 1, PatientBook::default);
        }
        // Made so long above.
        &mut self.ledger.patients[patient]
    }

    /// The patient's date.
    pub(crate) fn today(&self, patient: usize) -> Date {
        let zone = self.phones.get(patient).map_or("UTC", |phone| &phone.zone);
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        self.site.now().to_zoned(zone).date()
    }

    /// A call whose answer is judged.
    pub(crate) async fn call(&mut self, call: Call) -> anyhow::Result<Reply> {
        let (name, cut) = (call.name(), call.cut);
        let reply = self.site.call(call).await?;
        if let Reply::Answer { status, body } = &reply {
            self.ledger.answered += 1;
            let error = || ServerError {
                at: self.site.now(),
                request: name.clone(),
                status: *status,
                text: body.to_string(),
            };
            match status {
                500.. => self.ledger.errors.push(error()),
                400..500 if !cut && !matches!(status, 401 | 404 | 409 | 429) => {
                    self.ledger.refusals.push(error());
                }
                _ => {}
            }
        }
        Ok(reply)
    }

    /// Puts the days on the agenda.
    pub(crate) fn fill_agenda(&mut self) -> anyhow::Result<()> {
        let first_day = self.scenario.clinic.first_day;
        let zone = TimeZone::get(&self.scenario.clinic.time_zone)?;
        for day in 0..self.scenario.clinic.days {
            let date = first_day.checked_add(i64::from(day).days())?;
            if date.weekday().to_monday_one_offset() <= 5 {
                let at = date.at(9, 0, 0, 0).to_zoned(zone.clone())?.timestamp();
                self.agenda.add(at, Event::Desk { day });
            }
            for patient in 0..self.phones.len() {
                if let Some(phone) = self.phones.get(patient)
                    && phone.token.is_some()
                {
                    // The first day has begun when they enrol.
                    let at = phone.local(date, 5, 30).max(self.site.now());
                    let tries = 0;
                    self.agenda.add(
                        at,
                        Event::Morning {
                            patient,
                            day,
                            tries,
                        },
                    );
                }
            }
        }
        for strike in self.weather.strikes.clone() {
            let (blow, node) = (strike.blow, strike.node);
            self.agenda.add(strike.at, Event::Strike { blow, node });
        }
        self.fill_stories(first_day)
    }

    fn fill_stories(&mut self, first_day: Date) -> anyhow::Result<()> {
        for (index, story) in self.scenario.story.iter().enumerate() {
            let date = first_day.checked_add(i64::from(story.day).days())?;
            let group = |phone: &&Phone| {
                let own = self
                    .scenario
                    .group
                    .get(phone.group)
                    .map(|group| &group.name);
                story.group.is_none() || story.group.as_ref() == own
            };
            let most = story.patients.map_or(usize::MAX, |most| most as usize);
            for phone in self.phones.iter().filter(group).take(most) {
                let at = phone.local(date, story.at.hour(), story.at.minute());
                let told = Event::Story {
                    story: index,
                    patient: phone.number,
                };
                self.agenda.add(at.max(self.site.now()), told);
            }
        }
        Ok(())
    }

    /// Lives until an instant.
    ///
    /// # Errors
    /// When something outside the simulated world fails.
    pub(crate) async fn live_until(&mut self, end: Timestamp) -> anyhow::Result<()> {
        while let Some(at) = self.agenda.next_at().filter(|at| *at < end) {
            self.pass(at).await?;
            // Somebody may have come in before, such as a server that is back.
            if let Some((_, event)) = self.agenda.pop_before(at + SignedDuration::from_nanos(1)) {
                self.happen(event).await?;
            }
        }
        self.pass(end).await
    }

    /// Lets time pass, through the ends of servers.
    async fn pass(&mut self, at: Timestamp) -> anyhow::Result<()> {
        while let Woken::Died { node, end } = self.site.until(at).await? {
            self.died(node, end);
            if self.agenda.next_at().is_some_and(|next| next < at) {
                break;
            }
        }
        Ok(())
    }

    fn died(&mut self, node: usize, end: End) {
        let now = self.site.now();
        self.injected("process", now, now + SignedDuration::from_secs(self.down_s));
        self.reached(match end {
            End::Crashed => "the process crashed",
            End::Killed => "the process was killed between two acts",
            End::PowerCut => "the power failed",
            End::Stopped => "the process was stopped",
            End::Stuck => "the process was stuck",
        });
        let back = now + SignedDuration::from_secs(self.down_s);
        self.agenda.add(back, Event::Restart { node });
    }

    fn injected(&mut self, what: &str, from: Timestamp, until: Timestamp) {
        self.ledger.injected.push(Injected {
            what: what.to_owned(),
            from,
            until: until + AFTERMATH,
            clock_s: 0,
        });
    }

    async fn happen(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Morning {
                patient,
                day,
                tries,
            } => self.morning(patient, day, tries).await,
            Event::Deed { patient, deed } => self.deed(patient, deed).await,
            Event::Send { patient, parcel } => self.send(patient, parcel).await,
            Event::OnLine { patient } => self.on_line(patient),
            Event::NewToken { patient } => self.new_token(patient).await,
            Event::Story { story, patient } => self.story(story, patient).await,
            Event::Desk { day } => self.working_day(day).await,
            Event::Errand { errand } => self.errand(errand).await,
            Event::Strike { blow, node } => self.strike(node, blow).await,
            Event::Mend { blow, node } => {
                self.site.mend(node, &blow);
                Ok(())
            }
            Event::Restart { node } => self.restart(node).await,
            Event::Kill => self.kill().await,
        }
    }

    async fn strike(&mut self, node: usize, blow: Blow) -> anyhow::Result<()> {
        let now = self.site.now();
        match &blow {
            Blow::Crash { down_s, .. }
            | Blow::PowerCut { down_s, .. }
            | Blow::Stop { down_s }
            | Blow::Kill { down_s } => {
                self.down_s = *down_s;
            }
            _ => {}
        }
        if !self.site.strike(node, &blow).await? {
            return Ok(());
        }
        match &blow {
            // It shows when it strikes.
            Blow::Crash { .. } | Blow::PowerCut { .. } | Blow::Stand { .. } => {}
            Blow::Stop { .. } => self.died(node, End::Stopped),
            Blow::Kill { .. } => self.died(node, End::Killed),
            Blow::DiskError { .. } => {
                self.reached("an operation of the disk failed");
                // It strikes with the next work there is; nobody knows when.
                self.injected("disk error", now, now + SignedDuration::from_hours(12));
            }
            Blow::DiskFull { for_s } | Blow::ClockStep { for_s, .. } => {
                let until = now + SignedDuration::from_secs(*for_s);
                let (what, state) = match blow {
                    Blow::DiskFull { .. } => ("disk full", "the disk was full"),
                    _ => ("clock", "the clock was wrong"),
                };
                self.injected(what, now, until);
                if let (Blow::ClockStep { by_s, .. }, Some(last)) =
                    (&blow, self.ledger.injected.last_mut())
                {
                    last.clock_s = *by_s;
                }
                self.reached(state);
                self.agenda.add(until, Event::Mend { blow, node });
            }
        }
        Ok(())
    }

    /// The process ends, and is back before anybody acts: where somebody acts while it would be away, it ends after them.
    async fn kill(&mut self) -> anyhow::Result<()> {
        let down_s = KILLED_FOR_S;
        let back = self.site.now() + SignedDuration::from_secs(down_s);
        match self.agenda.next_at().filter(|next| *next <= back) {
            Some(next) => {
                self.agenda.add(next, Event::Kill);
                Ok(())
            }
            None => {
                for node in 0..self.site.nodes() {
                    self.strike(node, Blow::Kill { down_s }).await?;
                }
                Ok(())
            }
        }
    }

    async fn restart(&mut self, node: usize) -> anyhow::Result<()> {
        if !self.site.restart(node).await? {
            let now = self.site.now();
            self.injected("no restart", now, now + RESTART_AGAIN);
            self.reached("a start failed");
            self.agenda
                .add(now + RESTART_AGAIN, Event::Restart { node });
        }
        Ok(())
    }

    /// The phone is looked at: what is due is known, and what the person will do about it.
    async fn morning(&mut self, patient: usize, day: u32, tries: u32) -> anyhow::Result<()> {
        let now = self.site.now();
        let days = self.scenario.clinic.days;
        let Some(phone) = self.phones.get(patient).filter(|phone| !phone.gone) else {
            return Ok(());
        };
        let date = self
            .scenario
            .clinic
            .first_day
            .checked_add(i64::from(day).days())?;
        let today = Today { day, days, date };
        let Some(group) = self.scenario.group.get(phone.group).cloned() else {
            return Ok(());
        };
        if tries == 0 {
            let shared_ids = self.calmed(now, self.weather.device.shared_ids);
            for (at, deed) in phone.day(&group, self.seed, today, shared_ids) {
                if at >= now {
                    self.agenda.add(at, Event::Deed { patient, deed });
                }
            }
            self.mishaps(patient, day);
            self.tell_zone(patient).await?;
        }
        let Some(phone) = self.phones.get(patient) else {
            return Ok(());
        };
        let through = date.checked_add(self.foresight_days().days())?;
        let path = format!("/v1/me/occurrences?from={date}&through={through}");
        let call = Call::get(phone.token.as_deref().unwrap_or_default(), path);
        let known = phone.known.clone();
        let reply = if phone.is_on_line(now) {
            self.call(call).await?
        } else {
            // What it heard before it went off line.
            Reply::Answer {
                status: 200,
                body: known,
            }
        };
        let Reply::Answer { status: 200, body } = reply else {
            let refused = matches!(reply, Reply::Answer { status, .. } if status < 429);
            if !refused && tries < LOOKS {
                let tries = tries + 1;
                let again = Event::Morning {
                    patient,
                    day,
                    tries,
                };
                self.agenda.add(now + LOOK_AGAIN, again);
            }
            return Ok(());
        };
        let shown = Shown::of(&body, date);
        let Some(phone) = self.phones.get_mut(patient) else {
            return Ok(());
        };
        phone.known = body;
        for (at, deed) in phone.follow(&group, self.seed, today, &shown, now) {
            self.agenda.add(at, Event::Deed { patient, deed });
        }
        (self.progress)(day);
        Ok(())
    }

    /// The days are over: what is open still goes on until an instant, and there is a server then.
    pub(crate) async fn come_to_rest(&mut self, at: Timestamp) -> anyhow::Result<()> {
        self.live_until(at).await?;
        for minute in 1..=60 {
            if self.everybody_is_back().await? {
                return Ok(());
            }
            self.live_until(at + SignedDuration::from_mins(minute))
                .await?;
        }
        anyhow::bail!("the server does not come back")
    }

    async fn everybody_is_back(&mut self) -> anyhow::Result<bool> {
        let mut all = true;
        for node in 0..self.site.nodes() {
            all &= self.site.restart(node).await?;
        }
        Ok(all)
    }

    /// States that show only afterwards.
    pub(crate) fn reach_afterwards(&mut self) {
        let offers = &self.ledger.offers;
        let lost = offers.iter().any(|offer| offer.accepted && !offer.told);
        let mut seen = std::collections::BTreeMap::new();
        let mut again = false;
        for offer in offers
            .iter()
            .filter(|offer| offer.accepted && offer.kind == "prompt")
        {
            again |= seen
                .insert(&offer.id, offer.life)
                .is_some_and(|life| life != offer.life);
        }
        let answers = self
            .ledger
            .patients
            .iter()
            .flat_map(|book| book.answers.values());
        let late = answers
            .filter_map(|answer| Some(answer.acknowledged_at?.duration_since(answer.given_at)))
            .any(|late| late > SignedDuration::from_hours(24));
        for (what, reached) in [
            ("a message was taken and the server never knew", lost),
            ("a prompt was sent again by the next process", again),
            ("an answer came more than a day late", late),
            ("two servers shared the database", self.site.nodes() > 1),
            ("a server stood still", !self.ledger.stood.is_empty()),
        ] {
            if reached {
                self.reached(what);
            }
        }
    }

    /// How many days ahead a phone asks: as many as it may have to go without a connection.
    fn foresight_days(&self) -> i64 {
        let told = self
            .scenario
            .story
            .iter()
            .filter_map(|story| match story.act {
                Act::OffLine { days } => Some(i64::from(days)),
                _ => None,
            });
        let drawn = (self.weather.device.off_line > 0.0).then_some(LONGEST_OFF_LINE_DAYS);
        told.chain(drawn).max().unwrap_or(0).min(HORIZON_DAYS)
    }

    /// A rate, or nothing once the calm has come.
    pub(crate) fn calmed(&self, now: Timestamp, rate: f64) -> f64 {
        if self.weather.is_calm(now) { 0.0 } else { rate }
    }

    /// The log's line for what the scenario is.
    pub(crate) fn log_beginning(&mut self) {
        let lines: Vec<String> = self
            .scenario
            .line
            .iter()
            .map(|line| format!("{} {}", line.exercise, line.days.words()))
            .collect();
        let with = json!({ "patients": self.phones.len(), "seed": self.seed, "lines": lines });
        self.log.add(self.site.now(), "opened", &with);
    }
}
