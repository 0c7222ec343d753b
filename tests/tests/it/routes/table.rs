//! The routes that machines call.

use footing_tests::clinic::PASSWORD;
use footing_tests::example::{SUBSCRIPTION_ENDPOINT, done, id, plan_item, subscription, summary};
use serde_json::{Value, json};

use super::{Body, Route, bare, form_route, get, json_route};
use crate::world::{Ids, TAKEN};

/// The table.
pub(super) const ROUTES: &[Route] = &[
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
        |_| json!({ "code": CODE, "platform": "web", "push_token": "synthetic-push-token-07", "consent_text_version": "2" }),
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
    bare("DELETE", "/v1/me/device", 204),
    form_route("/me/disconnect", 303, |_| String::new()),
    get("/v1/patients/{patient}/devices", 200),
    bare("DELETE", "/v1/patients/{patient}/devices/{device}", 204),
    get("/v1/clinicians", 200),
    // An address both clinics have a clinician for, so that the request can be repeated.
    json_route(
        "POST",
        "/v1/clinicians",
        409,
        |_| json!({ "name": "Test Clinician 09", "email": TAKEN, "role": "clinician" }),
    ),
    json_route(
        "PUT",
        "/v1/clinicians/me/password",
        204,
        |_| json!({ "old_password": PASSWORD, "new_password": PASSWORD }),
    ),
    get("/v1/clinicians/me/digest", 200),
    bare("POST", "/v1/clinicians/{clinician}/link", 201),
    json_route(
        "POST",
        "/v1/clinicians/{clinician}/handover",
        200,
        |ids| json!({ "to": ids.colleague }),
    ),
    bare("POST", "/v1/clinicians/{clinician}/deactivate", 204),
    json_route(
        "PUT",
        "/v1/clinicians/{clinician}/deputy",
        200,
        |ids| json!({ "deputy": ids.colleague, "replace": true }),
    ),
    get("/v1/clinic/figures", 200),
    // The clinics of the table are no sandboxes.
    get("/v1/sandbox/clock", 404),
    json_route(
        "POST",
        "/v1/sandbox/clock",
        404,
        |_| json!({ "at": "2026-03-02T06:00:00Z" }),
    ),
    json_route(
        "POST",
        "/v1/sandbox/clock/advance",
        404,
        |_| json!({ "to": "2026-03-03T06:00:00Z" }),
    ),
    bare("POST", "/v1/sandbox/clock/freeze", 404),
    bare("POST", "/v1/sandbox/clock/run", 404),
    get("/v1/patients/{patient}/team", 200),
    json_route(
        "PUT",
        "/v1/patients/{patient}/team",
        204,
        |ids| json!({ "owner": ids.admin, "deputy": ids.colleague }),
    ),
    get("/v1/worklist", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/worklist",
        200,
        |_| json!({ "section": "on_track", "kind": "reviewed", "reason": "Looked at" }),
    ),
    get("/v1/patients/{patient}/messages", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/messages",
        200,
        |_| json!({ "id": id("msg", 1), "text": "Synthetic words" }),
    ),
    // Of a message nobody wrote.
    json_route(
        "POST",
        "/v1/patients/{patient}/messages/read",
        400,
        |_| json!({ "up_to": id("msg", 99) }),
    ),
    json_route(
        "POST",
        "/v1/patients/{patient}/messages/no-answer",
        400,
        |_| json!({ "up_to": id("msg", 99) }),
    ),
    json_route(
        "POST",
        "/v1/patients/{patient}/praise",
        200,
        |_| json!({ "id": id("msg", 2) }),
    ),
    get("/v1/patients/{patient}/audit", 200),
    get("/v1/clinic/audit", 200),
    get("/v1/me/messages", 200),
    json_route(
        "POST",
        "/v1/me/messages",
        200,
        |_| json!({ "id": id("msg", 3), "text": "Synthetic words", "sent_at": "2026-03-02T18:59:00Z" }),
    ),
    json_route(
        "POST",
        "/v1/me/messages/read",
        400,
        |_| json!({ "up_to": id("msg", 99) }),
    ),
    get("/v1/patients/{patient}/alerts", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/alerts/{alert}/ack",
        200,
        |_| json!({ "reason": "Telephoned" }),
    ),
    json_route(
        "POST",
        "/v1/patients/{patient}/alerts/{alert}/snooze",
        200,
        |_| json!({ "reason": "Seen tonight", "until": "2026-03-02T21:00:00Z", "note": "After the class" }),
    ),
    json_route(
        "POST",
        "/v1/patients/{patient}/alerts/{alert}/resolve",
        200,
        |_| json!({ "reason": "Seen" }),
    ),
    get("/v1/clinic/erasures", 200),
    get("/v1/patients/{patient}/erasure", 200),
    // Asked for already.
    json_route(
        "POST",
        "/v1/patients/{patient}/erasure",
        409,
        |_| json!({ "days": 7 }),
    ),
    bare("DELETE", "/v1/patients/{patient}/erasure", 204),
    get("/v1/patients/{patient}/consents", 200),
    // Given already.
    json_route(
        "POST",
        "/v1/patients/{patient}/consents",
        409,
        |_| json!({ "text_version": "2" }),
    ),
    bare("POST", "/v1/patients/{patient}/consent/withdraw", 200),
    bare("POST", "/v1/me/consent/withdraw", 200),
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
        |_| json!({ "from": "2026-04-01", "through": "2026-04-02", "reason": "holiday", "resume": "automatic" }),
    ),
    get("/v1/patients/{patient}/pauses", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/pauses/{pause}/resume",
        204,
        |_| json!({ "from": "2026-05-05", "ramp_pct": [50, 75, 100] }),
    ),
    get("/v1/patients/{patient}/settings", 200),
    json_route("PUT", "/v1/patients/{patient}/settings", 200, settings),
    get("/v1/me/settings", 200),
    json_route("PUT", "/v1/me/settings", 200, settings),
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
    // A version of the past: what refuses it refuses its preview.
    json_route(
        "POST",
        "/v1/patients/{patient}/plan/preview",
        409,
        |_| json!({ "base_version": 0, "items": [plan_item("calf-wall-stretch", &["08:00"])] }),
    ),
    get("/v1/patients/{patient}/plan.ics", 200),
    get("/v1/plan-templates", 200),
    json_route("POST", "/v1/plan-templates", 201, template),
    get("/v1/plan-templates/{template}", 404),
    json_route("PUT", "/v1/plan-templates/{template}", 404, template),
    bare("DELETE", "/v1/plan-templates/{template}", 404),
    get("/v1/patients/{patient}/suggestions", 200),
    // Nothing is suggested by it.
    json_route(
        "POST",
        "/v1/patients/{patient}/suggestions/{observation}/reject",
        404,
        |_| json!({ "reason": "Not now" }),
    ),
    get("/v1/me/plan", 200),
    get("/v1/patients/{patient}/levels", 200),
    // Of an exercise that has no levels.
    json_route(
        "PUT",
        "/v1/patients/{patient}/levels/{exercise}",
        404,
        |_| json!({ "level": 1 }),
    ),
    get("/v1/me/plan.ics", 200),
    get("/v1/me/occurrences", 200),
    json_route("POST", "/v1/me/answers", 200, |ids| {
        let mut skip = done(8, &ids.occurrence, "2026-03-02T19:00:00Z");
        skip["kind"] = json!("skip");
        skip["reason"] = json!("tired");
        let mut partial = done(9, &id("occ", 1), "2026-03-02T19:00:00Z");
        partial["kind"] = json!("partial");
        partial["done_amount"] = json!(12.5);
        let mut snooze = done(10, &id("occ", 1), "2026-03-02T19:00:00Z");
        snooze["kind"] = json!("snooze");
        snooze["snooze_min"] = json!(30);
        snooze["remind_anyway"] = json!(false);
        json!({ "answers": [skip, partial, snooze], "device_time": "2026-03-02T19:00:00Z" })
    }),
    get("/v1/patients/{patient}/occurrences", 200),
    get(
        "/v1/patients/{patient}/occurrences/{occurrence}/explain",
        200,
    ),
    get("/v1/me/occurrences/{occurrence}/explain", 200),
    get("/v1/me/occurrences/{occurrence}/snoozes", 200),
    json_route("POST", "/v1/me/receipts", 200, |ids| {
        let message = ids.occurrence.trim_start_matches("occ_");
        json!({ "receipts": [{ "message_id": message, "kind": "opened", "at": "2026-03-02T19:00:00Z" }],
            "device_time": "2026-03-02T19:00:01Z" })
    }),
    json_route(
        "PUT",
        "/v1/me/time-zone",
        200,
        |_| json!({ "time_zone": "Europe/Berlin", "confirmed": true }),
    ),
    json_route(
        "PUT",
        "/v1/patients/{patient}/time-zone",
        200,
        |_| json!({ "time_zone": "Europe/Berlin" }),
    ),
    get("/v1/me/insole-sessions", 200),
    json_route(
        "POST",
        "/v1/me/insole-sessions",
        200,
        |_| json!({ "sessions": [summary(901, "2026-03-02T18:30:00Z")] }),
    ),
    get("/v1/patients/{patient}/insole-sessions", 200),
    get("/v1/patients/{patient}/insole-sessions/{session}", 200),
    get("/v1/me/checkin", 200),
    get("/v1/me/checkins", 200),
    json_route("POST", "/v1/me/checkins", 200, |_| {
        json!({ "checkins": [{
            "id": id("chk", 1),
            "taken_at": "2026-03-02T19:00:00Z",
            "back_pain": 3, "leg_pain": 1, "foot_pain": 2, "tired_feet": 4,
            "signs": { "uneven_shoe_wear": true, "ankles_unsteady": false },
            "ankle_rolled": false,
            "hours_on_feet": 6.5,
            "new_shoes": true,
            "standing_walking_changed": false,
            "fall": false,
            "red_flags": [{ "key": "fever_unwell", "yes": false }],
        }] })
    }),
    get("/v1/patients/{patient}/checkins", 200),
    get("/v1/patients/{patient}/pain", 200),
    get("/v1/patients/{patient}/suspensions", 200),
    // Of a suspension nobody entered.
    json_route(
        "POST",
        "/v1/patients/{patient}/suspensions/{suspension}/end",
        404,
        |_| json!({ "note": "Seen at the clinic" }),
    ),
    get("/v1/scales", 200),
    get("/v1/me/scales", 200),
    json_route("POST", "/v1/me/scales", 200, |_| {
        json!({
            "id": id("scr", 1),
            "scale": "psfs",
            "taken_at": "2026-03-02T19:00:00Z",
            "answers": [3, 4, 5],
            "activities": ["Walking to the shop", "Standing at work", "Stairs"],
        })
    }),
    get("/v1/patients/{patient}/scales", 200),
    json_route("POST", "/v1/patients/{patient}/scales", 200, |_| {
        json!({
            "id": id("scr", 2),
            "scale": "nprs_back",
            "taken_at": "2026-03-02T19:00:00Z",
            "answers": [3],
        })
    }),
    get("/v1/clinic/settings", 200),
    json_route("PUT", "/v1/clinic/settings", 200, |_| {
        json!({
            "pain": { "spike_from": 7, "rest_h": 48 },
            "scales": { "psfs_every_days": 7, "rmdq_every_days": 28 },
            "reminders": { "catch_up_send_min": 90, "silence": { "gentle_days": 2, "second_days": 4, "silent_days": 7,
                "high_days": 14, "stop_days": 21 } },
            "worklist": { "good_days": 14 },
            "rtm": { "day": "activity_day", "timer_min": 60 },
        })
    }),
    get(
        "/v1/patients/{patient}/insole-sessions/{session}/explain",
        200,
    ),
    get("/v1/me/insole-sessions/{session}/explain", 200),
    get("/v1/patients/{patient}/wear", 200),
    get("/v1/me/wear", 200),
    get("/v1/patients/{patient}/effects", 200),
    get("/v1/patients/{patient}/exams", 200),
    json_route("POST", "/v1/patients/{patient}/exams", 201, |_| {
        json!({
            "exam_date": "2026-03-01",
            "physical": {
                "foot_posture": [{ "side": "left", "items": [1, 1, 1, 1, 1, 1] }],
                "leg_length": { "method": "blocks", "left_mm": 880.0, "right_mm": 886.5 },
                "arches": [{ "side": "left", "navicular_drop_mm": 9.0, "arch_height_index": 0.31 }],
                "motions": [{ "movement": "knee_flexion", "side": "left", "degrees": 130.0, "active": true }],
                "note": "Stiff in the morning",
            },
        })
    }),
    get("/v1/patients/{patient}/events", 200),
    json_route(
        "POST",
        "/v1/patients/{patient}/events",
        201,
        |_| json!({ "kind": "visit", "date": "2026-03-01", "note": "First visit" }),
    ),
    Route {
        method: "DELETE",
        path: "/v1/patients/{patient}/events/{event}",
        body: Body::Empty,
        status: 204,
    },
    json_route(
        "POST",
        "/v1/me/events",
        201,
        |_| json!({ "kind": "shoe_issued", "date": "2026-03-01", "shoe_id": "new" }),
    ),
    get("/v1/patients/{patient}/rtm", 200),
    json_route(
        "PUT",
        "/v1/patients/{patient}/rtm/timer",
        200,
        |_| json!({ "activity": "review" }),
    ),
    bare("DELETE", "/v1/patients/{patient}/rtm/timer", 200),
    json_route("POST", "/v1/patients/{patient}/rtm/entries", 201, |_| {
        json!({
            "activity": "coordination",
            "started_at": "2026-03-02T18:00:00Z",
            "ended_at": "2026-03-02T18:07:30Z",
            "note": "With the referring practice",
        })
    }),
    json_route(
        "POST",
        "/v1/patients/{patient}/rtm/entries/{entry}/correction",
        404,
        |_| json!({ "started_at": "2026-03-02T18:00:00Z", "ended_at": "2026-03-02T18:05:00Z", "reason": "Five minutes" }),
    ),
    json_route("POST", "/v1/patients/{patient}/rtm/calls", 201, |_| {
        json!({
            "started_at": "2026-03-02T18:10:00Z",
            "ended_at": "2026-03-02T18:14:00Z",
            "live": true,
            "note": "Talked about the morning",
        })
    }),
    json_route(
        "POST",
        "/v1/patients/{patient}/rtm/calls/{call}/correction",
        404,
        |_| json!({ "started_at": "2026-03-02T18:10:00Z", "ended_at": "2026-03-02T18:14:00Z", "live": false, "note": "Voicemail" }),
    ),
    get("/v1/patients/{patient}/rtm/evidence", 200),
    get("/v1/patients/{patient}/rtm/evidence.csv", 200),
    get("/v1/clinic/rtm", 200),
    get("/v1/clinic/report", 200),
    get("/v1/clinic/exports/patients.csv", 200),
    get("/v1/clinic/exports/sessions.csv", 200),
    get("/v1/clinic/exports/adherence-days.csv", 200),
    get("/v1/clinic/exports/occurrences.csv", 200),
    get("/v1/clinic/exports/rtm.csv", 200),
    get("/v1/me/notices", 200),
    json_route(
        "POST",
        "/v1/me/notices/seen",
        204,
        |_| json!({ "ids": [id("ntc", 1)] }),
    ),
    get("/", 303),
];

/// A template.
fn template(_: &Ids) -> Value {
    json!({
        "name": "Test template", "reason": "To try it", "evidence": "practice", "source": "Our choice",
        "lines": [{
            "exercise": "short-foot", "recurrence": { "kind": "daily" }, "windows": [{ "at": "09:00" }],
            "starts_after_days": 0, "for_days": 28,
        }],
    })
}

/// A patient's choices.
fn settings(_: &Ids) -> Value {
    let night = json!({ "from": "22:30", "to": "06:45" });
    json!({
        "locale": "de",
        "day_starts_at": "00:00",
        "reminders": { "quiet_hours": { "fri": night }, "digest": "off", "nudges": true },
    })
}

/// A well-formed one-time code of no clinic.
pub(super) const CODE: &str = "7-00000000000000000000000000000007";
