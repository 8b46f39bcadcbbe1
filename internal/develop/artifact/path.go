package artifact

import (
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// scheme is the scheme of roots that tacit serves.
const scheme = "mlflow-artifacts"

// Clean gives the path that p means, as uri.Clean does; it may not be empty.
func Clean(p string) (string, error) {
	clean, err := uri.Clean(p)
	if err == nil && clean == "" {
		return "", uri.Empty()
	}
	return clean, err
}

// Exact gives the path that p in an address means, as uri.Exact does; it may not be
// empty.
func Exact(p string) (string, error) {
	exact, err := uri.Exact(p)
	if err == nil && exact == "" {
		return "", uri.Empty()
	}
	return exact, err
}

// Folder gives the path of the folder that a root names; false when the root
// lies elsewhere: in a bucket, in a folder of the client's own, or at a host
// that the root names, which only the client can tell from this one.
func Folder(root string) (string, bool) {
	u := uri.Parse(root)
	if u.Scheme != scheme || u.Host != "" {
		return "", false
	}
	folder, err := uri.Clean(strings.Trim(u.Path, "/"))
	return folder, err == nil
}

// Below gives the path of p below a root; p may be "" for the root itself.
// fault.Invalid for a path that leads out and for a root that lies elsewhere.
func Below(root, p string) (string, error) {
	inner, err := uri.Clean(p)
	if err != nil {
		return "", err
	}
	folder, ok := Folder(root)
	if !ok {
		return "", fault.WithHint(fault.New(fault.Invalid, "The artifacts lie at %s, which tacit does not read for others.", root),
			"read them there, or make the experiment without an artifact location of its own")
	}
	return path.Join(folder, inner), nil
}

// URN names a file or folder.
func URN(p string) urn.URN { return urn.New("artifact", strings.Split(p, "/")...) }

// Owner names the run or logged model whose root p is or lies below, else the
// experiment whose root it lies below; the zero URN when it lies below none. An experiment's location may be a folder
// at any depth, and none lies below the root of a run or a model: the first root
// of a path is the one it lies below.
func Owner(p string) urn.URN {
	if owner, _ := Rooted(p); !owner.IsZero() {
		return owner
	}
	if first, _, deep := strings.Cut(p, "/"); deep && strings.Trim(first, "0123456789") == "" {
		return urn.New("experiment", first)
	}
	return urn.URN{}
}

// Rooted names the run or logged model whose root p is or lies below, with the path
// below that root; the zero URN when it lies below none of either.
func Rooted(p string) (owner urn.URN, below string) {
	parts := strings.Split(p, "/")
	for i := 1; i < len(parts); i++ {
		id, model := strings.CutPrefix(parts[i-1], "m-")
		if parts[i] != "artifacts" || !isID(id) {
			continue
		}
		if !model {
			return urn.New("run", id), path.Join(parts[i+1:]...)
		}
		if i > 1 && parts[i-2] == "models" {
			return urn.New("logged-model", parts[i-1]), path.Join(parts[i+1:]...)
		}
	}
	return urn.URN{}, ""
}

// Touched are the names of a file at a path below the root of its owner: the
// owner's, and the file's own where the root lies here. What somebody may do with
// it is decided by both.
func Touched(owner urn.URN, root, p string) []urn.URN {
	if at, err := Below(root, p); err == nil && at != "" {
		return []urn.URN{owner, URN(at)}
	}
	return []urn.URN{owner}
}

// isID reports whether s has the form of a run's id, and a logged model's behind
// its "m-".
func isID(s string) bool { return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == "" }
