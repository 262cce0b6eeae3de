//! What microscopes say of wells: layers of a plate, each a column.

use super::draft::Block;
use super::model::Conditions;
use crate::plate::{Plate, WellLayer, layers_of_xml};

/// What the plate itself says that its wells hold; `None` where it says nothing.
pub fn of_plate(plate: &Plate) -> Option<Conditions> {
    let conditions = Conditions::of_blocks(blocks(&plate.layers));
    (!conditions.columns.is_empty()).then_some(Conditions { is_of_plate: true, ..conditions })
}

/// Whether bytes are XML, by their beginning.
pub(super) fn is_xml(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 4] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b""];
    let begins = |mark: &[u8]| {
        let rest = bytes.strip_prefix(mark)?;
        rest.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0).copied()
    };
    marks.into_iter().any(|mark| begins(mark) == Some(b'<'))
}

/// The layers of an assay layout of Harmony or of OME-XML.
pub(super) fn blocks_of_xml(bytes: &[u8]) -> Vec<Block> {
    blocks(&layers_of_xml(bytes))
}

fn blocks(layers: &[WellLayer]) -> Vec<Block> {
    let block = |layer: &WellLayer| Block {
        headings: vec![layer.name.clone()],
        rows: layer.texts.iter().map(|(well, text)| (*well, vec![super::sheet::tidied(text)])).collect(),
        ..Block::default()
    };
    layers.iter().map(block).collect()
}
