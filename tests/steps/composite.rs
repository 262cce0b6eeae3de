//! Colour composites and light that is given, against NumPy (see `data/make_composite_references.py`), and
//! what is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stepwell::cancel::Cancel;
use stepwell::engine::read_files;
use stepwell::image::{CHANNEL_COLOURS, Compression, ImageFormat, ImageRef, PixelType, write_tiff};
use stepwell::pipeline::steps::{
    ColourComposite, FlatField, GivenLight, Limits, PercentileNormalize, ZProjection,
};
use stepwell::pipeline::{
    FileFault, Held, NoPlate, NoteKind, OwnImage, PipelineSpec, PipelineStep, ResolvedPipeline, ResolvedStep,
    Scratch, Step, StepError,
};
use stepwell::plate::ImageKey;

use super::{aligned, applied, bytes, image, number, resolved, size, type_of, unpacked};

const TABLE: &str = include_str!("../data/composite_steps.csv");
const PACKED: &[u8] = include_bytes!("../data/composite_steps.bin");

fn of_channel(channel: u32) -> ImageKey {
    ImageKey::new("A01".parse().expect("a well"), 1, channel, 1, 1)
}

fn write(path: &Path, format: ImageFormat, pixels: &[u8]) {
    let pixels = aligned(pixels);
    let image = ImageRef { format, bytes: bytes(&pixels, size(format)) };
    write_tiff(&crate::support::place(path), image, Compression::None, None).expect("writable");
}

/// The step with light that is in files.
fn with_light(flats: &[(u32, PathBuf)], darks: &[(u32, PathBuf)]) -> Step {
    let files = |files: &[(u32, PathBuf)]| files.iter().cloned().collect::<BTreeMap<_, _>>();
    Step::FlatField(FlatField::given(GivenLight::new(files(flats), files(darks))))
}

/// The step with its light read.
fn read(step: Step) -> Result<ResolvedStep, FileFault> {
    let mut pipeline = ResolvedPipeline::of_steps([step], &NoPlate).expect("no plate is needed");
    read_files(&mut pipeline, u64::MAX, &Cancel::new())?;
    Ok(pipeline.steps()[0].clone())
}

#[test]
fn composites_and_given_light_equal_numpy_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = unpacked(PACKED);
    let mut scratch = Scratch::default();
    let mut cases = 0;
    for line in TABLE.lines().skip(1) {
        let field: Vec<_> = line.split(';').collect();
        let format = ImageFormat::grey(number(field[1]), number(field[2]), type_of(field[0]));
        let channels: Vec<u32> = field[3].split(',').map(number).collect();
        let output = ImageFormat { samples: number(field[5]), pixel: type_of(field[4]), ..format };
        let expected = &data[number(field[8])..][..size(output)];
        let images = (0..channels.len())
            .map(|nth| aligned(&data[number::<usize>(field[7]) + nth * size(format)..][..size(format)]));
        let files: Vec<(u32, PathBuf)> = [(9, "flat.tif"), (11, "dark.tif")]
            .into_iter()
            .filter(|(at, _)| !field[*at].is_empty())
            .map(|(at, name)| {
                let of = ImageFormat { pixel: type_of(field[at]), ..format };
                write(&folder.path().join(name), of, &data[number(field[at + 1])..][..size(of)]);
                (channels[0], folder.path().join(name))
            })
            .collect();
        let step: Step = match files.split_first() {
            None => ron::from_str(field[13]).expect("a step"),
            Some((flat, darks)) => with_light(std::slice::from_ref(flat), darks),
        };
        assert_eq!(step.check(), Ok(()));
        let step = read(step).expect("light");
        let keys: Vec<ImageKey> = channels.iter().map(|channel| of_channel(*channel)).collect();
        let formats: Vec<_> = keys.iter().map(|key| ((*key).into(), format)).collect();
        assert_eq!(step.output_format(&formats), Ok(output), "{line}");
        let images = keys.into_iter().zip(images.map(|units| image(format, &units)));
        let (results, note) =
            applied(&step, images.collect(), &mut scratch, &Cancel::new()).expect("the step");
        assert_eq!(note.count(NoteKind::SATURATED), number::<u64>(field[6]), "{line}");
        let result = results[0].view().bytes;
        let at = result.iter().zip(expected).position(|(a, b)| a != b);
        assert_eq!(at, None, "{line}: {:?} for {:?}", at.map(|at| result[at]), at.map(|at| expected[at]));
        cases += 1;
    }
    assert!(cases > 60, "{cases}");
}

#[test]
fn a_channel_has_its_own_colour_whichever_others_there_are() {
    let composite = ColourComposite { colours: [(3, [1, 2, 3])].into(), ..ColourComposite::default() };
    let table = [
        (1, CHANNEL_COLOURS[0]),
        (2, CHANNEL_COLOURS[1]),
        (3, [1, 2, 3]),
        (6, CHANNEL_COLOURS[5]),
        (7, CHANNEL_COLOURS[0]),
        (0, CHANNEL_COLOURS[0]),
    ];
    for (channel, colour) in table {
        assert_eq!(composite.colour_of(channel), colour, "{channel}");
    }
}

