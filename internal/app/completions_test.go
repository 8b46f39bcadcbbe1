package app

import (
	"regexp"
	"strings"
	"testing"
)

// end completes the beginning of a statement: for both engines, or for the one
// whose name dialect is. {name} stands for a constant of the same package, and
// {name@x} for one with x in the place of @.
type end struct{ dialect, text string }

// completions are how lists go on after the constants that begin them.
var completions = map[string]map[string][]end{
	"internal/govern/scan": {
		"rootsOfWorkspace": {{"", `root = $2`}},
		"selectRootsAbove": {{"", `($2)`}},
		"selectKept":       {{"", `(SELECT 'm', 1)`}},
		"selectAllFailing": {{"", `(SELECT 'm', 1)`}},
		"selectOverrides":  {{"", `($2)`}},
		"selectFixes":      {{"", `($2)`}},
	},
	"internal/develop/dataset": {
		"selectSizes":    {{"", `($4)`}},
		"selectPlaces":   {{"", `($4){inOrderOfPlaces}`}},
		"markListed":     {{"", `($4)`}},
		"deleteTrash":    {{"", `($2)`}},
		"deleteObjects":  {{"", `($4)`}},
		"deleteVersions": {{"", `($4)`}},
		"deleteMembers":  {{"", `($4)`}},
		"deletePlaces":   {{"", `($4)`}},
		"deleteProfiles": {{"", `($3)`}},
		"selectBlobsOf":  {{"", `($4)`}},
		"selectPacksOf":  {{"", `($2)`}},
		"selectBlobsIn":  {{"", `($1)`}},
		"selectBegunIn":  {{"", `($1)`}},
		"selectSites":    {{"", `($4){newestSites}`}},
	},
	"internal/deploy/registry": {
		"searchModels":    {{"", ` FROM registry_model r WHERE r.workspace = $1`}},
		"countModels":     {{"", `r.workspace = $1 AND r.is_prompt = FALSE LIMIT $2) counted`}},
		"searchVersions":  {{"", ` FROM registry_version r WHERE r.workspace = $1`}},
		"anyModel":        {{"", `$1 LIMIT 1`}},
		"anyVersion":      {{"", `$1 LIMIT 1`}},
		"modelNames":      {{"", `$1`}},
		"versionNumbers":  {{"", `$1`}},
		"modelTags":       {{"", `($2)`}},
		"modelAliases":    {{"", `($2)`}, {"", `($2){ofVersion}r.number = 1{endOfVersion}`}},
		"versionTags":     {{"", `(SELECT 'm', 1)`}},
		"latestNumbers":   {{"", `($2) GROUP BY name`}},
		"versionsOfModel": {{"", `TRUE ORDER BY r.number DESC LIMIT 1`}},
		"versionsOfKeys":  {{"", `(SELECT 'm', 1)`}},
	},
	"internal/develop/tracking": {
		"searchExperiments": {{"", ` FROM tracking_experiment r WHERE r.workspace = $1`}},
		"countExperiments":  {{"", `tracking_experiment r WHERE r.workspace = $1 LIMIT $2) counted`}},
		"anyExperiment":     {{"", `$1 LIMIT 1`}},
		"anyRun":            {{"", `$1 LIMIT 1`}},
		"experimentRecords": {{"", `$1`}},
		"experimentsAmong":  {{"", `($2)`}},
		"experimentTags":    {{"", `($2)`}},
		"searchRuns":        {{"", ` FROM tracking_run r WHERE r.workspace = $1`}},
		"runsAmong":         {{"", `($2) AND experiment IN ($3)`}},
		"countRuns":         {{"", ` WHERE r.workspace = $1{inUse}`}},
		"sumUpRuns":         {{"", ` WHERE r.workspace = $1 GROUP BY r.experiment`}},
		"runParams":         {{"", `($2)`}},
		"runTags":           {{"", `($2)`}},
		"runInputs":         {{"", `($2)`}},
		"runInputsBrief":    {{"", `($2)`}},
		"paramSizes":        {{"", `($2) GROUP BY run`}},
		"tagSizes":          {{"", `($2) GROUP BY run`}},
		"inputSizes":        {{"", `($2) GROUP BY i.run`}},
		"runModelInputs":    {{"", `($2)`}},
		"runModelOutputs":   {{"", `($2)`}},
		"datasetSummaries":  {{"", `$1 AND i.experiment IN ($2)`}},
	},
	"internal/develop/tracking/points": {
		"latestOfRuns":    {{"", `($2)`}},
		"insertMetric":    {{"", `($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14){latestWins}`}},
		"dueAmongRuns":    {{"", `($2)`}},
		"someChunks":      {{"", `($4){evenChunks}`}},
		"someSegments":    {{"", `($3){evenSegments}`}},
		"deleteLatestDue": {{"", `($3)`}},
		"deleteSegments":  {{"", `($3)`}},
	},
	"internal/develop/tracking/loggedmodel": {
		"searchModels": {
			{"", ` FROM tracking_logged_model r WHERE r.workspace = $1`},
			{"", ` FROM tracking_logged_model r JOIN tracking_logged_model_metric p ON {belongs@p}{latest@p} AND n.dataset_name = $2{endLatest} WHERE r.workspace = $1`},
		},
		"anyModel":  {{"", `$1 LIMIT 1`}},
		"paramsOf":  {{"", `($2)`}},
		"tagsOf":    {{"", `($2)`}},
		"metricsOf": {{"", `($2)`}},
	},
	"internal/foundation/event": {
		"selectRecordsAt":       {{"", `($1)`}},
		"selectEmptiedAt":       {{"", `($1)`}},
		"selectBroughtPostgres": {{"", `($1)`}},
		"listEvents": {
			{"SQLite", ` WHERE position < $1{behindSQLite} AND workspace = $3{inOrderSQLite} LIMIT $4`},
			{"Postgres", ` WHERE position < $1{behindPostgres} AND workspace = $3{inOrderPostgres} LIMIT $4`},
		},
		"oneEvent": {{"", `$1 AND workspace = $2`}},
	},
	"internal/foundation/rows": {
		"newestVersion": {{"", `"jobs_schema_version"`}},
	},
	"internal/govern/audit": {
		"selectKnown":    {{"", `($1)`}},
		"selectLeavesAt": {{"", `($1)`}},
		"selectLeavesOf": {{"", `($1)`}},
		"markEmptied":    {{"", `($1)`}},
	},
	"internal/govern/lineage": {
		"selectMadeBy": {{"", `($1)`}},
		"forgetMakers": {{"", `($1)`}},
		"listNodes":    {{"", `$1`}},
		"sourcesOf":    {{"", `$1 AND e.target IN ($2)`}},
		"targetsOf":    {{"", `$1 AND e.source IN ($2)`}},
		"sourceIDs":    {{"", `$1 AND e.target IN ($2)`}},
		"targetIDs":    {{"", `$1 AND e.source IN ($2)`}},
		"aliasesOf":    {{"", `($2)`}},
	},
}

var completed = regexp.MustCompile(`\{(\w+)(?:@(\w+))?\}`)

// endsOf are the ends of a constant: one that is empty for a whole statement.
func endsOf(t *testing.T, folder, name string, known constants) []end {
	t.Helper()
	ends := completions[folder][name]
	if ends == nil {
		return []end{{}}
	}
	all := make([]end, len(ends))
	for i, e := range ends {
		e.text = completed.ReplaceAllStringFunc(e.text, func(place string) string {
			m := completed.FindStringSubmatch(place)
			text, ok := fold(known[m[1]], known)
			if !ok {
				t.Errorf("completions: %s has no constant %s", folder, m[1])
			}
			return strings.NewReplacer("@", m[2], "%[1]s", "$2").Replace(text)
		})
		all[i] = e
	}
	return all
}

// TestCompletionsAreOfConstants finds ends of what is gone or has another name.
func TestCompletionsAreOfConstants(t *testing.T) {
	t.Parallel()
	folders := written(t)
	for folder, names := range completions {
		for name := range names {
			if text, ok := fold(folders[folder][name], folders[folder]); !ok || !verbs.MatchString(text) {
				t.Errorf("%s has no statement %s", folder, name)
			}
		}
	}
}
