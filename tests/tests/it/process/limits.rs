//! A server that is given next to nothing.

use footing_tests::Database;
use tokio::net::TcpStream;

use super::{Scene, at, kept, until, upload};
use crate::installed::Server;

/// Files and connections the process may have open.
const FILES: usize = 64;

/// What the process has open.
fn open(server: &Server) -> usize {
    let folder = format!("/proc/{}/fd", server.child.id());
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn with_no_file_descriptor_left_it_goes_on_for_who_is_there_and_takes_others_later() {
    let scene = Scene::new(Database::sqlite()).await;
    let command = scene
        .shell
        .command_under(&format!("ulimit -n {FILES}"), &["serve"]);
    let mut server = scene.shell.serving(command);
    let phone = scene.phone(&server);
    upload(&phone, 0..1).await.expect(200);

    // Fewer than the kernel keeps in line for a listener.
    let mut crowd = Vec::new();
    for _ in 0..2 * FILES {
        crowd.push(TcpStream::connect(server.address()).await.unwrap());
    }
    until("full", async || open(&server) >= FILES).await;
    let mut acknowledged = 1;
    for number in 1..20 {
        let answer = upload(&phone, number..number + 1).await;
        match answer.status {
            200 => acknowledged += 1,
            503 => assert_eq!(answer.problem(), "unavailable"),
            status => panic!("{status}: {}", answer.text()),
        }
    }
    assert!(open(&server) >= FILES - 1, "it was full all the while");

    drop(crowd);
    let other = at(&server, &scene.phones[1]);
    until("ready", async || other.get("/readyz").await.status == 200).await;
    upload(&other, 20..21).await.expect(200);
    let there = kept(&scene.shell.database).len();
    assert_eq!(
        there,
        acknowledged + 1,
        "what was acknowledged, and no more"
    );
    assert!(
        server.child.try_wait().unwrap().is_none(),
        "the same process"
    );
    let log = scene.shell.log();
    assert!(!log.contains("panicked"), "{log}");
}
