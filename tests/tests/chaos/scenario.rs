//! The run: set up, kill while phones upload, kill on while prompts are sent, stop under load, let it
//! come to rest, restart once more, and hand the evidence over.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use footing_server::rt::clock::{real_sleep, real_timeout};
use footing_simulator::gateway::{Accepted, Behaviour, FakeGateway, GatewayOptions};
use footing_tests::Database;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::clinic::Clinics;
use crate::dump;
use crate::evidence::{Evidence, Seen, Wanted};
use crate::installation::Installation;
use crate::killer::{Killer, Stop};
use crate::phone::{FINISHED_WITHIN, Orders, Phone};
use crate::records::Records;
use crate::report::{Report, STOPS_WITHIN_S};
use crate::wire::now_ms;

const KILLS: usize = 20;
/// Of these, at most so many before prompts are due.
const KILLS_OF_INGEST: usize = 8;
/// Sessions of one phone until the kills are over, and in all.
const SESSIONS: usize = 150;
const SESSIONS_IN_ALL: usize = 185;

/// How long the gateway takes for an answer during the kills: long enough to die in.
const SLOW: Duration = Duration::from_millis(250);
/// And afterwards.
const QUICK: Duration = Duration::from_millis(20);
/// Of a message accepted so many ms ago the answer is on its way, or just written down.
const ON_ITS_WAY_MS: i64 = 100;
/// A server that has nothing to send is killed all the same after so long.
const NOTHING_TO_SEND_MS: i64 = 2_000;
/// A refusal under way when the gateway stops refusing is heard within this.
const UNDER_WAY_MS: i64 = 1_000;
/// Messages of one device that meet the mixture.
const MIXTURE: usize = 60;
/// One in so many of them is refused for now.
const ONE_REFUSED_IN: u64 = 12;

/// The second wave is due one minute after the first; the server is stopped in the middle of it.
const STOP_AFTER_MS: i64 = 60_700;
/// A claim of a killed server ends after this at the latest.
const LEASES_END_MS: i64 = 62_000;
/// Everything is over by then, or never.
const GIVE_UP_MS: i64 = 170_000;
/// No message for so long is quiet.
const QUIET_MS: i64 = 4_000;

/// Everything that takes part.
struct World {
    database: Database,
    gateway: FakeGateway,
    clinics: Clinics,
    killer: Killer,
    records: Arc<Records>,
    orders: watch::Sender<Orders>,
    phones: JoinSet<()>,
    due_ms: i64,
    /// While the gateway refuses messages on purpose: from the first prompt to the last kill.
    refusing_ms: Range<i64>,
    wanted: Vec<Wanted>,
    /// Kept for its files.
    _folder: TempDir,
}

/// Runs it on a database.
pub(crate) async fn run(name: &str, database: Database) -> Report {
    let mut world = World::set_up(name, database).await;
    world.kill().await;
    let under_load = world.stop_under_load().await;
    world.finish_phones().await;
    let listed = world.clinics.sessions().await;
    world.come_to_rest().await;
    let (idle, restless) = world.restart_once_more().await;
    world.report(listed, vec![under_load, idle], restless).await
}

impl World {
    async fn set_up(name: &str, database: Database) -> Self {
        let folder = TempDir::with_prefix(format!("footing-chaos-{name}-")).unwrap();
        let gateway = FakeGateway::start(GatewayOptions::default()).unwrap();
        let files = gateway.write_files(folder.path()).unwrap();
        let installation = Installation::new(
            folder.path(),
            &database.address(),
            &gateway.endpoint(),
            &files,
        );
        let server = installation.serve().await;
        let clinics = Clinics::open(&installation).await;
        let chance = Chance::of("gateway", 0);
        for patient in &clinics.patients {
            gateway.set_sequence(&patient.push_token, (0..MIXTURE).map(|_| mixed(&chance)));
        }
        let (due_ms, wanted) = clinics.publish().await;
        let mut world = Self {
            database,
            gateway,
            clinics,
            killer: Killer::new(installation, server),
            records: Arc::default(),
            orders: watch::Sender::new(Orders::Rest),
            phones: JoinSet::new(),
            due_ms,
            refusing_ms: due_ms..i64::MAX,
            wanted,
            _folder: folder,
        };
        world.hand_out_phones().await;
        world
    }

