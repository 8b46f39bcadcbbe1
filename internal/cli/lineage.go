package cli

import (
	"context"
	"crypto/md5" //nolint:gosec // the name of data, as DVC and MLflow give it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// lineageCommand is about the graph of what came from what.
type lineageCommand struct {
	Show    lineageShow    `cmd:"" default:"withargs" help:"Print a thing's lineage."`
	Rebuild lineageRebuild `cmd:"" help:"Build the graph anew from the event log."`
}

type lineageShow struct {
	asking
	Thing string `arg:"" help:"URN, run id or its first 8 characters, models:/name/version, models:/name@alias, or a file."`
	Up    bool   `xor:"way" help:"Only what it came from."`
	Down  bool   `xor:"way" help:"Only what was built on it."`
	Depth int    `default:"20" help:"How many edges to go, 1 to 50."`
}

// Help teaches.
func (lineageShow) Help() string {
	return `A file is found by the digest of its bytes: as data that a run used, or as an artifact.

  tacit lineage models:/flight-delay@champion
  tacit lineage --up 5f1e0c2a
  tacit lineage --down data/flights.parquet

A thing lies in one workspace, to which its lineage is walked. With --workspace '*' it is looked for in all in which you have a part, unless its URN
names one:

  tacit lineage --workspace '*' tacit:@team/model/flight-delay/3

At most 2,000 things are printed, and the rest is counted. What is deleted stays, marked.
Exit codes: 0 printed · 2 could not do it · 3 there is no such thing · 4 wrong usage`
}

// Run finds the thing and prints its tree.
func (c lineageShow) Run(ctx context.Context, t *terminal) error {
	if c.Depth < 1 || c.Depth > lineage.MaxDepth {
		return wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%d edges cannot be gone.", c.Depth), "give --depth a number from 1 to %d", lineage.MaxDepth))
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		server, of, err := c.place(ctx, server)
		if err != nil {
			return err
		}
		query := url.Values{"of": of, "depth": {strconv.Itoa(c.Depth)}}
		switch {
		case c.Up:
			query.Set("direction", "up")
		case c.Down:
			query.Set("direction", "down")
		}
		g, err := client.Get[rest.LineageBody](ctx, server, "/lineage", query)
		if err != nil {
			return nothing(err)
		}
		if t.json {
			return t.document(g)
		}
		newTree(g).print(t)
		c.told(t, g)
		return nil
	})
}

// told prints what the tree does not show.
func (c lineageShow) told(t *terminal, g rest.LineageBody) {
	line := counted(int64(len(g.Nodes)), "thing") + ", " + counted(int64(len(g.Edges)), "edge")
	if g.Rest > 0 {
		line += fmt.Sprintf(", and %d more", g.Rest)
		if g.Least {
			line += " at least"
		}
	}
	t.say("%s", line)
	if g.Deeper {
		t.note("there is more beyond %s: go further with --depth", counted(int64(c.Depth), "edge"))
	}
	if g.Behind {
		t.note("the graph is being built: some events are not in it yet")
	}
}

