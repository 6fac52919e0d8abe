// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// A list is narrowed as one types: the page that the form would open is asked for, and its
// hits take the place of these. Without this script the form's button does it.

for (const form of document.querySelectorAll("[data-filter]")) {
  const place = document.getElementById(form.dataset.filter);
  let timer, asked;
  // The region that speaks stays, what it says changes: only so is it heard.
  const said = Object.assign(document.createElement("p"), { className: "vh" });
  said.setAttribute("role", "status");
  place.before(said);
  const narrow = async () => {
    asked?.abort();
    asked = new AbortController();
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value.trim()) address.searchParams.set(name, value);
    try {
      const answer = await fetch(address, { signal: asked.signal });
      if (!answer.ok || answer.redirected) return; // the session ended: the button tells it
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      place.replaceChildren(...page.getElementById(place.id).childNodes);
      const told = place.querySelector("[role=status]");
      told?.removeAttribute("role");
      said.textContent = told?.textContent ?? "";
      history.replaceState(history.state, "", address);
    } catch {
      // Without a network the list stays as it is; the next key tries again.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(narrow, 250);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}
