package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Options of Write.
type Options struct {
	NoBlobs bool
	Version string           // of the program
	Now     func() time.Time // required
}

// Write writes an archive of the store to w while others may go on writing to
// the store: its records are those of one moment.
func Write(ctx context.Context, db *rows.DB, schemas []rows.Schema, store blobs.Store, w io.Writer, o Options) (_ Summary, err error) {
	defer fault.Wrap(&err, "backup.Write")
	compressed, err := zstd.NewWriter(w)
	if err != nil {
		return Summary{}, err
	}
	a := &archiver{tar: tar.NewWriter(compressed), time: o.Now().UTC().Truncate(time.Second), tail: tail{Tables: map[string]sum{}}}
	var h head
	err = db.Snapshot(ctx, func(r rows.Reader) error {
		h = head{
			Format: Format, Version: o.Version, Time: a.time, Engine: db.Dialect().String(),
			Blobs: !o.NoBlobs, LeftOut: leftOut(schemas, o.NoBlobs),
		}
		return a.records(ctx, r, db.Dialect(), schemas, &h)
	})
	var gone int64
	if err == nil && !o.NoBlobs {
		gone, err = a.blobs(ctx, store)
	}
	if err == nil {
		err = a.document(tailName, a.tail)
	}
	if err == nil {
		err = a.tar.Close()
	}
	if e := compressed.Close(); err == nil {
		err = e
	}
	s := summary(h, a.tail)
	s.Gone = gone
	return s, err
}

// archiver writes the entries of one archive.
type archiver struct {
	tar  *tar.Writer
	time time.Time
	tail tail
}

func (a *archiver) entry(name string, size int64) error {
	return a.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: a.time, Format: tar.FormatPAX})
}

func (a *archiver) document(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if len(b) > maxDocument {
		return fmt.Errorf("%s is too large: %d bytes", name, len(b))
	}
	return a.file(name, b)
}

func (a *archiver) file(name string, b []byte) error {
	if err := a.entry(name, int64(len(b))); err != nil {
		return err
	}
	_, err := a.tar.Write(b)
	return err
}

// records writes the head and all tables.
func (a *archiver) records(ctx context.Context, r rows.Reader, d rows.Dialect, schemas []rows.Schema, h *head) error {
	var err error
	if h.Schemas, err = versions(ctx, r, d, schemas); err != nil {
		return err
	}
	all, err := tables(ctx, r, d, schemas)
	if err != nil {
		return err
	}
	for _, t := range all {
		h.Tables = append(h.Tables, t.layout())
	}
	if err := a.document(headName, h); err != nil {
		return err
	}
	for _, t := range all {
		if err := a.table(ctx, r, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return nil
}

// selection is the statement that reads a table's records.
func selection(t table) string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoted(c.Name)
		if c.document {
			names[i] += "::text"
		}
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM " + t.from
}

// table writes a table's records in files of about a chunk.
func (a *archiver) table(ctx context.Context, r rows.Reader, t table) (err error) {
	answer, err := r.Query(ctx, selection(t))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	w := &tableWriter{archiver: a, name: t.name, digest: sha256.New()}
	values := make([]any, len(t.columns))
	targets := make([]any, len(t.columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for answer.Next() {
		if err := answer.Scan(targets...); err != nil {
			return err
		}
		if err := w.record(t, values); err != nil {
			return err
		}
	}
	if err := answer.Err(); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	a.tail.Tables[t.name] = sum{w.count, w.bytes, hex.EncodeToString(w.digest.Sum(nil))}
	return nil
}

// tableWriter gathers the records of one table.
type tableWriter struct {
	*archiver
	name   string
	digest hash.Hash
	lines  []byte
	files  int
	count  int64
	bytes  int64
}

func (w *tableWriter) record(t table, values []any) (err error) {
	start := len(w.lines)
	separator := byte('{')
	for i, c := range t.columns {
		w.lines = append(w.lines, separator)
		separator = ','
		w.lines = append(strconv.AppendQuoteToASCII(w.lines, c.Name), ':')
		if w.lines, err = appendValue(w.lines, c, values[i]); err != nil {
			return err
		}
	}
	w.lines = append(w.lines, "}\n"...)
	if len(w.lines)-start > maxRecord {
		return fmt.Errorf("a record has %d bytes as JSON, at most %d", len(w.lines)-start, maxRecord)
	}
	w.count++
	if len(w.lines) >= chunk {
		return w.flush()
	}
	return nil
}

func (w *tableWriter) flush() error {
	if len(w.lines) == 0 {
		return nil
	}
	w.files++
	w.bytes += int64(len(w.lines))
	w.digest.Write(w.lines)
	if err := w.file(fmt.Sprintf("%s%s/%06d.jsonl", rowsName, w.name, w.files), w.lines); err != nil {
		return err
	}
	w.lines = w.lines[:0]
	return nil
}

// blobs writes all bytes. Those that were deleted since they were listed are
// counted.
func (a *archiver) blobs(ctx context.Context, store blobs.Store) (gone int64, err error) {
	digest := sha256.New()
	for after := ""; ; {
		page, err := store.List(ctx, blobs.List{Deep: true, After: after})
		if err != nil {
			return gone, err
		}
		for _, e := range page {
			if err := ctx.Err(); err != nil {
				return gone, err
			}
			switch err := a.blob(ctx, store, e.Key, digest); {
			case fault.Is(err, fault.NotFound):
				gone++
			case err != nil:
				return gone, fmt.Errorf("blob %q: %w", e.Key, err)
			}
		}
		if len(page) == 0 {
			a.tail.Blobs.SHA256 = hex.EncodeToString(digest.Sum(nil))
			return gone, nil
		}
		after = page[len(page)-1].Key
	}
}

func (a *archiver) blob(ctx context.Context, store blobs.Store, key string, all hash.Hash) (err error) {
	content, info, err := store.Get(ctx, key, blobs.Range{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if err := a.entry(blobName+key, info.Size); err != nil {
		return err
	}
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(a.tar, digest), content); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	a.tail.Blobs.Count++
	a.tail.Blobs.Bytes += info.Size
	addBlob(all, key, info.Size, digest)
	return nil
}

func addBlob(all hash.Hash, key string, size int64, content hash.Hash) {
	_, _ = fmt.Fprintf(all, "%s\n%d %x\n", key, size, content.Sum(nil))
}
