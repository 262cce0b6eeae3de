//! `stepwell manual`, which packages are made with: manual pages and completions, from what the command line knows of
//! itself.

use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::after_help::{EXAMPLES, EXIT_CODES, FILES, WORDS};
use super::args::{Args, ManualArgs};
use super::failure::{Exit, Failure};
use crate::disk;
use crate::plate::{NONE_OPEN, destination};

/// The program, as it is called.
const NAME: &str = "stepwell";

/// What a page says at its foot.
const SOURCE: &str = concat!("stepwell ", env!("CARGO_PKG_VERSION"));

/// What the program does when it is given no command.
const WINDOW: &str = "Without a command it opens its window. Without a display it scans the plate, or compares \
                      the demo plate, in the terminal.";

/// Where shells look for completions, from a folder such as `/usr/share`.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions/stepwell"),
    (Shell::Zsh, "zsh/site-functions/_stepwell"),
    (Shell::Fish, "fish/vendor_completions.d/stepwell.fish"),
];

/// Writes all of it into a folder, in the places that it has below `/usr/share`.
pub(super) fn write(args: &ManualArgs) -> Result<Exit, Failure> {
    let share = destination(&args.folder, NONE_OPEN)?;
    for (name, text) in files(&Args::command()).map_err(|error| unwritable(&args.folder, &error))? {
        let file = share.join(name);
        let written = file.make_folder_around().and_then(|()| disk::write(&file, &text));
        written.map_err(|error| unwritable(file.path(), &error))?;
    }
    Ok(Exit::Done)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{} cannot be written: {error}", path.display()))
}

/// Each file, by its path below `/usr/share`.
fn files(command: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = for_users(command);
    command.build();
    let mut files = Vec::new();
    for (shell, path) in COMPLETIONS {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, NAME, &mut text);
        files.push((path.to_owned(), text));
    }
    for page in command.get_subcommands() {
        let page = Man::new(page.clone()).source(SOURCE);
        let mut text = Vec::new();
        introduce(&page, &mut text)?;
        page.render_options_section(&mut text)?;
        let mut rest = Roff::new();
        rest.control("SH", ["SEE ALSO"]).text([roman(format!("{NAME}(1)"))]);
        rest.to_writer(&mut text)?;
        files.push((format!("man/man1/{}", page.get_filename()), text));
    }
    files.push((format!("man/man1/{NAME}.1"), main_page(command)?));
    Ok(files)
}

/// The command line without what is not for users: commands that are hidden, and `help`, whose page would say how to
/// see the others.
fn for_users(command: &Command) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .about(about)
        .args(command.get_arguments())
        .subcommands(command.get_subcommands().filter(|command| !command.is_hide_set()))
        .disable_help_subcommand(true)
}

/// What all pages begin with.
fn introduce(page: &Man, text: &mut Vec<u8>) -> io::Result<()> {
    page.render_title(text)?;
    // Commands and paths are as they are typed: no hyphens that are not theirs, no wide gaps.
    Roff::new().control("nh", []).control("ad", ["l"]).to_writer(text)?;
    page.render_name_section(text)?;
    page.render_synopsis_section(text)?;
    page.render_description_section(text)
}

/// The page of the program. What the help says after its options has headings here.
fn main_page(command: Command) -> io::Result<Vec<u8>> {
    let page =
        Man::new(command.subcommand_help_heading("COMMANDS").subcommand_value_name("command")).source(SOURCE);
    let mut text = Vec::new();
    introduce(&page, &mut text)?;
    Roff::new().control("PP", []).text([roman(WINDOW)]).to_writer(&mut text)?;
    page.render_options_section(&mut text)?;
    page.render_subcommands_section(&mut text)?;
    let mut rest = Roff::new();
    rest.control("SH", ["EXAMPLES"]);
    for (command, what) in EXAMPLES {
        rest.control("TP", []).text([bold(command)]).text([roman(what)]);
    }
    for (heading, words) in [("NOTES", WORDS), ("FILES", FILES), ("EXIT STATUS", EXIT_CODES)] {
        rest.control("SH", [heading]).text([roman(words)]);
    }
    rest.to_writer(&mut text)?;
    Ok(text)
}
