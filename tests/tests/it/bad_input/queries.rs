//! Query parameters: each known, each once, each in its range.

use footing_tests::Database;
use footing_tests::engines::run;

use super::{CANARY, assert_refused};
use crate::world::{Who, World};

/// For any route that takes parameters.
fn anywhere() -> Vec<String> {
    vec![
        format!("{CANARY}=1"),
        format!("limit={CANARY}&limit=2"),
        "from=2026-03-02&from=2026-03-02".to_owned(),
        "tenant_id=2".to_owned(),
        "sort=password_phc".to_owned(),
        "filter[or][0]=1".to_owned(),
        format!("x={}", "a".repeat(5000)),
        (0..500)
            .map(|n| format!("p{n}=1"))
            .collect::<Vec<_>>()
            .join("&"),
    ]
}

const DATES: [&str; 16] = [
    "from=",
    "from=today",
    "from=zq9canary7f3a",
    "from=2026-02-30",
    "from=2026-13-01",
    "from=10000-01-01",
    "from=2026-03-02T00:00:00Z&through=x",
    "from=2026-3-2",
    "from=%00",
    "from=%ff",
    "through=2026-03-01&from=2026-03-02",
    "from=1772406000",
    "from=2026-03-02%20OR%201=1",
    "through=-999999999-01-01",
    "from=null",
    "from[]=2026-03-02",
];

const LIMITS: [&str; 10] = [
    "limit=0",
    "limit=-1",
    "limit=201",
    "limit=99999999999999999999",
    "limit=1.5",
    "limit=1e2",
    "limit=0x10",
    "limit=",
    "limit=zq9canary7f3a",
    "limit=%31%30%30%30",
];

const CURSORS: [&str; 8] = [
    "after=",
    "after=zq9canary7f3a",
    "after=====",
    "after=%00",
    "after=cGF0XzAwCnpxOWNhbmFyeTdmM2E",
    "after=bm90aGluZw",
    "after=%ff%fe",
    "after=' OR 1=1",
];

#[test]
fn a_wrong_query_is_refused_and_not_repeated() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let patient = format!("/v1/patients/{}", world.ids.patient);
        let dated: [(Who, String); 4] = [
            (Who::Clinician, format!("{patient}/adherence")),
            (Who::Clinician, format!("{patient}/occurrences")),
            (Who::Patient, "/v1/me/adherence".to_owned()),
            (Who::Patient, "/v1/me/occurrences".to_owned()),
        ];
        let limited = [
            (Who::Clinician, "/v1/patients".to_owned()),
            (Who::Clinician, format!("{patient}/insole-sessions")),
            (Who::Patient, "/v1/me/insole-sessions".to_owned()),
        ];
        let listed = [(Who::Clinician, "/v1/patients".to_owned())];
        let own = |all: &[&str]| -> Vec<String> { all.iter().map(|&one| one.to_owned()).collect() };
        let table = [
            (&dated[..], [own(&DATES), anywhere()].concat()),
            (&limited[..], [own(&LIMITS), anywhere()].concat()),
            (&listed[..], own(&CURSORS)),
        ];
        for (routes, queries) in table {
            for (who, path) in routes {
                for query in &queries {
                    let path = format!("{path}?{}", query.replace(' ', "%20"));
                    let reply = world.caller(*who).get(&path).await;
                    assert_refused(&reply, 400, &path.chars().take(200).collect::<String>());
                }
            }
        }
    });
}

#[test]
fn too_many_days_are_refused() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let patient = world.caller(Who::Patient);
        let path = "/v1/me/occurrences?from=2026-01-01&through=2026-04-03";
        assert_refused(&patient.get(path).await, 400, path);
        let most = "/v1/me/occurrences?from=2026-01-01&through=2026-04-02";
        patient.get(most).await.expect(200);
    });
}

/// The cursor of a patient whose name has a NUL in it, which PostgreSQL cannot even compare.
async fn a_forged_cursor_is_refused(database: Database) {
    let world = World::set(&database).await;
    let path = "/v1/patients?after=cGF0XzAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwCmEA";
    assert_refused(&world.caller(Who::Clinician).get(path).await, 400, path);
}

/// A cursor is no key: carried to another clinic it shows that clinic's own rows.
#[test]
fn a_cursor_opens_no_other_clinic() {
    run(async {
        let world = World::set(&Database::sqlite()).await;
        let page = world
            .caller(Who::Clinician)
            .get("/v1/patients?limit=1")
            .await
            .expect(200);
        let next = page["next"].as_str().unwrap();
        let path = format!("/v1/patients?limit=200&after={next}");
        let stolen = world.caller(Who::Stranger).get(&path).await;
        assert_eq!(stolen.status, 200);
        assert!(!stolen.text().contains(crate::world::SECRET_NAME));
        let own = world.caller(Who::Clinician).get(&path).await.expect(200);
        assert_eq!(own["patients"].as_array().unwrap().len(), 1);
    });
}

footing_tests::on_both_engines!(a_forged_cursor_is_refused);
