//! What a patient and the clinic write to each other: one thread for each patient. A message is no alert and no nudge: it
//! never wakes anybody at night, several within minutes are one push, and what was read meanwhile is none. What a patient
//! wrote waits on the worklist until it is answered or a clinician says that it needs no answer.

pub mod api;
pub mod pages;
pub mod rules;
pub mod service;
mod thread;
