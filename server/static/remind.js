// Turns reminders in this browser on and off. The control is hidden until the browser can do it; without
// scripts it stays so. The server's key stands before this script, where the server puts it.
"use strict";
(() => {
  const box = document.querySelector("[data-remind]");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!box || !able) return;
  const on = box.querySelector("[data-remind-on]");
  const off = box.querySelector("[data-remind-off]");
  const words = box.querySelector("[data-remind-words]");

  const bytes = (base64url) => {
    const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  };
  const send = (method, path, body) =>
    fetch(path, {
      method,
      credentials: "same-origin",
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    }).then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
    });
  const say = (name) => {
    words.textContent = box.dataset[name] || "";
  };
  const show = (subscribed) => {
    on.hidden = subscribed;
    off.hidden = !subscribed;
    box.hidden = false;
  };

  const give = (subscription) => {
    const { endpoint, keys } = subscription.toJSON();
    return send("PUT", "/v1/me/push-subscription", {
      endpoint,
      keys: { p256dh: keys.p256dh, auth: keys.auth },
    });
  };
  const turnOn = async (registration) => {
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(self.footingPushKey),
    });
    try {
      await give(subscription);
    } catch (error) {
      await subscription.unsubscribe();
      throw error;
    }
    show(true);
    say("started");
  };
  const turnOff = async (registration) => {
    await send("DELETE", "/v1/me/push-token");
    const subscription = await registration.pushManager.getSubscription();
    if (subscription) await subscription.unsubscribe();
    show(false);
    say("stopped");
  };
  // One thing at a time; what fails is told and changes nothing.
  const clicked = (button, work) =>
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await work();
      } catch {
        say("failed");
      }
      button.disabled = false;
    });

  const begin = async () => {
    const registration = await navigator.serviceWorker.register("/sw.js");
    show((await registration.pushManager.getSubscription()) !== null);
    clicked(on, () => turnOn(registration));
    clicked(off, () => turnOff(registration));
  };
  begin().catch(() => {});
})();
