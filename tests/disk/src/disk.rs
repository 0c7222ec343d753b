//! The state of a disk: its files by name, what of them is pending, and its faults.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chance::Chance;
use crate::fault::{Failure, Fault, Faults, Operation, Survival};
use crate::file::Bytes;
use crate::locks::{FileLocks, HandleId, SharedMemory};
use crate::names::{FileId, Names};

type Outcome<T = ()> = Result<T, Failure>;

/// A file, which may have lost its name.
#[derive(Debug, Default)]
pub(crate) struct File {
    bytes: Bytes,
    pub(crate) locks: FileLocks,
    pub(crate) shared: SharedMemory,
    /// The handles of the living that have it open, with whose they are.
    open: BTreeMap<HandleId, u64>,
    /// The place of its creation among all changes of the disk.
    created: u64,
}

impl File {
    /// A handle is closed, with its locks and its part of the shared memory.
    fn close(&mut self, handle: HandleId) {
        self.open.remove(&handle);
        self.locks.unlock(handle, crate::locks::Level::None);
        self.shared.leave(handle);
    }
}

/// What a connection has open: valid for the life of the disk in which it was opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handle {
    life: u64,
    file: FileId,
    pub(crate) id: HandleId,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) create: bool,
    /// Fails where there is such a file.
    pub(crate) exclusive: bool,
}

/// A disk.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The life of who opens files without saying whose they are. A handle of an earlier one is dead.
    life: u64,
    /// Lives of processes that were begun beside it.
    beside: BTreeSet<u64>,
    last_life: u64,
    dead: bool,
    files: BTreeMap<FileId, File>,
    names: Names,
    /// The last number given to a file, a handle or a change.
    last_number: u64,
    pub(crate) openings: u64,
    pub(crate) faults: Faults,
    pub(crate) capacity_bytes: Option<u64>,
    pub(crate) lying: bool,
}

impl State {
    /// A disk with these files, durable.
    pub(crate) fn of_files(files: &BTreeMap<String, Arc<Vec<u8>>>) -> Self {
        let mut disk = Self::default();
        let mut names = BTreeMap::new();
        for (name, content) in files {
            let id = disk.number();
            let file = File {
                bytes: Bytes::durable(Arc::clone(content)),
                ..File::default()
            };
            disk.files.insert(id, file);
            names.insert(name.clone(), id);
        }
        disk.names = Names::durable(names);
        disk
    }

    /// What processes read, by name.
    pub(crate) fn contents(&self) -> BTreeMap<String, Arc<Vec<u8>>> {
        let named = self.names.all();
        let live = |id| Some(Arc::clone(self.files.get(&id)?.bytes.live()));
        named
            .filter_map(|(name, id)| Some((name.clone(), live(id)?)))
            .collect()
    }

    /// The bytes of all files that have a name.
    pub(crate) fn bytes(&self) -> u64 {
        let named = self.names.all();
        let files = named.filter_map(|(_, id)| self.files.get(&id));
        files.map(|file| file.bytes.live().len() as u64).sum()
    }

