//! Adherence against its own definitions, against every order of events, and by hand.

mod cases;
mod definitions;
mod examples;
mod properties;
