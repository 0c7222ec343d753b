//! The phases of a bench: taking the patients in, planning a day, sweeping alone, and sending.

use std::sync::Arc;

use anyhow::ensure;
use footing_server::access::service::{NewClinic, open_clinic};
use footing_server::app::App;
use footing_server::jobs::Next;
use footing_server::reminders::{dispatcher, planner, sweep};
use footing_server::rt::clock::VirtualClock;
use footing_server::store::bulk::{self, Arrivals};
use footing_server::store::sweeps::{self, SHARDS};
use footing_server::store::types::LeaseId;
use footing_server::store::{Scope, System};
use futures_util::future::try_join_all;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::arrivals::{Cast, HERD_TIME, ZONES};
use super::channel::Counting;
use super::measure::{Figure, Meter, Spread};

/// Patients one transaction takes in.
const ARRIVE: u32 = 1000;
/// What a sweep takes at once when it is measured alone.
const SWEEP_BATCH: i64 = 1000;
/// While sweeps are measured alone the clock jumps so far: below what counts as an outage.
const SWEEP_STEP: SignedDuration = SignedDuration::from_mins(10);
/// And so far while everything is sent: as prompts fall due.
const STEP: SignedDuration = SignedDuration::from_mins(1);
/// Parts of the day, in hours from the first prompt: sweeps by one worker, then by two, then the rest.
const HOURS: [i64; 3] = [12, 17, 40];

/// Everything a bench works with.
pub(super) struct Bench {
    pub(super) app: Arc<App>,
    pub(super) clock: VirtualClock,
    pub(super) push: Arc<Counting>,
    pub(super) day: Date,
    pub(super) patients: u32,
    pub(super) schedules: u8,
    pub(super) herd: u32,
    pub(super) meter: Meter,
}

impl Bench {
    fn planned(&self) -> u64 {
        u64::from(self.patients) * u64::from(self.schedules)
    }

    /// Takes the patients in.
    pub(super) async fn load(&self) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        let opened = open_clinic(
            &self.app,
            NewClinic {
                slug: "bench".to_owned(),
                name: "Bench Clinic".to_owned(),
                time_zone: "Etc/UTC".to_owned(),
                clinician_name: "Test Clinician".to_owned(),
                email: "test.clinician@example.org".to_owned(),
            },
        )
        .await?;
        let cast = Cast {
            tenant: opened.tenant,
            clinician: opened.clinician,
            now: self.app.now().into(),
            planned_through: self.day.checked_sub(2.days())?,
            day: self.day,
            schedules: self.schedules,
            herd: self.herd,
        };
        let mut number = 0;
        while number < self.patients {
            let end = (number + ARRIVE).min(self.patients);
            let mut arrivals = Arrivals::default();
            for one in number..end {
                cast.add(&self.app, one, &mut arrivals)?;
            }
            let scope = Scope::operator(opened.tenant);
            let work = move |tx: &mut footing_server::store::Tx<'_>| bulk::insert(tx, &arrivals);
            self.app.store.write("arrive", scope, work).await?;
            number = end;
        }
        Ok(self
            .meter
            .since("patients taken in", u64::from(self.patients), from))
    }

    /// Plans until every patient's occurrences reach the horizon: one more day with something due.
    pub(super) async fn plan(&self) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        while planner::pass(self.app.clone()).await? == Next::Now {}
        Ok(self
            .meter
            .since("occurrences planned", self.planned(), from))
    }

    /// Lives through the day.
    pub(super) async fn day(&self) -> anyhow::Result<Vec<Figure>> {
        let now = self.app.now();
        self.app
            .store
            .write("begin_sweeps", System, move |tx| sweeps::begin(tx, now))
            .await?;
        let begins = self.instant(Time::midnight(), "Asia/Tokyo")?;
        let [one, two, all] = HOURS.map(|hours| begins + SignedDuration::from_hours(hours));
        let herd_at = self.instant(HERD_TIME.parse()?, ZONES[0])?;
        ensure!(two < herd_at && herd_at < all, "the herd comes last");
        self.clock.advance_to(begins);
        Ok(vec![
            self.sweeps("swept, 1 worker", 1, one).await?,
            self.sweeps("swept, 2 workers", 2, two).await?,
            self.sends("sent as they fall due", herd_at - STEP).await?,
            self.sends("sent of a herd", herd_at).await?,
            self.sends("sent as they fall due", all).await?,
        ])
    }

    fn instant(&self, time: Time, zone: &str) -> anyhow::Result<Timestamp> {
        let local = self.day.to_datetime(time);
        Ok(local.to_zoned(TimeZone::get(zone)?)?.timestamp())
    }

    /// Sweeps alone: what is due becomes rows, and is not sent.
    async fn sweeps(
        &self,
        name: &'static str,
        workers: usize,
        until: Timestamp,
    ) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        let shards: Vec<i64> = (0..SHARDS).collect();
        let mut seen = 0;
        while self.app.now() < until {
            self.clock
                .advance_to((self.app.now() + SWEEP_STEP).min(until));
            let each = usize::try_from(SHARDS)?.div_ceil(workers);
            let turns = shards.chunks(each).map(|mine| self.sweep_shards(mine));
            seen += try_join_all(turns).await?.into_iter().sum::<u64>();
        }
        Ok(self.meter.since(name, seen, from))
    }

    async fn sweep_shards(&self, shards: &[i64]) -> anyhow::Result<u64> {
        let mut seen = 0;
        for shard in shards {
            loop {
                let now = self.app.now();
                let claim = sweep::Claim {
                    lease: LeaseId::from(self.app.ids.uuid()),
                    now,
                    // Nobody takes them over while the rest of the day is measured.
                    until: now + SignedDuration::from_hours(24 * 30),
                    limit: SWEEP_BATCH,
                };
                let shard = *shard;
                let swept = self
                    .app
                    .store
                    .write("sweep", System, move |tx| sweep::sweep(tx, shard, claim))
                    .await?;
                if swept.seen == 0 {
                    break;
                }
                seen += u64::try_from(swept.seen)?;
            }
        }
        Ok(seen)
    }

    /// Sends everything due until an instant, minute by minute.
    async fn sends(&self, name: &'static str, until: Timestamp) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        let mut late = Spread::default();
        let mut sent = 0;
        while self.app.now() < until {
            self.clock.advance_to((self.app.now() + STEP).min(until));
            self.push.due_now();
            while dispatcher::pass(self.app.clone()).await? == Next::Now {}
            let (count, spread) = self.push.take();
            sent += count;
            late.merge(&spread);
        }
        let mut figure = self.meter.since(name, sent, from);
        figure.late = Some(late);
        Ok(figure)
    }

    /// Everything that was planned was swept or sent, once.
    pub(super) fn check(&self, figures: &[Figure]) -> anyhow::Result<()> {
        let gone: u64 = figures.iter().skip(2).map(|figure| figure.count).sum();
        ensure!(
            gone == self.planned(),
            "{gone} of {} prompts were swept or sent",
            self.planned()
        );
        Ok(())
    }
}
