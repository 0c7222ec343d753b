//! S19 of the care design: the month of monitoring. Two clocks, a day that arrives late, time that is counted once, and evidence of all.

use footing_server::rt::clock::VirtualClock;
use footing_tests::clinic::{PASSWORD, text};
use footing_tests::example::summary;
use footing_tests::{Caller, Clinic, Database, TestServer};
use serde_json::{Value, json};

use super::delete;

/// A clinic with an admin and a colleague, a patient with a phone and without a plan, from 19 January 2026 on.
pub(super) struct Month {
    pub(super) server: TestServer,
    pub(super) clinic: Clinic,
    pub(super) colleague: String,
    pub(super) patient: String,
    phone: Caller,
    /// Lives as long as the scene.
    _database: Database,
}

const COLLEAGUE: &str = "Test.Clinician.02@demo.example.org";

impl Month {
    pub(super) async fn set(database: Database) -> Self {
        let clock = VirtualClock::new("2026-01-19T08:00:00Z".parse().unwrap());
        let server = TestServer::start_at(&database, clock).await;
        let clinic = Clinic::open(&server, "demo").await;
        let (colleague, _) = clinic.colleague("Test Clinician 02", "clinician").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic.device(&patient, None).await;
        Self {
            server,
            clinic,
            colleague,
            patient,
            phone,
            _database: database,
        }
    }

    /// The admin, signed in now.
    pub(super) async fn admin(&self) -> Caller {
        self.clinic.sign_in(&self.server.anonymous()).await
    }

    /// The colleague, signed in now.
    pub(super) async fn other(&self) -> Caller {
        let body = json!({ "clinic": "demo", "email": COLLEAGUE, "password": PASSWORD });
        let session = self.server.anonymous().post("/v1/sessions", &body).await;
        let session = session.expect(201);
        self.server.anonymous().with_token(text(&session, "token"))
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/v1/patients/{}/rtm{rest}", self.patient)
    }

    pub(super) async fn ledger(&self) -> Value {
        self.admin().await.get(&self.path("")).await.expect(200)
    }

    /// A session that begins then and arrives at once, where the clock may go on.
    async fn walk(&self, number: u64, at: &str) {
        let body = json!({ "sessions": [summary(number, at)] });
        let reply = self.phone.post("/v1/me/insole-sessions", &body).await;
        let reply = reply.expect(200);
        assert_eq!(
            reply["results"][0]["disposition"],
            json!("created"),
            "{reply}"
        );
    }

    pub(super) async fn entry(
        &self,
        by: &Caller,
        activity: &str,
        from: &str,
        until: &str,
    ) -> Value {
        let body = json!({ "activity": activity, "started_at": from, "ended_at": until });
        by.post(&self.path("/entries"), &body).await.expect(201)
    }

    pub(super) async fn call(&self, by: &Caller, from: &str, until: &str, live: bool) -> Value {
        let body = json!({ "started_at": from, "ended_at": until, "live": live });
        by.post(&self.path("/calls"), &body).await.expect(201)
    }

    /// Fifteen local days with data from 20 January on, each session uploaded on its day.
    pub(super) async fn fifteen_days(&self) {
        for step in 0..14_u64 {
            let day = if step < 6 {
                format!("2026-01-{:02}", 20 + 2 * step)
            } else {
                format!("2026-02-{:02}", 2 * step - 11)
            };
            self.server.advance(&format!("{day}T09:00:00Z")).await;
            self.walk(step, &format!("{day}T08:00:00Z")).await;
            if step == 0 {
                // Half past midnight in Berlin: the 21st there.
                self.server.advance("2026-01-20T23:59:00Z").await;
                self.walk(90, "2026-01-20T23:30:00Z").await;
            }
        }
    }
}

pub(super) fn period<'a>(ledger: &'a Value, clock: &str, period: &str) -> &'a Value {
    let all = ledger[clock].as_array().unwrap();
    let found = all.iter().find(|one| one["period"] == json!(period));
    found.unwrap_or_else(|| panic!("no {clock} {period} in {ledger}"))
}

fn code<'a>(period: &'a Value, code: &str) -> &'a Value {
    let all = period["codes"].as_array().unwrap();
    all.iter().find(|one| one["code"] == json!(code)).unwrap()
}

pub(super) fn status(period: &Value, name: &str) -> String {
    text(code(period, name), "status").to_owned()
}

