package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
)

// hidden says of each kind which words of a request name one that is hidden, or
// what lies in it.
var hidden = map[string][]string{
	"experiment":   {"experiment", "title", "run", "logged", "above", "folder", "file", "model-file", "digest", "sum", "event"},
	"run":          {"run", "above", "folder", "file", "digest", "sum", "event"},
	"logged-model": {"logged", "model-file", "event"},
	"model":        {"model", "number", "alias", "event"},
	"version":      {"number", "alias", "event"},
}

// forbids are policies that hide what has the tag "hide", by kind.
var forbids = map[string]string{
	"experiment":   `resource) when { resource has experiment && resource.experiment.hasTag("hide") }`,
	"run":          `resource is Run) when { resource.hasTag("hide") }`,
	"logged-model": `resource is LoggedModel) when { resource.hasTag("hide") }`,
	"model":        `resource) when { resource has model && resource.model.hasTag("hide") }`,
	"version":      `resource is Version) when { resource.hasTag("hide") }`,
}

// names are the words of a request for one thing of each kind.
type names map[string]string

// absent are such words for what nobody has.
var absent = names{
	"experiment": "7300001", "title": "absmark", "run": strings.Repeat("f", 32), "logged": "m-" + strings.Repeat("f", 32), "model": "absmark", "number": "77", "alias": "absmark-alias",
	"above": "7300001/" + strings.Repeat("f", 32), "folder": "7300001/" + strings.Repeat("f", 32) + "/artifacts", "file": "7300001/" + strings.Repeat("f", 32) + "/artifacts/absmark.txt",
	"model-file": "7300001/models/m-" + strings.Repeat("f", 32) + "/artifacts/absmark.txt", "digest": "absmark-digest", "sum": strings.Repeat("f", 64),
	"event": "00000000-0000-4000-8000-000000000000",
}

// with are the names with those of some words in another's place.
func (n names) with(other names, words []string) names {
	all := maps.Clone(n)
	for _, word := range words {
		all[word] = other[word]
	}
	return all
}

// in puts the names into a text, as they stand in an address or a message.
func (n names) in(text string) string {
	for word, name := range n {
		text = strings.ReplaceAll(text, "{"+word+"}", name)
	}
	return text
}

// house is a guarded house with things that mona, a maintainer, may see, and of
// one kind one that she may not.
type house struct {
	guarded
	kind    string
	byGrant bool
	mona    string
	open    names // made anew by each request that spends them
	hid     names
	n       int // things made so far
}

// experiments get numbers that nothing else has.
const numbered = `UPDATE tracking_counter SET last = 8300000`

