//! Images that share the chunks of an array: what is read in one go, what it takes, and that the results are the same.

use std::fs;

use stepwell::events::EventKind;
use stepwell::image::ContentHash;
use stepwell::pipeline::PipelineSpec;
use stepwell::plan::RunSpec;
use stepwell::plate::Component;

use crate::events_of;
use crate::support::ome_zarr::{value, write_plate};
use crate::support::{open, plan, spec};

const SHAPE: [usize; 4] = [2, 3, 20, 24];
const FIELDS: [&str; 3] = ["A/1/0", "A/1/1", "B/3/0"];

#[test]
fn chunks_of_several_images_are_unpacked_once_where_these_are_taken_together() {
    /// Shape of chunks; components taken one at a time; how often each chunk is unpacked.
    type Case<'a> = ([usize; 4], &'a [Component], u32);
    let table: [Case<'_>; 6] = [
        ([2, 3, 10, 24], &[], 1),
        ([2, 3, 10, 24], &[Component::Channel], 2),
        ([2, 3, 10, 24], &[Component::Channel, Component::Site], 2),
        ([1, 3, 10, 8], &[Component::Channel], 1),
        ([2, 1, 20, 24], &[Component::Channel], 2),
        ([1, 1, 10, 24], &[Component::Channel], 1),
    ];
    let mut hashes = Vec::new();
    for (chunk, sequential, times) in table {
        let folder = tempfile::tempdir().expect("a folder");
        write_plate(folder.path(), &FIELDS, SHAPE, chunk);
        let plate = open(folder.path());
        assert_eq!(plate.images.len(), 18);
        let spec = RunSpec { pipeline: PipelineSpec::default(), ..spec(sequential) };
        let planned = plan(&plate, &spec);
        let note = planned.notes.iter().find(|note| note.contains("chunk"));
        let told = format!("Each chunk is read and unpacked {times} times.");
        assert_eq!(note.is_some(), times > 1, "{chunk:?} {sequential:?}: {note:?}");
        assert!(note.is_none_or(|note| note.ends_with(&told)), "{note:?}");

        let results = tempfile::tempdir().expect("a folder");
        let (events, summary) = events_of(&planned, results.path());
        assert!(summary.failed.is_empty(), "{:?}", summary.failed);
        assert_eq!(summary.peak_counted_bytes, planned.forecast.counted_bytes, "{chunk:?} {sequential:?}");
        let mut outputs: Vec<(String, ContentHash)> = events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Saved { outputs, .. } => Some(outputs),
                _ => None,
            })
            .flatten()
            .map(|output| (output.key.to_string(), output.hash))
            .collect();
        outputs.sort_unstable();
        hashes.push(outputs);
    }
    assert!(hashes.iter().all(|outputs| *outputs == hashes[0] && outputs.len() == 6), "{hashes:?}");
}

#[test]
fn a_damaged_chunk_costs_the_images_that_lie_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &FIELDS, SHAPE, [2, 1, 20, 24]);
    fs::write(folder.path().join("A/1/1/0/c/0/2/0/0"), b"no zstd").expect("a file");
    let plate = open(folder.path());
    let planned = plan(&plate, &RunSpec { pipeline: PipelineSpec::default(), ..spec(&[]) });
    let results = tempfile::tempdir().expect("a folder");
    let (_, summary) = events_of(&planned, results.path());
    let mut failed: Vec<_> = summary.failed.iter().map(|failed| failed.key.to_string()).collect();
    failed.sort_unstable();
    assert_eq!(failed, ["A01_s2_w1_z3_t1", "A01_s2_w2_z3_t1"], "the two planes in the chunk");
    let why = &summary.failed.iter().find(|failed| failed.key.z.is_some()).expect("an image").why;
    assert!(why.contains("A/1/1/0") && why.contains("c/0/2/0/0") && why.contains("zstd"), "{why}");
}

#[test]
fn pixels_are_those_that_were_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write_plate(folder.path(), &FIELDS, SHAPE, [2, 3, 10, 24]);
    for image in &open(folder.path()).images {
        let (_, bytes) = image.source.decode_owned().expect("an image");
        let field =
            FIELDS.iter().position(|field| *field == image.source.folder().within()).expect("a field");
        let [c, z] = [image.key().channel, image.key().z].map(|n| n.expect("a number") as usize - 1);
        let expected: Vec<u8> = (0..SHAPE[2])
            .flat_map(|y| (0..SHAPE[3]).flat_map(move |x| value(field, [c, z, y, x]).to_ne_bytes()))
            .collect();
        assert!(bytes == expected, "{}", image.key());
    }
}
