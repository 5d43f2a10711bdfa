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

    /// The same error of the setting `field`, which the value came from.
    pub fn named(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// The name of the field.
    pub fn field(&self) -> &'static str {
        self.field
    }
}

/// As [`require`], of a number that tensors compute with: it must be one in single precision too.
pub(crate) fn require_number(
    condition: bool,
    field: &'static str,
    value: f64,
    allowed: &str,
) -> Result<(), SettingError> {
    let most = f32::MAX;
    if value > f64::from(most) {
        let allowed = format!("{allowed}, and at most {most:e}");
        return Err(SettingError::new(field, format!("{value:e}"), allowed));
    }
    require(condition && !value.is_nan(), field, value, allowed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_single_precision_is_refused_by_name() {
        let check = |value: f64| {
            require_number(value >= 1.0, "power", value, "at least 1")
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(1e30), Ok(()));
        let least = "power = 0.5 is not allowed: it must be at least 1".to_string();
        assert_eq!(check(0.5), Err(least));
        let error = check(1e300).unwrap_err();
        let start = "power = 1e300 is not allowed: it must be at least 1, and at most 3.40282";
        assert!(error.starts_with(start), "{error}");
        assert!(check(f64::NAN).is_err() && check(f64::INFINITY).is_err());
    }
}
