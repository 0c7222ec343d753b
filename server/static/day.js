// A patient's day without a connection: an answer is noted in this browser with the time of the tap, shown as
// noted and not sent, and sent as soon as there is a connection. Without scripts the forms send themselves.
"use strict";
(() => {
  const queue = self.footingQueue;
  const head = document.querySelector("[data-day]");
  const stale = () => document.documentElement.hasAttribute("data-stale");
  // A page that comes into view again after this long is fetched anew.
  const OLD_MS = 5 * 60 * 1000;
  const read = Date.now();

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});

  // Where this device says it is, beside where the patient is known to be.
  const here = document.querySelector("[data-zone-here]");
  if (here) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    if (timeZone && timeZone !== here.dataset.zoneHere) {
      here.textContent = here.textContent.replace("{zone}", timeZone);
      here.hidden = false;
      const field = document.getElementById("time_zone");
      if (field.value === here.dataset.zoneHere) field.value = timeZone;
    }
  }
  // What is kept here goes before the device does, also where the browser does not know how to be told so.
  const leaving = document.querySelector("[data-disconnect]");
  if (leaving && queue && self.indexedDB) {
    leaving.addEventListener("submit", (event) => {
      event.preventDefault();
      queue.forget().catch(() => {}).finally(() => leaving.submit());
    });
  }

  if (!head || !queue || !self.indexedDB) return;

  const words = new Map();
  const sheet = document.querySelector("template[data-words]");
  for (const one of sheet.content.querySelectorAll("[data-key]")) words.set(one.dataset.key, one.textContent);
  const say = (key, values = {}) =>
    (words.get(key) || "").replace(/\{([a-z_]+)\}/g, (place, name) => (name in values ? values[name] : place));

  const time = (at) => {
    const style = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    try {
      return new Intl.DateTimeFormat("en-GB", { ...style, timeZone: head.dataset.zone }).format(new Date(at));
    } catch {
      return new Intl.DateTimeFormat("en-GB", style).format(new Date(at));
    }
  };

  // --- What a tap says --------------------------------------------------------------------------------

  const newId = () =>
    `ans_${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

  // The answer a form and its button describe, or nothing where the amount is no number.
  const answer = (form, button) => {
    const fields = new FormData(form);
    if (button && button.name) fields.set(button.name, button.value);
    const kind = fields.get("kind");
    const item = {
      id: fields.get("answer"),
      occurrence_id: fields.get("occurrence"),
      kind,
      answered_at: new Date().toISOString(),
    };
    if (kind === "partial") {
      const amount = Number(String(fields.get("amount")).trim().replace(",", "."));
      if (!Number.isFinite(amount) || amount < 0 || amount > 100000) return null;
      item.done_amount = amount;
    }
    if (kind === "skip") item.reason = fields.get("reason");
    if (kind === "snooze") {
      item.snooze_min = Number(fields.get("snooze_min"));
      if (fields.get("remind_anyway")) item.remind_anyway = true;
    }
    return item;
  };

  const entry = (item, card, button) => ({
    item,
    device: head.dataset.day,
    title: card.dataset.title,
    due: card.dataset.time,
    unit: card.dataset.unit,
    // The reason as its button says it.
    said: item.kind === "skip" && button ? button.textContent.trim().toLowerCase() : "",
  });

  // --- What a card shows ------------------------------------------------------------------------------

  const what = ({ item, unit, said }) => {
    switch (item.kind) {
      case "done":
        return say("state_done");
      case "partial":
        return say("kept_part", { amount: String(item.done_amount), unit });
      case "skip":
        return say("state_skipped_why", { reason: said });
      case "snooze":
        return say("kept_snoozed", { minutes: String(item.snooze_min) });
      default:
        return say("kept_undone");
    }
  };

  const undoButton = (card) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button second undo";
    button.dataset.undoKept = "";
    button.append(say("answer_undo"));
    const named = document.createElement("span");
    named.className = "hidden";
    named.textContent = `: ${card.dataset.title}, ${card.dataset.time}`;
    button.append(named);
    button.addEventListener("click", () => {
      const item = {
        id: card.dataset.undo,
        occurrence_id: card.dataset.card,
        kind: "undo",
        answered_at: new Date().toISOString(),
      };
      note(item, card, null).then(() => follow(card)).catch(() => {});
    });
    return button;
  };

  const paint = (card, said) => {
    const last = said.at(-1);
    const answered = ["done", "partial", "skip"].includes(last.item.kind);
    const state = card.querySelector("[data-state]");
    const values = { what: what(last), time: time(last.item.answered_at) };
    state.textContent = say(last.disposition ? "kept_sent" : "kept", values);
    state.classList.add("kept");
    for (const part of card.querySelectorAll("[data-answers]")) part.hidden = answered;
    for (const part of card.querySelectorAll("form.undo")) part.hidden = true;
    for (const part of card.querySelectorAll("[data-undo-kept], .error")) part.remove();
    if (answered) state.after(undoButton(card));
  };

  const paintAll = async () => {
    const entries = (await queue.all()).filter((one) => one.device === head.dataset.day);
    for (const card of document.querySelectorAll("[data-card]")) {
      const said = entries.filter((one) => one.item.occurrence_id === card.dataset.card);
      if (said.length > 0) paint(card, said);
    }
  };

  const blame = (card, form) => {
    for (const part of card.querySelectorAll(".error")) part.remove();
    const error = document.createElement("p");
    error.className = "error";
    error.setAttribute("role", "alert");
    error.id = `${card.dataset.card}-e`;
    error.textContent = say("answer_amount_wrong");
    const field = form.querySelector("[name=amount]");
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", error.id);
    card.querySelector("[data-state]").after(error);
    field.focus();
  };

  // --- From the tap to the server ---------------------------------------------------------------------

  const later = async () => {
    try {
      const registration = await navigator.serviceWorker.ready;
      await registration.sync.register("answers");
    } catch {
      // No background sync here: the page sends when it can.
    }
  };

  // A page with something typed in it is left alone.
  const typing = () => [...document.querySelectorAll("[name=amount]")].some((field) => field.value !== field.defaultValue);

  // While the page is open it tries again by itself, ever less often.
  let pause = 2000;
  const retry = () => {
    window.setTimeout(() => send().catch(() => {}), pause);
    pause = Math.min(pause * 2, 60 * 1000);
  };

  const send = async () => {
    const outcome = await queue.send();
    if (outcome === "signed_out") window.location.reload();
    else if (outcome === "sent" && !typing()) window.location.replace("/today");
    else if (outcome === "sent") await paintAll();
    else if (outcome === "later") {
      await later();
      retry();
    }
    return outcome;
  };

  const keep = async (item, card, button) => {
    const known = await queue.all();
    const of = known.filter((one) => one.item.occurrence_id === item.occurrence_id);
    // Tapped twice: said once.
    if (of.at(-1) && of.at(-1).item.kind === item.kind && item.kind !== "snooze") return;
    // An id stands for one answer: what is said again after an undo is another.
    if (known.some((one) => one.item.id === item.id)) item.id = newId();
    await queue.add(entry(item, card, button));
  };

  // One tap after the other, so that the second sees the first.
  let turn = Promise.resolve();
  const note = (item, card, button) => {
    const mine = turn.then(() => keep(item, card, button));
    turn = mine.catch(() => {});
    return mine;
  };

  const follow = async (card) => {
    await paintAll();
    const undo = card.querySelector("[data-undo-kept]");
    if (undo) undo.focus({ preventScroll: true });
    await send();
  };

  const submitted = (form, button) => {
    if (button && button.name) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = button.name;
      field.value = button.value;
      form.append(field);
    }
    form.submit();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const card = form.closest("[data-card]");
    if (!card || form.getAttribute("action") !== "/today/answers") return;
    event.preventDefault();
    const item = answer(form, event.submitter);
    if (!item) {
      blame(card, form);
      return;
    }
    // Where nothing can be noted the form goes as it would without this script.
    const typed = () => {
      form.reset();
      return follow(card);
    };
    note(item, card, event.submitter).then(typed, () => submitted(form, event.submitter)).catch(() => {});
  });

  // --- What became of it ------------------------------------------------------------------------------

  const GOOD = ["applied", "duplicate", "extra"];
  const noteOf = ({ item, disposition }) => {
    if (disposition === "applied" && item.kind === "undo") return "note_undone";
    if (disposition === "applied" && item.kind === "snooze") return "note_snoozed";
    return `note_${disposition}`;
  };

  // On a fresh page: what was sent is told once, and belongs to the past.
  const tell = async () => {
    const sent = (await queue.all()).filter((one) => one.disposition);
    const own = sent.filter((one) => one.device === head.dataset.day);
    if (own.length > 0) {
      const place = document.querySelector("[data-told]");
      const box = document.createElement("div");
      box.className = `notice ${own.every((one) => GOOD.includes(one.disposition)) ? "good" : "bad"}`;
      const title = document.createElement("p");
      const strong = document.createElement("strong");
      strong.textContent = place.dataset.title;
      title.append(strong);
      const list = document.createElement("ul");
      for (const one of own) {
        const line = document.createElement("li");
        const values = { title: one.title, time: one.due, words: say(noteOf(one)) };
        line.textContent = say("told_line", values);
        list.append(line);
      }
      box.append(title, list);
      place.replaceChildren(box);
    }
    if (sent.length > 0) await queue.remove(sent);
  };

  const begin = async () => {
    if (!stale()) {
      // Another patient's, from before this browser was theirs.
      const strangers = (await queue.all()).filter((one) => one.device !== head.dataset.day);
      if (strangers.length > 0) await queue.remove(strangers);
      await tell();
    }
    await paintAll();
    await send();
  };

  window.addEventListener("online", async () => {
    if ((await send()) !== "sent" && stale() && !typing()) window.location.replace("/today");
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    const old = Date.now() - read > OLD_MS;
    if (document.visibilityState === "visible" && old && navigator.onLine && !typing()) window.location.replace("/today");
  });
  if ("serviceWorker" in navigator) {
    // The worker has sent: unless this page has told of it already.
    navigator.serviceWorker.addEventListener("message", async (event) => {
      if (!event.data || event.data.footing !== "sent" || typing()) return;
      if ((await queue.all()).some((one) => one.disposition)) window.location.replace("/today");
    });
  }
  begin().catch(() => {});
})();
