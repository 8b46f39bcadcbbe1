// A graph that is wider than its place begins at what was asked for.

for (const graph of document.querySelectorAll<HTMLElement>(".graph")) {
  const here = graph.querySelector(".here")?.getBoundingClientRect();
  const place = graph.getBoundingClientRect();
  if (here) graph.scrollLeft += here.left + here.width / 2 - place.left - place.width / 2;
}
