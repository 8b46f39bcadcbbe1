package mlflow

import (
	"net/http"
	"strconv"

	"github.com/tacit-ml/tacit/internal/foundation/route"
)

// Version is the MLflow version that tacit behaves as: clients switch features
// on by it.
const Version = "3.18.0"

func (f *face) server() []route.Route {
	version := route.Route{Method: "GET", Pattern: "/version", Public: true, Serve: f.version}
	return append(both("/3.0/mlflow/server-info", route.Route{Method: "GET", Public: true, Serve: f.serverInfo}), version)
}

func (f *face) version(w http.ResponseWriter, _ *http.Request, _ any) error {
	return respondText(w, Version)
}

// serverInfo is what a client asks before it uses workspaces, presigned
// addresses or multipart uploads.
type serverInfo struct {
	StoreType               string   `json:"store_type"`
	WorkspacesEnabled       bool     `json:"workspaces_enabled"`
	TraceArchivalEnabled    bool     `json:"trace_archival_enabled"`
	MultipartUploads        bool     `json:"multipart_uploads_enabled"`
	MultipartDownloads      bool     `json:"multipart_downloads_enabled"`
	ArtifactServing         bool     `json:"artifact_serving_enabled"`
	ArtifactsPresignedOnly  bool     `json:"artifacts_presigned_only"`
	PresignedUploadRunID    bool     `json:"presigned_upload_run_id_supported"`
	PresignedUploadModelID  bool     `json:"presigned_upload_model_id_supported"`
	PresignedModelDownloads bool     `json:"model_artifact_presigned_downloads_supported"`
	Features                features `json:"features_enabled"`
}

type features struct {
	Gateway                 bool `json:"gateway"`
	ScheduledIssueDetection bool `json:"scheduled_issue_detection"`
}

func (f *face) serverInfo(w http.ResponseWriter, _ *http.Request, _ any) error {
	return respond(w, serverInfo{StoreType: "SqlStore", WorkspacesEnabled: true, ArtifactServing: true, MultipartUploads: true})
}

func respondText(w http.ResponseWriter, text string) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text)) // a client that went away is no failure of the request
	return nil
}
