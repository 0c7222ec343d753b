//! Plans: what a clinician prescribes, when it is due, and its frozen versions.

pub mod api;
pub mod calendar_file;
mod decide;
pub mod diff;
pub mod form;
pub mod levels;
pub mod library;
pub mod new_item;
pub mod pages;
pub mod preview;
mod preview_view;
pub mod progress;
pub mod rrule;
pub mod rules;
pub mod service;
pub mod spec;
pub mod suggest;
pub mod templates;
pub mod version_pages;
pub mod words;

pub use spec::{Dose, DoseUnit, PlanItemSpec, Recurrence, RecurrenceKind, Weekday, Window};
