//! The memory chart and what stands around it: the verdict, the moment under it, the marks in it, the study.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::image_life::LifeOf;
use super::messages::{ExportKind, ExportRequest, Marked, MemoryCommand, MemoryEvent, MemoryWork, Moment};
use crate::app::log::LogKind;
use crate::app::outbox::{Fact, Outbox};
use crate::app::runs::run::RunState;
use crate::app::runs::state::RunsState;
use crate::app::status::messages::{Note, Tab};
use crate::chart::{Chart, ChartOptions, ChartRun, Expected, Ink, Life, RefusedMode};
use crate::compare::Comparison;
use crate::engine::{JobEvent, Trial};
use crate::plate::Plate;
use crate::record::{RunId, RunRecord};
use crate::study::Study;
use crate::watch::{WatchedRecord, WatchedVerdict};

/// The memory chart and what stands around it.
#[derive(Debug, Default)]
pub struct MemoryState {
    /// What the chart shows: the runs that are shown, what was refused, the limits.
    pub chart: Chart,
    /// The last comparison.
    pub comparison: Option<Comparison>,
    /// What the watched programs in the chart come to, where they are two.
    pub watched_verdict: Option<WatchedVerdict>,
    /// The moment whose images are shown under the chart.
    pub moment: Option<Moment>,
    /// The image whose life in memory the chart shows.
    pub life: Option<LifeOf>,
    /// The combination that is marked in the chart.
    pub marked: Option<Marked>,
    /// The study's proofs on the runs of this session, while they are shown.
    pub study: Option<Study>,
}

impl MemoryState {
    /// The ink of a run in the chart; `None` where it is not in it.
    pub(crate) fn ink_of(&self, run: &RunState) -> Option<Ink> {
        let place = self.chart.runs.iter().position(|charted| charted.id == run.id)?;
        self.chart.inks().get(place).copied()
    }

    /// The marked combination as the chart shows it; `None` where the run is not in the chart.
    pub fn mark_in_chart(&self, runs: &RunsState) -> Option<(Ink, Life)> {
        let marked = self.marked?;
        let ink = self.ink_of(runs.run(marked.run)?)?;
        let life = Life {
            born_in: String::new(),
            from_secs: marked.from_secs,
            uses: Vec::new(),
            gone_in: None,
            to_secs: marked.to_secs,
        };
        Some((ink, life))
    }

    /// The life of an image, and the ink of its run; `None` where the chart does not show the run.
    pub(crate) fn life_in_chart(&self, of: LifeOf, runs: &RunsState) -> Option<(Ink, Life)> {
        let run = runs.run(of.run)?;
        let combination = run.combinations.get(of.combination)?;
        let charted = self.chart.runs.iter().find(|charted| charted.id == run.id)?;
        let spec = &run.record.spec;
        let life = charted.life_of(&combination.id, of.step, &spec.pipeline, spec.intermediates)?;
        Some((self.ink_of(run)?, life))
    }

    pub(crate) fn handle(
        &mut self,
        command: MemoryCommand,
        runs: &RunsState,
        plate: Option<&Plate>,
        out: &mut Outbox,
    ) {
        match command {
            MemoryCommand::ShowMoment(moment) => (self.moment, self.life) = (moment, None),
            MemoryCommand::ShowLife(of) => {
                out.emit(Fact::RunWanted(of.run));
                out.emit(Fact::LifeWanted(of));
            }
            MemoryCommand::Mark(marked) => self.marked = marked,
            MemoryCommand::ShowStudy => self.test_study(runs, plate),
            MemoryCommand::CloseStudy => self.study = None,
            MemoryCommand::Export { kind, options } => self.export(kind, options, runs, plate, out),
        }
    }

    pub(crate) fn apply(&self, event: MemoryEvent, out: &mut Outbox) {
        out.dialog_closed();
        match event {
            MemoryEvent::Dismissed => {}
            MemoryEvent::Written(path) => {
                let text = format!("Saved {}", path.display());
                out.log(LogKind::Run, format!("{text}."));
                let folder = if path.is_absolute() { path.parent().map(ToOwned::to_owned) } else { None };
                out.emit(Fact::Noted(Some(Note { text, folder })));
            }
            MemoryEvent::Failed(why) => out.fail_and_log("It could not be exported", why, None),
        }
    }

