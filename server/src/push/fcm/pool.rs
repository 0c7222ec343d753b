//! Several connections, used no more than needed.
//!
//! A server allows so many requests at once on a connection (FCM: 100, its `SETTINGS_MAX_CONCURRENT_STREAMS`). With
//! answers after 50 ms one connection then carries 2,000 messages a second, a fifth of FCM's quota. So there are
//! several, and a request goes to the first with room: a quiet clinic has one connection, a herd has ten.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::connection::Connection;
use super::dial::Dialler;

/// Requests at once on a connection.
const STREAMS: usize = 100;

/// Connections: with [`STREAMS`] each, a thousand messages at once.
pub(super) const CONNECTIONS: usize = 10;

/// The connections.
pub(super) struct Pool {
    first: Connection,
    rest: Vec<Connection>,
}

/// A place on a connection, given back when dropped.
pub(super) struct Place<'a>(&'a Connection);

impl Place<'_> {
    pub(super) fn connection(&self) -> &Connection {
        self.0
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.under_way().fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// A pool of so many connections, at least one, none of them open yet.
    pub(super) fn new(dialler: Dialler, connections: usize) -> Self {
        let dialler = Arc::new(dialler);
        let connection = || Connection::new(dialler.clone());
        Self {
            first: connection(),
            rest: (1..connections).map(|_| connection()).collect(),
        }
    }

    /// A place on the first connection with room, else on the one with the fewest requests.
    pub(super) fn place(&self) -> Place<'_> {
        let all = || std::iter::once(&self.first).chain(&self.rest);
        let load = |one: &&Connection| one.under_way().load(Ordering::Relaxed);
        let connection = all()
            .find(|one| load(one) < STREAMS)
            .or_else(|| all().min_by_key(load))
            .unwrap_or(&self.first);
        connection.under_way().fetch_add(1, Ordering::Relaxed);
        Place(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(connections: usize) -> Pool {
        let base = reqwest::Url::parse("https://127.0.0.1:9").unwrap();
        Pool::new(Dialler::new(&base, None, true).unwrap(), connections)
    }

    fn loads(pool: &Pool) -> Vec<usize> {
        std::iter::once(&pool.first)
            .chain(&pool.rest)
            .map(|one| one.under_way().load(Ordering::Relaxed))
            .collect()
    }

    #[test]
    fn a_connection_is_filled_before_the_next_is_used_and_then_all_alike() {
        let pool = pool(3);
        let mut places: Vec<_> = (0..STREAMS).map(|_| pool.place()).collect();
        assert_eq!(loads(&pool), [STREAMS, 0, 0]);
        places.push(pool.place());
        assert_eq!(loads(&pool), [STREAMS, 1, 0]);
        places.pop();
        places.remove(0);
        places.push(pool.place());
        assert_eq!(loads(&pool), [STREAMS, 0, 0], "places come back");
        places.extend((0..2 * STREAMS + 6).map(|_| pool.place()));
        assert_eq!(loads(&pool), [STREAMS + 2; 3]);
        places.clear();
        assert_eq!(loads(&pool), [0; 3]);
    }
}
