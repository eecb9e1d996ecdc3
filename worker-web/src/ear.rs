//! Listening for work in a tab: the call itself, over fetch. What answers mean and when the call is made again is in
//! `throng_bridge::listening`; the native worker's half is `worker-native/src/http/ear.rs`.

use std::cell::OnceCell;
use std::rc::Rc;

use futures::future::{AbortHandle, abortable};
use throng_bridge::listening::{self, End, Heard, Pauses, SILENCE_MAX};
use throng_bridge::{Offer, wire};

use crate::browser::{sleep, within};
use crate::fetch::Server;

/// What is heard. Nobody listens until the loop first waits.
#[derive(Default)]
pub(crate) struct Ear {
    heard: Rc<Heard>,
    listener: OnceCell<AbortHandle>,
}

impl Ear {
    /// Begins to listen for work that these offers could take, if nobody does yet.
    pub(crate) fn listen(&self, server: &Rc<Server>, offers: &[Offer]) {
        self.listener.get_or_init(|| {
            let listen = listen(Rc::clone(server), listening::query(offers), Rc::clone(&self.heard));
            let (listen, end) = abortable(listen);
            wasm_bindgen_futures::spawn_local(async move {
                // It ends only by being ended.
                let _ = listen.await;
            });
            end
        });
    }

    /// Waits until the server says that there may be work. What it said while nobody waited is not forgotten.
    pub(crate) async fn rung(&self) {
        self.heard.rung().await;
    }

    /// Whether it would be heard now.
    pub(crate) fn is_listening(&self) -> bool {
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

async fn listen(server: Rc<Server>, query: String, heard: Rc<Heard>) {
    let mut pauses = Pauses::default();
    loop {
        let end = hear(&server, &query, &heard).await;
        heard.ended();
        // Nobody is told of trouble here: the loop asks by itself, and says so when that fails.
        sleep(pauses.after(&end)).await;
    }
}

/// Listens until the stream ends, or nothing may travel any more.
async fn hear(server: &Server, query: &str, heard: &Heard) -> End {
    if server.purse().is_empty() {
        return End::Trouble("the data cap is reached".to_owned());
    }
    let mut stream = match server.wake(query).await {
        Ok(stream) => stream,
        Err(error) => return End::Trouble(error.to_string()),
    };
    if let Err(end) = listening::opened(stream.status(), stream.content_type()) {
        return end;
    }
    heard.began();
    let mut bell = wire::Bell::default();
    // Silence, an error and the end are all the same: the stream is over.
    while let Some(Some(piece)) = within(SILENCE_MAX, stream.next()).await {
        if bell.hear(&piece) {
            heard.ring();
        }
        if server.purse().is_empty() {
            break;
        }
    }
    End::Closed
}
