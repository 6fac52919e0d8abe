// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Messages of a conversation are seen as they come: the server says that the page has another
// version, and what is new is taken from the page itself. Without this the page is reloaded.

const box = document.querySelector("[data-stream]");

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-stream]");
  if (!fresh) return;
  box.dataset.version = fresh.dataset.version;
  const state = box.querySelector("[data-chat-state]");
  const other = fresh.querySelector("[data-chat-state]");
  if (state && other && state.textContent !== other.textContent) state.replaceChildren(...other.childNodes);
  const list = box.querySelector("[data-chat-log] ol");
  const said = [...fresh.querySelectorAll("[data-chat-log] ol > li")];
  if (list) {
    for (const item of said.slice(list.children.length)) list.append(document.importNode(item, true));
    list.lastElementChild?.scrollIntoView({ block: "nearest" });
  } else box.querySelector("[data-chat-list]")?.replaceChildren(...fresh.querySelector("[data-chat-list]").childNodes);
}

if (box) {
  let turn = Promise.resolve(); // one after another
  const source = new EventSource(box.dataset.stream);
  source.addEventListener("version", (e) => {
    if (e.data !== box.dataset.version) turn = turn.then(refresh).catch(() => {});
  });
  addEventListener("pagehide", () => source.close());
}
