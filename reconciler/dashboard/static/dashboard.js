// Keeps an open page as new as the status branch. Everything works without it.
"use strict";

(() => {
  const body = document.body;
  const sign = document.querySelector(".live");

  // The same page again; its main part takes the place of the old one. What is open, focused and scrolled stays so.
  const refresh = async (shown) => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("main");
    const main = document.querySelector("main");
    if (!fresh || main.querySelector("form [data-dirty]")) return;
    const open = new Set([...main.querySelectorAll("details[open][id]")].map((one) => one.id));
    fresh.querySelectorAll("details[id]").forEach((one) => { if (open.has(one.id)) one.open = true; });
    const focused = main.contains(document.activeElement) ? document.activeElement : null;
    const address = focused && (focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("href") && `a[href="${CSS.escape(focused.getAttribute("href"))}"]`);
    const text = focused && "value" in focused ? focused.value : null;
    const scrolled = [...main.querySelectorAll(".table")].map((one) => one.scrollLeft);
    main.replaceWith(fresh);
    document.querySelector(".foot p")?.replaceWith(page.querySelector(".foot p") ?? "");
    fresh.querySelectorAll(".table").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
    const again = address && fresh.querySelector(address);
    if (again) {
      again.focus({ preventScroll: true });
      if (text !== null && "value" in again) again.value = text;
    }
    body.dataset.shown = page.body.dataset.shown || shown;
  };

  const connect = () => {
    const source = new EventSource(`/live?shown=${encodeURIComponent(body.dataset.shown)}`);
    source.addEventListener("open", () => { if (sign) sign.hidden = false; });
    source.addEventListener("error", () => { if (sign) sign.hidden = true; });
    source.addEventListener("facts", (event) => { refresh(event.data).catch(() => {}); });
    addEventListener("pagehide", () => source.close(), { once: true });
  };

  document.addEventListener("input", (event) => { event.target.dataset.dirty = ""; });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("search").focus();
    }
  });
  if (body.dataset.shown && "EventSource" in window) {
    connect();
    addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  }
})();
