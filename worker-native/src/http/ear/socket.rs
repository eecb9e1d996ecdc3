//! Listening over a WebSocket (RFC 6455): the handshake, made of the call that a stream would begin with, and what is
//! heard. An edge holds such a socket in its sleep, so it says nothing by itself: now and then it is asked whether it is
//! there.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use reqwest::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use reqwest::{RequestBuilder, Response, Upgraded};
use throng_api::watch::{PING, SOCKET_PROTOCOL, Wake};
use throng_bridge::listening::{End, Heard};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// After so long without a word it is asked whether it is there; after as long again it is not.
const SILENCE: Duration = Duration::from_secs(25);

/// Bytes of the longest thing that may be said.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

/// The offer to go on over a WebSocket.
pub(super) struct Offer {
    key: String,
}

impl Offer {
    /// Draws the key that the other side has to answer to.
    pub(super) fn new() -> Self {
        Self { key: generate_key() }
    }

    /// Puts the offer on a call.
    pub(super) fn make(&self, call: RequestBuilder) -> RequestBuilder {
        call.header(CONNECTION, "Upgrade")
            .header(UPGRADE, "websocket")
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, &self.key)
            .header(SEC_WEBSOCKET_PROTOCOL, SOCKET_PROTOCOL)
    }

    /// Listens, after the offer was taken, until it is over.
    pub(super) async fn hear(&self, response: Response, heard: &Heard) -> End {
        let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
        if accepted.is_none_or(|accepted| accepted.as_bytes() != derive_accept_key(self.key.as_bytes()).as_bytes()) {
            return End::Trouble("a WebSocket was opened that was not asked for".to_owned());
        }
        let upgraded = match response.upgrade().await {
            Ok(upgraded) => upgraded,
            Err(error) => return End::Trouble(error.to_string()),
        };
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let socket = WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(limits)).await;
        heard.began();
        listen(socket, heard).await;
        End::Closed
    }
}

async fn listen(mut socket: WebSocketStream<Upgraded>, heard: &Heard) {
    let mut was_asked = false;
    loop {
        match timeout(SILENCE, socket.next()).await {
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Ok(Some(Ok(message))) => {
                was_asked = false;
                if let Message::Text(text) = message
                    && serde_json::from_str::<Wake>(&text).is_ok_and(|wake| !wake.kinds.is_empty())
                {
                    heard.ring();
                }
            }
            Err(_) if was_asked => return,
            Err(_) => {
                was_asked = true;
                if socket.send(Message::text(PING)).await.is_err() {
                    return;
                }
            }
        }
    }
}
