package rest

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	dvc "github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/registration"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Data are the use cases that this resource calls.
type Data interface {
	Sets(ctx context.Context, contains string, p dataset.Paging) ([]dataset.Set, string, error)
	VersionsOf(ctx context.Context, remote, path string, p dataset.Paging) ([]dataset.Version, string, error)
	VersionIn(ctx context.Context, remote string, id dvc.ID) (dataset.Version, error)
	Entries(ctx context.Context, remote string, id dvc.ID, folder string, p dataset.Paging) ([]dataset.Entry, string, error)
	Uses(ctx context.Context, id dvc.ID, p dataset.Paging) ([]dataset.Use, string, error)
	DataOf(ctx context.Context, run string) ([]dataset.Data, error)
	ProfileOf(ctx context.Context, remote string, file dvc.ID) (dataset.Profiled, error)
	Changes(ctx context.Context, remote string, a, b dvc.ID, p dataset.Paging) ([]dataset.FileChange, dataset.ChangeSummary, string, error)
	RowChanges(ctx context.Context, remote string, a, b dvc.ID, key []string, p dataset.Paging) (lake.Difference, string, error)
	Remote(ctx context.Context, name string) (dataset.Remote, error)
	SizeOf(ctx context.Context, remote string) (dataset.Size, error)
	Inspected(ctx context.Context, remote string) (*dataset.Inspected, error)
	Register(ctx context.Context, remote string, all []registration.Registration) (int, error)
}

// PageQuery asks for one page.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page  string `query:"page" maxLength:"100000" doc:"next of the page before; the rest stays the same"`
}

func (q PageQuery) paging() dataset.Paging { return dataset.Paging{Limit: q.Limit, Token: q.Page} }

// RemotePath names a remote of DVC that tacit keeps.
type RemotePath struct {
	Remote string `path:"remote" maxLength:"63"`
}

// DataPath names a data version in a remote, or one of its files.
type DataPath struct {
	RemotePath
	MD5 string `path:"md5" pattern:"^[0-9a-f]{32}(\\.dir)?$" doc:"name of the object: the MD5 of the bytes, with .dir behind that of a folder's listing"`
}

func (p DataPath) id() (dvc.ID, error) { return dvc.Parse(p.MD5) }

type listDataSetsInput struct {
	Contains string `query:"contains" maxLength:"1000" doc:"a text in the remote's name or in the path"`
	PageQuery
}

type listDataVersionsInput struct {
	RemotePath
	Path string `query:"path" maxLength:"1024" doc:"of the data set; none for versions whose path nobody told"`
	PageQuery
}

type listDataEntriesInput struct {
	DataPath
	Folder string `query:"folder" maxLength:"65536" doc:"in the version; none for the version itself"`
	PageQuery
}

type pagedDataInput struct {
	DataPath
	PageQuery
}

type dataChangesInput struct {
	DataPath
	Since string `query:"since" required:"true" pattern:"^[0-9a-f]{32}(\\.dir)?$" doc:"name of the version before"`
	PageQuery
}

func (in dataChangesInput) ids() (since, until dvc.ID, err error) {
	if until, err = in.id(); err == nil {
		since, err = dvc.Parse(in.Since)
	}
	return since, until, err
}

type dataRowsInput struct {
	dataChangesInput
	Key []string `query:"key,explode" nullable:"false" maxItems:"100" doc:"a column that names a row; given again for more. Without any, rows are compared as they are"`
}

type registerDataInput struct {
	RemotePath
	Body struct {
		Places []registration.Registration `json:"places" nullable:"false" maxItems:"1000"`
	}
}

// RegisteredBody tells what was noted.
type RegisteredBody struct {
	Registered int `json:"registered" doc:"places that were not known"`
}

