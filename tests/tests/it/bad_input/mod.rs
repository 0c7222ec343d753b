//! Requests that are wrong in every way one can be: refused with a problem document that names place
//! and rule, repeats nothing, and leaves no trace.

mod bodies;
mod forms;
mod framing;
mod heads;
mod mutants;
mod queries;
mod semantics;

use footing_server::http::router::Access;
use footing_tests::{Caller, Reply};
use serde_json::Value;

use crate::access::{assert_guarded, assert_problem};
use crate::routes::{Body, Route, all};
use crate::world::{Who, World};

/// A word no answer may repeat.
const CANARY: &str = "zq9canary7f3a";

/// A route with a JSON body, its valid body, and who may send it.
struct JsonRoute {
    route: Route,
    valid: Value,
    who: Who,
    /// The list whose items stand for themselves, where the body is a batch.
    batch: Option<&'static str>,
    /// The most bytes it takes.
    limit: usize,
}

impl JsonRoute {
    fn all(world: &World) -> Vec<Self> {
        let rows = all();
        let json = rows.iter().filter_map(|(route, access)| match route.body {
            Body::Json(body) => Some((*route, *access, body(&world.ids))),
            Body::Empty | Body::Form(_) => None,
        });
        json.map(|(route, access, valid)| Self::of(route, access, valid))
            .collect()
    }

    fn of(route: Route, access: Access, valid: Value) -> Self {
        let who = match access {
            Access::Public => Who::Anonymous,
            Access::Clinician | Access::Admin => Who::Clinician,
            Access::Patient => Who::Patient,
        };
        let batch = match route.path {
            "/v1/me/answers" => Some("answers"),
            "/v1/me/receipts" => Some("receipts"),
            "/v1/me/checkins" => Some("checkins"),
            "/v1/me/insole-sessions" => Some("sessions"),
            _ => None,
        };
        let limit = if batch.is_some() {
            1024 * 1024
        } else {
            64 * 1024
        };
        Self {
            route,
            valid,
            who,
            batch,
            limit,
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.route.method, self.route.path)
    }

    fn caller<'a>(&self, world: &'a World) -> &'a Caller {
        world.caller(self.who)
    }

    async fn send(&self, world: &World, body: Vec<u8>) -> Reply {
        let (method, path) = (
            self.route.method.parse().unwrap(),
            self.route.filled(&world.ids),
        );
        self.caller(world)
            .send_raw(method, &path, "application/json", body)
            .await
    }

    /// Which item of a batch a pointer leads into.
    fn item(&self, pointer: &str) -> Option<usize> {
        let rest = pointer.strip_prefix('/')?.strip_prefix(self.batch?)?;
        rest.strip_prefix('/')?.split('/').next()?.parse().ok()
    }
}

/// An error that is what errors must be, and repeats nothing of the request.
fn assert_refused(reply: &Reply, status: u16, context: &str) {
    assert_eq!(reply.status, status, "{context}: {}", reply.text());
    assert_problem(reply, context);
    assert_guarded(reply, context);
    assert_silent(reply, context);
}

fn assert_silent(reply: &Reply, context: &str) {
    assert!(
        !reply.text().contains(CANARY),
        "{context} repeats the request: {}",
        reply.text()
    );
    for (name, value) in &reply.headers {
        assert!(
            !format!("{value:?}").contains(CANARY),
            "{context} repeats it in {name}"
        );
    }
}
