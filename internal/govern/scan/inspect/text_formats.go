package inspect

// textFormats are the formats of headers and documents.
func textFormats() []format {
	return []format{
		{"safetensors", looksSafetensors, readSafetensors},
		{"gguf", looksGGUF, readGGUF},
		{"json", looksJSON, readJSON},
		{"jinja", looksTemplate, readTemplate},
		{"xgboost", looksUBJSON, readXGBoostUBJSON},
		{"lightgbm", looksLightGBM, readLightGBM},
		{"catboost", looksCatBoost, readCatBoost},
		{"prototxt", looksPrototxt, readPrototxt},
		{"yaml", looksYAML, readYAML},
		{"xml", looksXML, readXML},
	}
}
