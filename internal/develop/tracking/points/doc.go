// Package points is the part of tracking that keeps the points of runs'
// metrics: written at once, merged later, read back exactly.
//
// Words. A segment holds the points of one request as they came. A chunk holds
// up to some thousand points of one run and key, sorted; package curve codes
// both. The latest point of a key is the greatest by step, timestamp and value;
// it is stored with its segment, or due: stored by whoever needs it first. A
// merge moves the points of segments into chunks and moves the run's seal on:
// how many points were merged, and the hash chained over them. A run's points
// are announced, with its seal, at most once a minute and when it has ended.
//
// It knows no run but by its id: whether one has ended, and how an announcement
// is told, it asks Runs. It does not check limits or keys, and keeps nothing of
// logged models: that is tracking and loggedmodel. Its tables belong to it alone
// and are made by tracking's migrations.
package points
