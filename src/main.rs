//! The `stepwell` program.

fn main() {}
