//! `exp(x)` and `x^n` of float32 as a few products each, which vector units take 16 at a time.
//!
//! Rational in nothing but their last bits: within 2e-7 and, for the powers here, 1e-6 of the exact value.

/// `exp(x)` for x from -87 to 88.37; less is taken for -87, and more gives infinity.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Adding it leaves the nearest integer in the last bits.
    const ROUND: f32 = 12_582_912.0;
    // At 89 the exponent below is that of infinity.
    let x = x.clamp(-87.0, 89.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let rest = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    // Taylor's series to the seventh term, for a rest of at most half of ln 2.
    let mut sum = 1.0 / 5040.0;
    for factor in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * rest + factor;
    }
    // 2^n, by the exponent of a float.
    sum * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// `ln x` for a normal number above 0.
#[inline(always)]
fn ln(x: f32) -> f32 {
    // The exponent for which the mantissa lies between the roots of 1/2 and 2.
    let offset = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = (offset as i32) >> 23;
    let mantissa = f32::from_bits((offset & 0x007f_ffff) + 0x3f35_04f3);
    // ln m = 2 artanh s with s = (m - 1) / (m + 1), at most 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 2.0 / 9.0;
    for factor in [2.0 / 7.0, 2.0 / 5.0, 2.0 / 3.0, 2.0] {
        sum = sum * square + factor;
    }
    sum * s + exponent as f32 * std::f32::consts::LN_2
}

/// `max(x, 0)^n` for n above 0; not a number stays one, and infinity, which is what powers past 2.4e38
/// give too.
#[inline(always)]
pub fn rectified_power(x: f32, n: f32) -> f32 {
    let value = exp(n * ln(x.max(f32::MIN_POSITIVE)));
    let value = if x > f32::MIN_POSITIVE { value } else { 0.0 };
    if x < f32::INFINITY { value } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_near_the_exact_value() {
        for step in -8700..8838 {
            let x = step as f32 * 0.01;
            let exact = f64::from(x).exp();
            let off = (f64::from(exp(x)) / exact - 1.0).abs();
            assert!(off < 3e-7, "exp {x}: {off}");
        }
        for step in 1..5000 {
            for n in [0.5, 0.7, 1.4, 3.0] {
                let x = step as f32 * 0.013;
                let exact = f64::from(x).powf(f64::from(n));
                let off = (f64::from(rectified_power(x, n)) / exact - 1.0).abs();
                assert!(off < 2e-6, "{x}^{n}: {off}");
            }
        }
        assert_eq!(rectified_power(0.0, 0.7), 0.0);
        assert_eq!(rectified_power(-3.0, 0.7), 0.0);
        assert!(rectified_power(f32::NAN, 0.7).is_nan());
    }

    #[test]
    fn what_is_too_large_is_infinite() {
        for x in [88.8, 89.0, 1e30, f32::INFINITY] {
            assert_eq!(exp(x), f32::INFINITY, "{x}");
        }
        for n in [0.5, 0.7, 1.4, 3.0] {
            assert_eq!(rectified_power(f32::INFINITY, n), f32::INFINITY, "{n}");
            assert_eq!(rectified_power(f32::NEG_INFINITY, n), 0.0, "{n}");
        }
        assert_eq!(rectified_power(1e30, 1.4), f32::INFINITY);
        // 1e27^1.4 is 6.3e37.
        assert!((rectified_power(1e27, 1.4) / 6.309_573e37 - 1.0).abs() < 1e-4);
    }
}
