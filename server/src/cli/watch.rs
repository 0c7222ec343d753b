//! What an operator does after a clock was set or a server was down.

use clap::{ArgMatches, Command};

use super::{Failure, USAGE, argument, needed, with_app};
use crate::reminders::outage;
use crate::store::System;
use crate::store::sweeps::{self, Outage};
use crate::store::types::{ClockOrderId, OutageId};

pub(super) fn clock_command() -> Command {
    Command::new("clock")
        .about("Say that a clock which was set is right")
        .subcommand_required(true)
        .subcommand(
            Command::new("accept")
                .about("Let servers that no longer believe the clock go on by it, within a minute"),
        )
}

pub(super) fn outage_command() -> Command {
    Command::new("outage")
        .about("Look at times in which reminders were not sent, and excuse what they touched")
        .subcommand_required(true)
        .subcommand(Command::new("list").about("List outages, the newest first"))
        .subcommand(
            Command::new("excuse")
                .about("Excuse every occurrence that was missed because of an outage")
                .arg(needed(
                    "outage",
                    "The outage's id, as `footing outage list` shows it",
                )),
        )
}

pub(super) fn clock(matches: &ArgMatches) -> Result<(), Failure> {
    let Some((_, matches)) = matches.subcommand() else {
        return Ok(());
    };
    let (at, _) = with_app(matches, async |app| {
        let (id, now) = (ClockOrderId::from(app.ids.uuid()), app.now());
        app.store
            .write("accept_clock", System, move |tx| {
                sweeps::accept_clock(tx, id, now)
            })
            .await?;
        Ok(now)
    })?;
    println!("The clock is accepted as of {at}.");
    Ok(())
}

pub(super) fn outage(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list(matches),
        Some(("excuse", matches)) => excuse(matches),
        _ => Ok(()),
    }
}

fn excuse(matches: &ArgMatches) -> Result<(), Failure> {
    let id: OutageId = argument(matches, "outage")
        .parse()
        .map_err(|rule| Failure(USAGE, format!("--outage {rule}")))?;
    let (excused, _) = with_app(matches, async |app| outage::excuse(app, id).await)?;
    println!(
        "Excused {} occurrences of {} patients in {} clinics.",
        excused.occurrences, excused.patients, excused.clinics
    );
    Ok(())
}

fn list(matches: &ArgMatches) -> Result<(), Failure> {
    let (outages, _) = with_app(matches, async |app| outage::list(app).await)?;
    if outages.is_empty() {
        println!("No outage is known.");
    }
    for outage in &outages {
        println!("{}", line(outage));
    }
    Ok(())
}

fn line(outage: &Outage) -> String {
    let excused = outage.excused_at.map_or_else(
        || "not excused".to_owned(),
        |at| format!("excused {}", at.timestamp()),
    );
    format!(
        "{}  {}  {}  {excused}",
        outage.id,
        outage.from_at.timestamp(),
        outage.until_at.timestamp()
    )
}
