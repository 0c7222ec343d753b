//! The process dies, the disk does not.

use diesel::connection::SimpleConnection;
use footing_disk::{Disk, Fault, Survival};

use crate::ledger::{
    FILE, SAFE, Settings, enter, first, found, fresh, ids, open, open_at, sound, work,
};

#[test]
fn a_process_that_dies_at_any_operation_loses_nothing_even_without_syncs() {
    let off = Settings {
        journal: "WAL",
        synchronous: "OFF",
    };
    let whole = Disk::new();
    work(&whole, off, 20);
    let mut deaths = 0;
    for operation in (1..=whole.operations()).step_by(5) {
        let disk = Disk::new();
        disk.fail_at(operation, Fault::Kill);
        let acknowledged = work(&disk, off, 20);
        if !disk.is_dead() {
            continue; // a run with fewer reads: the connections of other tests share the page cache
        }
        deaths += 1;
        assert!(found(&disk, off).is_err(), "a dead disk is opened");
        disk.revive();
        let after = found(&disk, off).unwrap();
        assert_eq!(after, first(after.len()));
        assert!((0..=1).contains(&(after.len() - acknowledged.len())));
    }
    assert!(deaths > 40, "{deaths}");
}

#[test]
fn the_dead_change_nothing_any_more() {
    let disk = Disk::new();
    let mut old = fresh(&disk, SAFE);
    enter(&mut old, 1).unwrap();
    disk.kill();
    let (before, operations) = (disk.image(), disk.operations());
    assert!(enter(&mut old, 2).is_err() && ids(&mut old).is_err());
    disk.revive();
    assert!(enter(&mut old, 2).is_err() && ids(&mut old).is_err());
    assert_eq!(disk.operations(), operations);
    assert_eq!(disk.image(), before);
    let mut new = open(&disk, SAFE).unwrap();
    enter(&mut new, 2).unwrap();
    drop(old);
    enter(&mut new, 3).unwrap();
    assert_eq!(sound(&mut new).unwrap(), first(3));
}

#[test]
fn the_locks_of_the_dead_are_gone_and_their_open_transaction_touches_nothing() {
    for journal in ["WAL", "DELETE"] {
        let settings = Settings { journal, ..SAFE };
        let disk = Disk::new();
        let mut old = fresh(&disk, settings);
        enter(&mut old, 1).unwrap();
        // In its cache is all it needs; in rollback mode the next it does is to make a journal.
        old.batch_execute("BEGIN IMMEDIATE; SELECT * FROM total; SELECT * FROM entry")
            .unwrap();
        disk.kill();
        disk.revive();
        let mut new = open(&disk, settings).unwrap();
        enter(&mut new, 2).unwrap();
        let (before, operations) = (disk.image(), disk.operations());
        let late = old.batch_execute("UPDATE total SET entries = 99; COMMIT");
        assert!(late.is_err());
        assert_eq!(disk.image(), before);
        drop(old);
        // A journal made and deleted again would not be in the image.
        assert_eq!(disk.operations(), operations);
        assert_eq!(disk.image(), before);
        assert_eq!(sound(&mut new).unwrap(), first(2));
    }
}

#[test]
fn one_process_of_two_dies_in_its_transaction_and_the_other_goes_on() {
    for journal in ["WAL", "DELETE"] {
        let settings = Settings { journal, ..SAFE };
        let disk = Disk::new();
        drop(fresh(&disk, settings));
        let [one, other] = [disk.process(), disk.process()];
        let mut dying = open_at(&one.path(FILE), settings).unwrap();
        let mut living = open_at(&other.path(FILE), settings).unwrap();
        enter(&mut living, 1).unwrap();
        dying
            .batch_execute("BEGIN IMMEDIATE; UPDATE total SET entries = 99")
            .unwrap();
        assert!(enter(&mut living, 2).is_err(), "written past a lock");
        one.kill();
        assert!(one.is_dead() && !other.is_dead() && !disk.is_dead());
        assert!(dying.batch_execute("COMMIT").is_err());
        enter(&mut living, 2).unwrap();
        assert!(ids(&mut dying).is_err() && open_at(&one.path(FILE), settings).is_err());
        drop(dying);
        enter(&mut living, 3).unwrap();
        assert_eq!(sound(&mut living).unwrap(), first(3));
        disk.kill();
        disk.revive();
        assert!(other.is_dead() && enter(&mut living, 4).is_err());
    }
}

#[test]
fn a_power_cut_after_the_death_still_takes_what_was_pending() {
    let normal = Settings {
        journal: "WAL",
        synchronous: "NORMAL",
    };
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, normal);
    sqlite
        .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    enter(&mut sqlite, 1).unwrap();
    disk.kill();
    let kept = Disk::from_image(&disk.image());
    assert_eq!(found(&kept, normal).unwrap(), first(1));
    disk.cut_power(Survival::Nothing);
    disk.revive();
    assert_eq!(found(&disk, normal).unwrap(), first(0));
}

#[test]
fn a_disk_that_nobody_holds_has_no_name_but_its_connections_go_on() {
    let disk = Disk::new();
    let other = disk.clone();
    let mut sqlite = fresh(&disk, SAFE);
    let path = disk.path(FILE);
    drop(disk);
    enter(&mut sqlite, 1).unwrap();
    assert_eq!(other.path(FILE), path);
    drop(other);
    // The log and the database are open; nothing has to be found by its name.
    enter(&mut sqlite, 2).unwrap();
    assert_eq!(ids(&mut sqlite).unwrap(), first(2));
    let again: Result<diesel::SqliteConnection, _> = diesel::Connection::establish(&path);
    assert!(again.is_err() || ids(&mut again.unwrap()).is_err());
}
