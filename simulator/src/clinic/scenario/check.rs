//! Reading a scenario and saying what is wrong with it, by field and rule.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{Act, Days, Faults, Group, Scenario};
use walker::scenario as walks;

/// A scenario that cannot be lived.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScenarioError {
    /// It is no TOML, or a field is unknown, missing or of another kind.
    #[error("{0}")]
    Unreadable(String),
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Rule {
        /// Which, such as `group[1].walks`.
        field: String,
        /// What must be so.
        rule: String,
    },
}

type Result<T> = std::result::Result<T, ScenarioError>;

/// Reads and checks.
///
/// # Errors
/// The first broken rule.
pub(crate) fn read(text: &str) -> Result<Scenario> {
    let scenario: Scenario =
        toml::from_str(text).map_err(|error| ScenarioError::Unreadable(error.to_string()))?;
    check(&scenario)?;
    Ok(scenario)
}

fn rule(field: impl Into<String>, rule: impl Into<String>) -> ScenarioError {
    ScenarioError::Rule {
        field: field.into(),
        rule: rule.into(),
    }
}

fn must(holds: bool, field: impl Into<String>, text: impl Into<String>) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(rule(field, text))
    }
}

/// Every rule that is more than a type.
pub(crate) fn check(scenario: &Scenario) -> Result<()> {
    let clinic = &scenario.clinic;
    must(
        (1..=3660).contains(&clinic.days),
        "clinic.days",
        "must be 1 to 3660",
    )?;
    must(
        (1..=100_000).contains(&clinic.patients),
        "clinic.patients",
        "must be 1 to 100000",
    )?;
    zone("clinic.time_zone", &clinic.time_zone)?;
    for (field, share) in [
        ("clinic.desk.edits", clinic.desk.edits),
        ("clinic.desk.pauses", clinic.desk.pauses),
        ("clinic.desk.messages", clinic.desk.messages),
    ] {
        a_share(field, share)?;
    }
    lines(scenario)?;
    must(
        !scenario.group.is_empty(),
        "group",
        "there must be one at least",
    )?;
    for (index, group) in scenario.group.iter().enumerate() {
        check_group(scenario, &format!("group[{index}]"), group)?;
    }
    for (index, story) in scenario.story.iter().enumerate() {
        let field = format!("story[{index}]");
        must(
            story.day < clinic.days,
            format!("{field}.day"),
            format!("must be below clinic.days, {}", clinic.days),
        )?;
        if let Some(name) = &story.group {
            let known = scenario.group.iter().any(|group| group.name == *name);
            must(
                known,
                format!("{field}.group"),
                format!("there is no group {name:?}"),
            )?;
        }
        check_act(scenario, &format!("{field}.act"), &story.act)?;
    }
    check_faults(&scenario.faults)
}

fn lines(scenario: &Scenario) -> Result<()> {
    must(
        !scenario.line.is_empty(),
        "line",
        "there must be one at least",
    )?;
    let mut names = BTreeSet::new();
    for (index, line) in scenario.line.iter().enumerate() {
        let field = |name: &str| format!("line[{index}].{name}");
        must(
            names.insert(&line.name),
            field("name"),
            "must be there once",
        )?;
        must(
            (1..=12).contains(&line.times.len()),
            field("times"),
            "must be 1 to 12",
        )?;
        match &line.days {
            Days::Daily => {}
            Days::Weekdays(days) => {
                let known = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
                let good = !days.is_empty() && days.iter().all(|day| known.contains(&day.as_str()));
                must(good, field("days.weekdays"), "must be some of mon to sun")?;
            }
            Days::EveryNDays(days) => must(
                (1..=366).contains(days),
                field("days.every_n_days"),
                "must be 1 to 366",
            )?,
            Days::TimesPerWeek(times) => must(
                (1..=7).contains(times),
                field("days.times_per_week"),
                "must be 1 to 7",
            )?,
        }
        let rising = line
            .again_after_min
            .windows(2)
            .all(|pair| pair[0] < pair[1]);
        must(
            rising && line.again_after_min.len() <= 3,
            field("again_after_min"),
            "must be 3 at most, each later than the one before",
        )?;
    }
    Ok(())
}

fn check_group(scenario: &Scenario, field: &str, group: &Group) -> Result<()> {
    let at = |name: &str| format!("{field}.{name}");
    must(group.weight > 0.0, at("weight"), "must be above 0")?;
    must(
        !group.time_zones.is_empty(),
        at("time_zones"),
        "there must be one at least",
    )?;
    for name in &group.time_zones {
        zone(at("time_zones"), name)?;
    }
    plan(scenario, &at("plan"), &group.plan)?;
    for (name, share) in [
        ("follows", group.follows[0]),
        ("follows", group.follows[1]),
        ("moods", group.moods),
        ("partly", group.partly),
        ("skips", group.skips),
        ("takes_back", group.takes_back),
        ("puts_off", group.puts_off),
        ("taps_twice", group.taps_twice),
        ("walks", group.walks),
        ("checks_in", group.checks_in),
    ] {
        a_share(at(name), share)?;
    }
    let [least, most] = group.pain;
    must(
        least <= most && most <= 10,
        at("pain"),
        "must be from 0 to 10, the smaller first",
    )?;
    gait(at("gait"), &group.gait)
}

