//! What every page shares: rendering, headers, and errors a person can read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::assets;
use super::language::asked_for;
use super::problem;
use super::router::{Access, Endpoint};
use crate::error::{Code, Error, Result};
use crate::texts::Voice;

/// Nothing is loaded from elsewhere, nothing inline runs, nobody frames us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The media type of pages.
const HTML: &str = "text/html; charset=utf-8";

/// Paths that machines call: their errors stay JSON whoever asks.
const MACHINE_PATHS: [&str; 4] = ["/v1/", "/livez", "/readyz", "/openapi.json"];

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    assets::endpoints()
}

/// The routes that answer with pages.
pub fn page_endpoints() -> Vec<Endpoint> {
    let mut all = crate::access::pages::endpoints();
    all.extend(crate::access::account_pages::endpoints());
    all.extend(crate::worklist::pages::endpoints());
    all.extend(crate::patients::pages::endpoints());
    all.extend(crate::course::pages::endpoints());
    all.extend(crate::walking::pages::endpoints());
    all.extend(crate::messages::pages::endpoints());
    all.extend(crate::trail::pages::endpoints());
    all.extend(crate::exams::pages::endpoints());
    all.extend(crate::people::pages::endpoints());
    all.extend(crate::clinic_settings::pages::endpoints());
    all.extend(crate::plans::pages::endpoints());
    all.extend(crate::plans::version_pages::endpoints());
    all.extend(crate::plans::templates::pages::endpoints());
    all.extend(crate::plans::suggest::pages::endpoints());
    all.extend(crate::rtm::pages::endpoints());
    all.extend(crate::clinic_report::pages::endpoints());
    all.extend(crate::patients::report::endpoints());
    all.extend(crate::reminders::pages::endpoints());
    all.extend(crate::reminders::explain_page::endpoints());
    all.extend(crate::checkins::after::endpoints());
    all.extend(crate::checkins::pages::endpoints());
    all.extend(crate::own::endpoints());
    all
}

/// A page.
///
/// # Errors
/// Internal when the template fails.
pub fn html(page: &impl Template) -> Result<HttpResponse> {
    html_as(StatusCode::OK, page)
}

/// A page with another status, as a form shown again with what is wrong with it.
///
/// # Errors
/// Internal when the template fails.
pub fn html_as(status: StatusCode, page: &impl Template) -> Result<HttpResponse> {
    let text = page.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, HTML))
        .body(text))
}

/// The status of a form shown again with what is wrong with it: that of [`Code::Invalid`].
pub const REFUSED: StatusCode = StatusCode::BAD_REQUEST;

/// Sends the browser on with a GET, so that going back or reloading posts nothing again.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// Puts the security headers on every answer, errors included, and makes pages of the errors people see.
///
/// # Errors
/// Those of the handler.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mut response = readable(next.call(request).await?.map_into_boxed_body());
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "same-origin");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::CACHE_CONTROL, "no-store");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    Ok(response)
}

/// Who may call each page.
static PAGES: LazyLock<BTreeMap<&'static str, Access>> = LazyLock::new(|| {
    page_endpoints()
        .iter()
        .flat_map(|page| {
            page.rows()
                .map(|(path, _, access)| (path, access))
                .collect::<Vec<_>>()
        })
        .collect()
});

/// An error for a person to read.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    title: &'static str,
    name: &'static str,
    detail: Option<&'a str>,
    rules: Vec<&'a str>,
    next: NextStep,
}

/// What a person can do about it.
struct NextStep {
    words: &'static str,
    href: &'static str,
    label: &'static str,
}

/// The same for a patient, in the language of the browser; each text as a key of the catalogue. What broke a rule is for
/// programs, and is left out.
#[derive(Template)]
#[template(path = "own_error.html")]
struct OwnErrorPage {
    voice: Voice,
    name: &'static str,
    title: &'static str,
    words: &'static str,
    href: &'static str,
    label: &'static str,
}

