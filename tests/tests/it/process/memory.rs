//! What a long answer costs in memory, on the installed command.

use footing_server::rt::clock::real_timeout;
use footing_tests::Caller;

use super::kills::{self, DOWNLOADED};
use super::{PATIENCE, Scene};
use crate::installed::Server;

/// What a whole download of years may add to the most a server ever held.
const ADDED_MIB: u64 = 64;
/// Downloads at once.
const AT_ONCE: usize = 3;

/// The most memory of its own the process has held so far, in MiB.
fn peak_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.unwrap().parse::<u64>().unwrap() / 1024
}

/// The bytes of an answer, not kept.
async fn length(caller: &Caller, path: &str) -> usize {
    let mut answer = caller.listen(path).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    let mut bytes = 0;
    while let Some(part) = answer.chunk().await.unwrap() {
        bytes += part.len();
    }
    bytes
}

async fn downloads(scene: &Scene, server: &Server) -> usize {
    let phones = scene.phones(server);
    let all = phones
        .iter()
        .take(AT_ONCE)
        .map(|phone| length(phone, "/me/export"));
    futures_util::future::join_all(all).await.into_iter().sum()
}

/// Five years with three sessions a day and what each said in full, by three phones at once.
#[tokio::test]
async fn a_download_of_years_holds_no_whole_of_it_in_memory() {
    let scene = kills::scene(DOWNLOADED, "summary, assessment").await;
    let server = scene.shell.serve(&[]);
    let clinician = scene.clinician(&server);
    let before = peak_mib(&server);
    let bytes = real_timeout(6 * PATIENCE, downloads(&scene, &server)).await;
    let bytes = bytes.expect("downloaded in time");
    let added = peak_mib(&server) - before;
    let mib = bytes / AT_ONCE / (1024 * 1024);
    assert!(mib > 10, "a download of {mib} MiB shows nothing");
    assert!(
        added < ADDED_MIB,
        "{AT_ONCE} downloads of {mib} MiB added {added} MiB to {before} MiB"
    );
    clinician.get("/v1/patients").await.expect(200);
}
