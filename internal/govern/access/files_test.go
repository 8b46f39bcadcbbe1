package access

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// filed are facts about files: of the run r and the logged model m in the
// experiment 1, of the run s in the experiment 2, and of folders above them; what
// is called gone is not there.
func filed(_ context.Context, u urn.URN) (policy.Resource, bool, error) {
	r := policy.Named(u, "default")
	experiment := func(id string) *policy.Resource {
		return &policy.Resource{Kind: "experiment", ID: id, Name: "e" + id, Tags: map[string]string{"n" + id: "yes"}}
	}
	owner := func(word string) *policy.Resource {
		switch word {
		case "r":
			return &policy.Resource{Kind: "run", ID: "r", Tags: map[string]string{"of": "r"}, Within: experiment("1")}
		case "s":
			return &policy.Resource{Kind: "run", ID: "s", Tags: map[string]string{"of": "s"}, Within: experiment("2")}
		case "m":
			return &policy.Resource{Kind: "logged-model", ID: "m", Within: experiment("1")}
		}
		return nil
	}
	switch r.Kind {
	case "artifact":
		parts := strings.Split(r.ID, "/")
		if r.Within = owner(parts[min(1, len(parts)-1)]); r.Within == nil && len(parts) == 1 && parts[0] != "elsewhere" {
			r.Within = experiment(parts[0])
		}
	case "run", "logged-model":
		if r.ID == "gone" {
			return r, false, nil
		}
		r = *owner(r.ID)
	case "experiment":
		if r.ID == "gone" {
			return r, false, nil
		}
		r = *experiment(r.ID)
	}
	return r, true, nil
}

// A file is decided on with what it lies in, and with what that lies in; what is
// named in its place, by its run, is decided on the same; and a folder above many
// takes the right to all of them.
func TestFilesAreDecidedWithWhatTheyLieIn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Facts = filed
		ada := w.mustEnter(caller.Credentials{Bearer: w.token("ada", nil, time.Time{})})
		const file, other, model, run, above, whole = "artifact/1/r/f.txt", "artifact/2/s/f.txt", "artifact/1/m/f.txt", "run/r", "artifact/1", "artifact/elsewhere"
		all := []string{"artifact.read", "artifact.write", "artifact.delete"}
		changing := all[1:]
		for _, c := range []struct {
			name, cedar string
			on          map[string][]string // what is forbidden on a thing; the rest is allowed
		}{
			{"nothing", "", nil},
			{"the experiment's reading", `forbid (principal, action == Action::"experiment.read", resource is Experiment) when { resource.hasTag("n1") };`,
				map[string][]string{file: all, model: all, run: all, above: all, whole: {"artifact.read", "artifact.delete"}}},
			{"the experiment's change", `forbid (principal, action == Action::"experiment.update", resource is Experiment) when { resource.hasTag("n1") };`,
				map[string][]string{above: changing, whole: {"artifact.delete"}}},
			{"the run's reading", `forbid (principal, action == Action::"run.read", resource is Run) when { resource.hasTag("of") && resource.getTag("of") == "r" };`,
				map[string][]string{file: all, run: all, above: {"artifact.read", "artifact.delete"}, whole: {"artifact.read", "artifact.delete"}}},
			{"the run's change", `forbid (principal, action == Action::"run.update", resource is Run) when { resource.hasTag("of") && resource.getTag("of") == "r" };`,
				map[string][]string{file: changing, run: changing, above: {"artifact.delete"}, whole: {"artifact.delete"}}},
			{"the files of the run", `forbid (principal, action == Action::"artifact.read", resource is Run) when { resource.hasTag("of") && resource.getTag("of") == "r" };`,
				map[string][]string{file: {"artifact.read"}, run: {"artifact.read"}, above: {"artifact.read"}, whole: {"artifact.read"}}},
			{"the deletion of files by path", `forbid (principal, action == Action::"artifact.delete", resource is Artifact) when { resource.id like "1/r/*" };`,
				map[string][]string{file: {"artifact.delete"}, above: {"artifact.delete"}, whole: {"artifact.delete"}}},
			{"the logged model's reading", `forbid (principal, action == Action::"logged-model.read", resource is LoggedModel);`,
				map[string][]string{model: all, above: {"artifact.read", "artifact.delete"}, whole: {"artifact.read", "artifact.delete"}}},
		} {
			w.ruled(c.cedar)
			for _, thing := range []string{file, other, model, run, above, whole} {
				kind, path, _ := strings.Cut(thing, "/")
				object := urn.New(kind, strings.Split(path, "/")...)
				forbidden := map[string]bool{}
				for _, action := range c.on[thing] {
					forbidden[action] = true
				}
				for _, action := range all {
					if err := w.Check(ada, action, object); (err != nil) != forbidden[action] {
						t.Errorf("%s is forbidden: %s on %s: %v", c.name, action, thing, err)
					}
				}
			}
		}
	})
}
