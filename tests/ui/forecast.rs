//! Forecasts, the budget, and plates that are not there yet.

use super::*;

fn resting(bytes: u64) -> Trial {
    Trial { resting_rss_bytes: Some(bytes), ..Trial::default() }
}

#[test]
fn resting_memory_is_measured_once_at_a_time_and_the_newest_counts() {
    let mut bench = Bench::new();
    let measure = |bench: &mut Bench| {
        bench.state.take_work().into_iter().find_map(|work| match work {
            Work::Forecast(ForecastWork::Try { generation, request }) => {
                Some((generation, request.spec.threads))
            }
            _ => None,
        })
    };
    bench.state.handle(SettingsCommand::SetThreads(Some(1)));
    let (first, threads) = measure(&mut bench).expect("it is measured");
    assert_eq!(threads, 1);
    for threads in 2..=3 {
        bench.state.handle(SettingsCommand::SetThreads(Some(threads)));
        assert_eq!(measure(&mut bench), None);
    }
    bench.state.apply(ForecastEvent::Tried { generation: first, trial: resting(1) });
    assert_eq!(bench.state.forecast.trial.resting_rss_bytes, Some(synthetic::RESTING));
    let (second, threads) = measure(&mut bench).expect("the newest is measured");
    assert_eq!(threads, 3);
    bench.state.apply(ForecastEvent::Tried { generation: first, trial: resting(1) });
    bench.state.apply(ForecastEvent::Tried { generation: second, trial: resting(3) });
    assert_eq!(bench.state.forecast.trial.resting_rss_bytes, Some(3));
    assert_eq!(measure(&mut bench), None);
}

#[test]
fn a_forecast_is_a_choice() {
    let mut harness = Bench::with_budget("35MB").show();
    let label = "Channel: 27 images at once, 31.4 MB, 0.21 to 0.64 s, fits, recommended";
    assert!(harness.query_by_label(label).is_some());
    let site = harness
        .get_all_by_role(Role::RadioButton)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Site: ")));
    site.expect("the forecast of site").click();
    harness.run();
    let plate = harness.state().state.plate.as_ref().expect("a plate");
    assert_eq!(plate.sequential, [Component::Site]);
}

#[test]
fn the_budget_is_typed() {
    let mut harness = Bench::with_plate().show();
    let field = harness.get_by_role_and_label(Role::TextInput, "Memory budget");
    field.focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Memory budget").type_text("35MB");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().state.settings.budget_bytes(), Ok(Some(35_000_000)));
    let label = "All at once: 54 images at once, 45.6 MB, 0.20 to 0.61 s, over budget";
    assert!(harness.query_by_label(label).is_some());
    assert!(harness.state().has_asked(|work| matches!(work, Work::Settings(SettingsWork::Save(_)))));
}

#[test]
fn a_budget_that_cannot_be_read_is_told_and_not_saved() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.state_mut().asked.clear();
    harness.state_mut().state.handle(SettingsCommand::SetBudget("much".to_owned()));
    harness.run();
    let why = "“much” is not a size: write it as 800MB, 8GB, 7.5GiB or 50%";
    assert!(harness.query_by_label(why).is_some());
    assert!(harness.query_by_label("working it out…").is_none());
    assert_eq!(harness.state().state.run_blocked().as_deref(), Some(why));
    assert!(!harness.state().has_asked(|work| matches!(work, Work::Settings(SettingsWork::Save(_)))));
    harness.state_mut().state.handle(SettingsCommand::SetBudget("35MB".to_owned()));
    harness.run();
    assert!(harness.query_by_label(why).is_none());
    assert_eq!(harness.state().state.run_blocked(), None);
}

#[test]
fn a_computer_of_another_size_can_be_planned_for() {
    let mut bench = Bench::with_plate();
    // Half of the 16 GB are available, of which a run may use 80 %.
    assert_eq!(bench.state.settings.budget_bytes(), Ok(Some(6_400_000_000)));
    bench.state.handle(SettingsCommand::PretendMemory(Some(100_000_000)));
    bench.settle();
    assert_eq!(bench.state.settings.budget_bytes(), Ok(Some(40_000_000)));
    let harness = bench.show();
    assert!(harness.query_by_label_contains("45.6 MB, 0.20 to 0.61 s, over budget").is_some());
    assert!(harness.query_by_label("budget 40.0 MB").is_some());
    assert!(harness.query_by_label_contains("computer 100 MB").is_some());
}

