//! Small HTTP servers on loopback, without TLS, that misbehave on command: what the fake push service and
//! the fake receiver share.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, RETRY_AFTER};
use actix_web::{App, HttpResponse, HttpServer, rt, web};
use footing_server::rt::clock::real_sleep;
use footing_server::rt::spawn;

use super::GatewayError;

/// What a good request meets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PostBehaviour {
    /// Accepted.
    #[default]
    Accept,
    /// Refused with this status, and `Retry-After` in seconds if given.
    Status(u16, Option<u32>),
    /// 307 to another address.
    Redirect(String),
    /// No answer for a minute.
    Hang,
    /// 200 with so many bytes.
    Oversized(usize),
}

/// Who meets what.
#[derive(Default)]
pub(super) struct Manners(Mutex<HashMap<String, PostBehaviour>>);

impl Manners {
    pub(super) fn set(&self, name: &str, behaviour: PostBehaviour) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(name.to_owned(), behaviour);
    }

    pub(super) fn of(&self, name: &str) -> PostBehaviour {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).cloned().unwrap_or_default()
    }
}

/// Plays a behaviour; `accepted` is the answer to what is accepted.
pub(super) async fn play(
    behaviour: PostBehaviour,
    accepted: impl FnOnce() -> HttpResponse,
) -> HttpResponse {
    let answer = |status: u16| {
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY))
    };
    match behaviour {
        PostBehaviour::Accept => accepted(),
        PostBehaviour::Status(status, None) => answer(status).finish(),
        PostBehaviour::Status(status, Some(seconds)) => answer(status)
            .insert_header((RETRY_AFTER, seconds.to_string()))
            .finish(),
        PostBehaviour::Redirect(to) => answer(307).insert_header((LOCATION, to)).finish(),
        PostBehaviour::Hang => {
            real_sleep(Duration::from_secs(60)).await;
            answer(504).finish()
        }
        PostBehaviour::Oversized(bytes) => answer(200).body(vec![b' '; bytes]),
    }
}

/// A running server; stops when dropped.
pub(super) struct PlainServer {
    pub(super) address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl PlainServer {
    /// Starts a server on a free port of loopback, on a thread of its own.
    pub(super) fn start(
        name: &'static str,
        routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Self, GatewayError> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .map_err(GatewayError::io("cannot listen on loopback"))?;
        let address = listener
            .local_addr()
            .map_err(GatewayError::io("no local address"))?;
        let (sender, started) = mpsc::channel();
        let thread = spawn::thread(name, move || serve(listener, routes, &sender))
            .map_err(GatewayError::io("no thread for the server"))?;
        let handle = started
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the server's thread ended")))
            .map_err(GatewayError::io("the server does not start"))?;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        // The order is given by the call; joining waits for it.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    listener: TcpListener,
    routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    started: &mpsc::Sender<io::Result<ServerHandle>>,
) {
    rt::System::new().block_on(async {
        let server = HttpServer::new(move || App::new().configure(routes.clone()))
            .workers(1)
            .disable_signals()
            .listen(listener);
        match server {
            Ok(server) => {
                let server = server.run();
                if started.send(Ok(server.handle())).is_ok()
                    && let Err(error) = server.await
                {
                    tracing::error!(%error, "the fake server failed");
                }
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
}
