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
        crate::push::api::push_key,
        crate::push::api::subscribe,
        crate::push::api::turn_off,
        crate::access::devices_api::set_push_token,
        crate::access::devices_api::end_mine,
        crate::access::devices_api::list,
        crate::access::devices_api::end,
        crate::patients::api::list,
        crate::patients::api::create,
        crate::patients::api::find,
        crate::patients::api::pause,
        crate::patients::api::pauses,
        crate::patients::api::resume,
        crate::patients::api::my_settings,
        crate::patients::api::set_my_settings,
        crate::patients::api::settings,
        crate::patients::api::set_settings,
        crate::patients::api::me,
        crate::adherence::api::adherence,
        crate::adherence::api::my_adherence,
        crate::plans::api::exercises,
        crate::plans::api::plan,
        crate::plans::api::publish,
        crate::plans::api::preview,
        crate::plans::templates::api::templates,
        crate::plans::templates::api::template,
        crate::plans::templates::api::create,
        crate::plans::templates::api::edit,
        crate::plans::templates::api::retire,
        crate::plans::suggest::api::suggestions,
        crate::plans::suggest::api::reject,
        crate::plans::api::my_plan,
        crate::plans::levels::levels,
        crate::plans::levels::set,
        crate::plans::api::plan_calendar,
        crate::plans::api::my_plan_calendar,
        crate::reminders::api::my_occurrences,
        crate::reminders::api::occurrences,
        crate::reminders::api::answer,
        crate::reminders::api::my_explanation,
        crate::reminders::api::explanation,
        crate::reminders::api::my_snoozes,
        crate::reminders::api::receipts,
        crate::reminders::api::my_time_zone,
        crate::reminders::api::time_zone,
        crate::insoles::api::upload,
        crate::insoles::api::my_sessions,
        crate::insoles::api::sessions,
        crate::insoles::api::session,
        crate::people::api::list,
        crate::people::api::add,
        crate::people::api::change_password,
        crate::people::api::digest,
        crate::people::api::link,
        crate::people::api::hand_over,
        crate::people::api::deactivate,
        crate::people::clinic_api::clinic_figures,
        crate::people::clinic_api::find_team,
        crate::people::clinic_api::set_team,
        crate::people::clinic_api::stand_in,
        crate::people::alerts_api::list,
        crate::people::alerts_api::ack,
        crate::people::alerts_api::snooze,
        crate::people::alerts_api::resolve,
        crate::worklist::api::worklist,
        crate::worklist::api::turn,
        crate::consent::api::erasures,
        crate::consent::api::find_erasure,
        crate::consent::api::request_erasure,
        crate::consent::api::cancel_erasure,
        crate::consent::api::consents,
        crate::consent::api::give,
        crate::consent::api::withdraw,
        crate::consent::api::withdraw_mine,
        crate::checkins::api::my_checkin,
        crate::checkins::api::my_checkins,
        crate::checkins::api::check_in,
        crate::checkins::api_pain::checkins,
        crate::checkins::api_pain::pain,
        crate::checkins::api_pain::suspensions,
        crate::checkins::api_pain::end_suspension,
        crate::checkins::api_scales::scales,
        crate::checkins::api_scales::my_results,
        crate::checkins::api_scales::record_mine,
        crate::checkins::api_scales::results,
        crate::checkins::api_scales::record,
        crate::clinic_settings::settings,
        crate::clinic_settings::set_settings,
        crate::insoles::wear::api::wear,
        crate::insoles::wear::api::my_wear,
        crate::insoles::effects::api::effects,
        crate::insoles::explain::api::explanation,
        crate::insoles::explain::api::my_explanation,
        crate::exams::api::exams,
        crate::exams::api::record,
        crate::exams::event_api::record,
        crate::exams::event_api::events,
        crate::exams::event_api::retract,
        crate::exams::event_api::report,
        crate::rtm::api::ledger,
        crate::rtm::api::start,
        crate::rtm::api::stop,
        crate::rtm::api::record,
        crate::rtm::api::correct,
        crate::rtm::api::call,
        crate::rtm::api::correct_call,
        crate::rtm::api::evidence,
        crate::rtm::api::evidence_csv,
        crate::rtm::api::clinic_month,
        crate::clinic_report::api::clinic_report,
        crate::exports::api::patients,
        crate::exports::api::sessions,
        crate::exports::api::adherence_days,
        crate::exports::api::occurrences,
        crate::exports::api::rtm,
        crate::notices::api::list,
        crate::notices::api::seen,
        crate::messages::api::messages,
        crate::messages::api::write,
        crate::messages::api::read,
        crate::messages::api::no_answer,
        crate::messages::api::praise,
        crate::messages::api::my_messages,
        crate::messages::api::write_mine,
        crate::messages::api::read_mine,
        crate::trail::api::of_patient,
        crate::trail::api::of_clinic,
        crate::sandbox::api::clock,
        crate::sandbox::api::create,
        crate::sandbox::api::advance,
        crate::sandbox::api::freeze,
        crate::sandbox::api::run,
    ),
    components(schemas(
        crate::adherence::figures::By,
        crate::reminders::api::AnswerBody,
        crate::reminders::api::ReceiptBody,
        crate::checkins::item::CheckinBody,
        gait::SessionSummary
    )),
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
