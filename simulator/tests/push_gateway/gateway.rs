//! The gateway itself: its strictness, its ledger, and its use by other processes.

use std::fs;

use footing_server::push::PushChannel;
use footing_server::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use footing_server::rt::clock::{Clock, WallClock};
use footing_simulator::gateway::{Accepted, FakeGateway, GatewayOptions, run};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::kit::{World, is_accepted, message, raw_client, target};

/// What a well-behaved client sends, to be spoilt.
fn good_request() -> Value {
    json!({"message": {
        "token": "device-01",
        "data": {"v": "1", "kind": "prompt", "id": "00000000-0000-0000-0000-000000000001"},
        "notification": {"title": "Footing", "body": "You have a reminder."},
    }})
}

async fn post(
    gateway: &FakeGateway,
    project: &str,
    bearer: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let url = format!("{}/v1/projects/{project}/messages:send", gateway.endpoint());
    let request = raw_client(gateway).post(url).bearer_auth(bearer).json(body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn what_breaks_the_protocol_is_refused_in_fcms_words_and_written_down() {
    let world = World::new();
    assert!(is_accepted(&world.send("device-01").await));
    let (project, bearer) = ("footing-test", "fake-access-token-1");
    let (status, _) = post(&world.gateway, project, bearer, &good_request()).await;
    assert_eq!(status, StatusCode::OK, "the request to be spoilt is good");
    for (pointer, value, field) in [
        ("/message/data/v", json!(1), "message.data.v"),
        (
            "/message/data/kind",
            json!("stretching"),
            "message.data.kind",
        ),
        (
            "/message/data",
            json!({"v": "1", "kind": "prompt"}),
            "message.data.id",
        ),
        ("/message/token", json!(""), "message"),
        ("/message", json!({"to": "device-01"}), "message.to"),
    ] {
        let mut request = good_request();
        *request.pointer_mut(pointer).unwrap() = value;
        let (status, answer) = post(&world.gateway, project, bearer, &request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{pointer}");
        assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
        assert_eq!(
            answer["error"]["details"][0]["fieldViolations"][0]["field"],
            field
        );
        assert_eq!(
            answer["error"]["details"][1]["errorCode"],
            "INVALID_ARGUMENT"
        );
        assert_eq!(world.gateway.violations().last().unwrap().field, field);
    }
    assert_eq!(world.gateway.violations().len(), 5);
    assert_eq!(world.gateway.counts().accepted, 2);
}

#[tokio::test]
async fn only_its_own_bearers_may_send_and_only_for_its_project() {
    let world = World::new();
    assert!(is_accepted(&world.send("device-01").await));
    let (status, answer) = post(&world.gateway, "footing-test", "made-up", &good_request()).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (StatusCode::UNAUTHORIZED, &json!("UNAUTHENTICATED"))
    );
    assert_eq!(world.gateway.violations()[0].field, "authorization");
    let (status, _) = post(
        &world.gateway,
        "another",
        "fake-access-token-1",
        &good_request(),
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    world.advance_s(3600);
    let (status, _) = post(
        &world.gateway,
        "footing-test",
        "fake-access-token-1",
        &good_request(),
    )
    .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.gateway.counts().accepted, 1);
}

#[tokio::test]
async fn a_form_without_a_good_assertion_gets_no_token() {
    let world = World::new();
    let url = format!("{}/token", world.gateway.endpoint());
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    for form in [
        String::new(),
        "grant_type=password&assertion=a".into(),
        format!("grant_type={grant}&assertion=a.b.c"),
    ] {
        let request = raw_client(&world.gateway).post(&url).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            answer.json::<Value>().await.unwrap()["error"],
            "invalid_grant"
        );
    }
    assert_eq!(world.gateway.violations().len(), 3);
    assert_eq!(world.gateway.counts().tokens_issued, 0);
}

#[tokio::test]
async fn another_process_can_read_the_ledger_from_where_it_left_off() {
    let world = World::new();
    world.send_many("device-01", 3).await;
    let url = format!("{}/ledger?after=1", world.gateway.endpoint());
    let answer = raw_client(&world.gateway).get(url).send().await.unwrap();
    let ledger: Value = answer.json().await.unwrap();
    let accepted: Vec<Accepted> = serde_json::from_value(ledger["accepted"].clone()).unwrap();
    assert_eq!(accepted, world.gateway.accepted()[1..]);
    assert_eq!(ledger["counts"]["accepted"], 3);
    assert_eq!(ledger["violations"], json!([]));
}

#[tokio::test]
async fn run_gives_another_process_all_it_needs_and_leaves_a_ledger_file() {
    let folder = tempfile::tempdir().unwrap();
    let ledger_path = folder.path().join("made/ledger.jsonl");
    let options = GatewayOptions {
        ledger_path: Some(ledger_path.clone()),
        ..GatewayOptions::default()
    };
    let (tell, ready) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let files_folder = folder.path().join("files");
    let running = run(
        options,
        &files_folder,
        |gateway, files| tell.send((gateway.endpoint(), files.clone())).unwrap(),
        async { stopped.await.unwrap() },
    );
    let using = async {
        let (endpoint, files) = ready.await.unwrap();
        let account = ServiceAccount::from_file(&files.service_account).unwrap();
        let config = FcmConfig {
            endpoint,
            extra_root_ca_pem: Some(fs::read_to_string(&files.ca_pem).unwrap()),
            ..FcmConfig::new(account)
        };
        let channel = FcmChannel::new(config, Box::new(|| WallClock.now().as_second())).unwrap();
        assert!(is_accepted(
            &channel.send(&target("device-01"), &message(1)).await
        ));
        stop.send(()).unwrap();
    };
    let (ran, ()) = futures_util::future::join(running, using).await;
    ran.unwrap();
    let text = fs::read_to_string(ledger_path).unwrap();
    let accepted: Accepted = serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!((accepted.order, accepted.token.as_str()), (1, "device-01"));
}
