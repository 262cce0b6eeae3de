//! The flat and dark images that a pipeline is given: looked at before a run, and read before its first
//! step. Previews read them here, too.

use std::path::Path;

use crate::cancel::Cancel;
use crate::image::{decode_owned, measure};
use crate::pipeline::Step;
use crate::pipeline::steps::LightFault;
use crate::plan::Plan;

/// Looks at the headers of the flat and dark images of a plan: whether they are there, grey, and of the
/// size of the images that they are for.
pub fn check_light(plan: &Plan) -> Result<(), LightFault> {
    let measure = |path: &Path| measure(path, 0).map_err(|error| error.to_string());
    for (light, uses) in plan.given_light() {
        for (channel, size) in uses {
            light.check(channel, size, measure)?;
        }
    }
    Ok(())
}

/// Reads the flat and dark images of some steps, of those channels that are wanted.
pub fn read_light<'a>(
    steps: impl IntoIterator<Item = &'a mut Step>,
    wanted: impl Fn(u32) -> bool,
    cancel: &Cancel,
) -> Result<(), LightFault> {
    let decode = |path: &Path| decode_owned(path, 0).map_err(|error| error.to_string());
    for step in steps {
        if let Step::FlatField(step) = step
            && let Some(light) = step.light_mut()
        {
            light.read(&wanted, decode, cancel)?;
        }
    }
    Ok(())
}
