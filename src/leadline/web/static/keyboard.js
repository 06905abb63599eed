/* Where the keyboard goes on: after a part of the page was swapped, at an address with a place in it, in a long field,
   and on Escape. */
"use strict";

function unfold(element) {
  for (let held = element.closest("details:not([open])"); held; held = held.parentElement.closest("details:not([open])")) {
    held.open = true;
  }
}

function arrive() {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place || place.id === "main") return;
  unfold(place);
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "center" });
}

document.addEventListener("htmx:after:swap", () => {
  for (const said of document.querySelectorAll("details.seldom .judged, details.seldom .field-error")) unfold(said);
  const next = document.querySelector("[data-focus]");
  if (!next) return;
  next.removeAttribute("data-focus");
  next.focus();
});

document.addEventListener("keydown", (event) => {
  const held = event.key === "Escape" && event.target.closest("details[open]");
  if (!held) return;
  held.open = false;
  held.querySelector("summary").focus();
});

// A browser brings only the caret of a long field into view; the bar with the button may lie over the rest of it.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea:focus-visible")) event.target.scrollIntoView({ block: "nearest" });
});

window.addEventListener("hashchange", arrive);
if (location.hash) arrive();
