package account

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	Host  string // to which one signs in
	Then  string // where it leads, "" for where the person has a part
	User  string // as it was typed
	Told  string // what happened before, "" for nothing
	Wrong string // why the last try by a password failed, "" when there was none

	Providers []access.Provider
	Failed    string // why the last try by a provider failed, "" when there was none
	Left      string // the provider by which the session began that has ended, "" for none
}

// told are the sentences that the address of the sign-in page may ask for.
func told(word string) string {
	return map[string]string{
		"out":        "You are signed out.",
		"everywhere": "All your sessions have ended. Personal access tokens hold until they are revoked.",
		"stays":      "The provider knows no way out; you are signed in there as before.",
		"password":   "The password is changed, and all sessions have ended. Sign in with the new one.",
	}[word]
}

func (p *Pages) signInPage(w http.ResponseWriter, r *http.Request, _ any) error {
	q := r.URL.Query()
	if !p.Site.SignIn {
		http.Redirect(w, r, kit.BackTo(r, q.Get("then")), http.StatusSeeOther)
		return nil
	}
	f := signInForm{Then: q.Get("then"), Told: told(q.Get("told"))}
	if p.titleOf(q.Get("left")) != "" {
		f.Left = q.Get("left")
	}
	return p.showSignIn(w, r, f, http.StatusOK)
}

func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request, f signInForm, status int) error {
	_, f.Host, _ = strings.Cut(route.MountOf(r.Context()).Public, "://")
	if !kit.Local(f.Then) {
		f.Then = ""
	}
	f.Providers = p.Providers.All()
	return p.Site.Serve(w, r, kit.Page{Title: "Sign in", Bare: true, Status: status}, signInBody(f, p.titleOf(f.Left)))
}

// signIn begins a session. A wrong try shows the page again, with the same words
// whatever was wrong.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	f := signInForm{Then: form.Get("then"), User: strings.TrimSpace(form.Get("username"))}
	value, err := p.Sessions.SignInBrowser(ctx, f.User, form.Get("password"), route.Session(r))
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		f.Wrong = fault.Sentence(err)
		w.Header().Set("WWW-Authenticate", `Bearer realm="tacit"`)
		return p.showSignIn(w, r, f, http.StatusUnauthorized)
	case fault.Limit:
		f.Wrong = fault.Sentence(err) + " Wait " + strconv.Itoa(fault.Seconds(err, 1)) + " s, and try again."
		w.Header().Set("Retry-After", strconv.Itoa(fault.Seconds(err, 1)))
		return p.showSignIn(w, r, f, http.StatusTooManyRequests)
	}
	if err != nil {
		return err
	}
	return p.enter(w, r, urn.New(string(access.KindUser), f.User), value, f.Then)
}

// enter has the browser keep a session that began, and leads where it wanted to
// go, or to where its owner has a part.
func (p *Pages) enter(w http.ResponseWriter, r *http.Request, who urn.URN, value, then string) error {
	route.SetSession(w, r, value, access.BrowserTime)
	if !kit.Local(then) {
		account, err := p.Accounts.Account(r.Context(), who)
		if err != nil {
			return err
		}
		then = home(r, account.Roles)
	}
	http.Redirect(w, r, then, http.StatusSeeOther)
	return nil
}

// home is the first page of somebody who was given roles: this workspace where they
// have a part in it, else the first in which they do, else their account.
func home(r *http.Request, given []access.RoleIn) string {
	ctx, other := r.Context(), ""
	for _, g := range given {
		switch {
		case g.Workspace == roles.Everywhere || g.Workspace == caller.Workspace(ctx):
			return kit.To(ctx)
		case other == "":
			other = route.MountOf(ctx).Prefix + "/w/" + g.Workspace + "/"
		}
	}
	if other == "" {
		return kit.To(ctx, "account")
	}
	return other
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request, _ any) error {
	if err := p.Sessions.SignOut(r.Context(), route.Session(r)); err != nil {
		return err
	}
	return p.leave(w, r, "out")
}

// leave has the browser forget its session.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request, why string) error {
	route.SetSession(w, r, "", 0)
	http.Redirect(w, r, kit.With(kit.To(r.Context(), "sign-in"), url.Values{"told": {why}, "left": {forgetProvider(w, r)}}), http.StatusSeeOther)
	return nil
}