impl OwnErrorPage {
    fn of(code: Code, voice: Voice) -> Self {
        let (title, words, href, label) = match code {
            Code::Unauthenticated => (
                "error_not_connected",
                "error_not_connected_words",
                "/enrol",
                "error_enter_code",
            ),
            Code::NotFound => (
                "error_not_found",
                "error_not_found_words",
                "/today",
                "error_to_day",
            ),
            Code::Unavailable | Code::TooManyRequests => {
                ("error_wait", "error_wait_words", "/today", "error_to_day")
            }
            Code::Internal => ("error_ours", "error_ours_words", "/today", "error_to_day"),
            _ => (
                "error_refused",
                "error_refused_words",
                "/today",
                "error_to_day",
            ),
        };
        Self {
            voice,
            name: code.row().0,
            title,
            words,
            href,
            label,
        }
    }
}

fn next_step(code: Code) -> NextStep {
    let step = |words, href, label| NextStep { words, href, label };
    match code {
        Code::Unauthenticated => step(
            "Your session has ended or has not begun. What was just sent was not saved.",
            "/sign-in",
            "Sign in",
        ),
        Code::NotFound => step(
            "The page does not exist, or not for you.",
            "/",
            "To the start page",
        ),
        Code::Unavailable | Code::TooManyRequests => step(
            "Nothing was changed. Wait a moment, then go back and try again.",
            "/",
            "To the start page",
        ),
        Code::Internal => step(
            "The cause is in the server's log.",
            "/",
            "To the start page",
        ),
        _ => step("Nothing was changed.", "/", "To the start page"),
    }
}

/// A problem as a page, where a person asked for one; everything else as it is.
fn readable(response: ServiceResponse) -> ServiceResponse {
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value == problem::MEDIA_TYPE);
    if !is_problem || !wants_page(response.request()) {
        return response;
    }
    let known = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    let of_status = Error::new(code_of(response.status()));
    let error = known.unwrap_or(&of_status);
    let access = response
        .request()
        .match_pattern()
        .and_then(|path| PAGES.get(path.as_str()).copied());
    let text = if access == Some(Access::Patient) {
        OwnErrorPage::of(error.code, asked_for(response.request())).render()
    } else {
        clinics(error).render()
    };
    let Ok(text) = text else {
        return response;
    };
    let mut response = response.map_body(|_, _| BoxBody::new(text));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
    response
}

fn clinics(error: &Error) -> ErrorPage<'_> {
    let (name, _, title) = error.code.row();
    ErrorPage {
        title,
        name,
        detail: error.detail.as_deref(),
        rules: error
            .errors
            .iter()
            .map(|error| error.rule.as_str())
            .collect(),
        next: next_step(error.code),
    }
}

fn wants_page(request: &HttpRequest) -> bool {
    if request
        .match_pattern()
        .is_some_and(|path| PAGES.contains_key(path.as_str()))
    {
        return true;
    }
    let for_machines = MACHINE_PATHS
        .iter()
        .any(|path| request.path().starts_with(path));
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    !for_machines && accept.contains("text/html")
}

