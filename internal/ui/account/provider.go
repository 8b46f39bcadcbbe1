package account

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/openid"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// Cookies beside the session's: the flow that a browser is on, and the name of
// the provider by which its session began.
const (
	flowCookie     = "tacit_flow"
	providerCookie = "tacit_provider"
)

// Providers are who else proves people's identity.
type Providers interface {
	All() []access.Provider
	Named(name string) (access.Provider, error)
	Begin(ctx context.Context, p access.Provider, f openid.Flow, redirect string) (address string, err error)
	Finish(ctx context.Context, p access.Provider, f openid.Flow, redirect, code string) (access.Identity, error)
	EndSession(ctx context.Context, p access.Provider, back string) (address string, err error)
}

func (p *Pages) providerRoutes() []route.Route {
	return []route.Route{
		{Method: "GET", Pattern: "/sign-in/with/{provider}", Public: true, Serve: p.begin},
		{Method: "GET", Pattern: "/sign-in/from/{provider}", Public: true, Serve: p.answer},
		{Method: "GET", Pattern: "/sign-in/leave/{provider}", Public: true, Serve: p.endAtProvider},
	}
}

// redirect is the address to which a provider sends people back: always the same,
// since the provider knows it.
func redirect(ctx context.Context, provider string) string {
	m := route.MountOf(ctx)
	return m.Public + m.Prefix + "/sign-in/from/" + provider
}

// begin leads to a provider. What binds the way to this browser stays with it.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx, then := r.Context(), r.URL.Query().Get("then")
	provider, err := p.Providers.Named(r.PathValue("provider"))
	if err != nil {
		return err
	}
	if !kit.Local(then) {
		then = ""
	}
	flow := openid.NewFlow(provider.Name, then, p.Now(), p.Random)
	address, err := p.Providers.Begin(ctx, provider, flow, redirect(ctx, provider.Name))
	if err != nil {
		return p.unproved(w, r, then, err)
	}
	http.SetCookie(w, route.Cookie(ctx, flowCookie, flow.String(), access.AnswerTime))
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// answer takes whom a provider sends back: only in the browser that was sent, in
// time, and once.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx, q := r.Context(), r.URL.Query()
	provider, err := p.Providers.Named(r.PathValue("provider"))
	if err != nil {
		return err
	}
	flow, ok := openid.ParseFlow(route.CookieOf(r, flowCookie))
	http.SetCookie(w, route.Cookie(ctx, flowCookie, "", 0))
	if !ok || flow.Provider != provider.Name || !flow.Answers(q.Get("state"), p.Now()) {
		return p.unproved(w, r, "", fault.New(fault.Unauthenticated, "This answer of %s is for another browser, or came too late. Sign in again.", provider.Title))
	}
	if code := q.Get("error"); code != "" {
		return p.unproved(w, r, flow.Then, fault.New(fault.Unauthenticated, "%s let nobody in: %s.", provider.Title, code))
	}
	identity, err := p.Providers.Finish(ctx, provider, flow, redirect(ctx, provider.Name), q.Get("code"))
	if err != nil {
		return p.unproved(w, r, flow.Then, err)
	}
	who, value, err := p.Sessions.SignInIdentity(ctx, identity, route.Session(r))
	if err != nil {
		return p.unproved(w, r, flow.Then, err)
	}
	http.SetCookie(w, route.Cookie(ctx, providerCookie, provider.Name, access.BrowserTime))
	return p.enter(w, r, who, value, flow.Then)
}

// unproved shows the sign-in page again, with why a provider's way led to nothing.
func (p *Pages) unproved(w http.ResponseWriter, r *http.Request, then string, err error) error {
	status := map[fault.Kind]int{
		fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
		fault.Conflict: http.StatusConflict, fault.Unavailable: http.StatusServiceUnavailable,
	}[fault.KindOf(err)]
	if status == 0 {
		return err
	}
	p.Log.Warn("a sign-in by a provider failed", "provider", r.PathValue("provider"), "error", err)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tacit"`)
	}
	text := fault.Sentence(err)
	if hint := fault.HintOf(err); hint != "" {
		text += " " + kit.Sentence(hint)
	}
	return p.showSignIn(w, r, signInForm{Then: then, Failed: text}, status)
}

// forgetProvider has the browser forget by whom its session began, and gives the
// name, "" for none.
func forgetProvider(w http.ResponseWriter, r *http.Request) string {
	name := route.CookieOf(r, providerCookie)
	if name != "" {
		http.SetCookie(w, route.Cookie(r.Context(), providerCookie, "", 0))
	}
	return name
}

// endAtProvider leads to where the provider ends its own session.
func (p *Pages) endAtProvider(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	provider, err := p.Providers.Named(r.PathValue("provider"))
	if err != nil {
		return err
	}
	m := route.MountOf(ctx)
	address, err := p.Providers.EndSession(ctx, provider, m.Public+m.Prefix+"/sign-in")
	if err != nil {
		return err
	}
	if address == "" {
		address = kit.With(kit.To(ctx, "sign-in"), url.Values{"told": {"stays"}})
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// titleOf is what people call a provider; "" for what is none.
func (p *Pages) titleOf(name string) string {
	provider, err := p.Providers.Named(name)
	if err != nil || strings.TrimSpace(name) == "" {
		return ""
	}
	return provider.Title
}
