// Package s3 is the remotes of a workspace as buckets of S3, for programs that speak
// its protocol: dvc with endpointurl = http://host/s3, whose bucket is a remote's name.
//
// Words. A key is a path in a remote: files/md5/ab/cdef… is an object, which is taken
// only where it hashes to its name; any other, as runs/…, is stored as it comes.
//
// It speaks ListObjectsV2 and its elder, HEAD, GET with ranges, PUT, multipart, DELETE
// and DeleteObjects, in path style. Who asks signs by AWS Signature Version 4 with a
// token of tacit as access key and as secret key: of a token tacit keeps a hash, so that
// the signature can be made by whoever was shown the token, and is checked all the same.
// Where nobody signs in any pair does.
//
// It knows no versions of objects, no policies, no copies, and makes no bucket: that a
// remote comes to be by the first push holds here as well.
package s3
