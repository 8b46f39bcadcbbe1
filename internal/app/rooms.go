package app

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/api/dvcremote"
	"github.com/tacit-ml/tacit/internal/api/mlflow"
	"github.com/tacit-ml/tacit/internal/api/oauth"
	"github.com/tacit-ml/tacit/internal/api/openid"
	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/s3"
	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/config"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/secret"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/govern/bom"
	"github.com/tacit-ml/tacit/internal/govern/installation"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/ui"
)

// Rooms lists every room once, in the order of the guide.
func Rooms() []room.Description {
	return []room.Description{
		tracking.Room().With(loggedmodel.Part()),
		artifact.Room(),
		dataset.Room(),
		registry.Room(),
		access.Room(),
		lineage.Room(),
		audit.Room(),
		installation.Room(),
		scan.Room(),
	}
}

// rooms are the open rooms.
type rooms struct {
	access    *access.Service
	audit     *audit.Service
	tracking  *tracking.Service
	models    *loggedmodel.Service
	registry  *registry.Service
	artifacts *artifact.Service
	datasets  *dataset.Service
	pageKey   page.Signer
	lineage   *lineage.Service
	scan      *scan.Service
	boms      *bom.Service
}

// openRooms gives every room its foundations and neighbours.
func (h *House) openRooms(ctx context.Context) (r rooms, err error) {
	pageKey, err := h.Secrets.Ring(ctx, "page", h.log)
	if err != nil {
		return r, err
	}
	r.pageKey = pageKey
	about := &facts{}
	r.access = access.New(access.Config{
		DB: h.Rows, Events: h.Events, IDs: h.ids, Now: h.now, Log: h.log, Required: h.Settings.RequiresSignIn(),
		Contents: func() []access.Contents {
			return []access.Contents{r.tracking, r.models, r.registry, r.artifacts, r.datasets, r.scan}
		},
		CheckRoot: tracking.CheckRoot,
		Usual:     func() string { return h.Config().Workspace },
		Facts:     about.of, Mentioned: about.mentioned, Subjects: about.subjects, Any: about.any, Files: about.files, Settings: func() *access.Settings { return h.Config().Value("access").(*access.Settings) },
	})
	r.tracking = tracking.New(tracking.Config{
		DB: h.Rows, Events: h.Events, Access: r.access, Grants: r.access, Roots: r.access, IDs: h.ids, Now: h.now, Log: h.log,
		PageKey: pageKey, Models: loggedmodel.Points{}, Data: usedData{&r.datasets},
	})
	r.models = loggedmodel.New(loggedmodel.Config{
		DB: h.Rows, Events: h.Events, Access: r.access, Experiments: r.tracking, IDs: h.ids, Now: h.now, PageKey: pageKey,
	})
	r.registry = registry.New(registry.Config{
		DB: h.Rows, Events: h.Events, Access: r.access, Grants: r.access, Runs: r.tracking, LoggedModels: r.models, Gate: gate{&r.scan}, Reserved: []string{scan.Tag}, Now: h.now, PageKey: pageKey,
	})
	r.audit = audit.New(audit.Config{
		DB: h.Rows, Events: h.Events, Keys: h.Secrets, Access: r.access, Jobs: h.Jobs, IDs: h.ids, Now: h.now, Log: h.log, Text: rest.EntryText, Kept: h.folder.Join(audit.KeptName),
		Settings: func() audit.Settings { return *h.Config().Value("audit").(*audit.Settings) },
	})
	if err = r.audit.Begin(ctx); err != nil {
		return r, err
	}
	r.artifacts = artifact.New(artifact.Config{DB: h.Rows, Events: h.Events, Blobs: h.Blobs, Jobs: h.Jobs, Now: h.now})
	if r.datasets, err = h.openData(pageKey, usedRuns{r.tracking, r.registry}); err != nil {
		return r, err
	}
	*about = facts{tracking: r.tracking, models: r.models, registry: r.registry, artifacts: r.artifacts}
	r.scan = scan.New(scan.Config{
		DB: h.Rows, Events: h.Events, Jobs: h.Jobs, Files: scanned{r.artifacts}, Models: judged{r.registry, r.models, r.tracking}, Now: h.now, Log: h.log,
		Engine: "tacit " + h.Settings.Version, Settings: func() *scan.Settings { return h.Config().Value("scan").(*scan.Settings) },
	})
	r.boms = bom.New(bom.Config{Versions: described{judged{r.registry, r.models, r.tracking}, r.artifacts, r.access}, Scans: r.scan, Now: h.now, Engine: "tacit " + h.Settings.Version})
	r.lineage = lineage.New(lineage.Config{DB: h.Rows, Events: h.Events, Access: r.access})
	about.lineage = r.lineage
	if err = r.lineage.Begin(ctx); err != nil {
		return r, err
	}
	h.handleJobs(r)
	h.examined = append(h.examined, r.audit.Examine)
	h.settle, h.tellSettings = r.audit.Settle, []func(context.Context) error{r.access.TellPolicies, r.audit.TellSettings, r.scan.TellSettings}
	h.workers = append(h.workers, h.Jobs.Work, r.tracking.Work, r.audit.Work, r.audit.Export, r.access.Work)
	h.check, h.prove, h.first, h.refused = r.access, r.access.Authenticate, r.access.InviteFirst, r.access.Refused
	h.owner = func(ctx context.Context, _ caller.Credentials) (context.Context, error) {
		return access.Local(ctx), nil
	}
	return r, nil
}

