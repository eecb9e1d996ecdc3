//! What follows when somebody did what is not done. Not here: noticing it.

use throng_domain::UserId;
use throng_domain::suspicion::Reason;

use crate::app::App;
use crate::auth::Call;

/// Corrupt prompts through one service within an hour, beyond which the operator is told: nobody there looks after its visitors.
const THROUGH_SERVICE_MAX: u32 = 10;

/// A prompt was refused by the filters: its requester becomes more suspicious, and where it came from has to wait, each time for longer.
/// Of a service's visitor that is the visitor's address, not the service's. The prompt itself is kept nowhere.
pub async fn corrupt_prompt(app: &App, user: UserId, call: &Call) {
    tracing::info!(%user, address = %call.origin, "a prompt was refused by the filters");
    metrics::counter!("throng_corrupt_prompts_total").increment(1);
    // If one of these fails, the requester is refused all the same, and hears of nothing else.
    if let Err(error) = app.desk.suspect_user(user, Reason::CorruptPrompt).await {
        tracing::error!(%error, %user, "a suspicion was not written down");
    }
    if let Err(error) = app.punish(call.origin).await {
        tracing::error!(%error, address = %call.origin, "an address was not put into a timeout");
    }
    if call.is_for_visitor() {
        let times = app.addresses.services.offended(call.address, app.clock.now());
        if times > THROUGH_SERVICE_MAX {
            tracing::warn!(%user, service = %call.address, times, "a service lets many corrupt prompts through");
        }
    }
}
