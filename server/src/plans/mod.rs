//! Plans: what a clinician prescribes, when it is due, and its frozen versions.

pub mod api;
pub mod calendar_file;
pub mod diff;
pub mod form;
pub mod levels;
pub mod library;
pub mod new_item;
pub mod pages;
pub mod progress;
pub mod rrule;
pub mod rules;
pub mod service;
pub mod spec;

pub use spec::{Dose, DoseUnit, PlanItemSpec, Recurrence, RecurrenceKind, Weekday, Window};
