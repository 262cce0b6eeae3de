//! Colours, spacing and type of the window, dark and light: the one place where they are named.
//!
//! A colour has one meaning everywhere: blue is all at once, orange one at a time, green fits, red
//! is over budget, amber is a warning. Text colours reach a contrast of 4.5 to 1 on each of the
//! theme's backgrounds, which a test computes.

use std::sync::Arc;

use egui::style::NumberFormatter;
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Shadow, Stroke,
    Style, TextStyle, Ui, Visuals, vec2,
};

use crate::plan::Mode;
use crate::quantity::field_text;

/// The colours of one appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether this is the dark appearance.
    pub dark: bool,
    /// Behind the centre of the window.
    pub surface: Color32,
    /// Behind side panels, header and status line.
    pub panel: Color32,
    /// Behind buttons, chips, fields and cards.
    pub card: Color32,
    /// The same under the pointer.
    pub card_hovered: Color32,
    /// Thin lines between things.
    pub line: Color32,
    /// Around controls: buttons, fields, switches.
    pub outline: Color32,
    /// Lines of a chart's grid, fainter than [`Self::line`].
    pub grid: Color32,
    /// An empty well, the track of a bar.
    pub empty: Color32,
    /// Text of full weight: body and headings.
    pub text: Color32,
    /// Text of less weight: captions, units.
    pub text_weak: Color32,
    /// All at once; also links, focus and the tab that is open.
    pub bulk: Color32,
    /// One at a time.
    pub sequential: Color32,
    /// Shades of [`Self::bulk`] for further runs in one chart.
    pub more_bulk: [Color32; 3],
    /// Shades of [`Self::sequential`] for further runs in one chart.
    pub more_sequential: [Color32; 3],
    /// Programs that were watched.
    pub watched: Color32,
    /// Shades of [`Self::watched`] for further programs in one chart.
    pub more_watched: [Color32; 3],
    /// Fits the budget, done, saving.
    pub fits: Color32,
    /// Over the budget, failed.
    pub over: Color32,
    /// Warnings and reasons.
    pub warning: Color32,
    /// Fill of the primary button and of selected text.
    pub accent_fill: Color32,
    /// Text upon [`Self::accent_fill`].
    pub on_accent: Color32,
}

/// The dark appearance.
pub(crate) const DARK: Theme = Theme {
    dark: true,
    surface: Color32::from_rgb(0x14, 0x18, 0x1d),
    panel: Color32::from_rgb(0x1b, 0x1f, 0x27),
    card: Color32::from_rgb(0x25, 0x2a, 0x34),
    card_hovered: Color32::from_rgb(0x2f, 0x35, 0x41),
    line: Color32::from_rgb(0x33, 0x39, 0x45),
    outline: Color32::from_rgb(0x74, 0x7c, 0x8b),
    grid: Color32::from_rgb(0x27, 0x2c, 0x35),
    empty: Color32::from_rgb(0x2a, 0x30, 0x3a),
    text: Color32::from_rgb(0xe9, 0xec, 0xf1),
    text_weak: Color32::from_rgb(0xa0, 0xa9, 0xb8),
    bulk: Color32::from_rgb(0x4a, 0x9e, 0xff),
    sequential: Color32::from_rgb(0xff, 0x9f, 0x3a),
    more_bulk: [
        Color32::from_rgb(0xb4, 0xd8, 0xff),
        Color32::from_rgb(0x3f, 0xbf, 0xcf),
        Color32::from_rgb(0x9a, 0x8f, 0xff),
    ],
    more_sequential: [
        Color32::from_rgb(0xff, 0xdc, 0xb0),
        Color32::from_rgb(0xcf, 0x87, 0x52),
        Color32::from_rgb(0xd6, 0xb2, 0x4a),
    ],
    watched: Color32::from_rgb(0xe8, 0x86, 0xd2),
    more_watched: [
        Color32::from_rgb(0xf7, 0xc4, 0xec),
        Color32::from_rgb(0xcc, 0x7c, 0xe8),
        Color32::from_rgb(0xe0, 0x8a, 0x9c),
    ],
    fits: Color32::from_rgb(0x34, 0xc4, 0x8c),
    over: Color32::from_rgb(0xff, 0x72, 0x6f),
    warning: Color32::from_rgb(0xff, 0xd1, 0x55),
    accent_fill: Color32::from_rgb(0x1f, 0x6f, 0xd6),
    on_accent: Color32::WHITE,
};

