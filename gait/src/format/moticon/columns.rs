//! The column names of an OpenGo export and what each cell of a row is.

use super::super::columns::MOTION;
use super::super::lines::lines;
use super::super::rows::Rule;
use super::SENSORS;
use crate::recording::Side;

/// More columns than this no export has.
const MAX_COLUMNS: usize = 512;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Seconds.
    Time,
    /// Total force of a foot, N.
    Force(usize),
    /// A pressure, then the six motion values, of a foot.
    Value(usize, usize),
    /// Step mark of a foot.
    Steps(usize),
    /// Something that is not used: centre of pressure, event pairs and their labels.
    Unused,
}

/// The columns of a file.
pub(super) struct Columns {
    pub(super) slots: Vec<Slot>,
    /// Whether each foot has the six motion columns.
    pub(super) motion: [bool; 2],
}

/// The names of a line that holds the column names.
pub(super) fn names(line: &[u8]) -> Option<Vec<&str>> {
    let names = line.strip_prefix(b"#")?.trim_ascii_start();
    let names: Vec<&str> = std::str::from_utf8(names)
        .ok()?
        .split('\t')
        .map(str::trim)
        .collect();
    let known =
        names.first() == Some(&"time") && names.iter().any(|n| n.starts_with("left pressure"));
    known.then_some(names)
}

/// A comment line names both the time column and the pressures of a foot.
pub(in super::super) fn looks_like(head: &[u8]) -> bool {
    lines(head)
        .take_while(|l| l.text.starts_with(b"#"))
        .any(|l| names(l.text).is_some())
}

impl Columns {
    pub(super) fn new(names: &[&str]) -> Result<Self, Rule> {
        if names.len() > MAX_COLUMNS {
            return Err(format!("has at most {MAX_COLUMNS} columns").into());
        }
        let mut columns = Self {
            slots: vec![Slot::Unused; names.len()],
            motion: [false; 2],
        };
        columns.set(names, "time", Slot::Time)?;
        for (foot, side) in Side::BOTH.into_iter().enumerate() {
            columns.set(names, &format!("{side} total force"), Slot::Force(foot))?;
            for i in 0..SENSORS {
                let wanted = format!("{side} pressure {}", i + 1);
                columns.set(names, &wanted, Slot::Value(foot, i))?;
            }
            columns.set_motion(names, foot, side);
            // Some exports leave the step marks out.
            let _ = columns.set(names, &format!("{side} steps"), Slot::Steps(foot));
        }
        Ok(columns)
    }

    fn set(&mut self, names: &[&str], wanted: &str, slot: Slot) -> Result<(), Rule> {
        let place = find(names, wanted).and_then(|at| self.slots.get_mut(at));
        *place.ok_or_else(|| format!("has a column \"{wanted}\""))? = slot;
        Ok(())
    }

    fn set_motion(&mut self, names: &[&str], foot: usize, side: Side) {
        let wanted: Vec<String> = ["acceleration", "angular"]
            .iter()
            .flat_map(|what| ["X", "Y", "Z"].map(|axis| format!("{side} {what} {axis}")))
            .collect();
        let found: Vec<usize> = wanted.iter().filter_map(|w| find(names, w)).collect();
        if found.len() < MOTION {
            return;
        }
        for (i, at) in found.into_iter().enumerate() {
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = Slot::Value(foot, SENSORS + i);
            }
        }
        if let Some(motion) = self.motion.get_mut(foot) {
            *motion = true;
        }
    }
}

/// The column of this name; the unit in brackets behind it may differ.
fn find(names: &[&str], wanted: &str) -> Option<usize> {
    names
        .iter()
        .position(|name| name.split('[').next() == Some(wanted))
}
