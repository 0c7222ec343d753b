//! A disk in memory for SQLite that loses power, dies, fails and fills: for simulation and tests.
//!
//! SQLite and what stands above it are the real ones; only the files are not. A [`Disk`] is reached through an SQLite VFS named
//! `footing-disk`: [`Disk::path`] is what a connection opens, [`Disk::database_url`] what the server is given. Many disks live
//! in a process, each with any number of connections from any thread, in every journal mode.
//!
//! ```text
//! let disk = Disk::new();
//! disk.fail_at(disk.operations() + 100, Fault::Power(Survival::Torn { seed: 7 }));
//! ... work until disk.is_dead() ...
//! disk.revive();
//! ... open the database again: everything acknowledged is there ...
//! ```
//!
//! # Model
//!
//! **Durability.** A file has *live* bytes, which processes read, and an order of *pending* changes since its last sync, which
//! a power cut takes back in part ([`Survival`]). A sync makes a file's bytes and length durable. Creations and deletions are pending until
//! the directory is synced: with the first sync of a file that was made, or when SQLite asks for it with a deletion.
//!
//! **Death.** [`Disk::kill`] is the end of the process: the kernel keeps the live bytes. [`Disk::cut_power`] is the end of the kernel
//! too. After either the disk is dead until [`Disk::revive`], and every file that was open before answers an I/O error for
//! ever, also after the revival: nobody has to find and stop what the dead process left running. Its locks and its part of the shared
//! memory are gone. A connection of the dead cannot make, delete or find journals either. Where several processes share a disk,
//! each is a [`Process`], which dies alone by [`Process::kill`]; what is opened by [`Disk::path`] is one more.
//!
//! **Operations** are what faults are timed by: a read, a write, a truncation, a sync, the creation of a file and its deletion
//! count one each, tried or done. Locks, lengths, shared memory and opening what exists do not count and do not
//! fail, and what the dead try does not count.
//!
//! **Units.** Offsets, lengths and capacities are bytes. A sector, the unit of a torn write, is 512 bytes.
//!
//! # Limits
//!
//! - Changes of one file reach the disk in their order, or sector by sector as [`Survival::Torn`] says; between files they are
//!   independent only there. Bytes beside a write are never harmed, and sectors never hold noise: [`Disk::flip`] does that.
//! - What a failed sync was to make durable stays pending, and a later sync may succeed with it. Kernels that drop it are not modelled.
//! - A disk that lies about syncs ([`Disk::set_synced_lies`]), and a connection with `synchronous = OFF`, make the log of pending
//!   changes grow for as long as they work.
//! - Temporary files belong to no disk: they have no faults and take no space.
//! - The number of operations of a run is the same each time because each connection has a page cache of its own (`.cargo/config.toml`):
//!   as `libsqlite3-sys` builds SQLite by itself (`SQLITE_ENABLE_MEMORY_MANAGEMENT`), all share one, and what is in it is not read.
//! - SQLite takes the salts of its write-ahead log from the default VFS, so two runs differ in these bytes. Faults and survival do not
//!   depend on them.
//! - Time and waiting (`busy_timeout`) are the default VFS's.

mod chance;
mod disk;
mod fault;
mod file;
mod locks;
mod names;
mod opened;
mod registry;
#[expect(
    unsafe_code,
    reason = "SQLite calls a VFS through C and hands it pointers"
)]
mod vfs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub use fault::{Fault, Survival};

use disk::State;
use registry::{Shared, lock};

/// A disk. Clones are the same disk; with the last of them its name is gone, and only connections that are open go on.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Owner>);

#[derive(Debug)]
struct Owner {
    name: String,
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        registry::remove(&self.name);
    }
}

/// One of several processes that share a disk: what is opened by its addresses dies with it.
#[derive(Debug, Clone)]
pub struct Process {
    disk: Disk,
    life: u64,
}

impl Process {
    /// As [`Disk::database_url`], of this process: `sqlite:file:/disk-3@7/footing.db?vfs=footing-disk`.
    pub fn database_url(&self, file: &str) -> String {
        format!("sqlite:{}", self.path(file))
    }

    /// As [`Disk::path`], of this process.
    pub fn path(&self, file: &str) -> String {
        let disk = registry::name_of_life(&self.disk.0.name, self.life);
        path(&disk, file)
    }

    /// It dies: what it had open answers an I/O error from now on, and the other processes go on.
    pub fn kill(&self) {
        self.disk.state().end_life(self.life);
    }

