// Answers that wait for a connection, in this browser's database: the pages and the service worker both use it.
// Each keeps the id, the occurrence and the time of the tap for good, so that sending it twice changes nothing.
"use strict";
self.footingQueue = (() => {
  const NAME = "footing";
  const STORE = "answers";
  // As many as a request may have, and as many as are kept.
  const BATCH = 100;
  const MOST = 1000;
  // The pages a patient's browser keeps begin so.
  const DAY = "footing-day";

  const database = () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "n", autoIncrement: true });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  // One transaction: what `work` asked for is on disk when this ends.
  const within = async (mode, work) => {
    const open = await database();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = open.transaction(STORE, mode);
        const asked = work(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(asked && asked.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      open.close();
    }
  };

  const all = () => within("readonly", (store) => store.getAll());
  const add = async (entry) => {
    if ((await all()).length >= MOST) throw new Error("the queue is full");
    return within("readwrite", (store) => store.add(entry));
  };
  const put = (entries) => within("readwrite", (store) => entries.forEach((entry) => store.put(entry)));
  const remove = (entries) => within("readwrite", (store) => entries.forEach((entry) => store.delete(entry.n)));

  // Nothing of a patient stays: no day, no answer.
  const forget = async () => {
    if (self.caches) {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith(DAY)).map((name) => caches.delete(name)));
    }
    await within("readwrite", (store) => store.clear());
  };

  // One at a time, whether a page sends or the worker.
  const alone = (work) => (self.navigator.locks ? self.navigator.locks.request("footing-queue", work) : work());

  const call = (path, body) =>
    fetch(path, {
      method: body ? "POST" : "GET",
      credentials: "same-origin",
      headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
    });

  const sendBatch = async (batch) => {
    const answer = await call("/v1/me/answers", {
      answers: batch.map((entry) => entry.item),
      device_time: new Date().toISOString(),
    });
    if (answer.status === 400) {
      await put(batch.map((entry) => ({ ...entry, disposition: "invalid" })));
      return true;
    }
    if (!answer.ok) return false;
    const { results } = await answer.json();
    await put(batch.map((entry, place) => ({ ...entry, disposition: results[place].disposition })));
    return true;
  };

  // Sends what waits, in the order it was said. Tells how it went: `nothing`, `sent`, `later`, or `signed_out`.
  const send = () =>
    alone(async () => {
      const waiting = (await all()).filter((entry) => !entry.disposition);
      if (waiting.length === 0) return "nothing";
      try {
        const me = await call("/v1/me");
        if (me.status === 401 || me.status === 403) {
          await forget();
          return "signed_out";
        }
        if (!me.ok) return "later";
        // What another patient said in this browser is not this one's to send.
        const { device_id: device } = await me.json();
        const own = waiting.filter((entry) => entry.device === device);
        await remove(waiting.filter((entry) => entry.device !== device));
        for (let from = 0; from < own.length; from += BATCH) {
          if (!(await sendBatch(own.slice(from, from + BATCH)))) return "later";
        }
        return own.length === 0 ? "nothing" : "sent";
      } catch {
        return "later";
      }
    });

  return { all, add, remove, forget, send, DAY };
})();
