//! The page: one HTML file that needs no other.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::palette::{Rgb, css};

/// What stands on the page besides its content.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Page<'a> {
    /// The title.
    pub title: &'a str,
    /// A line above the title: what all such pages are about.
    pub kicker: &'a str,
    /// A sentence below the title: what came out.
    pub summary: &'a str,
    /// Names and colours of the things compared. The first is also the colour of links.
    pub colours: &'a [(&'a str, Rgb)],
}

impl Page<'_> {
    /// The text of the whole page.
    ///
    /// # Panics
    ///
    /// If there are no colours.
    pub fn render(&self, content: Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    style { (PreEscaped(self.style())) }
                }
                body {
                    main {
                        header {
                            p.kicker { (self.kicker) }
                            h1 { (self.title) }
                            p.summary { (self.summary) }
                        }
                        (content)
                    }
                }
            }
        };
        page.into_string()
    }

    fn style(&self) -> String {
        let colours = self.colours.iter();
        let variables = colours
            .clone()
            .map(|(name, colour)| format!("--{name}: {};", css(*colour)));
        let dots = colours.map(|(name, _)| format!(".dot.{name} {{ background: var(--{name}); }}"));
        include_str!("style.css")
            .replace("/* colours */", &variables.collect::<Vec<_>>().join(" "))
            .replace("/* dots */", &dots.collect::<Vec<_>>().join("\n"))
            .replace("--first", &format!("--{}", self.colours[0].0))
    }
}

/// A part of the page under a heading.
pub fn section(heading: &str, content: Markup) -> Markup {
    html! { section { h2 { (heading) } (content) } }
}

/// A figure that says below what it shows.
pub fn figure(content: Markup, caption: &str) -> Markup {
    html! { figure { (content) figcaption { (caption) } } }
}

/// A plot that shares its row with another, of the size [`HALF`](crate::plot::HALF).
pub fn half_plot(svg: &str) -> Markup {
    html! { div.plot { (PreEscaped(svg)) } }
}

/// A plot of the size [`WIDE`](crate::plot::WIDE), scrolled sideways where it would become too small
/// to read.
pub fn wide_plot(svg: &str) -> Markup {
    html! { div.plot.wide { (PreEscaped(svg)) } }
}

/// A title after a dot in the colour that the page has under `name`.
pub fn dotted(name: &str, title: &str) -> Markup {
    html! { span.dot.(name) {} (title) }
}

/// Short facts in columns.
pub fn facts(facts: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Markup {
    html! { dl.facts { (pairs(facts)) } }
}

/// All settings in a table.
pub fn settings(settings: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Markup {
    html! { dl.settings { (pairs(settings)) } }
}

fn pairs(pairs: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Markup {
    html! {
        @for (name, value) in pairs {
            div { dt { (name.as_ref()) } dd { (value.as_ref()) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{ORANGE, TEAL};

    #[test]
    fn a_page_needs_no_other_file_and_escapes_text() {
        let page = Page {
            title: "a < b",
            kicker: "c",
            summary: "d",
            colours: &[("deep", TEAL), ("shallow", ORANGE)],
        };
        let text = page.render(section("Settings", settings([("k", "7"), ("p", "<3>")])));
        for part in [
            "<title>a &lt; b</title>",
            "--deep: #127a6b; --shallow: #c4621a;",
            ".dot.shallow { background: var(--shallow); }",
            "a { color: var(--deep); }",
            "<h2>Settings</h2>",
            "<dt>p</dt><dd>&lt;3&gt;</dd>",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        for part in ["--first", "/*", "<link", "<script", "http"] {
            assert!(!text.contains(part), "{part}");
        }
    }
}
