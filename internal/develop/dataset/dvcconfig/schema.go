package dvcconfig

// kind is what a value may be.
type kind uint8

const (
	text       kind = iota
	lower           // text in lower case
	flag            // true or false
	whole           // a number, at least least
	real            // a number, at least 0
	links           // types of links
	textOrFlag      // true, false, or a path
	never           // Python's bool, which no text is
	choice          // one of some words
)

// rule is what an option may be.
type rule struct {
	kind    kind
	least   int // of whole: 1, or -1 for any
	most    int // 0 for any
	choices []string
}

func jobs() rule { return rule{kind: whole, least: 1} }

func number() rule { return rule{kind: whole, least: -1} }

func oneOf(words ...string) rule { return rule{kind: choice, choices: words} }

func merged(sets ...map[string]rule) map[string]rule {
	all := map[string]rule{}
	for _, set := range sets {
		for k, r := range set {
			all[k] = r
		}
	}
	return all
}

// sectionOrder is the order in which dvc knows its sections.
func sectionOrder() []string {
	return []string{"core", "cache", "remote", "state", "index", "machine", "feature", "plots", "exp", "parsing", "hydra", "studio", "db"}
}

// sectionRules are the options of a section without a name.
func sectionRules(section string) map[string]rule {
	switch section {
	case "core":
		return map[string]rule{
			"remote": {kind: lower}, "checksum_jobs": jobs(), "interactive": {kind: flag}, "analytics": {kind: flag}, "hardlink_lock": {kind: flag}, "no_scm": {kind: flag},
			"autostage": {kind: flag}, "experiments": {kind: flag}, "check_update": {kind: flag}, "site_cache_dir": {}, "machine": {kind: lower},
		}
	case "cache":
		return merged(map[string]rule{"local": {}, "s3": {}, "gs": {}, "hdfs": {}, "webhdfs": {}, "ssh": {}, "azure": {}, "dir": {}}, localRules())
	case "state":
		return map[string]rule{"dir": {}, "row_limit": jobs(), "row_cleanup_quota": {kind: whole, most: 100}}
	case "index":
		return map[string]rule{"dir": {}}
	case "plots":
		return map[string]rule{"html_template": {}, "auto_open": {kind: flag}, "out_dir": {}}
	case "exp":
		return map[string]rule{"code": {}, "data": {}, "models": {}, "metrics": {}, "params": {}, "plots": {}, "live": {}, "auto_push": {kind: flag}, "git_remote": {}}
	case "parsing":
		return map[string]rule{"bool": oneOf("store_true", "boolean_optional"), "list": oneOf("nargs", "append")}
	case "hydra":
		return map[string]rule{"enabled": {kind: flag}, "config_dir": {}, "config_module": {}, "config_name": {}, "plugins_path": {}}
	case "studio":
		return map[string]rule{"token": {}, "url": {}, "repo_url": {}, "offline": {kind: flag}}
	}
	return nil
}

// namedRules are the options of a machine and of a database.
func namedRules(section string) map[string]rule {
	if section == "db" {
		return map[string]rule{"url": {}, "username": {}, "password": {}}
	}
	return map[string]rule{
		"cloud": oneOf("aws", "azure"), "region": oneOf("us-west", "us-east", "eu-west", "eu-north"), "image": {}, "spot": {kind: flag}, "spot_price": {kind: real, least: -1},
		"instance_hdd_size": number(), "instance_type": {kind: lower}, "instance_gpu": {kind: lower}, "ssh_private": {}, "startup_script": {}, "setup_script": {},
	}
}

func localRules() map[string]rule {
	return map[string]rule{"type": {kind: links}, "protected": {kind: flag}, "shared": oneOf("group"), "slow_link_warning": {kind: flag}, "verify": {kind: flag}}
}

func remoteRules() map[string]rule {
	return map[string]rule{"url": {}, "checksum_jobs": jobs(), "jobs": jobs(), "worktree": {kind: flag}, "no_traverse": {kind: flag}, "version_aware": {kind: flag}}
}

func texts(keys ...string) map[string]rule { return all(rule{}, keys) }

func flags(keys ...string) map[string]rule { return all(rule{kind: flag}, keys) }

func all(r rule, keys []string) map[string]rule {
	m := map[string]rule{}
	for _, k := range keys {
		m[k] = r
	}
	return m
}

// schemeRules are the options of a remote at a URL of a scheme, "" for a folder;
// nil for a scheme that dvc does not know.
func schemeRules(scheme string) map[string]rule {
	ssl := map[string]rule{"ssl_verify": {kind: textOrFlag}}
	switch scheme {
	case "":
		return merged(localRules(), remoteRules())
	case "s3":
		return merged(remoteRules(), ssl, flags("listobjects", "use_ssl", "allow_anonymous_login", "verify"), all(number(), []string{"read_timeout", "connect_timeout"}), all(rule{kind: never}, []string{"cache_regions"}),
			texts("region", "profile", "credentialpath", "configpath", "endpointurl", "access_key_id", "secret_access_key", "session_token", "sse", "sse_kms_key_id", "sse_customer_algorithm",
				"sse_customer_key", "acl", "grant_read", "grant_read_acp", "grant_write_acp", "grant_full_control"))
	case "gs":
		return merged(remoteRules(), texts("projectname", "credentialpath", "endpointurl"), flags("verify", "allow_anonymous_login"))
	case "ssh":
		return merged(remoteRules(), map[string]rule{"type": {kind: links}}, all(number(), []string{"port", "timeout", "max_sessions"}),
			texts("user", "password", "passphrase", "keyfile"), flags("ask_password", "ask_passphrase", "gss_auth", "allow_agent", "verify"))
	case "hdfs":
		return merged(remoteRules(), texts("user", "kerb_ticket"), map[string]rule{"replication": {kind: never, choices: []string{"int"}}})
	case "webhdfs":
		return merged(remoteRules(), ssl, flags("kerberos", "use_https", "verify"), texts("kerberos_principal", "proxy_to", "token", "user", "password", "data_proxy_target"))
	case "azure":
		return merged(remoteRules(), texts("connection_string", "sas_token", "account_name", "account_key", "tenant_id", "client_id", "client_secret"),
			flags("allow_anonymous_login", "exclude_environment_credential", "exclude_visual_studio_code_credential", "exclude_shared_token_cache_credential", "exclude_managed_identity_credential", "verify"),
			all(number(), []string{"timeout", "read_timeout", "connection_timeout"}))
	case "oss":
		return merged(remoteRules(), texts("oss_key_id", "oss_key_secret", "oss_endpoint"), flags("verify"))
	case "gdrive":
		return merged(remoteRules(), texts("profile", "gdrive_client_id", "gdrive_client_secret", "gdrive_user_credentials_file", "gdrive_service_account_user_email", "gdrive_service_account_json_file_path"),
			flags("gdrive_use_service_account", "gdrive_trash_only", "gdrive_acknowledge_abuse", "verify"))
	case "http", "https":
		return merged(remoteRules(), ssl, texts("custom_auth_header", "user", "password", "method"), flags("ask_password", "verify"),
			map[string]rule{"auth": oneOf("basic", "digest", "custom"), "connect_timeout": {kind: real}, "read_timeout": {kind: real}})
	case "webdav", "webdavs":
		return merged(remoteRules(), ssl, texts("user", "password", "token", "bearer_token_command", "custom_auth_header", "cert_path", "key_path"), flags("ask_password", "verify"),
			map[string]rule{"timeout": number()})
	}
	return nil
}