    /// The life that lasts for who names no other.
    pub(crate) fn life(&self) -> u64 {
        self.life
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    /// Fails for a connection of an earlier life, and for all while the disk is dead.
    pub(crate) fn living(&self, life: u64) -> Outcome {
        let lasts = life == self.life || self.beside.contains(&life);
        if self.dead || !lasts {
            return Err(Failure::Dead);
        }
        Ok(())
    }

    /// The file of a handle of the living.
    pub(crate) fn file(&mut self, handle: Handle) -> Outcome<&mut File> {
        self.living(handle.life)?;
        self.files.get_mut(&handle.file).ok_or(Failure::Missing)
    }

    /// A file by name, for what is done to it from outside.
    pub(crate) fn named(&mut self, name: &str) -> Option<&mut Bytes> {
        let id = self.names.get(name)?;
        self.files.get_mut(&id).map(|file| &mut file.bytes)
    }

    /// Opens a file, and makes one where there is none and it may.
    pub(crate) fn open(&mut self, life: u64, name: &str, opening: Opening) -> Outcome<Handle> {
        self.living(life)?;
        let id = match self.names.get(name) {
            Some(_) if opening.exclusive => return Err(Failure::Missing),
            Some(id) => id,
            None if opening.create => self.create(name)?,
            None => return Err(Failure::Missing),
        };
        let handle = Handle {
            life,
            file: id,
            id: self.number(),
        };
        self.file(handle)?.open.insert(handle.id, life);
        self.openings += 1;
        Ok(handle)
    }

    fn create(&mut self, name: &str) -> Outcome<FileId> {
        let cut = self.begin(Operation::Create)?;
        let (id, created) = (self.number(), self.number());
        let file = File {
            created,
            ..File::default()
        };
        self.files.insert(id, file);
        self.names.set(created, name, Some(id));
        self.end(cut).map(|()| id)
    }

    /// Closes a file, with its locks. The dead have nothing to close.
    pub(crate) fn close(&mut self, handle: Handle) {
        if let Ok(file) = self.file(handle) {
            file.close(handle.id);
            self.sweep();
        }
    }

    /// Whether there is a file of this name.
    pub(crate) fn exists(&self, life: u64, name: &str) -> Outcome<bool> {
        self.living(life)?;
        Ok(self.names.get(name).is_some())
    }

    /// Takes a name away; `durably` makes that and every other pending change of names durable.
    pub(crate) fn delete(&mut self, life: u64, name: &str, durably: bool) -> Outcome {
        self.living(life)?;
        if self.names.get(name).is_none() {
            return Err(Failure::Missing);
        }
        let cut = self.begin(Operation::Delete)?;
        let order = self.number();
        self.names.set(order, name, None);
        if durably && cut.is_none() && !self.lying {
            self.names.sync();
        }
        self.sweep();
        self.end(cut)
    }

    /// Copies bytes from `offset` on and returns how many there were.
    pub(crate) fn read(
        &mut self,
        handle: Handle,
        offset: usize,
        into: &mut [u8],
    ) -> Outcome<usize> {
        self.living(handle.life)?;
        let cut = self.begin(Operation::Read)?;
        let count = self.file(handle)?.bytes.read(offset, into);
        self.end(cut).map(|()| count)
    }

    /// Writes bytes at `offset`.
    pub(crate) fn write(&mut self, handle: Handle, offset: usize, data: &[u8]) -> Outcome {
        let length = self.length(handle)?;
        let cut = self.begin(Operation::Write)?;
        let growth = offset.saturating_add(data.len()).saturating_sub(length);
        if !self.has_space(growth) {
            // With the power the answer is lost as well.
            return self.end(cut).and(Err(Failure::Full));
        }
        let order = self.number();
        self.file(handle)?.bytes.write(order, offset, data);
        self.end(cut)
    }

    /// Gives a file a length.
    pub(crate) fn truncate(&mut self, handle: Handle, length: usize) -> Outcome {
        self.living(handle.life)?;
        let cut = self.begin(Operation::Truncate)?;
        let order = self.number();
        self.file(handle)?.bytes.truncate(order, length);
        self.end(cut)
    }

    /// Makes a file durable, with its name.
    pub(crate) fn sync(&mut self, handle: Handle) -> Outcome {
        self.living(handle.life)?;
        let cut = self.begin(Operation::Sync)?;
        if cut.is_none() && !self.lying {
            let file = self.file(handle)?;
            file.bytes.sync();
            let created = file.created;
            self.settle_names(created);
        }
        self.end(cut)
    }

    /// The length of a file in bytes.
    pub(crate) fn length(&mut self, handle: Handle) -> Outcome<usize> {
        Ok(self.file(handle)?.bytes.live().len())
    }

    /// Every process dies: what they had open is gone with its locks; the bytes stay.
    pub(crate) fn kill(&mut self) {
        self.dead = true;
        self.beside.clear();
        self.life = self.next_life();
        for file in self.files.values_mut() {
            file.open.clear();
            file.locks = FileLocks::default();
            file.shared = SharedMemory::default();
        }
        self.sweep();
    }

    /// A process begins beside the others; not while the disk is dead.
    pub(crate) fn begin_life(&mut self) -> u64 {
        let life = self.next_life();
        if !self.dead {
            self.beside.insert(life);
        }
        life
    }

    fn next_life(&mut self) -> u64 {
        self.last_life += 1;
        self.last_life
    }

    /// One process of several dies: what it had open is gone with its locks, and the others go on.
    pub(crate) fn end_life(&mut self, life: u64) {
        self.beside.remove(&life);
        for file in self.files.values_mut() {
            let of_the_dead = file.open.iter().filter(|(_, of)| **of == life);
            for id in of_the_dead.map(|(id, _)| *id).collect::<Vec<_>>() {
                file.close(id);
            }
        }
        self.sweep();
    }

    /// The power fails: every process dies, and of what is pending stays what survives.
    pub(crate) fn cut_power(&mut self, survival: Survival) {
        self.kill();
        match survival {
            Survival::Nothing => self.forget_from(0),
            Survival::Prefix { seed } => {
                let point = self.point(&mut Chance::new(seed));
                self.forget_from(point);
            }
            Survival::Torn { seed } => self.tear(&mut Chance::new(seed)),
        }
        self.sweep();
    }

    /// Whoever opens a file from now on lives.
    pub(crate) fn revive(&mut self) {
        self.dead = false;
    }

    /// Counts an operation. `Ok` with a survival says that the power fails while it is done.
    fn begin(&mut self, operation: Operation) -> Outcome<Option<Survival>> {
        match self.faults.next(operation) {
            None => Ok(None),
            Some(Fault::Power(survival)) => Ok(Some(survival)),
            Some(Fault::Kill) => {
                self.kill();
                Err(Failure::Dead)
            }
            Some(Fault::Io | Fault::SyncFails) => Err(Failure::Io),
            Some(Fault::Full) => Err(Failure::Full),
        }
    }

    /// Cuts the power where that was the operation's fate.
    fn end(&mut self, cut: Option<Survival>) -> Outcome {
        let Some(survival) = cut else { return Ok(()) };
        self.cut_power(survival);
        Err(Failure::Dead)
    }

    fn has_space(&self, growth_bytes: usize) -> bool {
        self.capacity_bytes.is_none_or(|capacity| {
            growth_bytes == 0 || self.bytes().saturating_add(growth_bytes as u64) <= capacity
        })
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Makes all names durable when the file's own is not: SQLite's Unix VFS syncs the directory with the first sync of a file it made.
    fn settle_names(&mut self, created: u64) {
        if self.names.pending().any(|order| order == created) {
            self.names.sync();
            self.sweep();
        }
    }

    /// Removes files that nobody can reach any more.
    fn sweep(&mut self) {
        let names = &self.names;
        self.files
            .retain(|id, file| !file.open.is_empty() || names.lead_to(*id));
    }

    /// A point in the order of the pending changes: before the first, between two, or after the last.
    fn point(&self, chance: &mut Chance) -> u64 {
        let in_files = self.files.values().flat_map(|file| file.bytes.pending());
        let mut orders: Vec<u64> = in_files.chain(self.names.pending()).collect();
        orders.sort_unstable();
        let kept = chance.up_to(orders.len());
        orders.get(kept).copied().unwrap_or(u64::MAX)
    }

    fn forget_from(&mut self, order: u64) {
        self.names.forget_from(order);
        for file in self.files.values_mut() {
            file.bytes.forget_from(order);
        }
    }

    fn tear(&mut self, chance: &mut Chance) {
        self.names.tear(chance);
        for file in self.files.values_mut() {
            file.bytes.tear(chance);
        }
    }
}

#[cfg(test)]
mod tests;
