//! One of the two networks alone ends as it does beside the other.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use safetensors::SafeTensors;

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_two-networks"));
    command.args(arguments).output().unwrap()
}

fn run(out: &Path, more: &[&str]) -> String {
    let flags = "--ui none --hidden 60 --batch-size 50 --epochs-hebbian 3 --epochs-readout 3 --epochs-backprop 2";
    let mut arguments: Vec<_> = flags.split(' ').chain(more.iter().copied()).collect();
    arguments.extend(["--out", out.to_str().unwrap()]);
    let output = program(&arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_network_alone_ends_as_it_does_beside_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let [both, alone] = ["both", "alone"].map(|name| dir.path().join(name));
    let files = |of: &str| [&both, &alone].map(|run| fs::read(run.join(of)).unwrap());
    let printed = run(&both, &[]);
    let line = |network: &str| {
        let line = printed.lines().find(|line| line.starts_with(network));
        // All but the time.
        line.unwrap().rsplit_once('%').unwrap().0.to_string()
    };

    let biological = run(&alone, &["--only", "biological"]);
    assert!(biological.contains(&line("biological")) && !biological.contains("backprop"));
    let [beside, itself] = files("hebbian.safetensors");
    assert!(beside == itself);
    assert!(!alone.join("backprop.safetensors").exists());

    // The other network takes its place, and leaves nothing of it.
    let backprop = run(&alone, &["--only", "backprop", "--overwrite"]);
    assert!(backprop.contains(&line("backprop")) && !backprop.contains("biological"));
    let [beside, itself] = files("backprop.safetensors");
    assert!(beside == itself);
    for name in [
        "hebbian.safetensors",
        "snapshots.safetensors",
        "weights.gif",
    ] {
        assert!(both.join(name).exists() && !alone.join(name).exists());
    }
    let page = fs::read_to_string(alone.join("report.html")).unwrap();
    assert!(page.contains("The backprop network on"));
}

#[test]
fn a_network_alone_is_exported_gathered_and_not_taken_for_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let alone = dir.path().join("alone");
    run(&alone, &["--only", "backprop"]);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (alone, arrays, table) = (alone.to_str().unwrap(), path("arrays"), path("table.json"));
    let export = ["export", alone, "--format", "safetensors", "--out", &arrays];
    assert!(program(&export).status.success());
    let bytes = fs::read(&arrays).unwrap();
    let names = SafeTensors::deserialize(&bytes).unwrap();
    assert!(
        names
            .names()
            .iter()
            .all(|name| name.starts_with("backprop."))
    );

    let gathered = program(&["table", alone, "--out", &table]);
    let rows = String::from_utf8(gathered.stdout).unwrap();
    assert_eq!(rows.lines().count(), 3, "{rows}");

    let refused = program(&["--from-hidden", alone, "--out", &path("other")]);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        message.contains("the run trained no biological network"),
        "{message}"
    );
}
