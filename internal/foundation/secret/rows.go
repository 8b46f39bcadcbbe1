package secret

import "github.com/tacit-ml/tacit/internal/foundation/rows"

const selectKeys = `SELECT version, sealed, made FROM secret_key WHERE name = $1 ORDER BY version DESC`

const selectAnyKey = `SELECT name, version, sealed FROM secret_key ORDER BY made DESC, name, version LIMIT 1`

const insertKey = `INSERT INTO secret_key (name, version, sealed, made) VALUES ($1, $2, $3, $4)`

const selectNames = `SELECT DISTINCT name FROM secret_key ORDER BY name`

const deleteOlder = `
DELETE FROM secret_key WHERE name = $1 AND version < (SELECT max(version) FROM secret_key AS newest WHERE newest.name = $1)`

const deleteKeys = `DELETE FROM secret_key`

// sealedKey is a key as the records hold it.
type sealedKey struct {
	name    string
	version int64
	sealed  []byte
	made    int64
}

func scanKey(s rows.Scanner) (k sealedKey, err error) {
	return k, s.Scan(&k.version, &k.sealed, &k.made)
}

func scanAnyKey(s rows.Scanner) (k sealedKey, err error) {
	return k, s.Scan(&k.name, &k.version, &k.sealed)
}
