//! Opening the demonstration clinic through the API, as its clinician would.

use footing_server::access::service::NewClinic;
use footing_server::app::Running;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::cast::{CAST, Fate, Role};
use super::phone::{Phone, Share};
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
    staff: Staff,
}

/// Who works there, by id.
struct Staff {
    /// Looks after most patients.
    first: String,
    /// Leaves one day.
    leaver: String,
    /// Stands in.
    deputy: String,
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
                sandbox: false,
            })
            .await?;
        let password = format!("demo {:016x} pass", rng.random::<u64>());
        let body = json!({"code": opened.code.reveal(), "password": password});
        let session = client.post("/v1/clinicians/password", &body).await?;
        let admin = client.with_token(text(&session["token"]));
        let staff = Staff {
            first: text(&session["clinician_id"]).to_owned(),
            leaver: colleague(client, &admin, 2, rng).await?,
            deputy: colleague(client, &admin, 3, rng).await?,
        };
        Ok(Self {
            anonymous: client.clone(),
            password,
            patients: Vec::new(),
            staff,
        })
    }

    /// A patient of the cast, by id.
    pub fn patient(&self, index: usize) -> &str {
        self.patients
            .get(index)
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// Tells the server something of a patient.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn say(&self, (what, patient): &(&str, &str), body: &Value) -> anyhow::Result<()> {
        let path = format!("/v1/patients/{patient}/{what}");
        self.clinician().await?.post(&path, body).await?;
        Ok(())
    }

    /// The colleague who leaves hands everything over, and the account ends.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn hand_over(&self) -> anyhow::Result<()> {
        let Staff { first, leaver, .. } = &self.staff;
        let admin = self.clinician().await?;
        let path = |what| format!("/v1/clinicians/{leaver}/{what}");
        admin
            .post(&path("handover"), &json!({ "to": first }))
            .await?;
        admin.post(&path("deactivate"), &json!({})).await?;
        Ok(())
    }

    /// Who looks after a patient, and who stands in.
    async fn team(&self, clinician: &Client, patient: &str, fate: Fate) -> anyhow::Result<()> {
        let Staff {
            first,
            leaver,
            deputy,
        } = &self.staff;
        let owner = if fate == Fate::HandedOver {
            leaver
        } else {
            first
        };
        let body = json!({ "owner": owner, "deputy": deputy });
        clinician
            .put(&format!("/v1/patients/{patient}/team"), &body)
            .await?;
        Ok(())
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
            if matches!(role.fate, Fate::HandedOver | Fate::Paused | Fate::RedFlag) {
                self.team(&clinician, &id, role.fate).await?;
            }
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
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1000).wrapping_add(number));
        Ok(Phone {
            follows: Share::new(&mut rng),
            walks: Share::new(&mut rng),
            client,
            role,
            number,
            seed,
            rng,
            zone: role.time_zone.to_owned(),
            kept: Vec::new(),
            orthotics_from: None,
        })
    }

    /// A link that opens a patient's page in a browser.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn patient_link(&self, index: usize) -> anyhow::Result<String> {
        let id = self.patient(index);
        let code = self
            .clinician()
            .await?
            .post(&format!("/v1/patients/{id}/enrolment-codes"), &json!({}))
            .await?;
        Ok(text(&code["url"]).to_owned())
    }
}

/// Adds a clinician, who sets a password.
async fn colleague(
    anonymous: &Client,
    admin: &Client,
    number: u32,
    rng: &mut ChaCha8Rng,
) -> anyhow::Result<String> {
    let new = json!({
        "name": format!("Test Clinician {number:02}"),
        "email": format!("test.clinician.{number:02}@example.org"),
        "role": "clinician",
    });
    let added = admin.post("/v1/clinicians", &new).await?;
    let code = &added["link"]["code"];
    let body = json!({"code": code, "password": format!("demo {:016x} pass", rng.random::<u64>())});
    anonymous.post("/v1/clinicians/password", &body).await?;
    Ok(text(&added["clinician"]["id"]).to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
