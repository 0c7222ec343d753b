//! The OpenAPI document, made from the handlers; `docs/openapi.json` is its checked-in copy.

use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Footing",
        description = "The backend a foot-and-spine clinic runs for its patients between visits. It records exercise \
            adherence and reports engineering measures of walking for review by a qualified person; it does not diagnose.",
        license(name = "MIT")
    ),
    paths(
        crate::app::ops::livez,
        crate::app::ops::readyz,
        crate::app::ops::openapi,
        crate::access::api::sign_in,
        crate::access::api::sign_out,
        crate::access::api::set_password,
        crate::access::api::enrolment_code,
        crate::access::api::enrol,
        crate::access::api::set_push_token,
        crate::patients::api::list,
        crate::patients::api::create,
        crate::patients::api::find,
        crate::patients::api::pause,
        crate::patients::api::me,
        crate::adherence::api::adherence,
        crate::adherence::api::my_adherence,
        crate::plans::api::exercises,
        crate::plans::api::plan,
        crate::plans::api::publish,
        crate::plans::api::my_plan,
        crate::reminders::api::my_occurrences,
        crate::reminders::api::occurrences,
        crate::reminders::api::answer,
        crate::insoles::api::upload,
        crate::insoles::api::my_sessions,
        crate::insoles::api::sessions,
        crate::insoles::api::session,
        crate::notices::api::list,
        crate::notices::api::seen,
    ),
    components(schemas(crate::adherence::figures::By, crate::reminders::api::AnswerBody, gait::SessionSummary)),
    modifiers(&Bearer)
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
    }
}

/// The document.
pub fn document() -> Document {
    Api::openapi()
}

/// The document as it is checked in: indented, with a line end.
pub fn document_text() -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(&document())? + "\n")
}
