package cli

import (
	"context"
	"io"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

type scanWhy struct {
	Path string `arg:"" placeholder:"FILE" help:"File; - for standard input."`
}

// Help teaches.
func (scanWhy) Help() string {
	return `Each line is an import or a call in the order in which a loader makes it, with its place in the file and the opcode.
v12 stands for what an earlier line gave. Below it stand the bytes around each finding, the byte itself in brackets.

  tacit scan why model.pkl

Exit codes: as those of tacit scan`
}

// Run explains.
func (c scanWhy) Run(ctx context.Context, t *terminal) error {
	service, err := scanner()
	if err != nil {
		return err
	}
	source, closing, err := c.source(t)
	if err != nil {
		return err
	}
	defer closing()
	to := t.out
	if t.json {
		to = io.Discard
	}
	report, err := service.Explain(ctx, source, to)
	if err != nil {
		return err
	}
	if t.json {
		if err := t.document(report); err != nil {
			return err
		}
	} else {
		printScan(t, report)
	}
	medium, err := scan.Severity("medium")
	if err != nil {
		return err
	}
	if outcome := report.Outcome(medium, false); outcome != scan.Clean {
		return &exit{code: int(outcome)}
	}
	return nil
}

// source opens the file, or reads standard input.
func (c scanWhy) source(t *terminal) (*inspect.Source, func(), error) {
	if c.Path != "-" {
		return openSource(c.Path, "pipe its bytes: tacit scan why - < "+c.Path)
	}
	source, closing, err := standardInput(t.in)
	if err != nil {
		return nil, nil, noInput(err)
	}
	return source, closing, nil
}

type scanRules struct {
	ID string `arg:"" optional:"" help:"Rule."`
}

// Help teaches.
func (scanRules) Help() string {
	return `  tacit scan rules
  tacit scan rules dangerous-call

Exit codes: 0 printed · 3 there is no such rule · 4 wrong usage`
}

// Run prints the rules.
func (c scanRules) Run(t *terminal) error {
	rules, err := inspect.Rules()
	if err != nil {
		return err
	}
	if c.ID == "" {
		if t.json {
			return t.document(rules)
		}
		lines := make([][]string, len(rules))
		for i, r := range rules {
			lines[i] = []string{r.Severity.String(), r.ID, r.Title}
		}
		t.columns(lines)
		return nil
	}
	for _, r := range rules {
		if r.ID != c.ID {
			continue
		}
		if t.json {
			return t.document(r)
		}
		t.say("%s  %s\n%s", r.ID, r.Severity, r.Title)
		for _, section := range [][2]string{{"What", r.What}, {"Why", r.Why}, {"Example", r.Example}, {"Remedy", r.Remedy}} {
			t.say("\n%s\n  %s", section[0], strings.ReplaceAll(section[1], "\n", "\n  "))
		}
		return nil
	}
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	hint := "tacit scan rules lists them"
	if near := config.Nearest(c.ID, ids); near != "" {
		hint = "did you mean: tacit scan rules " + near
	}
	return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "There is no rule %q.", c.ID), "%s", hint)}
}
