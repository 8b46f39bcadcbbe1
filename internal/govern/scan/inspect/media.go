package inspect

import (
	"encoding/binary"
)

// media names the formats that hold pictures, sound, documents and tables, which
// no loader of models runs. They are known, and passed over.
func media(s *Source) string {
	for _, m := range [...]struct{ name, at0, at4, at8 string }{
		{"jpeg", "\xff\xd8\xff", "", ""},
		{"gif", "GIF87a", "", ""},
		{"gif", "GIF89a", "", ""},
		{"webp", "RIFF", "", "WEBP"},
		{"wav", "RIFF", "", "WAVE"},
		{"wav", "RIFX", "", "WAVE"},
		{"wav", "RF64", "", "WAVE"},
		{"avi", "RIFF", "", "AVI "},
		{"tiff", "II*\x00", "", ""},
		{"tiff", "MM\x00*", "", ""},
		{"ogg", "OggS\x00", "", ""},
		{"flac", "fLaC", "", ""},
		{"mp3", "ID3", "", ""},
		{"mp4", "", "ftyp", ""},
		{"matroska", "\x1aE\xdf\xa3", "", ""},
		{"midi", "MThd\x00\x00\x00\x06", "", ""},
		{"pdf", "%PDF-", "", ""},
		{"feather", "FEA1", "", ""},
		{"avro", "Obj\x01", "", ""},
		{"woff", "wOFF", "", ""},
		{"woff2", "wOF2", "", ""},
		{"truetype", "\x00\x01\x00\x00\x00", "", ""},
		{"opentype", "OTTO", "", ""},
	} {
		if s.Starts(m.at0) && stands(s.Head, 4, m.at4) && stands(s.Head, 8, m.at8) && plausible(m.name, s) {
			return m.name
		}
	}
	if s.Starts("ORC") && s.Size > 12 {
		return "orc"
	}
	if name := stored(s); name != "" {
		return name
	}
	if name := tabled(s); name != "" {
		return name
	}
	if s.Starts("BM") && len(s.Head) > 18 && int64(binary.LittleEndian.Uint32(s.Head[2:])) == s.Size {
		return "bmp"
	}
	return ""
}

// stored names the formats of tables, arrays and indexes that hold numbers and texts
// alone: a database of DuckDB, an index of faiss, arrays of MATLAB and netCDF, data that
// boosters keep in their own form.
func stored(s *Source) string {
	switch {
	case stands(s.Head, 8, "DUCK") && s.Size >= 12<<10: // the headers alone have three blocks of 4 KiB
		return "duckdb"
	case s.Starts("I") && stands(s.Head, 16, "\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00"): // write_index_header of faiss
		return "faiss"
	case s.Starts("MATLAB 5.0 MAT-file") && stands(s.Head, 126, "IM"):
		return "matlab"
	case s.Starts("CDF\x01\x00"), s.Starts("CDF\x02\x00"), s.Starts("CDF\x05\x00"):
		return "netcdf"
	case s.Starts("______LightGBM_Binary_File_Token______\n"):
		return "lightgbm-data"
	case s.Starts("\x01\xab\xff\xffversion:"):
		return "xgboost-data"
	}
	return ""
}

// plausible asks more of formats whose first bytes weights may have as well.
func plausible(name string, s *Source) bool {
	switch name {
	case "truetype": // tables: at least one, and few
		return len(s.Head) > 12 && s.Head[4] == 0 && s.Head[5] > 3 && s.Head[5] < 64
	case "tiff": // the first directory lies in the file
		return len(s.Head) >= 8 && int64(min(binary.LittleEndian.Uint32(s.Head[4:]), binary.BigEndian.Uint32(s.Head[4:]))) < s.Size
	}
	return true
}

func stands(head []byte, at int, text string) bool {
	return text == "" || len(head) >= at+len(text) && string(head[at:at+len(text)]) == text
}

// ends reports whether the last bytes of a source are a text.
func ends(s *Source, text string) bool {
	b := make([]byte, len(text))
	if s.Size < int64(len(b)) {
		return false
	}
	n, _ := s.Bytes.ReadAt(b, s.Size-int64(len(b)))
	return n == len(b) && string(b) == text
}

func looksMedia(s *Source) bool { return media(s) != "" }

func readMedia(_ *visit, s *Source) Reading {
	return Reading{Format: media(s), Coverage: all(s.Size, true)}
}
