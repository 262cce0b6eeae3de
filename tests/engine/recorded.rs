//! What a record of a plate says of how its images were recorded is in their results, through any chain of runs.

use std::fs;
use std::path::Path;

use stepwell::image::{Compression, ImageFormat, ImageRef, PixelType, description, write_tiff};
use stepwell::pipeline::Step;
use stepwell::pipeline::steps::{Crop, ZProjection};
use stepwell::plate::{Acquired, Component, Format, ImageKey, SaveAs};
use stepwell::record::RunRecord;

use crate::companion::{keeping, run_of};
use crate::support::{open, place};

/// The places of an image in each of the plates: channel, z and timepoint, each 1 or 2.
fn places() -> impl Iterator<Item = [u32; 3]> {
    (1..=2).flat_map(|c| (1..=2).flat_map(move |z| (1..=2).map(move |t| [c, z, t])))
}

fn key([channel, z, timepoint]: [u32; 3]) -> ImageKey {
    ImageKey::new("A01".parse().expect("a well"), 1, channel, z, timepoint)
}

fn image(path: &Path, value: u16) {
    let format = ImageFormat::grey(4, 3, PixelType::U16);
    let bytes: Vec<u8> = std::iter::repeat_n(value.to_ne_bytes(), 12).flatten().collect();
    let image = ImageRef { format, bytes: &bytes };
    write_tiff(&place(path), image, Compression::None, None).expect("writable");
}

/// Writes a record with the images that it names, and gives the values of these by what was written of each.
fn written(folder: &Path, record: &str, head: &str, tail: &str, of: impl Fn([u32; 3]) -> (String, String)) {
    fs::create_dir_all(folder).expect("writable");
    let mut text = head.to_owned();
    for (at, value) in places().zip(1..) {
        let (name, words) = of(at);
        image(&folder.join(&name), value);
        text += &words;
    }
    fs::write(folder.join(record), text + tail).expect("writable");
}

fn harmony(folder: &Path) {
    let head = "<EvaluationInputData xmlns=\"http://www.perkinelmer.com/PEHH/HarmonyV5\"><Plates><Plate><Name>P</Name>\
        <MeasurementStartTime>2022-12-19T10:18:52+01:00</MeasurementStartTime></Plate></Plates><Maps><Map>\
        <Entry ChannelID=\"2\"><ExposureTime Unit=\"s\">0.02</ExposureTime>\
        <MainEmissionWavelength Unit=\"nm\">600</MainEmissionWavelength>\
        <MainExcitationWavelength Unit=\"nm\">560</MainExcitationWavelength></Entry></Map></Maps><Images>";
    written(folder, "Index.idx.xml", head, "</Images></EvaluationInputData>", |[c, z, t]| {
        let name = format!("r01c01f01p0{z}-ch{c}sk{t}fk1fl1.tiff");
        // What the channel's entry says is not said again; nor is the moment where there is a time since the start.
        let own = match c {
            1 => format!(
                "<AbsTime>2022-12-19T10:2{t}:0{z}.25+01:00</AbsTime><ExposureTime Unit=\"s\">0.006</ExposureTime>\
                 <MainEmissionWavelength Unit=\"nm\">525</MainEmissionWavelength>\
                 <MainExcitationWavelength Unit=\"nm\">475</MainExcitationWavelength>"
            ),
            _ => format!("<MeasurementTimeOffset Unit=\"s\">{}.5</MeasurementTimeOffset>", 10 * t),
        };
        let words = format!(
            "<Image><URL>{name}</URL><Row>1</Row><Col>1</Col><FieldID>1</FieldID><PlaneID>{z}</PlaneID>\
             <TimepointID>{t}</TimepointID><ChannelID>{c}</ChannelID><PositionZ Unit=\"m\">{}E-06</PositionZ>\
             <AbsPositionZ Unit=\"m\">0.1375</AbsPositionZ>{own}</Image>",
            3 * z
        );
        (name, words)
    });
}

