//! The commands and options of the command line.

mod import;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

pub(super) use import::ImportArgs;

use super::after_help::after_help;
use super::choices::{
    AfterClearArg, CacheArg, CompressionArg, EngineArg, IntermediatesArg, KeepArg, ModeArg, PixelArg,
    SaveAsArg,
};
use crate::conditions::WellChoice;
use crate::limits;
use crate::machine::Machine;
use crate::plate::{Component, NamePattern};

/// See what a high-content-screening plate does to memory: all at once, or one component at a time.
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, after_help = after_help(), args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do without the window.
    #[command(subcommand)]
    pub(super) command: Option<Subcommand>,
    /// Plate folder to open in the window.
    pub plate: Option<PathBuf>,
    /// Open the demo plate and compare it both ways.
    #[arg(long, conflicts_with = "plate")]
    pub demo: bool,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Subcommand {
    /// Write a demo plate: images that look like cells, in ImageXpress files.
    Demo(DemoArgs),
    /// Show what a plate folder holds, what is missing and what is odd.
    Scan(ScanArgs),
    /// Forecast what each way of processing would need.
    Plan(PlanArgs),
    /// Process a plate one way.
    Run(RunArgs),
    /// Process a plate both ways and compare memory, time and results.
    Compare(CompareArgs),
    /// Continue a run that did not finish, or whose files were changed: process what is missing.
    Resume(ResumeArgs),
    /// Put a run together from the wells that are done: its record, its tables, and the description of its images.
    Merge(MergeArgs),
    /// Write a report of runs for others: one HTML file, with the chart and tables beside it.
    Report(ReportArgs),
    /// Write the files with which a cluster processes a plate, well by well.
    Workflow(WorkflowArgs),
    /// Watch the memory of any program. This becomes a run like others. The output of the program passes through, and its exit code
    /// becomes that of this command.
    Watch(WatchArgs),
    /// Take in memory that other programs recorded, as runs like others: .dat files of mprof, logs of psrecord, pages of memray, logs of
    /// OpenHCS, tables with a column of times and one of memory.
    Import(ImportArgs),
    /// Write manual pages and completions, in the folders that packages use below /usr/share.
    #[command(hide = true)]
    Manual(ManualArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Folder to write the plate into. It is created if needed.
    pub(super) folder: PathBuf,
    /// Number of wells.
    #[arg(long, default_value_t = 1)]
    pub(super) wells: u32,
    /// Number of channels.
    #[arg(long, default_value_t = 2)]
    pub(super) channels: u32,
    /// Number of timepoints.
    #[arg(long, default_value_t = 1)]
    pub(super) timepoints: u32,
    /// Number of sites in each well.
    #[arg(long, default_value_t = 9)]
    pub(super) sites: u32,
    /// Number of z planes.
    #[arg(long, default_value_t = 3)]
    pub(super) planes: u32,
    /// Width and height of an image in pixels.
    #[arg(long, default_value = "256x256", value_parser = parse_size, value_name = "WIDTHxHEIGHT")]
    pub(super) size: (u32, u32),
    /// Type of the pixels.
    #[arg(long = "type", value_enum, default_value_t = PixelArg::Bits16)]
    pub(super) pixel: PixelArg,
    /// Compression of the files.
    #[arg(long, value_enum, default_value_t = CompressionArg::None)]
    pub(super) compression: CompressionArg,
    /// Another number gives other cells.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Print one JSON document.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ScanArgs {
    /// The plate folder, a folder around it, or anything inside it.
    pub(super) plate: PathBuf,
    #[command(flatten)]
    pub(super) names: NamesArgs,
    #[command(flatten)]
    pub(super) holding: HoldingArgs,
    /// List every image.
    #[arg(long)]
    pub(super) images: bool,
    /// Print one JSON document.
    #[arg(long)]
    pub(super) json: bool,
}

/// How to read the names of images.
#[derive(Debug, clap::Args)]
pub(super) struct NamesArgs {
    /// Read the names of the images with this regular expression. Its groups are well (or row and column), site, channel,
    /// z and timepoint. It is searched in each path below the plate folder: '(?P<well>[A-H]\d\d)_s(?P<site>\d+)'.
    #[arg(long, value_name = "REGEX", value_parser = NamePattern::new)]
    pub(super) pattern: Option<NamePattern>,
}

/// What wells hold.
#[derive(Debug, clap::Args)]
pub(super) struct HoldingArgs {
    /// What the wells hold, as a table with a row for each well or as grids that look like the plate: CSV, TSV, or XML of
    /// Harmony or OME [default: what the plate says of itself].
    #[arg(long = "layout", value_name = "FILE")]
    pub(super) layout: Option<PathBuf>,
}

/// How much of the computer a run may use.
#[derive(Debug, clap::Args)]
pub(super) struct ComputerArgs {
    /// The most memory that a run may use: 8GB, 7.5GiB, or a percentage of what is available
    /// [default: 80%].
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(super) budget: String,
    /// Plan as if this computer had this much memory: 8GB.
    #[arg(long, value_name = "SIZE")]
    pub(super) pretend_memory: Option<String>,
    /// Threads that process images [default: one per processor].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

impl ComputerArgs {
    /// Threads that process images. If no number is given: one per processor.
    pub(super) fn threads(&self, machine: &Machine) -> usize {
        self.threads.map_or(machine.cores.clamp(1, limits::THREADS), usize::from)
    }
}

/// What `plan`, `run` and `compare` share.
#[derive(Debug, clap::Args)]
pub(super) struct ProcessArgs {
    #[command(flatten)]
    pub(super) names: NamesArgs,
    #[command(flatten)]
    pub(super) holding: HoldingArgs,
    /// Components to process one value at a time, the outermost first.
    #[arg(long, value_delimiter = ',', value_name = "COMPONENTS")]
    pub(super) sequential: Vec<Component>,
    /// Pipeline file (RON). Without it: percentile normalisation, then z maximum.
    #[arg(long, value_name = "FILE.ron")]
    pub(super) pipeline: Option<PathBuf>,
    #[command(flatten)]
    pub(super) computer: ComputerArgs,
    /// Wells that are processed together. More images at once, for wells with few images.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1536))]
    pub(super) wells_at_once: u16,
    /// Read the next combination while the present one is processed. Faster with slow disks, but
    /// both are in memory.
    #[arg(long)]
    pub(super) read_ahead: bool,
    /// What happens to memory when a combination is cleared.
    #[arg(long, value_enum, default_value_t = AfterClearArg::Return)]
    pub(super) after_clear: AfterClearArg,
    /// What happens to an image between its last use and the clear.
    #[arg(long, value_enum, default_value_t = IntermediatesArg::Free)]
    pub(super) intermediates: IntermediatesArg,
    /// Lossless compression of saved TIFF files [default: none]. OME-Zarr always has zstd.
    #[arg(long, value_enum)]
    pub(super) compression: Option<CompressionArg>,
    /// Format of the saved images.
    #[arg(long, value_enum, default_value_t = SaveAsArg::Tiff)]
    pub(super) save_as: SaveAsArg,
    /// Print JSON: one document, or for a run one event per line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// The plate folder, a folder around it, or anything inside it.
    #[arg(required_unless_present_any = LAYOUT)]
    pub(super) plate: Option<PathBuf>,
    #[command(flatten)]
    pub(super) process: ProcessArgs,
    /// Wells to plan for, by name or by what they hold (treatment=DMSO) [default: all]; for a plate that you do not have yet, their
    /// number [default: 1].
    #[arg(long, value_name = "A01,B02|COLUMN=VALUE|N")]
    pub(super) wells: Vec<String>,
    /// Folder with the results of earlier runs, from which the time is forecast [default: Stepwell in your
    /// documents or home folder].
    #[arg(long, value_name = "DIR", conflicts_with_all = LAYOUT)]
    pub(super) out: Option<PathBuf>,
    /// With --json: also print the course of memory of each choice: after each phase, and at its peak.
    #[arg(long, requires = "json")]
    pub(super) course: bool,
    /// Also write the forecast as a picture: an .svg or .png file.
    #[arg(long, value_name = "FILE")]
    pub(super) picture: Option<PathBuf>,
    #[command(flatten)]
    pub(super) layout: LayoutArgs,
}

/// The options that describe a plate that does not exist yet.
const LAYOUT: [&str; 5] = ["channels", "timepoints", "sites", "planes", "size"];

/// A plate that you do not have yet.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A plate that you do not have yet")]
pub(super) struct LayoutArgs {
    /// Number of channels [default: 1].
    #[arg(long, conflicts_with = "plate")]
    pub(super) channels: Option<u32>,
    /// Number of timepoints [default: 1].
    #[arg(long, conflicts_with = "plate")]
    pub(super) timepoints: Option<u32>,
    /// Number of sites in each well [default: 1].
    #[arg(long, conflicts_with = "plate")]
    pub(super) sites: Option<u32>,
    /// Number of z planes [default: 1].
    #[arg(long, conflicts_with = "plate")]
    pub(super) planes: Option<u32>,
    /// Width and height of an image in pixels [default: 1024x1024].
    #[arg(long, value_parser = parse_size, value_name = "WIDTHxHEIGHT", conflicts_with = "plate")]
    pub(super) size: Option<(u32, u32)>,
    /// Type of the pixels [default: 16bit].
    #[arg(long = "type", value_enum, conflicts_with = "plate")]
    pub(super) pixel: Option<PixelArg>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The plate folder, a folder around it, or anything inside it.
    pub(super) plate: PathBuf,
    #[command(flatten)]
    pub(super) process: ProcessArgs,
    /// All at once, or one at a time.
    #[arg(long, value_enum)]
    pub(super) mode: ModeArg,
    #[command(flatten)]
    pub(super) results: ResultArgs,
    #[command(flatten)]
    pub(super) into: IntoArgs,
    /// Wells to process, by name or by what they hold: treatment=DMSO, dose=1,10. Given several times, all of it must hold
    /// [default: all].
    #[arg(long, value_name = "A01,B02|COLUMN=VALUE")]
    pub(super) wells: Vec<WellChoice>,
}

#[derive(Debug, clap::Args)]
pub(super) struct IntoArgs {
    /// The folder of the run itself, instead of a new one named by the date. Finished wells stay, and the wells of
    /// this command are added. Several commands may work in it at once, each on its own wells.
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    pub(super) into: Option<PathBuf>,
    /// Do not put the run together at the end. stepwell merge does it later.
    #[arg(long, requires = "into")]
    pub(super) no_merge: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// Also process wells with failed images again, for example after you have repaired the files.
    #[arg(long)]
    pub(super) failed: bool,
    #[command(flatten)]
    pub(super) computer: ComputerArgs,
    /// Print one event per line.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// What the wells hold, which the tables get as columns, also of a run that is done: a table or grids, as CSV or TSV
    /// [default: what the run was given].
    #[arg(long, value_name = "FILE")]
    pub(super) layout: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompareArgs {
    /// The plate folder, a folder around it, or anything inside it.
    pub(super) plate: PathBuf,
    #[command(flatten)]
    pub(super) process: ProcessArgs,
    #[command(flatten)]
    pub(super) results: ResultArgs,
    /// Wells to compare, by name or by what they hold (treatment=DMSO), or `all` [default: the one with the most images].
    #[arg(long, value_name = "A01,B02|COLUMN=VALUE|all")]
    pub(super) wells: Vec<String>,
    /// How often to compare. The order alternates, and the median counts.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) repeat: u16,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The runs: their folders, the record.ron in them, or a folder of runs.
    #[arg(required = true, value_name = "RECORD")]
    pub(super) records: Vec<PathBuf>,
    /// Folder to write the report into. It is created if needed.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Print one JSON document.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct WorkflowArgs {
    /// The plate folder, a folder around it, or anything inside it.
    pub(super) plate: PathBuf,
    #[command(flatten)]
    pub(super) process: ProcessArgs,
    /// All at once, or one at a time.
    #[arg(long, value_enum)]
    pub(super) mode: ModeArg,
    /// The steps whose images are saved [default: last, or what the pipeline file says].
    #[arg(long, value_enum)]
    pub(super) keep_images: Option<KeepArg>,
    /// Wells to process, by name or by what they hold (treatment=DMSO) [default: all].
    #[arg(long, value_name = "A01,B02|COLUMN=VALUE")]
    pub(super) wells: Vec<WellChoice>,
    /// What runs the jobs.
    #[arg(long, value_enum)]
    pub(super) engine: EngineArg,
    /// Folder of the workflow. It is created if needed.
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Run folder for the results [default: run, in the folder of the workflow].
    #[arg(long, value_name = "RUN")]
    pub(super) into: Option<PathBuf>,
    /// The path of the run folder on the cluster, if it is different there.
    #[arg(long, value_name = "PATH")]
    pub(super) into_there: Option<String>,
    /// The path of the plate on the cluster, if it is different there.
    #[arg(long, value_name = "PATH")]
    pub(super) plate_there: Option<String>,
    /// Wells per job [default: as many as take a few minutes].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1536))]
    pub(super) wells_per_job: Option<u16>,
    /// Container image with Stepwell, for Apptainer: a .sif file or docker://… [default: Stepwell as
    /// installed there].
    #[arg(long, value_name = "IMAGE")]
    pub(super) container: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct WatchArgs {
    /// What the run is called [default: the command line].
    #[arg(long, value_name = "TEXT")]
    pub(super) name: Option<String>,
    /// Folder for results; the run gets a folder of its own in it [default: Stepwell in your documents or home folder].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// What lines of the program tell: rules that come with Stepwell, as openhcs, or a file of your own.
    #[arg(long, value_name = "NAME|FILE.ron")]
    pub(super) rules: Option<String>,
    /// A log file on which the program writes: its lines are looked at, too.
    #[arg(long, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// Folder of the program's results: what its files hold is noted at the end, so that two runs can be compared.
    #[arg(long, value_name = "DIR")]
    pub(super) outputs: Option<PathBuf>,
    /// Watch a program that is running, by the number of its process, until it ends or Ctrl-C.
    #[arg(long, value_name = "N", conflicts_with = "program")]
    pub(super) pid: Option<u32>,
    /// Print one JSON document. Standard output of the program then goes to standard error.
    #[arg(long)]
    pub(super) json: bool,
    /// The program and its arguments, after two dashes: -- python3 script.py
    #[arg(last = true, required_unless_present = "pid", value_name = "PROGRAM")]
    pub(super) program: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManualArgs {
    /// Folder to write them into. It is created if needed.
    pub(super) folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct ResultArgs {
    /// Folder for results. Each run gets its own folder in it [default: Stepwell in your
    /// documents or home folder].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Whether files may be read from the page cache (compare first reads all files once), or are
    /// removed from it before each run.
    #[arg(long, value_enum, default_value_t = CacheArg::Warm)]
    pub(super) cache: CacheArg,
    /// The steps whose images are saved [default: last, or what the pipeline file says].
    #[arg(long, value_enum)]
    pub(super) keep_images: Option<KeepArg>,
}

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("“{text}” is not a size in pixels: write it as 1000x500");
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    Ok((width.trim().parse().map_err(|_| wrong())?, height.trim().parse().map_err(|_| wrong())?))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        let table = [
            ("256x256", Some((256, 256))),
            ("1000X500", Some((1000, 500))),
            ("5", None),
            ("ax5", None),
            ("-1x5", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_size(text).ok(), expected, "{text}");
        }
    }
}