/// The light appearance.
pub(crate) const LIGHT: Theme = Theme {
    dark: false,
    surface: Color32::from_rgb(0xf4, 0xf5, 0xf7),
    panel: Color32::WHITE,
    card: Color32::from_rgb(0xee, 0xf0, 0xf3),
    card_hovered: Color32::from_rgb(0xe4, 0xe7, 0xec),
    line: Color32::from_rgb(0xd5, 0xd9, 0xdf),
    outline: Color32::from_rgb(0x80, 0x87, 0x91),
    grid: Color32::from_rgb(0xe3, 0xe6, 0xea),
    empty: Color32::from_rgb(0xe7, 0xe9, 0xed),
    text: Color32::from_rgb(0x1a, 0x1f, 0x27),
    text_weak: Color32::from_rgb(0x57, 0x60, 0x6e),
    bulk: Color32::from_rgb(0x0b, 0x64, 0xc8),
    sequential: Color32::from_rgb(0xb0, 0x52, 0x00),
    more_bulk: [
        Color32::from_rgb(0x0a, 0x3a, 0x7d),
        Color32::from_rgb(0x0a, 0x70, 0x80),
        Color32::from_rgb(0x63, 0x53, 0xc4),
    ],
    more_sequential: [
        Color32::from_rgb(0x6e, 0x33, 0x00),
        Color32::from_rgb(0x9a, 0x50, 0x3c),
        Color32::from_rgb(0x80, 0x5d, 0x00),
    ],
    watched: Color32::from_rgb(0x9c, 0x2a, 0x86),
    more_watched: [
        Color32::from_rgb(0x5e, 0x14, 0x50),
        Color32::from_rgb(0x76, 0x38, 0xa8),
        Color32::from_rgb(0xa0, 0x3c, 0x58),
    ],
    fits: Color32::from_rgb(0x0a, 0x74, 0x4b),
    over: Color32::from_rgb(0xc2, 0x2f, 0x34),
    warning: Color32::from_rgb(0x85, 0x5c, 0x00),
    accent_fill: Color32::from_rgb(0x0b, 0x64, 0xc8),
    on_accent: Color32::WHITE,
};

impl Theme {
    /// The theme of a part of the window.
    pub fn of(ui: &Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }

    /// The theme of the window.
    pub(crate) fn of_ctx(ctx: &egui::Context) -> &'static Self {
        if ctx.theme() == egui::Theme::Dark { &DARK } else { &LIGHT }
    }

    /// The colour of a mode.
    pub fn mode(&self, mode: Mode) -> Color32 {
        match mode {
            Mode::Bulk => self.bulk,
            Mode::Sequential => self.sequential,
        }
    }

    /// The colour of the nth run of a mode in a chart, or watched program of none, from 0; after the fourth they come again.
    pub fn run(&self, mode: Option<Mode>, nth: usize) -> Color32 {
        let (first, more) = match mode {
            Some(Mode::Bulk) => (self.bulk, &self.more_bulk),
            Some(Mode::Sequential) => (self.sequential, &self.more_sequential),
            None => (self.watched, &self.more_watched),
        };
        match nth % (more.len() + 1) {
            0 => first,
            nth => more[nth - 1],
        }
    }

    /// The colour of a forecast.
    pub fn fit(&self, fits: bool) -> Color32 {
        if fits { self.fits } else { self.over }
    }

    pub(crate) fn line_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }
}

