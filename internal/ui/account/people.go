package account

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// all is what the page of people shows.
type all struct {
	Users, Services []access.Principal
	Workspace       string
	Made            made
	Wrong           wrong
}

func (p *Pages) people(w http.ResponseWriter, r *http.Request, _ any) error {
	return p.showPeople(w, r, all{})
}

// showPeople answers with the page of people, a with what was just made or wrong.
func (p *Pages) showPeople(w http.ResponseWriter, r *http.Request, a all) (err error) {
	ctx := r.Context()
	a.Workspace = caller.Workspace(ctx)
	if a.Users, err = p.listed(ctx, access.KindUser); err != nil {
		return err
	}
	if a.Services, err = p.listed(ctx, access.KindService); err != nil {
		return err
	}
	return p.Site.Serve(w, r, kit.Page{Title: "People", Here: people, Status: a.Wrong.status()}, peopleBody(a))
}

// listed are the principals of a kind that the caller may see; none where the
// caller may see none.
func (p *Pages) listed(ctx context.Context, kind access.Kind) ([]access.Principal, error) {
	_, err := p.Access.Visible(ctx, string(kind)+".list")
	if fault.Is(err, fault.Denied) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p.Accounts.Principals(ctx, kind)
}

// wherever is the workspace in which a role of a form is to hold.
func wherever(ctx context.Context, form url.Values) string {
	if everywhere(form) {
		return roles.Everywhere
	}
	return caller.Workspace(ctx)
}

func (p *Pages) createUser(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	name, role := strings.TrimSpace(form.Get("name")), roles.Role(form.Get("role"))
	if form.Get("password") == "" {
		user, secret, err := p.Accounts.CreateInvited(ctx, name, wherever(ctx, form), role)
		if err == nil {
			return p.showPeople(w, r, all{Made: made{"Invitation of " + user.Name + ", works once, within a day", link(ctx, secret)}})
		}
		return p.afterwards(w, r, "user", err)
	}
	_, err := p.Accounts.CreateUser(ctx, name, form.Get("password"), wherever(ctx, form), role)
	return p.afterwards(w, r, "user", err)
}

func (p *Pages) createService(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	service, secret, err := p.Accounts.CreateService(ctx, strings.TrimSpace(form.Get("name")), wherever(ctx, form), roles.Role(form.Get("role")))
	if err == nil {
		return p.showPeople(w, r, all{Made: made{"Secret of the service " + service.Name, secret}})
	}
	return p.afterwards(w, r, "service", err)
}

// rotateSecret makes another secret of a service and shows it, once.
func (p *Pages) rotateSecret(w http.ResponseWriter, r *http.Request, message any) error {
	name := r.PathValue("name")
	keep, err := time.ParseDuration(message.(url.Values).Get("keep"))
	if err != nil {
		return p.afterwards(w, r, "service", fault.WithHint(fault.New(fault.Invalid, "It is not said how long the secret before holds."), "choose it beside the button"))
	}
	secret, until, err := p.Accounts.RotateSecret(r.Context(), name, keep)
	if err != nil {
		return p.afterwards(w, r, "service", err)
	}
	before := "the one before has ended"
	if !until.IsZero() {
		before = "the one before holds until " + until.Format("2 January 2006, 15:04 MST")
	}
	return p.showPeople(w, r, all{Made: made{"New secret of the service " + name + "; " + before, secret}})
}

func (p *Pages) setRole(kind access.Kind) func(http.ResponseWriter, *http.Request, any) error {
	return func(w http.ResponseWriter, r *http.Request, message any) error {
		ctx, form := r.Context(), message.(url.Values)
		err := p.Accounts.SetRole(ctx, named(r, kind), wherever(ctx, form), roles.Role(form.Get("role")))
		return p.afterwards(w, r, "user", err)
	}
}

func (p *Pages) setDisabled(kind access.Kind) func(http.ResponseWriter, *http.Request, any) error {
	return func(w http.ResponseWriter, r *http.Request, message any) error {
		err := p.Accounts.SetDisabled(r.Context(), named(r, kind), message.(url.Values).Get("disabled") == "1")
		return p.afterwards(w, r, "user", err)
	}
}

func (p *Pages) signOutUser(w http.ResponseWriter, r *http.Request, _ any) error {
	return p.afterwards(w, r, "user", p.Sessions.SignOutEverywhere(r.Context(), named(r, access.KindUser)))
}

// afterwards shows the page again after a change: by a redirect when it was made,
// else with what was wrong above the form.
func (p *Pages) afterwards(w http.ResponseWriter, r *http.Request, form string, err error) error {
	if err == nil {
		return back(w, r, "people")
	}
	bad, err := refusal(form, err)
	if err != nil {
		return err
	}
	return p.showPeople(w, r, all{Wrong: bad})
}

// roleWords are the roles a form offers, the least first.
func roleWords() []roles.Role {
	return []roles.Role{roles.Viewer, roles.Contributor, roles.Maintainer, roles.Admin}
}

// browser is what a person calls a browser by what it says of itself; "" where
// it cannot be told.
func browser(client string) string {
	name := firstOf(client, [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	on := firstOf(client, [][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	if name == "" || on == "" {
		return name
	}
	return name + " on " + on
}

// firstOf is the word of the first mark that a text has.
func firstOf(text string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(text, m[0]) {
			return m[1]
		}
	}
	return ""
}

// sessionName is what a person calls a session.
func sessionName(s access.Session) string {
	switch name := browser(s.Client); {
	case !s.Browser:
		return "A program, by OAuth 2"
	case name != "":
		return name
	case s.Client != "":
		return s.Client
	}
	return "A browser"
}
