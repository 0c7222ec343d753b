//! Every route against everyone who may call it.

use footing_server::http::router::Access;
use footing_tests::{Database, Reply};
use serde_json::Value;

use crate::routes::{Route, all};
use crate::world::{Ids, SECRET_NAME, Who, World};

/// The headers every answer carries, whatever it is.
pub(crate) fn assert_guarded(reply: &Reply, context: &str) {
    let expected = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(reply.header(name), value, "{context}: {name}");
    }
    let policy = reply.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{context}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{context}: {policy}");
    for name in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert!(
            !reply.headers.contains_key(name),
            "{context}: {name} says too much"
        );
    }
}

/// An error is a problem document, in JSON.
pub(crate) fn assert_problem(reply: &Reply, context: &str) {
    assert_eq!(
        reply.header("content-type"),
        "application/problem+json",
        "{context}: {}",
        reply.text()
    );
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let kind = body["type"].as_str().unwrap_or_default();
    assert!(
        kind.starts_with("urn:footing:problem:"),
        "{context}: {body}"
    );
    assert_eq!(body["status"], serde_json::json!(reply.status), "{context}");
    assert!(body["title"].is_string(), "{context}");
}

/// What someone who calls a route must hear.
fn expected(route: &Route, access: Access, who: Who) -> u16 {
    match (access, who) {
        (Access::Public, _) => route.status,
        (_, who) if who.is_nobody() => 401,
        // What a patient's path names is that patient's.
        (Access::Patient, Who::Neighbour) if route.names_something() => 404,
        (Access::Clinician | Access::Admin, Who::Patient | Who::Neighbour) => 403,
        (Access::Admin, Who::Colleague) => 403,
        (Access::Patient, Who::Clinician | Who::Colleague | Who::Stranger) => 403,
        (Access::Clinician | Access::Admin, Who::Stranger) if route.names_something() => 404,
        _ => route.status,
    }
}

/// Whether a caller must not see the secret patient through this route.
fn is_outsider(access: Access, who: Who) -> bool {
    match access {
        Access::Public => true,
        Access::Clinician => !matches!(who, Who::Clinician | Who::Colleague),
        Access::Admin => who != Who::Clinician,
        Access::Patient => who != Who::Patient,
    }
}

fn assert_tells_nothing(reply: &Reply, ids: &Ids, context: &str) {
    let body = reply.text();
    let patient = ids.patient.trim_start_matches("pat_");
    let occurrence = ids.occurrence.trim_start_matches("occ_");
    for secret in [SECRET_NAME, patient, occurrence, &ids.session] {
        assert!(!body.contains(secret), "{context} tells {secret}: {body}");
    }
}

async fn call(world: &World, route: &Route, who: Who) -> Reply {
    if route.ends_session() && matches!(who, Who::Clinician | Who::Colleague | Who::Stranger) {
        // Theirs are needed further on.
        return route.call(&world.spare_session().await, &world.ids).await;
    }
    if route.ends_device() && matches!(who, Who::Patient | Who::Neighbour) {
        return route.call(&world.spare_device().await, &world.ids).await;
    }
    route.call(world.caller(who), &world.ids).await
}

async fn every_route_is_open_to_those_it_is_for(database: Database) {
    let world = World::set(&database).await;
    let mut cells = 0;
    for (route, access) in all() {
        if route.ends_device() {
            // Connecting one gives consent anew, where it was withdrawn further up: not what is looked for here.
            world.spare_device().await;
        }
        // Until the first caller it is for: from then on it may change things.
        let mut before = Some(world.state().await);
        for who in Who::ALL {
            let context = format!("{who:?} {} {}", route.method, route.path);
            let is_for = access != Access::Public && !is_outsider(access, who);
            if let Some(before) = before.take_if(|_| is_for) {
                assert_eq!(
                    world.state().await,
                    before,
                    "outsiders changed something: {context}"
                );
            }
            let reply = call(&world, &route, who).await;
            assert_eq!(
                reply.status,
                expected(&route, access, who),
                "{context}: {}",
                reply.text()
            );
            assert_guarded(&reply, &context);
            if reply.status >= 400 && !route.is_page() {
                assert_problem(&reply, &context);
            }
            if is_outsider(access, who) {
                assert_tells_nothing(&reply, &world.ids, &context);
            }
            cells += 1;
        }
    }
    eprintln!("{cells} cells of the access matrix");
}

/// Status, headers and body without what differs between any two answers.
fn shape(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    (reply.status, headers, reply.text())
}

