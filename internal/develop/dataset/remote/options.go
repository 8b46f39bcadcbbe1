package remote

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files/bucket"
	"github.com/tacit-ml/tacit/internal/foundation/files/ssh"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

// connections is how many a remote holds at once, whatever its jobs.
const connections = 128

func seconds(options dvcconfig.Options, key string) time.Duration {
	return time.Duration(options.Number(key, 0) * float64(time.Second))
}

// certificates reads ssl_verify: true, false, or a file of certificates.
func certificates(options dvcconfig.Options) (roots []byte, unverified bool, err error) {
	said := options.Text("ssl_verify")
	switch strings.ToLower(said) {
	case "", "true":
		return nil, false, nil
	case "false":
		return nil, true, nil
	}
	roots, err = os.ReadFile(said)
	if err != nil {
		err = fault.Because(err, fault.Invalid, "The certificates of ssl_verify cannot be read: %s.", said)
	}
	return roots, false, err
}

func (r *Remote) openWeb(ctx context.Context, at string, options dvcconfig.Options, around Surroundings) error {
	place, err := openPlain(at, options, around)
	if err != nil {
		return err
	}
	r.place = place
	r.kept, err = findTacit(ctx, place, around.Retries)
	return err
}

// openPlain is a web server, whoever keeps it.
func openPlain(at string, options dvcconfig.Options, around Surroundings) (*web.Place, error) {
	c := web.Config{
		URL: at, Method: strings.ToUpper(options.Text("method")), ConnectTimeout: seconds(options, "connect_timeout"), ReadTimeout: seconds(options, "read_timeout"),
		Connections: connections, Client: around.Client, Retries: around.Retries,
	}
	var err error
	if c.Roots, c.Unverified, err = certificates(options); err != nil {
		return nil, err
	}
	if err := authorise(&c, options, around); err != nil {
		return nil, err
	}
	return web.Open(c)
}

func openDav(at string, options dvcconfig.Options, around Surroundings) (*web.Dav, error) {
	c := web.Config{
		URL: strings.Replace(at, "webdav", "http", 1), ReadTimeout: seconds(options, "timeout"), Connections: connections, Client: around.Client, Retries: around.Retries, Random: around.Random,
		User: options.Text("user"), Password: options.Text("password"),
	}
	var err error
	if certificate := options.Text("cert_path"); certificate != "" {
		key := options.Text("key_path")
		if key == "" { // it is in the same file
			key = certificate
		}
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fault.Because(err, fault.Invalid, "The certificate of cert_path and key_path cannot be read: %s: %s.", certificate, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if c.Roots, c.Unverified, err = certificates(options); err != nil {
		return nil, err
	}
	if c.User != "" && c.Password == "" && options.Flag("ask_password", false) && around.Password != nil {
		if c.Password, err = around.Password(c.URL, c.User); err != nil {
			return nil, err
		}
	}
	switch token, header := options.Text("token"), options.Text("custom_auth_header"); {
	case token != "":
		c.User, c.Header, c.Value = "", "Authorization", "Bearer "+token
	case c.User == "" && header != "":
		if c.Password == "" && options.Flag("ask_password", false) && around.Password != nil {
			if c.Password, err = around.Password(c.URL, header); err != nil {
				return nil, err
			}
		}
		c.Header, c.Value = header, c.Password
	}
	if command := options.Text("bearer_token_command"); command != "" {
		if err := refuseTracked(options, "bearer_token_command", "run as a command of yours"); err != nil {
			return nil, err
		}
		from, err := newBearer(command, seconds(options, "timeout"))
		if err != nil {
			return nil, err
		}
		c.User, c.Token = "", from.Token
	}
	return web.OpenDav(c)
}

// authorise sets by what dvc's auth proves who asks.
func authorise(c *web.Config, options dvcconfig.Options, around Surroundings) error {
	auth, user, password := options.Text("auth"), options.Text("user"), options.Text("password")
	if auth == "" {
		return nil
	}
	if password == "" && options.Flag("ask_password", false) && around.Password != nil {
		asked := user
		if asked == "" {
			asked = "custom"
		}
		var err error
		if password, err = around.Password(c.URL, asked); err != nil {
			return err
		}
	}
	switch header := options.Text("custom_auth_header"); {
	case auth == "basic" && (user == "" || password == ""):
		return fault.New(fault.Invalid, "HTTP 'basic' authentication require both 'user' and 'password'")
	case auth == "basic":
		c.User, c.Password = user, password
	case auth == "custom" && (header == "" || password == ""):
		return fault.New(fault.Invalid, "HTTP 'custom' authentication require both 'custom_auth_header' and 'password'")
	case auth == "custom":
		c.Header, c.Value = header, password
	default:
		return fault.New(fault.Unsupported, "Auth method '%s' is not supported.", auth)
	}
	return nil
}

func openBucket(at string, options dvcconfig.Options, around Surroundings) (*bucket.Place, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "%q names no bucket: it would be s3://bucket/path.", at)
	}
	if err := refuseProgram(options); err != nil {
		return nil, err
	}
	text := options.Text
	c := bucket.Config{
		Bucket: u.Host, Prefix: u.Path, Endpoint: text("endpointurl"), Region: text("region"),
		AccessKey: text("access_key_id"), SecretKey: text("secret_access_key"), SessionToken: text("session_token"),
		Profile: text("profile"), CredentialsFile: text("credentialpath"), ConfigFile: text("configpath"), Home: around.Home, Getenv: around.Getenv,
		Anonymous: options.Flag("allow_anonymous_login", false), Insecure: !options.Flag("use_ssl", true),
		ConnectTimeout: seconds(options, "connect_timeout"), ReadTimeout: seconds(options, "read_timeout"), Connections: connections,
		Encryption: text("sse"), KMSKey: text("sse_kms_key_id"), Client: around.Client, Retries: around.Retries,
	}
	if c.Roots, c.Unverified, err = certificates(options); err != nil {
		return nil, err
	}
	if key := text("sse_customer_key"); key != "" {
		if c.CustomerKey, err = base64.StdEncoding.DecodeString(key); err != nil {
			return nil, fault.Because(err, fault.Invalid, "sse_customer_key is not base64.")
		}
	}
	if algorithm := text("sse_customer_algorithm"); algorithm != "" && algorithm != "AES256" {
		return nil, fault.New(fault.Unsupported, "sse_customer_algorithm is AES256, and not %s.", algorithm)
	}
	c.Headers, err = grants(options)
	if err != nil {
		return nil, err
	}
	return bucket.Open(c)
}

