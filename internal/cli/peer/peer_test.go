package peer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/cli/peer"
)

// Pickles, and a file that is none.
const (
	evil    = "cposix\nsystem\n(S'id'\ntR."
	good    = "\x80\x04]\x94(K\x01K\x02e."
	unknown = "cfoo.bar\nBaz\n."
	broken  = "\x80\x04\x8c\x05ab"
)

// models writes a folder of files and gives its path.
func models(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range map[string]string{"evil.pkl": evil, "good.pkl": good, "sub/broken.pkl": broken, "sub/unknown.bin": unknown, "sub/good.npz": good} {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// run runs a line of a tool; in its words DIR is the folder, and OUT another.
func run(t *testing.T, dir, line string) (code int, out, errs string) {
	t.Helper()
	words := strings.Fields(line)
	for i, w := range words {
		words[i] = strings.NewReplacer("DIR", dir, "OUT", t.TempDir()).Replace(w)
	}
	tool, ok := peer.Called("/usr/bin/" + words[0])
	if !ok {
		t.Fatalf("%s is no tool", words[0])
	}
	var o, e bytes.Buffer
	code = peer.Run(context.Background(), tool, words[1:], peer.Terminal{In: strings.NewReader(evil), Out: &o, Err: &e, Version: "1.2.3", Now: func() time.Time { return time.Unix(0, 0) }})
	return code, o.String(), e.String()
}

func TestCalled(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{"modelscan": "modelscan", "/a/b/picklescan": "picklescan", "./fickling": "fickling", "modelaudit.exe": "modelaudit", "ModelScan.EXE": "modelscan",
		"tacit": "", "modelscan2": "", "/modelscan/tacit": "", "": ""} {
		if tool, ok := peer.Called(program); string(tool) != want || ok != (want != "") {
			t.Errorf("%q is %q, %t", program, tool, ok)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	dir := models(t)
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"modelscan -p DIR/good.pkl":                                                 {0, "No issues found!"},
		"modelscan scan --path=DIR/evil.pkl":                                        {1, "Use of unsafe operator 'system' from module 'posix'"},
		"modelscan -pDIR/evil.pkl -rjson":                                           {1, `"severity":"CRITICAL"`},
		"modelscan -p DIR -l ERROR":                                                 {1, "Errors"},
		"modelscan -p DIR --strict-compat":                                          {2, "Parsing error: expected 5 bytes in a unicodestring1, but only 2 remain"},
		"modelscan -p DIR/sub/broken.pkl":                                           {2, "The following error was raised"},
		"modelscan scan DIR/evil.pkl":                                               {1, "Use of unsafe operator 'system' from module 'posix'"},
		"modelscan scan DIR/evil.pkl --strict-compat":                               {4, "Got unexpected extra argument"},
		"fickling DIR/nope.pkl":                                                     {1, ""},
		"fickling --check-safety DIR/nope.pkl":                                      {1, ""},
		"modelscan -p DIR/sub/broken.pkl --strict-compat":                           {3, "PickleUnsafeOpScan"},
		"modelscan -p DIR/sub/unknown.bin --strict-compat --show-skipped":           {3, "Invalid magic number"},
		"modelscan -p DIR/nothing":                                                  {4, "does not exist"},
		"modelscan":                                                                 {4, "Command line must include a path"},
		"modelscan -p DIR -r xml":                                                   {4, "'xml' is not one of 'console', 'json', 'custom'"},
		"modelscan -p DIR --nonsense":                                               {4, "No such option '--nonsense'"},
		"modelscan scan DIR":                                                        {1, "--- Summary ---"},
		"modelscan -p DIR more":                                                     {4, "Got unexpected extra argument (more)"},
		"modelscan -p DIR -r":                                                       {4, "requires an argument"},
		"modelscan -v":                                                              {0, "modelscan, version 0.8.8"},
		"modelscan -h":                                                              {0, "--show-skipped"},
		"picklescan -p DIR/good.pkl":                                                {0, "Infected files: 0"},
		"picklescan --path DIR/evil.pkl -g":                                         {1, "  * posix.system - dangerous"},
		"picklescan -p DIR/sub --log ERROR":                                         {2, "was not read completely"},
		"picklescan -p DIR/sub/unknown.bin":                                         {0, "Suspicious globals: 1"},
		"picklescan -p DIR/sub/unknown.bin --stri":                                  {1, "'foo.bar Baz' FOUND"},
		"picklescan -p DIR/sub/unknown.bin --strict --strict-compat":                {1, "FOUND (promoted by --strict)"},
		"picklescan -p DIR --exclude evil --exclude-dir sub$":                       {0, "Scanned files: 1"},
		"picklescan -p DIR --include evil --include-dir nothing":                    {1, "Scanned files: 1"},
		"picklescan -p DIR --include evil --strict-compat":                          {1, "Scanned files: 1"},
		"picklescan -p DIR --include (?=x)":                                         {2, ""},
		"picklescan -p DIR/nothing":                                                 {2, "FileNotFoundError: Path DIR/nothing does not exist"},
		"picklescan -p DIR -u http://x":                                             {2, ""},
		"picklescan --ex x -p DIR":                                                  {2, ""},
		"fickling DIR/evil.pkl":                                                     {0, "from posix import system"},
		"fickling -t DIR/good.pkl":                                                  {0, "EMPTY_LIST"},
		"fickling":                                                                  {0, "posix.system('id')"},
		"fickling -sp --json-output OUT/results.json DIR/evil.pkl":                  {1, "posix.system('id')"},
		"fickling --check-safety --json-output OUT/results.json DIR/good.pkl":       {0, ""},
		"fickling --check-safety --json-output OUT/results.json DIR/sub/broken.pkl": {2, ""},
		"fickling --create x":                                                       {2, ""},
		"fickling -v":                                                               {0, "0.1.12"},
		"modelaudit DIR/good.pkl":                                                   {0, `"failed_checks": 0`},
		"modelaudit DIR/good.pkl --format json":                                     {0, `"content_hash": "64a624be803ce5a4ea7813cf9722d8eec674e4a364273d736d31a5b3e81e98e7"`}, // what modelaudit 0.2.54 says of the same bytes
		"modelaudit scan DIR/evil.pkl --format text":                                {1, "CRITICAL SECURITY ISSUES FOUND"},
		"modelaudit scan DIR/evil.pkl --format sarif":                               {1, `"version": "2.1.0"`},
		"modelaudit scan DIR/good.pkl DIR/evil.pkl --format sarif":                  {1, "good.pkl"},
		"modelaudit scan DIR/evil.pkl -s dangerous-call":                            {0, `"issues": []`},
		"modelaudit scan DIR/evil.pkl -S dangerous-call=INFO":                       {0, `"severity": "info"`},
		"modelaudit scan DIR/evil.pkl -s S101":                                      {2, ""},
		"modelaudit scan DIR/good.pkl -b GOOD":                                      {1, "blacklist"},
		"modelaudit scan DIR/good.pkl --max-size 5":                                 {2, `"has_errors": true`},
		"modelaudit scan DIR/sub/broken.pkl":                                        {2, `"scan_status": "inconclusive"`},
		"modelaudit scan DIR/sub/broken.pkl --strict":                               {1, "Not read completely"},
		"modelaudit scan DIR/nothing":                                               {2, `"files_scanned": 0`},
		"modelaudit scan hf://a/b":                                                  {2, `"has_errors": true`},
		"modelaudit scan --dry-run DIR/sub":                                         {0, "3 files"},
		"modelaudit scan DIR --scanners pickle":                                     {2, ""},
		"modelaudit scan":                                                           {2, ""},
		"modelaudit rules dangerous-call":                                           {0, "Remedy"},
		"modelaudit doctor":                                                         {2, ""},
		"modelaudit --version":                                                      {0, "modelaudit, version 0.2.54"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			code, out, errs := run(t, dir, line)
			if code != want.code || !strings.Contains(out, strings.ReplaceAll(want.says, "DIR", dir)) {
				t.Errorf("exit code %d, want %d and %q in\n%s\n%s", code, want.code, want.says, out, errs)
			}
		})
	}
}

// What is not carried out is refused by its name, with the reason.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dir := models(t)
	for line, want := range map[string]string{
		"picklescan -u http://x": "--url is not carried out: tacit reads what is on this machine", "picklescan -hf a/b": "--huggingface is not carried out",
		"fickling --inject x DIR/good.pkl": "--inject is not carried out: tacit writes no pickle that runs code", "fickling --hf a/b": "--hf is not carried out",
		"fickling -r DIR/good.pkl": "--replace-result is not carried out", "fickling --strict-compat DIR/good.pkl": "tacit reproduces the answers of modelscan and picklescan alone",
		"modelaudit scan --stream DIR": "--stream is not carried out", "modelaudit scan --cache-dir x DIR": "nothing is cached", "modelaudit cache clear": "nothing is cached",
		"fickling -p DIR/good.pkl": "belong to --check-safety",
	} {
		if code, out, errs := run(t, dir, line); code != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %s%s", line, code, out, errs)
		}
	}
}

