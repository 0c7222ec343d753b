//! A browser that wants to be reminded: its key, its subscription, its service worker.

use std::sync::Arc;

use footing_server::app::{StartOptions, start};
use footing_server::push::{LogChannel, Platform};
use footing_server::rt::Doors;
use footing_server::store::StoreOptions;
use footing_tests::example::{SUBSCRIPTION_ENDPOINT, plan_item, subscription};
use footing_tests::push::WEB_PUSH_KEY;
use footing_tests::{Caller, Clinic, Database, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

/// A clinic with a patient who is to stretch at 08:00 and has a browser, at 07:00.
struct Scene {
    server: TestServer,
    clinic: Clinic,
    patient: String,
    browser: Caller,
    _database: Database,
}

impl Scene {
    async fn set(database: Database) -> Self {
        let server = TestServer::start(&database).await;
        let clinic = Clinic::open(&server, "demo").await;
        let patient = clinic.patient("Test Patient 01").await;
        let browser = clinic.browser(&patient).await;
        let items = [plan_item("calf-wall-stretch", &["08:00"])];
        clinic.publish(&patient, 0, &items).await;
        Self {
            server,
            clinic,
            patient,
            browser,
            _database: database,
        }
    }

    async fn reach(&self) -> Value {
        let path = format!("/v1/patients/{}", self.patient);
        self.clinic.clinician.get(&path).await.expect(200)["reach"].clone()
    }
}

async fn subscribe(browser: &Caller, body: &Value) -> footing_tests::Reply {
    browser.put("/v1/me/push-subscription", body).await
}

/// The stored form of the example.
fn address() -> String {
    let value = subscription(SUBSCRIPTION_ENDPOINT);
    let (p256dh, auth) = (&value["keys"]["p256dh"], &value["keys"]["auth"]);
    format!(
        r#"{{"endpoint":"{SUBSCRIPTION_ENDPOINT}","keys":{{"p256dh":{p256dh},"auth":{auth}}}}}"#
    )
}

async fn a_browser_is_reminded_until_it_turns_that_off(database: Database) {
    let scene = Scene::set(database).await;
    let key = scene.browser.get("/v1/push-key").await.expect(200);
    assert_eq!(key, json!({ "key": WEB_PUSH_KEY }));
    assert_eq!(scene.reach().await, json!("no_push"));
    let body = subscription(SUBSCRIPTION_ENDPOINT);
    for _ in 0..2 {
        subscribe(&scene.browser, &body).await.expect(204);
    }
    assert_eq!(scene.reach().await, json!("reachable"));
    scene.server.advance("2026-03-02T07:00:00Z").await;
    let [sent] = scene.server.push.sent_to(&address()).try_into().unwrap();
    assert_eq!(sent.target.platform, Platform::Web);

    let off = scene
        .browser
        .send(Method::DELETE, "/v1/me/push-token", None);
    off.await.expect(204);
    assert_eq!(scene.reach().await, json!("no_push"));
    scene.server.advance("2026-03-03T07:00:00Z").await;
    assert_eq!(scene.server.push.sent().len(), 1);
}

async fn a_subscription_follows_the_browser_to_its_next_owner(database: Database) {
    let scene = Scene::set(database).await;
    let body = subscription(SUBSCRIPTION_ENDPOINT);
    subscribe(&scene.browser, &body).await.expect(204);
    let other = scene.clinic.patient("Test Patient 02").await;
    let next = scene.clinic.browser(&other).await;
    subscribe(&next, &body).await.expect(204);
    assert_eq!(scene.reach().await, json!("no_push"));
    scene.server.advance("2026-03-02T07:00:00Z").await;
    assert_eq!(scene.server.push.sent().len(), 0);
}

async fn what_is_no_subscription_is_refused_by_field(database: Database) {
    let scene = Scene::set(database).await;
    let good = || subscription(SUBSCRIPTION_ENDPOINT);
    for (pointer, value) in [
        ("/endpoint", json!("http://push.example.net/x")),
        ("/endpoint", json!("https://127.0.0.1/x")),
        ("/endpoint", json!("https://[::ffff:10.0.0.1]/x")),
        ("/endpoint", json!("https://2130706433/x")),
        ("/endpoint", json!("https://user@push.example.net/x")),
        (
            "/endpoint",
            json!(format!("https://push.example.net/{}", "x".repeat(2048))),
        ),
        ("/keys/auth", json!("c2hvcnQ")),
        // Of the right form, and no point of the curve.
        ("/keys/p256dh", json!(format!("BA{}", "A".repeat(85)))),
    ] {
        let mut body = good();
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = subscribe(&scene.browser, &body).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!(pointer), "{body}");
    }
    let phone = scene.clinic.device(&scene.patient, None).await;
    subscribe(&phone, &good()).await.expect(409);
    // Nor does one come in by the door of the apps' tokens.
    let body = json!({ "push_token": address() });
    for caller in [&phone, &scene.browser] {
        let refused = caller.put("/v1/me/push-token", &body).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!("/push_token"));
    }
    assert_eq!(scene.reach().await, json!("no_push"));
}

async fn the_page_brings_the_worker_and_nothing_inline(database: Database) {
    let scene = Scene::set(database).await;
    let worker = scene.browser.get("/sw.js").await;
    assert_eq!(worker.status, 200);
    assert_eq!(
        worker.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(worker.header("cache-control"), "no-cache");
    for part in ["getNotifications", "/v1/me/receipts", "notificationclick"] {
        assert!(worker.text().contains(part), "{part}");
    }
    let page = scene.browser.get("/today").await.text();
    assert!(page.contains("<script src=\"/remind.js\""), "{page}");
    let script = scene.browser.get("/remind.js").await.text();
    assert!(script.starts_with(&format!("self.footingPushKey = \"{WEB_PUSH_KEY}\";")));
    assert!(
        page.contains("hidden data-remind "),
        "absent until a script shows it"
    );
}

footing_tests::on_both_engines!(
    a_browser_is_reminded_until_it_turns_that_off,
    a_subscription_follows_the_browser_to_its_next_owner,
    what_is_no_subscription_is_refused_by_field,
    the_page_brings_the_worker_and_nothing_inline,
);

/// A server with the default channel.
#[tokio::test]
async fn without_a_key_there_is_none_to_subscribe_with() {
    let database = Database::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let log = LogChannel::open(&folder.path().join("push.log"), Box::new(|| 0)).unwrap();
    let options = StartOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        store: StoreOptions {
            url: database.url(),
            connections: 2,
        },
        workers: 1,
        push_in_flight: 1000,
    };
    let running = start(options, Doors::real(Arc::new(log))).await.unwrap();
    let caller = Caller::anonymous(&format!("http://{}", running.address));
    let refused = caller.get("/v1/push-key").await.expect(404);
    assert_eq!(refused["type"], json!("urn:footing:problem:not-found"));
    let script = caller.get("/remind.js").await;
    assert_eq!((script.status, script.text().as_str()), (200, ""));
    running.stop().await;
}
