//! Synapses that start at training images.

use burn::tensor::{Int, Tensor, TensorData};
use burn_hebbian::SettingError;
use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use crate::settings::{Settings, Start};

/// Checks that there are enough `images` for the hidden units that start at some.
///
/// # Errors
///
/// A [`SettingError`] for `hidden`.
pub(super) fn check(settings: &Settings, images: usize) -> Result<(), SettingError> {
    match settings.start {
        Start::Noise => Ok(()),
        Start::Images => enough(settings.hidden, 1, images),
        Start::Differences => enough(settings.hidden, 2, images),
    }
}

/// Checks that each of `hidden` units can have `each` of the `images`.
fn enough(hidden: usize, each: usize, images: usize) -> Result<(), SettingError> {
    let most = images / each;
    if hidden > most {
        let allowed = format!("at most {most}: each unit takes {each} of {images} images");
        return Err(SettingError::new("hidden", hidden, allowed));
    }
    Ok(())
}

/// The synapses that the settings let stage 1 start from, of `images` as it sees them, `[hidden, visible]`; none where it
/// starts from noise.
///
/// # Errors
///
/// A [`SettingError`] for `hidden` where there are fewer images.
pub(super) fn synapses(
    settings: &Settings,
    images: &Tensor<2>,
) -> Result<Option<Tensor<2>>, SettingError> {
    let hidden = settings.hidden;
    let rows = match settings.start {
        Start::Noise => return Ok(None),
        Start::Images => drawn(images, hidden, 1, settings.seed)?,
        Start::Differences => {
            let drawn = drawn(images, hidden, 2, settings.seed)?;
            drawn.clone().narrow(0, 0, hidden) - drawn.narrow(0, hidden, hidden)
        }
    };
    Ok(Some(on_sphere(rows, settings.p, settings.radius)))
}

/// Rows scaled to `sum |W|^p = R^p`; one of zeros stays as it is.
fn on_sphere(rows: Tensor<2>, p: f64, radius: f64) -> Tensor<2> {
    let size = rows.clone().abs().powf_scalar(p).sum_dim(1);
    let size = size.powf_scalar(1.0 / p);
    rows / size.clamp_min(f64::from(f32::MIN_POSITIVE)) * radius
}

/// Distinct rows of `images`, `each` of them for each hidden unit, `[each * hidden, visible]`, drawn by `seed`.
///
/// # Errors
///
/// A [`SettingError`] for `hidden` where there are fewer.
pub(crate) fn drawn(
    images: &Tensor<2>,
    hidden: usize,
    each: usize,
    seed: u64,
) -> Result<Tensor<2>, SettingError> {
    let [all, _] = images.dims();
    enough(hidden, each, all)?;
    let count = each * hidden;
    let drawn = sample(&mut ChaCha8Rng::seed_from_u64(seed), all, count);
    let drawn: Vec<i64> = drawn.into_iter().map(|index| index as i64).collect();
    let drawn = TensorData::new(drawn, [count]);
    let drawn = Tensor::<1, Int>::from_data(drawn, &images.device());
    Ok(images.clone().select(0, drawn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, preset};
    use burn::tensor::{Device, Distribution, Tolerance};
    use image_sets::ImageSet;

    fn settings(start: Start) -> Settings {
        Settings {
            hidden: 4,
            radius: 2.0,
            start,
            ..preset(ImageSet::Digits, Preset::Quick)
        }
    }

    #[test]
    fn synapses_start_at_images_and_on_the_sphere() {
        let device = Device::default();
        let images = Tensor::<2>::random([9, 5], Distribution::Uniform(0.1, 1.0), &device);
        assert!(
            synapses(&settings(Start::Noise), &images)
                .unwrap()
                .is_none()
        );
        for start in [Start::Images, Start::Differences] {
            let settings = settings(start);
            let synapses = synapses(&settings, &images).unwrap().unwrap();
            let sizes = synapses.clone().abs().powf_scalar(3.0).sum_dim(1);
            let expected = Tensor::<2>::full([4, 1], 8.0, &device).into_data();
            let sizes = sizes.into_data();
            sizes.assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-4));
            let of = |rows: Tensor<2>| burn_hebbian::unit_length(rows).into_data();
            let drawn = |each| drawn(&images, 4, each, 0).unwrap();
            let expected = match start {
                Start::Images => drawn(1),
                _ => drawn(2).narrow(0, 0, 4) - drawn(2).narrow(0, 4, 4),
            };
            of(synapses).assert_approx_eq::<f32>(&of(expected), Tolerance::relative(1e-3));
        }
    }

    #[test]
    fn too_few_images_are_refused() {
        let images = Tensor::<2>::ones([7, 5], &Device::default());
        assert!(synapses(&settings(Start::Images), &images).is_ok());
        assert_eq!(check(&settings(Start::Noise), 0), Ok(()));
        let refused = synapses(&settings(Start::Differences), &images).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "hidden = 4 is not allowed: it must be at most 3: each unit takes 2 of 7 images"
        );
        assert_eq!(check(&settings(Start::Differences), 7), Err(refused));
    }
}
