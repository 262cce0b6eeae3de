//! What pictures in SVG share: the page, its texts and lines, and colours on white paper.
//!
//! Vector shapes and text only; no scripts, no references to anything outside the file.

use std::fmt::Display;

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

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

/// Attributes of an element, in order.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

/// Attributes that say how lines and letters look.
pub(super) type SvgStyle = &'static [(&'static str, &'static str)];

/// A page while it is written.
pub(super) struct Svg(Writer<Vec<u8>>);

impl Svg {
    /// A white page of a size in pixels; the summary is for those who do not see it.
    pub(super) fn new(width: f32, height: f32, summary: &str) -> Self {
        let mut svg = Self::of(
            &[
                ("width", &width),
                ("height", &height),
                ("viewBox", &format_args!("0 0 {width} {height}")),
                ("font-family", &"Inter, Helvetica, Arial, sans-serif"),
                ("role", &"img"),
            ],
            summary,
        );
        svg.shape("rect", &[("width", &width), ("height", &height), ("fill", &"#ffffff")]);
        svg
    }

    /// A page without ground, by its own attributes.
    pub(super) fn of(attributes: Attributes<'_>, summary: &str) -> Self {
        let mut svg = Self(Writer::new(Vec::new()));
        let space: Attributes<'_> = &[("xmlns", &"http://www.w3.org/2000/svg")];
        svg.open("svg", &[space, attributes].concat());
        svg.words("title", &[], summary);
        svg
    }

    pub(super) fn finish(mut self) -> String {
        self.close("svg");
        // All that was written is text.
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }

    /// Begins an element that holds others, until it is closed.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.emit(Event::Start(element(name, attributes)));
        self.end_line();
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.emit(Event::End(BytesEnd::new(name)));
        self.end_line();
    }

    /// An element that holds nothing.
    pub(super) fn shape(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.emit(Event::Empty(element(name, attributes)));
        self.end_line();
    }

    /// An element that shows its title under the pointer.
    pub(super) fn titled(&mut self, name: &'static str, attributes: Attributes<'_>, title: &str) {
        self.emit(Event::Start(element(name, attributes)));
        self.word_element("title", &[], title);
        self.close(name);
    }

    /// An element that holds words.
    pub(super) fn words(&mut self, name: &'static str, attributes: Attributes<'_>, words: &str) {
        self.word_element(name, attributes, words);
        self.end_line();
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
        let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
        let place: Attributes<'_> =
            &[("x", &x), ("y", &y), ("font-size", &size), ("fill", &color), ("text-anchor", &anchor)];
        // The semibold face has a family name of its own, so that it is found without a system's fonts.
        let weight: SvgStyle = if bold {
            &[
                ("font-family", "Inter Semi Bold, Inter SemiBold, Inter, Helvetica, Arial, sans-serif"),
                ("font-weight", "600"),
            ]
        } else {
            &[]
        };
        self.words("text", &with_look(place, weight), text);
    }

    pub(super) fn line(&mut self, from: [f32; 2], to: [f32; 2], color: &str, look: SvgStyle) {
        let [x1, y1, x2, y2] = [from[0], from[1], to[0], to[1]].map(|at| format!("{at:.1}"));
        let place: Attributes<'_> = &[("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2), ("stroke", &color)];
        self.shape("line", &with_look(place, look));
    }

    fn word_element(&mut self, name: &'static str, attributes: Attributes<'_>, words: &str) {
        self.emit(Event::Start(element(name, attributes)));
        self.emit(Event::Text(BytesText::new(&allowed(words))));
        self.emit(Event::End(BytesEnd::new(name)));
    }

    fn end_line(&mut self) {
        self.emit(Event::Text(BytesText::from_escaped("\n")));
    }

    fn emit(&mut self, event: Event<'_>) {
        // Writing into memory cannot fail.
        let _ = self.0.write_event(event);
    }
}

/// Attributes with those of a look behind them.
pub(super) fn with_look<'a>(
    attributes: Attributes<'a>,
    look: SvgStyle,
) -> Vec<(&'static str, &'a dyn Display)> {
    let look = look.iter().map(|(name, value)| (*name, value as &dyn Display));
    attributes.iter().copied().chain(look).collect()
}

fn element(name: &'static str, attributes: Attributes<'_>) -> BytesStart<'static> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute((*name, value.to_string().as_str()));
    }
    element
}

/// Text as XML may hold it: escaped, and without the control characters that no escape allows.
pub(super) fn clean(text: &str) -> String {
    escape(allowed(text)).into_owned()
}

fn allowed(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}
