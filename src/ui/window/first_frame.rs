//! How long it takes from the start of the program until its window has shown a first frame, part by part, for the log.

use std::time::{Duration, Instant};

/// The time until the first frame.
#[derive(Debug)]
pub(super) struct FirstFrame {
    began: Instant,
    /// What has ended, and when.
    parts: Vec<(&'static str, Duration)>,
}

/// The part that ends when the frame is laid out and goes to be painted.
pub(super) const LAYOUT: &str = "layout";

impl FirstFrame {
    /// Of a program that began at this moment.
    pub(super) fn since(began: Instant) -> Self {
        Self { began, parts: Vec::new() }
    }

    /// A part has ended.
    pub(super) fn ended(&mut self, part: &'static str) {
        self.parts.push((part, self.began.elapsed()));
    }

    /// `first frame after 240 ms: settings 2, display 180, …`.
    pub(super) fn words(&self) -> String {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let mut before = Duration::ZERO;
        let part = |(name, end): &(&str, Duration)| {
            let took = *end - std::mem::replace(&mut before, *end);
            format!("{name} {:.0}", ms(took))
        };
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        let all = self.parts.last().map_or(Duration::ZERO, |(_, end)| *end);
        format!("first frame after {:.0} ms: {}", ms(all), parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_one_by_one() {
        let ms = Duration::from_millis;
        let parts = vec![("settings", ms(4)), ("display", ms(204)), (LAYOUT, ms(254))];
        let mut frame = FirstFrame { began: Instant::now(), parts };
        frame.parts.push(("painting", ms(270)));
        let expected = "first frame after 270 ms: settings 4, display 200, layout 50, painting 16";
        assert_eq!(frame.words(), expected);
    }
}
