//! Forms as no page of ours sends them.

use footing_tests::Database;

use super::assert_silent;
use crate::access::assert_guarded;
use crate::routes::{Body, all};
use crate::world::{Who, World};
use footing_server::http::router::Access;

/// Values for one field of a form at a time.
const VALUES: [&str; 12] = [
    "",
    "zq9canary7f3a",
    "a%00b",
    "%ff%fe",
    "%E2%80%AE",
    "-1",
    "99999999999999999999",
    "1e300",
    "2026-02-30",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "%27%20OR%201%3D1%20--",
    "%0D%0ASet-Cookie%3A%20a%3Db",
];

async fn no_form_makes_us_fail(database: Database) {
    let world = World::set(&database).await;
    for (route, access) in all() {
        let Body::Form(valid) = route.body else {
            continue;
        };
        if route.ends_session() {
            continue;
        }
        let who = match access {
            Access::Public => Who::Anonymous,
            Access::Clinician | Access::Admin => Who::Clinician,
            Access::Patient => Who::Patient,
        };
        let valid = valid(&world.ids);
        let fields: Vec<&str> = valid.split('&').filter(|field| !field.is_empty()).collect();
        for (place, field) in fields.iter().enumerate() {
            let (name, _) = field.split_once('=').unwrap();
            for value in VALUES {
                let mut changed: Vec<String> =
                    fields.iter().map(|&field| field.to_owned()).collect();
                changed[place] = format!("{name}={value}");
                let path = route.filled(&world.ids);
                let reply = world.caller(who).post_form(&path, &changed.join("&")).await;
                let context = format!("{} with {name}={value}", route.path);
                assert!(
                    reply.status < 500,
                    "{context}: {} {}",
                    reply.status,
                    reply.text()
                );
                assert_guarded(&reply, &context);
                assert!(
                    !reply.text().contains("<script>alert"),
                    "{context} runs what was typed"
                );
                assert!(
                    reply.header("set-cookie").is_empty() || reply.status == 303,
                    "{context}"
                );
            }
        }
    }
}

/// What a page shows again is for the person who typed it; what was refused as a whole is not shown.
async fn a_body_that_is_no_form_is_refused(database: Database) {
    let world = World::set(&database).await;
    let before = world.state().await;
    let path = format!("/patients/{}/pauses", world.ids.patient);
    for media_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "",
    ] {
        let body = b"from=2026-04-03&through=2026-04-04&reason=zq9canary7f3a".to_vec();
        let caller = world.caller(Who::Clinician);
        let reply = caller
            .send_raw(reqwest::Method::POST, &path, media_type, body)
            .await;
        assert_eq!(reply.status, 415, "{media_type}: {}", reply.text());
        assert_silent(&reply, media_type);
    }
    assert_eq!(world.state().await, before);
}

footing_tests::on_both_engines!(no_form_makes_us_fail, a_body_that_is_no_form_is_refused);
