//! What can be said to `stepwell import`.

use std::path::PathBuf;

use crate::watch::Unit;

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The files; each becomes a run.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What the run is called [default: the command line, if the file tells it, or the name of the file].
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// Folder for results; each run gets a folder of its own in it [default: Stepwell in your documents or home folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// What lines of a log tell: rules that come with Stepwell, as openhcs, or a file of your own.
    #[arg(long, value_name = "NAME|FILE.ron")]
    pub(crate) rules: Option<String>,
    /// The column of a table that has the times, by its name, or by its number if columns have no names.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// The column of a table that has the memory.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) memory: Option<String>,
    /// What memory is counted in, in a table that does not say it: B, kB, MB, GB, KiB, MiB or GiB.
    #[arg(long, value_parser = parse_unit)]
    pub(crate) unit: Option<Unit>,
    /// Print one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

fn parse_unit(text: &str) -> Result<Unit, String> {
    let signs = Unit::ALL.map(|unit| unit.sign).join(", ");
    Unit::named(text).ok_or_else(|| format!("“{text}” is none of {signs}"))
}