fn check_act(scenario: &Scenario, field: &str, act: &Act) -> Result<()> {
    match act {
        Act::Travels { to } => zone(format!("{field}.travels.to"), to),
        Act::OffLine { days } => must(
            (1..=90).contains(days),
            format!("{field}.off_line.days"),
            "must be 1 to 90",
        ),
        Act::Walks { gait: name } => gait(format!("{field}.walks.gait"), name),
        Act::Follows { percent } => must(
            *percent <= 100,
            format!("{field}.follows.percent"),
            "must be 0 to 100",
        ),
        Act::Pain { back } => must(*back <= 10, format!("{field}.pain.back"), "must be 0 to 10"),
        Act::Paused { days, .. } => must(
            (1..=366).contains(days),
            format!("{field}.paused.days"),
            "must be 1 to 366",
        ),
        Act::Plan { lines } => plan(scenario, &format!("{field}.plan.lines"), lines),
        _ => Ok(()),
    }
}

fn check_faults(faults: &Faults) -> Result<()> {
    let shares = [
        ("network.request_lost", faults.network.request_lost),
        ("network.response_lost", faults.network.response_lost),
        ("network.duplicated", faults.network.duplicated),
        ("network.delayed", faults.network.delayed),
        ("network.truncated", faults.network.truncated),
        ("gateway.unavailable", faults.gateway.unavailable),
        ("gateway.busy", faults.gateway.busy),
        (
            "gateway.lost_after_accept",
            faults.gateway.lost_after_accept,
        ),
        (
            "gateway.lost_before_accept",
            faults.gateway.lost_before_accept,
        ),
        ("gateway.slow", faults.gateway.slow),
        ("process.yields", faults.process.yields),
        ("device.wrong_clock", faults.device.wrong_clock),
        ("device.off_line", faults.device.off_line),
        ("device.tokens_die", faults.device.tokens_die),
        ("device.swapped_feet", faults.device.swapped_feet),
        ("device.shared_ids", faults.device.shared_ids),
    ];
    for (name, range) in shares {
        must(
            range.is_within(1.0),
            format!("faults.{name}"),
            "must be a share from 0 to 1, or two of them, the smaller first",
        )?;
    }
    let counts = [
        (
            "gateway.down_h_each_day",
            faults.gateway.down_h_each_day,
            24.0,
        ),
        (
            "disk.power_cuts_each_day",
            faults.disk.power_cuts_each_day,
            100.0,
        ),
        ("disk.errors_each_day", faults.disk.errors_each_day, 100.0),
        ("disk.full_each_day", faults.disk.full_each_day, 10.0),
        (
            "process.crashes_each_day",
            faults.process.crashes_each_day,
            100.0,
        ),
        (
            "process.stops_each_day",
            faults.process.stops_each_day,
            100.0,
        ),
        ("clock.steps_each_day", faults.clock.steps_each_day, 24.0),
        ("nodes.stands_each_day", faults.nodes.stands_each_day, 100.0),
        ("nodes.skew_s", faults.nodes.skew_s, 3600.0),
    ];
    for (name, range, most) in counts {
        must(
            range.is_within(most),
            format!("faults.{name}"),
            format!("must be from 0 to {most}, or two of them, the smaller first"),
        )?;
    }
    a_share("faults.nodes.two", faults.nodes.two)?;
    must(
        faults
            .nodes
            .stands_min
            .is_none_or(|most| (0.1..=1440.0).contains(&most)),
        "faults.nodes.stands_min",
        "must be from 0.1 to 1440",
    )
}

fn plan(scenario: &Scenario, field: &str, names: &[String]) -> Result<()> {
    for name in names {
        must(
            scenario.line(name).is_some(),
            field,
            format!("there is no line {name:?}"),
        )?;
    }
    Ok(())
}

fn a_share(field: impl Into<String>, share: f64) -> Result<()> {
    must(
        (0.0..=1.0).contains(&share),
        field,
        "must be a share from 0 to 1",
    )
}

fn zone(field: impl Into<String>, name: &str) -> Result<()> {
    let known = TimeZone::get(name).is_ok();
    must(known, field, format!("{name:?} is no IANA time zone"))
}

fn gait(field: impl Into<String>, name: &str) -> Result<()> {
    let known = walks::by_name(name).is_some();
    let rule = format!(
        "{name:?} is no walker's scenario; `footing-sim generate --scenario list` shows them"
    );
    must(known, field, rule)
}
