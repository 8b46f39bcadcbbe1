package repository

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/revision"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// SettingsFile is where the file of a level lies; root is "" outside of a repository,
// where the levels of one have none.
func SettingsFile(root string, level dvcconfig.Level, env Environment) string {
	switch {
	case level == dvcconfig.System:
		return filepath.Join(systemFolder(env), "config")
	case level == dvcconfig.Global:
		return filepath.Join(globalFolder(env), "config")
	case root == "":
		return ""
	case level == dvcconfig.Local:
		return filepath.Join(root, Folder, "config.local")
	}
	return filepath.Join(root, Folder, "config")
}

// systemFolder and globalFolder are those of the XDG base directories, as dvc has them
// from platformdirs.
func systemFolder(env Environment) string {
	if folder := env.Getenv("DVC_SYSTEM_CONFIG_DIR"); folder != "" {
		return folder
	}
	for _, folder := range filepath.SplitList(env.Getenv("XDG_CONFIG_DIRS")) {
		if folder != "" {
			return filepath.Join(folder, "dvc")
		}
	}
	return "/etc/xdg/dvc"
}

func globalFolder(env Environment) string {
	if folder := env.Getenv("DVC_GLOBAL_CONFIG_DIR"); folder != "" {
		return folder
	}
	if folder := env.Getenv("XDG_CONFIG_HOME"); folder != "" {
		return filepath.Join(folder, "dvc")
	}
	return filepath.Join(env.Home, ".config", "dvc")
}

// maxSettings is how long a file of settings is that is read, in bytes.
const maxSettings = 4 << 20

// Sources are the files of all levels that are there, weak to strong.
func Sources(root string, env Environment) ([]dvcconfig.Source, error) {
	var all []dvcconfig.Source
	for level := dvcconfig.System; level <= dvcconfig.Local; level++ {
		file := SettingsFile(root, level, env)
		if file == "" {
			continue
		}
		content, err := readLimited(file, maxSettings)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && level < dvcconfig.Repo {
			continue
		}
		if err != nil {
			return nil, err
		}
		tracked := false
		if level == dvcconfig.Local {
			if tracked, err = inGit(root, file, content); err != nil {
				return nil, err
			}
		}
		all = append(all, dvcconfig.Source{Level: level, Path: file, Content: content, Tracked: tracked})
	}
	return all, nil
}

// inGit says whether git keeps a person's own settings, as it should not: then they came
// with the clone. Git is asked where they say what a clone must not (package remote).
func inGit(root, file string, content []byte) (bool, error) {
	said := false
	for _, key := range []string{"bearer_token_command", "endpointurl", "credentialpath"} {
		said = said || bytes.Contains(bytes.ToLower(content), []byte(key))
	}
	git, under := revision.Find(root)
	if !said || !under {
		return false, nil
	}
	kept, err := git.Tracked(context.Background(), file)
	return len(kept) > 0, err
}

// Settings reads what all levels say together.
func Settings(root string, env Environment) (*dvcconfig.Config, error) {
	sources, err := Sources(root, env)
	if err != nil {
		return nil, err
	}
	return dvcconfig.Load(env.Home, sources...)
}

// readLimited reads a file of at most limit bytes; a larger one is fault.Limit.
func readLimited(file string, limit int64) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fault.New(fault.Limit, "%s has %d bytes; at most %d are read.", file, info.Size(), limit)
	}
	return os.ReadFile(file) //nolint:gosec // a file of the repository, or of its user's settings
}
