//! What a patient and the clinic write to each other: one thread, few pushes, one row on the worklist.

use footing_server::push::PushKind;
use footing_tests::example::id;
use footing_tests::{Database, Reply};
use serde_json::{Value, json};

use super::{Scene, TOKEN};

impl Scene {
    async fn write(&self, number: u64, text: &str) -> Reply {
        let body = json!({ "id": id("msg", number), "text": text });
        let path = self.path("/messages");
        self.clinic.clinician.post(&path, &body).await
    }

    async fn say(&self, number: u64, text: &str) -> Reply {
        let body = json!({ "id": id("msg", number), "text": text });
        self.phone.post("/v1/me/messages", &body).await
    }

    async fn thread(&self) -> Value {
        self.get(&self.path("/messages")).await
    }

    /// When pushes said that there is a message.
    fn announced(&self) -> Vec<String> {
        let all = self.server.push.all_to(TOKEN).into_iter();
        all.filter(|one| one.kind() == PushKind::Message)
            .map(|one| one.at.to_string())
            .collect()
    }

    /// The patient's row, and its section.
    async fn place(&self) -> (String, Value) {
        let list = self.get("/v1/worklist").await;
        let sections = list["sections"].as_array().unwrap();
        let mut found = sections.iter().flat_map(|part| {
            let rows = part["rows"].as_array().unwrap().iter();
            rows.map(|row| (part["section"].as_str().unwrap().to_owned(), row.clone()))
        });
        let found = found.find(|(_, row)| row["patient"] == json!(self.patient));
        found.unwrap_or_default()
    }
}

async fn several_messages_within_minutes_are_one_push(database: Database) {
    let scene = Scene::set(database).await;
    for (number, at) in ["06:10:00", "06:11:00", "06:11:50"].iter().enumerate() {
        scene.server.advance(&format!("2026-03-02T{at}Z")).await;
        let sent = scene
            .write(number as u64 + 1, "Synthetic words")
            .await
            .expect(200);
        assert_eq!(sent["disposition"], json!("created"));
    }
    scene.server.advance("2026-03-02T06:13:00Z").await;
    assert_eq!(scene.announced(), ["2026-03-02T06:12:00Z"]);
    // The next comes a quarter of an hour later, and says as little.
    scene.write(4, "More synthetic words").await.expect(200);
    scene.server.advance("2026-03-02T06:59:00Z").await;
    assert_eq!(
        scene.announced(),
        ["2026-03-02T06:12:00Z", "2026-03-02T06:27:00Z"]
    );
    let entries = scene.thread().await["entries"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 4);
    assert_eq!(
        (&entries[0]["text"], &entries[0]["kind"]),
        (&json!("More synthetic words"), &json!("message"))
    );
}

async fn what_was_read_meanwhile_is_not_announced(database: Database) {
    let scene = Scene::set(database).await;
    scene.write(1, "Synthetic words").await.expect(200);
    let mine = scene.phone.get("/v1/me/messages").await.expect(200);
    assert_eq!(
        mine["entries"][0]["read_at"],
        Value::Null,
        "reading marks nothing"
    );
    let read = json!({ "up_to": id("msg", 1) });
    scene
        .phone
        .post("/v1/me/messages/read", &read)
        .await
        .expect(204);
    // One that comes later was not seen.
    scene.server.advance("2026-03-02T06:01:00Z").await;
    scene.write(2, "Further words").await.expect(200);
    scene
        .phone
        .post("/v1/me/messages/read", &read)
        .await
        .expect(204);
    scene.server.advance("2026-03-02T06:10:00Z").await;
    assert_eq!(scene.announced().len(), 1, "for the second one");
    // An open page counts as reading too.
    scene.write(3, "Last words").await.expect(200);
    assert_eq!(scene.phone.get("/messages").await.status, 200);
    scene.server.advance("2026-03-02T06:55:00Z").await;
    assert_eq!(scene.announced().len(), 1);
    assert!(scene.thread().await["entries"][0]["read_at"].is_string());
}

async fn nobody_is_woken_by_a_message(database: Database) {
    let mut scene = Scene::set(database).await;
    scene.later("2026-03-02T21:30:00Z").await;
    let before = scene.announced().len();
    scene.write(1, "Synthetic words").await.expect(200);
    scene.later("2026-03-03T05:59:00Z").await;
    scene.write(2, "Further words").await.expect(200);
    assert_eq!(scene.announced().len(), before);
    scene.later("2026-03-03T06:30:00Z").await;
    assert_eq!(scene.announced(), ["2026-03-03T06:00:00Z"]);
}

