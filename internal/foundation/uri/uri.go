// Package uri takes apart the addresses that clients name files by, and the
// paths below them.
//
// Words. A root is the address of a folder: s3://bucket/runs,
// mlflow-artifacts:/1, /srv/runs. Parse never fails: clients write names with
// spaces and signs that no strict parser takes, and what an address means is
// what Python's urllib makes of it. Clean says what a path below a root means,
// or that it means none.
//
// It opens nothing and resolves no host.
package uri

import (
	"slices"
	"strings"
)

// URI is the parts of an address.
type URI struct {
	Scheme   string // in lower case, "" for a path
	Host     string // as written, with user and port; "" for none
	Path     string
	Params   string // behind the last segment's ';', of the schemes that have any
	Query    string
	Fragment string
}

// parameterised are the schemes, of those that name artifacts, whose last
// segment may have parameters.
var parameterised = []string{"", "ftp", "hdfs", "http", "https", "sftp"}

// addressed are the schemes by which a server would have to connect to a host
// that a client chose.
var addressed = []string{"abfss", "b2", "ftp", "hdfs", "http", "https", "mlflow-artifacts", "r2", "sftp", "viewfs"}

// Parse takes s apart.
func Parse(s string) URI {
	var u URI
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	if scheme, after, ok := strings.Cut(s, ":"); ok && plainScheme(scheme) {
		u.Scheme, s = strings.ToLower(scheme), after
	}
	if after, ok := strings.CutPrefix(s, "//"); ok {
		end := strings.IndexAny(after, "/?#")
		if end < 0 {
			end = len(after)
		}
		u.Host, s = after[:end], after[end:]
	}
	s, u.Fragment, _ = strings.Cut(s, "#")
	u.Path, u.Query, _ = strings.Cut(s, "?")
	if slices.Contains(parameterised, u.Scheme) {
		last := strings.LastIndexByte(u.Path, '/') + 1
		if at := strings.IndexByte(u.Path[last:], ';'); at >= 0 {
			u.Path, u.Params = u.Path[:last+at], u.Path[last+at+1:]
		}
	}
	return u
}

// plainScheme reports whether s may be a scheme.
func plainScheme(s string) bool {
	for i, c := range s {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return s != ""
}

// Local reports whether the address is a path on a machine: /tmp/model,
// file:/tmp/model, C:\model.
func (u URI) Local() bool { return u.Scheme == "" || u.Scheme == "file" || len(u.Scheme) == 1 }

// Addressed reports whether a server that reads there would have to connect to
// a host that the address names.
func (u URI) Addressed() bool {
	return slices.Contains(addressed, u.Scheme) && (u.Scheme != "mlflow-artifacts" || u.Host != "")
}

// Segments are the decoded segments of the path, without empty ones.
func (u URI) Segments() []string {
	var all []string
	for part := range strings.SplitSeq(u.Path, "/") {
		if part != "" {
			all = append(all, Decode(part))
		}
	}
	return all
}

// Join names what lies at path below a root; a query stays at the end. What
// has no scheme is a path, question marks and all.
func Join(root, path string) string {
	place, query, asks := root, "", false
	if Parse(root).Scheme != "" {
		place, query, asks = strings.Cut(root, "?")
	}
	if !strings.HasSuffix(place, ":") {
		place = strings.TrimRight(place, "/") + "/"
	}
	if place += path; asks {
		place += "?" + query
	}
	return place
}
