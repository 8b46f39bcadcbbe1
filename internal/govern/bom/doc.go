// Package bom writes bills of materials of model versions: what a version is made
// of, from which run and data it came, what its files would do.
//
// Words. A model is all that is known of a version; a component is a part of it: a
// file, data that its run read, a library that it needs. What nobody said is
// "unknown", and the document lists it.
//
// The forms are CycloneDX 1.6 (ML-BOM) and SPDX 3.0.1 (JSON-LD, of the profiles
// core, software, ai, dataset and security). The documents hold against the official
// schemas. Everything comes from what other rooms keep; it asks nobody to fill in
// forms, and looks nothing up on a network: licences of libraries are not known.
package bom
