//! From Markdown to HTML, as far as our documents go: headings, paragraphs, lists, bold, code, links. Everything else is text, and no text
//! can become markup.

/// Turns a document into HTML.
pub fn html(markdown: &str) -> String {
    let mut out = String::new();
    let mut block: Vec<&str> = Vec::new();
    for line in markdown.lines().chain([""]) {
        let begins_alone = line.starts_with('#') || line.starts_with("- ");
        if (line.trim().is_empty() || begins_alone) && !block.is_empty() {
            put(&mut out, &std::mem::take(&mut block).join(" "));
        }
        if !line.trim().is_empty() {
            block.push(line.trim());
        }
    }
    // Neighbouring items make one list.
    out.replace("</ul>\n<ul>\n", "")
}

fn put(out: &mut String, block: &str) {
    let level = block.bytes().take_while(|byte| *byte == b'#').count();
    let block = match (level, block.strip_prefix("- ")) {
        (1..=6, _) => format!("<h{level}>{}</h{level}>\n", inline(block[level..].trim())),
        (_, Some(item)) => format!("<ul>\n<li>{}</li>\n</ul>\n", inline(item)),
        _ => format!("<p>{}</p>\n", inline(block)),
    };
    out.push_str(&block);
}

/// Marks up what stands inside a line.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`', '[']) {
        out.push_str(&escaped(&rest[..at]));
        rest = &rest[at..];
        let marked = between(rest, "**", "**")
            .map(|(inside, behind)| (format!("<strong>{}</strong>", inline(inside)), behind))
            .or_else(|| {
                let (inside, behind) = between(rest, "`", "`")?;
                Some((format!("<code>{}</code>", escaped(inside)), behind))
            })
            .or_else(|| link(rest));
        if let Some((marked, behind)) = marked {
            out.push_str(&marked);
            rest = behind;
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out + &escaped(rest)
}

fn between<'t>(text: &'t str, opens: &str, closes: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(opens)?.split_once(closes)
}

/// A link, if it leads to a page: an address with a script in it stays text.
fn link(text: &str) -> Option<(String, &str)> {
    let (words, behind) = text.strip_prefix('[')?.split_once("](")?;
    let (address, behind) = behind.split_once(')')?;
    let leads_to_a_page = ["https://", "http://", "/", "mailto:"].iter().any(|start| address.starts_with(start));
    leads_to_a_page.then(|| (format!("<a href=\"{}\">{}</a>", escaped(address), escaped(words)), behind))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_become_html() {
        for (markdown, expected) in [
            ("# A <b>\n\nfirst\nline", "<h1>A &lt;b&gt;</h1>\n<p>first line</p>\n"),
            ("- one\n  more\n- two", "<ul>\n<li>one more</li>\n<li>two</li>\n</ul>\n"),
            ("a **b** `<c>`", "<p>a <strong>b</strong> <code>&lt;c&gt;</code></p>\n"),
            ("see [here](https://a.b/?x=\"1\")", "<p>see <a href=\"https://a.b/?x=&quot;1&quot;\">here</a></p>\n"),
            ("[x](javascript:1) * 2", "<p>[x](javascript:1) * 2</p>\n"),
        ] {
            assert_eq!(html(markdown), expected, "{markdown}");
        }
    }
}
