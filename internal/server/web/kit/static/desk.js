// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// What scripts add to the desk of an operator (ux F24): keys for the queue and the application,
// a closer look at a picture, what the applicant will read.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// A picture from its whole width to five times that; the box around it scrolls.
const zooms = all("[data-zoom]").map((bar) => {
  const picture = one("img", bar.parentElement);
  let times = 1;
  const by = (step) => {
    times = Math.min(5, Math.max(1, times + step));
    picture.style.width = `${times * 100}%`;
    picture.style.maxWidth = "none";
  };
  bar.hidden = false;
  all("[data-by]", bar).forEach((button) => button.addEventListener("click", () => by(Number(button.dataset.by))));
  return { figure: bar.parentElement, by };
});

// Ready words come into the field, where they can be changed; what stands there is shown as
// the applicant will see it.
const preview = one("[data-preview]");
if (preview) {
  const form = preview.closest("form");
  const { words, phrase } = form.elements;
  const show = () => {
    const label = one('[name="field"]:checked', form)?.closest("label");
    one("[data-mark]", preview).textContent = label ? label.innerText.trim() + "." : "";
    one("[data-words]", preview).textContent = words.value;
    preview.hidden = words.value.trim() === "";
  };
  phrase.addEventListener("change", () => {
    if (phrase.value === "") return;
    const said = phrase.selectedOptions[0].text;
    words.value = [words.value.trim(), said].filter(Boolean).join(" ");
    phrase.value = "";
    words.dispatchEvent(new Event("input", { bubbles: true }));
    words.focus();
  });
  form.addEventListener("input", show);
  show();
}

// Enter asks, Enter once more approves: the first opens a window with who it is about.
const approve = one("[data-approve]");
const decide = one("[data-decide]");
decide?.addEventListener("close", () => decide.returnValue === "yes" && approve.requestSubmit());

function ask() {
  const left = all("[data-tick] input", approve).find((box) => !box.checked);
  if (!left) return decide.returnValue = "", decide.showModal();
  left.focus();
  one("[data-left]", approve).textContent = approve.dataset.approve;
}

// step goes along the queue: from row to row in the list, from one application to the next.
function step(forward) {
  const rows = all("[data-row]");
  if (rows.length === 0) return one(forward ? "[rel=next]" : "[rel=prev]")?.click();
  const at = rows.indexOf(document.activeElement);
  rows[at < 0 ? (forward ? 0 : rows.length - 1) : at + (forward ? 1 : -1)]?.focus();
}

const keys = {
  KeyJ: () => step(true), // the place of the key: the letter is another in Cyrillic
  KeyK: () => step(false),
  Enter: () => approve && ask(),
};

document.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  const at = event.target;
  if (at.closest?.("input:not([type=checkbox]), select, textarea, dialog[open]")) return;
  if (event.key === "Enter" && at.closest?.("a, button, summary")) return; // it does what it stands on
  if (/^[1-9]$/.test(event.key)) {
    const box = all("[data-tick] input", approve ?? undefined)[Number(event.key) - 1];
    if (!box) return;
    box.focus();
    box.click();
  } else if (/^[-+=]$/.test(event.key)) {
    (zooms.find((z) => z.figure.contains(at)) ?? zooms[0])?.by(event.key === "-" ? -1 : 1);
  } else if (keys[event.code]) {
    keys[event.code]();
  } else return;
  event.preventDefault();
});
