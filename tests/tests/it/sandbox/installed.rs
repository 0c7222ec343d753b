//! The installed command: what `footing serve` refuses, and a kill in the middle of an advance.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use footing_server::rt::clock::real_sleep;
use footing_tests::example::{clinic_create, plan_item};
use footing_tests::{Caller, Clinic, Database, Raw};
use serde_json::{Value, json};

use super::{CLOCK, stands};
use crate::installed::{Server, Shell};

fn create_clinic(shell: &Shell, more: &[&str]) -> (Option<i32>, String) {
    let slug = if more.is_empty() { "demo" } else { "lab" };
    let email = format!("clinician@{slug}.example.org");
    shell.run(&[&clinic_create(slug, &email), more].concat())
}

/// A sandbox, once it listens.
fn serve(shell: &Shell) -> Server {
    shell.serve(&["--sandbox-clock", "true"])
}

/// The instants of the pushes so far, in seconds since 1970.
pub(super) fn pushed(shell: &Shell) -> Vec<i64> {
    let path = shell.folder().join("push.log");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.lines().filter(|line| line.ends_with('}'));
    whole
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["at_unix_s"].as_i64().unwrap()
        })
        .collect()
}

/// What a server says that must end by itself; killed when it does not.
async fn refused(shell: &Shell, words: &[&str]) -> (Option<i32>, String) {
    let mut child = shell
        .command(words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..200 {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        real_sleep(Duration::from_millis(50)).await;
    }
    // One that serves is ended, and has no exit code.
    let _ = child.kill();
    let status = child.wait().unwrap();
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    (status.code(), said)
}

#[tokio::test]
async fn a_configuration_of_production_does_not_serve_as_a_sandbox() {
    let shell = Shell::new(Database::sqlite());
    let sandbox = ["serve", "--sandbox-clock", "true"];
    for (more, named) in [
        (
            &["--public-url", "https://footing.example.org"][..],
            "public_url",
        ),
        (
            &["--push", "fcm", "--fcm-service-account-file", "key.json"],
            "fcm_endpoint",
        ),
        (
            &[
                "--web-push-key-file",
                "push.pem",
                "--web-push-subject",
                "mailto:test@example.org",
            ],
            "web_push_key_file",
        ),
        (
            &[
                "--webhook-url",
                "https://example.org/",
                "--webhook-secrets-file",
                "secrets",
            ],
            "webhook_url",
        ),
    ] {
        let (code, said) = refused(&shell, &[&sandbox, more].concat()).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(named) && said.contains("with sandbox_clock"),
            "{named}: {said}"
        );
    }
}

#[tokio::test]
async fn a_clinic_that_is_no_sandbox_is_not_served_as_one() {
    let shell = Shell::new(Database::sqlite());
    let (code, said) = create_clinic(&shell, &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = refused(&shell, &["serve", "--sandbox-clock", "true"]).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a database of its own"), "{said}");
    let (code, said) = create_clinic(&shell, &["--sandbox"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("leave --sandbox out"), "{said}");
}

/// A sandbox of the year 2031 with a patient and a phone. Gives the admin.
pub(super) async fn scene(shell: &Shell, server: &Server) -> Clinic {
    let mut clinic = shell.open_clinic(server, "lab", &["--sandbox"]).await;
    let admin = clinic.clinician.clone();
    let at = json!({ "at": "2031-01-01T00:00:00Z" });
    admin.post(CLOCK, &at).await.expect(201);
    let anonymous = Caller::anonymous(&server.base);
    clinic.clinician = clinic.sign_in(&anonymous).await;
    let patient = clinic.patient("Test Patient 01").await;
    clinic
        .device(&patient, Some("synthetic-push-token-01"))
        .await;
    let line = plan_item("calf-wall-stretch", &["08:00", "12:00", "20:00"]);
    clinic.publish(&patient, 0, &[line]).await;
    clinic
}

/// Wherever the process dies, time is not earlier afterwards than what was done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_an_advance_takes_no_time_back() {
    let shell = Shell::new(Database::sqlite());
    let mut server = serve(&shell);
    let clinic = scene(&shell, &server).await;
    let mut least = 0;
    for life in 1..=3 {
        let admin = clinic.sign_in(&Caller::anonymous(&server.base)).await;
        let clock = admin.get(CLOCK).await.expect(200);
        let now: jiff::Timestamp = stands(&clock).1.parse().unwrap();
        assert!(
            now.as_second() >= least,
            "life {life}: {now} is before {least}"
        );
        let to = now + Duration::from_secs(300 * 24 * 3600);
        let advance = async {
            let url = format!("{}{CLOCK}/advance", server.base);
            let request = reqwest::Client::new()
                .post(url)
                .bearer_auth(admin.token().unwrap())
                .json(&json!({ "to": to.to_string() }));
            // It ends with the server.
            request.send().await.err()
        };
        let sent_before = pushed(&shell).len();
        let killed = async {
            while pushed(&shell).len() < sent_before + 7 {
                real_sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            ended = advance => panic!("the advance ended before the kill: {ended:?}"),
            () = killed => {}
        }
        server.kill();
        least = pushed(&shell).into_iter().max().unwrap();
        server = serve(&shell);
    }
    let sent = pushed(&shell);
    assert!(sent.is_sorted(), "in the order of their instants: {sent:?}");
}

/// What the command line dates is dated by the sandbox's clock, or its links would have ended before they were made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_made_beside_a_sandbox_is_good_there() {
    let shell = Shell::new(Database::sqlite());
    let server = serve(&shell);
    scene(&shell, &server).await;
    let words = [
        "clinic",
        "sign-in-link",
        "--slug",
        "lab",
        "--email",
        "clinician@lab.example.org",
        "--sandbox-clock",
        "true",
    ];
    let (code, said) = shell.run(&words);
    assert_eq!(code, Some(0), "{said}");
    let mut raw = Raw::connect(&shell.database);
    let expires_at =
        raw.number("SELECT max(expires_at) AS value FROM one_time_codes WHERE purpose = 'sign_in'");
    let two_days_on: jiff::Timestamp = "2031-01-03T00:00:00Z".parse().unwrap();
    assert_eq!(expires_at, two_days_on.as_microsecond());
}
