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
    const below = openBranches(main);
    const scrolled = [...main.querySelectorAll(".table")].map((one) => one.scrollLeft);
    main.replaceWith(fresh);
    fresh.querySelectorAll("a.pods").forEach((link) => { prepare(link); if (below.has(link.href)) show(link, below.get(link.href)); });
    document.querySelector(".foot p")?.replaceWith(page.querySelector(".foot p") ?? "");
    fresh.querySelectorAll(".table").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
    const again = address && fresh.querySelector(address);
    if (again) {
      again.focus({ preventScroll: true });
      if (text !== null && "value" in again) again.value = text;
    }
    body.dataset.shown = page.body.dataset.shown || shown;
  };

  // Pods below a copy: the list of the page behind the link, which asks the browser for a token of the person. An open one is read
  // again from time to time. Where there is none, the sentence of the answer says why.
  const prepare = (link) => link.setAttribute("aria-expanded", "false");
  const openBranches = (inside) => new Map([...inside.querySelectorAll(".owned")].map((one) => [one.closest("li").querySelector("a.pods").href, one]));
  const show = (link, list) => {
    const place = link.closest("li");
    const old = [...place.children].find((one) => one.matches(".owned"));
    if (old) old.replaceWith(list); else place.append(list);
    link.setAttribute("aria-expanded", "true");
  };
  const read = async (link) => {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin", redirect: "error" });
    const text = await answer.text();
    const page = answer.ok ? new DOMParser().parseFromString(text, "text/html").querySelector(".owned") : null;
    const list = document.createElement("div");
    list.className = "owned";
    if (page) list.append(...page.childNodes); else list.textContent = answer.status === 401 ? text : "This cannot be read now.";
    list.dataset.state = page ? "read" : "refused";
    return list;
  };
  const toggle = async (link) => {
    const open = openBranches(document.querySelector("main")).get(link.href);
    if (open) {
      open.remove();
      link.setAttribute("aria-expanded", "false");
      return;
    }
    link.setAttribute("aria-busy", "true");
    try {
      show(link, await read(link));
    } finally {
      link.removeAttribute("aria-busy");
    }
  };
  const again = async () => {
    if (document.hidden) return;
    for (const [address, open] of openBranches(document.querySelector("main"))) {
      const link = open.closest("li").querySelector("a.pods");
      const list = open.dataset.state === "read" ? await read(link) : null;
      if (list && open.isConnected && open.innerHTML !== list.innerHTML && link.href === address) open.replaceWith(list);
    }
  };
  document.querySelectorAll("a.pods").forEach(prepare);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.pods");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    toggle(link).catch(() => location.assign(link.href));
  });
  setInterval(() => again().catch(() => {}), 5000);

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
