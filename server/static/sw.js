// Shows the reminders this browser is sent, takes them back, and tells Footing that they were seen. A
// message says no more than its kind, an id and constant words; what it is about stands on the page.
//
// Keeps the files of a patient's pages and the last day that was seen, and nothing else: no other page is
// kept, whoever it is for. Before this script stand the list of files and the queue of answers.
"use strict";

const PAGE = "/today";
const MESSAGES = "/messages";
const RECEIPTS = "/v1/me/receipts";
const DAY = self.footingQueue.DAY;
const SHELL = self.footingShell;
// A connection that brings nothing in this time is none, where there is a day to show.
const PATIENCE_MS = 4000;
// A page of a patient names the device it is for.
const OF_A_PATIENT = /data-day="dev_[0-9a-f]{32}"/;

// --- What is kept -------------------------------------------------------------------------------------

self.addEventListener("install", (event) => {
  const keep = async () => {
    const shell = await caches.open(SHELL.name);
    await shell.addAll([...SHELL.urls, SHELL.page]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const begin = async () => {
    await self.clients.claim();
    // The day anew first: one kept before may need files of the shell before.
    await newDay();
    const old = (await caches.keys()).filter((name) => name.startsWith("footing-shell") && name !== SHELL.name);
    await Promise.all(old.map((name) => caches.delete(name)));
  };
  event.waitUntil(begin());
});

// Keeps a day that has just come, or throws away what was kept when the browser is nobody's any more.
const keepDay = async (answer) => {
  if (answer.status === 401 || answer.status === 403) return self.footingQueue.forget();
  if (answer.status !== 200 || answer.redirected) return undefined;
  const text = await answer.text();
  if (!OF_A_PATIENT.test(text)) return undefined;
  const day = await caches.open(DAY);
  return day.put(PAGE, new Response(text, { headers: answer.headers }));
};

const newDay = async () => {
  try {
    await keepDay(await fetch(PAGE, { credentials: "same-origin" }));
  } catch {
    // Another time.
  }
};

// The day as it was last seen, marked so that it cannot be taken for a fresh one.
const keptDay = async () => {
  const kept = await caches.match(PAGE, { cacheName: DAY });
  if (!kept) return undefined;
  const text = (await kept.text()).replace("<html ", "<html data-stale ");
  return new Response(text, { headers: kept.headers });
};

const nothing = async () => (await caches.match(SHELL.page, { cacheName: SHELL.name })) || Response.error();

const day = async (event) => {
  const fresh = fetch(event.request).then((answer) => {
    if (answer.status >= 500) throw new Error(String(answer.status));
    event.waitUntil(keepDay(answer.clone()));
    return answer;
  });
  event.waitUntil(fresh.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    return (await Promise.race([fresh, late])) || (await keptDay()) || (await fresh);
  } catch {
    return (await keptDay()) || nothing();
  }
};

const page = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return nothing();
  }
};

const file = async (request) => (await caches.match(request, { cacheName: SHELL.name })) || fetch(request);

// A patient's other pages are asked for and never kept; the clinic's are left alone.
const OWN = ["/today/", "/check-in", "/progress", "/me"];

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode !== "navigate") {
    if (request.method === "GET" && SHELL.urls.includes(pathname)) event.respondWith(file(request));
  } else if (pathname === PAGE && request.method === "GET") {
    event.respondWith(day(event));
  } else if (OWN.some((path) => pathname.startsWith(path))) {
    event.respondWith(page(request));
  }
});

// --- Answers that waited ------------------------------------------------------------------------------

const send = async () => {
  const outcome = await self.footingQueue.send();
  if (outcome === "later") throw new Error("no connection yet");
  if (outcome !== "sent") return;
  await newDay();
  const windows = await self.clients.matchAll({ type: "window" });
  for (const client of windows) client.postMessage({ footing: "sent" });
};

self.addEventListener("sync", (event) => {
  if (event.tag === "answers") event.waitUntil(send());
});

// --- Reminders ----------------------------------------------------------------------------------------

const read = (event) => {
  try {
    return event.data ? event.data.json() : null;
  } catch {
    return null;
  }
};

// As well as it goes: a receipt that is lost costs nobody anything.
const receipt = async (id, kind) => {
  if (!id) return;
  const at = new Date().toISOString();
  try {
    await fetch(RECEIPTS, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ receipts: [{ message_id: id, kind, at }] }),
    });
  } catch {
    // Off line, or signed out.
  }
};

const withdraw = async (tag) => {
  const shown = await self.registration.getNotifications({ tag });
  for (const notification of shown) notification.close();
};

const show = async (message) => {
  await self.registration.showNotification(message.title, {
    body: message.body,
    lang: message.lang,
    tag: message.tag,
    data: { id: message.id, page: message.kind === "message" ? MESSAGES : PAGE },
  });
  await receipt(message.id, "displayed");
};

const open = async (page) => {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find((client) => new URL(client.url).pathname === page);
  if (shown) return shown.focus();
  return self.clients.openWindow(page);
};

self.addEventListener("push", (event) => {
  const message = read(event);
  if (!message || message.v !== "1") return;
  if (message.kind === "withdraw") event.waitUntil(withdraw(message.tag));
  else if (message.title) event.waitUntil(show(message));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { id, page } = event.notification.data || {};
  event.waitUntil(Promise.all([open(page || PAGE), receipt(id, "opened")]));
});
