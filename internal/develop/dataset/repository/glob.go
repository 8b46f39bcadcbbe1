package repository

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// expand gives the paths that a pattern matches in the folder cwd, as Python's glob with
// recursive set: "**" is any number of folders, and names with a dot in front are only
// matched by patterns that have it. What cannot be read is nothing.
func expand(cwd, pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, "*?[") {
		if _, err := os.Lstat(from(cwd, pattern)); err != nil {
			return nil, absence(err)
		}
		return []string{pattern}, nil
	}
	folder, last := path.Split(pattern)
	folders := []string{folder}
	if above := strings.TrimSuffix(folder, "/"); strings.ContainsAny(above, "*?[") {
		found, err := expand(cwd, above)
		if err != nil {
			return nil, err
		}
		folders = folders[:0]
		if above == "**" {
			folders = append(folders, "")
		}
		for _, f := range found {
			if info, err := os.Stat(from(cwd, f)); err == nil && info.IsDir() {
				folders = append(folders, strings.TrimSuffix(f, "/")+"/")
			}
		}
	}
	var all []string
	for _, f := range folders {
		found, err := within(cwd, f, last)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// within are the matches of a name's pattern in one folder.
func within(cwd, folder, pattern string) ([]string, error) {
	switch {
	case pattern == "**":
		return deep(cwd, folder, folder)
	case pattern == "":
		return []string{folder}, nil
	case !strings.ContainsAny(pattern, "*?["):
		if _, err := os.Lstat(from(cwd, folder+pattern)); err != nil {
			return nil, absence(err)
		}
		return []string{folder + pattern}, nil
	}
	if _, err := path.Match(goPattern(pattern), ""); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(from(cwd, folder))
	if err != nil {
		return nil, absence(err)
	}
	var all []string
	for _, e := range entries {
		ok, err := path.Match(goPattern(pattern), e.Name())
		if err != nil {
			return nil, err
		}
		if ok && (pattern[0] == '.' || e.Name()[0] != '.') {
			all = append(all, folder+e.Name())
		}
	}
	return all, nil
}

// deep is a folder and everything below it.
func deep(cwd, folder, as string) ([]string, error) {
	all := []string{}
	if as != "" {
		all = append(all, as)
	}
	entries, err := os.ReadDir(from(cwd, folder))
	if err != nil {
		return nil, absence(err)
	}
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		p := folder + e.Name()
		all = append(all, p)
		if e.IsDir() {
			below, err := deep(cwd, p+"/", "")
			if err != nil {
				return nil, err
			}
			all = append(all, below...)
		}
	}
	return all, nil
}

// goPattern writes a pattern of Python's, where a backslash is a letter and "!" negates
// a class, for package path.
func goPattern(pattern string) string {
	return strings.ReplaceAll(strings.ReplaceAll(pattern, `\`, `\\`), "[!", "[^")
}

func from(cwd, p string) string {
	if filepath.IsAbs(p) {
		return filepath.FromSlash(p)
	}
	return filepath.Join(cwd, filepath.FromSlash(p))
}

// absence lets pass that something is not there or may not be read.
func absence(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || isNoFolder(err) {
		return nil
	}
	return err
}
