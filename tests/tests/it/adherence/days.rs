//! The figures of days as they were known.

use footing_tests::example::{done, plan_item};
use footing_tests::{Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

use super::{Scene, TOKEN};

impl Scene {
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

async fn a_day_is_kept_when_it_is_over_and_late_data_changes_its_own_day_only(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
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
        json!("2026-03-05T06:00:00Z")
    );
}

/// Has the database note each day that is put on the list: the job that is woken may be quicker than a look at the list.
fn note_listed_days(raw: &mut Raw) {
    let note = "INSERT INTO noted (local_date) VALUES (NEW.local_date);";
    let trigger = match raw {
        Raw::Postgres(_) => format!(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note} RETURN NEW; END $$;
             CREATE TRIGGER noting AFTER INSERT ON adherence_due FOR EACH ROW EXECUTE FUNCTION note();"
        ),
        Raw::Sqlite(_) => {
            format!("CREATE TRIGGER noting AFTER INSERT ON adherence_due BEGIN {note} END;")
        }
    };
    raw.execute(&format!(
        "CREATE TABLE noted (local_date TEXT NOT NULL); {trigger}"
    ))
    .unwrap();
}

async fn what_changes_no_figure_makes_no_revision(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
    let first = scene.ids("2026-03-02").await.remove(0);
    scene.server.advance("2026-03-03T06:00:00Z").await;
    let half = |number, at| {
        let mut answer = done(number, &first, at);
        answer["kind"] = json!("partial");
        answer["done_amount"] = json!(90);
        answer
    };
    // Both are told a day later; the second replaces the first by the same.
    let first_time = half(1, "2026-03-02T07:30:00Z");
    assert_eq!(scene.answer(&[first_time]).await, ["applied"]);
    scene.server.advance("2026-03-03T06:30:00Z").await;
    let before = scene.revisions();
    let expected = [
        "2026-03-02 1 day_ended superseded",
        "2026-03-02 2 answered holds",
    ];
    assert_eq!(heads(&before), expected);
    let mut raw = Raw::connect(&scene.database);
    let listed = "SELECT count(*) AS value FROM adherence_due WHERE local_date = '2026-03-02'";
    let noted = "SELECT count(*) AS value FROM noted WHERE local_date = '2026-03-02'";
    note_listed_days(&mut raw);
    let second_time = half(2, "2026-03-02T07:31:00Z");
    assert_eq!(scene.answer(&[second_time]).await, ["applied"]);
    assert_eq!(raw.number(noted), 1, "something happened to the day");
    scene.server.advance("2026-03-03T06:31:00Z").await;
    assert_eq!(raw.number(listed), 0, "it was looked at");
    assert_eq!(scene.revisions(), before);
}

/// S5 of the care design: a pause entered afterwards.
async fn a_pause_entered_later_changes_the_days_it_excuses(database: Database) {
    let scene = Scene::set(database, &["08:00"], Some(TOKEN)).await;
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
    server.advance("2026-03-04T23:00:00Z").await;
    let mut raw = Raw::connect(&database);
    let count =
        "SELECT count(*) AS value FROM adherence_days WHERE superseded_at IS NULL AND revision = 1";
    assert_eq!(raw.number(count), 2 * 12 * 3);
    assert_eq!(raw.number("SELECT count(*) AS value FROM adherence_due"), 0);
}

footing_tests::on_both_engines!(
    a_day_is_kept_when_it_is_over_and_late_data_changes_its_own_day_only,
    what_changes_no_figure_makes_no_revision,
    a_pause_entered_later_changes_the_days_it_excuses,
    a_pass_takes_every_patient_of_every_clinic,
);
