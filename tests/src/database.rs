//! An empty, migrated database of its own for each test.

use std::sync::atomic::{AtomicU64, Ordering};

use footing_server::store::backend::{DatabaseUrl, Engine};
use tempfile::TempDir;

use crate::postgres::{Cluster, ClusterDatabase};
use crate::require::skip_or_fail;

/// A database that goes away with this value.
pub struct Database {
    place: Place,
    seeds: AtomicU64,
}

enum Place {
    Folder(TempDir),
    Cluster(ClusterDatabase),
}

impl Database {
    fn at(place: Place) -> Self {
        Self {
            place,
            seeds: AtomicU64::new(1),
        }
    }

    /// A SQLite file in a folder of its own.
    pub fn sqlite() -> Self {
        let database = Self::at(Place::Folder(folder()));
        database.url().prepare().expect("SQLite migrates");
        database
    }

    /// A database of the shared PostgreSQL cluster; without one the test `name` is skipped.
    pub fn postgres(name: &str) -> Option<Self> {
        match Cluster::shared() {
            Some(cluster) => Some(Self::at(Place::Cluster(cluster.database()))),
            None => {
                skip_or_fail(name, "PostgreSQL 15 or newer");
                None
            }
        }
    }

    /// A database of a cluster of the test's own; without PostgreSQL the test `name` is skipped.
    pub fn on_own_cluster(name: &str) -> Option<(Self, &'static Cluster)> {
        match Cluster::own() {
            Some(cluster) => Some((Self::at(Place::Cluster(cluster.database())), cluster)),
            None => {
                skip_or_fail(name, "PostgreSQL 15 or newer");
                None
            }
        }
    }

    /// A place for a database beside this one, with nothing in it: no file, or no tables.
    pub fn empty_beside(&self) -> Self {
        Self::at(match &self.place {
            Place::Folder(_) => Place::Folder(folder()),
            Place::Cluster(database) => Place::Cluster(database.cluster().empty_database()),
        })
    }

    /// Which engine it is on.
    pub fn engine(&self) -> Engine {
        self.url().engine()
    }

    /// Its address, as a setting.
    pub fn address(&self) -> String {
        match &self.place {
            Place::Folder(folder) => {
                format!("sqlite:{}", folder.path().join("footing.db").display())
            }
            Place::Cluster(database) => database.url().to_owned(),
        }
    }

    /// Its address, parsed.
    pub fn url(&self) -> DatabaseUrl {
        self.address().parse().expect("the harness's own address")
    }

    /// A seed no other server on this database has had: two with one seed would make equal ids.
    pub fn next_seed(&self) -> u64 {
        self.seeds.fetch_add(1, Ordering::Relaxed)
    }
}

fn folder() -> TempDir {
    TempDir::with_prefix("footing-test-").expect("a temporary folder")
}
