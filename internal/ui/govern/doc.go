// Package govern makes the pages of the guide's fourth chapter: the activity of
// a workspace, as its stream of events tells it, and the lineage of its things.
//
// Words. A line of the page is one event of record: when, who, what, to what,
// how it ended, and from where. Its subject and the ends of its links lead to
// their pages where they have one.
package govern
