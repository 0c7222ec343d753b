//! Every route with a valid request: the one table behind the access matrix and the bad inputs. A route
//! of the router without a line here fails those tests.

use footing_server::http::router::{Access, endpoints};
use footing_tests::{Caller, Reply};
use reqwest::Method;
use serde_json::Value;

use footing_tests::example::id;

use crate::world::Ids;

mod pages;
mod table;

/// The whole table.
fn table() -> impl Iterator<Item = &'static Route> {
    table::ROUTES.iter().chain(pages::PAGES)
}

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

const fn bare(method: &'static str, path: &'static str, status: u16) -> Route {
    Route {
        method,
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

impl Route {
    /// The path with ids in the place of names.
    pub(crate) fn filled(&self, ids: &Ids) -> String {
        self.path
            .replace("{patient}", &ids.patient)
            .replace("{clinician}", &ids.leaver)
            .replace("{device}", &ids.device)
            .replace("{alert}", &ids.alert)
            .replace("{session}", &ids.session)
            .replace("{occurrence}", &ids.occurrence)
            .replace("{pause}", &ids.pause)
            .replace("{suspension}", &id("sus", 99))
            .replace("{entry}", &id("rte", 99))
            .replace("{call}", &id("cal", 99))
            .replace("{event}", &ids.event)
            .replace("{exercise}", "calf-wall-stretch")
            .replace("{template}", &id("tpl", 99))
            .replace("{observation}", "medial_loading_pattern")
            .replace("{before}", "1")
            .replace("{after}", "1")
            .replace("{name}", &ids.asset)
    }

    /// Whether the path names something of a clinic.
    pub(crate) fn names_something(&self) -> bool {
        ["{patient}", "{occurrence}", "{clinician}"]
            .iter()
            .any(|name| self.path.contains(name))
            || self.names_ones_own()
    }

    /// Whether it is about one thing that belongs to one patient only.
    pub(crate) fn names_ones_own(&self) -> bool {
        let own = self.path.starts_with("/v1/me/") || self.path.starts_with("/today/why/");
        own && self.path.contains('{')
    }

    /// Whether it answers with pages.
    pub(crate) fn is_page(&self) -> bool {
        let machine = [
            "/v1/",
            // The stream too.
            "/live",
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

    /// Whether it ends the device it is called with.
    pub(crate) fn ends_device(&self) -> bool {
        matches!(self.path, "/v1/me/device" | "/me/disconnect")
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
            let known = table().find(|route| route.path == path && route.method == method.as_str());
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
    for route in table() {
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
    assert_eq!(rows.len(), table().count());
}