/// How much of its colour a control keeps that cannot be used now.
const DISABLED: f32 = 0.75;

/// Behind an image that does not fill its place.
pub(crate) const IMAGE_GROUND: Color32 = Color32::from_rgb(0x05, 0x07, 0x0a);
/// What is drawn upon an image: the scale bar and its text.
pub(crate) const ON_IMAGE: Color32 = Color32::from_rgb(0xf2, 0xf4, 0xf8);
/// The shade behind [`ON_IMAGE`], for bright images.
pub(crate) const IMAGE_SHADE: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 150);

/// Gap between things that belong together, in points.
pub(crate) const GAP: f32 = 8.0;
/// Gap between sections, in points.
pub(crate) const SECTION_GAP: f32 = 14.0;
/// Margin inside panels, in points.
pub(crate) const PANEL_MARGIN: i8 = 12;
/// Corner radius of buttons, cards and bars.
pub(crate) const RADIUS: CornerRadius = CornerRadius::same(6);
/// Corner radius of small things: wells, chips, thin bars.
pub(crate) const SMALL_RADIUS: CornerRadius = CornerRadius::same(3);

/// Name of the font family of weight semibold.
pub(crate) const STRONG_FAMILY: &str = "strong";

/// The family of weight semibold.
pub(crate) fn strong_family() -> FontFamily {
    FontFamily::Name(STRONG_FAMILY.into())
}

/// Semibold text of the size of the body.
pub(crate) fn strong_style() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// The big numbers of the verdict.
pub(crate) fn big_style() -> TextStyle {
    TextStyle::Name("big".into())
}

/// The names of plate and program.
pub(crate) fn title_style() -> TextStyle {
    TextStyle::Name("title".into())
}

/// Semibold text in the colour of text.
pub(crate) fn strong(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(strong_style()).color(Theme::of(ui).text)
}

/// Text of less weight.
pub(crate) fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Theme::of(ui).text_weak)
}

/// Small text of less weight.
pub fn caption(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Small).color(Theme::of(ui).text_weak)
}

/// Marks what is selected in a table by a quiet ground, upon which text has its usual colour.
pub(crate) fn quiet_selection(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let selection = &mut ui.visuals_mut().selection;
    selection.bg_fill = theme.card_hovered;
    selection.stroke.color = theme.text;
}

/// Installs fonts, text styles, spacing and colours, once when the window begins.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    egui_extras::install_image_loaders(ctx);
    // The size of text is a setting, which the keys change, too.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.set_style_of(egui::Theme::Dark, style(&DARK));
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT));
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallbacks = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let inter: [(&str, &[u8], FontFamily); 2] = [
        (
            "Inter",
            include_bytes!("../../assets/fonts/Inter-Regular.otf").as_slice(),
            FontFamily::Proportional,
        ),
        (
            "Inter SemiBold",
            include_bytes!("../../assets/fonts/Inter-SemiBold.otf").as_slice(),
            strong_family(),
        ),
    ];
    for (name, bytes, family) in inter {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        // What Inter lacks (some symbols) comes from the fonts that egui brings.
        let names = std::iter::once(name.to_owned()).chain(fallbacks.iter().cloned()).collect();
        fonts.families.insert(family, names);
    }
    fonts
}

