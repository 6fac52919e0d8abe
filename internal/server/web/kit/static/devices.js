// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Notices on this device: whether this version of the browser can take them, and the button
// that switches them on.

import { words } from "./engine.js";

const octets = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

for (const place of document.querySelectorAll("[data-push]")) {
  const say = words("devices");
  const button = place.querySelector("[data-go]");
  const state = place.querySelector("[data-state]");
  const error = place.querySelector("[data-error]");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  state.textContent = say(able ? "devices.able" : "devices.unsupported");
  button.hidden = !able;
  button.addEventListener("click", async () => {
    error.hidden = true;
    button.disabled = true;
    try {
      if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
      await navigator.serviceWorker.register("/sw.js?l=" + document.documentElement.lang);
      const worker = await navigator.serviceWorker.ready;
      const s = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: octets(place.dataset.key) });
      const answer = await fetch(place.dataset.push, { method: "POST", body: JSON.stringify(s), headers: { Accept: "application/json", "Content-Type": "application/json" } });
      const said = await answer.json();
      if (!answer.ok) throw Object.assign(new Error("refused"), { said });
      location.assign(said.next);
    } catch (e) {
      error.querySelector("[data-error-text]").textContent = e.said?.title ?? say(e.message === "denied" ? "devices.denied" : "devices.failed");
      error.hidden = false;
      error.focus();
      button.disabled = false;
    }
  });
}

// A page that waits for the answer of a device asks for it, and goes on by itself.
for (const place of document.querySelectorAll("[data-approval]")) {
  const ask = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } }).catch(() => null);
    const state = answer?.ok ? (await answer.json()).state : "waiting"; // without a connection it goes on asking
    if (state === "waiting") return setTimeout(ask, 2000);
    if (state === "approved") return place.querySelector("form").requestSubmit();
    location.reload();
  };
  ask();
}
