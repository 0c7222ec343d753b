//! What a password costs to hash, and whoever guesses it each time.

/// Parameters of argon2id with one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl PasswordCost {
    /// The parameters OWASP ASVS 5.0 (appendix C) lists: tens of milliseconds. Every server that serves anybody has these.
    pub const OWASP: Self = Self {
        memory_kib: 19_456,
        passes: 2,
    };

    /// The least the algorithm takes: for servers whose passwords are synthetic, thousands of which are started in a row.
    pub const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
    };
}