// conceal opens a house in which one thing of a kind is hidden from mona, by a
// policy or by a grant.
func conceal(t *testing.T, kind string, byGrant bool) *house {
	t.Helper()
	h := &house{guarded: openTicking(t), kind: kind, byGrant: byGrant}
	h.mona = h.user("mona", "maintainer")
	h.made("experiments/create", `{"name":"first"}`)
	if w := h.ask(h.socket, "POST", dvc1+"files/md5/"+emptyVersion[:2]+"/"+emptyVersion[2:], "[]"); w.Code >= 300 {
		t.Fatal(w.Code, w.Body)
	}
	if err := h.Rows.Write(context.Background(), func(tx *rows.Tx) error {
		_, err := tx.Exec(context.Background(), numbered)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// Who may list people may walk from them.
	rules := `@id("p") permit (principal == User::"mona", action == Action::"user.list", resource);`
	if !byGrant {
		rules += `@id("x") forbid (principal == User::"mona", action, ` + forbids[kind] + `;`
	}
	h.ruled(rules)
	h.refresh()
	return h
}

// refresh makes what mona may see anew, and beside it what she may not.
func (h *house) refresh() {
	h.t.Helper()
	h.open = h.make("opnmark", names{})
	h.open["event"] = h.eventOf(h.open)
	h.hid = h.make("hidmark", h.open.with(nil, hidden[h.kind]))
	h.hid["event"] = h.eventOf(h.hid)
	if !h.byGrant {
		return
	}
	grant := grant.Grant{Principal: urn.New("user", "mona"), Kind: h.kind, Object: strings.Join(h.urnOf(h.hid).Path, "/"), Level: grant.NoPermissions}
	ctx := access.Local(caller.With(context.Background(), caller.Local(caller.DefaultWorkspace)))
	if err := h.check.(*access.Service).SetGrant(ctx, grant); err != nil {
		h.t.Fatal(err)
	}
}

// make makes what is not in place yet of an experiment with a run and a logged
// model, each with a file, and a model with a version; mark stands in all of it.
func (h *house) make(mark string, place names) names {
	h.t.Helper()
	h.n++
	n, name := maps.Clone(place), fmt.Sprintf("%s-%d", mark, h.n)
	tags := `"tags":[{"key":"` + name + `","value":"` + name + `"}]`
	if mark == "hidmark" {
		tags = `"tags":[{"key":"hide","value":"` + name + `"}]`
	}
	if n["experiment"] == "" {
		n["title"] = name
		n["experiment"] = h.made("experiments/create", `{"name":"`+name+`",`+tags+`}`, "experiment_id")
	}
	if n["run"] == "" {
		n["run"] = h.made("runs/create", `{"experiment_id":"`+n["experiment"]+`","run_name":"`+name+`",`+tags+`}`, "run", "info", "run_id")
		n["digest"] = name + "-digest"
		h.made("runs/log-batch", `{"run_id":"`+n["run"]+`","metrics":[{"key":"loss","value":1,"timestamp":1,"step":1}],"params":[{"key":"`+name+`","value":"1"}]}`)
		h.made("runs/log-inputs", `{"run_id":"`+n["run"]+`","datasets":[{"tags":[{"key":"tacit.data.md5","value":"`+emptyVersion+`"}],"dataset":{"name":"`+name+`-data","digest":"`+n["digest"]+`","source_type":"s","source":"s"}}]}`)
		n["above"] = n["experiment"] + "/" + n["run"]
		n["folder"] = n["above"] + "/artifacts"
		n["file"] = n["folder"] + "/" + name + ".txt"
		n["sum"] = h.store(n["file"])
	}
	if n["logged"] == "" {
		n["logged"] = h.made("logged-models", `{"experiment_id":"`+n["experiment"]+`","name":"`+name+`","source_run_id":"`+n["run"]+`",`+tags+`}`, "model", "info", "model_id")
		n["model-file"] = n["experiment"] + "/models/" + n["logged"] + "/artifacts/" + name + ".txt"
		h.store(n["model-file"])
	}
	if n["model"] == "" {
		n["model"] = h.made("registered-models/create", `{"name":"`+name+`","description":"`+name+`",`+tags+`}`, "registered_model", "name")
	}
	if n["number"] == "" {
		const suspicious = "ccompany.models\nChurn\n(tR." // there is something to say against it, and it may serve
		h.stored(n["folder"]+"/m/model.pkl", suspicious)
		n["number"] = h.made("model-versions/create", `{"name":"`+n["model"]+`","run_id":"`+n["run"]+`","source":"runs:/`+n["run"]+`/m","description":"`+name+`",`+tags+`}`, "model_version", "version")
		h.made("registered-models/alias", `{"name":"`+n["model"]+`","alias":"`+name+`-alias","version":"`+n["number"]+`"}`)
		n["alias"] = name + "-alias"
	}
	n["mark"] = name
	return n
}

// store stores a file that tells its path, and gives the hash of it.
func (h *house) store(path string) string {
	h.t.Helper()
	h.stored(path, path)
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:])
}

// urnOf names the thing of the house's kind.
func (h *house) urnOf(n names) urn.URN {
	switch h.kind {
	case "logged-model":
		return urn.New("logged-model", n["logged"])
	case "version":
		return urn.New("model", n["model"], n["number"])
	}
	return urn.New(h.kind, n[h.kind])
}

