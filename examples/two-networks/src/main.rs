//! `two-networks`: trains both networks and draws the report.
#![recursion_limit = "256"]

use std::path::PathBuf;
use std::process::ExitCode;

use burn::train::Interrupter;
use burn_runs::Ui;
use burn_runs::checkpoint::Folder;
use burn_runs::signals::stop_on_signals;
use clap::{Parser, Subcommand};
use image_runs::{Failure, RunArgs};
use two_networks::report::{self, RunResult};
use two_networks::run;
use two_networks::search::{self, SearchError};
use two_networks::settings::{Overrides, Settings};
use two_networks::table;

/// A biological and a backprop network learn the same images: the comparison of Krotov & Hopfield,
/// PNAS 116 (2019) 7723.
///
/// Without arguments it learns small digits that are built in, in less than a minute.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
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
    /// Draw the report of a finished run again, from its files
    Report {
        /// The folder of the run
        dir: PathBuf,
    },
    /// Gather finished runs, the two networks of each, into a JSON list and a Markdown table
    Table {
        /// The folders of the runs
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// The JSON file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
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
        /// How progress is shown
        #[arg(long, value_enum, default_value = "plain")]
        ui: Ui,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let interrupter = Interrupter::new();
    let outcome = stop_on_signals(&interrupter).map_err(Failure::from);
    let outcome = outcome.and_then(|()| match cli.command {
        Some(command) => obey(command, &interrupter),
        None => train(cli.run, &cli.settings, interrupter),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {}", failure.text);
            ExitCode::from(failure.code)
        }
    }
}

fn obey(command: Command, interrupter: &Interrupter) -> Result<(), Failure> {
    match command {
        Command::Report { dir } => {
            report::draw(&dir)?;
            println!("report: {}", dir.join("report.html").display());
        }
        Command::Table { dirs, out } => {
            let entries: Result<Vec<_>, _> = dirs.iter().map(|dir| table::entries(dir)).collect();
            let entries = entries?.concat();
            std::fs::write(&out, serde_json::to_string_pretty(&entries)? + "\n")?;
            print!("{}", table::markdown(&entries));
        }
        Command::Search {
            space,
            data_dir,
            out,
            ui,
        } => {
            let made = search::search(&space, data_dir.as_deref(), &out, ui, interrupter);
            let made = made.map_err(|error| match error {
                SearchError::Run(error) => Failure::of_run(error, "the same command"),
                error => error.into(),
            })?;
            println!("{made} trials: {}", out.join("trials.csv").display());
        }
    }
    Ok(())
}

fn train(args: RunArgs, flags: &Overrides, interrupter: Interrupter) -> Result<(), Failure> {
    let settings = match &args.resume {
        Some(dir) => run::settings_of(&Folder::identity(dir)?, flags)?,
        None => Settings::resolve(args.config.as_deref(), flags)?,
    };
    let surroundings = args.surroundings(run::default_out(&settings), interrupter);
    let result = run::run(&settings, &surroundings)
        .map_err(|error| Failure::of_run(error, &surroundings.resume_flags()))?;
    print_table(&result);
    println!("report: {}", surroundings.out.join("report.html").display());
    Ok(())
}

fn print_table(result: &RunResult) {
    let (hebbian, backprop) = (&result.hebbian, &result.backprop);
    let split = match hebbian.test_error {
        Some(_) => "test",
        None => "validation",
    };
    let judged = |test: Option<f64>, validation: Option<f64>| {
        test.or(validation)
            .expect("every run is judged on one of the two")
    };
    println!(
        "{:<12} {:>12} {:>18} {:>9}",
        "network",
        "train error",
        format!("{split} error"),
        "time"
    );
    for (name, train, judge, seconds) in [
        (
            "biological",
            hebbian.train_error,
            judged(hebbian.test_error, hebbian.validation_error),
            hebbian.seconds_hebbian + hebbian.seconds_readout,
        ),
        (
            "backprop",
            backprop.train_error,
            judged(backprop.test_error, backprop.validation_error),
            backprop.seconds,
        ),
    ] {
        println!("{name:<12} {train:>10.2} % {judge:>16.2} % {seconds:>7.1} s");
    }
}
