package account

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// invitation is what the page of an invitation shows.
type invitation struct {
	Host   string
	Secret string
	Name   string // whom it is for, or as it was typed
	First  bool   // it is the first administrator's, who chooses a name
	Wrong  string // why the last try failed, "" when there was none
}

func (p *Pages) welcomePage(w http.ResponseWriter, r *http.Request, _ any) error {
	return p.showInvitation(w, r, invitation{Secret: r.URL.Query().Get("token")}, http.StatusOK)
}

// showInvitation answers with the page of an invitation that holds. Looking at it
// uses nothing up.
func (p *Pages) showInvitation(w http.ResponseWriter, r *http.Request, i invitation, status int) error {
	name, err := p.Sessions.Invited(r.Context(), i.Secret)
	if fault.Is(err, fault.Unauthenticated) {
		return p.Site.Serve(w, r, kit.Page{Title: "Invitation", Bare: true, Status: http.StatusNotFound}, noInvitationBody(fault.Sentence(err)+" "+kit.Sentence(fault.HintOf(err))))
	}
	if err != nil {
		return err
	}
	if i.First = name == ""; !i.First {
		i.Name = name
	}
	_, i.Host, _ = strings.Cut(route.MountOf(r.Context()).Public, "://")
	return p.Site.Serve(w, r, kit.Page{Title: "Welcome", Bare: true, Status: status}, invitationBody(i))
}

// accept sets the password, and signs in.
func (p *Pages) accept(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	i := invitation{Secret: form.Get("token"), Name: strings.TrimSpace(form.Get("name"))}
	if form.Get("new") != form.Get("again") {
		i.Wrong = "The password was not typed the same way twice."
		return p.showInvitation(w, r, i, http.StatusBadRequest)
	}
	who, value, err := p.Sessions.Accept(ctx, i.Secret, i.Name, form.Get("new"), route.Session(r))
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		return p.showInvitation(w, r, i, http.StatusOK)
	case fault.Invalid, fault.Exists:
		bad, _ := refusal("", err)
		i.Wrong = bad.Text
		return p.showInvitation(w, r, i, http.StatusBadRequest)
	}
	if err != nil {
		return err
	}
	return p.enter(w, r, who, value, "")
}

// invite makes a link for a user who is there, and shows it this once.
func (p *Pages) invite(w http.ResponseWriter, r *http.Request, _ any) error {
	secret, err := p.Accounts.Invite(r.Context(), r.PathValue("name"))
	if err != nil {
		return p.afterwards(w, r, "user", err)
	}
	return p.showPeople(w, r, all{Made: made{"Invitation of " + r.PathValue("name") + ", works once, within a day", link(r.Context(), secret)}})
}

// link is the address of an invitation, as people reach it.
func link(ctx context.Context, secret string) string {
	m := route.MountOf(ctx)
	return m.Public + m.Prefix + welcome + "?token=" + secret
}
