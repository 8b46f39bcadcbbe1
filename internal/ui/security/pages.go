package security

import (
	"cmp"
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/bom"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/internal/govern/scan/report"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// here is the navigation's item of these pages.
const here = "/security"

const (
	mostFindings = 20 // on a version's page; of more the rest is counted
	perPage      = 25 // versions of a list
	perVersion   = 5  // findings of a version in a list
)

// Pages are the pages about security.
type Pages struct {
	Site     *kit.Site
	Versions Versions
	Scans    Scans
	Boms     Boms
}

// Item is the line of the navigation.
func Item() kit.Item {
	return kit.Item{Name: "Security", Icon: kit.IconShield, Path: here, Key: "s"}
}

// Routes are the addresses of the pages.
func (p *Pages) Routes() []route.Route {
	version := func(r *http.Request, _ any) []route.Object {
		return route.On(urn.New("model", r.PathValue("name"), r.PathValue("number")))
	}
	return []route.Route{
		{Method: "GET", Pattern: "/security", Action: "version.list", Scope: route.Listed, Serve: p.list},
		{Method: "GET", Pattern: "/security/rules", Action: "version.list", Scope: route.Listed, Serve: p.rules},
		{Method: "GET", Pattern: "/security/rules/{id}", Action: "version.list", Scope: route.Listed, Serve: p.rule},
		{Method: "GET", Pattern: "/models/{name}/versions/{number}/why", Action: "version.read", Objects: version, Serve: p.why},
		{Method: "GET", Pattern: "/models/{name}/versions/{number}/bom", Action: "version.read", Objects: version, Serve: p.bom},
	}
}

// Standing is what is known of the security of a version.
type Standing struct {
	Name      string
	Number    int64
	Verdict   scan.Verdict
	Signature scan.Signature
}

// StandingOf asks for it. Of a version whose files are gone nothing is known.
func StandingOf(ctx context.Context, s Scans, name string, number int64) (Standing, error) {
	out := Standing{Name: name, Number: number}
	var err error
	if out.Verdict, err = s.OfVersion(ctx, name, number); err == nil {
		out.Signature, err = s.SignatureOf(ctx, name, number)
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return out, err
}

// counted are the findings of a judgement by severity, those there are none of left
// out; none is what is said where there are none at all.
func counted(j scan.Judgement, none string) string {
	text := ""
	for _, of := range []struct {
		n    int64
		word string
	}{{j.Critical, "critical"}, {j.High, "high"}, {j.Medium, "medium"}, {j.Low, "low"}} {
		if of.n == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += format.Count(of.n) + " " + of.word
	}
	if text == "" {
		return none
	}
	return text
}

// versionRow is a version in the list, with the first of its findings.
type versionRow struct {
	registry.Version
	Verdict  scan.Verdict
	Known    bool
	Findings []finding
	More     int64
	Href     string
}

type list struct {
	Rows  []versionRow
	All   bool
	Tabs  []kit.Tab
	Pages kit.Pages
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx, q := r.Context(), r.URL.Query()
	l, path := list{All: q.Get("all") == "1"}, kit.To(ctx, "security")
	address := func(all bool, after, at string) string {
		v := url.Values{"after": {after}, "at": {at}}
		if all {
			v.Set("all", "1")
		}
		return kit.With(path, v)
	}
	l.Tabs = []kit.Tab{{Name: "To look at", Href: address(false, "", ""), Here: !l.All}, {Name: "All versions", Href: address(true, "", ""), Here: l.All}, {Name: "Rules", Href: kit.To(ctx, "security", "rules")}}
	search := registry.VersionSearch{Max: perPage, Token: q.Get("after")}
	found, err := p.found(ctx, l.All, search)
	if err != nil {
		return err
	}
	if l.Rows, err = p.rows(ctx, found.Versions); err != nil {
		return err
	}
	l.Pages = kit.Pages{At: kit.At(r), Shown: len(l.Rows), Noun: "versions"}
	if search.Token != "" {
		l.Pages.First = address(l.All, "", "")
	}
	if found.Next != "" {
		l.Pages.Next = address(l.All, found.Next, strconv.Itoa(l.Pages.At+l.Pages.Shown))
	}
	return p.Site.Serve(w, r, kit.Page{Title: "Security", Here: here}, listBody(l))
}

// mostFailing versions that are used as what they may not be come first.
const mostFailing = 100

// found is a page of all versions, or of those to look at: on the first one those come
// first that are in use and do not pass, wherever they would stand.
func (p *Pages) found(ctx context.Context, all bool, search registry.VersionSearch) (page registry.VersionPage, err error) {
	if all {
		return p.Versions.SearchVersions(ctx, search)
	}
	tagged := "tags.`" + scan.Tag + "` LIKE " // a version that is not clean has the tag, which ends with its use
	failing, err := p.Versions.SearchVersions(ctx, registry.VersionSearch{Max: mostFailing, Filter: tagged + "'%(in use: %'"})
	if err != nil {
		return page, err
	}
	first := map[scan.VersionRef]bool{}
	for _, v := range failing.Versions {
		first[scan.VersionRef{Name: v.Model, Number: v.Number}] = true
	}
	var shown []registry.Version
	if search.Token == "" {
		shown = failing.Versions
	}
	search.Filter = tagged + "'%'"
	for {
		if page, err = p.Versions.SearchVersions(ctx, search); err != nil {
			return page, err
		}
		for _, v := range page.Versions {
			if !first[scan.VersionRef{Name: v.Model, Number: v.Number}] {
				shown = append(shown, v)
			}
		}
		if search.Token = page.Next; len(shown) > 0 || page.Next == "" {
			page.Versions = shown
			return page, nil
		}
	}
}

func (p *Pages) rows(ctx context.Context, versions []registry.Version) ([]versionRow, error) {
	refs := make([]scan.VersionRef, len(versions))
	for i, v := range versions {
		refs[i] = scan.VersionRef{Name: v.Model, Number: v.Number}
	}
	kept, err := p.Scans.Kept(ctx, refs)
	if err != nil {
		return nil, err
	}
	all := make([]versionRow, len(versions))
	for i, v := range versions {
		row := versionRow{Version: v, Href: kit.To(ctx, "models", v.Model, "versions", strconv.FormatInt(v.Number, 10))}
		row.Verdict = kept[refs[i]]
		row.Known = !row.Verdict.Judgement.Judged.IsZero()
		row.Findings, row.More = findings(ctx, v.Model, v.Number, row.Verdict, perVersion)
		all[i] = row
	}
	return all, nil
}

func (p *Pages) rules(w http.ResponseWriter, r *http.Request, _ any) error {
	all, err := inspect.Rules()
	if err != nil {
		return err
	}
	ctx := r.Context()
	crumbs := []kit.Crumb{{Name: "Security", Href: kit.To(ctx, "security")}, {Name: "Rules", Href: kit.To(ctx, "security", "rules")}}
	return p.Site.Serve(w, r, kit.Page{Title: "Rules", Here: here, Crumbs: crumbs}, rulesBody(all))
}

func (p *Pages) rule(w http.ResponseWriter, r *http.Request, _ any) error {
	all, err := inspect.Rules()
	if err != nil {
		return err
	}
	ctx, id := r.Context(), r.PathValue("id")
	for _, rule := range all {
		if rule.ID == id {
			crumbs := []kit.Crumb{{Name: "Security", Href: kit.To(ctx, "security")}, {Name: "Rules", Href: kit.To(ctx, "security", "rules")}, {Name: id, Href: kit.To(ctx, "security", "rules", id)}}
			return p.Site.Serve(w, r, kit.Page{Title: rule.Title, Here: here, Crumbs: crumbs}, ruleBody(rule))
		}
	}
	return fault.New(fault.NotFound, "There is no rule %q.", format.Shorten(id, 60))
}

// find gives the version that the address names.
func (p *Pages) find(r *http.Request) (registry.Version, error) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return registry.Version{}, fault.New(fault.NotFound, "%q is not the number of a version.", format.Shorten(r.PathValue("number"), 40))
	}
	return p.Versions.Version(r.Context(), r.PathValue("name"), number)
}

