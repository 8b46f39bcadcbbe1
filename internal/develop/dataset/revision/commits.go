package revision

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Resolve is the hash of the commit that a revision names: fault.NotFound where there
// is none.
func (g *Git) Resolve(ctx context.Context, rev string) (string, error) {
	unknown := fault.New(fault.NotFound, "unknown Git revision '%s'", rev)
	if rev == "" || strings.HasPrefix(rev, "-") {
		return "", unknown
	}
	for _, name := range []string{rev, "refs/remotes/origin/" + rev} {
		out, err := g.run(ctx, nil, "rev-parse", "--verify", "--quiet", name+"^{commit}")
		switch {
		case err == nil:
			return strings.TrimSpace(string(out)), nil
		case exitCode(err) < 0:
			return "", err
		}
	}
	return "", unknown
}

// Empty says whether there is no commit yet.
func (g *Git) Empty(ctx context.Context) (bool, error) {
	_, err := g.Resolve(ctx, "HEAD")
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}

// Branches are the commits of all branches, by name.
func (g *Git) Branches(ctx context.Context) (map[string]string, error) {
	return g.refs(ctx, "refs/heads/")
}

// Tags are the commits of all tags that lead to one, by name.
func (g *Git) Tags(ctx context.Context) (map[string]string, error) { return g.refs(ctx, "refs/tags/") }

func (g *Git) refs(ctx context.Context, below string) (map[string]string, error) {
	out, err := g.run(ctx, nil, "for-each-ref", "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)", below)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 5)
		if len(fields) != 5 {
			continue
		}
		name := strings.TrimPrefix(fields[4], below)
		switch "commit" {
		case fields[1]:
			all[name] = fields[0]
		case fields[3]:
			all[name] = fields[2]
		}
	}
	return all, nil
}

// Back are the last n commits that lead to a revision, the newest first.
func (g *Git) Back(ctx context.Context, rev string, n int) ([]string, error) {
	hash, err := g.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	out, err := g.run(ctx, nil, "rev-list", "--max-count", strconv.Itoa(n), hash)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(out)), nil
}

// Commits are all commits that a branch, a tag or a remote's branch leads to, the
// newest first.
func (g *Git) Commits(ctx context.Context) ([]string, error) {
	out, err := g.run(ctx, nil, "rev-list", "--all")
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(out)), nil
}

// Origin is the address of the remote origin as git's settings have it, "" for none.
func (g *Git) Origin(ctx context.Context) (string, error) {
	out, err := g.run(ctx, nil, "config", "--null", "--get", "remote.origin.url")
	if err != nil && exitCode(err) == 1 {
		return "", nil
	}
	if all := split(out); len(all) > 0 {
		return all[len(all)-1], err
	}
	return "", err
}

// Since are the commits that any reference leads to and that were made at a time or
// later.
func (g *Git) Since(ctx context.Context, since time.Time) ([]string, error) {
	out, err := g.run(ctx, nil, "log", "--all", "--format=%H %ct")
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		hash, made, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(made, 10, 64); err == nil && n >= since.Unix() {
			all = append(all, hash)
		}
	}
	return all, nil
}

// Experiments are the commits of all experiments of dvc, those that wait and failed too.
func (g *Git) Experiments(ctx context.Context) ([]string, error) {
	refs, err := g.refs(ctx, "refs/exps/")
	var all []string
	for _, hash := range refs {
		all = append(all, hash)
	}
	return all, err
}
