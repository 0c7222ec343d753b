//! The real server in another process, over sockets: one that was started for the run (`--spawn`), or a staging server
//! somewhere (`--server`). It lives on a sandbox clock, which is moved from here; at each wake on the way the messages that
//! are new at the gateway are dated by it.

mod clock;
mod http;
mod process;
mod staging;

use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;

use super::ledger::{End, Life, Offer};
use super::nodes::NodesWeather;
use super::site::{Call, Reply, Site, Woken};
use super::staff::Staff;
use super::weather::{Blow, GatewayWeather, Weather};
use clock::SandboxClock;
use http::Http;
pub(crate) use process::SpawnOptions;
use process::Spawned;
pub(crate) use staging::Codes;

/// The server.
enum Server {
    /// Started here; it can be ended and started again.
    Spawned(Box<Spawned>),
    /// Runs somewhere; one-time codes of its clinics are known.
    Elsewhere(Codes),
}

/// A server over HTTP.
pub(crate) struct Remote {
    http: Http,
    server: Server,
    clock: SandboxClock,
    /// The true time: the sandbox's, and of this process alone while there is no server.
    now: Timestamp,
    /// Whether something was asked for that jobs may still be at.
    is_stirred: bool,
    /// The process is gone, and nobody has been told.
    died: Option<End>,
    offers: Vec<Offer>,
    lives: Vec<Life>,
}

impl Remote {
    /// Starts a server whose days begin at an instant.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) async fn spawn(options: &SpawnOptions, begin: Timestamp) -> anyhow::Result<Self> {
        let mut spawned = Spawned::new(options)?;
        let base = spawned.start().await?;
        Self::at(&base, Server::Spawned(Box::new(spawned)), begin)
    }

    /// A server that runs somewhere, whose days are to begin at an instant.
    ///
    /// # Errors
    /// When no HTTP client can be made on this machine.
    pub(crate) fn elsewhere(base: &str, codes: Codes, begin: Timestamp) -> anyhow::Result<Self> {
        Self::at(base, Server::Elsewhere(codes), begin)
    }

    fn at(base: &str, server: Server, begin: Timestamp) -> anyhow::Result<Self> {
        Ok(Self {
            http: Http::new(base)?,
            server,
            clock: SandboxClock::default(),
            now: begin,
            is_stirred: false,
            died: None,
            offers: Vec::new(),
            lives: vec![life(begin)],
        })
    }

    /// Takes out of the weather what cannot be made before a server of another process, so that nobody is excused by it.
    pub(crate) fn calm(weather: &mut Weather) {
        weather.gateway = GatewayWeather::default();
        weather.yields = 0.0;
        weather.nodes = NodesWeather::default();
    }

    fn spawned(&mut self) -> Option<&mut Spawned> {
        match &mut self.server {
            Server::Spawned(spawned) => Some(spawned),
            Server::Elsewhere(_) => None,
        }
    }

    fn is_up(&self) -> bool {
        match &self.server {
            Server::Spawned(spawned) => spawned.is_up(),
            Server::Elsewhere(_) => true,
        }
    }

    /// A server that ended and was not told to.
    fn check_it_lives(&mut self) -> anyhow::Result<()> {
        self.spawned().map_or(Ok(()), Spawned::check_it_lives)
    }

    /// Lets jobs end what the last requests gave them, and dates what they sent.
    async fn settle(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.is_stirred) {
            let stands = self.clock.look(&self.http).await;
            self.stands_at(stands).await?;
        }
        self.note_offers()
    }

    /// Lets time pass to an instant, dating messages on the way.
    async fn advance(&mut self, at: Timestamp) -> anyhow::Result<()> {
        let by_wakes = matches!(self.server, Server::Spawned(_));
        while self.now < at {
            let stands = self.clock.advance(&self.http, at, by_wakes).await;
            self.stands_at(stands).await?;
            anyhow::ensure!(
                self.now <= at,
                "the sandbox's clock stands at {}, past {at}: somebody else moves it too",
                self.now
            );
            self.note_offers()?;
        }
        Ok(())
    }

    async fn stands_at(&mut self, clock: anyhow::Result<Timestamp>) -> anyhow::Result<()> {
        match clock {
            Ok(now) => {
                self.now = now;
                Ok(())
            }
            Err(error) => {
                // The better reason, where there is one.
                self.check_it_lives()?;
                Err(error)
            }
        }
    }

    /// Dates the messages that are new at the gateway.
    fn note_offers(&mut self) -> anyhow::Result<()> {
        let (now, life) = (self.now, self.lives.len() - 1);
        if let Some(spawned) = self.spawned() {
            let new = spawned.new_offers(now, life)?;
            self.offers.extend(new);
        }
        Ok(())
    }

    /// Ends the process, with everything that is under way at this instant done before: between two acts of the world.
    async fn end(&mut self, end: End) -> anyhow::Result<()> {
        self.is_stirred = true;
        self.settle().await?;
        if let Some(spawned) = self.spawned() {
            match end {
                End::Stopped => spawned.stop().await?,
                _ => spawned.kill().await?,
            }
        }
        let now = self.now;
        if let Some(life) = self.lives.last_mut() {
            (life.until, life.end) = (Some(now), Some(end));
        }
        Ok(())
    }
}

