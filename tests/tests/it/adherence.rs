//! Adherence over HTTP: every measure with what it was made from, and the figures of days as they are kept.

use footing_server::adherence;
use footing_server::store::types::{PatientId, TenantId};
use footing_server::store::{Scope, Store, StoreOptions};
use footing_tests::clinic::text;
use footing_tests::example::{done, plan_item};
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

const TOKEN: &str = "synthetic-push-token-01";

/// A clinic, a patient in Berlin and a phone; the calf stretch (180 s held) is planned daily from Monday, 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
}

impl Scene {
    async fn set(database: Database, times: &[&str], token: Option<&str>) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, token).await;
        let items = [plan_item("calf-wall-stretch", times)];
        clinic.publish(&patient, 0, &items).await;
        server.settle().await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
        }
    }

    /// The ids of the occurrences of a date.
    async fn ids(&self, date: &str) -> Vec<String> {
        let path = format!("/v1/me/occurrences?from={date}&through={date}");
        let body = self.phone.get(&path).await.expect(200);
        let all = body["occurrences"].as_array().unwrap();
        all.iter().map(|one| text(one, "id").to_owned()).collect()
    }

    async fn answer(&self, answers: &[Value]) -> Vec<String> {
        let body = json!({ "answers": answers });
        let body = self.phone.post("/v1/me/answers", &body).await.expect(200);
        let results = body["results"].as_array().unwrap();
        let of = |result: &Value| text(result, "disposition").to_owned();
        results.iter().map(of).collect()
    }

    async fn adherence(&self, query: &str) -> Value {
        let path = format!("/v1/patients/{}/adherence{query}", self.patient);
        self.clinician().await.get(&path).await.expect(200)
    }

    /// The clinician, signed in anew: a session does not last for days.
    async fn clinician(&self) -> Caller {
        self.clinic.sign_in(&self.server.anonymous()).await
    }

    /// Every revision of every day, whole, by date and number.
    fn revisions(&self) -> Vec<String> {
        let mut raw = Raw::connect(&self.database);
        let superseded = match &raw {
            Raw::Postgres(_) => "coalesce(superseded_at::text, 'holds')",
            Raw::Sqlite(_) => "coalesce(CAST(superseded_at AS TEXT), 'holds')",
        };
        raw.texts(&format!(
            "SELECT local_date || ' ' || revision || ' ' || cause || ' ' || {superseded} || ' ' || computed_at || ' ' || figures
             AS value FROM adherence_days ORDER BY patient_id, local_date, revision"
        ))
    }
}

/// Date, revision and cause of each revision, and whether it holds.
fn heads(revisions: &[String]) -> Vec<String> {
    let head = |line: &String| {
        let words: Vec<&str> = line.split(' ').collect();
        let holds = if words[3] == "holds" {
            "holds"
        } else {
            "superseded"
        };
        format!("{} {} {} {holds}", words[0], words[1], words[2])
    };
    revisions.iter().map(head).collect()
}

/// Writes the patients' days in Berlin, as the planner does.
fn write_days(database: &Database, dates: std::ops::RangeInclusive<i64>) {
    let mut raw = Raw::connect(database);
    for day in dates {
        // 2026-03-02 begins at 2026-03-01T23:00Z.
        let starts_at = 1_772_406_000_000_000 + (day - 2) * 86_400_000_000;
        let ends_at = starts_at + 86_400_000_000;
        raw.execute(&format!(
            "INSERT INTO patient_days (tenant_id, patient_id, local_date, time_zone, starts_at, ends_at)
             SELECT tenant_id, id, '2026-03-{day:02}', time_zone, {starts_at}, {ends_at} FROM patients"
        ))
        .unwrap();
    }
}

