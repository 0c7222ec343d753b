//! Every route with a valid request: the one table behind the access matrix and the bad inputs. A route
//! of the router without a line here fails those tests.

use footing_server::http::router::{Access, endpoints};
use footing_tests::clinic::PASSWORD;
use footing_tests::example::{SUBSCRIPTION_ENDPOINT, done, id, plan_item, subscription, summary};
use footing_tests::{Caller, Reply};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::Ids;

/// What a request carries.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(fn(&Ids) -> Value),
    /// A form.
    Form(fn(&Ids) -> String),
}

/// A route and what a valid request to it gives the caller it is for.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) body: Body,
    pub(crate) status: u16,
}

const fn get(path: &'static str, status: u16) -> Route {
    Route {
        method: "GET",
        path,
        body: Body::Empty,
        status,
    }
}

const fn json_route(
    method: &'static str,
    path: &'static str,
    status: u16,
    body: fn(&Ids) -> Value,
) -> Route {
    Route {
        method,
        path,
        body: Body::Json(body),
        status,
    }
}

const fn form_route(path: &'static str, status: u16, body: fn(&Ids) -> String) -> Route {
    Route {
        method: "POST",
        path,
        body: Body::Form(body),
        status,
    }
}

/// The table.
pub(crate) const ROUTES: &[Route] = &[
    get("/livez", 200),
    get("/readyz", 200),
    get("/openapi.json", 200),
    // A code nobody was given: these two work once only.
    json_route(
        "POST",
        "/v1/clinicians/password",
        401,
        |_| json!({ "code": CODE, "password": PASSWORD }),
    ),
    json_route(
        "POST",
        "/v1/enrolments",
        401,
        |_| json!({ "code": CODE, "platform": "web", "push_token": "synthetic-push-token-07" }),
    ),
    json_route(
        "POST",
        "/v1/sessions",
        401,
        |_| json!({ "clinic": "home", "email": "nobody@home.example.org", "password": PASSWORD }),
    ),
    Route {
        method: "DELETE",
        path: "/v1/sessions/current",
        body: Body::Empty,
        status: 204,
    },
    Route {
        method: "POST",
        path: "/v1/patients/{patient}/enrolment-codes",
        body: Body::Empty,
        status: 201,
    },
    json_route(
        "PUT",
        "/v1/me/push-token",
        204,
        |_| json!({ "push_token": "synthetic-push-token-08" }),
    ),
    Route {
        method: "DELETE",
        path: "/v1/me/push-token",
        body: Body::Empty,
        status: 204,
    },
    get("/v1/push-key", 200),
    // The callers of the table are phones; a subscription is a browser's.
    json_route("PUT", "/v1/me/push-subscription", 409, |_| {
        subscription(SUBSCRIPTION_ENDPOINT)
    }),
    get("/v1/patients", 200),
    json_route(
        "POST",
        "/v1/patients",
        201,
        |_| json!({ "name": "Test Patient New", "time_zone": "Europe/Madrid", "locale": "es" }),
    ),
    get("/v1/patients/{patient}", 200),
    get("/v1/patients/{patient}/adherence", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/pauses",
        201,
        |_| json!({ "from": "2026-04-01", "through": "2026-04-02", "reason": "holiday" }),
    ),
    get("/v1/me", 200),
    get("/v1/me/adherence", 200),
    get("/v1/exercises", 200),
    get("/v1/patients/{patient}/plan", 200),
    // A version of the past, so that the request can be repeated.
    json_route("PUT", "/v1/patients/{patient}/plan", 409, |_| {
        let mut item = plan_item("calf-wall-stretch", &["08:00", "20:00"]);
        item["ends_on"] = json!("2026-05-01");
        item["recurrence"] = json!({ "kind": "weekdays", "weekdays": ["mon", "thu"] });
        let mut other = plan_item("cat-camel", &["12:00"]);
        other["recurrence"] = json!({ "kind": "every_n_days", "n_days": 2 });
        other["windows"][0]["opens_before_min"] = json!(60);
        other["windows"][0]["closes_after_min"] = json!(90);
        json!({ "base_version": 0, "note": "Slowly at first", "items": [item, other] })
    }),
    get("/v1/me/plan", 200),
    get("/v1/me/occurrences", 200),
    json_route("POST", "/v1/me/answers", 200, |ids| {
        let mut skip = done(8, &ids.occurrence, "2026-03-02T19:00:00Z");
        skip["kind"] = json!("skip");
        skip["reason"] = json!("tired");
        let mut partial = done(9, &id("occ", 1), "2026-03-02T19:00:00Z");
        partial["kind"] = json!("partial");
        partial["done_amount"] = json!(12.5);
        json!({ "answers": [skip, partial] })
    }),
    get("/v1/patients/{patient}/occurrences", 200),
    get("/v1/me/insole-sessions", 200),
    json_route(
        "POST",
        "/v1/me/insole-sessions",
        200,
        |_| json!({ "sessions": [summary(901, "2026-03-02T18:30:00Z")] }),
    ),
    get("/v1/patients/{patient}/insole-sessions", 200),
    get("/v1/patients/{patient}/insole-sessions/{session}", 200),
    get("/", 303),
    get("/sign-in", 200),
    form_route("/sign-in", 401, |_| {
        format!(
            "clinic=home&email=no-one%40home.example.org&password={}",
            PASSWORD.replace(' ', "+")
        )
    }),
    get("/sign-in/link", 200),
    form_route("/sign-in/link", 401, |_| format!("code={CODE}")),
    get("/welcome", 200),
    form_route("/welcome", 401, |_| {
        format!(
            "code={CODE}&password={0}&again={0}",
            PASSWORD.replace(' ', "+")
        )
    }),
    get("/enrol", 200),
    form_route("/enrol", 401, |_| format!("code={CODE}")),
    form_route("/sign-out", 303, |_| String::new()),
    get("/patients", 200),
    form_route("/patients", 303, |_| {
        "name=Test+Patient+Form&time_zone=Europe%2FMadrid&locale=es".to_owned()
    }),
    get("/patients/{patient}", 200),
    form_route("/patients/{patient}/pauses", 303, |_| {
        "from=2026-04-03&through=2026-04-04&reason=holiday".to_owned()
    }),
    form_route("/patients/{patient}/enrolment-code", 200, |_| String::new()),
    get("/patients/{patient}/plan", 200),
    form_route("/patients/{patient}/plan", 409, |_| {
        "base_version=0&note=&rows=0&confirm_empty=on".to_owned()
    }),
    get("/today", 200),
    form_route("/today/answers", 303, |ids| {
        format!(
            "answer={}&occurrence={}&kind=done",
            id("ans", 10),
            ids.occurrence
        )
    }),
    get("/static/{name}", 200),
    get("/sw.js", 200),
    get("/remind.js", 200),
];

