//! HTML: the clinic's clinicians, inviting, standing in, handing over, and the end of an account.

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::handover;
use super::roster::{Roster, roster};
use super::service::{self, NewClinician};
use super::team;
use crate::access::identity::{Identity, identity};
use crate::access::service::link_expires_at;
use crate::access::token::OneTimeCode;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path, Query, Text, email};
use crate::http::format;
use crate::http::guard::{Admin, Clinician};
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::http::typed::Typed;
use crate::store::clinics::{self, Role};
use crate::store::types::ClinicianId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/team")
            .get(Access::Clinician, show)
            .post(Access::Admin, invite),
        at("/team/{clinician}").get(Access::Clinician, member),
        at("/team/{clinician}/deputy").post(Access::Clinician, stand_in),
        at("/team/{clinician}/handover").post(Access::Admin, hand_over),
        at("/team/{clinician}/deactivate").post(Access::Admin, deactivate),
        at("/team/{clinician}/link").post(Access::Admin, link),
    ]
}

/// What was just done, so that the page says so once, and how many it was about.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
struct DoneQuery {
    done: Option<Done>,
    patients: u32,
    alerts: u32,
    deputy_of: u32,
}

/// Something done with the team.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Done {
    HandedOver,
    StandsIn,
    Deactivated,
}

impl DoneQuery {
    fn words(&self) -> Option<String> {
        let count = |number: u32, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            _ => format!("{number} {many}"),
        };
        let patients = count(self.patients, "patient", "patients");
        Some(match self.done? {
            Done::HandedOver => format!(
                "Handed over: {patients}, {}, {}. What was done until now stays under its author.",
                count(self.alerts, "open alert", "open alerts"),
                count(self.deputy_of, "place as deputy", "places as deputy"),
            ),
            Done::StandsIn => format!("The deputy of {patients} is set."),
            Done::Deactivated => {
                "The account is ended, and its sessions with it. Its history stays.".to_owned()
            }
        })
    }
}

#[derive(Template)]
#[template(path = "team.html")]
struct TeamPage {
    identity: Identity,
    roster: Roster,
    me: ClinicianId,
    is_admin: bool,
    done: Option<String>,
    form: Typed,
}

impl TeamPage {
    /// Those who left with patients still theirs.
    fn leavers(&self) -> impl Iterator<Item = &super::roster::Member> {
        self.roster
            .members
            .iter()
            .filter(|one| one.account.active != 1 && one.load.active_patients > 0)
    }
}

async fn team_page(
    app: &App,
    clinician: &Clinician,
    form: Typed,
    done: Option<String>,
) -> Result<TeamPage> {
    let roster = roster(app, clinician.scope).await?;
    Ok(TeamPage {
        identity: identity(app, clinician).await?,
        me: clinician.id,
        is_admin: roster.is_admin(clinician.id),
        roster,
        done,
        form,
    })
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<DoneQuery>,
) -> Result<HttpResponse> {
    html(&team_page(&app, &clinician, Typed::default(), query.0.words()).await?)
}

/// The clinician a form describes; the form remembers what is wrong with it.
fn invited(form: &mut Typed) -> Option<NewClinician> {
    let name = form.needed::<100>("name", "The name");
    let address = form.needed::<100>("email", "The address");
    if let Some(address) = &address
        && let Err(error) = email("/email", address.as_str())
    {
        for broken in error.errors {
            form.blame("email", format!("The address {}.", broken.rule));
        }
    }
    let role = Role::from_name(form.value("role"));
    if role.is_none() {
        form.blame("role", "Choose what they may do.");
    }
    let new = NewClinician {
        name: name.map(Text::into_string)?,
        email: address.map(Text::into_string)?,
        role: role?,
    };
    (!form.is_wrong()).then_some(new)
}

async fn invite(
    app: web::Data<App>,
    clinician: Clinician,
    _: Admin,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let mut status = REFUSED;
    if let Some(new) = invited(&mut typed) {
        match service::add(&app, clinician.scope, new).await {
            Ok((account, code)) => return link_page(&app, &clinician, account.name, &code).await,
            Err(error) if error.code == Code::Conflict => {
                status = error.status_code();
                typed.blame("email", "A clinician with this address exists already.");
            }
            Err(error) => return Err(error),
        }
    }
    html_as(status, &team_page(&app, &clinician, typed, None).await?)
}

#[derive(Template)]
#[template(path = "team_link.html")]
struct LinkPage {
    identity: Identity,
    name: String,
    url: String,
    expires: String,
    zone: String,
}

/// Shows a link once: it is not kept in a form in which it could be shown again.
async fn link_page(
    app: &App,
    clinician: &Clinician,
    name: String,
    code: &OneTimeCode,
) -> Result<HttpResponse> {
    let identity = identity(app, clinician).await?;
    let zone = TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
    let until = link_expires_at(app.now());
    html(&LinkPage {
        name,
        url: format!("{}/welcome#{}", app.settings.public_origin(), code.reveal()),
        expires: format::date_time(until, &zone),
        zone: format::zone(&identity.time_zone, until, &zone),
        identity,
    })
}

