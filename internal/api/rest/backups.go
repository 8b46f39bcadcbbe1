package rest

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/installation"
)

// Backups takes what commands tell of archives.
type Backups interface {
	BackedUp(context.Context, installation.Archive) error
}

// BackupBody is an archive that was written.
type BackupBody struct {
	Made    time.Time `json:"made" doc:"the time that stands in the archive"`
	File    string    `json:"file" minLength:"1" maxLength:"4096" doc:"as it was named; - for a stream"`
	Host    string    `json:"host,omitempty" maxLength:"4096" doc:"the machine on which the command ran"`
	User    string    `json:"user,omitempty" maxLength:"4096" doc:"its user there"`
	Tables  int       `json:"tables" minimum:"0"`
	Records int64     `json:"records" minimum:"0"`
	Blobs   int64     `json:"blobs" minimum:"0"`
	Bytes   int64     `json:"bytes" minimum:"0" doc:"of blobs"`
}

func (f *face) backups() {
	add(f, operation{"POST", "/backups", "tell-backup", "Have the audit log tell that tacit backup wrote an archive", "backup.create", whole, 0}, f.tellBackup)
}

func (f *face) tellBackup(ctx context.Context, in *struct{ Body BackupBody }) (*changed, error) {
	return &changed{}, f.Backups.BackedUp(ctx, installation.Archive(in.Body))
}
