//! A choice of components as a setting for OpenHCS (0.8), whose sequential processing Stepwell's is
//! named after: `SequentialProcessingConfig` in `openhcs.core.config`.

use crate::plate::Component;

/// Python code that sets the components, outermost first, to paste into an OpenHCS script.
pub(crate) fn openhcs_setting(sequential: &[Component]) -> String {
    let name = |component: &Component| match component {
        Component::Site => "SequentialComponents.SITE",
        Component::Channel => "SequentialComponents.CHANNEL",
        Component::Z => "SequentialComponents.Z_INDEX",
        Component::Timepoint => "SequentialComponents.TIMEPOINT",
    };
    let names: Vec<&str> = sequential.iter().map(name).collect();
    format!(
        "from openhcs.constants import SequentialComponents\n\
         from openhcs.core.config import LazySequentialProcessingConfig, PipelineConfig\n\
         \n\
         pipeline_config = PipelineConfig(\n    \
             sequential_processing_config=LazySequentialProcessingConfig(\n        \
                 sequential_components=[{}],\n    \
             ),\n\
         )\n",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_keep_their_order() {
        let text = openhcs_setting(&[Component::Timepoint, Component::Channel]);
        assert!(
            text.contains(
                "sequential_components=[SequentialComponents.TIMEPOINT, SequentialComponents.CHANNEL],"
            ),
            "{text}"
        );
        assert!(text.contains("\n    sequential_processing_config="), "{text}");
        assert!(openhcs_setting(&[]).contains("sequential_components=[],"));
    }
}
