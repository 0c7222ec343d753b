//! The names of a disk's files, with what it takes to undo what became of them since the directory was last synced.

use std::collections::BTreeMap;

use crate::chance::Chance;

/// A file, whatever its name.
pub(crate) type FileId = u64;

/// Which file has which name.
#[derive(Debug, Default)]
pub(crate) struct Names {
    now: BTreeMap<String, FileId>,
    log: Vec<Change>,
}

/// A name that came or went and is not durable.
#[derive(Debug)]
struct Change {
    /// Its place among all changes of the disk.
    order: u64,
    name: String,
    before: Option<FileId>,
}

impl Names {
    /// Names that are durable.
    pub(crate) fn durable(names: BTreeMap<String, FileId>) -> Self {
        Self {
            now: names,
            log: Vec::new(),
        }
    }

    /// The file of a name.
    pub(crate) fn get(&self, name: &str) -> Option<FileId> {
        self.now.get(name).copied()
    }

    /// Every name with its file.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, FileId)> {
        self.now.iter().map(|(name, id)| (name, *id))
    }

    /// Whether the file has a name, or would have one again after a power cut.
    pub(crate) fn lead_to(&self, id: FileId) -> bool {
        let pending = self.log.iter().any(|change| change.before == Some(id));
        pending || self.now.values().any(|named| *named == id)
    }

    /// Gives a name to a file, or takes it away.
    pub(crate) fn set(&mut self, order: u64, name: &str, file: Option<FileId>) {
        let name = name.to_owned();
        let before = match file {
            Some(id) => self.now.insert(name.clone(), id),
            None => self.now.remove(&name),
        };
        self.log.push(Change {
            order,
            name,
            before,
        });
    }

    /// Makes all names durable.
    pub(crate) fn sync(&mut self) {
        self.log.clear();
    }

    /// The places of the changes since the last sync among all changes of the disk.
    pub(crate) fn pending(&self) -> impl Iterator<Item = u64> {
        self.log.iter().map(|change| change.order)
    }

    /// Takes back the changes from this place on and makes the rest durable.
    pub(crate) fn forget_from(&mut self, order: u64) {
        while let Some(change) = self.log.pop_if(|last| last.order >= order) {
            self.put_back(change);
        }
        self.sync();
    }

    /// Takes back the last changes of each name, as many as the seed says, and makes the rest durable.
    pub(crate) fn tear(&mut self, chance: &mut Chance) {
        let mut lost: BTreeMap<String, usize> = BTreeMap::new();
        for change in &self.log {
            *lost.entry(change.name.clone()).or_default() += 1;
        }
        for count in lost.values_mut() {
            *count = chance.up_to(*count);
        }
        while let Some(change) = self.log.pop() {
            let left = lost.entry(change.name.clone()).or_default();
            if *left > 0 {
                *left -= 1;
                self.put_back(change);
            }
        }
    }

    fn put_back(&mut self, change: Change) {
        match change.before {
            Some(id) => self.now.insert(change.name, id),
            None => self.now.remove(&change.name),
        };
    }
}
