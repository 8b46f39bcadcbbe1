package remote

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/azure"
	"github.com/tacit-ml/tacit/internal/foundation/files/gs"
)

// cut is the name and the path of an address behind its scheme, as they are: what looks
// escaped in them is part of names.
func cut(at string) (name, path string) {
	_, rest, _ := strings.Cut(at, "://")
	name, path, _ = strings.Cut(rest, "/")
	return name, path
}

// openAzure is a container of Azure.
func openAzure(at string, options dvcconfig.Options, around Surroundings) (*azure.Place, error) {
	text := options.Text
	c := azure.Config{
		ConnectionString: text("connection_string"), Account: text("account_name"), Key: text("account_key"), SAS: text("sas_token"),
		Tenant: text("tenant_id"), ID: text("client_id"), Secret: text("client_secret"), Anonymous: options.Flag("allow_anonymous_login", false),
		NoEnvironment: options.Flag("exclude_environment_credential", false), NoManaged: options.Flag("exclude_managed_identity_credential", false),
		Home: around.Home, Getenv: around.Getenv, Client: around.Client, Retries: around.Retries, Now: around.Now,
		Network: files.Network{Connect: seconds(options, "connection_timeout"), Read: max(seconds(options, "read_timeout"), seconds(options, "timeout")), Connections: connections},
	}
	c.Container, c.Prefix = cut(at)
	return azure.Open(c)
}

// openGS is a bucket of Google's. A project is told to nobody: none is asked for buckets.
func openGS(at string, options dvcconfig.Options, around Surroundings) (*gs.Place, error) {
	c := gs.Config{
		Endpoint: options.Text("endpointurl"), CredentialsFile: options.Text("credentialpath"), Anonymous: options.Flag("allow_anonymous_login", false),
		Home: around.Home, Getenv: around.Getenv, Client: around.Client, Retries: around.Retries, Now: around.Now, Network: files.Network{Connections: connections},
	}
	c.Bucket, c.Prefix = cut(at)
	if err := refuseElsewhere(options); err != nil {
		return nil, err
	}
	if !c.Anonymous { // else nothing is sent that proves who asks
		if err := refuseTracked(options, "endpointurl", "be given your token of Google's"); err != nil {
			return nil, err
		}
	}
	return gs.Open(c)
}
