// Pointing at a chart reads its values. The numbers are those that the server
// wrote along with each line.

interface Line {
  name: string;
  colour: string;
  xs: number[];
  ys: string[];
}

function lines(svg: SVGSVGElement): Line[] {
  return [...svg.querySelectorAll<SVGPathElement>("path.ln[data-x]")].map((path) => ({
    name: path.dataset.name ?? "",
    colour: [...path.classList].find((c) => /^k\w+$/.test(c)) ?? "",
    xs: (path.dataset.x ?? "").split(" ").map(Number),
    ys: (path.dataset.y ?? "").split(" "),
  }));
}

function nearest(xs: number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low]! - x) <= Math.abs(xs[high]! - x) ? low : high;
}

function entry(line: Line, at: number): HTMLElement {
  const row = document.createElement("div");
  const key = document.createElement("span");
  key.className = `key ${line.colour}`;
  const value = document.createElement("b");
  value.textContent = line.ys[at] ?? "";
  row.append(key, line.name + " ", value);
  return row;
}

function read(figure: HTMLElement): void {
  const svg = figure.querySelector<SVGSVGElement>("svg.marks");
  const outer = figure.querySelector<SVGSVGElement>("svg.pl");
  if (!svg || !outer) return;
  const all = lines(svg);
  const numbers = all.flatMap((line) => line.xs);
  if (numbers.length < 2) return;
  const least = Number(svg.dataset.x0);
  const most = Number(svg.dataset.x1);
  const cross = document.createElementNS("http://www.w3.org/2000/svg", "path");
  cross.setAttribute("class", "cross");
  const box = document.createElement("div");
  box.className = "read";
  box.hidden = true;
  figure.append(box);

  const leave = (): void => {
    box.hidden = true;
    cross.remove();
  };
  outer.addEventListener("pointerleave", leave);
  outer.addEventListener("pointermove", (event) => {
    const area = outer.getBoundingClientRect();
    const part = (event.clientX - area.left) / area.width;
    if (part < -0.01 || part > 1.01) return leave();
    const first = all[0]!;
    const x = first.xs[nearest(first.xs, least + part * (most - least))]!;
    const head = document.createElement("div");
    head.textContent = `${svg.dataset.x ?? ""} ${x.toLocaleString("en")}`;
    box.replaceChildren(head, ...all.map((line) => entry(line, nearest(line.xs, x))));
    const place = ((x - least) / (most - least || 1)) * 1000;
    cross.setAttribute("d", `M${place} 0V${svg.viewBox.baseVal.height}`);
    svg.append(cross);
    box.hidden = false;
    const frame = figure.getBoundingClientRect();
    const left = area.left - frame.left + (place / 1000) * area.width;
    const fits = left + 12 + box.offsetWidth < frame.width;
    box.style.left = `${fits ? left + 12 : Math.max(left - 12 - box.offsetWidth, 0)}px`;
    box.style.top = `${area.top - frame.top + 4}px`;
  });
}

/** Reads the charts within an element. */
export function readAll(within: ParentNode): void {
  for (const figure of within.querySelectorAll<HTMLElement>("figure.chart")) read(figure);
}

// The switch of an axis is a link to the page with the other axis; with script
// only the chart is taken from it.
async function swap(link: HTMLAnchorElement, figure: HTMLElement): Promise<void> {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const other = page.getElementById(figure.id);
  if (!answer.ok || !other) {
    location.assign(link.href);
    return;
  }
  history.replaceState(null, "", link.href);
  figure.replaceWith(other);
  read(other);
  other.querySelector<HTMLAnchorElement>("a[data-swap]")?.focus();
  // Other charts name this one's axis in their own links.
  for (const [id, href] of [...page.querySelectorAll("figure.chart")].map((f) => [f.id, f.querySelector<HTMLAnchorElement>("a[data-swap]")?.getAttribute("href")])) {
    const there = id && href && document.getElementById(id)?.querySelector("a[data-swap]");
    if (there) there.setAttribute("href", href);
  }
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || !(event.target instanceof Element)) return;
  const link = event.target.closest<HTMLAnchorElement>("a[data-swap]");
  const figure = link?.closest<HTMLElement>("figure.chart");
  if (!link || !figure) return;
  event.preventDefault();
  swap(link, figure).catch(() => location.assign(link.href));
});

readAll(document);
