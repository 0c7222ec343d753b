//! Several connections, used no more than needed.
//!
//! A client keeps one HTTP/2 connection to a host, and a server allows so many requests at once on each (FCM:
//! 100, its `SETTINGS_MAX_CONCURRENT_STREAMS`). With answers after 50 ms one connection then carries
//! 2,000 messages a second, a fifth of FCM's quota. So there are several clients, and a request goes to
//! the first with room: a quiet clinic has one connection, a herd has ten.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Client;

/// Requests at once on a connection.
const STREAMS: usize = 100;

/// Connections: with [`STREAMS`] each, a thousand messages at once.
pub(super) const CONNECTIONS: usize = 10;

/// The clients.
pub(super) struct Pool {
    first: Slot,
    rest: Vec<Slot>,
}

struct Slot {
    client: Client,
    under_way: AtomicUsize,
}

impl Slot {
    fn new(client: Client) -> Self {
        Self {
            client,
            under_way: AtomicUsize::new(0),
        }
    }
}

/// A place on a connection, given back when dropped.
pub(super) struct Place<'a>(&'a Slot);

impl Place<'_> {
    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// A pool with at least the first of these clients.
    pub(super) fn new(first: Client, rest: Vec<Client>) -> Self {
        Self {
            first: Slot::new(first),
            rest: rest.into_iter().map(Slot::new).collect(),
        }
    }

    /// A place on the first connection with room, else on the one with the fewest requests.
    pub(super) fn place(&self) -> Place<'_> {
        let all = || std::iter::once(&self.first).chain(&self.rest);
        let load = |slot: &&Slot| slot.under_way.load(Ordering::Relaxed);
        let slot = all()
            .find(|slot| load(slot) < STREAMS)
            .or_else(|| all().min_by_key(load))
            .unwrap_or(&self.first);
        slot.under_way.fetch_add(1, Ordering::Relaxed);
        Place(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(connections: usize) -> Pool {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Pool::new(Client::new(), vec![Client::new(); connections - 1])
    }

    fn loads(pool: &Pool) -> Vec<usize> {
        std::iter::once(&pool.first)
            .chain(&pool.rest)
            .map(|slot| slot.under_way.load(Ordering::Relaxed))
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
