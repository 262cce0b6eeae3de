//! The picture of OpenHCS in the guide: the chart that a report of two watched runs has.

use std::fs;
use std::path::Path;

use crate::{stepwell, text};

/// The picture, in `screenshots`.
const NAME: &str = "openhcs";

/// How far a grey level may be from that of the stored picture: with how the compiler ordered sums.
const UNSEEN: u8 = 2;

/// With `UPDATE_SNAPSHOTS` set, stores it.
#[test]
fn the_chart_of_openhcs_both_ways_is_that_of_a_report() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a folder");
    for way in ["all-at-once", "by-channel-and-timepoint"] {
        let run = folder.path().join("runs").join(way);
        fs::create_dir_all(&run).expect("writable");
        fs::copy(top.join(format!("tests/data/openhcs/{way}.ron")), run.join("watched.ron"))
            .expect("a record");
    }
    let (runs, report) = (folder.path().join("runs"), folder.path().join("report"));
    let output = stepwell(&["report", text(&runs), "--out", text(&report)]);
    let said = String::from_utf8_lossy(&output.stdout);
    let verdict = "OpenHCS by channel and timepoint needs 3.1 × less memory than OpenHCS all at once, in 50 % more time; all 180 \
                   files of results are the same.";
    assert!(said.contains(verdict), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let (made, stored) = (report.join("memory.png"), top.join(format!("screenshots/{NAME}.png")));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::copy(&made, &stored).expect("a place for the picture");
    }
    let [made, stored] = [made, stored].map(|path| image::open(path).expect("a picture").to_rgb8());
    let is_as_stored = made.dimensions() == stored.dimensions()
        && made.iter().zip(stored.iter()).all(|(made, stored)| made.abs_diff(*stored) <= UNSEEN);
    assert!(is_as_stored, "make the picture anew with UPDATE_SNAPSHOTS=1");
}
