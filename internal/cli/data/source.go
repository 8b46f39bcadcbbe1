package data

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/imports"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// sourced are the flags of the commands that read another repository.
type sourced struct {
	Rev          string   `placeholder:"<commit>" help:"Git revision (e.g. SHA, branch, tag)"`
	Config       string   `help:"Path to a config file that will be merged with the config in the target repository."`
	Remote       string   `help:"Remote name to set as a default in the target repository."`
	RemoteConfig []string `sep:"none" help:"Remote config options to merge with a remote's config (default or one specified by '--remote') in the target repository."`
}

// options are what the flags mean.
func (c *sourced) options() (imports.Options, error) {
	o := imports.Options{Rev: c.Rev, Config: c.Config, Remote: c.Remote}
	for _, text := range c.RemoteConfig {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return o, &failure{254, "", fault.New(fault.Invalid, "argument --remote-config: Could not parse argument \"%s\" as k1=v1 k2=v2 ... format", text)}
		}
		o.RemoteConfig = append(o.RemoteConfig, imports.Setting{Key: key, Value: value})
	}
	return o, nil
}

// around is what reading elsewhere takes from around it; own is the repository whose
// cache is asked first, nil for none.
func (s *session) around(own *repository.Repository) imports.Around {
	env := s.environment()
	folder := os.Getenv("DVC_SITE_CACHE_DIR")
	if folder == "" {
		folder = os.TempDir()
	}
	return imports.Around{
		Environment: env, Own: own, Temporary: filepath.Join(folder, "tacit-sources"),
		Remotes: remote.Surroundings{Getenv: env.Getenv, Home: env.Home, Random: env.Chance, Now: env.Now, Password: s.password(), Client: "tacit/" + s.Version},
	}
}

// reading opens a source, and does something while it is open.
func (s *session) reading(url string, c *sourced, do func(*imports.Source) error) (err error) {
	o, err := c.options()
	if err != nil {
		return err
	}
	source, err := imports.Open(s.ctx, url, o, s.around(nil))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return do(source)
}

// natural is a size as dvc shows it.
func natural(size int64) string {
	if size < 1024 {
		return strconv.FormatInt(size, 10)
	}
	n := float64(size)
	for _, unit := range []string{"", "k", "M", "G", "T", "P", "E", "Z"} {
		switch {
		case n < 9.995:
			return strconv.FormatFloat(n, 'f', 2, 64) + unit
		case n < 99.95:
			return strconv.FormatFloat(n, 'f', 1, 64) + unit
		case n < 999.5:
			return strconv.FormatFloat(n, 'f', 0, 64) + unit
		}
		n /= 1024
	}
	return strconv.FormatFloat(n, 'f', 1, 64) + "Y"
}
