//! The bytes of one file, with what it takes to undo everything since its last sync.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chance::Chance;

/// What a disk writes as one, in bytes: the unit in which a torn write is torn.
const SECTOR_BYTES: usize = 512;

/// The bytes of a file: as processes read them, and a log that leads back to what is durable.
#[derive(Debug, Default)]
pub(crate) struct Bytes {
    /// Shared with images: copied when it is written to while an image of it is held.
    live: Arc<Vec<u8>>,
    log: Vec<Change>,
    /// The overwritten bytes of the log's changes, one after the other: one buffer, kept from sync to sync.
    overwritten: Vec<u8>,
}

/// A change since the last sync.
#[derive(Debug)]
struct Change {
    /// Its place among all changes of the disk.
    order: u64,
    kind: Kind,
    /// Where it begins in the file, in bytes.
    offset: usize,
    /// The length of the file before it, in bytes.
    length_before: usize,
    /// Where the bytes it overwrote begin in the log's buffer; they end where the next change's begin.
    kept_from: usize,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// As many bytes were written.
    Write(usize),
    /// The file was given the length `offset`.
    Truncate,
}

/// A change with the bytes it brought, to be done again.
enum Redo {
    Write { offset: usize, data: Vec<u8> },
    Truncate { length: usize },
}

impl Bytes {
    /// A file with this content, all of it durable.
    pub(crate) fn durable(content: Arc<Vec<u8>>) -> Self {
        Self {
            live: content,
            ..Self::default()
        }
    }

    /// The content as processes read it.
    pub(crate) fn live(&self) -> &Arc<Vec<u8>> {
        &self.live
    }

