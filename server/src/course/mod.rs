//! The course of one patient: pain, adherence, walking and wear over the same days, with what happened on them.

pub mod axis;
pub mod draw;
pub mod facts;
pub mod load;
pub mod marks;
pub mod pages;
pub mod panels;
pub mod rules;
pub mod series;
pub mod span;
pub mod table;
