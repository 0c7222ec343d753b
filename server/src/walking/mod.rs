//! How a patient walks, for the clinician: the newest sessions, one session in full, before and after new footwear.

mod comparisons;
pub mod footmap;
pub mod measures;
pub mod pages;
mod session;
pub mod topics;
pub mod trend;
pub mod view;
