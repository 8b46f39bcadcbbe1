package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

type bomCommand struct {
	asking
	Version string `arg:"" placeholder:"models:/NAME/N" help:"Version: models:/NAME/3, models:/NAME@alias or models:/NAME/Production."`
	SPDX    bool   `name:"spdx" help:"SPDX 3.0.1 as JSON-LD, in place of CycloneDX 1.6."`
	Output  string `short:"o" placeholder:"FILE" help:"Write it there."`
}

// Help teaches.
func (bomCommand) Help() string {
	return `Everything in it comes from what tacit keeps: the run with its params, metrics and data, the files with their digests, the libraries of requirements.txt and
conda.yaml, what the scan found, who signed. What nobody said is "unknown", and listed. Tags say the rest: license, task, architecture.

  tacit bom models:/churn/3
  tacit bom models:/churn@champion --spdx -o churn.spdx.json

Exit codes: 0 printed · 2 could not do it · 3 there is no such version · 4 wrong usage`
}

// Run prints the document.
func (c bomCommand) Run(ctx context.Context, t *terminal) error {
	target, ok := strings.CutPrefix(c.Version, "models:/")
	if !ok {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "A bill of materials is of a version, models:/NAME/N."), "tacit bom --help shows how it is used"))
	}
	if err := writable(c.Output); err != nil {
		return err
	}
	form := "cyclonedx"
	if c.SPDX {
		form = "spdx"
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		name, version, err := versionOf(ctx, server, target)
		if err != nil {
			return nothing(err)
		}
		path := "/models/" + url.PathEscape(name) + "/versions/" + strconv.FormatInt(version, 10) + "/bom"
		text, err := client.Get[json.RawMessage](ctx, server, path, url.Values{"format": {form}})
		if err != nil {
			return nothing(err)
		}
		text = append(bytes.TrimSpace(text), '\n')
		if c.Output == "" {
			_, err = t.out.Write(text)
			return err
		}
		if err := os.WriteFile(c.Output, text, 0o644); err != nil { //nolint:gosec // a document is for others to read
			return fault.Because(err, fault.Unavailable, "The document cannot be written to %s.", c.Output)
		}
		return t.result(map[string]any{"model": name, "version": version, "form": form, "file": c.Output}, "version %d of %s  %s in %s", version, name, form, printable(c.Output))
	})
}