fn style(theme: &Theme) -> Style {
    let mut style = Style { visuals: visuals(theme), ..Style::default() };
    let regular = |size| FontId::new(size, FontFamily::Proportional);
    let strong = |size| FontId::new(size, strong_family());
    style.text_styles = [
        (TextStyle::Small, regular(11.5)),
        (TextStyle::Body, regular(13.0)),
        (TextStyle::Button, regular(13.0)),
        (TextStyle::Heading, strong(17.0)),
        (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        (strong_style(), strong(13.0)),
        (title_style(), strong(15.0)),
        (big_style(), strong(28.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GAP, 6.0);
    spacing.button_padding = vec2(10.0, 5.0);
    spacing.interact_size = vec2(32.0, 26.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.tooltip_width = 340.0;
    spacing.text_edit_width = 320.0;
    spacing.scroll.floating = true;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.3;
    style.animation_time = 0.1;
    style.number_formatter = NumberFormatter::new(field_text);
    style
}

fn visuals(theme: &Theme) -> Visuals {
    let mut visuals = if theme.dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = theme.panel;
    visuals.window_fill = theme.panel;
    visuals.window_stroke = theme.line_stroke();
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let shade = if theme.dark { 110 } else { 40 };
    visuals.window_shadow =
        Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(shade) };
    visuals.popup_shadow =
        Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_black_alpha(shade) };
    visuals.faint_bg_color = theme.card;
    visuals.extreme_bg_color = theme.surface;
    visuals.code_bg_color = theme.card;
    visuals.text_edit_bg_color = Some(if theme.dark { theme.surface } else { theme.panel });
    visuals.hyperlink_color = theme.bulk;
    visuals.warn_fg_color = theme.warning;
    visuals.error_fg_color = theme.over;
    visuals.weak_text_color = Some(theme.text_weak);
    visuals.selection.bg_fill = theme.accent_fill;
    visuals.selection.stroke = Stroke::new(1.0, theme.on_accent);
    visuals.text_cursor.stroke = Stroke::new(1.5, theme.text);
    visuals.slider_trailing_fill = true;
    visuals.disabled_alpha = DISABLED;
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke) in [
        (&mut widgets.noninteractive, theme.panel, theme.line),
        (&mut widgets.inactive, theme.card, theme.outline),
        (&mut widgets.hovered, theme.card_hovered, theme.text_weak),
        (&mut widgets.active, theme.card_hovered, theme.bulk),
        (&mut widgets.open, theme.card_hovered, theme.outline),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, theme.text);
        widget.corner_radius = RADIUS;
        widget.expansion = 0.0;
    }
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(colour: Color32) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        for theme in [DARK, LIGHT] {
            let texts = [
                ("text", theme.text),
                ("text_weak", theme.text_weak),
                ("bulk", theme.bulk),
                ("sequential", theme.sequential),
                ("watched", theme.watched),
                ("fits", theme.fits),
                ("over", theme.over),
                ("warning", theme.warning),
            ];
            let runs = [Some(Mode::Bulk), Some(Mode::Sequential), None]
                .into_iter()
                .flat_map(|mode| (1..4).map(move |nth| ("a further run", theme.run(mode, nth))));
            let grounds = [("surface", theme.surface), ("panel", theme.panel), ("card", theme.card)];
            for (text_name, text) in texts.into_iter().chain(runs) {
                for (ground_name, ground) in grounds {
                    let contrast = contrast(text, ground);
                    assert!(
                        contrast >= 4.5,
                        "{text_name} on {ground_name}: {contrast:.2} (dark: {})",
                        theme.dark
                    );
                }
            }
            // Rows that are selected or under the pointer.
            for (name, text) in [("text", theme.text), ("bulk", theme.bulk), ("sequential", theme.sequential)]
            {
                let contrast = contrast(text, theme.card_hovered);
                assert!(contrast >= 4.0, "{name} on a selected row: {contrast:.2} (dark: {})", theme.dark);
            }
            assert!(contrast(theme.on_accent, theme.accent_fill) >= 4.5, "dark: {}", theme.dark);
            for (ground_name, ground) in grounds {
                let outline = contrast(theme.outline, ground);
                assert!(outline >= 3.0, "outline on {ground_name}: {outline:.2} (dark: {})", theme.dark);
                for (name, text) in [("text", theme.text), ("text_weak", theme.text_weak)] {
                    let contrast = contrast(ground.lerp_to_gamma(text, DISABLED), ground);
                    assert!(
                        contrast >= 3.0,
                        "disabled {name} on {ground_name}: {contrast:.2} (dark: {})",
                        theme.dark
                    );
                }
            }
        }
    }
}
