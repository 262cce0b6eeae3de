//! From the image in the viewer to its life in the memory chart.

use egui::{Button, Ui};

use crate::app::{LifeOf, MemoryCommand};
use crate::ui::images::image_list::{ImageList, ImagesModel, Item, ItemIndex, Stage};

/// The button; where no run held the image it tells why.
pub(crate) fn life_link_ui(
    ui: &mut Ui,
    model: &ImagesModel<'_>,
    list: &ImageList,
    item: Item,
    is_preview: bool,
) -> Option<MemoryCommand> {
    let held = if is_preview { Err("a preview is not part of a run") } else { held(model, item) };
    let button = ui.add_enabled(held.is_ok(), Button::new("Show in memory chart"));
    let stage =
        if item.stage == Stage::Source { String::new() } else { list.stage_name(item.stage).to_owned() };
    let button = button.on_hover_ui(|ui| {
        let of = if stage.is_empty() { String::new() } else { format!(" ({stage})") };
        ui.label(format!(
            "When this image{of} was in memory: when it was read or made, which steps used it, and when it was freed"
        ));
    });
    match held {
        Ok(of) => button.clicked().then_some(MemoryCommand::ShowLife(of)),
        Err(why) => {
            button.on_disabled_hover_text(format!("Not in the memory chart: {why}."));
            None
        }
    }
}

/// The run that held an image, or why none did.
fn held(model: &ImagesModel<'_>, item: Item) -> Result<LifeOf, &'static str> {
    match (item.index, item.stage) {
        (ItemIndex::Missing(_), _) => Err("the image is missing, so no run had it in memory"),
        (ItemIndex::Projection(_), _) => Err("ready-made projections are not processed"),
        (ItemIndex::Output(index), Stage::Output { step, .. }) => {
            let output =
                model.outputs.get(index).ok_or("the run that made it is no longer in this session")?;
            LifeOf::result(model.runs, output.run, item.key, step)
        }
        _ => LifeOf::source(model.runs, &model.plate.root, item.key),
    }
}