async fn what_a_patient_wrote_is_one_row_until_it_is_answered(database: Database) {
    let scene = Scene::set(database).await;
    let before = scene.place().await.0;
    for number in 1..=3 {
        scene.say(number, "Synthetic question").await.expect(200);
    }
    let (section, row) = scene.place().await;
    assert_eq!(section, "messages");
    assert_eq!(row["since"], json!("2026-03-02T06:00:00Z"));
    assert_eq!(row["alert"], Value::Null, "a message is no alert");
    assert!(
        row["reason"]
            .as_str()
            .unwrap()
            .starts_with("3 messages wait")
    );
    let list = scene.get("/v1/worklist").await;
    assert_eq!(list["alerts_today"], json!(0));
    assert_eq!(
        scene.thread().await["waiting_since"],
        json!("2026-03-02T06:00:00Z")
    );
    scene.write(9, "Synthetic answer").await.expect(200);
    assert_eq!(scene.place().await.0, before);
    let thread = scene.thread().await;
    assert_eq!(thread["waiting_since"], Value::Null);
    assert_eq!(thread["entries"][1]["settled_how"], json!("answered"));
    assert_eq!(scene.audited("message.send"), 4);
}

async fn what_came_after_the_page_was_read_still_waits(database: Database) {
    let scene = Scene::set(database).await;
    scene.say(1, "Synthetic question").await.expect(200);
    scene.server.advance("2026-03-02T06:01:00Z").await;
    scene.say(2, "Another one").await.expect(200);
    let seen = json!({ "up_to": id("msg", 1) });
    let path = scene.path("/messages/no-answer");
    let clinician = &scene.clinic.clinician;
    assert_eq!(
        clinician.post(&path, &seen).await.expect(200)["messages"],
        json!(1)
    );
    assert_eq!(
        clinician.post(&path, &seen).await.expect(200)["messages"],
        json!(0)
    );
    let (section, row) = scene.place().await;
    assert_eq!(
        (section.as_str(), &row["since"]),
        ("messages", &json!("2026-03-02T06:01:00Z"))
    );
    let answer = json!({ "id": id("msg", 9), "text": "Synthetic answer", "answers": id("msg", 1) });
    clinician
        .post(&scene.path("/messages"), &answer)
        .await
        .expect(200);
    assert_eq!(
        scene.place().await.0,
        "messages",
        "the second one is not answered by it"
    );
    let all = json!({ "up_to": id("msg", 2) });
    assert_eq!(
        clinician.post(&path, &all).await.expect(200)["messages"],
        json!(1)
    );
    assert_ne!(scene.place().await.0, "messages");
}

async fn a_message_is_put_off_until_there_is_another_and_never_reviewed_unread(database: Database) {
    let scene = Scene::set(database).await;
    scene.say(1, "Synthetic question").await.expect(200);
    let path = scene.path("/worklist");
    let clinician = &scene.clinic.clinician;
    for kind in ["reviewed", "acted"] {
        let body = json!({ "section": "messages", "kind": kind, "reason": "Looked at" });
        let refused = clinician.post(&path, &body).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!("/kind"));
    }
    let later = json!({ "section": "messages", "kind": "snoozed", "reason": "After the clinic",
        "until": "2026-03-02T10:00:00Z" });
    clinician.post(&path, &later).await.expect(200);
    assert_ne!(scene.place().await.0, "messages");
    scene.server.advance("2026-03-02T06:30:00Z").await;
    scene.say(2, "Another one").await.expect(200);
    assert_eq!(scene.place().await.0, "messages");
}

