//! What follows when somebody did what is not done. Not here: noticing it.

use std::net::IpAddr;

use throng_domain::UserId;

use crate::app::App;

/// A prompt was refused by the filters. The prompt itself is kept nowhere.
pub async fn corrupt_prompt(_app: &App, user: UserId, address: IpAddr) {
    // The place to raise the user's suspicion (reason 8, a corrupt prompt) and to put the address into timeout.
    tracing::info!(%user, %address, "a prompt was refused by the filters");
    metrics::counter!("throng_corrupt_prompts_total").increment(1);
}
