//! The few files pages load: part of the binary, named by their content, kept by browsers for good.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::json;

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
    /// Follows what changes while a page is open.
    Live,
    /// htmx 2.0.8, as its makers give it (0BSD, `static/vendor/htmx-2.0.8.LICENSE`): sends forms and puts the answer in place.
    Htmx,
    /// The queue of answers that wait for a connection.
    Queue,
    /// Keeps a patient's day without a connection.
    Day,
    /// The icon.
    Icon,
    /// The icon of the installed app, 192 px.
    Icon192,
    /// The same, 512 px.
    Icon512,
}

/// The stylesheet, a file for each part of the pages; what depends on the medium comes last.
const STYLE: &str = concat!(
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/patient.css"),
    include_str!("../../static/css/forms.css"),
    include_str!("../../static/css/plan.css"),
    include_str!("../../static/css/phone.css"),
    include_str!("../../static/css/own.css"),
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
const SCRIPT: &str = "text/javascript; charset=utf-8";

impl Asset {
    const ALL: [Self; 11] = [
        Self::Style,
        Self::Code,
        Self::Plot,
        Self::Course,
        Self::Live,
        Self::Htmx,
        Self::Queue,
        Self::Day,
        Self::Icon,
        Self::Icon192,
        Self::Icon512,
    ];

    /// What a patient's pages need where there is no connection.
    const SHELL: [Self; 5] = [
        Self::Style,
        Self::Queue,
        Self::Day,
        Self::Icon,
        Self::Icon192,
    ];

    /// Stem, extension, media type and content: the one table.
    fn row(self) -> (&'static str, &'static str, &'static str, &'static [u8]) {
        match self {
            Self::Style => (
                "footing",
                "css",
                "text/css; charset=utf-8",
                STYLE.as_bytes(),
            ),
            Self::Code => ("code", "js", SCRIPT, include_bytes!("../../static/code.js")),
            Self::Plot => ("uplot", "js", SCRIPT, PLOT.as_bytes()),
            Self::Course => (
                "course",
                "js",
                SCRIPT,
                include_bytes!("../../static/course.js"),
            ),
            Self::Live => ("live", "js", SCRIPT, include_bytes!("../../static/live.js")),
            Self::Htmx => (
                "htmx",
                "js",
                SCRIPT,
                include_bytes!("../../static/vendor/htmx-2.0.8.min.js"),
            ),
            Self::Queue => ("queue", "js", SCRIPT, QUEUE_SCRIPT.as_bytes()),
            Self::Day => ("day", "js", SCRIPT, include_bytes!("../../static/day.js")),
            Self::Icon => (
                "icon",
                "svg",
                "image/svg+xml",
                include_bytes!("../../static/icon.svg"),
            ),
            Self::Icon192 => (
                "icon-192",
                "png",
                "image/png",
                include_bytes!("../../static/icons/icon-192.png"),
            ),
            Self::Icon512 => (
                "icon-512",
                "png",
                "image/png",
                include_bytes!("../../static/icons/icon-512.png"),
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
    let Digest([a, b, c, d, ..]) = Digest::of(body);
    format!("/static/{stem}.{a:02x}{b:02x}{c:02x}{d:02x}.{extension}")
}

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/static/{name}").get(Access::Public, serve),
        at("/sw.js").get(Access::Public, service_worker),
        at(MANIFEST).get(Access::Public, manifest),
        at(REMIND).get(Access::Public, remind),
    ]
}

/// Where the manifest of the installed app is.
pub const MANIFEST: &str = "/app.webmanifest";

/// What a browser needs to know to install a patient's pages.
async fn manifest() -> HttpResponse {
    let icon = |asset: Asset, sizes: &str, purpose: &str| {
        let (_, _, media_type, _) = asset.row();
        json!({ "src": asset.url(), "sizes": sizes, "type": media_type, "purpose": purpose })
    };
    let manifest = json!({
        "id": START,
        "name": "Footing",
        "short_name": "Footing",
        "start_url": START,
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f6f6",
        "theme_color": "#0f5f6b",
        "icons": [
            icon(Asset::Icon, "any", "any"),
            icon(Asset::Icon192, "192x192", "any maskable"),
            icon(Asset::Icon512, "512x512", "any maskable"),
        ],
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/manifest+json"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(manifest.to_string())
}

/// The page the installed app opens on, and the one that is kept without a connection.
const START: &str = "/today";

/// The service worker: at the root, because its place is its scope, under one name, because a browser
/// looks there for a newer one, and never kept, so that it finds it. Before it stand the files it keeps.
async fn service_worker() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, SCRIPT))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(worker_script())
}

fn worker_script() -> String {
    let urls = Asset::SHELL.map(Asset::url);
    let Digest([a, b, c, d, ..]) = Digest::of(urls.concat().as_bytes());
    let shell = json!({
        "name": format!("footing-shell-{a:02x}{b:02x}{c:02x}{d:02x}"),
        "urls": urls,
        "page": OFF_LINE,
    });
    format!("self.footingShell = {shell};\n{QUEUE_SCRIPT}\n{SERVICE_WORKER}")
}

const SERVICE_WORKER: &str = include_str!("../../static/sw.js");
const QUEUE_SCRIPT: &str = include_str!("../../static/queue.js");

/// What is shown in the place of a page that cannot be had: nobody's, in every language.
pub const OFF_LINE: &str = "/off-line";

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
        .insert_header((header::CONTENT_TYPE, SCRIPT))
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
    fn the_worker_keeps_files_that_are_served_and_no_page_of_anybody() {
        let script = worker_script();
        for asset in Asset::SHELL {
            assert!(script.contains(asset.url()), "{}", asset.url());
        }
        for page in ["/worklist", "/patients", "/sign-in"] {
            assert!(!script.contains(page), "{page}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let scripts = [
            ("sw", SERVICE_WORKER.as_bytes()),
            ("remind", REMIND_SCRIPT.as_bytes()),
        ];
        // A namespace, where a vendored library says it comes from, and a base that is never asked: none is fetched.
        let harmless = [
            "http://www.w3.org/2000/svg",
            "/*! https://github.com/leeoniya/uPlot (v1.6.32) */",
            "\"http://x\"",
        ];
        let texts = Asset::ALL
            .into_iter()
            .filter(|asset| asset.row().2 != "image/png");
        let assets = texts.map(|asset| (asset.row().0, asset.row().3));
        for (asset, body) in assets.chain(scripts) {
            let body = std::str::from_utf8(body).unwrap().to_owned();
            let body = harmless
                .iter()
                .fold(body, |body, words| body.replace(words, ""));
            assert!(
                !body.contains("http://") && !body.contains("https://"),
                "{asset:?} names another host"
            );
        }
    }
}
