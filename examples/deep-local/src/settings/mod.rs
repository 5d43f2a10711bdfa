//! Everything that a run depends on: a preset, then a `--config` file, then flags.

mod check;
mod choices;
mod fields;
mod origin;
mod pool;
mod presets;

pub use choices::{Backprop, Order, Preset, Rule};
pub use fields::{Overrides, Settings};
pub use pool::{Pool, PoolError};
pub use presets::preset;

use std::path::Path;

use burn::nn::Initializer;
use burn_hebbian::{
    AnyRuleConfig, HebbianBlockConfig, HebbianConv2dConfig, HebbianStackConfig,
    MaxNormalizedConfig, PaddingMode, SettingError, TriangleConfig,
};
use image_runs::SettingsError;
use image_runs::settings::{check_origin, read};
use image_sets::{ImageSet, ImageShape, ImageSource};

impl Settings {
    /// The preset of the chosen data set and rule, changed by the `config` file and then by `flags`.
    ///
    /// # Errors
    ///
    /// A [`SettingsError`] where the file cannot be read or a setting is out of range.
    pub fn resolve(config: Option<&Path>, flags: &Overrides) -> Result<Self, SettingsError> {
        let mut overrides = match config {
            Some(path) => read(path)?,
            None => Overrides::default(),
        };
        let (file, flag) = (&overrides, flags);
        let preset_name = |of: &Overrides| of.preset.map(Preset::name);
        check_origin("preset", preset_name(file), preset_name(flag))?;
        let dataset_name = |of: &Overrides| of.dataset.as_ref().map(ImageSource::to_string);
        let names = (dataset_name(file), dataset_name(flag));
        check_origin("dataset", names.0.as_deref(), names.1.as_deref())?;
        let rule_name = |of: &Overrides| of.rule.map(Rule::name);
        check_origin("rule", rule_name(file), rule_name(flag))?;
        overrides.overlay(flags);
        let dataset = overrides.dataset.clone();
        let dataset = dataset.unwrap_or(ImageSet::Digits.into());
        let chosen = overrides.preset.unwrap_or(Preset::Quick);
        let rule = overrides.rule.unwrap_or(Rule::Soft);
        let settings = overrides.apply(preset(dataset, chosen, rule));
        settings.check()?;
        if let Some(set) = settings.dataset.set() {
            settings.check_images(set.shape())?;
        }
        Ok(settings)
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.units.len()
    }

    /// The units of `block`, counted from 0, at the chosen width.
    pub fn units_of(&self, block: usize) -> usize {
        (self.units[block] as f64 * self.width).round() as usize
    }

    /// The channels that `block` sees, of images of this shape.
    pub fn channels_of(&self, block: usize, image: ImageShape) -> usize {
        match block {
            0 => image.channels,
            _ => self.units_of(block - 1),
        }
    }

    /// The border that `block` adds on each side, so that its maps are as large as its input.
    pub fn padding_of(&self, block: usize) -> usize {
        self.kernels[block] / 2
    }

    /// The network that learns images of this shape locally.
    pub fn stack(&self, image: ImageShape) -> HebbianStackConfig<AnyRuleConfig> {
        let blocks = (0..self.blocks()).map(|block| self.block(block, image));
        HebbianStackConfig::new(blocks.collect())
    }

    /// Units, height and width of the features of an image of this shape.
    ///
    /// # Errors
    ///
    /// A [`SettingError`] where a kernel or a window does not fit the maps that it sees.
    pub fn features(&self, image: ImageShape) -> Result<[usize; 3], SettingError> {
        let size = [image.channels, image.height, image.width];
        self.stack(image).output_size(size)
    }

    fn block(&self, block: usize, image: ImageShape) -> HebbianBlockConfig<AnyRuleConfig> {
        let (channels, kernel) = (self.channels_of(block, image), self.kernels[block]);
        let fan_in = (channels * kernel * kernel) as f64;
        let start = Initializer::Normal {
            mean: 0.0,
            std: self.radius / fan_in.sqrt(),
        };
        let conv = HebbianConv2dConfig::new([channels, self.units_of(block)], [kernel, kernel])
            .with_padding([self.padding_of(block); 2])
            .with_padding_mode(PaddingMode::Reflect)
            .with_unit_patches(self.rule.takes_unit_patches())
            .with_rule(self.rule.config(self, block))
            .with_step(MaxNormalizedConfig::new().with_rate_power(self.rate_power))
            .with_initializer(start);
        let activation = TriangleConfig::new().with_power(self.powers[block]);
        HebbianBlockConfig::new(conv, activation, self.poolings[block].config())
    }
}

#[cfg(test)]
mod tests;
