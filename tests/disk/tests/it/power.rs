//! The power fails at every operation of a run.

use footing_disk::{Disk, Fault, Survival};

use crate::ledger::{SAFE, Settings, enter, first, found, open, work};

const TRANSACTIONS: i64 = 40;

/// What was found after cuts of the power.
#[derive(Debug, Default)]
struct Tally {
    cuts: usize,
    /// Sound databases that lack what was acknowledged.
    lost: usize,
    /// Databases that are not sound.
    broken: usize,
    /// Databases that have more than what was acknowledged and the one that was on its way.
    beyond: usize,
    /// Databases that have the one that was on its way.
    with_unacknowledged: usize,
}

/// Nothing, and the two that have seeds with as many of them.
fn survivals(operation: u64, seeds: u64) -> Vec<Survival> {
    let mut all = vec![Survival::Nothing];
    for seed in 0..seeds {
        let seed = operation * seeds + seed;
        all.extend([Survival::Prefix { seed }, Survival::Torn { seed }]);
    }
    all
}

/// How many operations a run takes that nothing disturbs.
fn undisturbed(settings: Settings, lying: bool) -> u64 {
    let disk = Disk::new();
    disk.set_synced_lies(lying);
    let acknowledged = work(&disk, settings, TRANSACTIONS);
    assert_eq!(acknowledged.len(), 40);
    disk.operations()
}

/// One run that ends at an operation.
fn cut(settings: Settings, lying: bool, operation: u64, survival: Survival, tally: &mut Tally) {
    let disk = Disk::new();
    disk.set_synced_lies(lying);
    disk.fail_at(operation, Fault::Power(survival));
    let acknowledged = work(&disk, settings, TRANSACTIONS);
    if !disk.is_dead() {
        return; // a run with fewer reads: the connections of other tests share the page cache
    }
    tally.cuts += 1;
    disk.revive();
    match found(&disk, settings) {
        Err(_) => tally.broken += 1,
        Ok(ids) if ids.len() < acknowledged.len() => tally.lost += 1,
        Ok(ids) if ids.len() > acknowledged.len() + 1 => tally.beyond += 1,
        Ok(ids) => {
            assert_eq!(ids, first(ids.len()));
            tally.with_unacknowledged += usize::from(ids.len() > acknowledged.len());
            let mut sqlite = open(&disk, settings).unwrap();
            if !ids.is_empty() {
                enter(&mut sqlite, 1000).expect("the database goes on");
            }
        }
    }
}

/// Cuts at every `step`-th operation of a run, with each model of survival and so many seeds.
fn cuts(settings: Settings, lying: bool, step: usize, seeds: u64) -> Tally {
    let mut tally = Tally::default();
    for operation in (1..=undisturbed(settings, lying)).step_by(step) {
        for survival in survivals(operation, seeds) {
            cut(settings, lying, operation, survival, &mut tally);
        }
    }
    tally
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "says how long the cuts took on a real clock"
)]
fn power_cut_at_every_operation_loses_no_committed_transaction() {
    let start = std::time::Instant::now();
    let tally = cuts(SAFE, false, 1, 3);
    println!("{} cuts in {:.1?}: {tally:?}", tally.cuts, start.elapsed());
    assert!(tally.cuts > 500, "{tally:?}");
    assert_eq!((tally.lost, tally.broken, tally.beyond), (0, 0, 0));
    // Otherwise no cut came between the last write of a transaction and its acknowledgement.
    assert!(tally.with_unacknowledged > 0, "{tally:?}");
}

#[test]
fn a_power_cut_while_the_last_one_is_recovered_from_loses_nothing() {
    let mut again = 0;
    for operation in (20..=undisturbed(SAFE, false)).step_by(9) {
        for second in 1..=24 {
            let seed = operation * 32 + second;
            let disk = Disk::new();
            disk.fail_at(operation, Fault::Power(Survival::Torn { seed }));
            let acknowledged = work(&disk, SAFE, TRANSACTIONS);
            disk.revive();
            let survival = Survival::Torn { seed: seed + 1 };
            disk.fail_at(disk.operations() + second, Fault::Power(survival));
            // Opens, reads everything and, closing, writes the log back to the database.
            let _ = found(&disk, SAFE);
            again += usize::from(disk.is_dead());
            disk.clear_faults();
            disk.revive();
            let ids = found(&disk, SAFE).unwrap();
            assert_eq!(ids, first(ids.len()));
            assert!((0..=1).contains(&(ids.len() - acknowledged.len())));
        }
    }
    assert!(again > 500, "{again}");
}

#[test]
fn a_rollback_journal_whose_deletion_is_synced_loses_nothing_either() {
    let extra = Settings {
        journal: "DELETE",
        synchronous: "EXTRA",
    };
    let tally = cuts(extra, false, 7, 1);
    assert!(tally.cuts > 100, "{tally:?}");
    assert_eq!((tally.lost, tally.broken, tally.beyond), (0, 0, 0));
}

#[test]
fn a_rollback_journal_whose_deletion_is_lost_takes_the_last_transaction_back() {
    let full = Settings {
        journal: "DELETE",
        synchronous: "FULL",
    };
    let tally = cuts(full, false, 7, 1);
    assert!(tally.lost > 0, "{tally:?}");
    assert_eq!((tally.broken, tally.beyond), (0, 0));
}

#[test]
fn a_log_that_is_not_synced_at_commit_loses_acknowledged_transactions() {
    let normal = Settings {
        journal: "WAL",
        synchronous: "NORMAL",
    };
    let tally = cuts(normal, false, 7, 1);
    assert!(tally.lost > 0, "{tally:?}");
    assert_eq!((tally.broken, tally.beyond), (0, 0));
}

#[test]
fn without_syncs_the_database_breaks() {
    let off = Settings {
        journal: "WAL",
        synchronous: "OFF",
    };
    let tally = cuts(off, false, 7, 1);
    assert!(tally.lost > 0 && tally.broken > 0, "{tally:?}");
}

#[test]
fn a_disk_that_lies_about_syncs_loses_and_breaks() {
    let tally = cuts(SAFE, true, 7, 1);
    assert!(tally.lost > 0 && tally.broken > 0, "{tally:?}");
}
