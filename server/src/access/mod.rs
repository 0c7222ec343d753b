//! Getting in: clinics and their first clinician, sign-in, one-time codes, patients' devices.

pub mod account;
pub mod account_pages;
pub mod api;
pub mod devices;
pub mod devices_api;
pub mod enrolment;
pub mod identity;
pub mod pages;
pub mod password;
pub mod service;
pub mod throttle;
pub mod token;