// handleJobs names who works each kind of job, and what is done again and again.
func (h *House) handleJobs(r rooms) {
	handle := func(kind string, attempt time.Duration, attempts int, work jobs.Handler) {
		h.Jobs.Handle(kind, jobs.Settings{Timeout: attempt, Attempts: attempts}, work)
	}
	handle(artifact.ClearKind, artifact.ClearTime, 0, r.artifacts.WorkClear)
	handle(artifact.MoveKind, artifact.MoveTime, 0, r.artifacts.WorkMove)
	handle(artifact.HashKind, artifact.HashTime, 0, r.artifacts.WorkHash)
	handle(dataset.ClearKind, dataset.ClearTime, 0, r.datasets.WorkClear)
	handle(dataset.SettleKind, dataset.SettleTime, 0, r.datasets.WorkSettle)
	handle(dataset.SweepKind, dataset.SweepTime, 0, r.datasets.WorkSweep)
	handle(dataset.ProfileKind, dataset.ProfileTime, 0, r.datasets.WorkProfile)
	handle(scan.JudgeKind, scan.JudgeTime, 0, r.scan.WorkJudge)
	handle(scan.RenewKind, scan.RenewTime, 0, r.scan.WorkRenew)
	handle(scan.ReviewKind, scan.ReviewTime, 0, r.scan.WorkReview)
	handle(audit.VerifyKind, audit.VerifyTime, 3, r.audit.WorkVerify)
	h.Jobs.Every(dataset.SettleEvery, jobs.Job{Kind: dataset.SettleKind, Workspace: caller.DefaultWorkspace})
	h.Jobs.Every(dataset.SweepEvery, jobs.Job{Kind: dataset.SweepKind, Workspace: caller.DefaultWorkspace})
	h.Jobs.Every(dataset.ProfileEvery, jobs.Job{Kind: dataset.ProfileKind, Workspace: caller.DefaultWorkspace, Unique: "due"})
	h.Jobs.Every(scan.RenewEvery, jobs.Job{Kind: scan.RenewKind, Workspace: caller.DefaultWorkspace})
	h.Jobs.Every(scan.ReviewEvery, jobs.Job{Kind: scan.ReviewKind, Workspace: caller.DefaultWorkspace})
	h.Jobs.Every(audit.VerifyEvery, jobs.Job{Kind: audit.VerifyKind, Workspace: caller.DefaultWorkspace})
	h.sweepBlobs()
	h.sweepAnswers()
	h.sweepSessions(r.access.Sweep)
	h.retain(r.audit.Retain)
}

// tellKeys are the announcements of keys that are rotated, and retired.
func tellKeys(events *event.Log) (rotated, retired secret.Told) {
	return func(ctx context.Context, tx *rows.Tx, name string, version int64) error {
			return installation.KeyRotated(ctx, tx, events, name, version)
		}, func(ctx context.Context, tx *rows.Tx, name string, version int64) error {
			return installation.KeyRetired(ctx, tx, events, name, version)
		}
}

// keepRestored has the folder keep what the restored audit log was signed as last.
func keepRestored(ctx context.Context, db *rows.DB, locked *folder.Folder) error {
	return audit.KeepRestored(ctx, db.Read(), locked.Join(audit.KeptName))
}

