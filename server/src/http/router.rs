//! The route table: path, method, who may call it, and the handler; nothing is served that is not in it.

use std::collections::BTreeMap;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, Route, web,
};

use crate::error::{Code, Error};

/// Who may call a route; the handler's extractor enforces it, a test holds the two together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// A signed-in clinician.
    Clinician,
    /// A signed-in clinician who looks after the clinic's clinicians.
    Admin,
    /// A patient's device.
    Patient,
}

type MakeRoute = Box<dyn Fn(Method) -> Route>;

/// One path and its methods.
pub struct Endpoint {
    path: &'static str,
    methods: Vec<(Method, Access, MakeRoute)>,
}

/// A path with no methods yet.
pub fn at(path: &'static str) -> Endpoint {
    Endpoint {
        path,
        methods: Vec::new(),
    }
}

impl Endpoint {
    /// Adds GET (and HEAD with it).
    pub fn get<F, Args>(self, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::GET, access, handler)
    }

    /// Adds POST.
    pub fn post<F, Args>(self, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::POST, access, handler)
    }

    /// Adds PUT.
    pub fn put<F, Args>(self, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::PUT, access, handler)
    }

    /// Adds DELETE.
    pub fn delete<F, Args>(self, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::DELETE, access, handler)
    }

    fn method<F, Args>(mut self, method: Method, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push((
            method,
            access,
            Box::new(move |method| web::method(method).to(handler.clone())),
        ));
        self
    }

    /// The path and its methods with who may call them.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, &Method, Access)> {
        self.methods
            .iter()
            .map(|(method, access, _)| (self.path, method, *access))
    }

    /// What actix serves below `head`: the methods, HEAD beside GET, and 405 with `Allow` for the rest.
    fn service(&self, head: &str) -> impl HttpServiceFactory + 'static {
        let mut resource: Resource = web::resource(&self.path[head.len()..]);
        let mut allowed: Vec<&str> = Vec::new();
        for (method, _, route) in &self.methods {
            allowed.push(method.as_str());
            resource = resource.route(route(method.clone()));
            if method == Method::GET {
                allowed.push("HEAD");
                resource = resource.route(route(Method::HEAD));
            }
        }
        let allow = allowed.join(", ");
        resource.default_service(web::to(move || std::future::ready(not_allowed(&allow))))
    }
}

fn not_allowed(allow: &str) -> HttpResponse {
    let mut response = Error::new(Code::MethodNotAllowed).error_response();
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// Every route of the server.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = crate::app::ops::endpoints();
    all.extend(crate::access::api::endpoints());
    all.extend(crate::push::api::endpoints());
    all.extend(crate::access::devices_api::endpoints());
    all.extend(crate::patients::api::endpoints());
    all.extend(crate::adherence::api::endpoints());
    all.extend(crate::plans::api::endpoints());
    all.extend(crate::plans::templates::api::endpoints());
    all.extend(crate::plans::suggest::api::endpoints());
    all.extend(crate::plans::levels::endpoints());
    all.extend(crate::notices::api::endpoints());
    all.extend(crate::reminders::api::endpoints());
    all.extend(crate::insoles::api::endpoints());
    all.extend(crate::people::api::endpoints());
    all.extend(crate::people::clinic_api::endpoints());
    all.extend(crate::people::alerts_api::endpoints());
    all.extend(crate::worklist::api::endpoints());
    all.extend(crate::messages::api::endpoints());
    all.extend(crate::live::api::endpoints());
    all.extend(crate::trail::api::endpoints());
    all.extend(crate::consent::api::endpoints());
    all.extend(crate::checkins::api::endpoints());
    all.extend(crate::checkins::api_scales::endpoints());
    all.extend(crate::clinic_settings::endpoints());
    all.extend(crate::exams::api::endpoints());
    all.extend(crate::rtm::api::endpoints());
    all.extend(crate::exports::api::endpoints());
    all.extend(crate::clinic_report::api::endpoints());
    all.extend(crate::sandbox::api::endpoints());
    all.extend(crate::http::page::page_endpoints());
    all.extend(crate::http::page::endpoints());
    all
}

/// The path up to its first parameter, with it; empty for a path without.
fn head(path: &str) -> &str {
    path.find('}').map_or("", |end| &path[..=end])
}

/// Registers the table and the answer for everything else. A router tries path after path, and a path with parameters is a regular
/// expression: those that begin alike are behind one, and plain texts come first.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut groups: BTreeMap<&str, Vec<Endpoint>> = BTreeMap::new();
    for endpoint in endpoints() {
        groups
            .entry(head(endpoint.path))
            .or_default()
            .push(endpoint);
    }
    for (head, mut group) in groups {
        group.sort_by_key(|endpoint| endpoint.path[head.len()..].contains('{'));
        let services = group.iter().map(|endpoint| endpoint.service(head));
        if head.is_empty() {
            services.for_each(|service| {
                config.service(service);
            });
        } else {
            config
                .service(services.fold(web::scope(head), |scope, service| scope.service(service)));
        }
    }
    config.default_service(web::to(|| {
        std::future::ready(Error::not_found().error_response())
    }));
}