fn life(from: Timestamp) -> Life {
    Life {
        node: 0,
        from,
        until: None,
        end: None,
    }
}

impl Site for Remote {
    fn now(&self) -> Timestamp {
        self.now
    }

    async fn until(&mut self, at: Timestamp) -> anyhow::Result<Woken> {
        if let Some(end) = self.died.take() {
            return Ok(Woken::Died { node: 0, end });
        }
        let at = clock::shown(at);
        if self.is_up() {
            self.settle().await?;
            self.advance(at).await?;
        } else {
            self.now = self.now.max(at);
        }
        Ok(Woken::InTime)
    }

    async fn call(&mut self, call: Call) -> anyhow::Result<Reply> {
        if !self.is_up() {
            return Ok(Reply::Unreachable);
        }
        if self.clock.is_known() {
            // Whoever asks next finds done what the last one gave to do, as with people who are seconds apart.
            self.settle().await?;
        }
        self.is_stirred = call.method != actix_web::http::Method::GET;
        let reply = self.http.send(&call).await?;
        if matches!(reply, Reply::Lost | Reply::Unreachable) {
            self.check_it_lives()?;
        }
        Ok(reply)
    }

    async fn open_clinic(&mut self, slug: &str, time_zone: &str) -> anyhow::Result<String> {
        match &mut self.server {
            Server::Spawned(spawned) => spawned.create_clinic(slug, time_zone).await,
            Server::Elsewhere(codes) => codes.next(slug),
        }
    }

    async fn take_over(&mut self, staffs: &mut [Staff]) -> anyhow::Result<()> {
        if matches!(self.server, Server::Elsewhere(_)) {
            for staff in &mut *staffs {
                staff.email = staging::email_of(&self.http, staff).await?;
            }
        }
        let first = staffs.first().context("no clinic was opened")?;
        self.clock.begin(&self.http, first, self.now).await?;
        for staff in &mut *staffs {
            // A session from before the clock's first instant may have ended by it.
            let token = self.http.sign_in(staff).await?;
            staff.session = Some((token.clone(), self.now));
            if !self.clock.is_known() {
                self.clock.hold(staff.clone(), token);
            }
        }
        Ok(())
    }

    async fn strike(&mut self, _: usize, blow: &Blow) -> anyhow::Result<bool> {
        if !matches!(self.server, Server::Spawned(_)) || !self.is_up() {
            return Ok(false);
        }
        match blow {
            // From outside the process nobody can choose a piece of its work.
            Blow::Crash { .. } => {
                self.end(End::Crashed).await?;
                self.died = Some(End::Crashed);
            }
            Blow::Kill { .. } => self.end(End::Killed).await?,
            Blow::Stop { .. } => self.end(End::Stopped).await?,
            Blow::PowerCut { .. }
            | Blow::DiskError { .. }
            | Blow::DiskFull { .. }
            | Blow::Stand { .. }
            | Blow::ClockStep { .. } => return Ok(false),
        }
        Ok(true)
    }

    fn mend(&mut self, _: usize, _: &Blow) {}

    async fn restart(&mut self, _: usize) -> anyhow::Result<bool> {
        if self.is_up() {
            return Ok(true);
        }
        let to = self.now;
        let spawned = self.spawned().context("no server of this process")?;
        let base = spawned.start().await?;
        self.http = Http::new(&base)?;
        self.lives.push(life(to));
        // Its clock stands where the last process left it; here time has passed meanwhile.
        let stands = self.clock.look(&self.http).await;
        self.stands_at(stands).await?;
        self.advance(to).await?;
        Ok(true)
    }

    fn forget_token(&mut self, token: &str) {
        if let Some(spawned) = self.spawned() {
            spawned.forget_token(token);
        }
    }

    fn offers(&self) -> Option<Vec<Offer>> {
        match self.server {
            Server::Spawned(_) => Some(self.offers.clone()),
            Server::Elsewhere(_) => None,
        }
    }

    fn lives(&self) -> Vec<Life> {
        self.lives.clone()
    }

    fn files(&self) -> Option<Vec<Arc<Vec<u8>>>> {
        None
    }
}
