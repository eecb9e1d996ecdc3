//! The few drawings on buttons, as paths in a box of 24. Decoration only: every button also has words.

use leptos::prelude::*;

/// A picture in its frame.
pub const PICTURE: &str = r#"<path d="M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4"/><circle cx="15.5" cy="9" r="1.3"/>"#;
/// Lines of text.
pub const STORY: &str = r#"<path d="M5 6h14M5 10.5h14M5 15h14M5 19.5h8"/>"#;
/// Half light, half dark.
pub const THEME: &str = r#"<path d="M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2v14a7 7 0 0 1 0-14z"/>"#;
/// Somebody.
pub const SOMEBODY: &str =
    r#"<path d="M12 12a4.2 4.2 0 1 0 0-8.4 4.2 4.2 0 0 0 0 8.4zm0 2c-4.4 0-8 2.2-8 5v1.4h16V19c0-2.8-3.6-5-8-5z"/>"#;
/// Six shapes, close together.
pub const MARK: &str = r#"<circle class="ink-red" cx="16" cy="16" r="4.6"/><rect class="ink-teal" x="4" y="5" width="7.4" height="7.4" rx="1"/><path class="ink-gold" d="M24 3.6 28.6 12h-9.2z"/><circle class="ink-teal" cx="25.6" cy="22" r="3.8"/><path class="ink-red" d="M7.4 18.4 11.8 26H3z"/><rect class="ink-gold" x="14.2" y="24.4" width="5.6" height="5.6" rx="1"/>"#;

/// Draws one of them.
pub fn icon(paths: &'static str, side: u32) -> AnyView {
    let view_box = format!("0 0 {side} {side}");
    view! { <svg viewBox=view_box aria-hidden="true" focusable="false" inner_html=paths></svg> }.into_any()
}
