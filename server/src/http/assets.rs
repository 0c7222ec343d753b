//! The few files pages load: part of the binary, named by their content, kept by browsers for good.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use super::extract::Path;
use super::router::{Access, Endpoint, at};
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::types::Digest;

/// A file pages load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    /// The stylesheet.
    Style,
    /// Moves a one-time code from the address into its field.
    Code,
    /// uPlot, which draws on a canvas.
    Plot,
    /// Lets one zoom into the pictures of a course.
    Course,
    /// The icon.
    Icon,
    /// Follows what changes while a page is open.
    Live,
    /// htmx 2.0.8, as its makers give it (0BSD, `static/vendor/htmx-2.0.8.LICENSE`): sends forms and puts the answer in place.
    Htmx,
}

/// The stylesheet, a file for each part of the pages; what depends on the medium comes last.
const STYLE: &str = concat!(
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/patient.css"),
    include_str!("../../static/css/forms.css"),
    include_str!("../../static/css/plan.css"),
    include_str!("../../static/css/phone.css"),
    include_str!("../../static/css/worklist.css"),
    include_str!("../../static/vendor/uplot/uPlot.min.css"),
    include_str!("../../static/css/course.css"),
    include_str!("../../static/css/messages.css"),
    include_str!("../../static/css/planning.css"),
    include_str!("../../static/css/desk.css"),
    include_str!("../../static/css/money.css"),
    include_str!("../../static/css/media.css"),
);

/// uPlot 1.6.32 as its registry has it (npm, uplot-1.6.32.tgz), with its licence (MIT) before it.
const PLOT: &str = concat!(
    "/*!\n",
    include_str!("../../static/vendor/uplot/LICENSE"),
    "*/\n",
    include_str!("../../static/vendor/uplot/uPlot.iife.min.js"),
);

impl Asset {
    const ALL: [Self; 7] = [
        Self::Style,
        Self::Code,
        Self::Plot,
        Self::Course,
        Self::Icon,
        Self::Live,
        Self::Htmx,
    ];

    /// Stem, extension, media type and content: the one table.
    fn row(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Style => ("footing", "css", "text/css; charset=utf-8", STYLE),
            Self::Code => (
                "code",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("../../static/code.js"),
            ),
            Self::Plot => ("uplot", "js", "text/javascript; charset=utf-8", PLOT),
            Self::Course => (
                "course",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("../../static/course.js"),
            ),
            Self::Live => (
                "live",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("../../static/live.js"),
            ),
            Self::Htmx => (
                "htmx",
                "js",
                "text/javascript; charset=utf-8",
                include_str!("../../static/vendor/htmx-2.0.8.min.js"),
            ),
            Self::Icon => (
                "icon",
                "svg",
                "image/svg+xml",
                include_str!("../../static/icon.svg"),
            ),
        }
    }

    /// Where it is served.
    pub fn url(self) -> &'static str {
        URLS.iter()
            .find(|(asset, _)| *asset == self)
            .map_or("", |(_, url)| url)
    }
}

static URLS: LazyLock<Vec<(Asset, String)>> = LazyLock::new(|| {
    Asset::ALL
        .into_iter()
        .map(|asset| (asset, hashed_url(asset)))
        .collect()
});

fn hashed_url(asset: Asset) -> String {
    let (stem, extension, _, body) = asset.row();
    let Digest([a, b, c, d, ..]) = Digest::of(body.as_bytes());
    format!("/static/{stem}.{a:02x}{b:02x}{c:02x}{d:02x}.{extension}")
}

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/static/{name}").get(Access::Public, serve),
        at("/sw.js").get(Access::Public, service_worker),
        at(REMIND).get(Access::Public, remind),
    ]
}

/// The service worker: at the root, because its place is its scope, under one name, because a browser
/// looks there for a newer one, and never kept, so that it finds it.
async fn service_worker() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(SERVICE_WORKER)
}

const SERVICE_WORKER: &str = include_str!("../../static/sw.js");

/// Where the script is that turns reminders in a browser on and off.
pub const REMIND: &str = "/remind.js";

const REMIND_SCRIPT: &str = include_str!("../../static/remind.js");

/// The script with this server's key before it; nothing where web push is not set up, so that its control
/// stays hidden.
async fn remind(app: web::Data<App>) -> Result<HttpResponse> {
    let script = match app.doors.push.web_push() {
        Some(terms) => {
            let key = serde_json::to_string(&terms.public_key).map_err(Error::internal)?;
            format!("self.footingPushKey = {key};\n{REMIND_SCRIPT}")
        }
        None => String::new(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(script))
}

async fn serve(name: Path<String>) -> Result<HttpResponse> {
    let asset = Asset::ALL
        .into_iter()
        .find(|asset| asset.url().strip_prefix("/static/") == Some(name.0.as_str()));
    let (_, _, media_type, body) = asset.ok_or_else(Error::not_found)?.row();
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_named_by_its_content() {
        for asset in Asset::ALL {
            let (stem, extension, _, _) = asset.row();
            let hash = asset
                .url()
                .strip_prefix(&format!("/static/{stem}."))
                .unwrap();
            let hash = hash.strip_suffix(&format!(".{extension}")).unwrap();
            assert!(
                hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{}",
                asset.url()
            );
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let scripts = [("sw", SERVICE_WORKER), ("remind", REMIND_SCRIPT)];
        let assets = Asset::ALL.map(|asset| (asset.row().0, asset.row().3));
        for (asset, body) in assets.into_iter().chain(scripts) {
            // A namespace, and where a vendored library says it comes from: neither is fetched.
            let body = body.replace("http://www.w3.org/2000/svg", "");
            let body = body.replace("/*! https://github.com/leeoniya/uPlot (v1.6.32) */", "");
            // htmx reads addresses against a base that is never asked.
            let body = body.replace("\"http://x\"", "");
            assert!(
                !body.contains("http://") && !body.contains("https://"),
                "{asset:?} names another host"
            );
        }
    }
}
