//! What pictures in SVG share: the page, its texts and lines, and colours on white paper.
//!
//! Vector shapes and text only; no scripts, no references to anything outside the file.

use std::fmt::Write;

use quick_xml::escape::escape;

pub(super) const TEXT: &str = "#1b1f27";
pub(super) const QUIET: &str = "#5c6470";
pub(super) const GRID: &str = "#e3e6ea";
pub(super) const RED: &str = "#cc2936";
pub(super) const GREEN: &str = "#0a744b";

#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A page while it is written. Writing to a `String` cannot fail, so results are dropped.
pub(super) struct Svg(String);

impl Svg {
    /// A white page of a size in pixels; the summary is for those who do not see it.
    pub(super) fn new(width: f32, height: f32, summary: &str) -> Self {
        let mut svg = Self(String::new());
        svg.add(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="Inter, Helvetica, Arial, sans-serif" role="img">"#
        ));
        svg.add(format_args!("<title>{}</title>", clean(summary)));
        svg.add(format_args!(r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##));
        svg
    }

    pub(super) fn finish(mut self) -> String {
        self.add(format_args!("</svg>"));
        self.0
    }

    pub(super) fn add(&mut self, shape: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(shape);
        self.0.push('\n');
    }

    #[expect(clippy::too_many_arguments, reason = "a text is a place, a look and words")]
    pub(super) fn text(
        &mut self,
        x: f32,
        y: f32,
        size: f32,
        color: &str,
        anchor: Anchor,
        bold: bool,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        // The semibold face has a family name of its own, so that it is found without a system's fonts.
        let weight = if bold {
            r#" font-family="Inter Semi Bold, Inter SemiBold, Inter, Helvetica, Arial, sans-serif" font-weight="600""#
        } else {
            ""
        };
        self.add(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{color}" text-anchor="{anchor}"{weight}>{}</text>"#,
            clean(text)
        ));
    }

    pub(super) fn line(&mut self, from: [f32; 2], to: [f32; 2], color: &str, look: &str) {
        self.add(format_args!(
            r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{color}" {look}/>"#,
            from[0], from[1], to[0], to[1]
        ));
    }
}

/// Text as XML may hold it: escaped, and without the control characters that no escape allows.
pub(super) fn clean(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().filter(allowed).collect();
    escape(&text).into_owned()
}
