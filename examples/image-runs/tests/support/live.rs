//! A run that is followed in a browser, for the tests of both programs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts `program` with `flags` and `--live` into `out`, follows it until `metrics.csv` and the page tell of an epoch
/// and the page holds `picture`, stops it, and draws its report.
pub fn assert_followed(program: &str, flags: &str, out: &Path, picture: &str) {
    let mut child = Command::new(program)
        .args(["--ui", "none", "--live", "0", "--checkpoint-every", "0"])
        .args(flags.split_whitespace())
        .arg("--out")
        .arg(out)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let url = line
        .strip_prefix("live: http://")
        .unwrap_or_else(|| panic!("{line}"));
    let host = url.trim_end_matches('/');
    let mut events = ask(host, "/events").lines().map(Result::unwrap);
    let page = loop {
        let event = events.find(|line| line.starts_with("event: "));
        assert_ne!(
            event.as_deref(),
            Some("event: ended"),
            "the run was too short"
        );
        event.expect("the run is followed until it is stopped");
        let mut page = String::new();
        ask(host, "/").read_to_string(&mut page).unwrap();
        if page.contains(picture) {
            break page;
        }
    };
    assert!(page.contains("This run has not ended"), "{page}");
    assert!(page.contains("new EventSource"));
    let metrics = fs::read_to_string(out.join("metrics.csv")).unwrap();
    assert!(metrics.lines().count() > 1, "{metrics}");

    stop(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        !events.any(|line| line.contains("ended")),
        "the end of events"
    );
    let status = Command::new(program).arg("report").arg(out).status();
    assert!(status.unwrap().success());
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(report.contains("This run has not ended") && report.contains(picture));
    assert!(!report.contains("EventSource"));
}

fn ask(host: &str, path: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    BufReader::new(stream)
}

fn stop(child: &mut Child) {
    let id = child.id().to_string();
    let status = Command::new("kill").args(["-INT", &id]).status();
    assert!(status.unwrap().success());
}
