package room

import (
	"context"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

// MovedPrefix begins the names of the folders that files of moved workspaces get.
const MovedPrefix = "moved-"

// Move is a workspace whose contents become another's, in one transaction. Each
// room moves what it keeps.
type Move struct {
	From, To string
	// Folder is that of To's files in which those of From lie from then on.
	Folder string
	// Experiments are those of From by their number, with the number in To.
	Experiments map[string]string
}

// filesScheme is the scheme of addresses of files that tacit keeps.
const filesScheme = "mlflow-artifacts"

// Address is what an address of From's files is in To; one of others stays.
func (m *Move) Address(address string) string {
	u := uri.Parse(address)
	if u.Scheme != filesScheme || u.Host != "" {
		return address
	}
	moved := filesScheme + ":/" + path.Join(m.Folder, strings.Trim(u.Path, "/"))
	if u.Query != "" {
		moved += "?" + u.Query
	}
	return moved
}

// There has the caller of ctx act in To.
func (m *Move) There(ctx context.Context) context.Context {
	c := caller.From(ctx)
	c.Workspace = m.To
	return caller.With(ctx, c)
}
