// Package transfer brings versions of data from one store of objects to another: a
// push from a cache to a remote, a fetch the other way.
//
// What must hold: a listing is in the target only if all its files are, at every
// moment, whatever fails. Other programs take a listing for a proof of its files
// (treeverse/dvc, dvc_data/hashfile/transfer.py). tacit does not: it asks for every
// file, so that it never says that all is there when it is not.
package transfer