    async fn hand_out_phones(&mut self) {
        let occurrences = self.clinics.occurrences(self.due_ms).await;
        for (number, patient) in self.clinics.patients.iter().enumerate() {
            let later = |seen: &&Seen| {
                seen.wanted.patient == number && seen.wanted.due_ms > self.due_ms + 3_600_000
            };
            let phone = Phone {
                patient: number,
                token: patient.phone.clone(),
                wire: self.clinics.wire.clone(),
                records: self.records.clone(),
                orders: self.orders.subscribe(),
                chance: Chance::of("phone", number),
                to_answer: occurrences
                    .iter()
                    .filter(later)
                    .map(|seen| seen.id.clone())
                    .collect(),
                sessions: 0,
            };
            self.phones.spawn(phone.run());
        }
    }

    fn order(&self, orders: Orders) {
        self.orders.send_replace(orders);
    }

    /// First while only phones talk to the server, then while it also sends prompts.
    async fn kill(&mut self) {
        let killer = &mut self.killer;
        self.orders.send_replace(Orders::Work(SESSIONS / 2));
        while killer.kills() < KILLS_OF_INGEST && now_ms() < self.due_ms - 1_500 {
            killer.live_for(200, 900).await;
            killer.kill().await;
        }
        self.orders.send_replace(Orders::Rest);
        until(self.due_ms).await;
        self.orders.send_replace(Orders::Work(SESSIONS));
        while killer.kills() < KILLS {
            killer.live_for(200, 900).await;
            until_one_is_on_its_way(&self.gateway).await;
            killer.kill().await;
        }
        self.order(Orders::Rest);
        for (number, patient) in self.clinics.patients.iter().enumerate() {
            let token = &patient.push_token;
            match number {
                0 => self
                    .gateway
                    .set_sequence(token, [Behaviour::TimeoutAfterAccept]),
                1 => self
                    .gateway
                    .set_sequence(token, [Behaviour::TimeoutBeforeAccept]),
                _ => self.gateway.set_behaviour(token, Behaviour::Slow(QUICK)),
            }
        }
        self.refusing_ms.end = now_ms() + UNDER_WAY_MS;
    }

    async fn stop_under_load(&mut self) -> Stop {
        until(self.due_ms + STOP_AFTER_MS - 1_500).await;
        self.order(Orders::Work(SESSIONS_IN_ALL));
        until(self.due_ms + STOP_AFTER_MS).await;
        self.killer
            .stop(Duration::from_secs(STOPS_WITHIN_S + 15))
            .await
    }

    async fn finish_phones(&mut self) {
        self.order(Orders::End);
        let finished = async {
            while let Some(phone) = self.phones.join_next().await {
                phone.unwrap();
            }
        };
        real_timeout(FINISHED_WITHIN, finished)
            .await
            .expect("every phone finishes");
    }

    /// Waits until nothing more is to be expected of the server.
    async fn come_to_rest(&self) {
        let last_kill_ms = self.killer.last_kill_ms();
        while now_ms() < self.due_ms + GIVE_UP_MS {
            let accepted = self.gateway.accepted();
            let newest_ms = accepted.last().map_or(0, |message| message.at_unix_ms);
            let leases_ended = now_ms() > last_kill_ms + LEASES_END_MS;
            if leases_ended
                && self.all_sent(&accepted)
                && now_ms() > newest_ms + QUIET_MS
                && self.all_recorded(&accepted)
            {
                return;
            }
            real_sleep(Duration::from_millis(200)).await;
        }
    }

    /// Every prompt that was due reached the gateway, and where the answer was lost, did so again.
    fn all_sent(&self, accepted: &[Accepted]) -> bool {
        let due = self
            .wanted
            .iter()
            .filter(|wanted| wanted.due_ms < now_ms())
            .count();
        let prompts = |heard: bool| -> BTreeSet<_> {
            accepted
                .iter()
                .filter(|message| message.answered || !heard)
                .map(|message| &message.data)
                .collect()
        };
        let answered = prompts(true);
        answered.len() >= due && prompts(false).is_subset(&answered)
    }

