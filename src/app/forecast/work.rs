//! What is done outside for the forecasts.

use std::sync::Arc;

use super::messages::{ForecastEvent, ForecastWork, TrialRequest};
use super::planned_request::PlannedKnown;
use crate::app::messages::AppEvent;
use crate::app::threads::Threads;
use crate::cancel::Cancel;
use crate::engine::{self, Trial};
use crate::pipeline::ResolvedPipeline;
use crate::plan::{Combinations, Forecast, KeptLayout, Plan, PlateFacts};
use crate::plate::PlateIdentity;

impl ForecastWork {
    /// Begins it; the answer that says why not where no thread can be started.
    pub(crate) fn start(self, threads: &Threads) -> Option<AppEvent> {
        let (program, results) = (threads.program.clone(), threads.results.clone());
        match self {
            Self::Choices { generation, request } => threads.spawn(
                "forecaster",
                move |outlet| {
                    let result = request.outlook().map_err(|error| error.to_string());
                    outlet.send(ForecastEvent::Choices { generation, result });
                },
                move |why| Some(ForecastEvent::Choices { generation, result: Err(why) }),
            ),
            Self::Try { generation, request } => threads.spawn(
                "trial",
                move |outlet| {
                    let budget_bytes = request.budget_bytes;
                    let plan = plan_to_try(*request);
                    let trial =
                        engine::measure(&program, &plan, Some(&results), budget_bytes, &Cancel::new());
                    outlet.send(ForecastEvent::Tried { generation, trial });
                },
                move |_| Some(ForecastEvent::Tried { generation, trial: Trial::default() }),
            ),
            Self::PlanPlate { generation, request, cancel } => threads.spawn(
                "planner",
                move |outlet| {
                    let send = |known| outlet.send(ForecastEvent::PlannedPlate { generation, known });
                    request.compute(&program, &cancel, &send);
                },
                move |why| {
                    let known = PlannedKnown { outlook: Err(why), trial: None, is_last: true };
                    Some(ForecastEvent::PlannedPlate { generation, known })
                },
            ),
        }
    }
}

/// The plan that a trial takes a few images of. Where there is none, one without wells: what a worker
/// at rest needs to know.
fn plan_to_try(request: TrialRequest) -> Plan {
    let TrialRequest { plate, wells, spec, budget_bytes: _ } = request;
    let plan = plate.and_then(|(plate, measured)| Plan::new(&plate, &measured, &wells, &spec).ok());
    plan.unwrap_or_else(|| Plan {
        plate: PlateIdentity::of_folder("", ""),
        facts: PlateFacts::default(),
        pipeline: ResolvedPipeline::without_plate(&spec.pipeline),
        spec,
        combinations: Combinations::default(),
        layout: KeptLayout::default(),
        forecast: Forecast::default(),
        course: Arc::default(),
        notes: Vec::new(),
    })
}
