package demo

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/examples/guide/data"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

const (
	remoteName = "flights"
	dataFile   = "data/raw/dataset.csv"
)

// arrival is a row of the data set: a flight as it was published.
type arrival struct {
	Month    int32    `parquet:"month"`
	Day      int32    `parquet:"day"`
	Carrier  *string  `parquet:"carrier,optional"`
	Flight   int32    `parquet:"flight"`
	Origin   *string  `parquet:"origin,optional"`
	Dest     *string  `parquet:"dest,optional"`
	Departs  int32    `parquet:"sched_dep_time"`
	Arrives  int32    `parquet:"sched_arr_time"`
	Delay    *float64 `parquet:"arr_delay,optional"`
	Distance int32    `parquet:"distance"`
	Hour     *string  `parquet:"time_hour,optional"`
}

// arrivals are the flights that the runs are trained on, before they are joined with the
// weather.
func arrivals() ([]arrival, error) {
	all, err := parquet.Read[arrival](bytes.NewReader(data.Flights()), int64(len(data.Flights())))
	if err != nil {
		return nil, fmt.Errorf("demo: flights.parquet: %w", err)
	}
	var some []arrival
	for _, a := range all {
		if a.Month <= 3 && a.Delay != nil {
			some = append(some, a)
		}
	}
	return some, nil
}

// arrivalsFile writes them as CSV.
func arrivalsFile(all []arrival) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time", "sched_arr_time", "arr_delay", "distance", "time_hour"}}
	whole := func(n int32) string { return strconv.Itoa(int(n)) }
	for i := range all {
		a := &all[i]
		rows = append(rows, []string{whole(a.Month), whole(a.Day), text(a.Carrier), whole(a.Flight), text(a.Origin), text(a.Dest),
			whole(a.Departs), whole(a.Arrives), strconv.FormatFloat(*a.Delay, 'f', -1, 64), whole(a.Distance), text(a.Hour)})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// versions walks the guide's block of data versioning: init, add, commit, push, and once
// more with a row that was wrong. It gives why not, where it cannot be walked.
func (w *walk) versions(ctx context.Context) (line string, err error) {
	why, err := w.unversioned(ctx)
	if err != nil || why != "" {
		return why, err
	}
	all, err := arrivals()
	if err != nil {
		return "", err
	}
	right, err := arrivalsFile(all)
	if err != nil {
		return "", err
	}
	// As somebody wrote it down who lost the sign: 11 minutes early for 11 minutes late.
	wrong := all[0]
	all[0].Delay = new(-*wrong.Delay)
	first, err := arrivalsFile(all)
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "tacit-demo-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c := &shell{ctx: ctx, program: w.Program, folder: filepath.Join(folder, remoteName)}
	if err := os.MkdirAll(filepath.Join(c.folder, filepath.Dir(dataFile)), 0o750); err != nil {
		return "", err
	}
	c.git("init", "--quiet")
	c.tacit("init", "--quiet")
	c.tacit("remote", "add", "--quiet", "-d", "tacit", w.client.base+"/dvc/"+remoteName)
	c.version("Add dataset v1.0", first)
	c.version("Mend the delay of a flight: dataset v1.1", right)
	told := c.tacit("diff", "HEAD~1", "HEAD")
	if c.err != nil {
		return "", c.err
	}
	if !strings.Contains(told, dataFile) {
		return "", fmt.Errorf("demo: tacit data diff names no change of %s: %s", dataFile, told)
	}
	differs := c.rowsThatDiffer()
	sum := md5.Sum(right)
	w.dataset = hex.EncodeToString(sum[:])
	before := md5.Sum(first)
	return fmt.Sprintf("%s, %s rows, pushed as %s and %s%s", dataFile, grouped(len(all)), hex.EncodeToString(before[:])[:7], w.dataset[:7], differs), nil
}

// rowsThatDiffer says how many rows the second version changed; nothing where tacit was
// built without what reads tables.
func (c *shell) rowsThatDiffer() string {
	rows := &shell{ctx: c.ctx, program: c.program, folder: c.folder}
	for line := range strings.Lines(rows.tacit("diff", "HEAD~1", "HEAD", "--rows", "--targets", dataFile, "--key", "month,day,carrier,flight,origin,sched_dep_time")) {
		if parts := strings.Split(strings.TrimSpace(line), ", "); len(parts) == 4 && strings.HasSuffix(parts[0], " added") {
			return ": " + parts[2]
		}
	}
	return ""
}

// unversioned says why the block cannot be walked; "" where it can.
func (w *walk) unversioned(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return "left out: git is not installed", nil
	}
	// A remote is asked as dvc asks it, without what the folder's owner may do.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.client.base+"/dvc/"+remoteName+"/.tacit", nil)
	if err != nil {
		return "", err
	}
	plain := &http.Transport{}
	defer plain.CloseIdleConnections()
	answer, err := plain.RoundTrip(request)
	if err != nil {
		return "left out: " + w.Base + " does not answer to a client of HTTP", nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	_ = answer.Body.Close()
	switch {
	case err != nil:
		return "", fault.Because(err, fault.Unavailable, "tacit broke off its answer.")
	case answer.StatusCode == http.StatusUnauthorized:
		return "left out: a push has to sign in here", nil
	case answer.StatusCode != http.StatusOK:
		return "", refusal(request, answer.StatusCode, body)
	}
	return "", nil
}

// shell runs command lines in a folder. Behind one that failed it runs no other.
type shell struct {
	ctx     context.Context
	program string
	folder  string
	err     error
}

// version makes content the next version of the data set, commits and pushes it.
func (c *shell) version(message string, content []byte) {
	if c.err == nil {
		c.err = os.WriteFile(filepath.Join(c.folder, filepath.FromSlash(dataFile)), content, 0o600)
	}
	c.tacit("add", "--quiet", dataFile)
	c.git("add", "--all")
	c.git("commit", "--quiet", "--message", message)
	c.tacit("push", "--quiet")
}

func (c *shell) git(args ...string) string { return c.run("git", args...) }

func (c *shell) tacit(args ...string) string {
	return c.run(c.program, append([]string{"data"}, args...)...)
}

// run runs a program and gives what it printed.
func (c *shell) run(program string, args ...string) string {
	if c.err != nil {
		return ""
	}
	command := exec.CommandContext(c.ctx, program, args...)
	command.Dir = c.folder
	for _, v := range os.Environ() { // of another repository, where the demo is started by a hook of git
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "DVC_") {
			command.Env = append(command.Env, v)
		}
	}
	// What a person has set for all repositories is not for this one.
	none := filepath.Join(filepath.Dir(c.folder), "settings")
	command.Env = append(command.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=demo", "GIT_AUTHOR_EMAIL=demo@example.org", "GIT_COMMITTER_NAME=demo", "GIT_COMMITTER_EMAIL=demo@example.org",
		"DVC_GLOBAL_CONFIG_DIR="+none, "DVC_SYSTEM_CONFIG_DIR="+none, "DVC_SITE_CACHE_DIR="+filepath.Join(none, "site"))
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		c.err = fault.Because(fmt.Errorf("%w: %s", err, strings.TrimSpace(errs.String())), fault.Internal, "%s %s failed.", filepath.Base(program), strings.Join(args, " "))
	}
	return out.String()
}
