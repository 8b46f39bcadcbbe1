package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/cli/demo"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
)

// demoCommand walks the guide's chapters.
type demoCommand struct {
	serving
	Once   bool `help:"Stop the server at the end instead of staying."`
	Remove bool `help:"Take the demo's experiment and model away; versions of data stay."`
}

// Help teaches.
func (demoCommand) Help() string {
	return `The demo versions a data set (flights out of New York in 2013), tracks real training runs on it, registers the best model
and leaves all to look at, in the workspace demo. A tacit that already uses the folder is used; else the demo starts one and stays.
A second run finds everything there.

Exit codes: 0 done · 2 could not do it · 3 nothing to remove · 4 wrong usage · 130 interrupted before the end`
}

// Run starts a server when none is there, walks, and stays.
func (c demoCommand) Run(ctx context.Context, t *terminal, g *globals) error {
	settings := c.settings()
	settings.Command = "demo"
	if err := settings.Check(); err != nil {
		return wrongUsage(err)
	}
	if c.Remove && settings.MustExist() != nil && !folder.Answers(ctx, c.Dir) {
		return nothingToRemove()
	}
	if holder := folder.HolderOf(c.Dir); holder.Listen != "" && folder.Answers(ctx, c.Dir) {
		if c.Listen != app.UsualListen && c.Listen != holder.Listen {
			t.note("the tacit that uses %s listens on %s and is used there", c.Dir, holder.Listen)
		}
		c.Listen = holder.Listen
		// Over the socket, where the folder's owner need not sign in.
		return c.walk(ctx, t, folder.Client(c.Dir, 0), baseURL(settings, holder.Listen), goesOn)
	}
	log, err := logger(t, g, c.demoLog())
	if err != nil {
		return err
	}
	house, err := app.Open(ctx, settings, log)
	if err != nil {
		return err
	}
	err = c.serve(ctx, t, house)
	return errors.Join(err, house.Close())
}

// demoLog is quiet unless asked: the chapters are the news.
func (c demoCommand) demoLog() string {
	if c.Log == "" {
		return "warn"
	}
	return c.Log
}

func (c demoCommand) serve(ctx context.Context, t *terminal, house *app.House) error {
	listener, err := house.Listen()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- house.Serve(ctx, listener) }()
	walked := make(chan error, 1)
	then := stays
	if c.Once || c.Remove {
		then = ends
	}
	go func() {
		client := &http.Client{Transport: &http.Transport{}}
		if house.Settings.RequiresSignIn() || house.Settings.Scheme() == "https" {
			client = folder.Client(c.Dir, 0)
			waiting, cancel := context.WithTimeout(ctx, socketTime)
			defer cancel()
			for !folder.Answers(waiting, c.Dir) && waiting.Err() == nil {
				time.Sleep(socketPause)
			}
		}
		walked <- c.walk(ctx, t, client, house.Settings.Scheme()+"://"+app.Reached(listener.Addr().String()), then)
	}()
	select {
	case err := <-served:
		if err == nil && ctx.Err() != nil {
			// The person stopped it before the walk was over.
			return c.interrupted()
		}
		return err
	case err := <-walked:
		if err != nil && ctx.Err() != nil {
			err = c.interrupted()
		}
		if err != nil || then == ends {
			stop()
			return errors.Join(err, <-served)
		}
	}
	return <-served
}

// afterwards is what becomes of the server when the walk is over.
type afterwards uint8

const (
	goesOn afterwards = iota // it is not the demo's
	stays                    // until Ctrl-C
	ends                     // with the command
)

const (
	// socketPause is between two looks whether the folder's socket is there yet,
	// socketTime how long it is looked for.
	socketPause = 5 * time.Millisecond
	socketTime  = 10 * time.Second
)

func (c demoCommand) interrupted() error {
	return &exit{code: ExitInterrupted, err: fmt.Errorf("interrupted; %s goes on, %s takes away what is there", c.again(""), c.again(" --remove"))}
}

func nothingToRemove() error {
	return &exit{code: ExitNothing, err: errors.New("there is no demo to remove")}
}

func (c demoCommand) walk(ctx context.Context, t *terminal, client *http.Client, base string, then afterwards) error {
	defer client.CloseIdleConnections()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var told []map[string]any
	o := demo.Options{HTTP: client, Base: strings.TrimRight(base, "/"), Program: program, Now: time.Now}
	o.Tell = func(chapter, line string, took time.Duration) {
		told = append(told, map[string]any{"chapter": chapter, "text": line, "took_us": took.Microseconds()})
		if t.json {
			return
		}
		spent := ""
		if took > 0 {
			spent = fmt.Sprintf("%.1f s", took.Seconds())
		}
		t.say("%s", strings.TrimRight(fmt.Sprintf("  %-12s  %-64s  %s", chapter, line, spent), " "))
	}
	if c.Remove {
		return c.remove(ctx, t, o)
	}
	pages, err := demo.Run(ctx, o)
	if err != nil {
		return err
	}
	if t.json {
		return t.document(map[string]any{"url": base, "workspace": demo.Workspace, "chapters": told, "pages": pages})
	}
	if then == ends {
		t.say("stopped; look at it with  %s    remove with  %s", c.again(""), c.again(" --remove"))
		return nil
	}
	ending := ""
	if then == stays {
		ending = "    stop with  Ctrl-C"
	}
	t.say("look at  %s/w/%s    remove with  %s%s", base, demo.Workspace, c.again(" --remove"), ending)
	for _, p := range pages {
		t.say("  %-10s  %s", p.Name, p.URL)
	}
	return nil
}

func (c demoCommand) remove(ctx context.Context, t *terminal, o demo.Options) error {
	removed, err := demo.Remove(ctx, o)
	if err != nil {
		return err
	}
	if !removed {
		return nothingToRemove()
	}
	if t.json {
		return t.document(map[string]bool{"removed": true})
	}
	t.say("removed the demo's experiment and model from the workspace %s", demo.Workspace)
	return nil
}

// again is this command with another flag and the same folder and address.
func (c demoCommand) again(flag string) string {
	command := filepath.Base(os.Args[0]) + " demo" + flag
	if c.Dir != app.UsualDir {
		command += " --dir " + app.Quoted(c.Dir)
	}
	if c.Listen != app.UsualListen && !strings.HasSuffix(c.Listen, ":0") {
		command += " --listen " + app.Quoted(c.Listen)
	}
	return command
}
