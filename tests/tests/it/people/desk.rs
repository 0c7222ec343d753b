//! The team and one's own account in pages: S13 by hand, standing in, inviting, passwords.

use footing_tests::clinic::PASSWORD;
use footing_tests::{Caller, Database, Reply};
use serde_json::json;

use super::{Scene, SeededAlert, seed_alert};

impl Scene {
    fn member(&self, rest: &str) -> String {
        format!("/team/{}{rest}", self.other)
    }

    async fn manage(&self, rest: &str, form: &str) -> Reply {
        let path = self.member(rest);
        self.clinic.clinician.post_form(&path, form).await
    }

    /// A patient and a critical alert of the colleague's.
    async fn colleague_has_a_patient(&self) -> String {
        let body = json!({ "name": "Test Patient 21", "time_zone": "Europe/Berlin" });
        let made = self.colleague.post("/v1/patients", &body).await.expect(201);
        let patient = made["id"].as_str().unwrap().to_owned();
        let alert = SeededAlert {
            number: 21,
            severity: "critical",
            ..SeededAlert::default()
        };
        let whose = (patient.as_str(), self.other.as_str());
        seed_alert(&mut self.raw(), &self.clinic.clinician, whose, &alert);
        patient
    }
}

async fn read(caller: &Caller, path: &str) -> String {
    let page = caller.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

async fn nobody_leaves_before_everything_is_handed_over(database: Database) {
    let scene = Scene::set(database).await;
    scene.colleague_has_a_patient().await;
    let team = read(&scene.clinic.clinician, "/team").await;
    assert!(
        team.contains("nobody unowned") && team.contains("1 critical"),
        "{team}"
    );
    let refused = scene.manage("/deactivate", "").await;
    assert_eq!(refused.status, 409);
    let page = refused.text();
    let why = page
        .split("role=\"alert\"")
        .nth(1)
        .unwrap()
        .split("</div>")
        .next()
        .unwrap();
    for words in [
        "still looks after patients",
        "1 patient in care",
        "1 open alert, 1 of them critical",
        "0 places as deputy",
    ] {
        assert!(why.contains(words), "{words}: {why}");
    }
    scene.colleague.get("/v1/patients").await.expect(200);
    let nobody = scene.manage("/handover", "to=").await;
    assert_eq!(nobody.status, 400);
    assert!(
        nobody.text().contains("id=\"to-error\""),
        "{}",
        nobody.text()
    );
    let same = scene
        .manage("/handover", &format!("to={}", scene.other))
        .await;
    assert!(same.status == 400 && same.text().contains("must be another clinician"));

    let handed = scene
        .manage("/handover", &format!("to={}", scene.admin))
        .await;
    assert_eq!(handed.status, 303, "{}", handed.text());
    let page = read(&scene.clinic.clinician, handed.header("location")).await;
    assert!(
        page.contains("Handed over: 1 patient, 1 open alert, 0 places as deputy")
            && page.contains("nothing left"),
        "{page}"
    );
    let ended = scene.manage("/deactivate", "").await;
    assert_eq!(
        (ended.status, ended.header("location")),
        (303, "/team?done=deactivated")
    );
    let team = read(&scene.clinic.clinician, "/team?done=deactivated").await;
    assert!(
        team.contains("The account is ended")
            && team.contains("nobody unowned")
            && team.contains("ended</span>"),
        "{team}"
    );
    assert_eq!(scene.colleague.get("/team").await.status, 401);
}

/// What must never be is said where it is.
async fn a_patient_whose_owner_left_is_shown_as_unowned(database: Database) {
    let scene = Scene::set(database).await;
    scene.colleague_has_a_patient().await;
    let mut raw = scene.raw();
    let sql = format!(
        "UPDATE clinicians SET active = 0 WHERE id = {}",
        super::bytes(&raw, &scene.other)
    );
    raw.execute(&sql).unwrap();
    let team = read(&scene.clinic.clinician, "/team").await;
    assert!(
        team.contains("1 unowned")
            && team.contains("Test Clinician 02: 1")
            && !team.contains("nobody unowned"),
        "{team}"
    );
    let page = read(&scene.clinic.clinician, &scene.member("")).await;
    assert!(
        page.contains("Hand everything over") && !page.contains("End the account"),
        "{page}"
    );
}

async fn only_admins_change_the_team_and_everybody_sees_it(database: Database) {
    let scene = Scene::set(database).await;
    let team = read(&scene.colleague, "/team").await;
    assert!(
        team.contains("Test Clinician 01") && !team.contains("Invite a clinician"),
        "{team}"
    );
    let page = read(&scene.colleague, &scene.member("")).await;
    assert!(!page.contains("End the account"), "{page}");
    for (path, form) in [
        (
            "/team".to_owned(),
            "name=A&email=a%40example.org&role=clinician".to_owned(),
        ),
        (scene.member("/deactivate"), String::new()),
        (scene.member("/handover"), format!("to={}", scene.admin)),
        (scene.member("/link"), String::new()),
    ] {
        assert_eq!(
            scene.colleague.post_form(&path, &form).await.status,
            403,
            "{path}"
        );
    }
}

async fn an_invitation_is_shown_once_and_works_once(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let wrong = admin
        .post_form("/team", "name=&email=nowhere&role=clinician")
        .await;
    assert_eq!(wrong.status, 400);
    let page = wrong.text();
    assert!(
        page.contains("id=\"name-error\"")
            && page.contains("must be an e-mail address")
            && page.contains("value=\"nowhere\""),
        "{page}"
    );
    let taken = admin
        .post_form(
            "/team",
            &format!(
                "name=A&email={}&role=clinician",
                scene.clinic.email.replace('@', "%40")
            ),
        )
        .await;
    assert!(taken.status == 409 && taken.text().contains("exists already"));
    let made = admin
        .post_form(
            "/team",
            "name=Test+Clinician+07&email=new%40example.org&role=admin",
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text());
    let page = made.text();
    let code = page
        .split("/welcome#")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let session = json!({ "code": code, "password": PASSWORD });
    admin
        .post("/v1/clinicians/password", &session)
        .await
        .expect(201);
    admin
        .post("/v1/clinicians/password", &session)
        .await
        .expect(401);
    assert!(!read(admin, "/team").await.contains(code));
}

async fn somebody_stands_in_for_every_patient_of_a_clinician(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let own = scene.colleague_has_a_patient().await;
    let (third, _) = scene
        .clinic
        .colleague("Test Clinician 03", "clinician")
        .await;
    let other = json!({ "name": "Test Patient 22", "time_zone": "Europe/Berlin" });
    let other = scene
        .colleague
        .post("/v1/patients", &other)
        .await
        .expect(201);
    let other = other["id"].as_str().unwrap();
    let team = json!({ "owner": scene.other, "deputy": third });
    admin
        .put(&format!("/v1/patients/{other}/team"), &team)
        .await
        .expect(204);
    let deputy = async |patient: &str| {
        let team = scene.get(&format!("/v1/patients/{patient}/team")).await;
        team["deputy"].as_str().map(str::to_owned)
    };
    let nobody = scene.manage("/deputy", "deputy=").await;
    assert!(nobody.status == 400 && nobody.text().contains("id=\"deputy-error\""));
    let self_ = scene
        .manage("/deputy", &format!("deputy={}", scene.other))
        .await;
    assert!(self_.status == 400 && self_.text().contains("must be another than the owner"));
    let done = scene
        .manage("/deputy", &format!("deputy={}", scene.admin))
        .await;
    assert_eq!(
        done.header("location"),
        scene.member("?done=stands_in&patients=1")
    );
    assert_eq!(
        (deputy(&own).await, deputy(other).await),
        (Some(scene.admin.clone()), Some(third.clone()))
    );
    let path = format!("/v1/clinicians/{}/deputy", scene.other);
    let all = json!({ "deputy": scene.admin, "replace": true });
    assert_eq!(
        admin.put(&path, &all).await.expect(200),
        json!({ "patients": 1 })
    );
    assert_eq!(
        admin.put(&path, &all).await.expect(200),
        json!({ "patients": 0 }),
        "a repeat changes nothing"
    );
    assert_eq!(deputy(other).await, Some(scene.admin.clone()));
    assert_eq!(scene.audited("clinician.stand_in"), 2);
}

async fn a_password_is_changed_and_other_sessions_end(database: Database) {
    let scene = Scene::set(database).await;
    let admin = &scene.clinic.clinician;
    let second = scene.clinic.sign_in(&scene.server.anonymous()).await;
    let page = read(admin, "/account").await;
    assert!(
        page.contains("this one") && page.contains("End the others"),
        "{page}"
    );
    let old = PASSWORD.replace(' ', "+");
    let form =
        |old: &str, new: &str, again: &str| format!("old={old}&password={new}&again={again}");
    for (form, error) in [
        (
            form("wrong", "a+new+password+9", "a+new+password+9"),
            "old-error",
        ),
        (form(&old, "short", "short"), "password-error"),
        (
            form(&old, "a+new+password+9", "a+new+password+8"),
            "again-error",
        ),
    ] {
        let refused = admin.post_form("/account/password", &form).await;
        assert_eq!(refused.status, 400, "{form}");
        let page = refused.text();
        assert!(page.contains(&format!("id=\"{error}\"")), "{error}: {page}");
        assert!(
            !page.contains("password 9") && !page.contains(PASSWORD),
            "a password is not shown again"
        );
    }
    read(&second, "/account").await;
    let done = admin
        .post_form(
            "/account/password",
            &form(&old, "a+new+password+9", "a+new+password+9"),
        )
        .await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/account?done=password")
    );
    assert_eq!(
        second.get("/account").await.status,
        401,
        "the other session has ended"
    );
    let page = read(admin, "/account?done=password").await;
    assert!(!page.contains("End the others"), "{page}");
}

footing_tests::on_both_engines!(
    nobody_leaves_before_everything_is_handed_over,
    a_patient_whose_owner_left_is_shown_as_unowned,
    only_admins_change_the_team_and_everybody_sees_it,
    an_invitation_is_shown_once_and_works_once,
    somebody_stands_in_for_every_patient_of_a_clinician,
    a_password_is_changed_and_other_sessions_end,
);
