//! A patient's own pages: installed, in their language, and what they choose.

mod check_in;
mod me;
mod shown;

use footing_tests::example::{id, plan_item};
use footing_tests::{Caller, Clinic, Database, Raw, TestServer};
use serde_json::json;

/// A clinic, a patient in Berlin with two daily lines and a phone, at 07:00 in Berlin on Monday 2 March 2026.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    phone: Caller,
    database: Database,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let phone = clinic
            .device(&patient, Some("synthetic-push-token-01"))
            .await;
        let plan = [
            plan_item("calf-wall-stretch", &["08:00"]),
            plan_item("bridge", &["12:00"]),
        ];
        clinic.publish(&patient, 0, &plan).await;
        server.settle().await;
        Self {
            server,
            clinic,
            patient,
            phone,
            database,
        }
    }

    /// The patient reads this language from now on.
    async fn speak(&self, locale: &str) {
        let form = format!("locale={locale}");
        let reply = self.phone.post_form("/me/language", &form).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
    }

    async fn page(&self, path: &str) -> String {
        let reply = self.phone.get(path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.text()
    }

    /// Phases of a date, as the clinic sees them.
    async fn phases(&self, date: &str) -> Vec<String> {
        let path = format!(
            "/v1/patients/{}/occurrences?from={date}&through={date}",
            self.patient
        );
        let body = self.clinic.clinician.get(&path).await.expect(200);
        let all = body["occurrences"].as_array().unwrap().iter();
        all.map(|one| one["phase"].as_str().unwrap().to_owned())
            .collect()
    }

    fn raw(&self) -> Raw {
        Raw::connect(&self.database)
    }
}

async fn every_page_speaks_the_patients_language(database: Database) {
    let scene = Scene::set(database).await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let why = format!(
        "/today/why/{}",
        day["occurrences"][0]["id"].as_str().unwrap()
    );
    for (locale, said) in [
        (
            "de",
            [
                "Jetzt",
                "Wie geht es Ihnen heute?",
                "Tage in Folge",
                "Ruhezeiten",
                "Warum steht das hier?",
            ],
        ),
        (
            "es",
            [
                "Ahora",
                "¿Cómo está hoy?",
                "Días seguidos",
                "Horas de silencio",
                "¿Por qué está esto aquí?",
            ],
        ),
        (
            "en",
            [
                "Now",
                "How are you today?",
                "Days in a row",
                "Quiet hours",
                "Why is this here?",
            ],
        ),
    ] {
        scene.speak(locale).await;
        let pages = ["/today", "/check-in", "/progress", "/me", why.as_str()];
        for (path, said) in pages.into_iter().zip(said) {
            let page = scene.page(path).await;
            assert!(
                page.contains(&format!("<html lang=\"{locale}\"")),
                "{path} in {locale}"
            );
            assert!(page.contains(said), "{path} in {locale} lacks {said}");
        }
    }
    scene.speak("de").await;
    let today = scene.page("/today").await;
    for words in [
        "Montag, 2. März 2026",
        "Wadendehnung an der Wand, Knie gestreckt",
        "je Seite",
        "Erledigt",
    ] {
        assert!(today.contains(words), "{words}: {today}");
    }
}

async fn what_belongs_to_another_is_unknown(database: Database) {
    let scene = Scene::set(database).await;
    let other = scene.clinic.patient("Test Patient 02").await;
    let theirs = scene.clinic.device(&other, None).await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let occurrence = day["occurrences"][0]["id"].as_str().unwrap().to_owned();
    let form = format!("id={}&back_pain=9", id("chk", 1));
    assert_eq!(scene.phone.post_form("/check-in", &form).await.status, 303);
    for path in [
        format!("/today/why/{occurrence}"),
        format!("/check-in?sent={}", id("chk", 1)),
    ] {
        assert_eq!(scene.phone.get(&path).await.status, 200, "{path}");
        assert_eq!(theirs.get(&path).await.status, 404, "{path}");
    }
    let body = json!({ "from": "2026-03-03", "through": "2026-03-04", "reason": "holiday" });
    let path = format!("/v1/patients/{}/pauses", scene.patient);
    let entered = scene.clinic.clinician.post(&path, &body).await.expect(201);
    let form = format!("pause={}", entered["id"].as_str().unwrap());
    for caller in [&scene.phone, &theirs] {
        let reply = caller.post_form("/me/pause/end", &form).await;
        assert_eq!(reply.status, 404, "a pause of the clinic is the clinic's");
    }
}

footing_tests::on_both_engines!(
    every_page_speaks_the_patients_language,
    what_belongs_to_another_is_unknown,
);
