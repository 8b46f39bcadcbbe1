// Addresses that MLflow's client prints lead into its own pages, behind a #:
// http://host/#/experiments/1/runs/abc. They lead to the same things here. What
// stands behind a # is never sent to a server, so only a script can do this.

const places: [RegExp, (m: RegExpMatchArray) => string][] = [
  [/^#\/experiments\/[^/]+\/runs\/([^/?]+)/, (m) => `runs/${m[1]}`],
  [/^#\/experiments\/(\d+)/, (m) => `experiments/${m[1]}`],
  [/^#\/models\/([^/]+)\/versions\/(\d+)/, (m) => `models/${m[1]}/versions/${m[2]}`],
  [/^#\/models\/([^/?]+)/, (m) => `models/${m[1]}`],
  [/^#\/(experiments|models)\/?$/, (m) => m[1]!],
];

for (const [pattern, place] of places) {
  const match = location.hash.match(pattern);
  if (match) {
    location.replace(new URL(place(match), location.href.replace(/[?#].*$/, "")));
    break;
  }
}