func TestModelScanReportFile(t *testing.T) {
	t.Parallel()
	dir := models(t)
	for _, compat := range []string{"", " --strict-compat"} {
		file := filepath.Join(dir, "report"+strings.TrimSpace(compat)+".json")
		if code, out, _ := run(t, dir, "modelscan -p DIR/evil.pkl -r json --show-skipped -o "+file+compat); code != 1 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Summary struct {
				BySeverity map[string]int `json:"total_issues_by_severity"`
				Absolute   string         `json:"absolute_path"`
				Scanned    struct {
					Files []string `json:"scanned_files"`
				}
				Skipped *struct{ Total int }
			}
			Issues []map[string]string
			Errors []map[string]string
		}
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if r.Summary.BySeverity["CRITICAL"] != 1 || r.Summary.Absolute != filepath.ToSlash(dir) || len(r.Summary.Scanned.Files) != 1 || r.Summary.Skipped == nil ||
			r.Issues[0]["source"] != "evil.pkl" || r.Issues[0]["operator"] != "system" || len(r.Errors) != 0 {
			t.Errorf("%s", text)
		}
	}
}

func TestModelScanSettings(t *testing.T) {
	t.Parallel()
	dir := models(t)
	file := filepath.Join(dir, "settings.toml")
	if code, out, errs := run(t, dir, "modelscan create-settings-file -l "+file); code != 0 {
		t.Fatal(code, out, errs)
	}
	if code, out, _ := run(t, dir, "modelscan -p DIR/evil.pkl --strict-compat --settings-file "+file); code != 1 || !strings.HasPrefix(out, "Detected settings file.") {
		t.Fatal(code, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old, new, line string
		code           int
		says           string
	}{
		{"[unsafe_globals.LOW]", "[unsafe_globals.LOW]\n\"foo.bar\" = [\"Baz\"]", "modelscan -p DIR/sub/unknown.bin", 0, "No issues found"}, // torch's files are of their own form there
		{"[unsafe_globals.LOW]", "[unsafe_globals.LOW]\n\"foo.bar\" = [\"Baz\"]", "modelscan -p DIR/unknown.pkl", 1, "unsafe operator 'Baz' from module 'foo.bar'"},
		{"[scanners.\"modelscan.scanners.PickleUnsafeOpScan\"]\nenabled = true", "[scanners.\"modelscan.scanners.PickleUnsafeOpScan\"]\nenabled = false", "modelscan -p DIR --show-skipped", 0, "switched off"},
		{"ConsoleReport", "JSONReport", "modelscan -p DIR/evil.pkl -r custom", 1, `"total_issues":1`},
		{"modelscan.reports.ConsoleReport", "mine.Report", "modelscan -p DIR/evil.pkl -r custom", 4, "Python code, which is not run"},
		{"[unsafe_globals.LOW]", "[unsafe_globals.TINY]", "modelscan -p DIR/evil.pkl", 4, "unsafe_globals.TINY is no severity"},
		{"FormatViaExtensionMiddleware", "Mine", "modelscan -p DIR/evil.pkl", 4, "Python code, which is not run"},
		{"Lambda =", "Other =", "modelscan -p DIR/evil.pkl", 4, "Other cannot be added"},
	} {
		changed := strings.Replace(string(text), c.old, c.new, 1)
		if changed == string(text) {
			t.Fatalf("%s is not in the settings", c.old)
		}
		if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "unknown.pkl"), []byte(unknown), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, _ := run(t, dir, c.line+" --settings-file "+file); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s with %s: exit code %d, %s", c.line, c.new, code, out)
		}
	}
}

// fickling adds a document to its file for each run.
func TestFicklingResults(t *testing.T) {
	t.Parallel()
	dir := models(t)
	for _, name := range []string{"evil.pkl", "good.pkl"} {
		run(t, dir, "fickling -s --json-output DIR/results.json DIR/"+name)
	}
	text, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for _, want := range []string{"OVERTLY_MALICIOUS", "LIKELY_SAFE"} {
		var r struct{ Severity, Analysis string }
		if err := d.Decode(&r); err != nil || r.Severity != want || r.Analysis == "" {
			t.Errorf("%v, %v; want %s", r, err, want)
		}
	}
}

func TestATerminalIsNotSpokenTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := filepath.Join(dir, "a.pkl")
	if err := os.WriteFile(at, []byte("cos\nsystem\x1b[2J\n."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, live := range []bool{true, false} {
		var out bytes.Buffer
		peer.Run(context.Background(), peer.PickleScan, []string{"-p", at, "--strict-compat"}, peer.Terminal{Out: &out, Err: &out, Now: time.Now, Live: live})
		if strings.Contains(out.String(), "\x1b") == live || !strings.Contains(out.String(), "[2J") {
			t.Errorf("live %t: %q", live, out.String())
		}
	}
}
