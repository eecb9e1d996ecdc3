//! `DELETE /workers/{id}`: its owner or a moderator deletes a worker that nothing speaks of any more.

use axum::extract::{Path, State};
use axum::response::Response;
use throng_api::workers::DeletedWorker;

use super::worker_id;
use crate::app::App;
use crate::auth::Call;
use crate::error::Error;
use crate::wire::ok;

/// Deletes it.
pub async fn delete(State(app): State<App>, call: Call, Path(id): Path<String>) -> Result<Response, Error> {
    let caller = call.caller(&app)?.user();
    let deleted = app.desk.delete_worker(caller, worker_id(&id)?).await?;
    Ok(ok(&DeletedWorker { deleted_id: deleted.id.to_string(), deleted_name: deleted.name.to_string() }))
}
