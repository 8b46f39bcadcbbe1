package sharing

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
)

// known is what a remote had of the objects that Unsent asked it for, kept for who does
// not want it asked again. It is a file of names, a line each, and no proof of anything: a
// push asks.
type known struct {
	file string
	has  map[object.ID]bool
}

// known reads what is known of the remote of a part: nothing, where nobody asked yet.
func (c *Config) known(p part) (*known, error) {
	options, err := c.Repo.Config().Remote(p.remote)
	if err != nil {
		return nil, err
	}
	place := fnv.New128a()
	_, _ = fmt.Fprintf(place, "%d %s", p.layout, options.Text("url")) // never fails
	own, err := c.Repo.Own(fmt.Sprintf("known-%x", place.Sum(nil)))
	if err != nil {
		return nil, err
	}
	k := &known{file: own, has: map[object.ID]bool{}}
	content, err := os.ReadFile(own)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	for line := range bytes.Lines(content) {
		if id, err := object.Parse(string(bytes.TrimSpace(line))); err == nil {
			k.has[id] = true
		}
	}
	return k, err
}

// missing are those of the objects that the remote did not have.
func (k *known) missing(ids []object.ID) (all []object.ID) {
	for _, id := range ids {
		if !k.has[id] {
			all = append(all, id)
		}
	}
	return all
}

// note keeps that of some objects these are missing, and all others there.
func (k *known) note(asked, missing []object.ID) error {
	for _, id := range asked {
		k.has[id] = true
	}
	for _, id := range missing {
		delete(k.has, id)
	}
	all := make([]object.ID, 0, len(k.has))
	for id := range k.has {
		all = append(all, id)
	}
	slices.SortFunc(all, object.Compare)
	made, err := os.CreateTemp(filepath.Dir(k.file), "known-*.tmp")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(made)
	for _, id := range all {
		_, _ = fmt.Fprintln(w, id) // Flush tells
	}
	if err = errors.Join(w.Flush(), made.Close()); err == nil {
		err = os.Rename(made.Name(), k.file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(made.Name()))
	}
	return nil
}

// absent are those of the objects that the remote of a part has not, as it says now, or
// as it said when it was asked last.
func (c *Config) absent(ctx context.Context, p part, ids []object.ID, now bool) (missing []object.ID, err error) {
	k, err := c.known(p)
	if err != nil {
		return nil, err
	}
	if !now {
		return k.missing(ids), nil
	}
	err = c.with(ctx, p, func(side *remote.Side) (err error) {
		missing, err = side.Missing(ctx, ids)
		return err
	})
	if err == nil {
		err = k.note(ids, missing)
	}
	return missing, err
}
