//! A run is seen while it goes on.
#![cfg(unix)]

#[path = "../../image-runs/tests/support/live.rs"]
mod live;

#[test]
fn a_run_is_followed_in_a_browser_and_reported_before_it_has_ended() {
    let out = tempfile::tempdir().unwrap();
    let picture = "hidden units looks for, after epoch ";
    let flags = "--epochs-hebbian 1000000 --snapshot-every 1";
    live::assert_followed(
        env!("CARGO_BIN_EXE_two-networks"),
        flags,
        out.path(),
        picture,
    );
}