#[test]
fn limits_that_make_no_sense_fail_the_check() {
    use Limits::{Percentiles, Values};
    let table = [
        (Percentiles { low: 0.0, high: 100.0 }, true),
        (Percentiles { low: 50.0, high: 50.0 }, false),
        (Percentiles { low: -1.0, high: 50.0 }, false),
        (Percentiles { low: 1.0, high: 100.5 }, false),
        (Percentiles { low: f64::NAN, high: 99.0 }, false),
        (Values { low: -5.0, high: 5.0 }, true),
        (Values { low: 5.0, high: 5.0 }, false),
        (Values { low: 0.0, high: f64::INFINITY }, false),
        (Values { low: f64::NAN, high: 1.0 }, false),
    ];
    for (limits, good) in table {
        let step = Step::ColourComposite(ColourComposite { limits, ..ColourComposite::default() });
        assert_eq!(step.check().is_ok(), good, "{step}");
    }
}

#[test]
fn what_needs_grey_stands_before_what_makes_colours() {
    let composite = || Step::ColourComposite(ColourComposite::default());
    let project = || Step::ZProjection(ZProjection::default());
    let given = || with_light(&[(1, PathBuf::from("flat.tif"))], &[]);
    let normalize = || Step::PercentileNormalize(PercentileNormalize::default());
    let estimated = || Step::FlatField(FlatField::default());
    let table: [(Vec<Step>, Option<&str>); 4] = [
        (vec![given(), project(), composite(), normalize()], None),
        (vec![composite(), estimated(), project()], None),
        (
            vec![project(), composite(), composite()],
            Some("step 3 (Colour composite) needs grey images, and step 2 (Colour composite)"),
        ),
        (
            vec![composite(), project(), given()],
            Some("step 3 (Flat-field correction) needs grey images, and step 1 (Colour composite)"),
        ),
    ];
    for (steps, expected) in table {
        let steps = steps.into_iter().map(|step| PipelineStep { step, keep_images: false }).collect();
        match (PipelineSpec::of(steps).check(), expected) {
            (Ok(()), None) => {}
            (Err(why), Some(expected)) => assert!(why.to_string().contains(expected), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    let colour = [(of_channel(1).into(), ImageFormat::rgb(4, 3))];
    for step in [composite(), given()] {
        let refused = resolved(step).output_format(&colour);
        assert!(matches!(refused, Err(StepError::NotGrey { .. })), "{refused:?}");
    }
}

#[test]
fn light_that_is_of_no_use_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let grey = ImageFormat::grey(4, 3, PixelType::U8);
    write(&at("good.tif"), grey, &[9; 12]);
    write(&at("wide.tif"), ImageFormat { width: 6, ..grey }, &[9; 18]);
    write(&at("colour.tif"), ImageFormat::rgb(4, 3), &[9; 36]);
    std::fs::write(at("notes.tif"), "no image").expect("writable");
    // Flat, dark, and parts of what is said.
    let table: [(&str, Option<&str>, &[&str]); 7] = [
        ("good.tif", None, &[]),
        ("none.tif", None, &["flat image of channel 2", "none.tif", "choose another file"]),
        ("notes.tif", None, &["flat image of channel 2", "notes.tif", "not a TIFF, PNG or JPEG"]),
        ("colour.tif", None, &["colour.tif", "is not grey"]),
        ("good.tif", Some("none.tif"), &["dark image of channel 2", "none.tif"]),
        ("good.tif", Some("wide.tif"), &["dark image of channel 2", "wide.tif", "6 × 3 pixels", "4 × 3"]),
        ("good.tif", Some("good.tif"), &["good.tif, is not brighter than its dark image"]),
    ];
    for (flat, dark, expected) in table {
        let darks: Vec<_> = dark.into_iter().map(|dark| (2, at(dark))).collect();
        match read(with_light(&[(2, at(flat))], &darks)) {
            Ok(_) => assert_eq!(expected, &[] as &[&str]),
            Err(fault) => {
                let text = fault.to_string();
                assert!(expected.iter().all(|part| text.contains(part)) && !expected.is_empty(), "{text}");
            }
        }
    }
    let step = with_light(&[(2, at("good.tif"))], &[]);
    let fits =
        |step: &ResolvedStep, channel, format| step.output_format(&[(of_channel(channel).into(), format)]);
    let wide = ImageFormat { width: 5, ..grey };
    let unread = resolved(step.clone());
    assert_eq!(fits(&unread, 2, wide), Ok(wide), "until it is read its size is not known");
    let images = vec![(of_channel(2), OwnImage::new(grey))];
    let not_read = applied(&unread, images, &mut Scratch::default(), &Cancel::new());
    assert!(matches!(not_read, Err(StepError::LightNotRead { .. })), "{not_read:?}");
    let lit = read(step.clone()).expect("light");
    assert!(matches!(fits(&lit, 2, wide), Err(StepError::LightDiffers { .. })));
    assert!(matches!(fits(&lit, 1, grey), Err(StepError::NoFlat { .. })));
    // The user's settings know nothing of it.
    assert_eq!(lit.step(), unread.step());
    assert_ne!(lit, unread);
    let cancel = Cancel::new();
    cancel.cancel();
    let mut pipeline = ResolvedPipeline::of_steps([step], &NoPlate).expect("no plate is needed");
    let stopped = read_files(&mut pipeline, u64::MAX, &cancel);
    assert!(matches!(stopped, Err(FileFault::Cancelled(_))), "{stopped:?}");
    assert!(with_light(&[], &[]).check().is_err());
}

#[test]
fn settings_from_before_light_could_be_given_still_load() {
    for text in ["FlatField((sigma_px: 30.5))", "FlatField((sigma_px: 30.5, source: Estimated))"] {
        let step: Step = ron::from_str(text).expect("a step");
        assert_eq!(step, Step::FlatField(FlatField::estimated(30.5)));
        assert_eq!(ron::to_string(&step).expect("text"), "FlatField((sigma_px:30.5))");
    }
}
