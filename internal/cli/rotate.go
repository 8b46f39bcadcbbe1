package cli

import (
	"context"
	"net/url"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/api/rest/client"
)

type serviceRotate struct {
	asking
	Name string `arg:"" help:"Name of the service."`
	Keep string `default:"24h" placeholder:"TIME" help:"How long the secret before holds, as 24h or 7d, 30d at most; 0 ends it at once, and the service's sessions too. ${default} unless set."`
}

// Help teaches.
func (serviceRotate) Help() string {
	return `Both secrets hold while the one before is kept, so that programs can be given the new one one by one; a secret that was kept by a
rotation before ends. The new secret is the last word that is printed, and cannot be shown again.

  tacit service rotate trainer
  tacit service rotate trainer --keep 0     # it is known to somebody who must not know it
` + accountHelp
}

// Run makes the secret.
func (c serviceRotate) Run(ctx context.Context, t *terminal) error {
	keep, err := parseKeep(c.Keep)
	if err != nil {
		return err
	}
	return c.ask(ctx, t, func(server *client.Client) error {
		var made rest.SecretBody
		body := rest.RotationBody{KeepSeconds: new(int64(keep / time.Second))}
		if err := server.Send(ctx, "POST", "/services/"+url.PathEscape(c.Name)+"/secret", body, &made); err != nil {
			return nothing(err)
		}
		before := "the one before has ended"
		if made.FormerUntil != nil {
			before = "the one before holds until " + made.FormerUntil.Format(time.RFC3339)
		}
		return t.result(made, "service %s  %s  secret, shown once: %s", made.Name, before, made.Secret)
	})
}