async fn a_repeat_is_one_message_and_another_text_is_refused(database: Database) {
    let scene = Scene::set(database).await;
    for (one, other) in [
        (
            scene.say(1, "Synthetic words").await,
            scene.say(1, "Synthetic words").await,
        ),
        (
            scene.write(2, "Synthetic words").await,
            scene.write(2, "Synthetic words").await,
        ),
    ] {
        assert_eq!(one.expect(200)["disposition"], json!("created"));
        assert_eq!(other.expect(200)["disposition"], json!("duplicate"));
    }
    for other in [
        scene.say(1, "Other words").await,
        scene.say(2, "Synthetic words").await,
        scene.write(1, "Synthetic words").await,
    ] {
        assert_eq!(other.expect(200)["disposition"], json!("conflict"));
    }
    let form = format!("id={}&text=Other+words", id("msg", 1));
    assert_eq!(scene.phone.post_form("/messages", &form).await.status, 400);
    assert_eq!(scene.thread().await["entries"].as_array().unwrap().len(), 2);
    for wrong in ["", "  ", "\u{202e}", &"x".repeat(2001)] {
        let refused = scene.say(3, wrong).await.expect(400);
        assert_eq!(refused["errors"][0]["pointer"], json!("/text"), "{wrong}");
    }
    let late =
        json!({ "id": id("msg", 4), "text": "Synthetic", "sent_at": "2026-03-02T06:06:00Z" });
    let refused = scene.phone.post("/v1/me/messages", &late).await.expect(400);
    assert_eq!(refused["errors"][0]["pointer"], json!("/sent_at"));
    // A message of another thread is none of this one.
    let other = scene.clinic.patient("Test Patient 02").await;
    let path = format!("/v1/patients/{other}/messages/read");
    let body = json!({ "up_to": id("msg", 1) });
    scene.clinic.clinician.post(&path, &body).await.expect(400);
}

async fn without_consent_nothing_is_kept(database: Database) {
    let scene = Scene::set(database).await;
    scene
        .phone
        .post("/v1/me/consent/withdraw", &json!({}))
        .await
        .expect(200);
    let said = scene.say(1, "Synthetic words").await.expect(200);
    assert_eq!(said["disposition"], json!("discarded"));
    assert_eq!(scene.thread().await["entries"], json!([]));
}

async fn praise_is_in_the_patients_words_and_counts_as_a_nudge(database: Database) {
    let scene = Scene::set(database).await;
    let path = scene.path("/praise");
    let praise = async |number: u64| {
        let body = json!({ "id": id("msg", number) });
        scene.clinic.clinician.post(&path, &body).await.expect(200)
    };
    let first = json!({ "disposition": "created", "pushed": true });
    assert_eq!(praise(1).await, first);
    assert_eq!(praise(1).await["disposition"], json!("duplicate"));
    scene.server.advance("2026-03-02T06:30:00Z").await;
    assert_eq!(scene.announced().len(), 1);
    // One nudge in 24 hours: the second word stands in the thread only.
    let second = json!({ "disposition": "created", "pushed": false });
    assert_eq!(praise(2).await, second);
    scene.server.advance("2026-03-02T06:59:00Z").await;
    assert_eq!(scene.announced().len(), 1);
    let entries = scene.thread().await["entries"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 2);
    assert!(entries[0]["text"].as_str().unwrap().contains("well done"));
}

async fn a_form_is_shown_again_with_what_was_typed(database: Database) {
    let scene = Scene::set(database).await;
    let path = format!("/patients/{}/messages", scene.patient);
    let form = format!("id={}&text=%E2%80%AEhidden", id("msg", 1));
    for (caller, path) in [
        (&scene.clinic.clinician, path.as_str()),
        (&scene.phone, "/messages"),
    ] {
        let again = caller.post_form(path, &form).await;
        assert_eq!(again.status, 400);
        assert!(again.text().contains("hidden") && again.text().contains("aria-invalid"));
        let sent = caller
            .post_form(path, &format!("id={}&text=", id("msg", 1)))
            .await;
        assert_eq!(sent.status, 400);
    }
    let form = format!("id={}&text=One%0D%0Atwo+%3Cb%3E", id("msg", 1));
    assert_eq!(scene.phone.post_form("/messages", &form).await.status, 303);
    let page = scene.clinic.clinician.get(&path).await.text();
    assert!(page.contains("<p>One</p><p>two &#60;b&#62;</p>"), "{page}");
    assert!(page.contains("No answer needed"));
}

footing_tests::on_both_engines!(
    several_messages_within_minutes_are_one_push,
    what_was_read_meanwhile_is_not_announced,
    nobody_is_woken_by_a_message,
    what_a_patient_wrote_is_one_row_until_it_is_answered,
    what_came_after_the_page_was_read_still_waits,
    a_message_is_put_off_until_there_is_another_and_never_reviewed_unread,
    a_repeat_is_one_message_and_another_text_is_refused,
    without_consent_nothing_is_kept,
    praise_is_in_the_patients_words_and_counts_as_a_nudge,
    a_form_is_shown_again_with_what_was_typed,
);
