//! `two-networks`: trains the two networks, or one of them, and draws the report.
#![recursion_limit = "256"]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use burn::train::Interrupter;
use burn_runs::files::read_json;
use burn_runs::signals::{STOPPED, stop_on_signals};
use burn_runs::ui::say;
use burn_runs::{StageError, Ui};
use clap::{Parser, Subcommand};
use image_runs::export::ExportArgs;
use image_runs::predict::PredictArgs;
use image_runs::{
    AGAIN, FAILED, Failure, RESULT, RunArgs, RunError, ServeArgs, Servers, Surroundings, networks,
    overrides_of_pairs, unfinished,
};
use two_networks::finished::FinishedRun;
use two_networks::report;
use two_networks::run;
use two_networks::search::{self, Means, SearchError};
use two_networks::settings::{Overrides, Settings};
use two_networks::table;

/// A biological and a backprop network learn the same images: the comparison of Krotov & Hopfield,
/// PNAS 116 (2019) 7723.
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
    /// Gather finished runs, the two networks of each, into a JSON list and a Markdown table
    Table {
        /// The folders of the runs
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// The JSON file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Serve the device of this machine to runs on others, with --backend remote
    Serve(ServeArgs),
    /// Train the trials of a search on validation images, one row of trials.csv each
    Search {
        /// The JSON file of the space: fixed settings and a grid
        space: PathBuf,
        /// The folder of the data sets, as for a run
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
        /// The folder to write into, or that of the same search to go on with
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many trials are made at a time, each in a process of its own; they share the processors
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = jobs)]
        jobs: usize,
        /// How progress is shown
        #[arg(long, value_enum, default_value = "plain")]
        ui: Ui,
        /// Where to compute
        #[command(flatten)]
        servers: Servers,
        /// Make the trials whose numbers come in, for a search of several jobs
        #[arg(long, hide = true)]
        worker: bool,
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
        Some(command) => obey(command, &interrupter),
        None => train(cli.run, &cli.settings, interrupter),
    });
    Failure::exit_code(outcome)
}

fn obey(command: Command, interrupter: &Interrupter) -> Result<(), Failure> {
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
        Command::Table { dirs, out } => {
            let entries: Result<Vec<_>, _> = dirs.iter().map(|dir| table::entries(dir)).collect();
            let entries = entries?.concat();
            std::fs::write(&out, serde_json::to_string_pretty(&entries)? + "\n")?;
            say(table::markdown(&entries).trim_end());
        }
        Command::Search {
            space,
            data_dir,
            out,
            jobs,
            ui,
            servers,
            worker,
        } => {
            servers.end_when_lost(AGAIN);
            let means = Means {
                data_dir: data_dir.as_deref(),
                out: &out,
                ui,
                jobs,
                servers: &servers,
                interrupter,
            };
            if worker {
                return search::work(&space, &means).map_err(|error| of_search(error, &servers));
            }
            let made =
                search::search(&space, &means).map_err(|error| of_search(error, &servers))?;
            say(&format!(
                "{made} trials: {}",
                out.join("trials.csv").display()
            ));
        }
    }
    Ok(())
}

fn of_run(error: RunError, surroundings: &Surroundings) -> Failure {
    let repeats = matches!(error, RunError::Training(StageError::Diverged { .. }));
    let mut failure = surroundings.failure(error);
    if repeats && let Some(how) = run::how_to_keep_hidden(&surroundings.out) {
        failure.text += &format!(" ({how})");
    }
    failure
}

fn of_search(error: SearchError, servers: &Servers) -> Failure {
    match error {
        SearchError::Run(error) => servers.failure(error, AGAIN, AGAIN),
        SearchError::Worker(_) | SearchError::Stopped => Failure {
            text: format!("{error}; go on with {AGAIN}"),
            code: match error {
                SearchError::Stopped => STOPPED,
                _ => FAILED,
            },
        },
        error => error.into(),
    }
}

fn jobs(text: &str) -> Result<usize, &'static str> {
    let jobs = text.parse().ok().filter(|jobs| (1..=64).contains(jobs));
    jobs.ok_or("it must be a number from 1 to 64")
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
            run::run(&settings, &surroundings).map_err(|error| of_run(error, &surroundings))?;
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
