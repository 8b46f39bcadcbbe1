//go:build linux

package main

import (
	"database/sql"
	"fmt"

	_ "modernc.org/sqlite" // the driver that writes into MLflow's file
)

// fillMLflow writes the runs of the search into MLflow's SQLite file, as its
// server would: that takes seconds instead of many minutes over HTTP.
func fillMLflow(store string, experiment int64, runs int) (err error) {
	db, err := sql.Open("sqlite", store)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	const when = 1_764_000_000_000
	exec := func(statement string, args ...any) {
		if err == nil {
			_, err = tx.Exec(statement, args...)
		}
	}
	for i := range runs {
		id := fmt.Sprintf("%032x", i+1)
		name := fmt.Sprint("run-", i)
		exec(`INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
			VALUES (?, ?, 'UNKNOWN', '', '', 'bench', 'RUNNING', ?, '', 'active', ?, ?)`, id, name, when+i, fmt.Sprintf("mlflow-artifacts:/%d/%s/artifacts", experiment, id), experiment)
		for key, value := range map[string]float64{"auc": aucOf(i), "loss": 1 - aucOf(i), "precision": aucOf(i + 1), "recall": aucOf(i + 2)} {
			exec(`INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, 1, 0)`, key, value, when+i, id)
			exec(`INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, 1, 0, ?)`, key, value, when+i, id)
		}
		for key, value := range map[string]string{"lr": fmt.Sprint("0.0", i%9+1), "depth": fmt.Sprint(i % 12), "seed": fmt.Sprint(i)} {
			exec(`INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)`, key, value, id)
		}
		for key, value := range map[string]string{"mlflow.runName": name, "mlflow.user": "bench", "mlflow.source.name": "train.py", "team": fmt.Sprint("team-", i%5)} {
			exec(`INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)`, key, value, id)
		}
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}
