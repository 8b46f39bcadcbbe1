// Package deploy makes the pages of the guide's second chapter: registered
// models, their versions, and where a version comes from.
//
// Words. A model stage is None, Staging, Production or Archived; an alias is a
// name that points at one version. The strip "where it comes from" leads from
// the data over the run to the version, in the guide's order.
//
// A version's page moves it between model stages, points aliases at it and
// describes it, by forms that are posted and answered with a redirect. What a
// name may be, the registry says. It judges no model.
package deploy
