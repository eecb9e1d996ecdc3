//! The page. Draws forms, waits for answers, shows pictures and stories; decides nothing about jobs or kudos.
//!
//! The first group of modules is plain logic and is tested natively. The second draws and listens, and exists in a browser only.

pub mod crowd;
pub mod form;
pub mod habits;
pub mod lending;
pub mod models;
pub mod pace;
pub mod piece;
pub mod place;
pub mod stage;
pub mod trouble;
pub mod watching;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod lend;
#[cfg(target_arch = "wasm32")]
pub mod network;
#[cfg(target_arch = "wasm32")]
pub mod pages;
#[cfg(target_arch = "wasm32")]
pub mod run;
#[cfg(target_arch = "wasm32")]
pub mod session;
#[cfg(target_arch = "wasm32")]
pub mod state;

/// Mounts the page.
#[cfg(target_arch = "wasm32")]
pub fn mount() {
    leptos::mount::mount_to_body(pages::frame::frame);
}
