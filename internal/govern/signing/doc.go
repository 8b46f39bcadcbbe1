// Package signing makes and verifies signatures of models, in the format of
// OpenSSF Model Signing 1.0 (https://github.com/ossf/model-signing-spec): a
// Sigstore bundle v0.3 that lies beside the files it is of.
//
// Words. A manifest names the files of a model with the digest of each (a resource;
// of a model that was signed by shards, a part of a file is one). A statement is
// the manifest as in-toto has it; an envelope is a statement with a signature, as
// DSSE has it; a bundle is an envelope with a hint at who signed. Trust is what the
// reader trusts: keys, or roots of certificates. Nothing in a bundle is trusted.
//
// It is pure: it reads files through io/fs and knows no room. It matches
// model_signing 1.1 of PyPI by keys and by certificates, reads what 0.2 and 0.3
// wrote, and does neither keyless signing, which needs a service, nor BLAKE, which
// the standard library lacks.
package signing
