//! A watcher: hears of one request, at one of the places where that can be heard.

use crate::stage::Stage;
use crate::state::State;
use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use serde_json::Value;
use throng_tests::listener::Listener;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Where and how a watcher hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// At the server, over Server-Sent Events.
    Server,
    /// At the edge, over Server-Sent Events.
    EdgeEvents,
    /// At the edge, over a WebSocket.
    EdgeSocket,
}

impl Channel {
    /// All of them.
    pub(crate) const ALL: [Channel; 3] = [Channel::Server, Channel::EdgeEvents, Channel::EdgeSocket];

    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Channel::Server => "the server, SSE",
            Channel::EdgeEvents => "the edge, SSE",
            Channel::EdgeSocket => "the edge, WebSocket",
        }
    }
}

/// A watcher.
pub(crate) enum Watcher {
    /// Over Server-Sent Events.
    Events(Listener),
    /// Over a WebSocket.
    Socket(Box<WebSocketStream<TcpStream>>),
}

impl Watcher {
    /// Begins to watch.
    pub(crate) async fn sit_down(stage: &Stage, channel: Channel, request: &str) -> Result<Watcher> {
        let path = format!("/watch/image/{request}");
        match channel {
            Channel::Server => Ok(Watcher::Events(stage.server.wire("").listen(&path).await?)),
            Channel::EdgeEvents => Ok(Watcher::Events(stage.through_edge("").listen(&path).await?)),
            Channel::EdgeSocket => {
                let address = stage.edge.address();
                let stream = TcpStream::connect(address).await.context("cannot connect")?;
                stream.set_nodelay(true)?;
                let (socket, _) = client_async(format!("ws://{address}{path}"), stream).await?;
                Ok(Watcher::Socket(Box::new(socket)))
            }
        }
    }

    /// Waits until it is told how the request stands; nothing if there is nothing more to tell.
    pub(crate) async fn hear(&mut self) -> Result<Option<State>> {
        match self {
            Watcher::Events(listener) => match listener.next().await {
                Some(event) => State::of(&event.json()).map(Some),
                None => Ok(None),
            },
            Watcher::Socket(socket) => loop {
                match socket.next().await.transpose()? {
                    Some(Message::Text(text)) => {
                        let told: Value = serde_json::from_str(&text).context("a message is no JSON")?;
                        return State::of(&told["news"]).map(Some);
                    }
                    Some(Message::Close(_)) | None => return Ok(None),
                    Some(Message::Ping(_) | Message::Pong(_)) => {}
                    Some(other) => bail!("an odd message: {other:?}"),
                }
            },
        }
    }
}
