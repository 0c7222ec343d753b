//! One patient, or one clinic, about whom a job fails every time: the others are served, the operator sees it, and once
//! it is repaired it goes on by itself.

use footing_tests::clinic::text;
use footing_tests::example::plan_item;
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::json;

use crate::people::{SeededAlert, bytes, seed_alert};

/// Three patients of one clinic with a stretch at 08:00 in Berlin; the second is the one who fails.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patients: [String; 3],
    phones: [Caller; 3],
    database: Database,
}

/// Whose push token is whose.
fn token(number: usize) -> String {
    format!("synthetic-push-token-0{number}")
}

async fn add(clinic: &Clinic, number: usize) -> (String, Caller) {
    let patient = clinic.patient(&format!("Test Patient {number}")).await;
    let phone = clinic.device(&patient, Some(&token(number))).await;
    let lines = [plan_item("calf-wall-stretch", &["08:00"])];
    clinic.publish(&patient, 0, &lines).await;
    (patient, phone)
}

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let [one, two, three] = [
            add(&clinic, 0).await,
            add(&clinic, 1).await,
            add(&clinic, 2).await,
        ];
        server.settle().await;
        Self {
            server,
            clinic,
            patients: [one.0, two.0, three.0],
            phones: [one.1, two.1, three.1],
            database,
        }
    }

    fn raw(&self) -> Raw {
        Raw::connect(&self.database)
    }

    fn damage(&self, sql: &str) {
        let mut raw = self.raw();
        let whose = bytes(&raw, &self.patients[1]);
        let sql = sql.replace("WHOSE", &whose);
        raw.execute(&sql).expect(&sql);
    }

    /// What is done to a table about the second patient is refused by the database.
    fn refuse(&self, done: &str, table: &str) {
        let raw = self.raw();
        let whose = bytes(&raw, &self.patients[1]);
        let column = if table == "patients" {
            "id"
        } else {
            "patient_id"
        };
        let row = if done == "DELETE" { "OLD" } else { "NEW" };
        self.damage(&match raw {
            Raw::Sqlite(_) => format!(
                "CREATE TRIGGER poison_{table} BEFORE {done} ON {table} WHEN {row}.{column} = {whose} \
                 BEGIN SELECT RAISE(ABORT, 'poison'); END"
            ),
            Raw::Postgres(_) => format!(
                "CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS \
                 $$BEGIN RAISE EXCEPTION 'poison'; END$$; \
                 CREATE TRIGGER poison_{table} BEFORE {done} ON {table} FOR EACH ROW \
                 WHEN ({row}.{column} = {whose}) EXECUTE FUNCTION poison()"
            ),
        });
    }

    fn allow(&self, table: &str) {
        self.damage(&match self.raw() {
            Raw::Sqlite(_) => format!("DROP TRIGGER poison_{table}"),
            Raw::Postgres(_) => format!("DROP TRIGGER poison_{table} ON {table}"),
        });
    }

    /// A number about each of the three, from a table.
    fn of_each(&self, what: &str, condition: &str) -> [i64; 3] {
        let mut raw = self.raw();
        [0, 1, 2].map(|place| {
            let whose = bytes(&raw, &self.patients[place]);
            raw.number(&format!(
                "SELECT {what} AS value FROM {condition} AND patient_id = {whose}"
            ))
        })
    }

    /// Prompts each got.
    fn prompted(&self) -> [usize; 3] {
        [0, 1, 2].map(|place| self.server.push.sent_to(&token(place)).len())
    }

    /// How many each job cannot do, as the operator sees it.
    async fn failing(&self) -> Vec<String> {
        let ready = self.server.anonymous().get("/readyz").await.expect(200);
        let jobs = ready["jobs_failing"].as_array().unwrap();
        let told = |one: &serde_json::Value| format!("{} {}", text(one, "job"), one["count"]);
        jobs.iter().map(told).collect()
    }

    async fn phases(&self, place: usize) -> Vec<String> {
        let path = "/v1/me/occurrences?from=2026-03-02&through=2026-03-02";
        let body = self.phones[place].get(path).await.expect(200);
        let all = body["occurrences"].as_array().unwrap();
        all.iter()
            .map(|one| text(one, "phase").to_owned())
            .collect()
    }
}

async fn a_patient_nobody_can_read_is_prompted_planned_and_watched_later(database: Database) {
    let scene = Scene::set(database).await;
    scene.damage("UPDATE patients SET time_zone = 'Mars/Phobos' WHERE id = WHOSE");
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.prompted(), [1, 0, 1]);
    assert_eq!(scene.failing().await, ["dispatcher 1"]);
    scene.damage("UPDATE patients SET time_zone = 'Europe/Berlin' WHERE id = WHOSE");
    scene.server.advance("2026-03-02T07:05:00Z").await;
    assert_eq!(scene.prompted(), [1, 1, 1], "late, and not lost");
    assert_eq!(scene.failing().await, Vec::<String>::new());

    // Each is planned for again on the second midnight.
    scene.server.advance("2026-03-03T22:50:00Z").await;
    scene.damage("UPDATE patients SET time_zone = 'Mars/Phobos' WHERE id = WHOSE");
    let days = || scene.of_each("count(*)", "occurrences WHERE 1 = 1");
    let before = days();
    scene.server.advance("2026-03-04T00:10:00Z").await;
    assert_eq!(days(), [before[0] + 2, before[1], before[2] + 2]);
    assert_eq!(scene.failing().await, ["planner 1", "watcher 1"]);
    let mut raw = scene.raw();
    let waiting = format!(
        "SELECT count(*) AS value FROM patients WHERE watch_at <= {}",
        scene.server.now().as_microsecond()
    );
    assert_eq!(raw.number(&waiting), 0, "each was looked at, or put off");
    scene.damage("UPDATE patients SET time_zone = 'Europe/Berlin' WHERE id = WHOSE");
    scene.server.advance("2026-03-04T01:30:00Z").await;
    assert_eq!(days(), before.map(|count| count + 2));
    assert_eq!(scene.failing().await, Vec::<String>::new());
}