fn cellvoyager(folder: &Path) {
    let head = "<bts:MeasurementData xmlns:bts=\"http://www.yokogawa.co.jp/BTS/BTSSchema/1.0\">";
    written(folder, "MeasurementData.mlf", head, "</bts:MeasurementData>", |[c, z, t]| {
        let name = format!("P_A01_T000{t}F001L01A0{c}Z0{z}C0{c}.tif");
        let words = format!(
            "<bts:MeasurementRecord bts:Type=\"IMG\" bts:Time=\"2023-09-18T13:5{t}:44.43{z}+02:00\" bts:Column=\"1\" \
             bts:Row=\"1\" bts:TimePoint=\"{t}\" bts:FieldIndex=\"1\" bts:ZIndex=\"{z}\" bts:TimelineIndex=\"1\" \
             bts:ActionIndex=\"{c}\" bts:X=\"0\" bts:Y=\"0\" bts:Z=\"{}.5\" bts:Ch=\"{c}\">{name}\
             </bts:MeasurementRecord>",
            3 * z
        );
        (name, words)
    });
    let settings = "<bts:MeasurementSetting xmlns:bts=\"x\"><bts:LightSourceList>\
        <bts:LightSource bts:Name=\"A\" bts:WaveLength=\"405\"/><bts:LightSource bts:Name=\"B\" bts:WaveLength=\"488\"/>\
        </bts:LightSourceList><bts:ChannelList>\
        <bts:Channel bts:Ch=\"1\" bts:Acquisition=\"BP445/45\" bts:ExposureTime=\"100\">\
        <bts:LightSourceName>A</bts:LightSourceName></bts:Channel>\
        <bts:Channel bts:Ch=\"2\" bts:Acquisition=\"Quad\" bts:ExposureTime=\"50.5\">\
        <bts:LightSourceName>A</bts:LightSourceName><bts:LightSourceName>B</bts:LightSourceName></bts:Channel>\
        </bts:ChannelList></bts:MeasurementSetting>";
    fs::write(folder.join("S.mes"), settings).expect("writable");
}

fn ome(folder: &Path) {
    let head = "<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Plate ID=\"Plate:0\" Name=\"P\">\
        <Well ID=\"Well:0\" Row=\"0\" Column=\"0\"><WellSample ID=\"WellSample:0\" Index=\"0\">\
        <ImageRef ID=\"Image:0\"/></WellSample></Well></Plate><Image ID=\"Image:0\">\
        <AcquisitionDate>2024-02-29T23:59:00Z</AcquisitionDate>\
        <Pixels ID=\"Pixels:0\" DimensionOrder=\"XYCZT\" Type=\"uint16\" SizeX=\"4\" SizeY=\"3\" SizeZ=\"2\" \
        SizeC=\"2\" SizeT=\"2\"><Channel ID=\"Channel:0:0\" EmissionWavelength=\"0.525\" EmissionWavelengthUnit=\"µm\"/>\
        <Channel ID=\"Channel:0:1\" EmissionWavelength=\"600\" ExcitationWavelength=\"560\"/>";
    written(folder, "p.companion.ome", head, "</Pixels></Image></OME>", |[c, z, t]| {
        let name = format!("c{c}z{z}t{t}.tif");
        let [c, z, t] = [c, z, t].map(|number| number - 1);
        let at = format!("FirstC=\"{c}\" FirstZ=\"{z}\" FirstT=\"{t}\"");
        let plane = format!(
            "<Plane TheC=\"{c}\" TheZ=\"{z}\" TheT=\"{t}\" DeltaT=\"{t}.5\" DeltaTUnit=\"min\" ExposureTime=\"80\" \
             ExposureTimeUnit=\"ms\" PositionZ=\"{z}.25\" PositionZUnit=\"mm\"/>"
        );
        let data =
            format!("<TiffData {at} IFD=\"0\"><UUID FileName=\"{name}\">urn:uuid:{name}</UUID></TiffData>");
        (name, data + &plane)
    });
}

fn companion_of(folder: &Path) -> String {
    fs::read_to_string(folder.join("P.companion.ome")).expect("a companion")
}

fn kept(record: &RunRecord, step: &str) -> std::path::PathBuf {
    record.folder().expect("a folder").join("images").join(step)
}

