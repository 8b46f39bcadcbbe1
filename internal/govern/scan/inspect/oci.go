package inspect

import (
	"io/fs"
	"path"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleDigest is of files that are not what their names say.
const RuleDigest = "digest-differs"

// readLayout looks at a folder that is an OCI image layout: its blobs are named by
// their digests. What they hold was inspected as files.
func readLayout(_ fs.FS, dir string, parts map[string]*Part) ([]Finding, error) {
	var out []Finding
	blobs := path.Join(dir, "blobs/sha256")
	for at, p := range parts {
		if path.Dir(at) != blobs || p.SHA256 == "" || path.Base(at) == p.SHA256 {
			continue
		}
		out = append(out, Finding{
			Rule: RuleDigest, Severity: pickle.High, Args: p.SHA256, Member: at, Count: 1,
			Why: "the blob is not the one whose digest it is named by: who pulls it by the digest gets another, or an error",
		})
	}
	return out, nil
}