// bom answers with a version's bill of materials, as a file.
func (p *Pages) bom(w http.ResponseWriter, r *http.Request, _ any) error {
	v, err := p.find(r)
	if err != nil {
		return err
	}
	form := cmp.Or(r.URL.Query().Get("format"), bom.FormCycloneDX)
	text, err := p.Boms.Document(r.Context(), v.Model, v.Number, form)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%d.%s.json", v.Model, v.Number, map[string]string{bom.FormCycloneDX: "cdx", bom.FormSPDX: "spdx"}[form])
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, _ = w.Write(text) // a reader who went away is no failure of the page
	return nil
}

type explanation struct {
	Name, File string
	Number     int64
	Text       string
}

func (p *Pages) why(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v, err := p.find(r)
	if err != nil {
		return err
	}
	e := explanation{Name: v.Model, Number: v.Number, File: r.URL.Query().Get("file")}
	if e.Text, err = p.Scans.Why(ctx, v.Model, v.Number, e.File); err != nil {
		return err
	}
	e.Text = report.Shown(e.Text)
	n := strconv.FormatInt(v.Number, 10)
	crumbs := []kit.Crumb{{Name: "Models", Href: kit.To(ctx, "models")}, {Name: v.Model, Href: kit.To(ctx, "models", v.Model)},
		{Name: "Version " + n, Href: kit.To(ctx, "models", v.Model, "versions", n)}, {Name: report.Shown(e.File), Href: kit.With(kit.To(ctx, "models", v.Model, "versions", n, "why"), url.Values{"file": {e.File}})}}
	return p.Site.Serve(w, r, kit.Page{Title: fmt.Sprintf("Why %s is judged so", report.Shown(e.File)), Here: "/models", Crumbs: crumbs}, whyBody(e))
}
