//! The stream itself: server-sent events.

use std::time::Duration;

use actix_web::http::{Method, header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;

use super::{Changes, Listener};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Clinician;
use crate::http::router::{Access, Endpoint, at};
use crate::rt::clock::real_sleep;
use crate::store::credentials;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/live").get(Access::Clinician, live)]
}

/// A stream looks this often.
const TICK: Duration = Duration::from_secs(1);
/// And says after so many ticks that it is alive; then it also looks whether the session is.
const HEARTBEAT: u32 = 10;
/// What a browser that lost the stream waits before it comes back, and that it is there.
const HELLO: &str = "retry: 3000\nevent: hello\ndata: 1\n\n";

/// Tells that something of a patient changed, and of which; see `docs/API.md`.
async fn live(
    app: web::Data<App>,
    clinician: Clinician,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        // Proxies pass each event on as it comes.
        .insert_header(("x-accel-buffering", "no"));
    if request.method() == Method::HEAD {
        return Ok(answer.finish());
    }
    let mut listener = app.live.join(clinician.scope.tenant)?;
    // From here on nothing is missed: what changed before is on the page that asks.
    listener.changes(&app).await?;
    let open = Open {
        app,
        clinician,
        listener,
        ticks: 0,
        is_over: false,
    };
    let events = stream::once(async { Ok::<_, Error>(Bytes::from_static(HELLO.as_bytes())) });
    let events = futures_util::StreamExt::chain(events, stream::unfold(open, next));
    Ok(answer.streaming(Box::pin(events)))
}

/// A stream that is open.
struct Open {
    app: web::Data<App>,
    clinician: Clinician,
    listener: Listener,
    ticks: u32,
    is_over: bool,
}

/// The next words, and the stream after them; none when it is over.
async fn next(mut open: Open) -> Option<(Result<Bytes>, Open)> {
    if open.is_over {
        return None;
    }
    loop {
        real_sleep(TICK).await;
        if open.app.is_stopping() {
            return None;
        }
        open.ticks += 1;
        let beat = open.ticks.is_multiple_of(HEARTBEAT);
        // A database that is away for a moment ends no stream: it is asked again.
        let words = match open.listener.changes(&open.app).await {
            Ok(changes) => said(&changes),
            Err(_) => String::new(),
        };
        if words.is_empty() && !beat {
            continue;
        }
        if !is_signed_in(&open).await {
            open.is_over = true;
            return Some((Ok(Bytes::from_static(b"event: over\ndata: 1\n\n")), open));
        }
        let words = if words.is_empty() {
            ":\n\n".to_owned()
        } else {
            words
        };
        return Some((Ok(Bytes::from(words)), open));
    }
}

/// Whether the session the stream was opened with is still one; also while the database does not answer.
async fn is_signed_in(open: &Open) -> bool {
    let (hash, now) = (open.clinician.token.digest(), open.app.now());
    let found = open
        .app
        .store
        .read("live_token", open.clinician.scope, move |tx| {
            credentials::live_token(tx, hash, now)
        })
        .await;
    found.map_or(true, |found| found.is_some())
}

fn said(changes: &Changes) -> String {
    let worklist = "event: worklist\ndata: changed\n\n";
    match changes {
        Changes::Everything => format!("{worklist}event: all\ndata: changed\n\n"),
        Changes::Of(patients) if patients.is_empty() => String::new(),
        Changes::Of(patients) => patients.iter().fold(worklist.to_owned(), |said, patient| {
            said + &format!("event: patient\ndata: {patient}\n\n")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::types::PatientId;

    #[test]
    fn an_event_says_that_and_of_whom_and_nothing_else() {
        assert_eq!(said(&Changes::Of(Vec::new())), "");
        let one = PatientId::from([7; 16]);
        assert_eq!(
            said(&Changes::Of(vec![one])),
            format!("event: worklist\ndata: changed\n\nevent: patient\ndata: {one}\n\n")
        );
    }
}
