//! The real server in this process, on one thread, in virtual time: its database on a disk in memory that can break (or on
//! PostgreSQL), its process able to end at any piece of work. Or two of them, on one database.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use actix_web::http::Method;
use actix_web::web::Bytes;
use footing_disk::{Disk, Fault, Survival};
use footing_server::access::service::NewClinic;
use footing_server::app::StartOptions;
use footing_server::app::in_process::{InProcess, Request};
use footing_server::store::StoreOptions;
use futures_util::future::{join_all, select_all};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::chance::{Use, stream};
use super::gateway::Gateway;
use super::ledger::{End, Life, Offer, Stood};
use super::node::Node;
use super::nodes::NodesWeather;
use super::place::Place;
use super::site::{Call, Reply, Site, Woken};
use super::staff::Staff;
use super::time::SimClock;
use super::watch::Watch;
use super::weather::Blow;

/// Where something came in, every job looks again so much later at the latest. On a machine that is a minute; here what somebody
/// forgot to wake a job for is seen to be late.
const HEARTBEAT: SignedDuration = SignedDuration::from_hours(1);
/// Where there are two servers, it is the minute: what one is told the other finds by looking.
const HEARTBEAT_OF_TWO: SignedDuration = SignedDuration::from_mins(1);
/// Of two, what one has left undone the other has found within this: leases, and a look.
const TAKEN_OVER: SignedDuration = SignedDuration::from_mins(2);

/// The servers and what they stand on.
pub(crate) struct House {
    seed: u64,
    truth: SimClock,
    gateway: Arc<Gateway>,
    place: Place,
    nodes: Vec<Node>,
    lives: Vec<Life>,
    /// Requests so far.
    calls: u64,
    /// Whether something was asked for since the jobs were woken last, and when that was.
    is_stirred: bool,
    beaten_at: Timestamp,
    /// Until when two servers look each minute for what the other left.
    restless_until: Timestamp,
}

/// What a house is built of.
pub(crate) struct Plan {
    /// Decides everything.
    pub(crate) seed: u64,
    /// Where the data lies.
    pub(crate) place: Place,
    /// How often tasks let others go first.
    pub(crate) yields: f64,
    /// The servers.
    pub(crate) nodes: NodesWeather,
    /// The gateway.
    pub(crate) gateway: Arc<Gateway>,
    /// The true time.
    pub(crate) truth: SimClock,
}

