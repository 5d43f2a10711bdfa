//! `two-networks`: trains both networks and draws the report.
#![recursion_limit = "256"]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use two_networks::report::{self, RunResult};
use two_networks::run::{self, RunError, Surroundings};
use two_networks::settings::{Overrides, Settings};
use two_networks::ui::Ui;

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
}

#[derive(Subcommand)]
enum Command {
    /// Draw the report of a finished run again, from its files
    Report {
        /// The folder of the run
        dir: PathBuf,
    },
}

#[derive(Args)]
struct RunArgs {
    /// A JSON file of settings, such as the config.json of an earlier run; flags win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder that holds mnist/, fashion-mnist/ and cifar-10-batches-bin/; without it, data
    /// sets are downloaded
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The folder to write into [default: runs/DATASET]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How progress is shown
    #[arg(long, value_enum, default_value = "auto")]
    ui: Ui,
    #[command(flatten)]
    settings: Overrides,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse() {
        Cli {
            command: Some(Command::Report { dir }),
            ..
        } => report::draw(&dir)
            .map(|()| println!("report: {}", dir.join("report.html").display()))
            .map_err(RunError::from),
        Cli { run, .. } => train(run),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn train(args: RunArgs) -> Result<(), RunError> {
    let settings = Settings::resolve(args.config.as_deref(), &args.settings)?;
    let surroundings = Surroundings {
        data_dir: args.data_dir,
        out: args.out.unwrap_or_else(|| run::default_out(&settings)),
        ui: args.ui,
    };
    let result = run::run(&settings, &surroundings)?;
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
