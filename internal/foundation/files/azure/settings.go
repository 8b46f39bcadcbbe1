package azure

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// complete looks for what is not set where dvc-azure and adlfs do: of Azure's command
// line the environment, AZURE_STORAGE_ACCOUNT and others, and then the section storage of
// its file; behind them the variables of adlfs.
func (c *Config) complete() error {
	kept, err := readStorage(filepath.Join(first(c.Getenv("AZURE_CONFIG_DIR"), filepath.Join(c.Home, ".azure")), "config"))
	if err != nil {
		return err
	}
	for _, s := range []struct {
		value             *string
		option, line, own string // the names of dvc's option, of the command line's, and of adlfs's variable
	}{
		{&c.ConnectionString, "connection_string", "connection_string", "AZURE_STORAGE_CONNECTION_STRING"}, {&c.Account, "account_name", "account", "AZURE_STORAGE_ACCOUNT_NAME"},
		{&c.Key, "account_key", "key", "AZURE_STORAGE_ACCOUNT_KEY"}, {&c.SAS, "sas_token", "sas_token", "AZURE_STORAGE_SAS_TOKEN"},
		{&c.ID, "client_id", "", "AZURE_STORAGE_CLIENT_ID"}, {&c.Secret, "client_secret", "", "AZURE_STORAGE_CLIENT_SECRET"}, {&c.Tenant, "tenant_id", "", "AZURE_STORAGE_TENANT_ID"},
	} {
		if s.line != "" {
			*s.value = first(*s.value, c.Getenv("AZURE_STORAGE_"+strings.ToUpper(s.line)), kept[s.line])
		}
		*s.value = first(*s.value, c.Getenv(s.own))
	}
	if word := strings.ToLower(c.Getenv("AZURE_STORAGE_ANON")); word != "" && word != "false" && word != "0" && word != "f" {
		c.Anonymous = true
	}
	if c.Account == "" && c.ConnectionString == "" {
		return fault.WithHint(fault.New(fault.Denied, "Authentication to Azure Blob Storage requires either account_name or connection_string."), "set one of them: remote modify --local NAME account_name …")
	}
	return nil
}

// readStorage gives the section storage of the file of Azure's command line: nothing
// where there is no such file.
func readStorage(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The file %s cannot be read.", file)
	}
	said, in := map[string]string{}, false
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch key, value, ok := strings.Cut(line, "="); {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			in = line == "[storage]"
		case in && ok:
			said[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return said, nil
}

// account is what a connection string says.
type account struct{ endpoint, account, key, sas string }

// emulated is the account that every emulator of the service has.
// https://learn.microsoft.com/azure/storage/common/storage-use-azurite
func emulated() account {
	return account{
		endpoint: "http://127.0.0.1:10000/devstoreaccount1", account: "devstoreaccount1",
		key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
	}
}

// parse reads a connection string: fields by semicolons, with names in any case. A value
// may have the sign = in it.
func parse(s string) (account, error) {
	fields := map[string]string{}
	for _, f := range strings.Split(strings.TrimRight(s, "; \t\n"), ";") {
		key, value, ok := strings.Cut(f, "=")
		if !ok {
			return account{}, fault.New(fault.Invalid, "The connection_string is none: it would be name=value;name=value.")
		}
		fields[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	if strings.EqualFold(fields["usedevelopmentstorage"], "true") {
		return emulated(), nil
	}
	a := account{endpoint: fields["blobendpoint"], account: fields["accountname"], key: fields["accountkey"], sas: fields["sharedaccesssignature"]}
	if a.endpoint == "" {
		if a.account == "" {
			return a, fault.New(fault.Invalid, "The connection_string names no account: AccountName=… or BlobEndpoint=… is missing.")
		}
		a.endpoint = first(fields["defaultendpointsprotocol"], "https") + "://" + a.account + ".blob." + first(fields["endpointsuffix"], "core.windows.net")
	}
	if a.account == "" && a.key != "" {
		return a, fault.New(fault.Invalid, "The connection_string has a key, and no AccountName whose it is.")
	}
	return a, nil
}