fn code_of(status: StatusCode) -> Code {
    let same = |code: &&Code| code.row().1 == status.as_u16();
    Code::ALL
        .iter()
        .find(same)
        .copied()
        .unwrap_or(Code::Internal)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn problem(accept: &str, path: &str, error: Error) -> ServiceResponse {
        let request = TestRequest::with_uri(path)
            .insert_header((header::ACCEPT, accept))
            .to_http_request();
        readable(ServiceResponse::new(
            request,
            HttpResponse::from_error(error),
        ))
    }

    fn text(response: ServiceResponse) -> String {
        let body = response.into_body().try_into_bytes().ok().unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn a_browser_reads_a_page_and_a_machine_reads_json() {
        let hostile = || Error::detailed(Code::Conflict, "<script>alert(1)</script>");
        let page = problem("text/html,*/*", "/nowhere", hostile());
        assert_eq!(page.status(), StatusCode::CONFLICT);
        let page = text(page);
        assert!(
            page.contains("The state has changed") && page.contains("conflict"),
            "{page}"
        );
        assert!(!page.contains("<script>alert"), "{page}");
        for (accept, path) in [
            ("*/*", "/nowhere"),
            ("text/html", "/v1/patients"),
            ("text/html", "/readyz"),
        ] {
            let json = text(problem(accept, path, hostile()));
            assert!(json.starts_with('{'), "{accept} {path}: {json}");
        }
    }

    #[test]
    fn a_form_is_refused_as_a_request_is() {
        assert_eq!(REFUSED.as_u16(), Code::Invalid.row().1);
    }

    #[test]
    fn a_page_keeps_the_head_of_the_problem() {
        let page = problem("text/html", "/nowhere", Error::new(Code::TooManyRequests));
        assert!(page.headers().contains_key(header::RETRY_AFTER));
    }

    fn templates() -> Vec<(String, String)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        files
            .map(|path| {
                (
                    path.display().to_string(),
                    std::fs::read_to_string(&path).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn everything_is_escaped_but_the_pictures_made_of_numbers() {
        let mut raw: Vec<String> = templates()
            .iter()
            .flat_map(|(_, text)| {
                text.split("{{")
                    .skip(1)
                    .map(|rest| rest.split("}}").next().unwrap_or("").to_owned())
            })
            .filter(|expression| expression.contains('|'))
            .collect();
        raw.sort();
        assert_eq!(
            raw,
            [
                " foot.svg|safe ",
                " panel.svg|safe ",
                " trend|safe ",
                " trend|safe "
            ]
        );
    }

    /// A text without what stands between these marks.
    fn without(text: &str, open: &str, close: &str) -> String {
        let mut rest = text;
        let mut kept = String::new();
        while let Some((before, inside)) = rest.split_once(open) {
            kept.push_str(before);
            rest = inside.split_once(close).map_or("", |(_, after)| after);
        }
        kept + rest
    }

    #[test]
    fn every_word_of_a_patients_page_comes_from_the_catalogue() {
        let own = [
            "/today.html",
            "/check_in.html",
            "/progress.html",
            "/me.html",
            "/my_messages.html",
            "/why.html",
            "/own.html",
            "/off_line.html",
            "/enrol.html",
            "/own_error.html",
        ];
        let mut seen = 0;
        for (path, text) in templates() {
            if !own.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            seen += 1;
            let text = [("{#", "#}"), ("{{", "}}"), ("{%", "%}")]
                .iter()
                .fold(text, |text, (open, close)| without(&text, open, close));
            for spoken in text.split("aria-label=\"").skip(1) {
                let label = spoken.split('"').next().unwrap_or("");
                assert!(!label.contains(char::is_alphabetic), "{path}: {label}");
            }
            // The shell is a class.
            let bare = without(&text, "<", ">").replace("narrow", "");
            let bare: Vec<&str> = bare
                .split_whitespace()
                .filter(|word| word.contains(char::is_alphabetic))
                .collect();
            assert_eq!(bare, Vec::<&str>::new(), "{path}");
        }
        assert_eq!(seen, own.len());
    }

    #[test]
    fn no_template_has_what_the_content_security_policy_blocks() {
        for (path, text) in templates() {
            for blocked in [
                "<style",
                " style=",
                " onclick=",
                " onsubmit=",
                " onchange=",
                " oninput=",
                " onload=",
                "javascript:",
            ] {
                assert!(!text.contains(blocked), "{path} has {blocked}");
            }
            for script in text.split("<script").skip(1) {
                assert!(
                    script.starts_with(" src=\"{{ crate::http::assets::"),
                    "{path}"
                );
            }
        }
    }
}
