//! The clinic's settings in pages: part by part, for the part as it was seen, echoed where they work.

use footing_tests::{Caller, Database};
use serde_json::json;

use super::Scene;

/// What a part was when the page was made.
fn seen(page: &str, part: &str) -> String {
    let of_part = page
        .split(&format!("name=\"part\" value=\"{part}\""))
        .nth(1)
        .unwrap();
    let rest = of_part.split("name=\"seen\" value=\"").nth(1).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn worklist(seen: &str, plan_ends_days: &str) -> String {
    format!(
        "part=worklist&seen={seen}&worklist%2Finsole_quiet_days=3&worklist%2Fplan_ends_days={plan_ends_days}&\
         worklist%2Fgood_days=14&worklist%2Falerts_a_day=20"
    )
}

async fn page(caller: &Caller) -> String {
    let page = caller.get("/settings").await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

async fn a_threshold_is_changed_and_echoed_where_it_works(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let before = page(admin).await;
    assert!(
        before.contains("Nothing was changed yet") && before.contains("1 to 60; default 7"),
        "{before}"
    );
    let seen = seen(&before, "worklist");
    for (typed, words) in [
        ("61", "This must be between 1 and 60."),
        ("soon", "Give a whole number, 1 to 60."),
    ] {
        let refused = admin.post_form("/settings", &worklist(&seen, typed)).await;
        assert_eq!(refused.status, 400);
        let page = refused.text();
        assert!(
            page.contains("id=\"worklist/plan_ends_days-error\"") && page.contains(words),
            "{page}"
        );
        assert!(
            page.contains(&format!("value=\"{typed}\"")),
            "what was typed is kept"
        );
    }
    assert_eq!(scene.audited("clinic.settings"), 0);
    let saved = admin.post_form("/settings", &worklist(&seen, "21")).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/settings?saved=worklist#worklist")
    );
    let list = scene.get("/v1/worklist").await;
    assert_eq!(list["rules"]["plan_ends_days"], json!(21));
    assert!(admin.get("/worklist").await.text().contains("21 days"));
    let after = page(admin).await;
    assert!(
        after.contains("Last changed by Test Clinician 01, Mon 2 Mar 2026, 07:00"),
        "{after}"
    );
    assert_eq!(after.matches("set by the clinic").count(), 1);
}

async fn of_two_who_change_the_same_part_the_second_sees_the_first(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let both = page(admin).await;
    let (of_list, of_pain) = (seen(&both, "worklist"), seen(&both, "scales"));
    assert_eq!(
        admin
            .post_form("/settings", &worklist(&of_list, "21"))
            .await
            .status,
        303
    );
    let late = admin.post_form("/settings", &worklist(&of_list, "9")).await;
    assert_eq!(late.status, 409);
    let text = late.text();
    assert!(
        text.contains("changed meanwhile")
            && text.contains("now 21 days")
            && text.contains("value=\"9\""),
        "{text}"
    );
    assert_eq!(
        scene.get("/v1/clinic/settings").await["worklist"]["plan_ends_days"],
        json!(21)
    );
    // Another part was not touched, and does not undo what was saved.
    let other = format!(
        "part=scales&seen={of_pain}&scales%2Fpsfs_every_days=14&scales%2Frmdq_every_days=28"
    );
    assert_eq!(admin.post_form("/settings", &other).await.status, 303);
    let settings = scene.get("/v1/clinic/settings").await;
    assert_eq!(
        (
            &settings["worklist"]["plan_ends_days"],
            &settings["scales"]["psfs_every_days"]
        ),
        (&json!(21), &json!(14))
    );
    // Having seen it, it is replaced.
    let again = admin
        .post_form("/settings", &worklist(&seen(&text, "worklist"), "9"))
        .await;
    assert_eq!(again.status, 303, "{}", again.text());
}

/// The names and values of a part's form, as a browser would send them.
fn form(page: &str, part: &str) -> Vec<(String, String)> {
    let section = page
        .split(&format!("<section id=\"{part}\""))
        .nth(1)
        .unwrap();
    let section = section.split("</section>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    let mut fields: Vec<(String, String)> = section
        .split("<input")
        .skip(1)
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect();
    if part == "reminders" {
        fields.push(("reminders/digest".to_owned(), "off".to_owned()));
    }
    fields
}

fn encoded(fields: &[(String, String)]) -> String {
    let url = reqwest::Url::parse_with_params("http://form/", fields).unwrap();
    url.query().unwrap().to_owned()
}

fn with(mut fields: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    let own = fields.iter_mut().find(|(known, _)| known == name);
    own.unwrap_or_else(|| panic!("no {name}")).1 = value.to_owned();
    fields
}

async fn quiet_hours_and_steps_of_silence_are_checked_together(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let fields = form(&page(admin).await, "reminders");
    let refused = admin
        .post_form(
            "/settings",
            &encoded(&with(fields.clone(), "reminders/silence/silent_days", "3")),
        )
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .text()
            .contains("id=\"reminders/silence/gentle_days-error\""),
        "{}",
        refused.text()
    );
    let half = with(fields.clone(), "reminders/quiet_hours/fri/to", "");
    let refused = admin.post_form("/settings", &encoded(&half)).await;
    assert!(refused.status == 400 && refused.text().contains("Give both times, or none."));
    let none = with(half, "reminders/quiet_hours/fri/from", "");
    let none = with(none, "reminders/quiet_hours/sat/from", "23:30");
    let saved = admin.post_form("/settings", &encoded(&none)).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let quiet = scene.get("/v1/clinic/settings").await["reminders"]["quiet_hours"].clone();
    assert_eq!(quiet.get("fri"), None);
    assert_eq!(quiet["sat"], json!({ "from": "23:30", "to": "07:00" }));
    assert_eq!(quiet["sun"], json!({ "from": "22:00", "to": "07:00" }));
    let pain = form(&page(admin).await, "pain");
    let refused = admin
        .post_form("/settings", &encoded(&with(pain, "pain/spike_from", "4")))
        .await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .text()
            .contains("This must not be below “An exercise is stepped back or rests above”"),
        "{}",
        refused.text()
    );
}

async fn who_is_no_admin_reads_and_changes_nothing(database: Database) {
    let scene = Scene::set(database).await;
    let text = page(&scene.colleague).await;
    assert!(
        text.contains("Admins can change these settings") && !text.contains("Save worklist"),
        "{text}"
    );
    assert!(text.contains("22:00 to 07:00"), "{text}");
    let own = seen(&page(&scene.clinic.clinician).await, "worklist");
    assert_eq!(
        scene
            .colleague
            .post_form("/settings", &worklist(&own, "9"))
            .await
            .status,
        403
    );
    let settings = scene.get("/v1/clinic/settings").await;
    assert_eq!(
        scene
            .colleague
            .put("/v1/clinic/settings", &settings)
            .await
            .status,
        403
    );
    let odd = scene
        .clinic
        .clinician
        .post_form("/settings", "part=nothing&seen=0")
        .await;
    assert_eq!(odd.status, 400);
}

footing_tests::on_both_engines!(
    a_threshold_is_changed_and_echoed_where_it_works,
    of_two_who_change_the_same_part_the_second_sees_the_first,
    quiet_hours_and_steps_of_silence_are_checked_together,
    who_is_no_admin_reads_and_changes_nothing,
);
