// Package mlflow speaks MLflow's REST protocol, as the clients 2.22 to 3.18
// use it.
//
// Every file holds one resource: its messages, its route table and its thin
// handlers, each decode, one call on a service, encode. Every RPC is mounted
// below /api and below /ajax-api. errors.go is the one table from fault kinds
// to MLflow's codes. Traces, webhooks and the gateway are not spoken yet:
// unknown routes answer 404 ENDPOINT_NOT_FOUND, which clients fall back on.
package mlflow