async fn each_measure_comes_with_what_it_was_made_from(database: Database) {
    let scene = Scene::set(database, &["08:00", "20:00"], Some(TOKEN)).await;
    let first = scene.ids("2026-03-02").await;
    let second = scene.ids("2026-03-03").await;
    scene.server.advance("2026-03-03T08:00:00Z").await;
    let mut more = done(2, &first[1], "2026-03-02T19:00:00Z");
    more["kind"] = json!("partial");
    more["done_amount"] = json!(270);
    let mut part = done(3, &second[0], "2026-03-03T07:30:00Z");
    part["kind"] = json!("partial");
    part["done_amount"] = json!(90);
    let late = done(1, &first[0], "2026-03-02T13:00:00Z");
    assert_eq!(scene.answer(&[late, more, part]).await, ["applied"; 3]);

    let all = scene.adherence("?from=2026-03-02&through=2026-03-03").await;
    // Late counts as done, half of a dose as half, what is open not yet.
    assert_eq!(
        (&all["numerator"], &all["denominator"]),
        (&json!(2.5), &json!(3))
    );
    assert_eq!(
        (&all["late"], &all["open"], &all["excused"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(all["undeliverable"], json!(0));
    assert_eq!(
        (&all["from"], &all["through"]),
        (&json!("2026-03-02"), &json!("2026-03-03"))
    );
    assert_eq!(all["zones"], json!(["Europe/Berlin"]));
    assert_eq!(all["plan_versions"], json!([1]));
    assert_eq!(all["rule_version"], json!("adherence-2"));
    let on_time = &all["on_time"];
    assert_eq!(
        (&on_time["numerator"], &on_time["denominator"]),
        (&json!(1.0), &json!(2.0))
    );
    // 180 s late, 270 s where 180 were asked, 90 s of 180.
    let dose = &all["dose"];
    assert_eq!(
        (&dose["numerator"], &dose["denominator"]),
        (&json!(450.0), &json!(540.0))
    );
    assert_eq!(dose["by_unit"][0]["unit"], json!("hold_seconds"));
    assert_eq!(dose["by_unit"][0]["over"], json!(90.0));
    assert!(
        (dose["over_pct"].as_f64().unwrap() - 16.67).abs() < 0.01,
        "{dose}"
    );
    // The second day is not over: the first is covered, one of one.
    let covered = &all["days_covered"];
    assert_eq!(
        (&covered["numerator"], &covered["denominator"]),
        (&json!(1.0), &json!(1.0))
    );
    assert_eq!(
        all["streak"]["days"],
        json!(0),
        "half a dose ends the row of days"
    );
    assert_eq!(all["strength"]["reason"], json!("too_early"));
    assert!(all.get("groups").is_none());

    let mine = scene
        .phone
        .get("/v1/me/adherence?from=2026-03-02&through=2026-03-03")
        .await;
    assert_eq!(mine.expect(200), all, "patient and clinician read the same");

    let page = scene
        .clinician()
        .await
        .get(&format!("/patients/{}", scene.patient))
        .await;
    assert!(
        page.text().contains("1 of 2 done on time"),
        "the page tells it"
    );
}

async fn parts_are_told_by_item_day_and_kind(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    scene.server.advance("2026-03-02T13:00:00Z").await;
    let library = scene
        .clinician()
        .await
        .get("/v1/exercises")
        .await
        .expect(200);
    let mut known = library["exercise"].as_array().unwrap().iter();
    let other = known.find(|one| one["kind"] == json!("footwear")).unwrap();
    let habit = json!({
        "exercise": other["key"], "dose": { "sets": 1 }, "recurrence": { "kind": "daily" },
        "windows": [{ "at": "18:00" }], "starts_on": "2026-03-02",
    });
    let items = [plan_item("calf-wall-stretch", &["19:00"]), habit];
    scene.clinic.publish(&scene.patient, 1, &items).await;
    scene.server.advance("2026-03-03T06:00:00Z").await;
    let range = "?from=2026-03-02&through=2026-03-02";

    let whole = scene.adherence(range).await;
    assert_eq!(whole["plan_versions"], json!([1, 2]));
    assert_eq!(
        whole["dose"]["reason"],
        json!("mixed_units"),
        "seconds and times have no sum"
    );
    let items = scene.adherence(&format!("{range}&by=item")).await["groups"].clone();
    let exercises: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["exercise"].clone())
        .collect();
    let calf = json!("calf-wall-stretch");
    assert_eq!(
        exercises,
        [calf.clone(), other["key"].clone(), calf],
        "by when they were due"
    );
    assert!(text(&items[0], "item").starts_with("itm_"));
    assert_eq!(items[0]["plan_versions"], json!([1]));
    let kinds = scene.adherence(&format!("{range}&by=kind")).await["groups"].clone();
    let kinds: Vec<_> = kinds
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].clone(), one["denominator"].clone()))
        .collect();
    assert_eq!(
        kinds,
        [
            (json!("stretching"), json!(2)),
            (json!("footwear"), json!(1))
        ]
    );
    let days = scene
        .adherence("?from=2026-03-01&through=2026-03-03&by=day")
        .await["groups"]
        .clone();
    let days: Vec<_> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["date"].clone())
        .collect();
    assert_eq!(
        days,
        [json!("2026-03-02"), json!("2026-03-03")],
        "a day without a plan has no row"
    );
}

