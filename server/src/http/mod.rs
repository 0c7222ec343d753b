//! HTTP: extractors that refuse what is not exactly as declared, one error format, the route table.

pub mod assets;
pub mod batch;
pub mod extract;
pub mod format;
pub mod guard;
pub mod language;
pub mod nav;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod router;
pub mod strict;
pub mod typed;
pub mod values;
