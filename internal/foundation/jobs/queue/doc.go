// Package queue works the jobs of package jobs with River, on SQLite and on
// PostgreSQL, in the same store as the rooms' records.
//
// Words. A queue is one process's view of the jobs; on PostgreSQL any number of
// processes work them together, and one of them, the leader, sees to schedules,
// retries and jobs whose worker died. On SQLite there is one process: what it
// finds running at its start belonged to a dead one and is taken up at once. On
// PostgreSQL a dead worker's job is taken up after its kind's timeout.
//
// River polls: a job starts within Config.Poll of its commit, and a retry or a
// job for later within ten seconds of its time. On SQLite a poll that can find
// nothing does not ask the database. River's tables keep their
// names (river_…); how far a job is lies in jobs_progress.
//
// Finished jobs are forgotten after a week.
package queue
