//! A patient's own page without a script: putting off, taking back, reading what is new.

use footing_tests::clinic::text;
use footing_tests::{Caller, Database};
use serde_json::json;

use super::{Scene, phases};

/// The value of a hidden field of the form whose button says so.
fn hidden<'a>(page: &'a str, field: &str, before: &str) -> &'a str {
    let end = page.find(before).expect("the button is there");
    let form = &page[..end];
    let form = &form[form.rfind("<form").expect("its form")..];
    let (_, value) = form
        .split_once(&format!("name=\"{field}\" value=\""))
        .expect("the field is there");
    value.split('"').next().unwrap_or_default()
}

async fn press(page: &Caller, html: &str, button: &str, rest: &str) -> String {
    let (answer, occurrence) = (
        hidden(html, "answer", button),
        hidden(html, "occurrence", button),
    );
    let form = format!("answer={answer}&occurrence={occurrence}&{rest}");
    let reply = page.post_form("/today/answers", &form).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("location").to_owned()
}

async fn a_page_puts_off_and_takes_back_without_a_script(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    // 08:30 in Berlin.
    scene.server.advance("2026-03-02T07:30:00Z").await;
    let sent = scene.sent();
    let page = scene.phone.get("/today").await.text();
    let later = press(
        &scene.phone,
        &page,
        "value=\"60\"",
        "kind=snooze&snooze_min=60",
    )
    .await;
    assert_eq!(later, "/today?note=snoozed");
    assert!(
        scene
            .phone
            .get(&later)
            .await
            .text()
            .contains("reminded later")
    );
    scene.server.advance("2026-03-02T08:29:59Z").await;
    assert_eq!(scene.sent(), sent);
    scene.server.advance("2026-03-02T08:30:00Z").await;
    assert_eq!(scene.sent(), sent + 1);

    let page = scene.phone.get("/today").await.text();
    assert!(!page.contains("value=\"undo\""), "nothing to take back yet");
    press(&scene.phone, &page, "value=\"done\"", "kind=done").await;
    scene.server.advance("2026-03-02T08:31:00Z").await;
    let page = scene.phone.get("/today").await.text();
    assert!(!page.contains("Remind me later"), "it is answered");
    let undone = press(&scene.phone, &page, "value=\"undo\"", "kind=undo").await;
    assert_eq!(undone, "/today?note=undone");
    assert_eq!(
        scene.phases("2026-03-02").await,
        phases(&[("08:00", "open")])
    );
}

async fn every_word_a_page_may_be_sent_back_with_is_known(database: Database) {
    let scene = Scene::set(database).await;
    for note in [
        "applied",
        "undone",
        "snoozed",
        "duplicate",
        "conflict",
        "too_early",
        "too_late",
        "extra",
        "not_applicable",
        "snooze_limit",
        "after_close",
        "quiet_hours",
        "quarantined",
        "discarded",
        "unknown_occurrence",
    ] {
        let page = scene.phone.get(&format!("/today?note={note}")).await;
        assert_eq!(page.status, 200, "{note}");
        assert!(page.text().contains("role=\"status\""), "{note}");
    }
}

async fn what_is_new_is_shown_until_it_was_read(database: Database) {
    let scene = Scene::with_plan(database, &["08:00"]).await;
    scene
        .clinic
        .clinician
        .put(
            &format!("/v1/patients/{}/time-zone", scene.patient),
            &json!({ "time_zone": "America/New_York" }),
        )
        .await
        .expect(200);
    let page = scene.phone.get("/today").await.text();
    assert!(page.contains("New for you"), "{page}");
    let notices = scene.phone.get("/v1/me/notices").await.expect(200);
    let form = format!("notice={}", text(&notices["notices"][0], "id"));
    assert!(page.contains(text(&notices["notices"][0], "id")));
    let read = scene.phone.post_form("/today/notices", &form).await;
    assert_eq!((read.status, read.header("location")), (303, "/today"));
    let page = scene.phone.get("/today").await.text();
    assert!(!page.contains("New for you"), "{page}");
    let wrong = scene.phone.post_form("/today/notices", "notice=x").await;
    assert_eq!(wrong.status, 400);
}

footing_tests::on_both_engines!(
    a_page_puts_off_and_takes_back_without_a_script,
    every_word_a_page_may_be_sent_back_with_is_known,
    what_is_new_is_shown_until_it_was_read,
);
