package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/observe"
)

// doctorCommand checks settings and stores.
type doctorCommand struct {
	serving
	URL string `name:"url" placeholder:"URL" help:"Have the server at this address look at itself instead, as http://127.0.0.1:5000 or http://host/w/team."`
}

// Help teaches.
func (doctorCommand) Help() string {
	return `Give it the flags and variables that tacit up will get. Nothing is changed; one small file is written, read and removed
in the store of bytes, to know that it can be. Where a tacit runs in the folder, it is asked for its version, its jobs, and what
it finds wrong.

  tacit doctor --url http://127.0.0.1:5000    what a server elsewhere finds, whatever the other flags

Exit codes: 0 all is well, warnings included · 1 something would fail · 4 wrong usage`
}

// Run prints one line a check.
func (c doctorCommand) Run(ctx context.Context, t *terminal, k *kong.Context) error {
	findings, err := c.findings(ctx, t, k)
	if err != nil {
		return err
	}
	return c.tell(t, findings)
}

// findings are those of the settings and of the folder's server, or those of
// the server that is named.
func (c doctorCommand) findings(ctx context.Context, t *terminal, k *kong.Context) ([]app.Finding, error) {
	if c.URL != "" {
		server, err := client.ByURL(c.URL, client.Config{})
		if err != nil {
			return nil, wrongUsage(err)
		}
		return serverFindings(ctx, server)
	}
	if empty := emptySettings(k, k.Flags(), c.where()); len(empty) > 0 {
		return unmeant(empty), nil // the rest would be of other settings
	}
	findings := app.Examine(ctx, c.settings(), quietLogger(t.err))
	if _, err := observe.Logger(io.Discard, cmp.Or(c.Log, "info"), true); err != nil {
		findings = append(findings, app.Finding{Verdict: "fail", What: "log", Text: fault.Sentence(err), Remedy: fault.HintOf(err)})
	}
	findings = append(findings, c.unread(k)...)
	if !folder.Answers(ctx, c.Dir) {
		return findings, nil
	}
	beside, err := serverFindings(ctx, client.ByFolder(c.Dir, client.Config{}))
	for _, f := range beside {
		switch {
		case f.What == "server" || f.What == "jobs":
			findings = append(findings, f)
		case f.Verdict != "ok":
			f.What = "server's " + f.What
			findings = append(findings, f)
		}
	}
	return findings, err
}

// unmeant are the findings of settings that cannot be meant.
func unmeant(all []error) []app.Finding {
	findings := make([]app.Finding, len(all))
	for i, err := range all {
		findings[i] = app.Finding{Verdict: "fail", What: "settings", Text: fault.Sentence(err), Remedy: fault.HintOf(err)}
	}
	return findings
}

// unread warns of settings that nothing reads.
func (c doctorCommand) unread(k *kong.Context) (all []app.Finding) {
	for _, w := range c.warnings(k) {
		all = append(all, app.Finding{Verdict: "warn", What: w.what, Text: w.text, Remedy: w.remedy})
	}
	return all
}

// serverFindings are what a server finds of itself, and whether it is of this
// version. A server that does not answer is a finding as well.
func serverFindings(ctx context.Context, server *client.Client) ([]app.Finding, error) {
	defer server.Close()
	about, err := server.Server(ctx)
	var checks []rest.CheckBody
	if err == nil {
		checks, err = server.Checks(ctx)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return []app.Finding{{Verdict: "fail", What: "server", Text: fault.Sentence(err), Remedy: fault.HintOf(err)}}, nil
	}
	findings := make([]app.Finding, len(checks))
	for i, check := range checks {
		findings[i] = app.Finding(check)
		if check.What == "server" && check.Verdict == "ok" && about.Version != Version {
			findings[i].Verdict = "warn"
			findings[i].Remedy = "this program is " + Version + ": start the server anew to have it run"
		}
	}
	return findings, nil
}

// tell prints findings.
func (c doctorCommand) tell(t *terminal, findings []app.Finding) error {
	failed, warned := 0, 0
	var lines [][]string
	for _, f := range findings {
		switch f.Verdict {
		case "fail":
			failed++
		case "warn":
			warned++
		}
		lines = append(lines, []string{f.Verdict, f.What, f.Text})
		if f.Remedy != "" {
			lines = append(lines, []string{"", "", f.Remedy})
		}
	}
	if t.json {
		if err := t.document(findings); err != nil {
			return err
		}
	} else {
		t.columns(lines)
		t.say("%s", doctorSummary(len(findings)-failed-warned, warned, failed))
	}
	if failed > 0 {
		return answerNo()
	}
	return nil
}

func doctorSummary(ok, warned, failed int) string {
	plural := "warnings"
	if warned == 1 {
		plural = "warning"
	}
	return fmt.Sprintf("%d ok, %d %s, %d failed", ok, warned, plural, failed)
}
