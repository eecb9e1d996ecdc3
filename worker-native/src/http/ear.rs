//! Listening for work over HTTP: the call itself. It offers to become a WebSocket, which an edge can hold in its sleep; a
//! server answers with a stream of events instead, and so does whoever stands between and knows no WebSockets. What
//! answers mean and when the call is made again is in `throng_bridge::listening`, what a WebSocket says in
//! `ear/socket.rs`.

mod socket;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};
use throng_bridge::listening::{self, ANSWER_WAIT, End, Heard, Pauses, SILENCE_MAX};
use throng_bridge::{Offer, wire};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Longer than the server lets a stream last, which is an hour.
const LIFE_MAX: Duration = Duration::from_hours(2);

/// What is heard. Nobody listens until the loop first waits.
#[derive(Default)]
pub(super) struct Ear {
    heard: Arc<Heard>,
    listener: OnceLock<JoinHandle<()>>,
}

impl Ear {
    /// Begins to listen for work that these offers could take, if nobody does yet.
    pub(super) fn listen(&self, client: &Client, mut url: Url, offers: &[Offer]) {
        self.listener.get_or_init(|| {
            url.set_query(Some(&listening::query(offers)));
            tokio::spawn(listen(client.clone(), url, Arc::clone(&self.heard)))
        });
    }

    /// Waits until the server says that there may be work. What it said while nobody waited is not forgotten.
    pub(super) async fn rung(&self) {
        self.heard.rung().await;
    }

    /// Whether it would be heard now.
    pub(super) fn is_listening(&self) -> bool {
        self.heard.is_listening()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

async fn listen(client: Client, url: Url, heard: Arc<Heard>) {
    let (mut pauses, mut offers_socket) = (Pauses::default(), true);
    loop {
        let end = hear(&client, &url, &heard, offers_socket).await;
        heard.ended();
        // Somebody between may be in trouble only with what was offered.
        offers_socket = !offers_socket || !matches!(end, End::Trouble(_));
        match &end {
            End::Closed => {}
            End::Trouble(why) => tracing::debug!("cannot listen for work: {why}"),
            End::Absent => tracing::debug!("this server does not say when there is work: it is asked now and then"),
        }
        sleep(pauses.after(&end)).await;
    }
}

/// Listens until the stream ends, or the WebSocket.
async fn hear(client: &Client, url: &Url, heard: &Heard, offers_socket: bool) -> End {
    let offer = offers_socket.then(socket::Offer::new);
    let call = client.get(url.clone()).timeout(LIFE_MAX);
    let call = offer.iter().fold(call, |call, offer| offer.make(call));
    let response = match timeout(ANSWER_WAIT, call.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return End::Trouble(error.without_url().to_string()),
        Err(_) => return End::Trouble("no answer".to_owned()),
    };
    if let Some(offer) = offer.filter(|_| response.status() == StatusCode::SWITCHING_PROTOCOLS) {
        return offer.hear(response, heard).await;
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if let Err(end) = listening::opened(response.status().as_u16(), kind) {
        return end;
    }
    hear_stream(response, heard).await
}

async fn hear_stream(mut response: Response, heard: &Heard) -> End {
    heard.began();
    let mut bell = wire::Bell::default();
    // Silence, an error and the end are all the same: the stream is over.
    while let Ok(Ok(Some(piece))) = timeout(SILENCE_MAX, response.chunk()).await {
        if bell.hear(&piece) {
            heard.ring();
        }
    }
    End::Closed
}
