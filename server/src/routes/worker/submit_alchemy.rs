//! `POST /interrogate/submit`: an alchemist hands a form in, or says that it failed.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;
use throng_api::ReturnCode as Rc;
use throng_api::submit::{FormSubmit, State as Outcome};
use throng_domain::Kind;
use throng_domain::offer::{FormProduct, Product};

use super::submit_image::{Handed, generation};
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::validation::{self, bodies};
use crate::wire::JsonBody;

/// The help that stands before "missing", as for every parameter.
const ID_HELP: &str = "The ID of the form.";
const RESULT_HELP: &str = "The completed form results.";

/// Takes a form in and pays for it.
pub async fn post(State(app): State<App>, call: Call, JsonBody(body): JsonBody) -> Result<Response, Error> {
    validation::check(&bodies::alchemy::ALCHEMY_SUBMIT, &body)?;
    call.key()?;
    validation::need(&body, "id", ID_HELP)?;
    validation::need(&body, "result", RESULT_HELP)?;
    let submit: FormSubmit = validation::typed(body)?;
    let handed = Handed { app: &app, generation: generation(&submit.id)?, id: &submit.id };
    let caller = handed.caller(&call).await?;
    let answer = if submit.state == Outcome::Faulted.as_str() {
        handed.fault(caller, Kind::Alchemy).await
    } else {
        let result = Some(Arc::new(Value::Object(submit.result)));
        handed.settle(caller, Product::Form(FormProduct { result })).await
    };
    answer.map_err(|error| no_longer(error, &submit.id))
}

/// The wire knows one code here for every form that nobody waits for any more. The sentence keeps the words that workers look for.
fn no_longer(error: Error, id: &str) -> Error {
    match error {
        Error::Refused(Rc::DuplicateGen | Rc::AbortedGen, _) => Error::refused_with(
            Rc::DuplicateGen,
            format!(
                "Form with ID {id} is not in progress: it was cancelled, already submitted, or took too long. \
                 Please check your worker speed"
            ),
        ),
        other => other,
    }
}
