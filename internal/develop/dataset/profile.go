package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// ProfileState is how far it is known what a file's columns are like.
type ProfileState string

// The states of a profile.
const (
	ProfileWaiting ProfileState = "waiting" // a job will look at it
	ProfileReady   ProfileState = "ready"
	ProfileFailed  ProfileState = "failed" // it is a table and could not be read
	ProfileNone    ProfileState = "none"   // it is no table, or was not looked at
)

// Profiled is what is known of a file's columns.
type Profiled struct {
	State   ProfileState
	Reason  string // of one that failed or is none
	Profile lake.Profile
	Head    [][]*string // the first rows, by Profile.Columns; nil is no value
	Made    time.Time
	// Tries is how often tacit itself failed at a file. It is tried again, after a pause
	// that is longer each time.
	Tries int
}

// longestPause is how long a file is left alone at most at which tacit failed: a mended
// one may be running by then.
const longestPause = 7 * 24 * time.Hour

// again is when a file is tried again at which tacit failed.
func (p Profiled) again() time.Time {
	return p.Made.Add(min(time.Hour<<min(p.Tries-1, 16), longestPause))
}

// rests says whether a file at which tacit failed is left alone yet.
func (p Profiled) rests(now time.Time) bool { return p.Tries > 0 && now.Before(p.again()) }

// kept is what of a profile is written down.
type kept struct {
	Profile lake.Profile `json:"profile"`
	Head    [][]*string  `json:"head"`
	Tries   int          `json:"tries,omitempty"`
}

// ProfileOf says what the columns of a file of a remote are like. fault.NotFound where
// the remote has no such file.
func (s *Service) ProfileOf(ctx context.Context, remote string, file object.ID) (p Profiled, err error) {
	defer fault.Wrap(&err, "dataset.ProfileOf(%s, %s)", remote, file)
	_, layout, err := s.anyLayout(ctx, remote, file)
	if err != nil {
		return p, err
	}
	if p, err = s.profiled(ctx, layout, file); err != nil || p.State != "" {
		return p, err
	}
	if s.Files.Lake == nil {
		return Profiled{State: ProfileNone, Reason: fault.Sentence(noLake())}, nil
	}
	waits, err := rows.One(ctx, s.DB.Read(), rows.Column[int64], countDue, caller.Workspace(ctx), remote, int64(layout), file.String())
	if err == nil && waits > 0 {
		return Profiled{State: ProfileWaiting}, nil
	}
	return Profiled{State: ProfileNone, Reason: fmt.Sprintf("It was not looked into: of a version that is a folder the first %d tables are, by the ends of their names.", MostTables)}, err
}

// profiled is what is kept of a file, the zero value for nothing.
func (s *Service) profiled(ctx context.Context, layout object.Layout, id object.ID) (Profiled, error) {
	p, err := rows.One(ctx, s.DB.Read(), scanProfiled, selectProfile, caller.Workspace(ctx), int64(layout), id.String())
	if rows.IsNone(err) {
		return Profiled{}, nil
	}
	return p, err
}

func scanProfiled(s rows.Scanner) (p Profiled, err error) {
	var made int64
	var body string
	if err = s.Scan(&p.State, &p.Reason, &body, &made); err != nil {
		return p, err
	}
	p.Made = time.UnixMicro(made).UTC()
	if body == "" {
		return p, nil
	}
	var k kept
	err = json.Unmarshal([]byte(body), &k)
	p.Profile, p.Head, p.Tries = k.Profile, k.Head, k.Tries
	return p, err
}
