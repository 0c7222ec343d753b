// Shows the reminders this browser is sent, takes them back, and tells Footing that they were seen. A
// message says no more than its kind, an id and constant words; what it is about stands on the page.
"use strict";

const PAGE = "/today";
const RECEIPTS = "/v1/me/receipts";

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
    data: { id: message.id },
  });
  await receipt(message.id, "displayed");
};

const open = async () => {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = windows.find((client) => new URL(client.url).pathname === PAGE);
  if (page) return page.focus();
  return self.clients.openWindow(PAGE);
};

self.addEventListener("push", (event) => {
  const message = read(event);
  if (!message || message.v !== "1") return;
  if (message.kind === "withdraw") event.waitUntil(withdraw(message.tag));
  else if (message.title) event.waitUntil(show(message));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const id = event.notification.data && event.notification.data.id;
  event.waitUntil(Promise.all([open(), receipt(id, "opened")]));
});
