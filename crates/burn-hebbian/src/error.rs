//! The error of a wrong setting.

/// A setting that cannot be used: names the field, its value and what is allowed.
///
/// ```
/// use burn_hebbian::KrotovHopfieldConfig;
///
/// let error = KrotovHopfieldConfig::new().with_k(1).init().unwrap_err();
/// assert_eq!(error.to_string(), "k = 1 is not allowed: it must be at least 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value} is not allowed: it must be {allowed}")]
pub struct SettingError {
    field: &'static str,
    value: String,
    allowed: String,
}

impl SettingError {
    /// An error for `field`, which holds `value` where only `allowed` ("at least 2") makes sense.
    pub fn new(
        field: &'static str,
        value: impl core::fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            field,
            value: value.to_string(),
            allowed: allowed.into(),
        }
    }

    /// The name of the field.
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// `Ok` where `condition` holds, else the [`SettingError`] of the three.
pub(crate) fn require(
    condition: bool,
    field: &'static str,
    value: impl core::fmt::Display,
    allowed: &str,
) -> Result<(), SettingError> {
    if condition {
        Ok(())
    } else {
        Err(SettingError::new(field, value, allowed))
    }
}