    /// Copies what there is at `offset` and returns how many bytes that were.
    pub(crate) fn read(&self, offset: usize, into: &mut [u8]) -> usize {
        let rest = self.live.get(offset..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        count
    }

    /// Writes at `offset`; a gap before it reads as zeros.
    pub(crate) fn write(&mut self, order: u64, offset: usize, data: &[u8]) {
        let end = offset.saturating_add(data.len());
        self.remember(order, Kind::Write(data.len()), offset, end);
        place(Arc::make_mut(&mut self.live), offset, data);
    }

    /// Gives the file a length; what is new reads as zeros.
    pub(crate) fn truncate(&mut self, order: u64, length: usize) {
        self.remember(order, Kind::Truncate, length, usize::MAX);
        Arc::make_mut(&mut self.live).resize(length, 0);
    }

    /// Logs a change with the bytes from `offset` to `end` as they are.
    fn remember(&mut self, order: u64, kind: Kind, offset: usize, end: usize) {
        let length = self.live.len();
        self.log.push(Change {
            order,
            kind,
            offset,
            length_before: length,
            kept_from: self.overwritten.len(),
        });
        let old = self.live.get(offset.min(length)..end.min(length));
        self.overwritten.extend_from_slice(old.unwrap_or_default());
    }

    /// Makes everything durable.
    pub(crate) fn sync(&mut self) {
        self.log.clear();
        self.overwritten.clear();
    }

    /// The places of the changes since the last sync among all changes of the disk.
    pub(crate) fn pending(&self) -> impl Iterator<Item = u64> {
        self.log.iter().map(|change| change.order)
    }

    /// Takes back the changes from this place on and makes the rest durable.
    pub(crate) fn forget_from(&mut self, order: u64) {
        while self.log.last().is_some_and(|last| last.order >= order) {
            self.undo_last();
        }
        self.sync();
    }

    /// Keeps of the changes since the last sync what the seed's coins say, sector by sector, and makes that durable.
    ///
    /// A truncation happens as a whole or not at all, and no change after one that did not happen is kept.
    /// Each sector ends at a point of its own in its own history. The length is that of the last sector kept,
    /// or, by a coin, what the last write would have made it, with zeros in the sectors that were lost.
    pub(crate) fn tear(&mut self, chance: &mut Chance) {
        let history = self.undo_all();
        let history = survivors(&history, chance);
        let mut left = writes_left(history, chance);
        let full_length = chance.coin();
        let live = Arc::make_mut(&mut self.live);
        for change in history {
            match change {
                Redo::Truncate { length } => live.resize(*length, 0),
                Redo::Write { offset, data } => {
                    for (sector, from, to) in sectors(*offset, data.len()) {
                        let Some(count) = left.get_mut(&sector).filter(|count| **count > 0) else {
                            continue;
                        };
                        *count -= 1;
                        let piece = data.get(from..to).unwrap_or_default();
                        place(live, offset.saturating_add(from), piece);
                    }
                    let end = offset.saturating_add(data.len());
                    if full_length && live.len() < end {
                        live.resize(end, 0);
                    }
                }
            }
        }
        self.sync();
    }

    /// Turns one byte over. What takes back a pending change of this place takes that back too.
    pub(crate) fn flip(&mut self, offset: usize) -> bool {
        let Some(byte) = Arc::make_mut(&mut self.live).get_mut(offset) else {
            return false;
        };
        *byte ^= 0xff;
        true
    }

    /// Cuts off what is beyond a length and makes the rest durable; `false` when it is not that long.
    pub(crate) fn cut(&mut self, length: usize) -> bool {
        if length > self.live.len() {
            return false;
        }
        Arc::make_mut(&mut self.live).truncate(length);
        self.sync();
        true
    }

    /// Goes back to what is durable and returns the changes taken back, the oldest first.
    fn undo_all(&mut self) -> Vec<Redo> {
        let mut history = Vec::with_capacity(self.log.len());
        while let Some(redo) = self.undo_last() {
            history.push(redo);
        }
        history.reverse();
        history
    }

    /// Takes the last change back.
    fn undo_last(&mut self) -> Option<Redo> {
        let change = self.log.pop()?;
        let live = Arc::make_mut(&mut self.live);
        let redo = match change.kind {
            Kind::Truncate => Redo::Truncate {
                length: change.offset,
            },
            Kind::Write(count) => {
                let end = change.offset.saturating_add(count);
                let data = live.get(change.offset..end).unwrap_or_default();
                Redo::Write {
                    offset: change.offset,
                    data: data.to_vec(),
                }
            }
        };
        live.resize(change.length_before, 0);
        let old = self.overwritten.get(change.kept_from..);
        place(live, change.offset, old.unwrap_or_default());
        self.overwritten.truncate(change.kept_from);
        Some(redo)
    }
}

/// Puts data at an offset, lengthening with zeros where it is beyond the end.
fn place(live: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let end = offset.saturating_add(data.len());
    if offset == live.len() {
        live.extend_from_slice(data);
        return;
    }
    if live.len() < end {
        live.resize(end, 0);
    }
    if let Some(range) = live.get_mut(offset..end) {
        range.copy_from_slice(data);
    }
}

/// The changes up to the truncation at which the coin stops, or all.
fn survivors<'a>(history: &'a [Redo], chance: &mut Chance) -> &'a [Redo] {
    let truncations: Vec<usize> = history
        .iter()
        .enumerate()
        .filter(|(_, change)| matches!(change, Redo::Truncate { .. }))
        .map(|(place, _)| place)
        .collect();
    let kept = chance.up_to(truncations.len());
    let end = truncations.get(kept).copied().unwrap_or(history.len());
    history.get(..end).unwrap_or_default()
}

/// How many of the writes that touch it each sector keeps.
fn writes_left(history: &[Redo], chance: &mut Chance) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for change in history {
        if let Redo::Write { offset, data } = change {
            for (sector, ..) in sectors(*offset, data.len()) {
                *counts.entry(sector).or_insert(0) += 1;
            }
        }
    }
    for count in counts.values_mut() {
        *count = chance.up_to(*count);
    }
    counts
}

