//! `footing-sim demo`: a whole clinic in one process. The real server on SQLite, a fake push gateway,
//! synthetic patients; 28 days pass on a virtual clock, every job at the instant it wants, then real time goes on.

pub mod cast;
pub mod clinic;
pub mod command;
pub mod phone;
pub mod prescriptions;
pub mod story;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use footing_server::app::{Running, StartOptions, start};
use footing_server::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use footing_server::rt::Doors;
use footing_server::rt::clock::{Clock, VirtualClock, WallClock};
use footing_server::rt::entropy::OsEntropy;
use footing_server::rt::password_cost::PasswordCost;
use footing_server::rt::spawn::Blocking;
use footing_server::store::StoreOptions;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::client::Client;
use crate::gateway::{FakeGateway, GatewayOptions};
use crate::progress;
use clinic::{Clinic, EMAIL, SLUG};
use phone::{Act, Phone};
use story::Today;

/// The patient whose page is offered: reachable, and following the plan.
const SHOWN_PATIENT: usize = 0;

/// How the demonstration runs.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the database and the logs go; a fresh folder.
    pub folder: PathBuf,
    /// Seed of everything the patients do.
    pub seed: u64,
    /// Days that pass before it serves.
    pub days: u32,
}

/// A clinic after its days, serving.
pub struct Demo {
    /// The server.
    pub running: Running,
    /// The gateway its prompts go to.
    pub gateway: FakeGateway,
    /// The clinic.
    pub clinic: Clinic,
    /// Signs the clinician in, once.
    pub clinician_link: String,
    /// Opens one patient's page, once.
    pub patient_link: String,
    /// Where accepted pushes are logged.
    pub push_log: PathBuf,
}

/// Builds the clinic and lives through its days.
///
/// # Errors
/// When the folder is in use, the port is taken, or the server refuses something it should take.
pub async fn live(request: &Request) -> anyhow::Result<Demo> {
    std::fs::create_dir_all(&request.folder)?;
    let database = request.folder.join("footing.db");
    anyhow::ensure!(
        !database.exists(),
        "{} exists already; give another --data folder",
        database.display()
    );
    let push_log = request.folder.join("push.jsonl");
    let gateway = FakeGateway::start(GatewayOptions {
        ledger_path: Some(push_log.clone()),
        ..GatewayOptions::default()
    })?;
    let end = WallClock.now();
    let begin = end.checked_sub(SignedDuration::from_hours(24 * i64::from(request.days)))?;
    let clock = VirtualClock::new(begin);
    let running = start(options(request, &database)?, doors(&clock, &gateway)?).await?;
    let client = Client::new(&format!("http://{}", running.address))?;
    let mut rng = ChaCha8Rng::seed_from_u64(request.seed);
    let mut clinic = Clinic::open(&running, &client, &mut rng).await?;
    let first_day = begin.to_zoned(TimeZone::UTC).date();
    let mut phones = clinic
        .admit(&first_day.to_string(), request.seed, &gateway)
        .await?;
    let mut month = Month {
        request,
        clock: &clock,
        running: &running,
        clinic: &clinic,
        agenda: Agenda::default(),
    };
    month.live(&mut phones, first_day).await?;
    clock.go_live();
    running.settle().await;
    let clinician_link = running.sign_in_link(SLUG, EMAIL).await?;
    let patient_link = clinic.patient_link(SHOWN_PATIENT).await?;
    Ok(Demo {
        running,
        gateway,
        clinic,
        clinician_link,
        patient_link,
        push_log,
    })
}

fn options(request: &Request, database: &Path) -> anyhow::Result<StartOptions> {
    let url = format!("sqlite:{}", database.display())
        .parse()
        .map_err(anyhow::Error::msg)?;
    let store = StoreOptions {
        url,
        connections: 4,
    };
    Ok(StartOptions {
        listen: request.listen,
        public_url: None,
        store,
        workers: 1,
        push_in_flight: 1000,
    })
}

fn doors(clock: &VirtualClock, gateway: &FakeGateway) -> anyhow::Result<Doors> {
    let mut config = FcmConfig::new(ServiceAccount::from_json(
        gateway.service_account_json().as_bytes(),
    )?);
    config.endpoint = gateway
        .endpoint()
        .parse()
        .context("the gateway's address")?;
    config.extra_root_ca_pem = Some(gateway.ca_pem().to_owned());
    // The gateway checks credentials on its own clock, which is the wall's.
    let push = FcmChannel::new(config, Box::new(|| WallClock.now().as_second()))?;
    Ok(Doors {
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(OsEntropy::default()),
        push: Arc::new(push),
        blocking: Blocking::Threads,
        password_cost: PasswordCost::OWASP,
    })
}

/// What happens when, earliest first; a number keeps the order of what happens at one instant.
#[derive(Default)]
struct Agenda {
    queue: BinaryHeap<Reverse<(Timestamp, u64)>>,
    acts: std::collections::HashMap<u64, (usize, Act)>,
    next: u64,
}

impl Agenda {
    fn add(&mut self, at: Timestamp, phone: usize, act: Act) {
        self.queue.push(Reverse((at, self.next)));
        self.acts.insert(self.next, (phone, act));
        self.next += 1;
    }

    fn pop_before(&mut self, limit: Timestamp) -> Option<(Timestamp, usize, Act)> {
        let Reverse((at, _)) = self.queue.peek()?;
        if *at >= limit {
            return None;
        }
        let Reverse((at, number)) = self.queue.pop()?;
        let (phone, act) = self.acts.remove(&number)?;
        Some((at, phone, act))
    }
}

struct Month<'a> {
    request: &'a Request,
    clock: &'a VirtualClock,
    running: &'a Running,
    clinic: &'a Clinic,
    agenda: Agenda,
}

impl Month<'_> {
    async fn live(&mut self, phones: &mut [Phone], first_day: Date) -> anyhow::Result<()> {
        let bar = progress::bar(
            u64::from(self.request.days),
            "Living through {len} days  {bar:40} day {pos}  {elapsed}",
        );
        // The first and the last of these are part of a day by UTC.
        for day in 0..=self.request.days {
            let date = first_day.checked_add(i64::from(day).days())?;
            self.day(phones, date, day).await?;
            bar.set_position(u64::from(day));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// One day by UTC: phones plan their own local day, then everything happens in its order.
    async fn day(&mut self, phones: &mut [Phone], date: Date, day: u32) -> anyhow::Result<()> {
        let days = self.request.days;
        let today = Today {
            date,
            day,
            left: days.saturating_sub(day),
        };
        for (index, phone) in phones.iter_mut().enumerate() {
            let mut acts = phone.plan_day(date, day, days).await?;
            acts.extend(story::of_phone(phone, today).await?);
            for (at, act) in acts {
                self.agenda.add(at, index, act);
            }
        }
        story::of_clinic(self.clinic, phones, today).await?;
        let end = date
            .tomorrow()?
            .to_zoned(TimeZone::UTC)?
            .timestamp()
            .min(WallClock.now());
        while let Some((at, index, act)) = self.agenda.pop_before(end) {
            self.running.advance(self.clock, at).await?;
            if let Some(phone) = phones.get_mut(index) {
                phone.act(&act, self.clock.now().max(at)).await?;
            }
        }
        self.running.advance(self.clock, end).await?;
        Ok(())
    }
}