#[test]
fn where_nothing_fits_what_would_help_is_done_by_a_click() {
    let mut bench = Bench::with_plate();
    bench.state.handle(SettingsCommand::SetWellsAtOnce(Some(6)));
    bench.state.handle(SettingsCommand::SetBudget("16MB".to_owned()));
    bench.settle();
    let mut harness = bench.show();
    assert!(harness.query_by_label("No choice fits. What would help:").is_some());
    let sentence = "Process one well at a time: 15.1 MB, which fits.";
    harness.get_by_label(&format!("Do it: {sentence}")).click();
    harness.run();
    assert_eq!(harness.state().state.settings.kept.wells_at_once, None);
    assert!(harness.query_by_label("No choice fits. What would help:").is_none());
    assert!(harness.query_by_label_contains("Channel + site: 3 images at once, 15.1 MB").is_some());
}

#[test]
fn a_plate_that_is_not_there_is_planned_and_made() {
    let mut harness = Bench::new().show();
    harness.get_by_label("Plan a plate…").click();
    harness.run();
    // Without an open plate it begins with the study's counts; a trial tells the times.
    for text in ["27,000 images, 27.0 GB", "What each way would need"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    for label in [
        "All at once: 27,000 images at once, 27.0 GB of images",
        "Channel: 2,700 images at once, 2.70 GB of images, 90 % less",
        "Timepoint + channel: 27 images at once, 27.0 MB of images, 99.9 % less",
    ] {
        assert!(harness.query_by_label_contains(label).is_some(), "{label}");
    }
    assert_eq!(
        label_with(&harness, "Logarithmic from "),
        "Logarithmic from 10.0 MB: each thin line is 10 × the one before."
    );
    let planned = harness.state().state.forecast.planned.as_ref().expect("planned");
    assert!(!planned.is_pending());
    let outlook = planned.outlook.clone().expect("worked out").expect("possible");
    assert!(outlook.choices.iter().all(|choice| choice.expected_secs.is_some()));
    // Another layout: smaller, so that all fits, and made where the user says.
    let layout = PlateLayout { timepoints: 1, ..planned.layout };
    harness.state_mut().state.handle(ForecastCommand::SetLayout(layout));
    harness.state_mut().state.handle(ForecastCommand::TypePlateFolder("/data/made".to_owned()));
    harness.run();
    assert!(harness.query_by_label("270 images, 270 MB").is_some());
    harness.get_by_label("Make this plate").click();
    harness.run_ok();
    assert!(harness.state().state.forecast.planned.is_none());
    let is_made = |work: &Work| match work {
        Work::Start(StartWork::WriteDemo { spec, path, .. }) => {
            **spec == layout.into() && path == Path::new("/data/made")
        }
        _ => false,
    };
    assert!(harness.state().has_asked(is_made));
    assert!(harness.query_by_label("Writing the demo plate").is_some());
}

#[test]
fn planning_begins_with_the_open_plate_and_ends_with_escape() {
    let mut harness = Bench::with_budget("35MB").show();
    harness.get_by_label("Plan a larger plate…").click();
    harness.run();
    let planned = harness.state().state.forecast.planned.as_ref().expect("planned");
    assert_eq!(planned.layout.counts(), [6, 2, 1, 9, 3, 512, 512]);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.forecast.planned.is_none());
}

#[test]
fn the_first_forecast_is_of_the_first_images_and_refined_when_all_are_read() {
    let mut bench = Bench::new();
    bench.state.show_plate(synthetic::plate());
    let mut work = bench.state.take_work();
    let measuring = work.iter().find_map(|work| match work {
        Work::Plate(PlateWork::Measure { generation, .. }) => Some(*generation),
        _ => None,
    });
    let measuring = measuring.expect("sizes are read");
    let choices = |work: &[Work]| {
        work.iter().find_map(|work| match work {
            Work::Forecast(ForecastWork::Choices { generation, request }) => {
                Some((*generation, request.clone()))
            }
            _ => None,
        })
    };
    let mut told = Vec::new();
    for name in ["B02", "B03", "B04", "C02", "C03", "C04"] {
        assert!(choices(&work).is_none(), "{name}: nothing new is known");
        let mut part = synthetic::plate();
        part.images.retain(|image| image.key().well == well(name));
        let (wells, measured) = ([well(name)].into(), synthetic::measured(&part));
        bench.state.apply(PlateEvent::Measured { generation: measuring, wells, measured });
        work = bench.state.take_work();
        let Some((generation, request)) = choices(&work) else { continue };
        let result = request.outlook().map_err(|error| error.to_string());
        bench.state.apply(ForecastEvent::Choices { generation, result });
        let forecast = &bench.state.forecast;
        let peaks: Vec<u64> = forecast
            .outlook()
            .expect("known")
            .choices
            .iter()
            .map(|choice| choice.peak_counted_bytes)
            .collect();
        told.push((name, forecast.is_of_first_images(), peaks));
        work = bench.state.take_work();
    }
    let names: Vec<_> = told.iter().map(|(name, is_first, _)| (*name, *is_first)).collect();
    assert_eq!(names, [("B02", true), ("C04", false)]);
    // All images are of one size, so that there is nothing to refine.
    assert_eq!(told[0].2, told[1].2);
}
