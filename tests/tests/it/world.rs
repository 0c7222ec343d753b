//! Two clinics and everyone who may call, for the tests that go through every route.

use footing_tests::clinic::text;
use footing_tests::example::{plan_item, summary};
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::{Value, json};

use crate::people::{SeededAlert, seed_alert};

/// The name of the patient whose data nobody else may see.
pub(crate) const SECRET_NAME: &str = "Test Patient Secret";

/// The scene: 20:00 in Berlin, one prompt open, one session uploaded.
pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) ids: Ids,
    callers: Vec<(Who, Caller)>,
    home: Clinic,
}

/// What paths and bodies refer to.
#[derive(Clone)]
pub(crate) struct Ids {
    pub(crate) patient: String,
    pub(crate) session: String,
    pub(crate) occurrence: String,
    pub(crate) pause: String,
    pub(crate) event: String,
    pub(crate) asset: String,
    /// A device of the patient's that may be ended.
    pub(crate) device: String,
    /// A live alert about the patient.
    pub(crate) alert: String,
    /// The clinician of the home clinic, who is its admin.
    pub(crate) admin: String,
    /// Another clinician of it.
    pub(crate) colleague: String,
    /// A clinician of it who may leave.
    pub(crate) leaver: String,
}

/// The address of a clinician both clinics have.
pub(crate) const TAKEN: &str = "taken@example.org";

/// Everyone who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// No token.
    Anonymous,
    /// A token nobody was given.
    Nonsense,
    /// A session that was signed out of.
    SignedOut,
    /// A session that ran out.
    Expired,
    /// A live token under another clinic's number.
    Transplanted,
    /// The clinician of the home clinic, who is its admin.
    Clinician,
    /// Another clinician of the home clinic.
    Colleague,
    /// A clinician of another clinic.
    Stranger,
    /// The patient.
    Patient,
    /// Another patient of the same clinic.
    Neighbour,
}

impl Who {
    /// Everyone, with those a route is for at the end.
    pub(crate) const ALL: [Self; 10] = [
        Self::Anonymous,
        Self::Nonsense,
        Self::SignedOut,
        Self::Expired,
        Self::Transplanted,
        Self::Stranger,
        Self::Neighbour,
        Self::Colleague,
        Self::Clinician,
        Self::Patient,
    ];

    /// Whether the token is no good anywhere.
    pub(crate) fn is_nobody(self) -> bool {
        matches!(
            self,
            Self::Anonymous | Self::Nonsense | Self::SignedOut | Self::Expired | Self::Transplanted
        )
    }
}

impl World {
    pub(crate) async fn set(database: &Database) -> Self {
        let server = TestServer::start(database).await;
        let anonymous = server.anonymous();
        let mut home = Clinic::open(&server, "home").await;
        let expired = home.clinician.clone();
        server.advance("2026-03-02T19:00:00Z").await;
        home.clinician = home.sign_in(&anonymous).await;
        let signed_out = home.sign_in(&anonymous).await;
        signed_out
            .send(reqwest::Method::DELETE, "/v1/sessions/current", None)
            .await
            .expect(204);
        let abroad = Clinic::open(&server, "abroad").await;
        // Their own data, so that an empty answer is not taken for a closed door.
        let visitor = abroad.patient("Test Patient Abroad").await;
        abroad.device(&visitor, None).await;

        let patient = home.patient(SECRET_NAME).await;
        let phone = home.device(&patient, Some("synthetic-push-token-01")).await;
        let other = home.patient("Test Patient Next Door").await;
        let neighbour = home.device(&other, None).await;
        let plan = [plan_item("calf-wall-stretch", &["21:00"])];
        home.publish(&patient, 0, &plan).await;
        home.publish(&other, 0, &plan).await;
        let session = summary(900, "2026-03-02T18:00:00Z");
        let body = json!({ "sessions": [session] });
        phone
            .post("/v1/me/insole-sessions", &body)
            .await
            .expect(200);
        let spare = home.device(&patient, None).await;
        let device = text(&spare.get("/v1/me").await.expect(200), "device_id").to_owned();
        let people = people_of(&home, &abroad).await;
        let alert = seed_alert(
            &mut Raw::connect(database),
            &home.clinician,
            (&patient, &people.admin),
            &SeededAlert::default(),
        );
        home.clinician
            .post(&format!("/v1/patients/{patient}/erasure"), &json!({}))
            .await
            .expect(201);
        let day = phone.get("/v1/me/occurrences").await.expect(200);
        let away = json!({ "from": "2026-05-01", "through": "2026-05-10", "reason": "holiday" });
        let pause = home
            .clinician
            .post(&format!("/v1/patients/{patient}/pauses"), &away)
            .await
            .expect(201);
        let event = json!({ "kind": "visit", "date": "2026-03-02" });
        let events = format!("/v1/patients/{patient}/events");
        let event = home.clinician.post(&events, &event).await.expect(201);
        let ids = Ids {
            pause: text(&pause, "id").to_owned(),
            event: text(&event, "id").to_owned(),
            patient,
            session: session.session_id,
            occurrence: text(&day["occurrences"][0], "id").to_owned(),
            asset: asset(&anonymous).await,
            device,
            alert,
            admin: people.admin,
            colleague: people.colleague,
            leaver: people.leaver,
        };
        let transplanted = transplant(&home.clinician, &abroad.clinician);
        let callers = vec![
            (Who::Anonymous, anonymous.clone()),
            (
                Who::Nonsense,
                anonymous.with_token(&format!("ft.1.{}", "x".repeat(43))),
            ),
            (Who::SignedOut, signed_out),
            (Who::Expired, expired),
            (Who::Transplanted, anonymous.with_token(&transplanted)),
            (Who::Clinician, home.clinician.clone()),
            (Who::Colleague, people.signed_in),
            (Who::Stranger, abroad.clinician),
            (Who::Patient, phone),
            (Who::Neighbour, neighbour),
        ];
        Self {
            server,
            ids,
            callers,
            home,
        }
    }

