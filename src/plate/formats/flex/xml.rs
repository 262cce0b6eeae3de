//! What a Flex file says of its pages.

use std::io::Read;
use std::path::Path;

use quick_xml::events::BytesStart;

use crate::cancel::{Cancel, Cancelled};
use crate::image::flex_xml;
use crate::limits;
use crate::plate::metadata::text::number;
use crate::plate::metadata::xml::{self, ElementText, Elements, attributes};
use crate::plate::{PixelSize, PlateShape, WellId};

/// A file, as far as it is described.
#[derive(Debug, Default)]
pub(super) struct FlexFile {
    pub(super) plate_name: Option<String>,
    pub(super) shape: Option<PlateShape>,
    pub(super) well: Option<WellId>,
    pub(super) images: Vec<FlexImage>,
    /// Why the description could not be read to its end.
    pub(super) broken: Option<String>,
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FlexImage {
    pub(super) page: u32,
    pub(super) field: u32,
    pub(super) plane: u32,
    /// Exposure and camera, `Exp1Cam1`.
    pub(super) channel: String,
    /// Of the stage, y up.
    pub(super) position_um: Option<(f64, f64)>,
    pub(super) pixel_size: Option<PixelSize>,
}

/// Reads the description of a file, or why there is none.
pub(super) fn read(path: &Path, cancel: &Cancel) -> Result<Result<FlexFile, String>, Cancelled> {
    match flex_xml(path, |text: &mut dyn Read| parse(text, cancel)) {
        Ok(Some(parsed)) => parsed,
        Ok(None) => {
            Ok(Err("this is not a Flex file, because it lacks the description of its pages".to_owned()))
        }
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn parse(text: &mut dyn Read, cancel: &Cancel) -> Result<Result<FlexFile, String>, Cancelled> {
    let mut parser = Parser::default();
    let broken = xml::read(text, &mut parser, cancel)?;
    let file = parser.finish();
    Ok(match broken {
        Some(why) if file.images.is_empty() => Err(format!("its description cannot be read ({why})")),
        _ if file.images.is_empty() => Err("its description names no image".to_owned()),
        broken => Ok(FlexFile { broken, ..file }),
    })
}

#[derive(Default)]
struct Parser {
    path: Vec<String>,
    text: ElementText,
    file: FlexFile,
    arrays: Vec<String>,
    /// The image under way: what its elements say.
    image: Option<Fields>,
    images: Vec<Fields>,
    rows: Option<u16>,
    columns: Option<u16>,
}

#[derive(Default)]
struct Fields {
    page: u32,
    field: Option<u32>,
    plane: Option<u32>,
    exposure: Option<u32>,
    camera: Option<String>,
    x_m: Option<f64>,
    y_m: Option<f64>,
    pixel_x_m: Option<f64>,
    pixel_y_m: Option<f64>,
}

impl Parser {
    fn finish(mut self) -> FlexFile {
        let um = |metres: Option<f64>| metres.map(|metres| metres * 1e6);
        for image in std::mem::take(&mut self.images).into_iter().take(limits::TIFF_DIRECTORIES as usize) {
            // Arrays are in the order of the pages. Where some are named, a page without a name is of no known channel.
            let named = self.arrays.get(image.page as usize).cloned();
            if named.is_none() && !self.arrays.is_empty() {
                continue;
            }
            let channel = named.unwrap_or_else(|| {
                let camera = image.camera.clone().unwrap_or_else(|| "Cam1".to_owned());
                format!("Exp{}{camera}", image.exposure.unwrap_or(1))
            });
            let size = um(image.pixel_x_m).zip(um(image.pixel_y_m));
            self.file.images.push(FlexImage {
                page: image.page,
                field: image.field.unwrap_or(1),
                plane: image.plane.unwrap_or(1),
                channel,
                position_um: um(image.x_m).zip(um(image.y_m)),
                pixel_size: size.and_then(|(x, y)| PixelSize::new(x, y)),
            });
        }
        self.file.shape =
            self.rows.zip(self.columns).map(|(rows, columns)| PlateShape { rows, columns }).filter(|shape| {
                let last = (u32::from(shape.rows).checked_sub(1), u32::from(shape.columns).checked_sub(1));
                matches!(last, (Some(row), Some(column)) if WellId::at(row, column).is_some())
            });
        self.file
    }
}

impl Elements for Parser {
    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().as_ref().to_owned();
        let attribute =
            |wanted: &str| attributes(element).find(|(of, _)| *of == wanted).map(|(_, value)| value);
        match name.as_str() {
            "Image" => {
                let page = attribute("BufferNo").and_then(|page| page.trim().parse().ok());
                self.image = page.map(|page| Fields { page, ..Fields::default() });
            }
            "Array" => {
                if let Some(name) =
                    attribute("Name").filter(|_| self.arrays.len() < limits::TIFF_DIRECTORIES as usize)
                {
                    self.arrays.push(name.trim().to_owned());
                }
            }
            "WellCoordinate" => {
                let line =
                    |name| attribute(name).and_then(|value| value.trim().parse::<u32>().ok()?.checked_sub(1));
                self.file.well =
                    line("Row").zip(line("Col")).and_then(|(row, column)| WellId::at(row, column));
            }
            _ => {}
        }
        self.path.push(name);
        self.text.clear();
    }

    fn text(&mut self, text: &str) {
        self.text.add(text, limits::INDEX_TEXT_BYTES);
    }

    fn end(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let parent = self.path.last().map_or("", String::as_str);
        let text = self.text.trimmed();
        let filled = || (!text.is_empty()).then(|| text.to_owned());
        match (&mut self.image, parent, name.as_str()) {
            (image, _, "Image") => self.images.extend(image.take()),
            (Some(image), "Image", field) => match field {
                "Sublayout" => image.field = text.parse().ok(),
                "Stack" => image.plane = text.parse().ok(),
                "ExposureNo" => image.exposure = text.parse().ok(),
                "CameraRef" => image.camera = filled(),
                "PositionX" => image.x_m = number(text),
                "PositionY" => image.y_m = number(text),
                "ImageResolutionX" => image.pixel_x_m = number(text),
                "ImageResolutionY" => image.pixel_y_m = number(text),
                _ => {}
            },
            (_, _, "PlateName") => self.file.plate_name = filled(),
            (_, _, "Barcode") if self.file.plate_name.is_none() => self.file.plate_name = filled(),
            (_, "Plate", "XSize") => self.columns = text.parse().ok(),
            (_, "Plate", "YSize") => self.rows = text.parse().ok(),
            _ => {}
        }
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<FlexFile, String> {
        parse(&mut text.as_bytes(), &Cancel::new()).expect("not cancelled")
    }

    #[test]
    fn pages_are_told_by_image_and_array() {
        let image = |page: u32, field: u32, stack: u32, x: &str| {
            format!(
                "<Image BufferNo=\"{page}\"><Sublayout>{field}</Sublayout><Stack>{stack}</Stack><PositionX \
                 Unit=\"m\">{x}</PositionX>\
                 <PositionY Unit=\"m\">0.5E-3</PositionY><ImageResolutionX Unit=\"m\">3.2E-7</ImageResolutionX>\
                 <ImageResolutionY Unit=\"m\">3.2E-7</ImageResolutionY></Image>"
            )
        };
        let text = format!(
            "<Root><FLEX><Plates><Plate><PlateName>P 5</PlateName><XSize>24</XSize><YSize>16</YSize></Plate></Plates>\
             <Well><WellCoordinate Row=\"2\" Col=\"3\"/><Images>{}{}</Images></Well>\
             <Arrays><Array Name=\"Exp1Cam1\"/><Array Name=\"Exp1Cam2\"/></Arrays></FLEX></Root>",
            image(0, 1, 1, "-1E-3"),
            image(1, 2, 1, "1E-3")
        );
        let file = parsed(&text).expect("described");
        assert_eq!((file.plate_name.as_deref(), file.shape.map(PlateShape::wells)), (Some("P 5"), Some(384)));
        assert_eq!(file.well.map(|well| well.to_string()).as_deref(), Some("B03"));
        let shown: Vec<_> =
            file.images.iter().map(|i| (i.page, i.field, i.plane, i.channel.as_str())).collect();
        assert_eq!(shown, [(0, 1, 1, "Exp1Cam1"), (1, 2, 1, "Exp1Cam2")]);
        assert!(
            file.images[1]
                .position_um
                .is_some_and(|(x, y)| (x - 1000.0).abs() < 1e-6 && (y - 500.0).abs() < 1e-6)
        );
        assert!(
            file.images[0].pixel_size.and_then(PixelSize::side_um).is_some_and(|um| (um - 0.32).abs() < 1e-9)
        );
    }

    #[test]
    fn what_is_no_description_is_told() {
        for text in [
            "",
            "<Root>",
            "<Root/>",
            "<Root><Image/></Root>",
            "<Root><Image BufferNo=\"-1\"></Image></Root>",
            "\u{0}<",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
        // What was read before the end is kept.
        assert_eq!(parsed("<Root><Image BufferNo=\"4\"/><Image").map(|file| file.images.len()), Ok(1));
    }
}
