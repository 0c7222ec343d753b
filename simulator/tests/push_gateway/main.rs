//! Push delivery end to end: the server's channels against the fake gateways, over real sockets, and for
//! FCM over TLS and HTTP/2.

#![allow(clippy::unwrap_used, clippy::panic, reason = "integration tests")]

mod credentials;
mod gateway;
mod guarded;
mod kit;
mod outcomes;
mod streams;
mod transport;
mod web_push;
mod webhook;