// eventOf is the id of the last event about the thing of the house's kind.
func (h *house) eventOf(n names) string {
	h.t.Helper()
	w := h.ask(h.socket, "GET", "/api/v1/events?limit=1&subject="+url.QueryEscape(h.urnOf(n).String()), "")
	var page struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) == 0 {
		h.t.Fatal(w.Code, w.Body)
	}
	return page.Items[0].ID
}

// texts are what tells of a thing of the house's kind: its id, its mark, and the
// names of what lies in it.
func (h *house) texts(n names) []string {
	all := []string{n["mark"], h.urnOf(n).String()}
	switch h.kind {
	case "experiment":
		all = append(all, n["experiment"], n["run"], n["logged"], n["sum"])
	case "run":
		all = append(all, n["run"], n["sum"])
	case "logged-model":
		all = append(all, n["logged"])
	case "version":
		all = append(all, n["model"]+"/versions/"+n["number"])
	}
	return all
}

// send asks a route as mona. What is asked is a path, its query alone, or the
// message, with the words of what they name in braces.
func (h *house) send(r route.Route, asked string, n names) *httptest.ResponseRecorder {
	h.n++
	path, body := pathOf(r, "1"), asked
	if strings.HasPrefix(asked, "/") || strings.HasPrefix(asked, "?") {
		asked, body, _ = strings.Cut(asked, " ")
		if path += asked; strings.HasPrefix(asked, "/") {
			if path = asked; strings.HasPrefix(r.Pattern, "/ajax-api/") {
				path = strings.Replace(path, "/api/", "/ajax-api/", 1)
			}
		}
	}
	kind := "application/json"
	if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/ajax-api/") {
		kind = "application/x-www-form-urlencoded"
	}
	fresh := fmt.Sprintf("fresh-%d", h.n)
	body = strings.ReplaceAll(n.in(body), "{fresh}", fresh)
	return h.ask(h.door, r.Method, strings.ReplaceAll(n.in(path), "{fresh}", fresh), body, "Authorization", h.mona, "Content-Type", kind)
}

// answered is what an answer says, with Q for the names that were asked for.
func answered(w *httptest.ResponseRecorder, n names, words []string) string {
	text := w.Body.String() + "\n" + w.Header().Get("Location")
	slices.SortFunc(words, func(a, b string) int { return len(n[b]) - len(n[a]) }) // the longest first
	for _, word := range words {
		if strings.Trim(n[word], "0123456789") == "" {
			continue // told says the same of all numbers
		}
		for _, form := range []string{n[word], url.QueryEscape(n[word]), url.PathEscape(n[word])} {
			text = strings.ReplaceAll(text, form, "Q")
		}
	}
	return told(&httptest.ResponseRecorder{Body: bytes.NewBufferString(freshName.ReplaceAllString(text, "fresh"))})
}

var freshName = regexp.MustCompile(`fresh-\d+`)

// walk asks a route the table says.
func (h *house) walk(r route.Route, asks telling, ownGrants bool) {
	at := r.Method + " " + r.Pattern
	for i, asked := range asks.asked {
		asked, closed := strings.CutPrefix(asked, "!")
		var words []string
		for _, word := range hidden[h.kind] {
			if strings.Contains(asked, "{"+word+"}") {
				words = append(words, word)
			}
		}
		if len(words) > 0 {
			h.walkNamed(at, r, asked, words, closed)
		} else {
			w := h.send(r, asked, h.open)
			h.tellsNothing(at+" "+asked, w.Body.String(), ownGrants)
			if i == 0 && slices.Contains(strings.Fields(asks.tells), h.kind) && !h.tells(w.Body.String(), h.open) {
				h.t.Errorf("%s %s does not tell of the open %s: %d %.2000s", at, asked, h.kind, w.Code, w.Body)
			}
		}
		if asks.spends {
			h.refresh()
		}
	}
}

