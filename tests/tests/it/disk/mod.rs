//! The real server on a disk that loses power, fails and fills: what was acknowledged is there, what was not is whole or absent,
//! and the server goes on.

mod day;
mod errors;
mod full;
mod house;
mod power;
mod start;
