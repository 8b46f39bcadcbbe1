package account

import (
	"context"
	"net/http"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// leaving is what the page shows that asks before a user or a service is deleted:
// what goes with it.
type leaving struct {
	access.Principal
	Sessions, Tokens int
}

// leavingPage asks before a user or a service is deleted.
func (p *Pages) leavingPage(kind access.Kind) func(http.ResponseWriter, *http.Request, any) error {
	return func(w http.ResponseWriter, r *http.Request, _ any) (err error) {
		ctx, of := r.Context(), named(r, kind)
		if err := another(ctx, of); err != nil {
			return err
		}
		var l leaving
		if l.Principal, err = p.Accounts.Account(ctx, of); err != nil {
			return err
		}
		sessions, err := p.Sessions.Sessions(ctx, of)
		if err != nil {
			return err
		}
		tokens, err := p.Accounts.Tokens(ctx, of)
		if err != nil {
			return err
		}
		l.Sessions, l.Tokens = len(sessions), len(tokens)
		crumbs := []kit.Crumb{{Name: "People", Href: kit.To(ctx, "people")}, {Name: l.called(), Href: l.href(ctx)}}
		return p.Site.Serve(w, r, kit.Page{Title: "Delete " + l.Name, Here: people, Crumbs: crumbs}, leavingBody(l))
	}
}

// delete deletes another user or service than who asks.
func (p *Pages) delete(kind access.Kind) func(http.ResponseWriter, *http.Request, any) error {
	return func(w http.ResponseWriter, r *http.Request, _ any) error {
		of := named(r, kind)
		err := another(r.Context(), of)
		if err == nil {
			err = p.Accounts.Delete(r.Context(), of)
		}
		return p.afterwards(w, r, string(kind), err)
	}
}

// href is the address of the page.
func (l leaving) href(ctx context.Context) string {
	return kit.To(ctx, "people", string(l.Kind)+"s", l.Name, "delete")
}

// another refuses who would end, as a slip, what they sign in by.
func another(ctx context.Context, of urn.URN) error {
	if asks(ctx, of) {
		return fault.WithHint(fault.New(fault.Invalid, "Users and services cannot delete their own account."), "ask another administrator")
	}
	return nil
}

// asks reports whether somebody is who asks for the page.
func asks(ctx context.Context, who urn.URN) bool {
	return who.String() == caller.From(ctx).Actor.String()
}

// entries are the ways to sign in that end.
func (l leaving) entries() string {
	text := "the password; links to providers and an invitation, where there are any"
	if l.Kind == access.KindService {
		text = "the secret, and the one before while that holds"
	}
	if l.Tokens > 0 {
		text = format.Counted(int64(l.Tokens), "personal access token") + ", " + text
	}
	if l.Sessions > 0 {
		text = format.Counted(int64(l.Sessions), "session") + ", " + text
	}
	return text
}

// called is the name as a button has room for it.
func (l leaving) called() string { return format.Shorten(l.Name, 24) }