/// The sectors a write touches: the sector's number, and from where to where of the written bytes lie in it.
fn sectors(offset: usize, count: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    let end = offset.saturating_add(count);
    let touched = offset / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES);
    touched.map(move |sector| {
        let start = (sector * SECTOR_BYTES).max(offset);
        let stop = ((sector + 1) * SECTOR_BYTES).min(end);
        (sector, start - offset, stop - offset)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A durable file of three sectors, then a write over two, a truncation and an append.
    fn changed() -> Bytes {
        let mut bytes = Bytes::durable(Arc::new(vec![1; 3 * SECTOR_BYTES]));
        bytes.write(1, SECTOR_BYTES - 12, &[2; 24]);
        bytes.truncate(2, 2 * SECTOR_BYTES);
        bytes.write(3, 3 * SECTOR_BYTES, &[3; 10]);
        bytes
    }

    fn state_after(changes: u64) -> Vec<u8> {
        let mut bytes = changed();
        bytes.forget_from(changes + 1);
        bytes.live().to_vec()
    }

    #[test]
    fn what_is_taken_back_leaves_what_was_there_before() {
        assert_eq!(state_after(0), vec![1; 3 * SECTOR_BYTES]);
        let mut written = vec![1; 3 * SECTOR_BYTES];
        written[SECTOR_BYTES - 12..SECTOR_BYTES + 12].fill(2);
        assert_eq!(state_after(1), written);
        written.truncate(2 * SECTOR_BYTES);
        assert_eq!(state_after(2), written);
        written.resize(3 * SECTOR_BYTES, 0);
        written.extend([3; 10]);
        assert_eq!(state_after(3), written);
    }

    #[test]
    fn after_a_sync_nothing_is_taken_back() {
        let mut bytes = changed();
        let live = Arc::clone(bytes.live());
        bytes.sync();
        bytes.forget_from(0);
        assert_eq!(bytes.live(), &live);
    }

    #[test]
    fn a_torn_write_is_torn_between_sectors_and_each_way() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let mut bytes = Bytes::durable(Arc::new(vec![1; 2 * SECTOR_BYTES]));
            bytes.write(1, SECTOR_BYTES - 12, &[2; 24]);
            bytes.tear(&mut Chance::new(seed));
            let live = bytes.live();
            assert_eq!(live.len(), 2 * SECTOR_BYTES);
            let (left, right) = (SECTOR_BYTES - 12, SECTOR_BYTES);
            assert!(live[left..right].iter().all(|byte| *byte == live[left]));
            assert!(
                live[right..right + 12]
                    .iter()
                    .all(|byte| *byte == live[right])
            );
            assert!(
                live[..left]
                    .iter()
                    .chain(&live[right + 12..])
                    .all(|byte| *byte == 1)
            );
            seen.insert((live[left], live[right]));
        }
        let all = [(1, 1), (1, 2), (2, 1), (2, 2)];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn a_sector_written_twice_ends_at_a_point_of_its_history() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let mut bytes = Bytes::durable(Arc::new(vec![1; SECTOR_BYTES]));
            bytes.write(1, 0, &[2; 10]);
            bytes.write(2, 10, &[3; 10]);
            bytes.tear(&mut Chance::new(seed));
            seen.insert((bytes.live()[0], bytes.live()[10]));
        }
        // The second without the first was never in any cache.
        assert_eq!(
            seen.into_iter().collect::<Vec<_>>(),
            [(1, 1), (2, 1), (2, 3)]
        );
    }

    #[test]
    fn a_truncation_is_kept_or_lost_as_a_whole() {
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let mut bytes = Bytes::durable(Arc::new(vec![1; 3 * SECTOR_BYTES]));
            bytes.truncate(1, SECTOR_BYTES);
            bytes.tear(&mut Chance::new(seed));
            assert!(bytes.live().iter().all(|byte| *byte == 1));
            lengths.insert(bytes.live().len());
        }
        let both = [SECTOR_BYTES, 3 * SECTOR_BYTES];
        assert_eq!(lengths.into_iter().collect::<Vec<_>>(), both);
    }

    #[test]
    fn an_image_held_does_not_see_later_writes() {
        let mut bytes = changed();
        let image = Arc::clone(bytes.live());
        let before = image.to_vec();
        bytes.write(4, 0, &[9; 9]);
        assert_eq!(*image, before);
        assert_eq!(bytes.live()[0], 9);
    }
}
