//! The whole server on one thread, without a socket: requests go to the same routes, jobs run as they do, and the end of
//! the process can come at whatever anybody waits for. For simulation.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::Service;
use actix_web::http::{Method, header};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{Bytes, Data};
use futures_util::future::LocalBoxFuture;

use super::start::{assemble, site};
use super::{App, StartOptions};
use crate::access::service::{self, NewClinic, OpenedClinic};
use crate::error::{Error, Result};
use crate::insoles::ingest;
use crate::jobs;
use crate::rt::Doors;
use crate::rt::spawn::Spawner;

/// A request as a phone or a clinician's program sends it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Whose it is.
    pub token: Option<String>,
    /// JSON.
    pub body: Option<Bytes>,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type, empty without a body.
    pub media_type: String,
    /// The body.
    pub body: Bytes,
}

type Serve = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Result<Answer>>>;

/// A server that lives in the thread that made it.
pub struct InProcess {
    app: Data<App>,
    tasks: Spawner,
    serve: Serve,
}

impl InProcess {
    /// Opens the store and starts the jobs. The heartbeat is not started: whoever moves the clock has it tick.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn start(options: &StartOptions, doors: Doors) -> Result<Self> {
        let app = Data::new(assemble(options, doors, options.listen)?);
        let tasks = Spawner::default();
        let shared: Arc<App> = app.clone().into_inner();
        ingest::start(&shared, &tasks);
        jobs::start_passes(&shared, &tasks);
        let serve = serving(app.clone()).await;
        Ok(Self { app, tasks, serve })
    }

    /// Answers a request, also where nobody waits for the answer any more.
    ///
    /// # Errors
    /// When the answer's body cannot be made; what the server refuses is an answer.
    pub fn call(&self, request: Request) -> LocalBoxFuture<'static, Result<Answer>> {
        let mut made = TestRequest::with_uri(&request.path)
            .method(request.method)
            .peer_addr(([127, 0, 0, 1], 1).into());
        if let Some(token) = &request.token {
            made = made.insert_header((header::AUTHORIZATION, format!("Bearer {token}")));
        }
        if let Some(body) = request.body {
            made = made
                .insert_header(header::ContentType::json())
                .insert_header((header::CONTENT_LENGTH, body.len()))
                .set_payload(body);
        }
        (self.serve)(made)
    }

    /// Opens a clinic, as the operator's command line does.
    ///
    /// # Errors
    /// Conflict when the short name is taken.
    pub async fn open_clinic(&self, new: NewClinic) -> Result<OpenedClinic> {
        service::open_clinic(&self.app, new).await
    }

    /// Runs every background job until it has nothing to do at the current instant.
    pub async fn settle(&self) {
        self.app.signals.settle().await;
    }

    /// The end of the process: everything stops at whatever it waits for, and nobody is told.
    pub fn crash(self) {
        self.tasks.abort();
    }

    /// Stops as SIGTERM would: nothing new is begun, and what is under way ends.
    pub async fn stop(self) {
        self.app
            .stopping
            .store(true, std::sync::atomic::Ordering::Relaxed);
        self.tasks.stop(super::start::PATIENCE).await;
    }
}

async fn serving(app: Data<App>) -> Serve {
    let service = Rc::new(init_service(site(app)).await);
    Rc::new(move |request: TestRequest| {
        let service = service.clone();
        Box::pin(async move {
            match service.call(request.to_request()).await {
                Ok(answer) => read(answer.into_parts().1).await,
                Err(error) => read(error.error_response()).await,
            }
        })
    })
}

async fn read(answer: HttpResponse<impl MessageBody>) -> Result<Answer> {
    let status = answer.status().as_u16();
    let named = answer.headers().get(header::CONTENT_TYPE);
    let media_type = named.and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_owned();
    let body = to_bytes(answer.into_body())
        .await
        .map_err(|_| Error::internal("the answer could not be read"))?;
    Ok(Answer {
        status,
        media_type,
        body,
    })
}
