//! JSON: check-ins of the caller.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api_pain::DatesQuery;
use super::item::CheckinBody;
use super::service;
use super::views::{AdviceView, CheckinView, TodayView};
use super::{api_pain, read};
use crate::app::App;
use crate::error::{Code, Result};
use crate::http::batch::{self, ItemResult, RawItem};
use crate::http::extract::{BATCH, Json, Query};
use crate::http::guard::Patient;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};

/// The routes of check-ins, pain and suspensions.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/me/checkin").get(Access::Patient, my_checkin),
        at("/v1/me/checkins")
            .get(Access::Patient, my_checkins)
            .post(Access::Patient, check_in),
        at("/v1/patients/{patient}/checkins").get(Access::Clinician, api_pain::checkins),
        at("/v1/patients/{patient}/pain").get(Access::Clinician, api_pain::pain),
        at("/v1/patients/{patient}/suspensions").get(Access::Clinician, api_pain::suspensions),
        at("/v1/patients/{patient}/suspensions/{suspension}/end")
            .post(Access::Clinician, api_pain::end_suspension),
    ]
}

/// What the caller is asked today.
#[utoipa::path(get, path = "/v1/me/checkin", tag = "patient", security(("token" = [])),
    responses((status = 200, body = TodayView), (status = "4XX", body = Problem)))]
pub async fn my_checkin(app: web::Data<App>, me: Patient) -> Result<HttpResponse> {
    let today = read::today(&app, me.scope, me.id).await?;
    Ok(HttpResponse::Ok().json(TodayView::of(today)?))
}

/// Check-ins in order of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckinList {
    /// Each, those that were corrected included.
    pub(super) checkins: Vec<CheckinView>,
}

/// The caller's check-ins; the last 28 days where no dates are named.
#[utoipa::path(get, path = "/v1/me/checkins", tag = "patient", params(DatesQuery), security(("token" = [])),
    responses((status = 200, body = CheckinList), (status = "4XX", body = Problem)))]
pub async fn my_checkins(
    app: web::Data<App>,
    me: Patient,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    let rows = read::list(&app, me.scope, me.id, query.0.dates()).await?;
    let checkins = rows
        .into_iter()
        .map(CheckinView::of)
        .collect::<Result<_>>()?;
    Ok(HttpResponse::Ok().json(CheckinList { checkins }))
}

/// A batch of check-ins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkins {
    /// 1 to 100 check-ins, each a `CheckinBody`.
    #[schema(value_type = Vec<CheckinBody>, min_items = 1, max_items = 100)]
    checkins: Vec<RawItem>,
}

/// What became of a batch, and what the patient is to see now.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct CheckinResults {
    /// One for each item, in their order.
    results: Vec<ItemResult>,
    /// To be shown at once, each text once, the most pressing first.
    advice: Vec<AdviceView>,
    /// Whether the red-flag questions should be asked now.
    ask_red_flags: bool,
}

/// Takes check-ins. Dispositions: created, duplicate, conflict, invalid. A repeated batch changes nothing and gives the
/// same advice.
#[utoipa::path(post, path = "/v1/me/checkins", tag = "patient", security(("token" = [])), request_body = Checkins,
    responses((status = 200, body = CheckinResults), (status = "4XX", body = Problem)))]
pub async fn check_in(
    app: web::Data<App>,
    me: Patient,
    body: Json<Checkins, BATCH>,
) -> Result<HttpResponse> {
    batch::check_size("/checkins", &body.0.checkins)?;
    let mut answer = CheckinResults::default();
    for (index, item) in body.0.checkins.iter().enumerate() {
        answer.take(&app, &me, index, item).await?;
    }
    answer.order_advice();
    Ok(HttpResponse::Ok().json(answer))
}

impl CheckinResults {
    async fn take(&mut self, app: &App, me: &Patient, index: usize, item: &RawItem) -> Result<()> {
        let body: CheckinBody = match item.parse() {
            Ok(body) => body,
            Err(error) => {
                self.results.push(ItemResult::invalid(index, None, &error));
                return Ok(());
            }
        };
        let id = Some(body.id.to_string());
        let result = match service::take(app, me, body).await {
            Ok(taken) => {
                let views = taken
                    .advice
                    .iter()
                    .map(|one| AdviceView::of(one, &taken.locale));
                self.advice.extend(views);
                self.ask_red_flags |= taken.ask_red_flags;
                ItemResult {
                    index,
                    id,
                    disposition: taken.disposition,
                    errors: Vec::new(),
                }
            }
            Err(error) if error.code == Code::Invalid => ItemResult::invalid(index, id, &error),
            Err(error) => return Err(error),
        };
        self.results.push(result);
        Ok(())
    }

    /// Emergency first, then urgent, then the rest; each text once.
    fn order_advice(&mut self) {
        let pressing = |key: &str| match key {
            "advice_emergency" => 0,
            "advice_urgent" => 1,
            _ => 2,
        };
        self.advice.sort_by_key(|one| pressing(one.key));
        let mut seen = std::collections::BTreeSet::new();
        self.advice.retain(|one| seen.insert(one.text.clone()));
    }
}
