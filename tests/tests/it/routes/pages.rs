//! The routes of pages, what they load, and their forms.

use footing_tests::clinic::PASSWORD;
use footing_tests::example::id;

use super::table::CODE;
use super::{Route, form_route, get};

/// The table.
pub(super) const PAGES: &[Route] = &[
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
    get("/account", 200),
    // Not the same twice.
    form_route("/account/password", 400, |_| {
        "old=x&password=one+two+three&again=one+two+four".to_owned()
    }),
    form_route("/account/sessions", 303, |_| String::new()),
    get("/worklist", 200),
    get("/team", 200),
    // An address both clinics have a clinician for.
    form_route("/team", 409, |_| {
        "name=Test+Clinician+09&email=taken%40example.org&role=clinician".to_owned()
    }),
    get("/team/{clinician}", 200),
    form_route("/team/{clinician}/deputy", 303, |ids| {
        format!("deputy={}&replace=1", ids.colleague)
    }),
    form_route("/team/{clinician}/handover", 303, |ids| {
        format!("to={}", ids.colleague)
    }),
    form_route("/team/{clinician}/deactivate", 303, |_| String::new()),
    // Ended by now.
    form_route("/team/{clinician}/link", 409, |_| String::new()),
    get("/settings", 200),
    // For a part nobody has seen.
    form_route("/settings", 409, |_| {
        "part=scales&seen=0&scales%2Fpsfs_every_days=7&scales%2Frmdq_every_days=28".to_owned()
    }),
    get("/patients", 200),
    form_route("/patients", 303, |_| {
        "name=Test+Patient+Form&time_zone=Europe%2FMadrid&locale=es".to_owned()
    }),
    get("/patients/{patient}", 200),
    // Nobody is asked to look at who is not asked for anything.
    form_route("/patients/{patient}/worklist", 409, |_| {
        "section=rest&kind=reviewed".to_owned()
    }),
    form_route("/patients/{patient}/team", 303, |ids| {
        format!("owner={}&deputy={}", ids.admin, ids.colleague)
    }),
    get("/patients/{patient}/record", 200),
    get("/patients/{patient}/record/exam", 200),
    form_route("/patients/{patient}/record/exam", 303, |_| {
        "date=2026-03-01&fpi-left-0=1&fpi-left-1=1&fpi-left-2=1&fpi-left-3=1&fpi-left-4=1&fpi-left-5=1&leg-method=blocks&\
         leg-left=880&leg-right=886%2C5&leg-error=2&arch-left-drop=9&arch-left-index=0.31&\
         rom-active-knee_flexion-left=130&note=Stiff"
            .to_owned()
    }),
    get("/patients/{patient}/record/imaging", 200),
    form_route("/patients/{patient}/record/imaging", 303, |_| {
        "date=2026-03-01&modality=xray&region=left+foot&text=As+reported&reference=PACS-7"
            .to_owned()
    }),
    get("/patients/{patient}/record/event", 200),
    form_route("/patients/{patient}/record/event", 303, |_| {
        "kind=visit&date=2026-03-01&note=First+visit".to_owned()
    }),
    form_route(
        "/patients/{patient}/record/events/{event}/retract",
        303,
        |_| String::new(),
    ),
    form_route("/patients/{patient}/pauses", 303, |_| {
        "from=2026-04-03&through=2026-04-04&reason=holiday".to_owned()
    }),
    form_route("/patients/{patient}/pauses/{pause}/resume", 303, |_| {
        "goes-on=2026-05-05&dose=steps".to_owned()
    }),
    form_route(
        "/patients/{patient}/suspensions/{suspension}/end",
        404,
        |_| format!("note-{}=Looked+at", id("sus", 99)),
    ),
    form_route("/patients/{patient}/enrolment-code", 200, |_| String::new()),
    get("/patients/{patient}/messages", 200),
    form_route("/patients/{patient}/messages", 303, |_| {
        format!("id={}&text=Synthetic+words", id("msg", 4))
    }),
    form_route("/patients/{patient}/messages/no-answer", 400, |_| {
        format!("up_to={}", id("msg", 99))
    }),
    form_route("/patients/{patient}/praise", 303, |_| {
        format!("id={}", id("msg", 5))
    }),
    get("/patients/{patient}/audit", 200),
    get("/audit", 200),
    get("/messages", 200),
    form_route("/messages", 303, |_| {
        format!("id={}&text=Synthetic+words", id("msg", 6))
    }),
    get("/patients/{patient}/occurrences/{occurrence}", 200),
    get("/clinic", 200),
    get("/patients/{patient}/report", 200),
    get("/patients/{patient}/course", 200),
    get("/patients/{patient}/gait", 200),
    get("/patients/{patient}/sessions/{session}", 200),
    get("/patients/{patient}/comparisons", 200),
    get("/patients/{patient}/monitoring", 200),
    form_route("/patients/{patient}/monitoring/timer", 303, |_| {
        "do=stop".to_owned()
    }),
    form_route("/patients/{patient}/monitoring/time", 303, |_| {
        "activity=review&began=2026-03-02T18%3A30&minutes=5&note=".to_owned()
    }),
    form_route("/patients/{patient}/monitoring/calls", 303, |_| {
        "began=2026-03-02T18%3A40&minutes=5&live=no&note=Voicemail".to_owned()
    }),
    form_route("/patients/{patient}/monitoring/corrections", 404, |_| {
        format!(
            "entry={}&began=2026-03-02T18%3A40&minutes=5&note=Wrong",
            id("rte", 99)
        )
    }),
    get("/patients/{patient}/plan", 200),
    form_route("/patients/{patient}/suggestions/{observation}", 404, |_| {
        "reason=Not+now".to_owned()
    }),
    form_route("/patients/{patient}/levels/{exercise}", 404, |_| {
        "action=reject&reason=Not+now".to_owned()
    }),
    get("/templates", 200),
    form_route("/templates", 303, |_| template_form()),
    get("/templates/new", 200),
    get("/templates/{template}", 404),
    get("/templates/{template}/edit", 404),
    form_route("/templates/{template}/edit", 404, |_| template_form()),
    form_route("/templates/{template}/retire", 404, |_| String::new()),
    get("/patients/{patient}/plan/versions", 200),
    get("/patients/{patient}/plan/versions/{before}/{after}", 200),
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
    form_route("/today/after", 303, |ids| {
        format!(
            "checkin={}&occurrence={}&pain=2",
            id("chk", 61),
            ids.occurrence
        )
    }),
    form_route("/today/notices", 303, |_| String::new()),
    get("/live", 200),
    get("/progress", 200),
    get("/today/why/{occurrence}", 200),
    get("/me", 200),
    get("/me/export", 200),
    form_route("/me/language", 303, |_| "locale=en".to_owned()),
    form_route("/me/reminders", 303, |_| {
        "fri-from=22%3A30&fri-to=06%3A45&nudges=on".to_owned()
    }),
    form_route("/me/pause", 400, |_| {
        "from=2026-04-03&through=2026-04-30&reason=holiday".to_owned()
    }),
    form_route("/me/pause/end", 404, |_| format!("pause={}", id("pau", 77))),
    form_route("/me/consent/withdraw", 303, |_| "sure=yes".to_owned()),
    form_route("/me/zone", 303, |_| "time_zone=Europe%2FBerlin".to_owned()),
    get("/check-in", 200),
    form_route("/check-in", 303, |_| {
        format!("id={}&back_pain=3&fall=no", id("chk", 60))
    }),
    get("/static/{name}", 200),
    get("/sw.js", 200),
    get("/app.webmanifest", 200),
    get("/off-line", 200),
    get("/remind.js", 200),
];

fn template_form() -> String {
    "name=Test+template&reason=To+try+it&evidence=practice&source=Our+choice&rows=1&r0-exercise=short-foot\
        &r0-kind=daily&r0-starts_on=0&r0-ends_on=28&r0-t0-at=09%3A00"
        .to_owned()
}
