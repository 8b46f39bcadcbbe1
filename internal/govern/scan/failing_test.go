package scan_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/scan"
)

var _ scan.Models = (*models)(nil)

// A version that is used, and whose files change to what its gate would not let pass, is
// told of by an event, the log, its tag and its verdict; so is that it passes again.
func TestFilesChangeInUse(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a/b"}
		r.files["a/b/model.pkl"] = list
		r.tell(t, "registry.version.created", version("1"))
		r.work(t)
		for _, to := range []scan.Target{{Alias: "champion"}, {Stage: "Production"}, {Stage: "Staging"}} { // Staging has no gate
			if _, err := r.Admit(r.ctx, "churn", 1, to); err != nil {
				t.Fatal(err)
			}
			r.models.uses[1] = append(r.models.uses[1], to)
		}
		turn := func(what, text, verb, why string) {
			t.Helper()
			before := len(r.told(t, verb))
			r.files["a/b/more.pkl"] = text
			r.tell(t, "artifact.file.stored", urn.New("artifact", "a", "b", "more.pkl"))
			r.work(t)
			r.work(t) // a job that runs again tells nothing again
			all := r.told(t, verb)
			if len(all) != before+1 {
				t.Fatalf("%s: %d events, want one", what, len(all)-before)
			}
			if data := fmt.Sprintf("%s", all[0].Data); !strings.Contains(data, why) || !strings.Contains(data, `["alias champion","stage Production"]`) {
				t.Errorf("%s: %s, want %q", what, data, why)
			}
		}
		turn("malicious", command, "scan.version.failed", "malicious: more.pkl: posix.system")
		e := r.told(t, "scan.version.failed")[0]
		if e.Subject.String() != "tacit:model/churn/1" || len(e.Links) != 2 || e.Links[0].Relation != event.DerivedFrom || e.Links[0].To.String() != "tacit:artifact/a/b" || e.Links[1].Relation != event.ScannedBy {
			t.Errorf("%+v", e)
		}
		if log := r.logged.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "alias champion") || !strings.Contains(log, "model=churn version=1") {
			t.Errorf("the log: %s", log)
		}
		if tag := r.models.tags[1]; !strings.HasPrefix(tag, "malicious: more.pkl: posix.system") || !strings.HasSuffix(tag, "(in use: alias champion, stage Production)") {
			t.Errorf("tag %q", tag)
		}
		ref := scan.VersionRef{Name: "churn", Number: 1}
		v, err := r.OfVersion(r.ctx, "churn", 1)
		kept, err2 := r.Kept(r.ctx, []scan.VersionRef{ref})
		if err != nil || err2 != nil || v.Failing == nil || len(v.Failing.At) != 2 || kept[ref].Failing == nil || kept[ref].Failing.Why != v.Failing.Why {
			t.Errorf("%+v, %v, %+v, %v", v.Failing, err, kept[ref].Failing, err2)
		}
		turn("unknown", "\x80\x04\x95", "scan.version.failed", "not read completely")
		turn("clean again", list, "scan.version.cleared", "not read completely")
		if v, err := r.OfVersion(r.ctx, "churn", 1); err != nil || v.Failing != nil || r.models.tags[1] != "" {
			t.Errorf("%+v, %v, tag %q", v.Failing, err, r.models.tags[1])
		}

		clear(r.files) // the folder above is deleted
		r.tell(t, "artifact.file.deleted", urn.New("artifact", "a"))
		r.work(t)
		if all := r.told(t, "scan.version.failed"); len(all) != 3 || !strings.Contains(fmt.Sprintf("%s", all[0].Data), "no files") {
			t.Errorf("files that are gone: %+v", all)
		}
		r.models.uses[1] = nil
		r.tell(t, "registry.alias.removed", version("1"))
		if all := r.told(t, "scan.version.cleared"); len(all) != 2 {
			t.Errorf("what is used no more is failing: %+v", all)
		}
	})
}

// A file that is stored while the folder is judged first is not forgotten.
func TestFilesComeBeforeTheFirstVerdict(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a"}
		r.tell(t, "registry.version.created", version("1"))
		r.queue.waiting = nil // it has begun, and has listed the empty folder
		r.files["a/model.pkl"] = command
		r.tell(t, "artifact.file.stored", urn.New("artifact", "a", "model.pkl"))
		if r.work(t); !strings.HasPrefix(r.models.tags[1], "malicious") {
			t.Errorf("tag %q", r.models.tags[1])
		}
	})
}

