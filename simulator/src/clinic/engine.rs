//! One run from beginning to end.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
#[cfg(feature = "planted")]
use footing_server::planted;
use footing_server::planted::Bug;
use footing_server::rt::clock::{Clock, WallClock};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::agenda::Event;
use super::checker::{self, Finding};
use super::gateway::Gateway;
use super::house::{House, Plan};
use super::ledger::Ledger;
use super::log::{hash_of, hash_of_files};
use super::observe::Observed;
use super::place::Place;
use super::remote::{Codes, Remote, SpawnOptions};
use super::run::{Run, begin_of, end_of};
use super::scenario::Scenario;
use super::site::Site;
use super::time::SimClock;
use super::weather::Weather;
use crate::out::Usage;

/// After the last day, until everything has to be at rest.
const REST: SignedDuration = SignedDuration::from_mins(10);

/// What is run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// What is lived.
    pub(crate) scenario: Scenario,
    /// Decides everything.
    pub seed: u64,
    /// It ends here, where it does not run to its last day.
    pub until: Option<Timestamp>,
    /// Strikes that do not happen, by their place: what is left out when a failure is made smaller.
    pub(crate) spared: Vec<usize>,
    /// The process is killed at these instants, between two acts, and comes back a second later.
    #[serde(default)]
    pub(crate) kills: Vec<Timestamp>,
    /// A planted bug, in a build that has them.
    pub planted: Option<String>,
}

impl Order {
    /// A scenario and a seed.
    pub fn new(scenario: Scenario, seed: u64) -> Self {
        Self {
            scenario,
            seed,
            until: None,
            spared: Vec::new(),
            kills: Vec::new(),
            planted: None,
        }
    }

    /// Kills the process at these instants, between two acts.
    ///
    /// # Errors
    /// When one of them is not within the run.
    pub fn killed_at(mut self, kills: &[Timestamp]) -> anyhow::Result<Self> {
        let (begin, end) = self.span()?;
        if let Some(at) = kills.iter().find(|at| !(begin..end).contains(*at)) {
            return Err(Usage::error(format!(
                "a kill at {at} is not within the run, which goes from {begin} to {end}"
            )));
        }
        self.kills = kills.to_vec();
        Ok(self)
    }

    /// When it begins and ends.
    fn span(&self) -> anyhow::Result<(Timestamp, Timestamp)> {
        let end = end_of(&self.scenario)?;
        let end = self.until.map_or(end, |until| until.min(end));
        Ok((begin_of(&self.scenario)?, end))
    }

    /// What goes wrong in it, without what is spared, and how many strikes there were with it.
    fn weather(&self) -> anyhow::Result<(Weather, usize)> {
        let (begin, end) = (begin_of(&self.scenario)?, end_of(&self.scenario)?);
        let mut weather = Weather::of(&self.scenario, self.seed, begin, end);
        let strikes = weather.strikes.len();
        let mut place = 0;
        weather.strikes.retain(|_| {
            place += 1;
            !self.spared.contains(&(place - 1))
        });
        Ok((weather, strikes))
    }
}

/// What it came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What those outside saw.
    pub(crate) ledger: Ledger,
    /// What the server says.
    pub(crate) observed: Observed,
    /// What happened, line by line.
    pub events: Vec<String>,
    /// Of the lines.
    pub events_hash: String,
    /// Of what the server says.
    pub state_hash: String,
    /// Of the bytes of the server's files but SQLite's salts, where they are in this process. Equal for runs that are each the first of
    /// their process: the disk's clock goes on.
    pub data_hash: Option<String>,
    /// Real time that opening the clinic, the days, and reading and checking took.
    pub took: [Duration; 3],
    /// Broken promises.
    pub findings: Vec<Finding>,
    /// How often which state was reached.
    pub reached: BTreeMap<&'static str, u32>,
    /// Days lived by patients.
    pub patient_days: u64,
    /// What the seed drew.
    pub(crate) weather: Weather,
    /// Strikes of the seed, those that were spared counted.
    pub(crate) strikes: usize,
}

/// Runs an order in this process, in virtual time, on one thread.
///
/// # Errors
/// When something outside the simulated world fails, such as the database that is named.
pub fn in_process(
    order: &Order,
    database_url: Option<&str>,
    progress: Box<dyn Fn(u32)>,
) -> anyhow::Result<Outcome> {
    let bug = order.planted.as_deref().map(bug_named).transpose()?;
    let _planted = Planted::new(bug)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(live(order, progress, async |begin, weather| {
        let truth = SimClock::new(begin);
        let place = match database_url {
            Some(url) => Place::Url(url.to_owned()),
            None => Place::fresh(),
        };
        House::build(Plan {
            seed: order.seed,
            place,
            yields: weather.yields,
            nodes: weather.nodes.clone(),
            gateway: Gateway::new(order.seed, truth.clone(), weather.gateway.clone()),
            truth,
        })
        .await
    }))
}

/// A server in another process.
#[derive(Debug, Clone)]
pub(crate) enum Elsewhere {
    /// Started for the run.
    Spawned(SpawnOptions),
    /// Runs somewhere.
    Staging {
        /// Its address.
        base: String,
        /// Of the scenario's clinics.
        codes: Codes,
    },
}

