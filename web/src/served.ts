// The parts of a page that follows its run, as the server wrote them: read
// before the other islands add to them.

const units = "main > .head, main > .tabs, main > .stats, main section.panel";

export const parts = (page: ParentNode): HTMLElement[] => [...page.querySelectorAll<HTMLElement>(units)];

/** The element that makes a page follow its run, null in one that does not. */
export const marker = (page: ParentNode): HTMLElement | null => page.querySelector<HTMLElement>("[data-live]");

/** What the server wrote when the page was opened, part by part. */
export const served: readonly string[] = marker(document) ? parts(document).map((part) => part.outerHTML) : [];