    /// The server knows of each prompt that it was sent. One that a killed server sent may be claimed again, refused,
    /// and wait for longer than quiet is.
    fn all_recorded(&self, accepted: &[Accepted]) -> bool {
        let recorded = dump::recorded(&self.database.address());
        let newest: BTreeMap<_, _> = accepted
            .iter()
            .map(|message| (&message.data, &message.message_id))
            .collect();
        newest.values().all(|name| recorded.contains(*name))
    }

    /// Stops and starts the quiet server. Gives how it stopped and what that changed.
    async fn restart_once_more(&mut self) -> (Stop, Vec<String>) {
        let before = self.photograph().await;
        let stop = self
            .killer
            .stop(Duration::from_secs(STOPS_WITHIN_S + 15))
            .await;
        real_sleep(Duration::from_millis(QUIET_MS.unsigned_abs())).await;
        let after = self.photograph().await;
        let changed = |name: &str, same: bool| {
            (!same).then(|| format!("a restart of the quiet server changed {name}"))
        };
        let restless = [
            changed("what is sent", before.sent == after.sent),
            changed("the sessions", before.sessions == after.sessions),
            changed("the occurrences", before.occurrences == after.occurrences),
        ];
        (stop, restless.into_iter().flatten().collect())
    }

    async fn photograph(&self) -> Photograph {
        Photograph {
            sent: self.gateway.counts().send_requests,
            sessions: self.clinics.session_lists().await,
            occurrences: self.clinics.occurrences(self.due_ms).await,
        }
    }

    async fn report(
        self,
        listed: Vec<(usize, String, String)>,
        stops: Vec<Stop>,
        restless: Vec<String>,
    ) -> Report {
        let book = self.records.read();
        let evidence = Evidence {
            uploads: book.uploads.clone(),
            listed,
            answers: book.answers.clone(),
            wanted: self.wanted,
            seen: self.clinics.occurrences(self.due_ms).await,
            tokens: self
                .clinics
                .patients
                .iter()
                .map(|patient| patient.push_token.clone())
                .collect(),
            accepted: self.gateway.accepted(),
            recorded: dump::recorded(&self.database.address()),
            lives: self.killer.lives(),
            until_ms: now_ms(),
        };
        let violations = self
            .gateway
            .violations()
            .iter()
            .map(|what| format!("{what:?}"))
            .collect();
        let send_requests = self.gateway.counts().send_requests;
        let alarms = self.killer.installation().alarms(&self.refusing_ms);
        Report {
            evidence,
            book,
            stops,
            restless,
            violations,
            send_requests,
            alarms,
        }
    }
}

/// What a restart must not change.
struct Photograph {
    sent: u64,
    sessions: Vec<Value>,
    occurrences: Vec<Seen>,
}

fn mixed(chance: &Chance) -> Behaviour {
    if chance.once_in(ONE_REFUSED_IN) {
        Behaviour::Unavailable(None)
    } else {
        Behaviour::Slow(SLOW)
    }
}

/// Lets the server live until it sends: how long a start takes, or a claim, says how fast the machine is.
async fn until_one_is_on_its_way(gateway: &FakeGateway) {
    let give_up_ms = now_ms() + NOTHING_TO_SEND_MS;
    let mut known = gateway.counts().accepted;
    while now_ms() < give_up_ms {
        let new = gateway.accepted_after(known);
        if new
            .iter()
            .any(|message| now_ms() - message.at_unix_ms < ON_ITS_WAY_MS)
        {
            return;
        }
        known = new.last().map_or(known, |message| message.order);
        real_sleep(Duration::from_millis(10)).await;
    }
}

async fn until(at_ms: i64) {
    real_sleep(Duration::from_millis(
        u64::try_from(at_ms - now_ms()).unwrap_or(0),
    ))
    .await;
}
