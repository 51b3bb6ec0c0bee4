package cloud

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
)

// pemOf is the certificate of a test server.
func pemOf(srv *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
}

// overHTTP serves a fake on a real connection, which is cut where the fake has
// no answer.
func overHTTP(f *fake) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		res, err := f.Do(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		for name, values := range res.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	})
}
