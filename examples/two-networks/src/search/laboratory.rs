//! Trials are made here: what one leaves behind and the next can use is kept.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use burn::train::Interrupter;
use burn_hebbian::{HebbianLinearConfig, LateralInhibitionConfig, SettingError, unit_length};
use burn_runs::metrics::Rows;
use burn_runs::{Run, Ui};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::trial::{Network, Origin, Stage1, Trial};
use crate::report::MetricsRow;
use crate::run::metrics::metrics_rows;
use crate::run::stage::Stage;
use crate::run::taken::Taken;
use crate::run::{backprop, hebbian, readout};
use image_runs::{Errors, Experiment, ImageKind, RunError, load_images};
use image_sets::{DataSplit, ImageSource, OwnOptions};

/// Makes trials one after the other, and trains a hidden layer once for all that share it.
pub(super) struct Laboratory<'a> {
    pub data_dir: Option<&'a Path>,
    pub directory: PathBuf,
    pub ui: Ui,
    pub interrupter: Interrupter,
    /// The last images read, which are the next trial's as a rule.
    pub loaded: Option<Loaded>,
    /// The last hidden layer.
    pub synapses: Option<(Stage1, Tensor<2>)>,
}

/// Images, and where they are from at which size.
pub(super) struct Loaded {
    from: (ImageSource, usize),
    data: DataSplit,
    kind: ImageKind,
}

/// What a trial showed, in percent and seconds; not a number where it diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    pub train_error: f64,
    pub validation_error: f64,
    /// The lowest validation error of all epochs, and the first epoch that reached it.
    pub best_error: f64,
    pub best_epoch: usize,
    pub seconds: f64,
}

impl Outcome {
    /// That of a trial whose numbers stopped being finite: it has no errors.
    pub fn diverged(seconds: f64) -> Self {
        Self {
            train_error: f64::NAN,
            validation_error: f64::NAN,
            best_error: f64::NAN,
            best_epoch: 0,
            seconds,
        }
    }
}

