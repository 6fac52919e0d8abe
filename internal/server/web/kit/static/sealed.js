// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// What is typed and kept on the device alone lies there sealed: AES-GCM of WebCrypto
// under a key that the browser made and gives to nobody, not to this page either. Who copies
// the store of the browser reads nothing; where no key can be kept, nothing is.

const base = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("podpis-seal", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const within = (db, mode, act) =>
  new Promise((resolve, reject) => {
    const transaction = db.transaction("keys", mode);
    const request = act(transaction.objectStore("keys"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

// key is made once. Of two windows that make one at a time the first is kept.
const key = (async () => {
  const db = await base();
  const kept = await within(db, "readonly", (s) => s.get("draft"));
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await within(db, "readwrite", (s) => s.add(made, "draft")).catch(() => {});
  return within(db, "readonly", (s) => s.get("draft"));
})();

const text = (octets) => btoa(Array.from(new Uint8Array(octets), (o) => String.fromCharCode(o)).join(""));
const octets = (kept) => Uint8Array.from(atob(kept), (c) => c.charCodeAt(0));
const bound = (place, iv) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) });

// put keeps a value at a place, sealed for it.
export async function put(place, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(bound(place, iv), await key, new TextEncoder().encode(JSON.stringify(value)));
  localStorage.setItem(place, text(iv) + "." + text(sealed));
}

// get reads what was kept; what cannot be opened, such as what an older version kept in the
// clear, is dropped.
export async function get(place) {
  const kept = localStorage.getItem(place);
  if (!kept) return null;
  try {
    const [iv, sealed] = kept.split(".").map(octets);
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(bound(place, iv), await key, sealed)));
  } catch {
    localStorage.removeItem(place);
    return null;
  }
}