// walkNamed asks a route for the hidden thing, which answers as one that nobody
// has, and then for an open one, which does not.
func (h *house) walkNamed(at string, r route.Route, asked string, words []string, closed bool) {
	kept, none := h.open.with(h.hid, words), h.open.with(absent, words)
	of, without := h.send(r, asked, kept), h.send(r, asked, none)
	ofText, withoutText := answered(of, kept, words), answered(without, none, words)
	if of.Code != without.Code || ofText != withoutText {
		h.t.Errorf("%s %s tells the hidden %s from none: %d and %d\n%s", at, asked, h.kind, of.Code, without.Code, cmp.Diff(withoutText, ofText))
	}
	text := of.Body.String()
	for _, word := range words {
		text = strings.ReplaceAll(text, h.hid[word], "")
	}
	h.tellsNothing(at+" "+asked, text, false)
	shown := h.send(r, asked, h.open)
	h.tellsNothing(at+" "+asked, shown.Body.String(), false)
	if !closed && shown.Code == without.Code && answered(shown, h.open, words) == withoutText {
		h.t.Errorf("%s %s tells no open %s from none: %d %.2000s", at, asked, h.kind, shown.Code, shown.Body)
	}
}

func (h *house) tells(body string, n names) bool {
	return slices.ContainsFunc(h.texts(n), func(text string) bool { return strings.Contains(body, text) })
}

func (h *house) tellsNothing(at, body string, ownGrants bool) {
	h.t.Helper()
	for _, text := range h.texts(h.hid) {
		if i := strings.Index(body, text); i >= 0 && !ownGrants {
			h.t.Errorf("%s tells %q of the hidden %s: %s", at, text, h.kind, body[max(i-300, 0):min(i+300, len(body))])
		}
	}
}

// What a policy or a grant hides from somebody is told them by no route of any
// face, however it is named and in whatever list it would stand; what is open
// beside it is told by each of them.
func TestNoRouteTellsWhatIsHidden(t *testing.T) {
	t.Parallel()
	for _, kind := range slices.Sorted(maps.Keys(hidden)) {
		for way, byGrant := range map[string]bool{"policy": false, "grant": true} {
			t.Run(kind+" by "+way, func(t *testing.T) {
				t.Parallel()
				h := conceal(t, kind, byGrant)
				walked := map[string]bool{}
				routes := map[string]route.Route{}
				h.each(func(_ string, r route.Route) { routes[r.Method+" "+r.Pattern] = r })
				walk := func(r route.Route) {
					at := r.Method + " " + strings.Replace(r.Pattern, "/ajax-api/", "/api/", 1)
					if twin := routes[at]; twin.Pattern != "" && twin.Pattern != r.Pattern {
						if twin.Action != r.Action || twin.Scope != r.Scope {
							t.Errorf("%s asks %s, and its twin %s", r.Pattern, r.Action, twin.Action)
						}
						return // one route at two places, which is walked at the other
					}
					asks, ok := tellings[at]
					switch {
					case ok:
						walked[at] = true
					case r.Public || aboutPeople.MatchString(r.Action):
						asks = telling{asked: []string{"{}"}}
					default:
						t.Errorf("%s %s (%s) is new: say in tellings how it is asked for things, and which it lists", r.Method, r.Pattern, r.Action)
						return
					}
					h.walk(r, asks, byGrant && ownGrants.MatchString(at))
				}
				// Whoever was refused something is told so among what happened: what
				// lists that is asked first.
				happened := func(r route.Route) bool { return r.Action == "event.list" || r.Pattern == "/{$}" }
				h.each(func(_ string, r route.Route) {
					if happened(r) {
						walk(r)
					}
				})
				h.each(func(_ string, r route.Route) {
					if !happened(r) {
						walk(r)
					}
				})
				for at := range tellings {
					if !walked[at] {
						t.Errorf("%s is no route", at)
					}
				}
			})
		}
	}
}
