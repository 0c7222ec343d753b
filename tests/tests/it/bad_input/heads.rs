//! Methods and paths.

use std::collections::{BTreeMap, BTreeSet};

use footing_tests::Database;
use footing_tests::engines::run;
use reqwest::Method;

use super::{CANARY, assert_refused, assert_silent};
use crate::access::assert_guarded;
use crate::routes::{Route, all};
use crate::world::{Who, World};

const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE",
];

/// The methods of each path, HEAD beside GET.
fn served() -> BTreeMap<&'static str, (Route, BTreeSet<&'static str>)> {
    let mut paths: BTreeMap<&'static str, (Route, BTreeSet<&'static str>)> = BTreeMap::new();
    for (route, _) in all() {
        let (_, methods) = paths.entry(route.path).or_insert((route, BTreeSet::new()));
        methods.insert(route.method);
        if route.method == "GET" {
            methods.insert("HEAD");
        }
    }
    paths
}

#[test]
fn a_method_that_is_not_there_is_refused_with_those_that_are() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        for (path, (route, methods)) in served() {
            for method in METHODS.iter().filter(|method| !methods.contains(*method)) {
                let context = format!("{method} {path}");
                let caller = world.caller(Who::Anonymous);
                let reply = caller
                    .send(method.parse().unwrap(), &route.filled(&world.ids), None)
                    .await;
                assert_eq!(reply.status, 405, "{context}: {}", reply.text());
                assert_guarded(&reply, &context);
                let allow: BTreeSet<&str> = reply.header("allow").split(", ").collect();
                assert_eq!(allow, methods, "{context}");
                if !route.is_page() && *method != "HEAD" {
                    assert_refused(&reply, 405, &context);
                }
            }
        }
    });
}

#[test]
fn head_is_get_without_the_body() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        for (route, access) in all() {
            if route.method != "GET" {
                continue;
            }
            let who = match access {
                footing_server::http::router::Access::Patient => Who::Patient,
                _ => Who::Clinician,
            };
            let path = route.filled(&world.ids);
            let get = world.caller(who).get(&path).await;
            let head = world.caller(who).send(Method::HEAD, &path, None).await;
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            for name in ["content-type", "cache-control", "location"] {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
            assert_guarded(&head, &path);
        }
    });
}

#[test]
fn a_path_that_is_not_there_is_not_found() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let ids = &world.ids;
        let paths = [
            format!("/v1/{CANARY}"),
            "/v1".to_owned(),
            "/v1/".to_owned(),
            "/v2/patients".to_owned(),
            "/V1/patients".to_owned(),
            "/v1/patients/".to_owned(),
            "/v1//patients".to_owned(),
            "//v1/patients".to_owned(),
            format!("/v1/patients/{}/", ids.patient),
            format!("/v1/patients/{}/{CANARY}", ids.patient),
            format!("/v1/patients/{}/plan/{CANARY}", ids.patient),
            "/v1/patients/..".to_owned(),
            "/.env".to_owned(),
            "/static/..%2f..%2fCargo.toml".to_owned(),
            format!("/static/{CANARY}.css"),
            "/metrics".to_owned(),
        ];
        for path in paths {
            let reply = crate::wire::exchange(
                &world.server,
                format!(
                    "GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\n\r\n",
                    world.caller(Who::Clinician).token().unwrap()
                )
                .as_bytes(),
            )
            .await;
            assert_refused(&reply, 404, &path);
        }
    });
}

/// Ids that are none, in the place of the patient's or the session's.
fn malformed(id: &str) -> Vec<String> {
    let digits = id.trim_start_matches("pat_").to_owned();
    vec![
        CANARY.to_owned(),
        "0".to_owned(),
        "-1".to_owned(),
        "pat_".to_owned(),
        format!("occ_{digits}"),
        format!("PAT_{digits}"),
        format!("pat_{}", digits.to_uppercase().replace('0', "A")),
        format!("pat_{digits}0"),
        format!("pat_{}", &digits[..digits.len() - 1]),
        format!("pat_{{{digits}}}")
            .replace('{', "%7B")
            .replace('}', "%7D"),
        format!("pat_{digits}%00"),
        format!("pat_{digits}%20"),
        format!("%20pat_{digits}"),
        "%00".to_owned(),
        "%ff%fe".to_owned(),
        "%252e%252e%252f".to_owned(),
        "9223372036854775808".to_owned(),
        "a".repeat(3000),
        "'%20OR%201=1".to_owned(),
    ]
}

#[test]
fn an_id_of_another_shape_is_not_found() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let clinician = world.caller(Who::Clinician);
        for (route, _) in all()
            .into_iter()
            .filter(|(route, _)| route.names_something())
        {
            for wrong in malformed(&world.ids.patient) {
                let mut ids = world.ids.clone();
                ids.patient = wrong.clone();
                ids.leaver.clone_from(&wrong);
                let caller = if route.names_ones_own() {
                    ids.occurrence.clone_from(&wrong);
                    ids.session = wrong;
                    world.caller(Who::Patient)
                } else {
                    clinician
                };
                let reply = route.call(caller, &ids).await;
                let context = format!("{} {}", route.method, route.filled(&ids));
                assert_eq!(reply.status, 404, "{context}: {}", reply.text());
                assert_guarded(&reply, &context);
                assert_silent(&reply, &context);
            }
        }
        for wrong in malformed("0195a000000070008000000000000000") {
            let path = format!("/v1/patients/{}/insole-sessions/{wrong}", world.ids.patient);
            assert_refused(&clinician.get(&path).await, 404, &path);
        }
    });
}