/// Ids that exist nowhere.
fn unknown(ids: &Ids) -> Ids {
    Ids {
        patient: "pat_0195a0000000700080000000deadbeef".to_owned(),
        session: "0195a000-0000-7000-8000-0000deadbeef".to_owned(),
        leaver: "cli_0195a0000000700080000000deadbeef".to_owned(),
        ..ids.clone()
    }
}

async fn another_clinics_ids_are_answered_as_unknown_ones(database: Database) {
    let world = World::set(&database).await;
    let nowhere = unknown(&world.ids);
    let mut compared = 0;
    for (route, access) in all() {
        let is_clinic = matches!(access, Access::Clinician | Access::Admin);
        if !is_clinic || !route.names_something() {
            continue;
        }
        let context = format!("{} {}", route.method, route.path);
        let stranger = world.caller(Who::Stranger);
        let theirs = shape(&route.call(stranger, &world.ids).await);
        assert_eq!(
            theirs,
            shape(&route.call(stranger, &nowhere).await),
            "{context}"
        );
        let own = route.call(world.caller(Who::Clinician), &nowhere).await;
        assert_eq!(
            theirs,
            shape(&own),
            "{context}: nor does the clinic's own clinician hear more"
        );
        assert_eq!(theirs.0, 404, "{context}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared} routes compared");
}

/// A session of a known patient under another patient's path is not there.
async fn a_session_is_found_under_its_own_patient_only(database: Database) {
    let world = World::set(&database).await;
    let clinician = world.caller(Who::Clinician);
    let list = clinician.get("/v1/patients").await.expect(200);
    let patients = list["patients"].as_array().unwrap();
    let other = patients
        .iter()
        .find(|one| one["id"] != serde_json::json!(world.ids.patient))
        .unwrap();
    let path = |patient: &str| {
        format!(
            "/v1/patients/{patient}/insole-sessions/{}",
            world.ids.session
        )
    };
    clinician.get(&path(&world.ids.patient)).await.expect(200);
    clinician
        .get(&path(other["id"].as_str().unwrap()))
        .await
        .expect(404);
}

async fn two_authorization_headers_are_none(database: Database) {
    let world = World::set(&database).await;
    let token = world.caller(Who::Clinician).token().unwrap();
    let wrong = [
        format!("Bearer {token}\r\nAuthorization: Bearer {token}"),
        format!("bearer{token}"),
        format!("Basic {token}"),
        token.to_owned(),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.to_uppercase()),
        String::new(),
    ];
    for header in wrong {
        let head =
            format!("GET /v1/patients HTTP/1.1\r\nHost: test\r\nAuthorization: {header}\r\n\r\n");
        let reply = crate::wire::exchange(&world.server, head.as_bytes()).await;
        assert_eq!(reply.status, 401, "{header}");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

/// A cookie goes with every request of a browser: what changes something must come from our own page.
async fn a_cookie_from_another_site_changes_nothing(database: Database) {
    let world = World::set(&database).await;
    let token = world.caller(Who::Clinician).token().unwrap().to_owned();
    let post = |extra: &str| {
        let form = "name=Test+Patient+Forged&time_zone=Europe%2FMadrid&locale=es";
        format!(
            "POST /patients HTTP/1.1\r\nHost: test\r\nCookie: footing={token}\r\n{extra}Content-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            form.len()
        )
    };
    let before = world.state().await;
    for extra in [
        "",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
    ] {
        let reply = crate::wire::exchange(&world.server, post(extra).as_bytes()).await;
        assert_eq!(reply.status, 403, "{extra:?}");
    }
    assert_eq!(world.state().await, before);
    let own = [
        "Sec-Fetch-Site: same-origin\r\n".to_owned(),
        format!("Origin: {}\r\n", world.server.base()),
    ];
    for extra in own {
        let reply = crate::wire::exchange(&world.server, post(&extra).as_bytes()).await;
        assert_eq!(reply.status, 303, "{extra:?}: {}", reply.text());
    }
}

footing_tests::on_both_engines!(
    every_route_is_open_to_those_it_is_for,
    another_clinics_ids_are_answered_as_unknown_ones,
);

mod sqlite_only {
    //! What does not reach the store's dialects is tried once.

    use footing_tests::{Database, engines::run};

    #[test]
    fn a_session_is_found_under_its_own_patient_only() {
        run(super::a_session_is_found_under_its_own_patient_only(
            Database::sqlite(),
        ));
    }

    #[test]
    fn two_authorization_headers_are_none() {
        run(super::two_authorization_headers_are_none(Database::sqlite()));
    }

    #[test]
    fn a_cookie_from_another_site_changes_nothing() {
        run(super::a_cookie_from_another_site_changes_nothing(
            Database::sqlite(),
        ));
    }
}
