//! The disks of the process by name, and where a path leads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::State;

/// A disk as handles and connections share it.
pub(crate) type Shared = Mutex<State>;

static DISKS: Mutex<Disks> = Mutex::new(Disks {
    made: 0,
    by_name: BTreeMap::new(),
});

struct Disks {
    made: u64,
    by_name: BTreeMap<String, Arc<Shared>>,
}

/// Locks; a thread that panicked left nothing half done that matters to a test that goes on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a disk a name that none had before.
pub(crate) fn add(disk: Arc<Shared>) -> String {
    let mut disks = lock(&DISKS);
    disks.made += 1;
    let name = format!("disk-{}", disks.made);
    disks.by_name.insert(name.clone(), disk);
    name
}

/// Forgets a name.
pub(crate) fn remove(name: &str) {
    lock(&DISKS).by_name.remove(name);
}

/// A file on a disk, as a connection of one life of the disk names it.
pub(crate) struct Place<'a> {
    pub(crate) disk: Arc<Shared>,
    pub(crate) life: u64,
    pub(crate) file: &'a str,
}

/// A disk as one life of it names it.
pub(crate) fn name_of_life(disk: &str, life: u64) -> String {
    format!("{disk}@{life}")
}

/// Where `/DISK/FILE` or `/DISK@LIFE/FILE` leads; without a life, to the one that lasts.
pub(crate) fn place(path: &str) -> Option<Place<'_>> {
    let (disk, file) = path.strip_prefix('/')?.split_once('/')?;
    let (name, life) = match disk.split_once('@') {
        Some((name, life)) => (name, Some(life.parse().ok()?)),
        None => (disk, None),
    };
    let disk = lock(&DISKS).by_name.get(name).cloned()?;
    let life = life.unwrap_or_else(|| lock(&disk).life());
    Some(Place { disk, life, file })
}

/// The path with the life in it. SQLite asks for it once for each database of a connection and derives the names of journals
/// from it, so that a connection of the dead cannot make or delete a journal of the living.
pub(crate) fn full_path(path: &str) -> String {
    let inner = path.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    match (inner, place(path)) {
        (Some((disk, file)), Some(place)) if !disk.contains('@') => {
            format!("/{}/{file}", name_of_life(disk, place.life))
        }
        _ => path.to_owned(),
    }
}