// place gives the URNs of the thing, and a client of the workspace that it is in.
func (c lineageShow) place(ctx context.Context, server *client.Client) (in *client.Client, of []string, err error) {
	bytes := sync.OnceValues(func() ([]string, error) { return digests(c.Thing) }) // read once, wherever it is looked for
	if !c.everywhere() {
		of, err = c.find(ctx, server, bytes)
		return server, of, err
	}
	if u, err := urn.Parse(c.Thing); err == nil && u.Workspace != "" {
		return server.In(u.Workspace), []string{u.In("").String()}, nil
	}
	var places []string
	missing := c.none()
	err = inEach(ctx, server, func(workspace string, at *client.Client) error {
		found, err := c.find(ctx, at, bytes)
		if fault.Is(err, fault.NotFound) {
			missing = err
			return nil
		}
		if err == nil {
			in, of, places = at, found, append(places, workspace)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, nil, err
	case len(places) == 0:
		return nil, nil, missing
	case len(places) > 1:
		return nil, nil, fault.WithHint(fault.New(fault.Conflict, "%q is in %s.", c.Thing, counted(int64(len(places)), "workspace")), "name one with --workspace: %s", strings.Join(places, ", "))
	}
	return in, of, nil
}

// find gives the URNs of the thing in a workspace: one, or all that have a file's
// digest.
func (c lineageShow) find(ctx context.Context, server *client.Client, bytes func() ([]string, error)) ([]string, error) {
	found, err := things(ctx, server, c.Thing)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, fault.WithHint(fault.New(fault.Conflict, "%q means %s.", c.Thing, counted(int64(len(found)), "thing")), "name one: %s", strings.Join(found, " "))
	}
	if len(found) == 0 {
		words, err := bytes()
		if err != nil {
			return nil, err
		}
		if words != nil {
			if found, err = things(ctx, server, words...); err != nil {
				return nil, err
			}
		}
		if len(found) == 0 && words != nil {
			return nil, &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "No event tells of the bytes of %s, sha256 %s.", c.Thing, words[0]),
				"log it as a run's input with a digest of its bytes, or as an artifact")}
		}
	}
	if len(found) == 0 {
		return nil, c.none()
	}
	return found[:min(len(found), 20)], nil
}

// none says that nothing is named so.
func (c lineageShow) none() error {
	return &exit{code: ExitNothing, err: fault.WithHint(fault.New(fault.NotFound, "There is no %q: no event tells of it, and no file has this name.", c.Thing),
		"give a URN, a run's id, models:/name/version, models:/name@alias or a file")}
}

func things(ctx context.Context, server *client.Client, words ...string) ([]string, error) {
	page, err := client.Get[rest.Page[rest.LineageNodeBody]](ctx, server, "/lineage/things", url.Values{"word": words})
	var all []string
	for _, n := range page.Items {
		all = append(all, n.URN)
	}
	return all, err
}

// digests are the names that the bytes of a file may have, nil when it is none:
// SHA-256, MD5, and the beginning of MD5 that MLflow names datasets by.
func digests(path string) ([]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) || err != nil && strings.Contains(path, ":") {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "%s is no file.", path)
	}
	file, err := os.Open(path) //nolint:gosec // the person names it
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "%s cannot be read.", path)
	}
	defer func() { _ = file.Close() }()
	long, short := sha256.New(), md5.New() //nolint:gosec // see above
	if _, err := io.Copy(io.MultiWriter(long, short), file); err != nil {
		return nil, fault.Because(err, fault.Unavailable, "%s cannot be read.", path)
	}
	sum := hex.EncodeToString(short.Sum(nil))
	return []string{hex.EncodeToString(long.Sum(nil)), sum, sum[:8]}, nil
}

type lineageRebuild struct{ asking }

// Help teaches.
func (lineageRebuild) Help() string {
	return `The graph of all workspaces is made of the event log, and the same log makes the same graph. Beside a running server it goes
on serving; what it says of lineage is a part meanwhile, and it says so.

  tacit lineage rebuild

Exit codes: 0 built · 2 could not do it · 3 there is no tacit here · 4 wrong usage`
}

// Run builds until the graph is whole.
func (c lineageRebuild) Run(ctx context.Context, t *terminal) error {
	return c.ask(ctx, t, func(server *client.Client) error {
		var built rest.LineageBuiltBody
		path := "/lineage/rebuild"
		for {
			if err := server.Send(ctx, "POST", path, nil, &built); err != nil {
				return err
			}
			if !built.Behind {
				break
			}
			t.note("%s, %s so far", counted(built.Nodes, "thing"), counted(built.Edges, "edge"))
			path, built = "/lineage/rebuild?continue=true", rest.LineageBuiltBody{}
		}
		if t.json {
			return t.document(built)
		}
		t.say("%s, %s", counted(built.Nodes, "thing"), counted(built.Edges, "edge"))
		return nil
	})
}