/// Runs an order before a server of another process, over sockets, in the time of its sandbox clock.
///
/// # Errors
/// When the server cannot be started or is no sandbox.
pub(crate) fn elsewhere(
    order: &Order,
    server: Elsewhere,
    progress: Box<dyn Fn(u32)>,
) -> anyhow::Result<Outcome> {
    if order.planted.is_some() {
        let why = "a bug can be planted only in the server of this process";
        return Err(Usage::error(why));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(live(order, progress, async |begin, weather| {
        Remote::calm(weather);
        match server {
            Elsewhere::Spawned(options) => Remote::spawn(&options, begin).await,
            Elsewhere::Staging { base, codes } => Remote::elsewhere(&base, codes, begin),
        }
    }))
}

fn bug_named(name: &str) -> anyhow::Result<Bug> {
    let known = Bug::ALL.iter().find(|bug| bug.name() == name);
    known
        .copied()
        .with_context(|| format!("there is no bug {name:?}"))
}

/// A bug that is in the server for as long as this lives.
struct Planted;

impl Planted {
    #[cfg(feature = "planted")]
    fn new(bug: Option<Bug>) -> anyhow::Result<Self> {
        planted::plant(bug);
        Ok(Self)
    }

    #[cfg(not(feature = "planted"))]
    fn new(bug: Option<Bug>) -> anyhow::Result<Self> {
        anyhow::ensure!(
            bug.is_none(),
            "this build has no planted bugs; build it with the feature `planted`"
        );
        Ok(Self)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        #[cfg(feature = "planted")]
        planted::plant(None);
    }
}

/// Lives through an order before the server of a site that is built for it.
async fn live<S: Site>(
    order: &Order,
    progress: Box<dyn Fn(u32)>,
    build: impl AsyncFnOnce(Timestamp, &mut Weather) -> anyhow::Result<S>,
) -> anyhow::Result<Outcome> {
    let (begin, end) = order.span()?;
    let (mut weather, strikes) = order.weather()?;
    let began = WallClock.running_for();
    let site = build(begin, &mut weather).await?;
    let mut run = Run::open(order.scenario.clone(), order.seed, site, weather).await?;
    run.progress = progress;
    let opened = WallClock.running_for();
    let lived = days(&mut run, order, end).await;
    let ended = WallClock.running_for();
    let outcome = finish(run, lived, begin, end, strikes).await?;
    let read = WallClock.running_for();
    Ok(Outcome {
        took: [opened - began, ended - opened, read - ended],
        ..outcome
    })
}

async fn days(run: &mut Run<impl Site>, order: &Order, end: Timestamp) -> anyhow::Result<()> {
    run.fill_agenda()?;
    for at in &order.kills {
        run.agenda.add(*at, Event::Kill);
    }
    run.live_until(end).await?;
    run.come_to_rest(end + REST).await
}

async fn finish(
    mut run: Run<impl Site>,
    lived: anyhow::Result<()>,
    begin: Timestamp,
    end: Timestamp,
    strikes: usize,
) -> anyhow::Result<Outcome> {
    // A server with which nobody can live is a finding, like one that says something wrong.
    let read = match lived {
        Ok(()) => read(&mut run).await,
        Err(error) => Err(error),
    };
    let (observed, stuck) = match read {
        Ok(observed) => (observed, None),
        Err(error) => (Observed::default(), Some(format!("{error:#}"))),
    };
    let offers = run.site.offers();
    run.ledger.is_gateway_unseen = offers.is_none();
    run.ledger.offers = offers.unwrap_or_default();
    run.ledger.lives = run.site.lives();
    run.ledger.stood = run.site.stood();
    run.ledger.late_s = run.weather.late_s();
    run.ledger
        .gateway_down
        .clone_from(&run.weather.gateway.down);
    let findings = match stuck {
        Some(text) => vec![Finding::stuck(text)],
        None => checker::check(&run.ledger, &observed, begin, end),
    };
    let data_hash = run.site.files().map(|files| hash_of_files(&files));
    let days = end.duration_since(begin).as_hours() / 24;
    let patient_days = u64::try_from(days).unwrap_or(0) * run.phones.len() as u64;
    run.reach_afterwards();
    let mut events = run.log.lines().to_vec();
    events.extend(offer_lines(&run.ledger, &observed));
    Ok(Outcome {
        events_hash: hash_of(events.iter()),
        events,
        state_hash: observed.hash(),
        data_hash,
        took: [Duration::ZERO; 3],
        findings,
        reached: run.reached,
        patient_days,
        weather: run.weather,
        strikes,
        ledger: run.ledger,
        observed,
    })
}

/// What the server says, and what it says after its process ended and began again; where nothing strikes, the days are the
/// subject and not the process.
async fn read(run: &mut Run<impl Site>) -> anyhow::Result<Observed> {
    let mut observed = run.observe().await?;
    if !run.weather.strikes.is_empty() {
        run.observe_restarts(&mut observed).await?;
    }
    Ok(observed)
}

/// What the gateway saw, in words that do not depend on ids.
fn offer_lines(ledger: &Ledger, observed: &Observed) -> Vec<String> {
    let names: BTreeMap<String, String> = observed
        .patients
        .iter()
        .enumerate()
        .flat_map(|(number, patient)| {
            patient.occurrences.iter().map(move |one| {
                let name = format!(
                    "{number} {} {} {}",
                    one["exercise"], one["date"], one["time"]
                );
                (one["id"].as_str().unwrap_or_default().to_owned(), name)
            })
        })
        .collect();
    let mut lines: Vec<String> = ledger
        .offers
        .iter()
        .map(|offer| {
            let about = names.get(&format!("occ_{}", offer.id));
            serde_json::json!({ "at": offer.at, "push": offer.kind, "about": about, "accepted": offer.accepted })
                .to_string()
        })
        .collect();
    // At one instant the order depends on ids.
    lines.sort();
    lines
}
