//! Makes a failure smaller: fewer days, patients, strikes and kinds of faults, as long as the same rule is broken.

use jiff::{SignedDuration, Timestamp};

use super::engine::{Order, Outcome, in_process};
use super::run::begin_of;
use super::scenario::{Faults, faults};

/// At most so many runs.
const RUNS: u32 = 120;

/// The smallest order found that breaks the same rule, and what it came to; `said` hears of each step.
///
/// # Errors
/// When an order cannot be run.
pub fn shrink(
    order: &Order,
    outcome: Outcome,
    mut said: impl FnMut(&str),
) -> anyhow::Result<(Order, Outcome)> {
    let Some(rule) = outcome.findings.first().map(|finding| finding.rule.clone()) else {
        return Ok((order.clone(), outcome));
    };
    let mut search = Search {
        rule,
        best: order.clone(),
        outcome,
        left: RUNS,
    };
    while search.round(&mut said)? {}
    Ok((search.best, search.outcome))
}

struct Search {
    rule: String,
    best: Order,
    outcome: Outcome,
    left: u32,
}

impl Search {
    /// Tries every way to make it smaller; whether one did.
    fn round(&mut self, said: &mut impl FnMut(&str)) -> anyhow::Result<bool> {
        let mut smaller = false;
        for patients in fewer(self.best.scenario.clinic.patients) {
            let mut order = self.best.clone();
            order.scenario.clinic.patients = patients;
            if self.try_one(order)? {
                said(&format!("{patients} patients"));
                smaller = true;
                break;
            }
        }
        for days in fewer(self.best.scenario.clinic.days) {
            if let Some(order) = sooner(&self.best, days)?
                && self.try_one(order)?
            {
                said(&format!("{days} days"));
                smaller = true;
                break;
            }
        }
        for (name, order) in without_a_kind(&self.best) {
            if self.try_one(order)? {
                said(&format!("without faults of the {name}"));
                smaller = true;
            }
        }
        if !self.best.kills.is_empty() {
            let mut order = self.best.clone();
            order.kills.clear();
            if self.try_one(order)? {
                said("without kills");
                smaller = true;
            }
        }
        smaller |= self.spare(said)?;
        Ok(smaller && self.left > 0)
    }

    /// Spares strikes, half of those that are left at a time, then a quarter, then one.
    fn spare(&mut self, said: &mut impl FnMut(&str)) -> anyhow::Result<bool> {
        let mut smaller = false;
        let count = self.outcome.strikes;
        let mut size = count.div_ceil(2);
        while size > 0 {
            let left: Vec<usize> = (0..count)
                .filter(|place| !self.best.spared.contains(place))
                .collect();
            for part in left.chunks(size) {
                let mut order = self.best.clone();
                order.spared.extend(part);
                if self.try_one(order)? {
                    said(&format!("{} strikes spared", self.best.spared.len()));
                    smaller = true;
                }
            }
            size /= 2;
        }
        Ok(smaller)
    }

    fn try_one(&mut self, order: Order) -> anyhow::Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        // What cannot be run any more is not smaller.
        let Ok(outcome) = in_process(&order, None, Box::new(|_| {})) else {
            return Ok(false);
        };
        let same = outcome
            .findings
            .iter()
            .any(|finding| finding.rule == self.rule);
        if same {
            self.best = order;
            self.outcome = outcome;
        }
        Ok(same)
    }
}

/// Half, then a quarter less, then one less.
fn fewer(count: u32) -> impl Iterator<Item = u32> {
    let mut sizes = vec![count / 2, count - count / 4, count.saturating_sub(1)];
    sizes.retain(|size| (1..count).contains(size));
    sizes.dedup();
    sizes.into_iter()
}

/// The same faults, and an earlier end.
fn sooner(order: &Order, days: u32) -> anyhow::Result<Option<Order>> {
    let begin = begin_of(&order.scenario)?;
    let until: Timestamp = begin + SignedDuration::from_hours(24 * i64::from(days));
    if order.until.is_some_and(|own| own <= until) {
        return Ok(None);
    }
    let mut order = order.clone();
    order.until = Some(until);
    Ok(Some(order))
}

/// Takes a kind of fault out.
type Change = fn(&mut Faults);

/// The order without each kind of fault it has.
fn without_a_kind(order: &Order) -> Vec<(&'static str, Order)> {
    let changes: [(&'static str, Change); 7] = [
        ("network", |all| all.network = faults::Network::default()),
        ("gateway", |all| all.gateway = faults::Gateway::default()),
        ("disk", |all| all.disk = faults::Disk::default()),
        ("process", |all| all.process = faults::Process::default()),
        ("second server", |all| all.nodes = faults::Nodes::default()),
        ("clock", |all| all.clock = faults::Clock::default()),
        ("devices", |all| all.device = faults::Device::default()),
    ];
    let mut orders = Vec::new();
    for (name, change) in changes {
        let mut smaller = order.clone();
        change(&mut smaller.scenario.faults);
        let same = serde_json::to_string(&smaller.scenario.faults).ok()
            == serde_json::to_string(&order.scenario.faults).ok();
        if !same && order.spared.is_empty() {
            orders.push((name, smaller));
        }
    }
    orders
}
