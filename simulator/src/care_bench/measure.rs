//! What is measured: a count, the time and the processor time it took, and how late things were.

use std::fmt;
use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock};
use serde_json::{Value, json};

/// A distribution of microseconds in steps of about 3 percent.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    counts: std::collections::BTreeMap<u64, u64>,
    max_us: u64,
    total: u64,
}

impl Spread {
    /// Adds one.
    pub(super) fn add(&mut self, us: u64) {
        // The leading six bits: 32 to 63 in each power of two.
        let shift = (64 - us.leading_zeros()).saturating_sub(6);
        *self.counts.entry((us >> shift) << shift).or_default() += 1;
        self.max_us = self.max_us.max(us);
        self.total += 1;
    }

    /// Adds all of another.
    pub(super) fn merge(&mut self, other: &Self) {
        for (at, count) in &other.counts {
            *self.counts.entry(*at).or_default() += count;
        }
        self.max_us = self.max_us.max(other.max_us);
        self.total += other.total;
    }

    /// The value below which this many in a hundred lie, in milliseconds.
    pub(super) fn percentile_ms(&self, percent: u64) -> f64 {
        let wanted = self.total * percent / 100;
        let mut seen = 0;
        for (at, count) in &self.counts {
            seen += count;
            if seen > wanted {
                return milliseconds(*at);
            }
        }
        milliseconds(self.max_us)
    }

    fn max_ms(&self) -> f64 {
        milliseconds(self.max_us)
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of hours")]
fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}

/// Reads clocks and processor times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    postgres_pid: Option<u32>,
}

/// A moment to measure from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    at: Duration,
    cpu_us: u64,
    database_us: u64,
}

impl Meter {
    /// With the server process of PostgreSQL where it is counted too.
    pub(super) fn new(postgres_pid: Option<u32>) -> Self {
        Self { postgres_pid }
    }

    /// Now.
    pub(super) fn now(&self) -> Moment {
        Moment {
            at: WallClock.running_for(),
            cpu_us: stat_of("self").map_or(0, |(_, us)| us),
            database_us: self.postgres_pid.map_or(0, children_us),
        }
    }

    /// So many of something since a moment.
    pub(super) fn since(&self, name: &'static str, count: u64, from: Moment) -> Figure {
        let now = self.now();
        Figure {
            name,
            count,
            seconds: (now.at - from.at).as_secs_f64(),
            cpu_s: seconds(now.cpu_us.saturating_sub(from.cpu_us)),
            database_cpu_s: seconds(now.database_us.saturating_sub(from.database_us)),
            late: None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of hours")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// One measured thing.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// What.
    pub(super) name: &'static str,
    /// How many.
    pub(super) count: u64,
    /// In how long.
    pub(super) seconds: f64,
    /// Processor time of this process.
    pub(super) cpu_s: f64,
    /// Processor time of PostgreSQL's sessions, where it is known.
    pub(super) database_cpu_s: f64,
    /// How late they were.
    pub(super) late: Option<Spread>,
}

impl Figure {
    /// What stands over the printed lines.
    pub(super) const HEAD: &'static str = "what                          count   seconds         /s  us CPU each  us database each   late p50 ms    p90    p99    max";

    #[expect(clippy::cast_precision_loss, reason = "counts of millions")]
    fn each_us(&self, cpu_s: f64) -> f64 {
        cpu_s * 1e6 / (self.count.max(1)) as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of millions")]
    fn per_second(&self) -> f64 {
        self.count as f64 / self.seconds.max(1e-9)
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        json!({
            "name": self.name, "count": self.count, "seconds": self.seconds, "per_second": self.per_second(),
            "cpu_us_each": self.each_us(self.cpu_s), "database_cpu_us_each": self.each_us(self.database_cpu_s),
            "late_ms": self.late.as_ref().map(|late| json!({
                "p50": late.percentile_ms(50), "p90": late.percentile_ms(90), "p99": late.percentile_ms(99),
                "max": late.max_ms(),
            })),
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<24} {:>10} {:>9.2} {:>10.0} {:>12.1} {:>17.1}",
            self.name,
            self.count,
            self.seconds,
            self.per_second(),
            self.each_us(self.cpu_s),
            self.each_us(self.database_cpu_s)
        )?;
        if let Some(late) = &self.late {
            write!(
                f,
                " {:>13.1} {:>6.0} {:>6.0} {:>6.0}",
                late.percentile_ms(50),
                late.percentile_ms(90),
                late.percentile_ms(99),
                late.max_ms()
            )?;
        }
        Ok(())
    }
}

/// A process's parent and its user and system time so far.
fn stat_of(process: &str) -> Option<(u32, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // man 5 proc: fields are counted after the name, which may hold spaces; 100 ticks a second.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some((fields.get(1)?.parse().ok()?, ticks * 10_000))
}

/// Processor time of the sessions a PostgreSQL server has now.
fn children_us(parent: u32) -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| stat_of(entry.file_name().to_str()?))
        .filter(|(its_parent, _)| *its_parent == parent)
        .map(|(_, us)| us)
        .sum()
}

/// The most memory this process has had resident.
pub(super) fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