/// A well-formed one-time code of no clinic.
const CODE: &str = "7-00000000000000000000000000000007";

impl Route {
    /// The path with ids in the place of names.
    pub(crate) fn filled(&self, ids: &Ids) -> String {
        self.path
            .replace("{patient}", &ids.patient)
            .replace("{session}", &ids.session)
            .replace("{name}", &ids.asset)
    }

    /// Whether the path names something of a clinic.
    pub(crate) fn names_something(&self) -> bool {
        self.path.contains("{patient}")
    }

    /// Whether it answers with pages.
    pub(crate) fn is_page(&self) -> bool {
        let machine = [
            "/v1/",
            "/livez",
            "/readyz",
            "/openapi.json",
            "/static/",
            "/sw.js",
        ];
        !machine.iter().any(|prefix| self.path.starts_with(prefix))
    }

    /// Whether it ends the session it is called with.
    pub(crate) fn ends_session(&self) -> bool {
        matches!(self.path, "/v1/sessions/current" | "/sign-out")
    }

    /// The valid request, from a caller, about some ids.
    pub(crate) async fn call(&self, caller: &Caller, ids: &Ids) -> Reply {
        let path = self.filled(ids);
        match self.body {
            Body::Empty => caller.send(self.method.parse().unwrap(), &path, None).await,
            Body::Json(body) => {
                let method: Method = self.method.parse().unwrap();
                caller.send(method, &path, Some(&body(ids))).await
            }
            Body::Form(form) => caller.post_form(&path, &form(ids)).await,
        }
    }
}

/// The router's rows, each with its line of the table.
pub(crate) fn all() -> Vec<(Route, Access)> {
    let mut rows = Vec::new();
    for endpoint in endpoints() {
        for (path, method, access) in endpoint.rows() {
            let known = ROUTES
                .iter()
                .find(|route| route.path == path && route.method == method.as_str());
            let route = known
                .unwrap_or_else(|| panic!("{method} {path} is new: give it a line in routes.rs"));
            rows.push((*route, access));
        }
    }
    rows
}

#[test]
fn the_table_is_the_router() {
    let rows = all();
    for route in ROUTES {
        let served = rows
            .iter()
            .filter(|(row, _)| (row.method, row.path) == (route.method, route.path))
            .count();
        assert_eq!(
            served, 1,
            "{} {} is in the table and not served once",
            route.method, route.path
        );
    }
    assert_eq!(rows.len(), ROUTES.len());
}
