//! What can stand in a row, and the statement that adds it.

use std::fmt::Write;

use footing_tests::Raw;

/// What stands in a column.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// The clinic.
    Tenant,
    /// The row's own id, of a kind.
    Own(u8),
    /// The id of the clinic's first row of a kind.
    First(u8),
    /// The row's number.
    Number,
    /// A number.
    Is(i64),
    /// A text.
    Says(&'static str),
    /// A text of this clinic and number only.
    Name,
    /// Nothing.
    Null,
    /// A kind of receipt, one for each row.
    Kind,
}

use Cell::{First, Is, Name, Null, Number, Own, Says, Tenant};

/// A table, or one of the two shapes its rows may have, and a valid row of it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Cell)],
}

impl Table {
    /// Whether a row is told from others by more than what it refers to.
    pub(crate) fn has_own_key(&self) -> bool {
        let own = |cell: &Cell| matches!(cell, Own(_) | Name | Number | Cell::Kind);
        self.columns.iter().any(|(_, cell)| own(cell))
    }

    /// The statement that adds the clinic's `number`-th row, with other cells in some columns.
    pub(crate) fn insert(
        &self,
        raw: &Raw,
        tenant: u8,
        number: u32,
        other: &[(&str, Cell, u8)],
    ) -> String {
        let mut names = String::new();
        let mut values = String::new();
        for (column, cell) in self.columns {
            let replaced = other.iter().find(|(name, ..)| name == column);
            let (cell, of) = replaced.map_or((*cell, tenant), |(_, cell, of)| (*cell, *of));
            let _ = write!(names, "{column},");
            let _ = write!(values, "{},", cell.literal(raw, of, number));
        }
        let (names, values) = (names.trim_end_matches(','), values.trim_end_matches(','));
        format!("INSERT INTO {} ({names}) VALUES ({values})", self.name)
    }
}

impl Cell {
    fn literal(self, raw: &Raw, tenant: u8, number: u32) -> String {
        match self {
            Tenant => tenant.to_string(),
            Own(kind) => raw.bytes(&id(kind, tenant, number)),
            First(kind) => raw.bytes(&id(kind, tenant, 1)),
            Number => number.to_string(),
            Is(value) => value.to_string(),
            Says(text) => format!("'{text}'"),
            Name => format!("'name-{tenant}-{number}'"),
            Null => "NULL".to_owned(),
            Self::Kind if number == 1 => "'opened'".to_owned(),
            Self::Kind => "'acted'".to_owned(),
        }
    }
}

/// 16 bytes in hexadecimal digits.
fn id(kind: u8, tenant: u8, number: u32) -> String {
    format!("{kind:02x}{tenant:02x}{:020x}{number:08x}", 0)
}
