//! The language of somebody Footing does not know yet: the one the browser asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header};

use crate::texts::Voice;

/// Speaks the most wanted language there is.
pub fn asked_for(request: &HttpRequest) -> Voice {
    let wanted = AcceptLanguage::parse(request).map_or_else(|_| Vec::new(), |list| list.ranked());
    let spoken = wanted.iter().find_map(|preference| {
        let tag = preference.item()?;
        let voice = Voice::of(tag.as_str());
        (voice.language() == tag.primary_language()).then_some(voice)
    });
    spoken.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT_LANGUAGE;
    use actix_web::test::TestRequest;

    use super::*;

    fn spoken(wanted: &str) -> &'static str {
        let request = TestRequest::default()
            .insert_header((ACCEPT_LANGUAGE, wanted))
            .to_http_request();
        asked_for(&request).language()
    }

    #[test]
    fn the_most_wanted_language_there_is_is_spoken() {
        for (wanted, expected) in [
            ("de-AT,de;q=0.9,en;q=0.5", "de"),
            ("fr-FR,es;q=0.7,de;q=0.8", "de"),
            ("fr", "en"),
            ("*", "en"),
            ("es-419", "es"),
            ("", "en"),
            ("not a language;;q=x", "en"),
        ] {
            assert_eq!(spoken(wanted), expected, "{wanted}");
        }
        let silent = TestRequest::default().to_http_request();
        assert_eq!(asked_for(&silent).language(), "en");
    }
}
