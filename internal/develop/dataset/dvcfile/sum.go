package dvcfile

import (
	"crypto/md5" //nolint:gosec // what stands in the file is its md5
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
)

// Sum is the md5 that stands at the top of an import's file, by which dvc sees
// that somebody changed it: of all it says but notes and what a later look at
// the data could change. An error says what JSON has no form for, as for dvc.
func (s *Stage) Sum() (string, error) {
	d := s.dump()
	d = slices.DeleteFunc(d, func(e pyjson.Member) bool {
		return e.Key == any("md5") || e.Key == any("meta") || e.Key == any("desc")
	})
	b, err := pyjson.Marshal(without(d, "desc", "type", "labels", "meta", "locked", "frozen", "metric", "persist", "isexec", "size", "nfiles"))
	if err != nil {
		return "", err
	}
	sum := md5.Sum(b) //nolint:gosec // as above
	return hex.EncodeToString(sum[:]), nil
}

// without is a value less some keys, at every depth.
func without(value any, keys ...string) any {
	switch v := value.(type) {
	case pyjson.Map:
		m := pyjson.Map{}
		for _, e := range v {
			key, ok := e.Key.(string)
			if !ok || !slices.Contains(keys, key) {
				m = append(m, pyjson.Member{Key: e.Key, Value: without(e.Value, keys...)})
			}
		}
		return m
	case []any:
		all := []any{}
		for _, e := range v {
			all = append(all, without(e, keys...))
		}
		return all
	}
	return value
}

// RunKey names, in the run cache, what a stage was run with: all of its entry but
// sizes, and of its outs the paths alone. RunValue names one outcome of it.
func (s *LockStage) RunKey() (string, error) {
	d := s.dump()
	paths := []any{}
	if outs, ok := d.Get("outs"); ok {
		for _, o := range outs.([]any) {
			path, _ := o.(pyjson.Map).Get("path")
			paths = append(paths, path)
		}
	}
	d.Set("outs", paths)
	return digest(d)
}

// RunValue is the name of the file below RunKey's folder.
func (s *LockStage) RunValue() (string, error) { return digest(s.dump()) }

func digest(d pyjson.Map) (string, error) {
	b, err := pyjson.Marshal(without(d, "size", "nfiles"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// RunPath is where an outcome lies below the root of a cache or remote.
func RunPath(key, value string) string {
	return fmt.Sprintf("runs/%.2s/%s/%s", key, key, value)
}

// EncodeRun writes an outcome as a file of the run cache.
func (s *LockStage) EncodeRun() ([]byte, error) { return yamltext.Marshal(s.dump()) }

// ParseRun reads such a file. It is for who calls to hold it against its name.
func ParseRun(name string, content []byte) (*LockStage, error) {
	root, err := parse(name, content, lockStageRule())
	if err != nil {
		return nil, err
	}
	s := readLockStage(yamltext.Entry{Key: &yamltext.Node{}, Node: root})
	return &s, nil
}