impl House {
    /// Builds the house and starts its servers.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub(crate) async fn build(plan: Plan) -> anyhow::Result<Self> {
        let node = |number: usize| {
            let disk = plan.place.disk().cloned();
            let watch = Watch::new((plan.seed, number), plan.yields, disk, plan.truth.clone());
            let clock = match plan.nodes.count() {
                1 => plan.truth.beside(),
                _ => plan.truth.apart(),
            };
            Node::new(plan.seed, number, clock, watch)
        };
        let mut house = Self {
            seed: plan.seed,
            nodes: (0..plan.nodes.count()).map(node).collect(),
            truth: plan.truth,
            gateway: plan.gateway,
            place: plan.place,
            lives: Vec::new(),
            calls: 0,
            is_stirred: false,
            beaten_at: Timestamp::MIN,
            restless_until: Timestamp::MIN,
        };
        for (number, skew_s) in plan.nodes.skews_s.iter().enumerate() {
            house.nodes[number].skew_s = *skew_s;
            house.set_clock(number, 0);
            anyhow::ensure!(house.restart(number).await?, "the server does not start");
        }
        Ok(house)
    }

    fn set_clock(&self, node: usize, error_s: i64) {
        if let Some(node) = self.nodes.get(node) {
            let error = SignedDuration::from_secs(node.skew_s + error_s);
            node.clock.set_error(error);
        }
    }

    fn options(&self, url: &str) -> anyhow::Result<StartOptions> {
        Ok(StartOptions {
            listen: ([127, 0, 0, 1], 1).into(),
            public_url: None,
            store: StoreOptions {
                url: url.parse().map_err(anyhow::Error::msg)?,
                connections: 2,
            },
            workers: 1,
            push_in_flight: 1000,
        })
    }

    /// Something came in, or somebody went: who shares the database looks.
    fn stir(&mut self) {
        if self.nodes.len() > 1 {
            self.restless_until = self.truth.truth() + TAKEN_OVER;
        }
    }

    /// When the jobs look again by themselves, where that is by an instant.
    fn next_beat(&self, by: Timestamp) -> Option<Timestamp> {
        let every = match self.nodes.len() {
            1 => HEARTBEAT,
            _ => HEARTBEAT_OF_TWO,
        };
        let at = (self.beaten_at + every).max(self.truth.truth());
        let wanted = self.is_stirred || self.is_restless(at);
        (wanted && at <= by).then_some(at)
    }

    /// Whether one may have left something that the other has to find.
    fn is_restless(&self, at: Timestamp) -> bool {
        let stands = |node: &Node| {
            let last = node.watch.standstills().last().copied();
            last.is_some_and(|(_, until)| at <= until + TAKEN_OVER)
        };
        at <= self.restless_until || self.nodes.iter().any(stands)
    }

    /// Which server the next request goes to.
    fn serving(&mut self) -> Option<usize> {
        let awake: Vec<usize> = (0..self.nodes.len())
            .filter(|number| self.nodes[*number].is_awake())
            .collect();
        self.calls += 1;
        match awake[..] {
            [_, _, ..] => {
                let mut rng = stream(self.seed, Use::Balance, self.calls, 0);
                awake.get(rng.random_range(0..awake.len())).copied()
            }
            _ => awake.first().copied(),
        }
    }

    /// The first of the servers to end.
    async fn death(&self) -> (usize, End) {
        let there = self.nodes.iter().enumerate();
        let deaths = there.filter(|(_, node)| node.server().is_some());
        let deaths =
            deaths.map(|(number, node)| Box::pin(async move { (number, node.watch.died().await) }));
        select_all(deaths).await.0
    }

    async fn bury(&mut self, number: usize, end: End) {
        let now = self.truth.truth();
        let node = &mut self.nodes[number];
        node.watch.wake();
        node.bury(end).await;
        if let Some(life) = self.lives.get_mut(node.life) {
            (life.until, life.end) = (Some(now), Some(end));
        }
        self.all_lose_power();
        self.stir();
    }

    /// Where the power went, it went for all who share the disk, also for who has not noticed. Whether it did.
    fn all_lose_power(&self) -> bool {
        let gone = self.place.disk().is_some_and(Disk::is_dead);
        let there = self.nodes.iter().filter(|node| node.server().is_some());
        for node in there.filter(|_| gone) {
            node.watch.die(End::PowerCut);
        }
        gone
    }

    /// Time passes for everybody, until an instant.
    async fn passes(&self, at: Timestamp, beats_at: Option<Timestamp>) {
        let hanging = poll_fn(|context| {
            for node in &self.nodes {
                node.poll_hanging(context);
            }
            Poll::<()>::Pending
        });
        let beat = async {
            if let Some(beats_at) = beats_at {
                self.truth.until(beats_at).await;
                let awake = self.nodes.iter().filter(|node| node.is_awake());
                join_all(awake.filter_map(Node::server).map(InProcess::settle)).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            () = hanging => {}
            () = beat => {}
            () = self.truth.until(at) => {}
        }
    }
}

impl Site for House {
    fn now(&self) -> Timestamp {
        self.truth.truth()
    }

    async fn until(&mut self, at: Timestamp) -> anyhow::Result<Woken> {
        if self.nodes.iter().all(|node| node.server().is_none()) {
            self.truth.until(at).await;
            return Ok(Woken::InTime);
        }
        loop {
            // The heartbeat goes by the machine's clock: who moves another has the jobs look at what came in.
            let beats_at = self.next_beat(at);
            if let Some(beats_at) = beats_at {
                (self.is_stirred, self.beaten_at) = (false, beats_at);
            }
            let until = self.next_beat(at).unwrap_or(at);
            let (node, end) = tokio::select! {
                biased;
                died = self.death() => died,
                () = self.passes(until, beats_at) => {
                    if until < at {
                        continue;
                    }
                    return Ok(Woken::InTime);
                }
            };
            self.bury(node, end).await;
            anyhow::ensure!(
                end != End::Stuck,
                "the server works without end within one second"
            );
            return Ok(Woken::Died { node, end });
        }
    }

    async fn call(&mut self, call: Call) -> anyhow::Result<Reply> {
        let Some(number) = self.serving() else {
            return Ok(Reply::Unreachable);
        };
        if call.method != Method::GET {
            self.is_stirred = true;
            self.stir();
        }
        let node = &self.nodes[number];
        let Some(server) = node.server() else {
            return Ok(Reply::Unreachable);
        };
        let body = call.text().map(Bytes::from);
        let mut answering = server.call(Request {
            method: call.method,
            path: call.path,
            token: call.token,
            body,
        });
        let answer = tokio::select! {
            biased;
            _ = node.watch.died() => None,
            answer = &mut answering => Some(answer),
            () = node.watch.stood() => {
                node.leave_hanging(answering);
                None
            }
        };
        // Who died while it answered answered nobody.
        match answer.filter(|_| node.watch.end().is_none()) {
            None => Ok(Reply::Lost),
            Some(answer) => {
                let answer = answer?;
                let body = serde_json::from_slice(&answer.body).unwrap_or_default();
                Ok(Reply::Answer {
                    status: answer.status,
                    body,
                })
            }
        }
    }

