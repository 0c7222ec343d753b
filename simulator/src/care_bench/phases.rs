//! The phases of a bench: taking the patients in, planning a day, sweeping alone, and sending.

use std::sync::Arc;

use anyhow::ensure;
use footing_server::bench::{BenchClinic, Term};
use footing_server::rt::clock::VirtualClock;
use futures_util::future::try_join_all;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::arrivals::{HERD_TIME, SWEPT_HERD_TIME, ZONES, newcomer};
use super::channel::Counting;
use super::measure::{Figure, Meter, Spread};

/// Patients one transaction takes in.
const ARRIVE: u32 = 1000;
/// While sweeps are measured alone the clock jumps so far: below what counts as an outage.
const SWEEP_STEP: SignedDuration = SignedDuration::from_mins(10);
/// And so far while everything is sent: as prompts fall due.
const STEP: SignedDuration = SignedDuration::from_mins(1);
/// Parts of the day, in hours from the first prompt: sweeps by one worker, then by two, then the rest.
const HOURS: [i64; 3] = [12, 17, 40];

/// Everything a bench works with.
pub(super) struct Bench {
    pub(super) clinic: BenchClinic,
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
        let term = Term {
            planned_through: self.day.checked_sub(2.days())?,
            begins: self.day,
        };
        let mut number = 0;
        while number < self.patients {
            let end = (number + ARRIVE).min(self.patients);
            let some: Vec<_> = (number..end)
                .map(|one| newcomer(one, self.schedules, one < self.herd))
                .collect();
            self.clinic.take_in(&some, &term).await?;
            // Those of a list are taken in within a millisecond, one list after the other.
            self.clock
                .advance_to(self.clinic.now() + SignedDuration::from_millis(100));
            number = end;
        }
        let taken_in = self
            .meter
            .since("patients taken in", u64::from(self.patients), from);
        self.clinic.hours_pass().await?;
        Ok(taken_in)
    }

    /// Plans until every patient's occurrences reach the horizon: one more day with something due.
    pub(super) async fn plan(&self) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        self.clinic.plan().await?;
        let planned = self
            .meter
            .since("occurrences planned", self.planned(), from);
        self.clinic.hours_pass().await?;
        Ok(planned)
    }

    /// Lives through the day.
    pub(super) async fn day(&self) -> anyhow::Result<Vec<Figure>> {
        self.clinic.begin_sweeps().await?;
        let begins = self.instant(Time::midnight(), "Asia/Tokyo")?;
        let [one, two, all] = HOURS.map(|hours| begins + SignedDuration::from_hours(hours));
        let herd_at = self.instant(HERD_TIME.parse()?, ZONES[0])?;
        let swept_herd_at = self.instant(SWEPT_HERD_TIME.parse()?, ZONES[0])?;
        let in_order = two < swept_herd_at && swept_herd_at < herd_at && herd_at < all;
        ensure!(in_order, "the herds come last");
        self.clock.advance_to(begins);
        let mut figures = vec![
            self.sweeps("swept, 1 worker", 1, one).await?,
            self.sweeps("swept, 2 workers", 2, two).await?,
        ];
        self.clinic.hours_pass().await?;
        figures.push(
            self.sends("sent as they fall due", swept_herd_at - STEP)
                .await?,
        );
        // Autovacuum would have come by since the first prompts.
        self.clinic.hours_pass().await?;
        figures.extend([
            self.sweeps("swept of a herd, 2", 2, swept_herd_at).await?,
            self.sends("sent as they fall due", herd_at - STEP).await?,
            self.sends("sent of a herd", herd_at).await?,
            self.sends("sent as they fall due", all).await?,
        ]);
        Ok(figures)
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
        let mut seen = 0;
        while self.clinic.now() < until {
            self.clock
                .advance_to((self.clinic.now() + SWEEP_STEP).min(until));
            let turns = (0..workers).map(|part| self.clinic.sweep_part(part, workers));
            seen += try_join_all(turns).await?.into_iter().sum::<u64>();
        }
        Ok(self.meter.since(name, seen, from))
    }

    /// Sends everything due until an instant, minute by minute.
    async fn sends(&self, name: &'static str, until: Timestamp) -> anyhow::Result<Figure> {
        let from = self.meter.now();
        let mut late = Spread::default();
        let mut sent = 0;
        while self.clinic.now() < until {
            self.clock.advance_to((self.clinic.now() + STEP).min(until));
            self.push.due_now();
            self.clinic.send().await?;
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
