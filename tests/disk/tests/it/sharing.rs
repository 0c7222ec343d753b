//! Several connections to one database.

use diesel::connection::SimpleConnection;
use footing_disk::Disk;

use crate::ledger::{FILE, SAFE, Settings, enter, first, fresh, ids, open, sound};

fn is_busy<T: std::fmt::Debug>(result: diesel::QueryResult<T>) -> bool {
    result.unwrap_err().to_string().contains("locked")
}

#[test]
fn two_connections_see_each_others_commits_and_one_writes_at_a_time() {
    for journal in ["WAL", "DELETE"] {
        let settings = Settings { journal, ..SAFE };
        let disk = Disk::new();
        let mut one = fresh(&disk, settings);
        let mut two = open(&disk, settings).unwrap();
        for id in 1..=30 {
            let (writer, reader) = if id % 2 == 0 {
                (&mut one, &mut two)
            } else {
                (&mut two, &mut one)
            };
            enter(writer, id).unwrap();
            assert_eq!(ids(reader).unwrap().last(), Some(&id));
        }
        one.batch_execute("BEGIN IMMEDIATE").unwrap();
        assert!(is_busy(two.batch_execute("BEGIN IMMEDIATE")));
        one.batch_execute("ROLLBACK").unwrap();
        enter(&mut two, 31).unwrap();
        assert_eq!(sound(&mut one).unwrap(), first(31));
    }
}

#[test]
fn a_reader_keeps_its_snapshot_while_a_writer_commits_and_holds_a_checkpoint_back() {
    let disk = Disk::new();
    let mut writer = fresh(&disk, SAFE);
    let mut reader = open(&disk, SAFE).unwrap();
    enter(&mut writer, 1).unwrap();
    reader.batch_execute("BEGIN").unwrap();
    assert_eq!(ids(&mut reader).unwrap(), first(1));
    for id in 2..=25 {
        enter(&mut writer, id).unwrap();
        assert_eq!(ids(&mut reader).unwrap(), first(1));
    }
    let log = |disk: &Disk| disk.image().files["footing.db-wal"].len();
    writer
        .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    assert!(log(&disk) > 0);
    reader.batch_execute("COMMIT").unwrap();
    writer
        .batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    assert_eq!(log(&disk), 0);
    assert_eq!(sound(&mut reader).unwrap(), first(25));
    drop((reader, writer));
    assert_eq!(disk.image().files.keys().collect::<Vec<_>>(), [FILE]);
}

#[test]
fn a_reader_keeps_a_writer_with_a_rollback_journal_from_committing() {
    let settings = Settings {
        journal: "DELETE",
        ..SAFE
    };
    let disk = Disk::new();
    let mut writer = fresh(&disk, settings);
    let mut reader = open(&disk, settings).unwrap();
    enter(&mut writer, 1).unwrap();
    reader.batch_execute("BEGIN; SELECT * FROM entry").unwrap();
    assert_eq!(ids(&mut reader).unwrap(), first(1));
    assert!(is_busy(enter(&mut writer, 2)));
    reader.batch_execute("COMMIT").unwrap();
    enter(&mut writer, 2).unwrap();
    assert_eq!(sound(&mut reader).unwrap(), first(2));
}

#[test]
fn threads_that_wait_for_each_other_all_commit() {
    const EACH: i64 = 25;
    let disk = Disk::new();
    drop(fresh(&disk, SAFE));
    // Opened one after the other: who opens waits for nobody, and the first to open recovers the log.
    let connections = [0, 1, 2, 3].map(|thread| (thread, open(&disk, SAFE).unwrap()));
    std::thread::scope(|scope| {
        for (thread, mut sqlite) in connections {
            scope.spawn(move || {
                sqlite.batch_execute("PRAGMA busy_timeout = 20000").unwrap();
                for turn in 1..=EACH {
                    enter(&mut sqlite, thread * EACH + turn).unwrap();
                    ids(&mut sqlite).unwrap();
                }
            });
        }
    });
    let mut sqlite = open(&disk, SAFE).unwrap();
    assert_eq!(sound(&mut sqlite).unwrap(), first(100));
}
