package govern

import (
	"net/http"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// herePolicies is the navigation's item of the page of policies.
const herePolicies = "/policies"

// PoliciesItem is the line of the navigation for what is allowed.
func PoliciesItem() kit.Item {
	return kit.Item{Name: "Policies", Icon: kit.IconLock, Path: herePolicies}
}

// allowed is what the page of policies shows.
type allowed struct {
	Path                string
	Who, Action, Object string // the question, as it was typed
	Wrong               string // what cannot be answered, "" when all can
	Asked               bool
	Verdict             access.Explanation
	Policies            []policy.Policy
}

// explained asks for more where the page is to explain what somebody may do.
func explained(r *http.Request, _ any) []route.Object {
	if asksWho(r) == "" {
		return nil
	}
	return []route.Object{{}, route.For("policy.explain", urn.URN{})}
}

func asksWho(r *http.Request) string { return strings.TrimSpace(r.URL.Query().Get("who")) }

func (p *Pages) policies(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx, q := r.Context(), r.URL.Query()
	v := allowed{
		Path: kit.To(ctx, "policies"), Who: asksWho(r), Action: strings.TrimSpace(q.Get("action")), Object: strings.TrimSpace(q.Get("object")),
		Policies: p.Decisions.Policies(),
	}
	status := http.StatusOK
	if v.Who != "" {
		var err error
		v.Verdict, err = p.explain(r, v)
		switch v.Asked = err == nil; {
		case fault.Is(err, fault.NotFound):
			v.Wrong, status = fault.Sentence(err), http.StatusNotFound
		case fault.Is(err, fault.Invalid):
			v.Wrong, status = fault.Sentence(err), http.StatusBadRequest
		case err != nil:
			return err
		}
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Policies", Here: herePolicies, Status: status}, policiesBody(v))
}

func (p *Pages) explain(r *http.Request, v allowed) (access.Explanation, error) {
	kind, name := string(access.KindUser), strings.TrimPrefix(v.Who, "user/")
	if service, ok := strings.CutPrefix(v.Who, "service/"); ok {
		kind, name = string(access.KindService), service
	}
	var object urn.URN
	if v.Object != "" {
		var err error
		if object, err = urn.Parse(v.Object); err != nil {
			return access.Explanation{}, fault.Because(err, fault.Invalid, "An object is a URN, as in tacit:experiment/1 or tacit:model/churn.")
		}
	}
	return p.Decisions.Explain(r.Context(), urn.New(kind, name), v.Action, object)
}

func effect(p policy.Policy) string {
	if p.Forbids {
		return "forbids"
	}
	return "permits"
}

// remedy is what would be needed, "" where it is allowed. The notice ends it.
func (v allowed) remedy() string { return strings.TrimSuffix(v.Verdict.Needed, ".") }

func (v allowed) sentence() string {
	if !v.Verdict.There {
		return "There is no " + v.Verdict.Object.String() + " here. " + v.verdict() + " That is said of what would be so named."
	}
	return v.verdict()
}

func (v allowed) verdict() string {
	if v.Verdict.Allowed {
		return "Allowed. " + v.Verdict.Why
	}
	return "Denied. " + v.Verdict.Why
}
