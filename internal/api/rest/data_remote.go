package rest

import (
	"context"
	"time"
)

// DataRemoteBody is a remote that tacit keeps.
type DataRemoteBody struct {
	Name       string              `json:"name"`
	Made       time.Time           `json:"made"`
	Objects    int64               `json:"objects"`
	Bytes      int64               `json:"bytes"`
	Pushed     *time.Time          `json:"pushed,omitempty" doc:"the last object; absent where there is none"`
	Inspection *DataInspectionBody `json:"inspection,omitempty" doc:"the last one that a repository told of: tacit data fsck"`
}

// DataInspectionBody is what an inspection of a remote found.
type DataInspectionBody struct {
	Told    time.Time `json:"told"`
	Actor   string    `json:"actor" doc:"who told it, as a URN"`
	Objects int64     `json:"objects" doc:"that the remote was asked for"`
	Lost    int64     `json:"lost" doc:"objects that are neither in the repository's cache nor in the remote"`
	Unsent  int64     `json:"unsent" doc:"objects of the cache that the remote lacks, and is thought to have"`
	Mended  int64     `json:"mended" doc:"problems that were there"`
}

func (f *face) getDataRemote(ctx context.Context, in *RemotePath) (*output[DataRemoteBody], error) {
	r, err := f.Data.Remote(ctx, in.Remote)
	if err != nil {
		return nil, err
	}
	size, err := f.Data.SizeOf(ctx, in.Remote)
	if err != nil {
		return nil, err
	}
	i, err := f.Data.Inspected(ctx, in.Remote)
	if err != nil {
		return nil, err
	}
	b := DataRemoteBody{Name: r.Name, Made: r.Made, Objects: size.Objects, Bytes: size.Bytes}
	if !size.Last.IsZero() {
		b.Pushed = &size.Last
	}
	if i != nil {
		b.Inspection = &DataInspectionBody{i.Told, i.Actor, i.Objects, i.Lost, i.Unsent, i.Mended}
	}
	return &output[DataRemoteBody]{b}, nil
}
