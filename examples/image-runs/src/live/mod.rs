//! `--live`: a page in a browser that follows a run.
//!
//! A browser gets the page at `/` and listens to server-sent events at `/events`: at each `changed` it takes the page
//! anew, and with `ended` it is given the report of the run.

mod events;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use burn_runs::ui;
use tiny_http::{Header, Request, Response, Server};

use crate::Address;
use events::Listeners;

/// The script of a page that follows its run. It takes the page anew at most once in a second.
pub const SCRIPT: &str = include_str!("follow.js");

/// A page in a browser that follows a run.
pub(crate) struct Live {
    server: Arc<Server>,
    listeners: Arc<Listeners>,
    thread: Option<JoinHandle<()>>,
    url: String,
}

impl Live {
    /// Serves what `page` makes at each request.
    ///
    /// # Errors
    ///
    /// What the system says of an `address` where nothing can be served.
    pub fn start(address: Address, page: impl Fn() -> String + Send + 'static) -> io::Result<Self> {
        let server = Server::http(address.0).map_err(io::Error::other)?;
        let server = Arc::new(server);
        let listeners = Arc::new(Listeners::default());
        let at = server.server_addr().to_ip().unwrap_or(address.0);
        if !address.is_local() {
            ui::warn(&format!("whoever reaches {at} sees the live page"));
        }
        let thread = thread::spawn({
            let (server, listeners) = (server.clone(), listeners.clone());
            move || {
                for request in server.incoming_requests() {
                    answer(request, &page, &listeners);
                }
            }
        });
        Ok(Self {
            server,
            listeners,
            thread: Some(thread),
            url: format!("http://{at}/"),
        })
    }

    /// Where a browser finds the page.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What tells all browsers that the page has changed.
    pub fn notifier(&self) -> impl Fn() + Send + Sync + use<> {
        let listeners = self.listeners.clone();
        move || listeners.tell("changed", "")
    }

    /// Gives all browsers the `report` of the run that has ended.
    pub fn finish(self, report: &str) {
        let report = serde_json::to_string(report).expect("text is JSON");
        self.listeners.tell("ended", &report);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.listeners.close();
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A page that panicked has ended its thread, and no more.
            let _ = thread.join();
        }
    }
}

fn answer(request: Request, page: &impl Fn() -> String, listeners: &Listeners) {
    // A browser that has gone away needs no answer.
    let _ = match request.url() {
        "/" => request.respond(html(page())),
        "/events" => {
            listeners.add(request.into_writer());
            Ok(())
        }
        _ => request.respond(Response::from_string("there is nothing here").with_status_code(404)),
    };
}

fn html(page: String) -> Response<io::Cursor<Vec<u8>>> {
    let header = |name: &str, value: &str| {
        Header::from_bytes(name, value).expect("a header of plain letters")
    };
    Response::from_string(page)
        .with_header(header("Content-Type", "text/html; charset=utf-8"))
        .with_header(header("Cache-Control", "no-store"))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn ask(live: &Live, path: &str) -> BufReader<TcpStream> {
        let host = live
            .url()
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        BufReader::new(stream)
    }

    fn whole(mut answer: BufReader<TcpStream>) -> String {
        let mut text = String::new();
        answer.read_to_string(&mut text).unwrap();
        text
    }

    /// The event that comes next, without what stands around it.
    fn event(answer: &mut BufReader<TcpStream>) -> [String; 2] {
        ["event: ", "data: "].map(|start| {
            loop {
                let mut line = String::new();
                assert!(answer.read_line(&mut line).unwrap() > 0, "no more events");
                if let Some(text) = line.strip_prefix(start) {
                    break text.trim_end().to_string();
                }
            }
        })
    }

    fn live() -> Live {
        let asked = AtomicUsize::new(0);
        let page = move || format!("page {}", asked.fetch_add(1, Ordering::SeqCst));
        Live::start("0".parse().unwrap(), page).unwrap()
    }

    #[test]
    fn the_page_is_made_anew_at_each_request_and_nothing_else_is_there() {
        let live = live();
        for expected in ["page 0", "page 1"] {
            let text = whole(ask(&live, "/"));
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            assert!(text.contains("text/html"), "{text}");
            assert!(text.ends_with(expected), "{text}");
        }
        let text = whole(ask(&live, "/config.json"));
        assert!(text.starts_with("HTTP/1.1 404"), "{text}");
    }

    #[test]
    fn browsers_are_told_of_changes_and_given_the_report() {
        let live = live();
        let mut browsers = [(); 2].map(|()| ask(&live, "/events"));
        for browser in &mut browsers {
            assert_eq!(event(browser), ["connected", ""]);
        }
        live.notifier()();
        for browser in &mut browsers {
            assert_eq!(event(browser), ["changed", ""]);
        }
        // One goes away.
        let [mut browser, gone] = browsers;
        drop(gone);
        live.finish("<p>\"two\nlines\"");
        assert_eq!(event(&mut browser), ["ended", r#""<p>\"two\nlines\"""#]);
        assert_eq!(whole(browser).trim(), "", "the connection is closed");
    }

    #[test]
    fn an_address_that_is_taken_is_an_error() {
        let live = live();
        let port = live.url().rsplit(':').next().unwrap().trim_end_matches('/');
        let taken = Live::start(port.parse().unwrap(), String::new);
        assert!(taken.is_err());
    }
}