    /// Shows a life in the chart, which shows its run, and under it what else was in memory in the middle of
    /// it.
    pub(crate) fn show_life(&mut self, of: LifeOf, runs: &RunsState, out: &mut Outbox) {
        let Some((_, life)) = self.life_in_chart(of, runs) else { return };
        let at_secs = f64::midpoint(life.from_secs, life.to_secs);
        self.moment = Some(Moment { run: of.run, at_secs });
        self.life = Some(of);
        out.emit(Fact::TabWanted(Tab::Memory));
    }

    fn export(
        &self,
        kind: ExportKind,
        options: ChartOptions,
        runs: &RunsState,
        plate: Option<&Plate>,
        out: &mut Outbox,
    ) {
        let Some(plate) = plate else { return };
        let mut records: Vec<Arc<RunRecord>> = runs.shown().map(|run| Arc::new(run.record.clone())).collect();
        let watched: Vec<Arc<WatchedRecord>> =
            runs.shown_watched().map(|watched| Arc::new(watched.record.clone())).collect();
        if records.is_empty() && watched.is_empty() {
            return;
        }
        records.sort_by_key(|record| record.started_unix_secs);
        let of_watched = || self.watched_verdict.as_ref().map(|verdict| verdict.sentence.clone());
        let verdict = self.comparison.as_ref().map(|found| found.verdict().sentence);
        let verdict = verdict.or_else(of_watched).unwrap_or_default();
        let chart = Chart { planned: Vec::new(), ..self.chart.clone() };
        // Runs of other plates may be shown, too.
        let names: BTreeSet<&str> = records.iter().map(|record| record.plate.name.as_str()).collect();
        let title = if names.contains(plate.name.as_str()) || names.is_empty() {
            plate.name.clone()
        } else {
            names.into_iter().collect::<Vec<_>>().join(", ")
        };
        let never_in = plate.root.clone();
        let request = ExportRequest { kind, records, watched, chart, options, title, verdict, never_in };
        out.open_dialog(MemoryWork::Export(Box::new(request)));
    }

    /// Another plate is shown.
    pub(crate) fn plate_shown(&mut self) {
        *self = Self::default();
    }

    /// A job began: the verdict before is over.
    pub(crate) fn job_began(&mut self) {
        (self.comparison, self.watched_verdict) = (None, None);
    }

    /// The runs of a job are planned: the chart is theirs.
    pub(crate) fn runs_planned(
        &mut self,
        budget_bytes: Option<u64>,
        machine_bytes: Option<u64>,
        runs: &RunsState,
        trial: &Trial,
    ) {
        self.chart = Chart { budget_bytes, machine_bytes, ..Chart::default() };
        // Before they begin, what is expected of them is seen.
        for run in runs.shown() {
            let Some(mut expected) = Expected::of_record(&run.record) else { continue };
            expected.ends_secs = run.record.expected_course.ends_secs(&trial.paces).map(Arc::from);
            expected.course =
                Arc::new(run.record.expected_course.clone().with_resting(trial.resting_rss_bytes));
            let mut charted = ChartRun::of_live(run.id, &run.record, &run.course);
            charted.expected = Some(expected);
            self.chart.runs.push(charted);
        }
        (self.moment, self.life, self.marked) = (None, None, None);
    }

    /// Something happened in a job, in a run that is shown, or in none that is.
    pub(crate) fn job_happened(&mut self, event: &JobEvent, shown: Option<RunId>) {
        match event {
            JobEvent::Run { mode, event } => {
                if let Some(id) = shown {
                    self.chart.run_mut(id, *mode).apply(event);
                }
            }
            JobEvent::Refused { mode, forecast, .. } => {
                let title = mode.title().to_owned();
                let has_begun = |run: &ChartRun| !run.series.samples().is_empty();
                self.chart.runs.retain(|run| run.mode != Some(*mode) || has_begun(run));
                self.chart.refused.push(RefusedMode { mode: *mode, title, forecast: *forecast });
            }
            JobEvent::Files { .. } | JobEvent::Looking { .. } | JobEvent::Begun { .. } => {}
        }
    }

