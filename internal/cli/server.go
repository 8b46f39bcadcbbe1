package cli

import (
	"context"
	"errors"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest/client"
	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/folder"
	"github.com/tacit-ml/tacit/internal/foundation/id"
)

// asking are the flags of the commands that ask a server: the one at an
// address, the one that uses the folder, or the folder itself where none does.
type asking struct {
	reaching
	Workspace string `default:"default" placeholder:"W" help:"Workspace to act in; * for all."`
}

// reaching are the flags of the commands that ask a server about the installation.
type reaching struct {
	place
	URL      string        `name:"url" placeholder:"URL" help:"Ask the server at this address instead of the folder's; TACIT_TOKEN holds the token to sign in with."`
	Token    string        `env:"TACIT_TOKEN" hidden:""`
	CallTime time.Duration `kong:"-"` // of a call that takes longer than a minute
}

// everywhere says that the command is about all workspaces.
func (a asking) everywhere() bool { return a.Workspace == allWorkspaces }

// ask calls with a client of the server that the flags mean.
func (a asking) ask(ctx context.Context, t *terminal, call func(*client.Client) error) error {
	if a.everywhere() {
		return a.askIn(ctx, t, "", call)
	}
	return a.askIn(ctx, t, a.Workspace, call)
}

// askIn calls in a workspace, "" for none named.
func (a reaching) askIn(ctx context.Context, t *terminal, workspace string, call func(*client.Client) error) (err error) {
	settings := a.settings()
	if err := settings.CheckDir(); err != nil {
		return wrongUsage(err)
	}
	config := client.Config{Workspace: workspace, Token: a.Token, CallTime: a.CallTime, Key: id.NewSource(settings.Now, settings.Random).UUID}
	if a.URL != "" {
		server, err := client.ByURL(a.URL, config)
		if err != nil {
			return wrongUsage(err)
		}
		defer server.Close()
		return call(server)
	}
	if !folder.Answers(ctx, a.Dir) {
		if _, err := a.opening(); err != nil {
			return err
		}
		if err := settings.MustExist(); err != nil {
			return &exit{code: ExitNothing, err: err}
		}
		house, err := app.Open(ctx, settings, quietLogger(t.err))
		if err != nil {
			return err
		}
		stop, err := house.ServeFolder()
		defer func() { err = errors.Join(err, house.Close()) }()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	server := client.ByFolder(a.Dir, config)
	defer server.Close()
	return call(server)
}

// nothing makes what is not there the exit code of it.
func nothing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return &exit{code: ExitNothing, err: err}
	}
	return err
}