async fn link(
    app: web::Data<App>,
    clinician: Clinician,
    _: Admin,
    id: Path<ClinicianId>,
) -> Result<HttpResponse> {
    let id = id.0;
    match service::new_link(&app, clinician.scope, id).await {
        Ok(code) => {
            let account = app
                .store
                .read("clinician", clinician.scope, move |tx| {
                    clinics::clinician(tx, id)
                })
                .await?;
            link_page(&app, &clinician, account.name, &code).await
        }
        Err(error) => refused(&app, &clinician, id, error, Typed::default()).await,
    }
}

#[derive(Template)]
#[template(path = "team_member.html")]
struct MemberPage {
    identity: Identity,
    roster: Roster,
    id: ClinicianId,
    me: ClinicianId,
    is_admin: bool,
    done: Option<String>,
    /// Why the account was not ended, or no link was made.
    refused: Option<String>,
    form: Typed,
}

impl MemberPage {
    fn one(&self) -> Result<&super::roster::Member> {
        self.roster.member(self.id)
    }
}

async fn member_page(
    app: &App,
    clinician: &Clinician,
    id: ClinicianId,
    form: Typed,
    refused: Option<String>,
) -> Result<MemberPage> {
    let roster = roster(app, clinician.scope).await?;
    roster.member(id)?;
    Ok(MemberPage {
        identity: identity(app, clinician).await?,
        id,
        me: clinician.id,
        is_admin: roster.is_admin(clinician.id),
        roster,
        done: None,
        refused,
        form,
    })
}

async fn member(
    app: web::Data<App>,
    clinician: Clinician,
    id: Path<ClinicianId>,
    query: Query<DoneQuery>,
) -> Result<HttpResponse> {
    let page = member_page(&app, &clinician, id.0, Typed::default(), None).await?;
    html(&MemberPage {
        done: query.0.words(),
        ..page
    })
}

/// The clinician's page again, with what stands in the way; an error that is none of a person's goes on.
async fn refused(
    app: &App,
    clinician: &Clinician,
    id: ClinicianId,
    error: Error,
    mut form: Typed,
) -> Result<HttpResponse> {
    let why = match (error.code, error.errors.is_empty()) {
        (Code::Conflict, _) => error.detail.clone(),
        (Code::Invalid, false) => {
            for broken in &error.errors {
                let name = broken.pointer.trim_start_matches('/').to_owned();
                form.blame(name, format!("This {}.", broken.rule));
            }
            None
        }
        _ => return Err(error),
    };
    let page = member_page(app, clinician, id, form, why).await?;
    html_as(error.status_code(), &page)
}

async fn stand_in(
    app: web::Data<App>,
    clinician: Clinician,
    id: Path<ClinicianId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let replace = !typed.value("replace").is_empty();
    let deputy: Option<ClinicianId> = typed.value("deputy").parse().ok();
    let Some(deputy) = deputy else {
        typed.blame("deputy", "Choose who stands in.");
        let page = member_page(&app, &clinician, id.0, typed, None).await?;
        return html_as(REFUSED, &page);
    };
    match team::stand_in(&app, clinician.scope, id.0, Some(deputy), replace).await {
        Ok(patients) => Ok(see_other(&format!(
            "/team/{}?done=stands_in&patients={patients}",
            id.0
        ))),
        Err(error) => refused(&app, &clinician, id.0, error, typed).await,
    }
}

async fn hand_over(
    app: web::Data<App>,
    clinician: Clinician,
    _: Admin,
    id: Path<ClinicianId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let to: Option<ClinicianId> = typed.value("to").parse().ok();
    let Some(to) = to else {
        typed.blame("to", "Choose who gets the patients.");
        let page = member_page(&app, &clinician, id.0, typed, None).await?;
        return html_as(REFUSED, &page);
    };
    match handover::hand_over(&app, clinician.scope, clinician.id, id.0, to).await {
        Ok(done) => Ok(see_other(&format!(
            "/team/{}?done=handed_over&patients={}&alerts={}&deputy_of={}",
            id.0, done.patients, done.alerts, done.deputy_of
        ))),
        Err(error) => refused(&app, &clinician, id.0, error, typed).await,
    }
}

async fn deactivate(
    app: web::Data<App>,
    clinician: Clinician,
    _: Admin,
    id: Path<ClinicianId>,
) -> Result<HttpResponse> {
    match service::deactivate(&app, clinician.scope, id.0).await {
        Ok(()) => Ok(see_other("/team?done=deactivated")),
        Err(error) => refused(&app, &clinician, id.0, error, Typed::default()).await,
    }
}
