// Package repository is a repository of DVC as it lies on the disk: where it is, what
// its settings say, which data belong to its working copy or to a commit, and which of
// them a person means.
//
// Words. The root is the folder that has .dvc; paths are from there, with slashes. A
// stage is a .dvc file, or one entry of a dvc.yaml; its outs are the data it owns. The
// index is all stages of the working copy, or of one revision. A target is what a
// person types to name some of them.
//
// It changes nothing but what it keeps for itself below .dvc/tmp/tacit, which may be
// thrown away at any moment.
package repository
