//! Push delivery end to end: the server's FCM channel against the fake gateway, over real sockets,
//! TLS and HTTP/2.

#![allow(clippy::unwrap_used, clippy::panic, reason = "integration tests")]

mod credentials;
mod gateway;
mod kit;
mod outcomes;
mod transport;