/// Nothing that excludes each other is eligible at once, anywhere in the ledger.
fn never_both(ledger: &Value) {
    for clock in ["windows", "months"] {
        for one in ledger[clock].as_array().unwrap() {
            let eligible: Vec<&str> = one["codes"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|code| code["status"] == json!("eligible"))
                .map(|code| text(code, "code"))
                .collect();
            for (one, other) in [("98985", "98977"), ("98979", "98980"), ("98979", "98981")] {
                assert!(
                    !(eligible.contains(&one) && eligible.contains(&other)),
                    "{eligible:?}"
                );
            }
        }
    }
}

async fn a_sixteenth_day_that_arrives_late_is_evaluated_again_and_both_findings_stay(
    database: Database,
) {
    let month = Month::set(database).await;
    month.fifteen_days().await;
    month.server.advance("2026-02-16T10:00:00Z").await;
    let ledger = month.ledger().await;
    let window = period(&ledger, "windows", "2026-01-20");
    assert_eq!(status(window, "98985"), "eligible", "as it stands");
    assert_eq!(status(window, "98977"), "not_yet");
    assert_eq!(
        code(window, "98977")["missing"],
        json!("1 monitored day through Wed 18 Feb (3 days left)")
    );

    month.server.advance("2026-02-20T09:00:00Z").await;
    let ledger = month.ledger().await;
    never_both(&ledger);
    let window = period(&ledger, "windows", "2026-01-20");
    assert_eq!(window["through"], json!("2026-02-18"), "rolling 30 days");
    assert_eq!(window["monitored_days"], json!(15));
    assert_eq!(window["rule_version"], json!("us-rtm-2026"));
    assert_eq!(status(window, "98985"), "eligible");
    assert_eq!(status(window, "98977"), "not_met");

    // The 16th day comes in a week late, and a colleague looks.
    month.server.advance("2026-02-25T10:00:00Z").await;
    month.walk(91, "2026-02-17T08:00:00Z").await;
    let other = month.other().await;
    let ledger = other.get(&month.path("")).await.expect(200);
    never_both(&ledger);
    let window = period(&ledger, "windows", "2026-01-20");
    assert_eq!(window["monitored_days"], json!(16));
    assert_eq!(status(window, "98977"), "eligible");
    assert_eq!(status(window, "98985"), "excluded");
    let late = ledger["days"].as_array().unwrap();
    let late: Vec<&Value> = late
        .iter()
        .filter(|day| day["late"] == json!(true))
        .collect();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["date"], json!("2026-02-17"));
    assert_eq!(late[0]["first_received_at"], json!("2026-02-25T10:00:00Z"));

    let found = window["evaluations"].as_array().unwrap();
    let codes = |row: &Value| row["outcome"]["codes"].clone();
    let kept = |code: &str, status: &str, units: i64| json!({ "code": code, "status": status, "units": units });
    assert_eq!(
        found
            .iter()
            .map(|row| row["at"].clone())
            .collect::<Vec<_>>(),
        [
            json!("2026-02-16T10:00:00Z"),
            json!("2026-02-20T09:00:00Z"),
            json!("2026-02-25T10:00:00Z")
        ]
    );
    assert_eq!(
        codes(&found[1]),
        json!([kept("98977", "not_met", 0), kept("98985", "eligible", 1)])
    );
    assert_eq!(
        codes(&found[2]),
        json!([kept("98977", "eligible", 1), kept("98985", "excluded", 0)])
    );
    assert_ne!(found[1]["by"], found[2]["by"], "who looked is kept");
    assert_eq!(found[2]["by"], json!(month.colleague));
    // Looking again finds nothing new and leaves nothing.
    let again = other.get(&month.path("")).await.expect(200);
    assert_eq!(
        period(&again, "windows", "2026-01-20")["evaluations"],
        window["evaluations"]
    );
}

async fn the_clinic_chooses_which_of_the_two_dates_counts(database: Database) {
    let month = Month::set(database).await;
    month.fifteen_days().await;
    month.server.advance("2026-02-25T10:00:00Z").await;
    month.walk(91, "2026-02-17T08:00:00Z").await;
    let admin = month.admin().await;
    let mut settings = admin.get("/v1/clinic/settings").await.expect(200);
    assert_eq!(settings["rtm"]["day"], json!("activity_day"));
    settings["rtm"]["day"] = json!("received_day");
    admin
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(200);
    let ledger = month.ledger().await;
    let first = period(&ledger, "windows", "2026-01-20");
    assert_eq!(first["monitored_days"], json!(15));
    assert_eq!(status(first, "98985"), "eligible");
    let next = period(&ledger, "windows", "2026-02-25");
    assert_eq!(
        next["monitored_days"],
        json!(1),
        "the next window begins with the next monitored day"
    );
    settings["rtm"]["timer_min"] = json!(4);
    let refused = admin
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(400);
    assert_eq!(refused["errors"][0]["pointer"], json!("/rtm/timer_min"));
}

