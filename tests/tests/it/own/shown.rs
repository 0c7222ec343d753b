//! What a browser is given to install the pages and to keep a day; what it must forget; the weeks and their why.

use footing_tests::Database;
use footing_tests::example::done;
use serde_json::{Value, json};

use super::Scene;

async fn the_app_can_be_installed_and_keeps_nothing_of_anybody(database: Database) {
    let scene = Scene::set(database).await;
    let stranger = scene.server.anonymous();
    let manifest = stranger.get("/app.webmanifest").await.expect(200);
    assert_eq!(manifest["start_url"], json!("/today"));
    for icon in manifest["icons"].as_array().unwrap() {
        let reply = stranger.get(icon["src"].as_str().unwrap()).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), icon["type"].as_str().unwrap());
    }
    let page = stranger.get("/off-line").await;
    assert_eq!(page.status, 200);
    for language in ["en", "de", "es"] {
        let of = format!("lang=\"{language}\"");
        assert!(page.text().contains(&of), "{language}");
    }
    let worker = stranger.get("/sw.js").await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    let today = scene.page("/today").await;
    let device = scene.phone.get("/v1/me").await.expect(200);
    let device = device["device_id"].as_str().unwrap();
    assert!(today.contains(&format!("data-day=\"{device}\"")));
}

async fn whoever_enters_finds_an_empty_browser(database: Database) {
    let scene = Scene::set(database).await;
    let path = format!("/v1/patients/{}/enrolment-codes", scene.patient);
    let code = scene.clinic.clinician.post(&path, &json!({})).await;
    let code = code.expect(201)["code"].as_str().unwrap().to_owned();
    let stranger = scene.server.anonymous();
    let refused = stranger.post_form("/enrol", "code=7-00").await;
    assert_eq!(refused.header("clear-site-data"), "", "a wrong code");
    let entered = stranger.post_form("/enrol", &format!("code={code}")).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, "/today")
    );
    assert_eq!(entered.header("clear-site-data"), "\"storage\"");
    let left = scene.phone.post_form("/me/disconnect", "").await;
    assert_eq!((left.status, left.header("location")), (303, "/enrol"));
    assert!(left.header("clear-site-data").contains("\"storage\""));
    assert_eq!(scene.phone.get("/today").await.status, 401);
}

async fn who_is_not_known_yet_is_spoken_to_as_the_browser_asks(database: Database) {
    let scene = Scene::set(database).await;
    let stranger = scene.server.anonymous();
    for (wanted, language, connect, not_connected, refused) in [
        (
            "de-AT,de;q=0.9",
            "de",
            "Dieses Gerät verbinden",
            "Dieser Browser ist nicht verbunden",
            "Der Code öffnet nichts",
        ),
        (
            "fr,es;q=0.5",
            "es",
            "Conectar este dispositivo",
            "Este navegador no está conectado",
            "El código no abre nada",
        ),
        (
            "fr",
            "en",
            "Connect this device",
            "This browser is not connected",
            "The code does not open anything",
        ),
    ] {
        let browser = stranger.speaking(wanted);
        let lang = format!("<html lang=\"{language}\"");
        for (status, words, reply) in [
            (200, connect, browser.get("/enrol").await),
            (401, refused, browser.post_form("/enrol", "code=7-00").await),
            (401, not_connected, browser.get("/today").await),
        ] {
            assert_eq!(reply.status, status, "{wanted}");
            let page = reply.text();
            assert!(
                page.contains(&lang) && page.contains(words),
                "{wanted}: {page}"
            );
        }
    }
}

async fn the_weeks_say_what_was_done_and_how_it_is_counted(database: Database) {
    let scene = Scene::set(database).await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let day = day["occurrences"].as_array().unwrap().clone();
    let answers: Vec<Value> = day
        .iter()
        .enumerate()
        .map(|(place, one)| {
            done(
                place as u64 + 1,
                one["id"].as_str().unwrap(),
                "2026-03-02T06:00:00Z",
            )
        })
        .collect();
    let body = json!({ "answers": answers });
    scene.phone.post("/v1/me/answers", &body).await.expect(200);
    scene.server.advance("2026-03-03T08:00:00Z").await;
    let page = scene.page("/progress").await;
    assert!(page.contains("Monday 2 March: all 2 done"), "{page}");
    assert!(page.contains("Sunday 1 March: nothing was asked"), "{page}");
    assert!(page.contains("aria-current=\"date\""));
    assert!(page.contains(">1 day<"), "one day in a row");
    assert!(page.contains("too early to say"), "two closed are no habit");
    assert!(page.contains("No walk with the insoles yet."));
}

async fn a_reminder_tells_why_it_came_or_was_held_back(database: Database) {
    let scene = Scene::set(database).await;
    let day = scene.phone.get("/v1/me/occurrences").await.expect(200);
    let path = format!(
        "/today/why/{}",
        day["occurrences"][0]["id"].as_str().unwrap()
    );
    let page = scene.page(&path).await;
    assert!(page.contains("08:00 (Europe/Berlin (UTC+01:00))"), "{page}");
    assert!(page.contains("Monday 2 March, 08:00: to come"), "{page}");
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let page = scene.page(&path).await;
    assert!(page.contains("Monday 2 March, 08:00: sent"), "{page}");
}

footing_tests::on_both_engines!(
    who_is_not_known_yet_is_spoken_to_as_the_browser_asks,
    the_app_can_be_installed_and_keeps_nothing_of_anybody,
    whoever_enters_finds_an_empty_browser,
    the_weeks_say_what_was_done_and_how_it_is_counted,
    a_reminder_tells_why_it_came_or_was_held_back,
);
