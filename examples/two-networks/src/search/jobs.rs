//! Several trials at a time: each worker is a process of its own, for a device has one source of random numbers, which
//! trials in one process would draw from in turn.
//!
//! A worker reads the number of a trial from its standard input, makes the trial, and answers with the row of the trial.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use burn::train::Interrupter;
use burn_runs::ui::say;

use super::log::{Log, Row};
use super::trial::Trial;
use super::{Means, SearchError, sentence};

/// The flag of a worker.
pub const WORKER: &str = "--worker";

/// The environment variable by which the threads of a worker are counted.
const THREADS: &str = "RAYON_NUM_THREADS";

/// What all workers share.
struct Shared<'a> {
    /// The trials that are left; those that share a hidden layer are one entry, and made by one worker.
    left: VecDeque<Vec<&'a Trial>>,
    log: &'a mut Log,
    /// Why no more trials are made.
    failure: Option<SearchError>,
}

/// Makes the `missing` trials with workers, which find their space in the folder of the search.
pub(super) fn make(missing: &[&Trial], means: &Means, log: &mut Log) -> Result<(), SearchError> {
    let Means {
        jobs, interrupter, ..
    } = *means;
    let groups = missing.chunk_by(|a, b| a.shares_hidden(b));
    let left: VecDeque<_> = groups.map(<[_]>::to_vec).collect();
    let workers = jobs.min(left.len());
    let shared = Mutex::new(Shared {
        left,
        log,
        failure: None,
    });
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let outcome = Worker::start(workers, means)
                    .map_err(SearchError::Process)
                    .and_then(|worker| serve(worker, &shared, interrupter));
                if let Err(error) = outcome {
                    let mut shared = lock(&shared);
                    shared.left.clear();
                    // The first one is the cause of the others.
                    shared.failure.get_or_insert(error);
                }
            });
        }
    });
    let shared = shared.into_inner().expect("no holder of the lock panics");
    shared.failure.map_or(Ok(()), Err)
}

/// Gives a worker one group of trials after the other.
fn serve(
    mut worker: Worker,
    shared: &Mutex<Shared>,
    interrupter: &Interrupter,
) -> Result<(), SearchError> {
    loop {
        let Some(group) = lock(shared).left.pop_front() else {
            return worker.finish().map_err(SearchError::Process);
        };
        for trial in group {
            if interrupter.should_stop() {
                return Err(SearchError::Stopped);
            }
            let Some(row) = worker.make(trial).map_err(SearchError::Process)? else {
                // A terminal stops the workers too.
                return Err(match interrupter.should_stop() {
                    true => SearchError::Stopped,
                    false => SearchError::Worker(trial.number),
                });
            };
            lock(shared).log.add(row.clone())?;
            say(&sentence(trial, row.outcome.validation_error));
        }
    }
}

fn lock<'a, 'b>(shared: &'b Mutex<Shared<'a>>) -> MutexGuard<'b, Shared<'a>> {
    shared.lock().expect("no holder of the lock panics")
}

/// A process that makes trials.
struct Worker {
    child: Child,
    /// Nothing once it was told to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts one of so many `workers`, which share the processors.
    fn start(workers: usize, means: &Means) -> io::Result<Self> {
        let out = means.out;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("search").arg(out.join(super::SPACE));
        command.arg(WORKER).args(["--ui", "none", "--out"]).arg(out);
        command.args(means.servers.arguments());
        if let Some(dir) = means.data_dir {
            command.arg("--data-dir").arg(dir);
        }
        if std::env::var_os(THREADS).is_none() {
            let cores = thread::available_parallelism()?.get();
            command.env(THREADS, (cores / workers).max(1).to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let answers = child.stdout.take().expect("the output is a pipe");
        Ok(Self {
            orders: child.stdin.take(),
            child,
            answers: BufReader::new(answers),
        })
    }

    /// The row of a trial; nothing where the worker has said why and ended.
    fn make(&mut self, trial: &Trial) -> io::Result<Option<Row>> {
        if let Some(orders) = &mut self.orders {
            // A worker that has ended is told by its missing answer.
            let _ = writeln!(orders, "{}", trial.number);
        }
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Row::of_line(&answer, trial.point.len()))
    }

    fn finish(mut self) -> io::Result<()> {
        self.orders = None;
        self.child.wait().map(|_| ())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended, as it has where it was told to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The work of a worker: `make` makes the row of each trial whose number comes in.
pub(super) fn work(
    trials: &[Trial],
    mut make: impl FnMut(&Trial) -> Result<Row, SearchError>,
) -> Result<(), SearchError> {
    for order in io::stdin().lines() {
        let number: Option<usize> = order.ok().and_then(|order| order.trim().parse().ok());
        let trial = trials.iter().find(|trial| Some(trial.number) == number);
        let Some(trial) = trial else {
            return Ok(());
        };
        say(&make(trial)?.line());
    }
    Ok(())
}
