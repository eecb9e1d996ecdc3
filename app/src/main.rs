//! The page's front door: mounts it in the browser. What it shows is in `throng_app`; nothing is decided here.

#[cfg(target_arch = "wasm32")]
fn main() {
    throng_app::mount();
}

/// Built for this machine there is no page to show: says so instead of pretending.
#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), &'static str> {
    Err("this program runs in a browser: build it with `trunk build --release` and open what the server serves")
}
