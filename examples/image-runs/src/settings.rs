//! Settings that are declared once: a preset, then a `--config` file, then flags.

use std::path::Path;

use burn_hebbian::SettingError;
use serde::de::DeserializeOwned;

/// Declares the settings of a program with their docs, which are also the help of the flags.
///
/// Makes `Settings`, which `config.json` holds, and `Overrides`, the same fields as options: what a
/// file or flags change. Attributes are those of the flag. The program depends on `clap` and `serde`.
///
/// ```
/// image_runs::settings! {
///     /// The seed of the weights [default: 0]
///     seed: u64,
///     /// The epochs
///     #[arg(value_name = "N")]
///     epochs: usize,
/// }
///
/// let mut overrides: Overrides = serde_json::from_str(r#"{"seed": 1, "epochs": 5}"#)?;
/// overrides.overlay(&Overrides { epochs: Some(7), ..Overrides::default() });
/// let settings = overrides.apply(Settings { seed: 0, epochs: 1 });
/// assert_eq!(settings, Settings { seed: 1, epochs: 7 });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! settings {
    ($($(#[doc = $doc:literal])* $(#[arg($($arg:tt)*)])? $field:ident: $type:ty,)*) => {
        /// The settings of a run: what `config.json` holds and each flag sets one of.
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $field: $type,)*
        }

        /// The settings that a `--config` file or flags change; what is absent stays.
        #[derive(::clap::Args, Clone, Debug, Default, PartialEq, ::serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Overrides {
            $($(#[doc = $doc])* #[arg(long, $($($arg)*)?)] pub $field: Option<$type>,)*
        }

        impl Overrides {
            /// Takes what `other` sets.
            pub fn overlay(&mut self, other: &Self) {
                $(if other.$field.is_some() { self.$field = other.$field.clone(); })*
            }

            /// The settings with these changes.
            pub fn apply(self, settings: Settings) -> Settings {
                Settings {
                    $($field: self.$field.unwrap_or(settings.$field),)*
                }
            }
        }
    };
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The `--config` file cannot be read.
    #[error("cannot read the config {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The `--config` file is not a JSON object of settings.
    #[error("the config {path} is malformed: {source}")]
    Malformed {
        /// The file.
        path: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The settings of a checkpoint are those of another program.
    #[error("the settings of the checkpoint are not those of this program: {0}")]
    Foreign(serde_json::Error),
    /// A value is out of range.
    #[error(transparent)]
    OutOfRange(#[from] SettingError),
}

/// Reads a `--config` file: a JSON object with any of the settings, or the `config.json` of an
/// earlier run.
///
/// # Errors
///
/// A [`SettingsError`] that names the file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = std::fs::read(path).map_err(|source| SettingsError::Unreadable {
        path: path.display().to_string(),
        source,
    })?;
    from_json(&text).map_err(|source| SettingsError::Malformed {
        path: path.display().to_string(),
        source,
    })
}

/// The value in a JSON text, before which some editors write a byte order mark.
///
/// # Errors
///
/// What JSON says of the text.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    serde_json::from_slice(text.strip_prefix(MARK).unwrap_or(text))
}

/// Checks what a file says that it was made from, such as its preset, against a flag: the other
/// settings of the file would win over those of any other origin.
///
/// # Errors
///
/// A [`SettingError`] where both are there and differ.
pub fn check_origin(
    field: &'static str,
    file: Option<&str>,
    flag: Option<&str>,
) -> Result<(), SettingError> {
    if let (Some(file), Some(flag)) = (file, flag)
        && file != flag
    {
        let allowed = format!("{file}, which the config was made from");
        return Err(SettingError::new(field, flag, allowed));
    }
    Ok(())
}
