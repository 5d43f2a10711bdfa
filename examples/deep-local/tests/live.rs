//! A run is seen while it goes on.
#![cfg(unix)]

#[path = "../../image-runs/tests/support/live.rs"]
mod live;

#[test]
fn a_run_is_followed_in_a_browser_and_reported_before_it_has_ended() {
    let out = tempfile::tempdir().unwrap();
    let picture = "units of the first block looks for, in the newest checkpoint";
    let flags = "--epochs-local 1000000";
    live::assert_followed(env!("CARGO_BIN_EXE_deep-local"), flags, out.path(), picture);
}
