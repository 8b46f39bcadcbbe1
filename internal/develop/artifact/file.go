package artifact

import "time"

// Entry is one line of a listing.
type Entry struct {
	Path     string // from the workspace; its last segment is the name
	Folder   bool
	Size     int64     // bytes, 0 for a folder
	Modified time.Time // zero for a folder
	ETag     string    // changes with the bytes; "" for a folder
}

// File is what is known of a stored file.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`             // bytes
	ETag   string `json:"etag"`             // changes with the bytes
	SHA256 string `json:"sha256,omitempty"` // hexadecimal, of the bytes; "" where it was not taken as they came
}
