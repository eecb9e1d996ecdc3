//! Pictures by signed link, where the bucket that the server keeps them in is bound to the edge: they flow from worker
//! to bucket and from bucket to requester without passing through the server. Links are the server's; whether a
//! picture is one in truth the server sees when the worker says that it is done. Without a bucket, or when it has
//! nothing, the server is asked.

use futures::stream::{StreamExt as _, once};
use throng_policy::bodies::PICTURE_BYTES_MAX;
use throng_policy::links::{FOLDER, Permit, Signed, permits};
use worker::{
    Bucket, ByteStream, Cache, FixedLengthStream, Headers, HttpMetadata, Response, ResponseBuilder, Result,
    console_warn,
};

use crate::answers::{self, HOW_HEADER};
use crate::call::Call;
use crate::clock;
use crate::doorman::Door;

/// The type of every picture there is.
const WEBP: &str = "image/webp";

/// How a picture begins: `RIFF`, four bytes of length, `WEBP`.
const BEGINNING_BYTES: usize = 12;

/// Said to whoever holds no link that holds, in the server's words.
const NO_LINK: &str = "This link has expired, or was never signed here.";
/// Said of what is no picture.
const NO_PICTURE: &str = "This is no WebP picture.";
/// Said to whoever does not say how long a picture is.
const NO_LENGTH: &str = "Say how long the picture is: Content-Length.";
/// Said of a picture that is too large.
const TOO_LARGE: &str = "This picture is too large.";

/// Said where the bucket takes nothing.
const NOT_KEPT: &str = "The picture could not be kept. Please send it again.";

/// How long a picture stays in the cache, in seconds: as long as any link to it holds.
const KEPT_SECONDS: u32 = 1_800;

/// Takes a picture, or gives one.
pub(crate) async fn answer(call: &mut Call, door: &Door) -> Result<Response> {
    let permit = match call.method.as_str() {
        "PUT" => Permit::Upload,
        "GET" => Permit::Download,
        _ => return door.ask(call).await,
    };
    let (Ok(bucket), Some(key)) = (door.env.bucket("PICTURES"), &door.setup.key) else { return door.ask(call).await };
    let name = call.path.strip_prefix(FOLDER).unwrap_or_default().to_owned();
    let Some(signed) = Signed::read(&call.query).filter(|signed| permits(key, permit, &name, signed, clock::seconds()))
    else {
        return answers::plain(403, NO_LINK);
    };
    match permit {
        Permit::Upload => take(call, &bucket, &name).await,
        Permit::Download => give(call, door, &bucket, &name, &signed).await,
    }
}

/// Streams a picture into the bucket. It answers exactly 200: workers take any other success for failure.
async fn take(call: &mut Call, bucket: &Bucket, name: &str) -> Result<Response> {
    let Some(length) = call.length() else { return answers::plain(411, NO_LENGTH) };
    if length > PICTURE_BYTES_MAX as u64 {
        return answers::plain(413, TOO_LARGE);
    }
    let mut stream = call.request.stream()?;
    let beginning = beginning(&mut stream).await?;
    if !is_webp(&beginning) {
        return answers::plain(400, NO_PICTURE);
    }
    let whole = once(async move { Ok(beginning) }).chain(stream);
    let metadata = HttpMetadata { content_type: Some(WEBP.to_owned()), ..HttpMetadata::default() };
    let put = bucket.put(name, FixedLengthStream::wrap(whole, length)).http_metadata(metadata).execute().await;
    match put {
        Ok(_) => Response::empty(),
        Err(error) => {
            console_warn!("a picture could not be kept: {error}");
            answers::plain(502, NOT_KEPT)
        }
    }
}

/// The first bytes, as many as it takes to see what it is; or all there are.
async fn beginning(stream: &mut ByteStream) -> Result<Vec<u8>> {
    let mut beginning = Vec::new();
    while beginning.len() < BEGINNING_BYTES
        && let Some(piece) = stream.next().await
    {
        beginning.extend(piece?);
    }
    Ok(beginning)
}

fn is_webp(beginning: &[u8]) -> bool {
    beginning.len() >= BEGINNING_BYTES && beginning.starts_with(b"RIFF") && &beginning[8..BEGINNING_BYTES] == b"WEBP"
}

/// Gives a picture: from the cache, from the bucket, or as the server has it.
async fn give(call: &mut Call, door: &Door, bucket: &Bucket, name: &str, signed: &Signed) -> Result<Response> {
    // Without the signature: all links lead to one picture, and a picture never changes.
    let cached = format!("{}{FOLDER}{name}", call.place);
    if let Ok(Some(kept)) = Cache::default().get(&cached, true).await {
        return given(kept, signed, "hit");
    }
    let found = match bucket.get(name).execute().await {
        Ok(found) => found,
        Err(error) => {
            console_warn!("the bucket does not answer: {error}");
            None
        }
    };
    let Some(picture) = found.as_ref().and_then(worker::Object::body) else { return door.ask(call).await };
    let headers = Headers::new();
    headers.set("content-type", WEBP)?;
    headers.set("cache-control", &format!("public, max-age={KEPT_SECONDS}"))?;
    let mut response = ResponseBuilder::new().with_headers(headers).body(picture.response_body()?);
    let copy = response.cloned()?;
    door.context.wait_until(async move {
        if let Err(error) = Cache::default().put(cached, copy).await {
            console_warn!("a picture could not be cached: {error}");
        }
    });
    given(response, signed, "miss")
}

/// Whoever got a picture may keep it for as long as their link holds.
fn given(picture: Response, signed: &Signed, how: &str) -> Result<Response> {
    let headers = picture.headers().clone();
    let seconds = (signed.expires - clock::seconds()).max(0);
    headers.set("cache-control", &format!("private, max-age={seconds}, immutable"))?;
    headers.set(HOW_HEADER, how)?;
    Ok(picture.with_headers(headers))
}
