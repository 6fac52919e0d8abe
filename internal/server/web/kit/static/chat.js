// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Messages of a conversation are seen as they come: the server says that the page has another
// version, and what is new is taken from the page itself. What is written goes without leaving
// the page; without a connection it stays in its field and goes when there is one again. Without
// this the page is reloaded.

const box = document.querySelector("[data-stream]");
const form = document.querySelector("form[data-chat-send]");
const net = box?.querySelector("[data-chat-net]");
const list = () => box.querySelector("[data-chat-log] ol");

const attached = () => form.querySelector("[type=file]")?.files[0];

const parse = (text) => new DOMParser().parseFromString(text, "text/html");

// show takes over what another answer of this page has that is new.
function show(page) {
  const fresh = page.querySelector("[data-stream]");
  if (!fresh) return false;
  box.dataset.version = fresh.dataset.version;
  for (const part of ["[data-chat-state]", "[data-chat-files]"]) {
    const [state, other] = [document.querySelector(part), page.querySelector(part)];
    if (state && other && state.textContent !== other.textContent) state.replaceChildren(...other.childNodes);
  }
  const said = [...fresh.querySelectorAll("[data-chat-log] ol > li")];
  if (list()) {
    for (const item of said.slice(list().children.length)) list().append(document.importNode(item, true));
    list().lastElementChild?.scrollIntoView({ block: "nearest" });
  } else box.querySelector("[data-chat-list]")?.replaceChildren(...fresh.querySelector("[data-chat-list]").childNodes);
  const hidden = "form[data-chat-send] [name=move][type=hidden]";
  const [move, next] = [document.querySelector(hidden), page.querySelector(hidden)];
  if (move && next) move.value = next.value;
  return true;
}

let turn = Promise.resolve(); // one after another
const refresh = () =>
  (turn = turn
    .then(async () => {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      return answer.ok && !answer.redirected && show(parse(await answer.text()));
    })
    .catch(() => false));

const tell = (text) => {
  if (net && net.textContent !== text) net.textContent = text;
};

let unsent; // what could not be sent: its button, and how many messages there were
let busy = false;

async function send(button) {
  const field = form.elements.words;
  const [went, file] = [field.value, attached()];
  const data = new FormData(form, button);
  const count = list()?.children.length ?? 0;
  busy = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: form.enctype.startsWith("multipart") ? data : new URLSearchParams(data), headers: { Accept: "text/html" } });
    if (answer.status >= 500) throw new Error(String(answer.status));
    if (!answer.redirected || !show(parse(await answer.text()))) return leave(button); // a refusal, or a sign-in first: the page says it
    sent(field, went, file);
  } catch {
    unsent ??= { button, count };
    tell(box.dataset.unsent);
  } finally {
    busy = false;
    delete form.dataset.sent;
  }
}

// sent takes what went out of the form; what was typed or chosen while it was under way stays.
function sent(field, went, file) {
  unsent = undefined;
  tell("");
  const more = field.value.startsWith(went) ? field.value.slice(went.length).trimStart() : field.value;
  if (attached() === file) form.reset();
  field.value = more;
  field.focus();
}

// leave sends the form as it would go without this.
function leave(button) {
  unsent = undefined;
  if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
  form.submit();
}

// again sends what could not be sent, unless it had arrived and only the answer was lost.
async function again() {
  if (!unsent || busy) return;
  const words = form.elements.words;
  if (!words.value.trim()) {
    unsent = undefined;
    return tell("");
  }
  if (!(await refresh()) || !unsent || busy) return;
  const plain = (text) => text.trim().replace(/\s+/g, " ");
  const arrived = [...list().children].slice(unsent.count).some((m) => plain(m.querySelector(".said").textContent) === plain(words.value));
  if (arrived) sent(words, words.value, attached());
  else await send(unsent.button);
}

function listen() {
  let lost;
  const source = new EventSource(box.dataset.stream);
  source.addEventListener("version", (e) => {
    if (e.data !== box.dataset.version) refresh();
  });
  source.addEventListener("open", () => {
    clearTimeout(lost);
    if (!unsent) tell("");
    again();
  });
  // A stream ends by itself now and then and is opened anew; only a longer silence is told.
  source.addEventListener("error", () => {
    clearTimeout(lost);
    lost = setTimeout(() => unsent || tell(box.dataset.lost), 8000);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 15000);
  });
  addEventListener("pagehide", () => source.close());
}

if (box) {
  listen();
  addEventListener("offline", () => unsent || tell(box.dataset.lost));
  addEventListener("online", async () => {
    if (!unsent && (await refresh())) tell("");
    again();
  });
}
if (box && form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || busy || (event.submitter && event.submitter.dataset.leaves !== undefined)) return;
    event.preventDefault();
    unsent ? again() : send(event.submitter);
  });
  setInterval(again, 5000);
  addEventListener("beforeunload", (event) => unsent && event.preventDefault());
}