#[test]
fn what_records_say_is_in_results_and_in_their_results() {
    type Case = (&'static str, Format, fn(&Path), [Acquired; 2]);
    let acquired = |z_nm, exposure_us, emission_nm, excitation_nm, at_ms| Acquired {
        z_nm: Some(z_nm),
        exposure_us: Some(exposure_us),
        emission_nm,
        excitation_nm,
        at_ms: Some(at_ms),
    };
    // How the second plane of the second timepoint was recorded, of each channel.
    let table: [Case; 3] = [
        (
            "Harmony",
            Format::Harmony,
            harmony,
            [
                acquired(6_000, 6_000, Some(525), Some(475), 1_671_445_322_250),
                acquired(6_000, 20_000, Some(600), Some(560), 1_671_445_152_500),
            ],
        ),
        (
            "CellVoyager",
            Format::CellVoyager,
            cellvoyager,
            [
                acquired(6_500, 100_000, Some(445), Some(405), 1_695_045_164_432),
                acquired(6_500, 50_500, None, None, 1_695_045_164_432),
            ],
        ),
        (
            "OME-TIFF",
            Format::OmeTiff,
            ome,
            [
                acquired(1_250_000, 80_000, Some(525), None, 1_709_251_230_000),
                acquired(1_250_000, 80_000, Some(600), Some(560), 1_709_251_230_000),
            ],
        ),
    ];
    for (name, format, write, expected) in table {
        let folder = tempfile::tempdir().expect("a folder");
        let source = folder.path().join("P");
        write(&source);
        let plate = open(&source);
        assert_eq!((plate.format, plate.images.len(), plate.missing_count()), (format, 8, 0), "{name}");
        // An OME-Zarr plate says nothing of this.
        for save_as in [SaveAs::Tiff, SaveAs::OmeTiff] {
            let what = format!("{name} as {}", save_as.name());
            let stack = || Step::Crop(Crop { x: 0, y: 0, width: 4096, height: 4096 });
            let flat = || Step::ZProjection(ZProjection::default());
            let results = folder.path().join(save_as.name());
            let one = run_of(&source, &keeping(vec![stack(), flat()], save_as), &results);
            let planes = open(&kept(&one, "1-cropped"));
            for (at, expected) in [[1, 2, 2], [2, 2, 2]].into_iter().zip(expected) {
                assert_eq!(plate.acquisitions.get(key(at)), Some(expected), "{what}");
                assert_eq!(planes.acquisitions.get(key(at)), Some(expected), "{what}");
                let flattened = key(at).with(Component::Z, None);
                let output = one.outputs.iter().find(|output| output.step == 1 && output.key == flattened);
                let told = output.and_then(|output| output.acquired.as_deref()).expect("told");
                let first = plate.acquisitions.get(key([at[0], 1, 2])).expect("recorded");
                // A projection has no height; all else is that of its first plane.
                assert_eq!(*told, Acquired { z_nm: None, ..first }, "{what}");
                if save_as == SaveAs::Tiff {
                    let image = planes.images.iter().find(|image| image.key() == key(at)).expect("kept");
                    let file = kept(&one, "1-cropped").join(image.source.relative());
                    let text = description(&file, 0).expect("readable").expect("a description").bytes;
                    let text = String::from_utf8(text).expect("text");
                    let says = |id: &str, value: String| {
                        assert!(
                            text.lines().any(|line| line.contains(&format!("id=\"{id}\""))
                                && line.contains(&format!("value=\"{value}\""))),
                            "{what}: {id} {value} in {text}"
                        );
                    };
                    says("z-position", (f64::from(expected.z_nm.expect("known")) / 1e3).to_string());
                    let ms = f64::from(expected.exposure_us.expect("known")) / 1e3;
                    says("Exposure Time", format!("{ms} ms"));
                    if let Some(nm) = expected.emission_nm {
                        says("wavelength", nm.to_string());
                    }
                    assert!(text.contains("acquisition-time-local"), "{what}");
                }
            }
            // A chain comes to what one run comes to.
            let first = run_of(&source, &keeping(vec![stack()], save_as), &results);
            let second = run_of(&kept(&first, "1-cropped"), &keeping(vec![flat()], save_as), &results);
            let (of_chain, of_one) = (kept(&second, "1-z-max"), kept(&one, "2-z-max"));
            if save_as == SaveAs::OmeZarr {
                let (of_chain, of_one) = (open(&of_chain), open(&of_one));
                assert_eq!(of_chain.acquisitions, of_one.acquisitions, "{what}");
                assert_eq!(of_chain.channel_names, of_one.channel_names, "{what}");
                assert_eq!(of_chain.pixel_sizes, of_one.pixel_sizes, "{what}");
                continue;
            }
            assert_eq!(companion_of(&of_chain), companion_of(&of_one), "{what}");
        }
    }
}