    pub(crate) fn caller(&self, who: Who) -> &Caller {
        let found = self.callers.iter().find(|(one, _)| *one == who);
        &found.expect("everyone is there").1
    }

    /// A session of the home clinician's that may be ended.
    pub(crate) async fn spare_session(&self) -> Caller {
        self.home.sign_in(self.caller(Who::Anonymous)).await
    }

    /// A device of a patient of the home clinic's that may be ended.
    pub(crate) async fn spare_device(&self) -> Caller {
        self.home.device(&self.ids.patient, None).await
    }

    /// Everything of the patient that a request could have changed.
    pub(crate) async fn state(&self) -> Vec<Value> {
        let (clinician, patient) = (self.caller(Who::Clinician), &self.ids.patient);
        let mut state = Vec::new();
        for path in [
            "",
            "/plan",
            "/occurrences",
            "/adherence",
            "/insole-sessions",
            "/wear",
            "/effects",
            "/exams",
            "/events",
        ] {
            let path = format!("/v1/patients/{patient}{path}");
            state.push(clinician.get(&path).await.expect(200));
        }
        let list = clinician.get("/v1/patients?limit=200").await.expect(200);
        state.push(json!(list["patients"].as_array().unwrap().len()));
        state.push(self.caller(Who::Patient).get("/v1/me").await.expect(200));
        state
    }
}

/// The clinicians of the home clinic.
struct People {
    admin: String,
    colleague: String,
    leaver: String,
    signed_in: Caller,
}

async fn people_of(home: &Clinic, abroad: &Clinic) -> People {
    let (colleague, signed_in) = home.colleague("Test Clinician 02", "clinician").await;
    for clinic in [home, abroad] {
        clinic.invite("Test Clinician 03", TAKEN, "clinician").await;
    }
    let list = home.clinician.get("/v1/clinicians").await.expect(200);
    let id = |email: &str| {
        let all = list["clinicians"].as_array().unwrap();
        let found = all.iter().find(|one| one["email"] == json!(email));
        text(found.unwrap(), "id").to_owned()
    };
    People {
        admin: id(&home.email),
        leaver: id(TAKEN),
        colleague,
        signed_in,
    }
}

/// `ft.<tenant>.<secret>` with the tenant of another token.
fn transplant(token: &Caller, into: &Caller) -> String {
    let (secret, other) = (token.token().unwrap(), into.token().unwrap());
    let secret = secret.rsplit('.').next().unwrap();
    let tenant = other.split('.').nth(1).unwrap();
    format!("ft.{tenant}.{secret}")
}

/// The name of a file the pages load.
async fn asset(anonymous: &Caller) -> String {
    let page = anonymous.get("/sign-in").await.text();
    let (_, rest) = page
        .split_once("/static/")
        .expect("the page loads something");
    rest.split(['"', '\'']).next().unwrap().to_owned()
}