async fn nobody_is_blamed_for_what_could_not_be_delivered_unseen(database: Database) {
    // The phone has no push token: no prompt of it can be delivered.
    let scene = Scene::set(database, &["08:00"], None).await;
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let open = scene.adherence("?from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&open["undeliverable"], &open["open"]),
        (&json!(0), &json!(1)),
        "it is not missed yet"
    );
    scene.server.advance("2026-03-02T11:00:00Z").await;
    let missed = scene.adherence("?from=2026-03-02&through=2026-03-02").await;
    assert_eq!(
        (&missed["undeliverable"], &missed["missed"]),
        (&json!(1), &json!(1))
    );
}

async fn wrong_questions_are_told(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    for (query, pointer) in [
        ("by=week", "?by"),
        ("from=2026-03-03&through=2026-03-02", "?from"),
        ("from=2025-01-01&through=2026-03-02", "?from"),
    ] {
        let path = format!("/v1/me/adherence?{query}");
        let body = scene.phone.get(&path).await.expect(400);
        assert_eq!(
            body["errors"][0]["pointer"],
            json!(pointer),
            "{query}: {body}"
        );
    }
    let year = "/v1/me/adherence?from=2025-01-27&through=2026-03-02";
    scene.phone.get(year).await.expect(200);
}

async fn a_day_is_kept_when_it_is_over_and_late_data_changes_its_own_day_only(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    write_days(&scene.database, 2..=9);
    let third = scene.ids("2026-03-03").await.remove(0);
    let fourth = scene.ids("2026-03-04").await.remove(0);
    scene.server.advance("2026-03-02T22:59:59Z").await;
    assert_eq!(
        scene.revisions(),
        Vec::<String>::new(),
        "the day is not over"
    );
    scene.server.advance("2026-03-02T23:00:00Z").await;
    assert_eq!(heads(&scene.revisions()), ["2026-03-02 1 day_ended holds"]);
    scene.server.advance("2026-03-05T06:00:00Z").await;
    let before = scene.revisions();
    let expected = [
        "2026-03-02 1 day_ended holds",
        "2026-03-03 1 day_ended holds",
        "2026-03-04 1 day_ended holds",
    ];
    assert_eq!(heads(&before), expected);

    // On Thursday the phone delivers what was done on Tuesday, twice, and something about Wednesday that says nothing new.
    let mut skip_late = done(2, &fourth, "2026-03-05T05:59:00Z");
    skip_late["kind"] = json!("skip");
    skip_late["reason"] = json!("tired");
    let batch = [done(1, &third, "2026-03-03T07:30:00Z"), skip_late];
    assert_eq!(scene.answer(&batch).await, ["applied", "too_late"]);
    assert_eq!(scene.answer(&batch).await, ["duplicate", "duplicate"]);
    scene.server.advance("2026-03-05T06:30:00Z").await;
    let after = scene.revisions();
    let expected = [
        "2026-03-02 1 day_ended holds",
        "2026-03-03 1 day_ended superseded",
        "2026-03-03 2 answered holds",
        "2026-03-04 1 day_ended holds",
    ];
    assert_eq!(heads(&after), expected);
    assert_eq!(
        (&after[0], &after[3]),
        (&before[0], &before[2]),
        "to the last bit"
    );
    let body = |line: &str| line[line.find('{').unwrap()..].to_owned();
    assert_eq!(body(&after[1]), body(&before[1]), "what was known is kept");
    let figures: Value = serde_json::from_str(&body(&after[2])).unwrap();
    assert_eq!(
        (&figures["value_pct"], &figures["missed"]),
        (&json!(100.0), &json!(0))
    );

    scene.server.advance("2026-03-05T06:31:00Z").await;
    assert_eq!(scene.revisions(), after, "another pass changes nothing");
    let days = scene
        .adherence("?from=2026-03-02&through=2026-03-04&by=day")
        .await;
    let kept: Vec<_> = days["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["kept"]["revision"].clone())
        .collect();
    assert_eq!(kept, [json!(1), json!(2), json!(1)]);
    assert_eq!(
        days["groups"][1]["kept"]["computed_at"],
        json!("2026-03-05T06:30:00Z")
    );
}

/// S5 of the care design: a pause entered afterwards.
async fn a_pause_entered_later_changes_the_days_it_excuses(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    write_days(&scene.database, 2..=9);
    let first = scene.ids("2026-03-02").await.remove(0);
    assert_eq!(
        scene
            .answer(&[done(1, &first, "2026-03-02T06:00:00Z")])
            .await,
        ["applied"]
    );
    scene.server.advance("2026-03-05T06:00:00Z").await;
    assert_eq!(scene.adherence("").await["streak"]["days"], json!(0));
    let before = scene.revisions();
    let pause = json!({ "from": "2026-03-03", "through": "2026-03-08", "reason": "surgery" });
    let path = format!("/v1/patients/{}/pauses", scene.patient);
    scene
        .clinician()
        .await
        .post(&path, &pause)
        .await
        .expect(201);
    scene.server.advance("2026-03-05T06:30:00Z").await;
    let after = scene.revisions();
    let expected = [
        "2026-03-02 1 day_ended holds",
        "2026-03-03 1 day_ended superseded",
        "2026-03-03 2 excused holds",
        "2026-03-04 1 day_ended superseded",
        "2026-03-04 2 excused holds",
    ];
    assert_eq!(heads(&after), expected);
    assert_eq!(after[0], before[0]);
    let all = scene.adherence("").await;
    assert_eq!(
        all["streak"],
        json!({ "days": 1, "since": "2026-03-02" }),
        "kept, not lengthened"
    );
    assert_eq!(
        (&all["value_pct"], &all["denominator"]),
        (&json!(100.0), &json!(1))
    );
}

async fn a_pass_takes_every_patient_of_every_clinic(database: Database) {
    let server = TestServer::start(&database).await;
    for slug in ["one", "two"] {
        let clinic = Clinic::open(&server, slug).await;
        for number in 0..12 {
            let patient = clinic.patient(&format!("Test Patient {number:02}")).await;
            let items = [plan_item("calf-wall-stretch", &["08:00", "12:00"])];
            clinic.publish(&patient, 0, &items).await;
        }
    }
    server.settle().await;
    write_days(&database, 2..=4);
    server.advance("2026-03-04T23:00:00Z").await;
    let mut raw = Raw::connect(&database);
    let count =
        "SELECT count(*) AS value FROM adherence_days WHERE superseded_at IS NULL AND revision = 1";
    assert_eq!(raw.number(count), 2 * 12 * 3);
    assert_eq!(raw.number("SELECT count(*) AS value FROM adherence_due"), 0);
}

async fn progression_reads_how_an_exercise_went_at_its_level(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    for (number, date) in ["2026-03-03", "2026-03-04"].iter().enumerate() {
        let one = scene.ids(date).await.remove(0);
        scene.server.advance(&format!("{date}T07:30:00Z")).await;
        let answer = done(
            u64::try_from(number).unwrap() + 1,
            &one,
            &format!("{date}T07:30:00Z"),
        );
        assert_eq!(scene.answer(&[answer]).await, ["applied"]);
    }
    scene.server.advance("2026-03-05T12:00:00Z").await;
    let now = scene.server.now();
    let options = StoreOptions {
        url: scene.database.url(),
        connections: 1,
    };
    let store = Store::open(&options).unwrap();
    let patient: PatientId = scene.patient.parse().unwrap();
    let tenant = Raw::connect(&scene.database).number("SELECT tenant_id AS value FROM patients");
    let facts = |exercise: &'static str, since: &str| {
        let since = since.parse().unwrap();
        store.read("facts", Scope::operator(TenantId(tenant)), move |tx| {
            adherence::facts(tx, patient, exercise, since, now)
        })
    };
    let at_level = facts("calf-wall-stretch", "2026-03-03").await.unwrap();
    assert_eq!(at_level.days_at_level, 2);
    assert_eq!(
        (at_level.adherence.numerator, at_level.adherence.denominator),
        (2.0, 3)
    );
    let other = facts("cat-camel", "2026-03-03").await.unwrap();
    assert_eq!(
        (other.adherence.value_pct, other.adherence.reason),
        (None, Some("nothing_due"))
    );
}

footing_tests::on_both_engines!(
    each_measure_comes_with_what_it_was_made_from,
    parts_are_told_by_item_day_and_kind,
    nobody_is_blamed_for_what_could_not_be_delivered_unseen,
    wrong_questions_are_told,
    a_day_is_kept_when_it_is_over_and_late_data_changes_its_own_day_only,
    a_pause_entered_later_changes_the_days_it_excuses,
    a_pass_takes_every_patient_of_every_clinic,
    progression_reads_how_an_exercise_went_at_its_level,
);
