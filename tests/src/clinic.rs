//! A clinic with its people, made the way an operator, a clinician and a patient make them.

use footing_server::access::service::NewClinic;
use serde_json::{Value, json};

use crate::{Caller, TestServer};

/// Every test clinician's password.
pub const PASSWORD: &str = "correct horse battery 7";

/// A clinic and its first clinician, signed in.
pub struct Clinic {
    /// Its short name.
    pub slug: String,
    /// Address of the clinician.
    pub email: String,
    /// The clinician.
    pub clinician: Caller,
}

impl Clinic {
    /// Opens a clinic, sets the clinician's password and signs in with it.
    pub async fn open(server: &TestServer, slug: &str) -> Self {
        let email = format!("clinician@{slug}.example.org");
        let new = NewClinic {
            slug: slug.to_owned(),
            name: format!("Test Clinic {slug}"),
            time_zone: "Europe/Berlin".to_owned(),
            clinician_name: "Test Clinician 01".to_owned(),
            email: email.clone(),
            sandbox: server.is_sandbox(),
        };
        let opened = server.open_clinic(new).await;
        let anonymous = server.anonymous();
        let body = json!({ "code": opened.code.reveal(), "password": PASSWORD });
        let session = anonymous
            .post("/v1/clinicians/password", &body)
            .await
            .expect(201);
        let clinician = anonymous.with_token(text(&session, "token"));
        Self {
            slug: slug.to_owned(),
            email,
            clinician,
        }
    }

    /// Signs the clinician in once more.
    pub async fn sign_in(&self, anonymous: &Caller) -> Caller {
        let session = self.sign_in_body(anonymous).await;
        anonymous.with_token(text(&session, "token"))
    }

    /// The same; gives what the server answers.
    pub async fn sign_in_body(&self, anonymous: &Caller) -> Value {
        let body = json!({ "clinic": self.slug, "email": self.email, "password": PASSWORD });
        anonymous.post("/v1/sessions", &body).await.expect(201)
    }

    /// Adds a clinician. Gives the id and the code that sets the first password.
    pub async fn invite(&self, name: &str, email: &str, role: &str) -> (String, String) {
        let body = json!({ "name": name, "email": email, "role": role });
        let added = self
            .clinician
            .post("/v1/clinicians", &body)
            .await
            .expect(201);
        let id = text(&added["clinician"], "id").to_owned();
        (id, text(&added["link"], "code").to_owned())
    }

    /// Adds a clinician who sets a password and signs in. Gives the id and the clinician as a caller.
    pub async fn colleague(&self, name: &str, role: &str) -> (String, Caller) {
        let email = format!("{}@{}.example.org", name.replace(' ', "."), self.slug);
        let (id, code) = self.invite(name, &email, role).await;
        let body = json!({ "code": code, "password": PASSWORD });
        let session = self.clinician.post("/v1/clinicians/password", &body).await;
        let session = session.expect(201);
        (id, self.clinician.with_token(text(&session, "token")))
    }

    /// Adds a patient who lives in Berlin. Gives the id.
    pub async fn patient(&self, name: &str) -> String {
        let body = json!({ "name": name, "time_zone": "Europe/Berlin" });
        let patient = self.clinician.post("/v1/patients", &body).await.expect(201);
        text(&patient, "id").to_owned()
    }

    /// Enrols a device of a patient. Gives the device as a caller.
    pub async fn device(&self, patient: &str, push_token: Option<&str>) -> Caller {
        self.enrol(patient, "android", push_token).await
    }

    /// Enrols a browser of a patient. Gives it as a caller.
    pub async fn browser(&self, patient: &str) -> Caller {
        self.enrol(patient, "web", None).await
    }

    async fn enrol(&self, patient: &str, platform: &str, push_token: Option<&str>) -> Caller {
        let path = format!("/v1/patients/{patient}/enrolment-codes");
        let code = self.clinician.post(&path, &json!({})).await.expect(201);
        let mut body = json!({ "code": text(&code, "code"), "platform": platform });
        if let Some(token) = push_token {
            body["push_token"] = json!(token);
        }
        let enrolment = self
            .clinician
            .post("/v1/enrolments", &body)
            .await
            .expect(201);
        self.clinician.with_token(text(&enrolment, "token"))
    }

    /// Publishes a plan that replaces `base_version`. Gives the new version.
    pub async fn publish(&self, patient: &str, base_version: i64, items: &[Value]) -> Value {
        let body = json!({ "base_version": base_version, "items": items });
        self.clinician
            .put(&format!("/v1/patients/{patient}/plan"), &body)
            .await
            .expect(200)
    }
}

/// A text field of an answer.
///
/// # Panics
/// When there is none.
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is no text in {value}"))
}
