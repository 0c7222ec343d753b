//! What can go wrong, and what is left afterwards.

/// What goes wrong with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The operation fails with SQLite's I/O error and does not happen. A sync that fails so leaves what it was to make durable pending.
    Io,
    /// There is no space: a write fails with `SQLITE_FULL` and does not happen, a file cannot be created. Other operations
    /// are passed over: it strikes the first that needs space.
    Full,
    /// The process dies before the operation: [`crate::Disk::kill`].
    Kill,
    /// The power fails during the operation: [`crate::Disk::cut_power`]. The operation counts as the last pending one, so it may survive
    /// in part; a sync or a deletion did not become durable.
    Power(Survival),
    /// A sync fails with SQLite's I/O error, and what it was to make durable stays pending. Other operations are passed over.
    SyncFails,
}

/// What survives a power cut of what was pending: changes of files since their last sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survival {
    /// Nothing: the disk is as the syncs left it.
    Nothing,
    /// The pending changes of all files of the disk in their order, up to a point that the seed chooses.
    Prefix {
        /// The same seed, the same point.
        seed: u64,
    },
    /// Each sector of 512 bytes ends at a point of its own in its own history of pending writes; with one pending write that is
    /// a coin for each of its sectors. Truncations, creations and deletions are kept or lost as a whole, in their order for
    /// each name, independently of each other and of other files.
    Torn {
        /// The same seed, the same coins.
        seed: u64,
    },
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Read,
    Write,
    Truncate,
    Sync,
    Create,
    Delete,
}

impl Fault {
    /// Whether it strikes an operation of this kind, or waits for another.
    fn strikes(self, operation: Operation) -> bool {
        match self {
            Self::Full => matches!(operation, Operation::Write | Operation::Create),
            Self::SyncFails => operation == Operation::Sync,
            Self::Io | Self::Kill | Self::Power(_) => true,
        }
    }
}

/// Why an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The process that opened the file is dead, or the disk is not revived.
    Dead,
    /// An I/O error.
    Io,
    /// No space is left.
    Full,
    /// There is no such file, or there is one already.
    Missing,
}

/// The faults to come, and the count of operations by which they come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    operations: u64,
    /// By the operation from which on they strike, in the order of being planned.
    planned: Vec<(u64, Fault)>,
    always: Option<Fault>,
}

impl Faults {
    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn plan(&mut self, operation: u64, fault: Fault) {
        self.planned.push((operation, fault));
    }

    pub(crate) fn always(&mut self, fault: Option<Fault>) {
        self.always = fault;
    }

    pub(crate) fn clear(&mut self) {
        self.planned.clear();
        self.always = None;
    }

    /// Counts an operation and says what strikes it.
    pub(crate) fn next(&mut self, operation: Operation) -> Option<Fault> {
        self.operations += 1;
        let due = self
            .planned
            .iter()
            .position(|(from, fault)| *from <= self.operations && fault.strikes(operation));
        match due {
            Some(place) => Some(self.planned.remove(place).1),
            None => self.always.filter(|fault| fault.strikes(operation)),
        }
    }
}
