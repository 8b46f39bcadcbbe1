// The keyboard: Ctrl K and / go to the fields, G and a letter to a chapter,
// J and K along the rows of the first table, X selects, C compares, ? tells all.

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

function focusField(name: string): boolean {
  const field = document.querySelector<HTMLInputElement>(`[data-focus="${name}"]`);
  field?.focus();
  field?.select();
  return field !== null;
}

function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".main .table tbody a.row")];
  if (links.length === 0) return;
  const here = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
}

function select(): void {
  const box = document.activeElement?.closest("tr")?.querySelector<HTMLInputElement>('input[type="checkbox"]');
  box?.click();
}

let going = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (focusField("k")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.toLowerCase(); // caps lock changes nothing
  if (event.timeStamp - going < 1000) {
    going = 0;
    const link = document.querySelector<HTMLAnchorElement>(`[data-go="${CSS.escape(key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
  }
  switch (key) {
    case "/":
      if (focusField("/")) event.preventDefault();
      break;
    case "?":
      document.querySelector<HTMLElement>("#keys")?.togglePopover();
      break;
    case "g":
      going = event.timeStamp;
      break;
    case "j":
      step(1);
      break;
    case "k":
      step(-1);
      break;
    case "x":
      select();
      break;
    case "c":
      document.querySelector<HTMLButtonElement>("[data-compare]:not([disabled])")?.click();
      break;
  }
});
