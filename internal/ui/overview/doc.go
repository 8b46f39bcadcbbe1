// Package overview makes the first page of a workspace: what there is, what
// happened last, and how to begin; and the search that goes straight to a thing.
package overview
