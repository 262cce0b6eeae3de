//! The combinations of a run, one after the other, with the wells that begin and end with them.

use std::thread::Scope;

use super::combination::{Phases, formats};
use super::context::Context;
use super::error::RunError;
use super::load::{Loaded, ReadingAhead, load};
use crate::events::EventKind;
use crate::memory::Store;
use crate::plan::{CombinationPlan, PlannedWell};

/// Where the combinations of a run come from, in order; `None` after the last.
pub(in crate::engine) type Combinations<'a> = dyn FnMut() -> Option<CombinationPlan> + 'a;

/// The combinations of a run, one after the other.
pub(super) struct Run<'scope, 'env> {
    pub(super) scope: &'scope Scope<'scope, 'env>,
    pub(super) context: &'env Context<'env>,
    /// The threads that read the next combination, where that is wanted.
    pub(super) ahead: Option<&'env rayon::ThreadPool>,
}

impl<'scope, 'env> Run<'scope, 'env> {
    /// Does them, whatever comes of the source.
    pub(super) fn combinations(
        &self,
        store: &mut Store,
        source: &mut Combinations<'_>,
    ) -> Result<(), RunError> {
        let context = self.context;
        let mut wells: Vec<PlannedWell> = Vec::new();
        let mut reading: Option<ReadingAhead<'scope>> = None;
        // The next is told by whoever follows the run, who may be stopped.
        let mut ask = || context.emitter.clock().waiting(&mut *source);
        let mut next = ask();
        while let Some(mut combination) = next.take() {
            context.cancel.check()?;
            // Also of a run that keeps no images: what its wells come to could not be written down.
            context.folder.check_there()?;
            next = ask();
            let begins = std::mem::take(&mut combination.begins);
            // Wells without images begin with the last combination of others, which are not done with then.
            if begins.iter().any(|well| well.combinations > 0) {
                self.end_wells(&std::mem::take(&mut wells))?;
            }
            self.begin_wells(&begins);
            wells.extend(begins);
            let high_water = context.probe.reset_high_water();
            let loaded = self.preload(store, combination, reading.take())?;
            if let (Some(pool), Some(next), Ok(())) = (self.ahead, &next, &loaded.result) {
                let room = store.begin(formats(next, context.plan))?;
                reading = Some(ReadingAhead::begin(self.scope, context, pool, next.clone(), room)?);
            }
            Phases::run(context, store, loaded, high_water)?;
        }
        context.cancel.check()?;
        self.end_wells(&wells)
    }

    /// The images of a combination, in memory, and told so.
    fn preload(
        &self,
        store: &mut Store,
        combination: CombinationPlan,
        reading: Option<ReadingAhead<'scope>>,
    ) -> Result<Loaded, RunError> {
        let context = self.context;
        let (id, of) = (combination.id.clone(), combination.images.len());
        let began = context.emitter.clock().secs();
        context.sampler.next_phase();
        let rss_before = context.rss();
        context.emitter.emit(EventKind::Preloading { combination: id.clone(), done: 0, of });
        let loaded = match reading {
            Some(reading) => reading.finish()?,
            None => {
                let room = store.begin(formats(&combination, context.plan))?;
                load(context, combination, room)
            }
        };
        if loaded.result.is_ok() {
            let images = loaded.images.iter().flatten();
            context.sample(store);
            context.emitter.emit(EventKind::Preloaded {
                combination: id,
                images: images.clone().count(),
                bytes: images.map(|image| image.format().bytes()).sum(),
                secs: context.emitter.clock().secs() - began,
                rss_before,
                rss_after: context.rss(),
            });
        }
        Ok(loaded)
    }

    fn begin_wells(&self, wells: &[PlannedWell]) {
        let context = self.context;
        for PlannedWell { well, combinations, missing, further_missing } in wells {
            let (well, combinations) = (*well, *combinations);
            context.emitter.emit(EventKind::WellStarted { well, combinations });
            for missing in missing {
                // A missing image counts as a failure, because the result that needs it is withheld.
                let why = format!("{} is missing ({missing})", missing.key);
                let root = &context.plan.plate.root;
                let path = missing.file.as_ref().map_or_else(|| root.clone(), |file| root.join(file.path()));
                context.fail_source(missing.key, path, &why);
            }
            if *further_missing > 0 {
                context.fail_further(well, *further_missing);
            }
        }
    }

    fn end_wells(&self, wells: &[PlannedWell]) -> Result<(), RunError> {
        let missing = wells.iter().flat_map(|well| &well.missing).map(|image| image.key);
        let result_of = |step, key| self.context.plan.result_after(step, key);
        self.context.tables.add_missing(&missing, result_of)?;
        self.context.tables.end_wells(self.context.emitter)?;
        for well in wells.iter().map(|well| well.well) {
            let failed = self.context.emitter.failed_of(well);
            self.context.emitter.emit(EventKind::WellDone { well, failed });
        }
        Ok(())
    }
}
