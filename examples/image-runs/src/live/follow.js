const events = new EventSource("/events");
let stale = false, busy = false;
async function follow() {
  stale = true;
  if (busy) return;
  busy = true;
  while (stale) {
    stale = false;
    try {
      const text = await (await fetch("/")).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
    } catch { /* the next event tries again */ }
    await new Promise(done => setTimeout(done, 1000));
  }
  busy = false;
}
events.addEventListener("changed", follow);
events.addEventListener("connected", follow);
events.addEventListener("ended", event => {
  events.close();
  document.open();
  document.write(JSON.parse(event.data));
  document.close();
});
