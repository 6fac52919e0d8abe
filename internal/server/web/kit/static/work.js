// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The proof of work of a form that strangers send: begun when it is touched, so that nobody waits, and
// made anew when it was left for long. Where it cannot be made the server asks for a code.

const fresh = 8 * 60e3; // of a challenge that is good for ten minutes

const zeros = (octets) => {
  let n = 0;
  for (const o of octets) {
    if (o) return n + Math.clz32(o) - 24;
    n += 8;
  }
  return n;
};

async function prove() {
  const { mode, token, bits } = await (await fetch("/verify/guard", { headers: { Accept: "application/json" } })).json();
  if (mode !== "work") return "";
  const text = new TextEncoder();
  for (let n = 0; ; n++) {
    const proof = token + "." + n;
    if (zeros(new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(proof)))) >= bits) return proof;
  }
}

for (const form of document.querySelectorAll("form[data-work]")) {
  const field = form.elements.work;
  let at = 0; // when it was begun
  let done = false;
  let work;
  const begin = () => {
    if (Date.now() - at < fresh) return work;
    [at, done] = [Date.now(), false];
    const end = (proof) => ([field.value, done] = [proof, true]);
    return (work = prove().then(end, () => end("")));
  };
  form.addEventListener("focusin", begin);
  form.addEventListener("submit", (event) => {
    if (done && Date.now() - at < fresh) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    begin().then(() => form.requestSubmit());
  });
  addEventListener("pageshow", (event) => event.persisted && (at = 0)); // what was sent counts no more
}
