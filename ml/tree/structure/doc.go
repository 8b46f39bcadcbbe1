// Package structure verifies files of boosted trees: XGBoost's JSON and UBJSON,
// LightGBM's text and CatBoost's cbm. The libraries trust their files: a child
// that is its own parent makes a prediction endless, an index out of range reads
// or writes memory that is not the model's.
//
// Words: a node is sound when its children and its feature exist and each node is
// reached once; a fault is one way in which a file is not sound, and where. The
// layouts are those of XGBoost's doc/model.schema, LightGBM's gbdt_model_text.cpp
// and CatBoost's model.fbs.
//
// It holds one tree at a time, makes no predictions (package tree does, of the
// models that it knows) and judges nothing.
package structure
