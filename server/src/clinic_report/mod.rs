//! The clinic as a whole: who is where, how long alarms wait, how adherence spreads, who drops out, what becomes of reminders, and how
//! good the data of each insole are. Counts with their denominators, never a mean alone.

pub mod api;
pub mod load;
pub mod pages;
pub mod rules;
