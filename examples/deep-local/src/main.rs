//! `deep-local`: blocks of convolutions learn locally, and a report is drawn.
#![recursion_limit = "256"]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::train::Interrupter;
use burn_runs::files::read_json;
use burn_runs::signals::stop_on_signals;
use burn_runs::ui::say;
use clap::{Parser, Subcommand};
use deep_local::finished::FinishedRun;
use deep_local::report;
use deep_local::run;
use deep_local::settings::{Overrides, Settings};
use deep_local::table;
use image_runs::export::ExportArgs;
use image_runs::predict::PredictArgs;
use image_runs::{
    AGAIN, Failure, RESULT, RunArgs, ServeArgs, networks, overrides_of_pairs, unfinished,
};

/// Blocks of convolutions learn images by a local rule, without labels, and a linear readout on top of
/// them: deep SoftHebb of Journe et al., ICLR 2023. Beside it, the same network by backpropagation.
///
/// Without arguments it learns small digits that are built in, in less than a minute.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    allow_negative_numbers = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    settings: Overrides,
}

#[derive(Subcommand)]
enum Command {
    /// Draw the report of a run from its files, also of one that has not ended
    Report {
        /// The folder of the run
        dir: PathBuf,
    },
    /// Ask the networks of a finished run for the classes of image files
    Predict(PredictArgs),
    /// Write the arrays of a finished run for NumPy, PyTorch and other programs
    Export(ExportArgs),
    /// Serve the device of this machine to runs on others, with --backend remote
    Serve(ServeArgs),
    /// Gather finished runs into a JSON list and a Markdown table
    Table {
        /// The folders of the runs
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// The JSON file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Also draw the test error over the number of labels into this SVG file
        #[arg(long, value_name = "FILE")]
        figure: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let interrupter = Interrupter::new();
    let outcome = match cli.command {
        // Burn's server ends by itself.
        Some(Command::Serve(_)) => Ok(()),
        _ => stop_on_signals(&interrupter).map_err(Failure::from),
    };
    let outcome = outcome.and_then(|()| match cli.command {
        Some(command) => obey(command),
        None => train(cli.run, &cli.settings, interrupter),
    });
    Failure::exit_code(outcome)
}

fn obey(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => args.serve()?,
        Command::Report { dir } => {
            report::draw(&dir)?;
            say_report(&dir);
        }
        Command::Predict(args) => {
            let run = FinishedRun::read(&args.run, args.backend)?;
            args.answer(&run.networks(), &run.kind, &run.device)?;
        }
        Command::Export(args) => {
            let run = FinishedRun::read(&args.run, args.backend)?;
            say(&format!("export: {}", args.write(&run.export())?.display()));
        }
        Command::Table { dirs, out, figure } => {
            let entries: Result<Vec<_>, _> = dirs.iter().map(|dir| table::entries(dir)).collect();
            let entries = entries?.concat();
            std::fs::write(&out, serde_json::to_string_pretty(&entries)? + "\n")?;
            if let Some(figure) = figure {
                std::fs::write(&figure, table::labels_svg(&entries)?)?;
            }
            say(table::markdown(&entries).trim_end());
        }
    }
    Ok(())
}

fn train(args: RunArgs, flags: &Overrides, interrupter: Interrupter) -> Result<(), Failure> {
    let mut chosen: Overrides =
        overrides_of_pairs(&args.pairs).unwrap_or_else(|error| error.exit());
    chosen.overlay(flags);
    let settings = match &args.resume {
        Some(dir) => run::settings_of(&unfinished(dir)?, &chosen)?,
        None => Settings::resolve(args.config.as_deref(), &chosen)?,
    };
    if args.dry_run {
        say(&serde_json::to_string_pretty(&settings)?);
        return Ok(());
    }
    let (seeds, is_named) = (args.seeds.clone(), args.out.is_some());
    let surroundings = args.surroundings(run::default_out(&settings), interrupter);
    let Some(seeds) = seeds else {
        let how = surroundings.resume_flags_elsewhere();
        surroundings.servers.end_when_lost(&how);
        let result =
            run::run(&settings, &surroundings).map_err(|error| surroundings.failure(error))?;
        say(&networks(&result.rows()));
        say_report(&surroundings.out);
        return Ok(());
    };
    surroundings.servers.end_when_lost(AGAIN);
    seeds.each(|seed| {
        let settings = Settings {
            seed,
            ..settings.clone()
        };
        let out = run::default_out(&settings);
        let surroundings = surroundings.clone().of_seed(seed, is_named, out);
        let result = if surroundings.has_ended(&settings)? {
            read_json(&surroundings.out.join(RESULT))?
        } else {
            let again = seeds.again(seed, surroundings.overwrite);
            run::run(&settings, &surroundings)
                .map_err(|error| surroundings.servers.failure(error, &again, &again))?
        };
        Ok(result.rows())
    })
}

fn say_report(dir: &Path) {
    say(&format!("report: {}", dir.join("report.html").display()));
}