async fn a_second_less_than_twenty_minutes_with_a_live_call(database: Database) {
    let month = Month::set(database).await;
    month.server.advance("2026-01-29T12:00:00Z").await;
    let (admin, other) = (month.admin().await, month.other().await);
    let at = |time: &str| format!("2026-01-29T{time}Z");
    // Two clinicians at once: a quarter of an hour, not 22 minutes.
    let entry = async |by: &Caller, what: &str, from: &str, until: &str| {
        month.entry(by, what, &at(from), &at(until)).await
    };
    entry(&admin, "review", "10:00:00", "10:12:00").await;
    entry(&other, "coordination", "10:05:00", "10:15:00").await;
    entry(&admin, "messages", "11:00:00", "11:04:59").await;
    let january = async || {
        let ledger = month.ledger().await;
        never_both(&ledger);
        period(&ledger, "months", "2026-01").clone()
    };
    let found = january().await;
    assert_eq!(found["seconds"], json!(19 * 60 + 59));
    assert_eq!(found["live_calls"], json!(0), "messages are no call");
    assert_eq!(status(&found, "98979"), "not_yet");
    assert_eq!(code(&found, "98979")["missing"], json!("1 live call"));

    // Nobody answered; then somebody did, in the time that is counted already.
    month
        .call(&other, &at("10:30:00"), &at("10:31:00"), false)
        .await;
    assert_eq!(january().await["live_calls"], json!(0));
    month
        .call(&admin, &at("11:00:00"), &at("11:04:59"), true)
        .await;
    let found = january().await;
    assert_eq!(found["seconds"], json!(19 * 60 + 59), "counted once");
    assert_eq!(status(&found, "98979"), "eligible");
    assert_eq!(status(&found, "98980"), "not_yet");
    assert_eq!(code(&found, "98980")["missing"], json!("1 whole minute"));
    assert_eq!(
        code(&found, "98980")["reason"],
        json!("19 min 59 s, 1 live call")
    );

    // One second more.
    entry(&other, "review", "11:30:00", "11:30:01").await;
    let found = january().await;
    assert_eq!(status(&found, "98980"), "eligible");
    assert_eq!(status(&found, "98979"), "excluded");
    assert_eq!(status(&found, "98981"), "not_yet");
    let causes: Vec<String> = found["evaluations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| text(row, "cause").to_owned())
        .collect();
    assert!(
        causes.contains(&"entry".to_owned()) && causes.contains(&"call".to_owned()),
        "{causes:?}"
    );
}

async fn time_on_two_patients_at_once_counts_for_the_one_recorded_first(database: Database) {
    let month = Month::set(database).await;
    month.server.advance("2026-01-29T12:00:00Z").await;
    let admin = month.admin().await;
    let body = json!({ "name": "Test Patient 02", "time_zone": "Europe/Berlin" });
    let second = admin.post("/v1/patients", &body).await.expect(201);
    let path = format!("/v1/patients/{}/rtm", text(&second, "id"));
    let (from, until) = ("2026-01-29T10:00:00Z", "2026-01-29T10:12:00Z");
    month.entry(&admin, "review", from, until).await;
    month.server.advance("2026-01-29T12:00:01Z").await;
    let body = json!({ "activity": "review", "started_at": "2026-01-29T10:10:00Z", "ended_at": "2026-01-29T10:15:00Z" });
    admin
        .post(&format!("{path}/entries"), &body)
        .await
        .expect(201);
    let theirs = admin.get(&path).await.expect(200);
    assert_eq!(period(&theirs, "months", "2026-01")["seconds"], json!(180));
    let own = month.ledger().await;
    assert_eq!(period(&own, "months", "2026-01")["seconds"], json!(720));
}

async fn a_month_ends_at_the_clinics_midnight(database: Database) {
    let month = Month::set(database).await;
    month.server.advance("2026-02-02T08:00:00Z").await;
    let admin = month.admin().await;
    let (from, until) = ("2026-01-31T22:58:00Z", "2026-01-31T23:05:00Z");
    month.entry(&admin, "review", from, until).await;
    let ledger = month.ledger().await;
    assert_eq!(period(&ledger, "months", "2026-01")["seconds"], json!(120));
    assert_eq!(period(&ledger, "months", "2026-02")["seconds"], json!(300));
}

async fn set_up_is_once_an_episode_and_no_management_time(database: Database) {
    let month = Month::set(database).await;
    month.server.advance("2026-01-21T09:00:00Z").await;
    month.walk(1, "2026-01-20T08:00:00Z").await;
    let admin = month.admin().await;
    let episode = period(&month.ledger().await, "episodes", "1").clone();
    assert_eq!(status(&episode, "98975"), "not_yet");
    assert_eq!(
        code(&episode, "98975")["missing"],
        json!("time with the activity set-up and education and 1 monitored day in one window")
    );
    month.walk(2, "2026-01-21T08:00:00Z").await;
    for from in ["08:00:00", "08:30:00"] {
        let from = format!("2026-01-20T{from}Z");
        let until = from.replace("0:00Z", "9:00Z");
        month.entry(&admin, "setup", &from, &until).await;
    }
    let ledger = month.ledger().await;
    let episode = period(&ledger, "episodes", "1");
    assert_eq!(status(episode, "98975"), "eligible");
    assert_eq!(code(episode, "98975")["units"], json!(1), "once");
    assert_eq!(period(&ledger, "months", "2026-01")["seconds"], json!(0));
    // Sources differ on the days it needs: the clinic can ask for more.
    let mut settings = admin.get("/v1/clinic/settings").await.expect(200);
    settings["rtm"]["setup_days"] = json!(16);
    admin
        .put("/v1/clinic/settings", &settings)
        .await
        .expect(200);
    let ledger = month.ledger().await;
    assert_eq!(status(period(&ledger, "episodes", "1"), "98975"), "not_yet");
}

async fn a_forgotten_timer_ends_does_not_count_and_can_be_put_right_once(database: Database) {
    let month = Month::set(database).await;
    let admin = month.admin().await;
    let timer = month.path("/timer");
    let body = json!({ "activity": "review" });
    let running = admin.put(&timer, &body).await.expect(200);
    assert_eq!(running["state"], json!("running"));
    let again = admin.put(&timer, &body).await.expect(200);
    assert_eq!(again["id"], running["id"], "a repeat changes nothing");
    let other = json!({ "activity": "messages" });
    let refused = admin.put(&timer, &other).await.expect(409);
    assert_eq!(refused["conflict"]["running"], running["id"]);
    let id = text(&running, "id");
    let correction = json!({ "started_at": "2026-01-19T08:00:00Z", "ended_at": "2026-01-19T08:00:00Z", "reason": "None of it" });
    let correct = month.path(&format!("/entries/{id}/correction"));
    admin.post(&correct, &correction).await.expect(409);

    month.server.advance("2026-01-19T09:00:00Z").await;
    let ledger = month.ledger().await;
    assert_eq!(ledger["entries"][0]["state"], json!("forgotten"));
    assert_eq!(ledger["entries"][0]["ended_at"], Value::Null);
    let january = period(&ledger, "months", "2026-01");
    assert_eq!(january["seconds"], json!(0), "nobody knows how long it was");
    let missing = text(code(january, "98979"), "missing");
    assert!(missing.contains("1 timer nobody stopped"), "{missing}");
    let stopped = delete(&admin, &timer).await.expect(200);
    assert_eq!(stopped["stopped"], Value::Null, "it had ended");

    let correction = json!({ "started_at": "2026-01-19T08:00:00Z", "ended_at": "2026-01-19T08:11:00Z", "reason": "Forgot to stop" });
    let corrected = month.other().await.post(&correct, &correction).await;
    let corrected = corrected.expect(201);
    let ledger = month.ledger().await;
    assert_eq!(period(&ledger, "months", "2026-01")["seconds"], json!(660));
    let entries = ledger["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "what stood before is kept");
    let old = entries.iter().find(|one| one["id"] == json!(id)).unwrap();
    assert_eq!(old["state"], json!("replaced"));
    let new = entries.iter().find(|one| one["replaces"] == json!(id));
    let new = new.unwrap();
    assert_eq!(new["clinician"], old["clinician"], "the time stays theirs");
    assert_eq!(new["recorded_by"], json!(month.colleague));
    let twice = admin.post(&correct, &correction).await.expect(409);
    assert_eq!(twice["conflict"]["replaced_by"], corrected["id"]);
}

footing_tests::on_both_engines!(
    a_sixteenth_day_that_arrives_late_is_evaluated_again_and_both_findings_stay,
    the_clinic_chooses_which_of_the_two_dates_counts,
    a_second_less_than_twenty_minutes_with_a_live_call,
    time_on_two_patients_at_once_counts_for_the_one_recorded_first,
    a_month_ends_at_the_clinics_midnight,
    set_up_is_once_an_episode_and_no_management_time,
    a_forgotten_timer_ends_does_not_count_and_can_be_put_right_once,
);
