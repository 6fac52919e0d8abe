// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Passkeys (WebAuthn): a button asks the server, the browser, and the server again.
// data-passkey is the address, with /ask for the question; data-make makes a key.

import { words } from "./engine.js";

const octets = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (o) => String.fromCharCode(o)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: { Accept: "application/json", "Content-Type": "application/json" } });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error("refused"), { said });
  return said;
}

const known = (list) => list?.map((k) => ({ ...k, id: octets(k.id) }));

async function make({ publicKey: o }) {
  o.challenge = octets(o.challenge);
  o.user.id = octets(o.user.id);
  o.excludeCredentials = known(o.excludeCredentials);
  const key = await navigator.credentials.create({ publicKey: o });
  const { clientDataJSON, attestationObject } = key.response;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type, authenticatorAttachment: key.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: key.response.getTransports?.() ?? [] },
  };
}

async function show({ publicKey: o }) {
  o.challenge = octets(o.challenge);
  o.allowCredentials = known(o.allowCredentials);
  const key = await navigator.credentials.get({ publicKey: o });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return {
    id: key.id, rawId: text(key.rawId), type: key.type, authenticatorAttachment: key.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: {
      clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
      userHandle: userHandle ? text(userHandle) : undefined,
    },
  };
}

for (const place of document.querySelectorAll("[data-passkey]")) {
  const say = words("passkey");
  const button = place.querySelector("[data-go]");
  const url = place.dataset.passkey;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const error = place.querySelector("[data-error]");
    error.hidden = true;
    button.disabled = true;
    try {
      if (!window.PublicKeyCredential) throw new Error("unsupported");
      const question = await post(url + "/ask", {});
      const answer = place.dataset.make === undefined ? await show(question) : await make(question);
      const { next } = await post(url + "?return=" + encodeURIComponent(place.dataset.return ?? ""), answer);
      location.assign(next);
    } catch (e) {
      const why = e.message === "unsupported" ? "passkey.unsupported" : e instanceof TypeError ? "passkey.network" : "passkey.cancelled";
      error.querySelector("[data-error-text]").textContent = e.said?.title ?? say(why);
      error.hidden = false;
      error.focus();
      button.disabled = false;
    }
  });
}
