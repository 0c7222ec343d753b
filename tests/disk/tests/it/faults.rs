//! The disk fails, fills and rots.

use diesel::connection::SimpleConnection;
use footing_disk::{Disk, Fault};

use crate::ledger::{FILE, SAFE, enter, first, found, fresh, ids, open, sound, work};

#[test]
fn an_io_error_at_any_operation_is_told_and_breaks_nothing() {
    for fault in [Fault::Io, Fault::SyncFails] {
        let whole = Disk::new();
        drop(fresh(&whole, SAFE));
        let prepared = whole.image();
        let before = Disk::from_image(&prepared);
        work(&before, SAFE, 30);
        let mut told = 0;
        for operation in (1..=before.operations()).step_by(2) {
            let disk = Disk::from_image(&prepared);
            disk.fail_at(operation, fault);
            let acknowledged = work(&disk, SAFE, 30);
            told += usize::from(acknowledged.len() < 30);
            assert_eq!(found(&disk, SAFE).unwrap(), acknowledged, "{operation}");
        }
        assert!(told > 20, "{told} of {}", before.operations());
    }
}

#[test]
fn while_every_operation_fails_nothing_is_acknowledged() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    enter(&mut sqlite, 1).unwrap();
    disk.fail_always(Some(Fault::SyncFails));
    let error = enter(&mut sqlite, 2).unwrap_err().to_string();
    assert!(error.contains("disk I/O error"), "{error}");
    disk.fail_always(Some(Fault::Io));
    assert!(enter(&mut sqlite, 2).is_err());
    disk.fail_always(None);
    enter(&mut sqlite, 2).unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(2));
}

#[test]
fn a_full_disk_refuses_writes_and_goes_on_when_there_is_space() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    disk.set_capacity(Some(disk.bytes() + 100_000));
    let mut acknowledged = 0;
    let error = loop {
        match enter(&mut sqlite, acknowledged + 1) {
            Ok(()) => acknowledged += 1,
            Err(error) => break error.to_string(),
        }
        assert!(acknowledged < 200, "the disk takes everything");
    };
    assert!(error.contains("full"), "{error}");
    assert!(acknowledged > 3);
    let all = usize::try_from(acknowledged).unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(all));
    assert_eq!(found(&disk, SAFE).unwrap(), first(all));
    disk.set_capacity(None);
    enter(&mut sqlite, acknowledged + 1).unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(all + 1));
    disk.cut_power(footing_disk::Survival::Nothing);
    disk.revive();
    assert_eq!(found(&disk, SAFE).unwrap(), first(all + 1));
}

#[test]
fn a_full_disk_takes_what_overwrites() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    for id in 1..=5 {
        enter(&mut sqlite, id).unwrap();
    }
    // The log is written from its beginning again.
    sqlite
        .batch_execute("PRAGMA wal_checkpoint(RESTART)")
        .unwrap();
    disk.set_capacity(Some(0));
    let bytes = disk.bytes();
    sqlite
        .batch_execute("UPDATE total SET entries = 7")
        .unwrap();
    assert_eq!(disk.bytes(), bytes);
    sqlite
        .batch_execute("UPDATE total SET entries = 5")
        .unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(5));
}

#[test]
fn a_disk_full_once_refuses_once() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    disk.fail_at(disk.operations() + 1, Fault::Full);
    let error = enter(&mut sqlite, 1).unwrap_err().to_string();
    assert!(error.contains("full"), "{error}");
    enter(&mut sqlite, 1).unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(1));
}

#[test]
fn damage_is_found() {
    let whole = Disk::new();
    let acknowledged = work(&whole, SAFE, 30);
    let image = whole.image();
    assert_eq!(image.files.len(), 1, "the log is gone with the connection");
    assert_eq!(
        found(&Disk::from_image(&image), SAFE).unwrap(),
        acknowledged
    );

    let header = Disk::from_image(&image);
    assert!(header.flip(FILE, 0) && !header.flip(FILE, 10_000_000) && !header.flip("other", 0));
    assert!(found(&header, SAFE).is_err());

    let cut = Disk::from_image(&image);
    assert!(cut.truncate_file(FILE, whole.bytes() - 8192));
    assert!(!cut.truncate_file(FILE, whole.bytes()));
    assert!(found(&cut, SAFE).is_err());
}

#[test]
fn an_image_is_a_database_of_its_own() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    enter(&mut sqlite, 1).unwrap();
    let image = disk.image();
    assert!(image.files.contains_key("footing.db-wal"));
    enter(&mut sqlite, 2).unwrap();

    let copy = Disk::from_image(&image);
    assert_eq!(copy.image(), image);
    let mut of_copy = open(&copy, SAFE).unwrap();
    assert_eq!(sound(&mut of_copy).unwrap(), first(1));
    for id in [7, 8] {
        enter(&mut of_copy, id).unwrap();
    }
    assert_eq!(ids(&mut sqlite).unwrap(), first(2));
    assert_eq!(ids(&mut of_copy).unwrap(), [1, 7, 8]);
    // What an image holds is durable.
    copy.cut_power(footing_disk::Survival::Nothing);
    copy.revive();
    assert_eq!(found(&copy, SAFE).unwrap(), [1, 7, 8]);
}

#[test]
fn what_is_too_large_for_memory_goes_to_temporary_files_that_take_no_space() {
    let disk = Disk::new();
    let mut sqlite = fresh(&disk, SAFE);
    for id in 1..=20 {
        enter(&mut sqlite, id).unwrap();
    }
    let files = disk.image().files.len();
    sqlite
        .batch_execute(
            "PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 5; \
             CREATE TEMP TABLE copy AS SELECT a.id, a.body FROM entry a, entry b ORDER BY a.body, b.id; \
             DELETE FROM temp.copy WHERE id % 2 = 0; VACUUM",
        )
        .unwrap();
    assert_eq!(disk.image().files.len(), files);
    assert_eq!(sound(&mut sqlite).unwrap(), first(20));
}
