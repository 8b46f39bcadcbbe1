package rest

import "context"

// Boms are the use cases that this resource calls.
type Boms interface {
	Document(ctx context.Context, name string, number int64, form string) ([]byte, error)
}

type getBomInput struct {
	VersionPath
	Format string `query:"format" enum:"cyclonedx,spdx" default:"cyclonedx" doc:"CycloneDX 1.6, or SPDX 3.0.1 as JSON-LD"`
}

// document is an answer in a form that others define.
type document struct {
	Type string `header:"Content-Type"`
	Body []byte
}

func (f *face) boms() {
	add(f, operation{"GET", "/models/{name}/versions/{version}/bom", "get-bom", "The bill of materials of a version", "version.read", numbered("model", "name", "version"), 0}, f.getBom)
}

func (f *face) getBom(ctx context.Context, in *getBomInput) (*document, error) {
	text, err := f.Boms.Document(ctx, in.Name, in.Version, in.Format)
	kind := map[string]string{"cyclonedx": "application/vnd.cyclonedx+json; version=1.6", "spdx": "application/spdx+json"}[in.Format]
	return &document{kind, text}, err
}
