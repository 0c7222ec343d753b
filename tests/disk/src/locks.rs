//! Who holds which lock of a file, and the memory that the connections to it share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// An open file of a connection.
pub(crate) type HandleId = u64;

/// SQLite's locks on a database file, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// No lock.
    None,
    /// Reads; beside others.
    Shared,
    /// Will write; beside readers.
    Reserved,
    /// Waits for the readers to go; no new ones come.
    Pending,
    /// Writes; alone.
    Exclusive,
}

/// The locks of one file.
#[derive(Debug, Default)]
pub(crate) struct FileLocks {
    /// Everyone with more than no lock.
    holders: Vec<(HandleId, Level)>,
}

impl FileLocks {
    fn held(&self, by: HandleId) -> Level {
        let held = self.holders.iter().find(|(holder, _)| *holder == by);
        held.map_or(Level::None, |(_, level)| *level)
    }

    fn strongest_of_others(&self, than: HandleId) -> Level {
        let others = self.holders.iter().filter(|(holder, _)| *holder != than);
        others.map(|(_, level)| *level).max().unwrap_or(Level::None)
    }

    fn set(&mut self, by: HandleId, level: Level) {
        self.holders.retain(|(holder, _)| *holder != by);
        if level > Level::None {
            self.holders.push((by, level));
        }
    }

    /// Raises a lock; `false` when others are in the way. On the way from reserved to exclusive it stays
    /// pending, so that the readers run out.
    pub(crate) fn lock(&mut self, by: HandleId, level: Level) -> bool {
        let (mine, others) = (self.held(by), self.strongest_of_others(by));
        if mine >= level {
            return true;
        }
        let free = match level {
            Level::None => true,
            Level::Shared => others < Level::Pending,
            Level::Reserved | Level::Pending => others < Level::Reserved,
            Level::Exclusive => others == Level::None,
        };
        if free {
            self.set(by, level);
        } else if level == Level::Exclusive && mine == Level::Reserved {
            self.set(by, Level::Pending);
        }
        free
    }

    /// Lowers a lock.
    pub(crate) fn unlock(&mut self, by: HandleId, level: Level) {
        if self.held(by) > level {
            self.set(by, level);
        }
    }

    /// Whether anyone is about to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.holders
            .iter()
            .any(|(_, level)| *level >= Level::Reserved)
    }
}

/// A piece of shared memory. SQLite reads and writes it through a pointer from several threads at once; the words are
/// atomic so that the pointer may be handed out, and stay where they are for as long as anyone holds the `Arc`.
pub(crate) type Region = Arc<[AtomicU64]>;

/// The memory that the connections to one database in WAL mode share (its `-shm` file), and the locks on it.
#[derive(Debug, Default)]
pub(crate) struct SharedMemory {
    regions: Vec<Region>,
    users: Vec<User>,
}

/// A connection's part: bit `i` of a mask is lock `i` of eight.
#[derive(Debug)]
struct User {
    handle: HandleId,
    shared: u8,
    exclusive: u8,
}

impl SharedMemory {
    /// The region of this number; where there is none yet, made of zeros when `make`. The handle counts as a user
    /// from then on, whether there was a region or not.
    pub(crate) fn map(
        &mut self,
        handle: HandleId,
        number: usize,
        size_bytes: usize,
        make: bool,
    ) -> Option<Region> {
        self.user(handle);
        if make {
            while self.regions.len() <= number {
                let words = size_bytes.div_ceil(8);
                let region = std::iter::repeat_with(AtomicU64::default).take(words);
                self.regions.push(region.collect());
            }
        }
        self.regions.get(number).cloned()
    }

    fn user(&mut self, handle: HandleId) -> &mut User {
        let known = self.users.iter().position(|user| user.handle == handle);
        let place = known.unwrap_or(self.users.len());
        if known.is_none() {
            self.users.push(User {
                handle,
                shared: 0,
                exclusive: 0,
            });
        }
        &mut self.users[place]
    }

    /// Takes the locks of the mask; `false` when another connection is in the way.
    pub(crate) fn lock(&mut self, handle: HandleId, mask: u8, exclusive: bool) -> bool {
        let mut others = self.users.iter().filter(|user| user.handle != handle);
        let in_the_way = others.any(|other| {
            let theirs = if exclusive {
                other.shared | other.exclusive
            } else {
                other.exclusive
            };
            theirs & mask != 0
        });
        if !in_the_way {
            let user = self.user(handle);
            if exclusive {
                user.exclusive |= mask;
            } else {
                user.shared |= mask;
            }
        }
        !in_the_way
    }

    /// Gives the locks of the mask back.
    pub(crate) fn unlock(&mut self, handle: HandleId, mask: u8) {
        let user = self.user(handle);
        user.shared &= !mask;
        user.exclusive &= !mask;
    }

    /// The handle maps nothing any more; with the last of them the memory is gone.
    pub(crate) fn leave(&mut self, handle: HandleId) {
        self.users.retain(|user| user.handle != handle);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_share_and_one_of_them_may_reserve() {
        let mut locks = FileLocks::default();
        assert!(locks.lock(1, Level::Shared) && locks.lock(2, Level::Shared));
        assert!(!locks.is_reserved());
        assert!(locks.lock(1, Level::Reserved) && locks.is_reserved());
        assert!(!locks.lock(2, Level::Reserved));
        assert!(locks.lock(3, Level::Shared));
    }

    #[test]
    fn a_writer_that_waits_lets_no_new_reader_in() {
        let mut locks = FileLocks::default();
        assert!(locks.lock(1, Level::Shared) && locks.lock(2, Level::Shared));
        assert!(locks.lock(1, Level::Reserved) && !locks.lock(1, Level::Exclusive));
        assert!(!locks.lock(3, Level::Shared));
        locks.unlock(2, Level::None);
        assert!(locks.lock(1, Level::Exclusive));
        assert!(!locks.lock(2, Level::Shared));
        locks.unlock(1, Level::Shared);
        assert!(locks.lock(2, Level::Shared));
    }

    #[test]
    fn two_that_find_a_hot_journal_do_not_wait_for_each_other_for_ever() {
        let mut locks = FileLocks::default();
        assert!(locks.lock(1, Level::Shared) && locks.lock(2, Level::Shared));
        assert!(!locks.lock(1, Level::Exclusive) && !locks.lock(2, Level::Exclusive));
        locks.unlock(1, Level::None);
        assert!(locks.lock(2, Level::Exclusive));
    }

    #[test]
    fn locks_on_shared_memory_exclude_by_their_bits() {
        let mut memory = SharedMemory::default();
        assert!(memory.lock(1, 0b0001, true) && memory.lock(2, 0b0010, true));
        assert!(!memory.lock(2, 0b0001, false) && !memory.lock(2, 0b0011, true));
        assert!(memory.lock(1, 0b0100, false) && memory.lock(2, 0b0100, false));
        assert!(!memory.lock(3, 0b0100, true));
        memory.unlock(1, 0b0101);
        assert!(memory.lock(2, 0b0001, false));
        memory.leave(2);
        assert!(memory.lock(3, 0b0111, true));
    }

    #[test]
    fn shared_memory_lives_as_long_as_someone_maps_it() {
        let mut memory = SharedMemory::default();
        assert!(memory.map(1, 0, 64, false).is_none());
        let first = memory.map(1, 1, 64, true).unwrap();
        let second = memory.map(2, 1, 64, false).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        memory.leave(1);
        assert!(memory.map(2, 1, 64, false).is_some());
        memory.leave(2);
        assert!(memory.map(3, 1, 64, false).is_none());
    }
}