impl Laboratory<'_> {
    /// Makes one trial.
    pub fn make(&mut self, trial: &Trial) -> Result<Outcome, RunError> {
        let started = Instant::now();
        let device = trial.settings.backend.device()?;
        let judged = self.experiment(trial, None, &device)?;
        let rows = Rows::default();
        let errors = match trial.variation.network {
            Network::Biological => {
                let synapses = self.synapses(trial, &judged, &device)?;
                let stage = self.stage(trial, &judged, &rows);
                readout::train(&stage, &synapses)?.errors
            }
            Network::Backprop => backprop::train(&self.stage(trial, &judged, &rows))?.errors,
        };
        Ok(outcome(
            errors,
            &metrics_rows(&rows.take()),
            started.elapsed().as_secs_f64(),
        ))
    }

    fn stage<'a>(&'a self, trial: &'a Trial, experiment: &'a Experiment, rows: &Rows) -> Stage<'a> {
        Stage {
            settings: &trial.settings,
            experiment,
            run: Run {
                directory: self.directory.clone(),
                ui: self.ui,
                rows: rows.clone(),
                valid_split: experiment.judge_split,
                interrupter: self.interrupter.clone(),
                checkpoints: None,
            },
        }
    }

    /// The images of the readout or, for `Some`, those of stage 1 from that data set.
    fn experiment(
        &mut self,
        trial: &Trial,
        learn_from: Option<&ImageSource>,
        device: &Device,
    ) -> Result<Experiment, RunError> {
        let variation = &trial.variation;
        let (dataset, classes) = match learn_from {
            Some(dataset) => (dataset, &variation.learn_classes),
            None => (&trial.settings.dataset, &variation.judge_classes),
        };
        let (mut data, kind) = self.load(dataset, trial.settings.image_size)?;
        trial.settings.check_images(kind.shape)?;
        // The test set is not ours to read, not even to throw it away later.
        data.test.pixels.clear();
        data.test.labels.clear();
        if let Some(classes) = classes {
            data.train = data.train.of_classes(classes);
        }
        if variation.permuted {
            let mut order: Vec<usize> = (0..kind.shape.visible()).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(trial.settings.seed));
            data.train = data.train.permuted(&order);
        }
        Ok(Experiment::new(
            data,
            &kind,
            trial.settings.validation,
            device,
        )?)
    }

    fn load(
        &mut self,
        source: &ImageSource,
        size: usize,
    ) -> Result<(DataSplit, ImageKind), RunError> {
        if let Some(loaded) = &self.loaded
            && (&loaded.from.0, loaded.from.1) == (source, size)
        {
            return Ok((loaded.data.clone(), loaded.kind.clone()));
        }
        let options = OwnOptions {
            size,
            ..OwnOptions::default()
        };
        let (data, kind) = load_images(source, self.data_dir, options)?;
        self.loaded = Some(Loaded {
            from: (source.clone(), size),
            data: data.clone(),
            kind: kind.clone(),
        });
        Ok((data, kind))
    }

    /// The synapses of the hidden units, `[hidden, visible]`.
    fn synapses(
        &mut self,
        trial: &Trial,
        judged: &Experiment,
        device: &Device,
    ) -> Result<Tensor<2>, RunError> {
        let stage_1 = trial.stage_1();
        if let Some((known, synapses)) = &self.synapses
            && *known == stage_1
        {
            return Ok(synapses.clone());
        }
        let (settings, variation) = (&trial.settings, &trial.variation);
        let elsewhere = match (&variation.learn_from, &variation.learn_classes) {
            (None, None) => None,
            (from, _) => {
                let dataset = from.map_or(settings.dataset.clone(), ImageSource::from);
                Some(self.experiment(trial, Some(&dataset), device)?)
            }
        };
        let learned = elsewhere.as_ref().unwrap_or(judged);
        let rows = Rows::default();
        let stage = self.stage(trial, learned, &rows);
        let visible = learned.visible();
        let synapses = match variation.synapses {
            Origin::LocalRule => match Taken::of(settings, learned.train_images.shape)? {
                Some(taken) => taken.tensor(device),
                None => hebbian::train(&stage, &settings.hebbian_linear(visible))?
                    .layer
                    .synapses(),
            },
            Origin::LateralInhibition => {
                let rule = LateralInhibitionConfig::new()
                    .with_p(settings.p)
                    .with_delta(settings.delta)
                    .with_radius(settings.radius);
                let config = HebbianLinearConfig::new(visible, settings.hidden).with_rule(rule);
                hebbian::train(&stage, &config)?.layer.synapses()
            }
            Origin::Gaussian => {
                stage.seed();
                Tensor::random(
                    [settings.hidden, visible],
                    Distribution::Normal(0.0, 1.0),
                    device,
                )
            }
            Origin::TrainingImages => drawn_images(learned, settings.hidden, settings.seed)?,
            Origin::Pixels => Tensor::eye(visible, device),
        };
        self.synapses = Some((stage_1, synapses.clone()));
        Ok(synapses)
    }
}

/// Distinct training images of unit length, `[count, visible]`.
fn drawn_images(experiment: &Experiment, count: usize, seed: u64) -> Result<Tensor<2>, RunError> {
    let [images, _] = experiment.train.inputs.dims();
    if count > images {
        let allowed = format!("at most the number of training images, {images}");
        return Err(SettingError::new("hidden", count, allowed).into());
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let drawn = rand::seq::index::sample(&mut rng, images, count);
    let drawn: Vec<i64> = drawn.into_iter().map(|index| index as i64).collect();
    let drawn = TensorData::new(drawn, [count]);
    let drawn = Tensor::<1, Int>::from_data(drawn, &experiment.device);
    Ok(unit_length(
        experiment.train.inputs.clone().select(0, drawn),
    ))
}

fn outcome(errors: Errors, rows: &[MetricsRow], seconds: f64) -> Outcome {
    let validation_error = errors
        .validation
        .expect("a trial is judged on the images held out");
    let curve = rows.iter().filter(|row| row.split == "validation");
    let (best_epoch, best_error) = curve.filter_map(|row| Some((row.epoch, row.error?))).fold(
        (0, f64::INFINITY),
        |best, (epoch, error)| {
            if error < best.1 { (epoch, error) } else { best }
        },
    );
    Outcome {
        train_error: errors.train,
        validation_error,
        best_error,
        best_epoch,
        seconds,
    }
}
