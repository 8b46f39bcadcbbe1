// Package bucket is a place of files that is a bucket of S3, or of what speaks its
// protocol, below a prefix.
//
// Who may is told by keys, by a profile of the files that Amazon's own programs keep,
// by the variables of the environment that they read, or by the role of the machine,
// in that order; or by nothing, where that is set.
package bucket

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
)

// Config says where a bucket is, who asks, and how files are written to it.
type Config struct {
	Bucket, Prefix string
	Endpoint       string // http or https with a host, and perhaps a path; "" means Amazon's
	Region         string // "" asks for it

	AccessKey, SecretKey, SessionToken string
	Profile                            string // of the files below; "" means default
	CredentialsFile, ConfigFile        string // "" means those of Home and of the environment
	Home                               string // of who asks, where the files are
	Anonymous                          bool
	Getenv                             func(string) string // the environment's; nil for an empty one

	Insecure       bool          // speaks HTTP where no endpoint says what
	Roots          []byte        // of certificates, in PEM; nil means the machine's own
	Unverified     bool          // takes any certificate
	ConnectTimeout time.Duration // 0 means 60 s
	ReadTimeout    time.Duration // the longest wait for an answer; 0 means 60 s
	Connections    int           // at once; 0 means 64

	Encryption  string            // "", "AES256" or "aws:kms"
	KMSKey      string            // of aws:kms, "" for the bucket's own
	CustomerKey []byte            // 32 bytes by which the server encrypts, nil for none
	Headers     map[string]string // x-amz-acl and x-amz-grant-… of what is written

	Client  string // what the program says of itself: a name and a version, "tacit/1.0"
	Retries files.Retries
}

// Place is a bucket below a prefix.
type Place struct {
	Config
	client     *minio.Client
	encryption encrypt.ServerSide
	transport  *http.Transport
}

var _ files.Versions = (*Place)(nil)

// Open reads the configuration, and the files that it names; it does not connect.
func Open(c Config) (_ *Place, err error) {
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.Bucket == "" {
		return nil, fault.New(fault.Invalid, "The address names no bucket: it would be s3://bucket/path.")
	}
	profile := first(c.Profile, c.Getenv("AWS_PROFILE"), c.Getenv("AWS_DEFAULT_PROFILE"), "default")
	told, err := readProfile(first(c.ConfigFile, c.Getenv("AWS_CONFIG_FILE"), filepath.Join(c.Home, ".aws", "config")), profile)
	if err != nil {
		return nil, err
	}
	c.Region = first(c.Region, c.Getenv("AWS_REGION"), c.Getenv("AWS_DEFAULT_REGION"), told["region"])
	c.Endpoint = first(c.Endpoint, c.Getenv("AWS_ENDPOINT_URL_S3"), c.Getenv("AWS_ENDPOINT_URL"), told["endpoint_url"])
	host, secure, path := "s3.amazonaws.com", !c.Insecure, ""
	if c.Endpoint != "" {
		u, err := url.Parse(c.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fault.New(fault.Invalid, "%q is no endpoint of S3: it would be https://host.", c.Endpoint)
		}
		host, secure, path = u.Host, u.Scheme == "https", strings.TrimRight(u.EscapedPath(), "/")
	}
	p := &Place{Config: c}
	if p.transport, err = c.transport(); err != nil {
		return nil, err
	}
	if p.encryption, err = c.encryption(); err != nil {
		return nil, err
	}
	lookup := minio.BucketLookupAuto
	if c.Endpoint != "" {
		lookup = minio.BucketLookupPath
	}
	who, carrier := c.credentials(profile), http.RoundTripper(p.transport)
	if path != "" {
		scheme := "http"
		if secure {
			scheme = "https"
		}
		carrier, secure = &below{to: p.transport, scheme: scheme, path: path, credentials: who}, true
	}
	p.client, err = minio.New(host, &minio.Options{Creds: who, Secure: secure, Transport: carrier, Region: c.Region, BucketLookup: lookup, MaxRetries: 1})
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The bucket %s cannot be asked: %s", c.Bucket, err)
	}
	if name, version, ok := strings.Cut(c.Client, "/"); ok {
		p.client.SetAppInfo(name, version)
	}
	if p.Prefix = strings.Trim(c.Prefix, "/"); p.Prefix != "" {
		p.Prefix += "/"
	}
	return p, nil
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func (c *Config) transport() (*http.Transport, error) {
	n := files.Network{Roots: c.Roots, Unverified: c.Unverified, Connect: c.ConnectTimeout, Read: c.ReadTimeout, Connections: c.Connections}
	return n.Transport("the bucket " + c.Bucket)
}

