//! WebSockets that an object holds. It may sleep while they are open, and forgets everything but what is attached to
//! each. Not here: what is said over them.

use throng_api::watch::{PING, PONG, SOCKET_PROTOCOL};
use throng_policy::latest::Say;
use worker::{Response, ResponseBuilder, Result, State, WebSocket, WebSocketPair, WebSocketRequestResponsePair};

use crate::call::Call;

/// Why a socket is closed: a code of RFC 6455 and a word.
#[derive(Clone, Copy)]
pub(crate) struct Why(u16, &'static str);

/// There is nothing more to say.
pub(crate) const DONE: Why = Why(1000, "done");
/// What was watched is no more.
pub(crate) const GONE: Why = Why(1000, "gone");
/// What is known may not hold any more: whoever comes back is told what does.
pub(crate) const COME_BACK: Why = Why(1012, "come back");

/// Has pings answered while the object sleeps.
pub(crate) fn answer_pings(state: &State) {
    if let Ok(pair) = WebSocketRequestResponsePair::new(PING, PONG) {
        state.set_websocket_auto_response(&pair);
    }
}

/// Shakes hands: the object's end, and the answer that holds the caller's.
pub(crate) fn open(state: &State, call: &Call) -> Result<(WebSocket, Response)> {
    let pair = WebSocketPair::new()?;
    state.accept_web_socket(&pair.server);
    let mut response = ResponseBuilder::new().with_status(101).with_websocket(pair.client);
    // A client that offers protocols hangs up unless one of them is taken.
    if call.header("sec-websocket-protocol").is_some_and(|offered| offers(offered, SOCKET_PROTOCOL)) {
        response = response.with_header("sec-websocket-protocol", SOCKET_PROTOCOL)?;
    }
    Ok((pair.server, response.empty()))
}

fn offers(offered: &str, protocol: &str) -> bool {
    offered.split(',').any(|one| one.trim() == protocol)
}

/// Says something, and closes where there is nothing more.
pub(crate) fn say(socket: &WebSocket, said: Say) {
    // Whoever has hung up hears nothing; they are told of when they come back.
    match said {
        Say::Ask => close(socket, COME_BACK),
        Say::Nothing => {}
        Say::This(message) => _ = socket.send_with_str(message),
        Say::Last(message) => {
            _ = socket.send_with_str(message);
            close(socket, DONE);
        }
        Say::Over => close(socket, DONE),
    }
}

/// Closes.
pub(crate) fn close(socket: &WebSocket, Why(code, reason): Why) {
    // It may be closed already.
    _ = socket.close(Some(code), Some(reason));
}