// grants are the headers that say who may reach what is written.
func grants(options dvcconfig.Options) (map[string]string, error) {
	headers := map[string]string{}
	for key, header := range map[string]string{
		"grant_read": "x-amz-grant-read", "grant_read_acp": "x-amz-grant-read-acp", "grant_write_acp": "x-amz-grant-write-acp", "grant_full_control": "x-amz-grant-full-control",
	} {
		if who := options.Text(key); who != "" {
			headers[header] = who
		}
	}
	acl := options.Text("acl")
	if acl != "" && len(headers) > 0 {
		return nil, fault.New(fault.Invalid, "`acl` and `grant_*` AWS S3 config options are mutually exclusive")
	}
	if acl != "" {
		headers["x-amz-acl"] = acl
	}
	return headers, nil
}

// openSSH is a folder of a machine behind ssh.
func openSSH(at string, options dvcconfig.Options, around Surroundings) (*ssh.Place, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "%q names no machine: it would be ssh://host/folder.", at)
	}
	if options.Flag("gss_auth", false) {
		return nil, fault.New(fault.Unsupported, "The option gss_auth of ssh remotes is not there yet.")
	}
	c := ssh.Config{
		Host: u.Hostname(), User: options.Text("user"), Folder: "/" + strings.Trim(u.Path, "/"), Password: options.Text("password"), KeyFile: options.Text("keyfile"),
		Passphrase: options.Text("passphrase"), NoAgent: !options.Flag("allow_agent", true), Timeout: seconds(options, "timeout"),
		Home: around.Home, Getenv: around.Getenv, Random: around.Random, Retries: around.Retries,
	}
	port := options.Text("port")
	if given := u.Port(); given != "" {
		port = given
	}
	if port != "" {
		if c.Port, err = strconv.Atoi(port); err != nil {
			return nil, fault.Because(err, fault.Invalid, "%q is no port.", port)
		}
	}
	if u.User != nil {
		c.User = u.User.Username()
		if word, set := u.User.Password(); set {
			c.Password = word
		}
	}
	if around.Password != nil {
		if options.Flag("ask_passphrase", false) {
			c.Ask = func(question string) (string, error) { return around.Password(c.Host, question) }
		}
		if c.Password == "" && options.Flag("ask_password", false) {
			if c.Password, err = around.Password(c.Host, c.User); err != nil {
				return nil, err
			}
		}
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	return ssh.Open(c)
}
