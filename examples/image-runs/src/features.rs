//! Whether a readout can learn anything from its features.

use burn::tensor::{DType, Tensor};
use burn_runs::{StageError, ui};

use crate::{EVALUATION_BATCH, RunError};

/// Features have a root mean square near 1; below this one tells a readout next to nothing.
const FAINT: f64 = 0.01;

/// A larger share of images with nothing but faint features is worth a word. On the digits it is below 0.01 up to a power of
/// 20, and 0.15 to 0.56 at 30, where two thirds of the answers are wrong.
const MANY: f64 = 0.1;

/// Looks at the `features`, `[images, units]`, that the training `shown` begins with, and warns where many
/// images have faint ones only. `cause` says which settings make them so, such as `power = 30`.
///
/// # Errors
///
/// A [`StageError::Diverged`] where single precision does not hold them.
pub fn check_features(
    shown: &'static str,
    features: &Tensor<2>,
    cause: &str,
) -> Result<(), RunError> {
    let [count, _] = features.dims();
    let first = features.clone().narrow(0, 0, count.min(EVALUATION_BATCH));
    let largest: Vec<f32> = first
        .cast(DType::F32)
        .max_dim(1)
        .into_data()
        .iter()
        .collect();
    if largest.iter().any(|value| !value.is_finite()) {
        let reason =
            format!("with {cause}, the features are beyond single precision; lower the power");
        return Err(StageError::Diverged { shown, reason }.into());
    }
    let faint = largest.iter().filter(|value| f64::from(**value) < FAINT);
    let share = faint.count() as f64 / largest.len() as f64;
    if share > MANY {
        ui::warn(&format!(
            "with {cause}, {:.0} % of the images have faint features only, from which the readout learns next to \
             nothing; lower the power",
            100.0 * share
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn features_that_overflowed_are_refused_by_their_cause() {
        let device = Device::default();
        let check = |last: f32| {
            let features = Tensor::from_data([[1.0, 0.5], [0.0, last]], &device);
            check_features("readout", &features, "power = 100")
        };
        check(3e38).unwrap();
        for last in [f32::INFINITY, f32::NAN] {
            let error = check(last).unwrap_err().to_string();
            let reason =
                "with power = 100, the features are beyond single precision; lower the power";
            assert!(error.ends_with(reason), "{error}");
        }
    }
}
