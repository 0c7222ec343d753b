//! The worklist: who needs somebody today, each patient once, with the one reason in words.

pub mod api;
pub mod arrange;
pub mod load;
pub mod pages;
pub mod rules;
pub mod service;
pub mod words;
