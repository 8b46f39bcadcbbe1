package account

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// own is what the page of one's account shows.
type own struct {
	access.Principal
	Known    bool // else the local user, who has no account
	Sessions []access.Session
	Tokens   []tokenLine
	Made     made
	Wrong    wrong
}

// made is a secret that was made a moment ago, shown this once.
type made struct{ Of, Secret string }

// tokenLine is a token with its state in words.
type tokenLine struct {
	access.Token
	State string
	Tone  kit.Tone
}

func (p *Pages) account(w http.ResponseWriter, r *http.Request, _ any) error {
	return p.show(w, r, own{})
}

// show answers with the page of one's account, o with what was just made or
// wrong.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, o own) error {
	ctx := r.Context()
	me := caller.From(ctx).Actor
	var err error
	switch o.Principal, err = p.Accounts.Account(ctx, me); {
	case fault.Is(err, fault.NotFound):
		o.Name = me.Name()
	case err != nil:
		return err
	default:
		o.Known = true
		if o.Sessions, err = p.Sessions.Sessions(ctx, me); err != nil {
			return err
		}
		tokens, err := p.Accounts.Tokens(ctx, me)
		if err != nil {
			return err
		}
		o.Tokens = p.lines(tokens)
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Account", Status: o.Wrong.status()}, ownBody(o))
}

// lines are tokens with their states, those in use first.
func (p *Pages) lines(tokens []access.Token) []tokenLine {
	var inUse, over []tokenLine
	for _, t := range tokens {
		switch {
		case !t.Revoked.IsZero():
			over = append(over, tokenLine{t, "revoked", kit.Idle})
		case !t.Expires.IsZero() && !t.Expires.After(p.Now()):
			over = append(over, tokenLine{t, "expired", kit.Idle})
		default:
			inUse = append(inUse, tokenLine{t, "in use", kit.Good})
		}
	}
	return append(inUse, over...)
}

func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, message any) error {
	ctx := r.Context()
	err := p.Sessions.EndSession(ctx, caller.From(ctx).Actor, message.(url.Values).Get("session"))
	if err != nil && !fault.Is(err, fault.NotFound) { // it has ended meanwhile, as was wanted
		return err
	}
	return back(w, r, "account")
}

func (p *Pages) endAll(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	if err := p.Sessions.SignOutEverywhere(ctx, caller.From(ctx).Actor); err != nil {
		return err
	}
	return p.leave(w, r, "everywhere")
}

func (p *Pages) setPassword(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	if form.Get("new") != form.Get("again") {
		return p.show(w, r, own{Wrong: wrong{"password", "The new password was not typed the same way twice."}})
	}
	err := p.Accounts.SetPassword(ctx, caller.From(ctx).Actor.Name(), form.Get("old"), form.Get("new"))
	if err == nil {
		return p.leave(w, r, "password")
	}
	bad, err := refusal("password", err)
	if err != nil {
		return err
	}
	return p.show(w, r, own{Wrong: bad})
}

func (p *Pages) createToken(w http.ResponseWriter, r *http.Request, message any) error {
	ctx, form := r.Context(), message.(url.Values)
	scope, err := roles.ParseScope(form.Get("scope"))
	var expires time.Time
	if err == nil {
		expires, err = p.expiry(form.Get("days"))
	}
	var token access.Token
	var secret string
	if err == nil {
		token, secret, err = p.Accounts.CreateToken(ctx, caller.From(ctx).Actor, strings.TrimSpace(form.Get("name")), scope, expires)
	}
	if err == nil {
		return p.show(w, r, own{Made: made{token.Name, secret}})
	}
	bad, err := refusal("token", err)
	if err != nil {
		return err
	}
	return p.show(w, r, own{Wrong: bad})
}

// mostDays is how long a page lets a token hold: ten years.
const mostDays = 3650

// expiry is the moment so many days from now; none is never.
func (p *Pages) expiry(days string) (time.Time, error) {
	if days == "" {
		return time.Time{}, nil
	}
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > mostDays {
		return time.Time{}, fault.New(fault.Invalid, "A token holds for 1 to %d days, or until it is revoked.", mostDays)
	}
	return p.Now().AddDate(0, 0, n), nil
}

func (p *Pages) revokeToken(w http.ResponseWriter, r *http.Request, message any) error {
	ctx := r.Context()
	err := p.Accounts.RevokeToken(ctx, caller.From(ctx).Actor, message.(url.Values).Get("name"))
	if err != nil && !fault.Is(err, fault.NotFound) { // it was revoked meanwhile, as was wanted
		return err
	}
	return back(w, r, "account")
}

// scopeWords is a scope as the pages tell it.
func scopeWords(s roles.Scope) string {
	if len(s) == 0 {
		return "all that you may do"
	}
	return s.String()
}

// where is a workspace as the pages tell it.
func where(workspace string) string {
	if workspace == roles.Everywhere {
		return "all workspaces"
	}
	return workspace
}
