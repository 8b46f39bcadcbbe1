// Package report writes what a scan gave in the forms that other programs read:
// SARIF for code scanning, CycloneDX for inventories, HTML for people, and the
// shapes of modelscan and picklescan for pipelines that have one of them.
//
// A form says at most what the scan's own JSON says. What was not read completely
// is said in each of them; none has a word for it that could be taken for clean.
package report
