// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The service worker: the one page for the time without a connection, and notices. It keeps
// public files alone (files, offline and kept come from the server, before this text): no
// page of a person, no answer of a form.

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(kept);
    for (const file of [offline, ...files]) {
      const answer = await fetch(file, { credentials: "omit", cache: "reload" }); // as nobody
      if (!answer.ok || answer.redirected) throw new Error(file);
      await cache.put(file, answer);
    }
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name !== kept) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(offline)));
  else if (files.includes(pathname + search)) event.respondWith(caches.match(pathname + search).then((file) => file ?? fetch(request)));
});

self.addEventListener("push", (event) => {
  const { title, body, url, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, icon, data: { url } }));
});

// A press opens the page that the notice names, of this site only.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data.url, location.origin);
  if (to.origin === location.origin) event.waitUntil(self.clients.openWindow(to.href));
});