async fn what_cannot_be_written_of_one_is_written_of_the_others(database: Database) {
    let scene = Scene::set(database).await;
    scene.refuse("UPDATE", "occurrences");
    scene.server.advance("2026-03-02T11:00:00Z").await;
    assert_eq!(scene.phases(0).await, ["missed"]);
    assert_eq!(scene.phases(2).await, ["missed"]);
    let planned = "occurrences WHERE state = 'planned' AND local_date = '2026-03-02'";
    assert_eq!(scene.of_each("count(*)", planned), [0, 1, 0]);
    assert_eq!(scene.failing().await, ["closer 1"]);
    scene.allow("occurrences");
    scene.server.advance("2026-03-02T11:05:00Z").await;
    assert_eq!(scene.of_each("count(*)", planned), [0, 0, 0]);
    assert_eq!(scene.failing().await, Vec::<String>::new());

    scene.refuse("INSERT", "adherence_days");
    scene.server.advance("2026-03-02T23:10:00Z").await;
    let kept = || scene.of_each("count(*)", "adherence_days WHERE local_date = '2026-03-02'");
    assert_eq!(kept(), [1, 0, 1]);
    assert_eq!(scene.failing().await, ["adherence 1"]);
    scene.allow("adherence_days");
    scene.server.advance("2026-03-02T23:16:00Z").await;
    assert_eq!(kept(), [1, 1, 1]);
    assert_eq!(scene.failing().await, Vec::<String>::new());
}

async fn what_fails_for_one_is_escalated_and_erased_for_the_others(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    scene.clinic.colleague("Test Clinician 02", "admin").await;
    let session = scene.clinic.sign_in_body(admin).await;
    let owner = text(&session, "clinician_id");
    let mut raw = scene.raw();
    for (number, patient) in (1..).zip(&scene.patients) {
        let due_at = Some("2026-03-02T06:30:00Z");
        let alert = SeededAlert {
            number,
            due_at,
            ..SeededAlert::default()
        };
        seed_alert(&mut raw, admin, (patient, owner), &alert);
        let path = format!("/v1/patients/{patient}/erasure");
        admin.post(&path, &json!({ "days": 1 })).await.expect(201);
    }
    scene.refuse("UPDATE", "alerts");
    scene.server.advance("2026-03-02T06:40:00Z").await;
    let handed_on = || scene.of_each("count(*)", "alerts WHERE escalated_at IS NOT NULL");
    assert_eq!(handed_on(), [1, 0, 1]);
    assert_eq!(scene.failing().await, ["escalation 1"]);
    scene.allow("alerts");
    scene.server.advance("2026-03-02T06:46:00Z").await;
    assert_eq!(handed_on(), [1, 1, 1]);

    scene.refuse("DELETE", "patients");
    scene.server.advance("2026-03-03T06:00:00Z").await;
    let left = || scene.raw().number("SELECT count(*) AS value FROM patients");
    assert_eq!(left(), 1);
    assert_eq!(scene.failing().await, ["erasure 1"]);
    scene.allow("patients");
    scene.server.advance("2026-03-03T06:06:00Z").await;
    assert_eq!(left(), 0);
    assert_eq!(scene.failing().await, Vec::<String>::new());
}

async fn a_clinic_whose_settings_nobody_can_read_holds_up_no_other(database: Database) {
    let scene = Scene::set(database).await;
    let other = Clinic::open(&scene.server, "other").await;
    add(&other, 7).await;
    let damage = |settings: &str| {
        let sql = format!("UPDATE clinics SET settings = {settings} WHERE slug = 'demo'");
        scene.damage(&sql);
    };
    let prompted = || scene.server.push.sent_to(&token(7)).len();
    damage("'{'");
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!((prompted(), scene.prompted()), (1, [0, 0, 0]));
    assert_eq!(scene.failing().await, ["dispatcher 3"]);
    damage("NULL");
    scene.server.advance("2026-03-02T07:05:00Z").await;
    assert_eq!((prompted(), scene.prompted()), (1, [1, 1, 1]));
    assert_eq!(scene.failing().await, Vec::<String>::new());
}

footing_tests::on_both_engines!(
    a_patient_nobody_can_read_is_prompted_planned_and_watched_later,
    what_cannot_be_written_of_one_is_written_of_the_others,
    what_fails_for_one_is_escalated_and_erased_for_the_others,
    a_clinic_whose_settings_nobody_can_read_holds_up_no_other,
);
