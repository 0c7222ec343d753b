//! Where the data of a run lies.

use footing_disk::{Disk, Process};

/// The database's file on its disk.
const FILE: &str = "footing.db";

/// Where the data lies.
#[derive(Clone)]
pub(crate) enum Place {
    /// On a disk in memory.
    Memory(Disk),
    /// Anywhere a database URL names.
    Url(String),
}

impl Place {
    /// A disk in memory with an empty database.
    pub(crate) fn fresh() -> Self {
        Self::Memory(fresh_disk())
    }

    /// The disk, where it is in memory.
    pub(crate) fn disk(&self) -> Option<&Disk> {
        match self {
            Self::Memory(disk) => Some(disk),
            Self::Url(_) => None,
        }
    }

    /// The database as a process that begins opens it.
    pub(crate) fn open(&self) -> (String, Option<Process>) {
        match self {
            Self::Memory(disk) => {
                let process = disk.process();
                (process.database_url(FILE), Some(process))
            }
            Self::Url(url) => (url.clone(), None),
        }
    }
}

/// A disk with an empty database on it, migrated once in the life of the process.
fn fresh_disk() -> Disk {
    static MIGRATED: std::sync::OnceLock<Option<footing_disk::Image>> = std::sync::OnceLock::new();
    let image = MIGRATED.get_or_init(|| {
        let disk = Disk::new();
        let url: footing_server::store::backend::DatabaseUrl =
            disk.database_url(FILE).parse().ok()?;
        url.prepare().ok()?;
        Some(disk.image())
    });
    image.as_ref().map_or_else(Disk::new, Disk::from_image)
}
