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
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// maxWindow bounds what the decompressor holds, in bytes.
const maxWindow = 64 << 20

// Restore fills an empty store, whose schemas are there, from an archive. On
// any error nothing of the archive stays. fault.Conflict when the store is not
// empty or the archive comes from a newer tacit, fault.Invalid when it is
// damaged.
func Restore(ctx context.Context, db *rows.DB, schemas []rows.Schema, store blobs.Store, r io.Reader) (_ Summary, err error) {
	defer fault.Wrap(&err, "backup.Restore")
	plain, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return Summary{}, err
	}
	defer plain.Close()
	return restore(ctx, db, schemas, store, plain)
}

// restore reads the decompressed archive.
func restore(ctx context.Context, db *rows.DB, schemas []rows.Schema, store blobs.Store, plain io.Reader) (Summary, error) {
	source := &source{r: plain}
	x := &restorer{
		source: source, tar: tar.NewReader(source), db: db, schemas: schemas, store: store,
		sums: map[string]*tableReader{}, digest: sha256.New(),
	}
	began := false
	// The archive goes by once, so the transaction cannot be repeated; at this
	// level it need not.
	err := db.WriteAt(ctx, rows.ReadCommitted, func(tx *rows.Tx) error {
		if began {
			return fault.New(fault.Unavailable, "The database ended the transaction; restore again.")
		}
		began = true
		return x.run(ctx, tx)
	})
	if err != nil {
		return Summary{}, errors.Join(err, x.undoBlobs(ctx))
	}
	return summary(x.head, x.tail), nil
}

// source remembers why an archive cannot be read on, so that its damage is told
// from a failure of the store of bytes.
type source struct {
	r   io.Reader
	err error
}

// Read reads decompressed bytes.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

// restorer reads one archive.
type restorer struct {
	source  *source
	tar     *tar.Reader
	db      *rows.DB
	schemas []rows.Schema
	store   blobs.Store

	head   head
	tail   tail
	tables map[string]table // of the store
	sums   map[string]*tableReader
	put    []string  // blobs that were put
	blob   sum       // what was put
	digest hash.Hash // of what was put
}

func (x *restorer) run(ctx context.Context, tx *rows.Tx) error {
	if err := x.readHead(ctx, tx); err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := x.tar.Next()
		if err != nil {
			return damaged("it ends early (%v)", err)
		}
		if h.Typeflag != tar.TypeReg {
			return damaged("%.100q is no file", h.Name)
		}
		if h.Name == tailName {
			break
		}
		if err := x.entry(ctx, tx, h); err != nil {
			return err
		}
	}
	if err := x.readTail(); err != nil {
		return err
	}
	for _, s := range x.schemas {
		if s.Restored == nil {
			continue
		}
		if err := s.Restored(ctx, tx); err != nil {
			return fmt.Errorf("schema %s: %w", s.Name, err)
		}
	}
	return x.renumber(ctx, tx)
}

// readHead reads the first entry and checks that the store can take the rest.
func (x *restorer) readHead(ctx context.Context, tx *rows.Tx) error {
	h, err := x.tar.Next()
	if err != nil || h.Name != headName || h.Typeflag != tar.TypeReg {
		return damaged("it does not begin with %s", headName)
	}
	if err := x.document(h, &x.head); err != nil {
		return err
	}
	if x.head.Format > Format {
		return newer("its format is %d, this program knows %d", x.head.Format, Format)
	}
	has, err := versions(ctx, tx, tx.Dialect(), x.schemas)
	if err != nil {
		return err
	}
	for _, s := range x.head.Schemas {
		i := slices.IndexFunc(has, func(h schema) bool { return h.Name == s.Name })
		if i < 0 {
			return newer("it has a schema %.100q, which this program does not know", s.Name)
		}
		if s.Version > has[i].Version {
			return newer("its schema %q is at version %d, this program knows %d", s.Name, s.Version, has[i].Version)
		}
	}
	if err := x.mustBeEmpty(ctx, tx); err != nil {
		return err
	}
	return x.match()
}

func newer(format string, args ...any) error {
	return fault.WithHint(fault.New(fault.Conflict, "The archive was written by a newer tacit: "+format+".", args...), "restore it with the tacit that wrote it, or a newer one")
}

// document reads a JSON entry.
func (x *restorer) document(h *tar.Header, v any) error {
	if h.Size > maxDocument {
		return damaged("%s has %d bytes", h.Name, h.Size)
	}
	if err := json.NewDecoder(x.tar).Decode(v); err != nil {
		return damaged("%s cannot be read (%v)", h.Name, err)
	}
	return nil
}

func (x *restorer) mustBeEmpty(ctx context.Context, tx *rows.Tx) error {
	all, err := tables(ctx, tx, tx.Dialect(), x.schemas)
	if err != nil {
		return err
	}
	notEmpty := func(what string) error {
		return fault.WithHint(fault.New(fault.Conflict, "The store is not empty: %s.", what), "restore into a new folder with --dir, or a new database")
	}
	x.tables = map[string]table{}
	for _, t := range all {
		x.tables[t.name] = t
		found, err := rows.Collect(ctx, tx, rows.Column[int64], `SELECT 1 FROM `+quoted(t.name)+` LIMIT 1`)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return notEmpty("the table " + t.name + " at " + x.db.Address() + " has records")
		}
	}
	if !x.head.Blobs {
		return nil
	}
	page, err := x.store.List(ctx, blobs.List{Deep: true, Limit: 1})
	if err != nil {
		return err
	}
	if len(page) > 0 {
		return notEmpty("there are bytes at " + x.store.Address())
	}
	return nil
}

