//! The outer wall: whoever calls much too often is turned away here. Counted by address and by key, near the caller
//! and roughly; the exact limits are the server's. Whatever goes wrong with the counting, the call passes.

use futures::future::join;
use sha2::{Digest as _, Sha256};
use throng_api::auth::{ANONYMOUS_KEY, API_KEY_HEADER};
use throng_policy::Bucket;
use worker::Env;

use crate::address;
use crate::call::Call;

/// Whether a call is one too many.
pub(crate) async fn is_too_many(call: &Call, env: &Env, bucket: Bucket) -> bool {
    let Ok(limiter) = env.rate_limiter(&bucket.name.to_ascii_uppercase()) else { return false };
    let key = call.header(API_KEY_HEADER).filter(|key| !key.is_empty() && *key != ANONYMOUS_KEY);
    let by_address = limiter.limit(format!("a:{}", address::holder(address::of(call))));
    let by_key = async {
        match key {
            // Nobody needs to know the key in order to count it.
            Some(key) => Some(limiter.limit(format!("k:{:x}", Sha256::digest(key))).await),
            None => None,
        }
    };
    let (by_address, by_key) = join(by_address, by_key).await;
    let is_over = |counted: worker::Result<worker::RateLimitOutcome>| counted.is_ok_and(|outcome| !outcome.success);
    is_over(by_address) || by_key.is_some_and(is_over)
}
