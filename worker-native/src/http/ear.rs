//! Listening for work: one call that stays open and says when there may be some. It is made anew when it breaks off. A
//! server that has nothing of the kind (an AI Horde) is asked again seldom, and the loop goes on asking for jobs by
//! itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, StatusCode, Url};
use throng_bridge::{Offer, wire};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long a stream may be silent: the server says every fifteen seconds that it is there.
const SILENCE_MAX: Duration = Duration::from_secs(50);
/// How long the server may take to begin.
const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// Longer than the server lets a stream last, which is an hour.
const LIFE_MAX: Duration = Duration::from_hours(2);
/// The pause after a stream that ended as streams do.
const PAUSE: Duration = Duration::from_secs(3);
/// The first pause after trouble; each further one is twice as long ...
const TROUBLE_PAUSE_FIRST: Duration = Duration::from_secs(5);
/// ... up to this.
const TROUBLE_PAUSE_LONGEST: Duration = Duration::from_mins(2);
/// The pause before a server that knows no such thing is asked again: it may have become a newer one.
const ABSENT_PAUSE: Duration = Duration::from_hours(1);

/// What is heard. Nobody listens until the loop first waits.
#[derive(Default)]
pub(super) struct Ear {
    heard: Arc<Heard>,
    listener: OnceLock<JoinHandle<()>>,
}

#[derive(Default)]
struct Heard {
    rung: Notify,
    listening: AtomicBool,
}

/// How a stream came to its end.
enum End {
    /// After it had begun.
    Closed,
    /// It did not begin, and may another time.
    Trouble(String),
    /// There is no such thing here.
    Absent,
}

impl Ear {
    /// Begins to listen for work that these offers could take, if nobody does yet.
    pub(super) fn listen(&self, client: &Client, mut url: Url, offers: &[Offer]) {
        self.listener.get_or_init(|| {
            for offer in offers {
                for model in &offer.models {
                    url.query_pairs_mut().append_pair(offer.kind.as_str(), model);
                }
            }
            tokio::spawn(listen(client.clone(), url, Arc::clone(&self.heard)))
        });
    }

    /// Waits until the server says that there may be work. What it said while nobody waited is not forgotten.
    pub(super) async fn rung(&self) {
        self.heard.rung.notified().await;
    }

    /// Whether it would be heard now.
    pub(super) fn is_listening(&self) -> bool {
        self.heard.listening.load(Ordering::Relaxed)
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
    let mut trouble = TROUBLE_PAUSE_FIRST;
    loop {
        let end = hear(&client, &url, &heard).await;
        if heard.listening.swap(false, Ordering::Relaxed) {
            // Whoever sleeps in the belief that it would be woken has to ask by itself again.
            heard.rung.notify_one();
        }
        let pause = match end {
            End::Closed => {
                trouble = TROUBLE_PAUSE_FIRST;
                PAUSE
            }
            End::Trouble(why) => {
                tracing::debug!("cannot listen for work: {why}");
                let pause = trouble;
                trouble = (trouble * 2).min(TROUBLE_PAUSE_LONGEST);
                pause
            }
            End::Absent => {
                tracing::debug!("this server does not say when there is work: it is asked now and then");
                ABSENT_PAUSE
            }
        };
        sleep(pause).await;
    }
}

/// Listens until the stream ends.
async fn hear(client: &Client, url: &Url, heard: &Heard) -> End {
    let call = client.get(url.clone()).timeout(LIFE_MAX).send();
    let mut response = match timeout(ANSWER_WAIT, call).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return End::Trouble(error.without_url().to_string()),
        Err(_) => return End::Trouble("no answer".to_owned()),
    };
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => return End::Absent,
        status => return End::Trouble(format!("the server answered {status}")),
    }
    if !is_stream(&response) {
        return End::Absent;
    }
    heard.listening.store(true, Ordering::Relaxed);
    let mut bell = wire::Bell::default();
    // Silence, an error and the end are all the same: the stream is over.
    while let Ok(Ok(Some(piece))) = timeout(SILENCE_MAX, response.chunk()).await {
        if bell.hear(&piece) {
            heard.rung.notify_one();
        }
    }
    End::Closed
}

/// Some servers answer whatever is asked with a page.
fn is_stream(response: &reqwest::Response) -> bool {
    let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(throng_api::watch::EVENT_STREAM.as_bytes()))
}
