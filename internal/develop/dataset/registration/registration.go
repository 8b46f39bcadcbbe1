// Package registration says where a repository has a data version: at which path, in
// which commit. A client tells it to the tacit that keeps the remote.
//
// It reads no files and speaks to nobody.
package registration

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Registration is that a version is at a path.
type Registration struct {
	MD5        string `json:"md5"`                  // the name of the object, with ".dir" of a listing
	Legacy     bool   `json:"legacy,omitempty"`     // it is an object of DVC 2's layout
	Path       string `json:"path"`                 // from the root of the repository
	Commit     string `json:"commit,omitempty"`     // of git; "" where no commit has it
	Repository string `json:"repository,omitempty"` // the address of git's origin; "" unknown
}

// Bounds of what is registered.
const (
	Most          = 1_000 // registrations in one request
	MaxPath       = 1_024 // bytes
	MaxRepository = 512   // bytes
)

// ID is the name of the object. It is fault.Invalid for what is no registration.
func (r Registration) ID() (object.ID, error) {
	if len(r.Path) > MaxPath || !utf8.ValidString(r.Path) {
		return object.ID{}, fault.New(fault.Invalid, "%.200q is no path that can be registered: it has at most %d bytes, in UTF-8.", r.Path, MaxPath)
	}
	if err := listing.Check([]byte(r.Path)); err != nil {
		return object.ID{}, fault.Because(err, fault.Invalid, "%.200q is no path in a repository.", r.Path)
	}
	if r.Commit != "" && (len(r.Commit) != 40 && len(r.Commit) != 64 || strings.Trim(r.Commit, "0123456789abcdef") != "") {
		return object.ID{}, fault.New(fault.Invalid, "%.80q is no commit: it would be the 40 or 64 hexadecimal digits of one.", r.Commit)
	}
	if !utf8.ValidString(r.Repository) || strings.ContainsRune(r.Repository, 0) {
		return object.ID{}, fault.New(fault.Invalid, "%.200q is no address of a repository.", r.Repository)
	}
	return object.Parse(r.MD5)
}

// Address is the address of a repository without what proves who asks: a password or a
// token in it is nobody's but the person's. "" where that is none of git's URLs and no
// host with a path as ssh takes it, or too long: a path of somebody's machine says
// nothing to others.
func Address(origin string) string {
	if u, err := url.Parse(origin); err == nil && slices.Contains(schemes(), u.Scheme) && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		origin = u.String()
	} else if host, path, found := strings.Cut(origin, ":"); !found || path == "" || strings.HasPrefix(path, "//") || !isHost(host) || strings.ContainsFunc(path, unshown) {
		return ""
	}
	if len(origin) > MaxRepository {
		return ""
	}
	return origin
}

// schemes are those of git's URLs.
func schemes() []string {
	return []string{"https", "http", "ssh", "git", "git+ssh", "ssh+git", "ftps", "ftp"}
}

// isHost says whether a text is a host, with a user before it or with dots in it: what
// has neither may be any word.
func isHost(text string) bool {
	_, host, found := strings.Cut(text, "@")
	if !found {
		host = text
	}
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("._-", c)
	}
	other := func(c rune) bool { return !plain(c) }
	return host != "" && (found || strings.Contains(host, ".")) && !strings.ContainsFunc(strings.Replace(text, "@", "", 1), other)
}

// unshown says whether a letter is one that a person does not see.
func unshown(c rune) bool { return c == ' ' || !unicode.IsGraphic(c) }
