package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
)

// stored are artifacts with the names of a map, in a folder of the store. As there,
// what is no folder has no entries, which is no error.
type stored struct{ files fstest.MapFS }

const root = "1/run/artifacts/model"

// List lists a folder.
func (s stored) List(_ context.Context, folder string) (all []Entry, err error) {
	entries, err := fs.ReadDir(fstest.MapFS(s.prefixed()), folder)
	if err != nil {
		return nil, nil //nolint:nilerr // as the store
	}
	for _, e := range entries {
		i, err := e.Info()
		if err != nil {
			return nil, err
		}
		entry := Entry{Path: path.Join(folder, e.Name()), Folder: e.IsDir()}
		if !e.IsDir() {
			entry.Size = i.Size()
		}
		all = append(all, entry)
	}
	return all, nil
}

func (s stored) prefixed() map[string]*fstest.MapFile {
	all := map[string]*fstest.MapFile{}
	for name, f := range s.files {
		all[path.Join(root, name)] = f
	}
	return all
}

// Open opens a part of a file.
func (s stored) Open(_ context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	return io.NopCloser(bytes.NewReader(s.prefixed()[p].Data[part.Offset:])), "", nil
}

// Put is not asked for.
func (s stored) Put(context.Context, string, []byte) error { return errors.ErrUnsupported }

// The artifacts are a file system as the standard library means it: rules read files
// by fs.ReadFile, and at places.
func TestArtifactsAreAFileSystem(t *testing.T) {
	t.Parallel()
	names := []string{"MLmodel", "model.pkl", "empty", "code/mine.py", "code/deep/er/a.txt"}
	files := fstest.MapFS{}
	for i, name := range names {
		files[name] = &fstest.MapFile{Data: bytes.Repeat([]byte(name), 1000*(i%4))}
	}
	f, err := newFolder(context.Background(), stored{files}, root)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, names...); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]error{"none": fs.ErrNotExist, "code/none": fs.ErrNotExist, "model.pkl/below": fs.ErrNotExist, "model.pkl": syscall.ENOTDIR, "../b": fs.ErrInvalid} {
		if _, err := f.ReadDir(name); !errors.Is(err, want) {
			t.Errorf("the folder %s: %v, want %v", name, err, want)
		}
	}
	if _, err := fs.ReadFile(f, "code"); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a folder that is read: %v", err)
	}
	one, err := newFolder(context.Background(), stored{files}, root+"/model.pkl")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(one, "model.pkl"); err != nil {
		t.Error(err)
	}
}
