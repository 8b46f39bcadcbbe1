// Package story runs the stories in testdata: what a person types, and what
// the program answers. Each is a txtar file that is documentation as well.
//
// Besides testscript's own commands there are: listening VAR and taken VAR (a
// free address, and one that something holds), exits CODE PROGRAM ARGS…, wait-health ADDR, http METHOD
// URL [JSON], which prints status and body, and what takes from the text that was
// printed last: token VAR (the next page's token), last-word VAR, and member VAR
// NAME (of a JSON object). The program sql FILE STATEMENTS writes into a file of
// records past tacit.
package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tacit-ml/tacit/internal/cli"
	"github.com/tacit-ml/tacit/internal/foundation/freeport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tacit":      called,
		"modelscan":  called,
		"picklescan": called,
		"fickling":   called,
		"modelaudit": called,
		"curl":       curl,
		"jq":         jq,
		"sql":        sqlite,
	})
}

// called is tacit by the name it was called by.
func called() { os.Exit(cli.MainAs(os.Args[0], os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		WorkdirRoot:        workFolder(t),
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"listening": listening, "wait-health": waitHealth, "http": call, "taken": taken, "token": token, "field": field,
			"last-word": lastWord, "member": member, "exits": exits,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			script, err := guide("api")
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "guide-api.sh"), script, 0o600)
		},
	})
}

// workFolder is a folder of a short name, where the usual one is so long that
// there would be no socket for commands beside a server; "" is the usual one.
func workFolder(t *testing.T) string {
	t.Helper()
	if len(os.TempDir()) < 30 {
		return ""
	}
	folder, err := os.MkdirTemp("/tmp", "tacit")
	if err != nil {
		return ""
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// exits runs a program and wants a code of it.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, ended := 0, (*exec.ExitError)(nil)
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exits %d, want %d", got, want)
	}
}

// lastWord sets the variable named to the last word that was printed, as a result
// or, where that is asked, to standard error.
func lastWord(ts *testscript.TestScript, _ bool, args []string) {
	words := strings.Fields(ts.ReadFile(append(args, "stdout")[1]))
	if len(words) == 0 {
		ts.Fatalf("nothing was printed")
	}
	ts.Setenv(args[0], words[len(words)-1])
}

// member sets the variable named to a member of the JSON object that was
// printed.
func member(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	value, ok := object[args[1]].(string)
	if !ok {
		ts.Fatalf("%v has no text %s", object, args[1])
	}
	ts.Setenv(args[0], value)
}

// listening sets the variable named to an address that is free until the story
// ends.
func listening(ts *testscript.TestScript, _ bool, args []string) {
	port, release, err := freeport.Hold()
	ts.Check(err)
	ts.Defer(release)
	ts.Setenv(args[0], fmt.Sprintf("127.0.0.1:%d", port))
}

// taken holds a free address until the story ends and sets the variable named.
func taken(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Defer(func() { _ = l.Close() })
}

// waitHealth waits until the server at an address answers.
func waitHealth(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get("http://" + args[0] + "/health")
		if err == nil {
			ts.Check(answer.Body.Close())
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("no server answers at %s", args[0])
}

// call sends "http [-H 'NAME: VALUE'] METHOD URL [JSON | @FILE]" and prints
// status, headers and body to stdout.
func call(ts *testscript.TestScript, _ bool, args []string) {
	var (
		body   io.Reader
		header = http.Header{"Content-Type": {"application/json"}}
	)
	for args[0] == "-H" {
		name, value, _ := strings.Cut(args[1], ":")
		header.Set(name, strings.TrimSpace(value))
		args = args[2:]
	}
	if len(args) > 2 {
		text := strings.Join(args[2:], " ")
		if name, ok := strings.CutPrefix(text, "@"); ok {
			text = ts.ReadFile(name)
		}
		body = strings.NewReader(text)
	}
	request, err := http.NewRequest(args[0], args[1], body)
	ts.Check(err)
	request.Header = header
	answer, err := http.DefaultClient.Do(request)
	ts.Check(err)
	content, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	var said strings.Builder
	said.WriteString(answer.Status + "\n")
	ts.Check(answer.Header.Write(&said))
	_, err = ts.Stdout().Write([]byte(said.String() + string(content) + "\n"))
	ts.Check(err)
}

// token sets the variable named to the token of the next page that the last
// answer has.
func token(ts *testscript.TestScript, _ bool, args []string) {
	_, after, ok := strings.Cut(ts.ReadFile("stdout"), `"next_page_token":"`)
	if !ok {
		ts.Fatalf("the last answer has no token")
	}
	value, _, _ := strings.Cut(after, `"`)
	ts.Setenv(args[0], value)
}

// field sets the variable named to the first text of a key of the last answer.
func field(ts *testscript.TestScript, _ bool, args []string) {
	_, after, ok := strings.Cut(ts.ReadFile("stdout"), `"`+args[1]+`":"`)
	if !ok {
		ts.Fatalf("the last answer has no %s", args[1])
	}
	value, _, _ := strings.Cut(after, `"`)
	ts.Setenv(args[0], value)
}