func (f *face) data() {
	remote := object("remote", "remote")
	add(f, operation{"GET", "/data", "list-data-sets", "Data sets: what repositories keep at one path, by remote and path", "data.list", listed, 0}, f.listDataSets)
	add(f, operation{"GET", "/data/{remote}", "get-data-remote", "A remote, and what its last inspection found", "data.read", remote, 0}, f.getDataRemote)
	add(f, operation{"GET", "/data/{remote}/versions", "list-data-versions", "Versions of a data set, the newest first", "data.read", remote, 0}, f.listDataVersions)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}", "get-data-version", "One data version", "data.read", remote, 0}, f.getDataVersion)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}/entries", "list-data-entries", "Files and folders of a data version", "data.read", remote, 0}, f.listDataEntries)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}/uses", "list-data-uses", "Runs that used a data version, and what was made of them", "data.read", remote, 0}, f.listDataUses)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}/profile", "get-data-profile", "What the columns of a table are like", "data.read", remote, 0}, f.getDataProfile)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}/changes", "list-data-changes", "Files that changed since another data version", "data.read", remote, 0}, f.listDataChanges)
	add(f, operation{"GET", "/data/{remote}/versions/{md5}/rows", "list-data-rows", "Rows of a table that changed since another version of it", "data.read", remote, 0}, f.listDataRows)
	add(f, operation{"POST", "/data/{remote}/places", "register-data", "Tell where a repository has data versions", "data.push", remote, 0}, f.registerData)
	add(f, operation{"GET", "/runs/{id}/data", "list-run-data", "Data versions that a run used", "run.read", object("run", "id"), 0}, f.listRunData)
}

func (f *face) listDataSets(ctx context.Context, in *listDataSetsInput) (*output[Page[DataSetBody]], error) {
	// A condition cannot be asked of remotes: who may not see all sees none.
	visible, err := f.Access.Visible(ctx, "data.list")
	if err != nil {
		return nil, err
	}
	if _, all := visible.(filter.True); !all {
		return nil, fault.New(fault.Denied, "Data sets are listed to who may see all of them.")
	}
	all, next, err := f.Data.Sets(ctx, in.Contains, in.paging())
	return pageOf(all, next, dataSetBody), err
}

func (f *face) listDataVersions(ctx context.Context, in *listDataVersionsInput) (*output[Page[DataVersionBody]], error) {
	all, next, err := f.Data.VersionsOf(ctx, in.Remote, in.Path, in.paging())
	return pageOf(all, next, dataVersionBody), err
}

func (f *face) getDataVersion(ctx context.Context, in *DataPath) (*output[DataVersionBody], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	v, err := f.Data.VersionIn(ctx, in.Remote, id)
	return &output[DataVersionBody]{dataVersionBody(v)}, err
}

func (f *face) listDataEntries(ctx context.Context, in *listDataEntriesInput) (*output[Page[DataEntryBody]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	all, next, err := f.Data.Entries(ctx, in.Remote, id, in.Folder, in.paging())
	return pageOf(all, next, dataEntryBody), err
}

func (f *face) listDataUses(ctx context.Context, in *pagedDataInput) (*output[Page[DataUseBody]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, err := f.Data.VersionIn(ctx, in.Remote, id); err != nil {
		return nil, err
	}
	all, next, err := f.Data.Uses(ctx, id, in.paging())
	return pageOf(all, next, dataUseBody), err
}

func (f *face) getDataProfile(ctx context.Context, in *DataPath) (*output[DataProfileBody], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, err := f.Data.ProfileOf(ctx, in.Remote, id)
	return &output[DataProfileBody]{dataProfileBody(p)}, err
}

func (f *face) listDataChanges(ctx context.Context, in *dataChangesInput) (*output[DataChangesBody], error) {
	since, until, err := in.ids()
	if err != nil {
		return nil, err
	}
	all, sum, next, err := f.Data.Changes(ctx, in.Remote, since, until, in.paging())
	return &output[DataChangesBody]{dataChangesBody(all, sum, next)}, err
}

func (f *face) listDataRows(ctx context.Context, in *dataRowsInput) (*output[DataRowsBody], error) {
	since, until, err := in.ids()
	if err != nil {
		return nil, err
	}
	d, next, err := f.Data.RowChanges(ctx, in.Remote, since, until, in.Key, in.paging())
	return &output[DataRowsBody]{dataRowsBody(d, next)}, err
}

func (f *face) registerData(ctx context.Context, in *registerDataInput) (*output[RegisteredBody], error) {
	n, err := f.Data.Register(ctx, in.Remote, in.Body.Places)
	return &output[RegisteredBody]{RegisteredBody{n}}, err
}
