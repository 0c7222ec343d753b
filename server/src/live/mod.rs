//! Pages that are open hear that something changed: one stream for each, one small query a clinic and second in each process,
//! however many listen. A stream says which patient, never what; it ends with the session.

pub mod api;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Mutex as Held;

use crate::app::App;
use crate::error::{Error, Result};
use crate::rt::clock::{Clock, WallClock};
use crate::store::types::{PatientId, TenantId, UtcMicros};
use crate::store::{Scope, live};

/// Streams of one clinic in one process.
const MOST_LISTENERS: usize = 200;
/// The database is asked this often for a clinic somebody listens to.
const EACH: Duration = Duration::from_secs(1);
/// A transaction notes its change before others see it: what is this old is asked for once more.
const OVERLAP_US: i64 = 60_000_000;
/// Changes a room remembers for those who listen; who missed more looks at everything.
const REMEMBERED: usize = 1_000;

/// The clinics somebody listens to in this process.
#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<TenantId, Weak<Room>>>,
}

impl Hub {
    /// Joins a clinic's listeners.
    ///
    /// # Errors
    /// Unavailable when there are too many.
    pub fn join(&self, tenant: TenantId) -> Result<Listener> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|_, room| room.strong_count() > 0);
        let room = rooms.get(&tenant).and_then(Weak::upgrade);
        let room = room.unwrap_or_else(|| {
            let room = Arc::new(Room::default());
            rooms.insert(tenant, Arc::downgrade(&room));
            room
        });
        // Each listener holds the room once; the one made here is ours.
        if Arc::strong_count(&room) > MOST_LISTENERS {
            return Err(Error::unavailable("too many pages listen at once"));
        }
        Ok(Listener {
            tenant,
            room,
            heard: None,
        })
    }
}

/// What the listeners of one clinic share.
#[derive(Default)]
struct Room {
    looked: Held<Looked>,
}

/// What was seen so far.
#[derive(Default)]
struct Looked {
    /// When the database was last asked, by a clock nobody sets.
    at: Option<Duration>,
    /// The newest change, by the database's clock; none before the first look.
    newest: Option<UtcMicros>,
    /// What was told of changes that may be found again.
    told: BTreeMap<PatientId, UtcMicros>,
    /// The number of the last change.
    last: u64,
    /// Changes by number, oldest first.
    log: Vec<(u64, PatientId)>,
}

impl Looked {
    /// Takes in what one look found. Pure.
    fn take(&mut self, found: Vec<(PatientId, UtcMicros)>) {
        for (patient, at) in found {
            if self.told.get(&patient).is_some_and(|told| *told >= at) {
                continue;
            }
            self.told.insert(patient, at);
            self.newest = self.newest.max(Some(at));
            self.last += 1;
            self.log.push((self.last, patient));
        }
        let surplus = self.log.len().saturating_sub(REMEMBERED);
        self.log.drain(..surplus);
        let from = self.overlap();
        self.told.retain(|_, at| *at > from);
    }

    /// From when on the database is asked.
    fn overlap(&self) -> UtcMicros {
        let newest = self.newest.unwrap_or(UtcMicros(0));
        UtcMicros(newest.0.saturating_sub(OVERLAP_US))
    }

    /// What changed after a number; everything when that is forgotten.
    fn since(&self, heard: u64) -> Changes {
        let oldest = self
            .log
            .first()
            .map_or(self.last + 1, |(number, _)| *number);
        if heard + 1 < oldest && heard < self.last {
            return Changes::Everything;
        }
        let mut patients: Vec<PatientId> = self
            .log
            .iter()
            .filter(|(number, _)| *number > heard)
            .map(|(_, patient)| *patient)
            .collect();
        patients.sort_unstable();
        patients.dedup();
        Changes::Of(patients)
    }
}

/// What changed since one listened last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// Something of these patients.
    Of(Vec<PatientId>),
    /// More than is remembered.
    Everything,
}

/// One page that listens.
pub struct Listener {
    tenant: TenantId,
    room: Arc<Room>,
    /// The number of the last change told.
    heard: Option<u64>,
}

impl Listener {
    /// What changed since the last time; the first time nothing: a page is as fresh as its stream.
    ///
    /// # Errors
    /// Unavailable when the database is away.
    pub async fn changes(&mut self, app: &App) -> Result<Changes> {
        let mut looked = self.room.looked.lock().await;
        let now = WallClock.running_for();
        let is_stale = looked.at.is_none_or(|at| now.saturating_sub(at) >= EACH);
        if is_stale {
            // Also when it fails: nobody asks a database that is away more often than one that is there.
            looked.at = Some(now);
            look(app, self.tenant, &mut looked).await?;
        }
        let heard = self.heard.replace(looked.last);
        Ok(heard.map_or(Changes::Of(Vec::new()), |heard| looked.since(heard)))
    }
}

async fn look(app: &App, tenant: TenantId, looked: &mut Looked) -> Result<()> {
    let scope = Scope::job(tenant, "live");
    let from = looked.newest.map(|_| looked.overlap());
    let (newest, found) = app
        .store
        .read("live", scope, move |tx| match from {
            Some(from) => Ok((None, live::since(tx, from)?)),
            None => {
                let newest = live::newest(tx)?;
                let recent = UtcMicros(newest.0.saturating_sub(OVERLAP_US));
                Ok((Some(newest), live::since(tx, recent)?))
            }
        })
        .await?;
    match newest {
        // The first look: what is there already is no change.
        Some(newest) => {
            looked.newest = Some(newest);
            looked.told = found.into_iter().collect();
        }
        None => looked.take(found),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(number: u8) -> PatientId {
        PatientId::from([number; 16])
    }

    fn begun() -> Looked {
        Looked {
            newest: Some(UtcMicros(100)),
            told: BTreeMap::from([(patient(1), UtcMicros(100))]),
            ..Looked::default()
        }
    }

    #[test]
    fn what_is_found_again_is_told_once_and_what_was_committed_late_is_told() {
        let mut looked = begun();
        let first = [(patient(1), UtcMicros(100)), (patient(2), UtcMicros(120))];
        looked.take(first.to_vec());
        assert_eq!(looked.since(0), Changes::Of(vec![patient(2)]));
        // Noted before the newest, seen after it.
        let late = [(patient(3), UtcMicros(110)), (patient(2), UtcMicros(120))];
        looked.take(late.to_vec());
        assert_eq!(looked.since(1), Changes::Of(vec![patient(3)]));
        assert_eq!(looked.since(2), Changes::Of(Vec::new()));
        looked.take(vec![(patient(2), UtcMicros(130))]);
        assert_eq!(looked.since(2), Changes::Of(vec![patient(2)]));
    }

    #[test]
    fn who_missed_more_than_is_remembered_looks_at_everything() {
        let mut looked = begun();
        for at in 0..=REMEMBERED {
            let at = i64::try_from(at).unwrap();
            looked.take(vec![(patient(9), UtcMicros(200 + at))]);
        }
        assert_eq!(looked.since(0), Changes::Everything);
        assert_eq!(looked.since(1), Changes::Of(vec![patient(9)]));
    }

    #[test]
    fn so_many_listen_and_no_more_and_who_leaves_makes_room() {
        let hub = Hub::default();
        let mut all: Vec<Listener> = (0..MOST_LISTENERS)
            .map(|_| hub.join(TenantId(1)).unwrap())
            .collect();
        assert!(hub.join(TenantId(1)).is_err());
        assert!(
            hub.join(TenantId(2)).is_ok(),
            "another clinic has its own room"
        );
        all.pop();
        assert!(hub.join(TenantId(1)).is_ok());
    }
}
