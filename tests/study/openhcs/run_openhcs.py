"""Runs OpenHCS 0.8.6 once on a plate in the form of ImageXpress: all at once, or one value of some components at a time.

    python run_openhcs.py PLATE RESULTS [--sequential channel,timepoint] [--as-shipped]

Two steps: percentile normalisation of each image, then the maximum over z. OpenHCS writes its own file into the plate's folder, so give it a
copy. Its log goes to standard error.
"""

import argparse
import dataclasses
import logging
import queue
import sys
from pathlib import Path

COMPONENTS = {"site": "SITE", "channel": "CHANNEL", "z": "Z_INDEX", "timepoint": "TIMEPOINT"}

parser = argparse.ArgumentParser()
parser.add_argument("plate", type=Path)
parser.add_argument("results", type=Path)
parser.add_argument("--sequential", default="", help="components that are taken one value at a time, outermost first")
parser.add_argument("--as-shipped", action="store_true", help="without the way round the error of the sequential mode")
args = parser.parse_args()

logging.basicConfig(level=logging.INFO, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
# Preloads, and its own memory before and after them, are told at this level alone. Its patterns are not wanted.
for name in ("openhcs.core.steps.function_execution", "openhcs.core.steps.function_io"):
    logging.getLogger(name).setLevel(logging.DEBUG)

from objectstate import ensure_global_config_context
from openhcs.constants import SequentialComponents, VariableComponents
from openhcs.core.config import (
    GlobalPipelineConfig,
    LazyProcessingConfig,
    LazySequentialProcessingConfig,
    PathPlanningConfig,
    PipelineConfig,
)
from openhcs.core.orchestrator.orchestrator import PipelineOrchestrator
from openhcs.core.progress import ProgressExecutionContext, set_progress_queue
from openhcs.core.steps.function_step import FunctionStep
from openhcs.processing.backends.processors.numpy_processor import create_projection, percentile_normalize

paths = PathPlanningConfig(global_output_folder=args.results.resolve())
ensure_global_config_context(GlobalPipelineConfig, GlobalPipelineConfig(num_workers=1, path_planning_config=paths))
components = [SequentialComponents[COMPONENTS[name]] for name in args.sequential.split(",") if name]
sequential = LazySequentialProcessingConfig(sequential_components=components)
by_plane = LazyProcessingConfig(variable_components=[VariableComponents.Z_INDEX])
steps = [
    FunctionStep(
        func=(percentile_normalize, {"low_percentile": 1.0, "high_percentile": 99.0}),
        name="Percentile normalisation",
        processing_config=by_plane,
    ),
    FunctionStep(func=create_projection, name="Z maximum", processing_config=by_plane),
]
progress = queue.SimpleQueue()
set_progress_queue(progress)
orchestrator = PipelineOrchestrator(
    args.plate.resolve(), pipeline_config=PipelineConfig(sequential_processing_config=sequential)
)
orchestrator.initialize()
bundle = orchestrator.compile_pipelines(pipeline_definition=steps)
if components and not args.as_shipped:
    # As shipped, workers are given combinations (A01__combo_0) where wells are expected (A01). Without assignments they are worked out anew.
    bundle = dataclasses.replace(bundle, worker_assignments={})
results = orchestrator.execute_compiled_plate(
    execution_bundle=bundle,
    progress_queue=progress,
    progress_context=ProgressExecutionContext(execution_id="study", plate_id=str(args.plate)),
)
failed = {well: result.error_message for well, result in results.items() if not result.is_success()}
print(f"{len(results)} wells, failed: {failed}", flush=True)
sys.exit(1 if failed else 0)