    /// A job is over: the study's claims, where they are shown, are tested on its runs, too.
    pub(crate) fn job_ended(&mut self, runs: &RunsState, plate: Option<&Plate>) {
        // What never began has nothing to show.
        self.chart
            .runs
            .retain(|charted| runs.run(charted.id).is_some() || !charted.series.samples().is_empty());
        if self.study.is_some() {
            self.test_study(runs, plate);
        }
    }

    fn test_study(&mut self, runs: &RunsState, plate: Option<&Plate>) {
        self.study = plate.and_then(|plate| Study::of(&runs.finished_of(plate).collect::<Vec<_>>()));
    }

    /// A comparison is done.
    pub(crate) fn compared(&mut self, comparison: Comparison, out: &mut Outbox) {
        out.log(LogKind::Run, comparison.verdict().sentence);
        for different in comparison.outputs.iter().flat_map(|outputs| &outputs.different) {
            let text = format!("{different} after step {}: {}", different.step + 1, different.why_text());
            out.log(LogKind::Failure, text);
        }
        self.comparison = Some(comparison);
    }

    /// A run is shown in the chart, or no more; after the last one [`Self::shown_runs_changed`] is due.
    pub(crate) fn run_shown(&mut self, id: RunId, is_shown: bool, runs: &RunsState) {
        if is_shown {
            let of_run = |run: &RunState| match run.is_live {
                true => ChartRun::of_live(id, &run.record, &run.course),
                false => ChartRun::of_record(id, &run.record),
            };
            let of_watched = || Some(ChartRun::of_watched(id, &runs.watched_run(id)?.record, false));
            let Some(charted) = runs.run(id).map(of_run).or_else(of_watched) else { return };
            self.chart.runs.push(charted);
        } else {
            // Also where the list of runs has let it go meanwhile.
            self.chart.runs.retain(|charted| charted.id != id);
        }
        self.name_runs(runs);
    }

    /// What follows when other runs are shown: their verdict, and what it was that they were run against.
    /// While a job goes, verdict and limits are its own.
    pub(crate) fn shown_runs_changed(&mut self, runs: &RunsState) {
        if runs.job.is_some() {
            return;
        }
        let mut shown: Vec<&RunRecord> = runs.shown().map(|run| &run.record).collect();
        shown.sort_by_key(|record| record.started_unix_secs);
        let budgets: Vec<Option<u64>> = shown.iter().map(|record| record.budget_bytes).collect();
        let watched: Vec<&WatchedRecord> = runs.shown_watched().map(|watched| &watched.record).collect();
        if budgets.is_empty() {
            self.chart.machine_bytes =
                watched.iter().rev().find_map(|record| record.machine.as_ref()?.memory_bytes);
        }
        self.watched_verdict = WatchedVerdict::of(&watched);
        if let Some(first) = budgets.first() {
            // One line cannot tell of several budgets.
            self.chart.budget_bytes = first.filter(|_| budgets.iter().all(|budget| budget == first));
            self.chart.machine_bytes =
                shown.iter().rev().find_map(|record| record.machine.as_ref()?.memory_bytes);
        }
        self.comparison = Comparison::of_records(&shown);
        self.chart.refused = Chart::refused_in(&shown);
    }

    /// Gives the runs in the chart the names that the user gave them.
    pub(crate) fn name_runs(&mut self, runs: &RunsState) {
        for charted in &mut self.chart.runs {
            if let Some(run) = runs.list.iter().find(|run| run.id == charted.id) {
                charted.title = runs.name_of(run);
            } else if let Some(watched) = runs.watched_run(charted.id) {
                charted.title = runs.name_of_watched(watched);
            }
        }
        self.chart.distinguish_titles();
    }
}
