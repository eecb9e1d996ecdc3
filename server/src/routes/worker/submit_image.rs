//! `POST /generate/submit`: a dreamer hands an image in, uploaded before or in base64, or says that it failed.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::submit::{Metadata, State as Outcome, Submit, Submitted};
use throng_domain::offer::{ImageProduct, Product};
use throng_domain::refusal::SubmitRefusal;
use throng_domain::{GenerationId, Kind, UserId};
use uuid::Uuid;

use super::super::asked::number;
use crate::app::App;
use crate::auth::Call;
use crate::desk::DeskError;
use crate::error::Error;
use crate::images::links::result_name;
use crate::images::source::decode_base64;
use crate::refusal::submit_refusal;
use crate::validation::{self, bodies};
use crate::wire::{JsonBody, ok};

/// Remarks about one image.
const METADATA_MAX: usize = 50;

/// What is said of `generation` where it is missing.
pub(super) const GENERATION_HELP: &str = "R2 result was uploaded to R2, else the string of the result.";

/// Takes an image in and pays for it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::IMAGE_SUBMIT, &body)?;
    call.key()?;
    validation::need(&body, "generation", GENERATION_HELP)?;
    let submit: Submit = validation::typed(body)?;
    let handed = Handed { app: &app, generation: generation(&submit.id)?, id: &submit.id };
    let caller = handed.caller(&call).await?;
    if submit.state == Outcome::Faulted {
        return handed.fault(caller, Kind::Image).await;
    }
    if submit.gen_metadata.len() > METADATA_MAX {
        return Err(Error::refused_with(Rc::BadRequest, "Too many metadata entries: 50 are enough."));
    }
    if submit.generation != Submit::UPLOADED {
        handed.check_lease(caller).await?;
        store(&app, handed.generation, &submit.generation).await?;
    }
    let product = ImageProduct {
        seed: submit.seed.unwrap_or_default(),
        censored: submit.gen_metadata.iter().any(|entry| entry.kind == Metadata::CENSORSHIP),
        metadata: remarks(&submit.gen_metadata)?,
    };
    handed.settle(caller, Product::Image(product)).await
}

/// Stores an image that came in the body.
async fn store(app: &App, generation: GenerationId, text: &str) -> Result<(), Error> {
    let unreadable =
        || Error::refused_with(Rc::BadRequest, "Image validation failed. The result is no image in base64.");
    let bytes = decode_base64(text).ok_or_else(unreadable)?;
    let webp = app.images.webp(bytes, |_| Ok::<(), Infallible>(())).await.map_err(|_| unreadable())?;
    let Ok(webp) = webp;
    app.images.put(&result_name(generation), webp).await.map_err(Error::internal)
}

/// Remarks as they are stored; NUL bytes, which the database cannot hold, become the mark for what is unreadable.
pub(super) fn remarks(metadata: &[Metadata]) -> Result<Arc<Value>, Error> {
    let clean = |entry: &Metadata| Metadata { reference: entry.reference.as_deref().map(without_nul), ..entry.clone() };
    let clean: Vec<_> = metadata.iter().map(clean).collect();
    serde_json::to_value(clean).map(Arc::new).map_err(Error::internal)
}

/// Replaces NUL bytes, which the database cannot hold.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Reads a generation's id. What is no id names no generation.
pub(super) fn generation(id: &str) -> Result<GenerationId, Error> {
    Uuid::try_parse(id).map(GenerationId).map_err(|_| submit_refusal(SubmitRefusal::InvalidJobId, &shown(id)))
}

fn shown(id: &str) -> String {
    id.chars().take(64).collect()
}

/// A result that is being handed in.
pub(super) struct Handed<'a> {
    pub app: &'a App,
    pub generation: GenerationId,
    pub id: &'a str,
}

impl Handed<'_> {
    /// Who hands it in. An unknown job is told before an unknown key.
    pub(super) async fn caller(&self, call: &Call) -> Result<UserId, Error> {
        match call.caller(self.app) {
            Ok(caller) => Ok(caller.user()),
            Err(unknown) => match self.app.desk.lease(self.generation).await? {
                Some(_) => Err(unknown),
                None => Err(submit_refusal(SubmitRefusal::InvalidJobId, self.id)),
            },
        }
    }

    /// Refuses what the desk would refuse anyway, before work is put into it.
    async fn check_lease(&self, caller: UserId) -> Result<(), Error> {
        match self.app.desk.lease(self.generation).await? {
            None => Err(submit_refusal(SubmitRefusal::InvalidJobId, self.id)),
            Some(lease) if lease.owner != caller => Err(SubmitRefusal::WrongCredentials.into()),
            Some(_) => Ok(()),
        }
    }

    /// Takes notice that nothing came of it.
    pub(super) async fn fault(&self, caller: UserId, kind: Kind) -> Result<Response, Error> {
        match self.app.desk.fault(caller, self.generation, kind).await {
            Ok(_) => Ok(ok(&Submitted { reward: 0.0 })),
            Err(error) => Err(self.refused(&error)),
        }
    }

    /// Hands it to the desk and tells the reward.
    pub(super) async fn settle(&self, caller: UserId, product: Product) -> Result<Response, Error> {
        match self.app.desk.submit(caller, self.generation, product).await {
            Ok(submitted) => Ok(ok(&Submitted { reward: number(submitted.reward) })),
            Err(error) => Err(self.refused(&error)),
        }
    }

    fn refused(&self, error: &DeskError<SubmitRefusal>) -> Error {
        match *error {
            DeskError::Refused(refusal) => submit_refusal(refusal, self.id),
            DeskError::Unavailable(why) => why.into(),
        }
    }
}
