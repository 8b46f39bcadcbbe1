package account

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// people is the navigation's item of the page of users and services.
const people = "/people"

// welcome is where the link of an invitation leads.
const welcome = "/welcome"

// Pages are the pages of the wing.
type Pages struct {
	Site      *kit.Site
	Sessions  Sessions
	Accounts  Accounts
	Providers Providers
	Access    Visibility
	Now       func() time.Time
	Random    func(int) []byte // so many random bytes
	Log       *slog.Logger
}

// Item is the line of the navigation for users and services.
func Item() kit.Item { return kit.Item{Name: "People", Icon: kit.IconPerson, Path: people, Key: "p"} }

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	user, service := principal(access.KindUser), principal(access.KindService)
	return append(p.providerRoutes(), []route.Route{
		{Method: "GET", Pattern: "/sign-in", Public: true, Serve: p.signInPage},
		{Method: "POST", Pattern: "/sign-in", Public: true, Decode: kit.DecodeForm, Serve: p.signIn},
		{Method: "GET", Pattern: welcome, Public: true, Serve: p.welcomePage},
		{Method: "POST", Pattern: welcome, Public: true, Decode: kit.DecodeForm, Serve: p.accept},
		{Method: "POST", Pattern: "/sign-out", Action: "session.end", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.signOut},

		{Method: "GET", Pattern: "/account", Action: "session.read", Own: true, Objects: self, Serve: p.account},
		{Method: "POST", Pattern: "/account/sessions/end", Action: "session.end", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.endSession},
		{Method: "POST", Pattern: "/account/sessions/end-all", Action: "session.end", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.endAll},
		{Method: "POST", Pattern: "/account/password", Action: "password.update", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.setPassword},
		{Method: "POST", Pattern: "/account/tokens", Action: "token.create", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.createToken},
		{Method: "POST", Pattern: "/account/tokens/revoke", Action: "token.revoke", Own: true, Decode: kit.DecodeForm, Objects: self, Serve: p.revokeToken},

		{Method: "GET", Pattern: people, Action: "user.list", Scope: route.Listed, Serve: p.people},
		{Method: "POST", Pattern: "/people/users", Action: "user.create", Scope: route.Whole, Decode: kit.DecodeForm, Serve: p.createUser},
		{Method: "POST", Pattern: "/people/users/{name}/role", Action: "role.update", Decode: kit.DecodeForm, Objects: withRole(user), Serve: p.setRole(access.KindUser)},
		{Method: "POST", Pattern: "/people/users/{name}/disabled", Action: "user.update", Decode: kit.DecodeForm, Objects: user, Serve: p.setDisabled(access.KindUser)},
		{Method: "POST", Pattern: "/people/users/{name}/invitation", Action: "user.update", Decode: kit.DecodeForm, Objects: user, Serve: p.invite},
		{Method: "GET", Pattern: "/people/users/{name}/delete", Action: "user.delete", Objects: user, Serve: p.leavingPage(access.KindUser)},
		{Method: "POST", Pattern: "/people/users/{name}/delete", Action: "user.delete", Decode: kit.DecodeForm, Objects: user, Serve: p.delete(access.KindUser)},
		{Method: "POST", Pattern: "/people/users/{name}/sign-out", Action: "session.end", Decode: kit.DecodeForm, Objects: user, Serve: p.signOutUser},
		{Method: "POST", Pattern: "/people/services", Action: "service.create", Scope: route.Whole, Decode: kit.DecodeForm, Serve: p.createService},
		{Method: "POST", Pattern: "/people/services/{name}/role", Action: "role.update", Decode: kit.DecodeForm, Objects: withRole(service), Serve: p.setRole(access.KindService)},
		{Method: "POST", Pattern: "/people/services/{name}/secret", Action: "service.update", Decode: kit.DecodeForm, Objects: service, Serve: p.rotateSecret},
		{Method: "POST", Pattern: "/people/services/{name}/disabled", Action: "service.update", Decode: kit.DecodeForm, Objects: service, Serve: p.setDisabled(access.KindService)},
		{Method: "GET", Pattern: "/people/services/{name}/delete", Action: "service.delete", Objects: service, Serve: p.leavingPage(access.KindService)},
		{Method: "POST", Pattern: "/people/services/{name}/delete", Action: "service.delete", Decode: kit.DecodeForm, Objects: service, Serve: p.delete(access.KindService)},
	}...)
}

// self is who asks.
func self(r *http.Request, _ any) []route.Object { return route.On(caller.From(r.Context()).Actor) }

// principal is whom the path names.
func principal(kind access.Kind) func(*http.Request, any) []route.Object {
	return func(r *http.Request, _ any) []route.Object { return route.On(named(r, kind)) }
}

func named(r *http.Request, kind access.Kind) urn.URN {
	return urn.New(string(kind), r.PathValue("name"))
}

// withRole asks for the installation as well where a role is to hold in all
// workspaces.
func withRole(of func(*http.Request, any) []route.Object) func(*http.Request, any) []route.Object {
	return func(r *http.Request, m any) []route.Object {
		all := of(r, m)
		if everywhere(m.(url.Values)) {
			all = append(all, route.For("installation.update", urn.URN{}))
		}
		return all
	}
}

func everywhere(form url.Values) bool { return form.Get("where") == roles.Everywhere }

// wrong is what was wrong with a form, told where it was sent from.
type wrong struct {
	Form string // which one
	Text string // "" when nothing is wrong
}

// refusal makes an error that a person can mend a word on the page; others stay
// what they are.
func refusal(form string, err error) (wrong, error) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Exists, fault.Denied, fault.NotFound, fault.Limit:
		text := fault.Sentence(err)
		if hint := fault.HintOf(err); hint != "" {
			text += " " + kit.Sentence(hint)
		}
		return wrong{form, text}, nil
	}
	return wrong{}, err
}

// status is that of a page that tells what was wrong.
func (w wrong) status() int {
	if w.Text == "" {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// back leads to a page again after a change, so that reloading repeats nothing.
func back(w http.ResponseWriter, r *http.Request, segments ...string) error {
	http.Redirect(w, r, kit.To(r.Context(), segments...), http.StatusSeeOther)
	return nil
}
