//! Moments as the people of a place tell them: in the time of the computer on which something was, with how far that is from UTC.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// How far the time of this computer is from UTC now, in seconds to the east.
pub(crate) fn offset_now() -> i32 {
    jiff::Zoned::now().offset().seconds()
}

/// A moment, `2026-11-26 16:01 (UTC+01:00)`, in the time of a place that is so many seconds east of UTC; where that is not known, in
/// that of this computer. Empty where there is no such moment.
pub(crate) fn moment_text(unix_secs: u64, offset_secs: Option<i32>) -> String {
    let there = offset_secs.and_then(|secs| Offset::from_seconds(secs).ok()).map(TimeZone::fixed);
    let moment = i64::try_from(unix_secs).ok().and_then(|secs| Timestamp::from_second(secs).ok());
    moment.map_or_else(String::new, |moment| {
        let zoned = moment.to_zoned(there.unwrap_or_else(TimeZone::system));
        zoned.strftime("%Y-%m-%d %H:%M (UTC%:z)").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_the_time_of_its_place() {
        let table = [
            (1_793_437_200, Some(0), "2026-10-31 09:00 (UTC+00:00)"),
            (1_793_437_200, Some(3600), "2026-10-31 10:00 (UTC+01:00)"),
            (1_793_437_200, Some(-12_600), "2026-10-31 05:30 (UTC-03:30)"),
            (1_793_437_200, Some(20_700), "2026-10-31 14:45 (UTC+05:45)"),
            (u64::MAX, Some(0), ""),
        ];
        for (secs, offset, expected) in table {
            assert_eq!(moment_text(secs, offset), expected, "{secs} {offset:?}");
        }
        assert_eq!(
            moment_text(1_793_437_200, None),
            moment_text(1_793_437_200, Some(offset_at(1_793_437_200)))
        );
    }

    fn offset_at(unix_secs: i64) -> i32 {
        TimeZone::system().to_offset(Timestamp::from_second(unix_secs).unwrap()).seconds()
    }
}
