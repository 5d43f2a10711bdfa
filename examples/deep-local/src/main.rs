//! `deep-local`: blocks of convolutions learn locally, and a report is drawn.
#![recursion_limit = "256"]

use std::path::PathBuf;
use std::process::ExitCode;

use burn::train::Interrupter;
use burn_runs::checkpoint::Folder;
use burn_runs::signals::stop_on_signals;
use clap::{Parser, Subcommand};
use deep_local::report::{self, RunResult};
use deep_local::run;
use deep_local::settings::{Overrides, Settings};
use deep_local::table;
use image_runs::{Failure, RunArgs};

/// Blocks of convolutions learn images by a local rule, without labels, and a linear readout on top of
/// them: deep SoftHebb of Journe et al., ICLR 2023. Beside it, the same network by backpropagation.
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
    /// Gather finished runs into a JSON list and a Markdown table
    Table {
        /// The folders of the runs
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
        /// The JSON file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let interrupter = Interrupter::new();
    let outcome = stop_on_signals(&interrupter).map_err(Failure::from);
    let outcome = outcome.and_then(|()| match cli.command {
        Some(command) => obey(command),
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

fn obey(command: Command) -> Result<(), Failure> {
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
    let local = &result.local;
    let split = match local.test_error {
        Some(_) => "test",
        None => "validation",
    };
    println!(
        "{:<12} {:>12} {:>18} {:>9}",
        "network",
        "train error",
        format!("{split} error"),
        "time"
    );
    let judged = |test: Option<f64>, validation: Option<f64>| {
        test.or(validation)
            .expect("every run is judged on one of the two")
    };
    let row = |name: &str, train: f64, judge: f64, seconds: f64| {
        println!("{name:<12} {train:>10.2} % {judge:>16.2} % {seconds:>7.1} s");
    };
    row(
        "local",
        local.train_error,
        judged(local.test_error, local.validation_error),
        local.seconds(),
    );
    if let Some(backprop) = &result.backprop {
        row(
            "backprop",
            backprop.train_error,
            judged(backprop.test_error, backprop.validation_error),
            backprop.seconds,
        );
    }
}
