//! Reading a layout from a file, whatever form it has: text, or XML as microscopes write it.

use std::path::Path;

use super::around::ForPlate;
use super::draft::Block;
use super::fault::ConditionsFault;
use super::model::Conditions;
use super::sheet::Sheet;
use super::table::TableFault;
use super::{grid, own, table, text};
use crate::disk;
use crate::limits;

/// Reads what wells hold from a file. Blocking.
///
/// # Errors
/// [`ConditionsFault`]. What costs single rows or values is in the notes of what was read.
pub fn read(path: &Path, around: ForPlate<'_>) -> Result<Conditions, ConditionsFault> {
    let here = || path.to_owned();
    let bytes = disk::read(path, limits::LAYOUT_BYTES)
        .map_err(|source| ConditionsFault::Io { path: here(), source })?;
    let too_large = || ConditionsFault::TooLarge { path: here(), most: limits::LAYOUT_CELLS };
    let blocks = if is_workbook(&bytes) {
        return Err(ConditionsFault::Workbook { path: here() });
    } else if own::is_xml(&bytes) {
        Ok(own::blocks_of_xml(&bytes))
    } else {
        of_text(&text::sheets(&bytes).map_err(|_| too_large())?, &around)
    };
    let blocks = blocks.map_err(|fault| match fault {
        TableFault::OtherPlates(plates) => ConditionsFault::OtherPlates {
            path: here(),
            plate: around.name.unwrap_or("the plate").to_owned(),
            plates,
        },
        TableFault::TooLarge => too_large(),
    })?;
    let conditions = Conditions::of_blocks(blocks);
    if conditions.wells.is_empty() {
        return Err(ConditionsFault::NoLayout { path: here() });
    }
    if conditions.columns.is_empty() {
        return Err(ConditionsFault::NoColumns { path: here() });
    }
    Ok(conditions)
}

/// What a sheet has: grids, else a table.
fn of_sheet(sheet: &Sheet, around: &ForPlate<'_>) -> Result<Vec<Block>, TableFault> {
    let grids = grid::blocks(sheet);
    if !grids.is_empty() {
        return Ok(grids);
    }
    table::block(sheet, around).map(|table| table.into_iter().collect())
}

/// Whether bytes begin as workbooks do, packed ones and those of before 2007.
fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
}

/// The sheet that tells most of those that a text is by different separators.
fn of_text(sheets: &[Sheet], around: &ForPlate<'_>) -> Result<Vec<Block>, TableFault> {
    let (mut best, mut most, mut others) = (Vec::new(), 0, None);
    for sheet in sheets {
        match of_sheet(sheet, around) {
            Ok(blocks) => {
                let told = blocks.iter().map(|block| block.rows.len() * (1 + block.headings.len())).sum();
                if told > most {
                    (best, most) = (blocks, told);
                }
            }
            Err(fault) => others = Some(fault),
        }
    }
    others.filter(|_| best.is_empty()).map_or(Ok(best), Err)
}
