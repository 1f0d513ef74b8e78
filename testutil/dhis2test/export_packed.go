package dhis2test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// The packed forms of a list of events as JSON.
const (
	jsonGzipType = "application/json+gzip"
	jsonZipType  = "application/json+zip"
)

// packedJSON serves a list as JSON in an archive.
func packedJSON(list handler, name, media string) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		plain := &answer{header: http.Header{}}
		list(plain, r, user)
		if plain.status != http.StatusOK {
			plain.sendTo(w, r)
			return
		}
		body, suffix := gzipped(plain.body.Bytes()), ".gz"
		if media == jsonZipType {
			body, suffix = zippedAs(name, plain.body.Bytes()), ".zip"
		}
		sendPacked(w, media, name+suffix, body)
	}
}

// packedForm is the packed JSON an Accept header asks for, "" if none.
func packedForm(r *http.Request) string {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	for _, media := range []string{jsonGzipType, jsonZipType} {
		if strings.Contains(accept, media) {
			return media
		}
	}
	return ""
}

func sendPacked(w http.ResponseWriter, media, file string, body []byte) {
	w.Header().Set("Content-Transfer-Encoding", "binary")
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", "attachment; filename="+file)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

func gzipped(content []byte) []byte {
	return packed(func(out *bytes.Buffer) error {
		z := gzip.NewWriter(out)
		_, _ = z.Write(content) // a buffer takes everything
		return z.Close()
	})
}

// zippedAs is an archive that holds one file.
func zippedAs(name string, content []byte) []byte {
	return packed(func(out *bytes.Buffer) error {
		z := zip.NewWriter(out)
		entry, err := z.Create(name)
		if err != nil {
			return err
		}
		_, _ = entry.Write(content)
		return z.Close()
	})
}

func packed(write func(*bytes.Buffer) error) []byte {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		panic("dhis2test: " + err.Error()) // a buffer takes everything
	}
	return out.Bytes()
}
