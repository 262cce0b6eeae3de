//! `stepwell demo`, and the demo comparison for a machine without a display.

use serde_json::json;

use super::args::{Args, DemoArgs, Subcommand};
use super::failure::{Exit, Failure};
use super::output::{print, print_json};
use super::prepare::{Prepared, Trying, Wells};
use super::progress::Counter;
use super::run::{Repeated, compare_prepared};
use crate::cancel::Cancel;
use crate::demo::{self, DemoError, DemoSpec};
use crate::engine::CacheState;
use crate::folders;
use crate::plate::PlateLayout;
use crate::quantity::{bytes_text, plural};

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        let exit = if matches!(error, DemoError::Cancelled(_)) { Exit::Stopped } else { Exit::Usage };
        Self::new(exit, error.to_string())
    }
}

pub(super) fn write_demo(args: &DemoArgs, cancel: &Cancel) -> Result<Exit, Failure> {
    let (width, height) = args.size;
    let layout = PlateLayout {
        wells: args.wells,
        channels: args.channels,
        timepoints: args.timepoints,
        sites: args.sites,
        planes: args.planes,
        width,
        height,
        pixel: args.pixel.into(),
    };
    let spec = DemoSpec { compression: args.compression.into(), seed: args.seed, ..layout.into() };
    let counter = Counter::new("Writing the demo plate");
    let plate = demo::write(spec, &args.folder, cancel, &|done, of| counter.show(done, of))?;
    counter.finish();
    if args.json {
        print_json(&json!({"path": plate, "images": layout.image_count(), "bytes": layout.bytes()}));
    } else {
        let images = usize::try_from(layout.image_count()).unwrap_or(usize::MAX);
        print(&format!(
            "{} ({} of pixels) in {}",
            plural(images, "image"),
            bytes_text(layout.bytes()),
            plate.display()
        ));
    }
    Ok(Exit::Done)
}

/// The demo plate, all at once and one channel at a time.
pub(super) fn compare_demo(cancel: &Cancel) -> Result<Exit, Failure> {
    let counter = Counter::new("Writing the demo plate");
    let plate = demo::ensure(DemoSpec::first_look(), &folders::demo_dir(), cancel, &|done, of| {
        counter.show(done, of);
    })?;
    counter.finish();
    let words = ["stepwell".into(), "compare".into(), plate.into_os_string(), "--sequential=channel".into()];
    let args =
        <Args as clap::Parser>::try_parse_from(words).map_err(|error| Failure::usage(error.to_string()))?;
    let Some(Subcommand::Compare(args)) = args.command else {
        return Err(Failure::usage("the demo could not be prepared"));
    };
    let prepared =
        Prepared::new(&args.plate, &args.process, &Wells::Largest, None, None, Trying::Rest, cancel)?;
    compare_prepared(&prepared, None, Repeated { times: 1, cache: CacheState::Warm }, false, cancel)
}
