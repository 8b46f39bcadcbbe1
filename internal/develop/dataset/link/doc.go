// Package link makes a file stand for the same bytes as another one: by sharing
// its blocks, its inode, its name, or by a copy.
//
// The words are those of DVC's option cache.type (treeverse/dvc,
// dvc_objects/fs/generic.py): reflink, hardlink, symlink, copy. Which of them a
// file system has is found by trying, once for each pair of folders.
package link