    async fn open_clinic(&mut self, slug: &str, time_zone: &str) -> anyhow::Result<String> {
        let server = self.nodes.first().and_then(Node::server);
        let server = server.ok_or_else(|| anyhow::anyhow!("no server"))?;
        let opened = server
            .open_clinic(NewClinic {
                slug: slug.to_owned(),
                name: format!("Test Clinic {slug}"),
                time_zone: time_zone.to_owned(),
                clinician_name: "Test Clinician".to_owned(),
                email: super::staff::email(slug),
                sandbox: false,
            })
            .await?;
        Ok(opened.code.reveal().to_owned())
    }

    /// Time passes by itself here.
    async fn take_over(&mut self, _: &mut [Staff]) -> anyhow::Result<()> {
        Ok(())
    }

    fn nodes(&self) -> usize {
        self.nodes.len()
    }

    async fn strike(&mut self, number: usize, blow: &Blow) -> anyhow::Result<bool> {
        let Some(node) = self.nodes.get_mut(number) else {
            return Ok(false);
        };
        if node.server().is_none() {
            return Ok(false);
        }
        match *blow {
            Blow::Crash { when, .. } => node.watch.crash(when),
            Blow::Stand { when, for_s } => node.watch.stand(when, SignedDuration::from_secs(for_s)),
            Blow::Kill { .. } => {
                self.settle(number).await;
                self.bury(number, End::Killed).await;
            }
            Blow::Stop { .. } => {
                if node.watch.stands() {
                    // It would hear of it when it goes on.
                    return Ok(false);
                }
                node.stop().await;
                self.bury(number, End::Stopped).await;
            }
            Blow::ClockStep { by_s, .. } => self.set_clock(number, by_s),
            Blow::PowerCut { .. } | Blow::DiskError { .. } | Blow::DiskFull { .. } => {
                return Ok(self.strike_disk(blow));
            }
        }
        Ok(true)
    }

    fn mend(&mut self, number: usize, blow: &Blow) {
        match blow {
            Blow::DiskFull { .. } => {
                if let Some(disk) = self.place.disk() {
                    disk.set_capacity(None);
                }
            }
            Blow::ClockStep { .. } => self.set_clock(number, 0),
            _ => {}
        }
    }

    async fn restart(&mut self, number: usize) -> anyhow::Result<bool> {
        if self.nodes[number].server().is_some() {
            return Ok(true);
        }
        if self.all_lose_power()
            && let Some(disk) = self.place.disk()
        {
            disk.revive();
        }
        let (url, process) = self.place.open();
        let options = self.options(&url)?;
        let life = self.lives.len();
        let node = &mut self.nodes[number];
        node.life = life;
        match node.start(&options, process, self.gateway.line(life)).await {
            Ok(()) => {}
            // A disk that is full or fails lets nobody start; later it does.
            Err(_) if life > 0 => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        self.lives.push(Life {
            node: number,
            from: self.truth.truth(),
            until: None,
            end: None,
        });
        self.stir();
        Ok(true)
    }

    fn forget_token(&mut self, token: &str) {
        self.gateway.forget(token);
    }

    fn offers(&self) -> Option<Vec<Offer>> {
        Some(self.gateway.offers())
    }

    fn lives(&self) -> Vec<Life> {
        self.lives.clone()
    }

    fn stood(&self) -> Vec<Stood> {
        let nodes = self.nodes.iter().enumerate();
        let all = nodes.flat_map(|(node, of)| {
            let spans = of.watch.standstills().into_iter();
            spans.map(move |(from, until)| Stood { node, from, until })
        });
        all.collect()
    }

    fn files(&self) -> Option<Vec<Arc<Vec<u8>>>> {
        Some(self.place.disk()?.image().files.into_values().collect())
    }
}

impl House {
    /// Lets a server end what it is at, as far as that waits for no later time.
    async fn settle(&self, number: usize) {
        let node = &self.nodes[number];
        let Some(server) = node.server() else {
            return;
        };
        let soon = self.truth.truth() + SignedDuration::from_millis(1);
        tokio::select! {
            biased;
            _ = node.watch.died() => {}
            () = server.settle() => {}
            () = self.truth.until(soon) => {}
        }
    }

    fn strike_disk(&self, blow: &Blow) -> bool {
        let Some(disk) = self.place.disk() else {
            return false;
        };
        match *blow {
            Blow::PowerCut {
                after, survival, ..
            } => {
                disk.fail_at(
                    disk.operations() + 1 + after,
                    Fault::Power(survives(survival)),
                );
            }
            Blow::DiskError { after } => disk.fail_at(disk.operations() + 1 + after, Fault::Io),
            Blow::DiskFull { .. } => disk.set_capacity(Some(disk.bytes())),
            _ => return false,
        }
        true
    }
}

fn survives(draw: u64) -> Survival {
    match draw % 3 {
        0 => Survival::Nothing,
        1 => Survival::Prefix { seed: draw },
        _ => Survival::Torn { seed: draw },
    }
}
