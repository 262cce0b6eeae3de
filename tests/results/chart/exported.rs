//! The chart as SVG, as a picture and in words.

use super::*;

/// The texts of an SVG; fails where it is not well formed.
fn svg_texts(svg: &str) -> Vec<String> {
    use quick_xml::events::Event as Xml;
    let mut reader = quick_xml::Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let mut texts = Vec::new();
    let mut text = None;
    loop {
        match reader.read_event().expect("well-formed XML") {
            Xml::Start(tag) if tag.name().as_ref() == "text" => text = Some(String::new()),
            Xml::Text(words) => {
                if let Some(text) = &mut text {
                    text.push_str(&words);
                }
            }
            Xml::GeneralRef(name) => {
                if let Some(text) = &mut text {
                    text.push_str(
                        quick_xml::escape::resolve_predefined_entity(&name).expect("a known entity"),
                    );
                }
            }
            Xml::End(tag) if tag.name().as_ref() == "text" => texts.extend(text.take()),
            Xml::Eof => return texts,
            _ => {}
        }
    }
}

#[test]
fn an_svg_says_what_the_chart_says() {
    let cases: [(&str, Chart, &[&str]); 4] = [
        (
            "both",
            both(),
            &[
                "All at once",
                "Channel, one at a time",
                "counted",
                "preload",
                "clear",
                "MB",
                "seconds",
                "0",
                "budget 25.0 MB",
                "forecast 37.6 MB",
                "forecast 23.5 MB",
            ],
        ),
        ("refused", refused(), &["All at once not run: forecast 37.0 MB", "budget 25.0 MB"]),
        (
            "failed",
            Chart {
                runs: vec![MadeUp { stops: Some((0.5, Outcome::Failed)), ..MadeUp::bulk() }.chart()],
                ..Chart::default()
            },
            &["failed"],
        ),
        (
            "counted only",
            Chart { runs: vec![MadeUp { resting: None, ..MadeUp::bulk() }.chart()], ..Chart::default() },
            &["All at once (counted)", "30.4 MB · Z projection", "forecast 30.4 MB"],
        ),
    ];
    for (name, chart, expected) in cases {
        let texts = svg_texts(&chart_svg(&chart, ChartOptions::default(), "Plate", "Verdict."));
        for words in expected {
            assert!(texts.iter().any(|text| text == words), "{name}: “{words}” is not among {texts:#?}");
        }
        for run in &chart.runs {
            let peak = run.peak(run.main_measure()).unwrap().text();
            assert!(texts.contains(&peak), "{name}: {peak}");
        }
    }
}

#[test]
fn texts_are_escaped_and_kept_within_the_page() {
    let nasty = "</text><script>&\"'\u{0}\u{8} ]]>";
    let mut chart = both();
    chart.runs[0].title = nasty.to_owned();
    let svg = chart_svg(&chart, ChartOptions::default(), nasty, &"long ".repeat(400));
    assert!(!svg.contains("<script"));
    let texts = svg_texts(&svg);
    assert!(texts.iter().any(|text| text == "</text><script>&\"' ]]>"), "{texts:?}");
    assert!(texts.iter().all(|text| text.chars().count() < 250));
}

#[test]
fn pictures_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (name, chart) in gallery() {
        let svg = chart_svg(
            &chart,
            ChartOptions::default(),
            "Demo plate · channel, one at a time",
            "All 18 results are identical.",
        );
        let path = folder.path().join("new folder").join(format!("{name}.png"));
        write_png(&crate::support::place(&path), &svg).unwrap();
        let picture = image::open(&path).unwrap().to_rgba8();
        assert_eq!([picture.width(), picture.height()], CHART_SIZE, "{name}");
        let dark = picture.pixels().filter(|pixel| pixel.0[..3].iter().all(|part| *part < 80)).count();
        assert!(dark > 500, "{name}: the title is drawn with the program's own font, {dark} dark pixels");
    }
    let files = std::fs::read_dir(folder.path().join("new folder")).unwrap();
    assert_eq!(files.count(), gallery().len(), "no part is left");
}

#[test]
fn the_picture_of_a_forecast_ends_within_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forecast.png");
    for budget in [8_000_000_000, 1_000_000] {
        let outlook = expected::outlook(&PlateLayout::study(), &crate::support::spec(&[]), budget);
        let svg =
            forecast_svg(&outlook, &"A plate of a long name ".repeat(9), Some(budget), Some(8_000_000_000));
        write_png(&crate::support::place(&path), &svg).unwrap();
        let picture = image::open(&path).unwrap().to_rgb8();
        let (width, height) = picture.dimensions();
        let is_margin = |x: u32, y: u32| x >= width - width / 45 || y >= height - height / 100;
        let drawn = picture.enumerate_pixels().find(|(x, y, pixel)| is_margin(*x, *y) && pixel.0 != [255; 3]);
        assert_eq!(drawn, None, "in the margin, with a budget of {budget}");
    }
}

#[test]
fn a_picture_that_cannot_be_written_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = write_png(
        &crate::support::place(&file.join("chart.png")),
        &chart_svg(&both(), ChartOptions::default(), "", ""),
    )
    .unwrap_err();
    assert!(error.to_string().contains("chart.png"), "{error}");
    let error = write_png(&crate::support::place(Path::new("chart.png")), "no picture").unwrap_err();
    assert!(error.to_string().contains("could not be drawn"), "{error}");
}

#[test]
fn the_chart_can_be_told_in_words() {
    let table = [
        (Chart::default(), vec!["no run yet"]),
        (
            both(),
            vec![
                "All at once: peak 36.8 MB in Z projection",
                "Channel, one at a time: peak",
                "Budget 25.0 MB",
            ],
        ),
        (refused(), vec!["All at once: not run, forecast 37.0 MB"]),
    ];
    for (chart, expected) in table {
        let summary = chart.summary_text();
        for words in expected {
            assert!(summary.contains(words), "“{words}” is not in “{summary}”");
        }
    }
}
