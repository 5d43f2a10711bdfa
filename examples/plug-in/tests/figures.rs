//! The table of the README, against the program that prints it.

use std::process::Command;

/// The number before the first per cent sign of the row that begins with `name`.
fn test_error(text: &str, name: &str) -> f64 {
    let row = text.lines().find(|line| line.starts_with(name));
    let row = row.unwrap_or_else(|| panic!("no row of {name}"));
    let before = row.split('%').next().unwrap();
    before.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn the_program_prints_the_table_of_the_readme() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_plug-in"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    for name in ["Adam ", "local rule ", "random synapses "] {
        let (shown, found) = (test_error(&readme, name), test_error(&printed, name));
        // Another processor rounds otherwise; one image of 360 is 0.28 %.
        assert!(
            (shown - found).abs() < 0.9,
            "{name}: {shown} is shown, {found} found"
        );
    }
}
