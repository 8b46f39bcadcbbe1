package cli

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

// kept reports whether a target names what a server keeps.
func kept(target string) bool {
	return strings.HasPrefix(target, "models:/") || strings.HasPrefix(target, "runs:/")
}

// scanKept has a server judge what it keeps, and waits for the verdict.
func (c scanFile) scanKept(ctx context.Context, t *terminal, name string) (report *scan.Report, err error) {
	err = c.ask(ctx, t, func(server *client.Client) error {
		path, message, err := scanPath(ctx, server, name)
		if err != nil {
			return nothing(err)
		}
		for first := true; ; first = false {
			body, err := askScan(ctx, server, path, message)
			if err != nil {
				return nothing(err)
			}
			switch {
			case body.Elsewhere != "":
				return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "The files of %s lie at %s, where tacit does not read.", name, body.Elsewhere),
					"fetch them, and scan the folder")}
			case !body.Waiting && body.Report != nil:
				report = body.Report
				report.Summary.Target = name
				tellGate(t, body)
				return nil
			case !body.Waiting:
				return &exit{code: ExitNothing, err: fault.New(fault.NotFound, "%s has no files.", name)}
			}
			if first {
				t.note("the server is still scanning; this command waits")
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
			}
		}
	})
	return report, err
}

// tellGate tells what else decides on a version than its verdict.
func tellGate(t *terminal, body rest.ScanBody) {
	if f := body.Failing; f != nil {
		t.note("in use as what it may not be (%s): %s", strings.Join(f.At, ", "), printable(f.Why))
	}
	if o := body.Override; o != nil {
		t.note("passes the gates by an override of %s: %s", o.Who, o.Reason)
		if o.Versions > 1 {
			t.note("so do the same files in %s", counted(o.Versions-1, "other version"))
		}
	}
	for _, o := range body.Asleep {
		t.note("an override of %s is asleep, since the files changed: %s", o.Who, o.Reason)
	}
}

// askScan has a server judge: who may only read is told what is known already.
func askScan(ctx context.Context, server *client.Client, path string, message any) (body rest.ScanBody, err error) {
	if strings.HasPrefix(path, "/models/") {
		body, err = client.Get[rest.ScanBody](ctx, server, path, nil)
		if err != nil || body.Elsewhere != "" || !body.Waiting && body.Report != nil {
			return body, err
		}
	}
	err = server.Send(ctx, "POST", path, message, &body)
	if fault.Is(err, fault.Denied) && body.Waiting {
		return body, nil // it is judged anyway: a job of the server does it
	}
	return body, err
}

// scanPath is where a server is asked to judge a target, and the message.
func scanPath(ctx context.Context, server *client.Client, target string) (path string, message any, err error) {
	if rest, ok := strings.CutPrefix(target, "runs:/"); ok {
		run, below, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		return "/runs/" + url.PathEscape(run) + "/scan", map[string]string{"path": below}, nil
	}
	name, version, err := versionOf(ctx, server, strings.TrimLeft(strings.TrimPrefix(target, "models:/"), "/"))
	return "/models/" + url.PathEscape(name) + "/versions/" + strconv.FormatInt(version, 10) + "/scan", struct{}{}, err
}

// versionOf finds the version that name/3, name@alias, name/latest or name/Stage
// names.
func versionOf(ctx context.Context, server *client.Client, target string) (name string, version int64, err error) {
	if name, alias, ok := strings.Cut(target, "@"); ok {
		v, err := client.Get[rest.VersionBody](ctx, server, "/models/"+url.PathEscape(name)+"/aliases/"+url.PathEscape(alias), nil)
		return name, v.Version, err
	}
	name, last, ok := strings.Cut(target, "/")
	if number, err := strconv.ParseInt(last, 10, 64); err == nil {
		return name, number, nil
	}
	if !ok || last == "" {
		return "", 0, wrongUsage(fault.New(fault.Invalid, "models:/%s names no version: models:/NAME/3, models:/NAME@alias or models:/NAME/Production.", target))
	}
	if strings.EqualFold(last, "latest") {
		v, err := client.Get[rest.VersionBody](ctx, server, "/models/"+url.PathEscape(name)+"/aliases/latest", nil)
		return name, v.Version, err
	}
	err = client.All(ctx, server, "/models/"+url.PathEscape(name)+"/versions", nil, func(v rest.VersionBody) (bool, error) {
		if strings.EqualFold(v.Stage, last) && v.Version > version {
			version = v.Version
		}
		return true, nil
	})
	if err == nil && version == 0 {
		err = fault.New(fault.NotFound, "No version of %s is at the stage %s.", name, last)
	}
	return name, version, err
}

type scanOverride struct {
	asking
	Version string `arg:"" placeholder:"models:/NAME/N" help:"Version: models:/NAME/3, models:/NAME@alias or models:/NAME/Production."`
	Reason  string `placeholder:"TEXT" help:"Why its files may serve; kept in the audit log."`
	End     bool   `help:"Have the verdict count again."`
}

// Help teaches.
func (scanOverride) Help() string {
	return `Lets the files of a version pass the gates as they are now, whatever is said of them. It takes admin, and is in the audit log.
It is of these bytes alone, in whatever version of the workspace they are. When the files change it sleeps, and holds again when the same bytes come back; --end ends
it in both cases.

  tacit scan override models:/churn/2 --reason "reviewed by hand, ticket 4711"
  tacit scan override models:/churn/2 --end

Exit codes: 0 done · 2 could not do it · 3 there is no such version, or nothing to end · 4 wrong usage`
}

// Run overrides, or ends that.
func (c scanOverride) Run(ctx context.Context, t *terminal) error {
	target, ok := strings.CutPrefix(c.Version, "models:/")
	if !ok || c.End == (strings.TrimSpace(c.Reason) != "") {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "An override needs a version, models:/NAME/N, and --reason or --end."), "tacit scan override --help shows how it is used"))
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		name, version, err := versionOf(ctx, server, target)
		if err != nil {
			return nothing(err)
		}
		path := "/models/" + url.PathEscape(name) + "/versions/" + strconv.FormatInt(version, 10) + "/scan/override"
		if c.End {
			if err := server.Send(ctx, "DELETE", path, nil, nil); err != nil {
				return nothing(err)
			}
			return t.result(map[string]any{"model": name, "version": version}, "version %d of %s  its verdict counts again", version, name)
		}
		var made rest.OverrideBody
		if err := server.Send(ctx, "PUT", path, rest.ReasonBody{Reason: c.Reason}, &made); err != nil {
			return nothing(err)
		}
		return t.result(made, "version %d of %s  passes the gates by %s: %s", version, name, made.Who, made.Reason)
	})
}