// Archive is what is told of a backup.
type Archive = installation.Archive

// archived announces that an archive was written.
func archived(ctx context.Context, db *rows.DB, events *event.Log, a Archive) error {
	return installation.BackedUp(ctx, db, events, a)
}

// restored announces that the store is what an archive held.
func restored(ctx context.Context, db *rows.DB, events *event.Log, a Archive) error {
	return installation.Restored(ctx, db, events, a)
}

// providers are who else proves people's identity, as tacit.yaml has them now.
func (h *House) providers() *openid.Client {
	return openid.New(openid.Config{Now: h.now, Getenv: os.Getenv, Providers: func() []access.Provider {
		return h.Config().Value("access").(*access.Settings).Providers
	}})
}

// VariablesOf are the variables of the environment that a settings file names,
// none where file is nil.
func VariablesOf(file *config.File) (all []string) {
	if file == nil {
		return nil
	}
	for _, p := range file.Value("access").(*access.Settings).Providers {
		if p.ClientSecretEnv != "" {
			all = append(all, p.ClientSecretEnv)
		}
	}
	return all
}

// openFaces makes the languages spoken, in order of precedence: the pages own
// what is left.
func (h *House) openFaces(ctx context.Context, r rooms) error {
	linkKey, err := h.Secrets.Ring(ctx, "link", h.log)
	if err != nil {
		return err
	}
	whole := &installation.Service{Port: h.Jobs, DB: h.Rows, Events: h.Events}
	own, _, err := rest.New(rest.Services{
		Version: h.Settings.Version, Started: h.started, Now: h.now, Stores: stores{h}, Checks: checks{h},
		Experiments: r.tracking, Runs: r.tracking, Metrics: r.tracking, Artifacts: r.artifacts, Models: r.registry, Versions: r.registry, Scans: r.scan, Signatures: r.scan, Boms: r.boms, Data: r.datasets,
		Jobs: whole, Backups: whole, Events: h.Events, Audit: r.audit, Access: r.access, Accounts: r.access, Workspaces: r.access, Grants: r.access, Groups: r.access, Decisions: r.access, Answers: h.answers, PageKey: r.pageKey,
		Lineage: r.lineage,
	})
	if err != nil {
		return err
	}
	pages, err := ui.New(ui.Services{
		Tracking: r.tracking, Registry: r.registry, Artifacts: r.artifacts, Events: h.Events,
		LoggedModels: r.models, Data: r.datasets, Scans: r.scan, Boms: r.boms, Access: r.access, Decisions: r.access, Lineage: r.lineage, Audit: r.audit, Sessions: r.access, Accounts: r.access, Providers: h.providers(), Workspaces: r.access,
	}, ui.Options{
		Version: h.Settings.Version, Stores: h.storesInWords(), SignIn: h.Settings.RequiresSignIn(),
		Now: h.now, Random: h.ids.Bytes, Log: h.log,
	})
	if err != nil {
		return err
	}
	h.spoken = []route.Face{
		h.operations(),
		own,
		oauth.New(r.access),
		dvcremote.New(r.datasets),
		s3.New(r.datasets),
		mlflow.New(mlflow.Services{
			Experiments: r.tracking, Runs: r.tracking, Metrics: r.tracking, Inputs: r.tracking,
			RegisteredModels: r.registry, ModelVersions: r.registry,
			LoggedModels: r.models, Artifacts: r.artifacts, Places: places{r.tracking, r.models, r.access, r.artifacts}, Users: r.access, Grants: r.access, Groups: r.access, Workspaces: r.access, LinkKey: linkKey, Now: h.now,
		}),
		pages,
	}
	return nil
}

// checks tells the findings of the house in the words of tacit's own API.
type checks struct{ h *House }

// Checks looks at what the house stands on.
func (c checks) Checks(ctx context.Context) []rest.CheckBody {
	found := c.h.Examine(ctx)
	all := make([]rest.CheckBody, len(found))
	for i, f := range found {
		all[i] = rest.CheckBody(f)
	}
	return all
}

// storesInWords says on what this tacit stands, for the foot of the pages.
func (h *House) storesInWords() string {
	words := engine(h.Rows.Dialect())
	if strings.HasPrefix(h.Settings.Blobs, "s3://") {
		return words + ", S3"
	}
	return words + ", local disk"
}
