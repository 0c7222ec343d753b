//! The page that says why an occurrence is as it is, and the marks that lead to it.

use footing_tests::Database;
use footing_tests::clinic::text;
use footing_tests::example::done;

use super::Scene;

impl Scene {
    async fn page(&self, path: &str, status: u16) -> String {
        let reply = self.clinic.clinician.get(path).await;
        assert_eq!(reply.status, status, "{path}");
        reply.text()
    }
}

async fn every_mark_of_the_grid_leads_to_what_happened(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    let id = text(&scene.first().await, "id").to_owned();
    scene.server.advance("2026-03-02T07:00:00Z").await;
    scene.server.advance("2026-03-02T07:30:00Z").await;
    scene.answer(&[done(1, &id, "2026-03-02T07:20:00Z")]).await;
    let path = format!("/patients/{}/occurrences/{id}", scene.patient);
    let patient = scene
        .page(&format!("/patients/{}", scene.patient), 200)
        .await;
    assert!(
        patient.contains(&format!("href=\"{path}\"")),
        "the grid has no link"
    );
    let page = scene.page(&path, 200).await;
    let mut from = 0;
    for said in [
        "Planned, from version 1 of the plan",
        "First reminder: sent",
        "Answer: done",
    ] {
        let at = page[from..].find(said);
        from += at.unwrap_or_else(|| panic!("in this order, but not {said}: {page}"));
    }
    assert!(
        page.contains("Test Patient 01") && page.contains("Mon 2 Mar 2026"),
        "{page}"
    );
    let other = scene.clinic.patient("Test Patient 02").await;
    scene
        .page(&format!("/patients/{other}/occurrences/{id}"), 404)
        .await;
}

footing_tests::on_both_engines!(every_mark_of_the_grid_leads_to_what_happened);