    /// Whether it died, alone or with the whole disk.
    pub fn is_dead(&self) -> bool {
        self.disk.state().living(self.life).is_err()
    }
}

fn path(disk: &str, file: &str) -> String {
    format!("file:/{disk}/{file}?vfs={}", vfs::NAME.to_string_lossy())
}

/// The live bytes of all files of a disk by name. A copy costs nothing: the bytes are shared until the disk changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The content of each file by its name on the disk, as `footing.db` and `footing.db-wal`.
    pub files: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl Disk {
    /// An empty disk with a name of its own, `disk-N`.
    pub fn new() -> Self {
        Self::of(State::default())
    }

    /// A disk with the files of an image, all durable.
    pub fn from_image(image: &Image) -> Self {
        Self::of(State::of_files(&image.files))
    }

    fn of(state: State) -> Self {
        vfs::register();
        let shared = Arc::new(Mutex::new(state));
        let name = registry::add(Arc::clone(&shared));
        Self(Arc::new(Owner { name, shared }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.shared)
    }

    /// The setting that puts the server's database into a file of this disk: `sqlite:file:/disk-3/footing.db?vfs=footing-disk`.
    pub fn database_url(&self, file: &str) -> String {
        format!("sqlite:{}", self.path(file))
    }

    /// What an SQLite connection opens for a file of this disk: `file:/disk-3/footing.db?vfs=footing-disk`. The file's
    /// name must need no escaping in a URI.
    pub fn path(&self, file: &str) -> String {
        path(&self.0.name, file)
    }

    /// How many operations there have been: reads, writes, truncations, syncs, creations and deletions of files.
    pub fn operations(&self) -> u64 {
        self.state().faults.operations()
    }

    /// How often a file was opened or made: a new connection opens at least one, one that is kept opens none.
    pub fn openings(&self) -> u64 {
        self.state().openings
    }

    /// Lets an operation fail, counted from 1 as [`Disk::operations`] counts: the next is `operations() + 1`. One that does
    /// not suit the fault is passed over for the next that does. Several faults may be planned.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.state().faults.plan(operation, fault);
    }

    /// Lets every operation that suits the fault fail, until this is called with `None`. Planned faults come first.
    pub fn fail_always(&self, fault: Option<Fault>) {
        self.state().faults.always(fault);
    }

    /// Takes back the faults that are planned and the one that lasts.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The space for all files in bytes. A write that would take more fails with `SQLITE_FULL`, also when there is less space than
    /// the files have already; overwriting and reading go on.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state().capacity_bytes = bytes;
    }

    /// Makes the disk lie: syncs succeed and nothing becomes durable. For tests of the tests.
    pub fn set_synced_lies(&self, lies: bool) {
        self.state().lying = lies;
    }

    /// Whether the process or the power died and the disk is not revived.
    pub fn is_dead(&self) -> bool {
        self.state().is_dead()
    }

    /// A process that shares this disk with others.
    pub fn process(&self) -> Process {
        Process {
            life: self.state().begin_life(),
            disk: self.clone(),
        }
    }

    /// Every process dies: what it had open answers an I/O error from now on. What it wrote stays, pending what was pending.
    pub fn kill(&self) {
        self.state().kill();
    }

    /// The power fails: as [`Disk::kill`], and of what is pending stays only what survives, which is durable then.
    pub fn cut_power(&self, survival: Survival) {
        self.state().cut_power(survival);
    }

    /// A new process comes: what it opens works.
    pub fn revive(&self) {
        self.state().revive();
    }

    /// The files as they are read now.
    pub fn image(&self) -> Image {
        Image {
            files: self.state().contents(),
        }
    }

    /// The length of all files together in bytes.
    pub fn bytes(&self) -> u64 {
        self.state().bytes()
    }

    /// Damages a file: turns the bits of one byte over. It stays so until the byte is written again, or a power cut takes back
    /// a pending change of that place. `false` where there is no such byte.
    pub fn flip(&self, file: &str, offset: u64) -> bool {
        let mut state = self.state();
        let file = state.named(file);
        match (file, usize::try_from(offset)) {
            (Some(file), Ok(offset)) => file.flip(offset),
            _ => false,
        }
    }

    /// Damages a file: cuts off what is beyond a length in bytes, for good, with all that was pending of the file durable.
    /// `false` where there is no such file, or it is not that long.
    pub fn truncate_file(&self, file: &str, len: u64) -> bool {
        let mut state = self.state();
        let file = state.named(file);
        match (file, usize::try_from(len)) {
            (Some(file), Ok(length)) => file.cut(length),
            _ => false,
        }
    }
}
