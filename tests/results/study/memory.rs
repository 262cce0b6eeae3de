//! Claims of memory: images at once, used again, given back.

use super::*;

#[test]
fn fewer_images_are_there_at_once() {
    let two_wells = |run: Run| Run { wells: vec!["A01", "A02"], ..run };
    check(
        Claim::FewerAtOnce,
        vec![
            (
                vec![Run::bulk(54), Run::returned(2, 27)],
                Shown,
                Some("54 → 27"),
                "All at once held 54 images in memory; channel one at a time 27: 2.0 × fewer.",
            ),
            (
                vec![Run::returned(10, 2700)],
                Shown,
                Some("27,000 → 2,700"),
                "All at once was not run, and would hold 27,000 images in memory; channel one at a time 2,700: 10 × \
                 fewer.",
            ),
            (
                vec![Run::bulk(27), Run { read_ahead: true, ..Run::returned(1, 27) }],
                NotShown,
                Some("27 → 27"),
                "All at once held 27 images in memory, and channel one at a time 27: no fewer. The next combination \
                 was read ahead, so two were there.",
            ),
            (vec![Run::bulk(27)], Unknown, None, "There is no run one at a time yet: compare both ways."),
            (
                vec![Run::bulk(54), two_wells(Run::returned(4, 27))],
                Unknown,
                None,
                "All at once has not been run on the same wells: compare both ways.",
            ),
        ],
    );
}

#[test]
fn memory_is_used_again() {
    let growing = {
        let mut run = Run::kept(3, 20);
        run.images = vec![20, 20, 30];
        run.preload[2] = [20 * MB, 30 * MB];
        run
    };
    let not_reused = {
        let mut run = Run::kept(3, 20);
        run.preload[2] = [20 * MB, 30 * MB];
        run
    };
    check(
        Claim::Reuse,
        vec![
            (
                vec![Run::kept(10, 27), Run::returned(2, 27)],
                Shown,
                Some("27.0 MB, then 40.0 kB"),
                "The first preload added 27.0 MB, each of the other 9 at most 40.0 kB: the memory that is kept is used \
                 again.",
            ),
            (
                vec![growing],
                Shown,
                Some("20.0 MB, then 10.0 MB"),
                "The first preload added 20.0 MB, each of the other 2 at most 10.0 MB: the memory that is kept is used \
                 again.",
            ),
            (
                vec![not_reused],
                NotShown,
                Some("20.0 MB, then 10.0 MB"),
                "The first preload added 20.0 MB. The one of A01 · channel 3 added 7.80 MB more than its images \
                 need beyond the memory that was kept.",
            ),
            (
                vec![Run::returned(2, 27)],
                Unknown,
                None,
                "Memory went back to the system after each clear, so each preload takes it again: 27.0 MB the first \
                 time. To see it used again, choose “keep memory” under After a clear, and run one at a time.",
            ),
            (
                vec![Run::kept(1, 27)],
                Unknown,
                None,
                "There was only one combination, so nothing could be used again. Take more components one at a time, \
                 or more wells.",
            ),
            (
                vec![Run::kept(5, 3)],
                Unknown,
                None,
                "The images of a combination are 3.00 MB, too little to tell from the 2.03 MB that memory may vary by \
                 anyway.",
            ),
            (
                vec![Run { is_told: false, ..Run::kept(5, 27) }],
                Unknown,
                None,
                "This system does not report the memory of a process.",
            ),
            (
                vec![Run { read_ahead: true, ..Run::kept(5, 27) }],
                Unknown,
                None,
                "The next combination was read ahead, so its images are in memory together with those of the \
                 present one, and neither can be measured alone. Run without reading ahead.",
            ),
        ],
    );
}

#[test]
fn a_clear_gives_memory_back() {
    let left = {
        let mut run = Run::returned(4, 27);
        run.cleared[1] = 3 * MB;
        run.cleared[2] = 9 * MB;
        run
    };
    let just = {
        let mut run = Run::returned(4, 27);
        run.cleared[2] = 2_270_000;
        run
    };
    // What decoders and steps need again is no image that stayed.
    let working = {
        let mut run = Run::returned(4, 27);
        run.scratch = 800_000;
        run.cleared[2] = 3_070_000;
        run
    };
    let unfinished = {
        let mut run = Run::returned(0, 27);
        run.wells = vec!["A01"];
        run
    };
    check(
        Claim::Clearing,
        vec![
            (
                vec![Run::returned(18, 27), Run::kept(2, 27)],
                Shown,
                Some("35.1 MB → 8.15 MB"),
                "Up to 35.1 MB before; after each of 18 clears at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run { peak: Some(29 * MB), ..Run::returned(18, 27) }],
                Shown,
                Some("35.1 MB → 8.15 MB"),
                "Up to 37.0 MB while a combination was processed and 35.1 MB before its clear; after each of 18 clears \
                 at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run::bulk(54)],
                Shown,
                Some("62.1 MB → 8.15 MB"),
                "Up to 62.1 MB before; after the clear at most 150 kB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![just],
                Shown,
                Some("35.1 MB → 10.3 MB"),
                "Up to 35.1 MB before; after each of 4 clears at most 2.27 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![working],
                Shown,
                Some("35.1 MB → 11.1 MB"),
                "Up to 35.1 MB before; after each of 4 clears at most 3.07 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![left],
                NotShown,
                Some("35.1 MB → 17.0 MB"),
                "After 2 of 4 clears, more was left than 1 % of the images, 2 MB and what decoders and steps keep \
                 (0 B). The most was left after A01 · channel 3: 9.00 MB above the 8.00 MB of the worker at rest.",
            ),
            (
                vec![Run::kept(3, 27)],
                Unknown,
                None,
                "Memory was kept for the next combination, as chosen, so a clear gives none back. Choose “return \
                 memory” under After a clear, and run again.",
            ),
            (vec![unfinished], Unknown, None, "The run ended before its first clear."),
            (
                vec![Run { is_told: false, ..Run::returned(3, 27) }],
                Unknown,
                None,
                "This system does not report the memory of a process.",
            ),
        ],
    );
}
