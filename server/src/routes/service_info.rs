//! `GET /.well-known/serviceinfo`: who this service is, for programs that look for services.

use axum::extract::State;
use axum::response::Response;
use throng_api::status::{Interface, Interfaces, ServiceInfo, Software};

use crate::app::App;
use crate::wire::ok;

/// The version of the document's own form.
const FORM_VERSION: &str = "0.2";

/// Where the source is; the manifest says it.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// Says who this is.
pub async fn get(State(app): State<App>) -> Response {
    let base = app.config.public_url();
    ok(&ServiceInfo {
        version: FORM_VERSION.to_owned(),
        software: Software {
            name: "Throng".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            repository: REPOSITORY.to_owned(),
            homepage: base.clone(),
            logo: String::new(),
        },
        api: Interfaces {
            aihorde: Interface {
                name: "AI Horde API".to_owned(),
                version: throng_api::API_VERSION.to_owned(),
                documentation: format!("{base}{}", throng_api::BASE_PATH),
                base_url: base,
                rel_url: throng_api::BASE_PATH.to_owned(),
            },
        },
    })
}
