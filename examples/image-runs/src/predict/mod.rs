//! `predict RUN IMAGE...`: what the networks of a finished run make of image files.

mod answer;
mod input;
mod network;

pub use network::{Confidence, Network};

use std::path::PathBuf;

use burn::tensor::{Device, Tensor, TensorData};
use burn_runs::{Backend, ui};
use clap::Args;

use crate::{FAILED, Failure, ImageKind};

use answer::Answer;
use input::Input;

/// What is asked of a finished run.
#[derive(Args, Clone, Debug)]
pub struct PredictArgs {
    /// The folder of the finished run
    pub run: PathBuf,
    /// The image files, PNG or JPEG, grey or colour; another size is scaled to that of the network
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// How many of the hidden units that speak loudest are named
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub units: usize,
    /// Turn black into white and white into black: digits are learned as white on black
    #[arg(long)]
    pub invert: bool,
    /// Print a JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Where tensors are computed [default: where the run was]
    #[arg(long, value_enum)]
    pub backend: Option<Backend>,
}

impl PredictArgs {
    /// Prints what each of `networks`, which learned images of `kind`, says of each file. A file that is no image is
    /// named, and the others are answered.
    ///
    /// # Errors
    ///
    /// A [`Failure`] that counts the files which were no images.
    pub fn answer(
        &self,
        networks: &[Network],
        kind: &ImageKind,
        device: &Device,
    ) -> Result<(), Failure> {
        let mut refused = 0;
        for file in &self.images {
            let input = match Input::read(file, kind, self.invert) {
                Ok(input) => input,
                Err(error) => {
                    ui::complain(&error.to_string());
                    refused += 1;
                    continue;
                }
            };
            for warning in &input.warnings {
                ui::warn(&format!("{}: {warning}", file.display()));
            }
            let shape = [1, kind.shape.visible()];
            let image = TensorData::new(input.scaled(kind.white), shape);
            let image = Tensor::<2>::from_data(image, device);
            for network in networks {
                let answer = Answer::new(file, network, &kind.classes, image.clone(), self.units);
                ui::say(&if self.json {
                    serde_json::to_string(&answer)?
                } else {
                    answer.to_string()
                });
            }
        }
        match refused {
            0 => Ok(()),
            _ => Err(Failure {
                text: format!("{refused} of {} files are no images", self.images.len()),
                code: FAILED,
            }),
        }
    }
}
