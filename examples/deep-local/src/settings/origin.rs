//! The run that another one builds on.

use burn_hebbian::SettingError;
use image_sets::ImageShape;

use super::Settings;

impl Settings {
    /// Checks that the blocks of a run, the origin of this one, with its settings and the shape of its images, are those
    /// that this one asks for with its own.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] for the first setting of the network that differs.
    pub(crate) fn check_same_network(
        &self,
        image: ImageShape,
        (other, other_image): (&Self, ImageShape),
    ) -> Result<(), SettingError> {
        let differs = |field, mine: String, theirs: String| {
            if mine == theirs {
                return Ok(());
            }
            let allowed = format!("{theirs}, as the run of --from-local has it");
            Err(SettingError::new(field, mine, allowed))
        };
        let units = |settings: &Self| {
            let units: Vec<_> = (0..settings.blocks())
                .map(|block| settings.units_of(block))
                .collect();
            format!("{units:?}")
        };
        let name = |settings: &Self| settings.rule.name().to_string();
        differs("rule", name(self), name(other))?;
        differs(
            "channels",
            image.channels.to_string(),
            other_image.channels.to_string(),
        )?;
        differs("units", units(self), units(other))?;
        differs(
            "kernels",
            self.kernels.to_string(),
            other.kernels.to_string(),
        )?;
        differs("powers", self.powers.to_string(), other.powers.to_string())?;
        differs(
            "poolings",
            self.poolings.to_string(),
            other.poolings.to_string(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Preset, Rule, preset};
    use image_sets::ImageSet;

    #[test]
    fn another_network_is_named_and_another_training_is_not() {
        let run = preset(ImageSet::Mnist, Preset::Quick, Rule::Soft);
        let fashion = Settings {
            seed: 7,
            labels: 100,
            learning_rates: image_runs::List(vec![0.1; 3]),
            ..preset(ImageSet::FashionMnist, Preset::Quick, Rule::Soft)
        };
        let mnist = ImageSet::Mnist.shape();
        assert!(fashion.check_same_network(mnist, (&run, mnist)).is_ok());
        let refused = |settings: Settings| {
            let image = settings.dataset.set().unwrap().shape();
            let error = settings
                .check_same_network(image, (&run, mnist))
                .unwrap_err();
            error.to_string()
        };
        assert_eq!(
            refused(preset(ImageSet::Mnist, Preset::Paper, Rule::Soft)),
            "units = [96, 384, 1536] is not allowed: it must be [24, 96, 384], as the run of --from-local has it"
        );
        let cifar = preset(ImageSet::Cifar10, Preset::Quick, Rule::Soft);
        assert!(refused(cifar).starts_with("channels = 3"));
    }
}