// An answer of the gate holds in the transaction of the change while the verdict is the
// one by which it was given.
func TestAdmissionHolds(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "s3://elsewhere/model"}
		r.files["a/model.pkl"] = list
		holds := func(a scan.Admission) (ok bool) {
			t.Helper()
			if err := r.DB.Write(r.ctx, func(tx *rows.Tx) (err error) {
				ok, err = a.Holds(r.ctx, tx)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		admit := func(number int64, to scan.Target) scan.Admission {
			t.Helper()
			a, err := r.Admit(r.ctx, "churn", number, to)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		champion := scan.Target{Alias: "champion"}
		if !holds(admit(2, champion)) || !holds(admit(1, scan.Target{Stage: "Staging"})) {
			t.Error("what is not judged does not hold")
		}
		a := admit(1, champion)
		if !holds(a) {
			t.Error("it does not hold at once")
		}
		r.files["a/model.pkl"] = command
		if !holds(a) {
			t.Error("no verdict was given between")
		}
		if _, _, err := r.Judge(r.ctx, "a"); err != nil || holds(a) {
			t.Errorf("a verdict was given between, and it holds: %v", err)
		}
		if _, err := r.Override(r.ctx, "churn", 1, "reviewed"); err != nil {
			t.Fatal(err)
		}
		a = admit(1, champion)
		if !holds(a) {
			t.Error("by an override it does not hold")
		}
		if err := r.EndOverride(r.ctx, "churn", 1, ""); err != nil || holds(a) {
			t.Errorf("the override ended between, and it holds: %v", err)
		}
	})
}

// overtaken are files that somebody changes, and has judged, while they are read.
type overtaken struct {
	artifacts
	meanwhile func()
}

// Open has that happen, once.
func (o *overtaken) Open(ctx context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	if change := o.meanwhile; change != nil {
		o.meanwhile = nil
		change()
	}
	return o.artifacts.Open(ctx, p, part)
}

// Who judges slowly does not write an older verdict over a newer one.
func TestAnOlderVerdictGivesWay(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.files["a/model.pkl"] = list
		slow := &overtaken{artifacts: r.files}
		slow.meanwhile = func() {
			r.files["a/model.pkl"] = command
			if j, _, err := r.Judge(r.ctx, "a"); err != nil || j.Verdict != "malicious" {
				t.Fatalf("%+v, %v", j, err)
			}
		}
		c := r.Config
		c.Files = slow
		slowly := &scan.Service{Config: c}
		j, _, err := slowly.Judge(r.ctx, "a")
		if err != nil || j.Verdict != "malicious" {
			t.Errorf("the older verdict was given: %+v, %v", j, err)
		}
	})
}

// Files that change while a job judges them are judged by one job after the other, and
// not by each again and again.
func TestOneJobJudgesAFolder(t *testing.T) {
	work := func(t *testing.T, s *scan.Service, r room) {
		t.Helper()
		ctx := caller.With(context.Background(), caller.System(scan.JudgeKind, caller.DefaultWorkspace))
		if err := s.WorkJudge(ctx, jobs.Work{Kind: scan.JudgeKind, Workspace: caller.DefaultWorkspace, Args: []byte(`{"root":"a"}`), Attempt: 1}); err != nil {
			t.Errorf("%v", err)
		}
	}
	// One that saw a file change has no verdict; in another process the second has one.
	for name, beside := range map[string]bool{"in this process": false, "in another": true} {
		t.Run(name, func(t *testing.T) {
			eachRoom(t, func(t *testing.T, r room) {
				r.files["a/model.pkl"] = list
				slow := &overtaken{artifacts: r.files}
				c := r.Config
				c.Files = slow
				slowly := &scan.Service{Config: c}
				other := slowly
				if beside {
					other = r.Service
				}
				slow.meanwhile = func() {
					r.files["a/model.pkl"] = command
					work(t, other, r)
				}
				began := time.Now()
				work(t, slowly, r)
				if all := r.told(t, "scan.artifact.judged"); (len(all) == 1) != beside {
					t.Errorf("%d verdicts by two jobs at a time", len(all))
				}
				if w := r.queue.waiting; len(w) != 1 || !w[0].At.After(began) {
					t.Fatalf("%+v wait", w)
				}
				r.work(t)
				if j, _, err := r.Judge(r.ctx, "a"); err != nil || j.Verdict != "malicious" {
					t.Errorf("%+v, %v", j, err)
				}
			})
		})
	}
}

// A version that tacit cannot judge is told from one whose files are not there yet.
func TestVersionsWithoutFiles(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "s3://elsewhere/model", "b"}
		champion := scan.Target{Alias: "champion"}
		admits := func(number int64, want string) {
			t.Helper()
			_, err := r.Admit(r.ctx, "churn", number, champion)
			if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), want)) {
				t.Errorf("version %d: %v, want %q", number, err, want)
			}
		}
		admits(1, "no files yet")
		admits(2, "")
		if _, err := r.Override(r.ctx, "churn", 1, "we log them later"); !fault.Is(err, fault.Invalid) {
			t.Errorf("no files are overridden: %v", err)
		}
		r.settings.Policy.Unscanned, r.settings.Policy.Empty = scan.Deny, scan.Warn
		admits(1, "")
		admits(2, "s3://elsewhere/model")
		r.models.uses[1] = []scan.Target{champion}
		r.files["a/model.pkl"] = command // and judged by the pass over all, should no event come
		if err := r.TellSettings(r.ctx); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if all := r.told(t, "scan.version.failed"); len(all) != 1 || !strings.Contains(fmt.Sprintf("%s", all[0].Data), "malicious") {
			t.Errorf("%+v", all)
		}
	})
}

