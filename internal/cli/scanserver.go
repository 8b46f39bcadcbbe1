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
func (c scanFile) scanKept(ctx context.Context, t *terminal) (report *scan.Report, err error) {
	err = c.ask(ctx, t, func(server *client.Client) error {
		path, message, err := scanPath(ctx, server, c.Path)
		if err != nil {
			return nothing(err)
		}
		for first := true; ; first = false {
			var body rest.ScanBody
			if err := server.Send(ctx, "POST", path, message, &body); err != nil {
				return nothing(err)
			}
			switch {
			case body.Elsewhere != "":
				return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "The files of %s lie at %s, where tacit does not read.", c.Path, body.Elsewhere),
					"fetch them, and scan the folder")}
			case !body.Waiting && body.Report != nil:
				report = body.Report
				report.Summary.Target = c.Path
				if o := body.Override; o != nil {
					t.note("passes the gates by an override of %s: %s", o.Who, o.Reason)
				}
				return nil
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