// match finds the store's table and columns for each of the archive's.
func (x *restorer) match() error {
	for _, l := range x.head.Tables {
		t, ok := x.tables[l.Name]
		if !ok {
			return newer("it has a table %.100q, which this program does not know", l.Name)
		}
		if x.sums[l.Name] != nil {
			return damaged("the table %s is named twice", l.Name)
		}
		reader := &tableReader{table: t, digest: sha256.New()}
		for _, c := range l.Columns {
			to, ok := t.column(c.Name)
			if !ok {
				return newer("its table %s has a column %.100q, which this program does not know", l.Name, c.Name)
			}
			whole := c.Kind == integer || c.Kind == boolean
			if to.Kind != c.Kind && (!whole || to.Kind != integer && to.Kind != boolean) {
				return newer("the column %s of its table %s keeps %.20s, not %s", c.Name, l.Name, c.Kind, to.Kind)
			}
			if slices.ContainsFunc(reader.columns, func(c column) bool { return c.Name == to.Name }) {
				return damaged("the column %s of the table %s is named twice", c.Name, l.Name)
			}
			reader.columns = append(reader.columns, to)
		}
		if len(reader.columns) == 0 {
			return damaged("the table %s has no columns", l.Name)
		}
		x.sums[l.Name] = reader
	}
	return nil
}

// entry takes one file of the archive.
func (x *restorer) entry(ctx context.Context, tx *rows.Tx, h *tar.Header) error {
	if key, ok := strings.CutPrefix(h.Name, blobName); ok {
		return x.putBlob(ctx, key, h.Size)
	}
	name, ok := strings.CutPrefix(h.Name, rowsName)
	name, file, _ := strings.Cut(name, "/")
	t := x.sums[name]
	if !ok || t == nil || file != fmt.Sprintf("%06d.jsonl", t.files+1) {
		return damaged("%.100q is out of place", h.Name)
	}
	if h.Size > maxFile {
		return damaged("%s has %d bytes", h.Name, h.Size)
	}
	t.files++
	content, err := io.ReadAll(x.tar)
	if err != nil {
		return damaged("%s ends early (%v)", h.Name, err)
	}
	if err := t.take(ctx, tx, content); err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	return nil
}

func (x *restorer) putBlob(ctx context.Context, key string, size int64) error {
	if !x.head.Blobs || blobs.CheckKey(key) != nil {
		return damaged("%.100q is out of place", blobName+key)
	}
	digest := sha256.New()
	x.put = append(x.put, key)
	if _, err := x.store.Put(ctx, key, io.TeeReader(x.tar, digest), size); err != nil {
		if x.source.err != nil {
			return damaged("%.100q cannot be read (%v)", blobName+key, x.source.err)
		}
		return err
	}
	x.blob.Count++
	x.blob.Bytes += size
	addBlob(x.digest, key, size, digest)
	return nil
}

// undoBlobs removes what was put before the archive failed.
func (x *restorer) undoBlobs(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var all []error
	for _, key := range x.put {
		all = append(all, x.store.Delete(ctx, key))
	}
	return errors.Join(all...)
}

// readTail reads the manifest and compares it with what came.
func (x *restorer) readTail() error {
	b, err := io.ReadAll(io.LimitReader(x.tar, maxDocument+1))
	if err != nil || len(b) > maxDocument || json.Unmarshal(b, &x.tail) != nil {
		return damaged("%s cannot be read", tailName)
	}
	for name, t := range x.sums {
		got := sum{t.count, t.bytes, hex.EncodeToString(t.digest.Sum(nil))}
		if want := x.tail.Tables[name]; got != want {
			return damaged("the table %s differs from the manifest: %d records, %d in the manifest", name, got.Count, want.Count)
		}
	}
	if len(x.tail.Tables) != len(x.sums) {
		return damaged("the manifest has %d tables, the head %d", len(x.tail.Tables), len(x.sums))
	}
	if x.head.Blobs {
		x.blob.SHA256 = hex.EncodeToString(x.digest.Sum(nil))
	}
	if x.blob != x.tail.Blobs {
		return damaged("the blobs differ from the manifest: %d, %d in the manifest", x.blob.Count, x.tail.Blobs.Count)
	}
	if _, err := x.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged("something follows %s", tailName)
	}
	// The decompressor checks its own sums at the end.
	if n, err := io.Copy(io.Discard, io.LimitReader(x.source, maxDocument)); err != nil || n == maxDocument {
		return damaged("something follows its end (%v)", err)
	}
	return nil
}

// renumber lets PostgreSQL number on after what was restored.
func (x *restorer) renumber(ctx context.Context, tx *rows.Tx) error {
	if tx.Dialect() != rows.Postgres {
		return nil
	}
	for _, t := range x.tables {
		for _, c := range t.columns {
			if !c.identity {
				continue
			}
			next := fmt.Sprintf(`SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(max(%s), 0) + 1, false) FROM %s`, quoted(c.Name), quoted(t.name))
			if _, err := rows.One(ctx, tx, rows.Column[int64], next, quoted(t.name), c.Name); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
	}
	return nil
}
