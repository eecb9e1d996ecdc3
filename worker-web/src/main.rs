//! The browser worker: lends a tab's graphics card (or processor) to the network, inside a Web Worker of its own.
//!
//! Order of events: hear the page's terms, take the lock, open the device, test it, bring the weights, measure, then the loop of
//! `throng-bridge` until something ends it. The page is told of everything (`throng_lend::messages`). A worker that is to stop at once
//! is terminated by the page. Not here: buttons and manners (the page's), the loop, and neural networks.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod cellar;
#[cfg(target_arch = "wasm32")]
mod ear;
#[cfg(target_arch = "wasm32")]
mod exchange;
#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
mod gpu;
#[cfg(target_arch = "wasm32")]
mod lending;
#[cfg(target_arch = "wasm32")]
mod lock;
#[cfg(target_arch = "wasm32")]
mod measure;
#[cfg(target_arch = "wasm32")]
mod port;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod studio;
#[cfg(target_arch = "wasm32")]
mod weights;

#[cfg(target_arch = "wasm32")]
fn main() {
    construct();
    port::open();
    wasm_bindgen_futures::spawn_local(async {
        let ending = lending::lend().await;
        port::tell(&throng_lend::Report::Ended(ending));
    });
}

/// Runs the constructors that linked libraries left (lists of operations that kernels are made of). Called by name, or else the linker
/// takes this for a program that is started anew at every call into it, and runs all of them each time: milliseconds for each kernel.
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the linker makes this function, and nothing else may call it by name")]
fn construct() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: it takes nothing, returns nothing, and runs before anything that its constructors prepare is used.
    unsafe { __wasm_call_ctors() }
}

/// Built for this machine there is nothing to run: says so instead of pretending.
#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), &'static str> {
    Err("this program runs in a browser tab: `cargo xtask page` builds it, the page starts it")
}
