//! The folder of a workflow: which files it has, and what is in those that are not the same for every plate.

use std::path::Path;

use super::model::{Engine, Workflow};
use super::options::{CONDITIONS_FILE, PIPELINE_FILE};
use super::quote::{comment, shell, shell_words, yaml, yaml_list};
use super::request::WorkflowError;
use crate::conditions::as_csv;
use crate::disk::{self, Destination};
use crate::memory::Budget;
use crate::pipeline::file;
use crate::plate::destination;

/// Name of the table of jobs.
const JOBS_FILE: &str = "jobs.tsv";

/// Name of the folder in which a workflow notes what is done.
const DONE_FOLDER: &str = "done";

/// How often a job is tried in all, with more memory and time each time.
const ATTEMPTS: u64 = 3;

/// The files of Snakemake that are the same for every plate.
const SNAKEMAKE: [(&str, &str); 2] = [
    ("Snakefile", include_str!("../../assets/workflow/Snakefile")),
    ("profiles/slurm/config.yaml", include_str!("../../assets/workflow/slurm-profile.yaml")),
];

/// Likewise those of Slurm.
const SLURM: [(&str, &str); 3] = [
    ("submit.sh", include_str!("../../assets/workflow/submit.sh")),
    ("wells.sbatch", include_str!("../../assets/workflow/wells.sbatch")),
    ("merge.sbatch", include_str!("../../assets/workflow/merge.sbatch")),
];

impl Workflow {
    /// Writes the files of the workflow into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// Where the folder lies in a plate, has a workflow that was started or a name that Snakemake does not bear, or cannot be
    /// written to.
    pub fn write(&self, folder: &Path) -> Result<(), WorkflowError> {
        let place = destination(folder, [&self.root])?;
        if self.engine == Engine::Snakemake && place.path().to_string_lossy().contains(['{', '}']) {
            return Err(WorkflowError::Braces(place.path().to_owned()));
        }
        // What was done of other groups of wells would be taken for what is done of these.
        if place.join(DONE_FOLDER).path().exists() {
            return Err(WorkflowError::Begun(place.path().to_owned()));
        }
        let (settings, others) = match self.engine {
            Engine::Snakemake => (("config.yaml", self.config()), SNAKEMAKE.as_slice()),
            Engine::Slurm => (("settings.sh", self.settings()), SLURM.as_slice()),
        };
        make_folder(&place)?;
        file::write(&place.join(PIPELINE_FILE), &self.pipeline)?;
        if let Some(conditions) = &self.conditions {
            write(&place.join(CONDITIONS_FILE), &as_csv(conditions))?;
        }
        write(&place.join(JOBS_FILE), &self.table())?;
        write(&place.join(settings.0), &settings.1)?;
        for (name, text) in others {
            if let Some(below) = Path::new(name).parent().filter(|below| below.file_name().is_some()) {
                make_folder(&place.join(below))?;
            }
            write(&place.join(name), text)?;
        }
        Ok(())
    }

    /// The command that starts the workflow in a folder, to copy.
    pub fn command(&self, folder: &str) -> String {
        let folder = shell(folder);
        match self.engine {
            Engine::Snakemake => format!("cd {folder} && snakemake --profile profiles/slurm"),
            Engine::Slurm => format!("cd {folder} && bash submit.sh"),
        }
    }

    /// The table of jobs.
    fn table(&self) -> String {
        let mut table = String::from("job\twells\tmem_mb\tminutes\n");
        for job in &self.jobs {
            let wells: Vec<_> = job.wells.iter().map(ToString::to_string).collect();
            table.push_str(&format!(
                "{}\t{}\t{}\t{}\n",
                job.name,
                wells.join(","),
                job.memory_mb,
                job.minutes
            ));
        }
        table
    }

    /// The settings of Snakemake's rules.
    fn config(&self) -> String {
        let Self { threads, merge_memory_mb, merge_minutes, .. } = self;
        format!(
            "# What the jobs of the plate {name} share. The wells, memory and time of each are in jobs.tsv.\n\
             \n\
             # The words that start Stepwell there. A program that is not in the PATH is named by its path.\n\
             program: {program}\n\
             # The plate as the jobs see it. It is only read.\n\
             plate: {plate}\n\
             # The run folder, which gets the results; from this folder if it is not a full path.\n\
             into: {into}\n\
             # The options of “stepwell run” for every well. Other ones need another run folder.\n\
             options: {options}\n\
             # Threads of each job. The memory in jobs.tsv is for this number.\n\
             threads: {threads}\n\
             # How often a job is tried again, each time with more memory and time.\n\
             retries: {retries}\n\
             # What a run may use of the memory of its job, in percent; the rest is for the process beside it.\n\
             budget_percent: {percent}\n\
             # What the merge of the wells asks for.\n\
             merge_mem_mb: {merge_memory_mb}\n\
             merge_minutes: {merge_minutes}\n",
            name = comment(&self.plate_name),
            program = yaml_list(&self.program),
            plate = yaml(&self.plate),
            into = yaml(&self.into),
            options = yaml_list(&self.options),
            retries = ATTEMPTS - 1,
            percent = Budget::DEFAULT_PERCENT,
        )
    }

    /// The settings of Slurm's scripts.
    fn settings(&self) -> String {
        let Self { threads, merge_memory_mb, merge_minutes, .. } = self;
        format!(
            "# What the jobs of the plate {name} share, for bash. The wells of each are in jobs.tsv.\n\
             \n\
             # The words that start Stepwell there. A program that is not in the PATH is named by its path.\n\
             program=({program})\n\
             # The plate as the jobs see it. It is only read.\n\
             plate={plate}\n\
             # The run folder, which gets the results; from this folder if it is not a full path.\n\
             into={into}\n\
             # The options of “stepwell run” for every well. Other ones need another run folder.\n\
             options=({options})\n\
             # Tasks of the array: the lines of jobs.tsv below its head.\n\
             jobs={jobs}\n\
             # Threads of each task.\n\
             threads={threads}\n\
             # Memory in MB and minutes at the first attempt. All tasks of an array ask for the same: what the \
             largest of\n\
             # jobs.tsv needs.\n\
             mem_mb={memory}\n\
             minutes={minutes}\n\
             # How often a task is tried in all, each time with more memory and time.\n\
             attempts={ATTEMPTS}\n\
             # What a run may use of the memory of its job, in percent; the rest is for the process beside it.\n\
             budget_percent={percent}\n\
             # What the merge of the wells asks for.\n\
             merge_mem_mb={merge_memory_mb}\n\
             merge_minutes={merge_minutes}\n",
            name = comment(&self.plate_name),
            program = shell_words(&self.program),
            plate = shell(&self.plate),
            into = shell(&self.into),
            options = shell_words(&self.options),
            jobs = self.jobs.len(),
            memory = self.most_memory_mb(),
            minutes = self.most_minutes(),
            percent = Budget::DEFAULT_PERCENT,
        )
    }
}

fn make_folder(place: &Destination) -> Result<(), WorkflowError> {
    let unwritable = |source| WorkflowError::Unwritable { path: place.path().to_owned(), source };
    place.make_folder().map_err(unwritable)
}

fn write(place: &Destination, text: &str) -> Result<(), WorkflowError> {
    let unwritable = |source| WorkflowError::Unwritable { path: place.path().to_owned(), source };
    disk::write(place, text.as_bytes()).map_err(unwritable)
}
