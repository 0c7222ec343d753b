// Pages that are open follow what changes: the list of a clinic's day and a thread of messages. What somebody is at stays:
// the focus, an open row, a text half written. Without scripts the pages have a link that refreshes them.
"use strict";
(() => {
  const list = () => document.getElementById("worklist");
  const thread = () => document.getElementById("thread");
  const status = document.getElementById("live-status");
  const stream = document.body.querySelector("[data-live]");
  const poll = document.body.querySelector("[data-live-poll]");

  const say = (words) => { if (status && words) status.textContent = words; };
  let shown = "";
  const show = (words) => {
    shown = words;
    const state = document.querySelector("[data-live-state]");
    if (state) state.textContent = words;
  };

  // The page as the server makes it now; nothing where that is another page, as after the session.
  const fetched = async () => {
    const address = new URL(window.location.href);
    address.searchParams.delete("done");
    address.hash = "";
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  const typed = (field) => (field.type === "hidden" ? false : field.tagName === "SELECT"
    ? [...field.options].some((option, place) => option.selected !== (option.defaultSelected || (place === 0 && ![...field.options].some((one) => one.defaultSelected))))
    : field.value !== field.defaultValue);
  const busy = (node) => node.contains(document.activeElement) || node.querySelector("details[open]") !== null
    || [...node.querySelectorAll("input, textarea, select")].some(typed);
  // Ids made with each page say nothing new.
  const plain = (node) => node.outerHTML.replace(/value="msg_[0-9a-f]{32}"/g, "");

  // The rows of one list: those somebody is at stay where they are, the others come and go around them.
  const mergeRows = (old, fresh) => {
    const kept = new Map([...old.children].filter(busy).map((row) => [row.id, row]));
    for (const row of [...old.children]) if (!kept.has(row.id)) row.remove();
    let before = old.firstElementChild;
    for (const row of [...fresh.children]) {
      const own = kept.get(row.id);
      if (own) before = own.nextElementSibling;
      else old.insertBefore(row, before);
      kept.delete(row.id);
    }
    for (const row of kept.values()) {
      if (row.classList.contains("stale")) continue;
      row.classList.add("stale");
      const words = document.createElement("p");
      words.className = "quiet";
      words.textContent = "This row is no longer on the list.";
      row.append(words);
    }
  };
  const replace = (old, fresh) => {
    if (!old || !fresh || plain(old) === plain(fresh) || old.contains(document.activeElement)) return;
    old.replaceChildren(...fresh.childNodes);
  };
  const mergeSection = (old, fresh) => {
    if (plain(old) === plain(fresh)) return;
    const [rows, freshRows] = [old.querySelector("ul.rows"), fresh.querySelector("ul.rows")];
    if (!rows || !freshRows) {
      if (!rows || !busy(rows)) old.replaceChildren(...fresh.childNodes);
      return;
    }
    replace(old.querySelector("h2"), fresh.querySelector("h2"));
    replace(old.querySelector("h2 + p"), fresh.querySelector("h2 + p"));
    replace(old.querySelector(":scope > details > summary"), fresh.querySelector(":scope > details > summary"));
    mergeRows(rows, freshRows);
  };
  const mergeList = (page) => {
    const fresh = page.getElementById("worklist");
    if (!fresh || plain(list()) === plain(fresh)) return;
    for (const part of fresh.querySelectorAll("section.work")) {
      const old = document.getElementById(part.id);
      if (old) mergeSection(old, part);
    }
    for (const part of [".jump", "[data-live-head]"]) replace(list().querySelector(part), fresh.querySelector(part));
    say("The worklist has changed.");
  };
  const mergeThread = (page) => {
    const fresh = page.getElementById("thread");
    if (!fresh || fresh.innerHTML === thread().innerHTML) return;
    const known = new Set([...thread().querySelectorAll(".bubble")].map((one) => one.id));
    const news = [...fresh.querySelectorAll(".bubble:not(.own)")].filter((one) => !known.has(one.id));
    const at = thread().contains(document.activeElement) ? document.activeElement.textContent.trim() : null;
    thread().replaceChildren(...fresh.childNodes);
    const [answers, now] = [document.querySelector("input[name=answers]"), page.querySelector("input[name=answers]")];
    if (answers && now) answers.value = now.value;
    if (at !== null) [...thread().querySelectorAll("button, a")].find((one) => one.textContent.trim() === at)?.focus();
    say(news.length > 0 ? "There is a new message." : "");
  };

  let running = false;
  let again = false;
  // One at a time; what happens meanwhile is looked at right after. A page nobody looks at is not read.
  const refresh = async () => {
    if (document.hidden) { again = true; return; }
    if (running) { again = true; return; }
    running = true;
    again = false;
    try {
      const page = await fetched();
      if (list()) mergeList(page);
      if (thread()) mergeThread(page);
    } catch {
      show("Updates have stopped: refresh the page.");
    }
    running = false;
    if (again) refresh();
  };

  let source = null;
  let lost = false;
  const listen = () => {
    source = new EventSource("/live");
    const own = stream.dataset.live;
    source.addEventListener("hello", () => {
      show("Updates by itself.");
      if (lost) refresh();
      lost = false;
    });
    source.addEventListener("worklist", () => { if (list()) refresh(); });
    source.addEventListener("patient", (event) => { if (event.data === own) refresh(); });
    source.addEventListener("all", refresh);
    source.addEventListener("over", () => { source.close(); show("Your session has ended: sign in again."); });
    source.addEventListener("error", () => {
      lost = true;
      show(source.readyState === EventSource.CLOSED ? "Updates have stopped: refresh the page." : "Connecting again.");
    });
  };
  // A page in the background holds no connection: a browser has few of them.
  const turned = () => {
    if (document.hidden) {
      if (source) source.close();
      lost = true;
    } else {
      if (stream) listen();
      if (again) refresh();
    }
  };
  if (stream) {
    if (!document.hidden) listen();
    document.addEventListener("visibilitychange", turned);
  }
  if (poll) {
    window.setInterval(() => { if (!document.hidden) refresh(); }, Number(poll.dataset.livePoll) * 1000);
  }

  // Forms that htmx sends: an answer that is another page, as after the session, is shown as a page.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const ours = xhr.responseText.includes('id="worklist"');
    event.detail.shouldSwap = ours;
    event.detail.isError = false;
    if (!ours) window.location.reload();
  });
  // What was said is read out, and the keyboard goes on from there.
  document.body.addEventListener("htmx:afterSwap", () => {
    show(shown);
    const notice = list()?.querySelector(".notice");
    if (!notice) return;
    notice.tabIndex = -1;
    notice.focus({ preventScroll: true });
  });
})();
