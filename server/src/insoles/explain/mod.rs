//! Why a score is what it is: inputs, contributions, references, and the same number once more from what is stored
//! (care scenario S18).

pub mod api;
pub mod rules;
mod stored;
pub mod words;
