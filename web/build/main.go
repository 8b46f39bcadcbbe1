// Command build bundles the pages' scripts and style sheets into web/dist, with
// hashed names and a manifest. It runs in the repository's root; npm packages
// come from web/node_modules and are only read.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/tacit-ml/tacit/web"
)

func main() {
	if err := build("web"); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
}

func build(folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	dist := filepath.Join(folder, "dist")
	if err := empty(dist); err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:     folder,
		EntryPoints:       []string{"src/tacit.ts", "src/tacit.css"},
		EntryNames:        "[name]-[hash]",
		ChunkNames:        "[name]-[hash]",
		Outdir:            "dist",
		Bundle:            true,
		Splitting:         true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Engines:           []api.Engine{{Name: api.EngineChrome, Version: "123"}, {Name: api.EngineFirefox, Version: "120"}, {Name: api.EngineSafari, Version: "17.5"}},
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsInline,
		Write:             true,
		LogLevel:          api.LogLevelWarning,
		Metafile:          true,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%d errors in web/src", len(result.Errors))
	}
	return manifest(result.Metafile, dist)
}

// empty takes away what an earlier build left.
func empty(dist string) error {
	entries, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == ".gitkeep" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dist, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func manifest(meta, dist string) error {
	var report struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(meta), &report); err != nil {
		return err
	}
	var m web.Manifest
	for name, output := range report.Outputs {
		switch {
		case strings.HasSuffix(output.EntryPoint, ".css"):
			m.Styles = append(m.Styles, filepath.Base(name))
		case strings.HasSuffix(output.EntryPoint, ".ts"):
			m.Scripts = append(m.Scripts, filepath.Base(name))
		}
	}
	if len(m.Styles) != 1 || len(m.Scripts) != 1 {
		return errors.New("the build made no style sheet or no script")
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dist, "manifest.json"), append(text, '\n'), 0o644)
}
