//! Numbers that look random and depend on nothing but their inputs, so that a demo plate is the
//! same whichever thread draws which image.

/// Mixes a seed with a value (splitmix64's finisher).
pub(super) fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed ^ value.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number from 0 to 1 of a seed and what it is for.
pub(super) fn unit(seed: u64, what_for: u64) -> f32 {
    #[allow(clippy::cast_precision_loss)] // 24 bits fit
    let value = (mix(seed, what_for) >> 40) as f32;
    value / 16_777_216.0
}

/// A number from `low` to `high`.
pub(super) fn between(seed: u64, what_for: u64, low: f32, high: f32) -> f32 {
    low + (high - low) * unit(seed, what_for)
}

/// A normally distributed number (the sum of eight, which is near enough for noise).
pub(super) fn normal(seed: u64, what_for: u64) -> f32 {
    let sum: f32 = (0..8).map(|draw| unit(seed, what_for.wrapping_mul(8).wrapping_add(draw))).sum();
    (sum - 4.0) * 1.224_745
}

/// Smooth noise of 0 to 1 over the plane, with features of about the size 1.
pub(super) fn smooth_noise(seed: u64, x: f32, y: f32) -> f32 {
    let (x0, y0) = (x.floor(), y.floor());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positions are small
    let corner = |dx: f32, dy: f32| unit(seed, ((x0 + dx) as i64 as u64) << 20 ^ ((y0 + dy) as i64 as u64));
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - x0), ease(y - y0));
    let above = corner(0.0, 0.0) * (1.0 - u) + corner(1.0, 0.0) * u;
    let below = corner(0.0, 1.0) * (1.0 - u) + corner(1.0, 1.0) * u;
    above * (1.0 - v) + below * v
}
