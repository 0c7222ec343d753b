//! Opening the demonstration clinic through the API, as its clinician would.

use footing_server::access::service::NewClinic;
use footing_server::app::Running;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::cast::{CAST, Fate, Role};
use super::phone::Phone;
use crate::client::Client;
use crate::gateway::{Behaviour, FakeGateway};

/// The clinic's short name.
pub const SLUG: &str = "demo";
/// Its clinician.
pub const EMAIL: &str = "test.clinician@example.org";

/// The clinician's side.
pub struct Clinic {
    anonymous: Client,
    password: String,
    /// Patients in the order of the cast, by id.
    pub patients: Vec<String>,
}

impl Clinic {
    /// Opens the clinic and sets the clinician's password.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn open(
        running: &Running,
        client: &Client,
        rng: &mut ChaCha8Rng,
    ) -> anyhow::Result<Self> {
        let opened = running
            .open_clinic(NewClinic {
                slug: SLUG.to_owned(),
                name: "Demonstration Clinic".to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                clinician_name: "Test Clinician".to_owned(),
                email: EMAIL.to_owned(),
            })
            .await?;
        let password = format!("demo {:016x} pass", rng.random::<u64>());
        let body = json!({"code": opened.code.reveal(), "password": password});
        client.post("/v1/clinicians/password", &body).await?;
        Ok(Self {
            anonymous: client.clone(),
            password,
            patients: Vec::new(),
        })
    }

    /// A signed-in clinician; sessions end after hours, and a month is long.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn clinician(&self) -> anyhow::Result<Client> {
        let body = json!({"clinic": SLUG, "email": EMAIL, "password": self.password});
        let session = self.anonymous.post("/v1/sessions", &body).await?;
        Ok(self.anonymous.with_token(text(&session["token"])))
    }

    /// Adds the cast, each with a plan and a phone.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn admit(
        &mut self,
        starts_on: &str,
        seed: u64,
        gateway: &FakeGateway,
    ) -> anyhow::Result<Vec<Phone>> {
        let clinician = self.clinician().await?;
        let mut phones = Vec::new();
        for (role, number) in CAST.iter().zip(0_u64..) {
            let new =
                json!({"name": role.name, "time_zone": role.time_zone, "locale": role.locale});
            let patient = clinician.post("/v1/patients", &new).await?;
            let id = text(&patient["id"]).to_owned();
            let plan = json!({"base_version": 0, "note": "First plan", "items": role.plan.items(starts_on)});
            clinician
                .put(&format!("/v1/patients/{id}/plan"), &plan)
                .await?;
            if role.fate != Fate::NotEnrolled {
                phones.push(
                    self.enrol(&clinician, &id, *role, number, seed, gateway)
                        .await?,
                );
            }
            self.patients.push(id);
        }
        Ok(phones)
    }

    async fn enrol(
        &self,
        clinician: &Client,
        patient: &str,
        role: Role,
        number: u64,
        seed: u64,
        gateway: &FakeGateway,
    ) -> anyhow::Result<Phone> {
        let code = clinician
            .post(
                &format!("/v1/patients/{patient}/enrolment-codes"),
                &json!({}),
            )
            .await?;
        let push_token = format!("demo-device-{number:02}");
        if role.fate == Fate::Unreachable {
            gateway.set_behaviour(&push_token, Behaviour::Unregistered);
        }
        let body = json!({"code": code["code"], "platform": "android", "push_token": push_token});
        let enrolled = self.anonymous.post("/v1/enrolments", &body).await?;
        let client = self.anonymous.with_token(text(&enrolled["token"]));
        let rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1000).wrapping_add(number));
        Ok(Phone {
            client,
            role,
            number,
            seed,
            rng,
        })
    }

    /// Pauses a patient for two weeks from a date.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn pause(&self, index: usize, from: &str, through: &str) -> anyhow::Result<()> {
        let id = self
            .patients
            .get(index)
            .map(String::as_str)
            .unwrap_or_default();
        let body = json!({"from": from, "through": through, "reason": "surgery"});
        self.clinician()
            .await?
            .post(&format!("/v1/patients/{id}/pauses"), &body)
            .await?;
        Ok(())
    }

    /// A link that opens a patient's page in a browser.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn patient_link(&self, index: usize) -> anyhow::Result<String> {
        let id = self
            .patients
            .get(index)
            .map(String::as_str)
            .unwrap_or_default();
        let code = self
            .clinician()
            .await?
            .post(&format!("/v1/patients/{id}/enrolment-codes"), &json!({}))
            .await?;
        Ok(text(&code["url"]).to_owned())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
