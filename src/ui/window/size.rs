//! How large the window opens: never larger than what the screen leaves beside title bar and task bars.

use egui::{Vec2, ViewportInfo, vec2};

/// The least size of the window's content, in points: what a screen of 1920 by 1080 pixels at 200 %, the smallest
/// that is common, leaves of its 960 by 540 points.
pub(super) const LEAST: [f32; 2] = [880.0, 440.0];

/// The size of the window's content where none is remembered, in points.
const USUAL: [f32; 2] = [1440.0, 900.0];

/// What title bar, borders and task bars take of a screen at most, in points. The system does not say it before the
/// window is there.
const AROUND: Vec2 = vec2(24.0, 112.0);

/// Larger than any screen: where the toolkit does not cut it to the screen, the screen is not known.
pub(super) const ANY_SCREEN: Vec2 = Vec2::splat(16_000.0);

/// How the window opens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Opening {
    /// Size of the content in points; of a maximized window the one that it has when it is not so any more.
    pub(super) size: Vec2,
    /// Whether it takes what the screen leaves, which the system alone knows.
    pub(super) is_maximized: bool,
}

/// How a window of a remembered size opens on a screen, both in points; `None` where it is not known.
pub(super) fn opening(remembered: Option<[f32; 2]>, screen: Option<Vec2>) -> Opening {
    let wanted = Vec2::from(remembered.unwrap_or(USUAL)).max(LEAST.into());
    let Some(screen) = screen else { return Opening { size: wanted, is_maximized: false } };
    let room = screen - AROUND;
    let is_maximized = wanted.x > room.x || wanted.y > room.y;
    Opening { size: wanted.min(room.max(LEAST.into())), is_maximized }
}

/// Whether a window that has just opened reaches beyond its screen: it opened on a smaller one than the largest.
pub(super) fn is_beyond_screen(window: &ViewportInfo) -> bool {
    let is_bound = window.maximized == Some(true) || window.fullscreen == Some(true);
    let (Some(inner), Some(screen)) = (window.inner_rect, window.monitor_size) else { return false };
    let size = window.outer_rect.unwrap_or(inner).size();
    !is_bound && (size.x > screen.x || size.y > screen.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Rect, pos2};

    #[test]
    fn the_window_opens_within_the_screen() {
        let table = [
            // Remembered, screen, size, whether it takes all that the screen leaves.
            (None, None, [1440.0, 900.0], false),
            (None, Some([1920.0, 1080.0]), [1440.0, 900.0], false),
            (None, Some([1440.0, 900.0]), [1416.0, 788.0], true),
            (None, Some([1366.0, 768.0]), [1342.0, 656.0], true),
            (None, Some([1280.0, 720.0]), [1256.0, 608.0], true),
            (None, Some([960.0, 540.0]), [936.0, 440.0], true),
            (Some([1000.0, 600.0]), Some([1366.0, 768.0]), [1000.0, 600.0], false),
            // What filled the screen fills it again.
            (Some([1366.0, 715.0]), Some([1366.0, 768.0]), [1342.0, 656.0], true),
            (Some([300.0, 20.0]), Some([1366.0, 768.0]), LEAST, false),
            // Smaller than any window can be.
            (None, Some([640.0, 480.0]), LEAST, true),
        ];
        for (remembered, screen, size, is_maximized) in table {
            let opening = opening(remembered, screen.map(Vec2::from));
            assert_eq!(opening, Opening { size: size.into(), is_maximized }, "{remembered:?} on {screen:?}");
        }
    }

    #[test]
    fn a_window_that_opened_on_a_smaller_screen_is_known() {
        let rect = |size: [f32; 2]| Some(Rect::from_min_size(pos2(0.0, 0.0), size.into()));
        let window = |inner, outer, screen: [f32; 2]| ViewportInfo {
            inner_rect: rect(inner),
            outer_rect: rect(outer),
            monitor_size: Some(screen.into()),
            ..ViewportInfo::default()
        };
        let inside = window([1366.0, 740.0], [1366.0, 768.0], [1366.0, 768.0]);
        assert!(!is_beyond_screen(&inside));
        let below = window([1366.0, 768.0], [1366.0, 796.0], [1366.0, 768.0]);
        assert!(is_beyond_screen(&below));
        assert!(!is_beyond_screen(&ViewportInfo { maximized: Some(true), ..below }));
        assert!(!is_beyond_screen(&ViewportInfo::default()));
    }
}
