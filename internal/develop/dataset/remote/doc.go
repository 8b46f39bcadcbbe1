// Package remote is a remote of a repository: where objects are that others reach, as
// the options of a section ['remote "name"'] say.
//
// Words. A side is one of a remote's two layouts: objects lie at files/md5/ab/cdef…, or
// at ab/cdef… as DVC 2 left them. A remote that tacit keeps is asked for many objects
// at once; any other is a place of files, and one request a file.
//
// What must hold: what is sent is hashed on its way, and stored nowhere where it is not
// what its name says; whether an object is there is asked of the remote, each time, and
// remembered nowhere.
package remote