func (c *Config) encryption() (encrypt.ServerSide, error) {
	switch {
	case c.CustomerKey != nil && c.Encryption+c.KMSKey != "":
		return nil, fault.New(fault.Invalid, "A key of one's own (sse_customer_key) leaves no place for sse and sse_kms_key_id.")
	case c.CustomerKey != nil:
		e, err := encrypt.NewSSEC(c.CustomerKey)
		if err != nil {
			return nil, fault.New(fault.Invalid, "sse_customer_key is not 32 bytes, in base64.")
		}
		return e, nil
	case c.Encryption == "AES256" && c.KMSKey == "":
		return encrypt.NewSSE(), nil
	case c.Encryption == "aws:kms", c.Encryption == "" && c.KMSKey != "":
		return encrypt.NewSSEKMS(c.KMSKey, nil)
	case c.Encryption != "":
		return nil, fault.New(fault.Unsupported, "The encryption sse = %s is not known here: known are AES256 and aws:kms.", c.Encryption)
	}
	return nil, nil
}

// credentials are asked in the order that the package's comment says.
func (c *Config) credentials(profile string) *credentials.Credentials {
	switch {
	case c.Anonymous:
		return credentials.NewStatic("", "", "", credentials.SignatureAnonymous)
	case c.AccessKey != "":
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey, c.SessionToken)
	}
	file := &credentials.FileAWSCredentials{Filename: first(c.CredentialsFile, c.Getenv("AWS_SHARED_CREDENTIALS_FILE"), filepath.Join(c.Home, ".aws", "credentials")), Profile: profile}
	static := &credentials.Static{Value: credentials.Value{
		AccessKeyID: c.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: c.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: c.Getenv("AWS_SESSION_TOKEN"), SignerType: credentials.SignatureV4,
	}}
	var chain []credentials.Provider
	if c.Profile != "" { // it was named for this bucket
		chain = append(chain, file)
	}
	if static.AccessKeyID != "" {
		chain = append(chain, static)
	}
	if c.Profile == "" {
		chain = append(chain, file)
	}
	if c.Endpoint == "" { // no other store knows the roles of machines
		chain = append(chain, &credentials.IAM{Client: &http.Client{Transport: http.DefaultTransport, Timeout: 5 * time.Second}})
	}
	return credentials.NewChainCredentials(chain)
}

// Address is the bucket and the prefix.
func (p *Place) Address() string { return strings.TrimSuffix("s3://"+p.Bucket+"/"+p.Prefix, "/") }

// Close lets idle connections go.
func (p *Place) Close() error {
	p.transport.CloseIdleConnections()
	return nil
}

// refusals are codes by which stores refuse credentials, whatever the status.
var refusals = []string{"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "XAdminUserNotFound"}

// explain maps an answer to a fault.
func (p *Place) explain(ctx context.Context, path string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if asked := (*url.Error)(nil); errors.As(err, &asked) {
		err = asked.Err // what was asked is told by path and address
	}
	r := minio.ToErrorResponse(err)
	switch {
	case r.Code == "InvalidBucketName":
		return fault.Because(err, fault.Invalid, "%q is the name of no bucket of S3: these have 3 to 63 letters, digits, dots and hyphens.", p.Bucket)
	case r.Code == "NoSuchBucket":
		return fault.WithHint(fault.Because(err, fault.NotFound, "There is no bucket %s.", p.Bucket), "make it, or set the url of the remote to another")
	case r.StatusCode == http.StatusForbidden, r.StatusCode == http.StatusUnauthorized, slices.Contains(refusals, r.Code):
		return fault.WithHint(fault.Because(err, fault.Denied, "%s refuses the credentials: %s", p.Address(), first(r.Message, r.Code)), "set access_key_id and secret_access_key of the remote, or a profile")
	case r.StatusCode == http.StatusNotFound:
		return fault.Because(err, fault.NotFound, "There is no %s in %s.", path, p.Address())
	case r.StatusCode == http.StatusPreconditionFailed, r.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return fault.Because(err, fault.Conflict, "%s changed while it was read.", path)
	case r.StatusCode == http.StatusNotImplemented, r.StatusCode == http.StatusMethodNotAllowed:
		return fault.Because(err, fault.Unsupported, "%s does not know how to do that: %s", p.Address(), first(r.Message, r.Code))
	case r.StatusCode >= http.StatusInternalServerError, r.StatusCode == http.StatusTooManyRequests, r.Code == "SlowDown", r.Code == "RequestTimeout", r.StatusCode == 0:
		return fault.Because(err, fault.Unavailable, "%s does not answer as it should: %s", p.Address(), first(r.Message, r.Code, "it cannot be reached"))
	}
	return fault.Because(err, fault.Invalid, "%s refuses: %s", p.Address(), first(r.Message, r.Code))
}
