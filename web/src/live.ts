// The page of a run that runs brings itself up to date: the server's own page is
// asked again, and what became different is put in its place, never under the
// pointer or the focus. It stops when the page says that the run has ended.

import { readAll } from "./chart";
import { marker, parts, served } from "./served";

/** What the server last wrote, part by part. */
let written: string[] = [...served];

const busy = (part: HTMLElement): boolean => part.matches(":hover") || part.contains(document.activeElement);

function keepOpen(old: HTMLElement, fresh: HTMLElement): void {
  const before = [...old.querySelectorAll("details")];
  fresh.querySelectorAll("details").forEach((one, i) => (one.open = before[i]?.open ?? one.open));
}

/** Puts what differs in its place; false when something had to wait. */
function take(page: Document): boolean {
  const here = parts(document);
  const there = parts(page);
  if (here.length !== there.length) {
    // A first chart or table appeared: the parts are no longer the same ones.
    const [main, fresh] = [document.querySelector("main"), page.querySelector("main")];
    if (!main || !fresh || main.contains(document.activeElement)) return false;
    main.replaceChildren(...fresh.childNodes);
    written = there.map((part) => part.outerHTML);
    readAll(main);
    return true;
  }
  let all = true;
  there.forEach((fresh, i) => {
    const old = here[i]!;
    const html = fresh.outerHTML;
    if (written[i] === html) return;
    if (busy(old)) {
      all = false;
      return;
    }
    written[i] = html;
    keepOpen(old, fresh);
    old.replaceWith(fresh);
    readAll(fresh);
  });
  return all;
}

function watch(first: HTMLElement): void {
  const state = document.createElement("span");
  state.className = "live";
  const word = document.createElement("span");
  word.className = "word";
  word.textContent = "Live";
  state.append(word);
  state.setAttribute("role", "status");
  state.title = "This page follows the run";
  document.querySelector(".top-end")?.prepend(state);
  const seconds = Number(first.dataset.live) || 5;
  const again = (): void => void setTimeout(() => void poll(), seconds * 1000);
  // What the page shows is told to the server, which answers only what differs.
  let mark = first.dataset.mark ?? "";
  const poll = async (): Promise<void> => {
    if (document.hidden) return again();
    try {
      const answer = await fetch(location.href, { headers: mark ? { "If-None-Match": `"${mark}"` } : {} });
      if (!answer.ok) return again();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const ended = marker(page) === null;
      const taken = take(page);
      mark = taken ? (marker(page)?.dataset.mark ?? "") : "";
      if (taken && ended) {
        marker(document)?.remove();
        state.remove();
        return;
      }
    } catch {
      // The server is away for a moment; the page stays as it is.
    }
    again();
  };
  again();
}

const first = marker(document);
if (first) watch(first);
