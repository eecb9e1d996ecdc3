//! `GET /documents/{terms,privacy,sponsors}`: what the house says about itself, as HTML or as Markdown.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use throng_api::ReturnCode as Rc;
use throng_api::documents::Document as Shown;

use crate::app::App;
use crate::documents::{Document, markdown};
use crate::error::Error;
use crate::wire::ok;

type Asked = Query<BTreeMap<String, String>>;

/// Shows the terms.
pub async fn terms(state: State<App>, query: Asked) -> Result<Response, Error> {
    show(Document::Terms, state, query).await
}

/// Shows what becomes of data.
pub async fn privacy(state: State<App>, query: Asked) -> Result<Response, Error> {
    show(Document::Privacy, state, query).await
}

/// Shows who pays.
pub async fn sponsors(state: State<App>, query: Asked) -> Result<Response, Error> {
    show(Document::Sponsors, state, query).await
}

async fn show(document: Document, State(app): State<App>, Query(query): Asked) -> Result<Response, Error> {
    let format = query.get("format").map(String::as_str).filter(|text| !text.is_empty()).unwrap_or("html");
    if !matches!(format, "html" | "markdown") {
        return Err(Error::refused_with(Rc::BadRequest, "'format' needs to be one of ['html', 'markdown']"));
    }
    let text = document.read(&app.config.data_dir()).await.map_err(Error::internal)?;
    Ok(ok(&match format {
        "html" => Shown { html: Some(markdown::html(&text)), markdown: None },
        _ => Shown { html: None, markdown: Some(text) },
    }))
}