// Another policy is held against what is in use already.
func TestPoliciesChangeInUse(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "s3://elsewhere/model"}
		r.files["a/model.pkl"] = "ccompany.models\nChurn\n(tR."
		champion := scan.Target{Alias: "champion"}
		for _, n := range []string{"1", "2"} {
			r.tell(t, "registry.version.created", version(n))
		}
		for number := int64(1); number <= 2; number++ {
			if _, err := r.Admit(r.ctx, "churn", number, champion); err != nil {
				t.Fatal(err)
			}
			r.models.uses[number] = []scan.Target{champion}
		}
		r.settings.Policy.Unknown, r.settings.Policy.Unscanned = scan.Deny, scan.Deny
		if err := r.TellSettings(r.ctx); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		var told []string
		for _, e := range r.told(t, "scan.version.failed") {
			var data struct{ Why string }
			if err := json.Unmarshal(e.Data.(json.RawMessage), &data); err != nil {
				t.Fatal(err)
			}
			told = append(told, e.Subject.String()+": "+data.Why)
		}
		if len(told) != 2 || !strings.HasPrefix(told[1], "tacit:model/churn/1: suspicious: ") || !strings.HasPrefix(told[0], "tacit:model/churn/2: its files lie at s3://elsewhere") {
			t.Errorf("%q", told)
		}
		r.settings.Policy.Allow = []scan.Allowed{{Global: "company.models.Churn", Reason: "ours, reviewed"}} // the rules are others with it
		if err := r.TellSettings(r.ctx); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if all := r.told(t, "scan.version.cleared"); len(all) != 1 || all[0].Subject.String() != "tacit:model/churn/1" {
			t.Errorf("%+v", all)
		}
	})
}

// An override is of bytes: it covers each version that has them, sleeps while the files
// are others, and is ended from either.
func TestOverridesSleep(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a", "b"}
		r.files["a/model.pkl"], r.files["b/model.pkl"] = command, command
		for _, n := range []string{"1", "2"} {
			r.tell(t, "registry.version.created", version(n))
		}
		r.work(t)
		champion := scan.Target{Alias: "champion"}
		if _, err := r.Override(r.ctx, "churn", 1, "reviewed by hand"); err != nil {
			t.Fatal(err)
		}
		if v, err := r.OfVersion(r.ctx, "churn", 2); err != nil || v.Override == nil || v.Versions != 2 {
			t.Errorf("%+v in %d versions, %v", v.Override, v.Versions, err)
		}
		if _, err := r.Admit(r.ctx, "churn", 2, champion); err != nil {
			t.Error(err)
		}
		r.models.uses[2] = []scan.Target{champion}
		r.files["a/model.pkl"] = "cposix\nsystem\n(S'ls'\ntR."
		if _, err := r.Again(r.ctx, "churn", 1); err != nil {
			t.Fatal(err)
		}
		v, err := r.OfVersion(r.ctx, "churn", 1)
		if err != nil || v.Override != nil || len(v.Asleep) != 1 || v.Asleep[0].Reason != "reviewed by hand" {
			t.Errorf("%+v, asleep %+v, %v", v.Override, v.Asleep, err)
		}
		if err := r.EndOverride(r.ctx, "churn", 1, "no more"); err != nil {
			t.Errorf("one that sleeps is not ended: %v", err)
		}
		r.work(t)
		if v, err := r.OfVersion(r.ctx, "churn", 2); err != nil || v.Override != nil || v.Failing == nil {
			t.Errorf("it ended, and covers: %+v, %+v, %v", v.Override, v.Failing, err)
		}
		if err := r.EndOverride(r.ctx, "churn", 1, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("nothing is there to end: %v", err)
		}
	})
}

// A job that comes after its workspace was moved or emptied leaves nothing behind.
func TestJobsOfWhatIsGone(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.models.roots = []string{"a"}
		r.files["a/model.pkl"] = list
		r.tell(t, "registry.version.created", version("1"))
		if err := r.DB.Write(r.ctx, func(tx *rows.Tx) error { return r.Empty(r.ctx, tx) }); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if all := r.told(t, "scan.artifact.judged"); len(all) != 0 {
			t.Errorf("judged: %+v", all)
		}
		r.tell(t, "tracking.logged_model.finalized", urn.New("logged-model", "m-1")) // which no version has
		r.files["1/models/m-1/artifacts/model.pkl"] = list
		r.work(t)
		if all := r.told(t, "scan.artifact.judged"); len(all) != 1 {
			t.Errorf("%+v", all)
		}
	})
}
