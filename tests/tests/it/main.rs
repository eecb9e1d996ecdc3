//! The whole-house tests: stories over HTTP, races, crashes, and walks through real processes and a real browser.

mod browser;
mod crash;
mod crowd;
mod stories;
mod walk;
